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
        typer.Option("--level", help="Points that are a level; of a signal, standard deviations."),
    ] = 1.0,
    noise: Annotated[
        str,
        typer.Option("--noise", help="s2e about each client's own line (trend) or mean (mean)."),
    ] = "trend",
    overwrite: options.Overwrite = False,
) -> None:
    """Follow clients from early to late sessions: who improved, and what noise alone would bring.

    DIR gets courses.csv (a row a course), shares.csv (with denominators), phases.csv, courses.md,
    courses.svg, manifest.json and run.json.
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
    n = max(len(of.courses) for of in result.found.by_name.values())
    typer.echo(f"{counted(n, 'course')}, {result.seconds:.1f} s -> {output}")
