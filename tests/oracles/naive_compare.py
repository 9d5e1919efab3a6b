"""Oracles of the comparison in plain Python: lists of dicts in, numbers out."""

import math
from collections import defaultdict


def mean(values):
    return sum(values) / len(values)


def sd(values):
    centre = mean(values)
    return math.sqrt(sum((v - centre) ** 2 for v in values) / (len(values) - 1))


def pearson(x, y):
    a, b = mean(x), mean(y)
    top = sum((u - a) * (v - b) for u, v in zip(x, y, strict=True))
    bottom = math.sqrt(sum((u - a) ** 2 for u in x) * sum((v - b) ** 2 for v in y))
    return top / bottom


def ranks(values):
    return [
        sum(other < value for other in values) + (sum(other == value for other in values) + 1) / 2
        for value in values
    ]


def by_fold(rows, of_fold):
    """Apply `of_fold(rows of the fold, rows outside it)` to each fold of each repeat."""
    keys = sorted({(row["repeat"], row["fold"]) for row in rows})
    return [
        of_fold(
            [row for row in rows if (row["repeat"], row["fold"]) == (repeat, fold)],
            [row for row in rows if row["repeat"] == repeat and row["fold"] != fold],
        )
        for repeat, fold in keys
    ]


def columns(rows):
    return [row["score"] for row in rows], [row["predicted"] for row in rows]


def r(inside, outside):
    return pearson(*columns(inside))


def rho(inside, outside):
    return pearson(*map(ranks, columns(inside)))


def mse(inside, outside):
    return mean([(row["predicted"] - row["score"]) ** 2 for row in inside])


def mae(inside, outside):
    return mean([abs(row["predicted"] - row["score"]) for row in inside])


def r2(inside, outside):
    constant = mean([row["score"] for row in outside])
    return 1 - mse(inside, outside) / mean([(row["score"] - constant) ** 2 for row in inside])


def levelled(rows):
    """Move each fold to the means of all."""
    parts = defaultdict(list)
    for row in rows:
        parts[row["fold"]].append(row)
    moved = []
    for own in parts.values():
        gap = {
            k: mean([r[k] for r in rows]) - mean([r[k] for r in own])
            for k in ("score", "predicted")
        }
        moved += [{**row, **{key: row[key] + gap[key] for key in gap}} for row in own]
    return moved


def recalibrated_mse(inside, outside):
    y, p = columns(levelled(outside))
    slope = pearson(p, y) * sd(y) / sd(p)
    start = mean(y) - slope * mean(p)
    return mean([(start + slope * row["predicted"] - row["score"]) ** 2 for row in inside])


def ccc(inside, outside):
    y, p = columns(inside)
    n = len(y)
    a, b = mean(y), mean(p)
    cov = sum((u - a) * (v - b) for u, v in zip(y, p, strict=True)) / n
    return (
        2
        * cov
        / (sum((u - a) ** 2 for u in y) / n + sum((v - b) ** 2 for v in p) / n + (a - b) ** 2)
    )


def within_between(rows):
    clients = defaultdict(list)
    for row in rows:
        clients[row["client_id"]].append(row)
    y_in, p_in, y_mean, p_mean = [], [], [], []
    for own in clients.values():
        y, p = columns(own)
        y_in += [v - mean(y) for v in y]
        p_in += [v - mean(p) for v in p]
        y_mean.append(mean(y))
        p_mean.append(mean(p))
    return pearson(y_in, p_in), pearson(y_mean, p_mean)


def previous(sessions):
    """Return the score before of (client, therapist, number, score), None without one."""
    found = []
    for client, therapist, number, _ in sessions:
        before = [
            (other[2], other[3])
            for other in sessions
            if other[:2] == (client, therapist) and number is not None and other[2] is not None
            if other[2] < number
        ]
        found.append(max(before)[1] if before else None)
    return found


def largest_gap(y, folds):
    """Return the largest distance of a fold's mean from the mean of all, in SDs of all."""
    centre, spread = mean(y), sd(y)
    return max(
        abs(mean([v for v, f in zip(y, folds, strict=True) if f == fold]) - centre) / spread
        for fold in set(folds)
    )


def components(clients, therapists):
    """Return a label a session by spreading labels until nothing changes."""
    labels = list(range(len(clients)))
    changed = True
    while changed:
        changed = False
        for i in range(len(labels)):
            for j in range(len(labels)):
                linked = clients[i] == clients[j] or therapists[i] == therapists[j]
                if linked and labels[i] != labels[j]:
                    labels[i] = labels[j] = min(labels[i], labels[j])
                    changed = True
    return labels
