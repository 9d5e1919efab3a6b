"""Registry entries of the synchrony group: neighbouring turns, coverage, turns."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..measured import Measured
from ..measures.synchrony import local_distances, mean_of_known
from ..spec import FeatureSpec, Support
from .clid import CLOSER, CONFOUND, DISTANCE, NASIR, NEEDS, ROLES, SUPPORT, WMD, K


def adjacent_distances(measured: Measured) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return for each merged turn its distance to the turn before; NaN for the first."""
    n = measured.n_turns
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
    out = np.full(measured.n_turns, np.nan)
    for role in ROLES:
        speaks = measured.speaks(role)
        out[speaks] = local_distances(measured.distances, speaks, K)
    return out


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
            unit=DISTANCE,
            high=2.0,
            definition=f"Mean WMD of each turn of the {responder} and the turn before it.",
            edge_cases="Pairs with a turn without a known word are left out.",
            needs=NEEDS,
            support=SUPPORT,
            direction=CLOSER,
            confounds=CONFOUND,
            source="Kusner et al. 2015 (WMD); pairs as in Nasir et al. 2019",
            reach=1,
            core=True,
            version=2,
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
            direction=CLOSER,
            confounds="turn length: the trivial baseline of adjacent_wmd",
            source="Sato, Yamada & Kashima 2022, arXiv:2105.14403",
            core=True,
            compute=_bow(responder),
        ),
    ]


SPECS = (
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
        reach=0,
        core=True,
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
        reach=0,
        core=True,
        compute=_pairs,
    ),
    FeatureSpec(
        feature="adjacent_wmd",
        role="",
        level="turn",
        group="synchrony",
        title="Distance to the turn before",
        unit=DISTANCE,
        high=2.0,
        definition=f"WMD to the turn before. {WMD}",
        needs=NEEDS,
        undefined="no_pair",
        direction=CLOSER,
        source="Kusner et al. 2015",
        reach=1,
        core=True,
        version=2,
        compute=adjacent_distances,
    ),
    FeatureSpec(
        feature="nearest_reply_wmd",
        role="",
        level="turn",
        group="synchrony",
        title="Distance to the nearest reply",
        unit=DISTANCE,
        high=2.0,
        definition=f"Least WMD to the next {K} turns of the other speaker: the local term of "
        "uCLiD.",
        needs=NEEDS,
        undefined="no_pair",
        direction=CLOSER,
        source=NASIR,
        reach=2 * K - 1,
        core=True,
        version=2,
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
        direction=CLOSER,
        source="Sato, Yamada & Kashima 2022, arXiv:2105.14403",
        core=True,
        compute=lambda measured: measured.adjacent_bow_l1,
    ),
)
