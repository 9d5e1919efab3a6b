"""Measuring sessions in one call: as an Arrow table, or row by row."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from .._checks import counted
from ..errors import DoubtWarning, ParameterError
from ..features.measures.categories import CategorySource
from ..transcript import Session
from ..transcript.arrow import each_session
from .doubts.doubt import KINDS
from .extractor import Extractor, Recipe, Rows, SpacyModel

if TYPE_CHECKING:
    import pyarrow as pa

    from ..features.measures.distance import VectorSource


def _table(sessions: Any, recipe: Recipe) -> pa.Table:
    extractor, rows = recipe.extractor(), Rows()
    for session in each_session(sessions):
        extractor.add(session, rows)
    doubts = Counter(doubt.code for found in rows.doubts for doubt in found)
    for code, n_sessions in sorted(doubts.items()):
        warnings.warn(
            f"{counted(n_sessions, 'session')}: {KINDS[code].definition} [{code}].",
            DoubtWarning,
            stacklevel=3,
        )
    return extractor.table(rows, *recipe.levels)


def extract(
    sessions: Iterable[Session] | Session | pa.Table | pa.RecordBatch,
    *,
    features: str | Iterable[str] = "core",
    vectors: VectorSource = None,
    spacy_model: SpacyModel = None,
    seed: int = 0,
    categories: CategorySource = None,
    strict: bool = False,
) -> pa.Table:
    """Measure sessions: one row each.

    A session's values do not depend on the other sessions.

    Parameters
    ----------
    sessions : iterable of Session, or one, or Arrow
        Arrow is a table, record batch or stream with one session per row, see
        `table_to_sessions`: this function is what Ray Data and Spark map over batches
        (docs/pipelines.md).
    features : str or iterable of str, default="core"
        Sets, groups or names, see `list_features`.
    vectors : optional
        Word vectors, see `load_vectors`; None is the shipped English set, used for sessions in
        English. A path is read once per process.
    spacy_model : optional
        Path or name of a spaCy pipeline, or a loaded one, for the few features that need a
        tagger; without it they are null. Never downloaded.
    seed : int, default=0
        Seed of the surrogates; the session's id is part of it too.
    categories : optional
        Path of your own dictionary (TOML or LIWC format, docs/categories.md): all features of
        its categories follow those of `features`. ``features="categories"`` gives them alone.
    strict : bool, default=False
        Raise an error for a session that is probably not what it seems (the same words several
        times, times in another unit, ...: docs/files.md) instead of warning of it.

    Returns
    -------
    pyarrow.Table
        Columns session_id, client_id, therapist_id, session_number, language, then the
        features: float64 or int64, null where not applicable or undefined, never NaN. Unit,
        version, title and direction are in the field metadata.

    Raises
    ------
    ParameterError, ResourceError, TranscriptError
        If an argument is malformed, vectors are not available, or a session cannot be read, or
        is refused in strict mode.

    Warns
    -----
    DoubtWarning
        For each kind of doubt, with the number of sessions.
    """
    recipe = Recipe(
        features=features,
        vectors=vectors,
        spacy_model=spacy_model,
        seed=seed,
        categories=categories,
        strict=strict,
    )
    return _table(sessions, recipe)


def extract_turns(
    sessions: Iterable[Session] | Session | pa.Table | pa.RecordBatch,
    *,
    features: str | Iterable[str] = "core",
    vectors: VectorSource = None,
    spacy_model: SpacyModel = None,
    seed: int = 0,
    strict: bool = False,
) -> pa.Table:
    """Measure the merged turns of sessions: one row each.

    Parameters
    ----------
    sessions, features, vectors, spacy_model, seed, strict
        As in `extract`; the features are those of level "turn".

    Returns
    -------
    pyarrow.Table
        Columns session_id, turn_index (0-based index of the first original turn), n_merged,
        role, then the features as in `extract`.
    """
    recipe = Recipe(
        features=features,
        vectors=vectors,
        spacy_model=spacy_model,
        seed=seed,
        levels=("turn",),
        strict=strict,
    )
    return _table(sessions, recipe)


def iter_features(
    sessions: Iterable[Session] | Session | pa.Table | pa.RecordBatch,
    *,
    features: str | Iterable[str] = "core",
    vectors: VectorSource = None,
    spacy_model: SpacyModel = None,
    seed: int = 0,
    categories: CategorySource = None,
    level: str = "session",
    strict: bool = False,
) -> Iterator[dict[str, Any]]:
    """Measure sessions one at a time, when the next row is asked for.

    The rows are those of `extract` or `extract_turns`, in the order of the sessions. One session
    is held at a time, so memory does not grow with their number.

    Parameters
    ----------
    sessions, features, vectors, spacy_model, seed, categories
        As in `extract`. A generator, such as `read_sessions` returns, is read as far as rows are
        asked for.
    level : {"session", "turn"}, default="session"
        One row per session, or per merged turn; a session without turns has no row of a turn.
    strict : bool, default=False
        As in `extract`; without it nothing is told here.

    Returns
    -------
    iterator of dict
        The columns of `extract`, or of `extract_turns`, by name and in their order: keys are str,
        int or None, features float, int or None. None is null: not applicable or undefined.

    Raises
    ------
    ParameterError, ResourceError
        At once if an argument is malformed or vectors are not available.
    ParameterError, TranscriptError
        When it is reached, if something is not a session or cannot be read. The generator ends
        there; `read_sessions(path, errors=[])` skips sessions that cannot be read.

    Examples
    --------
    >>> from alliance_features import Session, Turn, iter_features
    >>> session = Session(session_id="s1", language="en", turns=[
    ...     Turn(role="client", text="It was hard."), Turn(role="therapist", text="Hard how?")])
    >>> for row in iter_features([session], features=["client__words_n", "client__i_rate"]):
    ...     print(row["session_id"], row["client__words_n"], row["client__i_rate"])
    s1 3 None
    """
    recipe = Recipe(
        features=features,
        vectors=vectors,
        spacy_model=spacy_model,
        seed=seed,
        categories=categories,
        levels=(level,),
        strict=strict,
    )
    if level == "turn" and categories is not None:
        raise ParameterError(
            '`categories` has features of sessions only; leave it out with level="turn".'
        )
    return _rows(recipe.extractor(), each_session(sessions), level)


def _rows(
    extractor: Extractor, sessions: Iterator[Session], level: str
) -> Iterator[dict[str, Any]]:
    names = extractor.columns(level)
    for session in sessions:
        rows = Rows()
        extractor.add(session, rows)
        for values in rows.sessions if level == "session" else rows.turns:
            yield dict(zip(names, values, strict=True))
