"""Progress: a line that renews itself on a terminal, a plain line now and then otherwise."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from . import stopping

SECONDS_BETWEEN_LINES = 10.0


@contextmanager
def progress() -> Iterator[Callable[[int, int], None]]:
    """Yield a function of the numbers of sessions measured and of errors; writes to stderr."""
    begin = time.perf_counter()
    if sys.stderr.isatty():
        from rich.console import Console

        with Console(stderr=True).status("starting") as status:

            def show(n_sessions: int, n_errors: int) -> None:
                stopping.check()
                status.update(_line(n_sessions, n_errors, time.perf_counter() - begin))

            yield show
        return
    last = begin

    def tell(n_sessions: int, n_errors: int) -> None:
        nonlocal last
        stopping.check()
        now = time.perf_counter()
        if now - last >= SECONDS_BETWEEN_LINES:
            last = now
            print(_line(n_sessions, n_errors, now - begin), file=sys.stderr, flush=True)  # noqa: T201

    yield tell


def _line(n_sessions: int, n_errors: int, seconds: float) -> str:
    pace = n_sessions / seconds if seconds else 0.0
    return f"{n_sessions:,} sessions, {n_errors:,} errors, {pace:,.1f} sessions/s"
