"""CSV and TSV: one turn per row, the rows of a session together."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from ...errors import TranscriptError
from ..fields import MAX_TURN_CHARACTERS, is_missing
from ..ids import id_of
from .assemble import Items, Row, assemble, find_spoiled, missing_id
from .columns import REQUIRED, match_columns
from .files import read_lines
from .formats import Format
from .options import Options
from .remote import Place

DELIMITERS = (",", ";", "\t")
#: A first line that tells spreadsheets the delimiter.
_SEPARATOR_LINE = re.compile(r'"?sep=([^"\w\s]|\t)"?\1*[\r\n]*', re.IGNORECASE)


def named_delimiter(line: str) -> str | None:
    """Return the delimiter that a line such as ``sep=;`` names, None for any other line."""
    match = _SEPARATOR_LINE.fullmatch(line)
    return None if match is None else match[1]


def _delimiter(
    header: str, required: set[str], delimiters: tuple[str, ...]
) -> tuple[str, list[str]]:
    """Return the delimiter that gives the required columns, or else the most, and the names."""
    best: tuple[str, list[str]] = (delimiters[0], [])
    for delimiter in delimiters:
        try:
            cells = next(csv.reader([header], delimiter=delimiter), [])
        except csv.Error:
            continue
        names = [cell.strip() for cell in cells]
        if required <= set(names):
            return delimiter, names
        if len(names) > len(best[1]):
            best = delimiter, names
    return best


def _header(
    line: str | None, columns: Mapping[str, str], named: str | None, number: int
) -> tuple[str, list[str | None]]:
    """Return the delimiter, and for each column the field it holds."""
    if line is None:
        raise TranscriptError("the file is empty", code="empty_file", remedy="Write a header row.")
    required = {columns.get(name, name) for name in REQUIRED}
    delimiter, names = _delimiter(line, required, DELIMITERS if named is None else (named,))
    remedy = "The first row names the columns"
    if named is not None:
        remedy = f"The line above says that the delimiter is {named!r}; delete it if that is wrong"
    try:
        return delimiter, match_columns(names, columns, what="the header", remedy=remedy)
    except TranscriptError as error:
        problem = error.at(line=number)
    raise problem


def _row(line: int, cells: list[str], holds: list[str | None]) -> Row:
    place = holds.index("session_id")
    session = (id_of(cells[place]) if place < len(cells) else "") or ""
    if len(cells) != len(holds):
        problem = TranscriptError(
            f"the row has {len(cells)} cells and the header {len(holds)}",
            code="wrong_width",
            line=line,
            remedy="Quote cells that hold the delimiter or a line break.",
        )
        return Row(line, session, {}, problem)
    if not session:
        return Row(line, session, {}, missing_id(line))
    return Row(line, session, {name: cell for name, cell in zip(holds, cells, strict=True) if name})


def read_rows(path: Place, columns: Mapping[str, str]) -> Iterator[Row]:
    """Yield every row up to one that breaks the quoting, after which rows cannot be recognised."""
    lines = read_lines(path)
    first = next(lines, None)
    named = None if first is None else named_delimiter(first)
    number = 1 if named is None else 2
    header = first if named is None else next(lines, None)
    delimiter, holds = _header(header, columns, named, number)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        line = reader.line_num + number + 1
        try:
            cells = next(reader, None)
        except csv.Error as error:
            too_long = "field limit" in str(error)
            break
        if cells is None:
            return
        if cells:
            yield _row(line, cells, holds)
    broken = TranscriptError(
        f"a cell has more than {MAX_TURN_CHARACTERS:,} characters; the file is not read further"
        if too_long
        else "the quotes of this row do not match; the file is not read further",
        code="too_long" if too_long else "bad_csv",
        line=line,
        remedy='Quote cells with " and double the quotes inside, "" and not \\"; look at the rows '
        "above too.",
    )
    yield Row(line, "", {}, broken)


# As spreadsheets write them in English and in German.
_BOOLEANS = {"true": True, "1": True, "wahr": True, "false": False, "0": False, "falsch": False}
_DECIMAL_COMMA = re.compile(r"^([+-]?\d+),(\d+)$")


def _number(text: str) -> float:
    if "_" in text:
        raise ValueError
    return float(_DECIMAL_COMMA.sub(r"\1.\2", text))


_CLOCK = re.compile(r"(?:(\d{1,4}):)?(\d{1,4}):(\d{1,2}(?:[.,]\d{1,9})?)")


def _seconds(text: str) -> float:
    """Return a number of seconds, or those of hours:minutes:seconds or minutes:seconds."""
    if ":" not in text:
        return _number(text)
    match = _CLOCK.fullmatch(text)
    if match is None:
        raise ValueError
    hours, minutes, seconds = (Decimal((part or "0").replace(",", ".")) for part in match.groups())
    if seconds >= 60 or (match[1] is not None and minutes >= 60):
        raise ValueError
    return float(hours * 3600 + minutes * 60 + seconds)


def _boolean(text: str) -> bool:
    return _BOOLEANS[text.lower()]


_CONVERT: dict[str, tuple[Callable[[str], Any], str]] = {
    "session_number": (_number, "a whole number"),
    "translated": (_boolean, "true or false"),
    "verbatim": (_boolean, "true or false"),
    "start": (_seconds, "a number of seconds"),
    "end": (_seconds, "a number of seconds"),
}
_TIMES = "Write 73.5, 00:01:13.5 or 01:13.5, seconds below 60. "


def _value(name: str, cell: str) -> Any:
    if name == "text":
        return cell
    cell = cell.strip()
    if not cell or (name == "language" and is_missing(cell)):
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
        remedy=f"{_TIMES if convert is _seconds else ''}Leave the cell empty where unknown.",
    )


def read_delimited(path: Place, options: Options) -> Items:
    """Yield the first line and the session of a CSV or TSV file, or the error in its place."""
    spoiled = find_spoiled(read_rows(path, options.columns))
    yield from assemble(read_rows(path, options.columns), spoiled, _value, options)


def _named(head: bytes, delimiters: tuple[str, ...]) -> bool:
    """Return whether the first line names the columns of sessions, with one of the delimiters."""
    lines = head.decode("utf-8-sig", errors="replace").split("\n", 2)
    line = lines[1] if len(lines) > 1 and named_delimiter(lines[0]) else lines[0]
    return any("session_id" in map(str.strip, line.split(each)) for each in delimiters) and any(
        each in line for each in delimiters
    )


CSV = Format(
    name="csv",
    title="CSV",
    suffixes=(".csv",),
    uses=frozenset({"columns"}),
    sniff=lambda head: _named(head, (",", ";")),
    read=read_delimited,
)
TSV = Format(
    name="tsv",
    title="TSV",
    suffixes=(".tsv",),
    uses=frozenset({"columns"}),
    sniff=lambda head: _named(head, ("\t",)),
    read=read_delimited,
)
