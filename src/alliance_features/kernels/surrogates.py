"""Sums of distances in a session when the replies of one speaker are put in another order."""

from __future__ import annotations

import numpy as np

from .._typing import FloatArray, IntArray
from . import kernel


@kernel
def _reorder(block, first, last, before, previous, orders, out):
    """Fill `out[s]` with three sums under order `s`: nearest replies, cross pairs, neighbours."""
    n_anchors, n_replies = block.shape
    sums = np.zeros((n_anchors + 1, n_replies))  # of the first anchors, by reply
    for a in range(n_anchors):
        for r in range(n_replies):
            sums[a + 1, r] = sums[a, r] + block[a, r]
    for s in range(orders.shape[0]):
        nearest = 0.0
        for a in range(n_anchors):
            if first[a] == last[a]:
                continue
            best = np.inf
            for r in range(first[a], last[a]):
                best = min(best, block[a, orders[s, r]])
            nearest += best
        cross = 0.0
        neighbours = 0.0
        for r in range(n_replies):
            cross += sums[before[r], orders[s, r]]
            if previous[r] >= 0:
                neighbours += block[previous[r], orders[s, r]]
        out[s, 0] = nearest
        out[s, 1] = cross
        out[s, 2] = neighbours


def reordered_sums(
    block: FloatArray,
    first: IntArray,
    last: IntArray,
    before: IntArray,
    previous: IntArray,
    orders: IntArray,
) -> FloatArray:
    """Return sums of distances for each order of the replies.

    Parameters
    ----------
    block : ndarray of float64, shape (n_anchors, n_replies)
        Distances between the turns of the two speakers, without NaN.
    first, last : ndarray of int64, shape (n_anchors,)
        Places of the replies that count for each anchor: from `first` until `last`.
    before : ndarray of int64, shape (n_replies,)
        How many anchors are before each place.
    previous : ndarray of int64, shape (n_replies,)
        Anchor right before each place, -1 if there is none.
    orders : ndarray of int64, shape (n_orders, n_replies)
        Which reply is at each place.

    Returns
    -------
    ndarray of float64, shape (n_orders, 3)
        Sums over the anchors of the least distance to a reply that counts, over all pairs of an
        anchor and a later place, and over the places right after an anchor.
    """
    out = np.empty((orders.shape[0], 3))
    _reorder(np.ascontiguousarray(block), first, last, before, previous, orders, out)
    return out
