"""The stages of a benchmark: what each does, timed over the whole corpus."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..._checks import counted
from ...errors import ResourceError, TranscriptError
from ...extraction.extractor import Extractor, Recipe, Rows
from ...lexicons import has_lexicon, load_lexicon
from ...text.tokenizers import plain_tokenizer
from ...transcript import Session
from ...transcript.source import Input
from ..extract import extract_files
from .machine import children_peak_mb

if TYPE_CHECKING:
    from ...features.measures.distance import VectorSource

#: Called with the stage, the sessions done and their number (0: unknown).
Step = Callable[[str, int, int], None]
_NOT_LEXICAL = frozenset({"vectors", "tagger", "inventory"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Seconds of a stage over the whole corpus.

    Attributes
    ----------
    name, note : str
    workers : int
        Processes that measure; 0 for this one.
    n_features : int
        0 for a stage that measures none.
    first : float
        Wall seconds of the first pass, in which words are met for the first time.
    again : float or None
        Median wall seconds of the later passes.
    cpu : float or None
        Median processor seconds of the later passes; None for a stage in other processes.
    worker_mb : float or None
        Largest peak memory of a worker, MB; None without workers or where it is unknown.
    """

    name: str
    note: str
    workers: int = 0
    n_features: int = 0
    first: float
    again: float | None
    cpu: float | None
    worker_mb: float | None = None

    @property
    def seconds(self) -> float:
        """Wall seconds that count: of the later passes, if there were any."""
        return self.first if self.again is None else self.again


class Watch:
    """Times passes over the corpus.

    Parameters
    ----------
    step : callable
    repeats : int
        Passes after the first.
    """

    def __init__(self, step: Step, repeats: int) -> None:
        self.step = step
        self.repeats = repeats

    def read(self, source: Input) -> tuple[list[Session], Stage]:
        """Return the sessions, and the stage of reading them.

        Raises
        ------
        ResourceError
            If there is none.
        """
        sessions: list[Session] = []
        errors: list[TranscriptError] = []

        def once() -> None:
            errors.clear()
            sessions.clear()
            for session in source.read(source.files(errors), errors):
                sessions.append(session)
                self.step("read", len(sessions), 0)

        stage = self.time("read", "files to checked sessions", once)
        if not sessions:
            why = f": {errors[0]}" if errors else " (no file was found)."
            raise ResourceError(
                f"No session could be read, {counted(len(errors), 'error')}{why} "
                "`alliance-features validate` lists all."
            )
        return sessions, stage

    def each(
        self,
        name: str,
        note: str,
        sessions: Sequence[Session],
        act: Callable[[Session], object],
        *,
        n_features: int = 0,
    ) -> Stage:
        """Time a function of one session over all of them."""

        def once() -> None:
            for done, session in enumerate(sessions):
                act(session)
                self.step(name, done + 1, len(sessions))

        return self.time(name, note, once, n_features=n_features)

    def time(
        self,
        name: str,
        note: str,
        once: Callable[[], float | None],
        *,
        n_features: int = 0,
        workers: int = 0,
    ) -> Stage:
        """Time a pass over the corpus, and the repeats; it may return a worker's memory."""
        wall, cpu, memory = [], [], []
        for _ in range(self.repeats + 1):
            begin, busy = time.perf_counter(), time.process_time()
            memory.append(once())
            wall.append(time.perf_counter() - begin)
            cpu.append(time.process_time() - busy)
        later = len(wall) > 1
        return Stage(
            name=name,
            note=note,
            workers=workers,
            n_features=n_features,
            first=wall[0],
            again=statistics.median(wall[1:]) if later else None,
            cpu=statistics.median(cpu[1:]) if later and not workers else None,
            worker_mb=max((peak for peak in memory if peak is not None), default=None),
        )


def in_process(watch: Watch, sessions: list[Session], extractor: Extractor) -> Iterator[Stage]:
    """Yield the stages that need no files; tokens only if all languages have word lists."""
    if all(has_lexicon(session.language) for session in sessions):
        plain = _plain_tokens(sessions)
        if plain is not None:
            yield watch.each("spaCy alone", "blank tokenizer, turn by turn", sessions, plain)
        yield watch.each(
            "tokens",
            "turns merged, text to token table",
            sessions,
            lambda session: extractor.measure(session).table,
        )
    specs = extractor.specs["session"]
    for name, names in (
        ("lexical features", [spec.name for spec in specs if not _NOT_LEXICAL & {*spec.needs}]),
        ("distances and synchrony", [spec.name for spec in specs if "vectors" in spec.needs]),
        ("all features", [spec.name for spec in specs]),
    ):
        if names:
            measure = _measure(Recipe(features=names, vectors=extractor.vectors).extractor())
            n_features = len(names)
            yield watch.each(name, "tokens included", sessions, measure, n_features=n_features)


def _measure(extractor: Extractor) -> Callable[[Session], None]:
    return lambda session: extractor.add(session, Rows())


def _plain_tokens(sessions: Sequence[Session]) -> Callable[[Session], None] | None:
    """Return plain tokenisation by spaCy, None if a language has another tokenizer."""
    languages = {session.language.split("-")[0] for session in sessions}
    if any(load_lexicon(language).tokenizer == "jieba" for language in languages):
        return None
    tokenizers = {language: plain_tokenizer(language) for language in languages}

    def tokens(session: Session) -> None:
        tokenizer = tokenizers[session.language.split("-")[0]]
        for turn in session.turns:
            tokenizer(turn.text)

    return tokens


def extraction(
    watch: Watch,
    source: Input,
    features: str | Sequence[str],
    vectors: VectorSource,
    *,
    workers: int,
    n_features: int,
) -> Stage:
    """Time a complete extraction, from files to a folder of tables."""
    name = f"extract, {counted(workers, 'worker')}"

    def once() -> float | None:
        peaks: list[float] = []

        def watch_progress(n_sessions: int, n_errors: int) -> None:
            watch.step(name, n_sessions, 0)
            peaks.extend(children_peak_mb())

        with tempfile.TemporaryDirectory() as folder:
            extract_files(
                source,
                Path(folder) / "out",
                Recipe(features=features, vectors=vectors),
                workers=workers,
                progress=watch_progress,
            )
        return max(peaks, default=None)

    note = "workers started, files to tables"
    return watch.time("extract", note, once, n_features=n_features, workers=workers)
