"""Word vectors: the shipped English set, a user's file, or gensim's `KeyedVectors`."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from .._checks import check_path
from ..errors import ParameterError, ResourceError
from .vector_files import read_content
from .vector_npz import Content, write_npz

SHIPPED_NAME = "mini-en-96"
SHIPPED_SHA256 = "6fc0919d34265b9ce0a9549f59ea73ce7d945e58a8f2b92ec0125aedfc0d313b"


class KeyedVectorsLike(Protocol):
    """The part of gensim's `KeyedVectors` that is used."""

    key_to_index: Mapping[str, int]
    vectors: npt.NDArray[Any]


@dataclass(frozen=True, slots=True, eq=False)
class Vectors:
    """Word vectors and where they came from.

    Attributes
    ----------
    index : mapping of str to int
        Row of each word.
    matrix : ndarray of float32 or float64, shape (n_words, n_dimensions)
        Raw vectors.
    name : str
        Name of the set or of its file.
    sha256 : str
        Hash of the file; of the words and numbers for vectors from memory.
    language : str or None
        Primary code of the language of a set that has one; None for any. Features that need
        vectors are null for sessions in another language.
    weights : ndarray of float64, shape (n_words,), or None
        Weight of each word, > 0, as in the file; never computed from the texts that are measured.
    about : mapping
        How the set was made, if the file has it: settings and counts, no words.
    cased : bool
        Whether some words have capitals. A token is then looked up as written, and in lower case
        if that is unknown (`spelling`).
    """

    index: Mapping[str, int]
    matrix: npt.NDArray[Any]
    name: str
    sha256: str
    language: str | None = None
    weights: npt.NDArray[np.float64] | None = None
    about: Mapping[str, Any] = field(default_factory=dict)
    cased: bool = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "cased", any(word != word.lower() for word in self.index))

    def __repr__(self) -> str:
        return f"Vectors({self.name!r}, {len(self.index)} words, {self.dimensions} dimensions)"

    def __len__(self) -> int:
        return len(self.index)

    def __contains__(self, word: object) -> bool:
        return word in self.index

    @property
    def dimensions(self) -> int:
        """Length of a vector."""
        return int(self.matrix.shape[1])

    def row(self, word: str, *, norm: bool = True) -> int:
        """Return the row of a word, or -1 if it is unknown or its vector is zero."""
        row = self.index.get(word, -1)
        return -1 if row >= 0 and norm and not self.matrix[row].any() else row

    def rows(self, words: Sequence[str], *, norm: bool = True) -> npt.NDArray[np.int64]:
        """Return `row` for each of several words.

        Returns
        -------
        ndarray of int64, shape (n_words,)
        """
        rows = np.array([self.index.get(word, -1) for word in words], dtype=np.int64)
        return np.where(self.matrix[rows].any(axis=1), rows, -1) if norm and rows.size else rows

    def spelling(self, written: str) -> str:
        """Return how a token is looked up: as written if that is known, else in lower case."""
        known = self.cased and self.row(written) >= 0
        return written if known else written.lower()

    def points(self, rows: npt.ArrayLike, *, norm: bool) -> npt.NDArray[np.float64]:
        """Return the vectors of rows, of unit length if `norm`.

        Returns
        -------
        ndarray of float64, shape (n_rows, n_dimensions)
        """
        points = np.ascontiguousarray(self.matrix[np.asarray(rows, dtype=np.int64)], np.float64)
        return points / np.linalg.norm(points, axis=1, keepdims=True) if norm else points

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write an ``.npz`` that `load_vectors` reads: whole or not at all, without pickles.

        The same words, numbers, weights, language and `about` give the same bytes. The file holds
        the list of words.

        Parameters
        ----------
        path : path
            Ends in ``.npz``; an existing file is replaced.

        Raises
        ------
        ParameterError
            If the name has another ending or a word cannot be written.
        ResourceError
            If the file cannot be written.
        """
        target = check_path("path", path)
        words = sorted(self.index, key=self.index.__getitem__)
        content = Content(words, self.matrix, self.weights, self.language, self.about)
        write_npz(target, content)


VectorSource = Vectors | KeyedVectorsLike | str | os.PathLike[str] | None


def _checked(content: Content, name: str, sha256: str, language: str | None = None) -> Vectors:
    words, matrix, weights = content.words, content.matrix, content.weights
    if matrix.ndim != 2 or matrix.shape[0] != len(words) or 0 in matrix.shape:
        raise ResourceError(
            f"{name}: {len(words)} words and vectors of shape {matrix.shape} do not fit."
        )
    if matrix.dtype.kind not in "fiu" or not np.isfinite(matrix).all():
        raise ResourceError(
            f"{name}: some vectors hold NaN or infinity; leave these words out of the file."
        )
    index = {word: row for row, word in enumerate(words)}
    if len(index) < len(words):
        raise ResourceError(f"{name}: {len(words) - len(index)} words occur twice.")
    if weights is not None and not (
        weights.shape == (len(words),) and np.isfinite(weights).all() and (weights > 0).all()
    ):
        raise ResourceError(f"{name}: `weights` must hold one finite number > 0 per word.")
    language = content.language or language
    return Vectors(index, matrix, name, sha256, language, weights, content.about)


def _first_of_each(content: Content) -> Content:
    """Keep the first vector of a word that occurs twice, which is the more frequent one."""
    first: dict[str, int] = {}
    for row, word in enumerate(content.words):
        first.setdefault(word, row)
    if len(first) == len(content.words):
        return content
    return replace(content, words=list(first), matrix=content.matrix[list(first.values())])


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@lru_cache(maxsize=1)
def _shipped() -> Vectors:
    with resources.as_file(
        resources.files(__package__).joinpath("data").joinpath(f"{SHIPPED_NAME}.npz")
    ) as path:
        sha256 = _sha256(path)
        if sha256 != SHIPPED_SHA256:
            raise ResourceError(
                f"The shipped vectors {SHIPPED_NAME} are damaged (SHA-256 {sha256[:12]}...). "
                "Install the package again."
            )
        return _checked(read_content(path), SHIPPED_NAME, sha256, "en")


@lru_cache(maxsize=4)
def _load_file(path: Path, stamp: tuple[int, int]) -> Vectors:
    content = read_content(path)
    if path.suffix.lower() != ".npz":  # files of other programs may hold a word twice
        content = _first_of_each(content)
    return _checked(content, path.name, _sha256(path))


def _from_memory(keyed: KeyedVectorsLike) -> Vectors:
    words = sorted(keyed.key_to_index, key=keyed.key_to_index.__getitem__)
    matrix = np.asarray(keyed.vectors)
    digest = hashlib.sha256("\n".join(words).encode("utf-8", "surrogatepass"))
    digest.update(np.ascontiguousarray(matrix).tobytes())
    return _checked(Content(words, matrix), "in memory", digest.hexdigest())


def load_vectors(source: VectorSource) -> Vectors:
    """Return word vectors: the shipped set, those of a file, or those in memory.

    Parameters
    ----------
    source : None, path, KeyedVectors or Vectors
        None is the shipped English set ``mini-en-96`` (checked by SHA-256). A path names

        - an ``.npz`` of this package (`Vectors.save`, ``alliance-features vectors train``);
        - GloVe, word2vec or fastText in text form (``.txt``, ``.vec``): one word per line and
          its numbers, in UTF-8, separated by blanks or tabs, each line with its line break. A
          first line of two whole numbers is the header of word2vec and fastText;
        - word2vec or fastText in binary form (``.bin``), distinguished by fastText's magic number.

        Text and word2vec's binary form may be gzipped (``.gz``). Pickled files are refused.
        Where a file has a word twice, its first vector counts.

    Returns
    -------
    Vectors
        A word that is not in the file is unknown. That holds for fastText too: vectors are not
        made up from character n-grams, so that text and binary form give the same distances.
        Of a session, a token is looked up as it is written and, if that is unknown, in lower
        case (`turn_tokens` with `vectors` returns the tokens so).

    Raises
    ------
    ResourceError
        If the file is missing, damaged, pickled or of unknown format.
    ParameterError
        If `source` is something else.
    """
    if source is None:
        return _shipped()
    if isinstance(source, Vectors):
        return source
    if isinstance(source, (str, os.PathLike)):
        path = Path(source)
        if not path.is_file():
            raise ResourceError(f"{path}: there is no such vectors file; check the path.")
        status = path.stat()
        return _load_file(path.resolve(), (status.st_size, status.st_mtime_ns))
    if hasattr(source, "key_to_index") and hasattr(source, "vectors"):
        return _from_memory(source)
    raise ParameterError(
        f"`vectors` is {type(source).__name__}; it must be None, a path, gensim KeyedVectors or "
        "Vectors."
    )
