"""CSV and TSV: one turn a row, the rows of a session together."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from ...errors import TranscriptError
from ._assemble import Items, assemble, find_spoiled
from ._options import Options
from ._remote import Place
from ._rows import read_rows

# As spreadsheets write them in English and in German.
_BOOLEANS = {"true": True, "1": True, "wahr": True, "false": False, "0": False, "falsch": False}
_DECIMAL_COMMA = re.compile(r"^([+-]?\d+),(\d+)$")


def _number(text: str) -> float:
    if "_" in text:
        raise ValueError
    return float(_DECIMAL_COMMA.sub(r"\1.\2", text))


def _boolean(text: str) -> bool:
    return _BOOLEANS[text.lower()]


_CONVERT: dict[str, tuple[Callable[[str], Any], str]] = {
    "session_number": (_number, "a whole number"),
    "translated": (_boolean, "true or false"),
    "verbatim": (_boolean, "true or false"),
    "start": (_number, "a number of seconds"),
    "end": (_number, "a number of seconds"),
}


def _value(name: str, cell: str) -> Any:
    if name == "text":
        return cell
    cell = cell.strip()
    if not cell:
        return None
    if name not in _CONVERT:
        return cell
    convert, wanted = _CONVERT[name]
    try:
        return convert(cell)
    except (KeyError, ValueError):
        pass
    raise TranscriptError(
        f"`{name}` is not {wanted}",
        code="bad_type",
        field=name,
        remedy="Leave the cell empty where unknown.",
    )


def read_delimited(path: Place, options: Options) -> Items:
    """Yield the first line and the session of a CSV or TSV file, or the error in its place."""
    spoiled = find_spoiled(read_rows(path, options.columns))
    yield from assemble(read_rows(path, options.columns), spoiled, _value, options)
