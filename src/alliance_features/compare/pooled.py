"""Figures over all folds at once: secondary, and conditional on the fitted models."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ..stats.bootstrap import cluster_bootstrap, paired_difference
from ..stats.few_clusters import ENOUGH_FOR_DIFFERENCES, jackknife_t, recommended
from ..stats.intervals import Interval, undefined
from ..stats.metrics import bias, calibration, within_between
from ..stats.skewed import low_alliance, tercile_errors
from .by_fold import is_constant
from .stored import Stored

_NONE = "estimate_only"


@dataclass(frozen=True, slots=True)
class Pooling:
    """How intervals of pooled figures are made."""

    draws: int
    seed: int
    level: float
    threshold: float | str
    crossed: bool | None

    def second(self, one: Stored) -> list[str | None] | None:
        """Return the therapists, if they are to be resampled as well as clients."""
        known = all(name is not None for name in one.therapists)
        wanted = is_crossed(one.clients, one.therapists) if self.crossed is None else self.crossed
        return one.therapists if wanted and known else None


def is_crossed(clients: list[str], therapists: list[str | None]) -> bool:
    """Tell whether a therapist has several clients and a client several therapists."""
    pairs = {*zip(clients, therapists, strict=True)}
    if any(therapist is None for _, therapist in pairs):
        return False
    return len({c for c, _ in pairs}) < len(pairs) and len({t for _, t in pairs}) < len(pairs)


def pooled_figures(one: Stored, pooling: Pooling) -> Iterator[tuple[str, str | None, Interval]]:
    """Yield the figures of the first repeat that are taken over all its folds."""
    y, p = one.y[0], one.predicted[0]
    yield "bias", None, undefined(_NONE, bias(y, p))
    for name, error in zip(("low", "middle", "high"), tercile_errors(y, p), strict=True):
        yield f"mae_{name}_third", None, undefined(_NONE, float(error))
    low = low_alliance(y, p, threshold=pooling.threshold)
    yield "low_base_rate", None, undefined(_NONE, low.base_rate)
    if is_constant(one):
        return
    yield "low_average_precision", None, undefined(_NONE, low.average_precision)
    yield "low_recall", None, undefined(_NONE, low.recall_at_base_rate)
    yield "pooled_r", None, _pooled_r(one, pooling)
    within, between = within_between(p, y, one.clients)
    yield "r_within", None, undefined(_NONE, within)
    yield "r_between", None, undefined(_NONE, between)
    slope, intercept = calibration(y, p)
    yield "calibration_slope", None, undefined(_NONE, slope)
    yield "calibration_intercept", None, undefined(_NONE, intercept)


def _pooled_r(one: Stored, pooling: Pooling) -> Interval:
    y, p = one.y[0], one.predicted[0]
    if recommended(len(set(one.clients))) != "bootstrap":
        return jackknife_t(y, p, one.clients, level=pooling.level)
    return cluster_bootstrap(
        y,
        p,
        one.clients,
        metrics=("pearson",),
        draws=pooling.draws,
        seed=pooling.seed,
        level=pooling.level,
        second=pooling.second(one),
    )["pearson"]


def pooled_difference(one: Stored, other: Stored, metric: str, pooling: Pooling) -> Interval:
    """Return the difference of two raters on the sessions both predict, by resampling clients.

    With fewer than 50 clients a bootstrap interval is too short; leaving out one client at a
    time gives it then.
    """
    known = ~(np.isnan(one.y[0]) | np.isnan(one.predicted[0]) | np.isnan(other.predicted[0]))
    first, last = one.only(known), other.only(known)
    y, p, q = first.y[0], first.predicted[0], last.predicted[0]
    if len(set(first.clients)) < ENOUGH_FOR_DIFFERENCES:
        return jackknife_t(y, p, first.clients, metric=metric, other=q, level=pooling.level)
    return paired_difference(
        y,
        p,
        q,
        first.clients,
        metric=metric,
        draws=pooling.draws,
        seed=pooling.seed,
        level=pooling.level,
        second=pooling.second(first),
    )
