"""Brackets that hold what was spoken, and marks of systems of transcription."""

from __future__ import annotations

import re

from ...lexicons import Lexicon
from ...text.normalise import normalise
from ...text.repair import BRACKETED
from .doubt import Doubt
from .lines import Lines

#: So many brackets with speech, or marks, with this share of the words.
LEAST_SPANS = 3
LEAST_SHARE = 0.01
#: A phrase in brackets is speech if more than this share are function words.
MOST_FUNCTION = 0.6
_PHRASE = 3

#: Repairs, discourse marks and fillers of Switchboard.
_SWITCHBOARD = re.compile(r"\{[A-Z] [^{}]*\}|\[[^\[\]]*\+[^\[\]]*\]")
#: What is no word of the speech: the code of Switchboard, the label of a speaker.
_CODE = re.compile(r"^(?:\{[A-Z] |[\[{<【]\w{1,12}[:：])")
_WORD = re.compile(r"[^\W\d_]+(?:['\u2019-][^\W\d_]+)*")
#: CHAT: retracings, fillers, events, replacements; Jefferson: lengthening, pitch.
_MARK = re.compile(
    r"\[/{1,3}\]|&[-+=~]\w+|\[(?:\*|[:=]+)[^\[\]\n]*\]|\+(?:\.\.\.|/{1,2}[.?!])|"
    r"\w:{2,}|[\u2191\u2193]\w"
)
#: No transcript with such marks is without all of these.
_HINTS = ("[/", "&", "::")
#: Classes of words that somebody else does not write about a speaker.
_FILLERS = ("filled_pause", "filled_pause_unless_alone", "backchannel_vocal")
_OWN = ("i_subject", *_FILLERS)
_LISTENING = ("backchannel_lexical", "listening_particle")


def bracket_doubts(lines: Lines, lexicon: Lexicon, n_words: int) -> list[Doubt]:
    """Return doubts about what brackets hold; `n_words` are counted without it."""
    found = []
    if sum(map(lines.whole.count, "[{<【")) >= LEAST_SPANS:
        spans = [span for span in BRACKETED.findall(lines.whole) if _is_speech(span, lexicon)]
        spoken = [word for span in spans for word in _words(span)]
        if len(spans) >= LEAST_SPANS and len(spoken) >= LEAST_SHARE * (n_words + len(spoken)):
            found.append(Doubt("bracketed_speech", len(spoken)))
    if any(hint in lines.whole for hint in _HINTS):
        marks = _MARK.findall(lines.whole)
        if len(marks) >= LEAST_SPANS and len(marks) >= LEAST_SHARE * n_words:
            found.append(Doubt("transcription_marks", len(marks)))
    return found


def _words(span: str) -> list[str]:
    return _WORD.findall(_CODE.sub("", span).lower().replace("\u2019", "'"))


def _is_speech(span: str, lexicon: Lexicon) -> bool:
    """Say whether a bracket holds words that were spoken and that are not counted."""
    words = _words(span)
    return (
        bool(words)
        and not span.startswith("</")
        and _is_free(span, words, lexicon)
        and _sounds_spoken(span, words, lexicon)
        and not _WORD.search(normalise(span, lexicon))
    )


def _sounds_spoken(span: str, words: list[str], lexicon: Lexicon) -> bool:
    if _SWITCHBOARD.fullmatch(span):
        return True
    if not lexicon.spaced:
        return any(word in span for name in _OWN for word in lexicon.words.get(name, ()))
    if any(lexicon.has(name, word.split("'")[0]) for word in words for name in _OWN):
        return True
    n_function = sum(_is_function(word, lexicon) for word in words)
    if len(words) >= _PHRASE and n_function > MOST_FUNCTION * len(words):
        return True
    return all(_is_function(word, lexicon) or _is(word, _LISTENING, lexicon) for word in words)


def _is_free(span: str, words: list[str], lexicon: Lexicon) -> bool:
    """Say whether a bracket holds no word of an annotation."""
    pattern = lexicon.annotation_pattern
    return not (
        any(word in lexicon.annotation_words for word in words)
        or (pattern is not None and pattern.search(span))
    )


def _is(word: str, names: tuple[str, ...], lexicon: Lexicon) -> bool:
    return any(lexicon.has(name, word) for name in names)


def _is_function(word: str, lexicon: Lexicon) -> bool:
    return any(word in group for group in lexicon.function_words.values())
