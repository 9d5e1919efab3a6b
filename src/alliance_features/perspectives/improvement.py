"""Shares of courses of therapy whose ratings improved, beside what noise alone would bring."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy import stats

from ..stats.few_clusters import cr2
from .courses import IMPROVED, NO_GAIN, SMALL_GAIN, TOO_FEW, Course, Courses, by_condition
from .phases import PHASES

#: Shares: name -> definition.
SHARES = {
    "improved": "rose by a level or more from the early to the late phase",
    "small_gain": "rose by less than a level",
    "no_gain": "stayed or fell",
    "reliably_improved": "rose by more than noise explains",
    "reliably_worse": "fell by more than noise explains",
    "level_forbidden": "cannot rise by a level, since the early mean is too close to the top",
    "reliable_forbidden": "cannot rise reliably, for the same reason",
    "improved_of_possible": "improved, among those that the top of the scale did not forbid",
    "too_few": "of all courses, those without an early or a late session",
}


def share_rows(quantity: Courses, *, confidence: float = 0.95) -> list[dict[str, Any]]:
    """Return one row per part and share.

    Returns
    -------
    list of dict
        part, figure, count, n (the denominator), share, low, high (Wilson, courses taken as
        independent), by_noise: the share expected if no client changed and noise is normal, null
        where it does not apply.
    """
    rows = []
    for part, courses in by_condition(quantity).items():
        whole = [course for course in courses if course.outcome != TOO_FEW]
        for figure, count, n, by_noise in _counts(quantity, courses, whole, confidence):
            low, high = _wilson(count, n, confidence)
            rows.append(
                {
                    "part": part,
                    "figure": figure,
                    "count": count,
                    "n": n,
                    "share": count / n if n else None,
                    "low": low,
                    "high": high,
                    "by_noise": by_noise,
                }
            )
    return rows


def _counts(
    quantity: Courses, courses: Sequence[Course], whole: Sequence[Course], confidence: float
) -> list[tuple[str, int, int, float | None]]:
    n = len(whole)
    noise = _by_noise(quantity, whole)
    tail = (1.0 - confidence) / 2.0 if noise else None
    rows: list[tuple[str, int, int, float | None]] = [
        (name, sum(course.outcome == name for course in whole), n, noise.get(name))
        for name in (IMPROVED, SMALL_GAIN, NO_GAIN)
    ]
    if not math.isnan(quantity.noise):
        rows += [
            (f"reliably_{name}", sum(course.reliable == name for course in whole), n, tail)
            for name in ("improved", "worse")
        ]
    if quantity.highest is not None:
        room = [quantity.highest - course.means[0] for course in whole]
        shut = [space < quantity.level - 1e-9 for space in room]
        rows.append(("level_forbidden", sum(shut), n, None))
        if not math.isnan(quantity.noise):
            reach = [quantity.critical * course.se for course in whole]
            none = sum(space <= far + 1e-9 for space, far in zip(room, reach, strict=True))
            rows.append(("reliable_forbidden", none, n, None))
        free = [course for course, no in zip(whole, shut, strict=True) if not no]
        improved = sum(course.outcome == IMPROVED for course in free)
        rows.append(("improved_of_possible", improved, len(free), None))
    return [*rows, (TOO_FEW, len(courses) - n, len(courses), None)]


def _by_noise(quantity: Courses, whole: Sequence[Course]) -> dict[str, float]:
    """Return the mean over courses of the probability of each outcome if nothing changed."""
    if math.isnan(quantity.noise) or quantity.noise == 0 or not whole:
        return {}
    above = float(np.mean([stats.norm.sf(quantity.level / course.se) for course in whole]))
    return {IMPROVED: above, SMALL_GAIN: 0.5 - above, NO_GAIN: 0.5}


def _wilson(count: int, n: int, confidence: float) -> tuple[float | None, float | None]:
    if n == 0:
        return None, None
    interval = stats.binomtest(count, n).proportion_ci(confidence, method="wilson")
    return float(interval.low), float(interval.high)


def units_of(quantity: Courses) -> dict[str, tuple[str, int]]:
    """Return for each part what intervals of means take as independent, and how many of them.

    Therapists, if all are known and some have several clients; else clients.
    """
    units = {}
    for part, courses in by_condition(quantity).items():
        kind, labels = _clusters([course for course in courses if course.outcome != TOO_FEW])
        units[part] = kind, len(set(labels))
    return units


def phase_rows(quantity: Courses, *, confidence: float = 0.95) -> list[dict[str, Any]]:
    """Return the mean of each phase and of the change, over courses with early and late sessions.

    Every course counts once. Intervals are robust to courses of one therapist being alike, if
    therapists are known (CR2).
    """
    rows = []
    for part, courses in by_condition(quantity).items():
        whole = [course for course in courses if course.outcome != TOO_FEW]
        clusters = _clusters(whole)[1]
        columns = {name: [c.means[k] for c in whole] for k, name in enumerate(PHASES)}
        columns["change"] = [course.change for course in whole]
        for name, values in columns.items():
            kept = [place for place, value in enumerate(values) if not math.isnan(value)]
            of = [clusters[place] for place in kept]
            interval = cr2([values[place] for place in kept], of, level=confidence)[0]
            mean = float(np.mean([values[place] for place in kept])) if kept else math.nan
            cells = {"mean": mean, "low": interval.low, "high": interval.high}
            rows.append(
                {
                    "part": part,
                    "phase": name,
                    **{key: None if math.isnan(v) else v for key, v in cells.items()},
                    "n": len(kept),
                }
            )
    return rows


def _clusters(courses: Sequence[Course]) -> tuple[str, list[Any]]:
    therapists = [course.therapist for course in courses]
    if None in therapists or len(set(therapists)) == len({course.client for course in courses}):
        return "clients", [course.client for course in courses]
    return "therapists", therapists
