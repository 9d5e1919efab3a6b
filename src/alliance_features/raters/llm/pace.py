"""Limit the rate of requests over all threads."""

from __future__ import annotations

import threading
import time


class Halted(Exception):
    """The run is being stopped."""


class Pace:
    """Spaces the requests of all threads and halts them.

    Parameters
    ----------
    rate_limit : float, optional
        Largest number of requests per minute.
    """

    def __init__(self, rate_limit: float | None) -> None:
        self._interval = 60.0 / rate_limit if rate_limit else 0.0
        self._next = 0.0
        self._lock = threading.Lock()
        self._halted = threading.Event()

    def halt(self) -> None:
        """Let every thread stop before its next request."""
        self._halted.set()

    def pause(self, seconds: float) -> None:
        """Send nothing for some seconds, in any thread."""
        with self._lock:
            self._next = max(self._next, time.monotonic() + seconds)

    def wait(self, seconds: float = 0.0) -> None:
        """Wait for some seconds, and then until the next request may be sent.

        Raises
        ------
        Halted
        """
        if self._halted.wait(seconds):
            raise Halted
        while True:
            with self._lock:
                now = time.monotonic()
                left = self._next - now
                if left <= 0:
                    self._next = max(self._next, now) + self._interval
                    break
            if self._halted.wait(left):
                raise Halted
