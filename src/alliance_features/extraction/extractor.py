"""Measuring a session into rows of numbers, and rows as Arrow tables; no files, no workers."""

from __future__ import annotations

import pickle
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from .._checks import check_choice, check_count
from ..errors import ParameterError
from ..features.measured import Measured
from ..features.measures.categories import Categories, CategorySource, load_categories
from ..features.registry import LEVELS, select_by_level
from ..features.signals.categories import user_specs
from ..features.spec import FeatureSpec
from ..features.values import session_values, turn_values
from ..text.tagger import Tagger, load_tagger
from ..text.vectors import Vectors, load_vectors
from ..transcript import Session
from ..transcript.session import check_session
from .doubts.doubt import Doubt, error_of
from .doubts.find import find_doubts

SpacyModel = Any  # path or name of a spaCy pipeline, or a spacy.Language

if TYPE_CHECKING:
    import pyarrow as pa

    from ..features.measures.distance import VectorSource

SESSION_KEYS = ("session_id", "client_id", "therapist_id", "session_number", "language")
TURN_KEYS = ("session_id", "turn_index", "n_merged", "role")
NULL_COLUMNS = ("session_id", "turn_index", "feature", "code")
_WHOLE_KEYS = ("session_number", "turn_index", "n_merged")
_KEYS = {"session": SESSION_KEYS, "turn": TURN_KEYS}


@dataclass(slots=True)
class Rows:
    """Rows of the tables, in input order of the sessions, and the doubts about each session."""

    sessions: list[list[Any]] = field(default_factory=list)
    turns: list[list[Any]] = field(default_factory=list)
    nulls: list[tuple[str, int | None, str, str]] = field(default_factory=list)
    doubts: list[list[Doubt]] = field(default_factory=list)


#: The largest recipe that is sent to other machines with each task.
MOST_BYTES = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """What is measured, with which vectors, tagger, seed and dictionary.

    The same in this process and in every worker.

    Parameters
    ----------
    features : str or iterable of str, default="core"
        Sets, groups or names, see `list_features`.
    vectors : optional
        Word vectors, see `load_vectors`; None is the shipped English set.
    spacy_model : optional
        Path or name of a spaCy pipeline, or a loaded one; never downloaded.
    seed : int, default=0
        Seed of the surrogates; the id of the session is part of it too.
    categories : optional
        Path of the user's own dictionary, see `extract`.
    levels : tuple of {"session", "turn"}
        Which tables to fill; a session is measured once for both.
    strict : bool, default=False
        Refuse sessions about which there is a doubt (`doubts.KINDS`), such as the same words
        several times, instead of measuring them as they are.

    Raises
    ------
    ParameterError
        If a level is not known.
    """

    features: str | Iterable[str] = "core"
    vectors: VectorSource = None
    spacy_model: SpacyModel = None
    seed: int = 0
    categories: CategorySource = None
    levels: tuple[str, ...] = ("session",)
    strict: bool = False

    def __post_init__(self) -> None:
        for level in self.levels:
            check_choice("level", level, LEVELS)

    @property
    def named(self) -> list[str]:
        """The sets, groups and names of features, as they were given."""
        return [self.features] if isinstance(self.features, str) else list(self.features)

    def extractor(self) -> Extractor:
        """Return the extractor.

        Raises
        ------
        ParameterError, ResourceError
            If an option is malformed, or vectors, a pipeline or a dictionary are not available.
        """
        return Extractor(self)

    def packed(self, *, most: int | None = None) -> bytes:
        """Return the recipe as bytes for a worker.

        Raises
        ------
        ParameterError
            If something in it cannot be sent, or is longer than `most` bytes.
        """
        packed = b""
        try:
            packed = pickle.dumps(self)
        except Exception as error:  # any exception of an object's own code
            kind = type(error).__name__
        else:
            kind = ""
        if kind:
            raise ParameterError(
                f"`vectors`, `spacy_model` or `categories` cannot be sent to workers ({kind}); "
                "name it by its path."
            )
        if most is not None and len(packed) > most:
            raise ParameterError(
                f"`vectors`, `spacy_model` or `categories` is {len(packed):,} bytes long, too much "
                "to send with every task; name it by a path that every worker can read."
            )
        return packed


class Extractor:
    """Measures one session at a time, always in the same way.

    Parameters
    ----------
    recipe : Recipe
    """

    def __init__(self, recipe: Recipe) -> None:
        self.seed = check_count("seed", recipe.seed, least=0)
        self.strict = recipe.strict
        self.categories = load_categories(recipe.categories)
        self.specs, self._schemas = _chosen(recipe.features, recipe.levels, self.categories)
        self.vectors: Vectors = load_vectors(recipe.vectors)
        self.reach = _reach(spec for specs in self.specs.values() for spec in specs)
        self.tagger: Tagger | None = (
            None if recipe.spacy_model is None else load_tagger(recipe.spacy_model)
        )

    def measure(self, session: Session) -> Measured:
        """Return the session with its tokens and distances, from which all rows are computed."""
        return Measured(
            check_session(session),
            self.vectors,
            self.tagger,
            seed=self.seed,
            reach=self.reach,
            categories=self.categories,
        )

    def add(self, session: Session, rows: Rows) -> None:
        """Measure a session and append its rows and doubts; on an error, none is appended.

        Raises
        ------
        TranscriptError
            In strict mode, if there is a doubt about the session.
        """
        measured = self.measure(session)
        doubts = find_doubts(measured)
        if self.strict and doubts:
            raise error_of(doubts, session.session_id)
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
        rows.doubts.append(doubts)

    def columns(self, level: str) -> list[str]:
        """Return the names of the columns of one level."""
        return list(self.schema(level).names)

    def schema(self, level: str) -> pa.Schema:
        """Return the schema of the table of one level."""
        if level not in self._schemas:
            self._schemas[level] = schema(_KEYS[level], self.specs[level])
        return self._schemas[level]

    def table(self, rows: Rows, level: str) -> pa.Table:
        """Return the table of one level."""
        return _filled(rows.sessions if level == "session" else rows.turns, self.schema(level))


def _chosen(
    features: str | Iterable[str], levels: tuple[str, ...], categories: Categories | None
) -> tuple[dict[str, list[FeatureSpec]], dict[str, pa.Schema]]:
    """Return the features named for each level, and the store of their schemas."""
    names = (features,) if isinstance(features, str) else features
    if isinstance(names, Iterable):
        names = tuple(names)
        if categories is None and all(isinstance(name, str) for name in names):
            specs, schemas = _registered(names, tuple(levels))
            return {level: list(entries) for level, entries in specs.items()}, schemas
    return select_by_level(names, levels, user_specs(categories)), {}


@lru_cache(maxsize=64)
def _registered(
    names: tuple[str, ...], levels: tuple[str, ...]
) -> tuple[dict[str, list[FeatureSpec]], dict[str, pa.Schema]]:
    """Select once per process: an engine asks for the same features again and again."""
    return select_by_level(names, levels), {}


def _reach(specs: Iterable[FeatureSpec]) -> int | None:
    """Return how far apart turns may be for their distance to be needed, None for any."""
    wanted = [spec.reach for spec in specs if "vectors" in spec.needs]
    known = [reach for reach in wanted if reach is not None]
    return max(known, default=0) if len(known) == len(wanted) else None


def schema(keys: Iterable[str], specs: Iterable[FeatureSpec]) -> pa.Schema:
    """Return the Arrow schema; units and feature versions are in the field metadata."""
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
    return _filled(rows, schema(keys, specs))


def _filled(rows: list[list[Any]], form: pa.Schema) -> pa.Table:
    import pyarrow as pa

    columns = list(zip(*rows, strict=True)) if rows else [() for _ in form]
    return pa.table(
        [pa.array(column, type=field.type) for column, field in zip(columns, form, strict=True)],
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
