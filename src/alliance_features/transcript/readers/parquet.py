"""Parquet: one turn per row with the columns of a CSV file, or one session per row."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from ...errors import TranscriptError
from ..arrow import check_type, damaged, rows_of, session_of
from ..ids import id_of
from ..session import Session
from .assemble import Items, Row, assemble, find_spoiled, missing_id
from .columns import SESSION_FIELDS, TURN_FIELDS, match_columns
from .formats import Format
from .options import Options
from .remote import Place

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

_T = TypeVar("_T")
_ROWS = 1024
_SESSIONS = 16
_HINT = "The schema names the columns"
_SESSION_COLUMNS = (*SESSION_FIELDS, "turns", "meta")


def _quietly(step: Callable[[], _T]) -> _T:
    """Run a step of Arrow; its errors may quote the file and are replaced."""
    try:
        return step()
    except Exception as error:
        kind = type(error).__name__
    raise damaged(kind)


class _File:
    """An open Parquet file, of which named columns are read a few rows at a time."""

    def __init__(self, stream: Any) -> None:
        import pyarrow.parquet as pq

        self.file: pq.ParquetFile = _quietly(
            lambda: pq.ParquetFile(stream, page_checksum_verification=True)
        )
        self.schema: pa.Schema = _quietly(lambda: self.file.schema_arrow)
        self.names: list[str] = _quietly(lambda: list(self.schema.names))
        parquet = _quietly(lambda: self.file.schema)
        self.paths: list[str] = _quietly(
            lambda: [parquet.column(n).path for n in range(len(parquet))]
        )

    def rows(self, paths: Sequence[str], size: int) -> Iterator[dict[str, Any]]:
        """Yield rows of the columns with these paths; nothing further is read of the file."""
        n_groups: int = _quietly(lambda: self.file.num_row_groups)
        for group in range(n_groups):
            batches = self._batches(group, list(paths), size)
            while (batch := _quietly(lambda: next(batches, None))) is not None:  # noqa: B023
                yield from rows_of(batch)

    def _batches(self, group: int, paths: list[str], size: int) -> Any:
        return _quietly(
            lambda: self.file.iter_batches(
                batch_size=size, row_groups=[group], columns=paths, use_threads=False
            )
        )


def _checked(
    schema: Sequence[tuple[str, pa.DataType]], holds: Sequence[str | None]
) -> dict[str, str]:
    """Return the name of the column of each field, its type checked."""
    columns: dict[str, str] = {}
    for (column, type), name in zip(schema, holds, strict=True):
        if name is not None:
            if name != "turns":
                check_type(name, type)
            columns[name] = column
    return columns


def _fields(schema: Any) -> list[tuple[str, pa.DataType]]:
    return [(field.name, field.type) for field in schema]


def _turn_rows(file: _File, fields: dict[str, str], paths: Sequence[str]) -> Iterator[Row]:
    for number, row in enumerate(file.rows(paths, _ROWS), start=1):
        cells = {name: row[column] for name, column in fields.items() if column in row}
        session = id_of(cells["session_id"])
        problem = None if session else missing_id(number)
        yield Row(number, session or "", cells if problem is None else {}, problem)


def _read_turns(file: _File, options: Options) -> Items:
    """Read one turn per row; a first pass reads only the ids."""
    holds = match_columns(file.names, options.columns, what="the schema", remedy=_HINT)
    fields = _checked(_fields(file.schema), holds)
    spoiled = find_spoiled(_turn_rows(file, fields, [fields["session_id"]]))
    rows = _turn_rows(file, fields, list(fields.values()))
    yield from assemble(rows, spoiled, lambda _, value: value, options)


def _struct(type: pa.DataType) -> Any:
    """Return the struct of a turn in the type of the column `turns`."""
    from pyarrow import types

    lists = (types.is_list, types.is_large_list, types.is_fixed_size_list)
    if not any(is_list(type) for is_list in lists) or not types.is_struct(type.value_type):
        raise TranscriptError(
            "the column of `turns` does not hold lists of structs",
            code="bad_type",
            field="turns",
            remedy="Write list<struct<role, text, start, end>>, or one turn per row.",
        )
    return type.value_type


def _read_sessions(file: _File, options: Options) -> Items:
    """Read one session per row, its turns in a list of structs."""
    of_turns = {name: col for name, col in options.columns.items() if name in TURN_FIELDS}
    others = {name: col for name, col in options.columns.items() if name not in TURN_FIELDS}
    ignore = {"session_id": others.get("session_id", "session_id")} if options.columns else {}
    holds = match_columns(
        file.names,
        ignore | others,
        what="the schema",
        remedy=_HINT,
        known=_SESSION_COLUMNS,
        required=("session_id", "turns"),
    )
    fields = _checked(_fields(file.schema), holds)
    struct = _struct(file.schema.field(fields["turns"]).type)
    inner = [struct.field(n) for n in range(struct.num_fields)]
    ignore = {"role": of_turns.get("role", "role")} if options.columns else {}
    of_turn = _checked(
        _fields(inner),
        match_columns(
            [field.name for field in inner],
            ignore | of_turns,
            what="the struct of `turns`",
            remedy="Its fields are the columns of turns",
            known=TURN_FIELDS,
            required=("role", "text"),
        ),
    )
    wanted = [path for path in file.paths if _is_wanted(path, fields, set(of_turn.values()))]
    for number, row in enumerate(file.rows(wanted, _SESSIONS), start=1):
        record = {name: row[column] for name, column in fields.items()}
        record["turns"] = _renamed(record["turns"], of_turn)
        yield number, _session(record, number, options)


def _is_wanted(path: str, fields: dict[str, str], of_turn: set[str]) -> bool:
    """Return whether the leaf of a nested schema with this path is part of a session."""
    if path in fields.values():
        return True
    return path.startswith(fields["turns"] + ".") and any(
        path.endswith("." + name) for name in of_turn
    )


def _renamed(turns: Any, names: dict[str, str]) -> Any:
    if turns is None:
        return None
    return [
        None if turn is None else {ours: turn[theirs] for ours, theirs in names.items()}
        for turn in turns
    ]


def _session(record: dict[str, Any], number: int, options: Options) -> Session | TranscriptError:
    try:
        return session_of(options.labelled(record))
    except TranscriptError as error:
        return error.at(line=number)


def read_parquet(path: Place, options: Options) -> Items:
    """Yield the first row and the session of a Parquet file, or the error in its place."""
    try:
        stream: Any = path.open("rb")  # no `with`: an error must not pass through `__exit__`
    except OSError as error:
        stream, reason = None, error.strerror or type(error).__name__
    if stream is None:
        raise TranscriptError(
            f"the file cannot be read ({reason})",
            code="unreadable",
            remedy="Check the path and the permissions.",
        )
    try:
        file = _File(stream)
        if not file.names:
            return
        flat = {options.columns.get(name, name) for name in ("role", "text")}
        nested = "turns" in file.names and not flat <= set(file.names)
        yield from (_read_sessions if nested else _read_turns)(file, options)
    finally:
        stream.close()


FORMAT = Format(
    name="parquet",
    title="Parquet",
    suffixes=(".parquet",),
    zipped=False,
    uses=frozenset({"columns"}),
    sniff=lambda head: head.startswith(b"PAR1"),
    read=read_parquet,
)
