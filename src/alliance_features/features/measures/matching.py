"""Style matching by category: whether two speakers use a category of words at the same rate."""

from __future__ import annotations

import numpy as np

from ..._typing import BoolArray, FloatArray, IntArray
from .synchrony import mean_of_known

_SMALL = 0.0001


def style_match(one: FloatArray, other: FloatArray) -> FloatArray:
    """Return 1 - |p - q| / (p + q + 0.0001) for rates per 100 words.

    Examples
    --------
    >>> style_match(np.array([50.0, 0.0]), np.array([25.0, 0.0])).round(4)
    array([0.6667, 1.    ])
    """
    return np.asarray(1.0 - np.abs(one - other) / (one + other + _SMALL))


def matches_of_speakers(counts: IntArray, words: IntArray, first: BoolArray) -> FloatArray:
    """Return the match of two speakers' rates over all their turns, by category.

    Parameters
    ----------
    counts : int64, shape (n_turns, n_categories)
        Words of each category.
    words : int64, shape (n_turns,)
    first : bool, shape (n_turns,)
        Turns of one speaker; the others are of the other.

    Returns
    -------
    float64, shape (n_categories,)
        NaN if a speaker has no word.
    """
    rates = []
    for turns in (first, ~first):
        total = words[turns].sum()
        if total == 0:
            return np.full(counts.shape[1], np.nan)
        rates.append(100.0 * counts[turns].sum(axis=0) / total)
    return style_match(*rates)


def matches_of_exchanges(counts: IntArray, words: IntArray, answers: IntArray) -> FloatArray:
    """Return the mean match of answering turns and the turns before them, by category.

    Parameters
    ----------
    counts, words
        As in `matches_of_speakers`.
    answers : int64, shape (n_exchanges,)
        Turns with a word that follow one with a word.

    Returns
    -------
    float64, shape (n_categories,)
        Exchanges whose turn before lacks the category are left out; NaN if all do.
    """
    before = 100.0 * counts[answers - 1] / words[answers - 1, None].astype(np.float64)
    after = 100.0 * counts[answers] / words[answers, None].astype(np.float64)
    matches = np.where(before > 0, style_match(before, after), np.nan)
    return np.array([mean_of_known(column) for column in matches.T], dtype=np.float64)
