"""Exact optimal transport between many small bags of words over one matrix of distances."""

from __future__ import annotations

import numba
import numpy as np
import numpy.typing as npt

from .._typing import FloatArray, IntArray
from .bags import distinct_bags, integer_masses
from .ground import ground_distances
from .pairs import fill, fill_parallel, mirror

__all__ = ["all_pairs", "cross_pairs", "ground_distances", "listed_pairs"]

Ids = npt.NDArray[np.int32] | npt.NDArray[np.int64]
Counts = npt.NDArray[np.int64] | npt.NDArray[np.float64]
# Interleaved shares of the rows for each thread.
STRANDS = 8

_ALL = np.empty(0, dtype=np.int64)

Bags = tuple[IntArray, IntArray, IntArray, IntArray]


def _scale(ground: FloatArray) -> float:
    """Return a power of two that no ground distance exceeds."""
    largest = float(ground.max()) if ground.size else 0.0
    if not np.isfinite(largest):
        raise ValueError("`ground` holds NaN or inf; every ground distance must be finite.")
    # 2**-900 keeps the quotient of a cost and the scale finite.
    return float(np.ldexp(1.0, max(int(np.frexp(largest)[1]), -900))) if largest > 0 else 1.0


def _bags(ids: Ids, counts: Counts, offsets: IntArray, n_words: int) -> Bags:
    """Return contiguous int64 bags with integer masses, which a pair can multiply safely."""
    offsets = np.ascontiguousarray(offsets, dtype=np.int64)
    # Compiled code would write past the end of its arrays.
    ends = (offsets[0], offsets[-1]) if offsets.size else (0, -1)
    if ends != (0, ids.size) or counts.size != ids.size or (offsets[1:] < offsets[:-1]).any():
        raise ValueError(
            f"`offsets` run from {ends[0]} to {ends[1]}; they must rise from 0 to the number of "
            f"`ids` ({ids.size}), which is that of `counts` ({counts.size})."
        )
    if ids.size and not 0 <= ids.min() <= ids.max() < n_words:
        raise ValueError(
            f"`ids` run from {ids.min()} to {ids.max()}; they must be rows of `ground` ({n_words})."
        )
    masses, totals = integer_masses(counts, offsets, n_words)
    return np.ascontiguousarray(ids, dtype=np.int64), masses, offsets, totals


def _check_totals(left: Bags, right: Bags, n_words: int) -> None:
    """Refuse integer counts whose products could leave 64 bits."""
    largest = [int(bags[3].max(initial=0)) for bags in (left, right)]
    totals = np.concatenate([left[3], right[3]])
    totals = totals[totals > 0]
    product = largest[0] if (totals == largest[0]).all() else largest[0] * largest[1]
    if product * 2 * (n_words + 1) >= 1 << 62:
        raise OverflowError(
            f"`counts` sum to {largest[0]} and {largest[1]} in two bags; the product of the sums "
            "and twice the vocabulary must stay below 2**62. Pass the counts as float64 weights."
        )


def _fill(
    rows: IntArray,
    partners: IntArray,
    triangle: bool,
    left: Bags,
    right: Bags,
    ground: FloatArray,
    metric: bool,
    parallel: bool,
    out: FloatArray,
) -> None:
    """Run the pairs on one thread or on all of numba's."""
    ground = np.ascontiguousarray(ground)
    work = rows, partners, triangle, left, right, ground, _scale(ground), metric, out
    if parallel:
        with numba.parallel_chunksize(1):
            fill_parallel(STRANDS * numba.get_num_threads(), *work)
    else:
        fill(0, 1, *work)


def all_pairs(
    ground: FloatArray,
    ids: Ids,
    counts: Counts,
    offsets: IntArray,
    *,
    metric: bool = True,
    parallel: bool = False,
) -> FloatArray:
    """Return the transport distance between every two bags (lower = closer).

    A bag is a set of words with masses that sum to 1; its distance from another is the least
    mean distance over which mass must move to turn one into the other. Equal bags are solved once.

    Parameters
    ----------
    ground : ndarray of float64, shape (n_words, n_words)
        Distances between words, >= 0, finite, symmetric, 0 on the diagonal.
    ids : ndarray of int32 or int64, shape (n_entries,)
        Rows of `ground`, rising within a bag.
    counts : ndarray of int64 or float64, shape (n_entries,)
        Counts of the words, or weights; > 0.
    offsets : ndarray of int64, shape (n_bags + 1,)
        Bag `t` is `ids[offsets[t]:offsets[t + 1]]`.
    metric : bool, default=True
        Whether `ground` obeys the triangle inequality, so that mass on words of both bags may
        stay where it is. Must be False for squared or cosine distances.
    parallel : bool, default=False
        Whether to use numba's threads; the result has the same bits.

    Returns
    -------
    ndarray of float64, shape (n_bags, n_bags)
        In the unit of `ground`, symmetric, 0.0 on the diagonal; NaN in the rows and columns of
        empty bags.

    Examples
    --------
    >>> line = abs(np.arange(3.0)[:, None] - np.arange(3.0))
    >>> all_pairs(line, np.array([0, 1, 1, 2]), np.ones(4, int), np.array([0, 2, 4]))
    array([[0., 1.],
           [1., 0.]])
    """
    bags = _bags(ids, counts, offsets, ground.shape[0])
    _check_totals(bags, bags, ground.shape[0])
    first, kind = distinct_bags(bags[0], bags[1], bags[2])
    # Long bags first: the solver is faster with the shorter one of a pair as its rows.
    order = np.argsort(-np.diff(bags[2])[first], kind="stable")
    kept = _select(bags, first[order])
    kind = np.argsort(order)[kind]
    upper = np.zeros((first.size, first.size))
    upper[np.diag_indices(first.size)] = np.where(kept[3] == 0, np.nan, 0.0)
    _fill(np.arange(first.size), _ALL, True, kept, kept, ground, metric, parallel, upper)
    out = np.empty((kind.size, kind.size))
    mirror(kind, upper, out)
    return out


def _select(bags: Bags, chosen: IntArray) -> Bags:
    """Return the chosen bags, in flat arrays of their own."""
    ids, masses, offsets, totals = bags
    lengths = (offsets[1:] - offsets[:-1])[chosen]
    bounds = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(lengths)])
    entries = np.arange(bounds[-1]) + np.repeat(offsets[chosen] - bounds[:-1], lengths)
    return ids[entries], masses[entries], bounds, totals[chosen]


def cross_pairs(
    ground: FloatArray,
    ids_a: Ids,
    counts_a: Counts,
    offsets_a: IntArray,
    ids_b: Ids,
    counts_b: Counts,
    offsets_b: IntArray,
    *,
    metric: bool = True,
    parallel: bool = False,
) -> FloatArray:
    """Return the transport distance of every bag of one list from every bag of another.

    Parameters
    ----------
    ground, metric, parallel
        As in `all_pairs`; both lists take their ids from the same `ground`.
    ids_a, ids_b : ndarray of int32 or int64, shape (n_entries_a,) and (n_entries_b,)
        The two lists of bags, each as in `all_pairs`.
    counts_a, counts_b : ndarray of int64 or float64, shape (n_entries_a,) and (n_entries_b,)
    offsets_a, offsets_b : ndarray of int64, shape (n_bags_a + 1,) and (n_bags_b + 1,)

    Returns
    -------
    ndarray of float64, shape (n_bags_a, n_bags_b)
        In the unit of `ground`; NaN where a bag is empty.

    Examples
    --------
    >>> line = abs(np.arange(3.0)[:, None] - np.arange(3.0))
    >>> one, bounds = np.ones(1, int), np.array([0, 1])
    >>> cross_pairs(line, np.array([0]), one, bounds, np.array([2]), one, bounds)
    array([[2.]])
    """
    if counts_a.dtype.kind != counts_b.dtype.kind:
        counts_a, counts_b = counts_a.astype(np.float64), counts_b.astype(np.float64)
    left = _bags(ids_a, counts_a, offsets_a, ground.shape[0])
    right = _bags(ids_b, counts_b, offsets_b, ground.shape[0])
    _check_totals(left, right, ground.shape[0])
    out = np.empty((left[3].size, right[3].size))
    rows = np.arange(left[3].size)
    _fill(rows, _ALL, False, left, right, ground, metric, parallel, out)
    return out


def listed_pairs(
    ground: FloatArray,
    ids: Ids,
    counts: Counts,
    offsets: IntArray,
    left: npt.NDArray[np.int64],
    right: npt.NDArray[np.int64],
    *,
    metric: bool = True,
) -> FloatArray:
    """Return the transport distance of the listed pairs of bags.

    Parameters
    ----------
    ground, ids, counts, offsets, metric
        As in `all_pairs`.
    left, right : ndarray of int64, shape (n_pairs,)
        Numbers of the bags of each pair.

    Returns
    -------
    ndarray of float64, shape (n_pairs,)
        In the unit of `ground`; NaN where a bag is empty.

    Examples
    --------
    >>> line = abs(np.arange(3.0)[:, None] - np.arange(3.0))
    >>> bags = np.array([0, 1, 1, 2]), np.ones(4, int), np.array([0, 2, 4])
    >>> listed_pairs(line, *bags, np.array([0, 1]), np.array([1, 1]))
    array([1., 0.])
    """
    bags = _bags(ids, counts, offsets, ground.shape[0])
    _check_totals(bags, bags, ground.shape[0])
    rows = np.ascontiguousarray(left, dtype=np.int64)
    partners = np.ascontiguousarray(right, dtype=np.int64)
    listed = np.concatenate([rows, partners])
    if rows.size != partners.size or (
        listed.size and not 0 <= listed.min() <= listed.max() < bags[3].size
    ):
        raise ValueError(
            f"`left` and `right` list {rows.size} and {partners.size} bags; they must be as many, "
            f"and numbers of the {bags[3].size} bags."
        )
    out = np.empty((rows.size, 1))
    _fill(rows, partners, False, bags, bags, ground, metric, False, out)
    return out.ravel()
