"""Fit the parts of a model, weight them by out-of-fold predictions, and explain predictions."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.optimize import nnls

from .._typing import FloatArray, IntArray
from ..errors import ParameterError
from .signals import SignalModel, SignalSettings, expected_signs, explain_signals, fit_signals
from .trees import TreeSettings
from .words import WORD_NAMES, WordRidge, fit_words

if TYPE_CHECKING:
    from .session_matrix import SessionMatrix


FLOOR = 0.05


def deal_groups(groups: Sequence[Any], n_parts: int, seed: int) -> IntArray:
    """Divide rows into parts of about equal size that keep groups whole.

    Parameters
    ----------
    groups : sequence, length n
    n_parts : int
    seed : int

    Returns
    -------
    ndarray of int64, shape (n,)
        The part of each row, from 0; there are fewer parts if there are fewer groups.
    """
    names, member = np.unique([str(name) for name in groups], return_inverse=True)
    sizes = np.bincount(member)
    order = np.random.default_rng(seed).permutation(names.size)
    order = order[np.argsort(-sizes[order], kind="stable")]
    load = np.zeros(min(n_parts, names.size), np.int64)
    part = np.zeros(names.size, np.int64)
    for group in order:
        part[group] = int(load.argmin())
        load[part[group]] += sizes[group]
    return np.asarray(part[member])


def out_of_fold(
    parts: IntArray, n_targets: int, fit_predict: Callable[[IntArray, IntArray], list[FloatArray]]
) -> FloatArray:
    """Return predictions of rows by models that were fitted without their group.

    Parameters
    ----------
    parts : ndarray of int64, shape (n,)
    n_targets : int
    fit_predict : callable
        Takes rows to train on and rows to predict; returns a list of k predictions, shape (m, d).

    Returns
    -------
    ndarray of float64, shape (k, n, d)
    """
    n_parts = int(parts.max()) + 1
    if n_parts < 2:
        raise ParameterError(
            '`groups` names a single client; inputs="both" weighs signals against words on clients '
            'left out and needs at least 2. Use inputs="signals".'
        )
    predictions = np.empty((2, parts.size, n_targets))
    for part in range(n_parts):
        inside, outside = np.flatnonzero(parts != part), np.flatnonzero(parts == part)
        predictions[:, outside] = fit_predict(inside, outside)
    return predictions


def stack_weights(predictions: FloatArray, y: FloatArray) -> tuple[FloatArray, float]:
    """Return the weights of k predictions, each at least 0.05, and the intercept.

    Least squares over the rated rows. The lower bound prevents a constant prediction, whose
    correlation would be undefined.

    Parameters
    ----------
    predictions : ndarray of float64, shape (k, n)
    y : ndarray of float64, shape (n,)
        NaN where not rated.
    """
    rated = ~np.isnan(y)
    p, known = predictions[:, rated].T, y[rated]
    usual, centre = p.mean(axis=0), known.mean()
    p = p - usual
    extra, _ = nnls(p, known - centre - FLOOR * p.sum(axis=1))
    weights = FLOOR + extra
    return weights, float(centre - np.sum(weights * usual))


N_PARTS = 5  # into which clients are divided


@dataclass(frozen=True, slots=True, eq=False)
class Parts:
    """The fitted parts: models of signals (none for words alone), and of words."""

    signals: list[SignalModel]
    words: WordRidge | None

    def predict(self, matrix: SessionMatrix) -> list[FloatArray]:
        """Return the predictions of each part, shape (n, d)."""
        predictions = []
        if self.signals:
            adds, base = explain_signals(self.signals, matrix.signals)
            predictions.append(adds.sum(axis=2) + base)
        if self.words is not None:
            adds, bias = self.words.explain(matrix)
            predictions.append(adds.sum(axis=2) + bias)
        return predictions


def signal_settings(model: Any, seed: int) -> SignalSettings:
    """Return the settings of the model of signals from the parameters of an estimator."""
    trees = TreeSettings(
        n_estimators=int(model.n_estimators),
        learning_rate=float(model.learning_rate),
        max_depth=int(model.max_depth),
        min_child_weight=float(model.min_child_weight),
        subsample=float(model.subsample),
        colsample_bytree=float(model.colsample_bytree),
        reg_lambda=float(model.reg_lambda),
    )
    return SignalSettings(
        trees=trees,
        linear_share=float(model.linear_share),
        linear_penalty=None if model.linear_penalty is None else float(model.linear_penalty),
        seed=seed,
        n_jobs=(os.cpu_count() or 1) if model.n_jobs == -1 else int(model.n_jobs),
    )


def fit_parts(
    model: Any, matrix: SessionMatrix, values: FloatArray, owners: Sequence[Any], seed: int
) -> Parts:
    """Fit the parts that the `inputs` of an estimator name.

    Parameters
    ----------
    model : AllianceRegressor
    matrix : SessionMatrix
    values : ndarray of float64, shape (n, d)
        Ratings, NaN where not rated.
    owners : sequence, length n
        Groups that are kept whole; also the clients, where `matrix` does not name them.
    seed : int
    """
    signals: list[SignalModel] = []
    words = None
    if model.inputs != "words":
        signs = expected_signs(matrix.names) if model.monotone else None
        settings = signal_settings(model, seed)
        signals = fit_signals(
            matrix.signals,
            values,
            matrix.names,
            settings,
            parts=deal_groups(owners, N_PARTS, seed),
            signs=signs,
        )
    if model.inputs != "signals":
        named = all(client is not None for client in matrix.clients)
        words = fit_words(
            matrix,
            values,
            clients=matrix.clients if named else owners,
            alpha=float(model.alpha),
            min_clients=model.min_clients,
        )
    return Parts(signals, words)


def weigh_parts(
    model: Any, matrix: SessionMatrix, values: FloatArray, owners: Sequence[Any], seed: int
) -> tuple[FloatArray, FloatArray]:
    """Return the weights of signals and words, shape (d, 2), and the intercepts, shape (d,).

    They are learnt from predictions for groups left out, with all parts fitted again.
    """

    def fit_predict(inside: IntArray, outside: IntArray) -> list[FloatArray]:
        owned = [owners[row] for row in inside.tolist()]
        return fit_parts(model, matrix[inside], values[inside], owned, seed).predict(
            matrix[outside]
        )

    predictions = out_of_fold(deal_groups(owners, N_PARTS, seed), values.shape[1], fit_predict)
    learnt = [stack_weights(predictions[:, :, place], y) for place, y in enumerate(values.T)]
    return np.array([pair[0] for pair in learnt]), np.array([pair[1] for pair in learnt])


def training_record(
    matrix: SessionMatrix, values: FloatArray, owners: Sequence[Any], dimensions: Sequence[str]
) -> dict[str, Any]:
    """Return counts and a SHA-256 of the training data: signals, words, ratings and groups.

    The hash must not be published: it is keyed when saved, so that nobody can test transcripts.
    """
    digest = hashlib.sha256(repr((matrix.names, list(dimensions), list(owners))).encode())
    for array in (matrix.signals, values):
        digest.update(np.ascontiguousarray(array + 0.0).tobytes())
    if matrix.counts is not None:
        used = matrix.terms[matrix.counts.indices]
        for array in (used, matrix.counts.data, matrix.counts.indptr):
            digest.update(np.ascontiguousarray(array).astype(np.float64).tobytes())
    rated = (~np.isnan(values)).sum(axis=0).tolist()
    return {
        "n_sessions": len(matrix),
        "n_groups": len(set(owners)),
        "n_rated": dict(zip(dimensions, rated, strict=True)),
        "sha256": digest.hexdigest(),
    }


@dataclass(frozen=True, slots=True, eq=False)
class Explanation:
    """Predictions divided into contributions: ``contributions.sum(axis=2) + bias + clipped``.

    Attributes
    ----------
    contributions : ndarray of float64, shape (n, d, f)
        What each signal adds, in units of the rating; 0 means no influence. It shows how the
        model uses the signal, not how the signal affects the alliance.
    bias : ndarray of float64, shape (n, d)
        Prediction for a session about which nothing is known.
    clipped : ndarray of float64, shape (n, d)
        What is added to keep predictions within the scale; 0 if they are within it.
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
