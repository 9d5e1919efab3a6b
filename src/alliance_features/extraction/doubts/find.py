"""All doubts about one session."""

from __future__ import annotations

from ...errors import ResourceError
from ...features.measured import Measured
from .brackets import bracket_doubts
from .doubt import Doubt
from .language import language_doubts
from .lines import about_words, lines_of
from .repetition import repetition_doubts
from .speakers import cut_doubts, label_doubts, speaker_doubts
from .times import time_doubts
from .writing import lost_doubts, missing_doubts


def find_doubts(measured: Measured) -> list[Doubt]:
    """Return the doubts about a session, found once; where there is no lexicon, words are guessed.

    They depend on the session alone, and no value depends on them.
    """
    return measured.once("doubts", lambda: _find(measured))


def _find(measured: Measured) -> list[Doubt]:
    lines = lines_of(measured.session)
    counted = _is_counted(measured)
    words = measured.words.tolist() if counted else [*map(about_words, measured.texts)]
    repeated = repetition_doubts(lines)
    found = [
        *repeated,
        *time_doubts(measured, words),
        *speaker_doubts(measured, words),
        *cut_doubts(measured.session),
        *missing_doubts(measured.session),
        *lost_doubts(lines.whole, measured.lexicon if measured.has_lexicon else None),
        *([] if repeated else label_doubts(measured.session)),
    ]
    if counted:
        found += bracket_doubts(lines, measured.lexicon, sum(words))
        found += language_doubts(measured, lines)
    return found


def _is_counted(measured: Measured) -> bool:
    """Say whether words can be counted; without a tokenizer only what needs none is measured."""
    if not measured.has_lexicon:
        return False
    try:
        return measured.table is not None
    except ResourceError:
        return False
