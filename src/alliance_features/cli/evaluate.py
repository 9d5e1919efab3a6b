"""`alliance-features evaluate`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .._checks import counted
from . import options, rating_options
from .progress import steps

if TYPE_CHECKING:
    from ..commands.evaluate import Evaluation


def command(
    source: options.Source,
    rated: rating_options.Rated,
    output: options.Output,
    features: rating_options.Features = None,
    vectors: options.Vectors = None,
    models: Annotated[
        list[str] | None,
        typer.Option("--models", help="Rows of the table, separated by commas; all if left out."),
    ] = None,
    group: rating_options.KeptTogether = "client",
    folds: Annotated[
        Path | None,
        typer.Option("--folds", metavar="FILE", help="The folds.json of an earlier evaluation."),
    ] = None,
    n_folds: Annotated[int, typer.Option("--n-folds", help="Number of folds.")] = 5,
    repeats: Annotated[int, typer.Option("--repeats", help="Number of repeats.")] = 1,
    tune: Annotated[
        int,
        typer.Option(
            "--tune", metavar="N", help="Number of settings to try inside each training set."
        ),
    ] = 0,
    permutations: Annotated[
        int,
        typer.Option(
            "--permutations",
            metavar="N",
            help="Test whether ratings are predicted at all: refit on N permutations (slow).",
        ),
    ] = 0,
    reference: Annotated[
        str | None,
        typer.Option(
            "--reference", help="Row that the others are compared with; length if left out."
        ),
    ] = None,
    low: Annotated[
        float | None,
        typer.Option(
            "--low", help="Ratings up to this one are low; the lowest decile if left out."
        ),
    ] = None,
    seed: options.Seed = 0,
    jobs: Annotated[int, typer.Option("--jobs", help="Threads; the figures are the same.")] = 1,
    overwrite: options.Overwrite = False,
) -> None:
    """Evaluate how well sessions predict their ratings, each client in one fold only.

    PATH is transcripts, or one folder that `extract` wrote (then without the rows that need words).
    DIR gets table.md, table.tex, table.csv (every figure), predictions.parquet, folds.json,
    methods.md, errors.parquet, manifest.json and run.json.
    """
    from ..commands.evaluate import Plan, evaluate_files

    plan = Plan(
        features=options.words(features) if features else None,
        vectors=vectors,
        models=options.words(models) if models else None,
        group=group,
        folds=folds,
        n_folds=n_folds,
        repeats=repeats,
        tune=tune,
        permutations=permutations,
        reference=reference,
        threshold="decile" if low is None else low,
        seed=seed,
        n_jobs=jobs,
    )
    with steps() as report:
        evaluation = evaluate_files(
            source, rated, output, plan, overwrite=overwrite, progress=report
        )
    close(evaluation, output)
    if evaluation.errors:
        raise typer.Exit(options.PARTIAL)


def close(evaluation: Evaluation, output: Path) -> None:
    """Print the table and a summary of the evaluation."""
    from ..evaluation.rated_sessions import WARNINGS

    options.tell_errors(evaluation.errors)
    typer.echo(evaluation.text)
    counts = evaluation.study.counts
    typer.echo(
        f"{counts['rated']:,} of {counted(counts['sessions'], 'session')} rated, "
        f"{counted(counts['clients'], 'client')}, {counted(len(evaluation.errors), 'error')}, "
        f"{evaluation.seconds:.1f} s -> {output}"
    )
    for code, count in evaluation.warnings.items():
        typer.echo(f"  {count:,} {WARNINGS[code]}")
