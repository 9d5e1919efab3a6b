import csv
import gzip
import json
import os

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from alliance_features import ParameterError, Session, TranscriptError, Turn, read_sessions
from alliance_features.transcript.arrow import sessions_to_table
from alliance_features.transcript.readers import find_files

HEADER = "session_id,language,role,text\n"


def line(name):
    turns = [{"role": "client", "text": "yes"}]
    return json.dumps({"session_id": name, "language": "en", "turns": turns}) + "\n"


@pytest.fixture
def write(tmp_path):
    def write(name, content):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


@pytest.fixture
def corpus(write, tmp_path):
    """Write a folder of every format, and what is to be left out."""
    write("b/one.csv", f"{HEADER}one,en,client,yes\n")
    write("b/two.tsv.gz", gzip.compress(HEADER.replace(",", "\t").encode() + b"two\ten\tclient\tx"))
    write("a.jsonl", line("a"))
    write("c/d/e.TXT", "T: hello\nC: hi\n")
    session = Session(session_id="p", language="en", turns=[Turn(role="client", text="yes")])
    pq.write_table(sessions_to_table([session]), tmp_path / "c" / "p.parquet")
    for name in (".hidden.jsonl", ".git/x.jsonl", "c/.DS_Store", "README.md", "notes", "x.json"):
        write(name, "not a transcript")
    return tmp_path


def read(path, **options):
    errors = []
    sessions = [session.session_id for session in read_sessions(path, errors=errors, **options)]
    return sessions, errors


def test_a_folder_of_every_format(corpus):
    sessions, errors = read(corpus, language="en")
    assert sessions == ["a", "one", "two", "e", "p"]
    assert errors == []
    assert read(str(corpus), language="en") == (sessions, [])
    assert read([corpus / "c", corpus / "a.jsonl"], language="en") == (["e", "p", "a"], [])
    files = find_files(corpus)
    assert files
    assert all(str(path).startswith(str(corpus)) for path in files)


def test_a_format_chooses_in_a_folder(corpus):
    assert read(corpus, format="jsonl") == (["a"], [])
    assert read(corpus, format="parquet") == (["p"], [])


def test_options_are_for_the_files_that_heed_them(corpus, write):
    write("b/one.csv", "id,language,role,text\none,en,client,yes\n")
    options = {"language": "en", "line_format": "{role}: {text}"}
    sessions, errors = read(corpus, columns={"session_id": "id"}, **options)
    assert sessions == ["a", "one", "e"]
    assert [error.code for error in errors] == ["missing_column"] * 2
    with pytest.raises(ParameterError, match="`line_format` is for plain text; no file named is"):
        read_sessions(corpus / "b", **options)


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("*.jsonl", ["a"]),
        ("b/*", ["one", "two"]),
        ("*/one.*", ["one"]),
        ("**/*.TXT", ["e"]),
        ("**/*.parquet", ["p"]),
    ],
)
def test_patterns(corpus, pattern, found):
    assert read(corpus / pattern, language="en") == (found, [])


def test_only_the_asterisk_is_special(write, tmp_path):
    write("week [1]/a?.jsonl", line("a"))
    write("week 1/b.jsonl", line("b"))
    assert read(tmp_path / "week [1]" / "*.jsonl") == (["a"], [])
    assert read(tmp_path / "week [1]" / "a?.jsonl") == (["a"], [])
    starred = write("c*.jsonl", line("c"))
    write("cd.jsonl", line("d"))
    assert read(starred) == (["c"], [])


def test_a_pattern_names_files_of_any_ending(write, tmp_path):
    write("a.transcript", "T: hello\n")
    write("sub/x.jsonl", line("x"))
    sessions, errors = read(tmp_path / "*")
    assert sessions == []
    assert [error.code for error in errors] == ["unknown_format"]
    assert read(tmp_path / "*.transcript", format="text", language="en") == (["a"], [])


def test_a_folder_that_is_named_like_a_file(write, tmp_path):
    write("all.jsonl/part-0.jsonl", line("a"))
    assert read(tmp_path / "all.jsonl") == (["a"], [])


PLACES = [
    ("empty", "empty_file", "empty: the folder holds no transcript; 0 files in it have other"),
    ("others", "empty_file", r"1 files in it have other names\. Known are names in \.jsonl"),
    ("empty/*", "unreadable", r"\*: no file matches the pattern\. Check the folder and the ending"),
    ("others/*.jsonl", "unreadable", "no file matches the pattern"),
    ("absent/**", "unreadable", "no file matches the pattern"),
    ("absent", "unreadable", r"absent: no such folder\. Check its spelling, and from which"),
    ("absent.notes", "unreadable", r"absent\.notes: no such file\. Check its spelling"),
    ("absent.txt", "unreadable", r"cannot be read \(No such file"),
]


@pytest.mark.parametrize(("name", "code", "message"), PLACES, ids=[case[0] for case in PLACES])
def test_a_place_without_a_transcript(write, tmp_path, name, code, message):
    (tmp_path / "empty").mkdir()
    write("others/thesis.docx", "x")
    good = write("good.jsonl", line("good"))
    sessions, errors = read([tmp_path / name, good])
    assert sessions == ["good"]
    assert [(error.code, error.path) for error in errors] == [(code, str(tmp_path / name))]
    assert errors[0].remedy
    with pytest.raises(TranscriptError, match=message):
        list(read_sessions(tmp_path / name))


def test_a_missing_folder_is_read_once_it_is_named_right(write, tmp_path, monkeypatch):
    write("week 1/a.jsonl", line("a"))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(TranscriptError, match=r"^week1: no such folder\. Check its spelling, and"):
        list(read_sessions("week1"))
    assert read("week 1") == (["a"], [])
    for name in ("week1", "week1/", "week1.old"):
        _, (error,) = read(tmp_path / name, format="text")
        assert error.problem == ("no such file" if "." in name else "no such folder")


def test_a_session_in_two_files(write, tmp_path):
    for name in ("x/s1.txt", "y/s1.txt", "z.jsonl"):
        write(name, line("s1") if name == "z.jsonl" else "T: hello\nC: hi\n")
    sessions, errors = read(tmp_path, language="en")
    assert sessions == ["s1"]
    assert [(e.code, e.path) for e in errors] == [
        ("duplicate_session", str(tmp_path / "y" / "s1.txt")),
        ("duplicate_session", str(tmp_path / "z.jsonl")),
    ]
    with pytest.raises(TranscriptError, match="id of its own; that of a text file is its name"):
        list(read_sessions(tmp_path, language="en"))


def test_a_bad_file_spoils_no_other(write, tmp_path):
    write("a.jsonl", line("a"))
    write("b.jsonl", "{")
    write("c.txt", "no speaker")
    write("d.parquet", "no parquet")
    write("e.csv", f"{HEADER}e,en,client,yes\n")
    sessions, errors = read(tmp_path, language="en")
    assert sessions == ["a", "e"]
    assert [error.code for error in errors] == ["bad_json", "missing_field", "damaged_file"]


def test_a_folder_that_cannot_be_read(tmp_path, monkeypatch):
    def walk(folder, onerror):
        onerror(PermissionError(13, "Permission denied", str(folder)))
        return iter(())

    monkeypatch.setattr(os, "walk", walk)
    with pytest.raises(TranscriptError, match=r"a folder cannot be read \(Permission denied\)"):
        list(read_sessions(tmp_path))


def test_linked_folders_are_not_followed(write, tmp_path):
    write("a.jsonl", line("a"))
    (tmp_path / "again").symlink_to(tmp_path, target_is_directory=True)
    assert read(tmp_path) == (["a"], [])


def test_the_same_session_from_every_format(tmp_path):
    texts = ["How are you?", 'Well, I\n[laughs] said: "ok"', "", "我很难过。", "Hm; so,\n\nyes"]
    turns = [
        {"role": ("therapist", "client")[n % 2], "text": text, "start": 61.25 * n, "end": 61.5 * n}
        for n, text in enumerate(texts)
    ]
    record = {"session_id": "s1", "language": "en"}
    session = Session.from_dict({**record, "turns": turns})
    (tmp_path / "s1.jsonl").write_text(json.dumps(session.to_dict()), encoding="utf-8")
    rows = [{**record, **turn} for turn in turns]
    with open(tmp_path / "s1.csv", "w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    pq.write_table(sessions_to_table([session]), tmp_path / "sessions.parquet")
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "turns.parquet")

    def clock(time):
        return f"00:{int(time // 60):02}:{time % 60:05.2f}"

    lines = [
        f"[{clock(t['start'])} - {clock(t['end'])}] {t['role'].title()}: {t['text']}\n"
        for t in turns
    ]
    (tmp_path / "s1.txt").write_text("".join(lines), encoding="utf-8")
    names = ("s1.jsonl", "s1.csv", "sessions.parquet", "turns.parquet", "s1.txt")
    for name in names:
        assert list(read_sessions(tmp_path / name, language="en")) == [session], name


def test_a_word_file_by_another_name(tmp_path):
    path = tmp_path / "s1.txt"
    path.write_bytes(b"PK\x03\x04\xff\xfe")
    with pytest.raises(TranscriptError, match=r"is a Word, Excel or zip file. Save it as plain"):
        list(read_sessions(path, language="en"))
