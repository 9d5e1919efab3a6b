"""How a signal moves over the session: slope, and last third minus first third."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from ..._typing import FloatArray
from ...kernels import token_flags as flag
from ...text.forms import class_flag
from ..measured import Measured
from ..measures.trends import THIRD_WORDS, mean_third_diff, outer_thirds, positions, weighted_slope
from ..spec import FeatureSpec, Support
from .clid import NEEDS as DISTANCE_NEEDS
from .pronouns import FIRST_PERSON
from .synchrony import adjacent_distances
from .volume import RATE_SUPPORT
from .word_counts import class_lists

_I = class_flag(*FIRST_PERSON)
POSITION = "position = index of the merged turn among all merged turns, from 0 (first) to 1 (last)"
THIRDS = (
    "of n merged turns (of both), the first third are those with index < n / 3, the last those "
    "with index >= 2 n / 3"
)


def places_of(measured: Measured, role: str) -> FloatArray:
    """Return where each merged turn of a role stands."""
    return measured.once(
        ("places", role), lambda: positions(measured.n_turns)[measured.speaks(role)]
    )


def rate_slope(measured: Measured, bits: int, role: str, *, also: int = 0) -> float:
    """Return the slope of the rate per 100 words of one role, turns weighted by words."""
    speaks = measured.speaks(role)
    words = measured.words[speaks].astype(np.float64)
    hits = measured.count(bits, also=also)[speaks]
    y = 100.0 * np.divide(hits, words, out=np.full(words.shape, np.nan), where=words > 0)
    return weighted_slope(places_of(measured, role), y, words)


def rate_third_diff(measured: Measured, bits: int, role: str, *, also: int = 0) -> float:
    """Return the rate in the last third minus that in the first; NaN below 50 words in one."""
    rates = []
    for third in outer_thirds(measured.n_turns):
        turns = third & measured.speaks(role)
        words = int(measured.words[turns].sum())
        if words < THIRD_WORDS:
            return math.nan
        rates.append(100.0 * int(measured.count(bits, also=also)[turns].sum()) / words)
    return rates[1] - rates[0]


def _words_slope(role: str) -> Callable[[Measured], float]:
    def compute(measured: Measured) -> float:
        speaks = measured.speaks(role)
        words = measured.words[speaks].astype(np.float64)
        return weighted_slope(places_of(measured, role), words, np.ones(words.shape))

    return compute


def _words_third_diff(role: str) -> Callable[[Measured], float]:
    return lambda m: mean_third_diff(m.words.astype(np.float64), m.speaks(role))


def _wmd_slope(responder: str) -> Callable[[Measured], float]:
    def compute(measured: Measured) -> float:
        speaks = measured.speaks(responder)
        return weighted_slope(
            places_of(measured, responder),
            adjacent_distances(measured)[speaks],
            measured.words[speaks].astype(np.float64),
        )

    return compute


def _wmd_third_diff(responder: str) -> Callable[[Measured], float]:
    return lambda m: mean_third_diff(adjacent_distances(m), m.speaks(responder))


def _i_slope(role: str) -> Callable[[Measured], float]:
    return lambda m: rate_slope(m, _I, role, also=flag.WORD)


def _i_third_diff(role: str) -> Callable[[Measured], float]:
    return lambda m: rate_third_diff(m, _I, role, also=flag.WORD)


def _pause_slope(role: str) -> Callable[[Measured], float]:
    return lambda m: rate_slope(m, flag.FILLED_PAUSE, role)


def _spec(
    feature: str,
    role: str,
    stat: str,
    group: str,
    title: str,
    unit: str,
    definition: str,
    compute: Callable[[Measured], float],
    *,
    needs: tuple[str, ...] = ("lexicon",),
    lists: tuple[str, ...] = (),
    support: Support = RATE_SUPPORT,
    undefined: str = "few_turns",
    params: tuple[tuple[str, str | int], ...] = (),
) -> FeatureSpec:
    return FeatureSpec(
        feature=feature,
        role=role,
        params=params,
        stat=stat,
        group=group,
        title=title,
        unit=unit,
        low=None,
        definition=definition,
        needs=needs,
        lists=lists,
        support=support,
        undefined=undefined,
        direction="positive = rises over the session",
        confounds="one session holds few events: noisy",
        source="our definition",
        reach=1,
        core=True,
        version=2 if stat == "slope" or feature == "adjacent_wmd" else 1,
        compute=compute,
    )


def _of_role(role: str) -> list[FeatureSpec]:
    return [
        _spec(
            "words_per_turn",
            role,
            "slope",
            "volume",
            f"Trend of the length of turns, {role}",
            "words per turn over the session",
            f"Least-squares slope of the words of each merged turn of the {role} on its position; "
            f"{POSITION}. Turns count equally.",
            _words_slope(role),
            support=Support(),
        ),
        _spec(
            "words_per_turn",
            role,
            "third_diff",
            "volume",
            f"Length of turns, last third minus first, {role}",
            "words per turn",
            f"Mean words per turn of the {role} in the last third minus the first; {THIRDS}.",
            _words_third_diff(role),
            support=Support(),
        ),
        _spec(
            "i_rate",
            role,
            "slope",
            "pronouns",
            f"Trend of first person singular, {role}",
            "per 100 words over the session",
            f"Slope of 100 x I words / words of each merged turn of the {role} on its position, "
            f"least squares weighted by the words of the turn; {POSITION}.",
            _i_slope(role),
            lists=class_lists(*FIRST_PERSON),
        ),
        _spec(
            "i_rate",
            role,
            "third_diff",
            "pronouns",
            f"First person singular, last third minus first, {role}",
            "per 100 words",
            f"i_rate of the {role} in the last third minus that in the first, each sum over sum; "
            f"{THIRDS}. Null below {THIRD_WORDS} words of the role in either.",
            _i_third_diff(role),
            lists=class_lists(*FIRST_PERSON),
            undefined="few_words",
        ),
        _spec(
            "filled_pause_rate",
            role,
            "slope",
            "fluency",
            f"Trend of filled pauses, {role}",
            "per 100 words over the session",
            f"Slope of 100 x filled pauses / words of each merged turn of the {role} on its "
            f"position, least squares weighted by the words of the turn; {POSITION}.",
            _pause_slope(role),
            needs=("lexicon", "verbatim"),
            lists=class_lists("filled_pause"),
        ),
    ]


def _answering(responder: str) -> list[FeatureSpec]:
    params = (("responder", responder),)
    shared = f"WMD of each turn of the {responder} and the turn before it"
    return [
        _spec(
            "adjacent_wmd",
            "dyad",
            "slope",
            "synchrony",
            f"Trend of the distance of the {responder}'s turns to the turn before",
            "distance over the session",
            f"Slope of the {shared} on its position, least squares weighted by the words of the "
            f"turn; {POSITION}.",
            _wmd_slope(responder),
            needs=DISTANCE_NEEDS,
            support=Support(known_turns=5),
            params=params,
        ),
        _spec(
            "adjacent_wmd",
            "dyad",
            "third_diff",
            "synchrony",
            f"Distance of the {responder}'s turns to the turn before, last third minus first",
            "distance of unit vectors",
            f"Mean {shared}, in the last third minus the first; {THIRDS}.",
            _wmd_third_diff(responder),
            needs=DISTANCE_NEEDS,
            support=Support(known_turns=5),
            params=params,
        ),
    ]


SPECS = (
    *_of_role("therapist"),
    *_of_role("client"),
    *_answering("therapist"),
    *_answering("client"),
)
