"""The lexical model: a ridge on words and pairs of words, weighted on the training sessions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import sparse

from .._checks import check_choice, check_count
from .._typing import FloatArray, IntArray
from ..errors import ParameterError, ResourceError
from ..text.vectors import load_vectors
from .terms import ROLES, role_width, term_names

if TYPE_CHECKING:
    import pyarrow as pa

    from ..text.vectors import Vectors
    from .session_matrix import SessionMatrix


WORD_NAMES = tuple(f"{role}__words" for role in ROLES)


@dataclass(frozen=True, slots=True, eq=False)
class Vocabulary:
    """Terms that enough clients use, and their weights.

    Attributes
    ----------
    terms : ndarray of int64, shape (v,)
        Ascending, see `count_terms`.
    idf : ndarray of float64, shape (v,)
        ``1 + log((1 + n) / (1 + df))`` over the n training sessions.
    list_sha256 : str
        Hash of the vectors with the word list.
    n_words : int
        Length of that list.
    """

    terms: IntArray
    idf: FloatArray
    list_sha256: str
    n_words: int

    def __repr__(self) -> str:
        return f"Vocabulary(<{self.terms.size} terms>)"

    def weigh(self, matrix: SessionMatrix) -> Any:
        """Return sessions by terms: ``(1 + log count) * idf``, rows of length 1 (or 0)."""
        place = np.searchsorted(self.terms, matrix.terms)
        place[place == self.terms.size] = 0
        known = np.flatnonzero(self.terms[place] == matrix.terms)
        block = sparse.csr_array(matrix.counts[:, known])
        columns = place[known][block.indices]
        data = (1.0 + np.log(block.data)) * self.idf[columns]
        length = np.sqrt(np.add.reduceat(np.append(data * data, 0.0), block.indptr[:-1]))
        length[np.diff(block.indptr) == 0] = (
            1.0  # reduceat gives an empty row the value of its neighbour
        )
        data /= np.repeat(length, np.diff(block.indptr))
        shape = (len(matrix), self.terms.size)
        return sparse.csr_array((data, columns, block.indptr), shape=shape)

    @property
    def of_client(self) -> int:
        """Position of the first term of the client."""
        return int(np.searchsorted(self.terms, role_width(self.n_words)))


@dataclass(frozen=True, slots=True, eq=False)
class WordRidge:
    """A fitted lexical model of d targets.

    Attributes
    ----------
    vocabulary : Vocabulary
    means : ndarray of float64, shape (v,)
        Mean row of the training sessions.
    weights : ndarray of float64, shape (d, v)
    bias : ndarray of float64, shape (d,)
        Mean rating of the training sessions.
    """

    vocabulary: Vocabulary
    means: FloatArray
    weights: FloatArray
    bias: FloatArray

    def __repr__(self) -> str:
        return f"WordRidge({self.vocabulary!r}, {self.bias.size} targets)"

    def explain(self, matrix: SessionMatrix) -> tuple[FloatArray, FloatArray]:
        """Return contributions of the words of each role, (n, d, 2), and the bias, (d,)."""
        rows, cut = self.vocabulary.weigh(matrix), self.vocabulary.of_client
        parts = []
        for span in (slice(0, cut), slice(cut, None)):
            weights = self.weights[:, span]
            usual = np.sum(weights * self.means[span], axis=1)
            parts.append(rows[:, span] @ np.ascontiguousarray(weights.T) - usual)
        return np.stack(parts, axis=2), self.bias


def _vocabulary(matrix: SessionMatrix, clients: Sequence[Any], least: int) -> Vocabulary:
    """Return the terms that occur in sessions of at least `least` clients."""
    _, owner = np.unique([str(client) for client in clients], return_inverse=True)
    n, n_clients = len(matrix), int(owner.max()) + 1
    occurs = sparse.csr_array(
        (np.ones(matrix.counts.nnz), matrix.counts.indices, matrix.counts.indptr),
        shape=matrix.counts.shape,
    )
    belongs = sparse.csr_array((np.ones(n), (owner, np.arange(n))), shape=(n_clients, n))
    users = np.bincount((belongs @ occurs).indices, minlength=matrix.terms.size)
    kept = users >= least
    if not kept.any():
        raise ParameterError(
            f"No word is used by at least `min_clients` = {least} of the {n_clients} clients; "
            'use inputs="signals", or lower it knowing that a rare word may name a person.'
        )
    df = np.bincount(occurs.indices, minlength=matrix.terms.size)[kept]
    idf = 1.0 + np.log((1.0 + n) / (1.0 + df))
    words: Vectors = matrix.vectors  # type: ignore[assignment]  # counts come with their list
    return Vocabulary(matrix.terms[kept], idf, words.sha256, len(words))


def fit_words(
    matrix: SessionMatrix,
    values: FloatArray,
    *,
    clients: Sequence[Any],
    alpha: float,
    min_clients: int,
) -> WordRidge:
    """Fit the lexical model.

    Minimises ``sum (y - b - w.x)^2 + alpha |w|^2`` for each target over the sessions rated.

    Parameters
    ----------
    matrix : SessionMatrix
        With counts.
    values : ndarray of float64, shape (n, d)
        NaN where not rated.
    clients : sequence, length n
        Client of each session.
    alpha : float
        Ridge penalty, > 0.
    min_clients : int
        A term must occur in sessions of at least this many clients.
    """
    vocabulary = _vocabulary(matrix, clients, min_clients)
    every = vocabulary.weigh(matrix)
    weights, bias = [], []
    means = np.asarray(every.sum(axis=0)).ravel() / len(matrix)
    for y in values.T:
        rated = ~np.isnan(y)
        rows = every if rated.all() else every[np.flatnonzero(rated)]
        centre = y[rated].mean()
        dual = _solve(rows, y[rated] - centre, alpha)
        weights.append(np.asarray(rows.T @ dual))
        # The bias is that of the mean row of all sessions, whichever were rated.
        here = np.asarray(rows.sum(axis=0)).ravel() / rows.shape[0]
        bias.append(centre + float(np.sum(weights[-1] * (means - here))))
    return WordRidge(vocabulary, means, np.array(weights), np.array(bias))


def _solve(rows: Any, y: FloatArray, alpha: float) -> FloatArray:
    """Return a with ``(K + alpha) a = y`` by conjugate gradients, K the centred Gram matrix."""

    def gram(v: FloatArray) -> FloatArray:
        product = rows @ (across @ v)
        return np.asarray(product - product.mean() + alpha * v)

    across = rows.T.tocsr()
    solution, rest = np.zeros_like(y), y.copy()
    step, size = rest.copy(), float(np.sum(rest * rest))
    enough = 1e-22 * size
    for _ in range(10 * y.size + 100):
        if size <= enough:
            break
        towards = gram(step)
        length = size / float(np.sum(step * towards))
        solution += length * step
        rest -= length * towards
        before, size = size, float(np.sum(rest * rest))
        step = rest + (size / before) * step
    return np.asarray(solution - solution.mean())


def heaviest_terms(
    words: WordRidge, vectors: Vectors, target: int, top: int
) -> list[tuple[str, str, float]]:
    """Return (role, words, weight) of the terms with the largest weights, both signs.

    Parameters
    ----------
    words : WordRidge
    vectors : Vectors
        Vectors with the word list of the terms.
    target : int
    top : int
        Number of terms.
    """
    if vectors.sha256 != words.vocabulary.list_sha256:
        raise ResourceError(
            f"{vectors.name} is not the word list of the model "
            f"({words.vocabulary.list_sha256[:12]}...); name the same vectors."
        )
    order = np.argsort(-np.abs(words.weights[target]), kind="stable")[:top]
    names = term_names(words.vocabulary.terms[order], vectors)
    weights = words.weights[target][order].tolist()
    return [(*name, weight) for name, weight in zip(names, weights, strict=True)]


def lexical_table(model: Any, dimension: str | None, top: int) -> pa.Table:
    """Return the heaviest words of a fitted estimator; see `AllianceRegressor.lexical_weights`."""
    import pyarrow as pa

    if model.words_ is None:
        raise ParameterError('The model knows no words; fit inputs="words" or "both".')
    check_count("top", top)
    name = model.dimensions_[0] if dimension is None else dimension
    check_choice("dimension", name, model.dimensions_)
    place = model.dimensions_.index(name)
    rows = heaviest_terms(model.words_, load_vectors(model.vectors), place, top)
    kinds = (("role", pa.string()), ("words", pa.string()), ("weight", pa.float64()))
    return pa.table(
        {
            column: pa.array([row[at] for row in rows], type=kind)
            for at, (column, kind) in enumerate(kinds)
        }
    )
