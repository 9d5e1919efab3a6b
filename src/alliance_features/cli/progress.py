"""Progress: one line that is updated on a terminal, otherwise a plain line every ten seconds."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from .._checks import counted
from . import stopping

SECONDS_BETWEEN_LINES = 10.0


@contextmanager
def progress() -> Iterator[Callable[[int, int], None]]:
    """Yield a function of the numbers of sessions measured and of errors; writes to stderr."""
    begin = time.perf_counter()
    with _line() as say:

        def show(n_sessions: int, n_errors: int) -> None:
            seconds = time.perf_counter() - begin
            pace = n_sessions / seconds if seconds else 0.0
            counts = f"{counted(n_sessions, 'session')}, {counted(n_errors, 'error')}"
            say(f"{counts}, {pace:,.1f} sessions/s")

        yield show


@contextmanager
def steps() -> Iterator[Callable[[str, int, int], None]]:
    """Yield a function of what is done, how often so far, and of how many (0: unknown)."""
    with _line() as say:

        def show(what: str, done: int, total: int) -> None:
            say(f"{what}: {done:,} of {total:,}" if total else f"{what}: {done:,}")

        yield show


@contextmanager
def _line() -> Iterator[Callable[[str], None]]:
    """Yield a function that shows a line, and raises if a signal came."""
    if sys.stderr.isatty():
        from rich.console import Console

        with Console(stderr=True).status("starting") as status:

            def show(text: str) -> None:
                stopping.check()
                status.update(text)

            yield show
        return
    last = time.perf_counter()

    def tell(text: str) -> None:
        nonlocal last
        stopping.check()
        now = time.perf_counter()
        if now - last >= SECONDS_BETWEEN_LINES:
            last = now
            print(text, file=sys.stderr, flush=True)  # noqa: T201

    yield tell
