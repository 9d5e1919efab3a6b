"""`alliance-features pseudo`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .._checks import counted
from . import options
from .progress import progress

if TYPE_CHECKING:
    from ..commands.pseudo import PseudoSummary


def command(
    source: options.SourceByMode,
    output: options.Output,
    partners: Annotated[
        int, typer.Option("--partners", help="Pseudo-dyads per session, at least 5.")
    ] = 10,
    seed: Annotated[
        int, typer.Option("--seed", help="Seed of the choice between partners of equal length.")
    ] = 0,
    vectors: options.Vectors = None,
    output_format: options.Format = "parquet",
    overwrite: options.Overwrite = False,
) -> None:
    """Compare the synchrony of each session with that of its therapist and other clients.

    The client's turns are replaced, place by place, by those of the clients of other sessions
    that are nearest in length (pseudo-dyads). The folder holds pseudo/, nulls/,
    errors.parquet, manifest.json and run.json.
    """
    from ..commands.pseudo import pseudo_files

    with progress() as report:
        summary = pseudo_files(
            source,
            output,
            partners=partners,
            seed=seed,
            vectors=vectors,
            output_format=output_format,
            overwrite=overwrite,
            progress=report,
        )
    _close(summary, output)
    if summary.errors:
        raise typer.Exit(options.PARTIAL if summary.n_sessions else 1)


def _close(summary: PseudoSummary, output: Path) -> None:
    """Print a summary of the run."""
    options.tell_errors(summary.errors)
    typer.echo(
        f"{counted(summary.n_sessions, 'session')}, {counted(len(summary.errors), 'error')}, "
        f"{summary.seconds:.1f} s -> {output}"
    )
    options.tell_nulls(summary.nulls)
    options.tell_warnings(summary.warnings)
