"""Wild cluster bootstrap: signs of whole clusters are drawn instead of clusters."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from .._checks import check_choice, check_count
from .._typing import FloatArray
from .arrays import as_codes, as_floats, check_share
from .intervals import Interval, t_interval, undefined


def wild_bootstrap_t(
    values: npt.ArrayLike,
    clusters: Iterable[Any],
    *,
    weights: str = "auto",
    draws: int = 1999,
    seed: int = 0,
    level: float = 0.95,
) -> Interval:
    """Interval of a mean of sessions by the wild cluster bootstrap-t, inverted from its test.

    Parameters
    ----------
    values : array-like of float, shape (n,)
        One number per session; NaN is left out.
    clusters : iterable of hashable, length n
        Client of each session.
    weights : {"auto", "rademacher", "webb"}, default="auto"
        Sign flips, or Webb's six points. "auto" is Webb below 12 clusters. Where sign flips are
        fewer than `draws`, each is used once.
    draws : int, default=1999
        Number of resamples, at least 1.
    seed : int, default=0
        At least 0.
    level : float, default=0.95
        Confidence level, 0..1.

    Returns
    -------
    Interval
        With the p of a mean of 0. An end is infinite where no value is ever rejected, as with few
        sign flips; NaN with fewer than 2 clusters.

    References
    ----------
    Cameron, Gelbach & Miller 2008, doi:10.1162/rest.90.3.414; Webb 2023,
    doi:10.1111/caje.12661.

    Examples
    --------
    >>> interval = wild_bootstrap_t([1, 3, 4, 6, 5, 5, 2, 1], list("aabbccdd"))
    >>> interval.estimate, interval.low < interval.estimate < interval.high
    (3.375, True)
    """
    array, level = as_floats("values", values), check_share("level", level)
    check_choice("weights", weights, ("auto", "rademacher", "webb"))
    draws, seed = check_count("draws", draws), check_count("seed", seed, least=0)
    codes = as_codes("clusters", clusters, array.size)
    known = ~np.isnan(array)
    array, codes = array[known], np.unique(codes[known], return_inverse=True)[1]
    sizes = np.bincount(codes).astype(np.float64)
    sums = np.bincount(codes, weights=array, minlength=sizes.size)
    if sizes.size < 2:
        return undefined("wild_bootstrap_t", float(array.mean()) if array.size else math.nan)
    estimate = float(array.mean())
    spread = math.sqrt(float(((sums - sizes * estimate) ** 2).sum())) / array.size
    if spread == 0:
        return t_interval(estimate, 0.0, sizes.size - 1, level, "wild_bootstrap_t")
    flips = _wild_weights(sizes.size, weights, draws, seed)

    def p(mean: float) -> float:
        pushed = flips * (sums - sizes * mean)
        moved = pushed.sum(axis=1) / array.size
        se = np.sqrt(((pushed - sizes * moved[:, None]) ** 2).sum(axis=1)) / array.size
        with np.errstate(divide="ignore", invalid="ignore"):
            far = ~(np.abs(moved) / se < abs(estimate - mean) / spread * (1.0 - 1e-12))
        return float((far.sum() + 1) / (far.size + 1))

    ends = [_first_rejected(p, estimate, side * spread, 1.0 - level) for side in (-1.0, 1.0)]
    return Interval(estimate, ends[0], ends[1], spread, math.nan, "wild_bootstrap_t", p(0.0))


def _wild_weights(n_clusters: int, weights: str, draws: int, seed: int) -> FloatArray:
    if weights == "webb" or (weights == "auto" and n_clusters < 12):
        points = np.sqrt([0.5, 1.0, 1.5])
        rng = np.random.default_rng(seed)
        return rng.choice(np.concatenate([-points, points]), size=(draws, n_clusters))
    if 2**n_clusters <= draws:
        return np.array(list(itertools.product((-1.0, 1.0), repeat=n_clusters)))
    return np.random.default_rng(seed).choice([-1.0, 1.0], size=(draws, n_clusters))


def _first_rejected(
    p: Callable[[float], float], estimate: float, step: float, alpha: float
) -> float:
    """Return where p falls to `alpha` on one side of the estimate; infinite if it never does."""
    inside, reach = 0.0, 1.0
    while p(estimate + reach * step) > alpha:
        inside, reach = reach, 2.0 * reach
        if reach > 1e4:
            return math.copysign(math.inf, step)
    for _ in range(40):
        middle = (inside + reach) / 2.0
        if p(estimate + middle * step) > alpha:
            inside = middle
        else:
            reach = middle
    return estimate + reach * step
