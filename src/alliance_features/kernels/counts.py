"""Counts of tokens by turn."""

from __future__ import annotations

import numpy as np

from .._typing import IntArray
from . import kernel


@kernel
def _count_flagged(flags, offsets, bits, also, out):
    for turn in range(out.size):
        n = 0
        for t in range(offsets[turn], offsets[turn + 1]):
            if flags[t] & bits and flags[t] & also == also:
                n += 1
        out[turn] = n


def count_flagged(flags: IntArray, offsets: IntArray, bits: int, also: int = 0) -> IntArray:
    """Return for each turn how many tokens have any of `bits`, and all of `also`.

    Parameters
    ----------
    flags : ndarray of int64, shape (n_tokens,)
    offsets : ndarray of int64, shape (n_turns + 1,)
        Where the tokens of each turn begin.
    bits, also : int

    Returns
    -------
    ndarray of int64, shape (n_turns,)
    """
    out = np.empty(offsets.size - 1, dtype=np.int64)
    _count_flagged(flags, offsets, bits, also, out)
    return out


@kernel
def _count_members(flags, forms, offsets, bits, members, out):
    for turn in range(out.shape[0]):
        for t in range(offsets[turn], offsets[turn + 1]):
            if flags[t] & bits:
                for k in range(out.shape[1]):
                    out[turn, k] += members[forms[t], k]


def count_members(
    flags: IntArray, forms: IntArray, offsets: IntArray, bits: int, members: IntArray
) -> IntArray:
    """Return for each turn the sum of `members` over its tokens with any of `bits`.

    Parameters
    ----------
    flags, forms : ndarray of int64, shape (n_tokens,)
    offsets : ndarray of int64, shape (n_turns + 1,)
        Where the tokens of each turn begin.
    bits : int
    members : ndarray of int64, shape (n_forms, n_columns)

    Returns
    -------
    ndarray of int64, shape (n_turns, n_columns)
    """
    out = np.zeros((offsets.size - 1, members.shape[1]), dtype=np.int64)
    _count_members(flags, forms, offsets, bits, members, out)
    return out
