"""Doubts about sessions on the command line: warnings, or errors in strict mode."""

import json

import pyarrow.parquet as pq
import pytest

from alliance_features.commands.merge import merge_shards
from alliance_features.extraction import parts
from alliance_features.extraction.corpus_checks import CorpusChecks
from alliance_features.output.keys import KEY_VARIABLE
from alliance_features.transcript.source import Input
from doubtful import talk
from into_folder import extract_into
from part_corpus import LEXICAL, contents, record


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch):
    monkeypatch.setenv(KEY_VARIABLE, "a key for the tests")
    monkeypatch.setattr(parts, "LEAST_SESSIONS", 4)
    monkeypatch.setattr(parts, "SESSIONS_A_PART", 4)


@pytest.fixture
def source(tmp_path):
    """Write 24 sessions, of which every sixth is there twice over."""
    folder = tmp_path / "in"
    folder.mkdir()
    for file in range(3):
        lines = []
        for number in range(8 * file, 8 * file + 8):
            turns = [{"role": role, "text": f"{text} {number}"} for role, text in talk()]
            lines.append(json.dumps(record(number, turns=turns * 2 if number % 6 == 0 else turns)))
        (folder / f"file-{file}.jsonl").write_text("\n".join(lines), encoding="utf-8")
    return folder


def _run(source, output, **options):
    return extract_into(Input(paths=[source]), output, **{"features": LEXICAL, **options})


DOUBTFUL = ["s-0000", "s-0006", "s-0012", "s-0018"]


def test_warned_and_measured(source, tmp_path):
    summary = _run(source, tmp_path / "out")
    assert (summary.n_sessions, summary.errors) == (24, [])
    assert summary.warnings == {"repeated_passages": 4}
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert manifest["warnings"] == {"repeated_passages": 4}
    assert "strict" not in manifest["configuration"]


def test_refused_in_strict_mode(source, tmp_path):
    summary = _run(source, tmp_path / "out", strict=True)
    assert (summary.n_sessions, summary.errors_by_code) == (20, {"repeated_passages": 4})
    assert summary.warnings == {}
    errors = pq.read_table(tmp_path / "out" / "errors.parquet").to_pylist()
    assert [row["session_id"] for row in errors] == DOUBTFUL
    assert all("Keep each turn once." in row["message"] for row in errors)
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert manifest["configuration"]["strict"] is True
    assert not {*DOUBTFUL} & {*summary.table["session_id"].to_pylist()}


@pytest.mark.parametrize("strict", [False, True])
def test_the_same_bytes_in_every_way(source, tmp_path, strict):
    options = {"strict": strict, "level": "turn"}
    _run(source, tmp_path / "one", **options)
    whole = contents(tmp_path / "one")
    _run(source, tmp_path / "workers", workers=2, **options)
    assert contents(tmp_path / "workers") == whole
    shards = [tmp_path / f"shard-{number}" for number in (1, 2)]
    for number, folder in enumerate(shards, 1):
        _run(source, folder, shard=(number, 2), **options)
    merge_shards(shards, tmp_path / "merged")
    assert contents(tmp_path / "merged") == whole
    kept = _run(source, tmp_path / "one", update=True, **options)
    assert kept.n_kept == kept.n_sessions
    assert contents(tmp_path / "one") == whole


def test_a_part_of_the_other_mode_is_not_kept(source, tmp_path):
    _run(source, tmp_path / "strict", strict=True)
    _run(source, tmp_path / "plain")
    changed = _run(source, tmp_path / "other", strict=True)
    assert changed.n_kept == 0
    changed = _run(source, tmp_path / "other", update=True)
    assert (changed.n_kept, changed.n_dropped) == (0, 20)
    assert contents(tmp_path / "other") == contents(tmp_path / "plain")


def test_a_part_without_doubts_is_measured_anew(source, tmp_path, monkeypatch):
    """As an earlier version wrote it."""
    whole = CorpusChecks.to_dict
    with monkeypatch.context() as earlier:
        earlier.setattr(
            CorpusChecks,
            "to_dict",
            lambda self: {
                name: value for name, value in whole(self).items() if "doubt" not in name
            },
        )
        _run(source, tmp_path / "older")
    _run(source, tmp_path / "new")
    again = _run(source, tmp_path / "older", update=True)
    assert (again.n_kept, again.warnings) == (0, {"repeated_passages": 4})
    assert contents(tmp_path / "older") == contents(tmp_path / "new")


def test_extract_on_the_command_line(source, tmp_path, run):
    plain = ("extract", source, "--features", "volume")
    code, out, _ = run(*plain, "-o", tmp_path / "plain")
    assert code == 0
    assert "  warning repeated_passages: 4 sessions (long turns come again later" in out
    code, out, err = run(*plain, "-o", tmp_path / "strict", "--strict")
    assert code == 3
    assert "  error repeated_passages: 4" in out
    assert "warning repeated" not in out
    assert err.count("Is the session in the file twice") == 4
    one = ("extract", source / "file-2.jsonl", "--features", "volume", "--strict")
    assert run(*one, "-o", tmp_path / "one")[0] == 3


def test_validate_on_the_command_line(source, run):
    code, out, _ = run("validate", source)
    assert code == 0
    assert "  warning file-0.jsonl: repeated_passages in 2 sessions (s-0000, s-0006), 3" in out
    assert "words in repeated turns" in out
    assert "  warning repeated_passages: 4 sessions (long turns" in out
    code, out, err = run("validate", source, "--strict")
    assert code == 1
    assert out.startswith("20 sessions, ")
    assert "4 errors" in out
    assert "file-0.jsonl, session s-0006: long turns come again later, word for word (" in err


def test_validate_names_the_first_sessions(tmp_path, run):
    turns = [{"role": role, "text": text} for role, text in talk() * 2]
    lines = [json.dumps(record(number, turns=turns)) for number in range(7)]
    (tmp_path / "in.jsonl").write_text("\n".join(lines), encoding="utf-8")
    _, out, _ = run("validate", tmp_path / "in.jsonl")
    assert "in 7 sessions (s-0000, s-0001, s-0002, s-0003, s-0004, ...), " in out


def test_no_session_is_left(tmp_path, run):
    turns = [{"role": "client", "text": text} for _, text in talk()]
    (tmp_path / "in.jsonl").write_text(json.dumps(record(1, turns=turns)), encoding="utf-8")
    code, out, err = run("extract", tmp_path / "in.jsonl", "-o", tmp_path / "out", "--strict")
    assert code == 1
    assert "0 sessions" in out
    assert "Is the role map right" in err
