"""The dense transport problem in integers: a starting tree, then pivots until none improves.

Rows are nodes `0 <= i < n`, columns are nodes `columns + j`. The arrays over the nodes are
stretches of one int64 array `node`, each `size` long, in the order of the names below. `below`
holds one bit for every node of a node's subtree, itself included: `words` machine words per node,
and two spare nodes.
"""

from __future__ import annotations

import numpy as np

from . import kernel
from .simd import (
    CLOSED,
    FAR,
    block_minimum,
    column_minima,
    count_greater,
    locate,
    open_minimum,
    row_minimum,
    shift,
    two_minima,
)

# Price (dual), parent, flow on the arc to the parent, mass not yet placed, nodes in the order
# they joined the tree, cost of the arc to the parent; for the start: nearest column, regret, rank.
PRICE, PARENT, FLOW, LEFT, JOINED, ARC, REGRET, RANK = range(8)
STRETCHES = 8

# A small problem has at most 64 rows and columns; its costs carry `row * 64 + column` in their
# low bits, so that one search for a minimum finds its place too.
SMALL = 64
TAG_BITS = 12
TAG = (1 << TAG_BITS) - 1


# Rows of a large problem searched before the best arc so far enters.
BLOCK_ROWS = 16

_ONE = np.int64(1)


@kernel(inline=True)
def _rank_rows(n, cost, width, columns, size, node):
    """List the rows in RANK by falling loss without their nearest column."""
    rank, regret = RANK * size, REGRET * size
    low_bits = 6
    while n >> low_bits > 0:
        low_bits += 1
    row_width = (n + 7) & ~7
    for i in range(n):
        smallest = two_minima(cost, i * width, width, node, columns, node, regret + i)
        loss = node[regret + i] - smallest
        node[regret + i] = (loss >> low_bits << low_bits) | i
    for i in range(n, row_width):
        node[regret + i] = -1
    for i in range(n):
        place = count_greater(node, regret, row_width, node[regret + i])
        node[rank + place] = i


@kernel(inline=True)
def _plant(first, last, words, below):
    """Make every node a tree of its own."""
    for x in range(first, last):
        for w in range(words):
            below[x * words + w] = 0
        below[x * words + (x >> 6)] = _ONE << (x & 63)


@kernel(inline=True)
def _hang(step, i, y, row_ends, moved, arc_cost, words, size, node, below):
    """Hang row `i` on column node `y`, or the column on the row, whichever is exhausted."""
    child = i if row_ends else y
    top = y if row_ends else i
    node[PARENT * size + child] = top
    node[FLOW * size + child] = moved
    node[ARC * size + child] = arc_cost
    node[JOINED * size + step] = child
    for w in range(words):
        below[top * words + w] |= below[child * words + w]


@kernel(inline=True)
def _serve(arcs, cost, width, columns, words, size, node, below):
    """Place all mass, row by row in the order of RANK; return the last row."""
    left, rank = LEFT * size, RANK * size
    served = 0
    i = node[rank]
    supply = node[left + i]
    for step in range(arcs):
        reduced = row_minimum(cost, i * width, width, node, columns)
        j = locate(cost, i * width, width, node, columns, reduced)
        demand = node[left + columns + j]
        row_ends = supply < demand
        moved = supply if row_ends else demand
        _hang(step, i, columns + j, row_ends, moved, cost[i * width + j], words, size, node, below)
        node[left + columns + j] = demand - moved
        supply -= moved
        if row_ends:
            served += 1
            i = node[rank + served]
            supply = node[left + i]
        else:
            node[columns + j] = -CLOSED
    return i


@kernel(inline=True)
def _serve_tagged(arcs, cost, width, columns, words, size, node, below):
    """Do as `_serve`, without waiting: either way the step may end, its successor is known."""
    left, rank = LEFT * size, RANK * size
    i = node[rank]
    later = node[rank + 1]
    supply = node[left + i]
    served = 1
    # One bit per column: a price written here would stall the vector load that follows.
    is_open = np.int64(-1)
    reduced = open_minimum(cost, i * width, width, node, columns, is_open)
    for step in range(arcs):
        j = reduced & 63
        y = columns + j
        without = is_open & ~(_ONE << j)
        same_row = open_minimum(cost, i * width, width, node, columns, without)
        next_row = open_minimum(cost, later * width, width, node, columns, is_open)
        demand = node[left + y]
        row_ends = supply < demand
        moved = supply if row_ends else demand
        _hang(step, i, y, row_ends, moved, cost[i * width + j] & ~TAG, words, size, node, below)
        node[left + y] = demand - moved
        supply = node[left + later] if row_ends else supply - moved
        i = later if row_ends else i
        reduced = next_row if row_ends else same_row
        is_open = is_open if row_ends else without
        served += 1 if row_ends else 0
        later = node[rank + served]
    return i


@kernel(inline=True)
def _start(n, m, arcs, cost, width, tag, columns, words, size, node, below):
    """Serve rows by falling regret, each from its cheapest open column; the arcs form a tree.

    Every arc exhausts exactly one of its ends (no partial sums of the masses are equal), which
    hangs itself on the other: subtrees grow from the leaves, prices follow from the root.
    """
    parent, left = PARENT * size, LEFT * size
    joined, arc, rank = JOINED * size, ARC * size, RANK * size
    column_minima(cost, n, width, node, columns, left + columns, ~tag)
    _rank_rows(n, cost, width, columns, size, node)
    node[rank + n] = 0
    _plant(0, n, words, below)
    _plant(columns, columns + m, words, below)
    if tag:
        i = _serve_tagged(arcs, cost, width, columns, words, size, node, below)
    else:
        i = _serve(arcs, cost, width, columns, words, size, node, below)
    root = i
    done = joined + arcs
    node[root] = 0
    while done > joined:
        done -= 1
        x = node[done]
        node[x] = node[arc + x] - node[node[parent + x]]


@kernel(inline=True)
def _leaving(i, y, columns, words, size, node, below):
    """Return the top of the cycle closed by arc (i, y), the node that is cut off, its flow.

    Flow falls on the arcs above rows on the side of row `i`, above columns on that of `y`.
    """
    parent, flow = PARENT * size, FLOW * size
    least = FAR
    cut = i
    x = i
    word = y >> 6
    bit = y & 63
    while (below[x * words + word] >> bit) & 1 == 0:
        if x < columns and node[flow + x] < least:
            least = node[flow + x]
            cut = x
        x = node[parent + x]
    top = x
    on_row_side = True
    x = y
    while x != top:
        if x >= columns and node[flow + x] < least:
            least = node[flow + x]
            cut = x
            on_row_side = False
        x = node[parent + x]
    return top, cut, least, on_row_side


@kernel(inline=True)
def _pivot(i, y, gain, columns, words, size, row_width, column_width, node, below):
    """Let arc (i, y) of reduced cost `gain` < 0 enter the tree."""
    parent, flow = PARENT * size, FLOW * size
    top, cut, least, on_row_side = _leaving(i, y, columns, words, size, node, below)
    near, far = (i, y) if on_row_side else (y, i)
    branch, inner = size * words, (size + 1) * words
    for w in range(words):
        below[branch + w] = below[cut * words + w]
        below[inner + w] = 0
    x = far
    while x != top:
        node[flow + x] += least if (x < columns) == on_row_side else -least
        for w in range(words):
            below[x * words + w] |= below[branch + w]
        x = node[parent + x]
    x = node[parent + cut]
    while x != top:
        node[flow + x] += -least if (x < columns) == on_row_side else least
        for w in range(words):
            below[x * words + w] &= ~below[branch + w]
        x = node[parent + x]
    x, above, carried = near, far, least
    while True:
        next_up = node[parent + x]
        next_flow = node[flow + x] + (-least if (x < columns) == on_row_side else least)
        node[parent + x] = above
        node[flow + x] = carried
        for w in range(words):
            outer = below[x * words + w]
            below[x * words + w] = below[branch + w] & ~below[inner + w]
            below[inner + w] = outer
        if x == cut:
            break
        above, carried, x = x, next_flow, next_up
    step = gain if on_row_side else -gain
    for w in range(words):
        if w * 64 < columns:
            shift(node, w * 64, min(64, row_width - w * 64), below[branch + w], step)
        else:
            count = min(64, columns + column_width - w * 64)
            shift(node, w * 64, count, below[branch + w], -step)


@kernel
def solve_small(n, m, arcs, cost, width, node, below):
    """Find optimal prices of a problem with tagged costs; return the number of pivots."""
    row_width = (n + 7) & ~7
    searched = (n + 3) & ~3
    for k in range(n * width, searched * width):
        cost[k] = CLOSED
    for i in range(n, searched):
        node[i] = 0
    size = 2 * SMALL
    _start(n, m, arcs, cost, width, TAG, SMALL, 2, size, node, below)
    pivots = 0
    while True:
        best = block_minimum(cost, 0, searched, width, node, SMALL)
        place = best & TAG
        gain = best - place
        if gain >= 0:
            return pivots
        _pivot(
            place >> 6, SMALL + (place & 63), gain, SMALL, 2, size, row_width, width, node, below
        )
        pivots += 1


@kernel
def solve_large(n, m, arcs, cost, width, columns, words, node, below):
    """Find optimal prices of a problem of any size, costs untagged; return the pivots."""
    row_width = (n + 7) & ~7
    size = 64 * words
    _start(n, m, arcs, cost, width, 0, columns, words, size, node, below)
    pivots = 0
    row = 0
    clean = 0
    while clean < n:
        gain = 0
        chosen = 0
        least = 0
        for _ in range(min(BLOCK_ROWS, n)):
            smallest = row_minimum(cost, row * width, width, node, columns)
            if smallest - node[row] < gain:
                gain = smallest - node[row]
                least = smallest
                chosen = row
            clean += 1
            row = row + 1 if row + 1 < n else 0
        if gain < 0:
            clean = 0
            j = locate(cost, chosen * width, width, node, columns, least)
            _pivot(chosen, columns + j, gain, columns, words, size, row_width, width, node, below)
            pivots += 1
    return pivots
