"""Resamples of clusters, and the figures of every resample at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .._checks import check_choice, check_count
from .._typing import FloatArray, IntArray
from ..errors import ParameterError
from ..kernels.resampling import rank_correlations, weighted_sums
from .arrays import as_codes

#: What can be resampled. All but `spearman` come from sums over clusters.
METRICS = ("pearson", "spearman", "concordance", "mse", "mae", "bias", "calibration_slope")
_SMALL = 1e-13  # a variance below this share of the whole is rounding error


@dataclass(frozen=True)
class Resamples:
    """How often each draw holds each cluster, and which clusters each row belongs to.

    Parameters
    ----------
    first, second : ndarray of int64, shape (n,)
        Code of each row's cluster; `second` is 0 throughout unless two-way.
    first_counts, second_counts : ndarray of int64, shape (n_draws, n_clusters)
        Times each cluster was drawn. A row's weight is the product of its two.
    """

    first: IntArray
    second: IntArray
    first_counts: IntArray
    second_counts: IntArray

    @property
    def n_clusters(self) -> int:
        """Number of clusters that were resampled: of the kind with fewer where there are two."""
        ways = [int(self.first_counts.shape[1])]
        if self.two_way:
            ways.append(int(self.second_counts.shape[1]))
        return min(ways)

    @property
    def two_way(self) -> bool:
        """Whether clusters of two kinds cross."""
        return bool(self.second_counts.shape[1] > 1)

    def whole(self) -> Resamples:
        """Return the data themselves as one resample."""
        ones = [np.ones((1, c.shape[1]), np.int64) for c in (self.first_counts, self.second_counts)]
        return Resamples(self.first, self.second, *ones)

    def leave_one_out(self) -> list[Resamples]:
        """Return, for each kind of cluster, the resamples that lack one cluster each."""
        n, m = self.first_counts.shape[1], self.second_counts.shape[1]
        ways = [(1 - np.eye(n, dtype=np.int64), np.ones((n, m), np.int64))]
        if self.two_way:
            ways.append((np.ones((m, n), np.int64), 1 - np.eye(m, dtype=np.int64)))
        return [Resamples(self.first, self.second, *counts) for counts in ways]


def draw_clusters(
    n: int, clusters: Iterable[Any], second: Iterable[Any] | None, draws: int, seed: int
) -> Resamples:
    """Draw clusters with replacement, as many as there are; two kinds independently."""
    draws, seed = check_count("draws", draws), check_count("seed", seed, least=0)
    rng = np.random.default_rng(seed)
    first = as_codes("clusters", clusters, n)
    other = np.zeros(n, dtype=np.int64) if second is None else as_codes("second", second, n)
    counts = []
    for codes in (first, other):
        k = int(codes.max(initial=-1)) + 1
        even = np.full(k, 1.0 / k) if k else np.empty(0)
        counts.append(
            rng.multinomial(k, even, size=draws).astype(np.int64)
            if k > 1
            else np.ones((draws, k), np.int64)
        )
    return Resamples(first, other, *counts)


def check_metrics(metrics: Sequence[str]) -> list[str]:
    """Return names of metrics, each one of `METRICS`."""
    if isinstance(metrics, str):
        raise ParameterError("`metrics` is a string; it must be a list of names.")
    return [check_choice("metrics", name, METRICS) for name in metrics]


def figures(
    y: FloatArray, p: FloatArray, resamples: Resamples, metrics: Sequence[str]
) -> dict[str, FloatArray]:
    """Return for each metric its value in each draw for each rater, (n_draws, n_raters).

    A row that is NaN in `y` or in a rater's column is left out for that rater.
    """
    n_draws = resamples.first_counts.shape[0]
    out = {name: np.full((n_draws, p.shape[1]), np.nan) for name in metrics}
    if y.size == 0:
        return out
    if {*metrics} - {"spearman"}:
        out.update(_of_moments(y, p, resamples, [m for m in metrics if m != "spearman"]))
    if "spearman" in out:
        for rater in range(p.shape[1]):
            rows = ~(np.isnan(y) | np.isnan(p[:, rater]))
            out["spearman"][:, rater] = rank_correlations(
                resamples.first_counts,
                resamples.second_counts,
                resamples.first[rows],
                resamples.second[rows],
                _dense(y[rows]),
                _dense(p[rows, rater]),
            )
    return out


def _dense(values: FloatArray) -> IntArray:
    return np.unique(values, return_inverse=True)[1].astype(np.int64)


def _of_moments(
    y: FloatArray, p: FloatArray, resamples: Resamples, metrics: Sequence[str]
) -> dict[str, FloatArray]:
    known = ~(np.isnan(y)[:, None] | np.isnan(p))
    columns = []
    for rater in range(p.shape[1]):
        rows = known[:, rater]
        a, b = np.where(rows, y, 0.0), np.where(rows, p[:, rater], 0.0)
        error = b - a
        if rows.any():  # about their means, so that variances of resamples do not cancel
            a = np.where(rows, a - a[rows].mean(), 0.0)
            b = np.where(rows, b - b[rows].mean(), 0.0)
        columns += [rows, a, b, a * a, b * b, a * b, error, error * error, np.abs(error)]
    cells = np.stack([resamples.first, resamples.second], axis=1)
    kinds, place = np.unique(cells, axis=0, return_inverse=True)
    place = place.reshape(-1)
    values = np.empty((len(kinds), len(columns)), dtype=np.float64)
    for k, column in enumerate(columns):
        values[:, k] = np.bincount(place, weights=column, minlength=len(kinds))
    sums = weighted_sums(
        resamples.first_counts,
        resamples.second_counts,
        np.ascontiguousarray(kinds[:, 0]),
        np.ascontiguousarray(kinds[:, 1]),
        values,
    ).reshape(-1, p.shape[1], 9)
    with np.errstate(invalid="ignore", divide="ignore"):
        n = sums[:, :, 0]
        mean_a, mean_b, aa, bb, ab, bias, mse, mae = (sums[:, :, k] / n for k in range(1, 9))
        s_aa, s_bb, s_ab = aa - mean_a**2, bb - mean_b**2, ab - mean_a * mean_b
        s_aa = np.where(s_aa > _SMALL * aa, s_aa, 0.0)
        s_bb = np.where(s_bb > _SMALL * bb, s_bb, 0.0)
        s_ab = np.where((s_aa > 0) & (s_bb > 0), s_ab, 0.0)
        total = s_aa + s_bb + bias**2
        values_of = {
            "pearson": np.clip(s_ab / np.sqrt(s_aa * s_bb), -1.0, 1.0),
            "concordance": 2.0 * s_ab / total,
            "mse": mse,
            "mae": mae,
            "bias": bias,
            "calibration_slope": s_ab / s_bb,
        }
    return {name: values_of[name] for name in metrics}
