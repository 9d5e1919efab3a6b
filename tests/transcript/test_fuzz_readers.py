"""Whatever stands in a file: our errors or valid sessions, an end, and no word of it outside."""

import gzip
import json
import tempfile
import traceback
from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import alliance_features as af
from alliance_features.errors import TRANSCRIPT_CODES
from alliance_features.transcript import merge_turns
from poison_records import (
    CANARY,
    csv_rows,
    csv_text,
    flat_table,
    json_line,
    nested_table,
    parquet_bytes,
    record_of,
    talk,
)
from poison_ways import WAYS

RECORDS = [record_of(number) for number in range(2)]
ROWS = [row for record in RECORDS for row in csv_rows(record)]
WELL_FORMED = {
    "jsonl": "".join(json_line(record) + "\n" for record in RECORDS).encode(),
    "jsonl.gz": gzip.compress("\n".join(map(json_line, RECORDS)).encode(), mtime=0),
    "csv": csv_text(ROWS).encode(),
    "tsv": csv_text(ROWS).replace(",", "\t").encode(),
    "csv.gz": gzip.compress(csv_text(ROWS).encode(), mtime=0),
    "parquet": parquet_bytes(flat_table(RECORDS[0])),
    "nested.parquet": parquet_bytes(nested_table(RECORDS)),
    "txt": talk(RECORDS[0]).encode(),
}
KINDS = pytest.mark.parametrize("kind", WELL_FORMED)
PIECES = [CANARY, '"', "{", "}", "[", "\\", ",", ":", "\n", "\r", "\t", "\0", "\ufeff", "🙂", "C: "]


def read(content, kind):
    """Read a file in both ways, check all that can be told of it, and return the sessions."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"in.{kind}")
        path.write_bytes(content)
        errors, raised = [], None
        sessions = list(af.read_sessions(path, language="en", errors=errors))
        try:
            list(af.read_sessions(path, language="en"))
        except af.TranscriptError as error:
            raised = error
    assert (raised is None) == (not errors)
    assert sessions or errors
    for error in [*errors, raised] if raised is not None else []:
        assert isinstance(error, af.TranscriptError)
        assert error.code in TRANSCRIPT_CODES
        assert_silent(error)
    assert len({session.session_id for session in sessions}) == len(sessions)
    for session in sessions:
        check(session)
    return sessions


def assert_silent(error):
    assert error.__cause__ is None
    assert error.__context__ is None
    shown = [str(error), repr(error), str(vars(error)), *traceback.format_exception(error)]
    # An id may hold any one word; what is said holds white space, and so is none.
    text = "".join(shown).replace(error.session_id or "\0", "").lower()
    assert CANARY.lower() not in text


def check(session):
    assert af.Session.from_dict(session.to_dict()) == session
    assert 0 < len(session.session_id) <= 128
    assert not any(sign.isspace() or sign == "\0" for sign in session.session_id)
    for turn in session.turns:
        assert turn.role in ("therapist", "client")
        assert "\0" not in turn.text
        turn.text.encode()
        for time in (turn.start, turn.end):
            assert time is None or 0 <= time <= 1e15
        assert turn.start is None or turn.end is None or turn.start <= turn.end
    merged = merge_turns(session)
    assert all(one.role != other.role for one, other in pairwise(merged))
    shown = "".join(map(repr, (session, *session.turns, *merged)))
    assert CANARY.lower() not in shown.replace(session.session_id, "").lower()


@KINDS
def test_well_formed(kind):
    assert read(WELL_FORMED[kind], kind)


@KINDS
@given(content=st.binary(max_size=200))
def test_arbitrary_bytes(kind, content):
    read(content, kind)


@st.composite
def mutated(draw, kind):
    """Return a well-formed file changed in one to four places, or joined with another."""
    data = WELL_FORMED[kind]
    for _ in range(draw(st.integers(1, 4))):
        first = draw(st.integers(0, len(data)))
        last = min(len(data), first + draw(st.sampled_from((0, 1, 2, 9, 80))))
        how = draw(st.integers(0, 5))
        if how == 0 and first < len(data):
            bit = 1 << draw(st.integers(0, 7))
            data = data[:first] + bytes([data[first] ^ bit]) + data[first + 1 :]
        elif how == 1:
            data = data[:first] + data[last:]
        elif how == 2:
            data = data[:first]
        elif how == 3:
            other = draw(st.sampled_from(sorted(WELL_FORMED.items())))[1]
            data = data[:first] + other[draw(st.integers(0, len(other))) :]
        elif how == 4:
            data = data[:last] + data[first:last] + data[last:]
        else:
            piece = draw(st.sampled_from(PIECES) | st.text(max_size=3)).encode("utf-8", "replace")
            data = data[:first] + piece + data[last:]
    return data


@KINDS
@given(data=st.data())
def test_changed_files(kind, data):
    read(data.draw(mutated(kind)), kind)


@pytest.mark.parametrize("kind", ["jsonl.gz", "csv.gz"])
@given(data=st.data())
def test_changed_files_that_are_compressed_afterwards(kind, data):
    content = data.draw(mutated(kind.removesuffix(".gz")))
    read(gzip.compress(content, compresslevel=1, mtime=0), kind)


SPOKEN = st.text(max_size=20).map(lambda text: f"{text} {CANARY} {text}")
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | SPOKEN | st.sampled_from(("en", "s")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(SPOKEN, inner, max_size=2),
    max_leaves=5,
)
TIMES = st.none() | st.floats() | st.integers() | st.floats(0, 100)
LOOSE_TURNS = st.fixed_dictionaries(
    {"role": st.sampled_from(("client", "therapist")) | VALUES, "text": SPOKEN | VALUES},
    optional={"start": TIMES | VALUES, "end": TIMES | VALUES, CANARY: VALUES},
)
# A value of any type in the place of any field, but for the ids: what is said is never one word.
LOOSE_RECORDS = st.fixed_dictionaries(
    {
        "session_id": st.sampled_from(("a", "b", "a b", "")) | VALUES,
        "language": st.sampled_from(("en", "zh-Hant", "xx")) | VALUES,
        "turns": st.lists(LOOSE_TURNS, max_size=4) | VALUES,
    },
    optional={
        name: VALUES for name in ("client_id", "session_number", "mode", "verbatim", "meta", CANARY)
    },
)


@given(records=st.lists(LOOSE_RECORDS | VALUES, min_size=1, max_size=3))
@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.large_base_example])
def test_json_of_any_shape(records):
    lines = "".join(json.dumps(record) + "\n" for record in records)
    read(lines.encode(), "jsonl")


@given(records=st.lists(LOOSE_RECORDS, min_size=1, max_size=3), flat=st.booleans())
def test_parquet_of_any_shape(records, flat):
    rows = [record["turns"] for record in records] if flat else records
    try:
        table = pa.Table.from_pylist(
            [
                {"session_id": "a", **row} if flat else row
                for one in rows
                for row in (one if flat and isinstance(one, list) else [one])
                if isinstance(row, dict)
            ]
        )
        content = parquet_bytes(table)
    except (pa.ArrowException, OverflowError, TypeError, UnicodeEncodeError):
        return  # Arrow has no column of this
    read(content, "parquet")


CELLS = st.sampled_from(
    ("a", "b", "en", "client", "therapist", "1", "-1", "1,5", "true", "", "x\n")
)
HEADERS = st.lists(
    st.sampled_from(("session_id", "role", "text", "start", "language", "mode", "n"))
)


@given(
    header=st.just(["session_id", "role", "text", "start"]) | HEADERS,
    rows=st.lists(st.lists(CELLS | SPOKEN, min_size=3, max_size=5), max_size=6),
    mark=st.sampled_from((",", ";", "\t")),
)
def test_rows_of_any_cells(header, rows, mark):
    text = csv_text(rows, header).replace(",", mark)
    read(text.encode(), "csv")


LINES = st.tuples(
    st.sampled_from(
        ("T: ", "C: ", "[00:01] T: ", "00:60 C:", "[1:00 - 2:00] C: ", "T2: ", "12 C: ")
    )
    | st.sampled_from(("", " ", "#", "来访者：", "Anna: ", "**T:** ", "[0:01]\n", "T\t")),
    SPOKEN,
).map("".join)


@given(lines=st.lists(LINES, max_size=8))
def test_talk_of_any_lines(lines):
    read("\n".join(lines).encode("utf-8", "replace"), "txt")


@given(
    line_format=st.sampled_from(("{role}: {text}", "[{time}] {role}: {text}", "{role}\t{text}")),
    lines=st.lists(LINES, max_size=6),
)
def test_talk_read_by_a_line_format(line_format, lines):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "in.txt")
        path.write_text("\n".join(lines), encoding="utf-8", errors="replace")
        errors = []
        for session in af.read_sessions(
            path, language="en", line_format=line_format, errors=errors, roles={"Anna": "none"}
        ):
            check(session)
        for error in errors:
            assert_silent(error)


@given(way=st.sampled_from(WAYS), other=st.sampled_from(WAYS), cut=st.floats(0, 1))
def test_two_malformed_files_joined(way, other, cut):
    def content(one):
        made = one.spoil(RECORDS[0])
        if one.kind == "parquet" and one.scope == "row":
            return json_line(made).encode()
        made = csv_text(made) if isinstance(made, list) else made
        return made if isinstance(made, bytes) else made.encode()

    first, second = content(way), content(other)
    kind = way.kind if way.scope == "file" else way.kind.replace("parquet", "jsonl")
    read(first[: int(cut * len(first))] + second[int(cut * len(second)) :], kind)
