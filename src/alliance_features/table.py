"""Sessions in, Arrow tables of numbers out: pure, no files, no pool."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ._checks import check_count
from .errors import ParameterError
from .features.categories import CategorySource, load_categories
from .features.category_specs import user_specs
from .features.evaluate import session_values, turn_values
from .features.measured import Measured
from .features.registry import select_by_level
from .features.spec import FeatureSpec
from .text.tagger import Tagger, load_tagger
from .text.vectors import Vectors, load_vectors
from .transcript import Session

SpacyModel = Any  # path or name of a spaCy pipeline, or a spacy.Language

if TYPE_CHECKING:
    import pyarrow as pa

    from .features.distance import VectorSource

SESSION_KEYS = ("session_id", "client_id", "therapist_id", "session_number", "language")
TURN_KEYS = ("session_id", "turn_index", "n_merged", "role")
NULL_COLUMNS = ("session_id", "turn_index", "feature", "code")
_WHOLE_KEYS = ("session_number", "turn_index", "n_merged")


@dataclass(slots=True)
class Rows:
    """Rows of the tables, as they come from the sessions."""

    sessions: list[list[Any]] = field(default_factory=list)
    turns: list[list[Any]] = field(default_factory=list)
    nulls: list[tuple[str, int | None, str, str]] = field(default_factory=list)


class Extractor:
    """Measures one session at a time, always in the same way.

    Parameters
    ----------
    features : str or iterable of str
    vectors, spacy_model
        As in `extract`.
    levels : tuple of {"session", "turn"}
        Which tables to fill; a session is measured once for both.
    seed : int, default=0
    categories : optional
        As in `extract`.
    """

    def __init__(
        self,
        features: str | Iterable[str] = "core",
        vectors: VectorSource = None,
        *,
        levels: tuple[str, ...] = ("session",),
        spacy_model: SpacyModel = None,
        seed: int = 0,
        categories: CategorySource = None,
    ) -> None:
        self.seed = check_count("seed", seed, least=0)
        self.categories = load_categories(categories)
        self.specs: dict[str, list[FeatureSpec]] = select_by_level(
            features, levels, user_specs(self.categories)
        )
        self.vectors: Vectors = load_vectors(vectors)
        self.reach = _reach(spec for specs in self.specs.values() for spec in specs)
        self.tagger: Tagger | None = None if spacy_model is None else load_tagger(spacy_model)

    def add(self, session: Session, rows: Rows) -> None:
        """Measure a session and append its rows; on an error, none is appended."""
        if not isinstance(session, Session):
            raise ParameterError(
                f"`sessions` holds {type(session).__name__}; it must hold sessions, as "
                "`read_sessions` yields them."
            )
        measured = Measured(
            session,
            self.vectors,
            self.tagger,
            seed=self.seed,
            reach=self.reach,
            categories=self.categories,
        )
        row: list[list[Any]] = []
        turns: list[list[Any]] = []
        nulls: list[tuple[str, int | None, str, str]] = []
        if "session" in self.specs:
            values, missing = session_values(measured, self.specs["session"])
            row = [[*(getattr(session, key) for key in SESSION_KEYS), *values]]
            nulls += [(session.session_id, None, name, code) for name, code in missing.items()]
        if "turn" in self.specs:
            columns, gaps = turn_values(measured, self.specs["turn"])
            for place, turn in enumerate(measured.turns):
                keys = (session.session_id, turn.turn_index, turn.n_merged, turn.role)
                turns.append([*keys, *(column[place] for column in columns)])
            nulls += [
                (session.session_id, measured.turns[place].turn_index, name, code)
                for place, name, code in gaps
            ]
        rows.sessions += row
        rows.turns += turns
        rows.nulls += nulls

    def table(self, rows: Rows, level: str) -> pa.Table:
        """Return the table of one level."""
        if level == "session":
            return to_table(rows.sessions, SESSION_KEYS, self.specs[level])
        return to_table(rows.turns, TURN_KEYS, self.specs[level])


def _reach(specs: Iterable[FeatureSpec]) -> int | None:
    """Return how far apart turns are whose distance is needed, None if any may be."""
    wanted = [spec.reach for spec in specs if "vectors" in spec.needs]
    known = [reach for reach in wanted if reach is not None]
    return max(known, default=0) if len(known) == len(wanted) else None


def schema(keys: Iterable[str], specs: Iterable[FeatureSpec]) -> pa.Schema:
    """Return the Arrow schema; units and feature versions stand in the field metadata."""
    import pyarrow as pa

    fields = [pa.field(key, pa.int64() if key in _WHOLE_KEYS else pa.string()) for key in keys]
    fields += [
        pa.field(
            spec.name,
            pa.int64() if spec.whole else pa.float64(),
            metadata={
                "unit": spec.unit,
                "version": str(spec.version),
                "title": spec.title,
                "direction": spec.direction,
                **({"dictionary": spec.dictionary} if spec.dictionary else {}),
            },
        )
        for spec in specs
    ]
    return pa.schema(fields)


def to_table(rows: list[list[Any]], keys: Iterable[str], specs: Iterable[FeatureSpec]) -> pa.Table:
    """Return rows as an Arrow table with the schema of the features."""
    import pyarrow as pa

    form = schema(keys, specs)
    columns = list(zip(*rows, strict=True)) if rows else [() for _ in form]
    return pa.table(
        [pa.array(column, type=one.type) for column, one in zip(columns, form, strict=True)],
        schema=form,
    )


def nulls_table(rows: Rows) -> pa.Table:
    """Return the reasons of the nulls: session_id, turn_index (null = session), feature, code."""
    import pyarrow as pa

    kinds = (pa.string(), pa.int64(), pa.string(), pa.string())
    columns = list(zip(*rows.nulls, strict=True)) if rows.nulls else [()] * 4
    return pa.table(
        [pa.array(column, type=kind) for column, kind in zip(columns, kinds, strict=True)],
        names=list(NULL_COLUMNS),
    )


def each_session(sessions: Iterable[Session] | Session) -> Iterator[Session]:
    """Yield sessions of an iterable, or the one given; refuse what is none."""
    if isinstance(sessions, Session):
        yield sessions
        return
    if isinstance(sessions, (str, bytes)) or not isinstance(sessions, Iterable):
        raise ParameterError(
            f"`sessions` is {type(sessions).__name__}; it must be sessions. "
            "`read_sessions(path)` yields those of a file."
        )
    yield from sessions


def _extract(
    sessions: Iterable[Session] | Session,
    features: str | Iterable[str],
    vectors: VectorSource,
    spacy_model: SpacyModel,
    level: str,
    seed: int,
    categories: CategorySource = None,
) -> pa.Table:
    extractor = Extractor(
        features,
        vectors,
        levels=(level,),
        spacy_model=spacy_model,
        seed=seed,
        categories=categories,
    )
    rows = Rows()
    for session in each_session(sessions):
        extractor.add(session, rows)
    return extractor.table(rows, level)


def extract(
    sessions: Iterable[Session] | Session,
    *,
    features: str | Iterable[str] = "core",
    vectors: VectorSource = None,
    spacy_model: SpacyModel = None,
    seed: int = 0,
    categories: CategorySource = None,
) -> pa.Table:
    """Measure sessions: one row each.

    A session's values do not depend on the other sessions.

    Parameters
    ----------
    sessions : iterable of Session, or one
    features : str or iterable of str, default="core"
        Sets, groups or names, see `list_features`.
    vectors : optional
        Word vectors, see `load_vectors`; None is the shipped English set, used for sessions in
        English.
    spacy_model : optional
        Path or name of a spaCy pipeline, or a loaded one, for the few features that need a
        tagger; without it they are null. Never downloaded.
    seed : int, default=0
        Of the surrogates that are drawn, together with the session's id.
    categories : optional
        Path of a dictionary of the user's (TOML or LIWC format, docs/categories.md): all features
        of its categories follow those of `features`. ``features="categories"`` gives them alone.

    Returns
    -------
    pyarrow.Table
        Columns session_id, client_id, therapist_id, session_number, language, then the
        features: float64 or int64, null where not applicable or undefined, never NaN. Unit,
        version, title and direction stand in the field metadata.

    Raises
    ------
    ParameterError, ResourceError, TranscriptError
        If an argument is malformed, vectors cannot be had, or a session cannot be read.
    """
    return _extract(sessions, features, vectors, spacy_model, "session", seed, categories)


def extract_turns(
    sessions: Iterable[Session] | Session,
    *,
    features: str | Iterable[str] = "core",
    vectors: VectorSource = None,
    spacy_model: SpacyModel = None,
    seed: int = 0,
) -> pa.Table:
    """Measure the merged turns of sessions: one row each.

    Parameters
    ----------
    sessions, features, vectors, spacy_model, seed
        As in `extract`; the features are those of level "turn".

    Returns
    -------
    pyarrow.Table
        Columns session_id, turn_index (0-based index of the first original turn), n_merged,
        role, then the features as in `extract`.
    """
    return _extract(sessions, features, vectors, spacy_model, "turn", seed)
