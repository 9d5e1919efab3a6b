"""`alliance-features compare`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .._checks import counted
from . import options, rating_options


def command(
    rated: rating_options.Rated,
    scores: Annotated[
        list[Path],
        typer.Argument(
            metavar="SCORES...",
            help="Scores or ratings of other raters (.csv, .tsv, .parquet), predictions.parquet, "
            "or folders that `evaluate` or `rate` wrote.",
        ),
    ],
    output: options.Output,
    reference: Annotated[
        str | None,
        typer.Option(
            "--reference",
            help="Rater that the others are compared with; if left out, signals or else the first.",
        ),
    ] = None,
    family: Annotated[
        str,
        typer.Option(
            "--family",
            help="Figure whose tests are adjusted after Holm: pooled_r_difference, "
            "pooled_rho_difference or recalibrated_mse_difference.",
        ),
    ] = "pooled_r_difference",
    on: Annotated[
        str,
        typer.Option(
            "--on", help="complete: sessions that all raters scored; each: each rater's own."
        ),
    ] = "complete",
    group: Annotated[
        str,
        typer.Option(
            "--group", help="What is kept in one fold: client, therapist, both or session."
        ),
    ] = "client",
    rescale: Annotated[
        bool, typer.Option("--rescale", help="Put scores on the scale of the ratings.")
    ] = False,
    folds: Annotated[
        Path | None,
        typer.Option(
            "--folds",
            metavar="FILE",
            help="A folds.json; that of the predictions is used by itself.",
        ),
    ] = None,
    n_folds: Annotated[int, typer.Option("--n-folds", help="How many folds to make.")] = 5,
    costs: Annotated[
        Path | None,
        typer.Option(
            "--costs",
            metavar="FILE",
            help="CSV: rater and seconds, tokens_in, tokens_out, cost, megabytes per session.",
        ),
    ] = None,
    low: Annotated[
        float | None,
        typer.Option(
            "--low", help="Ratings up to this one are low; the lowest decile if left out."
        ),
    ] = None,
    draws: Annotated[int, typer.Option("--draws", help="Resamples of clients.")] = 10_000,
    seed: options.Seed = 0,
    overwrite: options.Overwrite = False,
) -> None:
    """Compare raters of the same sessions with the ratings, and with each other.

    DIR gets comparison.md, .tex and .csv (every figure), reliability.csv, counts.csv (which
    scores were used), calibration.csv, forest.svg, calibration.svg, predictions.parquet (all raters
    on the sessions compared), folds.json, methods.md, manifest.json and run.json.
    """
    from ..commands.compare import compare_files

    done = compare_files(
        rated.path,
        scores,
        output,
        columns=rated.columns,
        scale=rated.scale,
        missing=rated.missing,
        rater=rated.rater,
        perspective=rated.perspective,
        instrument=rated.instrument,
        dimensions=rated.dimensions,
        reference=reference,
        family=family,
        on=on,
        grouped_by=group,
        rescale=rescale,
        folds=folds,
        n_folds=n_folds,
        costs=costs,
        threshold="decile" if low is None else low,
        draws=draws,
        seed=seed,
        overwrite=overwrite,
    )
    typer.echo(done.text)
    settings = done.comparison.settings
    typer.echo(
        f"{counted(len(settings['raters']), 'rater')} on {settings['n_sessions']:,} of "
        f"{counted(settings['n_rated'], 'rated session')}, "
        f"{counted(settings['n_clients'], 'client')}, "
        f"{done.seconds:.1f} s -> {output}"
    )
