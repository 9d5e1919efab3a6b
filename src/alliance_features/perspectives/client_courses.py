"""Courses of therapy of all dimensions of a rating, and of signals, as tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .._typing import FloatArray
from ..errors import RaterError
from ..raters.matrix import RatingMatrix, ratings_matrix
from .clusters import few_units, similar_people
from .courses import Course, Courses, make_courses
from .improvement import phase_rows, share_rows, units_of
from .phases import PHASES
from .signal_table import signal_table

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientCourses:
    """Courses of therapy by quantity.

    Attributes
    ----------
    by_name : dict of str to Courses
        Dimensions first, then signals.
    courses : pyarrow.Table
        One row per quantity and course: client_id, therapist_id, condition, n and mean of each
        phase, change, se, reliable_change, outcome, reliable. Null where a phase has no session.
    shares : pyarrow.Table
        One row per quantity, part and share (`improvement.SHARES`), with its denominator.
    phases : pyarrow.Table
        One row per quantity, part and phase: mean and interval over courses; "change" too.
    notes : list of str
        Lines for the reader of the tables.
    """

    by_name: dict[str, Courses]
    courses: pa.Table
    shares: pa.Table
    phases: pa.Table
    notes: list[str]


def client_courses(
    ratings: Any,
    signals: str | Path | pa.Table | None = None,
    *,
    perspective: str | None = None,
    rater: str | None = None,
    instrument: str | None = None,
    dimensions: Sequence[str] | None = None,
    features: Sequence[str] | None = None,
    cuts: Sequence[int] | None = None,
    level: float = 1.0,
    noise: str = "trend",
    confidence: float = 0.95,
) -> ClientCourses:
    """Follow the alliance of each client from early to late sessions.

    Parameters
    ----------
    ratings : pyarrow.Table, path or data frame
        As for `read_ratings`, with client_id and session_number; `group` is the condition.
    signals : path or pyarrow.Table, optional
        As for `rated_alliance`: the same for signals, on the rated sessions.
    perspective, rater, instrument, dimensions
        Ratings to take, as for `ratings_matrix`.
    features : sequence of str, optional
        Signals to follow; None: all.
    cuts : (int, int), optional
        Last early and last middle session number; None: thirds of each client's rated sessions.
    level : float, default=1.0
        Change in points of the scale that counts as a level. For a signal it is in standard
        deviations over its sessions, and "improved" only means "rose".
    noise, confidence
        As for `make_courses`.

    Returns
    -------
    ClientCourses

    Raises
    ------
    RaterError, ParameterError, ResourceError
        If ratings or signals are malformed, or no rated session has client and number.

    Examples
    --------
    >>> import pyarrow as pa
    >>> table = pa.table({
    ...     "session_id": ["s1", "s2", "s3"], "client_id": ["c1"] * 3, "session_number": [1, 2, 3],
    ...     "rater": ["client"] * 3, "dimension": ["bond"] * 3, "score": [2.0, 3.0, 3.5]})
    >>> courses = client_courses(table)
    >>> courses.shares.select(["figure", "count", "n"]).to_pylist()[0]
    {'figure': 'improved', 'count': 1, 'n': 1}
    """
    rated = ratings_matrix(
        ratings, rater=rater, perspective=perspective, instrument=instrument, dimensions=dimensions
    )
    numbers = np.array([np.nan if n is None else n for n in rated.session_numbers])
    if all(client is None for client in rated.clients) or np.isnan(numbers).all():
        raise RaterError(
            "No rated session has both client_id and session_number; a course needs both."
        )
    columns = {
        name: (rated.y[:, k], level, _top(rated, k)) for k, name in enumerate(rated.dimensions)
    }
    lines = similar_people(rated.clients, rated.therapists)
    if signals is not None:
        beside, left_out = _signals(signals, features, rated, level)
        columns |= beside
        lines += left_out
    made = {
        name: make_courses(
            values,
            rated.clients,
            rated.therapists,
            numbers,
            conditions=rated.groups,
            cuts=cuts,
            level=step,
            noise=noise,
            confidence=confidence,
            highest=top,
        )
        for name, (values, step, top) in columns.items()
    }
    return ClientCourses(
        by_name=made,
        courses=_table([{"name": n, **row(c)} for n, of in made.items() for c in of.courses]),
        shares=_table(
            [
                {"name": n, **r}
                for n, of in made.items()
                for r in share_rows(of, confidence=confidence)
            ]
        ),
        phases=_table(
            [
                {"name": n, **r}
                for n, of in made.items()
                for r in phase_rows(of, confidence=confidence)
            ]
        ),
        notes=[*_notes(made, cuts, rated), *lines],
    )


def row(course: Course) -> dict[str, Any]:
    """Return a course as cells; NaN is null."""
    numbers = {f"{name}_mean": course.means[k] for k, name in enumerate(PHASES)}
    numbers |= {
        "change": course.change,
        "se": course.se,
        "reliable_change": course.reliable_change,
    }
    return {
        "client_id": course.client,
        "therapist_id": course.therapist,
        "condition": course.condition,
        **{f"{name}_n": course.counts[k] for k, name in enumerate(PHASES)},
        **{name: float(v) if np.isfinite(v) else None for name, v in numbers.items()},
        "outcome": course.outcome,
        "reliable": course.reliable,
    }


def _top(rated: RatingMatrix, place: int) -> float | None:
    bounds = rated.bounds[place]
    return None if bounds is None else bounds[1]


def _signals(
    source: Any, features: Sequence[str] | None, rated: RatingMatrix, level: float
) -> tuple[dict[str, tuple[FloatArray, float, float | None]], list[str]]:
    """Return signals that vary, with the change that counts as a level of each, and notes."""
    every = signal_table(source, features=features)
    lines = every.left_out(rated.session_ids)
    beside = every.of(rated.session_ids)
    columns: dict[str, tuple[FloatArray, float, float | None]] = {}
    for place, name in enumerate(beside.names):
        values = beside.values[:, place]
        known = values[~np.isnan(values)]
        if known.size > 1 and np.ptp(known) > 0:
            columns[name] = values, level * float(known.std(ddof=1)), None
    return columns, lines


def _notes(made: dict[str, Courses], cuts: Sequence[int] | None, rated: RatingMatrix) -> list[str]:
    by = (
        "thirds of each course's sessions in order"
        if cuts is None
        else f"session numbers: early to {cuts[0]}, middle to {cuts[1]}, late after"
    )
    lines = [f"Early, middle and late are {by}."]
    for name, of in made.items():
        few = [course.client for course in of.courses if course.outcome == "too_few"]
        line = f"{name}: a level is {of.level:g}"
        if of.df:
            line += f", s2e {of.noise:.3f} ({of.df:,} df), reliable beyond {of.critical:.2f}"
        if few:
            more = f" and {len(few) - 10} more" if len(few) > 10 else ""
            line += f"; too few sessions: {', '.join(map(str, few[:10]))}{more}"
        if of.n_unnumbered:
            line += f"; {of.n_unnumbered:,} sessions have no number"
        lines.append(f"{line}.")
    lines += _units(made)
    unknown = sum(client is None for client in rated.clients)
    if unknown:
        lines.append(f"{unknown:,} rated sessions have no client_id and are left out.")
    lines.append(
        "by noise: the share expected if no client changed, from s2e, taken as normal and "
        "without the ends of the scale."
    )
    return lines


def _units(made: dict[str, Courses]) -> list[str]:
    """Return lines on what intervals take as independent, and warnings of too few of them."""
    lines = []
    units = {name: units_of(of) for name, of in made.items()}
    for kind in ("clients", "therapists"):
        of = {name: parts["all"][1] for name, parts in units.items() if parts["all"][0] == kind}
        if of:
            low, high = min(of.values()), max(of.values())
            n = f"{low}" if low == high else f"{low} to {high}"
            lines.append(f"Intervals of means take {kind} as independent, {n} of them (CR2).")
        few: dict[str, int] = {}
        for parts in units.values():
            for part, (what, n_units) in parts.items():
                if what == kind:
                    few[part] = min(n_units, few.get(part, n_units))
        lines += few_units(few, kind)
    return [*lines, "Intervals of shares take courses as independent (Wilson)."]


def _table(rows: Sequence[dict[str, Any]]) -> pa.Table:
    import pyarrow as pa

    strings = ("name", "client_id", "therapist_id", "condition", "outcome", "reliable", "part")
    names = list(rows[0]) if rows else ["name"]
    types = {name: pa.string() for name in (*strings, "figure", "phase")}
    types |= {name: pa.float64() for name in names if name.endswith("_mean")}
    types |= dict.fromkeys(
        ("change", "se", "reliable_change", "share", "low", "high", "by_noise", "mean"),
        pa.float64(),
    )
    return pa.table(
        {name: pa.array([row[name] for row in rows], type=types.get(name)) for name in names}
    )
