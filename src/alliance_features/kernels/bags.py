"""Bags of words as flat arrays: integer masses, and the distinct ones among equal bags."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .._typing import IntArray
from . import kernel


@kernel
def _reduce(counts, offsets, masses, totals):
    """Divide the counts of each bag by their greatest common divisor; sum them."""
    for t in range(offsets.size - 1):
        divisor = 0
        for k in range(offsets[t], offsets[t + 1]):
            a, b = counts[k], divisor
            while b != 0:
                a, b = b, a % b
            divisor = a
        total = 0
        for k in range(offsets[t], offsets[t + 1]):
            masses[k] = counts[k] // divisor
            total += masses[k]
        totals[t] = total


@kernel
def _apportion(weights, offsets, whole, masses, totals):
    """Share `whole` units among the words of each bag, proportionally, by rounded running sums."""
    for t in range(offsets.size - 1):
        total = 0.0
        for k in range(offsets[t], offsets[t + 1]):
            total += weights[k]
        running = 0.0
        given = np.int64(0)
        for k in range(offsets[t], offsets[t + 1]):
            running += weights[k]
            goal = np.int64(np.rint(running / total * whole))
            masses[k] = goal - given
            given = goal
        totals[t] = whole if running > 0.0 else 0


def integer_masses(
    counts: npt.NDArray[np.int64] | npt.NDArray[np.float64], offsets: IntArray, n_words: int
) -> tuple[IntArray, IntArray]:
    """Return integer masses of all words and the total of each bag.

    Integer counts are divided by their greatest common divisor, which is exact. Real weights
    become shares of ``2**k`` units, k = 48 for vocabularies below 8,192 words and one less for
    each doubling: a mass is off by at most one unit, so a distance between bags of n and m words
    by at most ``(n + m) * 2**-k`` times the largest ground distance.

    Parameters
    ----------
    counts : ndarray of int64 or float64, shape (n_entries,)
        How often (or with which weight) a word is in a bag; > 0, finite.
    offsets : ndarray of int64, shape (n_bags + 1,)
        Where each bag begins; an empty bag begins where it ends.
    n_words : int
        Size of the vocabulary.

    Returns
    -------
    masses : ndarray of int64, shape (n_entries,)
    totals : ndarray of int64, shape (n_bags,)
        0 for an empty bag, or ``2**k`` for every bag of real weights.
    """
    masses = np.empty(counts.size, dtype=np.int64)
    totals = np.zeros(offsets.size - 1, dtype=np.int64)
    if np.issubdtype(counts.dtype, np.integer):
        _reduce(counts.astype(np.int64, copy=False), offsets, masses, totals)
    else:
        whole = 1 << min(48, 61 - int(n_words).bit_length())
        _apportion(counts.astype(np.float64, copy=False), offsets, whole, masses, totals)
    return masses, totals


def distinct_bags(ids: IntArray, masses: IntArray, offsets: IntArray) -> tuple[IntArray, IntArray]:
    """Return the first of each set of equal bags, and for each bag the place of its set.

    Parameters
    ----------
    ids, masses : ndarray of int64, shape (n_entries,)
        Sorted word ids and reduced masses.
    offsets : ndarray of int64, shape (n_bags + 1,)

    Returns
    -------
    first : ndarray of int64, shape (n_kinds,)
        Bag numbers, rising.
    kind : ndarray of int64, shape (n_bags,)
    """
    places: dict[bytes, int] = {}
    first: list[int] = []
    kind = np.empty(offsets.size - 1, dtype=np.int64)
    entries = np.stack([ids.astype(np.int64, copy=False), masses], axis=1)
    for t in range(kind.size):
        key = entries[offsets[t] : offsets[t + 1]].tobytes()
        place = places.setdefault(key, len(first))
        if place == len(first):
            first.append(t)
        kind[t] = place
    return np.array(first, dtype=np.int64), kind
