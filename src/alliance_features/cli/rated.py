"""`alliance-features rated`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .._checks import counted
from ..errors import ParameterError
from . import options, rating_options
from .groups import Group

if TYPE_CHECKING:
    from ..evaluation.rated_sessions import Ratings
    from ..raters.ratings import CheckedRatings

Signals = Annotated[
    Path | None,
    typer.Option(
        "--signals",
        metavar="TABLE",
        help="A folder that extract wrote, or .csv or .parquet with session_id and numbers.",
    ),
]
Features = Annotated[
    list[str] | None,
    typer.Option(
        "--features", help="Signals: sets, groups or names, separated by commas; all if left out."
    ),
]
Condition = Annotated[
    str | None,
    typer.Option(
        "--condition",
        metavar="COLUMN",
        help="Column of the ratings with the condition of each session.",
    ),
]
Cuts = Annotated[
    str | None,
    typer.Option(
        "--cuts",
        metavar="EARLY,MIDDLE",
        help="Last early and last middle session number; thirds of each course if left out.",
    ),
]

Rated = Annotated[
    "Ratings", Group(rating_options.rated, without=("rater", "perspective", "instrument"))
]


def command(
    ratings: Rated,
    output: options.Output,
    signals: Signals = None,
    features: Features = None,
    raters: Annotated[
        list[str] | None,
        typer.Option(
            "--rater", help="The client's and the therapist's rater, separated by commas."
        ),
    ] = None,
    condition: Condition = None,
    cuts: Cuts = None,
    controls: Annotated[
        list[str] | None,
        typer.Option(
            "--controls",
            help="Columns of TABLE held constant besides length and session number (commas).",
        ),
    ] = None,
    cluster: Annotated[
        str,
        typer.Option(
            "--cluster", help="Clusters that intervals resample: auto, client, therapist or both."
        ),
    ] = "auto",
    mixed: Annotated[bool, typer.Option("--mixed/--no-mixed", help="Fit mixed models.")] = True,
    draws: Annotated[int, typer.Option("--draws", help="Resamples of clusters.")] = 2000,
    seed: options.Seed = 0,
    overwrite: options.Overwrite = False,
) -> None:
    """Compare how client and therapist rate the same sessions, and how signals relate to each.

    RATINGS holds both perspectives. DIR gets agreement.csv and .md (gap, ICC, truth and bias, by
    condition and phase), lens.csv and .md (each signal with both ratings and their difference),
    mixed.csv, lme4/ (data and formulas for R), manifest.json and run.json.
    """
    from ..commands.rated import rated_files

    result = rated_files(
        chosen(read(ratings, condition), raters),
        output,
        inputs=inputs(ratings.path, signals),
        signals=signals,
        overwrite=overwrite,
        dimensions=ratings.dimensions,
        features=signal_names(features, signals),
        controls=options.words(controls) if controls else (),
        cluster=cluster,
        cuts=cut_points(cuts),
        mixed=mixed,
        draws=draws,
        seed=seed,
    )
    typer.echo(result.text)
    paired = result.alliance.paired
    typer.echo(f"{counted(len(paired), 'rated session')}, {result.seconds:.1f} s -> {output}")


def read(ratings: Ratings, condition: str | None, *, named: bool = False) -> CheckedRatings:
    """Read ratings; `named`: rows without rater or instrument get those that are named."""
    from ..raters.ratings import check_ratings

    return check_ratings(
        ratings.path,
        columns=ratings.columns,
        rater=ratings.rater if named else None,
        perspective=ratings.perspective if named else None,
        instrument=ratings.instrument if named else None,
        scale=ratings.scale,
        group_column=condition,
        missing=ratings.missing,
    )


def chosen(ratings: CheckedRatings, raters: list[str] | None) -> CheckedRatings:
    """Keep the rows of some raters, all if none is named."""
    if raters is None:
        return ratings
    wanted, known = options.words(raters), set(ratings.table["rater"].to_pylist())
    missing = [name for name in wanted if name not in known]
    if missing:
        raise ParameterError(
            f"`--rater` names {missing[0]!r}; the ratings have {', '.join(sorted(known))}."
        )
    return ratings.of_raters(wanted)


def inputs(ratings: Path, signals: Path | None) -> list[Path]:
    """Return the files that were read, for the manifest."""
    if signals is None:
        return [ratings]
    parts = sorted((signals / "sessions").glob("part-*.parquet")) if signals.is_dir() else [signals]
    return [ratings, *parts]


def signal_names(features: list[str] | None, signals: Path | None) -> list[str] | None:
    """Return the signals named, None if none is."""
    if not features:
        return None
    if signals is None:
        raise ParameterError("`features` names columns of `signals`; give --signals as well.")
    return options.words(features)


def cut_points(text: str | None) -> tuple[int, int] | None:
    """Return two session numbers, or None."""
    if text is None:
        return None
    try:
        early, middle = (int(part) for part in text.split(","))
    except ValueError:
        early, middle = 0, 0
    if not 0 < early <= middle:
        raise ParameterError("`cuts` must look like EARLY,MIDDLE, two session numbers, e.g. 4,8.")
    return early, middle
