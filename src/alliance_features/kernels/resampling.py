"""Sums and rank correlations of resamples, given how often each unit was drawn."""

from __future__ import annotations

import numpy as np

from .._typing import FloatArray, IntArray
from . import kernel


@kernel
def _weighted_sums(first_counts, second_counts, first, second, values, out):
    """Fill `out[d]` with the sums of the rows of `values`, each as often as draw `d` holds it."""
    n_rows, n_columns = values.shape
    for d in range(out.shape[0]):
        for i in range(n_rows):
            weight = first_counts[d, first[i]] * second_counts[d, second[i]]
            if weight != 0:
                for m in range(n_columns):
                    out[d, m] += weight * values[i, m]


def weighted_sums(
    first_counts: IntArray,
    second_counts: IntArray,
    first: IntArray,
    second: IntArray,
    values: FloatArray,
) -> FloatArray:
    """Return the weighted sums of the rows of `values` for each draw.

    Row i belongs to unit `first[i]` and `second[i]`; its weight in draw d is
    ``first_counts[d, first[i]] * second_counts[d, second[i]]``. Sums run in the order of the rows.

    Parameters
    ----------
    first_counts : ndarray of int64, shape (n_draws, n_first)
        How often each draw holds each unit of the first kind.
    second_counts : ndarray of int64, shape (n_draws, n_second)
    first, second : ndarray of int64, shape (n_rows,)
        The units of each row.
    values : ndarray of float64, shape (n_rows, n_columns)

    Returns
    -------
    ndarray of float64, shape (n_draws, n_columns)
    """
    out = np.zeros((first_counts.shape[0], values.shape[1]), dtype=np.float64)
    _weighted_sums(first_counts, second_counts, first, second, values, out)
    return out


@kernel
def _rank_correlations(first_counts, second_counts, first, second, x, y, hist, ranks, weights, out):
    """Fill `out[d]` with the rank correlation of draw `d`; `x` and `y` are dense codes."""
    for d in range(out.size):
        hist[:] = 0
        total = 0
        for i in range(x.size):
            weight = first_counts[d, first[i]] * second_counts[d, second[i]]
            weights[i] = weight
            hist[0, x[i]] += weight
            hist[1, y[i]] += weight
            total += weight
        middle = (total + 1) / 2.0
        xx = 0.0
        yy = 0.0
        for side in range(2):
            below = 0
            squares = 0.0
            for code in range(hist.shape[1]):
                here = hist[side, code]
                off = below + (here + 1) / 2.0 - middle  # a mean rank minus the middle: exact
                ranks[side, code] = off
                squares += here * off * off
                below += here
            if side == 0:
                xx = squares
            else:
                yy = squares
        xy = 0.0
        for i in range(x.size):
            xy += weights[i] * ranks[0, x[i]] * ranks[1, y[i]]
        out[d] = xy / np.sqrt(xx * yy) if xx > 0 and yy > 0 else np.nan


def rank_correlations(
    first_counts: IntArray,
    second_counts: IntArray,
    first: IntArray,
    second: IntArray,
    x: IntArray,
    y: IntArray,
) -> FloatArray:
    """Return the Spearman correlation of each draw, NaN where undefined.

    Parameters
    ----------
    first_counts : ndarray of int64, shape (n_draws, n_first)
        As in `weighted_sums`, like the next three.
    second_counts : ndarray of int64, shape (n_draws, n_second)
    first, second, x, y : ndarray of int64, shape (n_rows,)
        `x` and `y` are dense codes from 0, in the order of the values.

    Returns
    -------
    ndarray of float64, shape (n_draws,)
    """
    n_codes = int(max(x.max(initial=-1), y.max(initial=-1))) + 1
    out = np.empty(first_counts.shape[0], dtype=np.float64)
    _rank_correlations(
        first_counts,
        second_counts,
        first,
        second,
        x,
        y,
        np.zeros((2, n_codes), dtype=np.int64),
        np.zeros((2, n_codes), dtype=np.float64),
        np.zeros(x.size, dtype=np.int64),
        out,
    )
    return out
