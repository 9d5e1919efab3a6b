"""Which engine measures: this process, others of this machine, Dask, or jobs of SLURM."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from .._checks import check_choice, check_count
from ..errors import ParameterError
from .dispatch import Engine, Serial
from .extractor import Extractor, Recipe

ENGINES = ("local", "dask", "slurm")


def n_processors() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@dataclass(frozen=True, slots=True)
class Workers:
    """Where to measure, checked.

    Raises
    ------
    ParameterError
        If options do not go together.
    """

    engine: str = "local"
    workers: int | None = None
    scheduler: str | None = None
    slurm: Mapping[str, str | list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_choice("engine", self.engine, ENGINES)
        if self.workers is not None:
            check_count("workers", self.workers, least=0)
        if self.scheduler is not None and self.engine != "dask":
            raise ParameterError(
                '`scheduler` is for engine "dask"; name that engine, or leave it out.'
            )
        if self.scheduler is not None and self.workers is not None:
            raise ParameterError("`workers` of a running scheduler are its own; leave it out.")
        if self.slurm and self.engine != "slurm":
            raise ParameterError(
                '`slurm` is for engine "slurm"; name that engine, or leave it out.'
            )
        if self.engine == "slurm" and not self.workers:
            raise ParameterError('`workers` must say how many jobs engine "slurm" is to submit.')

    @property
    def count(self) -> int:
        """How many workers this process starts."""
        return self.workers or n_processors()


@contextlib.contextmanager
def open_engine(
    places: Workers, recipe: Recipe, extractor: Extractor, configuration: str
) -> Iterator[tuple[Engine, dict[str, Any]]]:
    """Yield the engine, and its entries for run.json."""
    with contextlib.ExitStack() as stack:
        note: dict[str, Any] = {"engine": places.engine}
        engine: Engine
        if places.engine == "local" and places.workers is None:
            engine = Serial(extractor)
        elif places.engine == "local":
            from .process_pool import Pool

            note["workers"] = places.count
            engine = Pool(recipe.packed(), places.count, configuration)
        else:
            from .dask_engine import DaskEngine, connected, slurm_client

            if places.engine == "slurm":
                client = stack.enter_context(slurm_client(places.count, places.slurm))
            else:
                client = stack.enter_context(connected(places.scheduler, places.count))
            note["workers"] = None if places.scheduler else places.count
            engine = DaskEngine(client, recipe, configuration)
        stack.callback(engine.close)
        yield engine, note
