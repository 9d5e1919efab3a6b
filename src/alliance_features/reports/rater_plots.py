"""Plots of a comparison of raters: correlations with their intervals, and calibration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from .._typing import FloatArray
from ..evaluation.predictions import read_stored
from ..evaluation.row_names import MEAN
from .svg import Drawing, number, tick_values

_LEFT, _TOP, _ROW, _PANEL, _GUTTER = 190.0, 70.0, 24.0, 210.0, 26.0
_SQUARE = 150.0
#: Least number of sessions per point of the calibration plot.
LEAST = 5
POINTS = 6


def forest_svg(
    figures: pa.Table,
    titles: Mapping[str, str],
    *,
    figure: str = "pooled_r",
    heading: str = "Correlation with the rating, all sessions",
    level: float = 0.95,
) -> str:
    """Draw a figure of every rater with its interval, one panel per dimension.

    Parameters
    ----------
    figures : pyarrow.Table
        As `Comparison.figures`.
    titles : mapping of str to str
    figure : str, default="pooled_r"
    heading : str
    level : float, default=0.95
        Level of the intervals, for the note.

    Returns
    -------
    str
        An SVG document; raters without the figure are left out.
    """
    rows = [
        row
        for row in figures.to_pylist()
        if row["figure"] == figure and row["track"] == "all" and row["estimate"] is not None
    ]
    raters = list(dict.fromkeys(row["rater"] for row in rows))
    dimensions = list(dict.fromkeys(row["dimension"] for row in rows))
    ends = [row[end] for row in rows for end in ("estimate", "low", "high") if row[end] is not None]
    low, high = min([0.0, *ends]), max([0.0, *ends])
    room = 0.04 * (high - low) or 1.0
    low, high = max(low - room, -1.0), min(high + room, 1.0)
    drawing = Drawing(
        _LEFT + len(dimensions) * (_PANEL + _GUTTER), _TOP + len(raters) * _ROW + 54, heading
    )
    drawing.text(16, 22, heading, kind="title")
    drawing.text(16, 40, f"point and {100 * level:g} % interval", kind="small")
    for place, name in enumerate(raters):
        drawing.text(
            _LEFT - 12, _TOP + (place + 0.5) * _ROW + 4, short(titles.get(name, name)), anchor="end"
        )
    bottom = _TOP + len(raters) * _ROW
    for column, dimension in enumerate(dimensions):
        axis = Axis(low, high, _LEFT + column * (_PANEL + _GUTTER), _PANEL)
        drawing.text(axis.start + _PANEL / 2, _TOP - 10, dimension, anchor="middle")
        for tick in tick_values(low, high):
            kind = "zero" if tick == 0 else "grid"
            drawing.line(axis(tick), _TOP, axis(tick), bottom, kind)
            drawing.text(axis(tick), bottom + 16, shown(tick), anchor="middle", kind="small")
        for row in rows:
            if row["dimension"] == dimension:
                y = _TOP + (raters.index(row["rater"]) + 0.5) * _ROW
                if row["low"] is not None and row["high"] is not None:
                    drawing.line(axis(row["low"]), y, axis(row["high"]), y, "line0")
                drawing.dot(axis(row["estimate"]), y, 4.0, "dot0")
    return drawing.render()


def calibration_table(predictions: pa.Table, *, grouped_by: str = "client") -> pa.Table:
    """Return mean scores and mean ratings of sessions in the order of their scores.

    Parameters
    ----------
    predictions : pyarrow.Table
        As `Comparison.predictions`.
    grouped_by : str, default="client"

    Returns
    -------
    pyarrow.Table
        Columns rater, dimension, part (from 0), score, rating (means), n_sessions: at most 6
        parts of nearly one size, at least 5 sessions each, equal scores together. The training
        mean has no rows.
    """
    rows = []
    for (rater, dimension), stored in read_stored(predictions, grouped_by=grouped_by).items():
        known = ~(np.isnan(stored.y[0]) | np.isnan(stored.predicted[0]))
        if rater != MEAN:
            for part, (score, rating, n) in enumerate(
                parts_of(stored.predicted[0][known], stored.y[0][known])
            ):
                place = {"rater": rater, "dimension": dimension, "part": part}
                rows.append({**place, "score": score, "rating": rating, "n_sessions": n})
    kinds = (pa.string(), pa.string(), pa.int64(), pa.float64(), pa.float64(), pa.int64())
    names = ("rater", "dimension", "part", "score", "rating", "n_sessions")
    return pa.Table.from_pylist(rows, schema=pa.schema([*zip(names, kinds, strict=True)]))


def parts_of(p: FloatArray, y: FloatArray) -> list[tuple[float, float, int]]:
    """Return mean score, mean rating and size of parts of sessions in the order of scores.

    Parameters
    ----------
    p, y : ndarray of float64, shape (n,)
        Scores and ratings, without NaN.

    Examples
    --------
    >>> import numpy as np
    >>> p = np.repeat([1.0, 2.0], 5)
    >>> parts_of(p, p + 1)
    [(1.0, 2.0, 5), (2.0, 3.0, 5)]
    """
    if p.size < LEAST:
        return []
    ends = np.quantile(p, np.linspace(0, 1, min(POINTS, p.size // LEAST) + 1)[1:-1])
    part = np.searchsorted(np.unique(ends), p, side="left")
    parts: list[list[int]] = []
    for label in np.unique(part):
        rows = np.flatnonzero(part == label).tolist()
        if parts and len(parts[-1]) < LEAST:
            parts[-1] += rows
        else:
            parts.append(rows)
    if len(parts) > 1 and len(parts[-1]) < LEAST:
        parts[-2:] = [parts[-2] + parts[-1]]
    return [(float(p[rows].mean()), float(y[rows].mean()), len(rows)) for rows in parts]


def calibration_svg(table: pa.Table, titles: Mapping[str, str]) -> str:
    """Draw mean ratings against mean scores, one row per rater and one column per dimension.

    Parameters
    ----------
    table : pyarrow.Table
        As `calibration_table` returns.
    titles : mapping of str to str

    Returns
    -------
    str
        An SVG document. On the dashed line scores mean what they say; a flat line is a rater
        whose scores spread more than ratings do.
    """
    rows = table.to_pylist()
    raters = list(dict.fromkeys(row["rater"] for row in rows))
    dimensions = list(dict.fromkeys(row["dimension"] for row in rows))
    values = [row[name] for row in rows for name in ("score", "rating")] or [0.0, 1.0]
    room = 0.05 * (max(values) - min(values)) or 0.5
    low, high = min(values) - room, max(values) + room
    step = _SQUARE + 34.0
    heading = "Calibration: mean rating by score"
    drawing = Drawing(_LEFT + len(dimensions) * step + 8, _TOP + len(raters) * step + 20, heading)
    drawing.text(16, 22, heading, kind="title")
    note = "points: sessions in the order of their raw scores, in parts of nearly one size"
    drawing.text(16, 40, note, kind="small")
    for line, rater in enumerate(raters):
        top = _TOP + line * step
        drawing.text(_LEFT - 36, top + _SQUARE / 2, short(titles.get(rater, rater)), anchor="end")
        for column, dimension in enumerate(dimensions):
            left = _LEFT + column * step
            x, y = Axis(low, high, left, _SQUARE), Axis(low, high, top + _SQUARE, -_SQUARE)
            if line == 0:
                drawing.text(left + _SQUARE / 2, top - 10, dimension, anchor="middle")
            _panel(drawing, x, y, low, high, first=column == 0)
            points = [
                (x(row["score"]), y(row["rating"]))
                for row in rows
                if row["rater"] == rater and row["dimension"] == dimension
            ]
            drawing.path(points)
            for point in points:
                drawing.dot(*point)
    drawing.text(_LEFT, drawing.height - 8, "across: score; up: rating", kind="small")
    return drawing.render()


def _panel(drawing: Drawing, x: Axis, y: Axis, low: float, high: float, *, first: bool) -> None:
    for tick in tick_values(low, high, 5):
        drawing.line(x(tick), y(low), x(tick), y(high), "grid")
        drawing.line(x(low), y(tick), x(high), y(tick), "grid")
        drawing.text(x(tick), y(low) + 14, shown(tick), anchor="middle", kind="small")
        if first:
            drawing.text(x(low) - 5, y(tick) + 4, shown(tick), anchor="end", kind="small")
    drawing.box(x(low), y(high), x(high) - x(low), y(low) - y(high))
    drawing.line(x(low), y(low), x(high), y(high), "zero")


@dataclass(frozen=True, slots=True)
class Axis:
    """A linear scale from numbers to pixels.

    Parameters
    ----------
    low, high : float
        Ends in numbers.
    start, length : float
        Pixel of `low`, and pixels up to `high`; negative upwards.
    """

    low: float
    high: float
    start: float
    length: float

    def __call__(self, value: float) -> float:
        """Return the pixel of a number."""
        return self.start + (value - self.low) / (self.high - self.low) * self.length


def short(label: str, most: int = 24) -> str:
    """Return a label that fits beside a plot."""
    return label if len(label) <= most else label[: most - 1] + "\u2026"


def shown(value: float) -> str:
    """Return a tick label with a true minus."""
    return number(value).replace("-", "\u2212")
