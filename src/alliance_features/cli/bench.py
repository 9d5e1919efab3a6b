"""`alliance-features bench`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from . import options
from .groups import Group
from .progress import steps

if TYPE_CHECKING:
    from ..transcript.source import Input

Source = Annotated[
    "Input",
    Group(
        options.reading,
        without=("translated",),
        paths=Annotated[
            list[str] | None,
            typer.Argument(
                metavar="[PATH...]",
                help="Files, folders or patterns, as in `extract`; simulated sessions if left out.",
            ),
        ],
    ),
]


def command(
    source: Source,
    sessions: Annotated[
        int | None,
        typer.Option("--sessions", help="Size of the simulated corpus; 100 if left out."),
    ] = None,
    features: options.Features = None,
    vectors: options.Vectors = None,
    repeats: Annotated[
        int, typer.Option("--repeats", help="Passes over each stage after the first.")
    ] = 3,
    workers: Annotated[
        int | None,
        typer.Option("--workers", help="Processes of the last stage; all processors if left out."),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="DIR", help="Folder for bench.json, bench.md, table.csv."
        ),
    ] = None,
    overwrite: options.Overwrite = False,
) -> None:
    """Measure how fast sessions are read and measured on this machine, by stage.

    Prints a table: sessions, turns and words per second of reading, tokens, lexical features,
    distances and synchrony, and of the complete extraction from files to tables with one worker and
    with all. The corpus is held in memory; give a part of a large one. No transcript is written.
    """
    from ..commands.bench.benchmark import bench
    from ..commands.bench.report import FILES, check_output, markdown, write_bench

    if output is not None:
        check_output(output, overwrite=overwrite)
    with steps() as report:
        result = bench(
            source if source.paths else None,
            n_sessions=sessions,
            features=options.words(features) if features else "core",
            vectors=vectors,
            repeats=repeats,
            workers=workers,
            step=report,
        )
    typer.echo(markdown(result))
    if output is not None:
        write_bench(result, output)
        typer.echo(f"-> {output} ({', '.join(FILES)})")
