"""Oracles of the statistics in plain Python. Imports nothing of the package."""

import itertools
import math
from fractions import Fraction


def mean(values):
    return math.fsum(values) / len(values) if values else math.nan


def known(*columns):
    """Return the rows in which every column is a number, column by column."""
    rows = [row for row in zip(*columns, strict=True) if not any(map(math.isnan, row))]
    return [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in columns]


def moments(x, y):
    """Return the sums of squares and products about the means."""
    a, b = mean(x), mean(y)
    return (
        math.fsum((v - a) ** 2 for v in x),
        math.fsum((v - b) ** 2 for v in y),
        math.fsum((v - a) * (w - b) for v, w in zip(x, y, strict=True)),
    )


def pearson(x, y):
    x, y = known(x, y)
    if len(x) < 2 or min(x) == max(x) or min(y) == max(y):
        return math.nan
    xx, yy, xy = moments(x, y)
    return xy / math.sqrt(xx * yy)


def ranks(values):
    """Return for each value the mean of the places it holds in the sorted list."""
    return [
        float(Fraction(2 * sum(w < v for w in values) + sum(w == v for w in values) + 1, 2))
        for v in values
    ]


def spearman(x, y):
    x, y = known(x, y)
    return pearson(ranks(x), ranks(y))


def concordance(x, y):
    x, y = known(x, y)
    if not x:
        return math.nan
    xx, yy, xy = moments(x, y)
    total = xx + yy + len(x) * (mean(x) - mean(y)) ** 2
    return 2 * xy / total if total > 0 else math.nan


def errors(y, p):
    y, p = known(y, p)
    return [b - a for a, b in zip(y, p, strict=True)]


def mse(y, p):
    return mean([e * e for e in errors(y, p)])


def mae(y, p):
    return mean([abs(e) for e in errors(y, p)])


def bias(y, p):
    return mean(errors(y, p))


def calibration(y, p):
    y, p = known(y, p)
    if len(y) < 2 or min(p) == max(p):
        return math.nan, math.nan
    _, pp, yp = moments(y, p)
    return yp / pp, mean(y) - yp / pp * mean(p)


def calibration_slope(y, p):
    return calibration(y, p)[0]


METRICS = {
    "pearson": pearson,
    "spearman": spearman,
    "concordance": concordance,
    "mse": mse,
    "mae": mae,
    "bias": bias,
    "calibration_slope": calibration_slope,
}


def tercile_errors(y, p):
    y, p = known(y, p)
    found = [[], [], []]
    for rank, a, b in zip(ranks(y), y, p, strict=True):
        middle = Fraction(2 * rank - 1) / (2 * len(y))
        third = 0 if middle < Fraction(1, 3) else 2 if middle > Fraction(2, 3) else 1
        found[third].append(abs(a - b))
    return [mean(errors) for errors in found]


def low_alliance(y, p, threshold):
    """Return base rate, average precision, recall at the base rate, number of low sessions."""
    y, p = known(y, p)
    low = [v <= threshold for v in y]
    n_low = sum(low)
    if not n_low:
        return 0.0 if y else math.nan, math.nan, math.nan, 0
    precision = 0.0
    for cut in sorted(set(p)):
        here = sum(hit for hit, v in zip(low, p, strict=True) if v == cut)
        flagged = [hit for hit, v in zip(low, p, strict=True) if v <= cut]
        precision += here * sum(flagged) / len(flagged)
    places = sorted(range(len(p)), key=lambda i: p[i])
    border = p[places[n_low - 1]]
    sure = [i for i in places if p[i] < border]
    tied = [i for i in places if p[i] == border]
    hits = sum(low[i] for i in sure) + (n_low - len(sure)) * mean([low[i] for i in tied])
    return n_low / len(y), precision / n_low, hits / n_low, n_low


def groups_of(labels):
    return {label: [i for i, other in enumerate(labels) if other == label] for label in labels}


def within_between(x, y, labels):
    labels = [k for k, a, b in zip(labels, x, y, strict=True) if not math.isnan(a + b)]
    x, y = known(x, y)
    inside, between = ([0.0] * len(x), [0.0] * len(x)), ([], [])
    for rows in groups_of(labels).values():
        for side, values in enumerate((x, y)):
            here = [values[i] for i in rows]
            between[side].append(mean(here))
            for i in rows:
                inside[side][i] = values[i] - mean(here) if min(here) < max(here) else 0.0
    return pearson(*inside), pearson(*between)


# Resamples


def resample(y, p, labels, counts, metric):
    """Return a metric of the sessions of each cluster repeated `counts[cluster]` times."""
    rows = [i for i, label in enumerate(labels) for _ in range(counts[label])]
    return metric([y[i] for i in rows], [p[i] for i in rows])


def quantile(values, share):
    """Return the quantile by linear interpolation between order statistics."""
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (place - low) * (ordered[high] - ordered[low])


# Reliability


def alpha(items):
    """Cronbach's alpha by its definition, complete rows only."""
    items = [row for row in items if not any(map(math.isnan, row))]
    k = len(items[0])
    n = len(items)
    variances = [moments(column, column)[0] / (n - 1) for column in zip(*items, strict=True)]
    totals = [sum(row) for row in items]
    total = moments(totals, totals)[0] / (n - 1)
    return k / (k - 1) * (1 - sum(variances) / total)


def krippendorff(table, level):
    """Krippendorff's alpha from all ordered pairs of values; `table[coder][unit]`."""
    units = [[v for v in unit if not math.isnan(v)] for unit in zip(*table, strict=True)]
    units = [unit for unit in units if len(unit) > 1]
    every = [v for unit in units for v in unit]

    def apart(v, w):
        if level == "nominal":
            return float(v != w)
        if level == "interval":
            return (v - w) ** 2
        low, high = min(v, w), max(v, w)
        between = sum(low <= u <= high for u in every)
        return (between - (every.count(v) + every.count(w)) / 2) ** 2 if v != w else 0.0

    observed = math.fsum(
        apart(v, w) / (len(unit) - 1) for unit in units for v, w in itertools.permutations(unit, 2)
    )
    expected = math.fsum(apart(v, w) for v, w in itertools.permutations(every, 2))
    if not expected:
        return math.nan
    return 1 - (len(every) - 1) * observed / expected


# Multiplicity


def holm(p):
    order = sorted(range(len(p)), key=lambda i: p[i])
    out = [0.0] * len(p)
    for place, i in enumerate(order):
        out[i] = min(1.0, max((len(p) - k) * p[j] for k, j in enumerate(order[: place + 1])))
    return out


def benjamini_hochberg(p):
    order = sorted(range(len(p)), key=lambda i: p[i])
    out = [0.0] * len(p)
    for place, i in enumerate(order):
        later = [len(p) / (k + 1) * p[j] for k, j in enumerate(order) if k >= place]
        out[i] = min(1.0, *later)
    return out
