"""SessionMatrix, the input of models that predict ratings: signals and counts of words.

Nothing is fitted here.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from .._typing import FloatArray, IntArray
from ..errors import ParameterError
from ..extraction.extractor import SESSION_KEYS, Recipe
from ..features.registry import list_features
from ..features.values import session_values
from ..transcript import Session
from ..transcript.ids import id_in_table
from .terms import count_terms, term_names

if TYPE_CHECKING:
    from ..features.measures.distance import VectorSource
    from ..text.vectors import Vectors


OWN_PREFIX = "own__"


@dataclass(frozen=True, slots=True, eq=False)
class SessionMatrix:
    """Signals and counts of words of sessions; ``matrix[rows]`` selects sessions.

    Sessions are measured once, and a cross-validation selects rows. It holds counts of words over a
    public word list, so treat it like the transcripts: it is never written to disk.

    Attributes
    ----------
    session_ids, clients, therapists : list of str or None, length n
    names : list of str, length f
        The signals.
    signals : ndarray of float64, shape (n, f)
        NaN where the table has null.
    terms : ndarray of int64, shape (t,)
        Ascending numbers of the terms that occur: words and pairs of words by role, see
        `count_terms`.
    counts : scipy.sparse.csr_array of float64, shape (n, t), or None
        How often each term occurs; None where words were not counted.
    worded : ndarray of bool, shape (n,)
        Whether the session is in the language of the word list; its counts are 0 if not.
    vectors : Vectors or None
        Vectors with the word list, also used for distances; None for a table.
    languages : tuple of str
        Primary codes of the languages of the sessions measured, sorted; empty where unknown.

    Examples
    --------
    >>> from alliance_features import Session, Turn
    >>> session = Session(session_id="s1", language="en", turns=[
    ...     Turn(role="client", text="It was hard."), Turn(role="therapist", text="Hard how?")])
    >>> matrix = SessionMatrix.of([session], features=["client__words_n", "dyad__turns_n"])
    >>> matrix.signals, matrix.counts.sum().item()
    (array([[3., 2.]]), 8.0)
    """

    session_ids: list[str | None]
    clients: list[str | None]
    therapists: list[str | None]
    names: list[str]
    signals: FloatArray
    terms: IntArray
    counts: Any
    worded: npt.NDArray[np.bool_]
    vectors: Vectors | None = None
    languages: tuple[str, ...] = ()

    def __len__(self) -> int:
        return int(self.signals.shape[0])

    def __repr__(self) -> str:
        words = "no words" if self.counts is None else f"{self.terms.size} terms"
        return f"SessionMatrix({len(self)} sessions, {len(self.names)} signals, {words})"

    @property
    def shape(self) -> tuple[int, int]:
        """(n, f); scikit-learn's searches need a shape to select rows."""
        return len(self), len(self.names)

    def __getitem__(self, rows: Any) -> SessionMatrix:
        """Return the sessions at `rows`: positions, a mask or a slice."""
        if isinstance(rows, tuple) and rows[1:] == (Ellipsis,):  # as scikit-learn writes it
            rows = rows[0]
        chosen = np.arange(len(self))[rows if isinstance(rows, slice) else np.asarray(rows)]
        if chosen.ndim != 1:
            raise ParameterError("A session matrix is sliced by a list of rows, a mask or a slice.")
        where = chosen.tolist()
        return replace(
            self,
            session_ids=[self.session_ids[row] for row in where],
            clients=[self.clients[row] for row in where],
            therapists=[self.therapists[row] for row in where],
            signals=self.signals[chosen],
            counts=None if self.counts is None else self.counts[chosen],
            worded=self.worded[chosen],
        )

    def select(self, names: Iterable[str]) -> SessionMatrix:
        """Return the same sessions with the signals named, in that order.

        Raises
        ------
        ParameterError
            If a signal is missing.
        """
        wanted = list(names)
        place = {name: index for index, name in enumerate(self.names)}
        missing = [name for name in wanted if name not in place]
        if missing:
            raise ParameterError(
                f"`X` lacks {len(missing)} of {len(wanted)} features of the model, "
                f"first `{missing[0]}`; extract them with the same version."
            )
        chosen = np.array([place[name] for name in wanted], np.int64)
        return replace(self, names=wanted, signals=self.signals[:, chosen])

    @property
    def word_names(self) -> list[tuple[str, str]]:
        """(role, words) of each term, in the order of the columns of `counts`."""
        if self.vectors is None:
            return []
        return term_names(self.terms, self.vectors)

    @classmethod
    def of(
        cls,
        sessions: Iterable[Session],
        *,
        features: str | Iterable[str] = "core",
        vectors: VectorSource = None,
        words: bool = True,
        progress: Callable[[int], None] | None = None,
    ) -> SessionMatrix:
        """Measure sessions.

        Parameters
        ----------
        sessions : iterable of Session
        features : str or iterable of str, default="core"
            Sets, groups or names of features of sessions.
        vectors : optional
            Word vectors, see `load_vectors`; None: the shipped English set. Only words
            of their list are counted, so that a name or a rare word is never a term; with vectors
            trained on transcripts the list is that of the vectors.
        words : bool, default=True
            Whether to count words, in sessions in the language of the vectors.
        progress : callable, optional
            Called with the number of sessions measured.

        Raises
        ------
        ParameterError, ResourceError, TranscriptError
            As `extract`; a session that occurs twice is refused.
        """
        extractor = Recipe(features=features, vectors=vectors).extractor()
        specs, known = extractor.specs["session"], extractor.vectors
        rows: list[tuple[Session, list[float]]] = []
        bags: list[tuple[IntArray, IntArray]] = []
        worded: list[bool] = []
        for session in _each(sessions):
            measured = extractor.measure(session)
            values, _ = session_values(measured, specs)
            rows.append((session, [np.nan if value is None else value for value in values]))
            speaks = measured.has_lexicon and known.language in (None, measured.language)
            worded.append(speaks)
            texts = measured.looked_up if words and speaks else []
            bags.append(count_terms(texts, measured.roles[: len(texts)], known.index))
            if progress is not None:
                progress(len(rows))
        ids = [session.session_id for session, _ in rows]
        _refuse_twins(ids)
        terms, counts = _counted(bags) if words else (np.empty(0, np.int64), None)
        return cls(
            list(ids),
            [session.client_id for session, _ in rows],
            [session.therapist_id for session, _ in rows],
            [spec.name for spec in specs],
            np.array([values for _, values in rows], np.float64).reshape(len(rows), len(specs)),
            terms,
            counts,
            np.array(worded, np.bool_) if words else np.zeros(len(rows), np.bool_),
            known,
            _primary(session.language for session, _ in rows),
        )

    @classmethod
    def from_table(cls, table: Any, *, features: str | Iterable[str] = "all") -> SessionMatrix:
        """Read the signals of a table; words need sessions.

        Parameters
        ----------
        table : pyarrow.Table or pandas.DataFrame
            One row per session, as `extract` returns; columns of your own begin with ``own__``.
        features : str or iterable of str, default="all"
            Which registered features of the table to keep.

        Raises
        ------
        ParameterError
            If a column of numbers is not a registered feature (it might be a rating), a session
            occurs twice, or no feature is left.
        """
        names = feature_columns(table, features)
        present = column_names(table)
        columns = [numbers(table, name) for name in names]
        n = columns[0].size
        keys: list[list[Any]] = [
            [id_in_table(cell) for cell in column(table, key)] if key in present else [None] * n
            for key in ("session_id", "client_id", "therapist_id")
        ]
        _refuse_twins([session for session in keys[0] if session is not None])
        return cls(
            keys[0],
            keys[1],
            keys[2],
            names,
            np.column_stack(columns),
            np.empty(0, np.int64),
            None,
            np.zeros(n, np.bool_),
            None,
            _primary(column(table, "language")) if "language" in present else (),
        )


def _each(sessions: Any) -> Iterable[Session]:
    if isinstance(sessions, (str, bytes, Session)) or not isinstance(sessions, Iterable):
        raise ParameterError(
            f"`sessions` is {type(sessions).__name__}; it must be a list of sessions."
        )
    return sessions


def _primary(codes: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(sorted({code.split("-")[0] for code in codes if code}))


def _refuse_twins(ids: list[Any]) -> None:
    seen: set[str] = set()
    for session in ids:
        if session in seen:
            raise ParameterError(f"`X` holds session {session} twice; keep one row per session.")
        seen.add(session)


def _counted(bags: list[tuple[IntArray, IntArray]]) -> tuple[IntArray, Any]:
    """Return the terms that occur, and their counts by session."""
    empty = [np.empty(0, np.int64)]
    every = np.concatenate(empty + [terms for terms, _ in bags])
    terms, places = np.unique(every, return_inverse=True)
    starts = np.cumsum([0, *(bag.size for bag, _ in bags)])
    data = np.concatenate(empty + [counts for _, counts in bags]).astype(np.float64)
    shape = (len(bags), terms.size)
    return terms, sparse.csr_array((data, places.astype(np.int32), starts), shape=shape)


def is_table(X: Any) -> bool:
    """Say whether `X` is a table with named columns: Arrow, pandas or similar."""
    if hasattr(X, "column_names"):
        return True
    frame = hasattr(X, "columns") and hasattr(X, "dtypes")
    return frame and any(isinstance(name, str) for name in X.columns)


def column_names(table: Any) -> list[str]:
    """Return the names of the columns, all of them strings."""
    names = list(table.column_names if hasattr(table, "column_names") else table.columns)
    if not all(isinstance(name, str) for name in names):
        raise ParameterError(
            "`X` has column names that are not strings; name features as `extract`."
        )
    if len(set(names)) < len(names):
        raise ParameterError("`X` has two columns with the same name.")
    return names


def column(table: Any, name: str) -> list[Any]:
    """Return one column as a list; null is None."""
    if hasattr(table, "column_names"):
        return list(table.column(name).to_pylist())
    values = table[name]
    missing = values.isna().to_numpy()
    return [None if gone else value for value, gone in zip(values, missing, strict=True)]


def numbers(table: Any, name: str) -> FloatArray:
    """Return one column of numbers as float64; null is NaN."""
    values = None
    with contextlib.suppress(TypeError, ValueError):  # their messages quote the value
        values = np.array(
            [np.nan if value is None else value for value in column(table, name)], np.float64
        )
    if values is None:
        raise ParameterError(f"`X[{name}]` holds a value that is not a number.")
    if np.isinf(values).any():
        raise ParameterError(f"`X[{name}]` holds infinity; write null where nothing was measured.")
    return values


def _is_number(table: Any, name: str) -> bool:
    if hasattr(table, "column_names"):
        import pyarrow.types as kinds

        kind = table.schema.field(name).type
        return bool(
            kinds.is_integer(kind)
            or kinds.is_floating(kind)
            or kinds.is_boolean(kind)
            or kinds.is_decimal(kind)
        )
    return getattr(table[name].dtype, "kind", "O") in "biuf" or "int" in str(table[name].dtype)


def feature_columns(table: Any, features: str | Iterable[str] = "all") -> list[str]:
    """Return the columns of a table that a model may see, in the order of the table.

    Registered features that `features` names, and columns beginning with ``own__``, which are
    the user's own and are not checked. The keys of a session (session_id, client_id, therapist_id,
    session_number, language) and columns of text are left out.

    Raises
    ------
    ParameterError
        If there is another column of numbers, which might be a rating, an id or a flag, or no
        feature at all.
    """
    names = column_names(table)
    known = set(list_features("all"))
    strange = [
        name
        for name in names
        if name not in known
        and name not in SESSION_KEYS
        and not name.startswith(OWN_PREFIX)
        and _is_number(table, name)
    ]
    if strange:
        shown = ", ".join(f"`{name}`" for name in strange[:5])
        raise ParameterError(
            f"`X` has columns of numbers that are not registered features: {shown}"
            f"{f' and {len(strange) - 5} more' if len(strange) > 5 else ''}. Ratings, ids and "
            f"flags cannot be features: drop them, or name a feature of your own `{OWN_PREFIX}...`."
        )
    wanted = set(list_features(features))
    chosen = [name for name in names if name in wanted or name.startswith(OWN_PREFIX)]
    if not chosen:
        raise ParameterError("`X` has no column that is a feature of the set named.")
    return chosen


def feature_versions(names: Iterable[str]) -> Mapping[str, int]:
    """Return the version of each registered feature among `names`."""
    from ..features.registry import describe_feature

    known = set(list_features("all"))
    return {name: describe_feature(name).version for name in names if name in known}
