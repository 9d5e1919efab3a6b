import csv
import gzip
import io
import json
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alliance_features import ParameterError, TranscriptError, Turn, read_sessions

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"
HEADER = "session_id,language,role,text\n"


@pytest.fixture
def write(tmp_path):
    def write(content, name="in.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
        return path

    return write


def read(path, **options):
    """Return the ids and the errors; check that errors=None raises the first of them."""
    errors = []
    sessions = list(read_sessions(path, errors=errors, **options))
    assert errors == [] or isinstance(errors[0], TranscriptError)
    if errors:
        with pytest.raises(TranscriptError, match=r"\[\w+\]$") as caught:
            list(read_sessions(path, **options))
        assert str(caught.value) == str(errors[0])
    return [session.session_id for session in sessions], errors


def test_reads_every_field(write):
    path = write(
        "session_id,client_id,therapist_id,language,session_number,mode,translated,verbatim,"
        "role,text,start,end\n"
        's1,c1,,en,3,spoken,false,TRUE,client," Well, ""yes"".\nNo. ",0,1.5\n'
        "s1,c1,,en,3.0,spoken,0,1,therapist,,,\n"
    )
    (session,) = read_sessions(path)
    assert session.to_dict() == {
        "session_id": "s1",
        "client_id": "c1",
        "therapist_id": None,
        "language": "en",
        "session_number": 3,
        "mode": "spoken",
        "translated": False,
        "verbatim": True,
        "turns": [
            {"role": "client", "text": ' Well, "yes".\nNo. ', "start": 0.0, "end": 1.5},
            {"role": "therapist", "text": "", "start": None, "end": None},
        ],
        "meta": {},
    }


def test_example_equals_its_jsonl():
    lines = {session.session_id: session for session in read_sessions(EXAMPLES / "sessions.jsonl")}
    sessions = list(read_sessions(EXAMPLES / "sessions.csv"))
    assert sessions
    for session in sessions:
        expected = lines[session.session_id].to_dict()
        assert session.to_dict() == {**expected, "meta": {}}


BODY = HEADER + "a,en,client,yes\na,en,therapist,well\nb,en,client,no\n"


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (BODY, "in.csv"),
        ("\ufeff" + BODY, "in.csv"),
        (BODY.replace("\n", "\r\n"), "in.csv"),
        (BODY.replace("\n", "\r"), "in.csv"),
        (BODY.replace(",", ";"), "in.csv"),
        (BODY.replace(",", "\t"), "in.tsv"),
        (BODY.replace(",", "\t"), "in.csv"),
        (BODY.replace("\n", "\n\n"), "in.csv"),
        (BODY.rstrip(), "in.csv"),
        (BODY.replace("session_id,", '" session_id ",'), "in.csv"),
        (gzip.compress(BODY.encode()), "in.csv.gz"),
        (gzip.compress(BODY.encode("utf-8-sig")), "in.CSV.GZ"),
    ],
    ids=[
        "csv",
        "bom",
        "crlf",
        "cr",
        "semicolon",
        "tsv",
        "tab",
        "blank",
        "end",
        "quoted",
        "gz",
        "GZ",
    ],
)
def test_dialects(write, content, name):
    sessions = list(read_sessions(write(content, name)))
    assert [(s.session_id, [(t.role, t.text) for t in s.turns]) for s in sessions] == [
        ("a", [("client", "yes"), ("therapist", "well")]),
        ("b", [("client", "no")]),
    ]


def test_columns_and_roles_are_mapped_and_others_ignored(write):
    path = write("id;text;speaker;role;role\n1;12:03;K;So, sad;x\n1;12:04;T;How sad?;\n", "in.csv")
    columns = {"session_id": "id", "role": "speaker", "text": "words"}
    roles = {"K": "client", "T": "therapist"}
    with pytest.raises(TranscriptError, match="the header has 5 columns and none for `text`"):
        list(read_sessions(path, columns=columns, roles=roles, language="en"))
    # A name of ours that holds something else is not taken for ours once it is mapped away.
    path = write("id;text;speaker;utterance;x;x\n1;12:03;K;So, sad;;\n1;12:04;T;How sad?;;\n")
    columns["text"] = "utterance"
    (session,) = read_sessions(path, columns=columns, roles=roles, language="en")
    assert session.turns == (
        Turn(role="client", text="So, sad"),
        Turn(role="therapist", text="How sad?"),
    )


def test_language_is_for_sessions_that_name_none(write):
    path = write("session_id,language,role,text\na,,client,yes\nb,de,client,ja\n")
    assert [s.language for s in read_sessions(path, language="en")] == ["en", "de"]


SESSION_CASES = [
    ("x,en,Mx,yes", "unknown_role", "line 4, session x, turn 0: `role` is neither .* with `roles`"),
    ("x,en,,yes", "missing_field", "line 4, session x, turn 0: `role` is absent or null. Say who"),
    ("x,en,client,a\0b", "not_text", "session x, turn 0: `text` holds a NUL character. Export"),
    ("x,English,client,yes", "unknown_language", "line 4, session x: `language` is not a language"),
    ("x,,client,yes", "missing_field", "line 4, session x: `language` is absent or null. Name it"),
    (
        "x,en,client,yes\nx,de,client,yes",
        "changed_field",
        "line 5, session x, turn 1: `language` differs from line 4 .* Repeat session-level values",
    ),
    (f"x,en,client,{'a' * 100_001}", "too_long", "session x, turn 0: `text` has 100,001 charac"),
    (
        "x,en,client,yes,no\nx,en,client,yes",
        "wrong_width",
        "line 4, session x: the row has 5 cells and the header 4. Quote cells that hold the delim",
    ),
    (
        "x,en,client,yes\nx,en,client",
        "wrong_width",
        "line 5, session x: the row has 3 cells and the header 4",
    ),
    (
        "x,en,client,yes\n  ,en,client,sad\nx,en,client,no",
        "missing_field",
        "line 5, session x: `session_id` is empty. Repeat the id in every row",
    ),
]


@pytest.mark.parametrize(
    ("rows", "code", "message"),
    SESSION_CASES,
    ids=[f"{n}-{case[1]}" for n, case in enumerate(SESSION_CASES)],
)
def test_a_bad_session_has_its_message_and_spoils_no_other(write, rows, code, message):
    path = write(f"{HEADER}good,en,client,yes\ngood,en,client,yes\n{rows}\nlast,en,client,yes\n")
    ids, errors = read(path)
    assert ids == ["good", "last"]
    assert [(error.code, error.path, error.session_id) for error in errors] == [
        (code, str(path), "x")
    ]
    with pytest.raises(TranscriptError, match=rf"in\.csv, .*{message}") as caught:
        list(read_sessions(path))
    assert caught.value.remedy


CELLS = [
    ("session_number", "three", "bad_type", "`session_number` is not a whole number. Leave the"),
    ("session_number", "1_0", "bad_type", "`session_number` is not a whole number"),
    ("session_number", "1.5", "bad_type", "`session_number` is float. Use a whole number or null"),
    ("session_number", "9" * 5000, "bad_type", "`session_number` is float"),
    ("session_number", "-1", "bad_value", "`session_number` is not between 0 and 2147483647"),
    (
        "translated",
        "perhaps",
        "bad_type",
        "`translated` is not true or false. Leave the cell empty",
    ),
    ("verbatim", "2", "bad_type", "`verbatim` is not true or false"),
    ("start", "0:61", "bad_type", "`start` is not a number of seconds. Write 73.5, 00:01:13.5 or"),
    ("start", "1:60:00", "bad_type", "`start` is not .* or 01:13.5, seconds below 60. Leave the c"),
    ("end", "00:01:13 PM", "bad_type", "`end` is not a number of seconds. Write 73.5"),
    ("end", "-0:01", "bad_type", "`end` is not a number of seconds"),
    ("end", "1:2:3:4", "bad_type", "`end` is not a number of seconds"),
    ("end", "12:", "bad_type", "`end` is not a number of seconds"),
    ("start", "1,5,0", "bad_type", "`start` is not a number of seconds"),
    ("start", "-1", "bad_time", r"`start` is -1\.0. Times are seconds >= 0"),
    ("end", "nan", "bad_time", "`end` is nan"),
    ("end", "1e999", "bad_time", "`end` is inf"),
    ("mode", "phone", "bad_value", "`mode` is not a known mode. Use one of"),
    ("client_id", "a b", "bad_value", "`client_id` has 3 characters, 1 of them white space"),
]


@pytest.mark.parametrize(
    ("name", "cell", "code", "message"), CELLS, ids=[f"{n}-{c[0]}" for n, c in enumerate(CELLS)]
)
def test_a_bad_cell_has_its_message(write, name, cell, code, message):
    path = write(f'session_id,language,role,text,{name}\ns1,en,client,yes,"{cell}"\n')
    with pytest.raises(
        TranscriptError, match=rf"in\.csv, line 2, session s1.*: {message}"
    ) as caught:
        list(read_sessions(path))
    assert (caught.value.code, caught.value.field) == (code, name)


FILES = [
    ("", "empty_file", "in.csv: the file is empty. Write a header row"),
    (HEADER, "empty_file", "in.csv: the file holds no session. Check that it is"),
    ("\n" + HEADER, "missing_column", "line 1: the header has 0 columns and none for `session_id`"),
    ("s1,en,client,yes\ns1,en,client,no\n", "missing_column", "the header has 4 columns and none"),
    (
        "session_id,role,words\ns1,client,no\n",
        "missing_column",
        "none for `text`. .*--columns text=",
    ),
    (
        "session_id,text,role,mood\n",
        "unknown_key",
        "line 1: column 4 is not part of the format. Kn",
    ),
    ("session_id,text,role,text\n", "duplicate_key", "line 1: two columns hold `text`. Rename one"),
    (
        HEADER + "I was sad,en,client,s1\nWell,en,client,s1\n",
        "bad_value",
        "line 2: `session_id` has 9 characters, 2 of them white space .* misplaced column of text",
    ),
    (
        HEADER + "Well,en,client,s1\n我很难过。,en,client,s1\n",
        "bad_value",
        "line 3: `session_id` has 5 characters, 1 of them .* never taken for ids",
    ),
    ("x" * 200_000 + ",role\n", "missing_column", "the header has 0 columns and none for"),
    (HEADER + "s1,en,client\n", "wrong_width", "line 2: the row has 3 cells and the header 4"),
    (HEADER + ",en,client,yes\n", "missing_field", "line 2: `session_id` is empty"),
    (HEADER + 's1,en,client,"yes\n', "bad_csv", "line 2: the quotes of this row do not match; the"),
    (HEADER + 's1,en,client,"yes" no\n', "bad_csv", 'line 2: .* Quote cells with " and double the'),
    (
        HEADER + "s1,en,client," + "a" * 200_000 + "\n",
        "too_long",
        "line 2: a cell has more than 100,000 characters; the file is not read further",
    ),
    (b"session_id,language,role,text\ns1,en,client,\xe9\n", "not_utf8", "the file is not UTF-8"),
    (BODY.encode("utf-16"), "not_utf8", "the file is not UTF-8. Save it as UTF-8"),
    (gzip.compress(BODY.encode()), "not_utf8", "the file is not UTF-8"),
]


@pytest.mark.parametrize(
    ("content", "code", "message"), FILES, ids=[f"{n}-{case[1]}" for n, case in enumerate(FILES)]
)
def test_a_bad_file_has_its_message(write, content, code, message):
    path = write(content)
    ids, errors = read(path)
    assert ids == []
    assert [(error.code, error.path, error.session_id) for error in errors] == [
        (code, str(path), None)
    ]
    assert errors[0].remedy
    with pytest.raises(TranscriptError, match=message):
        list(read_sessions(path))


def test_a_truncated_gzip_yields_nothing(write):
    rows = "".join(f"s{n},en,client,yes\n" for n in range(5000))
    path = write(gzip.compress((HEADER + rows).encode())[:-9], "in.csv.gz")
    ids, errors = read(path)
    assert ids == []
    assert [error.code for error in errors] == ["damaged_file"]


def test_scattered_rows_are_one_error_a_session(write):
    rows = ["a", "b", "a", "c", "b", "a", "d"]
    path = write(HEADER + "".join(f"{name},en,client,yes\n" for name in rows))
    ids, errors = read(path)
    assert ids == ["c", "d"]
    assert [(e.code, e.session_id, e.line) for e in errors] == [
        ("interleaved_sessions", "a", 4),
        ("interleaved_sessions", "b", 6),
    ]
    with pytest.raises(TranscriptError, match=r"line 4, session a: the rows .* Sort the file by"):
        list(read_sessions(path))


WIDE = "{},en,client,yes,no"
OWNERS = [
    # A row that names a neighbour is that neighbour's.
    (["a", "a!", "b", "c"], ["b", "c"], ["a"]),
    (["a", "b!", "b", "c"], ["a", "c"], ["b"]),
    (["a", "a!", "a", "b"], ["b"], ["a"]),
    (["a!", "a", "b"], ["b"], ["a"]),
    (["a", "b", "b!"], ["a"], ["b"]),
    # One that names neither may be either's.
    (["a", "b", "?!", "c", "d"], ["a", "d"], ["b", "c"]),
    (["a", "b", "?!", "b", "c"], ["a", "c"], ["b"]),
    (["a", "b", "c!", "?!", "c", "d"], ["a", "d"], ["b", "c"]),
    (["?!", "a", "b"], ["b"], ["a"]),
    (["a", "b", "?!"], ["a"], ["b"]),
]


@pytest.mark.parametrize(("rows", "good", "bad"), OWNERS)
def test_whose_an_unreadable_row_is(write, rows, good, bad):
    lines = [
        WIDE.format(name[0]) if name.endswith("!") else f"{name},en,client,yes" for name in rows
    ]
    ids, errors = read(write(HEADER + "\n".join(lines) + "\n"))
    assert ids == good
    assert [error.session_id for error in errors] == bad
    assert {error.code for error in errors} == {"wrong_width"}
    assert rows[errors[0].line - 2].endswith("!")


def test_an_unquoted_line_break_spoils_the_session_it_cuts(write):
    # "I was\nsad" without quotes: the row above looks whole, so only the rest tells.
    path = write(
        HEADER + "a,en,client,yes\nb,en,client,I was\nsad\nb,en,client,no\nc,en,client,x\n"
    )
    ids, errors = read(path)
    assert ids == ["a", "c"]
    assert [(error.code, error.session_id, error.line) for error in errors] == [
        ("wrong_width", "b", 4)
    ]


def test_broken_quotes_end_the_file_and_spoil_the_session_before(write):
    path = write(HEADER + 'a,en,client,x\nb,en,client,x\nb,en,client,"x\nc,en,client,x\n')
    ids, errors = read(path)
    assert ids == ["a"]
    assert [(error.code, error.session_id, error.line) for error in errors] == [("bad_csv", "b", 4)]


def test_the_line_is_that_of_the_file(write):
    path = write(HEADER + 'a,en,client,"one\ntwo\n\nthree"\n\n\na,en,Mx,x\n')
    with pytest.raises(TranscriptError, match="line 8, session a, turn 1: `role` is neither"):
        list(read_sessions(path))


def test_duplicates_are_found_across_files(write):
    first, second = write(BODY, "1.csv"), write(HEADER + "c,en,client,x\nb,en,client,x\n", "2.csv")
    ids, errors = read([first, second])
    assert ids == ["a", "b", "c"]
    assert [(e.code, e.path, e.line, e.session_id) for e in errors] == [
        ("duplicate_session", str(second), 3, "b")
    ]


TEXTS = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0")
) | st.sampled_from(
    [
        "",
        ",",
        '"',
        '""',
        "a,b",
        'say "no"',
        "a\nb",
        "a\r\nb",
        "\r",
        ";\t",
        "🙂, ok",
        " x ",
        "\ufeff",
    ]
)
SECONDS = st.none() | st.floats(0, 1e9)
IDS = st.text("abcXYZ019-_./é来", min_size=1, max_size=9)


@st.composite
def records(draw):
    turns = []
    for _ in range(draw(st.integers(1, 4))):
        start, end = draw(SECONDS), draw(SECONDS)
        if start is not None and end is not None:
            start, end = sorted((start, end))
        role = draw(st.sampled_from(["therapist", "client"]))
        turns.append({"role": role, "text": draw(TEXTS), "start": start, "end": end})
    return {
        "session_id": draw(IDS),
        "client_id": draw(st.none() | IDS),
        "therapist_id": draw(st.none() | IDS),
        "language": draw(st.sampled_from(["en", "de", "zh-Hans"])),
        "session_number": draw(st.none() | st.integers(0, 2**31 - 1)),
        "mode": draw(st.sampled_from([None, "spoken", "typed"])),
        "translated": draw(st.none() | st.booleans()),
        "verbatim": draw(st.none() | st.booleans()),
        "turns": turns,
        "meta": {},
    }


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("round_trip")


@settings(deadline=None, max_examples=200)
@given(
    st.lists(records(), min_size=1, max_size=3, unique_by=lambda record: record["session_id"]),
    st.sampled_from([",", ";", "\t"]),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    st.sampled_from(["utf-8", "utf-8-sig"]),
)
def test_csv_round_trip_equals_jsonl(folder, corpus, delimiter, quoting, encoding):
    stream = io.StringIO(newline="")
    head = [name for name in corpus[0] if name not in ("turns", "meta")]
    writer = csv.writer(stream, delimiter=delimiter, quoting=quoting)
    writer.writerow([*head, "role", "text", "start", "end"])
    for record in corpus:
        for turn in record["turns"]:
            writer.writerow([record[name] for name in head] + list(turn.values()))
    (folder / "in.csv").write_bytes(stream.getvalue().encode(encoding))
    lines = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in corpus)
    (folder / "in.jsonl").write_bytes(lines.encode())
    sessions = list(read_sessions(folder / "in.csv"))
    assert [session.to_dict() for session in sessions] == corpus
    assert sessions == list(read_sessions(folder / "in.jsonl"))


def test_a_german_spreadsheet(tmp_path):
    path = tmp_path / "export.csv"
    rows = "session_id;language;verbatim;role;text;start\ns1;de;WAHR;client;Ja, gut.;3,5\n"
    path.write_bytes(b"\xef\xbb\xbf" + rows.encode())
    (session,) = read_sessions(path)
    assert session.verbatim is True
    assert session.turns[0].start == 3.5


@pytest.mark.parametrize(
    ("cell", "seconds"),
    [
        ("00:00:13", 13.0),
        ("0:01", 1.0),
        ("1:02:03", 3723.0),
        ("75:30", 4530.0),
        ("00:01:13.5", 73.5),
        ("00:01:13,250", 73.25),
        ("01:13.125", 73.125),
        (" 100:00:00 ", 360000.0),
        ("73.5", 73.5),
        ("73,5", 73.5),
        ("1.15741E-05", 1.15741e-05),
    ],
)
def test_times_of_a_clock_are_read(write, cell, seconds):
    path = write(f'session_id,language,role,text,start\ns1,en,client,yes,"{cell}"\n')
    (session,) = read_sessions(path)
    assert session.turns[0].start == seconds


def test_the_remedy_for_times_is_read(write):
    body = "session_id;language;role;text;start;end\ns1;en;client;yes;{};{}\n"
    with pytest.raises(TranscriptError, match=r"Write 73\.5, 00:01:13\.5 or 01:13\.5") as caught:
        list(read_sessions(write(body.format("1 min", ""))))
    forms = ["73.5", "00:01:13.5", "01:13.5"]
    assert all(form in caught.value.remedy for form in forms)
    for form in forms:
        (session,) = read_sessions(write(body.format(form, "")))
        assert (session.turns[0].start, session.turns[0].end) == (73.5, None)


@pytest.mark.parametrize(
    ("line", "sign"),
    [
        ("sep=;", ";"),
        ("sep=,", ","),
        ("SEP=\t", "\t"),
        ('"sep=;"', ";"),
        ("sep=|", "|"),
        ("\ufeffsep=;", ";"),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_line_that_names_the_delimiter(write, line, sign, end):
    rows = ["session_id,language,role,text", 's1,en,client,"yes, ok; no"', "s1,en,X,hm"]
    path = write(end.join([line, *(row.replace(",", sign, 3) for row in rows)]))
    sessions, errors = read(path, roles={"X": "therapist"})
    assert (sessions, errors) == (["s1"], [])
    (session,) = read_sessions(path, roles={"X": "therapist"})
    assert [turn.text for turn in session.turns] == ["yes, ok; no", "hm"]
    _, (error,) = read(path)
    assert error.line == 4


def test_a_delimiter_without_a_header(write):
    with pytest.raises(TranscriptError, match="the file is empty"):
        list(read_sessions(write("sep=;\n")))
    with pytest.raises(TranscriptError, match=r"line 2: the header has 1 columns and none for"):
        list(read_sessions(write("sep=;\nsession_id,role,text\n")))


@pytest.mark.parametrize(
    "header",
    [
        ",session_id,language,role,text",
        '"",session_id,language,role,text',
        "Unnamed: 0,session_id,language,role,text",
        "session_id,language,role,text,",
    ],
)
def test_a_column_without_a_name(write, header):
    place = 5 if header.endswith(",") else 1
    row = "s1,en,client,yes,0" if place == 5 else "0,s1,en,client,yes"
    path = write(f"{header}\n{row}\n")
    with pytest.raises(
        TranscriptError,
        match=rf"line 1: column {place} has no name\. Row numbers of pandas and R .*index=False",
    ):
        list(read_sessions(path))
    (session,) = read_sessions(path, columns={"text": "text"})
    assert [turn.text for turn in session.turns] == ["yes"]


def test_backslashes_before_quotes_are_told(write):
    path = write(HEADER + 's1,en,client,"He said \\"go\\" and left"\n')
    with pytest.raises(TranscriptError, match=r'double the quotes inside, "" and not \\";'):
        list(read_sessions(path))
    (session,) = read_sessions(write(path.read_text().replace('\\"', '""')))
    assert session.turns[0].text == 'He said "go" and left'


class _Frame:
    columns = ("session_id", "role", "text")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            _Frame(),
            r"`path` is _Frame; it must be the path of a file .* frame\.to_csv\(path, index=F",
        ),
        ([Turn(role="client", text="x")], "`path` holds Turn; .* Sessions in memory are made with"),
        ({"a": 1}, "`path` is dict; it must be the path"),
        (b"a.csv", "`path` is bytes; it must be the path"),
        (None, "`path` is NoneType; it must be the path"),
        (7, "`path` is int; it must be the path"),
        (["a.csv", 7], "`path` holds int; it must be the path"),
    ],
)
def test_what_is_no_path(given, message):
    with pytest.raises(ParameterError, match=message):
        read_sessions(given)


def test_a_data_frame_is_read_from_the_file_that_the_message_names(tmp_path):
    frame = pd.DataFrame({"session_id": ["s1"], "role": ["client"], "text": ["Hi, um."]})
    with pytest.raises(ParameterError, match=r"`path` is DataFrame.*frame\.to_csv\(path, index"):
        read_sessions(frame, language="en")
    frame.to_csv(tmp_path / "a.csv", index=False)
    (session,) = read_sessions(tmp_path / "a.csv", language="en")
    assert session.turns[0].text == "Hi, um."


@pytest.mark.parametrize("mark", ["NA", "nan", "", "NULL", "<NA>"])
def test_a_missing_language_is_that_of_the_option(write, mark):
    path = write(f"session_id,language,role,text\ns1,{mark},T,Hi.\ns1,{mark},C,Hm.\n")
    (session,) = read_sessions(path, language="en")
    assert session.language == "en"
    with pytest.raises(TranscriptError, match="`language` is absent or null"):
        list(read_sessions(path))


@pytest.mark.parametrize("label", ["*", "_", "[]", "observer", "..."])
def test_any_label_can_be_left_out(write, label):
    path = write(f"session_id,language,role,text\ns1,en,T,Hi.\ns1,en,{label},x\ns1,en,C,Hm.\n")
    (session,) = read_sessions(path, roles={label: "none"})
    assert [turn.text for turn in session.turns] == ["Hi.", "Hm."]


def test_a_wrong_line_about_the_delimiter_is_named(write):
    rows = "session_id,language,role,text\ns1,en,T,Hi.\n"
    with pytest.raises(TranscriptError, match="The line above says that the delimiter is ';'; del"):
        list(read_sessions(write(f"sep=;\n{rows}")))
    (session,) = read_sessions(write(rows))
    assert session.turns[0].text == "Hi."
    (session,) = read_sessions(write("sep=;;;\n" + rows.replace(",", ";")))
    assert session.turns[0].text == "Hi."
