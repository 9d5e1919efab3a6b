"""Sums in one fixed order, so that a value has the same bits on every processor."""

from __future__ import annotations

import numpy as np

from .._typing import FloatArray
from . import kernel


@kernel
def _slope(x, y, weights):
    total = 0.0
    mean_x = 0.0
    mean_y = 0.0
    for i in range(x.size):
        total += weights[i]
        mean_x += weights[i] * (x[i] - x[0])
        mean_y += weights[i] * (y[i] - y[0])
    mean_x /= total
    mean_y /= total
    spread = 0.0
    shared = 0.0
    for i in range(x.size):
        dx = (x[i] - x[0]) - mean_x
        spread += weights[i] * (dx * dx)
        shared += weights[i] * (dx * ((y[i] - y[0]) - mean_y))
    return shared / spread if spread > 0 else np.nan


def slope(x: FloatArray, y: FloatArray, weights: FloatArray) -> float:
    """Return the weighted least-squares slope of `y` on `x`, NaN without spread of x.

    Both are taken from their first value on, so that a constant series has slope exactly 0.

    Parameters
    ----------
    x, y, weights : ndarray of float64, shape (n,)
        No NaN; weights above 0.
    """
    return float(_slope(x, y, weights))
