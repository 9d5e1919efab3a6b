"""Sessions as an Arrow table, one per row, as in Parquet files and in pipelines."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from ..errors import ParameterError, TranscriptError
from .fields import fail
from .ids import ID_FIELDS, normal_ids, with_ids
from .json_text import parse_json
from .session import Session, check_session

if TYPE_CHECKING:
    import pyarrow as pa


_STRING = "a string"
_NUMBER = "a whole number"
_SECONDS = "a number of seconds"
_FLAG = "a boolean"
#: Field -> type of its column, in words.
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
_MAKE = "Make it with `sessions_to_table`; `read_sessions` reads Parquet files."


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


def _held(type: pa.DataType) -> pa.DataType:
    """Return the type of the values, however they are encoded or named."""
    import pyarrow as pa

    if isinstance(type, pa.BaseExtensionType):
        type = type.storage_type
    return type.value_type if pa.types.is_dictionary(type) else type


def check_type(name: str, type: pa.DataType, *, before: str = "writing the file") -> None:
    """Raise an error for a column that cannot hold a field; a column of nulls fits all."""
    from pyarrow import types

    held = _held(type)
    wanted = COLUMN_KINDS[name]
    fits = {
        _STRING: (types.is_string, types.is_large_string, types.is_string_view),
        _NUMBER: (types.is_integer, types.is_floating),
        _SECONDS: (types.is_integer, types.is_floating),
        _FLAG: (types.is_boolean,),
    }[wanted]
    if not types.is_null(held) and not any(fit(held) for fit in fits):
        also = "; `meta` is JSON as a string" if name == "meta" else ""
        raise TranscriptError(
            f"the column of `{name}` does not hold {wanted}",
            code="bad_type",
            field=name,
            remedy=f"Cast it before {before}{also}.",
        )


def check_form(schema: pa.Schema) -> None:
    """Raise an error unless a table holds sessions; order, width and encoding of columns are free.

    Raises
    ------
    TranscriptError
        If a column is missing, of another type, doubled or not part of the format.
    """
    columns = list(zip(schema.names, schema.types, strict=True))
    known = arrow_schema().names
    _check_names(schema.names, known, ("session_id", "language", "turns"), "the table")
    for name, type in columns:
        if name != "turns":
            check_type(name, type, before="passing the table")
    struct = _turn_type(schema.field("turns").type)
    if struct is None:
        return
    inner = [struct.field(place) for place in range(struct.num_fields)]
    names = [field.name for field in inner]
    _check_names(names, ("role", "text", "start", "end"), ("role", "text"), "the struct of `turns`")
    for field in inner:
        check_type(field.name, field.type, before="passing the table")


def _check_names(
    names: list[str], known: Iterable[str], required: Iterable[str], what: str
) -> None:
    """Raise an error for missing, doubled or unknown columns; unknown names are not quoted."""
    allowed = list(known)
    missing = [name for name in required if name not in names]
    if missing:
        raise TranscriptError(
            f"{what} has no `{'`, `'.join(missing)}` and so does not have the schema of sessions",
            code="missing_column",
            field=missing[0],
            remedy=_MAKE,
        )
    twice = [name for name in allowed if names.count(name) > 1]
    if twice:
        raise TranscriptError(
            f"{what} holds `{twice[0]}` twice",
            code="duplicate_key",
            field=twice[0],
            remedy="Rename one.",
        )
    strange = [place for place, name in enumerate(names, 1) if name not in allowed]
    if strange:
        raise TranscriptError(
            f"column {strange[0]} of {what} is not part of the format",
            code="unknown_key",
            remedy=f"Known are {', '.join(allowed)}; leave out others.",
        )


def _turn_type(type: pa.DataType) -> Any:
    """Return the struct of a turn, None where no session has any."""
    from pyarrow import types

    if types.is_null(type):
        return None
    lists = (
        types.is_list,
        types.is_large_list,
        types.is_fixed_size_list,
        types.is_list_view,
        types.is_large_list_view,
    )
    inner = type.value_type if any(is_list(type) for is_list in lists) else type
    if inner is type or not (types.is_struct(inner) or types.is_null(inner)):
        raise TranscriptError(
            "the column of `turns` does not hold lists of structs",
            code="bad_type",
            field="turns",
            remedy="Write list<struct<role, text, start, end>>.",
        )
    return None if types.is_null(inner) else inner


def with_normal_ids(table: pa.Table) -> pa.Table:
    """Return a table whose columns of ids hold them as they are kept."""
    import pyarrow as pa

    for name in set(ID_FIELDS) & set(table.column_names):
        place = table.schema.get_field_index(name)
        before = table.column(place).to_pylist()
        after = normal_ids(before)
        if after != before:
            field = table.schema.field(place)
            table = table.set_column(place, field, pa.array(after, type=field.type))
    return table


_ROWS = 64


def _meta_text(session: Session) -> str | None:
    try:
        return json.dumps(session.meta, allow_nan=False) if session.meta else None
    except (TypeError, ValueError, RecursionError):
        pass
    raise fail(
        "bad_type", "meta", "holds what JSON cannot", "Keep strings, numbers and lists there."
    ).at(session_id=session.session_id)


def sessions_to_table(sessions: Iterable[Session] | Session) -> pa.Table:
    """Return a table with one row per session, in input order.

    Parameters
    ----------
    sessions : iterable of Session, or one

    Returns
    -------
    pyarrow.Table
        session_id, client_id, therapist_id, language, mode: string; session_number: int64;
        translated, verbatim: bool; turns: list of struct of role, text (string), start, end
        (float64, seconds); meta: a JSON object as a string. Null where a session has None.
        `table_to_sessions` gives the sessions back. It holds the transcripts: protect it like them.

    Raises
    ------
    ParameterError
        If `sessions` holds something else.
    TranscriptError
        If the `meta` of a session is not JSON.

    Examples
    --------
    >>> from alliance_features import Session, Turn, sessions_to_table, table_to_sessions
    >>> session = Session(session_id="s1", language="en", turns=[Turn(role="client", text="Hi.")])
    >>> table = sessions_to_table([session])
    >>> table.num_rows, next(table_to_sessions(table)) == session
    (1, True)
    """
    import pyarrow as pa

    rows = [
        {**check_session(session).to_dict(), "meta": _meta_text(session)}
        for session in each_session(sessions)
    ]
    return pa.Table.from_pylist(rows, schema=arrow_schema())


def table_to_sessions(table: Any) -> Iterator[Session]:
    """Return the sessions of an Arrow table, one after the other.

    Parameters
    ----------
    table : pyarrow.Table, RecordBatch or RecordBatchReader
        With the columns that `sessions_to_table` writes, as other programs may change them: in
        any order, nullable or not, with metadata, strings and lists of any width,
        dictionary-encoded, of type null where all values are. Only session_id, language and
        turns (role, text) must be there. Any other object with ``__arrow_c_stream__`` is read
        too, such as a polars DataFrame. A stream is read as the sessions are asked for.

    Returns
    -------
    iterator of Session
        In the order of the rows.

    Raises
    ------
    ParameterError
        If `table` is something else.
    TranscriptError
        If a column is missing, strange or of another type, or a row is not a session; the
        message names the row, counted from 1.
    """
    import pyarrow as pa

    if isinstance(table, pa.Table):
        schema, batches = table.schema, iter(table.to_batches())
    elif isinstance(table, pa.RecordBatch):
        schema, batches = table.schema, iter((table,))
    elif is_arrow(table):
        reader = _quietly(lambda: pa.RecordBatchReader.from_stream(table))
        schema, batches = reader.schema, reader
    else:
        raise ParameterError(
            f"`table` is {type(table).__name__}; it must be an Arrow table, as "
            "`sessions_to_table` returns."
        )
    check_form(schema)
    return _sessions(batches)


def _sessions(batches: Iterator[pa.RecordBatch]) -> Iterator[Session]:
    number = 0
    while (batch := _quietly(lambda: next(batches, None))) is not None:
        for start in range(0, batch.num_rows, _ROWS):
            for row in rows_of(batch.slice(start, _ROWS)):
                number += 1
                yield _at_row(row, number)


def _quietly(step: Any) -> Any:
    """Run a step of the source of the stream; its errors may quote text and are replaced."""
    try:
        return step()
    except Exception as error:
        kind = type(error).__name__
    raise TranscriptError(
        f"the Arrow stream cannot be read ({kind})",
        code="unreadable",
        remedy="Check the source of the stream; its own message may quote text and is not shown.",
    )


def is_arrow(value: object) -> bool:
    """Return whether a value can be read as Arrow data."""
    return hasattr(value, "__arrow_c_stream__")


def each_session(sessions: Any) -> Iterator[Session]:
    """Return the sessions of an iterable or an Arrow table, or the one given."""
    if isinstance(sessions, Session):
        return iter((sessions,))
    if is_arrow(sessions):
        return table_to_sessions(sessions)
    if isinstance(sessions, (str, bytes)) or not isinstance(sessions, Iterable):
        raise ParameterError(
            f"`sessions` is {type(sessions).__name__}; it must be sessions. "
            "`read_sessions(path)` yields those of a file."
        )
    return iter(sessions)


def _at_row(row: Mapping[str, Any], number: int) -> Session:
    try:
        return session_of(row)
    except TranscriptError as error:
        problem = error.at(line=number)
    raise problem


def session_of(row: Mapping[str, Any]) -> Session:
    """Return the session of a row whose `meta` is JSON text."""
    record = with_ids(row)
    if isinstance(record.get("meta"), str):
        record["meta"] = parse_json(
            record["meta"], what="`meta`", remedy="Write one JSON object, or null."
        )
    return Session.from_dict(record)


def rows_of(batch: pa.RecordBatch) -> list[dict[str, Any]]:
    """Return the rows as dictionaries; text that is not UTF-8 raises without being quoted."""
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
