"""From the figures of resamples to an interval and a p: percentile and BCa."""

from __future__ import annotations

import numpy as np
from scipy import stats

from .._typing import FloatArray
from .intervals import Interval, undefined
from .resample import Resamples

METHODS = ("percentile", "bca")


def interval_of_draws(
    estimate: float,
    drawn: FloatArray,
    jackknife: list[FloatArray],
    level: float,
    method: str,
    resamples: Resamples,
) -> Interval:
    """Return the interval of one figure; BCa where there is a jackknife (one array per kind).

    Undefined draws are left out and counted.
    """
    known = drawn[~np.isnan(drawn)]
    title = f"{method}_two_way" if resamples.two_way else method
    if resamples.n_clusters < 2 or known.size < 2 or np.isnan(estimate):
        return undefined(title, estimate)
    tails = np.array([(1.0 - level) / 2.0, (1.0 + level) / 2.0])
    if jackknife:
        z0, a = _bias_and_acceleration(estimate, known, jackknife)
        z = z0 + stats.norm.ppf(tails)
        tails = stats.norm.cdf(z0 + z / (1.0 - a * z))
    low, high = np.quantile(known, tails)
    return Interval(
        estimate,
        float(low),
        float(high),
        float(known.std(ddof=1)),
        float("nan"),
        title,
        n_undefined=int(drawn.size - known.size),
    )


def p_of_zero(estimate: float, drawn: FloatArray, jackknife: list[FloatArray]) -> float:
    """Return the two-sided level at which the interval would end at 0."""
    known = drawn[~np.isnan(drawn)]
    n = known.size
    sides = [np.count_nonzero(known <= 0), np.count_nonzero(known >= 0)]
    shares = [(1 + int(side)) / (n + 1) for side in sides]
    if jackknife:
        z0, a = _bias_and_acceleration(estimate, known, jackknife)
        shares = [
            _uncorrected(share, sign * z0, sign * a, n)
            for share, sign in zip(shares, (1.0, -1.0), strict=True)
        ]
    return float(min(1.0, 2.0 * min(shares)))


def _bias_and_acceleration(
    estimate: float, drawn: FloatArray, jackknife: list[FloatArray]
) -> tuple[float, float]:
    """Return z0 (ties count half) and the acceleration, over the clusters of both kinds."""
    below = np.count_nonzero(drawn < estimate) + np.count_nonzero(drawn == estimate) / 2.0
    share = min(max(float(below), 0.5), drawn.size - 0.5) / drawn.size
    ways = [way[~np.isnan(way)] for way in jackknife]
    pull = np.concatenate([way.mean() - way for way in ways if way.size] or [np.zeros(1)])
    spread = float((pull**2).sum()) ** 1.5
    acceleration = float((pull**3).sum()) / (6.0 * spread) if spread > 0 else 0.0
    return float(stats.norm.ppf(share)), acceleration


def _uncorrected(share: float, z0: float, a: float, n: int) -> float:
    """Return the tail that BCa moves to `share`, at least 1 / (n + 1)."""
    off = float(stats.norm.ppf(min(share, n / (n + 1)))) - z0
    if 1.0 + a * off <= 0.0:  # beyond what the correction can move
        return 1.0 / (n + 1) if off < 0 else 1.0
    return max(float(stats.norm.cdf(off / (1.0 + a * off) - z0)), 1.0 / (n + 1))
