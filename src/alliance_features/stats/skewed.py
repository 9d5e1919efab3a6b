"""What a mean error hides in skewed ratings: errors by third, low alliance, straight lines."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .._typing import FloatArray
from ..errors import ParameterError
from .arrays import as_floats, as_pair, mean_ranks

_NAN = float("nan")


@dataclass(frozen=True)
class LowAlliance:
    """How well low predictions find sessions of low alliance.

    Parameters
    ----------
    base_rate : float
        Share of sessions that are low, 0..1: what chance reaches in both figures below.
    average_precision : float
        Area under the precision-recall steps, 0..1; NaN if no session is low.
    recall_at_base_rate : float
        Share of low sessions among as many lowest predictions as there are low sessions, 0..1
        (equal to the precision there); ties at the border count by their expectation.
    n_low : int
        Number of low sessions.
    """

    base_rate: float
    average_precision: float
    recall_at_base_rate: float
    n_low: int


def tercile_errors(y: npt.ArrayLike, p: npt.ArrayLike) -> FloatArray:
    """Mean absolute error among the low, middle and high third of ratings.

    Thirds are by mid-rank: equal ratings stay together, in the third that holds the middle of
    them, so that thirds of skewed ratings differ in size.

    Parameters
    ----------
    y, p : array-like of float, shape (n,)
        Ratings and predictions. Rows with NaN in either are left out.

    Returns
    -------
    ndarray of float64, shape (3,)
        In points of the scale; NaN for a third that is empty.

    Examples
    --------
    >>> tercile_errors([1, 2, 3, 4, 5, 6], [2, 3, 3, 4, 8, 9]).tolist()
    [1.0, 0.0, 3.0]
    """
    a, b = as_pair(("y", "p"), y, p)
    doubled = 3.0 * (2.0 * mean_ranks(a) - 1.0) if a.size else a
    third = np.where(doubled < 2 * a.size, 0, np.where(doubled > 4 * a.size, 2, 1))
    errors = np.abs(b - a)
    return np.array([errors[third == k].mean() if (third == k).any() else _NAN for k in range(3)])


def low_alliance(
    y: npt.ArrayLike, p: npt.ArrayLike, *, threshold: float | str = "decile"
) -> LowAlliance:
    """Tell how well the lowest predictions find the sessions rated low.

    Parameters
    ----------
    y, p
        As in `tercile_errors`.
    threshold : float or "decile", default="decile"
        Ratings at or below it are low, in points of the scale; "decile" is the lowest decile of
        the ratings given.

    Returns
    -------
    LowAlliance
        All NaN, and 0 low sessions, without rows.

    Raises
    ------
    ParameterError
        If `threshold` is neither a finite number nor "decile".

    Examples
    --------
    >>> found = low_alliance([1, 2, 4, 5], [2, 4, 3, 5], threshold=2)
    >>> found.n_low, found.recall_at_base_rate, round(found.average_precision, 4)
    (2, 0.5, 0.8333)
    """
    a, b = as_pair(("y", "p"), y, p)
    cut = _threshold(threshold, a)
    if a.size == 0:
        return LowAlliance(_NAN, _NAN, _NAN, 0)
    low = a <= cut
    n_low = int(low.sum())
    if n_low == 0:
        return LowAlliance(0.0, _NAN, _NAN, 0)
    # Equal predictions are one step.
    _, codes, flagged = np.unique(b, return_inverse=True, return_counts=True)
    hits = np.bincount(codes[low], minlength=flagged.size)
    n_flagged, n_hits = np.cumsum(flagged), np.cumsum(hits)
    precision = n_hits / n_flagged
    step = int(np.searchsorted(n_flagged, n_low))  # the step in which the n_low-th lies
    before = n_flagged[step] - flagged[step]
    found = n_hits[step] - hits[step] + hits[step] * (n_low - before) / flagged[step]
    return LowAlliance(
        base_rate=n_low / a.size,
        average_precision=float((precision * hits).sum() / n_low),
        recall_at_base_rate=float(found / n_low),
        n_low=n_low,
    )


def _threshold(threshold: float | str, ratings: FloatArray) -> float:
    if threshold == "decile":
        return float(np.quantile(ratings, 0.1)) if ratings.size else _NAN
    number = isinstance(threshold, (int, float, np.integer, np.floating))
    if isinstance(threshold, (bool, str)) or not number or not np.isfinite(threshold):
        raise ParameterError('`threshold` must be a finite number of the scale, or "decile".')
    return float(threshold)


def straight_liners(items: npt.ArrayLike) -> int:
    """Count raters' forms on which every answered item has the same value.

    Parameters
    ----------
    items : array-like of float, shape (n, n_items)
        Answers as given, before reversed items are turned round; NaN is unanswered.

    Returns
    -------
    int
        Forms with at least 2 answers and only one value among them.

    Examples
    --------
    >>> straight_liners([[5, 5, 5], [5, 4, 5], [3, float("nan"), 3]])
    2
    """
    array = as_floats("items", items, dims=(2,))
    known = ~np.isnan(array)
    low = np.where(known, array, np.inf).min(axis=1, initial=np.inf)
    high = np.where(known, array, -np.inf).max(axis=1, initial=-np.inf)
    return int(((known.sum(axis=1) >= 2) & (low == high)).sum())
