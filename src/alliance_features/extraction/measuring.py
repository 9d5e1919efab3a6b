"""Measuring a few sessions, in this process or in a worker."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from ..errors import AllianceError, TranscriptError
from ..output.problems import internal_error
from ..transcript import Session
from .corpus_checks import CorpusChecks
from .extractor import Extractor, Recipe, Rows
from .manifest import configuration_hash


@dataclass(slots=True)
class Outcome:
    """Rows and errors of a few sessions; `failure` ends the run, `errors` do not."""

    n_sessions: int
    rows: Rows = field(default_factory=Rows)
    checks: CorpusChecks = field(default_factory=CorpusChecks)
    errors: list[TranscriptError] = field(default_factory=list)
    failure: AllianceError | None = None


class CorpusWatch:
    """Passes rows on to the corpus checks, if the columns they need are there."""

    def __init__(self, extractor: Extractor, checks: CorpusChecks) -> None:
        names = [spec.name for spec in extractor.specs["session"]]
        self.checks = checks
        wanted = ("client__words_n", "client__filled_pause_rate")
        self.places = (
            [names.index(name) - len(names) for name in wanted] if {*wanted} <= {*names} else []
        )

    def add(self, session: Session, rows: Rows) -> None:
        """Count the last row, which is that of a session."""
        row = rows.sessions[-1]
        words, rate = [row[place] for place in self.places] or (None, None)
        self.checks.add(session, words, rate, rows.doubts[-1])


def measure(extractor: Extractor, sessions: Sequence[Session]) -> Outcome:
    """Return the rows of sessions; a defect becomes an error of its session."""
    outcome = Outcome(len(sessions))
    watch = CorpusWatch(extractor, outcome.checks)
    for session in sessions:
        try:
            extractor.add(session, outcome.rows)
            watch.add(session, outcome.rows)
        except TranscriptError as error:
            outcome.errors.append(error.with_traceback(None))
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
