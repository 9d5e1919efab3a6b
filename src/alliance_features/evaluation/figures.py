"""Figures of an evaluation, by fold and pooled, computed from the stored predictions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from .._checks import check_count
from .._typing import FloatArray
from ..errors import ParameterError
from ..stats.bootstrap import cluster_bootstrap, paired_difference
from ..stats.few_clusters import ENOUGH_FOR_DIFFERENCES, jackknife_t, recommended
from ..stats.intervals import Interval, corrected_t, undefined
from ..stats.metrics import (
    bias,
    calibration,
    centre_within,
    concordance,
    low_alliance,
    mae,
    mse,
    pearson,
    r2_against,
    spearman,
    tercile_errors,
    within_between,
)
from .predictions import Stored, read_stored
from .row_names import MEAN, PREVIOUS

if TYPE_CHECKING:
    import pyarrow as pa


Figure = Callable[[FloatArray, FloatArray, FloatArray], float]
#: Functions of ratings, predictions and the training mean; first those that need predictions to
#: vary.
VARYING: dict[str, Figure] = {
    "r": lambda y, p, mean: pearson(y, p),
    "rho": lambda y, p, mean: spearman(y, p),
    "ccc": lambda y, p, mean: concordance(y, p),
}
ERRORS: dict[str, Figure] = {
    "mse": lambda y, p, mean: mse(y, p),
    "mae": lambda y, p, mean: mae(y, p),
    "r2": lambda y, p, mean: r2_against(y, p, mean),
}
_LEAST = 3  # sessions in a fold


def fold_values(stored: Stored, figure: Figure) -> FloatArray:
    """Return a figure of each fold of each repeat; NaN with fewer than 3 sessions."""
    values = []
    for repeat, rows in stored.by_fold():
        y, p, mean = (array[repeat, rows] for array in (stored.y, stored.predicted, stored.mean))
        known = ~(np.isnan(y) | np.isnan(p))
        enough = known.sum() >= _LEAST
        values.append(figure(y[known], p[known], mean[known]) if enough else np.nan)
    return np.array(values)


def is_constant(stored: Stored) -> bool:
    """Say whether a rater predicts a single value in each fold, which has no correlation."""
    for repeat, rows in stored.by_fold():
        p = stored.predicted[repeat, rows]
        known = p[~np.isnan(p)]
        if known.size and np.ptp(known) > 0:
            return False
    return True


def over_folds(values: FloatArray, n_folds: int, level: float) -> Interval:
    """Return the mean of a figure over folds with its corrected t interval.

    The share of a fold is taken as 1 / n_folds, since folds are of nearly equal size.
    """
    if n_folds < 2:
        return undefined("corrected_t")
    return corrected_t(values, test_share=1.0 / n_folds, level=level)


def levelled(
    stored: Stored, repeat: int, rows: npt.NDArray[np.int64]
) -> tuple[FloatArray, FloatArray]:
    """Return ratings and predictions of the folds other than that of `rows`, with equal fold means.

    Each fold is shifted so that its means are those of all of them. Predictions of cross-validated
    models are low in a fold whose own ratings are high, since those were left out of training. The
    means of the other folds would therefore reveal the ratings of the fold to be recalibrated.
    """
    other = ~(np.isnan(stored.y[repeat]) | np.isnan(stored.predicted[repeat]))
    other[rows] = False
    y, p = stored.y[repeat, other], stored.predicted[repeat, other]
    if not y.size:
        return y, p
    folds = stored.folds[repeat, other]
    return centre_within(y, folds) + y.mean(), centre_within(p, folds) + p.mean()


def recalibrated(stored: Stored) -> Stored:
    """Return predictions recalibrated by the straight line fitted within the other folds.

    The line has the slope of ratings on predictions within folds and goes through their means:
    differences between folds would reveal the ratings of the fold itself (see `levelled`). NaN
    where that line is undefined.
    """
    out = np.full(stored.predicted.shape, np.nan)
    for repeat, rows in stored.by_fold():
        slope, intercept = calibration(*levelled(stored, repeat, rows))
        out[repeat, rows] = intercept + slope * stored.predicted[repeat, rows]
    return Stored(
        stored.rater,
        stored.dimension,
        stored.y,
        out,
        stored.mean,
        stored.folds,
        stored.clients,
        stored.therapists,
    )


_NONE = "estimate_only"


@dataclass(frozen=True, slots=True)
class Pooling:
    """How intervals of pooled figures are made."""

    draws: int
    seed: int
    level: float
    threshold: float | str
    crossed: bool | None

    def second(self, stored: Stored) -> list[str | None] | None:
        """Return the therapists, if they are to be resampled as well as clients."""
        known = all(name is not None for name in stored.therapists)
        wanted = (
            is_crossed(stored.clients, stored.therapists) if self.crossed is None else self.crossed
        )
        return stored.therapists if wanted and known else None


def is_crossed(clients: list[str], therapists: list[str | None]) -> bool:
    """Say whether a therapist has several clients and a client several therapists."""
    pairs = {*zip(clients, therapists, strict=True)}
    if any(therapist is None for _, therapist in pairs):
        return False
    return len({c for c, _ in pairs}) < len(pairs) and len({t for _, t in pairs}) < len(pairs)


def pooled_figures(stored: Stored, pooling: Pooling) -> Iterator[tuple[str, str | None, Interval]]:
    """Yield the figures of the first repeat that are taken over all its folds."""
    y, p = stored.y[0], stored.predicted[0]
    yield "bias", None, undefined(_NONE, bias(y, p))
    for name, error in zip(("low", "middle", "high"), tercile_errors(y, p), strict=True):
        yield f"mae_{name}_third", None, undefined(_NONE, float(error))
    low = low_alliance(y, p, threshold=pooling.threshold)
    yield "low_base_rate", None, undefined(_NONE, low.base_rate)
    if is_constant(stored):
        return
    yield "low_average_precision", None, undefined(_NONE, low.average_precision)
    yield "low_recall", None, undefined(_NONE, low.recall_at_base_rate)
    yield "pooled_r", None, _pooled_r(stored, pooling)
    within, between = within_between(p, y, stored.clients)
    yield "r_within", None, undefined(_NONE, within)
    yield "r_between", None, undefined(_NONE, between)
    slope, intercept = calibration(y, p)
    yield "calibration_slope", None, undefined(_NONE, slope)
    yield "calibration_intercept", None, undefined(_NONE, intercept)


def _pooled_r(stored: Stored, pooling: Pooling) -> Interval:
    y, p = stored.y[0], stored.predicted[0]
    if recommended(len(set(stored.clients))) != "bootstrap":
        return jackknife_t(y, p, stored.clients, level=pooling.level)
    return cluster_bootstrap(
        y,
        p,
        stored.clients,
        metrics=("pearson",),
        draws=pooling.draws,
        seed=pooling.seed,
        level=pooling.level,
        second=pooling.second(stored),
    )["pearson"]


def pooled_difference(stored: Stored, other: Stored, metric: str, pooling: Pooling) -> Interval:
    """Return the difference of two raters on the sessions that both predict, by resampling clients.

    With fewer than 50 clients a bootstrap interval is too short; it then comes from
    leaving out one client at a time.
    """
    known = ~(np.isnan(stored.y[0]) | np.isnan(stored.predicted[0]) | np.isnan(other.predicted[0]))
    first, last = stored.only(known), other.only(known)
    y, p, q = first.y[0], first.predicted[0], last.predicted[0]
    if len(set(first.clients)) < ENOUGH_FOR_DIFFERENCES:
        return jackknife_t(y, p, first.clients, metric=metric, other=q, level=pooling.level)
    return paired_difference(
        y,
        p,
        q,
        first.clients,
        metric=metric,
        draws=pooling.draws,
        seed=pooling.seed,
        level=pooling.level,
        second=pooling.second(first),
    )


ALL, LATER = "all", "later_sessions"
#: Figures by name and definition; those by fold are means over folds.
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
# Figures that are 0 by chance alone or without a difference.
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
    """The arguments of `figures`."""

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
    """Compute every figure from stored predictions.

    The headline is r by fold: its mean and SD over folds, with an interval that considers shared
    training sessions (Nadeau and Bengio). A correlation over all folds at once is biased where
    there is no signal, and its bootstrap interval is conditional on the fitted models: both
    are given as secondary. A rater that predicts a single value has no correlation: null.

    Parameters
    ----------
    predictions : pyarrow.Table
        As `Validation.predictions`, or read from `predictions.parquet`.
    reference : str, optional
        The rater that others are compared with. None is `length`, if it is there. Squared errors
        are also compared with the training mean.
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
        ends of an interval are kept within the range of the figure. With repeats, figures by
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
            f"`reference` is {against!r}, which is not among the raters: {', '.join(raters)}."
        )
    pooling = Pooling(draws, seed, level, threshold, crossed)
    asked = _Asked(against, pooling, level)
    rows = [
        row for track, of_raters in _tracks(stored) for row in _of_track(track, of_raters, asked)
    ]
    kinds = {name: pa.float64() for name in ("estimate", "sd", "low", "high", "p")}
    kinds |= {name: pa.int64() for name in ("n_folds", "n_sessions", "n_clients")}
    schema = pa.schema([pa.field(name, kinds.get(name, pa.string())) for name in _COLUMNS])
    return pa.Table.from_pylist(rows, schema=schema)


def _tracks(
    stored: Mapping[tuple[str, str], Stored],
) -> Iterator[tuple[str, list[Stored]]]:
    """Yield each track with its raters: all sessions, and those with an earlier rating."""
    yield ALL, [predictions for (rater, _), predictions in stored.items() if rater != PREVIOUS]
    later = {
        dimension: predictions
        for (rater, dimension), predictions in stored.items()
        if rater == PREVIOUS
    }
    if later:
        yield (
            LATER,
            [
                predictions.only(~np.isnan(later[dimension].predicted[0]))
                for (_, dimension), predictions in stored.items()
                if dimension in later
            ],
        )


def _of_track(track: str, of_raters: list[Stored], asked: _Asked) -> Iterator[dict[str, Any]]:
    """Yield the rows of the result for the raters of one track."""
    by_name = {(stored.rater, stored.dimension): stored for stored in of_raters}
    for stored in of_raters:
        known = ~np.isnan(stored.predicted[0]) & ~np.isnan(stored.y[0])
        common = {
            "track": track,
            "rater": stored.rater,
            "dimension": stored.dimension,
            "n_sessions": int(known.sum()),
            "n_clients": len({c for c, k in zip(stored.clients, known, strict=True) if k}),
        }
        base = by_name.get((asked.against, stored.dimension))
        mean = by_name.get((MEAN, stored.dimension))
        for name, reference, interval, sd, n_folds in (
            *_by_fold(stored, base, asked),
            *((*figure, None, None) for figure in pooled_figures(stored, asked.pooling)),
            *((*figure, None, None) for figure in _differences(stored, base, mean, asked)),
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
    """Return the end of an interval, kept within the range of the figure."""
    low, high = _RANGE.get(name, (-np.inf, np.inf))
    return _null(float(np.clip(end, low, high)))


def _null(value: float | None) -> float | None:
    return None if value is None or not np.isfinite(value) else float(value)


def _by_fold(
    stored: Stored, base: Stored | None, asked: _Asked
) -> Iterator[tuple[str, str | None, Interval, float | None, int]]:
    """Yield name, reference, interval, SD and number of folds of the figures by fold."""
    n_folds = int(stored.folds[0].max()) + 1
    constant = is_constant(stored)
    values = {name: fold_values(stored, figure) for name, figure in (VARYING | ERRORS).items()}
    if constant:
        values |= {name: np.full_like(values[name], np.nan) for name in VARYING}
    else:
        line = recalibrated(stored)
        for name in ("mse", "mae"):
            values[f"recalibrated_{name}"] = fold_values(line, ERRORS[name])
    against: dict[str, str] = {}
    if base is not None and base.rater != stored.rater and not (constant or is_constant(base)):
        both = _same_sessions(stored, base)
        pair = [fold_values(each, VARYING["r"]) for each in both]
        values["r_difference"], against["r_difference"] = pair[0] - pair[1], base.rater
    for name, by_fold in values.items():
        interval = over_folds(by_fold, n_folds, asked.level)
        sd = float(by_fold.std(ddof=1)) if by_fold.size > 1 else None
        yield name, against.get(name), interval, sd, int((~np.isnan(by_fold)).sum())


def _differences(
    stored: Stored, base: Stored | None, mean: Stored | None, asked: _Asked
) -> Iterator[tuple[str, str, Interval]]:
    """Yield the paired differences from the reference and from the training mean."""
    for other in dict.fromkeys(each.rater for each in (base, mean) if each is not None):
        against = base if base is not None and base.rater == other else mean
        if against is None or other == stored.rater:
            continue
        if not (is_constant(stored) or is_constant(against)):
            difference = pooled_difference(stored, against, "pearson", asked.pooling)
            yield "pooled_r_difference", other, difference
        yield "mse_difference", other, pooled_difference(stored, against, "mse", asked.pooling)


def _same_sessions(stored: Stored, other: Stored) -> tuple[Stored, Stored]:
    """Return two raters on the sessions that both predict."""
    rows = ~(np.isnan(stored.predicted[0]) | np.isnan(other.predicted[0]))
    return stored.only(rows), other.only(rows)
