"""What a reader must know of a comparison beside its figures: warnings, costs, titles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .._checks import check_choice
from ..evaluation.row_names import MEAN, TITLES
from .resamples import ENOUGH
from .scores import COSTS, PER_SESSION, RaterScores
from .shared_sessions import Common

#: What the codes of `Comparison.warnings` mean.
WARNINGS = {
    "clients_repeat": "clients bring several sessions: Williams and Zou take sessions as "
    "independent and reject far too often; they stand there as references alone",
    "few_clients": "clients only: intervals leave out one at a time, with t quantiles",
    "sessions_dropped": "rated sessions lack a score of some rater and are left out for all",
    "fitted_raters": "raters were fitted on these folds: pooled r of such is biased where there "
    "is little signal; read their r by fold",
    "synthetic": "sessions are synthetic: the figures are evidence for nothing",
}


def costs_of(
    raters: Sequence[RaterScores], told: Mapping[str, Mapping[str, float]]
) -> list[dict[str, Any]]:
    """Return what a session costs by each rater; None where it is not known."""
    names = [one.name for one in raters]
    for name, given in told.items():
        check_choice("costs", name, names)
        for key in given:
            check_choice(f"costs[{name!r}]", key, PER_SESSION)
    found = []
    for one in raters:
        known = {key: one.costs[key] / one.costs["sessions"] for key in COSTS if key in one.costs}
        known |= told.get(one.name, {})
        found.append({"rater": one.name, **{key: known.get(key) for key in PER_SESSION}})
    return found


def warnings_of(common: Common, raters: Sequence[RaterScores], n_rated: int) -> dict[str, int]:
    """Return what a reader must know of a comparison, each with a count."""
    n_clients = len(set(common.clients))
    synthetic = sum(name.startswith("synthetic-") for name in common.session_ids)
    found = {
        "clients_repeat": n_clients if n_clients < len(common.session_ids) else 0,
        "few_clients": n_clients if n_clients < ENOUGH else 0,
        "sessions_dropped": n_rated - len(common.session_ids),
        "fitted_raters": sum(one.fitted for one in raters),
        "synthetic": synthetic,
    }
    return {code: count for code, count in found.items() if count}


def titles(raters: Sequence[str]) -> dict[str, str]:
    """Return what to call raters in tables."""
    return {name: TITLES.get(name, name) for name in (MEAN, *raters)}
