"""Ridge regression on signals, with one weight per signal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .._typing import FloatArray
from ..features.registry import list_features, select_features

LIMIT = 3.0
PENALTIES = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)


@dataclass(frozen=True, slots=True, eq=False)
class Linear:
    """A ridge on standardised signals; nulls are set to the mean, outliers to 3 SD.

    Attributes
    ----------
    logged : ndarray of bool, shape (f,)
        Signals that enter as ``log(1 + x)``.
    means, scales : ndarray of float64, shape (f,)
        Of the training sessions; a signal with scale 0 has no weight.
    weights : ndarray of float64, shape (f,)
        Change of the rating per standard deviation of the signal.
    bias : float
        Rating where every signal is at its mean.
    """

    logged: npt.NDArray[np.bool_]
    means: FloatArray
    scales: FloatArray
    weights: FloatArray
    bias: float

    def standardise(self, signals: FloatArray) -> FloatArray:
        """Return standardised signals, shape (n, f), from -3 to 3."""
        z = _logged(signals, self.logged) - self.means
        z = np.divide(z, self.scales, out=np.zeros_like(z), where=self.scales > 0)
        return np.clip(np.nan_to_num(z, nan=0.0), -LIMIT, LIMIT)

    def explain(self, signals: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return contributions, shape (n, f), and the bias, shape (n,), in units of y."""
        return self.standardise(signals) * self.weights, np.full(signals.shape[0], self.bias)


def _logged(signals: FloatArray, logged: npt.NDArray[np.bool_]) -> FloatArray:
    return np.where(logged, np.log1p(np.where(logged, signals, 0.0)), signals)


def skewed(names: Sequence[str]) -> npt.NDArray[np.bool_]:
    """Say which registered features are counts, times or lengths: at least 0 and unbounded.

    Returns
    -------
    ndarray of bool, shape (f,)
        False for names that are not registered.
    """
    known = set(list_features("all"))
    registered = [name for name in names if name in known]
    specs = {spec.name: spec for spec in select_features(registered)} if registered else {}
    return np.array(
        [name in specs and specs[name].low == 0 and specs[name].high is None for name in names],
        np.bool_,
    )


def fit_linear(
    signals: FloatArray,
    y: FloatArray,
    *,
    logged: npt.NDArray[np.bool_],
    penalty: float | None,
    parts: npt.NDArray[np.int64] | None = None,
    signs: npt.NDArray[np.int64] | None = None,
) -> Linear:
    """Fit the ridge: minimises ``mean (y - b - w.z)^2 + penalty * |w|^2``.

    Parameters
    ----------
    signals : ndarray of float64, shape (n, f)
        NaN where null.
    y : ndarray of float64, shape (n,)
    logged : ndarray of bool, shape (f,)
    penalty : float or None
        > 0; None: the one of `PENALTIES` that predicts left-out parts best.
    parts : ndarray of int64, shape (n,), optional
        Parts for this choice: sessions of a client share a part. None: up to 5 parts of rows.
    signs : ndarray of int64, shape (f,), optional
        1 or -1 where the weight must have this sign, 0 elsewhere.
    """
    n = y.size
    means, scales = _moments(_logged(signals, logged))
    start = Linear(logged, means, scales, np.zeros_like(means), float(y.mean()))
    z = start.standardise(signals)
    usual = z.mean(axis=0)
    z -= usual
    if penalty is None:
        penalty = choose_penalty(z, y, np.arange(n) % 5 if parts is None else parts)
    weights = _ridge(z.T @ z / n, z.T @ (y - start.bias) / n, penalty, signs)
    return Linear(logged, means, scales, weights, start.bias - float(np.sum(weights * usual)))


def choose_penalty(z: FloatArray, y: FloatArray, parts: npt.NDArray[np.int64]) -> float:
    """Return the penalty with the least squared error on parts left out.

    Parameters
    ----------
    z : ndarray of float64, shape (n, f)
        Standardised signals.
    y : ndarray of float64, shape (n,)
    parts : ndarray of int64, shape (n,)
        With a single part, rows are divided instead.
    """
    parts = parts if np.unique(parts).size > 1 else np.arange(y.size) % 5
    errors = np.zeros(len(PENALTIES))
    for part in np.unique(parts):
        rest, apart = parts != part, parts == part
        usual, centre = z[rest].mean(axis=0), y[rest].mean()
        inside, outside = z[rest] - usual, z[apart] - usual
        n = inside.shape[0]
        size, axes = np.linalg.eigh(inside.T @ inside / n)
        along = axes.T @ (inside.T @ (y[rest] - centre) / n)
        turned = outside @ axes
        for place, penalty in enumerate(PENALTIES):
            guess = centre + turned @ (along / (np.maximum(size, 0.0) + penalty))
            errors[place] += np.sum((y[apart] - guess) ** 2)
    return PENALTIES[int(errors.argmin())]


def _moments(signals: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return mean and SD of the known values of each signal; 0 where none is known."""
    known = ~np.isnan(signals)
    count = np.maximum(known.sum(axis=0), 1)
    means = np.where(known, signals, 0.0).sum(axis=0) / count
    spread = np.where(known, signals - means, 0.0)
    scales = np.sqrt((spread * spread).sum(axis=0) / count)
    return means, np.where(scales > 1e-10 * np.abs(means), scales, 0.0)


def _ridge(
    gram: FloatArray,
    moment: FloatArray,
    penalty: float,
    signs: npt.NDArray[np.int64] | None,
) -> FloatArray:
    """Solve the normal equations; weights of a forbidden sign are left out, worst first."""
    free = np.ones(moment.size, np.bool_)
    while True:
        weights = np.zeros_like(moment)
        square = gram[np.ix_(free, free)] + penalty * np.eye(int(free.sum()))
        weights[free] = np.linalg.solve(square, moment[free])
        if signs is None or not (wrong := signs * weights < 0).any():
            return weights
        free &= ~wrong
