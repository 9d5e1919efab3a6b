"""The output folder: what is in it, when it is refused, what is left after a stop."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

import alliance_features as af
from alliance_features.extraction import extractor as module
from alliance_features.extraction.corpus_checks import SILENT_WORDS, CorpusChecks
from alliance_features.output import problems
from alliance_features.output.keys import KEY_VARIABLE, hash_key, key_name, keyed_hash
from alliance_features.transcript.source import Input
from into_folder import extract_into

EXAMPLES = Path(__file__).parents[2] / "examples"
SESSIONS = EXAMPLES / "sessions.jsonl"
LEXICAL = ["volume", "pronouns", "fluency"]


@pytest.fixture(autouse=True)
def _key(monkeypatch):
    monkeypatch.setenv(KEY_VARIABLE, "a key for the tests")


def _run(output, path=SESSIONS, **options):
    return extract_into(Input(paths=[path]), output, **{"features": LEXICAL, **options})


def test_folder_holds_what_extract_returns(tmp_path):
    out = tmp_path / "out"
    summary = _run(out, features="core", output_format="csv")
    expected = af.extract(af.read_sessions(SESSIONS))
    written = pq.read_table(out / "sessions" / "part-00000.parquet")
    assert written.equals(expected)
    assert written.schema.equals(expected.schema, check_metadata=True)
    as_csv = pyarrow.csv.read_csv(out / "sessions.csv")
    assert as_csv.column_names == expected.column_names
    assert as_csv["therapist__i_rate"].to_pylist() == expected["therapist__i_rate"].to_pylist()
    assert summary.n_sessions == 8
    assert not summary.errors
    assert sorted(path.name for path in out.iterdir()) == [
        "errors.parquet",
        "manifest.json",
        "nulls",
        "run.json",
        "sessions",
        "sessions.csv",
    ]


def test_every_null_has_its_reason(tmp_path):
    out = tmp_path / "out"
    _run(out, features="core")
    table = pq.read_table(out / "sessions" / "part-00000.parquet").to_pylist()
    empty = {
        (row["session_id"], name)
        for row in table
        for name in af.list_features("core")
        if row[name] is None
    }
    nulls = pq.read_table(out / "nulls" / "part-00000.parquet").to_pylist()
    assert {(row["session_id"], row["feature"]) for row in nulls} == empty
    assert len(nulls) == len(empty) > 0


def test_turns_beside_sessions(tmp_path):
    out = tmp_path / "out"
    summary = _run(out, level="turn", output_format="csv")
    turns = pq.read_table(out / "turns" / "part-00000.parquet")
    assert turns.equals(af.extract_turns(af.read_sessions(SESSIONS), features=LEXICAL))
    assert summary.n_turns == turns.num_rows
    assert (out / "turns.csv").is_file()
    assert (out / "sessions" / "part-00000.parquet").is_file()


def test_same_input_same_bytes_but_for_run_json(tmp_path):
    for name in ("one", "two"):
        _run(tmp_path / name, features="core", level="turn", output_format="csv")
    one = {p.relative_to(tmp_path / "one"): p for p in (tmp_path / "one").rglob("*") if p.is_file()}
    assert len(one) == 8
    for name, path in one.items():
        if name.name != "run.json":
            assert path.read_bytes() == (tmp_path / "two" / name).read_bytes(), name


def test_manifest(tmp_path):
    _run(tmp_path / "out")
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert manifest["counts"]["sessions"] == 8
    assert manifest["counts"]["nulls"] == {"few_words": 1, "no_events": 3}
    assert manifest["features"]["session"]["therapist__i_rate"] == 2
    assert manifest["vectors"]["sha256"] == af.load_vectors(None).sha256
    assert set(manifest["lexicons"]) == {"en"}
    key = hash_key()
    assert manifest["inputs"]["key"] == key_name(key)
    assert manifest["inputs"]["files"][0]["hash"] == keyed_hash(SESSIONS, key)
    run = json.loads((tmp_path / "out" / "run.json").read_text())
    assert run["inputs"] == [str(SESSIONS)]


def test_bad_sessions_become_rows(tmp_path):
    lines = SESSIONS.read_text(encoding="utf-8").splitlines()
    path = tmp_path / "mixed.jsonl"
    path.write_text("\n".join([lines[0], "{not json", lines[1], lines[0]]), encoding="utf-8")
    summary = _run(tmp_path / "out", path)
    assert summary.n_sessions == 2
    assert summary.errors_by_code == {"bad_json": 1, "duplicate_session": 1}
    rows = pq.read_table(tmp_path / "out" / "errors.parquet").to_pylist()
    assert [(row["file"], row["line"], row["code"]) for row in rows] == [
        ("mixed.jsonl", 2, "bad_json"),
        ("mixed.jsonl", 4, "duplicate_session"),
    ]
    good = af.extract(af.read_sessions(SESSIONS), features=LEXICAL).slice(0, 2)
    assert pq.read_table(tmp_path / "out" / "sessions").equals(good)


def test_a_defect_is_recorded_without_its_message(tmp_path, monkeypatch):
    original = module.Extractor.add

    def add(self, session, rows):
        if session.session_id == "example-03":
            raise RuntimeError("canary: the words of a client")
        original(self, session, rows)

    monkeypatch.setattr(module.Extractor, "add", add)
    summary = _run(tmp_path / "out")
    assert summary.n_sessions == 7
    assert summary.errors_by_code == {"internal_error": 1}
    (error,) = summary.errors
    assert error.session_id == "example-03"
    assert "RuntimeError in test_extract.py" in str(error)
    assert "canary" not in str(error)


def test_folders_that_are_refused(tmp_path):
    out = tmp_path / "out"
    _run(out)
    with pytest.raises(
        af.ParameterError, match=r"holds results; name another folder or say --over"
    ):
        _run(out)
    _run(out, overwrite=True, features=["volume"])
    table = pq.read_table(out / "sessions" / "part-00000.parquet")
    assert "therapist__i_rate" not in table.column_names
    other = tmp_path / "other"
    other.mkdir()
    (other / "thesis.txt").write_text("mine")
    with pytest.raises(af.ParameterError, match=r"holds other things; name a new or empty folder"):
        _run(other, overwrite=True)
    assert (other / "thesis.txt").read_text() == "mine"
    with pytest.raises(af.ParameterError, match=r"which is a file; name a folder"):
        _run(SESSIONS)


def test_a_failed_write_leaves_no_manifest(tmp_path, monkeypatch):
    def full(self, content):
        with self.open("wb") as stream:
            stream.write(content[:40])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(af.ResourceError, match=r"cannot be written \(No space left on device\)"):
        _run(tmp_path / "out")
    assert [path.name for path in (tmp_path / "out").rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("address", ["s3://bucket/out", "file:///tmp/out"])
def test_an_output_that_is_an_address(address):
    with pytest.raises(af.ParameterError, match="it must be a folder on this machine"):
        _run(Path(address))


@pytest.mark.parametrize("features", ["volume", ["volume", "fluency"]])
def test_filled_pauses_that_nobody_counted_are_no_warning(tmp_path, make_session, features):
    turns = ["Um, long, and um, hard to say the least of it.", "How was it?"] * 600
    path = tmp_path / "in.jsonl"
    session = make_session(*turns, mode="spoken", verbatim=True)
    path.write_text(json.dumps(session.to_dict()) + "\n")
    found = extract_into(Input(paths=[path]), tmp_path / "out", features=features)
    assert "no_filled_pauses" not in found.warnings


def test_a_folder_that_cannot_be_made():
    with pytest.raises(af.ResourceError, match=r"/proc/out: the folder cannot be written to"):
        _run(Path("/proc/out"))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_leaves_nothing_half_written(tmp_path, number):
    source = SESSIONS.read_text(encoding="utf-8").splitlines()
    path = tmp_path / "many.jsonl"
    with path.open("w", encoding="utf-8") as stream:
        for copy in range(300):
            for line in source:
                stream.write(line.replace('"example-', f'"copy-{copy}-', 1) + "\n")
    out = tmp_path / "out"
    command = [sys.executable, "-c", "from alliance_features.cli import main; main()", "extract"]
    with subprocess.Popen(
        [*command, str(path), "-o", str(out)], stderr=subprocess.PIPE, text=True
    ) as process:
        limit = time.monotonic() + 60
        while not out.is_dir() and time.monotonic() < limit:
            time.sleep(0.05)
        process.send_signal(number)
        stderr = process.communicate(timeout=60)[1]
    assert process.returncode == 128 + number
    assert stderr == (
        "finished parts are kept: give the same command to continue\n"
        "stopped; nothing half-written is left\n"
    )
    left = {path.name for path in out.rglob("*") if path.is_file()}
    assert not {name for name in left if not name.startswith("part-")}


def test_a_key_made_by_many_at_once_is_one(tmp_path, monkeypatch):
    monkeypatch.delenv(KEY_VARIABLE, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    start = threading.Barrier(8)

    def ask(_):
        start.wait()
        return hash_key()

    with ThreadPoolExecutor(8) as threads:
        assert len(set(threads.map(ask, range(8)))) == 1
    kept = tmp_path / "alliance-features" / "hash.key"
    assert [*kept.parent.iterdir()] == [kept]
    kept.write_bytes(b"")
    with pytest.raises(af.ResourceError, match=r"hash\.key holds no key; remove it"):
        hash_key()


def test_a_file_system_without_links_keeps_a_key(tmp_path, monkeypatch):
    def refuse(*_):
        raise PermissionError

    monkeypatch.delenv(KEY_VARIABLE, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setattr(os, "link", refuse)
    assert hash_key() == hash_key() == (tmp_path / "alliance-features" / "hash.key").read_bytes()


def test_a_bad_key_is_told_before_a_session_is_read(tmp_path, monkeypatch):
    monkeypatch.setenv(KEY_VARIABLE, "short")
    monkeypatch.setattr(Input, "files", lambda *_: pytest.fail("files were looked for"))
    with pytest.raises(af.ResourceError, match=r"shorter than 16 characters"):
        extract_into(Input(paths=[SESSIONS]), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_keys(tmp_path, monkeypatch):
    monkeypatch.setenv(KEY_VARIABLE, "short")
    with pytest.raises(af.ResourceError, match=r"shorter than 16 characters"):
        hash_key()
    monkeypatch.delenv(KEY_VARIABLE)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    key = hash_key()
    assert hash_key() == key
    kept = tmp_path / "alliance-features" / "hash.key"
    assert kept.stat().st_mode & 0o777 == 0o600
    assert keyed_hash(SESSIONS, key) != keyed_hash(SESSIONS, b"another key")
    assert keyed_hash(tmp_path / "absent", key) == ""
    monkeypatch.setenv("XDG_CONFIG_HOME", "/dev/null")
    assert hash_key() != hash_key()


def _session(**fields):
    turn = af.Turn(role="client", text="hello")
    return af.Session(**{"session_id": "s", "language": "en", "turns": [turn], **fields})


def test_corpus_checks():
    checks = CorpusChecks()
    checks.add(_session(mode="spoken", verbatim=True), SILENT_WORDS, 0.0)
    assert checks.warnings() == {"no_filled_pauses": 1}
    checks.add(_session(mode="spoken", verbatim=True), 100, 1.0)
    assert checks.warnings() == {}
    checks.add(_session(mode="typed", language="de", translated=True), 10, None)
    checks.add(_session(mode="spoken"), 10, None)
    assert checks.warnings() == {
        "several_languages": 4,
        "several_modes": 4,
        "translated_pronouns": 1,
        "unknown_verbatim": 1,
    }


def test_wrong_options(tmp_path):
    with pytest.raises(af.ParameterError, match=r"`level` is 'word'; it must be one of"):
        _run(tmp_path / "out", level="word")
    with pytest.raises(af.ParameterError, match=r"`output_format` is 'xlsx'; it must be one of"):
        _run(tmp_path / "out", output_format="xlsx")
    with pytest.raises(af.ParameterError, match=r"not a set, group or feature of level session"):
        _run(tmp_path / "out", features="words_n")
    assert not (tmp_path / "out").exists()


def test_errors_table_is_typed_when_empty():
    table = problems.errors_table([])
    assert table.num_rows == 0
    assert table.schema.field("line").type == pa.int64()


def test_older_results_stay_until_there_are_new_ones(tmp_path, monkeypatch):
    out = tmp_path / "out"
    _run(out)
    before = {path: path.read_bytes() for path in out.rglob("*.parquet")}
    with pytest.raises(af.ResourceError, match=r"No session could be read \(1 error, .*are kept"):
        _run(out, tmp_path / "typo.jsonl", overwrite=True)

    def stop(self, session, rows):
        raise KeyboardInterrupt("stop")

    with monkeypatch.context() as patch:
        patch.setattr(module.Extractor, "add", stop)
        with pytest.raises(KeyboardInterrupt, match="stop"):
            _run(out, overwrite=True)
    assert {path: path.read_bytes() for path in out.rglob("*.parquet")} == before
    assert (out / "manifest.json").is_file()


def test_fields_that_sessions_do_not_say_can_be_given(tmp_path):
    path = tmp_path / "s1.txt"
    turns = "T: Well, go on then, tell me of it.\nC: Um, I I was on the train again.\n" * 12
    path.write_text(turns, encoding="utf-8")
    source = {"paths": [path], "language": "en"}
    silent = extract_into(Input(**source), tmp_path / "a", features=LEXICAL).table.to_pylist()
    told = extract_into(
        Input(**source, mode="spoken", verbatim=True), tmp_path / "b", features=LEXICAL
    ).table.to_pylist()
    assert silent[0]["client__filled_pause_rate"] is None
    assert told[0]["client__filled_pause_rate"] == 100 * 12 / 72
    # What a session says of itself stands: the examples are spoken and verbatim.
    summary = extract_into(Input(paths=[SESSIONS], mode="typed", verbatim=False), tmp_path / "c")
    assert summary.table["client__filled_pause_rate"].null_count == 0
    with pytest.raises(af.ParameterError, match=r"`mode` is 'sung'; it must be one of \"spoken\""):
        extract_into(Input(**source, mode="sung"), tmp_path / "d")


def test_files_of_other_kinds_are_counted_and_results_left_alone(tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "notes.docx").write_bytes(b"PK")
    (folder / "s.jsonl").write_bytes(SESSIONS.read_bytes())
    assert _run(folder / "out", folder).n_left_out == 1
    again = _run(tmp_path / "out", folder)
    assert (again.n_sessions, again.errors_by_code) == (8, {})


def test_a_killed_run_is_started_again_and_other_files_are_never_removed(tmp_path):
    out = tmp_path / "out"
    _run(out)
    whole = (out / "sessions" / "part-00000.parquet").read_bytes()
    (out / "manifest.json").unlink()  # killed before the last file
    (out / "sessions" / "part-00000.parquet").unlink()
    (out / "sessions" / ".part-00000.parquet.partial").write_bytes(b"half")
    _run(out)
    assert (out / "sessions" / "part-00000.parquet").read_bytes() == whole
    assert not list(out.rglob("*.partial"))
    mine = out / "sessions" / "interview.txt"
    mine.write_text("mine")
    with pytest.raises(af.ParameterError, match=r"1 file is not what .*: sessions/interview.txt"):
        _run(out, overwrite=True)
    assert mine.read_text() == "mine"
    assert (out / "sessions" / "part-00000.parquet").read_bytes() == whole
    (out / "manifest.json").unlink()
    with pytest.raises(af.ParameterError, match=r"holds other things; name a new or empty folder"):
        _run(out, overwrite=True)
    assert mine.read_text() == "mine"
