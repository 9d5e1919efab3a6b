"""Figures of a comparison of raters, as rows of one long table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from .._typing import FloatArray
from ..errors import ParameterError
from ..evaluation.figures import (
    ALL,
    ERRORS,
    FIGURES,
    LATER,
    VARYING,
    fold_values,
    is_constant,
    is_crossed,
    over_folds,
)
from ..evaluation.predictions import Stored
from ..evaluation.row_names import MEAN, PREVIOUS
from ..stats.dependent import williams, zou
from ..stats.intervals import Interval, undefined
from ..stats.metrics import calibration, low_alliance, pearson, tercile_errors, within_between
from ..stats.multiplicity import holm
from .recalibration import RECALIBRATIONS
from .resamples import Resampled, Resampling

#: Figures by name and definition: those of `evaluation.figures.FIGURES`, and more.
RATER_FIGURES: dict[str, str] = {
    **FIGURES,
    "recalibrated_r2": "1 - MSE / MSE of the training mean, after a straight line",
    "isotonic_mse": "MSE after rising steps fitted on the other folds",
    "isotonic_mae": "MAE after rising steps fitted on the other folds",
    "isotonic_r2": "1 - MSE / MSE of the training mean, after rising steps",
    "pooled_rho": "Spearman correlation over all folds at once",
    "pooled_ccc": "Lin's concordance over all folds at once",
    "pooled_mse": "mean squared error over all sessions",
    "pooled_rho_difference": "difference of pooled rho from the row `against`",
    "recalibrated_mse_difference": "difference of squared error after a straight line, both",
    "r_difference_williams": "Williams' test of pooled r, as if sessions were independent",
    "r_difference_zou": "Zou's interval of pooled r, as if sessions were independent",
}
#: Figures that a family of tests can consist of.
FAMILIES = ("pooled_r_difference", "pooled_rho_difference", "recalibrated_mse_difference")
_RESAMPLED = {
    "pearson": "pooled_r",
    "spearman": "pooled_rho",
    "concordance": "pooled_ccc",
    "mse": "pooled_mse",
    "bias": "bias",
    "calibration_slope": "calibration_slope",
}
_NEEDS_VARIATION = ("pearson", "spearman", "concordance", "calibration_slope")
_TESTED = (
    *("r", "rho", "ccc", "r2", "recalibrated_r2", "isotonic_r2", "r_difference"),
    *("pooled_r_difference", "pooled_rho_difference", "mse_difference", "bias"),
    *("recalibrated_mse_difference", "r_difference_williams"),
)
_BOUNDED = ("r", "rho", "ccc", "pooled_r", "pooled_rho", "pooled_ccc")
_FLOATS = ("estimate", "sd", "low", "high", "p", "p_holm")
_COUNTS = ("n_folds", "n_sessions", "n_clients")
_SCHEMA = pa.schema(
    [pa.field(name, pa.string()) for name in ("track", "rater", "dimension", "figure", "against")]
    + [pa.field(name, pa.float64()) for name in _FLOATS]
    + [pa.field("method", pa.string())]
    + [pa.field(name, pa.int64()) for name in _COUNTS]
)


@dataclass(frozen=True, slots=True)
class Asked:
    """Settings of the figures of raters."""

    reference: str
    family: str
    resampling: Resampling
    threshold: float | str
    independent: bool


def rater_figures(stored: Mapping[tuple[str, str], Stored], asked: Asked) -> pa.Table:
    """Return every figure of every rater, the training mean among them.

    Parameters
    ----------
    stored : mapping of (rater, dimension) to Stored
        Scores of all raters on the same sessions, with NaN where a rater has no score.
    asked : Asked

    Returns
    -------
    pyarrow.Table
        As `figures`, with the column p_holm: the p of the declared family, adjusted by Holm.

    Raises
    ------
    ParameterError
        If the reference is not a rater or is the training mean, or the family is unknown.
    """
    raters = dict.fromkeys(rater for rater, _ in stored)
    if asked.reference not in raters or asked.reference in (MEAN, PREVIOUS):
        known = ", ".join(name for name in raters if name not in (MEAN, PREVIOUS))
        raise ParameterError(
            f"`reference` is {asked.reference!r}; it must be a rater that all are compared with: "
            f"{known}."
        )
    if asked.family not in FAMILIES:
        raise ParameterError(
            f"`family` is {asked.family!r}; it must be one of {', '.join(FAMILIES)}."
        )
    rows: list[dict[str, Any]] = []
    for dimension in dict.fromkeys(name for _, name in stored):
        of_raters = [predictions for (_, name), predictions in stored.items() if name == dimension]
        rows += _of_track(
            ALL, [predictions for predictions in of_raters if predictions.rater != PREVIOUS], asked
        )
        before = next(
            (predictions for predictions in of_raters if predictions.rater == PREVIOUS), None
        )
        if before is not None and not np.isnan(before.predicted[0]).all():
            later = ~np.isnan(before.predicted[0])
            rows += _of_track(LATER, [predictions.only(later) for predictions in of_raters], asked)
    _adjust(rows, asked.family)
    rows.sort(key=lambda row: row["track"])  # stable: tracks one after the other
    return pa.Table.from_pylist(rows, schema=_SCHEMA)


def _of_track(track: str, of_raters: Sequence[Stored], asked: Asked) -> Iterator[dict[str, Any]]:
    """Yield the rows of one dimension."""
    rated = ~np.isnan(of_raters[0].y[0])
    of_raters = [
        stored.only(rated) for stored in of_raters if not np.isnan(stored.predicted[0][rated]).all()
    ]
    constant = {stored.rater: is_constant(stored) for stored in of_raters}
    ways = {
        name: [stored if constant[stored.rater] else way(stored) for stored in of_raters]
        for name, way in RECALIBRATIONS.items()
    }
    place = {stored.rater: k for k, stored in enumerate(of_raters)}
    base, mean = place.get(asked.reference), place.get(MEAN)
    raw = _resampled(of_raters, tuple(_RESAMPLED), asked)
    line = _resampled(ways["recalibrated"], ("mse",), asked)
    for k, stored in enumerate(of_raters):
        known = ~np.isnan(stored.predicted[0])
        common = {
            "track": track,
            "rater": stored.rater,
            "dimension": stored.dimension,
            "n_sessions": int(known.sum()),
            "n_clients": len({c for c, yes in zip(stored.clients, known, strict=True) if yes}),
        }
        still = constant[stored.rater]
        other = None if base is None or base == k or still or constant[asked.reference] else base
        figures: list[tuple[str, str | None, Interval, float | None, int | None]] = [
            *_by_fold(stored, [ways[name][k] for name in ways], still, asked),
            *_pooled(stored, k, raw, still, asked),
        ]
        if other is not None:
            figures += _against(of_raters, k, other, raw, line, asked)
        if mean is not None and mean != k:
            gain = raw.difference("mse", k, mean)
            figures.append(("mse_difference", MEAN, gain, None, None))
            if not still:
                gain = line.difference("mse", k, mean)
                figures.append(("recalibrated_mse_difference", MEAN, gain, None, None))
        for figure, against, interval, sd, n_folds in figures:
            yield {**common, **_row(figure, against, interval, sd, n_folds)}


def _resampled(of_raters: Sequence[Stored], metrics: Sequence[str], asked: Asked) -> Resampled:
    first = of_raters[0]
    crossed = not asked.independent and is_crossed(first.clients, first.therapists)
    return Resampled(
        first.y[0],
        np.stack([stored.predicted[0] for stored in of_raters], axis=1),
        first.clients,
        first.therapists if crossed else None,
        metrics,
        asked.resampling,
    )


def _by_fold(
    stored: Stored, ways: Sequence[Stored], constant: bool, asked: Asked
) -> Iterator[tuple[str, str | None, Interval, float | None, int]]:
    """Yield the figures by fold of raw scores, and errors of recalibrated ones."""
    n_folds = int(stored.folds[0].max()) + 1
    values = {name: fold_values(stored, figure) for name, figure in (VARYING | ERRORS).items()}
    if constant:
        values |= {name: np.full_like(values[name], np.nan) for name in VARYING}
    else:
        for prefix, way in zip(RECALIBRATIONS, ways, strict=True):
            values |= {f"{prefix}_{name}": fold_values(way, ERRORS[name]) for name in ERRORS}
    for name, by_fold in values.items():
        yield name, None, *_over(by_fold, n_folds, asked.resampling.level)


def _over(values: FloatArray, n_folds: int, level: float) -> tuple[Interval, float | None, int]:
    sd = float(values.std(ddof=1)) if values.size > 1 else None
    return over_folds(values, n_folds, level), sd, int((~np.isnan(values)).sum())


def _pooled(
    stored: Stored, k: int, raw: Resampled, constant: bool, asked: Asked
) -> Iterator[tuple[str, str | None, Interval, None, None]]:
    """Yield the figures over all sessions of the first repeat."""
    y, p = stored.y[0], stored.predicted[0]
    for metric, name in _RESAMPLED.items():
        if not (constant and metric in _NEEDS_VARIATION):
            yield name, None, raw.interval(metric, k), None, None
    low = low_alliance(y, p, threshold=asked.threshold)
    plain = dict(
        zip(
            (f"mae_{third}_third" for third in ("low", "middle", "high")),
            tercile_errors(y, p).tolist(),
            strict=True,
        )
    )
    plain["low_base_rate"] = low.base_rate
    if not constant:
        plain["low_average_precision"] = low.average_precision
        plain["low_recall"] = low.recall_at_base_rate
        plain["r_within"], plain["r_between"] = within_between(p, y, stored.clients)
        plain["calibration_intercept"] = calibration(y, p)[1]
    for name, value in plain.items():
        yield name, None, undefined("estimate_only", value), None, None


def _against(
    of_raters: Sequence[Stored], k: int, j: int, raw: Resampled, line: Resampled, asked: Asked
) -> Iterator[tuple[str, str | None, Interval, float | None, int | None]]:
    """Yield the paired differences from the reference rater, and those of Williams and Zou."""
    stored, other = of_raters[k], of_raters[j]
    name, level = other.rater, asked.resampling.level
    both = ~(np.isnan(stored.predicted[0]) | np.isnan(other.predicted[0]))
    pair = [fold_values(each.only(both), VARYING["r"]) for each in (stored, other)]
    n_folds = int(stored.folds[0].max()) + 1
    yield "r_difference", name, *_over(pair[0] - pair[1], n_folds, level)
    for metric, title in (("pearson", "pooled_r"), ("spearman", "pooled_rho"), ("mse", "mse")):
        yield f"{title}_difference", name, raw.difference(metric, k, j), None, None
    yield "recalibrated_mse_difference", name, line.difference("mse", k, j), None, None
    y, p, q = (each[both] for each in (stored.y[0], stored.predicted[0], other.predicted[0]))
    r = pearson(y, p), pearson(y, q), pearson(p, q)
    if not np.isnan(r).any():
        test, reach = williams(*r, n=y.size), zou(*r, n=y.size, level=level)
        nan = float("nan")
        shown = Interval(r[0] - r[1], nan, nan, nan, test.df, "williams_iid", test.p)
        yield "r_difference_williams", name, shown, None, None
        yield "r_difference_zou", name, reach, None, None


def _row(
    figure: str, against: str | None, interval: Interval, sd: float | None, n_folds: int | None
) -> dict[str, Any]:
    low, high = (-1.0, 1.0) if figure in _BOUNDED else (-np.inf, np.inf)
    if figure.endswith(("mse", "mae")):
        low = 0.0
    return {
        "figure": figure,
        "against": against,
        "estimate": _null(interval.estimate),
        "sd": _null(sd),
        "low": _null(max(interval.low, low) if interval.low == interval.low else None),
        "high": _null(min(interval.high, high) if interval.high == interval.high else None),
        "p": _null(interval.p) if figure in _TESTED else None,
        "p_holm": None,
        "method": interval.method,
        "n_folds": n_folds,
    }


def _null(value: float | None) -> float | None:
    return None if value is None or not np.isfinite(value) else float(value)


def _adjust(rows: list[dict[str, Any]], family: str) -> None:
    """Add Holm's p to the declared family: the differences from the reference on all sessions."""
    own = [
        row
        for row in rows
        if row["figure"] == family and row["track"] == ALL and row["against"] != MEAN
    ]
    adjusted = holm([np.nan if row["p"] is None else row["p"] for row in own])
    for row, p in zip(own, adjusted, strict=True):
        row["p_holm"] = _null(float(p))
