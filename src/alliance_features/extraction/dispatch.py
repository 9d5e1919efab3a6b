"""Giving sessions to an engine a few at a time, and trying again when a worker dies."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from ..output.problems import worker_died
from ..transcript import Session
from .extractor import Extractor
from .measuring import Outcome, measure

MOST_SESSIONS = 8
MOST_CHARACTERS = 100_000
#: After this many deaths of its process, a session that is measured alone is given up.
DEATHS = 3


@dataclass(slots=True)
class Batch:
    """Neighbouring sessions of a part; `deaths`: how many workers died while measuring it."""

    place: int
    start: int
    sessions: tuple[Session, ...]
    deaths: int = 0


class Engine(Protocol):
    """Measures batches somewhere."""

    def has_room(self) -> bool:
        """Whether another batch would keep a worker busy."""

    def submit(self, batch: Batch) -> None:
        """Take a batch."""

    def wait(self) -> list[tuple[Batch, Outcome | None]]:
        """Return what is done, at least one batch; None: its worker died."""

    def close(self) -> None:
        """End the workers, whatever they are doing."""


class Serial:
    """Measures in this process, at once."""

    def __init__(self, extractor: Extractor) -> None:
        self._extractor = extractor
        self._done: list[tuple[Batch, Outcome | None]] = []

    def has_room(self) -> bool:
        """Whether nothing waits to be fetched."""
        return not self._done

    def submit(self, batch: Batch) -> None:
        """Measure a batch."""
        self._done.append((batch, measure(self._extractor, batch.sessions)))

    def wait(self) -> list[tuple[Batch, Outcome | None]]:
        """Return what was measured."""
        done, self._done = self._done, []
        return done

    def close(self) -> None:
        """Do nothing."""


def batches(place: int, sessions: Sequence[Session]) -> Iterator[Batch]:
    """Yield the sessions of a part in batches of bounded length."""
    run: list[Session] = []
    characters = start = 0
    for session in sessions:
        length = sum(len(turn.text) for turn in session.turns)
        if run and (len(run) >= MOST_SESSIONS or characters + length > MOST_CHARACTERS):
            yield Batch(place, start, tuple(run))
            start, run, characters = start + len(run), [], 0
        run.append(session)
        characters += length
    if run:
        yield Batch(place, start, tuple(run))


class Dispatcher:
    """Keeps an engine busy; every batch comes back measured or given up.

    A batch whose worker dies is tried again whole, since the cause may lie elsewhere; then in
    halves; a single session is given up after `DEATHS` deaths. A session is tried alone in the
    end, so that it is not given up because of another one.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._waiting: deque[Batch] = deque()
        self._suspects: deque[Batch] = deque()
        self._n_out = 0

    def add(self, batch: Batch) -> None:
        """Take a batch."""
        self._waiting.append(batch)
        self._fill()

    def wants_more(self) -> bool:
        """Whether the engine could take another batch."""
        return not self._waiting and self._engine.has_room()

    def is_busy(self) -> bool:
        """Whether a batch has not come back yet."""
        return bool(self._waiting or self._suspects or self._n_out)

    def _fill(self) -> None:
        while self._waiting and self._engine.has_room():
            self._submit(self._waiting.popleft())
        if self._suspects and not self._waiting and not self._n_out:
            self._submit(self._suspects.popleft())

    def _submit(self, batch: Batch) -> None:
        self._n_out += 1
        self._engine.submit(batch)

    def collect(self) -> list[tuple[Batch, Outcome]]:
        """Wait for batches and return those that are measured or given up."""
        self._fill()
        done: list[tuple[Batch, Outcome]] = []
        if not self._n_out:
            return done
        for batch, outcome in self._engine.wait():
            self._n_out -= 1
            if outcome is not None:
                done.append((batch, outcome))
            else:
                done += self._after_death(batch)
        self._fill()
        return done

    def _after_death(self, batch: Batch) -> list[tuple[Batch, Outcome]]:
        batch.deaths += 1
        n = len(batch.sessions)
        if n == 1 and batch.deaths >= DEATHS:
            outcome = Outcome(1, errors=[worker_died(batch.sessions[0])])
            return [(batch, outcome)]
        if n == 1:
            self._suspects.append(batch)
        elif batch.deaths == 1:
            self._waiting.appendleft(batch)
        else:
            for start, half in ((0, batch.sessions[: n // 2]), (n // 2, batch.sessions[n // 2 :])):
                self._waiting.append(Batch(batch.place, batch.start + start, half, deaths=1))
        return []
