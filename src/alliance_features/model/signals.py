"""The model of signals: the average of a ridge and trees, for each target separately."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from .._typing import FloatArray, IntArray
from ..features.registry import list_features, select_features
from .linear import Linear, fit_linear, skewed
from .trees import Trees, TreeSettings, fit_trees


@dataclass(frozen=True, slots=True, eq=False)
class SignalModel:
    """``share * linear + (1 - share) * trees`` of one target; a part with share 0 is None."""

    share: float
    linear: Linear | None
    trees: Trees | None

    def explain(self, signals: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return contributions, shape (n, f), and the bias, shape (n,), in units of y."""
        contributions, bias = np.zeros_like(signals), np.zeros(signals.shape[0])
        for part, share in ((self.linear, self.share), (self.trees, 1.0 - self.share)):
            if part is not None:
                adds, base = part.explain(signals)
                contributions += share * adds
                bias += share * base
        return contributions, bias


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalSettings:
    """How signals are modelled."""

    trees: TreeSettings
    linear_share: float
    linear_penalty: float | None
    seed: int
    n_jobs: int = 1


def expected_signs(names: Sequence[str]) -> IntArray:
    """Return the sign each registered feature is expected to have, 0 for none."""
    known = set(list_features("all"))
    registered = [name for name in names if name in known]
    specs = {spec.name: spec for spec in select_features(registered)} if registered else {}
    signs = [
        specs[name].expectation.sign  # type: ignore[union-attr]
        if name in specs and specs[name].expectation is not None
        else 0
        for name in names
    ]
    return np.array(signs, np.int64)


def fit_signals(
    signals: FloatArray,
    values: FloatArray,
    names: Sequence[str],
    settings: SignalSettings,
    *,
    parts: IntArray | None = None,
    signs: IntArray | None = None,
) -> list[SignalModel]:
    """Fit one model per target, each on the sessions rated.

    Parameters
    ----------
    signals : ndarray of float64, shape (n, f)
        NaN where null.
    values : ndarray of float64, shape (n, d)
        NaN where not rated.
    names : list of str, length f
    settings : SignalSettings
    parts : ndarray of int64, shape (n,), optional
        Sessions of one client share a part: for the choice of the penalty.
    signs : ndarray of int64, shape (f,), optional
        Monotone constraints: 1, -1, or 0 for none.
    """
    logged = skewed(names)

    def fit_one(y: FloatArray) -> SignalModel:
        rated = ~np.isnan(y)
        seen, known = np.ascontiguousarray(signals[rated]), y[rated]
        linear = trees = None
        if settings.linear_share > 0:
            linear = fit_linear(
                seen,
                known,
                logged=logged,
                penalty=settings.linear_penalty,
                parts=None if parts is None else parts[rated],
                signs=signs,
            )
        if settings.linear_share < 1:
            trees = fit_trees(seen, known, settings.trees, seed=settings.seed, signs=signs)
        return SignalModel(settings.linear_share, linear, trees)

    if settings.n_jobs == 1:
        return [fit_one(y) for y in values.T]
    with ThreadPoolExecutor(settings.n_jobs) as pool:  # XGBoost releases the GIL
        return list(pool.map(fit_one, values.T))


def explain_signals(
    models: Sequence[SignalModel], signals: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return contributions, shape (n, d, f), and bias, shape (n, d)."""
    parts = [model.explain(signals) for model in models]
    return np.stack([adds for adds, _ in parts], axis=1), np.stack([b for _, b in parts], axis=1)
