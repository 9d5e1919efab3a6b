"""Texts that are no turns, and vectors of length 1."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ..text.tokens import tokenize_texts

FloatArray = npt.NDArray[np.float64]


def units(rows: FloatArray) -> FloatArray:
    """Return rows of length 1, NaN where there is no direction."""
    length = np.sqrt((rows * rows).sum(axis=1, keepdims=True))
    out = np.full(rows.shape, np.nan)
    np.divide(rows, length, out=out, where=length > 0)
    return out


def token_lists(texts: Sequence[str], language: str) -> list[list[str]]:
    """Return the distance tokens of texts that are no turns."""
    table = tokenize_texts(texts, language)
    return [table.tokens(place) for place in range(len(texts))]
