"""The rows of a file or table of ratings, as text or numbers, with the place of each."""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import pyarrow as pa

from ..errors import ParameterError, RaterError, TranscriptError
from ..transcript.readers.delimited import named_delimiter
from ..transcript.readers.files import read_lines, suffixes

_T = TypeVar("_T")
_DELIMITERS = (",", ";", "\t")


@dataclass(frozen=True, slots=True)
class Source:
    """Columns of equal length by name; `lines` holds the line of each row, from 1."""

    name: str | None
    names: list[str]
    columns: list[Sequence[Any]]
    lines: Sequence[int] = field(default_factory=list)
    unit: str = "row"

    def fault(
        self, problem: str, remedy: str, *, row: int | None = None, column: str | None = None
    ) -> RaterError:
        """Return an error that names the place; `column` is a field, not text of the file."""
        where = [self.name] if self.name else []
        if row is not None:
            where.append(f"{self.unit} {self.lines[row]}")
        place = ", ".join(where)
        what = f"`{column}` {problem}" if column else problem
        return RaterError(f"{place}: {what}. {remedy}" if place else f"{what}. {remedy}")


def open_source(source: Any) -> Source:
    """Return the rows of a path, an Arrow table or a data frame."""
    if isinstance(source, (str, os.PathLike)):
        path = Path(source)
        if path.is_dir():
            raise ParameterError(
                f"`source` (RATINGS) is {path}, a folder; name one file of ratings in it."
            )
        suffix, zipped = suffixes(path)
        if suffix in (".csv", ".tsv"):
            return _delimited(path)
        if suffix == ".parquet" and not zipped:
            return _parquet(path)
        raise ParameterError(
            f"`source` is {path}; ratings are read from .csv, .tsv (also .gz) and .parquet."
        )
    if isinstance(source, pa.Table):
        return _of_table(source, None)
    if hasattr(source, "__arrow_c_stream__"):
        return _of_table(_quietly(lambda: pa.table(source), None), None)
    raise ParameterError(
        f"`source` is {type(source).__name__}; it must be a path, a pyarrow.Table or a data frame."
    )


def _quietly(step: Callable[[], _T], path: Path | None) -> _T:
    """Run a step of Arrow; its exceptions may quote values and are replaced."""
    try:
        return step()
    except OSError as error:
        problem = f"cannot be read ({error.strerror or type(error).__name__})"
    except Exception as error:  # a data frame of another library may raise anything
        problem = f"is not Parquet, truncated or damaged ({type(error).__name__})"
    if path is None:
        raise RaterError("The table cannot be read. Cast its columns to strings and numbers.")
    raise RaterError(f"{path}: the file {problem}. Check the path, or write it again.")


def _parquet(path: Path) -> Source:
    import pyarrow.parquet as pq

    def read() -> pa.Table:
        with path.open("rb") as stream:
            return pq.read_table(stream, use_threads=False)

    return _of_table(_quietly(read, path), path)


def _of_table(table: pa.Table, path: Path | None) -> Source:
    columns = _quietly(lambda: [column.to_pylist() for column in table.columns], path)
    return Source(
        None if path is None else str(path),
        list(table.column_names),
        columns,
        range(1, table.num_rows + 1),
    )


def _delimited(path: Path) -> Source:
    problem: RaterError
    try:
        return _rows_of(path, list(read_lines(path)))
    except TranscriptError as error:
        problem = RaterError(f"{path}: {error.problem}. {error.remedy}")
    raise problem


def _rows_of(path: Path, lines: list[str]) -> Source:
    empty = Source(str(path), [], [], [1], "line")
    if not lines:
        raise empty.fault("the file is empty", "Write a header row.", row=0)
    named = named_delimiter(lines[0])
    above = 0 if named is None else 1
    lines = lines[above:]
    names, delimiter = _header(
        lines[0] if lines else "", _DELIMITERS if named is None else (named,)
    )
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    rows: list[list[str | None]] = []
    places: list[int] = []
    broken = False
    while not broken:
        line = reader.line_num + 1 + above
        try:
            cells = next(reader, None)
        except csv.Error:
            broken = True
            continue
        if cells is None:
            break
        if cells and line > 1 + above:
            if len(cells) != len(names):
                raise Source(str(path), [], [], [line], "line").fault(
                    f"the row has {len(cells)} cells and the header {len(names)}",
                    "Quote cells that hold the delimiter or a line break.",
                    row=0,
                )
            rows.append([cell.strip() or None for cell in cells])
            places.append(line)
    if broken:
        raise Source(str(path), [], [], [line], "line").fault(
            "the quotes of this row do not match, or a cell is too long",
            'Quote cells with " and double the quotes inside.',
            row=0,
        )
    n_labels = _rows_of_labels(rows)
    rows, places = rows[n_labels:], places[n_labels:]
    columns: list[Sequence[Any]] = [*zip(*rows, strict=True)] or [[] for _ in names]
    return Source(str(path), names, columns, places, "line")


def _rows_of_labels(rows: Sequence[Sequence[str | None]]) -> int:
    """Return how many rows below the header of a Qualtrics file do not hold answers.

    The last of them holds an id of import in each column; above it are the questions.
    """
    for place, cells in enumerate(rows[:2]):
        if all(cell is not None and cell.startswith('{"ImportId"') for cell in cells):
            return place + 1
    return 0


def _header(line: str, delimiters: Sequence[str]) -> tuple[list[str], str]:
    """Return the names of the columns and the delimiter that separates most of them."""
    best: tuple[list[str], str] = ([], delimiters[0])
    for delimiter in delimiters:
        try:
            cells = next(csv.reader([line], delimiter=delimiter), [])
        except csv.Error:
            continue
        if len(cells) > len(best[0]):
            best = [cell.strip() for cell in cells], delimiter
    return best
