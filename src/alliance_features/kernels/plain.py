"""The inner loops of the simplex in plain numpy, the reference of the vectorised ones.

Arrays of costs are flat, rows of `width` costs (a multiple of 8) one after the other; `node`
holds the price of row `i` at `i` and of column `j` at `columns + j`. Run by tests and under
``NUMBA_DISABLE_JIT=1``.
"""

from __future__ import annotations

from typing import Any

import numpy as np

FAR = (1 << 63) - 1
# A price of -CLOSED takes a column out of every search.
CLOSED = 1 << 61
# 1.5 * 2**52: adding it leaves the rounded integer in the low bits of the float.
MAGIC = 6755399441055744.0
MAGIC_BITS = 0x4338000000000000


def row_minimum(cost: Any, start: Any, width: Any, prices: Any, offset: Any) -> Any:
    """Return the smallest of `cost[start + j] - prices[offset + j]` over `j < width`."""
    return int((cost[start : start + width] - prices[offset : offset + width]).min())


def locate(cost: Any, start: Any, width: Any, prices: Any, offset: Any, reduced: Any) -> Any:
    """Return the first `j` at which `row_minimum` found `reduced`."""
    matches = cost[start : start + width] - prices[offset : offset + width] == reduced
    return int(np.flatnonzero(matches)[0])


def open_minimum(cost: Any, start: Any, width: Any, prices: Any, offset: Any, is_open: Any) -> Any:
    """Return as `row_minimum` does over the columns whose bit is set in `is_open`."""
    chosen = (np.int64(is_open) >> np.arange(width)) & 1
    reduced = cost[start : start + width] - prices[offset : offset + width]
    return int(np.where(chosen == 1, reduced, FAR).min())


def block_minimum(cost: Any, first: Any, last: Any, width: Any, prices: Any, offset: Any) -> Any:
    """Return the smallest reduced cost of rows `first <= i < last`; row prices begin at 0."""
    block = cost[first * width : last * width].reshape(last - first, width)
    block = block - prices[first:last, None] - prices[offset : offset + width]
    return int(block.min())


def column_minima(
    cost: Any, n: Any, width: Any, node: Any, columns: Any, left: Any, keep: Any
) -> None:
    """Fill `node[columns + j]` with the bits in `keep` of the minima; close columns without mass.

    The mass of a column is `node[left + j]`.
    """
    minima = cost[: n * width].reshape(n, width).min(axis=0) & keep
    node[columns : columns + width] = np.where(node[left : left + width] == 0, -CLOSED, minima)


def copy_row(panel: Any, source: Any, cost: Any, target: Any, width: Any, tag: Any) -> None:
    """Copy `width` costs with `tag` added."""
    cost[target : target + width] = panel[source : source + width] | tag


def count_greater(keys: Any, start: Any, width: Any, key: Any) -> Any:
    """Return how many of `width` keys are greater than `key`."""
    return int((keys[start : start + width] > key).sum())


def two_minima(
    cost: Any, start: Any, width: Any, prices: Any, offset: Any, out: Any, place: Any
) -> Any:
    """Return as `row_minimum` does, and put the second smallest in `out[place]`."""
    reduced = cost[start : start + width] - prices[offset : offset + width]
    smallest = int(reduced.min())
    rest = reduced[reduced != smallest]
    # The vectorised loop sees a tie of the smallest only within one lane; tags exclude ties.
    out[place] = rest.min() if rest.size else FAR
    return smallest


def shift(prices: Any, start: Any, width: Any, mask: Any, step: Any) -> None:
    """Add `step` to `prices[start + k]` for every `k < width` whose bit is set in `mask`."""
    chosen = (np.int64(mask) >> np.arange(width)) & 1
    prices[start : start + width] += chosen * step


def quantise(raw: Any, cost: Any, first: Any, n: Any, width: Any, unit: Any) -> None:
    """Fill `cost` with `rint(raw * unit) << 12 | j`, from `first` on."""
    whole = np.rint(raw[: n * width] * unit).astype(np.int64).reshape(n, width)
    cost[first : first + n * width] = ((whole << 12) | np.arange(width)).ravel()


def fill_panel(ground: Any, ids: Any, begin: Any, length: Any, unit: Any, panel: Any) -> None:
    """Quantise the costs of every word to `length` words, one row of `panel` per word.

    `ground` has at least 8 rows; a row of `panel` is padded to a multiple of 8.
    """
    width = (length + 7) & ~7
    places = np.minimum(begin + np.arange(width), begin + length - 1)
    raw = ground[ids[places]].T.copy().ravel()
    quantise(raw, panel, 0, ground.shape[0], width, unit)


def add_squares(panels: Any, rows: Any, columns: Any, count: Any, tile: Any) -> None:
    """Add to `tile` (4 x 16) the squared differences of 4 rows and 16 columns.

    Both are taken from `panels`, where dimension `k` of 16 points begins at `16 * k`.
    """
    left = panels[rows + 16 * np.arange(count)[:, None] + np.arange(4)]
    right = panels[columns : columns + 16 * count].reshape(count, 16)
    sums = np.zeros((4, 16))
    for k in range(count):
        sums += (left[k][:, None] - right[k]) ** 2
    tile += sums.ravel()
