"""A language that does not fit the words."""

from __future__ import annotations

from functools import cache
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt

from ...features.measured import Measured
from ...kernels import token_flags as flag
from ...lexicons import available_languages, load_lexicon
from ...text.vocabulary import Vocabulary
from .doubt import ENOUGH_WORDS, Doubt
from .lines import Lines, about_words, length

#: Share of words that are function words: German, English and Chinese talk has .31 or more.
LEAST_OWN = 0.22
#: Share that are function words of another language and not of this one.
MOST_OTHER = 0.1
#: Share of the letters that are of the writing.
LEAST_OF_WRITING = 0.5
#: Share of Chinese and Japanese signs that are kana, which Chinese has not.
MOST_KANA = 0.1

_LAST_ASCII = 0x7F
_NO_LETTERS = " \n.,;:!?'\"-()0123456789"
_HAN = (0x3400, 0x9FFF)
_KANA = (0x3041, 0x30FA)
#: General and Chinese punctuation, full-width signs and digits.
_SIGNS = ((0x80, 0xBF), (0x2000, 0x2BFF), (0x3000, 0x303F), (0xFF00, 0xFF20), (0xFF3B, 0xFF40))

_others: WeakKeyDictionary[Vocabulary, npt.NDArray[np.bool_]] = WeakKeyDictionary()


def language_doubts(measured: Measured, lines: Lines) -> list[Doubt]:
    """Return the doubt about the language of a session that has word lists."""
    spoken = (measured.table.flags & flag.WORD) != 0
    n_words = int(spoken.sum())
    if not measured.lexicon.spaced:
        return _of_writing(lines.whole, n_words)
    # A Chinese sign has two bytes more than a letter: most sessions need no second look.
    if length(lines.whole) > 1.4 * len(lines.whole):
        letters, han, _ = _count(lines.whole)
        if han >= 2 * ENOUGH_WORDS and han > (1.0 - LEAST_OF_WRITING) * letters:
            return [Doubt("language_misfit", about_words(lines.whole))]
    if n_words < ENOUGH_WORDS or not measured.lexicon.function_words:
        return []
    table = measured.table
    forms = table.numbers[table.forms[spoken]]
    own = np.count_nonzero(table.vocabulary.function[forms])
    other = np.count_nonzero(_of_others(table.vocabulary, measured.language)[forms])
    if own < LEAST_OWN * n_words or other > MOST_OTHER * n_words:
        return [Doubt("language_misfit", n_words)]
    return []


def _of_writing(text: str, n_words: int) -> list[Doubt]:
    """Return the doubt about a session in Chinese."""
    letters, han, kana = _count(text)
    if letters >= 2 * ENOUGH_WORDS and (
        han < LEAST_OF_WRITING * letters or kana > MOST_KANA * (han + kana)
    ):
        return [Doubt("language_misfit", n_words)]
    return []


def _count(text: str) -> tuple[int, int, int]:
    """Return the letters of a text, and how many are Chinese signs, and kana."""
    codes = np.frombuffer(text.encode("utf-32-le"), np.uint32)
    codes = codes[codes > _LAST_ASCII]
    n_ascii = len(text) - codes.size - sum(map(text.count, _NO_LETTERS))
    han = np.count_nonzero((codes >= _HAN[0]) & (codes <= _HAN[1]))
    kana = np.count_nonzero((codes >= _KANA[0]) & (codes <= _KANA[1]))
    signs = sum(np.count_nonzero((codes >= low) & (codes <= high)) for low, high in _SIGNS)
    return n_ascii + codes.size - int(signs), int(han), int(kana)


def _of_others(vocabulary: Vocabulary, language: str) -> npt.NDArray[np.bool_]:
    """Return which forms are function words of another language; new forms are looked up once."""
    known = _others.get(vocabulary, np.zeros(0, np.bool_))
    forms = vocabulary.forms
    if known.size < len(forms):
        words = _words_of_others(language)
        new = [form.lower in words for form in forms[known.size :]]
        known = np.concatenate((known, np.array(new, dtype=np.bool_)))
        _others[vocabulary] = known
    return known


@cache
def _words_of_others(language: str) -> frozenset[str]:
    """Return the function words of the other languages with spaces that are none of this one."""
    others = [load_lexicon(other) for other in available_languages() if other != language]
    words = {
        word
        for lexicon in others
        if lexicon.spaced
        for group in lexicon.function_words.values()
        for word in group
    }
    own = load_lexicon(language)
    return frozenset(
        words.difference(*own.function_words.values(), *own.words.values(), own.expand_words)
    )
