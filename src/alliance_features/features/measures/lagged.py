"""Windowed lagged cross-correlation of what the two do turn by turn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ..._typing import BoolArray, FloatArray, IntArray
from ...kernels.sums import logarithms

#: Turns of the leader in a window, and from one window to the next.
WINDOW, STEP = 10, 5
#: Lags in replies: the follower's first, second, third turn after the leader's.
MAX_LAG = 3
#: Pairs of turns that a correlation needs, and windows that a session needs.
MIN_PAIRS, MIN_WINDOWS = 8, 2
# A sum of squares below this share of its terms is rounding.
_NOISE = 1e-20


@dataclass(frozen=True, slots=True, eq=False)
class Lagged:
    """Correlations of one series, by window.

    Attributes
    ----------
    therapist, client : ndarray of float64, shape (MAX_LAG, n_windows)
        Pearson correlation of this speaker's turns with the other's 1st, 2nd, 3rd turn after
        them, in windows of this speaker's turns; NaN where it is undefined.
    """

    therapist: FloatArray
    client: FloatArray

    def of(self, leader: str) -> FloatArray:
        """Return the correlations of the windows of one leader."""
        return self.therapist if leader == "therapist" else self.client


def turn_series(words: IntArray, first_person: IntArray) -> dict[str, FloatArray]:
    """Return the series by name: log length of a turn, and its share of first-person words."""
    n = words.astype(np.float64)
    share = np.divide(first_person, n, out=np.full(n.shape, np.nan), where=n > 0)
    return {"words": logarithms(1.0 + n), "first_person": share}


def windowed(x: FloatArray) -> FloatArray:
    """Return the full windows of the last axis, one before it; none if it is shorter than one."""
    if x.shape[-1] < WINDOW:
        return np.empty((*x.shape[:-1], 0, WINDOW))
    return np.lib.stride_tricks.sliding_window_view(x, WINDOW, axis=-1)[..., ::STEP, :]


def correlations(x: FloatArray, y: FloatArray) -> FloatArray:
    """Return Pearson's r along the last axis over the pairs known in both.

    Parameters
    ----------
    x, y : ndarray of float64, shape (..., n_pairs)

    Returns
    -------
    ndarray of float64, shape (...)
        -1 to 1; NaN below `MIN_PAIRS` pairs or where one of the two does not vary.

    Examples
    --------
    >>> correlations(np.arange(8.0), np.array([0.0, 2, 4, 6, 8, 10, 12, 14]))
    array(1.)
    """
    known = ~(np.isnan(x) | np.isnan(y))
    n = known.sum(axis=-1)
    sides = []
    for values in (x, y):
        values = np.where(known, values, 0.0)
        mean = values.sum(axis=-1) / np.maximum(n, 1)
        apart = np.where(known, values - mean[..., None], 0.0)
        square = (apart**2).sum(axis=-1)
        varies = square > _NOISE * (values**2).sum(axis=-1)
        sides.append((apart, np.where(varies, square, np.nan)))
    (dx, xx), (dy, yy) = sides
    r = np.clip((dx * dy).sum(axis=-1) / (np.sqrt(xx) * np.sqrt(yy)), -1.0, 1.0)
    return np.asarray(np.where(n >= MIN_PAIRS, r, np.nan))


def lagged_correlations(series: FloatArray, leads: BoolArray) -> FloatArray:
    """Return the correlation of a leader's turns with the replies after them, by window.

    Parameters
    ----------
    series : ndarray of float64, shape (..., n_turns)
        A number a merged turn, NaN where there is none; the speakers alternate.
    leads : ndarray of bool, shape (n_turns,)
        Which turns are the leader's.

    Returns
    -------
    ndarray of float64, shape (..., MAX_LAG, n_windows)
        For lag h, the leader's turns of a window against the follower's h-th turn after each;
        a turn without such a reply, or without a value, makes no pair.
    """
    turns = np.flatnonzero(leads)
    room = np.full((*series.shape[:-1], 2 * MAX_LAG), np.nan)
    padded = np.concatenate([series, room], axis=-1)
    leader = windowed(series[..., turns])
    lags = [
        correlations(leader, windowed(padded[..., turns + 2 * lag - 1]))
        for lag in range(1, MAX_LAG + 1)
    ]
    return np.stack(lags, axis=-2)


def all_lagged(series: Mapping[str, FloatArray], therapist: BoolArray) -> dict[str, Lagged]:
    """Return the correlations of every series in both directions."""
    stacked = np.stack(list(series.values()))
    leading = lagged_correlations(stacked, therapist)
    following = lagged_correlations(stacked, ~therapist)
    return {
        name: Lagged(therapist=leading[place], client=following[place])
        for place, name in enumerate(series)
    }


def mean_lead(lagged: Lagged, leader: str) -> float:
    """Return the mean over windows of r at lag 1, NaN below `MIN_WINDOWS` windows."""
    r = lagged.of(leader)[0]
    known = r[~np.isnan(r)]
    return float(known.mean()) if known.size >= MIN_WINDOWS else float("nan")


def peaks(lagged: Lagged) -> tuple[FloatArray, FloatArray]:
    """Return the largest absolute correlation of each window, and the lag where it stands.

    Windows are paired by number: the n-th of the therapist's turns and the n-th of the client's.
    A lag is positive where the therapist leads, negative where the client does; of equals, the
    shortest lag counts, and of equally short ones the therapist's. Windows without all six
    correlations are left out.
    """
    n = min(lagged.therapist.shape[1], lagged.client.shape[1])
    rows, lags = [], []
    for lag in range(1, MAX_LAG + 1):
        rows += [lagged.therapist[lag - 1, :n], lagged.client[lag - 1, :n]]
        lags += [lag, -lag]
    heights = np.abs(np.stack(rows))
    heights = heights[:, ~np.isnan(heights).any(axis=0)]
    places = heights.argmax(axis=0) if heights.size else np.empty(0, np.int64)
    return heights.max(axis=0, initial=0.0), np.array(lags, dtype=np.float64)[places]


def mean_peak(lagged: Lagged, which: int) -> float:
    """Return the mean over windows of the peaks (0) or their lags (1), NaN below `MIN_WINDOWS`."""
    values = peaks(lagged)[which]
    return float(values.mean()) if values.size >= MIN_WINDOWS else float("nan")
