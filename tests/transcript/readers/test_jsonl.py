import gzip
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alliance_features import ParameterError, Session, TranscriptError, read_sessions

EXAMPLES = Path(__file__).resolve().parents[3] / "examples" / "sessions.jsonl"


def record(session_id="s1", **change):
    turns = [
        {"role": "therapist", "text": "How are you?", "start": 0, "end": 1},
        {"role": "client", "text": "Fine, I think."},
    ]
    return {"session_id": session_id, "language": "en", "turns": turns, **change}


def line(*args, **change):
    return json.dumps(record(*args, **change), ensure_ascii=False) + "\n"


@pytest.fixture
def write(tmp_path):
    def write(content, name="in.jsonl"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
        return path

    return write


def read(path, **options):
    """Return the sessions and the errors; check that errors=None raises the first of them."""
    errors = []
    sessions = list(read_sessions(path, errors=errors, **options))
    assert errors == [] or isinstance(errors[0], TranscriptError)
    if errors:
        with pytest.raises(TranscriptError, match=r"\[\w+\]$") as caught:
            list(read_sessions(path, **options))
        assert str(caught.value) == str(errors[0])
    return sessions, errors


def test_reads_a_session_a_line(write):
    path = write(line("a") + line("b", meta={"x": 1}))
    assert list(read_sessions(path)) == [
        Session.from_dict(record("a")),
        Session.from_dict(record("b", meta={"x": 1})),
    ]
    assert list(read_sessions(str(path))) == list(read_sessions(path))


def test_reads_the_examples():
    sessions = list(read_sessions(EXAMPLES))
    assert len(sessions) >= 6
    assert all(session.turns for session in sessions)


@pytest.mark.parametrize(
    ("prefix", "end", "last"),
    [("\ufeff", "\n", "\n"), ("", "\r\n", "\r\n"), ("", "\n", ""), ("\n \n", "\n\n", "\n\t\n")],
    ids=["byte order mark", "crlf", "no last line end", "blank lines"],
)
def test_line_ends_and_marks(write, prefix, end, last):
    path = write(prefix + line("a").strip() + end + line("b").strip() + last)
    assert [session.session_id for session in read_sessions(path)] == ["a", "b"]


def test_unicode_line_separators_are_no_line_ends(write):
    text = "a\u2028b\u2029c\x85d\x0be"
    session = record(turns=[{"role": "client", "text": text}])
    path = write(json.dumps(session, ensure_ascii=False))
    assert [turn.text for turn in next(read_sessions(path)).turns] == [text]


def test_gzip(write):
    path = write(gzip.compress((line("a") + line("b")).encode()), "in.jsonl.gz")
    assert [session.session_id for session in read_sessions(path)] == ["a", "b"]


def test_several_files_and_formats(write):
    first, second = write(line("a"), "1.ndjson"), write(line("b"), "2.doc")
    sessions, errors = read([first, second])
    assert [session.session_id for session in sessions] == ["a"]
    assert [error.code for error in errors] == ["unknown_format"]
    assert len(list(read_sessions([first, str(second)], format="jsonl"))) == 2


def test_roles_are_mapped(write):
    turns = [
        {"role": "T", "text": "a"},
        {"role": " K ", "text": "b"},
        {"role": "client", "text": "c"},
    ]
    path = write(line(turns=turns))
    (session,) = read_sessions(path, roles={"T": "therapist", "K": "client"})
    assert [turn.role for turn in session.turns] == ["therapist", "client", "client"]


@pytest.mark.parametrize(
    ("turn", "message"),
    [
        ({"text": ""}, "turn 0: `role` is absent or null"),
        ({"role": ["T"], "text": ""}, "turn 0: `role` is neither"),
        ({"role": "t", "text": ""}, "turn 0: `role` is neither"),
        ("T", "turn 0: `turns` holds str"),
    ],
)
def test_mapping_roles_leaves_what_it_does_not_know(write, turn, message):
    with pytest.raises(TranscriptError, match=message):
        list(read_sessions(write(line(turns=[turn])), roles={"T": "therapist"}))


def test_language_is_for_sessions_that_name_none(write):
    path = write(line("a", language=None) + line("b", language="de"))
    assert [s.language for s in read_sessions(path, language="en")] == ["en", "de"]


def test_reading_is_lazy(write):
    sessions = read_sessions(write(line("a") + "broken\n"))
    assert next(sessions).session_id == "a"
    with pytest.raises(TranscriptError, match="line 2: the line is not well-formed JSON"):
        next(sessions)


def test_a_list_collects_and_the_good_sessions_are_yielded(write):
    path = write(line("a") + "{\n" + line("b", language="?") + line("c") + line("a") + line("d"))
    sessions, errors = read(path)
    assert [session.session_id for session in sessions] == ["a", "c", "d"]
    assert [(error.code, error.line, error.session_id) for error in errors] == [
        ("bad_json", 2, None),
        ("unknown_language", 3, "b"),
        ("duplicate_session", 5, "a"),
    ]
    assert {error.path for error in errors} == {str(path)}


BAD_JSON = "the line is not well-formed JSON at character"
TURN = '{"session_id": "s1", "language": "en", "turns": [{"role": "client", "text": %s}]}'
TAB = (TURN % '"a\tb"').index("\t") + 1
LINES = [
    ("{", "bad_json", f"line 2: {BAD_JSON} 3. Write one JSON object per line"),
    ("words", "bad_json", f"line 2: {BAD_JSON} 1"),
    ("{'session_id': 's1'}", "bad_json", f"line 2: {BAD_JSON} 2"),
    (line().strip() + line().strip(), "bad_json", f"line 2: {BAD_JSON} 1"),
    (line().strip()[:-2], "bad_json", f"line 2: {BAD_JSON}"),
    ("\ufeff{}", "bad_json", f"line 2: {BAD_JSON} 1"),
    (TURN % '"a\tb"', "bad_json", f"line 2: {BAD_JSON} {TAB}"),
    ("[" * 100_000, "bad_json", "line 2: the line is nested too deeply or holds a number with too"),
    (
        TURN % ("1" * 5000),
        "bad_json",
        "line 2: the line is nested .* Write one JSON object per line",
    ),
    ("[]", "bad_type", "line 2: the line is not a JSON object. Write one session per line"),
    ("null", "bad_type", "line 2: the line is not a JSON object"),
    ('"words"', "bad_type", "line 2: the line is not a JSON object"),
    ('{"session_id": "s1", "session_id": "s1"}', "duplicate_key", "line 2: an object has the same"),
    (
        TURN % '"", "text": ""',
        "duplicate_key",
        "line 2: an object has the same key twice. Keep one",
    ),
    (TURN % '"", "start": NaN', "bad_value", "line 2: a number is NaN or infinite. Write null"),
    (TURN % '"", "end": -Infinity', "bad_value", "line 2: a number is NaN or infinite"),
    (TURN % '"", "end": 1e999', "bad_time", "line 2, session s1, turn 0: `end` is inf. Times are"),
    (TURN % '"", "start": -1', "bad_time", r"line 2, session s1, turn 0: `start` is -1\.0"),
    (TURN % "null", "missing_field", "line 2, session s1, turn 0: `text` is absent or null"),
    (TURN % "5", "bad_type", "line 2, session s1, turn 0: `text` is int. Write text as a string"),
    (TURN % r'"\u0000"', "not_text", "line 2, session s1, turn 0: `text` holds a NUL character"),
    (TURN % r'"\ud83d"', "not_text", "session s1, turn 0: `text` holds an unpaired surrogate"),
    (
        TURN % '"", "who": 1',
        "unknown_key",
        "session s1, turn 0: key 3 of the object is not part of",
    ),
    (
        TURN % json.dumps("word " * 2_000_000),
        "too_long",
        "line 2, session s1, turn 0: `text` has 10,000,000 characters. .*whole file in one turn",
    ),
    (line("a b").strip(), "bad_value", "line 2: `session_id` has 3 characters, 1 of them white"),
    (line("s1", turns=None).strip(), "missing_field", "line 2, session s1: `turns` is absent"),
    (
        line("s1", language=None).strip(),
        "missing_field",
        "line 2, session s1: `language` is absent",
    ),
    (line("s1", mood="x").strip(), "unknown_key", "line 2, session s1: .* Is `mode` meant"),
    (line("good").strip(), "duplicate_session", "session good: the `session_id` occurs a second"),
    (
        line(turns=[{"role": "T", "text": ""}]).strip(),
        "unknown_role",
        "line 2, session s1, turn 0: `role` is neither .* with `roles`",
    ),
]


@pytest.mark.parametrize(
    ("bad", "code", "message"), LINES, ids=[f"{n}-{case[1]}" for n, case in enumerate(LINES)]
)
def test_a_bad_line_has_its_message_and_spoils_no_other(write, bad, code, message):
    path = write(line("good") + bad + "\n" + line("last"))
    sessions, errors = read(path)
    assert [session.session_id for session in sessions] == ["good", "last"]
    assert [(error.code, error.path, error.line) for error in errors] == [(code, str(path), 2)]
    with pytest.raises(TranscriptError, match=rf"in\.jsonl, .*{message}") as caught:
        list(read_sessions(path))
    assert str(caught.value).endswith(f"[{code}]")
    assert caught.value.remedy


FILES = [
    ("in.jsonl", b"", "empty_file", "the file holds no session. Check that it is the file you"),
    ("in.jsonl", b"\n \n", "empty_file", "the file holds no session"),
    ("in.jsonl", line().encode("utf-16"), "not_utf8", "the file is not UTF-8. Save it as UTF-8"),
    ("in.jsonl", b'{"session_id": "\xe9"}', "not_utf8", "the line is not UTF-8. Save the f"),
    ("in.jsonl", gzip.compress(line().encode()), "not_utf8", r"compressed file ends in \.gz"),
    ("in.jsonl.gz", line().encode(), "damaged_file", "truncated or damaged. Copy or compress it"),
    ("in.jsonl.gz", gzip.compress(line().encode())[:-1], "damaged_file", "the gzip file is trunc"),
    ("in.jsonl.gz", gzip.compress(line().encode())[:30], "damaged_file", "the gzip file is trunc"),
    ("in.jsonl.gz", b"", "empty_file", "the file holds no session"),
    ("in.docx", line().encode(), "unknown_format", r"looks like JSON Lines\. Name it .*: jsonl\."),
    (
        "in.docx",
        b"?",
        "unknown_format",
        r"Name it with `format` \(--input-f.*: jsonl, csv, tsv",
    ),
    (
        "in.docx",
        b"PK\3\4",
        "unknown_format",
        r"it looks like a Word, Excel or zip file\. Save it as plain text in UTF-8\.",
    ),
    (
        "in",
        line().encode(),
        "unknown_format",
        "the format cannot be recognised by the name of the file",
    ),
]


@pytest.mark.parametrize(
    ("name", "content", "code", "message"), FILES, ids=[f"{n}-{c[2]}" for n, c in enumerate(FILES)]
)
def test_a_bad_file_has_its_message_and_spoils_no_other(write, name, content, code, message):
    bad, good = write(content, name), write(line("good"), "good.jsonl")
    sessions, errors = read([bad, good])
    assert sessions[-1].session_id == "good"
    assert [(error.code, error.path) for error in errors] == [(code, str(bad))]
    with pytest.raises(TranscriptError, match=message):
        list(read_sessions(bad))


def test_a_damaged_checksum_is_told_after_the_sessions(write):
    content = bytearray(gzip.compress((line("a") + line("b")).encode()))
    content[-6] ^= 1
    sessions, errors = read(write(bytes(content), "in.jsonl.gz"))
    assert len(sessions) <= 2
    assert [error.code for error in errors] == ["damaged_file"]


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(TranscriptError, match=r"no\.jsonl: the file cannot be read \(No such file"):
        list(read_sessions(tmp_path / "no.jsonl"))


def test_duplicates_are_found_across_files(write):
    first, second = write(line("a"), "1.jsonl"), write(line("b") + line("a"), "2.jsonl")
    sessions, errors = read([first, second])
    assert [session.session_id for session in sessions] == ["a", "b"]
    assert [(e.code, e.path, e.line) for e in errors] == [("duplicate_session", str(second), 2)]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"format": "xml"}, '`format` is \'xml\'; it must be one of "jsonl", "csv", "tsv", "parq'),
        ({"roles": {"T": "counsellor"}}, '`roles` must map labels to "therapist" or "client"'),
        ({"roles": {1: "client"}}, "`roles` must map labels"),
        (
            {"columns": {"text": "words"}},
            "`columns` is for CSV, TSV and Parquet; the files named are",
        ),
        ({"line_format": "{role}: {text}"}, "`line_format` is for plain text; no file named is"),
        ({"columns": {"words": "text"}}, "`columns` is 'words'; it must be one of"),
        ({"columns": {"text": 3}}, "`columns` must map fields to names of columns"),
        ({"language": "English"}, "`language` is not a language code; use e.g."),
    ],
)
def test_malformed_arguments_are_refused_at_the_call(write, options, message):
    with pytest.raises(ParameterError, match=message):
        read_sessions(write(line()), **options)


TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
IDS = st.text("abcXYZ019-_./é来", min_size=1, max_size=9)
SECONDS = st.none() | st.floats(0, 1e6)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2)
    ),
    max_leaves=4,
)


@st.composite
def turns(draw):
    start, end = draw(SECONDS), draw(SECONDS)
    if start is not None and end is not None:
        start, end = sorted((start, end))
    role = draw(st.sampled_from(["therapist", "client"]))
    return {"role": role, "text": draw(TEXTS), "start": start, "end": end}


RECORDS = st.fixed_dictionaries(
    {
        "session_id": IDS,
        "language": st.sampled_from(["en", "de", "zh-Hans"]),
        "turns": st.lists(turns(), max_size=4),
        "client_id": st.none() | IDS,
        "therapist_id": st.none() | IDS,
        "session_number": st.none() | st.integers(0, 2**31 - 1),
        "mode": st.sampled_from([None, "spoken", "captions", "typed", "generated"]),
        "translated": st.none() | st.booleans(),
        "verbatim": st.none() | st.booleans(),
        "meta": st.dictionaries(st.text(max_size=3), VALUES, max_size=2),
    }
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("round_trip")


@settings(deadline=None, max_examples=200)
@given(
    st.lists(RECORDS, min_size=1, max_size=3, unique_by=lambda record: record["session_id"]),
    st.booleans(),
    st.sampled_from(["in.jsonl", "in.jsonl.gz"]),
)
def test_round_trip(folder, records, ascii_only, name):
    path = folder / name
    text = "".join(json.dumps(one, ensure_ascii=ascii_only) + "\n" for one in records)
    try:
        content = text.encode("utf-8")
    except UnicodeEncodeError:  # a surrogate inside `meta` stands in a file only as an escape
        content = "".join(json.dumps(one) + "\n" for one in records).encode()
    path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    sessions = list(read_sessions(path))
    assert [session.to_dict() for session in sessions] == records
    path.write_bytes(b"")
    again = folder / "again.jsonl"
    again.write_text("".join(json.dumps(s.to_dict()) + "\n" for s in sessions), encoding="utf-8")
    assert list(read_sessions(again)) == sessions


def test_a_byte_that_is_not_utf8_spoils_its_line_alone(write):
    lines = [line(f"s{number}").encode() for number in range(6)]
    lines[2] = lines[2].replace(b"s2", b"s2\xe9")
    lines[4] = b'{"session_id": "\xff\xfe'
    sessions, errors = read([write(b"\n".join(one.strip() for one in lines) + b"\n", "in.jsonl")])
    assert [one.session_id for one in sessions] == ["s0", "s1", "s3", "s5"]
    assert [(error.code, error.line) for error in errors] == [("not_utf8", 3), ("not_utf8", 5)]
    for error in errors:
        assert "\udce9" not in f"{error!r}{vars(error)}"
