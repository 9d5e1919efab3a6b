"""Permutation test of any association: ratings moved between clients, and the p of a figure."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from .._typing import IntArray
from ..errors import ParameterError
from .arrays import as_codes, as_floats

_CLIENTS_A_GROUP = 5


def permute_between(
    y: npt.ArrayLike, clusters: Iterable[Any], rng: np.random.Generator
) -> IntArray:
    """Return an order of the ratings that moves whole clients' sequences to other clients.

    Clients are grouped by their number of sessions, five or more to a group, ties at random. Within
    a group each receives the sequence of a client drawn without replacement, in its order, so that
    what belongs to a sequence (level, trend, autocorrelation) moves as one. Ratings for which the
    receiving client has too few sessions go, in random order, to clients left without. Use
    ``y[permute_between(y, clusters, rng)]``, refit everything, and pass the figures to
    `permutation_p`.

    Sequences shuffled over all clients and laid end to end are cut at the borders of clients of
    another length; that weakens the dependence within clients and rejects too often.

    Parameters
    ----------
    y : array-like of float, shape (n,) or (n, n_dimensions)
        Ratings, NaN allowed. The dimensions of a session stay together.
    clusters : iterable of hashable, length n
        Client of each row. Rows need not be sorted; those of a client keep their order.
    rng : numpy.random.Generator
        Source of random numbers.

    Returns
    -------
    ndarray of int64, shape (n,)
        A permutation of 0..n-1.

    Raises
    ------
    ParameterError
        If `rng` is not a generator, or lengths differ.

    Examples
    --------
    >>> clusters = ["a", "a", "b", "b"]
    >>> permute_between([1, 2, 3, 4], clusters, np.random.default_rng(3)).tolist()
    [2, 3, 0, 1]
    """
    n = as_floats("y", y, dims=(1, 2)).shape[0]
    codes = as_codes("clusters", clusters, n)
    if not isinstance(rng, np.random.Generator):
        raise ParameterError(f"`rng` is {type(rng).__name__}; it must be a numpy Generator.")
    if n == 0:
        return np.empty(0, dtype=np.int64)
    rows = np.argsort(codes, kind="stable").astype(np.int64)
    blocks = np.split(rows, np.flatnonzero(np.diff(codes[rows])) + 1)
    sizes = np.array([block.size for block in blocks])
    by_size = np.lexsort((rng.random(sizes.size), sizes))
    out = np.full(n, -1, dtype=np.int64)
    over = []
    for group in np.array_split(by_size, max(1, sizes.size // _CLIENTS_A_GROUP)):
        for target, source in zip(group, rng.permutation(group), strict=True):
            kept = min(sizes[target], sizes[source])
            out[blocks[target][:kept]] = blocks[source][:kept]
            over.append(blocks[source][kept:])
    out[out < 0] = rng.permutation(np.concatenate(over))
    return out


def permutation_p(observed: float, null: npt.ArrayLike) -> float:
    """One-sided p of a figure (higher = better) among the same figure of permuted ratings.

    ``(1 + number of null >= observed) / (1 + n)``.

    Parameters
    ----------
    observed : float
        The figure of the real ratings.
    null : array-like of float, shape (n,)
        The figure of each permutation. A NaN counts as at least `observed`, the
        cautious choice.

    Returns
    -------
    float
        At least 1 / (1 + n), at most 1; NaN if `observed` is NaN or there is no permutation.

    References
    ----------
    Phipson & Smyth 2010, doi:10.2202/1544-6115.1585.

    Examples
    --------
    >>> permutation_p(0.3, [0.1, -0.2, 0.3, 0.0])
    0.4
    """
    values = as_floats("null", null)
    if math.isnan(observed) or values.size == 0:
        return float("nan")
    return float((1 + np.count_nonzero(~(values < observed))) / (1 + values.size))
