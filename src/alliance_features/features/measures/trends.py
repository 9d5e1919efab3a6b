"""How a series of turns moves over the session: slope, and last third minus first third."""

from __future__ import annotations

import math

import numpy as np

from ..._typing import BoolArray, FloatArray
from ...kernels.sums import slope

#: Words of a role that each third needs.
THIRD_WORDS = 50


def positions(n_turns: int) -> FloatArray:
    """Return where each merged turn stands, from 0 to 1."""
    return np.arange(n_turns, dtype=np.float64) / max(n_turns - 1, 1)


def outer_thirds(n_turns: int) -> tuple[BoolArray, BoolArray]:
    """Return which merged turns are in the first and in the last third."""
    index = 3 * np.arange(n_turns)
    return index < n_turns, index >= 2 * n_turns


def weighted_slope(x: FloatArray, y: FloatArray, weights: FloatArray) -> float:
    """Return the least-squares slope of `y` on `x`; NaN below 3 points or without spread of x."""
    kept = (weights > 0) & ~np.isnan(y)
    n_kept = np.count_nonzero(kept)
    if n_kept < 3:
        return math.nan
    if n_kept < kept.size:
        x, y, weights = x[kept], y[kept], weights[kept]
    return slope(x, y, weights)


def mean_third_diff(values: FloatArray, turns: BoolArray) -> float:
    """Return the mean of known `values` in the last third minus the first, over `turns`."""
    means = []
    for third in outer_thirds(values.size):
        known = values[third & turns & ~np.isnan(values)]
        if not known.size:
            return math.nan
        means.append(float(known.mean()))
    return means[1] - means[0]
