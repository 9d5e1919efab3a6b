"""Oracles of the comparison of raters in plain Python: lists in, numbers out."""

import itertools
import math


def mean(values):
    return sum(values) / len(values)


def training_means(y, folds):
    """Return for each session the mean rating of the sessions of other folds."""
    return [mean([v for v, f in zip(y, folds, strict=True) if f != fold]) for fold in folds]


def rising_steps(x, y):
    """Return the rising function of x closest to y: pool neighbours until nothing falls.

    The result maps each x to its value.
    """
    by_x = {}
    for u, v in sorted(zip(x, y, strict=True)):
        by_x.setdefault(u, []).append(v)
    blocks = [[[u], list(vs)] for u, vs in by_x.items()]
    place = 0
    while place < len(blocks) - 1:
        if mean(blocks[place][1]) > mean(blocks[place + 1][1]):
            blocks[place : place + 2] = [
                [blocks[place][0] + blocks[place + 1][0], blocks[place][1] + blocks[place + 1][1]]
            ]
            place = max(place - 1, 0)
        else:
            place += 1
    return {u: mean(vs) for us, vs in blocks for u in us}


def between(steps, u):
    """Read a rising function at u: straight between its points, flat beyond them."""
    xs = sorted(steps)
    if u <= xs[0]:
        return steps[xs[0]]
    if u >= xs[-1]:
        return steps[xs[-1]]
    for a, b in itertools.pairwise(xs):
        if a <= u <= b:
            return steps[a] + (steps[b] - steps[a]) * (u - a) / (b - a)
    return math.nan


def log_odds(first, second, strength):
    """Return z by word of two dicts of counts, the prior both together."""
    words = sorted({*first, *second})
    total = sum(first.values()) + sum(second.values())
    found = {}
    for word in words:
        y1, y2 = first.get(word, 0), second.get(word, 0)
        a = strength * (y1 + y2) / total
        n1, n2 = sum(first.values()), sum(second.values())
        odds1 = (y1 + a) / (n1 + strength - y1 - a)
        odds2 = (y2 + a) / (n2 + strength - y2 - a)
        delta = math.log(odds1) - math.log(odds2)
        found[word] = delta / math.sqrt(1 / (y1 + a) + 1 / (y2 + a))
    return found


def resampled_difference(y, p, q, counts, figure):
    """Return the difference of a figure in one draw: sessions repeated as often as drawn."""
    rows = [row for row, n in enumerate(counts) for _ in range(n)]
    own = [[values[row] for row in rows] for values in (y, p, q)]
    return figure(own[0], own[1]) - figure(own[0], own[2])
