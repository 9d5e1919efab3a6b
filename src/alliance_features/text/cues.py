"""Cues: phrases of the lexicon that show what somebody does or feels, counted by turn."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from .._typing import IntArray
from ..kernels import token_flags as flag
from ..lexicons import load_lexicon
from .tokens import TokenTable

ELLIPSIS = re.compile(r"\.{2,}|…+")


@dataclass(frozen=True, slots=True)
class _Place:
    """What one word of a phrase may be."""

    words: frozenset[str]
    beginnings: tuple[str, ...]

    def holds(self, word: str) -> bool:
        return word in self.words or (bool(self.beginnings) and word.startswith(self.beginnings))


@dataclass(frozen=True, slots=True)
class Phrase:
    """A sequence of words that counts as one cue.

    Attributes
    ----------
    cue : int
        Which cue it shows.
    places : tuple
        What each word may be.
    opens : bool
        Whether the stretch must begin with it.
    closes : bool
        Whether the stretch must end with it.
    asks : bool
        Whether the stretch must be a question.
    """

    cue: int
    places: tuple[_Place, ...]
    opens: bool = False
    closes: bool = False
    asks: bool = False

    def stands(self, words: Sequence[str], at: int, question: bool) -> bool:
        """Say whether it stands at a place of a stretch."""
        end = at + len(self.places)
        if end > len(words) or (self.opens and at) or (self.asks and not question):
            return False
        if self.closes and end < len(words):
            return False
        return all(
            place.holds(word) for place, word in zip(self.places, words[at:end], strict=True)
        )


def read_phrase(text: str, cue: int) -> Phrase:
    """Return the phrase that a lexicon writes as `text`.

    Words are separated by spaces; each is a word, several to choose from (``a|b``) or a beginning
    (``hope*``). ``^`` before them: the stretch begins here; ``$`` after them: it ends here; ``?``
    after them: the stretch is a question.

    Raises
    ------
    ValueError
        If it holds no word, or a sign in the wrong place.

    Examples
    --------
    >>> read_phrase("^ how|what ?", 0).asks
    True
    """
    pieces = text.split()
    opens = pieces[:1] == ["^"]
    last = pieces[-1] if pieces else ""
    inner = pieces[opens : len(pieces) - (last in ("$", "?"))]
    if not inner or any(re.search(r"[\^$?]|^\*|\*(?!\||$)|^\||\|$|\|\|", part) for part in inner):
        raise ValueError("a phrase is words, with ^ before or $ or ? after them")
    places = [
        _Place(
            frozenset(word for word in part.split("|") if not word.endswith("*")),
            tuple(word[:-1] for word in part.split("|") if word.endswith("*")),
        )
        for part in inner
    ]
    return Phrase(cue, tuple(places), opens, last == "$", last == "?")


class CueCounter:
    """Counts the cues of one language.

    Parameters
    ----------
    cues : mapping of str to sequence of str
        Phrases by cue, as the lexicon writes them.
    """

    def __init__(self, cues: Mapping[str, Sequence[str]]) -> None:
        self.names = tuple(cues)
        self._phrases = [
            read_phrase(text, number)
            for number, texts in enumerate(cues.values())
            for text in texts
        ]
        self._starting: dict[str, list[Phrase]] = {}

    def count(self, stretches: Sequence[tuple[Sequence[str], bool]]) -> list[int]:
        """Return the number of each cue in stretches of words, each with whether it asks.

        Of the phrases of a cue that begin at a word the longest counts; cues of one kind do not
        overlap.
        """
        counts = [0] * len(self.names)
        for words, question in stretches:
            taken = [0] * len(self.names)
            for at, word in enumerate(words):
                longest: dict[int, int] = {}
                for phrase in self._beginning(word):
                    if taken[phrase.cue] <= at and phrase.stands(words, at, question):
                        longest[phrase.cue] = max(longest.get(phrase.cue, 0), len(phrase.places))
                for cue, length in longest.items():
                    counts[cue] += 1
                    taken[cue] = at + length
        return counts

    def _beginning(self, word: str) -> list[Phrase]:
        """Return the phrases whose first word it may be."""
        if word not in self._starting:
            self._starting[word] = [
                phrase for phrase in self._phrases if phrase.places[0].holds(word)
            ]
        return self._starting[word]


@cache
def cue_counter(language: str) -> CueCounter:
    """Return the counter of a language code such as "en" or "en-GB"."""
    return CueCounter(load_lexicon(language).cues)


def stretches(table: TokenTable, turn: int) -> Iterator[tuple[list[str], bool]]:
    """Yield the stretches of a turn that hold a word: lower-case words, and whether they ask.

    A stretch ends at a sentence-final mark, an ellipsis or the end of the turn; it asks if a
    question mark stands between it and the next word.
    """
    words: list[str] = []
    ended = asked = False
    span = slice(table.offsets[turn], table.offsets[turn + 1])
    for form, bits in zip(table.forms[span].tolist(), table.flags[span].tolist(), strict=True):
        if bits & flag.WORD:
            if ended and words:
                yield words, asked
                words = []
            words.append(table.entries[form].lower)
            ended = asked = False
        elif bits & flag.SENTENCE_END or ELLIPSIS.fullmatch(table.entries[form].lower):
            ended, asked = True, asked or bool(bits & flag.QUESTION_MARK)
    if words:
        yield words, asked


def count_cues(table: TokenTable, language: str) -> dict[str, IntArray]:
    """Return the number of each cue by merged turn, int64 of shape (n_turns,).

    Parameters
    ----------
    table : TokenTable
    language : str
        Its word lists hold the phrases.
    """
    counter = cue_counter(language.split("-")[0])
    n_turns = table.offsets.size - 1
    counts = np.array(
        [counter.count(list(stretches(table, turn))) for turn in range(n_turns)], dtype=np.int64
    ).reshape(n_turns, len(counter.names))
    return {name: counts[:, number] for number, name in enumerate(counter.names)}
