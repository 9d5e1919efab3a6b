"""Options of the commands that read ratings."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import ParameterError
from . import options
from .groups import Group

if TYPE_CHECKING:
    from ..evaluation.rated_sessions import Ratings

Path_ = Annotated[
    Path,
    typer.Argument(
        metavar="RATINGS", help="Ratings: .csv, .tsv or .parquet; see data/schemas/ratings.json."
    ),
]
Perspective = Annotated[
    str | None,
    typer.Option(
        "--perspective", help="Ratings of this perspective: client, therapist or observer."
    ),
]
Rater = Annotated[str | None, typer.Option("--rater", help="Ratings by this rater only.")]
Instrument = Annotated[
    str | None, typer.Option("--instrument", help="Ratings with this instrument only, e.g. WAI-SR.")
]
Dimensions = Annotated[
    list[str] | None,
    typer.Option(
        "--dimensions", help="Dimensions of the ratings, separated by commas; all if left out."
    ),
]
RatingColumns = Annotated[
    list[str] | None,
    typer.Option(
        "--rating-columns",
        metavar="FIELD=COLUMN",
        help="Wide ratings: columns of dimensions or items, e.g. goal=WAI_G or 1=wai_01.",
    ),
]
Scale = Annotated[
    str | None,
    typer.Option("--scale", metavar="LOW,HIGH", help="Scale of ratings that name none."),
]
Missing = Annotated[
    str | None,
    typer.Option(
        "--missing",
        metavar="CODES",
        help="Codes of missing answers among the scores, e.g. -99,999.",
    ),
]
Features = Annotated[
    list[str] | None,
    typer.Option("--features", help="Signals: sets, groups or names, separated by commas."),
]
KeptTogether = Annotated[
    str,
    typer.Option(
        "--group",
        help="What is kept in one fold: client, therapist, both or a column of the ratings.",
    ),
]


def rated(
    ratings: Path_,
    perspective: Perspective = None,
    rater: Rater = None,
    instrument: Instrument = None,
    dimensions: Dimensions = None,
    rating_columns: RatingColumns = None,
    scale: Scale = None,
    missing: Missing = None,
) -> Ratings:
    """Return which ratings to read, and how."""
    from ..evaluation.rated_sessions import Ratings

    return Ratings(
        path=ratings,
        columns=options.pairs("rating-columns", rating_columns),
        rater=rater,
        perspective=perspective,
        instrument=instrument,
        scale=_scale(scale),
        dimensions=options.words(dimensions) if dimensions else None,
        missing=_codes(missing),
    )


Rated = Annotated["Ratings", Group(rated)]


def _codes(text: str | None) -> tuple[float, ...]:
    if text is None:
        return ()
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError:
        pass
    raise ParameterError("`missing` must look like CODE,CODE, numbers, e.g. -99,999.")


def _scale(text: str | None) -> tuple[float, float] | None:
    if text is None:
        return None
    try:
        low, high = (float(part) for part in text.split(","))
    except ValueError:
        low, high = 1.0, 0.0
    if not low < high:
        raise ParameterError("`scale` must look like LOW,HIGH, two numbers, e.g. 1,5.")
    return low, high
