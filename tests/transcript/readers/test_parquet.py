import itertools
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alliance_features import Session, TranscriptError, Turn, read_sessions
from alliance_features.transcript.arrow import arrow_schema, sessions_to_table, table_to_sessions
from session_records import RECORDS

HEAD = [name for name in arrow_schema().names if name not in ("turns", "meta")]
ELEMENT = arrow_schema().field("turns").type.value_type


def record(session_id="a", *, texts=("yes", "well"), **change):
    turns = [
        {"role": role, "text": text, "start": None, "end": None}
        for role, text in zip(itertools.cycle(["client", "therapist"]), texts)
    ]
    return {"session_id": session_id, "language": "en", "turns": turns, **change}


def rows_table(records):
    """Return one turn per row, with the columns of a CSV file."""
    rows = [{**{k: r.get(k) for k in HEAD}, **turn} for r in records for turn in r["turns"]]
    fields = [arrow_schema().field(name) for name in HEAD]
    fields += [ELEMENT.field(n) for n in range(ELEMENT.num_fields)]
    return pa.Table.from_pylist(rows, schema=pa.schema([one.with_nullable(True) for one in fields]))


def sessions_table(records):
    """Return one session per row."""
    return sessions_to_table([Session.from_dict(one) for one in records])


@pytest.fixture
def write(tmp_path):
    def write(table, name="in.parquet", **options):
        path = tmp_path / name
        if isinstance(table, bytes):
            path.write_bytes(table)
        else:
            table = pa.table(table) if isinstance(table, dict) else table
            pq.write_table(table, path, **options)
        return path

    return write


def read(path, **options):
    errors = []
    sessions = list(read_sessions(path, errors=errors, **options))
    if errors:
        with pytest.raises(TranscriptError, match=r"\[\w+\]$") as caught:
            list(read_sessions(path, **options))
        assert str(caught.value) == str(errors[0])
        assert caught.value.__context__ is None
    return sessions, errors


@pytest.mark.parametrize("table", [rows_table, sessions_table])
def test_reads_every_field(write, table):
    full = record(
        client_id="c1",
        therapist_id="t1",
        session_number=3,
        mode="spoken",
        translated=False,
        verbatim=True,
        texts=["", " Well,\n“no” "],
    )
    full["turns"][1] |= {"start": 0.5, "end": 1.25}
    (session,) = read_sessions(write(table([full])))
    assert session == Session.from_dict(full)


@pytest.mark.parametrize("table", [rows_table, sessions_table])
@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_row_groups_part_nothing(write, table, size):
    records = [record(name, texts=["x"] * 3) for name in "abcd"]
    path = write(table(records), row_group_size=size)
    assert list(read_sessions(path)) == [Session.from_dict(one) for one in records]


def test_fewer_columns_and_other_types_of_the_same(write):
    table = {
        "text": pa.array(["yes", "no"], pa.large_string()),
        "session_id": pa.array(["a", "a"]).dictionary_encode(),
        "role": pa.array(["T", "client"]).dictionary_encode(),
        "start": pa.array([1, None], pa.int32()),
        "end": pa.nulls(2),
        "session_number": pa.array([2.0, 2.0]),
    }
    (session,) = read_sessions(write(table), roles={"T": "therapist"}, language="de")
    assert session == Session(
        session_id="a",
        language="de",
        session_number=2,
        turns=[Turn(role="therapist", text="yes", start=1), Turn(role="client", text="no")],
    )


def test_columns_are_mapped_and_others_ignored(write):
    flat = {"id": ["a"], "who": ["K"], "said.it": ["yes"], "x": pa.array([1], pa.duration("s"))}
    names = {"session_id": "id", "role": "who", "text": "said.it"}
    options = {"columns": names, "roles": {"K": "client"}, "language": "en"}
    (session,) = read_sessions(write(flat), **options)
    assert session.turns == (Turn(role="client", text="yes"),)
    turn = {"who": "K", "said": "yes", "at": 2.0, "more": {"said": 1}}
    nested = {"id": ["a"], "turns": [[turn]], "x": [3], "meta": ['{"a": 1}']}
    names = {"session_id": "id", "role": "who", "text": "said", "start": "at"}
    (session,) = read_sessions(write(nested), **{**options, "columns": names})
    assert session.turns == (Turn(role="client", text="yes", start=2),)
    assert session.meta == {"a": 1}


def test_turns_may_be_counted_in_a_column_that_is_ignored(write):
    table = {"session_id": ["a"], "role": ["client"], "text": ["x"], "turns": [1]}
    path = write(table)
    assert [s.session_id for s in read_sessions(path, columns={"text": "text"}, language="en")]


def test_the_last_row_group_is_read_last(write):
    # Its texts are destroyed: the program that reads ahead, fails ahead.
    for table in (rows_table, sessions_table):
        records = [record(name, texts=[f"{name * 9} {n}" for n in range(400)]) for name in "abcd"]
        rows = 400 if table is rows_table else 1
        path = write(table(records), row_group_size=rows, compression="zstd")
        group = pq.ParquetFile(path).metadata.row_group(3)
        chunks = [group.column(n) for n in range(group.num_columns)]
        (chunk,) = [one for one in chunks if one.path_in_schema.endswith("text")]
        content = bytearray(path.read_bytes())
        begin = chunk.dictionary_page_offset or chunk.data_page_offset
        for place in range(begin, begin + chunk.total_compressed_size):
            content[place] = 255
        path.write_bytes(content)
        sessions = read_sessions(path)
        assert next(sessions).session_id == "a"
        found, errors = read(path)
        assert [one.session_id for one in found] == (["a", "b"] if rows > 1 else ["a", "b", "c"])
        assert [error.code for error in errors] == ["damaged_file"]


GOOD = {"session_id": ["a"], "language": ["en"], "role": ["client"], "text": ["x"]}
NESTED = {"session_id": ["a"], "language": ["en"]}
TURN = {"role": "client", "text": "x"}
FILES = [
    (b"session_id,language", "damaged_file", "is not Parquet, truncated or damaged .Arrow"),
    (b"", "damaged_file", "is not Parquet, .* Copy or write it again; Parquet is compressed"),
    (b"PAR1" * 9, "damaged_file", "is not Parquet"),
    (pa.table({}), "empty_file", "the file holds no session. Check that it is"),
    (arrow_schema().empty_table(), "empty_file", "the file holds no session"),
    (pa.table(GOOD).slice(0, 0), "empty_file", "the file holds no session"),
    ({"session_id": ["a"], "role": ["client"]}, "missing_column", "has 2 columns and none for `te"),
    ({"x": ["a"]}, "missing_column", "the schema has 1 columns and none for `session_id`, `role`"),
    ({**GOOD, "mood": ["x"]}, "unknown_key", "column 5 is not part of the format. Known are sess"),
    ({**GOOD, "meta": ["{}"]}, "unknown_key", "column 5 is not part of the format"),
    ({**GOOD, "text": [1]}, "bad_type", "the column of `text` does not hold a string. Cast it"),
    ({**GOOD, "text": [b"x"]}, "bad_type", "the column of `text` does not hold a string"),
    ({**GOOD, "text": [["x"]]}, "bad_type", "the column of `text` does not hold a string"),
    ({**GOOD, "text": [{"text": "x"}]}, "bad_type", "the column of `text` does not hold a str"),
    ({**GOOD, "session_id": [7]}, "bad_type", "the column of `session_id` does not hold a string"),
    ({**GOOD, "start": ["0:01"]}, "bad_type", "the column of `start` does not hold a number of"),
    (
        {**GOOD, "end": pa.array([1], pa.duration("s"))},
        "bad_type",
        "the column of `end` does not hold a number of seconds",
    ),
    ({**GOOD, "verbatim": ["yes"]}, "bad_type", "of `verbatim` does not hold a boolean"),
    ({**GOOD, "session_number": ["1"]}, "bad_type", "of `session_number` does not hold a whole n"),
    (pa.table([["a"]] * 5, ["session_id", *list(GOOD)]), "duplicate_key", "two columns hold `sess"),
    ({**GOOD, "session_id": ["I was sad"]}, "bad_value", "`session_id` has 9 characters, 2 of th"),
    ({**GOOD, "session_id": [None]}, "missing_field", "`session_id` is empty. Repeat the id in"),
    ({**NESTED, "turns": ["[]"]}, "bad_type", "`turns` does not hold lists of structs. Write list"),
    ({**NESTED, "turns": [["x"]]}, "bad_type", "`turns` does not hold lists of structs"),
    ({**NESTED, "turns": [[[TURN]]]}, "bad_type", "`turns` does not hold lists of structs"),
    ({**NESTED, "turns": [TURN]}, "bad_type", "`turns` does not hold lists of structs"),
    ({**NESTED, "turns": [[{"role": "x"}]]}, "missing_column", "the struct of `turns` has 1 colum"),
    ({**NESTED, "turns": [[{**TURN, "x": 1}]]}, "unknown_key", "column 3 is not part of the form"),
    ({**NESTED, "turns": [[{**TURN, "text": ["x"]}]]}, "bad_type", "of `text` does not hold a st"),
    ({**NESTED, "turns": [[{**TURN, "end": "1"}]]}, "bad_type", "of `end` does not hold a number"),
    ({**NESTED, "turns": [[TURN]], "meta": [{"a": 1}]}, "bad_type", "`meta` is JSON as a string"),
    ({"turns": [[TURN]]}, "missing_column", "has 1 columns and none for `session_id`"),
]


@pytest.mark.parametrize(
    ("content", "code", "message"), FILES, ids=[f"{n}-{case[1]}" for n, case in enumerate(FILES)]
)
def test_a_bad_file_has_its_message(write, content, code, message):
    path = write(content)
    sessions, errors = read(path)
    assert sessions == []
    assert [(error.code, error.path) for error in errors] == [(code, str(path))]
    assert errors[0].remedy
    with pytest.raises(TranscriptError, match=rf"in\.parquet.*: .*{message}"):
        list(read_sessions(path))


def test_duplicate_fields_of_turns(write):
    turn = pa.StructArray.from_arrays([pa.array(["x"])] * 3, ["role", "text", "text"])
    turns = pa.ListArray.from_arrays([0, 1], turn)
    path = write(pa.table({**NESTED, "turns": turns}))
    with pytest.raises(TranscriptError, match=r"two columns hold `text`\. Rename one"):
        list(read_sessions(path))


BAD_ROWS = [
    ({"text": None}, "missing_field", "line 2, session x, turn 1: `text` is absent or null"),
    ({"role": None}, "missing_field", "line 2, session x, turn 1: `role` is absent or null"),
    ({"role": "Mx"}, "unknown_role", "session x, turn 1: `role` is neither .* with `roles`"),
    ({"start": -1.0}, "bad_time", r"session x, turn 1: `start` is -1\.0. Times are seconds"),
    ({"start": float("nan")}, "bad_time", "session x, turn 1: `start` is nan"),
    ({"start": 2.0, "end": 1.0}, "bad_time", r"`end` is 1\.0, before `start`, 2\.0"),
    ({"text": "a\0b"}, "not_text", "session x, turn 1: `text` holds a NUL character"),
    ({"text": "word " * 2_000_000}, "too_long", "turn 1: `text` has 10,000,000 characters"),
]


@pytest.mark.parametrize(
    ("change", "code", "message"), BAD_ROWS, ids=[f"{n}-{c[1]}" for n, c in enumerate(BAD_ROWS)]
)
def test_a_bad_turn_has_its_message_and_spoils_no_other(write, change, code, message):
    records = [record("good", texts=["x"]), record("x"), record("last")]
    records[1]["turns"][1] |= change
    rows = {name: [r.get(name) for r in records] for name in ("session_id", "language")}
    nested = pa.table(rows).append_column(
        "turns",
        pa.array(
            [r["turns"] for r in records],
            pa.list_(pa.struct([ELEMENT.field(n).with_nullable(True) for n in range(4)])),
        ),
    )
    for table, line in ((rows_table(records), "line 3"), (nested, "line 2")):
        path = write(table)
        sessions, errors = read(path)
        assert [session.session_id for session in sessions] == ["good", "last"]
        assert [(error.code, error.session_id, error.turn) for error in errors] == [(code, "x", 1)]
        with pytest.raises(TranscriptError, match=message.replace("line 2", line)):
            list(read_sessions(path))


SESSIONS = [
    ({"language": None}, "missing_field", "line 2, session x: `language` is absent or null"),
    ({"language": "English"}, "unknown_language", "session x: `language` is not a language code"),
    ({"mode": "phone"}, "bad_value", "session x: `mode` is not a known mode"),
    ({"session_id": None}, "missing_field", "line 2: `session_id` is absent or null"),
    ({"session_id": "good"}, "duplicate_session", "line 2, session good: .* occurs a second time"),
    ({"turns": None}, "missing_field", "line 2, session x: `turns` is absent or null"),
    ({"turns": [None]}, "bad_type", "session x, turn 0: `turns` holds null. A turn is an object"),
    ({"meta": "{"}, "bad_json", "line 2: `meta` is not well-formed JSON at character 2. Write one"),
    ({"meta": "[1]"}, "bad_type", "session x: `meta` is list. Use an object"),
    ({"meta": "[" * 100_000}, "bad_json", "line 2: `meta` is nested too deeply"),
    ({"meta": '{"a": 1, "a": 2}'}, "duplicate_key", "line 2: an object has the same key twice"),
]


@pytest.mark.parametrize(
    ("change", "code", "message"), SESSIONS, ids=[f"{n}-{c[1]}" for n, c in enumerate(SESSIONS)]
)
def test_a_bad_session_has_its_message_and_spoils_no_other(write, change, code, message):
    rows = [{**record(name), "meta": None} for name in ("good", "x", "last")]
    rows[1] |= change
    schema = pa.schema([one.with_nullable(True) for one in arrow_schema()])
    path = write(pa.Table.from_pylist(rows, schema=schema))
    sessions, errors = read(path)
    assert [session.session_id for session in sessions] == ["good", "last"]
    assert [(error.code, error.line) for error in errors] == [(code, 2)]
    with pytest.raises(TranscriptError, match=message):
        list(read_sessions(path))


def test_rows_that_cannot_be_owned_spoil_their_neighbours(write):
    ids = ["a", "b", None, "c", "d"]
    table = {"session_id": ids, "role": ["client"] * 5, "text": list("abcde")}
    sessions, errors = read(write(table), language="en")
    assert [session.session_id for session in sessions] == ["a", "d"]
    assert [(e.code, e.line, e.session_id) for e in errors] == [
        ("missing_field", 3, "b"),
        ("missing_field", 3, "c"),
    ]


def test_scattered_and_changed_rows(write):
    ids = list("abacdd")
    language = ["en"] * 5 + ["de"]
    table = {"session_id": ids, "role": ["client"] * 6, "text": ids, "language": language}
    sessions, errors = read(write(table, row_group_size=2))
    assert [session.session_id for session in sessions] == ["b", "c"]
    assert [(e.code, e.session_id) for e in errors] == [
        ("interleaved_sessions", "a"),
        ("changed_field", "d"),
    ]


@pytest.mark.parametrize("table", [rows_table, sessions_table])
def test_truncated_at_every_place(write, table):
    content = write(table([record("a"), record("b")])).read_bytes()
    for cut in range(0, len(content), 11):
        sessions, errors = read(write(content[:cut]))
        assert sessions == []
        assert [error.code for error in errors] == ["damaged_file"]


def test_a_file_that_is_not_there_or_gzipped(write, tmp_path):
    with pytest.raises(TranscriptError, match=r"no\.parquet: the file cannot be read \(No such"):
        list(read_sessions(tmp_path / "no.parquet"))
    path = write(rows_table([record()]), "in.parquet.gz")
    assert len(list(read_sessions(path))) == 1  # the name lies, the content does not


def test_strings_that_are_not_utf8(write):
    binary = pa.array([b"x\xff", b"y"])
    text = pa.Array.from_buffers(pa.string(), 2, binary.buffers())
    path = write({**{name: cell * 2 for name, cell in GOOD.items()}, "text": text})
    _, errors = read(path)
    assert [error.code for error in errors] == ["not_utf8"]
    with pytest.raises(TranscriptError, match=r"a string is not UTF-8\. Write the file again"):
        list(read_sessions(path))


def test_a_table_is_a_unit_of_work():
    sessions = [Session.from_dict(record(name, meta={"a": [1, None, "é"]})) for name in "ab"]
    table = sessions_to_table(iter(sessions))
    assert table.schema.equals(arrow_schema())
    assert list(table_to_sessions(table)) == sessions
    assert list(table_to_sessions(table.slice(1))) == sessions[1:]
    assert list(table_to_sessions(sessions_to_table([]))) == []
    assert table.column("meta").to_pylist() == ['{"a": [1, null, "\\u00e9"]}'] * 2


def test_what_is_no_table_of_sessions():
    with pytest.raises(
        TranscriptError, match=r"does not have the schema of sessions\. Make it with"
    ):
        list(table_to_sessions(pa.table(GOOD)))
    table = sessions_to_table([Session.from_dict(record())])
    broken = table.set_column(3, arrow_schema().field(3), pa.array(["English"]))
    with pytest.raises(TranscriptError, match="line 1, session a: `language` is not a language"):
        list(table_to_sessions(broken))


@pytest.mark.parametrize("meta", [{"a": {1, 2}}, {"a": float("nan")}, {(1, 2): 3}])
def test_meta_that_is_not_json(meta):
    session = Session.from_dict(record(meta=meta))
    with pytest.raises(TranscriptError, match=r"session a: `meta` holds what JSON cannot\. Keep"):
        sessions_to_table([session])


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("round_trip")


@settings(deadline=None, max_examples=80)
@given(
    st.lists(RECORDS, min_size=1, max_size=3, unique_by=lambda one: one["session_id"]),
    st.integers(1, 5),
    st.sampled_from(["none", "snappy", "zstd"]),
)
def test_round_trips_equal_jsonl(folder, records, size, compression):
    lines = "".join(json.dumps(one) + "\n" for one in records)
    (folder / "in.jsonl").write_text(lines, encoding="utf-8")
    expected = list(read_sessions(folder / "in.jsonl"))
    table = sessions_to_table(expected)
    assert list(table_to_sessions(table)) == expected
    how = {"row_group_size": size, "compression": compression}
    pq.write_table(table, folder / "in.parquet", **how)
    assert list(read_sessions(folder / "in.parquet")) == expected
    pq.write_table(rows_table(records), folder / "rows.parquet", **how)
    without_meta = [Session.from_dict({**one, "meta": {}}) for one in records]
    assert list(read_sessions(folder / "rows.parquet")) == without_meta
