"""Exact Word Mover's Distance between texts (Kusner et al. 2015)."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from ..._checks import check_choice, check_tokens
from ..._typing import FloatArray, IntArray
from ...errors import AllianceWarning, ParameterError
from ...kernels.transport import all_pairs, cross_pairs, ground_distances
from ...text.vectors import Vectors, load_vectors
from ...text.vectors import VectorSource as VectorSource

Counts = IntArray | FloatArray
COSTS = ("euclidean", "sqeuclidean", "cosine")


@dataclass(frozen=True, slots=True, eq=False)
class Bags:
    """Turns as bags of known words, laid end to end.

    Attributes
    ----------
    rows : int64, shape (n_words,)
        Rows of the vectors that occur, rising.
    ids : int64, shape (n_entries,)
        Places in `rows`, rising within a turn.
    counts : int64 or float64, shape (n_entries,)
        How often each occurs in its turn, times its weight if weighted.
    offsets : int64, shape (n_turns + 1,)
        Where the entries of each turn begin.
    known : int64, shape (n_turns,)
        Tokens with a vector.
    """

    rows: IntArray
    ids: IntArray
    counts: Counts
    offsets: IntArray
    known: IntArray

    def part(self, first: int, last: int) -> tuple[IntArray, Counts, IntArray]:
        """Return ids, counts and offsets of the turns from `first` until `last`."""
        span = slice(self.offsets[first], self.offsets[last])
        offsets = self.offsets[first : last + 1] - self.offsets[first]
        return self.ids[span], self.counts[span], offsets


def turn_bags(
    turns: Sequence[Sequence[str]], vectors: Vectors, *, norm: bool, weights: bool = False
) -> Bags:
    """Return the bags of known words of turns; arguments are trusted."""
    return numbered_bags(*number_tokens(turns), vectors, norm=norm, weights=weights)


def number_tokens(turns: Sequence[Sequence[str]]) -> tuple[IntArray, IntArray, list[str]]:
    """Return tokens as numbers laid end to end, where each turn begins, and the words by number."""
    index: dict[str, int] = {}
    numbers = [index.setdefault(word, len(index)) for turn in turns for word in turn]
    offsets = np.cumsum([0, *(len(turn) for turn in turns)], dtype=np.int64)
    return np.array(numbers, dtype=np.int64), offsets, list(index)


def numbered_bags(
    numbers: IntArray,
    offsets: IntArray,
    words: Sequence[str],
    vectors: Vectors,
    *,
    norm: bool,
    weights: bool = False,
) -> Bags:
    """Return the bags of known words of turns whose tokens are numbers, see `number_tokens`."""
    row_of = vectors.rows(words, norm=norm)
    rows = np.unique(row_of[row_of >= 0])
    row = row_of[numbers]
    n_turns, size = offsets.size - 1, max(rows.size, 1)
    owner = np.repeat(np.arange(n_turns), np.diff(offsets))[row >= 0]
    keys = owner * size + np.searchsorted(rows, row[row >= 0])
    entries, counts = np.unique(keys, return_counts=True)
    ids = entries % size
    return Bags(
        rows=rows,
        ids=ids,
        counts=counts * vectors.weights[rows[ids]]
        if weights and vectors.weights is not None
        else counts,
        offsets=np.searchsorted(entries, np.arange(n_turns + 1) * size),
        known=np.bincount(owner, minlength=n_turns),
    )


def ground_costs(bags: Bags, vectors: Vectors, *, norm: bool, cost: str) -> FloatArray:
    """Return the costs of moving a word to another, shape (n_words, n_words)."""
    points = vectors.points(bags.rows, norm=norm or cost == "cosine")
    ground: FloatArray = ground_distances(points)
    if cost == "euclidean":
        return ground
    return np.asarray(ground**2 if cost == "sqeuclidean" else ground**2 / 2.0)


def bag_distances(
    bags: Bags,
    vectors: Vectors,
    *,
    norm: bool,
    cost: str = "euclidean",
    parallel: bool = False,
) -> FloatArray:
    """Return the distances of all pairs of bags: zero diagonal, NaN for empty bags."""
    ground = ground_costs(bags, vectors, norm=norm, cost=cost)
    bag = (bags.ids, bags.counts, bags.offsets)
    return np.asarray(all_pairs(ground, *bag, metric=cost == "euclidean", parallel=parallel))


def _checked(source: VectorSource, norm: object, weights: object, cost: str) -> Vectors:
    if not isinstance(norm, bool):
        raise ParameterError("`norm` must be True (unit vectors) or False (vectors as they are).")
    check_choice("cost", cost, COSTS)
    if cost != "euclidean":
        warnings.warn(
            f"cost {cost!r} is not a metric: words that two texts share may not be cancelled, "
            "which is slower, and the triangle inequality does not hold",
            AllianceWarning,
            stacklevel=3,
        )
    vectors = load_vectors(source)
    if not isinstance(weights, bool) or (weights and vectors.weights is None):
        raise ParameterError(
            f"`weights` must be False, or True for vectors that carry weights; {vectors.name} "
            f"{'carries some' if vectors.weights is not None else 'carries none'}."
        )
    return vectors


@contextmanager
def _threads(workers: int) -> Iterator[bool]:
    """Let compiled loops use `workers` threads (-1: all), and say whether there are several."""
    import numba

    most = numba.config.NUMBA_NUM_THREADS
    if workers != -1 and (not isinstance(workers, int) or workers < 1):
        raise ParameterError(f"`workers` is {workers!r}; it must be a whole number >= 1, or -1.")
    wanted = most if workers == -1 else min(workers, most)
    before = numba.get_num_threads()
    numba.set_num_threads(wanted)
    try:
        yield wanted > 1
    finally:
        numba.set_num_threads(before)


def _lists(name: str, texts: Sequence[Sequence[str]]) -> list[list[str]]:
    if isinstance(texts, str):
        raise ParameterError(f"`{name}` is a string; it must be a list of token lists.")
    return [check_tokens(f"{name}[{index}]", text) for index, text in enumerate(texts)]


def wmd(
    tokens_a: Sequence[str],
    tokens_b: Sequence[str],
    *,
    vectors: VectorSource = None,
    norm: bool = True,
    weights: bool = False,
    cost: str = "euclidean",
) -> float:
    """Word Mover's Distance of two token lists (lower = closer), exact.

    The least total cost at which the words of one text travel to become the other, each text
    being a bag of words of total mass 1. Words without a vector are left out.

    Parameters
    ----------
    tokens_a, tokens_b : sequence of str
        Tokens, as `turn_tokens` makes them, looked up as they are: in lower case for the shipped
        vectors; for vectors with capitals, `turn_tokens` takes them as ``vectors``.
    vectors : optional
        See `load_vectors`; None is the shipped English set.
    norm : bool, default=True
        Unit vectors, as gensim 4 does by default; then the distance is between 0 and 2. False
        takes the vectors as they are (gensim 3).
    weights : bool, default=False
        Multiply counts by the weights that the vectors file carries.
    cost : {"euclidean", "sqeuclidean", "cosine"}, default="euclidean"
        Cost between words. The last two are not metrics: shared words are not cancelled, and an
        `AllianceWarning` says so. "cosine" is 1 - cosine whatever `norm` is.

    Returns
    -------
    float
        In the unit of the vectors, >= 0; NaN if a list has no known word.

    Raises
    ------
    ParameterError, ResourceError
        If an argument is malformed or the vectors are not available.

    References
    ----------
    Kusner, Sun, Kolkin & Weinberger (2015). From word embeddings to document distances. ICML.

    Examples
    --------
    >>> from alliance_features import wmd
    >>> wmd(["my", "mother", "was", "angry"], ["your", "mum", "got", "mad"]) < wmd(
    ...     ["my", "mother", "was", "angry"], ["set", "a", "goal", "today"])
    True
    """
    pair = [check_tokens("tokens_a", tokens_a), check_tokens("tokens_b", tokens_b)]
    known = _checked(vectors, norm, weights, cost)
    bags = turn_bags(pair, known, norm=norm, weights=weights)
    return float(bag_distances(bags, known, norm=norm, cost=cost)[0, 1])


def wmd_matrix(
    turns: Sequence[Sequence[str]],
    *,
    vectors: VectorSource = None,
    norm: bool = True,
    weights: bool = False,
    cost: str = "euclidean",
    workers: int = 1,
) -> FloatArray:
    """Word Mover's Distance of all pairs of turns (lower = closer), exact.

    Parameters
    ----------
    turns : sequence of sequences of str, length n_turns
        Tokens of each turn, as `turn_tokens` returns them.
    vectors, norm, weights, cost
        As in `wmd`.
    workers : int, default=1
        Threads; -1 is all. The result has the same bits for any number.

    Returns
    -------
    ndarray of float64, shape (n_turns, n_turns)
        Symmetric, 0 on the diagonal; NaN in the rows and columns of turns without a known word.
    """
    lists = _lists("turns", turns)
    known = _checked(vectors, norm, weights, cost)
    bags = turn_bags(lists, known, norm=norm, weights=weights)
    with _threads(workers) as parallel:
        return bag_distances(bags, known, norm=norm, cost=cost, parallel=parallel)


def wmd_cdist(
    queries: Sequence[Sequence[str]],
    choices: Sequence[Sequence[str]],
    *,
    vectors: VectorSource = None,
    norm: bool = True,
    weights: bool = False,
    cost: str = "euclidean",
    workers: int = 1,
) -> FloatArray:
    """Word Mover's Distance of every query to every choice (lower = closer), exact.

    For documents of any kind. With gensim, ``keyed.wmdistance(query, choice)`` in a double loop
    becomes ``wmd_cdist(queries, choices, vectors=keyed)``; where gensim says infinity (a text
    without a known word), here stands NaN.

    Parameters
    ----------
    queries, choices : sequence of sequences of str, lengths n_queries and n_choices
        Tokens of each document.
    vectors, norm, weights, cost
        As in `wmd`.
    workers : int, default=1
        Threads; -1 is all. The result has the same bits for any number.

    Returns
    -------
    ndarray of float64, shape (n_queries, n_choices)

    Examples
    --------
    >>> from alliance_features import wmd_cdist
    >>> wmd_cdist([["calm"], ["storm"]], [["calm"], ["qzx"]]).round(2).tolist()
    [[0.0, nan], [1.37, nan]]
    """
    asked = _lists("queries", queries)
    lists = [*asked, *_lists("choices", choices)]
    known = _checked(vectors, norm, weights, cost)
    bags = turn_bags(lists, known, norm=norm, weights=weights)
    ground = ground_costs(bags, known, norm=norm, cost=cost)
    query, choice = bags.part(0, len(asked)), bags.part(len(asked), len(lists))
    metric = cost == "euclidean"
    with _threads(workers) as parallel:
        return cross_pairs(
            ground,
            query[0],
            query[1],
            query[2],
            choice[0],
            choice[1],
            choice[2],
            metric=metric,
            parallel=parallel,
        )
