"""Keeping gensim's log to itself: it quotes words."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def quiet_gensim() -> Iterator[None]:
    """Let gensim log nothing inside the block; then all is as before."""
    log = logging.getLogger("gensim")
    silent, before = logging.NullHandler(), (log.propagate, log.handlers[:])
    log.propagate, log.handlers = False, [silent]
    try:
        yield
    finally:
        log.propagate, log.handlers = before
