"""Workers of Dask: a cluster on this machine, one that runs already, or jobs of SLURM."""

from __future__ import annotations

import contextlib
import logging
import re
import shutil
import time
from collections.abc import Iterator, Mapping
from typing import Any

from ..errors import AllianceError, ParameterError, ResourceError
from .dispatch import Batch
from .extractor import MOST_BYTES, Recipe
from .measuring import Outcome, Sealed, measure, prepared

#: Seconds after which the scheduler is asked again how many workers there are.
ASK_EVERY = 1.0
_EXTRA = "Engines dask and slurm need the extra: pip install 'alliance-features[dask]'."
#: Our option -> argument of dask_jobqueue.SLURMCluster; the values are the user's texts.
SLURM = {
    "queue": "queue",
    "account": "account",
    "walltime": "walltime",
    "memory": "memory",
    "interface": "interface",
    "python": "python",
    "log": "log_directory",
    "local": "local_directory",
}
#: Options that may be repeated: lines of the job script.
SLURM_LINES = {"directive": "job_extra_directives", "prologue": "job_script_prologue"}


def measure_sealed(packed: bytes, sealed: Sealed) -> Sealed:
    """Measure sessions on a worker; it never raises, since Dask would log the sessions."""
    failure: AllianceError
    try:
        extractor, configuration = prepared(packed)
        return Sealed((configuration, measure(extractor, sealed.content)))
    except AllianceError as error:
        failure = error.with_traceback(None)
    except Exception as error:
        failure = ResourceError(f"A worker failed: {type(error).__name__}.")
    return Sealed(("", Outcome(0, failure=failure)))


@contextlib.contextmanager
def connected(scheduler: str | None, workers: int) -> Iterator[Any]:
    """Yield a client of the scheduler at an address, or of a new cluster on this machine."""
    distributed = _import("distributed")
    if scheduler is not None:
        client = None
        try:
            client = distributed.Client(scheduler, timeout=30)
        except (OSError, TimeoutError, ValueError) as error:
            reason = type(error).__name__
        if client is None and reason == "ValueError":
            raise ParameterError(
                f"`scheduler` is {scheduler!r}; it must look like tcp://node:8786."
            )
        if client is None:
            raise ResourceError(
                f"scheduler {scheduler}: no connection ({reason}); check its address."
            )
        with client:
            yield client
        return
    with (
        _settings(),
        distributed.LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            dashboard_address=None,
            silence_logs=logging.CRITICAL,
            env=dict.fromkeys(("NUMBA_NUM_THREADS", "OMP_NUM_THREADS"), "1"),
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


@contextlib.contextmanager
def _settings() -> Iterator[None]:
    """Let this process decide what happens to a task whose worker dies."""
    dask = _import("dask")
    with dask.config.set({"distributed.scheduler.allowed-failures": 0}):
        yield


def slurm_cluster(options: Mapping[str, str | list[str]]) -> Any:
    """Return a cluster of SLURM jobs, one worker of one thread each; none is submitted yet.

    Parameters
    ----------
    options : mapping
        Keys of `SLURM` with texts, keys of `SLURM_LINES` with lists of lines.

    Raises
    ------
    ParameterError, ResourceError
        If an option is unknown or malformed, or dask-jobqueue is missing.
    """
    jobqueue = _import("dask_jobqueue")
    unknown = sorted(set(options) - set(SLURM) - set(SLURM_LINES))
    if unknown:
        raise ParameterError(
            f"`slurm` has no option {unknown[0]!r}; there are "
            f"{', '.join(sorted([*SLURM, *SLURM_LINES]))}."
        )
    arguments: dict[str, Any] = {"memory": "4GB", "walltime": "04:00:00"}
    for name, value in options.items():
        arguments[SLURM.get(name) or SLURM_LINES[name]] = value
    for name in ("log_directory", "local_directory"):
        arguments.setdefault(name, None)
    prologue = [f"export {name}=1" for name in ("NUMBA_NUM_THREADS", "OMP_NUM_THREADS")]
    arguments["job_script_prologue"] = prologue + list(arguments.get("job_script_prologue", []))
    if not re.fullmatch(r"\d+(\.\d+)?\s?[kMGT]i?B", str(arguments["memory"])):
        raise ParameterError("`slurm` memory must look like 4GB.")
    if not re.fullmatch(r"(\d+-)?\d+(:\d+){0,2}", str(arguments["walltime"])):
        raise ParameterError("`slurm` walltime must look like 04:00:00 or 1-12.")
    with _settings():
        return jobqueue.SLURMCluster(
            cores=1, processes=1, n_workers=0, dashboard_address=None, **_given(arguments)
        )


def _given(arguments: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in arguments.items() if value is not None}


@contextlib.contextmanager
def slurm_client(workers: int, options: Mapping[str, str | list[str]]) -> Iterator[Any]:
    """Submit jobs and yield a client of their workers."""
    distributed = _import("distributed")
    if shutil.which("sbatch") is None:
        raise ResourceError(
            "sbatch is not found; run the command on a machine that submits jobs to SLURM."
        )
    with (
        slurm_cluster(options) as cluster,
        distributed.Client(cluster) as client,
    ):
        cluster.scale(jobs=workers)
        yield client


def job_script(options: Mapping[str, str | list[str]]) -> str:
    """Return the script of one job; nothing is submitted."""
    with slurm_cluster(options) as cluster:
        return str(cluster.job_script())


def _import(name: str) -> Any:
    import importlib

    try:
        return importlib.import_module(name)
    except ImportError:
        pass
    raise ResourceError(_EXTRA)


class DaskEngine:
    """Measures batches on the workers of a client.

    Parameters
    ----------
    client : distributed.Client
    recipe : Recipe
    configuration : str
        Hash of the configuration, which that of every worker must equal.
    """

    def __init__(self, client: Any, recipe: Recipe, configuration: str) -> None:
        self._client, self._configuration = client, configuration
        self._packed = recipe.packed(most=MOST_BYTES)
        self._completed = _import("distributed").as_completed(loop=client.loop)
        self._given: dict[Any, Batch] = {}
        self._room, self._ask_again = 0, 0.0

    def has_room(self) -> bool:
        """Whether workers could run out of tasks; counts the threads they have now."""
        if len(self._given) >= self._room and time.monotonic() >= self._ask_again:
            self._room = 2 * max(1, sum(self._client.nthreads().values()))
            self._ask_again = time.monotonic() + ASK_EVERY
        return len(self._given) < self._room

    def submit(self, batch: Batch) -> None:
        """Send a batch."""
        future = self._client.submit(
            measure_sealed, self._packed, Sealed(batch.sessions), pure=False
        )
        self._given[future] = batch
        self._completed.add(future)

    def wait(self) -> list[tuple[Batch, Outcome | None]]:
        """Return what is done, at least one batch; None: its worker died."""
        finished = self._completed.next_batch()
        return [(self._given.pop(future), self._result(future)) for future in finished]

    def _result(self, future: Any) -> Outcome | None:
        kind = ""
        try:
            configuration, outcome = future.result().content
        except Exception as error:  # also of a task that was done: its result can die unfetched
            kind = type(error).__name__
        if kind == "KilledWorker":
            return None
        if kind:
            raise ResourceError(f"Dask could not run a task ({future.status}, {kind}).")
        if outcome.failure is None and configuration != self._configuration:
            raise ResourceError(
                "A worker has other versions, vectors or word lists than this process; install "
                "the same on every machine."
            )
        result: Outcome = outcome
        return result

    def close(self) -> None:
        """Cancel the tasks that are running."""
        with contextlib.suppress(Exception):  # the cluster may be gone already
            self._client.cancel(list(self._given))
        self._given.clear()
