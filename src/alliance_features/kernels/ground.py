"""Euclidean distances between all words of a vocabulary, from direct differences."""

from __future__ import annotations

import numpy as np

from .._typing import FloatArray
from . import kernel
from .simd import add_squares

# Points a panel, and dimensions summed at a stretch: short sums keep the rounding error small.
PANEL = 16
STRETCH = 32


@kernel
def _fill(panels, n, d, out):
    """Fill the symmetric matrix `out` panel by panel; every entry is computed once."""
    tile = np.empty(4 * PANEL)
    count = (n + PANEL - 1) // PANEL
    for a in range(count):
        for b in range(a, count):
            for r in range(0, min(PANEL, n - a * PANEL), 4):
                tile[:] = 0.0
                for k in range(0, d, STRETCH):
                    add_squares(
                        panels,
                        (a * d + k) * PANEL + r,
                        (b * d + k) * PANEL,
                        min(STRETCH, d - k),
                        tile,
                    )
                for p in range(min(4, n - a * PANEL - r)):
                    i = a * PANEL + r + p
                    for q in range(min(PANEL, n - b * PANEL)):
                        distance = np.sqrt(tile[p * PANEL + q])
                        out[i, b * PANEL + q] = distance
                        out[b * PANEL + q, i] = distance


def ground_distances(points: FloatArray) -> FloatArray:
    """Return the Euclidean distance between every two points.

    Differences are squared and summed directly (no Gram matrix, hence no cancellation), each
    entry in one fixed order: near-duplicates keep full relative precision, and the result does
    not depend on threads or on a BLAS. Relative error below about 1e-15 for 300 dimensions.

    Parameters
    ----------
    points : ndarray of float64, shape (n_words, n_dimensions)
        Word vectors, finite.

    Returns
    -------
    ndarray of float64, shape (n_words, n_words)
        Distances in the unit of the vectors, >= 0; bit-symmetric, 0.0 on the diagonal and
        between identical rows. Never NaN.

    Examples
    --------
    >>> ground_distances(np.array([[0.0, 0.0], [3.0, 4.0]]))
    array([[0., 5.],
           [5., 0.]])
    """
    n, d = points.shape
    out = np.zeros((n, n))
    largest = float(np.abs(points).max()) if points.size else 0.0
    if largest == 0.0:
        return out
    # Beyond 2**300 the squares could overflow, below 2**-300 vanish; powers of two are exact.
    exponent = int(np.frexp(largest)[1])
    exponent = exponent if abs(exponent) > 300 else 0
    padded = np.zeros((-(-n // PANEL) * PANEL, d))
    padded[:n] = np.ldexp(points, -exponent) if exponent else points
    panels = padded.reshape(-1, PANEL, d).transpose(0, 2, 1).ravel()
    _fill(panels, n, d, out)
    return np.ldexp(out, exponent) if exponent else out
