"""How much to trust signals and words: weights learnt from predictions out of fold."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from scipy.optimize import nnls

from .._typing import FloatArray, IntArray
from ..errors import ParameterError

FLOOR = 0.05


def deal_groups(groups: Sequence[Any], n_parts: int, seed: int) -> IntArray:
    """Deal whole groups into parts of about equal size.

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
    names, member = np.unique([str(one) for one in groups], return_inverse=True)
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
    """Return predictions of rows by models that did not see their group.

    Parameters
    ----------
    parts : ndarray of int, shape (n,)
    n_targets : int
    fit_predict : callable
        From rows to train on and rows to predict to a list of k predictions, shape (m, d).

    Returns
    -------
    ndarray, shape (k, n, d)
    """
    n_parts = int(parts.max()) + 1
    if n_parts < 2:
        raise ParameterError(
            '`groups` names a single client; inputs="both" weighs signals against words on clients '
            'left out and needs at least 2. Use inputs="signals".'
        )
    found = np.empty((2, parts.size, n_targets))
    for part in range(n_parts):
        inside, outside = np.flatnonzero(parts != part), np.flatnonzero(parts == part)
        found[:, outside] = fit_predict(inside, outside)
    return found


def stack_weights(predictions: FloatArray, y: FloatArray) -> tuple[FloatArray, float]:
    """Return the weights of k predictions, each at least 0.05, and the intercept.

    Least squares over the rows rated. The floor keeps a prediction from being a constant, whose
    correlation would be undefined.

    Parameters
    ----------
    predictions : ndarray, shape (k, n)
    y : ndarray, shape (n,)
        NaN where not rated.
    """
    rated = ~np.isnan(y)
    p, known = predictions[:, rated].T, y[rated]
    usual, centre = p.mean(axis=0), known.mean()
    p = p - usual
    extra, _ = nnls(p, known - centre - FLOOR * p.sum(axis=1))
    weights = FLOOR + extra
    return weights, float(centre - np.sum(weights * usual))
