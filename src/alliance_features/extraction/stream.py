"""The loop of an extraction: files are read into parts, parts are measured and written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from ..errors import TranscriptError
from ..transcript.readers import Place
from ..transcript.source import Input
from .corpus_checks import CorpusChecks
from .dispatch import Dispatcher, Engine, batches
from .extractor import Extractor, Rows, nulls_table
from .folder import Finished
from .measuring import Outcome
from .parts import Keys, Part, PartRecord, PartStore, cut
from .shards import Shard


def read_parts(
    source: Input,
    groups: Sequence[Sequence[Place]],
    share: Shard,
    errors: list[tuple[int, TranscriptError]],
) -> Iterator[Part]:
    """Yield the parts of a shard in the order of the input; note what cannot be read."""
    seen: set[str] = set()
    number = 0
    for place, files in enumerate(groups):
        if not share.takes_group(place):
            continue
        problems: list[TranscriptError] = []
        sessions = source.read(files, problems, seen=seen)
        for chunk, run in enumerate(cut(sessions)):
            _note(problems, place, share, errors)
            if share.takes_part(number):
                yield Part(place, chunk, run)
            number += 1
        _note(problems, place, share, errors)


def _note(
    problems: list[TranscriptError],
    group: int,
    share: Shard,
    errors: list[tuple[int, TranscriptError]],
) -> None:
    if share.takes_errors(group):
        errors += [(group, error) for error in problems]
    problems.clear()


@dataclass(slots=True)
class Job:
    """A part of which batches are measured."""

    part: Part
    key: str
    done: dict[int, Outcome] = field(default_factory=dict)

    @property
    def is_complete(self) -> bool:
        """Whether every session has come back."""
        return sum(outcome.n_sessions for outcome in self.done.values()) == len(self.part.sessions)


class Work:
    """Measures parts and writes them, several at a time.

    Parameters
    ----------
    extractor : Extractor
        Gives the columns; it measures only if there are no workers.
    store : PartStore
    keys : Keys
    begin : callable
        Called before the first part is put into the folder.
    tell : callable
        Called with the number of sessions done.
    """

    def __init__(
        self,
        extractor: Extractor,
        store: PartStore,
        keys: Keys,
        begin: Callable[[], None],
        tell: Callable[[int], None],
    ) -> None:
        self.n_kept = self.n_failed = 0
        self._extractor, self._store, self._keys = extractor, store, keys
        self._begin, self._tell = begin, tell
        self._jobs: dict[int, Job] = {}
        self._parts: dict[int, tuple[int, int, PartRecord]] = {}
        self._n_done = 0

    def run(self, parts: Iterator[Part], engine: Engine, finished: Finished) -> None:
        """Measure all parts and list them in `finished`."""
        dispatcher = Dispatcher(engine)
        for place, part in enumerate(parts):
            self._take(place, part, dispatcher)
            while not dispatcher.wants_more():
                self._collect(dispatcher)
        while dispatcher.is_busy():
            self._collect(dispatcher)
        finished.parts = [self._parts[place] for place in sorted(self._parts)]

    def _take(self, place: int, part: Part, dispatcher: Dispatcher) -> None:
        key = self._keys.of(part.sessions)
        record = None
        if self._store.has(key):
            self._begin()
            record = self._store.keep(key, place)
        if record is not None:
            self._parts[place] = (part.group, part.chunk, record)
            self.n_kept += record.sessions
            self.n_failed += len(record.errors)
            self._advance(len(part.sessions))
            return
        self._jobs[place] = Job(part, key)
        for batch in batches(place, part.sessions):
            dispatcher.add(batch)

    def _advance(self, n_sessions: int) -> None:
        self._n_done += n_sessions
        self._tell(self._n_done)

    def _collect(self, dispatcher: Dispatcher) -> None:
        for batch, outcome in dispatcher.collect():
            if outcome.failure is not None:
                raise outcome.failure
            job = self._jobs[batch.place]
            job.done[batch.start] = outcome
            self.n_failed += len(outcome.errors)
            if job.is_complete:
                self._write(batch.place, self._jobs.pop(batch.place))
            self._advance(outcome.n_sessions)

    def _write(self, place: int, job: Job) -> None:
        rows, checks = Rows(), CorpusChecks()
        errors: list[TranscriptError] = []
        for _, outcome in sorted(job.done.items()):
            rows.sessions += outcome.rows.sessions
            rows.turns += outcome.rows.turns
            rows.nulls += outcome.rows.nulls
            checks.merge(outcome.checks)
            errors += outcome.errors
        record = PartRecord(
            key=job.key,
            sessions=len(rows.sessions),
            turns=len(rows.turns),
            nulls=dict(Counter(row[3] for row in rows.nulls)),
            checks=checks,
            errors=errors,
        )
        tables = {
            f"{level}s": self._extractor.table(rows, level) for level in self._extractor.specs
        }
        self._begin()
        self._store.write(place, {**tables, "nulls": nulls_table(rows)}, record)
        self._parts[place] = (job.part.group, job.part.chunk, record)
