"""How well predictions match ratings: correlation, agreement, error, the rare low ratings.

Everywhere a row with NaN in either array is left out, and infinity raises. Ratings come first,
predictions second. Every figure is NaN where it is undefined.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from .._typing import FloatArray
from ..errors import ParameterError
from .arrays import as_codes, as_floats, as_pair, check_same_length, correlation, mean_ranks

__all__ = [
    "LowAlliance",
    "bias",
    "calibration",
    "centre_within",
    "concordance",
    "low_alliance",
    "mae",
    "mse",
    "pearson",
    "r2_against",
    "spearman",
    "straight_liners",
    "tercile_errors",
    "within_between",
]

_NAN = float("nan")


def within_between(
    x: npt.ArrayLike, y: npt.ArrayLike, clusters: Iterable[Any]
) -> tuple[float, float]:
    """Correlation within clusters (clients) and between them, each -1..1.

    Within: of values minus their cluster's mean, the repeated-measures correlation of Bakdash and
    Marusich. Between: of the means of clusters, each cluster counted once.

    Parameters
    ----------
    x, y : array-like of float, shape (n,)
        Rows with NaN in either are left out.
    clusters : iterable of hashable, length n
        Client of each row.

    Returns
    -------
    r_within, r_between : float
        NaN where one of the two does not vary within any cluster, or between them.

    References
    ----------
    Bakdash & Marusich 2017, doi:10.3389/fpsyg.2017.00456.

    Examples
    --------
    >>> within_between([1, 2, 5, 6], [2, 1, 6, 5], ["a", "a", "b", "b"])
    (-1.0, 1.0)
    """
    a, b = as_pair(("x", "y"), x, y, known=False)
    codes = as_codes("clusters", clusters, a.size)
    rows = ~(np.isnan(a) | np.isnan(b))
    a, b, codes = a[rows], b[rows], codes[rows]
    if a.size == 0:
        return _NAN, _NAN
    a_in, b_in = centre_within(a, codes), centre_within(b, codes)
    groups = np.unique(codes)
    means = [np.array([v[codes == g].mean() for g in groups]) for v in (a, b)]
    return correlation(a_in, b_in), correlation(*means)


def centre_within(values: npt.ArrayLike, groups: Iterable[Any]) -> FloatArray:
    """Return values minus the mean of their group (a client, a fold); NaN stays NaN.

    Parameters
    ----------
    values : array-like of float, shape (n,)
        NaN is left out of the means.
    groups : iterable of hashable, length n
        The group of each row.

    Returns
    -------
    ndarray of float64, shape (n,)
        Exactly 0 in a group whose values are all equal.

    Examples
    --------
    >>> centre_within([1, 3, 7], ["a", "a", "b"]).tolist()
    [-1.0, 1.0, 0.0]
    """
    array = as_floats("values", values)
    codes = as_codes("groups", groups, array.size)
    out = np.full(array.size, _NAN)
    for code in np.unique(codes):
        rows = (codes == code) & ~np.isnan(array)
        if rows.any():
            here = array[rows]
            out[rows] = here - here.mean() if np.ptp(here) > 0 else 0.0
    return out


_NAN = float("nan")


@dataclass(frozen=True)
class LowAlliance:
    """How well low predictions find sessions of low alliance.

    Parameters
    ----------
    base_rate : float
        Share of sessions that are low, 0..1: the value that chance gives for both figures below.
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
    """Measure how well the lowest predictions find the sessions rated low.

    Parameters
    ----------
    y, p : array-like of float, shape (n,)
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
    >>> low = low_alliance([1, 2, 4, 5], [2, 4, 3, 5], threshold=2)
    >>> low.n_low, low.recall_at_base_rate, round(low.average_precision, 4)
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
    n_found = n_hits[step] - hits[step] + hits[step] * (n_low - before) / flagged[step]
    return LowAlliance(
        base_rate=n_low / a.size,
        average_precision=float((precision * hits).sum() / n_low),
        recall_at_base_rate=float(n_found / n_low),
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
    """Count completed questionnaires on which every answered item has the same value.

    Parameters
    ----------
    items : array-like of float, shape (n, n_items)
        Answers as given, before reversed items are turned round; NaN is unanswered.

    Returns
    -------
    int
        Questionnaires with at least 2 answers and only one value among them.

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


def pearson(x: npt.ArrayLike, y: npt.ArrayLike) -> float:
    """Pearson correlation, -1..1.

    Parameters
    ----------
    x, y : array-like of float, shape (n,)
        Rows with NaN in either are left out.

    Returns
    -------
    float
        NaN with fewer than 2 rows or where one array is constant.

    Raises
    ------
    ParameterError
        If lengths differ or a value is infinite.

    Examples
    --------
    >>> round(pearson([1, 2, 3, 4], [1, 3, 2, 4]), 6)
    0.8
    """
    return correlation(*as_pair(("x", "y"), x, y))


def spearman(x: npt.ArrayLike, y: npt.ArrayLike) -> float:
    """Spearman rank correlation, -1..1; ties share their mean rank.

    Parameters
    ----------
    x, y : array-like of float, shape (n,)
        As in `pearson`.

    Returns
    -------
    float
        NaN with fewer than 2 rows or where one array is constant.

    Examples
    --------
    >>> spearman([1, 2, 3, 4], [1, 20, 300, 4000])
    1.0
    """
    a, b = as_pair(("x", "y"), x, y)
    return correlation(mean_ranks(a), mean_ranks(b))


def concordance(x: npt.ArrayLike, y: npt.ArrayLike) -> float:
    """Lin's concordance correlation, -1..1: agreement in value, not only in order.

    ``2 s_xy / (s_x^2 + s_y^2 + (mean_x - mean_y)^2)`` with moments over n.

    Parameters
    ----------
    x, y : array-like of float, shape (n,)
        On the same scale. Rows with NaN in either are left out.

    Returns
    -------
    float
        0 where one array is constant; NaN without rows, or where both hold the same single value.

    References
    ----------
    Lin 1989, doi:10.2307/2532051.

    Examples
    --------
    >>> round(concordance([1, 2, 3], [2, 3, 4]), 6)
    0.571429
    """
    a, b = as_pair(("x", "y"), x, y)
    if a.size == 0:
        return _NAN
    a_off, b_off = a - a.mean(), b - b.mean()
    total = a_off @ a_off + b_off @ b_off + a.size * (a.mean() - b.mean()) ** 2
    return float(2.0 * (a_off @ b_off) / total) if total > 0 else _NAN


def mse(y: npt.ArrayLike, p: npt.ArrayLike) -> float:
    """Mean squared error in squared points of the scale, >= 0; NaN without rows.

    Parameters
    ----------
    y, p : array-like of float, shape (n,)
        Ratings and predictions. Rows with NaN in either are left out.

    Examples
    --------
    >>> mse([1, 2], [1, 4])
    2.0
    """
    return _mean(_errors(y, p) ** 2)


def mae(y: npt.ArrayLike, p: npt.ArrayLike) -> float:
    """Mean absolute error in points of the scale, >= 0; NaN without rows.

    Parameters
    ----------
    y, p : array-like of float, shape (n,)
        As in `mse`.

    Examples
    --------
    >>> mae([1, 2], [1, 4])
    1.0
    """
    return _mean(np.abs(_errors(y, p)))


def bias(y: npt.ArrayLike, p: npt.ArrayLike) -> float:
    """Mean of prediction minus rating in points of the scale; NaN without rows.

    Parameters
    ----------
    y, p : array-like of float, shape (n,)
        As in `mse`.

    Examples
    --------
    >>> bias([1, 2], [1, 4])
    1.0
    """
    return _mean(_errors(y, p))


def r2_against(y: npt.ArrayLike, p: npt.ArrayLike, reference: npt.ArrayLike) -> float:
    """Share by which predictions reduce the squared error of a reference, at most 1.

    ``1 - MSE(y, p) / MSE(y, reference)``. With the mean of the training ratings of each row's
    fold as the reference, a constant reaches 0, and a negative value is worse than a constant.

    Parameters
    ----------
    y, p, reference : array-like of float, shape (n,)
        Ratings, predictions, and the prediction to beat on each row; a row with NaN in any of
        them is left out.

    Returns
    -------
    float
        NaN without rows, or where the reference has no error.

    Examples
    --------
    >>> r2_against([1, 2, 3], [1, 2, 2], [2, 2, 2])
    0.5
    """
    a, b = as_pair(("y", "p"), y, p, known=False)
    c = as_floats("reference", reference)
    check_same_length("reference", c.size, "y", a.size)
    rows = ~(np.isnan(a) | np.isnan(b) | np.isnan(c))
    beaten = mse(a[rows], c[rows])
    return 1.0 - mse(a[rows], b[rows]) / beaten if beaten > 0 else _NAN


def calibration(y: npt.ArrayLike, p: npt.ArrayLike) -> tuple[float, float]:
    """Slope and intercept of ratings regressed on predictions; (1, 0) is calibrated.

    A slope below 1 says that predictions are spread too widely.

    Parameters
    ----------
    y, p : array-like of float, shape (n,)
        As in `mse`.

    Returns
    -------
    slope, intercept : float
        Unitless, and in points of the scale; NaN with fewer than 2 rows or constant predictions.

    Examples
    --------
    >>> calibration([1, 2, 3], [1, 3, 5])
    (0.5, 0.5)
    """
    a, b = as_pair(("y", "p"), y, p)
    if a.size < 2 or np.ptp(b) == 0:
        return _NAN, _NAN
    off = b - b.mean()
    slope = float(off @ (a - a.mean()) / (off @ off))
    return slope, float(a.mean() - slope * b.mean())


def _errors(y: npt.ArrayLike, p: npt.ArrayLike) -> FloatArray:
    """Return predictions minus ratings where both are known."""
    a, b = as_pair(("y", "p"), y, p)
    return b - a


def _mean(values: FloatArray) -> float:
    return float(values.mean()) if values.size else _NAN
