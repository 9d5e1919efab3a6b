"""Whether a category of words in a turn makes it likelier in the answer: pure functions."""

from __future__ import annotations

import numpy as np

from ..._typing import BoolArray, FloatArray, IntArray
from ...kernels.sums import logarithms

#: Turns before an answer that must hold the category, as in ConvoKit.
LEAST_USES = 3


def coordination(before: BoolArray, after: BoolArray, *, least: int = LEAST_USES) -> FloatArray:
    r"""Coordination of answers with the turns before them, by category.

    .. math:: C^m = P(\text{answer has } m \mid \text{turn before has } m) - P(\text{answer has } m)

    The second probability is over all exchanges, with and without `m` before.

    Parameters
    ----------
    before, after : bool, shape (n_exchanges, n_categories)
        Whether the turn answered and the answer hold the category.
    least : int, default=3
        Below so many turns before with the category, a value is NaN.

    Returns
    -------
    float64, shape (n_categories,)
        -1..1; higher = the answer follows; 0 if every turn before holds the category.

    References
    ----------
    Danescu-Niculescu-Mizil, Lee, Pang & Kleinberg 2012, doi:10.1145/2187836.2187931.

    Examples
    --------
    Three of four turns have it; two of their answers and the fourth's do, too: 2/3 - 3/4.

    >>> before = np.array([[True], [True], [True], [False]])
    >>> after = np.array([[True], [True], [False], [True]])
    >>> coordination(before, after).round(4)
    array([-0.0833])
    """
    uses = before.sum(axis=0)
    both = (before & after).sum(axis=0)
    enough = uses >= max(least, 1)
    echoed = np.divide(both, uses, out=np.full(uses.shape, np.nan), where=enough)
    return np.asarray(echoed - after.sum(axis=0) / max(before.shape[0], 1))


def alignment_log_odds(before: BoolArray, counts: IntArray, words: IntArray) -> FloatArray:
    """Log-odds of a word of the category in answers: turn before with the category minus without.

    Logit of (k + 0.5) / (n + 1) for the k words of the category among the n words of the answers
    to turns with it, minus the same of answers to turns without it. Our reading of the simplified
    word-based alignment model, SWAM.

    Parameters
    ----------
    before : bool, shape (n_exchanges, n_categories)
        Whether the turn answered holds the category.
    counts : int64, shape (n_exchanges, n_categories)
        Words of the category in the answer.
    words : int64, shape (n_exchanges,)
        Words of the answer.

    Returns
    -------
    float64, shape (n_categories,)
        Higher = the answer follows; NaN unless some turns before hold the category and some do
        not.

    Examples
    --------
    After a turn with it, 2 of 4 words; after one without, 0 of 4: 0 - log(0.5 / 4.5).

    >>> before = np.array([[True], [False]])
    >>> alignment_log_odds(before, np.array([[2], [0]]), np.array([4, 4])).round(4)
    array([2.1972])
    """
    logits = []
    for asked in (before, ~before):
        hits = np.where(asked, counts, 0).sum(axis=0)
        total = np.where(asked, words[:, None], 0).sum(axis=0)
        logits.append(logarithms((hits + 0.5) / (total - hits + 0.5)))
    both = before.any(axis=0) & ~before.all(axis=0)
    return np.where(both, logits[0] - logits[1], np.nan)
