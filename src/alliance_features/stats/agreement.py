"""Agreement of raters: Krippendorff's alpha, bias and limits of agreement."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import stats

from .._checks import check_choice
from .._typing import FloatArray
from .arrays import as_codes, as_floats, as_pair, check_share, mean_ranks
from .intervals import Interval, t_interval, undefined


def krippendorff_alpha(ratings: npt.ArrayLike, *, scale: str = "interval") -> float:
    """Krippendorff's alpha, at most 1: 0 is chance, below 0 systematic disagreement.

    Parameters
    ----------
    ratings : array-like of float, shape (n_sessions, n_raters)
        NaN where a rater did not rate; a session with fewer than 2 ratings is left out.
        Nominal categories are given as numbers.
    scale : {"nominal", "ordinal", "interval"}, default="interval"
        How two ratings differ: whether they are unequal, how many ratings lie between them, or
        their difference.

    Returns
    -------
    float
        NaN without two ratings of one session, or where all ratings are equal.

    References
    ----------
    Krippendorff 2011, Computing Krippendorff's alpha-reliability,
    https://repository.upenn.edu/asc_papers/43.

    Examples
    --------
    >>> nan = float("nan")
    >>> round(krippendorff_alpha([[1, 1], [2, 3], [3, 3], [3, nan]]), 3)
    0.828
    """
    check_choice("scale", scale, ("nominal", "ordinal", "interval"))
    array = as_floats("ratings", ratings, dims=(2,))
    known = ~np.isnan(array)
    known &= known.sum(axis=1)[:, None] >= 2
    values, units = array[known], np.nonzero(known)[0]
    if values.size == 0 or np.ptp(values) == 0:
        return math.nan
    if scale == "nominal":
        codes = np.unique(values, return_inverse=True)[1]
        apart = [_unequal_pairs(codes[units == unit]) for unit in np.unique(units)]
        everywhere = _unequal_pairs(codes)
    else:
        # The ordinal metric is the difference of mean ranks.
        values = mean_ranks(values) if scale == "ordinal" else values
        apart = [_squared_pairs(values[units == unit]) for unit in np.unique(units)]
        everywhere = _squared_pairs(values)
    sizes = np.unique(units, return_counts=True)[1]
    observed = float((np.array(apart) / (sizes - 1)).sum())
    return 1.0 - (values.size - 1) * observed / everywhere


def _unequal_pairs(codes: npt.NDArray[np.intp]) -> float:
    """Return the number of ordered pairs of unequal categories."""
    return float(codes.size**2 - (np.bincount(codes) ** 2).sum())


def _squared_pairs(values: FloatArray) -> float:
    """Return the sum of squared differences over ordered pairs."""
    return float(2.0 * values.size * ((values - values.mean()) ** 2).sum())


@dataclass(frozen=True)
class LimitsOfAgreement:
    """Mean difference of two raters, and the limits within which differences lie.

    Parameters
    ----------
    bias : Interval
        Mean difference, first minus second, in points of the scale.
    low, high : Interval
        Limits that contain the stated share of differences if they are normal.
    sd : float
        Standard deviation of the differences (of sessions of different clients), in points.
    n : int
        Number of sessions that both rated.
    """

    bias: Interval
    low: Interval
    high: Interval
    sd: float
    n: int


def limits_of_agreement(
    x: npt.ArrayLike,
    y: npt.ArrayLike,
    *,
    clusters: Iterable[Any] | None = None,
    share: float = 0.95,
    level: float = 0.95,
) -> LimitsOfAgreement:
    """Bland and Altman's bias and limits of agreement of two raters.

    Parameters
    ----------
    x, y : array-like of float, shape (n,)
        Ratings of the same sessions on the same scale. Rows with NaN in either are left out.
    clusters : iterable of hashable, length n, optional
        Client of each session. With it the spread is the sum of the variances within and between
        clients, and intervals come from leaving out a client at a time.
    share : float, default=0.95
        Share of differences within the limits, 0..1.
    level : float, default=0.95
        Confidence level of the intervals, 0..1.

    Returns
    -------
    LimitsOfAgreement
        NaN with fewer than 2 sessions (clients, with `clusters`).

    References
    ----------
    Bland & Altman 1986, doi:10.1016/S0140-6736(86)90837-8; Bland & Altman 2007,
    doi:10.1080/10543400701329422 (several measurements per person).

    Examples
    --------
    >>> limits = limits_of_agreement([1, 2, 3, 4], [1, 1, 4, 2])
    >>> limits.bias.estimate, round(limits.low.estimate, 3), round(limits.high.estimate, 3)
    (0.5, -2.03, 3.03)
    """
    share, level = check_share("share", share), check_share("level", level)
    first, second = as_pair(("x", "y"), x, y, known=False)
    rows = ~(np.isnan(first) | np.isnan(second))
    difference = (first - second)[rows]
    reach = float(stats.norm.ppf((1.0 + share) / 2.0))
    if clusters is not None:
        codes = as_codes("clusters", clusters, first.size)[rows]
        return _of_clusters(difference, codes, reach, level)
    n = difference.size
    mean = float(difference.mean()) if n else math.nan
    if n < 2:
        none = undefined("bland_altman")
        return LimitsOfAgreement(undefined("bland_altman", mean), none, none, math.nan, n)
    sd = float(difference.std(ddof=1))
    # Variance of a limit, to first order: that of the mean and of the standard deviation.
    far = sd * math.sqrt(1.0 / n + reach**2 / (2.0 * (n - 1)))
    return LimitsOfAgreement(
        t_interval(mean, sd / math.sqrt(n), n - 1, level, "bland_altman"),
        t_interval(mean - reach * sd, far, n - 1, level, "bland_altman"),
        t_interval(mean + reach * sd, far, n - 1, level, "bland_altman"),
        sd,
        n,
    )


def _of_clusters(
    difference: FloatArray, codes: npt.NDArray[np.int64], reach: float, level: float
) -> LimitsOfAgreement:
    labels = np.unique(codes)
    mean, sd = _mean_and_spread(difference, codes)
    figures = np.array([mean, mean - reach * sd, mean + reach * sd])
    method, k = "jackknife_t", labels.size
    without = np.full((k, 3), math.nan)
    for row, label in enumerate(labels):
        m, s = _mean_and_spread(difference[codes != label], codes[codes != label])
        without[row] = m, m - reach * s, m + reach * s
    out = []
    for column, figure in enumerate(figures):
        off = without[:, column] - without[:, column].mean() if k else np.empty(0)
        se = math.sqrt((k - 1) / k * float((off**2).sum())) if k > 1 else math.nan
        out.append(t_interval(float(figure), se, k - 1, level, method))
    return LimitsOfAgreement(out[0], out[1], out[2], sd, difference.size)


def _mean_and_spread(values: FloatArray, codes: npt.NDArray[np.int64]) -> tuple[float, float]:
    """Return the mean and the standard deviation by components of a one-way analysis."""
    n = values.size
    sizes = np.unique(codes, return_counts=True)[1].astype(np.float64)
    k = sizes.size
    if k < 2:
        return float(values.mean()) if n else math.nan, math.nan
    if n == k:
        return float(values.mean()), float(values.std(ddof=1))
    place = np.unique(codes, return_inverse=True)[1]
    means = np.bincount(place, weights=values) / sizes
    within = float(((values - means[place]) ** 2).sum()) / (n - k)
    between = float((sizes * (means - values.mean()) ** 2).sum()) / (k - 1)
    usual = (n - float((sizes**2).sum()) / n) / (k - 1)
    return float(values.mean()), math.sqrt(within + max((between - within) / usual, 0.0))
