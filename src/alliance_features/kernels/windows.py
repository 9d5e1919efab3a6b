"""Sliding reductions: nearest of the next replies, moving type-token ratio."""

from __future__ import annotations

import numpy as np

from .._typing import FloatArray, IntArray
from . import kernel


@kernel
def _nearest_reply(distances, anchors, replies, k, least, out):
    """Fill `out[a]` with the distance of anchor `a` to the nearest of the `k` replies after it."""
    first = 0
    for a in range(anchors.size):
        while first < replies.size and replies[first] < anchors[a]:
            first += 1
        best = np.inf
        last = min(first + k, replies.size)
        if last - first < least:
            last = first
        for r in range(first, last):
            d = distances[anchors[a], replies[r]]
            if d < best:  # a missing pair is NaN and never wins
                best = d
        out[a] = best if best < np.inf else np.nan


def nearest_reply(
    distances: FloatArray, anchors: IntArray, replies: IntArray, k: int, least: int = 1
) -> FloatArray:
    """Return for each anchor turn the distance to the nearest of the next `k` replies, or NaN.

    Parameters
    ----------
    distances : ndarray of float64, shape (n_turns, n_turns)
    anchors : ndarray of int64, shape (n_anchors,)
        Turns of the anchor, rising.
    replies : ndarray of int64, shape (n_replies,)
        Turns of the other speaker, rising.
    k, least : int
        NaN if fewer than `least` replies follow.

    Returns
    -------
    ndarray of float64, shape (n_anchors,)
    """
    out = np.empty(anchors.size, dtype=np.float64)
    _nearest_reply(distances, anchors, replies, k, least, out)
    return out


@kernel
def _sum_of_types(forms, window, counts):
    """Return the number of distinct forms, summed over all windows."""
    distinct = 0
    total = 0
    for t in range(forms.size):
        counts[forms[t]] += 1
        if counts[forms[t]] == 1:
            distinct += 1
        if t >= window:
            counts[forms[t - window]] -= 1
            if counts[forms[t - window]] == 0:
                distinct -= 1
        if t >= window - 1:
            total += distinct
    return total


def moving_type_token_ratio(forms: IntArray, window: int) -> float:
    """Return the mean share of distinct forms in windows of `window`, NaN if there is none.

    Parameters
    ----------
    forms : ndarray of int64, shape (n_tokens,)
    window : int

    Returns
    -------
    float
    """
    n_windows = forms.size - window + 1
    if n_windows < 1:
        return float("nan")
    counts = np.zeros(int(forms.max()) + 1, dtype=np.int64)
    return float(_sum_of_types(forms, window, counts)) / (n_windows * window)
