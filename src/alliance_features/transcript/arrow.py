"""Sessions as an Arrow table, one a row: what Parquet files and units of work hold."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from ..errors import ParameterError, TranscriptError
from ._fields import fail
from ._json import parse_json
from .arrow_form import arrow_schema, check_form
from .session import Session, check_session

if TYPE_CHECKING:
    import pyarrow as pa

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
    """Return a table of one row a session, in their order.

    Parameters
    ----------
    sessions : iterable of Session, or one

    Returns
    -------
    pyarrow.Table
        session_id, client_id, therapist_id, language, mode: string; session_number: int64;
        translated, verbatim: bool; turns: list of struct of role, text (string), start, end
        (float64, seconds); meta: a JSON object as a string. Null where a session has None.
        `table_to_sessions` gives the sessions back. It holds the transcripts: treat it so.

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
        With the columns that `sessions_to_table` writes, as engines hand them on: in any order,
        nullable or not, with metadata, strings and lists of any width, dictionary-encoded, null
        where all is null. Only session_id, language and turns (role, text) must be there.
        Anything else with ``__arrow_c_stream__`` will do, such as a frame of polars. A stream is
        read as the sessions are asked for.

    Returns
    -------
    iterator of Session
        In the order of the rows.

    Raises
    ------
    ParameterError
        If `table` is no such object.
    TranscriptError
        If a column is missing, strange or of another type, or a row is no session; it says
        which row, counted from 1.
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
    """Run a step of whoever gives the stream; what it raises may quote text and is replaced."""
    try:
        return step()
    except Exception as error:
        kind = type(error).__name__
    raise TranscriptError(
        f"the Arrow stream cannot be read ({kind})",
        code="unreadable",
        remedy="Look at what makes it; its own message may quote text and is not shown.",
    )


def is_arrow(value: object) -> bool:
    """Say whether a value hands out Arrow data."""
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
    record = dict(row)
    if isinstance(record.get("meta"), str):
        record["meta"] = parse_json(
            record["meta"], what="`meta`", remedy="Write one JSON object, or null."
        )
    return Session.from_dict(record)


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
