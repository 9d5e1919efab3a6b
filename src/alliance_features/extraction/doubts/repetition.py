"""The same words several times: a row per annotator, rolling captions, a session twice."""

from __future__ import annotations

from itertools import pairwise

from .doubt import Doubt
from .lines import Lines, about_words, length

#: Shorter lines, in bytes, are repeated in any talk ("Yeah, I know.").
LEAST_BYTES = 18
#: So many repeated lines, with this share of the text in them, are no accident: in 4,500 sessions
#: of five corpora that have none of these faults the largest share is .043.
LEAST_LINES = 3
LEAST_SHARE = 0.1
#: What a rolling caption has in common with the next one, in bytes, and how its search begins.
LEAST_OVERLAP = 10
_PROBE = 8


def repetition_doubts(lines: Lines) -> list[Doubt]:
    """Return the doubt about lines that repeat others, of the kind with the most text."""
    found = {"rolling_captions": _overlaps(lines), **_repeated(lines)}
    least = LEAST_SHARE * length(lines.whole)
    sizes = {
        code: size
        for code, again in found.items()
        if len(again) >= LEAST_LINES and (size := sum(map(length, again))) >= least
    }
    if not sizes:
        return []
    code = max(sizes, key=sizes.__getitem__)
    return [Doubt(code, sum(map(about_words, found[code])))]


def _repeated(lines: Lines) -> dict[str, list[str]]:
    """Return what occurred before: in the same line or the last one, of the other, earlier."""
    texts, roles = lines.texts, lines.roles
    turns = [text[_period(text) :] for text in texts if text.find(text[:_PROBE], _PROBE) > 0]
    turns = [again for again in turns if again]
    both: list[str] = []
    later: list[str] = []
    if len(set(texts)) < len(texts):
        last: dict[str, int] = {}
        for place, text in enumerate(texts):
            before = last.get(text)
            last[text] = place
            if before is None or length(text) < LEAST_BYTES:
                continue
            if before < place - 1:
                later.append(text)
            else:
                (turns if roles[before] == roles[place] else both).append(text)
    return {"repeated_turns": turns, "same_words_of_both": both, "repeated_passages": later}


def _period(text: str) -> int:
    """Return after how many characters a line says the same again, its length if it does not."""
    spaced = f"{text} "
    period = (spaced + spaced).find(spaced, 1)
    return period if length(spaced[:period]) >= LEAST_BYTES else len(text)


def _overlaps(lines: Lines) -> list[str]:
    """Return the ends of lines with which the next line begins; equal lines are not meant."""
    found = []
    for before, text in pairwise(lines.texts):
        begin = text[:_PROBE]
        if begin not in before or text == before:
            continue
        place = before.find(begin)
        while place >= 0 and not text.startswith(before[place:]):
            place = before.find(begin, place + 1)
        if place >= 0 and length(before[place:]) >= LEAST_OVERLAP:
            found.append(before[place:])
    return found
