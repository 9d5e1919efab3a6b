"""How the series of therapist and client diverge: pure functions of one number per turn."""

from __future__ import annotations

import math

import numpy as np

from ..._typing import BoolArray, FloatArray
from .trends import outer_thirds, positions, weighted_slope

#: Pairs of neighbouring turns that a correlation needs.
MIN_PAIRS = 8
THIRDS = ("first_third", "middle_third", "last_third")
_NOISE = 1e-20


def _known(values: FloatArray, turns: BoolArray) -> FloatArray:
    return values[turns & ~np.isnan(values)]


def speaker_mean(values: FloatArray, turns: BoolArray) -> float:
    """Return the mean over the turns of one speaker, turns counting equally; NaN without one."""
    known = _known(values, turns)
    return float(known.mean()) if known.size else math.nan


def gap(values: FloatArray, therapist: BoolArray) -> float:
    """Return the therapist's mean less the client's.

    Parameters
    ----------
    values : float64, shape (n_turns,)
        A score a merged turn; NaN where there is none.
    therapist : bool, shape (n_turns,)
        Which turns are the therapist's; the others are the client's.

    Examples
    --------
    >>> gap(np.array([1.0, 3.0, 2.0, 5.0]), np.array([True, False, True, False]))
    -2.5
    """
    return speaker_mean(values, therapist) - speaker_mean(values, ~therapist)


def gap_se(values: FloatArray, therapist: BoolArray) -> float:
    """Return the standard error of `gap` for independent turns; NaN below 2 turns of each."""
    sides = [_known(values, turns) for turns in (therapist, ~therapist)]
    if min(side.size for side in sides) < 2:
        return math.nan
    return math.sqrt(sum(float(side.var(ddof=1)) / side.size for side in sides))


def gap_squared(values: FloatArray, therapist: BoolArray) -> float:
    """Return gap^2 - SE^2: its expectation is 0 where independent turns have no gap."""
    return gap(values, therapist) ** 2 - gap_se(values, therapist) ** 2


def gap_slope(values: FloatArray, therapist: BoolArray) -> float:
    """Return the slope of the therapist minus that of the client; NaN below 3 turns of either."""
    x = positions(values.size)
    slopes = [
        weighted_slope(x[turns], values[turns], np.ones(int(turns.sum())))
        for turns in (therapist, ~therapist)
    ]
    return slopes[0] - slopes[1]


def gap_of_thirds(values: FloatArray, therapist: BoolArray) -> tuple[float, float, float]:
    """Return the gap in each third of the merged turns; NaN where a speaker has no score."""
    first, last = outer_thirds(values.size)
    middle = ~(first | last)
    means = [
        speaker_mean(values, third & therapist) - speaker_mean(values, third & ~therapist)
        for third in (first, middle, last)
    ]
    return means[0], means[1], means[2]


def neighbours(
    values: FloatArray, therapist: BoolArray, responder: str | None = None
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the scores of therapist and client in neighbouring turns, and where the reply is.

    Parameters
    ----------
    values, therapist
        As in `gap`; merged turns alternate.
    responder : {"therapist", "client"}, optional
        Whose turn is the later one; None: either.

    Returns
    -------
    therapist, client, position : float64, shape (n_pairs,)
        Pairs in which both have a score; position of the reply from 0 to 1.
    """
    before, after = values[:-1], values[1:]
    answers = therapist[1:]
    kept = ~(np.isnan(before) | np.isnan(after))
    if responder is not None:
        kept &= answers if responder == "therapist" else ~answers
    own = np.where(answers, after, before)[kept]
    other = np.where(answers, before, after)[kept]
    return own, other, positions(values.size)[1:][kept]


def aligned_gap(values: FloatArray, therapist: BoolArray, responder: str) -> float:
    """Return the mean of therapist minus client over pairs of a turn and its reply."""
    own, other, _ = neighbours(values, therapist, responder)
    return float((own - other).mean()) if own.size else math.nan


def aligned_r(values: FloatArray, therapist: BoolArray, responder: str) -> float:
    """Return Pearson's r over pairs of a turn and its reply; NaN below `MIN_PAIRS` or constant."""
    own, other, _ = neighbours(values, therapist, responder)
    if own.size < MIN_PAIRS:
        return math.nan
    squares = []
    for side in (own, other):
        apart = side - side.mean()
        square = float((apart**2).sum())
        if square <= _NOISE * float((side**2).sum()):
            return math.nan
        squares.append((apart, math.sqrt(square)))
    (a, length_a), (b, length_b) = squares
    return float(np.clip((a * b).sum() / (length_a * length_b), -1.0, 1.0))


def distance_slope(values: FloatArray, therapist: BoolArray) -> float:
    """Return the slope over the session of the squared difference of neighbouring turns.

    Negative: the two come closer, whichever of them moves.
    """
    own, other, position = neighbours(values, therapist)
    return weighted_slope(position, (own - other) ** 2, np.ones(own.size))


def divergence(values: FloatArray, therapist: BoolArray) -> dict[str, float]:
    """Return every measure of one subscale, by name.

    Parameters
    ----------
    values, therapist
        As in `gap`.

    Returns
    -------
    dict of str to float
        client, therapist (means), gap, gap_se, gap_sq, gap__slope, gap__first_third ..
        gap__last_third, gap__responder_client, gap__responder_therapist, r__responder_client,
        r__responder_therapist, distance_sq__slope; NaN where undefined.
    """
    out = {
        "client": speaker_mean(values, ~therapist),
        "therapist": speaker_mean(values, therapist),
        "gap": gap(values, therapist),
        "gap_se": gap_se(values, therapist),
        "gap_sq": gap_squared(values, therapist),
        "gap__slope": gap_slope(values, therapist),
    }
    for name, value in zip(THIRDS, gap_of_thirds(values, therapist), strict=True):
        out[f"gap__{name}"] = value
    for responder in ("client", "therapist"):
        out[f"gap__responder_{responder}"] = aligned_gap(values, therapist, responder)
        out[f"r__responder_{responder}"] = aligned_r(values, therapist, responder)
    out["distance_sq__slope"] = distance_slope(values, therapist)
    return out
