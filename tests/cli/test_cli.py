"""The command line as a user meets it: text, files and exit codes."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

import alliance_features as af
from alliance_features import cli
from alliance_features.cli import progress
from alliance_features.cli.options import role_pairs
from alliance_features.features.codebook import NEEDS, as_markdown
from alliance_features.features.null_codes import NULL_CODES
from alliance_features.features.registry import select_features

EXAMPLES = Path(__file__).parents[2] / "examples"
SESSIONS = str(EXAMPLES / "sessions.jsonl")


def test_extract_shows_the_main_signals(run, tmp_path):
    code, out, err = run("extract", SESSIONS, "-o", tmp_path / "out", "--show")
    lines = out.splitlines()
    assert (code, err) == (0, "")
    assert lines[0].split()[:3] == ["session", "T", "words"]
    assert [line.split()[0] for line in lines[1:9]] == [f"example-0{n}" for n in range(1, 9)]
    row = af.extract(next(af.read_sessions(SESSIONS))).to_pylist()[0]
    assert lines[1].split()[4] == f"{row['therapist__i_rate']:.2f}"
    n_features = len(af.list_features("core"))
    assert lines[10].startswith(f"8 sessions, {n_features} features, 0 errors, ")
    assert "null no_times: " in out


def test_extract_with_options(run, tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("nr;who;said\ns1;T;How are you?\ns1;P;Um, fine.\n", encoding="utf-8")
    code, out, err = run(
        *("extract", path, "-o", tmp_path / "out", "--format", "csv", "--level", "turn"),
        *("--columns", "session_id=nr,role=who", "--columns", "text=said"),
        *("--roles", "T=therapist", "--roles", "P=client", "--language", "en"),
        *("--features", "volume,therapist__i_rate"),
    )
    assert (code, err) == (0, "")
    assert "1 session and 2 turns" in out
    header, *rows = (tmp_path / "out" / "turns.csv").read_text().splitlines()
    assert header == '"session_id","turn_index","n_merged","role","words_n","questions_n"'
    assert rows == ['"s1",0,1,"therapist",3,1', '"s1",1,1,"client",1,0']


LABELS = [
    (["C, low=client,T=therapist"], {"C, low": "client", "T": "therapist"}),
    (["T=therapist,C=client"], {"T": "therapist", "C": "client"}),
    (
        ["T=therapist", "C, very low, twice=client"],
        {"T": "therapist", "C, very low, twice": "client"},
    ),
    (["T = therapist , C, low = none"], {"T": "therapist", "C, low": "none"}),
    (["C=1=client, T=therapist"], {"C=1": "client", "T": "therapist"}),
    (["来访者，甲=client,,T=therapist"], {"来访者，甲": "client", ",T": "therapist"}),
]


@pytest.mark.parametrize(("values", "roles"), LABELS)
def test_labels_may_hold_commas(values, roles):
    assert role_pairs(values) == roles


@pytest.mark.parametrize(
    "value", ["T", "T=therapist,C", "=therapist", "T=", ",", "T=therapist,", "C,=client,x"]
)
def test_roles_that_are_none(value):
    with pytest.raises(
        af.ParameterError, match=r"`roles` must look like KEY=VALUE.*--roles \"Dr\. A="
    ):
        role_pairs([value])


def test_labels_with_commas_from_the_command_line_to_the_table(run, tmp_path):
    path = tmp_path / "s 1.txt"
    path.write_text("A, Dr.: How was it?\nB, m: Um, long.\n", encoding="utf-8")
    roles = "A, Dr.=therapist,B, m=client"
    code, out, err = run("validate", path, "--language", "en", "--roles", roles)
    assert (code, err) == (0, "")
    assert "1 session, 2 merged turns" in out


def test_a_missing_folder_is_named(run, tmp_path):
    code, out, err = run("validate", tmp_path / "none")
    assert "none: no such folder. Check its spelling" in out + err
    assert code != 0


def test_an_update_tells_what_it_kept_and_what_not(run, tmp_path):
    command = ["extract", SESSIONS, "-o", tmp_path / "out", "--features"]
    _, out, _ = run(*command, "volume")
    assert "earlier run" not in out
    _, out, _ = run(*command, "volume", "--update")
    assert "8 sessions kept from an earlier run" in out
    assert "measured anew" not in out
    _, out, _ = run(*command, "therapist__i_rate", "--update")
    assert "8 sessions of an earlier run measured anew or removed (another input, option, " in out
    assert "kept from" not in out


def test_errors_are_told_and_counted(run, tmp_path):
    path = tmp_path / "t.jsonl"
    good = Path(SESSIONS).read_text(encoding="utf-8").splitlines()[0]
    path.write_text(good + "\n" + "{}\n" * 12, encoding="utf-8")
    code, out, err = run("extract", path, "-o", tmp_path / "out", "--features", "volume")
    assert code == 3
    assert f"1 session, {len(af.list_features('volume'))} features, 12 errors" in out
    assert "error missing_field: 12" in out
    assert err.count("error: ") == 10
    assert "... 2 more errors" in err
    path.write_text("{}\n", encoding="utf-8")
    assert run("extract", path, "-o", tmp_path / "none", "--features", "volume")[0] == 1


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["extract", SESSIONS, "-o", "OUT", "--features", "therapist__i_rates"], 2, "Is `"),
        (["extract", SESSIONS, "-o", "OUT", "--roles", "T"], 2, "must look like KEY=VALUE"),
        (["extract", SESSIONS, "-o", "OUT", "--roles", "T=nurse"], 2, "`roles` must map labels"),
        (["extract", SESSIONS, "-o", "OUT", "--level", "word"], 2, "`level` is 'word'"),
        (["extract", SESSIONS, "-o", "OUT", "--vectors", "no.npz"], 1, "no such vectors file"),
        (["extract", SESSIONS], 2, "Missing option"),
        (["extract", SESSIONS, "-o", "OUT", "--bogus"], 2, "No such option"),
        (["describe", "nclid"], 2, "is not a set, group or feature"),
        (["describe", "--format", "xml"], 2, "`format` is 'xml'; it must be one of"),
        (["extract", "x", "-o", "y", "--format", "xml"], 2, "`format` is 'xml'; it must be one of"),
        (["nothing"], 2, "No such command 'nothing'"),
    ],
)
def test_usage_errors(run, tmp_path, arguments, code, message):
    given = [str(tmp_path / "out") if word == "OUT" else word for word in arguments]
    found, out, err = run(*given)
    assert (found, out) == (code, "")
    assert message in err
    assert "Traceback" not in err
    assert not (tmp_path / "out").exists()


def test_a_defect_keeps_its_traceback(run, monkeypatch):
    monkeypatch.setattr(cli, "app", lambda standalone_mode: 1 // 0)
    with pytest.raises(ZeroDivisionError, match="division"):
        run("describe")


def test_validate(run, tmp_path):
    code, out, err = run("validate", SESSIONS)
    assert (code, err) == (0, "")
    assert out.startswith("8 sessions, 507 merged turns, ")
    path = tmp_path / "t.jsonl"
    turns = [{"role": "client", "text": "hello"}]
    records = [
        {"session_id": "a", "language": "en", "mode": "typed", "turns": turns},
        {"session_id": "b", "language": "ja", "translated": True, "turns": turns},
        {"session_id": "c", "turns": turns},
    ]
    path.write_text("\n".join(map(json.dumps, records)), encoding="utf-8")
    code, out, err = run("validate", path)
    assert code == 1
    assert "language: en 1, ja 1" in out
    assert "fluency: all or some of it in 1 session (mode_typed: " in out
    assert "synchrony: all or some of it in 1 session (no_lexicon: " in out
    assert "warning translated_pronouns: 1 session (" in out
    assert "session c: `language` is absent or null" in err


def test_describe_lists_every_column(run):
    code, out, _ = run("describe")
    assert code == 0
    for name in af.list_features():
        assert f"  {name} " in out
    _, out, _ = run("describe", "--level", "turn", "--format", "json")
    assert [entry["name"] for entry in json.loads(out)] == af.list_features(level="turn")


def test_describe_one(run):
    _, out, _ = run("describe", "client__filled_pause_rate")
    assert "Measured only with: word lists for the language; speech, transcribed" in out
    assert "+ (exploratory, n = 28): r = .40" in out
    assert "per 100 words, 0 or more" in out


def test_codebook_is_complete_and_up_to_date():
    levels = ("session", "turn")
    text = as_markdown([spec for level in levels for spec in select_features("all", level=level)])
    for level in levels:
        for name in af.list_features(level=level):
            assert text.count(f"`{name}`") == 1, name
    for code in NULL_CODES:
        assert f"- `{code}`: " in text
    assert "None" not in text
    assert "- **Expected** for the client: + (exploratory, n = 28): r = .40" in text
    written = (EXAMPLES.parent / "docs" / "codebook.md").read_text(encoding="utf-8")
    assert written == text + "\n", "run `make codebook`"


def test_every_need_is_explained():
    for level in ("session", "turn"):
        for spec in select_features("all", level=level):
            assert set(spec.needs) <= set(NEEDS), spec.name


def test_version(run):
    assert run("--version") == (0, f"alliance-features {af.__version__}\n", "")


def test_progress_in_plain_lines(monkeypatch, capsys):
    monkeypatch.setattr(progress, "SECONDS_BETWEEN_LINES", 0.0)
    with progress.progress() as report:
        report(1200, 3)
    assert capsys.readouterr().err.startswith("1,200 sessions, 3 errors, ")


def test_module_is_installed_as_a_command():
    done = subprocess.run(
        [Path(sys.executable).with_name("alliance-features"), "--version"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == f"alliance-features {af.__version__}\n"


def test_describe_several_names_as_a_list(run):
    code, out, _ = run("describe", "pronouns", "client__mattr")
    assert code == 0
    assert out.startswith("volume:\n  client__mattr ")
    assert "pronouns:\n  therapist__i_rate " in out


def test_progress_on_a_terminal(monkeypatch, capsys):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    with progress.progress() as report:
        report(7, 0)
    assert "Traceback" not in capsys.readouterr().err


def test_validate_warns_of_a_transcript_that_looks_edited(run, tmp_path):
    turns = [{"role": "client", "text": "The week was long and my sister came by train. " * 60}]
    record = {"session_id": "s", "language": "en", "mode": "spoken", "verbatim": True}
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.jsonl").write_text(json.dumps({**record, "turns": turns}), encoding="utf-8")
    (folder / "b.docx").write_bytes(b"PK")
    code, out, err = run("validate", folder)
    assert (code, err) == (0, "")
    assert "a.jsonl: 0.00 filled pauses, 0.00 repairs per 100 words, looks edited" in out
    assert "warning a.jsonl: 1 sessions say verbatim: their fluency will be measured" in out
    assert "1 file in the folders has another name and was not read" in out


@pytest.mark.parametrize("number", [2, 15])
def test_a_signal_that_a_library_swallows_still_stops(number, monkeypatch):
    monkeypatch.setattr(cli.stopping, "_pending", [])
    monkeypatch.setattr(sys, "argv", ["alliance-features", "describe"])
    monkeypatch.setattr(cli.stopping, "install", lambda: None)
    with pytest.raises(cli.stopping.Stopped, match=str(number)):
        cli.stopping.stop(number, None)  # as if compiled code had dropped it
    with progress.progress() as report, pytest.raises(cli.stopping.Stopped, match=str(number)):
        report(1, 0)
    monkeypatch.setattr(cli, "app", lambda standalone_mode: cli.stopping.check())
    with pytest.raises(SystemExit, match=str(128 + number)):
        cli.main()
