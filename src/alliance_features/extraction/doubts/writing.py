"""Turns whose text is not what was said: marks of missing values, words with lost signs."""

from __future__ import annotations

import re

from ...lexicons import Lexicon
from ...text.repair import repair
from ...transcript import Session
from ...transcript.missing import missing_markers
from .doubt import Doubt

#: Stands for a sign that could not be read when the file was made.
LOST = "\ufffd"
_WORD_WITH_LOST = re.compile(rf"\w*(?:\w{LOST}+|{LOST}+\w)[\w{LOST}]*")


def missing_doubts(session: Session) -> list[Doubt]:
    """Return the doubt about turns that hold only the mark of a missing value."""
    marks = missing_markers(session)
    return [Doubt("missing_text", marks)] if marks else []


def lost_doubts(whole: str, lexicon: Lexicon | None) -> list[Doubt]:
    """Return the doubt about words of a text that lack a sign and cannot be repaired."""
    if LOST not in whole:
        return []
    text = whole if lexicon is None else repair(whole, lexicon)
    words = len(_WORD_WITH_LOST.findall(text))
    return [Doubt("lost_signs", words)] if words else []
