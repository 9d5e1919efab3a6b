"""A small random search inside the training sessions, by folds that keep clients apart."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from sklearn.base import clone

from .._typing import FloatArray
from ..model.inputs import ratings_checked
from ..model.session_matrix import SessionMatrix
from .folds import divide

Parameters = dict[str, Any]
#: Parameters that are searched, by the part of the model. `linear_penalty` is not among them: by
#: default every fit chooses its own for each target, on clients left out.
SPACE: dict[str, dict[str, tuple[Any, ...]]] = {
    "signals": {
        "linear_share": (0.0, 0.3, 0.5, 0.7, 1.0),
        "n_estimators": (100, 200, 400),
        "learning_rate": (0.02, 0.03, 0.06),
        "max_depth": (2, 3, 4),
        "min_child_weight": (3.0, 10.0, 30.0),
        "subsample": (0.5, 0.7),
        "colsample_bytree": (0.3, 0.5, 0.8),
    },
    "words": {"alpha": (0.1, 0.2, 0.3, 0.5, 2.0, 3.0, 5.0, 10.0, 20.0, 50.0, 100.0)},
}
_INNER_FOLDS = 3


def candidates(part: str, n: int, seed: int) -> list[Parameters]:
    """Return up to `n` settings: the defaults first, then random ones, without duplicates."""
    space = SPACE[part]
    size = int(np.prod([len(values) for values in space.values()]))
    rng = np.random.default_rng([seed, sorted(SPACE).index(part)])
    chosen = rng.choice(size, size=min(n - 1, size), replace=False)
    grid = list(itertools.product(*space.values()))
    return [{}, *(dict(zip(space, grid[place], strict=True)) for place in sorted(chosen.tolist()))]


def one_or_more(y: FloatArray) -> FloatArray:
    """Return a single column as a vector, since estimators warn about columns."""
    return y[:, 0] if y.shape[1] == 1 else y


def n_fits(part: str, n: int) -> int:
    """Return how many fits a search of `n` settings takes."""
    return len(candidates(part, n, 0)) * _INNER_FOLDS


def search(
    estimator: Any,
    part: str,
    matrix: SessionMatrix,
    y: FloatArray,
    groups: Sequence[str],
    *,
    n: int,
    seed: int,
    step: Callable[[], None] = lambda: None,
) -> Parameters:
    """Return the settings with the least squared error over inner folds.

    Parameters
    ----------
    estimator : AllianceRegressor
        With `part` as its `inputs`.
    part : str
        Key of `SPACE`.
    matrix : SessionMatrix, n_sessions rows
    y : ndarray of float64, shape (n_sessions, n_dimensions)
    groups : sequence of str, length n_sessions
        The training sessions.
    n : int
        How many settings to try, the defaults among them.
    seed : int
    step : callable
        Called after each fit.
    """
    inner = divide(y, groups, n_folds=min(_INNER_FOLDS, len(set(groups))), seed=seed, starts=3)
    spread = np.maximum(y.var(axis=0), np.finfo(float).tiny)
    labels = np.asarray(groups, dtype=object)
    best, least = Parameters(), np.inf
    for settings in candidates(part, n, seed):
        errors = np.zeros(y.shape[1])
        for _, _, train, test in inner.splits():
            model = clone(estimator).set_params(**settings)
            with ratings_checked():
                model.fit(matrix[train], one_or_more(y[train]), groups=labels[train])
            predicted = np.asarray(model.predict(matrix[test])).reshape(len(test), -1)
            errors += ((predicted - y[test]) ** 2).sum(axis=0)
            step()
        total = float((errors / spread).sum())
        if total < least:
            best, least = settings, total
    return best
