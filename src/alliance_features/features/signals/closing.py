"""Thanks, verdicts and farewells: near leakage of what the client is about to rate."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..._typing import IntArray
from ..measured import Measured
from ..spec import FeatureSpec
from .cues import NEEDS, Cue, cue_counts, cue_lists, cue_specs, describe_lists

LAST_TURNS = 10
LEAKAGE = ("near_leakage",)
_CONFOUND = (
    "near leakage: a client's verdict on the session more than a part of its process; politeness; "
    "who ends the transcript where. Report results with and without the set near_leakage"
)
_SOURCE = "our definition"
_CUES = {
    "therapist": (
        Cue(feature="gratitude", title="Thanks", source=_SOURCE),
        Cue(feature="parting", title="Words of parting", source=_SOURCE),
        Cue(feature="time_up", title="Time is up", source=_SOURCE),
    ),
    "client": (
        Cue(feature="gratitude", title="Thanks", source=_SOURCE),
        Cue(feature="parting", title="Words of parting", source=_SOURCE),
        Cue(feature="satisfaction", title="Satisfaction with the session", source=_SOURCE),
        Cue(feature="relief", title="Relief and hope", source=_SOURCE),
    ),
}


def _at_end(count: Callable[[Measured], IntArray], role: str) -> Callable[[Measured], int]:
    def compute(measured: Measured) -> int:
        n_turns = measured.n_turns
        last = np.arange(n_turns) >= n_turns - LAST_TURNS
        return int(count(measured)[last & measured.speaks(role)].sum())

    return compute


def _spec(
    feature: str,
    role: str,
    title: str,
    unit: str,
    what: str,
    needs: tuple[str, ...],
    lists: tuple[str, ...],
    count: Callable[[Measured], IntArray],
) -> FeatureSpec:
    return FeatureSpec(
        feature=feature,
        role=role,
        params=(("last", LAST_TURNS),),
        group="closing",
        title=f"{title} in the last {LAST_TURNS} turns, {role}",
        unit=unit,
        whole=True,
        definition=f"Number of {what}, in those of the last {LAST_TURNS} merged turns (of both) "
        f"that are the {role}'s.",
        edge_cases=f"Of a session with fewer than {LAST_TURNS} turns, in all.",
        needs=needs,
        lists=lists,
        confounds=_CONFOUND,
        source=_SOURCE,
        sets=LEAKAGE,
        compute=_at_end(count, role),
    )


def _of_cue(cue: Cue, role: str) -> list[FeatureSpec]:
    return [
        cue_specs(cue, role, "closing", sets=LEAKAGE, confounds=_CONFOUND)[0],
        _spec(
            f"{cue.feature}_n",
            role,
            cue.title,
            "phrases",
            describe_lists(cue.names).replace(". A stretch", " (a stretch", 1) + ")",
            NEEDS,
            cue_lists(*cue.names),
            lambda measured: cue_counts(measured, *cue.names),
        ),
    ]


SPECS = tuple(
    spec
    for role, cues in _CUES.items()
    for spec in (
        *(spec for cue in cues for spec in _of_cue(cue, role)),
        _spec("late_words_n", role, "Words", "words", "words", ("lexicon",), (), lambda m: m.words),
    )
)
