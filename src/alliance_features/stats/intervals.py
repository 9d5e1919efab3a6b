"""Intervals that need no resampling, and `Interval`, the form of every interval."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import stats

from .._checks import check_count
from ..errors import ParameterError
from .arrays import as_codes, as_floats, check_share

_NAN = float("nan")


@dataclass(frozen=True)
class Interval:
    """An estimate with its interval.

    Parameters
    ----------
    estimate : float
        The figure itself, in its own unit; NaN where it is undefined.
    low, high : float
        Ends of the interval; NaN where it is undefined.
    se : float
        Standard error on the scale of the estimate; NaN where the method has none.
    df : float
        Degrees of freedom of the t distribution; NaN where the method uses none.
    method : str
        How the interval was made.
    p : float
        Two-sided p of "the true value is 0"; NaN where none was asked for.
    n_undefined : int
        Resamples in which the figure was undefined; they are left out.
    """

    estimate: float
    low: float
    high: float
    se: float
    df: float
    method: str
    p: float = _NAN
    n_undefined: int = 0


def undefined(method: str, estimate: float = _NAN) -> Interval:
    """Return an interval whose ends are NaN."""
    return Interval(estimate, _NAN, _NAN, _NAN, _NAN, method)


def t_interval(estimate: float, se: float, df: float, level: float, method: str) -> Interval:
    """Return estimate -/+ t se, with the p of a true value of 0."""
    if not (df > 0 and math.isfinite(se) and math.isfinite(estimate)):
        return undefined(method, estimate)
    reach = float(stats.t.ppf((1.0 + level) / 2.0, df)) * se
    t = abs(estimate) / se if se > 0 else math.inf if estimate != 0 else 0.0
    p = float(2.0 * stats.t.sf(t, df))
    return Interval(estimate, estimate - reach, estimate + reach, se, df, method, p)


def corrected_t(values: npt.ArrayLike, *, test_share: float, level: float = 0.95) -> Interval:
    r"""Interval of the mean of a figure over folds that share training data.

    .. math:: \bar v \pm t_{J-1} \sqrt{(1/J + n_{test} / n_{train})\, s^2}

    The plain variance of the mean, without the second term, is too small: folds train on the
    same sessions.

    Parameters
    ----------
    values : array-like of float, shape (J,)
        The figure of each fold (of each repeat). One NaN makes the interval NaN: a fold without
        a figure is not left out.
    test_share : float
        Share of the sessions that a fold tests, 0..1: 1/5 for five folds.
    level : float, default=0.95
        Confidence level, 0..1.

    Returns
    -------
    Interval
        With J - 1 degrees of freedom; NaN with fewer than 2 values.

    Raises
    ------
    ParameterError
        If a share is outside (0, 1) or a value is infinite.

    References
    ----------
    Nadeau & Bengio 2003, doi:10.1023/A:1024068626366.

    Examples
    --------
    >>> interval = corrected_t([0.1, 0.2, 0.3, 0.2, 0.2], test_share=0.2)
    >>> round(interval.estimate, 3), round(interval.low, 3), round(interval.high, 3)
    (0.2, 0.068, 0.332)
    """
    folds = as_floats("values", values)
    share, level = check_share("test_share", test_share), check_share("level", level)
    method = "corrected_t"
    if folds.size < 2 or np.isnan(folds).any():
        return undefined(method, float(folds.mean()) if folds.size else _NAN)
    spread = float(folds.var(ddof=1)) if np.ptp(folds) > 0 else 0.0
    se = math.sqrt((1.0 / folds.size + share / (1.0 - share)) * spread)
    return t_interval(float(folds.mean()), se, folds.size - 1, level, method)


def fisher(r: float, n: int, *, level: float = 0.95) -> Interval:
    """Interval of a Pearson correlation of independent sessions (a reference, not for clusters).

    Parameters
    ----------
    r : float
        Correlation, -1..1.
    n : int
        Number of pairs.
    level : float, default=0.95
        Confidence level, 0..1.

    Returns
    -------
    Interval
        By Fisher's z, with the p of z; NaN with fewer than 4 pairs, or where abs(r) is 1.

    Raises
    ------
    ParameterError
        If `r` is outside -1..1.

    Examples
    --------
    >>> interval = fisher(0.5, 30)
    >>> round(interval.low, 3), round(interval.high, 3)
    (0.17, 0.729)
    """
    n, level = check_count("n", n), check_share("level", level)
    check_correlation("r", r)
    if n < 4 or not abs(r) < 1:
        return undefined("fisher", float(r))
    z, se = math.atanh(r), 1.0 / math.sqrt(n - 3)
    reach = float(stats.norm.ppf((1.0 + level) / 2.0)) * se
    p = float(2.0 * stats.norm.sf(abs(z) / se))
    return Interval(
        float(r), math.tanh(z - reach), math.tanh(z + reach), (1.0 - r * r) * se, _NAN, "fisher", p
    )


def check_correlation(name: str, r: float) -> float:
    """Return a number in -1..1, or NaN."""
    if isinstance(r, bool) or not isinstance(r, (int, float, np.floating)):
        raise ParameterError(f"`{name}` is {type(r).__name__}; it must be a correlation.")
    if abs(r) > 1:
        raise ParameterError(f"`{name}` is {r}; a correlation lies in -1..1.")
    return float(r)


def t_of_cluster_means(
    values: npt.ArrayLike, clusters: Iterable[Any], *, level: float = 0.95
) -> Interval:
    """Interval of the mean of cluster means, which keeps its level with few clusters.

    Parameters
    ----------
    values : array-like of float, shape (n,)
        One number per session, such as the difference of two raters' squared errors; NaN is left
        out.
    clusters : iterable of hashable, length n
        Client of each session: the highest level that repeats (client, or therapist).
    level : float, default=0.95
        Confidence level, 0..1.

    Returns
    -------
    Interval
        Of the mean in which each cluster counts once, with n_clusters - 1 degrees of freedom;
        NaN with fewer than 2 clusters.

    Examples
    --------
    >>> interval = t_of_cluster_means([1, 3, 4, 6], ["a", "a", "b", "c"])
    >>> interval.estimate, interval.df
    (4.0, 2)
    """
    array, level = as_floats("values", values), check_share("level", level)
    codes = as_codes("clusters", clusters, array.size)
    known = ~np.isnan(array)
    array, codes = array[known], codes[known]
    means = np.array([array[codes == code].mean() for code in np.unique(codes)])
    method = "t_of_cluster_means"
    if means.size < 2:
        return undefined(method, float(means.mean()) if means.size else _NAN)
    se = float(means.std(ddof=1)) / math.sqrt(means.size)
    return t_interval(float(means.mean()), se, means.size - 1, level, method)
