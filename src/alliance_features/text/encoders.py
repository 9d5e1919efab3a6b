"""Encoders: from texts to vectors, one row per text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib import resources
from typing import Any, Protocol

import numpy as np

from .._typing import FloatArray, IntArray
from .lookup import CASE
from .tokens import TokenTable
from .vectors import SHIPPED_SHA256, Vectors

#: Arora, Liang & Ma 2017: weight a / (a + share of the word in running text).
SMOOTH = 1e-3
#: Zipf-Mandelbrot: the share of a word falls as 1 / (rank + shift).
_SHIFT = 2.7
_RANKS = "ranks-mini-en-96.npy"


class Encoder(Protocol):
    """An object that turns texts into vectors.

    Attributes
    ----------
    language : str or None
        Primary code of the only language it is for; None for any.
    vectors : Vectors, optional
        Word vectors that it looks tokens up in, if it has this attribute.
    """

    language: str | None

    def encode(self, texts: Sequence[str], tokens: Sequence[Sequence[str]]) -> FloatArray:
        """Return one vector per text.

        Parameters
        ----------
        texts : sequence of str, length n
            The texts as written.
        tokens : sequence of sequences of str, length n
            Distance tokens of the same texts as its `vectors` hold them, see `turn_tokens`; in
            lower case if it has none.

        Returns
        -------
        ndarray of float64, shape (n, n_dimensions)
            Any number of dimensions; a row of NaN for a text without a known word. A row does not
            depend on the other texts.
        """
        ...

    def describe(self) -> Mapping[str, Any]:
        """Describe the encoder for a manifest: numbers, names and hashes, no words."""
        ...


def word_weights(vectors: Vectors) -> FloatArray:
    """Return the weight of each word in a mean of vectors; frequent words weigh less.

    These are the weights in the file, if it has any (`alliance-features vectors train`). Otherwise
    ``a / (a + p)`` with a = 0.001 (Arora, Liang & Ma 2017) and p from the rank of the word by
    Zipf and Mandelbrot's law, p proportional to 1 / (rank + 2.7): for the shipped set the rank
    in the vocabulary of the model that it was made from, for other files the place in the file,
    since these list words by falling frequency.

    Returns
    -------
    ndarray of float64, shape (n_words,)
        Above 0, below 1.

    Examples
    --------
    >>> from alliance_features import load_vectors
    >>> vectors = load_vectors(None)
    >>> weights = word_weights(vectors)
    >>> [round(float(weights[vectors.index[word]]), 3) for word in ("the", "goal")]
    [0.048, 0.897]
    """
    if vectors.weights is not None:
        return vectors.weights
    shipped = vectors.sha256 == SHIPPED_SHA256
    ranks = _shipped_ranks() if shipped else np.arange(1.0, len(vectors) + 1)
    shares = 1.0 / (ranks + _SHIFT)
    shares /= (1.0 / (np.arange(1.0, len(vectors) + 1) + _SHIFT)).sum()
    return np.asarray(SMOOTH / (SMOOTH + shares), dtype=np.float64)


@lru_cache(maxsize=1)
def _shipped_ranks() -> FloatArray:
    file = resources.files(__package__).joinpath("data").joinpath(_RANKS)
    with file.open("rb") as stream:
        return np.asarray(np.load(stream, allow_pickle=False), dtype=np.float64)


def encoder_tokens(table: TokenTable, encoder: Encoder) -> list[list[str]]:
    """Return the distance tokens of texts as an encoder takes them, see `Encoder.encode`."""
    vectors = getattr(encoder, "vectors", None)
    return table.looked_up(vectors if isinstance(vectors, Vectors) else None)


class StaticEncoder:
    """The mean of the unit vectors of a text's known words, frequent words counting less.

    Parameters
    ----------
    vectors : Vectors
    """

    def __init__(self, vectors: Vectors) -> None:
        self.vectors = vectors
        self.language = vectors.language
        self._weights = word_weights(vectors)

    def encode(self, texts: Sequence[str], tokens: Sequence[Sequence[str]]) -> FloatArray:
        """Return one vector per text, see `Encoder`."""
        row_of = {word: -1 for words in tokens for word in words}
        for word in row_of:
            row_of[word] = self.vectors.row(word)
        known = [[row for word in words if (row := row_of[word]) >= 0] for words in tokens]
        sizes = np.array([len(rows) for rows in known], dtype=np.int64)
        rows = np.array([row for rows in known for row in rows], dtype=np.int64)
        return self._means(rows, sizes)

    def _means(self, rows: IntArray, sizes: IntArray) -> FloatArray:
        out = np.full((sizes.size, self.vectors.dimensions), np.nan)
        filled = np.flatnonzero(sizes)
        if filled.size:
            weights = self._weights[rows]
            starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])[filled]
            points = self.vectors.points(rows, norm=True) * weights[:, None]
            sums = np.add.reduceat(points, starts, axis=0)
            out[filled] = sums / np.add.reduceat(weights, starts)[:, None]
        return out

    def describe(self) -> dict[str, Any]:
        """Describe the encoder for a manifest."""
        stated = self.vectors.weights is not None
        return {
            "kind": "static",
            "vectors": self.vectors.name,
            "sha256": self.vectors.sha256,
            "dimensions": self.vectors.dimensions,
            "weights": "of the vectors file" if stated else "by rank",
            **({"case": CASE} if self.vectors.cased else {}),
        }
