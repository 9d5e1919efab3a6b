"""The same words several times: a row per annotator, rolling captions, a session twice."""

from __future__ import annotations

from itertools import pairwise

from .doubt import Doubt
from .lines import Lines, about_words, length

#: Shorter lines, in bytes, are repeated in any talk ("Yeah, I know.").
LEAST_BYTES = 18
_LEAST_SIGNS = LEAST_BYTES // 3
#: So many repeated lines, with this share of the text in them, are no accident: in 4,200 sessions
#: of five corpora that have none of these faults, the largest
#: share of neighbouring lines is .052, of later ones .079.
LEAST_LINES = 3
LEAST_SHARE = 0.1
LEAST_SHARE_LATER = 0.15
#: Versions of one turn have this share of their words (in Chinese: signs) in common.
LEAST_COMMON = 4
_PART = 6
MOST_COMMON = 0.7
#: What a rolling caption has in common with the next one, in bytes, and how its search begins.
LEAST_OVERLAP = 10
_PROBE = 8
_MARKS = ".,;:!?\u2026\u3002\uff0c\uff01\uff1f"


def repetition_doubts(lines: Lines) -> list[Doubt]:
    """Return the doubt about lines that repeat others, of the kind with the most text."""
    found = {"rolling_captions": _overlaps(lines), **_repeated(lines)}
    total = length(lines.whole)
    sizes = {
        code: size
        for code, again in found.items()
        if len(again) >= LEAST_LINES and (size := sum(map(length, again))) >= _least(code) * total
    }
    if not sizes:
        return []
    code = max(sizes, key=sizes.__getitem__)
    return [Doubt(code, sum(map(about_words, found[code])))]


def _least(code: str) -> float:
    return LEAST_SHARE_LATER if code == "repeated_passages" else LEAST_SHARE


def _repeated(lines: Lines) -> dict[str, list[str]]:
    """Return what occurred before: in the same line or the last one, of the other, earlier.

    Neighbouring lines may differ in a few words, as versions of one turn do.
    """
    texts, roles = lines.texts, lines.roles
    turns = [
        again
        for text in texts
        if text.find(text[:_PROBE], _PROBE) > 0 and (again := text[_period(text) :])
    ]
    both: list[str] = []
    later: list[str] = []
    lengths = [*map(len, texts)]
    long = [place for place, n in enumerate(lengths) if n >= _LEAST_SIGNS]
    if len({texts[place] for place in long}) < len(long):
        last: dict[str, int] = {}
        for place in long:
            text = texts[place]
            earlier = last.get(text, place)
            last[text] = place
            if earlier < place - 1 and length(text) >= LEAST_BYTES:
                later.append(text)
    for place, (n_before, n) in enumerate(pairwise(lengths), 1):
        if 0.7 * n_before < n < 1.4 * n_before and n >= _LEAST_SIGNS:
            text, before = texts[place], texts[place - 1]
            parts = text[n // 3 : n // 3 + _PART], text[2 * n // 3 : 2 * n // 3 + _PART]
            if (parts[0] in before or parts[1] in before) and _is_version(text, before):
                (turns if roles[place - 1] == roles[place] else both).append(text)
    return {"repeated_turns": turns, "same_words_of_both": both, "repeated_passages": later}


def _is_version(text: str, before: str) -> bool:
    """Say whether a line has all, or nearly all, words of the one before."""
    if length(text) < LEAST_BYTES:
        return False
    if text == before:
        return True
    spaced = " " in text
    words, others = (set(line.split() if spaced else line) for line in (text, before))
    common = len(words & others)
    return common >= LEAST_COMMON and common >= MOST_COMMON * len(words | others)


def _period(text: str) -> int:
    """Return after how many characters a line says the same again, its length if it does not."""
    for whole in (f"{text} ", text):
        period = (whole + whole).find(whole, 1)
        if period < len(whole) and length(whole[:period]) >= LEAST_BYTES:
            return period
    return len(text)


def _overlaps(lines: Lines) -> list[str]:
    """Return the ends of lines with which the next line begins; equal lines are not meant."""
    found = []
    for whole, text in pairwise(lines.texts):
        begin = text[:_PROBE]
        if begin not in whole or text == whole:
            continue
        before = whole.rstrip(_MARKS)
        place = before.find(begin)
        while place >= 0 and not text.startswith(before[place:]):
            place = before.find(begin, place + 1)
        if place >= 0 and length(before[place:]) >= LEAST_OVERLAP:
            found.append(before[place:])
    return found
