"""Rates of cues and how they move over the session: what acts, stance, affect and closing share."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..._typing import IntArray
from ...text.cues import count_cues
from ..measured import Measured
from ..measures.trends import THIRD_WORDS, outer_thirds
from ..spec import FeatureSpec
from .volume import RATE_SUPPORT

NEEDS = ("lexicon", "cues")
PROCESS = ("process",)
_HOW = (
    "A stretch ends at a sentence-final mark, an ellipsis or the end of the turn, and asks if a "
    "question mark stands between it and the next word; of the phrases of a list that begin at a "
    "word the longest counts, and those of one list do not overlap"
)
_CASES = (
    "Negation is not seen, nor irony; lists may share phrases. Found by rule: a rate is not a "
    "count of coded behaviour."
)
_THIRDS = (
    "of n merged turns (of both), the first third are those with index < n / 3, the last those "
    "with index >= 2 n / 3"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cue:
    """Something that phrases of the lexicon show.

    Attributes
    ----------
    feature : str
        Stem of the column's name.
    title : str
    source : str
    lists : tuple of str
        Lists of the lexicon that show it; empty: the list named `feature`.
    """

    feature: str
    title: str
    source: str
    lists: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Lists that show it."""
        return self.lists or (self.feature,)


def cue_counts(measured: Measured, *names: str) -> IntArray:
    """Return the number of cues of any of these lists, by merged turn."""
    counts = measured.once("cues", lambda: count_cues(measured.table, measured.session.language))
    return np.asarray(sum(counts[name] for name in names))


def count_rate(measured: Measured, counts: IntArray, role: str) -> float:
    """Return 100 x counts / words, sum over sum, of one role."""
    words = measured.words_of(role)
    return 100.0 * measured.total(counts, role) / words if words else math.nan


def count_third_diff(measured: Measured, counts: IntArray, role: str) -> float:
    """Return the rate in the last third minus that in the first; NaN below 50 words in one."""
    rates = []
    for third in outer_thirds(measured.n_turns):
        turns = third & measured.speaks(role)
        words = int(measured.words[turns].sum())
        if words < THIRD_WORDS:
            return math.nan
        rates.append(100.0 * int(counts[turns].sum()) / words)
    return rates[1] - rates[0]


def rate_pair(
    feature: str,
    role: str,
    group: str,
    title: str,
    what: str,
    count: Callable[[Measured], IntArray],
    *,
    needs: tuple[str, ...],
    lists: tuple[str, ...] = (),
    sets: tuple[str, ...],
    edge_cases: str = "",
    confounds: str = "",
    source: str,
) -> list[FeatureSpec]:
    """Return the entries of a rate per 100 words and of its change from first to last third."""
    return [
        FeatureSpec(
            feature=f"{feature}_rate",
            role=role,
            stat=stat,
            group=group,
            title=f"{title}, last third minus first, {role}" if stat else f"{title}, {role}",
            unit="per 100 words",
            low=None if stat else 0.0,
            definition=(
                f"Rate in the last third minus that in the first, {_THIRDS}; null below "
                f"{THIRD_WORDS} words of the {role} in either. Rate"
                if stat
                else "Rate"
            )
            + f" = 100 x n / words of the {role}, sum over sum; n = {what}.",
            edge_cases=edge_cases,
            needs=needs,
            lists=lists,
            support=RATE_SUPPORT,
            undefined="few_words",
            direction="positive = rises over the session" if stat else "higher = more",
            confounds=confounds,
            source=source,
            sets=sets,
            compute=_third_diff(count, role) if stat else _rate(count, role),
        )
        for stat in ("", "third_diff")
    ]


def _rate(count: Callable[[Measured], IntArray], role: str) -> Callable[[Measured], float]:
    return lambda m: count_rate(m, m.once(count, lambda: count(m)), role)


def _third_diff(count: Callable[[Measured], IntArray], role: str) -> Callable[[Measured], float]:
    return lambda m: count_third_diff(m, m.once(count, lambda: count(m)), role)


def cue_lists(*names: str) -> tuple[str, ...]:
    """Return lists of cues, as `FeatureSpec.lists` has them."""
    return tuple(f"cues.{name}" for name in names)


def describe_lists(names: tuple[str, ...]) -> str:
    """Return what is counted, in words."""
    listed = ", ".join(f"`{name}`" for name in names)
    return f"phrases of {listed} in `cues` of the language's lexicon (docs/languages.md). {_HOW}"


def cue_specs(
    cue: Cue,
    role: str,
    group: str,
    *,
    sets: tuple[str, ...] = PROCESS,
    confounds: str = "who is quoted, topic, translation",
) -> list[FeatureSpec]:
    """Return the entries of one cue for one role."""
    return rate_pair(
        cue.feature,
        role,
        group,
        cue.title,
        describe_lists(cue.names),
        lambda measured: cue_counts(measured, *cue.names),
        needs=NEEDS,
        lists=cue_lists(*cue.names),
        sets=sets,
        edge_cases=_CASES,
        confounds=confounds,
        source=f"{cue.source}; word lists are ours",
    )
