"""Plots of alliance scores as SVG: numbers and labels, no words of transcripts."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from .._typing import FloatArray
from ..corpus.scoring.scores import PARTS, Scored
from ..corpus.scoring.summary import ALL, Figure
from .svg import Drawing, number, tick_values

WIDTH, PANEL, ROW, STEP, GUTTER, LEFT, TOP = 260, 200, 150, 30, 50, 132, 64
#: Number of the colour of each speaker, of a gap and of chance.
COLOURS = {"therapist": 1, "client": 0}
_GAP, _CHANCE = 0, 3
#: Up to this many conditions get a row of curves; more are pooled.
MOST_ROWS = 6


class _Sheet(Drawing):
    """A drawing with translucent areas."""

    __slots__ = ()

    def area(self, points: Sequence[tuple[float, float]], colour: int) -> None:
        places = " ".join(f"{number(x)},{number(y)}" for x, y in points)
        self._parts.append(f'<polygon class="dot{colour}" fill-opacity=".18" points="{places}"/>')


class _Axis:
    """A linear scale from numbers to pixels that shows 0."""

    def __init__(self, values: Sequence[float], start: float, end: float) -> None:
        known = [value for value in values if math.isfinite(value)]
        self.empty = not known
        low, high = min([0.0, *known]), max([0.0, *known])
        room = 0.06 * (high - low) or 1.0
        self.low, self.high, self.start, self.end = low - room, high + room, start, end

    def __call__(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)

    @property
    def ticks(self) -> list[tuple[float, str, str]]:
        """Value, text and class of line of each tick."""
        values = [] if self.empty else tick_values(self.low, self.high)
        return [
            (value, f"{value:g}".replace("-", "\u2212"), "grid" if value else "zero")
            for value in values
        ]


def _short(label: str, most: int = 20) -> str:
    return label if len(label) <= most else label[: most - 1] + "\u2026"


def mean_curve(sessions: Sequence[Scored], subscale: str, role: str) -> FloatArray:
    """Return mean and standard error over sessions of each part of the session.

    Parameters
    ----------
    sessions : sequence of Scored
    subscale : str
    role : {"therapist", "client"}

    Returns
    -------
    ndarray of float64, shape (2, PARTS)
        NaN where no session has a score, or for the error fewer than 2 have.
    """
    curves = [session.curves[subscale, role] for session in sessions if not session.code]
    table = np.array(curves) if curves else np.empty((0, PARTS))
    out = np.full((2, PARTS), np.nan)
    for part, column in enumerate(table.T):
        known = column[~np.isnan(column)]
        if known.size:
            out[0, part] = known.mean()
        if known.size > 1:
            out[1, part] = known.std(ddof=1) / math.sqrt(known.size)
    return out


def curves_svg(
    conditions: dict[str, list[Scored]], subscales: Sequence[str], *, subtitle: str = ""
) -> str:
    """Draw the scores of both speakers along the session, one panel per subscale.

    Parameters
    ----------
    conditions : dict of str to list of Scored
        One row each; more than `MOST_ROWS` are pooled.
    subscales : sequence of str
    subtitle : str
        What the numbers are.

    Returns
    -------
    str
        Curves are means over sessions in tenths of the session, bands one standard error above and
        below.
    """
    split = 2 < len(conditions) <= MOST_ROWS + 1
    rows = {k: v for k, v in conditions.items() if k != ALL} if split else {ALL: conditions[ALL]}
    curves = {
        (name, scale, role): mean_curve(sessions, scale, role)
        for name, sessions in rows.items()
        for scale in subscales
        for role in COLOURS
    }
    ends = [
        end
        for mean, error in curves.values()
        for sign in (-1, 1)
        for end in mean + sign * np.nan_to_num(error)
    ]
    width = LEFT + len(subscales) * (PANEL + GUTTER)
    sheet = _sheet(
        width, TOP + len(rows) * (ROW + 34) + 26, "Expressed alliance along the session", subtitle
    )
    for place, role in enumerate(COLOURS):
        x = width - 190 + place * 82
        sheet.path([(x, 18), (x + 16, 18)], f"line{COLOURS[role]}")
        sheet.text(x + 21, 22, role, kind="small")
    for row, (name, sessions) in enumerate(rows.items()):
        top = TOP + row * (ROW + 34)
        y = _Axis(ends, top + ROW, top + 14)
        sheet.text(16, top + ROW / 2, _short(name))
        sheet.text(16, top + ROW / 2 + 15, f"{len(sessions):,} sessions", kind="small")
        for column, scale in enumerate(subscales):
            left = LEFT + column * (PANEL + GUTTER)
            if row == 0:
                sheet.text(left + PANEL / 2, top + 6, scale, anchor="middle")
            for value, text, kind in y.ticks:
                sheet.line(left, y(value), left + PANEL, y(value), kind)
                sheet.text(left - 5, y(value) + 4, text, anchor="end", kind="small")
            if y.empty:
                sheet.text(
                    left + PANEL / 2, top + ROW / 2, "no score", anchor="middle", kind="small"
                )
            for role, colour in COLOURS.items():
                _curve(sheet, curves[name, scale, role], colour, left, y)
    sheet.text(LEFT, sheet.height - 10, "start", kind="small")
    sheet.text(LEFT + PANEL, sheet.height - 10, "end of the session", anchor="end", kind="small")
    return sheet.render()


def _sheet(width: float, height: float, title: str, subtitle: str) -> _Sheet:
    sheet = _Sheet(width, height, title)
    sheet.text(16, 22, title, kind="title")
    sheet.text(16, 40, subtitle, kind="small")
    return sheet


def _curve(sheet: _Sheet, curve: FloatArray, colour: int, left: float, y: _Axis) -> None:
    """Draw one speaker: a band, a line through parts that have a score, dots for single parts."""
    mean, error = curve
    x = [left + (part + 0.5) / PARTS * PANEL for part in range(PARTS)]
    for run in _runs(~np.isnan(error)):
        upper = [(x[p], y(mean[p] + error[p])) for p in run]
        sheet.area([*upper, *((x[p], y(mean[p] - error[p])) for p in reversed(run))], colour)
    for run in _runs(~np.isnan(mean)):
        if len(run) > 1:
            sheet.path([(x[p], y(mean[p])) for p in run], f"line{colour}")
        else:
            sheet.dot(x[run[0]], y(mean[run[0]]), 2.5, f"dot{colour}")


def _runs(known: npt.NDArray[np.bool_]) -> list[list[int]]:
    """Return the places of True, in unbroken runs."""
    runs: list[list[int]] = []
    for place in np.flatnonzero(known).tolist():
        if runs and runs[-1][-1] == place - 1:
            runs[-1].append(place)
        else:
            runs.append([place])
    return runs


def gaps_svg(figures: Sequence[Figure], subscales: Sequence[str], *, subtitle: str = "") -> str:
    """Draw the gap of each condition, one panel per subscale.

    Parameters
    ----------
    figures : sequence of Figure
        Those of the measure "gap" are drawn.
    subscales : sequence of str
    subtitle : str
        What the numbers are.

    Returns
    -------
    str
        A point and its interval; a band: where 95 % of the gaps under other keys lie; a ring: the
        mean over pseudo-dyads.
    """
    gaps = [figure for figure in figures if figure.measure == "gap"]
    names = list(dict.fromkeys(figure.condition for figure in gaps))
    width = LEFT + len(subscales) * (WIDTH + GUTTER)
    bottom = TOP + 18 + len(names) * STEP
    sheet = _sheet(width, bottom + 46, "Gap: therapist minus client", subtitle)
    for place, name in enumerate(names):
        sheet.text(16, TOP + 24 + place * STEP, _short(name))
    for column, scale in enumerate(subscales):
        own = [figure for figure in gaps if figure.subscale == scale]
        left = LEFT + column * (WIDTH + GUTTER)
        x = _Axis([end for figure in own for end in _ends(figure)], left, left + WIDTH)
        sheet.text(left + WIDTH / 2, TOP, scale, anchor="middle")
        for value, text, kind in x.ticks:
            sheet.line(x(value), TOP + 8, x(value), bottom, kind)
            sheet.text(x(value), bottom + 14, text, anchor="middle", kind="small")
        for figure in own:
            _gap(sheet, figure, TOP + 20 + names.index(figure.condition) * STEP, x)
    key = "point: mean gap with 95 % interval; band: 95 % of other keys; ring: pseudo-dyads"
    sheet.text(LEFT, bottom + 34, key, kind="small")
    return sheet.render()


def _ends(figure: Figure) -> tuple[float, ...]:
    interval = figure.interval
    return (
        interval.estimate,
        interval.low,
        interval.high,
        figure.null_low,
        figure.null_high,
        figure.pseudo,
    )


def _gap(sheet: _Sheet, figure: Figure, y: float, x: _Axis) -> None:
    interval = figure.interval
    if not math.isfinite(interval.estimate):
        sheet.text((x.start + x.end) / 2, y + 4, "no score", anchor="middle", kind="small")
        return
    if math.isfinite(figure.null_low):
        low, high = x(figure.null_low), max(x(figure.null_high), x(figure.null_low) + 1)
        corners = [(low, y - 9), (high, y - 9), (high, y + 9), (low, y + 9)]
        sheet.area(corners, _CHANCE)
    if math.isfinite(interval.low):
        sheet.path([(x(interval.low), y), (x(interval.high), y)], f"line{_GAP}")
    sheet.dot(x(interval.estimate), y, 3.2, f"dot{_GAP}")
    if math.isfinite(figure.pseudo):
        sheet.dot(x(figure.pseudo), y, 5, f"line{_CHANCE}")
