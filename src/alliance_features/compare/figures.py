"""Every figure of a comparison, recomputed from the stored predictions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .._checks import check_count
from ..errors import ParameterError
from ..stats.intervals import Interval
from .by_fold import ERRORS, VARYING, fold_values, is_constant, over_folds, recalibrated
from .names import MEAN, PREVIOUS
from .pooled import Pooling, pooled_difference, pooled_figures
from .stored import Stored, read_stored

if TYPE_CHECKING:
    import pyarrow as pa

ALL, LATER = "all", "later_sessions"
#: Figures by name and what they are; those by fold are means over folds.
FIGURES: dict[str, str] = {
    "r": "Pearson correlation, mean over folds: the headline",
    "rho": "Spearman correlation, mean over folds",
    "ccc": "Lin's concordance, mean over folds",
    "mse": "mean squared error, mean over folds",
    "mae": "mean absolute error, mean over folds",
    "r2": "1 - MSE / MSE of the training mean, mean over folds",
    "recalibrated_mse": "MSE after a straight line fitted on the other folds",
    "recalibrated_mae": "MAE after a straight line fitted on the other folds",
    "r_difference": "difference of r by fold from the row `against`",
    "pooled_r": "Pearson correlation over all folds at once (secondary: biased without signal)",
    "pooled_r_difference": "difference of pooled r from the row `against`",
    "mse_difference": "difference of squared error from the row `against`; below 0 is better",
    "r_within": "correlation within clients",
    "r_between": "correlation of the means of clients",
    "calibration_slope": "slope of ratings on predictions; below 1: spread too widely",
    "calibration_intercept": "intercept of ratings on predictions, in points",
    "bias": "mean of prediction less rating, in points",
    "mae_low_third": "mean absolute error in the lowest third of ratings",
    "mae_middle_third": "mean absolute error in the middle third of ratings",
    "mae_high_third": "mean absolute error in the highest third of ratings",
    "low_base_rate": "share of sessions of low alliance",
    "low_average_precision": "area under precision and recall for low alliance; chance: base rate",
    "low_recall": "share of low sessions among as many lowest predictions; chance: base rate",
}
# Where 0 is what chance or no difference gives.
_TESTED = ("r", "rho", "ccc", "r2", "r_difference", "pooled_r_difference", "mse_difference")
_RANGE = {
    **dict.fromkeys(("r", "rho", "ccc", "pooled_r"), (-1.0, 1.0)),
    **dict.fromkeys(("mse", "mae", "recalibrated_mse", "recalibrated_mae"), (0.0, np.inf)),
    "r2": (-np.inf, 1.0),
}
_COLUMNS = (
    *("track", "rater", "dimension", "figure", "against", "estimate", "sd", "low", "high", "p"),
    *("method", "n_folds", "n_sessions", "n_clients"),
)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What was asked of `figures`."""

    against: str
    pooling: Pooling
    level: float


def figures(
    predictions: pa.Table,
    *,
    reference: str | None = None,
    grouped_by: str = "client",
    draws: int = 2000,
    seed: int = 0,
    level: float = 0.95,
    threshold: float | str = "decile",
    crossed: bool | None = None,
) -> pa.Table:
    """Recompute every figure from stored predictions.

    The headline is r by fold: its mean and SD over folds, with an interval that minds shared
    training sessions (Nadeau and Bengio). A correlation over all folds at once is biased where
    there is no signal, and its bootstrap interval is conditional on the fitted models: both
    are given as secondary. A rater that predicts one value has no correlation: null.

    Parameters
    ----------
    predictions : pyarrow.Table
        As `Validation.predictions`, or read from `predictions.parquet`.
    reference : str, optional
        The rater that others are compared with. None is `length`, if it is there. Squared errors
        are compared with the training mean besides.
    grouped_by : str, default="client"
        What the folds kept together.
    draws : int, default=2000
        Bootstrap resamples of clients.
    seed : int, default=0
    level : float, default=0.95
    threshold : float or "decile", default="decile"
        Ratings at or below it are of low alliance.
    crossed : bool, optional
        Whether to resample therapists as well; None does so where a therapist has several
        clients and a client several therapists.

    Returns
    -------
    pyarrow.Table
        Columns track ("all", or "later_sessions": those with an earlier rating of the client),
        rater, dimension, figure (keys of `FIGURES`), against, estimate, sd (over folds), low,
        high, p, method, n_folds, n_sessions, n_clients. Null where a figure is undefined; the
        ends of an interval are kept within what the figure can be. With repeats, figures by
        fold are over all of them, and pooled figures of the first.

    Raises
    ------
    ParameterError
        If the predictions are malformed or lack the reference.

    References
    ----------
    Nadeau & Bengio 2003, doi:10.1023/A:1024068626366.
    """
    import pyarrow as pa

    check_count("draws", draws)
    stored = read_stored(predictions, grouped_by=grouped_by)
    raters = list(dict.fromkeys(rater for rater, _ in stored))
    against = ("length" if "length" in raters else MEAN) if reference is None else reference
    if against not in raters:
        raise ParameterError(
            f"`reference` is {against!r}, which is no row of the predictions: {', '.join(raters)}."
        )
    pooling = Pooling(draws, seed, level, threshold, crossed)
    asked = _Asked(against, pooling, level)
    rows = [row for track, ones in _tracks(stored) for row in _of_track(track, ones, asked)]
    kinds = {name: pa.float64() for name in ("estimate", "sd", "low", "high", "p")}
    kinds |= {name: pa.int64() for name in ("n_folds", "n_sessions", "n_clients")}
    schema = pa.schema([pa.field(name, kinds.get(name, pa.string())) for name in _COLUMNS])
    return pa.Table.from_pylist(rows, schema=schema)


def _tracks(
    stored: Mapping[tuple[str, str], Stored],
) -> Iterator[tuple[str, list[Stored]]]:
    """Yield each track with its raters: all sessions, and those with an earlier rating."""
    yield ALL, [one for (rater, _), one in stored.items() if rater != PREVIOUS]
    later = {dimension: one for (rater, dimension), one in stored.items() if rater == PREVIOUS}
    if later:
        yield (
            LATER,
            [
                one.only(~np.isnan(later[dimension].predicted[0]))
                for (_, dimension), one in stored.items()
                if dimension in later
            ],
        )


def _of_track(track: str, ones: list[Stored], asked: _Asked) -> Iterator[dict[str, Any]]:
    """Yield the rows of the result for the raters of one track."""
    by_name = {(one.rater, one.dimension): one for one in ones}
    for one in ones:
        known = ~np.isnan(one.predicted[0]) & ~np.isnan(one.y[0])
        common = {
            "track": track,
            "rater": one.rater,
            "dimension": one.dimension,
            "n_sessions": int(known.sum()),
            "n_clients": len({c for c, k in zip(one.clients, known, strict=True) if k}),
        }
        base = by_name.get((asked.against, one.dimension))
        mean = by_name.get((MEAN, one.dimension))
        for name, reference, interval, sd, n_folds in (
            *_by_fold(one, base, asked),
            *((*found, None, None) for found in pooled_figures(one, asked.pooling)),
            *((*found, None, None) for found in _differences(one, base, mean, asked)),
        ):
            yield {
                **common,
                "figure": name,
                "against": reference,
                "estimate": _null(interval.estimate),
                "sd": _null(sd),
                "low": _inside(name, interval.low),
                "high": _inside(name, interval.high),
                "p": _null(interval.p) if name in _TESTED else None,
                "method": interval.method,
                "n_folds": n_folds,
            }


def _inside(name: str, end: float) -> float | None:
    """Return the end of an interval, within what the figure can be."""
    low, high = _RANGE.get(name, (-np.inf, np.inf))
    return _null(float(np.clip(end, low, high)))


def _null(value: float | None) -> float | None:
    return None if value is None or not np.isfinite(value) else float(value)


def _by_fold(
    one: Stored, base: Stored | None, asked: _Asked
) -> Iterator[tuple[str, str | None, Interval, float | None, int]]:
    """Yield name, reference, interval, SD and number of folds of the figures by fold."""
    n_folds = int(one.folds[0].max()) + 1
    constant = is_constant(one)
    values = {name: fold_values(one, figure) for name, figure in (VARYING | ERRORS).items()}
    if constant:
        values |= {name: np.full_like(values[name], np.nan) for name in VARYING}
    else:
        line = recalibrated(one)
        for name in ("mse", "mae"):
            values[f"recalibrated_{name}"] = fold_values(line, ERRORS[name])
    against: dict[str, str] = {}
    if base is not None and base.rater != one.rater and not (constant or is_constant(base)):
        both = _same_sessions(one, base)
        pair = [fold_values(each, VARYING["r"]) for each in both]
        values["r_difference"], against["r_difference"] = pair[0] - pair[1], base.rater
    for name, found in values.items():
        interval = over_folds(found, n_folds, asked.level)
        sd = float(found.std(ddof=1)) if found.size > 1 else None
        yield name, against.get(name), interval, sd, int((~np.isnan(found)).sum())


def _differences(
    one: Stored, base: Stored | None, mean: Stored | None, asked: _Asked
) -> Iterator[tuple[str, str, Interval]]:
    """Yield the paired differences from the reference and from the training mean."""
    for other in dict.fromkeys(each.rater for each in (base, mean) if each is not None):
        against = base if base is not None and base.rater == other else mean
        if against is None or other == one.rater:
            continue
        if not (is_constant(one) or is_constant(against)):
            found = pooled_difference(one, against, "pearson", asked.pooling)
            yield "pooled_r_difference", other, found
        yield "mse_difference", other, pooled_difference(one, against, "mse", asked.pooling)


def _same_sessions(one: Stored, other: Stored) -> tuple[Stored, Stored]:
    """Return two raters on the sessions that both predict."""
    rows = ~(np.isnan(one.predicted[0]) | np.isnan(other.predicted[0]))
    return one.only(rows), other.only(rows)
