"""Questions and what becomes of them: who asks, when, and how curt the answer is."""

from __future__ import annotations

import math
from collections.abc import Callable

from ..._typing import BoolArray
from ...kernels import token_flags as flag
from ..measured import Measured
from .shape import CARE, shape_spec
from .volume import MINIMAL_REPLY_WORDS

DISCLOSURE_WORDS = 20
_MITI = "After Moyers et al. 2016 (MITI 4), doi:10.1016/j.jsat.2016.01.001"


def share_of(chosen: BoolArray, among: BoolArray) -> float:
    """Return the share of turns `among` some that are `chosen`; NaN of none."""
    return float(chosen[among].mean()) if among.any() else math.nan


def _asked_before(measured: Measured, role: str) -> tuple[BoolArray, BoolArray]:
    """Return which turns ask, and which turns of the role follow one that does."""
    asks = measured.count(flag.QUESTION) > 0
    after = measured.speaks(role).copy()
    after[:1] = False
    after[1:] &= asks[:-1]
    return asks, after


def _curt_answers(measured: Measured) -> float:
    _, answers = _asked_before(measured, "client")
    return share_of(measured.words <= MINIMAL_REPLY_WORDS, answers)


def _asks_after_disclosure(measured: Measured) -> float:
    asks, _ = _asked_before(measured, "therapist")
    replies = measured.speaks("therapist").copy()
    replies[:1] = False
    replies[1:] &= measured.words[:-1] >= DISCLOSURE_WORDS
    return share_of(asks, replies)


def _asking_turns(least: int) -> Callable[[Measured], float]:
    return lambda m: share_of(m.count(flag.QUESTION) >= least, m.speaks("therapist"))


SPECS = (
    shape_spec(
        "curt_answer_prop",
        "client",
        "Curt answers to questions",
        "proportion of turns",
        "Share of the client's merged turns with at most "
        f"{MINIMAL_REPLY_WORDS} words, among those that follow a turn of the therapist with a "
        "question mark.",
        _curt_answers,
        high=1.0,
        undefined="no_events",
        confounds="closed questions",
        source=f"{CARE} (minimal replies, questions unanswered)",
    ),
    shape_spec(
        "question_turn_prop",
        "therapist",
        "Turns that ask",
        "proportion of turns",
        "Share of the therapist's merged turns with a question mark.",
        _asking_turns(1),
        high=1.0,
        source=_MITI,
    ),
    shape_spec(
        "stacked_question_prop",
        "therapist",
        "Turns that ask more than once",
        "proportion of turns",
        "Share of the therapist's merged turns with at least two questions; a question is a run of "
        "sentence-final marks that holds a question mark.",
        _asking_turns(2),
        high=1.0,
        source=_MITI,
    ),
    shape_spec(
        "question_after_disclosure_prop",
        "therapist",
        "Questions after a long turn of the client",
        "proportion of turns",
        "Share of turns with a question mark among the therapist's merged turns that follow a "
        f"client's turn of at least {DISCLOSURE_WORDS} words.",
        _asks_after_disclosure,
        high=1.0,
        undefined="no_events",
        source="After Chiu et al. 2024, arXiv:2401.00820: questions where a reflection may be due",
    ),
)
