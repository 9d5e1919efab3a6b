"""`alliance-features merge`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from . import options
from .extract import close
from .progress import progress


def command(
    folders: Annotated[
        list[Path],
        typer.Argument(
            metavar="DIR...", help="Folders that `extract --shard i/n` wrote, all n of them."
        ),
    ],
    output: options.Output,
    clients: Annotated[
        bool,
        typer.Option(
            "--clients", help="Also write a table of clients: trends over their sessions."
        ),
    ] = False,
    output_format: options.Format = "parquet",
    overwrite: options.Overwrite = False,
) -> None:
    """Put the shards of an extraction together into the folder of a run without shards."""
    from ..commands.merge import merge_shards

    with progress() as report:
        summary = merge_shards(
            folders,
            output,
            clients=clients,
            output_format=output_format,
            overwrite=overwrite,
            progress=report,
        )
    close(summary, output)
    if summary.errors:
        raise typer.Exit(options.PARTIAL if summary.n_sessions else 1)
