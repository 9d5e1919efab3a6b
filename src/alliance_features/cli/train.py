"""`alliance-features train`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .._checks import counted
from . import options, rating_options
from .progress import progress


def command(
    source: options.Source,
    rated: rating_options.Rated,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="DIR", help="Folder for the model.")
    ],
    inputs: Annotated[
        str, typer.Option("--inputs", help="What the model is fitted on: signals, words or both.")
    ] = "signals",
    with_vocabulary: Annotated[
        bool,
        typer.Option(
            "--with-vocabulary",
            help="Allow saving a model of words: it holds words that clients said.",
        ),
    ] = False,
    evaluation: Annotated[
        Path | None,
        typer.Option(
            "--evaluation",
            metavar="DIR",
            help="Folder of `evaluate`: its folds and figures go into the card of the model.",
        ),
    ] = None,
    features: rating_options.Features = None,
    vectors: options.Vectors = None,
    seed: options.Seed = 0,
    jobs: Annotated[int, typer.Option("--jobs", help="Threads; the model is the same.")] = 1,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace the model in DIR.")
    ] = False,
) -> None:
    """Fit a model on all rated sessions and save it; `evaluate` says how good it is.

    PATH is transcripts, or one folder that `extract` wrote. For research on how signals relate to
    ratings: it ranks no therapists, raises no alerts, makes no diagnosis and detects no risk.
    """
    from ..commands.train import train_files
    from ..evaluation.rated_sessions import WARNINGS

    with progress() as report:
        trained = train_files(
            source,
            rated,
            output,
            inputs=inputs,
            features=options.words(features) if features else None,
            vectors=vectors,
            with_vocabulary=with_vocabulary,
            evaluation=evaluation,
            seed=seed,
            n_jobs=jobs,
            overwrite=overwrite,
            progress=report,
        )
    options.tell_errors(trained.errors)
    typer.echo(
        f"{trained.n_sessions:,} of {counted(trained.counts['sessions'], 'session')} rated, "
        f"{counted(trained.n_clients, 'client')}, {counted(trained.n_signals, 'signal')} -> "
        f"{', '.join(trained.dimensions)}; {trained.seconds:.1f} s -> {output}"
    )
    for code, count in trained.warnings.items():
        typer.echo(f"  {count:,} {WARNINGS[code]}")
    if trained.errors:
        raise typer.Exit(options.PARTIAL)
