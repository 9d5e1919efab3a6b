"""Distances of pairs of bags, one by one: shared mass, closed forms, costs, solver.

`left` and `right` are bags as tuples of flat arrays (ids, masses, offsets, totals). `scale` is a
power of two, at least the largest ground distance.
"""

from __future__ import annotations

import numpy as np
from numba import prange

from . import kernel
from .simd import copy_row, fill_panel, quantise
from .simplex import LEFT, SMALL, STRETCHES, TAG_BITS, solve_large, solve_small

# Fraction bits of a cost, so that reduced costs stay below 2**63 (docs/transport.md).
SMALL_BITS = 42
LARGE_BITS = 48

# Up to this total mass, mass times price sums to less than 2**63.
DIRECT_TOTAL = 1 << 16
_LOW = (1 << 21) - 1


@kernel(inline=True)
def _objective(n, m, total, bits, columns, masses, rows, cols, node):
    """Return the sum of mass times price over rows and columns, in units of a cost, exact."""
    if total <= DIRECT_TOTAL and bits > 0:
        whole = 0
        for i in range(n):
            whole += masses[rows + i] * (node[i] >> bits)
        for j in range(m):
            whole += masses[cols + j] * (node[columns + j] >> bits)
        return np.float64(whole)
    top = middle_mass = middle_price = low = 0
    for k in range(n + m):
        mass = masses[rows + k] if k < n else masses[cols + k - n]
        price = node[k if k < n else columns + k - n] >> bits
        top += (mass >> 24) * (price >> 21)
        middle_mass += (mass >> 24) * (price & _LOW)
        middle_price += (mass & 0xFFFFFF) * (price >> 21)
        low += (mass & 0xFFFFFF) * (price & _LOW)
    # Carry into digits of 21 bits, so that the bits do not depend on which optimum was found.
    middle = middle_price + 8 * middle_mass + (low >> 21)
    top = 8 * top + (middle >> 21)
    return np.float64(top) * 2.0**42 + np.float64(middle & _LOW) * 2.0**21 + np.float64(low & _LOW)


@kernel(inline=True)
def _perturb(n, m, masses, rows, cols, columns, size, node):
    """Load the masses so that no partial sums of rows and columns are equal; return the arcs."""
    left = LEFT * size
    for i in range(n):
        node[left + i] = masses[rows + i] * 2 * n + 1
    alive = 0
    last = 0
    for j in range(m):
        mass = masses[cols + j] * 2 * n
        node[left + columns + j] = mass
        alive += 1 if mass > 0 else 0
        last = j if mass > 0 else last
    for j in range(m, (m + 7) & ~7):
        node[left + columns + j] = 0
    node[left + columns + last] += n
    return n + alive - 1


@kernel
def _large(n, m, total, words, masses, rows, cols, ground, scale):
    """Solve a problem with more than 64 rows or columns in work arrays of its own."""
    width = (m + 7) & ~7
    columns = (n + 63) & ~63
    n_words = (columns + ((m + 63) & ~63)) >> 6
    size = 64 * n_words
    unit = 2.0**LARGE_BITS
    while 4.0 * (n + 1) * unit > 2.0**61:
        unit *= 0.5
    cost = np.zeros(n * width, np.int64)
    node = np.zeros(STRETCHES * size, np.int64)
    below = np.empty((size + 2) * n_words, np.int64)
    for i in range(n):
        word = words[rows + i]
        for j in range(m):
            cost[i * width + j] = np.int64(np.rint(ground[word, words[cols + j]] / scale * unit))
    arcs = _perturb(n, m, masses, rows, cols, columns, size, node)
    solve_large(n, m, arcs, cost, width, columns, n_words, node, below)
    return _objective(n, m, total, 0, columns, masses, rows, cols, node) / unit * scale


@kernel(inline=True)
def _small(n, m, total, masses, rows, cols, scale, cost, node, below):
    """Solve a problem of at most 64 rows and columns, whose costs are filled in."""
    arcs = _perturb(n, m, masses, rows, cols, SMALL, 2 * SMALL, node)
    solve_small(n, m, arcs, cost, (m + 7) & ~7, node, below)
    work = _objective(n, m, total, TAG_BITS, SMALL, masses, rows, cols, node)
    return work / 2.0**SMALL_BITS * scale


@kernel(inline=True)
def _keep_rest(x, y, left, right, times_x, times_y, places):
    """Bring both bags to equal total mass minus what they share: `x` in `rest`, `y` in `masses`.

    Words of `x` keep their places (counted from 1), those of `y` without mass are left out.
    """
    slot, rest, words, masses = places
    _, masses_a, offsets_a, _ = left
    ids_b, masses_b, offsets_b, _ = right
    begin = offsets_a[x]
    rest[0] = 0
    for k in range(offsets_a[x + 1] - begin):
        rest[k + 1] = masses_a[begin + k] * times_x
    n = 0
    for k in range(offsets_b[y], offsets_b[y + 1]):
        mass = masses_b[k] * times_y
        place = slot[ids_b[k]]
        shared = min(mass, rest[place])
        rest[place] -= shared
        words[n] = ids_b[k]
        masses[n] = mass - shared
        n += 1 if mass > shared else 0
    return n


@kernel(inline=True)
def _compact(x, left, n, ground, scale, places, work):
    """Put the words left of `x` behind those of the other bag; return both sizes and places.

    The smaller bag gives the rows; the costs of a small problem are filled in.
    """
    _, rest, words, masses = places
    raw, cost, _, _ = work
    ids, _, offsets, _ = left
    begin = offsets[x]
    m = 0
    for k in range(offsets[x + 1] - begin):
        words[n + m] = ids[begin + k]
        masses[n + m] = rest[k + 1]
        m += 1 if rest[k + 1] > 0 else 0
    rows, cols = 0, n
    if m < n:
        n, m, rows, cols = m, n, cols, rows
    if m <= SMALL:
        width = (m + 7) & ~7
        for i in range(n):
            word = words[rows + i]
            for j in range(m):
                raw[i * width + j] = ground[word, words[cols + j]]
        quantise(raw, cost, 0, n, width, 2.0**SMALL_BITS / scale)
        for i in range(n):
            copy_row(cost, i * width, cost, i * width, width, i << 6)
    return n, m, rows, cols


@kernel(inline=True)
def _distance(x, y, left, right, ground, scale, has_panel, panel, places, work):
    """Return the distance of bag `x` of `left`, whose words are in `slot`, and `y` of `right`."""
    _, rest, words, masses = places
    _, cost, node, below = work
    total_x, total_y = left[3][x], right[3][y]
    if total_x == 0 or total_y == 0:
        return np.nan
    total, times_x, times_y = total_x, 1, 1
    if total_x != total_y:
        total, times_x, times_y = total_x * total_y, total_y, total_x
    n = _keep_rest(x, y, left, right, times_x, times_y, places)
    begin = left[2][x]
    length = left[2][x + 1] - begin
    alive = 0
    last = 0
    for k in range(length):
        alive += 1 if rest[k + 1] > 0 else 0
        last = k if rest[k + 1] > 0 else last
    if n == 0 or alive == 0:
        return 0.0
    work_done = 0.0
    if n == 1:
        for k in range(length):
            work_done += rest[k + 1] * ground[words[0], left[0][begin + k]]
    elif alive == 1:
        for i in range(n):
            work_done += masses[i] * ground[left[0][begin + last], words[i]]
    else:
        m, first, second = length, 0, n
        if has_panel and n <= SMALL:
            width = (m + 7) & ~7
            for i in range(n):
                copy_row(panel, words[i] * width, cost, i * width, width, i << 6)
            for k in range(m):
                masses[n + k] = rest[k + 1]
        else:
            n, m, first, second = _compact(x, left, n, ground, scale, places, work)
        if m <= SMALL:
            work_done = _small(n, m, total, masses, first, second, scale, cost, node, below)
        else:
            work_done = _large(n, m, total, words, masses, first, second, ground, scale)
    return work_done / total


@kernel
def _room(left, right, ground):
    """Allocate the work arrays of one thread: words and masses of a pair; a small problem."""
    longest = 0
    for t in range(left[3].size):
        longest = max(longest, left[2][t + 1] - left[2][t])
    other = 0
    for t in range(right[3].size):
        other = max(other, right[2][t + 1] - right[2][t])
    slot = np.zeros(ground.shape[0], np.int64)
    rest = np.zeros(longest + 1, np.int64)
    words = np.zeros(longest + other + 2, np.int64)
    masses = np.zeros(longest + other + 2, np.int64)
    raw = np.zeros(SMALL * SMALL, np.float64)
    cost = np.zeros(SMALL * SMALL, np.int64)
    node = np.zeros(STRETCHES * 2 * SMALL, np.int64)
    below = np.zeros(2 * (2 * SMALL + 2), np.int64)
    return (slot, rest, words, masses), (raw, cost, node, below)


@kernel(inline=True)
def _open_bag(bag, bags, slot):
    """Note the place of each word in the bag, counted from 1."""
    begin = bags[2][bag]
    for k in range(begin, bags[2][bag + 1]):
        slot[bags[0][k]] = k - begin + 1


@kernel(inline=True)
def _close_bag(bag, bags, slot):
    """Forget the words of the bag."""
    for k in range(bags[2][bag], bags[2][bag + 1]):
        slot[bags[0][k]] = 0


@kernel
def fill(begin, step, rows, partners, triangle, left, right, ground, scale, metric, out):
    """Fill rows `begin`, `begin + step`, ... of `out` with the distances of bag `rows[r]`.

    Column `k` is bag `k` of `right` (only right of the diagonal of a triangle); where `partners`
    are given, the one column is bag `partners[r]`.
    """
    places, work = _room(left, right, ground)
    slot = places[0]
    panel = np.empty(0, np.int64)
    listed = partners.size > 0
    opened = -1
    for r in range(begin, rows.size, step):
        x = rows[r]
        first = x + 1 if triangle else 0
        last = 1 if listed else right[3].size
        length = left[2][x + 1] - left[2][x]
        ahead = 0 if listed else right[2][last] - right[2][first]
        has_panel = 1 < length <= SMALL and 8 <= ground.shape[0] < 2 * ahead
        if metric and x != opened:
            if opened >= 0:
                _close_bag(opened, left, slot)
            _open_bag(x, left, slot)
            opened = x
        if has_panel:
            if panel.size == 0:
                panel = np.empty(ground.shape[0] * SMALL, np.int64)
            fill_panel(ground, left[0], left[2][x], length, 2.0**SMALL_BITS / scale, panel)
        for k in range(first, last):
            y = partners[r] if listed else k
            out[r, k] = _distance(x, y, left, right, ground, scale, has_panel, panel, places, work)


@kernel(parallel=True)
def fill_parallel(strands, rows, partners, triangle, left, right, ground, scale, metric, out):
    """Do as `fill` for all rows, on several threads."""
    for begin in prange(strands):
        fill(begin, strands, rows, partners, triangle, left, right, ground, scale, metric, out)


@kernel
def mirror(kind, upper, out):
    """Spread the distances between kinds of bags over all bags; NaN stays with empty bags."""
    for s in range(kind.size):
        for t in range(kind.size):
            a, b = min(kind[s], kind[t]), max(kind[s], kind[t])
            out[s, t] = upper[a, b]
