"""All doubts about one session."""

from __future__ import annotations

from ...features.measured import Measured
from .brackets import bracket_doubts
from .doubt import Doubt
from .language import language_doubts
from .lines import about_words, lines_of
from .repetition import repetition_doubts
from .speakers import speaker_doubts, text_doubts
from .times import time_doubts


def find_doubts(measured: Measured) -> list[Doubt]:
    """Return the doubts about a session, found once; where there is no lexicon, words are guessed.

    They depend on the session alone, and no value depends on them.
    """
    return measured.once("doubts", lambda: _find(measured))


def _find(measured: Measured) -> list[Doubt]:
    lines = lines_of(measured.session)
    if measured.has_lexicon:
        words = measured.words.tolist()
    else:
        words = [about_words(text) for text in measured.texts]
    found = [
        *repetition_doubts(lines),
        *time_doubts(measured, words),
        *speaker_doubts(measured, words),
        *text_doubts(measured.session),
    ]
    if measured.has_lexicon:
        found += bracket_doubts(lines, measured.lexicon, sum(words))
        found += language_doubts(measured, lines)
    return found
