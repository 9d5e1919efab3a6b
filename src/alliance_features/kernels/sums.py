"""Sums, products and logarithms of our own, the same to the bit on every processor.

A linear algebra library orders sums by processor, numpy and the C library take logarithms by
instructions that differ between processors. Here every value comes from additions,
multiplications, divisions and square roots in one fixed order, which IEEE 754 rounds in one way.
"""

from __future__ import annotations

import math

import numpy as np

from .._typing import FloatArray
from . import kernel

# The logarithm of 2 in two parts: the first has 32 bits, so that whole multiples are exact.
_LN2_HIGH = 2977044471 / 4294967296
_LN2_LOW = 1.9082149292705877e-10
_HALF_ROOT = 0.7071067811865476
_TERMS = 13


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


@kernel
def _products(left, right, out):
    for i in range(left.shape[0]):
        for k in range(left.shape[1]):
            value = left[i, k]
            for j in range(right.shape[1]):
                out[i, j] += value * right[k, j]


def products(left: FloatArray, right: FloatArray) -> FloatArray:
    """Return the dot product of every row of `left` with every row of `right`.

    Each is summed from the first entry to the last. A NaN in a row makes its products NaN.

    Parameters
    ----------
    left : ndarray of float64, shape (n_left, n)
    right : ndarray of float64, shape (n_right, n)

    Returns
    -------
    ndarray of float64, shape (n_left, n_right)

    Examples
    --------
    >>> products(np.array([[1.0, 2.0]]), np.array([[3.0, 4.0], [5.0, 6.0]]))
    array([[11., 17.]])
    """
    out = np.zeros((left.shape[0], right.shape[0]))
    _products(
        np.ascontiguousarray(left, dtype=np.float64),
        np.ascontiguousarray(right.T, dtype=np.float64),
        out,
    )
    return out


@kernel
def _logarithms(x, out):
    for i in range(x.size):
        # x = (1 + f) 2**exponent with 1 + f between the roots of 1/2 and 2. With s = f / (2 + f),
        # log(1 + f) = 2 artanh(s) = f - s (f - r), where r = 2 (s**2 / 3 + s**4 / 5 + ...).
        mantissa, exponent = math.frexp(x[i])
        if mantissa < _HALF_ROOT:
            mantissa *= 2.0
            exponent -= 1
        f = mantissa - 1.0
        s = f / (2.0 + f)
        square = s * s
        series = 0.0
        for term in range(_TERMS, 0, -1):
            series = series * square + 1.0 / (2.0 * term + 1.0)
        rest = f - s * (f - 2.0 * square * series)
        out[i] = exponent * _LN2_HIGH + (rest + exponent * _LN2_LOW)


def logarithms(x: FloatArray) -> FloatArray:
    """Return the natural logarithms of finite numbers above 0, within 1.5 units in the last place.

    Parameters
    ----------
    x : ndarray of float64, any shape

    Returns
    -------
    ndarray of float64, same shape
    """
    flat = np.ascontiguousarray(x, dtype=np.float64).ravel()
    out = np.empty(flat.size)
    _logarithms(flat, out)
    return out.reshape(np.shape(x))


def logarithm(x: float) -> float:
    """Return the natural logarithm of one number, as `logarithms` does."""
    return float(logarithms(np.array([x]))[0])
