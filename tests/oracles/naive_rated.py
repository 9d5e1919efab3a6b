"""Oracles of the rated alliance and of courses in plain Python. Imports nothing of the package."""

import math


def mean(values):
    return math.fsum(values) / len(values) if values else math.nan


def _solve(matrix, right):
    """Return the solution of linear equations by Gauss and Jordan with pivots."""
    rows = [[*row, value] for row, value in zip(matrix, right, strict=True)]
    n = len(rows)
    for k in range(n):
        best = max(range(k, n), key=lambda i: abs(rows[i][k]))
        rows[k], rows[best] = rows[best], rows[k]
        rows[k] = [value / rows[k][k] for value in rows[k]]
        for i in range(n):
            if i != k:
                factor = rows[i][k]
                rows[i] = [a - factor * b for a, b in zip(rows[i], rows[k], strict=True)]
    return [row[-1] for row in rows]


def residuals(y, columns):
    """Return y less its least-squares fit on an intercept and columns."""
    design = [[1.0] * len(y), *columns]
    cross = [[math.fsum(a * b for a, b in zip(u, v, strict=True)) for v in design] for u in design]
    right = [math.fsum(a * b for a, b in zip(u, y, strict=True)) for u in design]
    beta = _solve(cross, right)
    return [
        value - math.fsum(b * column[i] for b, column in zip(beta, design, strict=True))
        for i, value in enumerate(y)
    ]


def pearson(x, y):
    a, b = mean(x), mean(y)
    xy = math.fsum((u - a) * (v - b) for u, v in zip(x, y, strict=True))
    xx, yy = math.fsum((u - a) ** 2 for u in x), math.fsum((v - b) ** 2 for v in y)
    return xy / math.sqrt(xx * yy) if xx > 0 and yy > 0 else math.nan


def partial(x, y, columns):
    return pearson(residuals(x, columns), residuals(y, columns))


def r2(y, columns):
    left, middle = residuals(y, columns), mean(y)
    return 1 - math.fsum(v * v for v in left) / math.fsum((v - middle) ** 2 for v in y)


def icc_a1(a, b):
    """ICC(A,1) of two raters from the mean squares of a two-way analysis of variance."""
    n, whole = len(a), mean([*a, *b])
    sessions = [(u + v) / 2 for u, v in zip(a, b, strict=True)]
    rows = 2 * math.fsum((m - whole) ** 2 for m in sessions) / (n - 1)
    columns = n * ((mean(a) - whole) ** 2 + (mean(b) - whole) ** 2)
    rest = math.fsum(
        (value - m - mean(rater) + whole) ** 2
        for rater in (a, b)
        for value, m in zip(rater, sessions, strict=True)
    ) / (n - 1)
    return (rows - rest) / (rows + rest + 2 / n * (columns - rest))


def thirds(values):
    """Return the first, middle and last third of a list."""
    m = len(values)
    return (
        [v for i, v in enumerate(values) if i < m / 3],
        [v for i, v in enumerate(values) if m / 3 <= i < 2 * m / 3],
        [v for i, v in enumerate(values) if i >= 2 * m / 3],
    )


def session_variance(courses, about):
    """Return s2e of lists of (number, value), and its degrees of freedom."""
    squares, df = 0.0, 0
    for course in courses:
        numbers, values = [n for n, _ in course], [v for _, v in course]
        spare = len(course) - (2 if about == "trend" else 1)
        if spare >= 1:
            left = residuals(values, [numbers] if about == "trend" else [])
            squares, df = squares + math.fsum(v * v for v in left), df + spare
    return (squares / df if df else math.nan), df


def course(values, level):
    """Return means of thirds, change and outcome of the values of one client in order."""
    early, middle, late = thirds(values)
    means = [mean(early), mean(middle), mean(late)]
    if not early or not late:
        return means, math.nan, "too_few"
    change = means[2] - means[0]
    if change >= level - 1e-9:
        return means, change, "improved"
    return means, change, "small_gain" if change > 1e-9 else "no_gain"
