"""Figures of each fold, and their mean with an interval that minds the shared training data."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from .._checks import FloatArray
from ..stats.clustered import centre_within
from ..stats.intervals import Interval, corrected_t, undefined
from ..stats.metrics import calibration, concordance, mae, mse, pearson, r2_against, spearman
from .stored import Stored

Figure = Callable[[FloatArray, FloatArray, FloatArray], float]
#: Of ratings, predictions and the training mean; those that need predictions to vary first.
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
_LEAST = 3  # sessions of a fold


def fold_values(one: Stored, figure: Figure) -> FloatArray:
    """Return a figure of each fold of each repeat; NaN with fewer than 3 sessions."""
    values = []
    for repeat, rows in one.by_fold():
        y, p, mean = (array[repeat, rows] for array in (one.y, one.predicted, one.mean))
        known = ~(np.isnan(y) | np.isnan(p))
        enough = known.sum() >= _LEAST
        values.append(figure(y[known], p[known], mean[known]) if enough else np.nan)
    return np.array(values)


def is_constant(one: Stored) -> bool:
    """Tell whether a rater predicts one value in each fold: no correlation is applicable."""
    for repeat, rows in one.by_fold():
        p = one.predicted[repeat, rows]
        known = p[~np.isnan(p)]
        if known.size and np.ptp(known) > 0:
            return False
    return True


def over_folds(values: FloatArray, n_folds: int, level: float) -> Interval:
    """Return the mean of a figure over folds with its corrected t interval.

    The share of a fold is 1 / n_folds: folds are of nearly one size.
    """
    if n_folds < 2:
        return undefined("corrected_t")
    return corrected_t(values, test_share=1.0 / n_folds, level=level)


def levelled(
    one: Stored, repeat: int, rows: npt.NDArray[np.int64]
) -> tuple[FloatArray, FloatArray]:
    """Return ratings and predictions of the folds other than that of `rows`, brought level.

    Each fold is moved to the means of all of them. Predictions of models fitted on folds are low
    where the fold's own ratings are high, since these were left out, and the levels of the
    others tell what was left out of all but one: the fold that is to be recalibrated.
    """
    other = ~(np.isnan(one.y[repeat]) | np.isnan(one.predicted[repeat]))
    other[rows] = False
    y, p = one.y[repeat, other], one.predicted[repeat, other]
    if not y.size:
        return y, p
    folds = one.folds[repeat, other]
    return centre_within(y, folds) + y.mean(), centre_within(p, folds) + p.mean()


def recalibrated(one: Stored) -> Stored:
    """Return predictions put through the straight line that fits within the other folds.

    The line has the slope of ratings on predictions within folds and goes through their means:
    differences between folds tell a model's prediction of the fold itself (see `levelled`). NaN
    where that line is undefined.
    """
    out = np.full(one.predicted.shape, np.nan)
    for repeat, rows in one.by_fold():
        slope, intercept = calibration(*levelled(one, repeat, rows))
        out[repeat, rows] = intercept + slope * one.predicted[repeat, rows]
    return Stored(
        one.rater, one.dimension, one.y, out, one.mean, one.folds, one.clients, one.therapists
    )
