"""Correlation within and between clients, which a pooled one mixes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from .._typing import FloatArray
from .arrays import as_codes, as_floats, as_pair, correlation

_NAN = float("nan")


def within_between(
    x: npt.ArrayLike, y: npt.ArrayLike, clusters: Iterable[Any]
) -> tuple[float, float]:
    """Correlation within clusters (clients) and between them, each -1..1.

    Within: of values less their cluster's mean, the repeated-measures correlation of Bakdash and
    Marusich. Between: of the means of clusters, each cluster counted once.

    Parameters
    ----------
    x, y : array-like of float, shape (n,)
        Rows with NaN in either are left out.
    clusters : iterable of hashable, length n
        Whose session each row is.

    Returns
    -------
    r_within, r_between : float
        NaN where one of the two does not vary within any cluster, or between them.

    References
    ----------
    Bakdash & Marusich 2017, doi:10.3389/fpsyg.2017.00456.

    Examples
    --------
    >>> within_between([1, 2, 5, 6], [2, 1, 6, 5], ["a", "a", "b", "b"])
    (-1.0, 1.0)
    """
    a, b = as_pair(("x", "y"), x, y, known=False)
    codes = as_codes("clusters", clusters, a.size)
    rows = ~(np.isnan(a) | np.isnan(b))
    a, b, codes = a[rows], b[rows], codes[rows]
    if a.size == 0:
        return _NAN, _NAN
    a_in, b_in = centre_within(a, codes), centre_within(b, codes)
    groups = np.unique(codes)
    means = [np.array([v[codes == g].mean() for g in groups]) for v in (a, b)]
    return correlation(a_in, b_in), correlation(*means)


def centre_within(values: npt.ArrayLike, groups: Iterable[Any]) -> FloatArray:
    """Return values less the mean of their group (a client, a fold); NaN stays NaN.

    Parameters
    ----------
    values : array-like of float, shape (n,)
        NaN is left out of the means.
    groups : iterable of hashable, length n
        The group of each row.

    Returns
    -------
    ndarray of float64, shape (n,)
        Exactly 0 in a group whose values are all equal.

    Examples
    --------
    >>> centre_within([1, 3, 7], ["a", "a", "b"]).tolist()
    [-1.0, 1.0, 0.0]
    """
    array = as_floats("values", values)
    codes = as_codes("groups", groups, array.size)
    out = np.full(array.size, _NAN)
    for code in np.unique(codes):
        rows = (codes == code) & ~np.isnan(array)
        if rows.any():
            here = array[rows]
            out[rows] = here - here.mean() if np.ptp(here) > 0 else 0.0
    return out
