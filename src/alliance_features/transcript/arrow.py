"""Sessions as an Arrow table, one a row: what Parquet files and units of work hold."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from ..errors import TranscriptError
from ._fields import fail
from ._json import parse_json
from .session import Session

if TYPE_CHECKING:
    import pyarrow as pa

_STRING = "a string"
_NUMBER = "a whole number"
_SECONDS = "a number of seconds"
_FLAG = "a boolean"
#: Field -> what its column holds.
COLUMN_KINDS = {
    "session_id": _STRING,
    "client_id": _STRING,
    "therapist_id": _STRING,
    "language": _STRING,
    "session_number": _NUMBER,
    "mode": _STRING,
    "translated": _FLAG,
    "verbatim": _FLAG,
    "meta": _STRING,
    "role": _STRING,
    "text": _STRING,
    "start": _SECONDS,
    "end": _SECONDS,
}


def arrow_schema() -> pa.Schema:
    """Return the schema of a table of sessions; `meta` is a JSON object as a string."""
    import pyarrow as pa

    turn = pa.struct(
        [
            pa.field("role", pa.string(), nullable=False),
            pa.field("text", pa.string(), nullable=False),
            pa.field("start", pa.float64()),
            pa.field("end", pa.float64()),
        ]
    )
    return pa.schema(
        [
            pa.field("session_id", pa.string(), nullable=False),
            pa.field("client_id", pa.string()),
            pa.field("therapist_id", pa.string()),
            pa.field("language", pa.string(), nullable=False),
            pa.field("session_number", pa.int64()),
            pa.field("mode", pa.string()),
            pa.field("translated", pa.bool_()),
            pa.field("verbatim", pa.bool_()),
            pa.field("turns", pa.list_(pa.field("element", turn)), nullable=False),
            pa.field("meta", pa.string()),
        ]
    )


def _meta_text(session: Session) -> str | None:
    try:
        return json.dumps(session.meta, allow_nan=False) if session.meta else None
    except (TypeError, ValueError, RecursionError):
        pass
    raise fail(
        "bad_type", "meta", "holds what JSON cannot", "Keep strings, numbers and lists there."
    ).at(session_id=session.session_id)


def sessions_to_table(sessions: Iterable[Session]) -> pa.Table:
    """Return a table of one row a session, in their order.

    Parameters
    ----------
    sessions : iterable of Session

    Returns
    -------
    pyarrow.Table
        With the schema `arrow_schema()`; `table_to_sessions` gives the sessions back.

    Raises
    ------
    TranscriptError
        If the `meta` of a session is not JSON.
    """
    import pyarrow as pa

    rows = [{**session.to_dict(), "meta": _meta_text(session)} for session in sessions]
    return pa.Table.from_pylist(rows, schema=arrow_schema())


def table_to_sessions(table: pa.Table) -> Iterator[Session]:
    """Yield the sessions of a table that `sessions_to_table` made.

    Raises
    ------
    TranscriptError
        If the table has another schema, or a row is no session; it says which row.
    """
    if not table.schema.equals(arrow_schema()):
        raise TranscriptError(
            "the table has not the schema of sessions",
            code="bad_type",
            remedy="Make it with `sessions_to_table`; `read_sessions` reads Parquet files.",
        )
    number = 0
    for batch in table.to_batches(max_chunksize=64):
        for row in rows_of(batch):
            number += 1
            yield _at_row(row, number)


def _at_row(row: Mapping[str, Any], number: int) -> Session:
    try:
        return session_of(row)
    except TranscriptError as error:
        problem = error.at(line=number)
    raise problem


def session_of(row: Mapping[str, Any]) -> Session:
    """Return the session of a row whose `meta` is JSON text."""
    record = dict(row)
    if isinstance(record.get("meta"), str):
        record["meta"] = parse_json(
            record["meta"], what="`meta`", remedy="Write one JSON object, or null."
        )
    return Session.from_dict(record)


def check_type(name: str, type: pa.DataType) -> None:
    """Refuse a column that cannot hold a field; all null is no type at all."""
    from pyarrow import types

    held = type.value_type if types.is_dictionary(type) else type
    wanted = COLUMN_KINDS[name]
    fits = {
        _STRING: (types.is_string, types.is_large_string, types.is_string_view),
        _NUMBER: (types.is_integer, types.is_floating),
        _SECONDS: (types.is_integer, types.is_floating),
        _FLAG: (types.is_boolean,),
    }[wanted]
    if not types.is_null(held) and not any(fit(held) for fit in fits):
        raise TranscriptError(
            f"the column of `{name}` does not hold {wanted}",
            code="bad_type",
            field=name,
            remedy="Cast it before writing the file; `meta` is JSON as a string."
            if name == "meta"
            else "Cast it before writing the file.",
        )


def rows_of(batch: pa.RecordBatch) -> list[dict[str, Any]]:
    """Return the rows as dictionaries; what is no text raises without quoting it."""
    problem: TranscriptError
    try:
        rows: list[dict[str, Any]] = batch.to_pylist()
        return rows
    except UnicodeDecodeError:
        problem = TranscriptError(
            "a string is not UTF-8", code="not_utf8", remedy="Write the file again from UTF-8."
        )
    except Exception as error:  # whatever it is, its message may quote a value
        problem = damaged(type(error).__name__)
    raise problem


def damaged(kind: str) -> TranscriptError:
    """Return the error of a file that Arrow gives up on, by the name of Arrow's own."""
    return TranscriptError(
        f"the file is not Parquet, truncated or damaged ({kind})",
        code="damaged_file",
        remedy="Copy or write it again; Parquet is compressed inside and needs no .gz.",
    )
