"""Cluster bootstrap: intervals of figures, and of the difference of two raters.

Clusters (clients) are drawn with replacement, with all their sessions. The
predictions are fixed: an interval is conditional on the models that made them, and does not show
how they would vary with other training sessions. With few clusters intervals are too short:
`few_clusters` says below how many, and what to use then.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from .._checks import check_choice
from .._typing import FloatArray
from .arrays import as_floats, check_same_length, check_share
from .intervals import Interval
from .quantiles import METHODS, interval_of_draws, p_of_zero
from .resample import Resamples, check_metrics, draw_clusters, figures


def cluster_bootstrap(
    y: npt.ArrayLike,
    p: npt.ArrayLike,
    clusters: Iterable[Any],
    *,
    metrics: Sequence[str] = ("pearson",),
    draws: int = 2000,
    seed: int = 0,
    level: float = 0.95,
    method: str = "percentile",
    second: Iterable[Any] | None = None,
) -> dict[str, Interval]:
    """Intervals of the figures of one rater by resampling clusters.

    Parameters
    ----------
    y, p : array-like of float, shape (n,)
        Ratings and predictions of sessions. Rows with NaN in either are left out.
    clusters : iterable of hashable, length n
        Client (or therapist) of each session: the highest level that repeats.
    metrics : sequence of str, default=("pearson",)
        Any of "pearson", "spearman", "concordance", "mse", "mae", "bias", "calibration_slope",
        as defined in `metrics`.
    draws : int, default=2000
        Number of resamples, at least 1.
    seed : int, default=0
        At least 0. The same seed gives the same interval, whatever the number of threads.
    level : float, default=0.95
        Confidence level, 0..1.
    method : {"percentile", "bca"}, default="percentile"
        Quantiles of the resamples, or those corrected for bias and skewness, the latter by
        leaving out a cluster at a time.
    second : iterable of hashable, length n, optional
        Clusters of a second kind that cross the first (therapists): the two are drawn
        independently and a session counts as often as the product of both. It errs on the side of
        long intervals.

    Returns
    -------
    dict of str to Interval
        NaN ends with fewer than 2 clusters, or where every resample is undefined.

    Raises
    ------
    ParameterError
        If lengths differ, a name is unknown, a label is missing or a value infinite.

    References
    ----------
    Field & Welsh 2007, doi:10.1111/j.1467-9868.2007.00593.x; Efron 1987,
    doi:10.1080/01621459.1987.10478410; Owen 2007, doi:10.1214/07-AOAS122.

    Examples
    --------
    >>> y, p = [1, 2, 3, 4, 5, 6], [1, 3, 2, 4, 6, 5]
    >>> interval = cluster_bootstrap(y, p, ["a", "a", "b", "b", "c", "c"], draws=200)["pearson"]
    >>> round(interval.estimate, 4), interval.low <= interval.estimate <= interval.high
    (0.8857, True)
    """
    return {
        name: intervals[0]
        for name, intervals in bootstrap_raters(
            y,
            as_floats("p", p)[:, None],
            clusters,
            metrics=metrics,
            draws=draws,
            seed=seed,
            level=level,
            method=method,
            second=second,
        ).items()
    }


def bootstrap_raters(
    y: npt.ArrayLike,
    p: npt.ArrayLike,
    clusters: Iterable[Any],
    *,
    metrics: Sequence[str] = ("pearson",),
    draws: int = 2000,
    seed: int = 0,
    level: float = 0.95,
    method: str = "percentile",
    second: Iterable[Any] | None = None,
) -> dict[str, list[Interval]]:
    """Intervals of several raters from the same resamples, as `cluster_bootstrap` of each.

    Parameters
    ----------
    y : array-like of float, shape (n,)
        Ratings.
    p : array-like of float, shape (n, n_raters)
        Predictions, one column per rater. A row with NaN is left out for that rater only.
    clusters, metrics, draws, seed, level, method, second
        As in `cluster_bootstrap`.

    Returns
    -------
    dict of str to list of Interval
        For each metric one interval per rater, in the order of the columns.

    Examples
    --------
    >>> p = [[1, 2], [3, 1], [2, 4], [4, 3]]
    >>> clusters = ["a", "a", "b", "b"]
    >>> intervals = bootstrap_raters([1, 2, 3, 4], p, clusters, metrics=["mse"], draws=9)
    >>> [interval.estimate for interval in intervals["mse"]]
    [0.5, 1.0]
    """
    ratings, raters = as_floats("y", y), as_floats("p", p, dims=(2,))
    check_same_length("p", raters.shape[0], "y", ratings.size)
    names, level = check_metrics(metrics), check_share("level", level)
    check_choice("method", method, METHODS)
    resamples = draw_clusters(ratings.size, clusters, second, draws, seed)
    at, drawn = (figures(ratings, raters, r, names) for r in (resamples.whole(), resamples))
    jackknife = [
        figures(ratings, raters, r, names) if method == "bca" else {}
        for r in resamples.leave_one_out()
    ]
    return {
        name: [
            interval_of_draws(
                float(at[name][0, k]),
                drawn[name][:, k],
                [way[name][:, k] for way in jackknife if way],
                level,
                method,
                resamples,
            )
            for k in range(raters.shape[1])
        ]
        for name in names
    }


def paired_difference(
    y: npt.ArrayLike,
    p: npt.ArrayLike,
    q: npt.ArrayLike,
    clusters: Iterable[Any],
    *,
    metric: str = "pearson",
    draws: int = 2000,
    seed: int = 0,
    level: float = 0.95,
    method: str = "percentile",
    second: Iterable[Any] | None = None,
) -> Interval:
    """Interval of the figure of rater `p` minus that of rater `q` on the same sessions.

    Parameters
    ----------
    y, p, q : array-like of float, shape (n,)
        Ratings and the predictions of two raters. A row with NaN in any of the three is left out,
        so that both raters are compared on the same sessions.
    metric : str, default="pearson"
        One of the metrics of `cluster_bootstrap`.
    clusters, draws, seed, level, method, second
        As in `cluster_bootstrap`.

    Returns
    -------
    Interval
        With the two-sided bootstrap p of "no difference", the level at which the interval would
        end at 0, between 2 / (draws + 1) and 1; NaN where the interval is.

    Examples
    --------
    >>> y, p, q = [1, 2, 3, 4, 5, 6], [1, 2, 3, 4, 6, 5], [2, 1, 4, 3, 6, 5]
    >>> clusters = ["a", "a", "b", "b", "c", "c"]
    >>> difference = paired_difference(y, p, q, clusters, metric="mse", draws=200)
    >>> round(difference.estimate, 4), difference.p <= 1
    (-0.6667, True)
    """
    ratings, first_rater, second_rater = as_floats("y", y), as_floats("p", p), as_floats("q", q)
    check_same_length("p", first_rater.size, "y", ratings.size)
    check_same_length("q", second_rater.size, "y", ratings.size)
    names, level = check_metrics([metric]), check_share("level", level)
    check_choice("method", method, METHODS)
    rows = ~(np.isnan(ratings) | np.isnan(first_rater) | np.isnan(second_rater))
    labels = _kept("clusters", clusters, rows)
    others = None if second is None else _kept("second", second, rows)
    ratings, raters = ratings[rows], np.stack([first_rater[rows], second_rater[rows]], axis=1)
    resamples = draw_clusters(ratings.size, labels, others, draws, seed)

    def differences(which: Resamples) -> FloatArray:
        values = figures(ratings, raters, which, names)[metric]
        return np.asarray(values[:, 0] - values[:, 1])

    jackknife = [differences(r) for r in resamples.leave_one_out() if method == "bca"]
    estimate, drawn = float(differences(resamples.whole())[0]), differences(resamples)
    interval = interval_of_draws(estimate, drawn, jackknife, level, method, resamples)
    if np.isnan(interval.low):
        return interval
    return replace(interval, p=p_of_zero(estimate, drawn[~np.isnan(drawn)], jackknife))


def _kept(name: str, labels: Iterable[Any], rows: npt.NDArray[np.bool_]) -> list[Any]:
    listed = labels.tolist() if isinstance(labels, np.ndarray) else list(labels)
    check_same_length(name, len(listed), "y", rows.size)
    return [label for label, row in zip(listed, rows, strict=True) if row]
