"""Sessions as Arrow tables, whatever an engine made of them, and what is refused without a word."""

import json
import traceback
import warnings

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import alliance_features as af
from alliance_features.transcript.arrow import arrow_schema
from session_records import RECORDS

WORD = "wisteria"
NAMES = ["dyad__turns_n", "client__words_n", "client__i_rate"]
OPTIONAL = [
    name for name in arrow_schema().names if name not in ("session_id", "language", "turns")
]
STRINGS = [
    pa.string(),
    pa.large_string(),
    pa.string_view(),
    pa.dictionary(pa.int32(), pa.string()),
]
if pa.__version__.split(".")[0] != "17":  # which cannot build it
    STRINGS.append(pa.dictionary(pa.int16(), pa.large_string()))
LISTS = [pa.list_, pa.large_list, pa.list_view, pa.large_list_view]


def mangled(records, *, string=STRINGS[0], listed=pa.list_, order=None, without=(), number=None):
    """Return sessions under another schema that says the same."""
    number = number or pa.int64()
    kinds = {"session_number": number, "translated": pa.bool_(), "verbatim": pa.bool_()}
    turn = [("end", pa.float64()), ("role", string), ("text", string), ("start", pa.float64())]
    kinds["turns"] = listed(pa.struct(turn))
    names = [name for name in order or arrow_schema().names if name not in without]
    form = pa.schema([pa.field(name, kinds.get(name, string)) for name in names], {"a": "b"})
    rows = [{**r, "meta": json.dumps(r["meta"]) if r["meta"] else None} for r in records]
    return pa.Table.from_pylist([{name: r[name] for name in names} for r in rows], schema=form)


class Stream:
    """Something that gives an Arrow stream and is nothing of pyarrow's."""

    def __init__(self, table):
        self.table = table

    def __arrow_c_stream__(self, requested_schema=None):
        return self.table.__arrow_c_stream__(requested_schema)


@pytest.fixture(scope="module")
def records(example_sessions):
    return [session.to_dict() for session in example_sessions]


@pytest.mark.parametrize("listed", LISTS)
@pytest.mark.parametrize("string", STRINGS, ids=str)
def test_width_and_encoding_do_not_matter(example_sessions, records, string, listed):
    table = mangled(records, string=string, listed=listed)
    assert list(af.table_to_sessions(table)) == example_sessions


@settings(deadline=None, max_examples=60)
@given(st.lists(RECORDS, min_size=1, max_size=3), st.data())
def test_what_engines_do_is_undone(records, data):
    sessions = [af.Session.from_dict(one) for one in records]
    empty = [name for name in OPTIONAL if not any(r[name] or r[name] == 0 for r in records)]
    empty = [name for name in empty if all(r[name] in (None, {}) for r in records)]
    table = mangled(
        records,
        string=data.draw(st.sampled_from(STRINGS)),
        listed=data.draw(st.sampled_from(LISTS)),
        order=data.draw(st.permutations(arrow_schema().names)),
        without=data.draw(st.sets(st.sampled_from(empty)) if empty else st.just(set())),
        number=data.draw(st.sampled_from([pa.int32(), pa.uint64(), pa.float64()])),
    )
    assert list(af.table_to_sessions(table)) == sessions
    rows = data.draw(st.integers(1, 3))
    chunks = pa.concat_tables([table.slice(n, rows) for n in range(0, len(records), rows)])
    assert list(af.table_to_sessions(Stream(chunks))) == sessions


@pytest.mark.parametrize("extract", [af.extract, af.extract_turns])
def test_arrow_gives_the_rows_of_sessions(example_sessions, records, extract):
    names = "volume"
    expected = extract(example_sessions, features=names)
    table = af.sessions_to_table(example_sessions)
    (batch,) = table.to_batches()
    for source in (table, batch, table.to_reader(2), Stream(table), mangled(records)):
        assert extract(source, features=names).equals(expected)
    parts = [extract(table.slice(n, 3), features=names) for n in range(0, len(records), 3)]
    assert pa.concat_tables(parts).combine_chunks().equals(expected.combine_chunks())
    assert extract(table.slice(0, 0), features=names).schema.equals(expected.schema)


def test_a_frame_of_pandas(example_sessions, records):
    frame = pd.DataFrame([{**one, "meta": None} for one in records])
    table = af.extract(frame, features=NAMES)
    assert table.equals(af.extract(example_sessions, features=NAMES))


def test_a_column_that_is_all_null_has_no_type():
    turns = [[{"role": "client", "text": "yes", "start": None}]]
    table = pa.table({"turns": turns, "language": ["en"], "session_id": ["a"], "mode": [None]})
    (session,) = af.table_to_sessions(table)
    assert session == af.Session(
        session_id="a", language="en", turns=[af.Turn(role="client", text="yes")]
    )
    silent = pa.table({"session_id": ["a"], "language": ["en"], "turns": [[]]})
    assert next(af.table_to_sessions(silent)).turns == ()
    assert af.extract(silent, features="dyad__turns_n")["dyad__turns_n"].to_pylist() == [0]


@pytest.mark.skipif(not hasattr(pa, "json_"), reason="pyarrow has no type for JSON")
def test_meta_that_is_marked_as_json(records):
    table = mangled([{**records[0], "meta": {"a": 1}}])
    place = table.schema.get_field_index("meta")
    marked = table.set_column(place, "meta", table["meta"].cast(pa.json_(pa.string())))
    assert next(af.table_to_sessions(marked)).meta == {"a": 1}


def test_a_stream_is_read_as_sessions_are_asked_for(example_sessions):
    table = af.sessions_to_table(example_sessions)
    given_out = []

    def batches():
        for batch in table.to_batches(max_chunksize=2):
            given_out.append(batch.num_rows)
            yield batch

    sessions = af.table_to_sessions(pa.RecordBatchReader.from_batches(table.schema, batches()))
    assert given_out == []
    assert [next(sessions), next(sessions)] == example_sessions[:2]
    assert given_out == [2]
    assert list(sessions) == example_sessions[2:]


def test_many_rows_in_one_batch(example_sessions):
    table = af.sessions_to_table(example_sessions[0])
    many = pa.concat_tables([table] * 150).combine_chunks()
    assert sum(1 for _ in af.table_to_sessions(many)) == 150


# What is refused

TURNS = [[{"role": "client", "text": WORD}]]
GOOD = {"session_id": ["a"], "language": ["en"], "turns": TURNS}
BAD_TABLES = [
    ({"turns": None}, "missing_column", "the table has no `turns` and so does not have the schema"),
    (
        {"language": None, "turns": None},
        "missing_column",
        "no `language`, `turns` and so does not have",
    ),
    ({WORD: [1]}, "unknown_key", "column 4 of the table is not part of the format. Known are sess"),
    ({"session_id": [1]}, "bad_type", "column of `session_id` does not hold a string. Cast it be"),
    ({"mode": [b"x"]}, "bad_type", "the column of `mode` does not hold a string"),
    ({"session_number": [WORD]}, "bad_type", "column of `session_number` does not hold a whole n"),
    ({"verbatim": [WORD]}, "bad_type", "the column of `verbatim` does not hold a boolean"),
    ({"meta": [{"a": WORD}]}, "bad_type", "before passing the table; `meta` is JSON as a string"),
    ({"turns": [WORD]}, "bad_type", r"does not hold lists of structs. Write list<struct<role,"),
    ({"turns": [[WORD]]}, "bad_type", "the column of `turns` does not hold lists of structs"),
    ({"turns": TURNS[0]}, "bad_type", "the column of `turns` does not hold lists of structs"),
    ({"turns": [[{"text": WORD}]]}, "missing_column", "the struct of `turns` has no `role`"),
    (
        {"turns": [[{**TURNS[0][0], WORD: 1}]]},
        "unknown_key",
        "column 3 of the struct of `turns` is",
    ),
    (
        {"turns": [[{"role": "client", "text": [WORD]}]]},
        "bad_type",
        "`text` does not hold a string",
    ),
    ({"turns": [[{**TURNS[0][0], "end": WORD}]]}, "bad_type", "`end` does not hold a number of s"),
]
BAD_ROWS = [
    ({"turns": pa.array([None], pa.null())}, "missing_field", "line 1, session a: `turns` is abs"),
    ({"language": [WORD]}, "unknown_language", "line 1, session a: `language` is not a language"),
    ({"turns": [[None, *TURNS[0]]]}, "bad_type", "session a, turn 0: `turns` holds null"),
    ({"turns": pa.array([[None]])}, "bad_type", "session a, turn 0: `turns` holds null"),
    ({"turns": [[{"role": WORD, "text": "x"}]]}, "unknown_role", "turn 0: `role` is neither"),
    ({"meta": [f'{{"{WORD}"']}, "bad_json", "`meta` is not well-formed JSON"),
    ({"session_number": [float("nan")]}, "bad_type", "`session_number` is float. Use a whole"),
]


def raised(source):
    with pytest.raises(af.AllianceError) as caught:
        af.extract(source, features=NAMES)
    assert WORD not in "".join(traceback.format_exception(caught.value))
    return caught.value


@pytest.mark.parametrize(("change", "code", "message"), BAD_TABLES + BAD_ROWS)
def test_a_bad_table_has_its_message_and_no_word(change, code, message):
    columns = {name: cells for name, cells in {**GOOD, **change}.items() if cells is not None}
    table = pa.table(columns)
    for source in (table, table.to_batches()[0], Stream(table)):
        error = raised(source)
        assert error.code == code
        assert message in str(error)


def test_the_line_counts_over_batches(example_sessions):
    bad = pa.table({**GOOD, "language": [WORD]})
    good = pa.table(GOOD)
    stream = pa.concat_tables([good, pa.concat_tables([good] * 70).combine_chunks(), bad])
    assert raised(stream).line == 72


def test_two_columns_of_one_name():
    table = pa.table(
        [["a"], ["a"], ["en"], TURNS], ["session_id", "session_id", "language", "turns"]
    )
    assert "the table holds `session_id` twice. Rename one" in str(raised(table))


def test_strings_that_are_not_utf8():
    binary = pa.array([WORD.encode() + b"\xff"])
    text = pa.Array.from_buffers(pa.string(), 1, binary.buffers())
    turn = pa.StructArray.from_arrays([pa.array(["client"]), text], ["role", "text"])
    table = pa.table({**GOOD, "turns": pa.ListArray.from_arrays([0, 1], turn)})
    assert raised(table).code == "not_utf8"


def test_a_stream_that_breaks(example_sessions):
    def batches():
        yield from af.sessions_to_table(example_sessions).to_batches()
        raise ValueError(WORD)

    schema = arrow_schema()
    error = raised(pa.RecordBatchReader.from_batches(schema, batches()))
    assert "the Arrow stream cannot be read (" in str(error)
    assert "the Arrow stream cannot be read" in str(raised(pa.chunked_array([[WORD]])))
    frame = pd.DataFrame({"session_id": ["a", 1], "turns": [WORD, 3]})
    assert "the Arrow stream cannot be read" in str(raised(frame))


def test_what_is_no_table_or_session():
    with pytest.raises(af.ParameterError, match=r"`table` is list; it must be an Arrow table, as"):
        af.table_to_sessions([])
    with pytest.raises(af.ParameterError, match="`sessions` holds dict; it must hold sessions"):
        af.sessions_to_table([{"session_id": "a"}])
    with pytest.raises(af.ParameterError, match="`sessions` is str; it must be sessions"):
        af.sessions_to_table("sessions.jsonl")


def test_a_warning_is_not_given_for_what_is_allowed(records):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert list(af.table_to_sessions(mangled(records).replace_schema_metadata({"x": "y"})))
