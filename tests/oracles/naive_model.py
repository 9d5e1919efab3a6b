"""Oracles of the model: plain Python, nothing of the package, word lists as arguments."""

import math
from itertools import combinations

ROLES = ("therapist", "client")


def terms(turns, roles, words):
    """Count (role, words) by hand: single words and neighbours, all of them on the list."""
    counts = {}
    for tokens, role in zip(turns, roles, strict=True):
        found = [(token,) for token in tokens]
        found += [(tokens[at], tokens[at + 1]) for at in range(len(tokens) - 1)]
        for one in found:
            if all(word in words for word in one):
                key = (role, " ".join(one))
                counts[key] = counts.get(key, 0) + 1
    return counts


def vocabulary(documents, clients, least):
    """Return the terms that documents of at least `least` clients hold."""
    users = {}
    for document, client in zip(documents, clients, strict=True):
        for term in document:
            users.setdefault(term, set()).add(client)
    return {term for term, who in users.items() if len(who) >= least}


def rows(documents, training, known):
    """Return weighted rows as dicts: (1 + log tf) (1 + log((1 + n) / (1 + df))), length 1."""
    n = len(training)
    idf = {
        term: 1 + math.log((1 + n) / (1 + sum(term in one for one in training))) for term in known
    }
    found = []
    for document in documents:
        row = {t: (1 + math.log(c)) * idf[t] for t, c in document.items() if t in known}
        length = math.sqrt(sum(value * value for value in row.values()))
        found.append({term: value / length for term, value in row.items()} if length else {})
    return found


def solve(matrix, right):
    """Solve a linear system by elimination with pivots."""
    n = len(right)
    work = [[*line, value] for line, value in zip(matrix, right, strict=True)]
    for at in range(n):
        pivot = max(range(at, n), key=lambda line: abs(work[line][at]))
        work[at], work[pivot] = work[pivot], work[at]
        for line in range(at + 1, n):
            factor = work[line][at] / work[at][at]
            work[line] = [a - factor * b for a, b in zip(work[line], work[at], strict=True)]
    found = [0.0] * n
    for at in reversed(range(n)):
        rest = sum(work[at][other] * found[other] for other in range(at + 1, n))
        found[at] = (work[at][n] - rest) / work[at][at]
    return found


def ridge(x, y, penalty):
    """Return weights and intercept that minimise sum (y - b - w.x)^2 + penalty |w|^2."""
    n, f = len(x), len(x[0])
    usual = [sum(line[j] for line in x) / n for j in range(f)]
    centre = sum(y) / n
    gram = [
        [
            sum((line[j] - usual[j]) * (line[k] - usual[k]) for line in x)
            + (penalty if j == k else 0.0)
            for k in range(f)
        ]
        for j in range(f)
    ]
    right = [
        sum((line[j] - usual[j]) * (one - centre) for line, one in zip(x, y, strict=True))
        for j in range(f)
    ]
    weights = solve(gram, right)
    return weights, centre - sum(w * m for w, m in zip(weights, usual, strict=True))


def expected_value(node, row, known):
    """Value of a tree where only some features are known: branches weighted by their cover."""
    if "leaf" in node:
        return node["leaf"]
    children = {child["nodeid"]: child for child in node["children"]}
    yes, no, missing = (children[node[key]] for key in ("yes", "no", "missing"))
    name = node["split"]
    if name in known:
        value = row[name]
        if math.isnan(value):
            return expected_value(missing, row, known)
        return expected_value(yes if value < node["split_condition"] else no, row, known)
    total = yes["cover"] + no["cover"]
    return sum(child["cover"] * expected_value(child, row, known) for child in (yes, no)) / total


def shapley(trees, row):
    """Return the Shapley value of each feature by trying all coalitions."""
    names = list(row)
    found = {}
    for name in names:
        others = [one for one in names if one != name]
        total = 0.0
        for size in range(len(others) + 1):
            weight = (
                math.factorial(size)
                * math.factorial(len(names) - size - 1)
                / math.factorial(len(names))
            )
            for group in combinations(others, size):
                for tree in trees:
                    total += weight * (
                        expected_value(tree, row, {*group, name})
                        - expected_value(tree, row, set(group))
                    )
        found[name] = total
    return found


def mean_and_sd(values):
    """Return mean and standard deviation of what is known."""
    known = [value for value in values if not math.isnan(value)]
    mean = sum(known) / len(known)
    return mean, math.sqrt(sum((value - mean) ** 2 for value in known) / len(known))


def standardise(column, training):
    """Return z scores within -3 and 3; what is missing is 0."""
    mean, sd = mean_and_sd(training)
    return [
        0.0 if math.isnan(value) or sd == 0 else max(-3.0, min(3.0, (value - mean) / sd))
        for value in column
    ]


def best_penalty(x, y, parts, penalties):
    """Return the penalty (a mean's) with the least squared error on parts left out."""
    errors = []
    for penalty in penalties:
        total = 0.0
        for part in sorted(set(parts)):
            rest = [at for at, one in enumerate(parts) if one != part]
            weights, intercept = ridge(
                [x[at] for at in rest], [y[at] for at in rest], penalty * len(rest)
            )
            for at, one in enumerate(parts):
                if one == part:
                    guess = intercept + sum(w * v for w, v in zip(weights, x[at], strict=True))
                    total += (y[at] - guess) ** 2
        errors.append(total)
    return penalties[errors.index(min(errors))]
