"""Other texts than turns as unit vectors, and how near neutral sentences are to statements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..._typing import FloatArray, IntArray
from ...inventories.neutral import load_neutral
from ...kernels.sums import products
from ...text.encoders import Encoder, encoder_tokens
from ...text.tokens import tokenize_texts


def units(rows: FloatArray) -> FloatArray:
    """Return rows of length 1, NaN where there is no direction."""
    length = np.sqrt((rows * rows).sum(axis=1, keepdims=True))
    out = np.full(rows.shape, np.nan)
    np.divide(rows, length, out=out, where=length > 0)
    return out


def token_lists(texts: Sequence[str], language: str, encoder: Encoder) -> list[list[str]]:
    """Return the distance tokens of texts other than turns as an encoder takes them."""
    return encoder_tokens(tokenize_texts(texts, language), encoder)


#: Least number of tokens of each bin.
BINS = (1, 4, 8, 16, 32, 64)
#: So many sentences in a row make one text, and how many such texts there are.
_JOINED = {1: None, 2: 120, 4: 120, 8: 120, 16: 120}
#: Texts that a bin needs.
LEAST = 30


@dataclass(frozen=True, slots=True, eq=False)
class Null:
    """Cosines of neutral texts with statements.

    Attributes
    ----------
    mean, sd : float64, shape (n_bins, n_items)
        NaN in a bin of fewer than `LEAST` texts.
    counts : int64, shape (n_bins,)
        Texts of each bin.
    """

    mean: FloatArray
    sd: FloatArray
    counts: IntArray

    def z(self, cosines: FloatArray, lengths: IntArray) -> FloatArray:
        """Return cosines of turns, in standard deviations from neutral texts as long."""
        bins = bins_of(lengths)
        sd = self.sd[bins]
        out = np.full(cosines.shape, np.nan)
        np.divide(cosines - self.mean[bins], sd, out=out, where=sd > 0)
        return out


def bins_of(lengths: IntArray) -> IntArray:
    """Return the bin of each number of tokens; 0 tokens are in the first."""
    return np.maximum(np.searchsorted(BINS, lengths, side="right") - 1, 0).astype(np.int64)


def neutral_texts(sentences: Sequence[str]) -> list[str]:
    """Return the sentences, and runs of 2, 4, 8 and 16 of them as longer texts.

    Runs begin at evenly spread places; after the last sentence they continue with the first.
    """
    n = len(sentences)
    return [
        " ".join(sentences[(start + step) % n] for step in range(size))
        for size, most in _JOINED.items()
        for start in np.unique(np.linspace(0, n, most or n, endpoint=False).astype(int)).tolist()
    ]


def neutral_null(
    speaker: str,
    language: str,
    encoder: Encoder,
    statements: FloatArray,
) -> Null:
    """Return how near the neutral texts of a speaker are to statements.

    Parameters
    ----------
    speaker : {"client", "therapist"}
        Whose wording: "I took the bus", "You took the bus".
    language : str
    encoder : Encoder
    statements : float64, shape (n_items, n_dimensions)
        Unit vectors.

    Raises
    ------
    ResourceError
        If there are no neutral sentences for the language.
    """
    texts = neutral_texts(load_neutral(language).sentences[speaker])
    tokens = token_lists(texts, language, encoder)
    embedded = units(encoder.encode(texts, tokens))
    known = ~np.isnan(embedded).any(axis=1)
    cosines = products(embedded[known], statements)
    bins = bins_of(np.array([len(words) for words in tokens], dtype=np.int64)[known])
    mean, sd = (np.full((len(BINS), statements.shape[0]), np.nan) for _ in range(2))
    counts = np.bincount(bins, minlength=len(BINS)).astype(np.int64)
    for place in np.flatnonzero(counts >= LEAST).tolist():
        mean[place] = cosines[bins == place].mean(axis=0)
        sd[place] = cosines[bins == place].std(axis=0, ddof=1)
    return Null(mean, sd, counts)
