"""Ctrl-C and SIGTERM, which must stop a run even where a library catches what they raise."""

from __future__ import annotations

import signal
from types import FrameType
from typing import NoReturn


class Stopped(BaseException):
    """Ctrl-C or SIGTERM came; not a KeyboardInterrupt, which the command-line library catches."""


_pending: list[int] = []


def stop(number: int, frame: FrameType | None) -> NoReturn:
    """Handle Ctrl-C or SIGTERM: raise, and note it, since compiled code may drop the exception."""
    _pending.append(number)
    raise Stopped(number)


def check() -> None:
    """Raise if Ctrl-C or SIGTERM came before; called now and then during long work."""
    if _pending:
        raise Stopped(_pending[0])


def install() -> None:
    """Handle both signals from here on."""
    _pending.clear()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
