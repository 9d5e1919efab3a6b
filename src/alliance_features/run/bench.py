"""How fast extraction is on a corpus, by stage."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .._checks import check_count
from ..errors import ParameterError, ResourceError, TranscriptError
from ..kernels import context as flag
from ..lexicons import has_lexicon, load_lexicon
from ..table import Extractor, Rows
from ..text.tokenizers import plain_tokenizer
from ..text.tokens import tokenize
from ..transcript import Session, merge_turns
from .bench_machine import cores, machine, peak_memory_mb, versions
from .bench_start import start_up
from .extract import extract_files
from .input import Input
from .simulate import simulate, write_simulation

if TYPE_CHECKING:
    from ..features.distance import VectorSource

#: Called with the stage, the sessions done and their number.
Step = Callable[[str, int, int], None]
_NOT_LEXICAL = frozenset({"vectors", "tagger", "inventory"})
SIMULATED_SESSIONS, SIMULATED_TURNS = 100, 150


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Seconds of a stage over the whole corpus.

    Attributes
    ----------
    name, note : str
    workers : int
    n_features : int
        0 for a stage that measures none.
    first : float
        Wall seconds of the first pass, in which words are met for the first time.
    again : float or None
        Median wall seconds of the later passes.
    cpu : float or None
        Median processor seconds of the later passes; None for a stage in other processes.
    """

    name: str
    note: str
    workers: int = 1
    n_features: int = 0
    first: float
    again: float | None
    cpu: float | None

    @property
    def seconds(self) -> float:
        """Wall seconds to go by: of the later passes, if there were any."""
        return self.first if self.again is None else self.again


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """What a benchmark found: numbers, and no transcript.

    Attributes
    ----------
    corpus : dict
        Sessions, turns, words, files, languages, and whether it was simulated.
    settings, machine, versions, vectors : dict
        What was asked for, and what it ran on.
    stages : list of Stage
    start_up : dict
        Seconds until a new process has measured a session, see `start_up`.
    memory_mb : tuple of float, or None
        Peak of this process, and of the largest of its workers.
    """

    corpus: dict[str, Any]
    settings: dict[str, Any]
    machine: dict[str, Any]
    versions: dict[str, str]
    vectors: dict[str, Any]
    stages: list[Stage]
    start_up: dict[str, float]
    memory_mb: tuple[float, float] | None


def bench(
    source: Input | None = None,
    *,
    n_sessions: int | None = None,
    features: str | Sequence[str] = "core",
    vectors: VectorSource = None,
    repeats: int = 3,
    workers: int | None = None,
    step: Step | None = None,
) -> Bench:
    """Measure how fast sessions are read and measured, by stage.

    The corpus is held in memory and every stage runs over all of it: give a part of a large one.

    Parameters
    ----------
    source : Input, optional
        None: a simulated corpus.
    n_sessions : int, optional
        Size of the simulated corpus; None is 100, of 150 turns each.
    features, vectors
        As in `extract`.
    repeats : int, default=3
        Passes of each stage after the first; 0 for the first alone.
    workers : int, optional
        Of the last stage; None is all processors. With 1 there is no such stage.
    step : callable, optional
        Called with the stage, the sessions done and their number.

    Returns
    -------
    Bench

    Raises
    ------
    ParameterError, ResourceError
        If an argument is malformed, no session can be read, or vectors cannot be had.
    """
    check_count("repeats", repeats, least=0)
    most = cores() if workers is None else check_count("workers", workers)
    if source is not None and n_sessions is not None:
        raise ParameterError("`n_sessions` is the size of a simulated corpus; give no files, then.")
    size = check_count("n_sessions", SIMULATED_SESSIONS if n_sessions is None else n_sessions)
    extractor = Extractor(features, vectors)
    with tempfile.TemporaryDirectory() as folder, _corpus(source, size, Path(folder)) as told:
        watch = _Watch(step or (lambda stage, done, total: None), repeats)
        sessions = watch.read(told)
        stages = [watch.reading, *_in_process(watch, sessions, extractor)]
        for number in sorted({1, most}):
            stages.append(_extraction(watch, told, extractor, features, vectors, number))
        watch.step("start-up", 0, 1)
        names = [features] if isinstance(features, str) else list(features)
        return Bench(
            corpus=_describe(sessions, told, simulated=source is None),
            settings={"features": names, "repeats": repeats, "workers": most},
            machine=machine(),
            versions=versions(),
            vectors={
                "name": extractor.vectors.name,
                "words": len(extractor.vectors),
                "dimensions": extractor.vectors.dimensions,
                "sha256": extractor.vectors.sha256,
            },
            stages=stages,
            start_up=start_up(names),
            memory_mb=peak_memory_mb(),
        )


@contextmanager
def _corpus(source: Input | None, size: int, folder: Path) -> Iterator[Input]:
    """Yield what to read: the files named, or a simulated corpus in a folder."""
    if source is None:
        made = simulate(max(size // 10, 1), size, n_turns=SIMULATED_TURNS)
        write_simulation(made, folder / "simulated")
        source = Input(paths=[folder / "simulated" / "sessions.jsonl"])
    yield source


class _Watch:
    """Times passes over the corpus."""

    def __init__(self, step: Step, repeats: int) -> None:
        self.step = step
        self.repeats = repeats
        self.reading = Stage(name="read", note="", first=0.0, again=None, cpu=None)

    def read(self, source: Input) -> list[Session]:
        """Return the sessions; the stage of reading them is kept."""
        found: list[Session] = []

        def once() -> None:
            errors: list[TranscriptError] = []
            found.clear()
            for session in source.read(source.files(errors), errors):
                found.append(session)
                self.step("read", len(found), 0)

        self.reading = self.time("read", "files to checked sessions", once)
        if not found:
            raise ResourceError("No session could be read; `alliance-features validate` says why.")
        return found

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
        once: Callable[[], object],
        *,
        n_features: int = 0,
        workers: int | None = None,
    ) -> Stage:
        """Time a pass over the corpus, and the repeats; `workers` if others do the work."""
        wall, cpu = [], []
        for _ in range(self.repeats + 1):
            begin, busy = time.perf_counter(), time.process_time()
            once()
            wall.append(time.perf_counter() - begin)
            cpu.append(time.process_time() - busy)
        later = len(wall) > 1
        return Stage(
            name=name,
            note=note,
            workers=1 if workers is None else workers,
            n_features=n_features,
            first=wall[0],
            again=statistics.median(wall[1:]) if later else None,
            cpu=statistics.median(cpu[1:]) if later and workers is None else None,
        )


def _in_process(watch: _Watch, sessions: list[Session], extractor: Extractor) -> Iterator[Stage]:
    """Yield the stages that need no files."""
    known = [session for session in sessions if has_lexicon(session.language)]
    spacy_alone = _spacy_tokens(known)
    if spacy_alone is not None:
        yield watch.each("spaCy alone", "blank tokenizer, turn by turn", known, spacy_alone)
    if known:
        yield watch.each(
            "tokens",
            "turns merged, text to token table",
            known,
            lambda session: tokenize(merge_turns(session), session.language),
        )
    specs = extractor.specs["session"]
    lexical = [spec.name for spec in specs if not _NOT_LEXICAL & {*spec.needs}]
    others = [spec.name for spec in specs if "vectors" in spec.needs]
    for name, names in (
        ("lexical features", lexical),
        ("distances and synchrony", others),
        ("all features", [spec.name for spec in specs]),
    ):
        if names:
            yield watch.each(
                name,
                "tokens included",
                sessions,
                _measure(Extractor(names, extractor.vectors)),
                n_features=len(names),
            )


def _measure(extractor: Extractor) -> Callable[[Session], None]:
    return lambda session: extractor.add(session, Rows())


def _spacy_tokens(sessions: Sequence[Session]) -> Callable[[Session], None] | None:
    """Return plain tokenisation by spaCy, None unless every session is in a language of it."""
    languages = {session.language.split("-")[0] for session in sessions}
    if not languages or any(load_lexicon(one).tokenizer == "jieba" for one in languages):
        return None
    tokenizers = {one: plain_tokenizer(one) for one in languages}

    def tokens(session: Session) -> None:
        tokenizer = tokenizers[session.language.split("-")[0]]
        for turn in session.turns:
            tokenizer(turn.text)

    return tokens


def _extraction(
    watch: _Watch,
    source: Input,
    extractor: Extractor,
    features: str | Sequence[str],
    vectors: VectorSource,
    workers: int,
) -> Stage:
    """Time the whole way from files to a folder of tables."""

    def once() -> None:
        with tempfile.TemporaryDirectory() as folder:
            extract_files(
                source,
                Path(folder) / "out",
                features=features,
                vectors=vectors,
                workers=workers,
                progress=lambda done, errors: watch.step(f"extract, {workers} workers", done, 0),
            )

    return watch.time(
        "extract",
        "files to tables",
        once,
        n_features=len(extractor.specs["session"]),
        workers=workers,
    )


def _describe(sessions: list[Session], source: Input, *, simulated: bool) -> dict[str, Any]:
    errors: list[TranscriptError] = []
    known = [session for session in sessions if has_lexicon(session.language)]
    tables = (tokenize(merge_turns(session), session.language) for session in known)
    return {
        "simulated": simulated,
        "files": len(source.files(errors)),
        "sessions": len(sessions),
        "turns": sum(len(session.turns) for session in sessions),
        "words": sum(int(table.count(flag.WORD).sum()) for table in tables),
        "languages": sorted({session.language.split("-")[0] for session in sessions}),
    }
