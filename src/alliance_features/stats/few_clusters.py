"""Intervals that hold with few clusters, where a cluster bootstrap is too short.

`t_of_cluster_means`, `wild_bootstrap_t` and `cr2` are for means of sessions (such as the difference
of two raters' squared errors) and regressions; `jackknife_t` for any figure of `resample.METRICS`
and for the difference of two raters.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from .._checks import check_count
from .._typing import FloatArray
from ..errors import ParameterError
from .arrays import as_codes, as_floats, check_same_length, check_share
from .intervals import Interval, t_interval, t_of_cluster_means, undefined
from .resample import check_metrics, draw_clusters, figures
from .wild import wild_bootstrap_t

__all__ = ["cr2", "jackknife_t", "recommended", "t_of_cluster_means", "wild_bootstrap_t"]

#: Below this number of clusters intervals of a cluster bootstrap are too short.
ENOUGH_CLUSTERS = 30
#: For differences of two raters: at 30 their bootstrap still rejects 8 % at a level of 5 %, at 82
#: it keeps that level (docs/evidence.md).
ENOUGH_FOR_DIFFERENCES = 50
_BOUNDED = ("pearson", "spearman", "concordance")


def recommended(n_clusters: int) -> str:
    """Return the method for intervals of a figure with this number of clusters.

    Parameters
    ----------
    n_clusters : int
        Number of clusters of the highest level that repeats, at least 0.

    Returns
    -------
    str
        "bootstrap" from `ENOUGH_CLUSTERS` on, "jackknife_t" below, "none" with fewer than 2. For
        the difference of two raters the border is `ENOUGH_FOR_DIFFERENCES`.

    Examples
    --------
    >>> recommended(82), recommended(12), recommended(1)
    ('bootstrap', 'jackknife_t', 'none')
    """
    n = check_count("n_clusters", n_clusters, least=0)
    if n < 2:
        return "none"
    return "bootstrap" if n >= ENOUGH_CLUSTERS else "jackknife_t"


def jackknife_t(
    y: npt.ArrayLike,
    p: npt.ArrayLike,
    clusters: Iterable[Any],
    *,
    metric: str = "pearson",
    other: npt.ArrayLike | None = None,
    level: float = 0.95,
) -> Interval:
    """Interval from leaving out one cluster at a time, with n_clusters - 1 degrees of freedom.

    Parameters
    ----------
    y, p : array-like of float, shape (n,)
        Ratings and predictions. Rows with NaN in either are left out.
    clusters : iterable of hashable, length n
        Client of each session.
    metric : str, default="pearson"
        One of the metrics of `cluster_bootstrap`. A correlation's interval is made on Fisher's z.
    other : array-like of float, shape (n,), optional
        Predictions of a second rater: the interval is that of the difference, `p` minus `other`,
        on rows where both are known, and on the plain scale.
    level : float, default=0.95
        Confidence level, 0..1.

    Returns
    -------
    Interval
        With the p of the hypothesis that the true value is 0. NaN with fewer than 2 clusters, or
        where the figure is undefined without one of them.

    References
    ----------
    Efron & Stein 1981, doi:10.1214/aos/1176345462; MacKinnon, Nielsen & Webb 2023,
    doi:10.1016/j.jeconom.2022.04.001 (the jackknife and few clusters).

    Examples
    --------
    >>> y, p = [1, 2, 3, 4, 5, 6], [1, 3, 2, 4, 6, 5]
    >>> interval = jackknife_t(y, p, ["a", "a", "b", "b", "c", "c"], metric="mae")
    >>> round(interval.estimate, 4), round(interval.low, 3), round(interval.high, 3), interval.df
    (0.6667, -0.05, 1.384, 2)
    """
    level = check_share("level", level)
    names = check_metrics([metric])
    columns = [as_floats("y", y), as_floats("p", p)]
    if other is not None:
        columns.append(as_floats("other", other))
    for name, column in zip(("p", "other"), columns[1:], strict=False):
        check_same_length(name, column.size, "y", columns[0].size)
    codes = as_codes("clusters", clusters, columns[0].size)
    rows = ~np.isnan(np.stack(columns)).any(axis=0)
    ratings, raters = columns[0][rows], np.stack([c[rows] for c in columns[1:]], axis=1)
    resamples = draw_clusters(ratings.size, codes[rows], None, 1, 0)
    z = other is None and metric in _BOUNDED

    def figure(which: Any) -> FloatArray:
        values = figures(ratings, raters, which, names)[metric]
        with np.errstate(divide="ignore"):
            return np.arctanh(values[:, 0]) if z else values[:, 0] - values[:, 1:].sum(axis=1)

    estimate = float(figure(resamples.whole())[0])
    k = resamples.n_clusters
    without = figure(resamples.leave_one_out()[0])
    shown = math.tanh(estimate) if z else estimate
    if k < 2 or not np.isfinite(without).all() or not math.isfinite(estimate):
        return undefined("jackknife_t", shown)
    se = math.sqrt((k - 1) / k * float(((without - without.mean()) ** 2).sum()))
    interval = t_interval(estimate, se, k - 1, level, "jackknife_t")
    if not z:
        return interval
    ends = math.tanh(interval.low), math.tanh(interval.high)
    return Interval(shown, *ends, (1.0 - shown**2) * se, k - 1, "jackknife_t", interval.p)


def cr2(
    y: npt.ArrayLike,
    clusters: Iterable[Any],
    *,
    design: npt.ArrayLike | None = None,
    level: float = 0.95,
) -> list[Interval]:
    """Least-squares coefficients with bias-reduced cluster-robust errors (CR2).

    Bell and McCaffrey's correction under a working model of independence, with Satterthwaite's
    degrees of freedom.

    Parameters
    ----------
    y : array-like of float, shape (n,)
        Outcome; no NaN.
    clusters : iterable of hashable, length n
        Client of each session.
    design : array-like of float, shape (n, k), optional
        Regressors, the intercept among them; no NaN. Default: an intercept alone, so that the
        coefficient is the mean of sessions.
    level : float, default=0.95
        Confidence level, 0..1.

    Returns
    -------
    list of Interval
        One per column; NaN with fewer than 2 clusters or linearly dependent columns.

    Raises
    ------
    ParameterError
        If a value is NaN or infinite, or lengths differ.

    References
    ----------
    Bell & McCaffrey 2002, Survey Methodology 28:169-181; Pustejovsky & Tipton 2018,
    doi:10.1080/07350015.2016.1247004.

    Examples
    --------
    >>> interval = cr2([1, 3, 4, 4, 5, 9], ["a", "a", "b", "b", "c", "c"])[0]
    >>> round(interval.estimate, 4), round(interval.se, 4), round(interval.df, 4)
    (4.3333, 1.453, 2.0)
    """
    outcome, level = as_floats("y", y), check_share("level", level)
    n = outcome.size
    x = np.ones((n, 1)) if design is None else as_floats("design", design, dims=(2,))
    check_same_length("design", x.shape[0], "y", n)
    if np.isnan(outcome).any() or np.isnan(x).any():
        raise ParameterError("`y` or `design` holds NaN; leave such rows out of both.")
    codes = as_codes("clusters", clusters, n)
    groups = [np.flatnonzero(codes == code) for code in range(int(codes.max(initial=-1)) + 1)]
    if len(groups) < 2 or np.linalg.matrix_rank(x) < x.shape[1]:
        return [undefined("cr2") for _ in range(x.shape[1])]
    bread = np.linalg.inv(x.T @ x)
    beta = bread @ x.T @ outcome
    residual = outcome - x @ beta
    # Row g of each: what cluster g gives to each coefficient.
    adjusted = [_adjustment(x[rows] @ bread @ x[rows].T) @ x[rows] @ bread for rows in groups]
    scores = np.stack([u.T @ residual[rows] for u, rows in zip(adjusted, groups, strict=True)])
    out = []
    for k in range(x.shape[1]):
        inner = np.stack([x[r].T @ u[:, k] for u, r in zip(adjusted, groups, strict=True)])
        cross = np.diag([float(u[:, k] @ u[:, k]) for u in adjusted]) - inner @ bread @ inner.T
        squares = float((cross**2).sum())
        df = float(np.trace(cross)) ** 2 / squares if squares > 0 else math.nan
        se = math.sqrt(float((scores[:, k] ** 2).sum()))
        out.append(t_interval(float(beta[k]), se, df, level, "cr2"))
    return out


def _adjustment(hat: FloatArray) -> FloatArray:
    """Return the symmetric inverse root of I - hat, 0 along directions that the fit uses up."""
    values, vectors = np.linalg.eigh(np.eye(hat.shape[0]) - hat)
    roots = np.array([v**-0.5 if v > 1e-10 else 0.0 for v in values])
    return np.asarray((vectors * roots) @ vectors.T)
