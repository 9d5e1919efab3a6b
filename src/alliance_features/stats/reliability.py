"""Internal consistency of items: alpha, omega, and omega within and between clients."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import stats

from ..errors import ParameterError
from .arrays import as_codes, as_complete_rows, as_floats, check_share
from .factor import OneFactor, one_factor, one_factor_of_covariance
from .intervals import Interval, undefined


@dataclass(frozen=True)
class TwoLevelOmega:
    """Omega of the differences within clients and of those between them.

    Parameters
    ----------
    within : float
        Reliability of a client's change from session to session, 0..1.
    between : float
        Reliability of differences between clients' true means, 0..1.
    icc : float
        Share of the variance of the sum of items that lies between clients, at most 1.
    """

    within: float
    between: float
    icc: float


def cronbach_alpha(items: npt.ArrayLike, *, level: float = 0.95) -> Interval:
    """Cronbach's alpha, at most 1, with Feldt's interval for independent sessions.

    Parameters
    ----------
    items : array-like of float, shape (n, n_items)
        Answers, reversed items turned round; rows with NaN are left out.
    level : float, default=0.95
        Confidence level, 0..1.

    Returns
    -------
    Interval
        NaN with fewer than 2 items or rows, or where the sum of items is constant.

    References
    ----------
    Cronbach 1951, doi:10.1007/BF02310555; Feldt 1965, doi:10.1007/BF02289499.

    Examples
    --------
    >>> alpha = cronbach_alpha([[1, 2], [2, 2], [3, 4], [4, 3]])
    >>> round(alpha.estimate, 4)
    0.7843
    """
    array, level = as_complete_rows("items", items), check_share("level", level)
    n, k = array.shape
    if n < 2 or k < 2 or np.ptp(array.sum(axis=1)) == 0:
        return undefined("feldt")
    total = float(array.sum(axis=1).var(ddof=1))
    alpha = k / (k - 1) * (1.0 - float(array.var(axis=0, ddof=1).sum()) / total)
    rows, cells, tail = n - 1, (n - 1) * (k - 1), (1.0 + level) / 2.0
    low = 1.0 - (1.0 - alpha) * float(stats.f.ppf(tail, rows, cells))
    high = 1.0 - (1.0 - alpha) / float(stats.f.ppf(tail, cells, rows))
    return Interval(alpha, low, high, math.nan, math.nan, "feldt")


def omega_total(items: npt.ArrayLike) -> float:
    """McDonald's omega of the sum of items under one factor, 0..1.

    ``(sum of loadings)^2 / ((sum of loadings)^2 + sum of uniquenesses)``. Items are taken as
    continuous. One factor is a model: check its fit with `one_factor` before using the number.

    Parameters
    ----------
    items : array-like of float, shape (n, n_items)
        As in `cronbach_alpha`.

    Returns
    -------
    float
        NaN where `one_factor` is.

    References
    ----------
    McDonald 1999, Test Theory, doi:10.4324/9781410601087.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> items = rng.normal(size=(2000, 1)) + rng.normal(size=(2000, 4))
    >>> round(omega_total(items), 2)  # 4^2 / (4^2 + 4) = .8
    0.8
    """
    return _omega(one_factor(items))


def two_level_omega(items: npt.ArrayLike, clusters: Iterable[Any]) -> TwoLevelOmega:
    """Omega within and between clients, from the two covariance matrices.

    Within: the pooled covariance about clients' means. Between: that of clients' means minus the
    share of the variation within that remains in them (Muthen's moments). One factor at each level.

    Parameters
    ----------
    items : array-like of float, shape (n, n_items)
        As in `cronbach_alpha`.
    clusters : iterable of hashable, length n
        Client of each row.

    Returns
    -------
    TwoLevelOmega
        NaN at a level whose matrix is not positive definite, as between few clients, or with
        fewer than 3 items.

    References
    ----------
    Geldhof, Preacher & Zyphur 2014, doi:10.1037/a0032138; Muthen 1994,
    doi:10.1177/0049124194022003006.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> client = np.repeat(np.arange(300), 5)
    >>> level = 2 * rng.normal(size=(300, 1)) + rng.normal(size=(300, 4))
    >>> items = level[client] + rng.normal(size=(1500, 1)) + rng.normal(size=(1500, 4))
    >>> omega = two_level_omega(items, client)  # 4^2 / (4^2 + 4) and 8^2 / (8^2 + 4)
    >>> round(omega.within, 1), round(omega.between, 1)
    (0.8, 0.9)
    """
    array = as_floats("items", items, dims=(2,))
    codes = as_codes("clusters", clusters, array.shape[0])
    rows = ~np.isnan(array).any(axis=1)
    array, codes = array[rows], np.unique(codes[rows], return_inverse=True)[1]
    n, k = array.shape
    sizes = np.bincount(codes).astype(np.float64)
    if sizes.size < 2 or n <= sizes.size or k < 3:
        return TwoLevelOmega(math.nan, math.nan, math.nan)
    means = np.stack([np.bincount(codes, weights=column) / sizes for column in array.T], axis=1)
    own = array - means[codes]
    within = own.T @ own / (n - sizes.size)
    off = means - array.mean(axis=0)
    usual = (n - float((sizes**2).sum()) / n) / (sizes.size - 1)  # sessions per client, harmonised
    between = ((off.T * sizes) @ off / (sizes.size - 1) - within) / usual
    total = float(between.sum() + within.sum())
    return TwoLevelOmega(
        within=_omega(one_factor_of_covariance(within, n)),
        between=_omega(one_factor_of_covariance(between, sizes.size)),
        icc=float(between.sum()) / total if total > 0 else math.nan,
    )


def attenuation_ceiling(reliability_x: float, reliability_y: float) -> float:
    """Correlation that two measures would reach if their true scores were identical, 0..1.

    ``sqrt(r_xx r_yy)``: a reference value for r, not a bound: errors that both share raise r above
    it.

    Parameters
    ----------
    reliability_x, reliability_y : float
        At most 1.

    Returns
    -------
    float
        NaN where a reliability is negative or NaN.

    Raises
    ------
    ParameterError
        If a reliability is above 1.

    Examples
    --------
    >>> round(attenuation_ceiling(0.9, 0.4), 6)
    0.6
    """
    for name, value in (("reliability_x", reliability_x), ("reliability_y", reliability_y)):
        if value > 1:
            raise ParameterError(f"`{name}` is {value}; a reliability is at most 1.")
    if not (reliability_x >= 0 and reliability_y >= 0):
        return math.nan
    return math.sqrt(reliability_x * reliability_y)


def _omega(model: OneFactor) -> float:
    common = float(model.loadings.sum()) ** 2
    return common / (common + float(model.uniquenesses.sum()))
