"""The trivial baseline beside every Word Mover's Distance: bags of words, L1."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from ..kernels.ngrams import adjacent_l1, adjacent_shared, excess_l1
from .alignment import NgramBags

#: Turns are about as long if neither has more than so many times the tokens of the other.
SIMILAR = 1.5


def bow_l1(tokens_a: Sequence[str], tokens_b: Sequence[str]) -> float:
    """Return the L1 distance of two L1-normalised bags of words, 0..2; NaN if one is empty."""
    a, b = Counter(tokens_a), Counter(tokens_b)
    n_a, n_b = len(tokens_a), len(tokens_b)
    if not n_a or not n_b:
        return float("nan")
    return sum(abs(a[word] * n_b - b[word] * n_a) for word in {*a, *b}) / (n_a * n_b)


def adjacent_bow_l1(turns: Sequence[Sequence[str]]) -> npt.NDArray[np.float64]:
    """Return for each turn its distance to the turn before; NaN for the first."""
    pairs = [bow_l1(before, after) for before, after in pairwise(turns)]
    return np.array([float("nan"), *pairs][: len(turns)], dtype=np.float64)


def adjacent_overlap(turns: Sequence[Sequence[str]]) -> npt.NDArray[np.float64]:
    """Return for each turn the share of its distinct tokens that the turn before holds."""
    shares = [
        len({*before} & {*after}) / len({*after}) if before and after else float("nan")
        for before, after in pairwise(turns)
    ]
    return np.array([float("nan"), *shares][: len(turns)], dtype=np.float64)


def bag_l1(bags: NgramBags) -> npt.NDArray[np.float64]:
    """Return what `adjacent_bow_l1` does, from the bags of single tokens."""
    return adjacent_l1(bags.ids, bags.counts, bags.offsets)


def bag_overlap(bags: NgramBags) -> npt.NDArray[np.float64]:
    """Return what `adjacent_overlap` does, from the bags of single tokens."""
    return adjacent_shared(bags.ids, bags.offsets)


def excess_bow_l1(bags: NgramBags, is_therapist: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
    """Return the bag-of-words distance to the turn before, minus that to other turns as long.

    Parameters
    ----------
    bags : NgramBags
        Single tokens (n = 1) of the turns.
    is_therapist : bool, shape (n_turns,)
        Who speaks; turns alternate.

    Returns
    -------
    float64, shape (n_turns,)
        -2..2, below 0 = closer than to other turns of the speaker before with a number of tokens
        within a factor of `SIMILAR`; NaN where one of the two turns has no token, or no other
        turn of that speaker is as long.
    """
    return excess_l1(bags.ids, bags.counts, bags.offsets, is_therapist, SIMILAR)
