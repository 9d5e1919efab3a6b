"""The words of a corpus in memory: how often each is said, and in sessions of which clients."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from ..text.tokens import turn_tokens
from ..text.vector_training import MAX_SENTENCE
from ..transcript import Session


@dataclass(slots=True)
class CorpusWords:
    """Tokens as numbers by merged turn, and the clients in whose sessions they were said."""

    ids: dict[str, int] = field(default_factory=dict)
    turns: list[array[int]] = field(default_factory=list)
    heard_by: list[set[int]] = field(default_factory=list)
    clients: dict[tuple[str, str], int] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)

    def add(self, session: Session, *, enough: int) -> None:
        """Add one session; of the clients of a word, only the first `enough` are kept."""
        named = session.client_id is not None
        key = ("client", str(session.client_id)) if named else ("session", session.session_id)
        client = self.clients.setdefault(key, len(self.clients))
        self.counts["sessions"] += 1
        self.counts["sessions_without_client_id"] += not named
        for tokens in turn_tokens(session):
            numbers = array("l", [self.ids.setdefault(token, len(self.ids)) for token in tokens])
            self.heard_by.extend(set() for _ in range(len(self.ids) - len(self.heard_by)))
            for number in set(numbers):
                if len(self.heard_by[number]) < enough:
                    self.heard_by[number].add(client)
            if numbers:
                self.turns.append(numbers)

    def vocabulary(self, *, min_clients: int, min_count: int) -> dict[str, int]:
        """Return the words to keep and how often they occur, the most frequent first."""
        occurs = Counter[int]()
        for turn in self.turns:
            occurs.update(turn)
        self.counts["clients"] = len(self.clients)
        self.counts["turns"] = len(self.turns)
        self.counts["tokens"] = occurs.total()
        kept = [
            (-occurs[number], word)
            for word, number in self.ids.items()
            if len(self.heard_by[number]) >= min_clients and occurs[number] >= min_count
        ]
        self.counts["words"] = len(kept)
        self.counts["words_dropped"] = len(self.ids) - len(kept)
        return {word: -count for count, word in sorted(kept)}


class KeptWords:
    """The turns as lists of the words that are kept, in the form that gensim reads."""

    def __init__(self, corpus: CorpusWords, kept: dict[str, int]) -> None:
        names: list[str | None] = [word if word in kept else None for word in corpus.ids]
        self.pieces: list[list[str]] = []
        for turn in corpus.turns:
            words = [word for number in turn if (word := names[number]) is not None]
            self.pieces += [
                words[start : start + MAX_SENTENCE] for start in range(0, len(words), MAX_SENTENCE)
            ]

    def __iter__(self) -> Iterator[list[str]]:
        return iter(self.pieces)

    def __len__(self) -> int:
        return len(self.pieces)
