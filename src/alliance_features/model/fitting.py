"""Fit the parts that `inputs` names, and what each counts for."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .._typing import FloatArray, IntArray
from .signals import SignalModel, SignalSettings, expected_signs, explain_signals, fit_signals
from .stack import deal_groups, out_of_fold, stack_weights
from .trees import TreeSettings
from .words import WordRidge, fit_words

if TYPE_CHECKING:
    from .session_matrix import SessionMatrix

N_PARTS = 5  # that clients are dealt into


@dataclass(frozen=True, slots=True, eq=False)
class Parts:
    """What is fitted on sessions: models of signals (none for words alone), and of words."""

    signals: list[SignalModel]
    words: WordRidge | None

    def predict(self, matrix: SessionMatrix) -> list[FloatArray]:
        """Return the predictions of each part, shape (n, d)."""
        found = []
        if self.signals:
            adds, base = explain_signals(self.signals, matrix.signals)
            found.append(adds.sum(axis=2) + base)
        if self.words is not None:
            adds, bias = self.words.explain(matrix)
            found.append(adds.sum(axis=2) + bias)
        return found


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
    """Fit what the `inputs` of an estimator name.

    Parameters
    ----------
    model : AllianceRegressor
    matrix : SessionMatrix
    values : ndarray, shape (n, d)
        Ratings, NaN where not rated.
    owners : sequence, length n
        Who may not be split; clients, too, where `matrix` does not name them.
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

    They are learnt from predictions for owners left out, all parts being fitted anew.
    """

    def fit_predict(inside: IntArray, outside: IntArray) -> list[FloatArray]:
        owned = [owners[row] for row in inside.tolist()]
        return fit_parts(model, matrix[inside], values[inside], owned, seed).predict(
            matrix[outside]
        )

    found = out_of_fold(deal_groups(owners, N_PARTS, seed), values.shape[1], fit_predict)
    learnt = [stack_weights(found[:, :, place], y) for place, y in enumerate(values.T)]
    return np.array([one for one, _ in learnt]), np.array([one for _, one in learnt])


def training_record(
    matrix: SessionMatrix, values: FloatArray, owners: Sequence[Any], dimensions: Sequence[str]
) -> dict[str, Any]:
    """Return counts and a SHA-256 of what a model learns from: signals, words, ratings, owners.

    The hash is not to be shown: saved, it is keyed, so that nobody can try transcripts out.
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
