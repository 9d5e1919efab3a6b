"""Lexical and semantic alignment of adjacent turns: cosines of counts and of summed vectors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..._typing import FloatArray, IntArray
from ...kernels import ngrams as kernels
from ...text.vectors import Vectors
from .distance import Bags, number_tokens

_LARGEST = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True, eq=False)
class NgramBags:
    """Runs of tokens of turns as bags, laid end to end.

    Attributes
    ----------
    ids : int64, shape (n_entries,)
        Numbers of n-grams, rising within a turn; those of single tokens count from 0, those of
        longer runs can be as large as an integer.
    counts : int64, shape (n_entries,)
    offsets : int64, shape (n_turns + 1,)
        Where the entries of each turn begin.
    """

    ids: IntArray
    counts: IntArray
    offsets: IntArray


def ngram_bags(turns: Sequence[Sequence[str]], n: int) -> NgramBags:
    """Return the runs of `n` tokens of each turn; none crosses the end of a turn."""
    words, offsets, _ = number_tokens(turns)
    return numbered_ngrams(words, offsets, n)


def numbered_ngrams(words: IntArray, offsets: IntArray, n: int) -> NgramBags:
    """Return the runs of `n` tokens of each turn, the tokens being numbers laid end to end."""
    n_turns = offsets.size - 1
    owner = np.repeat(np.arange(n_turns), np.diff(offsets))
    size = int(words.max()) + 1 if words.size else 1
    runs, most = words, size
    for shift in range(1, n):
        if most * size * (n_turns + 1) > _LARGEST:
            runs = np.unique(runs, return_inverse=True)[1]  # small numbers again, in this order
            most = int(runs.max()) + 1 if runs.size else 1
        runs, most = runs[: runs.size - 1] * size + words[shift:], most * size
    within = owner[: runs.size] == owner[n - 1 :]
    keys, counts = np.unique(owner[: runs.size][within] * most + runs[within], return_counts=True)
    starts = np.searchsorted(keys, np.arange(n_turns + 1) * most)
    return NgramBags(keys % most, counts.astype(np.int64), starts.astype(np.int64))


def adjacent_cosines(bags: NgramBags) -> FloatArray:
    """Return the cosine of the counts of each turn and the one before, NaN if one is empty."""
    return kernels.adjacent_cosine(bags.ids, bags.counts, bags.offsets)


def adjacent_embedding_cosines(bags: Bags, vectors: Vectors) -> FloatArray:
    """Return the cosine of the summed vectors of each turn and the one before.

    Parameters
    ----------
    bags : Bags
        Known words of the turns.
    vectors : Vectors
        Summed as they are, not as unit vectors, once for each time a word occurs.

    Returns
    -------
    float64, shape (n_turns,)
        -1..1; NaN for the first turn, and where a turn has no known word or its vectors sum to
        zero.
    """
    points = vectors.points(bags.rows, norm=False)[bags.ids] * bags.counts[:, None]
    filled = np.flatnonzero(np.diff(bags.offsets))
    sums = np.zeros((bags.offsets.size - 1, vectors.dimensions))
    if filled.size:
        sums[filled] = np.add.reduceat(points, bags.offsets[filled], axis=0)
    out = np.full(sums.shape[0], np.nan)
    squares = (sums * sums).sum(axis=1)
    scale = np.sqrt(squares[1:] * squares[:-1])
    dots = (sums[1:] * sums[:-1]).sum(axis=1)
    np.divide(dots, scale, out=out[1:], where=scale > 0)
    return np.asarray(np.clip(out, -1.0, 1.0))
