"""Terms of the lexical model: words and pairs of words of a session, as numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from .._typing import IntArray
from ..errors import ResourceError
from ..text.vectors import Vectors

ROLES = ("therapist", "client")


def role_width(n_words: int) -> int:
    """Return how many terms a role has: words, then ordered pairs of words."""
    return n_words + n_words * n_words


def count_terms(
    turns: Sequence[Sequence[str]], roles: Sequence[str], index: Mapping[str, int]
) -> tuple[IntArray, IntArray]:
    """Count the words and pairs of neighbouring words of each role.

    Term ``w`` of a role is the word with row ``w``; term ``n + n * a + b`` is word ``a`` followed
    by word ``b`` in one turn, for a list of ``n`` words. The client's terms follow the therapist's.
    A word that is not on the list is not counted, and its neighbours do not form a pair.

    Parameters
    ----------
    turns : list of list of str
        Tokens by merged turn, see `turn_tokens`.
    roles : list of {"therapist", "client"}
        Role of each turn.
    index : mapping of str to int
        The word list: rows 0 to n - 1.

    Returns
    -------
    terms : ndarray of int64, shape (n_terms,)
        Ascending.
    counts : ndarray of int64, shape (n_terms,)
        How often each occurs, >= 1.

    Examples
    --------
    >>> terms, counts = count_terms([["no", "no"]], ["therapist"], {"no": 0, "yes": 1})
    >>> terms.tolist(), counts.tolist()
    ([0, 2], [2, 1])
    """
    n, width = len(index), role_width(len(index))
    terms_of_roles: list[IntArray] = [np.empty(0, np.int64)]
    for tokens, role in zip(turns, roles, strict=True):
        rows = np.fromiter((index.get(token, -1) for token in tokens), np.int64, len(tokens))
        first, second = rows[:-1], rows[1:]
        pairs = (first >= 0) & (second >= 0)
        terms = np.concatenate([rows[rows >= 0], n + n * first[pairs] + second[pairs]])
        terms_of_roles.append(terms + width * ROLES.index(role))
    terms, counts = np.unique(np.concatenate(terms_of_roles), return_counts=True)
    return terms, counts.astype(np.int64)


def term_names(terms: npt.ArrayLike, vectors: Vectors) -> list[tuple[str, str]]:
    """Return (role, words) of terms; these are words of the list, so show them with care.

    Parameters
    ----------
    terms : array-like of int, shape (n_terms,)
    vectors : Vectors
        Vectors with the word list that they were counted over.

    Raises
    ------
    ResourceError
        If a term lies outside the list.
    """
    n, width = len(vectors), role_width(len(vectors))
    ids = np.asarray(terms, np.int64).ravel()
    if ids.size and (ids.min() < 0 or ids.max() >= 2 * width):
        raise ResourceError(f"A term lies outside the list of {vectors.name}; name the vectors.")
    words = sorted(vectors.index, key=vectors.index.__getitem__)
    names = []
    for term in ids.tolist():
        role, place = divmod(term, width)
        rows = (place,) if place < n else divmod(place - n, n)
        names.append((ROLES[role], " ".join(words[row] for row in rows)))
    return names
