"""Recalibrate scores to the scale of the ratings, fitted on the other folds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from sklearn.isotonic import IsotonicRegression

from .._typing import FloatArray
from ..evaluation.figures import levelled, recalibrated
from ..evaluation.predictions import Stored

Recalibration = Callable[[Stored], Stored]


def isotonic(stored: Stored) -> Stored:
    """Return predictions recalibrated by the rising steps that fit the other folds best.

    Least squares under the single condition that a higher score never means a lower rating; flat
    beyond the scores of the other folds, whose means are made equal as for the line. NaN where the
    other folds hold fewer than 2 ratings with a prediction.

    Parameters
    ----------
    stored : Stored

    References
    ----------
    Barlow et al. 1972, Statistical Inference under Order Restrictions.
    """
    out = np.full(stored.predicted.shape, np.nan)
    for repeat, rows in stored.by_fold():
        y, p = levelled(stored, repeat, rows)
        scores = stored.predicted[repeat]
        inside = rows[~np.isnan(scores[rows])]
        if y.size >= 2 and inside.size:
            steps = IsotonicRegression(out_of_bounds="clip").fit(p, y)
            out[repeat, inside] = steps.predict(scores[inside])
    return replace(stored, predicted=out)


#: How errors are recalibrated: name of the figure and function.
RECALIBRATIONS: dict[str, Recalibration] = {"recalibrated": recalibrated, "isotonic": isotonic}


def training_mean(y: FloatArray, folds: np.ndarray) -> FloatArray:
    """Return for each session the mean rating of the sessions outside its fold.

    Parameters
    ----------
    y : ndarray of float64, shape (n, d)
        NaN is left out of the means.
    folds : ndarray of int64, shape (n_repeats, n)

    Returns
    -------
    ndarray of float64, shape (n_repeats, n, d)
        NaN where no session outside has a rating.
    """
    out = np.full((*folds.shape, y.shape[1]), np.nan)
    known = ~np.isnan(y)
    filled = np.where(known, y, 0.0)
    for repeat, row in enumerate(folds):
        for fold in np.unique(row):
            outside = row != fold
            n = known[outside].sum(axis=0)
            total = filled[outside].sum(axis=0)
            out[repeat, ~outside] = np.where(n > 0, total / np.maximum(n, 1), np.nan)
    return np.where(known, out, np.nan)
