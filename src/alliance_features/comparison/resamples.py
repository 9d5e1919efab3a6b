"""Figures and differences of many raters from the same resamples of clients."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from .._typing import FloatArray
from ..stats.bootstrap import cluster_bootstrap, paired_difference
from ..stats.few_clusters import ENOUGH_FOR_DIFFERENCES, jackknife_t
from ..stats.intervals import Interval
from ..stats.quantiles import interval_of_draws, p_of_zero
from ..stats.resample import Resamples, draw_clusters, figures

#: Below this number of clusters raters are compared by a jackknife.
ENOUGH = ENOUGH_FOR_DIFFERENCES


def is_few(clusters: Sequence[str]) -> bool:
    """Say whether there are too few clusters for a bootstrap."""
    return len(set(clusters)) < ENOUGH


@dataclass(frozen=True, slots=True)
class Resampling:
    """How intervals of pooled figures are made.

    Attributes
    ----------
    draws, seed : int
    level : float
    """

    draws: int
    seed: int
    level: float


class Resampled:
    """Intervals of raters of the same sessions, all from one set of resamples.

    From 50 clusters on by percentiles of a cluster bootstrap; below, leaving out one cluster at
    a time with t quantiles, since the bootstrap is too short there.

    Parameters
    ----------
    y : ndarray of float64, shape (n,)
        Ratings, none NaN.
    p : ndarray of float64, shape (n, k)
        Scores, one column per rater; NaN where a rater has none.
    clusters : sequence of str, length n
    second : sequence of str, length n, or None
        Clusters that cross the first.
    metrics : sequence of str
        Names of `stats.resample.METRICS`.
    plan : Resampling
    """

    def __init__(
        self,
        y: FloatArray,
        p: FloatArray,
        clusters: Sequence[str],
        second: Sequence[str | None] | None,
        metrics: Sequence[str],
        plan: Resampling,
    ) -> None:
        self.y, self.p, self.clusters, self.second, self.plan = y, p, clusters, second, plan
        self._known = ~np.isnan(p)
        self.by_draws = not is_few(clusters)
        self._drawn: dict[str, FloatArray] = {}
        self._at: dict[str, FloatArray] = {}
        self._resamples: Resamples | None = None
        if self.by_draws:
            resamples = draw_clusters(y.size, clusters, second, plan.draws, plan.seed)
            self._resamples = resamples
            self._at = figures(y, p, resamples.whole(), metrics)
            self._drawn = figures(y, p, resamples, metrics)

    def interval(self, metric: str, k: int) -> Interval:
        """Return the interval of a figure of rater `k`."""
        plan = self.plan
        if self._resamples is None:
            return jackknife_t(self.y, self.p[:, k], self.clusters, metric=metric, level=plan.level)
        if not self._known[:, k].all():
            # Clusters in which a rater has no session do not count for it.
            rows = np.flatnonzero(self._known[:, k])
            clusters, second = self._labels(rows)
            if is_few(clusters):
                return jackknife_t(
                    self.y[rows], self.p[rows, k], clusters, metric=metric, level=plan.level
                )
            return cluster_bootstrap(
                self.y[rows],
                self.p[rows, k],
                clusters,
                metrics=[metric],
                draws=plan.draws,
                seed=plan.seed,
                level=plan.level,
                second=second,
            )[metric]
        return interval_of_draws(
            float(self._at[metric][0, k]),
            self._drawn[metric][:, k],
            [],
            plan.level,
            "percentile",
            self._resamples,
        )

    def difference(self, metric: str, k: int, j: int) -> Interval:
        """Return the figure of rater `k` minus that of rater `j`, on sessions that both have."""
        plan = self.plan
        both = self._known[:, k] & self._known[:, j]
        if self._resamples is not None and both.all():
            at, drawn = self._at[metric], self._drawn[metric]
            estimate = float(at[0, k] - at[0, j])
            moved = drawn[:, k] - drawn[:, j]
            interval = interval_of_draws(
                estimate, moved, [], plan.level, "percentile", self._resamples
            )
            if np.isnan(interval.low):
                return interval
            return replace(interval, p=p_of_zero(estimate, moved[~np.isnan(moved)], []))
        rows = np.flatnonzero(both)
        y, p, q = self.y[rows], self.p[rows, k], self.p[rows, j]
        clusters, second = self._labels(rows)
        if is_few(clusters):
            return jackknife_t(y, p, clusters, metric=metric, other=q, level=plan.level)
        return paired_difference(
            y,
            p,
            q,
            clusters,
            metric=metric,
            draws=plan.draws,
            seed=plan.seed,
            level=plan.level,
            second=second,
        )

    def _labels(self, rows: np.ndarray) -> tuple[list[str], list[str | None] | None]:
        second = None if self.second is None else [self.second[row] for row in rows]
        return [self.clusters[row] for row in rows], second
