"""How fast extraction is on a corpus, by stage."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..._checks import check_count
from ...errors import ParameterError, TranscriptError
from ...extraction.engines import n_processors
from ...extraction.extractor import Recipe
from ...kernels import token_flags as flag
from ...lexicons import has_lexicon
from ...simulation.corpus import simulate
from ...text.tokens import tokenize
from ...transcript import Session, merge_turns
from ...transcript.source import Input
from ..simulate import write_simulation
from .machine import machine, peak_memory_mb, versions
from .stages import Stage, Step, Watch, extraction, in_process
from .start import start_up

if TYPE_CHECKING:
    from ...features.measures.distance import VectorSource

SIMULATED_SESSIONS, SIMULATED_TURNS = 100, 150


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """Result of a benchmark: numbers, and no transcript.

    Attributes
    ----------
    corpus : dict
        Sessions, turns, words (of languages with word lists), files, languages, and whether it
        was simulated.
    settings, machine, versions, vectors : dict
        The options, and the machine, versions and vectors.
    stages : list of Stage
    start_up : dict
        Seconds until a new process has measured a session, see `start_up`.
    memory_mb : float or None
        Peak of this process, which holds the corpus; None where it is unknown.
    """

    corpus: dict[str, Any]
    settings: dict[str, Any]
    machine: dict[str, Any]
    versions: dict[str, str]
    vectors: dict[str, Any]
    stages: list[Stage]
    start_up: dict[str, float]
    memory_mb: float | None


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

    The corpus is held in memory and every stage runs over all of it: name a part of a large one.

    Parameters
    ----------
    source : Input, optional
        None: a simulated corpus.
    n_sessions : int, optional
        Size of the simulated corpus; None is 100, of 150 turns each.
    features, vectors
        As in `extract`.
    repeats : int, default=3
        Passes over each stage after the first; 0 for the first only.
    workers : int, optional
        Processes of the last stage; None is one per processor. The stage before it has one.
    step : callable, optional
        Called with the stage, the sessions done and their number.

    Returns
    -------
    Bench

    Raises
    ------
    ParameterError, ResourceError
        If an argument is malformed, no session can be read, or vectors are not available.
    """
    check_count("repeats", repeats, least=0)
    most = n_processors() if workers is None else check_count("workers", workers)
    if source is not None and n_sessions is not None:
        raise ParameterError(
            "`n_sessions` (--sessions) is the size of a simulated corpus; leave it or PATH out."
        )
    size = check_count("n_sessions", SIMULATED_SESSIONS if n_sessions is None else n_sessions)
    extractor = Recipe(features=features, vectors=vectors).extractor()
    n_features = len(extractor.specs["session"])
    watch = Watch(step or (lambda stage, done, total: None), repeats)
    with tempfile.TemporaryDirectory() as folder, _corpus(source, size, Path(folder)) as corpus:
        sessions, reading = watch.read(corpus)
        stages = [reading, *in_process(watch, sessions, extractor)]
        own = peak_memory_mb()
        for number in sorted({1, most}):
            stages.append(
                extraction(watch, corpus, features, vectors, workers=number, n_features=n_features)
            )
        watch.step("start-up", 0, 1)
        names = [features] if isinstance(features, str) else list(features)
        return Bench(
            corpus=_describe(sessions, corpus, simulated=source is None),
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
            memory_mb=own,
        )


@contextmanager
def _corpus(source: Input | None, size: int, folder: Path) -> Iterator[Input]:
    """Yield what to read: the files named, or a simulated corpus in a folder."""
    if source is None:
        made = simulate(max(size // 10, 1), size, n_turns=SIMULATED_TURNS)
        write_simulation(made, folder / "simulated")
        source = Input(paths=[folder / "simulated" / "sessions.jsonl"])
    yield source


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
