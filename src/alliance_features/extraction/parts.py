"""Parts of a stream of sessions: where one ends, its key, and what its files say of it."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from ..errors import TranscriptError
from ..lexicons import has_lexicon, load_lexicon
from ..transcript import Session
from .corpus_checks import CorpusChecks

#: Key of the record in the metadata of a Parquet file.
NAME = b"alliance_features.part"
_ERROR = ("problem", "code", "remedy", "session_id")


@dataclass(frozen=True, slots=True)
class PartRecord:
    """Numbers and names of a finished part; the same in each of its files."""

    key: str
    sessions: int
    turns: int
    nulls: dict[str, int] = field(default_factory=dict)
    checks: CorpusChecks = field(default_factory=CorpusChecks)
    errors: list[TranscriptError] = field(default_factory=list)

    @property
    def is_final(self) -> bool:
        """Whether measuring it again would give the same: not if a process died."""
        return not any(error.code == "worker_died" for error in self.errors)

    def to_json(self) -> str:
        """Return the record as JSON with sorted keys."""
        errors = [{name: getattr(error, name) for name in _ERROR} for error in self.errors]
        content = {
            "key": self.key,
            "sessions": self.sessions,
            "turns": self.turns,
            "nulls": dict(sorted(self.nulls.items())),
            "checks": self.checks.to_dict(),
            "errors": errors,
        }
        return json.dumps(content, sort_keys=True)

    @classmethod
    def from_json(cls, text: str | bytes) -> PartRecord:
        """Return the record that `to_json` wrote.

        Raises
        ------
        ValueError, TypeError, KeyError
            If it is something else.
        """
        content: dict[str, Any] = json.loads(text)
        checks = CorpusChecks.from_dict(content.pop("checks"))
        errors = [
            TranscriptError(
                item["problem"],
                code=item["code"],
                remedy=item["remedy"],
                session_id=item["session_id"],
            )
            for item in content.pop("errors")
        ]
        return cls(**content, checks=checks, errors=errors)


#: A part ends after a session whose id has a hash that is a multiple of this.
SESSIONS_A_PART = 96
LEAST_SESSIONS = 32
MOST_SESSIONS = 384
MOST_CHARACTERS = 12_000_000


@dataclass(frozen=True, slots=True)
class Part:
    """Whole sessions in the order of the input.

    `group` counts the groups of files, `chunk` the parts of the group.
    """

    group: int
    chunk: int
    sessions: tuple[Session, ...]


class Keys:
    """Makes the key of a part: a keyed hash of its sessions and of all their values depend on.

    Parameters
    ----------
    key : bytes
        Of the hash, see `hash_key`.
    configuration : str
        Hash of what all values depend on, see `configuration_hash`.
    """

    def __init__(self, key: bytes, configuration: str) -> None:
        self._key, self._configuration = key, configuration

    def of(self, sessions: Iterable[Session]) -> str:
        """Return the key of these sessions, 32 hexadecimal digits."""
        digest = hmac.new(self._key, self._configuration.encode(), "sha256")
        languages = set()
        for session in sessions:
            text = json.dumps(session.to_dict(), sort_keys=True, default=str)
            digest.update(f"{len(text)}:{text}".encode())
            languages.add(session.language.split("-")[0])
        for language in sorted(languages):
            lists = load_lexicon(language).sha256 if has_lexicon(language) else ""
            digest.update(f"{language}={lists}".encode())
        return digest.hexdigest()[:32]


def cut(sessions: Iterable[Session]) -> Iterator[tuple[Session, ...]]:
    """Yield neighbouring sessions in runs that end where an id says so.

    Whether a run ends after a session depends on its id and on where the run began, so that a
    session more or less changes the runs near by and not all that follow.
    """
    run: list[Session] = []
    characters = 0
    for session in sessions:
        run.append(session)
        characters += sum(len(turn.text) for turn in session.turns)
        full = len(run) >= MOST_SESSIONS or characters >= MOST_CHARACTERS
        if full or (len(run) >= LEAST_SESSIONS and _ends_at(session.session_id)):
            yield tuple(run)
            run, characters = [], 0
    if run:
        yield tuple(run)


def _ends_at(session_id: str) -> bool:
    digest = hashlib.blake2b(session_id.encode(errors="surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest) % SESSIONS_A_PART == 0
