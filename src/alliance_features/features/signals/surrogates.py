"""Registry entries of synchrony against chance: replies in another order (surrogates)."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

from ..measured import Measured
from ..measures.surrogates import DRAWS, MEASURES, SURROGATES, Surrogate, compare, session_seed
from ..spec import FeatureSpec
from .clid import CONFOUND, NASIR, NEEDS, OTHER, ROLES, SUPPORT, K

_ORDER = {
    "circular": "moved on by 1, 2, ... n - 1 places, the last ones to the front: every shift, "
    "nothing is drawn",
    "shuffle": f"in {DRAWS} random orders, drawn from the session's id and the seed",
}
_TITLES = {"circular": "circular shifts", "shuffle": "shuffled turns"}
_NAMES = {"uclid": "uCLiD", "nclid": "nCLiD", "adjacent_wmd": "distance to the turn before"}
_REFERENCES = {
    "uclid": "dyad__alpha_cross__cross_all",
    "nclid": "dyad__alpha_cross__cross_all / alpha of the session",
}
_EXACT = " Mean and sd are exact over all orders (Hoeffding 1951), without the draws."
_STATS: dict[str, dict[str, Any]] = {
    "z": {
        "title": "z",
        "unit": "standard deviations",
        "low": None,
        "definition": "(observed - mean) / sd of the surrogates",
        "edge_cases": "Null if the surrogates do not differ.",
        "direction": "negative = closer than chance",
    },
    "ratio": {
        "title": "ratio",
        "unit": "ratio",
        "definition": "observed / mean of the surrogates",
        "edge_cases": "Null if that mean is 0.",
        "direction": "below 1 = closer than chance",
    },
    "p": {
        "title": "p",
        "unit": "proportion",
        "high": 1.0,
        "definition": "(1 + surrogates at least as close) / (1 + surrogates), one-sided",
        "direction": "small = closer than chance",
    },
    "survives": {
        "title": "share of the closeness that is lost",
        "unit": "share",
        "low": None,
        "definition": "(mean of the surrogates - observed) / (reference - observed), reference = "
        "{reference}: of what the nearest replies are closer than any pair of turns of the two, "
        "the share due to who answered what",
        "edge_cases": "Null if the replies are no closer than any pair; negative if they are "
        "farther than chance.",
        "direction": "higher = more of the closeness is from turn to turn",
    },
}


def surrogate_of(measured: Measured, measure: str, anchor: str, surrogate: str) -> Surrogate:
    """Return a measure beside its surrogates."""
    results: dict[str, Surrogate] = measured.once(
        ("surrogate", anchor, surrogate),
        lambda: compare(
            measured.distances,
            measured.speaks(anchor),
            surrogate,
            k=K,
            seed=session_seed(measured.session.session_id, measured.seed),
        ),
    )
    return results[measure]


def _compute(measure: str, anchor: str, surrogate: str, stat: str) -> Callable[[Measured], float]:
    return lambda m: float(getattr(surrogate_of(m, measure, anchor, surrogate), stat))


def _spec(measure: str, anchor: str, surrogate: str, stat: str) -> FeatureSpec:
    other = OTHER[anchor]
    pair = measure == "adjacent_wmd"
    exact = _EXACT if pair and surrogate == "shuffle" and stat in ("z", "ratio") else ""
    parts = dict(_STATS[stat])
    title, definition = parts.pop("title"), parts.pop("definition")
    definition = definition.format(reference=_REFERENCES.get(measure))
    return FeatureSpec(
        feature=measure,
        role="dyad",
        params=(
            ("responder", other) if pair else ("anchor", anchor),
            ("surrogate", surrogate),
        ),
        stat=stat,
        group="synchrony",
        title=f"{_NAMES[measure]}, {other} answering {anchor}, against {_TITLES[surrogate]}: "
        f"{title}",
        definition=f"{definition}. Surrogates: the {other}'s turns {_ORDER[surrogate]}; places, "
        f"turns without a known word and the {anchor}'s turns stay.{exact}",
        needs=NEEDS,
        support=SUPPORT,
        confounds="says how sure, not how strong: grows with the number of turns"
        if stat in ("z", "p")
        else CONFOUND,
        source=f"our surrogates of {NASIR}",
        version=2,
        compute=_compute(measure, anchor, surrogate, stat),
        **parts,
    )


SPECS: tuple[FeatureSpec, ...] = tuple(
    _spec(measure, anchor, surrogate, stat)
    for measure, anchor, surrogate, stat in product(MEASURES, ROLES, SURROGATES, _STATS)
    if measure != "adjacent_wmd" or stat != "survives"  # about 1 by construction
)
