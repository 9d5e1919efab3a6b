"""Silencing gensim's log, which quotes words."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def quiet_gensim() -> Iterator[None]:
    """Silence the log of gensim inside the block, then restore it."""
    log = logging.getLogger("gensim")
    silent, before = logging.NullHandler(), (log.propagate, log.handlers[:])
    log.propagate, log.handlers = False, [silent]
    try:
        yield
    finally:
        log.propagate, log.handlers = before
