"""Sessions behind addresses: the same as from this machine, and errors that quote no driver."""

import gzip
import json
from pathlib import Path

import fsspec
import pyarrow.parquet as pq
import pytest

import alliance_features as af
from alliance_features.commands.validate import validate_files
from alliance_features.errors import ParameterError, ResourceError, TranscriptError
from alliance_features.output.keys import KEY_VARIABLE
from alliance_features.transcript.source import Input
from into_folder import extract_into
from part_corpus import LEXICAL, record, write_jsonl

SECRET = "wisteria"


@pytest.fixture
def system():
    """Yield an empty file system in memory."""
    system = fsspec.filesystem("memory")
    yield system
    for path in system.find("/"):
        system.rm(path)


@pytest.fixture
def both(system, tmp_path):
    """Write a folder of every format here, and the same behind an address."""
    folder = tmp_path / "archive"
    write_jsonl(folder / "a" / "one.jsonl", range(3))
    write_jsonl(folder / "b.jsonl", range(3, 5))
    lines = "".join(json.dumps(record(number)) + "\n" for number in range(5, 8))
    (folder / "c.jsonl.gz").write_bytes(gzip.compress(lines.encode()))
    rows = ["session_id,language,role,text", "t1,en,therapist,How was it?"]
    (folder / "d.csv").write_text("\n".join([*rows, "t1,en,client,Um it was long."]) + "\n")
    sessions = map(af.Session.from_dict, map(record, range(8, 12)))
    pq.write_table(af.sessions_to_table(sessions), folder / "e.parquet")
    (folder / "f.txt").write_text("T: How was the week?\nC: Um, long.\n")
    (folder / ".hidden.jsonl").write_text("no")
    (folder / "notes.md").write_text("no transcript")
    (folder / "results").mkdir()
    for name in ("manifest.json", "run.json", "sessions.csv"):
        (folder / "results" / name).write_text("{}")
    for path in folder.rglob("*"):
        if path.is_file():
            system.pipe(f"/archive/{path.relative_to(folder).as_posix()}", path.read_bytes())
    return folder


def test_a_folder_gives_the_same_sessions(both):
    here = list(af.read_sessions(both, language="en"))
    there = list(af.read_sessions("memory://archive", language="en"))
    assert len(there) == 14
    assert there == here


@pytest.mark.parametrize(
    ("address", "n"), [("memory://archive/b.jsonl", 2), ("memory://archive/**/*.jsonl", 5)]
)
def test_files_and_patterns(both, address, n):
    assert len(list(af.read_sessions(address))) == n


def test_extraction_has_the_same_values_and_resumes(both, tmp_path, monkeypatch):
    monkeypatch.setenv(KEY_VARIABLE, "a key for the tests")
    found = {}
    for name, path in (("here", both), ("there", "memory://archive")):
        summary = extract_into(
            Input(paths=[path], language="en"), tmp_path / name, features=LEXICAL
        )
        assert summary.n_sessions == 14
        found[name] = pq.read_table(tmp_path / name / "sessions")
        manifest = json.loads((tmp_path / name / "manifest.json").read_text())
        found[f"{name} inputs"] = manifest["inputs"]
    assert found["here"] == found["there"]
    assert found["here inputs"] == found["there inputs"]  # sizes and keyed hashes of the files
    source = Input(paths=["memory://archive"], language="en")
    again = extract_into(source, tmp_path / "there", features=LEXICAL, update=True)
    assert again.n_kept == 14
    run = json.loads((tmp_path / "there" / "run.json").read_text())
    assert "memory:///archive/b.jsonl" in run["inputs"]


def test_validate(both):
    report = validate_files(Input(paths=["memory://archive"], language="en"))
    assert [str(one.path).rpartition("/")[2] for one in report.files] == [
        "one.jsonl", "b.jsonl", "c.jsonl.gz", "d.csv", "e.parquet", "f.txt"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("address", "code", "message"),
    [
        ("memory://gone.jsonl", "unreadable", "gone.jsonl: the file cannot be read"),
        ("memory://gone", "unreadable", "memory://gone: no such folder. Check its spelling"),
        ("memory://gone.notes", "unreadable", "memory://gone.notes: no such file. Check its spel"),
        ("memory://archive/*.tsv", "unreadable", "no file matches the pattern"),
        ("memory://archive/results/*.md", "unreadable", "no file matches the pattern"),
    ],
)
def test_what_is_not_there(both, address, code, message):
    errors = []
    assert list(af.read_sessions(address, errors=errors)) == []
    assert [error.code for error in errors] == [code]
    assert message in str(errors[0])


def test_a_folder_without_transcripts(system):
    system.pipe("/empty/notes.md", b"no")
    with pytest.raises(TranscriptError, match="holds no transcript; 1 files in it have other"):
        list(af.read_sessions("memory://empty"))


class Strange(Exception):
    """What no driver's caller expects."""


def test_a_driver_that_is_missing_is_named(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "s3fs", None)
    with pytest.raises(ResourceError, match=r"s3:// cannot be read .* Install s3fs to access S3\."):
        list(af.read_sessions("s3://bucket/a.jsonl"))


@pytest.mark.parametrize("place", ["open", "find", "read"])
def test_a_driver_that_fails_is_an_unreadable_file(both, system, monkeypatch, place):
    def fail(*_, **__):
        raise Strange(f"answer of the server: {SECRET}")

    if place == "read":
        kind = type(system.open("/archive/b.jsonl", "rb"))
        monkeypatch.setattr(kind, "read", fail)
    else:
        monkeypatch.setattr(type(system), place, fail)
    address = "memory://archive" if place == "find" else "memory://archive/b.jsonl"
    with pytest.raises(TranscriptError, match=r"\(Strange\).*\[unreadable\]") as caught:
        list(af.read_sessions(address))
    problem = caught.value
    while problem is not None:
        assert SECRET not in f"{problem}{problem!r}"
        problem = problem.__context__ or problem.__cause__


@pytest.mark.parametrize(
    ("address", "kind", "message"),
    [
        ("ftp://me:pw@host/a.jsonl", ParameterError, "an address of ftp with a user in it"),
        ("simplecache::memory://archive", ParameterError, "which keeps copies of transcripts"),
        ("zoo://archive", ResourceError, r"zoo:// cannot be read \(ValueError\); it needs fsspec"),
    ],
)
def test_addresses_that_are_refused(address, kind, message):
    with pytest.raises(kind, match=message) as caught:
        list(af.read_sessions(address))
    assert "pw" not in str(caught.value)


def test_without_fsspec(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "fsspec.core", None)
    with pytest.raises(ResourceError, match=r"s3:// cannot be read \(ModuleNotFoundError\)"):
        list(af.read_sessions("s3://bucket/a.jsonl"))


def test_command_line(both, tmp_path, run):
    code, _, stderr = run(
        "extract", "memory://archive", "--language", "en", "-o", str(tmp_path / "out"),
        "--features", "volume",
    )  # fmt: skip
    assert code == 0, stderr
    assert pq.read_table(tmp_path / "out" / "sessions").num_rows == 14
    assert not Path("memory:").exists()
