"""Ids of a corpus that differ in spelling alone, counted over parts and workers."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..transcript import Session
from ..transcript.ids import SPELLING, loose_form, similar_ids

_SAME = f"differs from another only in {SPELLING}"
WARNINGS = {
    "similar_client_ids": f"the client_id {_SAME}: one person would be in training and in test",
    "similar_session_ids": f"the session_id {_SAME}: one session twice, or hard to match",
    "similar_therapist_ids": f"the therapist_id {_SAME}: one person under two names?",
}
_BYTES = 8


@dataclass(slots=True)
class IdChecks:
    """Ids seen so far: of clients and therapists with their numbers of sessions.

    Of sessions, which are many, `sessions` holds 16 bytes each: a hash of what spellings of its id
    share, and one of the id.
    """

    clients: Counter[str] = field(default_factory=Counter)
    therapists: Counter[str] = field(default_factory=Counter)
    sessions: bytearray = field(default_factory=bytearray)

    def add(self, session: Session) -> None:
        """Note the ids of one session."""
        for seen, name in (
            (self.clients, session.client_id),
            (self.therapists, session.therapist_id),
        ):
            if name is not None:
                seen[name] += 1
        for name in (loose_form(session.session_id), session.session_id):
            self.sessions += hashlib.blake2b(name.encode(), digest_size=_BYTES).digest()

    def merge(self, other: IdChecks) -> None:
        """Add the ids of another."""
        self.clients.update(other.clients)
        self.therapists.update(other.therapists)
        self.sessions += other.sessions

    def to_dict(self) -> dict[str, Any]:
        """Return the ids as JSON holds them."""
        return {
            "clients": dict(sorted(self.clients.items())),
            "therapists": dict(sorted(self.therapists.items())),
            "sessions": self.sessions.hex(),
        }

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> IdChecks:
        """Return the ids that `to_dict` gave."""
        return cls(
            Counter(content["clients"]),
            Counter(content["therapists"]),
            bytearray.fromhex(content["sessions"]),
        )

    def counts(self) -> dict[str, int]:
        """Return how many sessions have an id that differs from another in spelling alone."""
        hashes = np.frombuffer(bytes(self.sessions), dtype="<u8").reshape(-1, 2)
        times = np.unique(np.unique(hashes, axis=0)[:, 0], return_counts=True)[1]
        return {
            "similar_client_ids": sum(self.clients[name] for name in similar_ids(self.clients)),
            "similar_session_ids": int(times[times > 1].sum()),
            "similar_therapist_ids": sum(
                self.therapists[name] for name in similar_ids(self.therapists)
            ),
        }
