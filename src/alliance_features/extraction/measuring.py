"""Measuring a few sessions, in this process or another: what goes in, what comes out."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from ..errors import AllianceError, ParameterError, TranscriptError
from ..output.problems import internal_error
from ..transcript import Session
from .corpus_checks import CorpusChecks
from .extractor import Extractor, Rows, SpacyModel
from .manifest import configuration_hash

if TYPE_CHECKING:
    from ..features.measures.categories import CategorySource
    from ..features.measures.distance import VectorSource

#: The largest recipe that is sent to other machines with each task.
MOST_BYTES = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """What an `Extractor` is made of; the same here and in every worker."""

    features: str | Sequence[str] = "core"
    vectors: VectorSource = None
    levels: tuple[str, ...] = ("session",)
    spacy_model: SpacyModel = None
    seed: int = 0
    categories: CategorySource = None

    def extractor(self) -> Extractor:
        """Return the extractor."""
        return Extractor(
            self.features,
            self.vectors,
            levels=self.levels,
            spacy_model=self.spacy_model,
            seed=self.seed,
            categories=self.categories,
        )

    def packed(self, *, most: int | None = None) -> bytes:
        """Return the recipe as bytes for a worker of ours.

        Raises
        ------
        ParameterError
            If something in it cannot be sent, or is longer than `most` bytes.
        """
        packed = b""
        try:
            packed = pickle.dumps(self)
        except Exception as error:  # pickle raises whatever an object's own code raises
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


@dataclass(slots=True)
class Outcome:
    """What measuring a few sessions gave; `failure` ends the run, `errors` do not."""

    n_sessions: int
    rows: Rows = field(default_factory=Rows)
    checks: CorpusChecks = field(default_factory=CorpusChecks)
    errors: list[TranscriptError] = field(default_factory=list)
    failure: AllianceError | None = None


class CorpusWatch:
    """Feeds the corpus checks from the rows, if the columns they need are there."""

    def __init__(self, extractor: Extractor, checks: CorpusChecks) -> None:
        names = [spec.name for spec in extractor.specs["session"]]
        self.checks = checks
        wanted = ("client__words_n", "client__filled_pause_rate")
        self.places = (
            [names.index(name) - len(names) for name in wanted] if {*wanted} <= {*names} else []
        )

    def add(self, session: Session, rows: Rows) -> None:
        """Take in the row just made of a session."""
        row = rows.sessions[-1]
        words, rate = [row[place] for place in self.places] or (None, None)
        self.checks.add(session, words, rate)


def measure(extractor: Extractor, sessions: Sequence[Session]) -> Outcome:
    """Return the rows of sessions; a defect is an error of its session."""
    outcome = Outcome(len(sessions))
    watch = CorpusWatch(extractor, outcome.checks)
    for session in sessions:
        try:
            extractor.add(session, outcome.rows)
            watch.add(session, outcome.rows)
        except AllianceError as error:
            outcome.failure = error.with_traceback(None)
            break
        except Exception as error:
            outcome.errors.append(internal_error(error, session))
    return outcome


class Sealed:
    """Sessions or rows on their way to another process; shows nothing when it is logged."""

    __slots__ = ("content",)

    def __init__(self, content: Any) -> None:
        self.content = content

    def __repr__(self) -> str:
        return "<sealed>"

    def __reduce__(self) -> tuple[Any, ...]:
        return Sealed, (self.content,)


@lru_cache(maxsize=2)
def prepared(packed: bytes) -> tuple[Extractor, str]:
    """Return the extractor of a packed recipe and the hash of its configuration."""
    recipe: Recipe = pickle.loads(packed)
    extractor = recipe.extractor()
    return extractor, configuration_hash(extractor)
