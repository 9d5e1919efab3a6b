"""Who speaks what: one speaker all, turns in blocks, texts cut off, labels in the text."""

from __future__ import annotations

import re
from collections import Counter

from ...features.measured import Measured
from ...features.values import SPEECH_ONLY
from ...transcript import Session
from .doubt import ENOUGH_WORDS, Doubt
from .lines import about_words

#: The other speaker has less than this share of the words. A nearly silent analyst has more.
LEAST_SHARE = 0.005
#: A single message is no session with a speaker missing, unless it is as long as one.
LEAST_TURNS = 4
LONG_MESSAGE = 1000
#: So many words in so few merged turns are no talk; where people write, only with many turns.
MANY_WORDS = 500
FEW_TURNS = 4
MANY_TURNS = 20
#: Cells are cut off at no fewer characters than this.
LEAST_CUT = 80
LEAST_CUT_TURNS = 3
#: What spreadsheets and databases hold at most in a cell, and how many such turns tell.
CELLS = {255: 2, 32_767: 1, 65_535: 1}
#: A speaker with so many turns, of which this share begins alike; in talk it is up to .81.
LEAST_ALIKE = 10
MOST_ALIKE = 0.95
_SAMPLE = 8

_NUMBER = re.compile(r"[0-9]+")
_ENDS = frozenset(".!?。！？…\"”’')]》」』~")


def speaker_doubts(measured: Measured, words: list[int]) -> list[Doubt]:
    """Return the doubt about who has which words; `words` are those of the merged turns."""
    total = sum(words)
    if total < ENOUGH_WORDS:
        return []
    therapist = sum(n for n, role in zip(words, measured.roles, strict=True) if role == "therapist")
    n_turns = len(measured.session.turns)
    if min(therapist, total - therapist) < LEAST_SHARE * total:
        enough = n_turns >= LEAST_TURNS or total >= LONG_MESSAGE
        return [Doubt("one_speaker", total)] if enough else []
    if total < MANY_WORDS or measured.n_turns > FEW_TURNS:
        return []
    talk = measured.session.mode not in SPEECH_ONLY
    return [Doubt("blocks_of_words", total)] if talk or n_turns >= MANY_TURNS else []


def cut_doubts(session: Session) -> list[Doubt]:
    """Return the doubt about texts that are cut off."""
    lengths = [len(turn.text) for turn in session.turns]
    most = max(lengths, default=0)
    if most < LEAST_CUT or (lengths.count(most) < LEAST_CUT_TURNS and most not in CELLS):
        return []
    longest = [text for text in {turn.text for turn in session.turns} if len(text) == most]
    least = CELLS.get(most, LEAST_CUT_TURNS)
    cut = [text for text in longest if text.rstrip()[-1:] not in _ENDS]
    if len(longest) < least or len(cut) < max(least, 0.6 * len(longest)):
        return []
    return [Doubt("cut_texts", sum(map(about_words, cut)))]


def label_doubts(session: Session) -> list[Doubt]:
    """Return the doubt about turns of a speaker that begin, or end, alike."""
    for speaker in ("therapist", "client"):
        begin = [turn.text for turn in session.turns[:_SAMPLE] if turn.role == speaker]
        for edge in (_first, _last):
            # Most sessions are done with after a few turns.
            if len({*map(edge, begin)}) > _SAMPLE // 4:
                continue
            distinct = {turn.text for turn in session.turns if turn.role == speaker}
            if len(distinct) < LEAST_ALIKE:
                continue
            most = max(Counter(map(edge, distinct)).values())
            if most >= MOST_ALIKE * len(distinct):
                return [Doubt("label_in_text", most)]
    return []


def _first(text: str) -> str:
    """Return how a text begins: its first piece, up to a colon, with 0 for each number.

    A text of one piece is alike no other.
    """
    piece, space, _ = text.lstrip().partition(" ")
    if piece[:1].isdigit():
        return _NUMBER.sub("0", piece)
    before, colon, _ = piece.replace("\uff1a", ":").partition(":")
    return before if (space or colon) and before[:1].isalnum() else text


def _last(text: str) -> str:
    _, space, piece = text.rstrip().rpartition(" ")
    return _NUMBER.sub("0", piece) if space and piece[-1:].isalnum() else text
