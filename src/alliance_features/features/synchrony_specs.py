"""Registry entries of the synchrony group."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .measured import Measured
from .spec import FeatureSpec, Support
from .synchrony import (
    cross_mean,
    local_distances,
    mean_of_known,
    within_mean,
)

K = 3
_ROLES = ("therapist", "client")
NEEDS = ("lexicon", "vectors")
_SUPPORT = Support(known_turns=5)
_NASIR = (
    "Nasir et al. 2019, doi:10.21437/Interspeech.2019-1900, as in two public implementations; "
    "the paper's own text was not available"
)
_WMD = "WMD = exact Word Mover's Distance of the distance tokens of two merged turns, unit vectors."
_CONFOUND = (
    "mostly session-level similarity (topic, vocabulary): read it beside surrogates; falls with k "
    "and with the number of turns; short turns are noisy; vectors are not interchangeable"
)
_CLOSER = "lower = closer"
_OTHER = {"therapist": "client", "client": "therapist"}


def _uclid(anchor: str) -> Callable[[Measured], float]:
    return lambda m: mean_of_known(local_distances(m.distances, m.speaks(anchor), K))


def _within(role: str) -> Callable[[Measured], float]:
    return lambda m: within_mean(m.distances, m.speaks(role))


def _cross(anchor: str) -> Callable[[Measured], float]:
    return lambda m: cross_mean(m.distances, m.speaks(anchor), "following")


def _nclid(anchor: str) -> Callable[[Measured], float]:
    def compute(measured: Measured) -> float:
        first = measured.speaks(anchor)
        d = measured.distances
        alpha = within_mean(d, first) + within_mean(d, ~first) + cross_mean(d, first, "following")
        local = mean_of_known(local_distances(d, first, K))
        return local / alpha if alpha > 0 else float("nan")

    return compute


def adjacent_distances(measured: Measured) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return for each merged turn its distance to the turn before; NaN for the first."""
    n = len(measured.turns)
    out = np.full(n, np.nan)
    if n > 1:
        out[1:] = measured.distances[np.arange(n - 1), np.arange(1, n)]
    return out


def _adjacent(responder: str) -> Callable[[Measured], float]:
    return lambda m: mean_of_known(adjacent_distances(m)[m.speaks(responder)])


def _bow(responder: str) -> Callable[[Measured], float]:
    return lambda m: mean_of_known(m.adjacent_bow_l1[m.speaks(responder)])


def _oov(measured: Measured) -> float:
    tokens = sum(len(words) for words in measured.tokens)
    return (tokens - int(measured.known.sum())) / tokens if tokens else float("nan")


def _pairs(measured: Measured) -> int:
    usable = int((measured.known > 0).sum())
    return usable * (usable - 1) // 2


def _nearest_of_turn(measured: Measured) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    out = np.full(len(measured.turns), np.nan)
    for role in _ROLES:
        speaks = measured.speaks(role)
        out[speaks] = local_distances(measured.distances, speaks, K)
    return out


def _anchored(anchor: str) -> list[FeatureSpec]:
    other = _OTHER[anchor]
    params = (("anchor", anchor),)
    return [
        FeatureSpec(
            feature="uclid",
            role="dyad",
            params=params,
            group="synchrony",
            title=f"uCLiD, {other} answering {anchor}",
            unit="distance of unit vectors",
            high=2.0,
            definition=f"Mean over the {anchor}'s turns of the least WMD to the next {K} turns of "
            f"the {other}. {_WMD}",
            edge_cases="A turn without a known word counts as one of the replies; an anchor "
            "without any distance is left out.",
            needs=NEEDS,
            support=_SUPPORT,
            direction=_CLOSER,
            confounds=_CONFOUND,
            source=_NASIR,
            compute=_uclid(anchor),
        ),
        FeatureSpec(
            feature="nclid",
            role="dyad",
            params=params,
            group="synchrony",
            title=f"nCLiD, {other} answering {anchor}",
            unit="ratio",
            definition="uclid / (alpha_within_therapist + alpha_within_client + alpha_cross), "
            f"anchor {anchor}, k = {K}. Talk without structure gives about 1/3 at k = 1 and less "
            f"at k = {K}, because a minimum over more replies is smaller.",
            edge_cases="Null if alpha is 0.",
            needs=NEEDS,
            support=_SUPPORT,
            direction=f"{_CLOSER}; a direction does not show who adapts",
            confounds=_CONFOUND,
            source=_NASIR,
            compute=_nclid(anchor),
        ),
        FeatureSpec(
            feature="alpha_cross",
            role="dyad",
            params=params,
            group="synchrony",
            title=f"Mean distance from the {anchor}'s turns to later turns of the {other}",
            unit="distance of unit vectors",
            high=2.0,
            definition=f"Mean WMD over all pairs of a turn of the {anchor} and a later turn of "
            f"the {other}.",
            needs=NEEDS,
            support=_SUPPORT,
            direction=_CLOSER,
            confounds=_CONFOUND,
            source=_NASIR,
            compute=_cross(anchor),
        ),
    ]


def _of_speaker(role: str) -> FeatureSpec:
    return FeatureSpec(
        feature=f"alpha_within_{role}",
        role="dyad",
        group="synchrony",
        title=f"Mean distance between the {role}'s own turns",
        unit="distance of unit vectors",
        high=2.0,
        definition=f"Mean WMD over all pairs of turns of the {role}.",
        needs=NEEDS,
        support=_SUPPORT,
        direction="lower = the speaker varies less",
        confounds=_CONFOUND,
        source=_NASIR,
        compute=_within(role),
    )


def _answering(responder: str) -> list[FeatureSpec]:
    params = (("responder", responder),)
    return [
        FeatureSpec(
            feature="adjacent_wmd",
            role="dyad",
            params=params,
            stat="mean",
            group="synchrony",
            title=f"Distance of the {responder}'s turns to the turn before",
            unit="distance of unit vectors",
            high=2.0,
            definition=f"Mean WMD of each turn of the {responder} and the turn before it.",
            edge_cases="Pairs with a turn without a known word are left out.",
            needs=NEEDS,
            support=_SUPPORT,
            direction=_CLOSER,
            confounds=_CONFOUND,
            source="Kusner et al. 2015 (WMD); pairs as in Nasir et al. 2019",
            compute=_adjacent(responder),
        ),
        FeatureSpec(
            feature="bow_l1",
            role="dyad",
            params=params,
            group="synchrony",
            title=f"Bag-of-words distance of the {responder}'s turns to the turn before",
            unit="L1 distance",
            high=2.0,
            definition=f"Mean over the turns of the {responder} of the L1 distance between their "
            "L1-normalised bag of distance tokens and that of the turn before; 0 = same words, "
            "2 = none in common.",
            edge_cases="Pairs with a turn without a token are left out. Needs no vectors.",
            support=Support(turns=5),
            direction=_CLOSER,
            confounds="turn length: the trivial baseline of adjacent_wmd",
            source="Sato, Yamada & Kashima 2022, arXiv:2105.14403",
            compute=_bow(responder),
        ),
    ]


SPECS = (
    *_anchored("therapist"),
    *_anchored("client"),
    *(_of_speaker(role) for role in _ROLES),
    *_answering("therapist"),
    *_answering("client"),
    FeatureSpec(
        feature="oov_prop",
        role="dyad",
        group="synchrony",
        title="Tokens without a vector",
        unit="proportion",
        high=1.0,
        definition="Share of the distance tokens of both that have no vector (or a zero one).",
        needs=NEEDS,
        undefined="no_events",
        direction="higher = distances see less of the talk",
        compute=_oov,
    ),
    FeatureSpec(
        feature="wmd_pairs_n",
        role="dyad",
        group="synchrony",
        title="Pairs of turns with a distance",
        unit="pairs",
        whole=True,
        definition="n (n - 1) / 2 for the n merged turns with a known word.",
        needs=NEEDS,
        compute=_pairs,
    ),
    FeatureSpec(
        feature="adjacent_wmd",
        role="",
        level="turn",
        group="synchrony",
        title="Distance to the turn before",
        unit="distance of unit vectors",
        high=2.0,
        definition=f"WMD to the turn before. {_WMD}",
        needs=NEEDS,
        undefined="no_pair",
        direction=_CLOSER,
        source="Kusner et al. 2015",
        compute=adjacent_distances,
    ),
    FeatureSpec(
        feature="nearest_reply_wmd",
        role="",
        level="turn",
        group="synchrony",
        title="Distance to the nearest reply",
        unit="distance of unit vectors",
        high=2.0,
        definition=f"Least WMD to the next {K} turns of the other speaker: the local term of "
        "uCLiD.",
        needs=NEEDS,
        undefined="no_pair",
        direction=_CLOSER,
        source=_NASIR,
        compute=_nearest_of_turn,
    ),
    FeatureSpec(
        feature="bow_l1",
        role="",
        level="turn",
        group="synchrony",
        title="Bag-of-words distance to the turn before",
        unit="L1 distance",
        high=2.0,
        definition="L1 distance of the L1-normalised bags of distance tokens of the turn and the "
        "turn before.",
        undefined="no_pair",
        direction=_CLOSER,
        source="Sato, Yamada & Kashima 2022, arXiv:2105.14403",
        compute=lambda measured: measured.adjacent_bow_l1,
    ),
)
