"""`alliance-features courses`."""

from __future__ import annotations

from typing import Annotated

import typer

from .._checks import counted
from . import options, rated, rating_options


def command(
    ratings: rating_options.Rated,
    output: options.Output,
    signals: rated.Signals = None,
    features: rated.Features = None,
    condition: rated.Condition = None,
    cuts: rated.Cuts = None,
    level: Annotated[
        float,
        typer.Option(
            "--level", help="Size of a level, in points; for a signal, in standard deviations."
        ),
    ] = 1.0,
    noise: Annotated[
        str,
        typer.Option(
            "--noise",
            help="Error variance (s2e) about each client's own line (trend) or mean (mean).",
        ),
    ] = "trend",
    overwrite: options.Overwrite = False,
) -> None:
    """Follow clients from early to late sessions: who improved, and how many would by noise alone.

    DIR gets courses.csv (one row per course), shares.csv (with denominators), phases.csv,
    courses.md, courses.svg, manifest.json and run.json.
    """
    from ..commands.courses import courses_files

    result = courses_files(
        rated.read(ratings, condition, named=ratings.columns is not None),
        output,
        inputs=rated.inputs(ratings.path, signals),
        signals=signals,
        overwrite=overwrite,
        perspective=ratings.perspective,
        rater=ratings.rater,
        instrument=ratings.instrument,
        dimensions=ratings.dimensions,
        features=rated.signal_names(features, signals),
        cuts=rated.cut_points(cuts),
        level=level,
        noise=noise,
    )
    typer.echo(result.text)
    n = max(len(of.courses) for of in result.courses.by_name.values())
    typer.echo(f"{counted(n, 'course')}, {result.seconds:.1f} s -> {output}")
