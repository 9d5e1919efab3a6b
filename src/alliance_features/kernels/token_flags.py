"""Flags of tokens from their neighbours: pause, repetition, backchannel, question, quotation."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .._typing import IntArray
from . import kernel

# Flags of a token that follow from its form alone ...
WORD = 1 << 0
FILLED_PAUSE = 1 << 1
FILLED_UNLESS_ALONE = 1 << 2
CUTOFF = 1 << 3
STUTTER = 1 << 4
BACKCHANNEL_VOCAL = 1 << 5
BACKCHANNEL_LEXICAL = 1 << 6
PARTICLE = 1 << 7  # neither is listening nor stops a turn from being it
MAY_REPEAT = 1 << 8
I_SUBJECT = 1 << 9
COGNITIVE_VERB = 1 << 10
SENTENCE_END = 1 << 11
QUESTION_MARK = 1 << 12
QUOTATION_MARK = 1 << 13
# ... and those that the neighbours decide.
REPEATED = 1 << 14
INITIAL = 1 << 15
BACKCHANNEL = 1 << 16
COGNITIVE = 1 << 17
QUESTION = 1 << 18
QUOTED = 1 << 19
FORMULAIC = 1 << 20
#: From here on every class of words that this pass does not look at has a flag.
FIRST_FREE = 1 << 21
#: Classes of words that it looks at, by their names in the lexicons.
CLASSES = {
    "i_subject": I_SUBJECT,
    "cognitive_verb": COGNITIVE_VERB,
    "filled_pause": FILLED_PAUSE,
    "filled_pause_unless_alone": FILLED_UNLESS_ALONE,
    "backchannel_vocal": BACKCHANNEL_VOCAL,
    "backchannel_lexical": BACKCHANNEL_LEXICAL,
    "listening_particle": PARTICLE,
    "may_repeat": MAY_REPEAT,
}

_SPOKEN = WORD | FILLED_PAUSE | FILLED_UNLESS_ALONE | CUTOFF
_LISTENING = BACKCHANNEL_VOCAL | BACKCHANNEL_LEXICAL | FILLED_UNLESS_ALONE


@kernel
def _resolve_turn(flags, begin, end):
    """Decide for one turn which forms are filled pauses and which are backchannels."""
    listening = True
    for t in range(begin, end):
        if flags[t] & _SPOKEN and not flags[t] & (_LISTENING | PARTICLE):
            listening = False
    for t in range(begin, end):
        if flags[t] & FILLED_UNLESS_ALONE:
            flags[t] |= (WORD | BACKCHANNEL) if listening else FILLED_PAUSE
        if flags[t] & BACKCHANNEL_VOCAL or (listening and flags[t] & BACKCHANNEL_LEXICAL):
            flags[t] |= BACKCHANNEL


@kernel
def _mark_repairs(flags, forms, begin, end):
    """Mark repeated words, which then do not count, and filled pauses before the first word."""
    previous = -1
    started = False
    for t in range(begin, end):
        if flags[t] & SENTENCE_END:
            previous = -1
        elif flags[t] & WORD:
            if forms[t] == previous and not flags[t] & MAY_REPEAT:
                flags[t] = (flags[t] & ~WORD) | REPEATED
            previous = forms[t]
            started = True
        elif flags[t] & FILLED_PAUSE and not started:
            flags[t] |= INITIAL


@kernel
def _mark_spans(flags, begin, end):
    """Mark questions, quoted tokens and the "I" of a cognitive verb."""
    quotes = 0
    for t in range(begin, end):
        if flags[t] & QUOTATION_MARK:
            quotes += 1
    quoted = False
    asked = False
    for t in range(begin, end):
        if flags[t] & QUOTATION_MARK:
            quotes -= 1
            quoted = (not quoted) and quotes > 0
        elif quoted:
            flags[t] |= QUOTED
        if flags[t] & QUESTION_MARK and not asked:
            flags[t] |= QUESTION
            asked = True
        if not flags[t] & SENTENCE_END:
            asked = False
        if not (flags[t] & WORD and flags[t] & I_SUBJECT):
            continue
        ahead = 0
        for s in range(t + 1, end):
            if flags[s] & SENTENCE_END or ahead == 2:
                break
            if flags[s] & WORD:
                ahead += 1
                if flags[s] & COGNITIVE_VERB:
                    flags[t] |= COGNITIVE
                    break


@kernel
def _mark_phrases(flags, forms, begin, end, phrases, starts, closed):
    """Mark the words of formulas: word sequences, fillers between them skipped."""
    for t in range(begin, end):
        if not flags[t] & WORD:
            continue
        for p in range(starts.size - 1):
            at, s, last = starts[p], t, t
            while s < end and at < starts[p + 1]:
                if flags[s] & WORD:
                    if forms[s] != phrases[at]:
                        break
                    at += 1
                    last = s
                elif not flags[s] & (FILLED_PAUSE | REPEATED | CUTOFF):
                    break
                s += 1
            if at < starts[p + 1]:
                continue
            if closed[p] and last + 1 < end and flags[last + 1] & (_SPOKEN | REPEATED):
                continue
            for s in range(t, last + 1):
                if flags[s] & WORD:
                    flags[s] |= FORMULAIC


@kernel
def _mark_context(flags, forms, offsets, phrases, starts, closed):
    for turn in range(offsets.size - 1):
        begin, end = offsets[turn], offsets[turn + 1]
        _resolve_turn(flags, begin, end)
        _mark_repairs(flags, forms, begin, end)
        _mark_spans(flags, begin, end)
        _mark_phrases(flags, forms, begin, end, phrases, starts, closed)


def mark_context(
    flags: IntArray,
    forms: IntArray,
    offsets: IntArray,
    phrases: IntArray,
    starts: IntArray,
    closed: npt.NDArray[np.bool_],
) -> IntArray:
    """Return the flags of each token, with those that depend on its turn.

    Parameters
    ----------
    flags : ndarray of int64, shape (n_tokens,)
        Flags by form.
    forms : ndarray of int64, shape (n_tokens,)
        A number for each lower-case form, >= 0.
    offsets : ndarray of int64, shape (n_turns + 1,)
        Where the tokens of each turn begin.
    phrases : ndarray of int64, shape (n_phrase_words,)
        Formulas as forms, one after the other.
    starts : ndarray of int64, shape (n_phrases + 1,)
        Where each formula begins.
    closed : ndarray of bool, shape (n_phrases,)
        Whether it must be followed by punctuation or the end of the turn.

    Returns
    -------
    ndarray of int64, shape (n_tokens,)
    """
    marked = flags.copy()
    _mark_context(marked, forms, offsets, phrases, starts, closed)
    return marked
