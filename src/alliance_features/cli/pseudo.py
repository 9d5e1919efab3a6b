"""`alliance-features pseudo`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from . import options
from .progress import progress

if TYPE_CHECKING:
    from ..run.pseudo_files import PseudoSummary

PARTIAL = 3


def command(
    paths: options.Paths,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="DIR", help="Folder for the results.")
    ],
    partners: Annotated[
        int, typer.Option("--partners", help="Pseudo-dyads a session, at least 5.")
    ] = 10,
    seed: Annotated[
        int, typer.Option("--seed", help="Decides between partners of equal length.")
    ] = 0,
    vectors: Annotated[
        Path | None,
        typer.Option(
            "--vectors", metavar="FILE", help="Word vectors; shipped English if left out."
        ),
    ] = None,
    output_format: Annotated[
        str, typer.Option("--format", help="parquet, or csv: a CSV beside the Parquet table.")
    ] = "parquet",
    input_format: options.InputFormat = None,
    roles: options.Roles = None,
    columns: options.Columns = None,
    language: options.Language = None,
    line_format: options.LineFormat = None,
    mode: options.Mode = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace the results in DIR.")
    ] = False,
) -> None:
    """Set the synchrony of each session beside that of its therapist with other clients.

    The client's turns are replaced, place by place, by those of clients of other sessions of the
    corpus, nearest in length: how close would strangers be? The folder holds pseudo/, nulls/,
    errors.parquet, manifest.json and run.json.
    """
    from ..run.pseudo_files import pseudo_files

    source = options.source(paths, input_format, roles, columns, language, line_format, mode=mode)
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
        raise typer.Exit(PARTIAL if summary.n_sessions else 1)


def _close(summary: PseudoSummary, output: Path) -> None:
    """Print what the run came to."""
    from ..features.nulls import NULL_CODES
    from ..run.checks import WARNINGS

    options.tell_errors(summary.errors)
    typer.echo(
        f"{summary.n_sessions:,} sessions, {len(summary.errors):,} errors, "
        f"{summary.seconds:.1f} s -> {output}"
    )
    for code, count in summary.nulls.items():
        typer.echo(f"  null {code}: {count:,} values ({NULL_CODES[code]})")
    for code, count in summary.warnings.items():
        typer.echo(f"  warning {code}: {count:,} sessions ({WARNINGS[code]})")
