"""The rows of a CSV or TSV file, each known by the session it names."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from ...errors import TranscriptError
from .._fields import MAX_TURN_CHARACTERS
from ._files import read_lines

REQUIRED = ("session_id", "role", "text")
SESSION_FIELDS = (
    "session_id",
    "client_id",
    "therapist_id",
    "language",
    "session_number",
    "mode",
    "translated",
    "verbatim",
)
TURN_FIELDS = ("role", "text", "start", "end")
FIELDS = (*SESSION_FIELDS, *TURN_FIELDS)
DELIMITERS = (",", ";", "\t")


class Row(NamedTuple):
    """A row; one with a problem has no cells, and its session is what it seems to be."""

    line: int
    session: str
    cells: dict[str, str]
    problem: TranscriptError | None = None


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
    source = {name: name for name in FIELDS if name not in columns}
    source |= {column: name for name, column in columns.items()}
    holds = [source.get(name) for name in names]
    missing = [name for name in dict.fromkeys((*REQUIRED, *columns)) if name not in holds]
    if missing:
        raise TranscriptError(
            f"the header has {len(names)} columns and none for `{'`, `'.join(missing)}`",
            code="missing_column",
            line=1,
            field=missing[0],
            remedy="The first row names the columns; other names are mapped with `columns`, "
            "e.g. --columns text=utterance.",
        )
    twice = [name for name in source.values() if holds.count(name) > 1]
    if twice:
        raise TranscriptError(
            f"two columns hold `{twice[0]}`",
            code="duplicate_key",
            line=1,
            field=twice[0],
            remedy="Rename one.",
        )
    if not columns and None in holds:
        raise TranscriptError(
            f"column {holds.index(None) + 1} is not part of the format",
            code="unknown_key",
            line=1,
            remedy=f"Known are {', '.join(FIELDS)}. With `columns` given, others are ignored.",
        )
    return delimiter, holds


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
        problem = TranscriptError(
            "`session_id` is empty",
            code="missing_field",
            line=line,
            field="session_id",
            remedy="Repeat the id in every row of its session.",
        )
        return Row(line, session, {}, problem)
    return Row(line, session, {name: cell for name, cell in zip(holds, cells, strict=True) if name})


def read_rows(path: Path, columns: Mapping[str, str]) -> Iterator[Row]:
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
