"""Warnings about a corpus as a whole and doubts about its sessions; no value depends on them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..lexicons import has_lexicon, load_lexicon
from ..transcript import Session
from ..transcript.exchange import has_backward_times
from .doubts.doubt import KINDS, Doubt
from .id_checks import WARNINGS as ID_WARNINGS
from .id_checks import IdChecks

SILENT_WORDS = 5000

WARNINGS: dict[str, str] = {
    "translated_pronouns": "translated sessions: their pronouns are the translator's",
    "no_filled_pauses": "sessions marked as verbatim without a single filled pause of a client "
    f"in all their words ({SILENT_WORDS:,} or more): were fillers left out?",
    "several_languages": "more than one language: rates of different languages do not compare",
    "several_modes": "more than one mode, or some unknown: speech and typed text do not compare",
    "backward_times": "a turn starts before the one before it: timing features are null",
    "no_client": "sessions without client_id or session_number: left out of the table of clients",
    "unknown_verbatim": "sessions that do not say whether disfluencies were transcribed",
    **ID_WARNINGS,
    **{code: kind.definition for code, kind in KINDS.items()},
}

_SUMS = (
    "translated",
    "unknown_verbatim",
    "verbatim",
    "verbatim_words",
    "backward_times",
    "filled_pauses",
)
_COUNTERS = ("languages", "modes", "doubts", "doubtful_words")


def _lists_pauses(session: Session) -> bool:
    """Say whether the lexicon of the language knows filled pauses."""
    if not has_lexicon(session.language):
        return False
    return "words.filled_pause" in load_lexicon(session.language).lists


@dataclass(slots=True)
class CorpusChecks:
    """Running sums over the sessions of a corpus.

    `doubts` counts sessions by the code of a doubt, `doubtful_words` the words concerned.
    """

    translated: int = 0
    unknown_verbatim: int = 0
    verbatim: int = 0
    verbatim_words: int = 0
    backward_times: int = 0
    filled_pauses: float = 0.0
    ids: IdChecks = field(default_factory=IdChecks)
    languages: Counter[str] = field(default_factory=Counter)
    modes: Counter[str] = field(default_factory=Counter)
    doubts: Counter[str] = field(default_factory=Counter)
    doubtful_words: Counter[str] = field(default_factory=Counter)

    def add(
        self,
        session: Session,
        client_words: int | None,
        pause_rate: float | None,
        doubts: Iterable[Doubt] = (),
    ) -> None:
        """Count one session, its client's words and filled pauses per 100 words, and its doubts."""
        self.ids.add(session)
        for doubt in doubts:
            self.doubts[doubt.code] += 1
            self.doubtful_words[doubt.code] += doubt.words
        self.translated += session.translated is True
        self.backward_times += has_backward_times(session)
        self.languages[session.language.split("-")[0]] += 1
        self.modes[session.mode or "unknown"] += 1
        if session.mode in ("spoken", "captions", None) and session.verbatim is None:
            self.unknown_verbatim += 1
        if session.verbatim:
            self.verbatim += 1
            if _lists_pauses(session):
                self.verbatim_words += client_words or 0
            self.filled_pauses += (pause_rate or 0.0) * (client_words or 0)

    def merge(self, other: CorpusChecks) -> None:
        """Add the counts of another."""
        for name in _SUMS:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.ids.merge(other.ids)
        for name in _COUNTERS:
            getattr(self, name).update(getattr(other, name))

    def to_dict(self) -> dict[str, Any]:
        """Return the sums as JSON holds them."""
        sums = {name: getattr(self, name) for name in _SUMS}
        counters = {name: dict(getattr(self, name)) for name in _COUNTERS}
        return {**sums, **counters, "ids": self.ids.to_dict()}

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> CorpusChecks:
        """Return the sums that `to_dict` gave.

        A part of an earlier version, which has not all of them, is a KeyError: it is measured anew.
        """
        checks = cls(
            **{name: content[name] for name in _SUMS}, ids=IdChecks.from_dict(content["ids"])
        )
        for name in _COUNTERS:
            setattr(checks, name, Counter(content[name]))
        return checks

    def warnings(self) -> dict[str, int]:
        """Return how many sessions each warning concerns."""
        counts = {
            "translated_pronouns": self.translated,
            "backward_times": self.backward_times,
            "unknown_verbatim": self.unknown_verbatim,
            **self.ids.counts(),
            "several_languages": sum(self.languages.values()) if len(self.languages) > 1 else 0,
            "several_modes": sum(self.modes.values()) if len(self.modes) > 1 else 0,
            "no_filled_pauses": self.verbatim
            if self.verbatim_words >= SILENT_WORDS and not self.filled_pauses
            else 0,
            **self.doubts,
        }
        return {code: count for code, count in sorted(counts.items()) if count}
