"""No word of a transcript in any output, log, error or traceback."""

import json
import logging
import subprocess
import sys
import traceback
from pathlib import Path

import pytest

import alliance_features as af
from alliance_features import cli
from alliance_features.features.measured import Measured
from canaries import check_files, no_canary

TEXTS = (
    "Um, I I said xylocarpella th- that quombatrine?",
    'She told me "ZEBRULATOR" [vintergatkorn] (laughs) xylocarpella.',
    "Mm-hmm, quombatrine's vintergatkorn-ZEBRULATOR, isn't it?",
)


@pytest.fixture
def record():
    roles = ("therapist", "client")
    turns = [{"role": roles[n % 2], "text": TEXTS[n % 3] * 8} for n in range(14)]
    return {
        "session_id": "s1",
        "language": "en",
        "mode": "spoken",
        "verbatim": True,
        "turns": turns,
        "meta": {"note": "vintergatkorn"},
    }


def _variants(record):
    """The good session, and it broken in ways that pass through different code."""
    turn = record["turns"][0]
    yield "good", json.dumps(record)
    yield "half", json.dumps(record)[:-40]
    yield "role", json.dumps({**record, "turns": [{**turn, "role": "ZEBRULATOR"}]})
    yield "key", json.dumps({**record, "quombatrine": 1})
    yield "turn key", json.dumps({**record, "turns": [{**turn, "xylocarpella": 1}]})
    yield "id", json.dumps({**record, "session_id": "xylocarpella quombatrine"})
    yield "language", json.dumps({**record, "language": "ZEBRULATOR"})
    yield "mode", json.dumps({**record, "mode": "vintergatkorn"})
    yield "time", json.dumps({**record, "turns": [{**turn, "start": "quombatrine"}]})
    yield "string", json.dumps("xylocarpella")
    yield "no lexicon", json.dumps({**record, "language": "ja"})


def _check_run(name, done, out):
    code, told = done
    assert code in (0, 1), (name, code)
    assert b"Traceback" not in told, name
    no_canary(told, name)
    return check_files(out)


def test_nothing_that_is_written_or_printed(record, tmp_path, monkeypatch, capfdbinary):
    for number, (name, line) in enumerate(_variants(record)):
        path, out = tmp_path / f"input-{number}.jsonl", tmp_path / f"out-{number}"
        path.write_text(line, encoding="utf-8")
        options = ["-o", str(out), "--level", "turn", "--format", "csv", "--show"]
        for command in (["extract", str(path), *options], ["validate", str(path)]):
            monkeypatch.setattr(sys, "argv", ["alliance-features", *command])
            monkeypatch.setattr(cli.stopping, "install", lambda: None)
            with pytest.raises(SystemExit, match=r"[01]") as stop:
                cli.main()
            told = capfdbinary.readouterr()
            files = _check_run(name, (stop.value.code, told.out + told.err), out)
        names = sorted(file.name for file in files)
        if name in ("good", "no lexicon"):
            assert len(names) >= 6
        else:
            assert names == ["errors.parquet", "run.json"], name


def test_nothing_from_a_process_of_its_own(record, tmp_path):
    path, out = tmp_path / "input.jsonl", tmp_path / "out"
    path.write_text("\n".join(line for _, line in _variants(record)), encoding="utf-8")
    command = [sys.executable, "-c", "from alliance_features.cli import main; main()"]
    done = subprocess.run(
        [*command, "extract", path, "-o", out, "--show"], capture_output=True, check=False
    )
    assert done.returncode == 3
    assert len(_check_run("all", (0, done.stdout + done.stderr), out)) == 5


def test_nothing_in_tables_logs_or_reprs(record, caplog):
    caplog.set_level(logging.DEBUG)
    session = af.Session.from_dict(record)
    for table in (af.extract(session), af.extract_turns(session)):
        no_canary(str(table.to_pydict()).encode(), "table")
        no_canary(str(table.schema).encode(), "schema")
    measured = Measured(session, af.load_vectors(None))
    for thing in (session, session.turns[0], af.merge_turns(session)[0], measured, measured.table):
        no_canary(repr(thing).encode(), type(thing))
    no_canary(caplog.text.encode(), "log")


@pytest.mark.parametrize(
    "call",
    [
        lambda s: af.extract(TEXTS[0]),
        lambda s: af.extract([TEXTS[0]]),
        lambda s: af.extract(s, features=["nothing"]),
        lambda s: af.extract(s, vectors=["xylocarpella"]),
        lambda s: af.wmd(TEXTS[0], TEXTS[1]),
        lambda s: af.wmd([TEXTS[0], 3], [TEXTS[1]]),
        lambda s: af.wmd_matrix(TEXTS[0]),
        lambda s: af.wmd_matrix([["a"], TEXTS[0]]),
        lambda s: af.wmd(["a"], ["b"], norm=TEXTS[0]),
        lambda s: af.nclid([TEXTS[0]], ["client"]),
        lambda s: af.nclid([[0.0]], [TEXTS[0]], anchor=TEXTS[1]),
        lambda s: af.Turn(role=TEXTS[0], text=TEXTS[1]),
        lambda s: af.Turn(role="client", text=[TEXTS[1]]),
        lambda s: af.Turn(role="client", text=TEXTS[1] * 9000),
        lambda s: af.Session(session_id="s", language="en", turns=TEXTS[0]),
        lambda s: af.Session(session_id="s", language="en", turns=[TEXTS[0]]),
        lambda s: af.Session.from_dict({"session_id": TEXTS[0], "turns": [TEXTS[1]]}),
    ],
)
def test_nothing_in_errors_and_their_chain(record, call):
    session = af.Session.from_dict(record)
    with pytest.raises(af.AllianceError, match=r".+") as caught:
        call(session)
    error = caught.value
    no_canary("".join(traceback.format_exception_only(error)).encode(), "message")
    seen = error
    while seen is not None:
        no_canary(repr(seen.args).encode(), "arguments")
        seen = seen.__cause__ or seen.__context__


def test_examples_hold_no_file_of_others():
    """Every shipped session says that it is invented."""
    paths = list((Path(__file__).parents[2] / "examples").glob("*.jsonl"))
    assert paths
    for path in paths:
        for line in path.read_text(encoding="utf-8").splitlines():
            assert json.loads(line)["meta"] == {"synthetic": True}
