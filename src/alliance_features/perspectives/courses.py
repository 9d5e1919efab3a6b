"""How ratings and signals change over the courses of therapy of many clients."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

from .._checks import check_choice
from .._typing import FloatArray
from ..errors import ParameterError
from .phases import check_cuts, phases_of, rows_of

NOISES = ("trend", "mean")
IMPROVED, SMALL_GAIN, NO_GAIN, TOO_FEW = "improved", "small_gain", "no_gain", "too_few"
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """One quantity over the sessions of one client with one therapist.

    Attributes
    ----------
    client, therapist, condition : str or None
    counts : (int, int, int)
        Sessions in the early, middle and late phase.
    means : (float, float, float)
        Mean of each phase; NaN without sessions.
    change : float
        Late minus early; NaN where one of the two has no session.
    se : float
        ``sqrt(s2e (1 / m1 + 1 / m2))``, the spread of such a change by noise alone; NaN where
        unknown.
    outcome : {"improved", "small_gain", "no_gain", "too_few"}
        Rose by a level or more; rose by less; stayed or fell; no early or no late session.
    reliable : {"improved", "worse", "unclear"}
        Whether the change is larger than noise explains.
    """

    client: str | None
    therapist: str | None
    condition: str | None
    counts: tuple[int, int, int]
    means: tuple[float, float, float]
    change: float
    se: float
    outcome: str
    reliable: str

    @property
    def reliable_change(self) -> float:
        """Change in units of its standard error; infinite where the noise is 0."""
        if self.se > 0:
            return self.change / self.se
        return math.copysign(math.inf, self.change) if self.se == 0 and self.change else math.nan


@dataclass(frozen=True, slots=True, kw_only=True)
class Courses:
    """The courses of one quantity.

    Attributes
    ----------
    courses : list of Course
        In the order in which clients first appear, including those with too few sessions.
    level : float
        Change that counts as a level, in the unit of the quantity.
    noise : float
        s2e, the variance of single sessions within clients; NaN where no client has enough
        sessions.
    df : int
        Degrees of freedom of `noise`.
    critical : float
        Changes beyond it, in either direction, are reliable.
    highest : float or None
        Top of the scale.
    n_unnumbered : int
        Rated sessions that are left out since they have no session number.
    """

    courses: list[Course]
    level: float
    noise: float
    df: int
    critical: float
    highest: float | None
    n_unnumbered: int


def make_courses(
    values: FloatArray,
    clients: Sequence[str | None],
    therapists: Sequence[str | None],
    numbers: FloatArray,
    *,
    conditions: Sequence[str | None] | None = None,
    cuts: Sequence[int] | None = None,
    level: float = 1.0,
    noise: str = "trend",
    confidence: float = 0.95,
    highest: float | None = None,
) -> Courses:
    r"""Follow one quantity over the courses of therapy.

    Reliable change is ``change / sqrt(s2e (1/m1 + 1/m2))`` with m1 early and m2 late sessions, and
    s2e the variance of sessions within clients, pooled over clients.

    Parameters
    ----------
    values : ndarray of float64, shape (n,)
        A rating or a signal of each session; NaN where unknown.
    clients, therapists : sequence of (str or None), length n
        A client with two therapists has two courses.
    numbers : ndarray of float64, shape (n,)
        Session numbers, NaN where unknown.
    conditions : sequence of (str or None), length n, optional
    cuts : (int, int), optional
        Last early and last middle session number; by default thirds of each course.
    level : float, default=1.0
        A change of at least this size, in the unit of the values, is a level.
    noise : {"trend", "mean"}, default="trend"
        s2e about each client's own straight line over session numbers (so that a steady change
        does not count as noise; at least 3 sessions), or about the client's mean (which includes
        the change).
    confidence : float, default=0.95
        Confidence level of "reliable", 0..1, two-sided.
    highest : float, optional
        Top of the scale.

    Returns
    -------
    Courses

    Raises
    ------
    ParameterError, RaterError
        If an argument is malformed, or two sessions of a course have the same number.

    References
    ----------
    Jacobson & Truax 1991, doi:10.1037/0022-006X.59.1.12 (reliable change of single scores).

    Examples
    --------
    >>> made = make_courses(
    ...     np.array([2.0, 3.0, 3.5, 4.0, 4.0, 4.0]), list("aaabbb"), [None] * 6,
    ...     np.array([1.0, 2.0, 3.0] * 2))
    >>> [(course.change, course.outcome) for course in made.courses]
    [(1.5, 'improved'), (0.0, 'no_gain')]
    """
    check_choice("noise", noise, NOISES)
    pair = check_cuts(cuts)
    if not 0 < level < math.inf:
        raise ParameterError(f"`level` is {level}; it must be a change above 0.")
    if not 0 < confidence < 1:
        raise ParameterError(f"`confidence` is {confidence}; it must be in 0..1.")
    labels = list(zip(clients, therapists, strict=True))
    known = ~np.isnan(values) & np.array([client is not None for client in clients], dtype=np.bool_)
    phases = phases_of(labels, numbers, known, cuts=pair)
    s2e, df = noise_variance(values, labels, numbers, known, about=noise)
    tail = (1.0 + confidence) / 2.0
    critical = float(stats.t.ppf(tail, df)) if df > 0 else math.nan
    by = [None] * len(labels) if conditions is None else conditions
    courses = [
        _course(label, by[int(rows[0])], values[rows], phases[rows], level, s2e, critical)
        for label, rows in rows_of(labels, known).items()
    ]
    return Courses(
        courses=courses,
        level=level,
        noise=s2e,
        df=df,
        critical=critical,
        highest=highest,
        n_unnumbered=int((known & np.isnan(numbers)).sum()),
    )


def noise_variance(
    values: FloatArray,
    labels: Sequence[Any],
    numbers: FloatArray,
    known: np.ndarray,
    *,
    about: str = "trend",
) -> tuple[float, int]:
    """Return the pooled variance of sessions within courses and its degrees of freedom.

    NaN and 0 where no course has enough sessions: 3 for "trend", 2 for "mean".
    """
    squares, df = 0.0, 0
    for rows in rows_of(labels, known & ~np.isnan(numbers)).values():
        y, x = values[rows], numbers[rows]
        spare = rows.size - (2 if about == "trend" else 1)
        if spare < 1:
            continue
        off = y - y.mean()
        if about == "trend":
            time = x - x.mean()
            off = off - time * float(time @ off) / float(time @ time)
        squares, df = squares + float(off @ off), df + spare
    if df == 0:
        return math.nan, 0
    # Residuals of a perfect line are rounding errors.
    scale = float(np.nanmax(np.abs(values))) or 1.0
    return (squares / df if squares > 1e-24 * scale**2 * df else 0.0), df


def _course(
    label: tuple[str | None, str | None],
    condition: str | None,
    values: FloatArray,
    phases: np.ndarray,
    level: float,
    s2e: float,
    critical: float,
) -> Course:
    counts = tuple(int((phases == k).sum()) for k in range(3))
    means = tuple(float(values[phases == k].mean()) if counts[k] else math.nan for k in range(3))
    whole = counts[0] > 0 and counts[2] > 0
    change = means[2] - means[0] if whole else math.nan
    se = math.sqrt(s2e * (1.0 / counts[0] + 1.0 / counts[2])) if whole else math.nan
    return Course(
        client=label[0],
        therapist=label[1],
        condition=condition,
        counts=(counts[0], counts[1], counts[2]),
        means=(means[0], means[1], means[2]),
        change=change,
        se=se,
        outcome=_outcome(change, level),
        reliable=_reliable(change, se * critical),
    )


def _outcome(change: float, level: float) -> str:
    if math.isnan(change):
        return TOO_FEW
    if change >= level - _ROUNDING:
        return IMPROVED
    return SMALL_GAIN if change > _ROUNDING else NO_GAIN


def _reliable(change: float, reach: float) -> str:
    if change > reach + _ROUNDING:
        return "improved"
    return "worse" if change < -reach - _ROUNDING else "unclear"


def by_condition(quantity: Courses) -> Mapping[str, list[Course]]:
    """Return all courses, and those of each condition if there are several."""
    conditions = sorted({c.condition for c in quantity.courses if c.condition is not None})
    parts = {"all": quantity.courses}
    if len(conditions) > 1:
        for name in conditions:
            parts[f"condition:{name}"] = [c for c in quantity.courses if c.condition == name]
    return parts
