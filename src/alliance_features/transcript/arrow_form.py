"""What a table of sessions looks like, and what of it may differ after an engine had it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from ..errors import TranscriptError

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
    """Refuse a column that cannot hold a field; all null is no type at all."""
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
    """Refuse a table that is none of sessions; order, width and encoding of columns are free.

    Raises
    ------
    TranscriptError
        If a column is missing, of another type, there twice or not part of the format.
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
    """Refuse columns that are missing, there twice or unknown, without quoting a foreign name."""
    allowed = list(known)
    missing = [name for name in required if name not in names]
    if missing:
        raise TranscriptError(
            f"{what} has no `{'`, `'.join(missing)}` and so has not the schema of sessions",
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
