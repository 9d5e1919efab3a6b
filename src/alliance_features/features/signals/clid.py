"""Registry entries of uCLiD, nCLiD and the terms of alpha, for every k and convention."""

from __future__ import annotations

from itertools import product

from ..measured import Measured
from ..measures.synchrony import (
    CROSS,
    WINDOWS,
    cross_mean,
    local_distances,
    mean_of_known,
    within_mean,
)
from ..spec import FeatureSpec, Support

K = 3
KS = (1, 2, 3, 5)
ROLES = ("therapist", "client")
OTHER = {"therapist": "client", "client": "therapist"}
NEEDS = ("lexicon", "vectors")
SUPPORT = Support(known_turns=5)
NASIR = (
    "Nasir et al. 2019, doi:10.21437/Interspeech.2019-1900, as in two public implementations; "
    "the paper's own text was not available"
)
WMD = "WMD = exact Word Mover's Distance of the distance tokens of two merged turns, unit vectors."
CONFOUND = (
    "mostly session-level similarity (topic, vocabulary): read it beside surrogates; falls with k "
    "and with the number of turns; short turns are noisy; vectors are not interchangeable"
)
CLOSER = "lower = closer"
DISTANCE = "distance of unit vectors"
_COMPLETE = " Only anchors that at least {k} turns of the {other} follow."


def uclid_of(measured: Measured, anchor: str, k: int, windows: str) -> float:
    """Return uCLiD."""
    return measured.once(
        ("uclid", anchor, k, windows),
        lambda: mean_of_known(
            local_distances(measured.distances, measured.speaks(anchor), k, windows)
        ),
    )


def within_of(measured: Measured, role: str) -> float:
    """Return the mean distance between the turns of one speaker."""
    return measured.once(
        ("within", role), lambda: within_mean(measured.distances, measured.speaks(role))
    )


def cross_of(measured: Measured, anchor: str, cross: str) -> float:
    """Return the mean distance between the turns of the two."""
    return measured.once(
        ("cross", anchor, cross),
        lambda: cross_mean(measured.distances, measured.speaks(anchor), cross),
    )


def nclid_of(measured: Measured, anchor: str, k: int, cross: str, windows: str) -> float:
    """Return nCLiD."""
    alpha = (
        within_of(measured, anchor)
        + within_of(measured, OTHER[anchor])
        + cross_of(measured, anchor, cross)
    )
    return uclid_of(measured, anchor, k, windows) / alpha if alpha > 0 else float("nan")


def _params(**given: tuple[str | int, str | int]) -> tuple[tuple[str, str | int], ...]:
    """Return the parameters that are not at their default, sorted."""
    return tuple((name, value) for name, (value, default) in given.items() if value != default)


def _uclid(anchor: str, k: int, windows: str) -> FeatureSpec:
    other = OTHER[anchor]
    complete = _COMPLETE.format(k=k, other=other) if windows == "complete" else ""
    return FeatureSpec(
        feature="uclid",
        role="dyad",
        params=(("anchor", anchor), *_params(k=(k, K), windows=(windows, "any"))),
        group="synchrony",
        title=f"uCLiD, {other} answering {anchor}{_variant(k, windows)}",
        unit=DISTANCE,
        high=2.0,
        definition=f"Mean over the {anchor}'s turns of the least WMD to the next "
        f"{f'{k} turns' if k > 1 else 'turn'} of the {other}.{complete} {WMD}",
        edge_cases="A turn without a known word counts as one of the replies; an anchor "
        "without any distance is left out.",
        needs=NEEDS,
        support=SUPPORT,
        direction=CLOSER,
        confounds=CONFOUND,
        source=NASIR,
        core=k == K and windows == "any",
        reach=2 * k - 1,
        version=2,
        compute=lambda m: uclid_of(m, anchor, k, windows),
    )


def _variant(k: int, windows: str, cross: str = "following") -> str:
    """Name in a title what is off default."""
    parts = (
        f"k = {k}" if k != K else "",
        "all cross pairs" if cross != "following" else "",
        "complete windows" if windows != "any" else "",
    )
    named = ", ".join(part for part in parts if part)
    return f" ({named})" if named else ""


def _nclid(anchor: str, k: int, cross: str, windows: str) -> FeatureSpec:
    name = _uclid(anchor, k, windows).name
    uclid = "uclid" if k == K and windows == "any" else name
    term = "alpha_cross" if cross == "following" else "dyad__alpha_cross__cross_all"
    return FeatureSpec(
        feature="nclid",
        role="dyad",
        params=(
            ("anchor", anchor),
            *_params(cross=(cross, "following"), k=(k, K), windows=(windows, "any")),
        ),
        group="synchrony",
        title=f"nCLiD, {OTHER[anchor]} answering {anchor}{_variant(k, windows, cross)}",
        unit="ratio",
        definition=f"{uclid} / (alpha_within_therapist + alpha_within_client + {term}), "
        f"anchor {anchor}, k = {k}. Talk without structure gives about 1/3 at k = 1"
        + (
            f" and less at k = {k}, because a minimum over more replies is smaller."
            if k > 1
            else "."
        ),
        edge_cases="Null if alpha is 0.",
        needs=NEEDS,
        support=SUPPORT,
        direction=f"{CLOSER}; a direction does not show who adapts",
        confounds=CONFOUND,
        source=NASIR,
        core=(k, cross, windows) == (K, "following", "any"),
        version=2,
        compute=lambda m: nclid_of(m, anchor, k, cross, windows),
    )


def _alpha_cross(anchor: str) -> FeatureSpec:
    other = OTHER[anchor]
    return FeatureSpec(
        feature="alpha_cross",
        role="dyad",
        params=(("anchor", anchor),),
        group="synchrony",
        title=f"Mean distance from the {anchor}'s turns to later turns of the {other}",
        unit=DISTANCE,
        high=2.0,
        definition=f"Mean WMD over all pairs of a turn of the {anchor} and a later turn of "
        f"the {other}.",
        needs=NEEDS,
        support=SUPPORT,
        direction=CLOSER,
        confounds=CONFOUND,
        source=NASIR,
        core=True,
        version=2,
        compute=lambda m: cross_of(m, anchor, "following"),
    )


def _alpha_within(role: str) -> FeatureSpec:
    return FeatureSpec(
        feature=f"alpha_within_{role}",
        role="dyad",
        group="synchrony",
        title=f"Mean distance between the {role}'s own turns",
        unit=DISTANCE,
        high=2.0,
        definition=f"Mean WMD over all pairs of turns of the {role}.",
        needs=NEEDS,
        support=SUPPORT,
        direction="lower = the speaker varies less",
        confounds=CONFOUND,
        source=NASIR,
        core=True,
        version=2,
        compute=lambda m: within_of(m, role),
    )


_ALPHA_ALL = FeatureSpec(
    feature="alpha_cross",
    role="dyad",
    params=(("cross", "all"),),
    group="synchrony",
    title="Mean distance between the turns of the two",
    unit=DISTANCE,
    high=2.0,
    definition="Mean WMD over all pairs of a turn of the therapist and one of the client.",
    needs=NEEDS,
    support=SUPPORT,
    direction=CLOSER,
    confounds=CONFOUND,
    source=NASIR,
    version=2,
    compute=lambda m: cross_of(m, "therapist", "all"),
)


def _core(anchor: str) -> tuple[FeatureSpec, ...]:
    return _uclid(anchor, K, "any"), _nclid(anchor, K, "following", "any"), _alpha_cross(anchor)


def _variants() -> list[FeatureSpec]:
    """Return what is off default; at k = 1 every window is complete."""
    settings = [(w, k) for w, k in product(WINDOWS, KS) if w == "any" or k > 1]
    uclid = [_uclid(a, k, w) for a, (w, k) in product(ROLES, settings)]
    nclid = [_nclid(a, k, c, w) for a, c, (w, k) in product(ROLES, CROSS, settings)]
    return [spec for spec in (*uclid, *nclid) if not spec.core]


SPECS: tuple[FeatureSpec, ...] = (
    *(spec for anchor in ROLES for spec in _core(anchor)),
    *(_alpha_within(role) for role in ROLES),
    _ALPHA_ALL,
    *_variants(),
)
