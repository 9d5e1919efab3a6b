"""nCLiD as a script would write it with gensim or POT: tokens of turns in, two numbers out.

Each pair of turns is solved once a session; means as plain loops. A turn without a known word has
no distance.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import combinations

import numpy as np

Pair = Callable[[list[str], list[str]], float]
K = 3


def mean(values: Iterable[float]) -> float:
    known = [value for value in values if not math.isnan(value)]
    return sum(known) / len(known) if known else math.nan


def nclid(distances: dict[tuple[int, int], float], roles: Sequence[str], anchor: str) -> float:
    of = {True: [], False: []}  # turns of the anchor, and of the other
    for turn, role in enumerate(roles):
        of[role == anchor].append(turn)
    nearest = []
    for turn in of[True]:
        replies = [other for other in of[False] if other > turn][:K]
        known = [distances[turn, other] for other in replies]
        known = [value for value in known if not math.isnan(value)]
        if known:
            nearest.append(min(known))
    alpha = sum(mean(distances[pair] for pair in combinations(turns, 2)) for turns in of.values())
    alpha += mean(distances[a, b] for a in of[True] for b in of[False] if a < b)
    return mean(nearest) / alpha if alpha > 0 else math.nan


def session_values(tokens: list[list[str]], roles: Sequence[str], pair: Pair) -> list[float]:
    """Return nCLiD anchored on the therapist and on the client."""
    distances = {
        (s, t): pair(tokens[s], tokens[t]) if tokens[s] and tokens[t] else math.nan
        for s, t in combinations(range(len(tokens)), 2)
    }
    return [nclid(distances, roles, anchor) for anchor in ("therapist", "client")]


def gensim_pair(words: list[str], matrix: np.ndarray) -> Pair:
    from gensim.models import KeyedVectors

    keyed = KeyedVectors(matrix.shape[1])
    keyed.add_vectors(words, matrix)
    keyed.fill_norms()
    return keyed.wmdistance


def pot_pair(words: list[str], matrix: np.ndarray) -> Pair:
    import ot

    row = {word: place for place, word in enumerate(words)}
    points = matrix / np.linalg.norm(matrix, axis=1, keepdims=True)

    def pair(one: list[str], other: list[str]) -> float:
        a, b = Counter(one), Counter(other)
        cost = ot.dist(
            points[[row[word] for word in a]], points[[row[word] for word in b]], metric="euclidean"
        )
        masses = (np.array([*bag.values()]) / bag.total() for bag in (a, b))
        return float(ot.emd2(*masses, cost))

    return pair
