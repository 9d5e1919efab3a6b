"""How well predictions match ratings: correlation, agreement, error.

Everywhere a row with NaN in either array is left out, and infinity raises. Ratings come first,
predictions second. Every figure is NaN where it is undefined.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .._typing import FloatArray
from .arrays import as_floats, as_pair, check_same_length, correlation, mean_ranks
from .clustered import centre_within, within_between
from .skewed import LowAlliance, low_alliance, straight_liners, tercile_errors

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
    x, y
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
        0 where one array is constant; NaN without rows, or where both hold one same value.

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
    y, p
        As in `mse`.

    Examples
    --------
    >>> mae([1, 2], [1, 4])
    1.0
    """
    return _mean(np.abs(_errors(y, p)))


def bias(y: npt.ArrayLike, p: npt.ArrayLike) -> float:
    """Mean of prediction less rating in points of the scale; NaN without rows.

    Parameters
    ----------
    y, p
        As in `mse`.

    Examples
    --------
    >>> bias([1, 2], [1, 4])
    1.0
    """
    return _mean(_errors(y, p))


def r2_against(y: npt.ArrayLike, p: npt.ArrayLike, reference: npt.ArrayLike) -> float:
    """Share of the squared error of a reference that predictions take away, at most 1.

    ``1 - MSE(y, p) / MSE(y, reference)``. With the mean of the training ratings of each row's
    fold as the reference, 0 is what a constant reaches and a negative value is worse than one.

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
    y, p
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
    """Return predictions less ratings where both are known."""
    a, b = as_pair(("y", "p"), y, p)
    return b - a


def _mean(values: FloatArray) -> float:
    return float(values.mean()) if values.size else _NAN
