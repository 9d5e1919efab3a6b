"""Punctuation and rhythm that carry tone: exclamation, dots, emoji, how long a reply takes."""

from __future__ import annotations

import math
import re
from collections.abc import Callable

import numpy as np

from ..._typing import FloatArray, IntArray
from ...kernels import token_flags as flag
from ...text.cues import ELLIPSIS
from ..measured import Measured
from ..measures.trends import outer_thirds
from ..spec import FeatureSpec
from .cues import PROCESS, rate_pair
from .timing import MIN_TURNS, starts

_CUES = "After Walther & D'Addario 2001 (emoticons and affect), doi:10.1177/089443930101900307"
_TYPED = ("lexicon", "typed")
_HABIT = "writing style, age, device, translation"
_EMOJI = re.compile("[\U0001f300-\U0001faff\u2600-\u27bf]")


def exclamations(measured: Measured) -> IntArray:
    """Return runs of sentence-final marks that hold an exclamation mark, by merged turn."""
    table = measured.table
    loud = np.array([any(mark in form.lower for mark in "!！") for form in table.entries], np.bool_)
    turn = np.repeat(np.arange(measured.n_turns), np.diff(table.offsets))
    final = table.flags & flag.SENTENCE_END != 0
    hit = final & loud[table.forms]
    runs = np.unique(np.stack([turn[hit], np.cumsum(~final)[hit]]), axis=1)
    return np.bincount(runs[0], minlength=measured.n_turns).astype(np.int64)


def ellipses(measured: Measured) -> IntArray:
    """Return tokens that are at least two dots or ellipsis signs, by merged turn."""
    table = measured.table
    dots = np.array(
        [ELLIPSIS.fullmatch(form.lower) is not None for form in table.entries], np.bool_
    )
    sums = np.concatenate([[0], np.cumsum(dots[table.forms], dtype=np.int64)])
    return np.asarray(sums[table.offsets[1:]] - sums[table.offsets[:-1]])


def emoji(measured: Measured) -> IntArray:
    """Return characters in the blocks of pictographs, by merged turn."""
    return np.array([len(_EMOJI.findall(text)) for text in measured.texts], dtype=np.int64)


def _gaps(measured: Measured, role: str) -> FloatArray:
    """Return start minus start of the turn before, NaN for the other's turns and where unknown."""
    begin = starts(measured)
    gaps = np.full(begin.size, np.nan)
    gaps[1:] = np.diff(begin)
    return np.where(measured.speaks(role), gaps, np.nan)


def _long_gap(role: str) -> Callable[[Measured], float]:
    def compute(measured: Measured) -> float:
        gaps = _gaps(measured, role)
        known = gaps[~np.isnan(gaps)]
        return float(np.quantile(known, 0.9)) if known.size >= MIN_TURNS else math.nan

    return compute


def _gap_third_diff(role: str) -> Callable[[Measured], float]:
    def compute(measured: Measured) -> float:
        gaps = _gaps(measured, role)
        medians = []
        for third in outer_thirds(gaps.size):
            known = gaps[third & ~np.isnan(gaps)]
            if known.size < MIN_TURNS:
                return math.nan
            medians.append(float(np.median(known)))
        return medians[1] - medians[0]

    return compute


def _typing_pace(role: str) -> Callable[[Measured], float]:
    def compute(measured: Measured) -> float:
        gaps = _gaps(measured, role)
        timed = ~np.isnan(gaps)
        seconds = float(gaps[timed].sum())
        if timed.sum() < MIN_TURNS or seconds <= 0:
            return math.nan
        return 60.0 * int(measured.words[timed].sum()) / seconds

    return compute


def _timed(
    feature: str,
    role: str,
    stat: str,
    title: str,
    unit: str,
    definition: str,
    compute: Callable[[Measured], float],
    *,
    needs: tuple[str, ...] = ("times",),
    direction: str = "higher = longer",
) -> FeatureSpec:
    return FeatureSpec(
        feature=feature,
        role=role,
        stat=stat,
        group="shape",
        title=title,
        unit=unit,
        low=None if stat == "third_diff" else 0.0,
        definition=definition,
        edge_cases=f"Null below {MIN_TURNS} such turns (third_diff: in either third), and in a "
        "session whose times go backwards.",
        needs=needs,
        undefined="few_turns",
        direction=direction,
        confounds="a gap holds the length of the other's turn; in chat: reading, thinking, typing",
        source="our definition",
        sets=PROCESS,
        compute=compute,
    )


def _of_role(role: str) -> list[FeatureSpec]:
    gap = f"start - start of the turn before, of the {role}'s merged turns"
    loud = rate_pair(
        "exclamation",
        role,
        "shape",
        "Exclamations",
        "runs of sentence-final marks, with nothing but space between them, that hold an "
        "exclamation mark",
        exclamations,
        needs=("lexicon",),
        sets=PROCESS,
        confounds="punctuation habits of writer, transcriber or translator",
        source=_CUES,
    )
    dots = rate_pair(
        "ellipsis",
        role,
        "shape",
        "Dots",
        "tokens that are at least two dots or ellipsis signs",
        ellipses,
        needs=_TYPED,
        sets=PROCESS,
        confounds=_HABIT,
        source="our definition; hesitation in typed text",
    )
    signs = rate_pair(
        "emoji",
        role,
        "shape",
        "Emoji",
        "characters from U+1F300 to U+1FAFF and from U+2600 to U+27BF",
        emoji,
        needs=_TYPED,
        sets=PROCESS,
        confounds=_HABIT,
        source=_CUES,
    )
    return [
        *loud,
        dots[1],
        signs[0],
        _timed(
            "reply_gap_s",
            role,
            "q90",
            f"Long gaps before a turn, {role}",
            "seconds",
            f"90th percentile (linear interpolation) of {gap}.",
            _long_gap(role),
        ),
        _timed(
            "reply_gap_s",
            role,
            "third_diff",
            f"Gaps before a turn, last third minus first, {role}",
            "seconds",
            f"Median of {gap}, in the last third (index >= 2 n / 3 of n merged turns) minus that "
            "in the first (index < n / 3).",
            _gap_third_diff(role),
            direction="positive = slower replies at the end",
        ),
        _timed(
            "typed_words_per_min",
            role,
            "",
            f"Pace of typing, {role}",
            "words per minute",
            f"60 x words / seconds, summed over the {role}'s merged turns where both are known; "
            f"seconds = {gap}.",
            _typing_pace(role),
            needs=("lexicon", "typed", "times"),
            direction="higher = faster",
        ),
    ]


SPECS = (*_of_role("therapist"), *_of_role("client"))
