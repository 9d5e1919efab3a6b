"""The rows of a CSV or TSV file, each known by the session it names."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping

from ...errors import TranscriptError
from .._fields import MAX_TURN_CHARACTERS
from ._assemble import Row, missing_id
from ._columns import REQUIRED, match_columns
from ._files import read_lines
from ._remote import Place

DELIMITERS = (",", ";", "\t")


def _delimiter(header: str, required: set[str]) -> tuple[str, list[str]]:
    """Return the delimiter that finds the required columns, or else the most, and the names."""
    best: tuple[str, list[str]] = (",", [])
    for delimiter in DELIMITERS:
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


def _header(line: str | None, columns: Mapping[str, str]) -> tuple[str, list[str | None]]:
    """Return the delimiter, and for each column the field it holds."""
    if line is None:
        raise TranscriptError("the file is empty", code="empty_file", remedy="Write a header row.")
    delimiter, names = _delimiter(line, {columns.get(name, name) for name in REQUIRED})
    try:
        return delimiter, match_columns(
            names, columns, what="the header", remedy="The first row names the columns"
        )
    except TranscriptError as error:
        problem = error.at(line=1)
    raise problem


def _row(line: int, cells: list[str], holds: list[str | None]) -> Row:
    place = holds.index("session_id")
    session = cells[place].strip() if place < len(cells) else ""
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
    """Yield every row; after one that breaks the quoting there is no telling what is a row."""
    lines = read_lines(path)
    delimiter, holds = _header(next(lines, None), columns)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        line = reader.line_num + 2
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
        remedy='Quote cells with " and double the quotes inside; look at the rows above too.',
    )
    yield Row(line, "", {}, broken)
