"""Exact Word Mover's Distance between turns (Kusner et al. 2015)."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .._checks import check_tokens
from ..errors import ParameterError
from ..kernels.transport import all_pairs, ground_distances
from ..text.vectors import KeyedVectorsLike, Vectors, load_vectors

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
VectorSource = Vectors | KeyedVectorsLike | str | os.PathLike[str] | None


@dataclass(frozen=True, slots=True, eq=False)
class Bags:
    """Turns as bags of known words, laid end to end.

    Attributes
    ----------
    rows : int64, shape (n_words,)
        Rows of the vectors that occur, rising.
    ids, counts : int64, shape (n_entries,)
        Places in `rows`, rising within a turn, and how often each occurs there.
    offsets : int64, shape (n_turns + 1,)
        Where the entries of each turn begin.
    known : int64, shape (n_turns,)
        Tokens with a vector.
    """

    rows: IntArray
    ids: IntArray
    counts: IntArray
    offsets: IntArray
    known: IntArray


def turn_bags(turns: Sequence[Sequence[str]], vectors: Vectors, *, norm: bool) -> Bags:
    """Return the bags of known words of turns; arguments are trusted."""
    words = {word: -1 for turn in turns for word in turn}
    for word in words:
        words[word] = vectors.row(word, norm=norm)
    rows = np.array(sorted({row for row in words.values() if row >= 0}), dtype=np.int64)
    place = {int(row): index for index, row in enumerate(rows)}
    found = [
        np.unique(
            np.array([place[words[word]] for word in turn if words[word] >= 0], dtype=np.int64),
            return_counts=True,
        )
        for turn in turns
    ]
    empty = np.empty(0, dtype=np.int64)
    return Bags(
        rows=rows,
        ids=np.concatenate([empty, *(ids for ids, _ in found)]),
        counts=np.concatenate([empty, *(counts for _, counts in found)]).astype(np.int64),
        offsets=np.cumsum([0, *(ids.size for ids, _ in found)]).astype(np.int64),
        known=np.array([counts.sum() for _, counts in found], dtype=np.int64),
    )


def bag_distances(bags: Bags, vectors: Vectors, *, norm: bool) -> FloatArray:
    """Return the distances of all pairs of bags: zero diagonal, NaN for empty bags."""
    ground = ground_distances(vectors.points(bags.rows, norm=norm))
    return np.asarray(all_pairs(ground, bags.ids, bags.counts, bags.offsets), dtype=np.float64)


def _distances(turns: list[list[str]], source: VectorSource, norm: object) -> FloatArray:
    if not isinstance(norm, bool):
        raise ParameterError("`norm` must be True (unit vectors) or False (vectors as they are).")
    vectors = load_vectors(source)
    return bag_distances(turn_bags(turns, vectors, norm=norm), vectors, norm=norm)


def wmd(
    tokens_a: Sequence[str],
    tokens_b: Sequence[str],
    *,
    vectors: VectorSource = None,
    norm: bool = True,
) -> float:
    """Word Mover's Distance of two token lists (lower = closer), exact.

    The least total distance that the words of one text travel to become the other, each text
    being a bag of words of total mass 1. Words without a vector are left out.

    Parameters
    ----------
    tokens_a, tokens_b : sequence of str
        Tokens, as `turn_tokens` makes them.
    vectors : optional
        See `load_vectors`; None is the shipped English set.
    norm : bool, default=True
        Unit vectors, as gensim 4 does by default; then the distance is between 0 and 2. False
        takes the vectors as they are (gensim 3).

    Returns
    -------
    float
        In the unit of the vectors, >= 0; NaN if a list has no known word.

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
    return float(_distances(pair, vectors, norm)[0, 1])


def wmd_matrix(
    turns: Sequence[Sequence[str]], *, vectors: VectorSource = None, norm: bool = True
) -> FloatArray:
    """Word Mover's Distance of all pairs of turns (lower = closer), exact.

    Parameters
    ----------
    turns : sequence of sequences of str, length n_turns
        Tokens of each turn, as `turn_tokens` returns them.
    vectors, norm
        As in `wmd`.

    Returns
    -------
    ndarray of float64, shape (n_turns, n_turns)
        Symmetric, 0 on the diagonal; NaN in the rows and columns of turns without a known word.
    """
    if isinstance(turns, str):
        raise ParameterError("`turns` is a string; it must be a list of token lists.")
    lists = [check_tokens(f"turns[{index}]", turn) for index, turn in enumerate(turns)]
    return _distances(lists, vectors, norm)
