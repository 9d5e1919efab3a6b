"""Bags of n-grams of turns as flat arrays: cosine and L1 distance of neighbours."""

from __future__ import annotations

import numpy as np

from .._typing import BoolArray, FloatArray, IntArray
from . import kernel


@kernel
def _dot(ids, counts, i, i_end, j, j_end):
    """Return the sum of products of the counts of two bags with rising ids."""
    total = 0
    while i < i_end and j < j_end:
        if ids[i] < ids[j]:
            i += 1
        elif ids[i] > ids[j]:
            j += 1
        else:
            total += counts[i] * counts[j]
            i += 1
            j += 1
    return total


@kernel
def _l1(ids, counts, i, i_end, n_i, j, j_end, n_j):
    """Return the L1 distance of two bags of `n_i` and `n_j` entries, both scaled to sum 1."""
    total = 0
    while i < i_end and j < j_end:
        if ids[i] < ids[j]:
            total += counts[i] * n_j
            i += 1
        elif ids[i] > ids[j]:
            total += counts[j] * n_i
            j += 1
        else:
            total += abs(counts[i] * n_j - counts[j] * n_i)
            i += 1
            j += 1
    while i < i_end:
        total += counts[i] * n_j
        i += 1
    while j < j_end:
        total += counts[j] * n_i
        j += 1
    return total / (n_i * n_j)


@kernel
def _adjacent_cosine(ids, counts, offsets, out):
    """Fill `out` with the cosine of each bag and the one before, NaN if one is empty."""
    out[0] = np.nan
    for t in range(1, out.size):
        p, q, r = offsets[t - 1], offsets[t], offsets[t + 1]
        before = _dot(ids, counts, p, q, p, q)
        own = _dot(ids, counts, q, r, q, r)
        out[t] = np.nan
        if before > 0 and own > 0:
            out[t] = _dot(ids, counts, p, q, q, r) / np.sqrt(np.float64(before) * np.float64(own))


@kernel
def _adjacent_l1(ids, counts, offsets, out):
    """Fill `out` with the L1 distance of each bag to the one before, NaN if one is empty."""
    before = 0
    for t in range(out.size):
        p, q, r = offsets[max(t, 1) - 1], offsets[t], offsets[t + 1]
        n = counts[q:r].sum()
        out[t] = np.nan
        if t > 0 and before > 0 and n > 0:
            out[t] = _l1(ids, counts, p, q, before, q, r, n)
        before = n


@kernel
def _adjacent_shared(tokens, offsets, last, out):
    """Fill `out` with the share of distinct tokens that the turn before has; `last` is all -2."""
    for t in range(out.size):
        distinct = 0
        shared = 0
        for place in range(offsets[t], offsets[t + 1]):
            token = tokens[place]
            if last[token] != t:
                distinct += 1
                if t > 0 and last[token] == t - 1:
                    shared += 1
                last[token] = t
        said_before = t > 0 and offsets[t] > offsets[t - 1]
        out[t] = shared / distinct if distinct and said_before else np.nan


@kernel
def _l1_to_laid_out(ids, counts, q, q_end, n_q, laid_out, n):
    """Return the L1 distance of a bag of `n_q` entries to one that is stored by id.

    The sum is of whole numbers: the same as `_l1`, which walks both bags.
    """
    total = n * n_q
    for place in range(q, q_end):
        own = laid_out[ids[place]] * n_q
        total += abs(counts[place] * n - own) - own
    return total / (n * n_q)


@kernel
def _excess_l1(ids, counts, offsets, totals, first, factor, laid_out, out):
    """Fill `out` with each bag's distance to the one before, minus the mean to like-sized bags.

    `laid_out` has a zero for each id.
    """
    out[0] = np.nan
    for t in range(1, out.size):
        out[t] = np.nan
        before = t - 1
        if totals[t] == 0 or totals[before] == 0:
            continue
        for place in range(offsets[t], offsets[t + 1]):
            laid_out[ids[place]] = counts[place]
        total = 0.0
        n = 0
        for q in range(out.size):
            if first[q] != first[before] or q == before or totals[q] == 0:
                continue
            if totals[q] > factor * totals[before] or totals[before] > factor * totals[q]:
                continue
            total += _l1_to_laid_out(
                ids, counts, offsets[q], offsets[q + 1], totals[q], laid_out, totals[t]
            )
            n += 1
        if n > 0:
            own = _l1_to_laid_out(
                ids, counts, offsets[before], offsets[t], totals[before], laid_out, totals[t]
            )
            out[t] = own - total / n
        for place in range(offsets[t], offsets[t + 1]):
            laid_out[ids[place]] = 0


def adjacent_cosine(ids: IntArray, counts: IntArray, offsets: IntArray) -> FloatArray:
    """Return the cosine of the counts of each bag and of the one before, NaN if one is empty.

    Parameters
    ----------
    ids, counts : ndarray of int64, shape (n_entries,)
        N-grams, rising within a bag, and how often each occurs.
    offsets : ndarray of int64, shape (n_bags + 1,)
        Where the entries of each bag begin.

    Returns
    -------
    ndarray of float64, shape (n_bags,)
        0..1, exactly 1 for equal bags; NaN for the first.
    """
    out = np.empty(offsets.size - 1, dtype=np.float64)
    if out.size:
        _adjacent_cosine(ids, counts, offsets, out)
    return out


def adjacent_l1(ids: IntArray, counts: IntArray, offsets: IntArray) -> FloatArray:
    """Return the L1 distance of each bag and the one before, both scaled to sum 1.

    Parameters
    ----------
    ids, counts : ndarray of int64, shape (n_entries,)
        As in `adjacent_cosine`.
    offsets : ndarray of int64, shape (n_bags + 1,)

    Returns
    -------
    ndarray of float64, shape (n_bags,)
        0..2; NaN for the first and where one of the two is empty.
    """
    out = np.empty(offsets.size - 1, dtype=np.float64)
    _adjacent_l1(ids, counts, offsets, out)
    return out


def adjacent_shared(tokens: IntArray, offsets: IntArray, n_words: int) -> FloatArray:
    """Return the share of each turn's distinct tokens that the turn before has.

    Parameters
    ----------
    tokens : ndarray of int64, shape (n_tokens,)
        Numbers from 0 to `n_words` - 1, turns one after the other.
    offsets : ndarray of int64, shape (n_turns + 1,)
        Where the tokens of each turn begin.
    n_words : int

    Returns
    -------
    ndarray of float64, shape (n_turns,)
        0..1; NaN for the first and where one of the two turns is empty.
    """
    out = np.empty(offsets.size - 1, dtype=np.float64)
    _adjacent_shared(tokens, offsets, np.full(n_words, -2, dtype=np.int64), out)
    return out


def excess_l1(
    ids: IntArray, counts: IntArray, offsets: IntArray, first: BoolArray, factor: float
) -> FloatArray:
    """Return the L1 distance of each bag to the one before, minus that to bags of like length.

    Parameters
    ----------
    ids, counts : ndarray of int64, shape (n_entries,)
        As in `adjacent_cosine`, of single tokens: it takes memory for each id up to the largest.
    offsets : ndarray of int64, shape (n_bags + 1,)
    first : ndarray of bool, shape (n_bags,)
        Which bags are of the first of two speakers; neighbours are of different ones.
    factor : float
        Other bags of the previous speaker count if neither they nor the bag before is more than
        this many times as long as the other.

    Returns
    -------
    ndarray of float64, shape (n_bags,)
        -2..2; NaN where one of the two is empty or no other bag is of like length.
    """
    out = np.empty(offsets.size - 1, dtype=np.float64)
    sums = np.concatenate([np.zeros(1, np.int64), np.cumsum(counts, dtype=np.int64)])
    if out.size:
        totals = sums[offsets[1:]] - sums[offsets[:-1]]
        laid_out = np.zeros(int(ids.max()) + 1 if ids.size else 0, np.int64)
        _excess_l1(ids, counts, offsets, totals, first, factor, laid_out, out)
    return out
