"""Why a prediction is what it is: contributions that add up to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .._typing import FloatArray
from .signals import explain_signals
from .words import WORD_NAMES

if TYPE_CHECKING:
    from .session_matrix import SessionMatrix


@dataclass(frozen=True, slots=True, eq=False)
class Explanation:
    """Predictions taken apart: ``contributions.sum(axis=2) + bias + clipped``.

    Attributes
    ----------
    contributions : ndarray of float64, shape (n, d, f)
        What each signal adds, in units of the rating; 0 is no influence. It says what the model
        did with the signal, not what the signal does to the alliance.
    bias : ndarray of float64, shape (n, d)
        What the model says of a session it knows nothing about.
    clipped : ndarray of float64, shape (n, d)
        What is added to stay within the scale; 0 within it.
    predictions : ndarray of float64, shape (n, d)
        What `predict` returns.
    names : list of str, length f
        Signals; ``therapist__words`` and ``client__words`` stand for all words of a role.
    dimensions : list of str, length d
    """

    contributions: FloatArray
    bias: FloatArray
    clipped: FloatArray
    predictions: FloatArray
    names: list[str]
    dimensions: list[str]


def explain_matrix(model: Any, matrix: SessionMatrix) -> Explanation:
    """Explain sessions with a fitted estimator, whose signals the matrix holds in order."""
    adds: list[FloatArray] = []
    n, d = len(matrix), len(model.dimensions_)
    bias = np.zeros((n, d)) if model.intercepts_ is None else np.tile(model.intercepts_, (n, 1))
    weights = np.ones((d, 2)) if model.weights_ is None else model.weights_
    names: list[str] = []
    if model.signals_:
        by_signal, base = explain_signals(model.signals_, matrix.signals)
        adds.append(by_signal * weights[:, 0][None, :, None])
        bias = bias + base * weights[:, 0]
        names += matrix.names
    if model.words_ is not None:
        by_role, usual = model.words_.explain(matrix)
        adds.append(by_role * weights[:, 1][None, :, None])
        bias = bias + usual * weights[:, 1]
        names += WORD_NAMES
    contributions = np.concatenate(adds, axis=2)
    free = contributions.sum(axis=2) + bias
    kept = free if model.bounds is None else np.clip(free, *model.bounds)
    return Explanation(contributions, bias, kept - free, kept, names, list(model.dimensions_))
