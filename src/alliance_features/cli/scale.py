"""Options of `extract` that say where it runs."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence

import typer

from .._checks import counted
from ..errors import ParameterError
from . import stopping

REPEATED = ("directive", "prologue")


def job_options(values: Sequence[str] | None) -> dict[str, str | list[str]]:
    """Return --slurm KEY=VALUE options; those of `REPEATED` are lists of lines."""
    found: dict[str, str | list[str]] = {}
    for item in values or ():
        key, sign, value = (text.strip() for text in item.partition("="))
        if not (key and sign and value):
            raise ParameterError("`slurm` must look like KEY=VALUE.")
        if key in REPEATED:
            lines = found.setdefault(key, [])
            assert isinstance(lines, list)
            lines.append(value)
        elif key in found:
            raise ParameterError(f"`slurm` says {key} twice.")
        else:
            found[key] = value
    return found


def show_script(engine: str, jobs: dict[str, str | list[str]], workers: int | None) -> None:
    """Print the script of one job, and how many there would be."""
    from ..extraction.dask_engine import job_script

    if engine != "slurm":
        raise ParameterError('`dry_run` shows the job script of engine "slurm".')
    typer.echo(job_script(jobs))
    if workers:
        typer.echo(f"to be submitted {counted(workers, 'time')}; nothing was done", err=True)


def which_shard(text: str | None) -> tuple[int, int] | None:
    """Return --shard I/N as two numbers."""
    if text is None:
        return None
    index, _, of = text.partition("/")
    if not (index.isdecimal() and of.isdecimal()):
        raise ParameterError("`shard` must be i/n with 1 <= i <= n, e.g. 3/16.")
    return int(index), int(of)


@contextlib.contextmanager
def stop_with_hint() -> Iterator[None]:
    """Say after a signal how to go on."""
    try:
        yield
    except stopping.Stopped:
        typer.echo("finished parts are kept: give the same command to go on", err=True)
        raise
