"""Checked rows of the long format, and what became of each score of a model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .. import wai
from ..errors import ParameterError
from .cells import CONVERT, BadCell
from .layout import Layout
from .source import Source

Columns = dict[str, list[Any]]


@dataclass(frozen=True, slots=True)
class Rows:
    """Columns of the long format, and the place in the source of each of their rows."""

    source: Source
    columns: Columns
    places: list[int]
    names: Mapping[str, str] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.places)


def convert(source: Source, layout: Layout, *, lenient: bool) -> Rows:
    """Return the cells as values; with `lenient`, a score that is no number is left for later."""
    n_rows = len(source.lines)
    columns = {
        name: _values(source, place, name, lenient=lenient and name == "score")
        for name, place in layout.fields.items()
    }
    if not layout.wide:
        return Rows(source, columns, list(range(n_rows)))
    measures = {**layout.dimensions, **layout.items}
    scores = {
        key: _values(source, place, "score", lenient=lenient, shown=source.names[place])
        for key, place in measures.items()
    }
    places = [row for row in range(n_rows) for _ in measures]
    long = {name: [values[row] for row in places] for name, values in columns.items()}
    keys = [*measures] * n_rows
    long["item" if layout.items else "dimension"] = [*keys]
    long["score"] = [scores[key][row] for row, key in zip(places, keys, strict=True)]
    return Rows(source, long, places)


def _values(
    source: Source, place: int, name: str, *, lenient: bool, shown: str | None = None
) -> list[Any]:
    found = []
    problem: BadCell | None = None
    for cell in source.columns[place]:
        try:
            found.append(CONVERT[name](cell))
        except BadCell as error:
            if not lenient:
                problem = error
                break
            found.append(cell)
    if problem is None:
        return found
    raise source.fault(problem.problem, problem.remedy, row=len(found), column=shown or name)


def fill(columns: Columns, n_rows: int, name: str, value: Any) -> None:
    """Fill what is null of a column; one that is not there is made."""
    known = columns.get(name)
    columns[name] = (
        [value] * n_rows if known is None else [value if one is None else one for one in known]
    )


def set_dimensions_of_items(rows: Rows) -> None:
    """Give each item of an instrument whose key is known its dimension, or check what is given."""
    columns, n_rows = rows.columns, len(rows)
    dimensions = columns.setdefault("dimension", [None] * n_rows)
    items = columns.setdefault("item", [None] * n_rows)
    instruments = columns.setdefault("instrument", [None] * n_rows)
    for row, (item, name) in enumerate(zip(items, instruments, strict=True)):
        if item is None or name not in wai.INSTRUMENTS:
            continue
        key = wai.instrument(name)
        number = int(item) if item.isdecimal() else 0
        if not 1 <= number <= key.n_items:
            raise rows.source.fault(
                f"is no item of {name}",
                f"Its items are numbered 1 to {key.n_items}.",
                row=rows.places[row],
                column="item",
            )
        own = key.dimension_of(number)
        if dimensions[row] not in (None, own):
            raise rows.source.fault(
                f"is not that of item {number} of {name}, which is {own}",
                "Correct it or leave it empty.",
                row=rows.places[row],
                column="dimension",
            )
        dimensions[row] = own


def set_scales(rows: Rows, scale: Sequence[float] | None) -> None:
    """Fill in and check the scale of each score: as given, as told, or of a known instrument."""
    columns, n_rows = rows.columns, len(rows)
    if scale is not None:
        low, high = _told_scale(scale)
    for name in ("scale_min", "scale_max"):
        columns.setdefault(name, [None] * n_rows)
    for row in range(n_rows):
        own = columns["scale_min"][row], columns["scale_max"][row]
        instrument = columns["instrument"][row]
        if own == (None, None):
            if scale is not None:
                own = low, high
            elif instrument in wai.INSTRUMENTS:
                key = wai.instrument(instrument)
                own = float(key.low), float(key.high)
        if (own[0] is None) != (own[1] is None):
            absent = "scale_min" if own[0] is None else "scale_max"
            raise rows.source.fault(
                "is empty and the other end of the scale is not",
                "Give both ends or neither.",
                row=rows.places[row],
                column=absent,
            )
        if own[0] is not None and own[0] >= own[1]:
            raise rows.source.fault(
                f"is {own[0]:g} and `scale_max` {own[1]:g}",
                "The lowest possible score must be below the highest.",
                row=rows.places[row],
                column="scale_min",
            )
        columns["scale_min"][row], columns["scale_max"][row] = own


def _told_scale(scale: Sequence[float]) -> tuple[float, float]:
    ends = list(scale) if isinstance(scale, (tuple, list)) else []
    if len(ends) != 2 or not all(
        isinstance(end, (int, float)) and not isinstance(end, bool) for end in ends
    ):
        raise ParameterError("`scale` must be (lowest, highest) possible score.")
    if not ends[0] < ends[1]:
        raise ParameterError(
            f"`scale` is ({ends[0]:g}, {ends[1]:g}); the lowest possible score comes first."
        )
    return float(ends[0]), float(ends[1])


def refuse_nulls(rows: Rows, names: Sequence[str]) -> None:
    """Refuse a row that lacks what every row needs."""
    for name in names:
        column = rows.columns[name]
        if None in column:
            raise rows.source.fault(
                "is empty",
                "Every row needs one.",
                row=rows.places[column.index(None)],
                column=name,
            )


def refuse_duplicates(rows: Rows, names: Sequence[str]) -> None:
    """Refuse a second score of the same thing by the same rater."""
    seen: dict[tuple[Any, ...], int] = {}
    for row, key in enumerate(zip(*(rows.columns[name] for name in names), strict=True)):
        if key in seen:
            first = rows.source.lines[rows.places[seen[key]]]
            raise rows.source.fault(
                f"rates the same as {rows.source.unit} {first}: session {key[0]}, rater {key[1]}, "
                "and all else that tells scores apart",
                f"Keep one, or tell them apart by {', '.join(names[2:])}.",
                row=rows.places[row],
            )
        seen[key] = row


def agree_on_sessions(rows: Rows, names: Sequence[str]) -> None:
    """Refuse a session that has two clients, therapists, ...; what one row says holds for all."""
    for name in names:
        first: dict[str, tuple[Any, int]] = {}
        sessions = rows.columns["session_id"]
        for row, (session, value) in enumerate(zip(sessions, rows.columns[name], strict=True)):
            if value is None:
                continue
            known, where = first.setdefault(session, (value, row))
            if known != value:
                line = rows.source.lines[rows.places[where]]
                raise rows.source.fault(
                    f"of session {session} is another than in {rows.source.unit} {line}",
                    "A session has one; give sessions ids of their own.",
                    row=rows.places[row],
                    column=name,
                )
        rows.columns[name] = [first.get(session, (None, 0))[0] for session in sessions]


def set_status(rows: Rows) -> None:
    """Set or check the status of each row; only rows of status ok keep a score."""
    columns, n_rows = rows.columns, len(rows)
    statuses = columns.setdefault("status", [None] * n_rows)
    scores = columns["score"]
    for row, (score, low, high) in enumerate(
        zip(scores, columns["scale_min"], columns["scale_max"], strict=True)
    ):
        found = _status(score, low, high)
        if statuses[row] is None:
            statuses[row] = found
        elif statuses[row] == "ok" and found != "ok":
            raise rows.source.fault(
                f"is ok, but the score is {_SHOWN[found]}",
                f"Write {found}, or correct the score or its scale.",
                row=rows.places[row],
                column="status",
            )
        elif statuses[row] != "ok" and found not in ("missing", statuses[row]):
            raise rows.source.fault(
                f"is {statuses[row]}, but the score is {_SHOWN[found]}",
                "Leave the score empty, or correct the status.",
                row=rows.places[row],
                column="status",
            )
        if statuses[row] != "ok":
            scores[row] = None


_SHOWN = {
    "ok": "a number, and on its scale if that is known",
    "missing": "empty",
    "unparsable": "no number",
    "out_of_range": "outside its scale",
}


def _status(score: Any, low: float | None, high: float | None) -> str:
    if score is None:
        return "missing"
    if not isinstance(score, float):
        return "unparsable"
    if low is not None and high is not None and not low <= score <= high:
        return "out_of_range"
    return "ok"
