"""Disfluency and listening: filled pauses, repairs, backchannels. Speech only."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from ..._typing import IntArray
from ...kernels import token_flags as flag
from ..measured import Measured
from ..spec import Expectation, FeatureSpec
from .volume import RATE_SUPPORT
from .word_counts import class_lists

_NEEDS = ("lexicon", "verbatim")
_CONFOUND = "transcriber or site, speech recognition (which drops fillers), speaking style"
_RYU = "Ryu et al. 2023, doi:10.1016/j.isci.2023.106860; recomputed from its public table"


@dataclass(frozen=True, slots=True)
class _Count:
    feature: str
    count: str
    title: str
    what: str
    bits: tuple[int, ...]
    edge_cases: str = ""
    needs: tuple[str, ...] = _NEEDS
    classes: tuple[str, ...] = ()


_COUNTS = (
    _Count(
        "filled_pause",
        "filled_pauses_n",
        "Filled pauses",
        "filled pauses of the lexicon (tier 1: um, uh, er, erm and spellings; hm and ah unless "
        "the whole turn is listening)",
        (flag.FILLED_PAUSE,),
        "Not the discourse markers like, you know, well. They are not words, so they are not in "
        "the denominator.",
        classes=("filled_pause",),
    ),
    _Count(
        "repetition",
        "repetitions_n",
        "Repetitions",
        "immediate repetitions of a word (I I think) and hyphenated restarts: one word whose parts "
        "before the last are the word, its host or its beginning (I-I'm, th-that, be-because)",
        (flag.REPEATED, flag.STUTTER),
        "Commas, dashes, quotation marks, ellipses, fillers, annotations and the border of merged "
        "rows may stand between; a sentence-final mark may not. Not words that are doubled for "
        "emphasis (very very). The second of the two is not a word. Repeated phrases are not seen.",
    ),
    _Count(
        "cutoff",
        "cutoffs_n",
        "Cut-off words",
        "words broken off with a hyphen (th-, wor-); I, contractions, fillers and backchannels "
        "before a hyphen are whole",
        (flag.CUTOFF,),
        "A word broken off with a dash cannot be distinguished from a pause and is not counted.",
        (*_NEEDS, "spaces"),
    ),
    _Count(
        "backchannel",
        "backchannels_n",
        "Backchannels",
        "listener tokens: mm-hmm, mhm, uh-huh anywhere; yeah, okay, right, hm and the like in "
        "turns that hold nothing else",
        (flag.BACKCHANNEL,),
        "They are words.",
        classes=("backchannel_vocal", "backchannel_lexical"),
    ),
)


def _events(measured: Measured, kinds: tuple[int, ...]) -> IntArray:
    """Return events by merged turn; a token that is two kinds of event counts twice."""
    first, *others = (measured.count(bits) for bits in kinds)
    return sum(others, first)


def _rate(kinds: tuple[int, ...], role: str) -> Callable[[Measured], float]:
    def compute(measured: Measured) -> float:
        words = measured.words_of(role)
        return 100.0 * measured.total(_events(measured, kinds), role) / words if words else math.nan

    return compute


def _initial(role: str) -> Callable[[Measured], float]:
    def compute(measured: Measured) -> float:
        pauses = measured.total(measured.count(flag.FILLED_PAUSE), role)
        first = measured.total(measured.count(flag.INITIAL), role)
        return first / pauses if pauses else math.nan

    return compute


def _expected(role: str, feature: str) -> Expectation | None:
    if (role, feature) != ("client", "filled_pause"):
        return None
    return Expectation(
        sign=1,
        effect="r = .40, rho = .42 of LIWC nonfluencies with the client's WAI: more hesitation "
        "goes with a higher alliance",
        study=_RYU,
        n=28,
    )


def _of_role(role: str) -> list[FeatureSpec]:
    rates = [
        FeatureSpec(
            feature=f"{count.feature}_rate",
            role=role,
            group="fluency",
            title=f"{count.title}, {role}",
            unit="per 100 words",
            definition=f"100 x n / words of the {role}, sum over sum; n = {count.what}.",
            edge_cases=count.edge_cases,
            needs=count.needs,
            lists=class_lists(*count.classes),
            support=RATE_SUPPORT,
            expectation=_expected(role, count.feature),
            confounds=_CONFOUND,
            source="Laserna, Seih & Pennebaker 2014, doi:10.1177/0261927X14526993"
            if count.feature == "filled_pause"
            else "our definition",
            core=True,
            compute=_rate(count.bits, role),
        )
        for count in _COUNTS
    ]
    rates.insert(
        1,
        FeatureSpec(
            feature="filled_pause_initial_prop",
            role=role,
            group="fluency",
            title=f"Filled pauses that open a turn, {role}",
            unit="proportion of filled pauses",
            high=1.0,
            definition=f"Of the {role}'s filled pauses, the share before the first word of their "
            "merged turn.",
            edge_cases="Null if the role has no filled pause. In a turn without a word all are.",
            needs=_NEEDS,
            lists=class_lists("filled_pause"),
            undefined="no_events",
            confounds=_CONFOUND,
            source="our definition",
            core=True,
            compute=_initial(role),
        ),
    )
    return rates


def _of_turn(count: _Count) -> FeatureSpec:
    def compute(measured: Measured) -> object:
        return _events(measured, count.bits)

    return FeatureSpec(
        feature=count.count,
        role="",
        level="turn",
        group="fluency",
        title=count.title,
        unit="tokens",
        whole=True,
        definition=f"Number of {count.what}, in the merged turn.",
        edge_cases=count.edge_cases,
        needs=count.needs,
        lists=class_lists(*count.classes),
        core=True,
        compute=compute,
    )


SPECS = (
    *_of_role("therapist"),
    *_of_role("client"),
    *(_of_turn(count) for count in _COUNTS),
)
