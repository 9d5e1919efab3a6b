"""Worker processes on this machine; if one dies, the others continue."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import queue
import signal
import threading
from collections import deque
from collections.abc import Iterator
from multiprocessing.connection import Connection, wait
from typing import Any

from ..errors import AllianceError, ResourceError
from .dispatch import Batch
from .measuring import Outcome, measure, prepared

#: Batches given to a worker at once, so that it has work while a part is read or written.
AHEAD = 6
#: The run ends when this many workers in a row have died before they were ready.
STARTS = 3
_ONE_THREAD = ("NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def serve(connection: Connection, packed: bytes) -> None:
    """Measure batches in the order received; runs in a worker."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides
    inbox: queue.SimpleQueue[Any] = queue.SimpleQueue()

    def receive() -> None:
        # A thread of its own: the parent must never wait for a worker to take a batch.
        with contextlib.suppress(EOFError, OSError):
            while True:
                inbox.put(connection.recv())
        os._exit(0)  # the parent is gone or done; nothing is written here

    try:
        extractor, configuration = prepared(packed)
    except AllianceError as error:
        connection.send(error)
        return
    connection.send(configuration)
    threading.Thread(target=receive, daemon=True).start()
    while True:
        outcome = measure(extractor, inbox.get())
        connection.send(outcome)


class Worker:
    """A process, its end of the pipe, and the batches it has not sent back."""

    def __init__(self, context: Any, packed: bytes) -> None:
        self.connection, theirs = context.Pipe()
        self.process = context.Process(target=serve, args=(theirs, packed), daemon=True)
        with _one_thread():
            self.process.start()
        theirs.close()
        self.is_ready = False
        self.given: deque[Batch] = deque()

    def give(self, batch: Batch) -> None:
        """Send a batch; that a worker is dead is noticed when it is waited for."""
        self.given.append(batch)
        with contextlib.suppress(OSError):
            self.connection.send(batch.sessions)

    def end(self) -> None:
        """End the process at once."""
        self.connection.close()
        self.process.kill()
        self.process.join()
        self.process.close()


@contextlib.contextmanager
def _one_thread() -> Iterator[None]:
    """Let a process that starts now use one thread."""
    before = {name: os.environ.get(name) for name in _ONE_THREAD}
    os.environ.update(dict.fromkeys(_ONE_THREAD, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


class Pool:
    """Workers on this machine.

    Parameters
    ----------
    packed : bytes
        The recipe.
    workers : int
    configuration : str
        Hash of the configuration, which that of every worker must equal.
    """

    def __init__(self, packed: bytes, workers: int, configuration: str) -> None:
        self._context = multiprocessing.get_context("spawn")
        self._packed, self._configuration = packed, configuration
        self._n_failed_starts = 0
        self._workers: list[Worker] = []
        try:
            for _ in range(workers):
                self._workers.append(Worker(self._context, packed))
        except BaseException:
            self.close()
            raise

    def has_room(self) -> bool:
        """Whether a worker has fewer batches than it may have."""
        return any(len(worker.given) < AHEAD for worker in self._workers)

    def submit(self, batch: Batch) -> None:
        """Give a batch to the worker that has the fewest."""
        min(self._workers, key=lambda worker: len(worker.given)).give(batch)

    def wait(self) -> list[tuple[Batch, Outcome | None]]:
        """Return what is done, at least one batch; None: its worker died."""
        done: list[tuple[Batch, Outcome | None]] = []
        while not done:
            ready = wait([worker.connection for worker in self._workers])
            for worker in [worker for worker in self._workers if worker.connection in ready]:
                done += self._hear(worker)
        return done

    def _hear(self, worker: Worker) -> list[tuple[Batch, Outcome | None]]:
        try:
            message = worker.connection.recv()
        except (EOFError, OSError):
            return self._bury(worker)
        if isinstance(message, AllianceError):
            raise message
        if isinstance(message, str):
            worker.is_ready = True
            self._n_failed_starts = 0
            if message != self._configuration:
                raise ResourceError(
                    "A worker has other versions, vectors or word lists than this process; the "
                    "files were changed while the run began. Start it again."
                )
            return []
        return [(worker.given.popleft(), message)]

    def _bury(self, worker: Worker) -> list[tuple[Batch, Outcome | None]]:
        """Replace a dead worker: its first batch is the one it was measuring, if it had begun."""
        worker.process.join()
        code = worker.process.exitcode
        self._workers.remove(worker)
        given = worker.given
        worker.end()
        if not worker.is_ready:
            self._n_failed_starts += 1
            if self._n_failed_starts >= STARTS:
                raise ResourceError(
                    f"Worker processes end while they start (exit code {code}). Is there memory "
                    "enough for `workers`? A script that starts workers must do so under "
                    'if __name__ == "__main__".'
                )
        died = [(given.popleft(), None)] if given and worker.is_ready else []
        heir = Worker(self._context, self._packed)
        self._workers.append(heir)
        for batch in given:
            heir.give(batch)
        return [*died]

    def close(self) -> None:
        """End the workers, whatever they are doing."""
        for worker in self._workers:
            worker.end()
        self._workers.clear()
