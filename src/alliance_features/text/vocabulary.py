"""What has been tokenised before: a piece of text is cut and classified once per process."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from threading import Lock

import numpy as np

from .._typing import IntArray
from ..lexicons import Lexicon
from .forms import Form, classify

#: Above so many pieces a vocabulary is given up for a new one, so that memory stays bounded.
MOST_PIECES = 100_000


class _Column:
    """Whole numbers that grow at the end."""

    def __init__(self) -> None:
        self._room = np.empty(1024, dtype=np.int64)
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def extend(self, values: Sequence[int]) -> None:
        size = self._size + len(values)
        if size > self._room.size:
            room = np.empty(2 * size, dtype=np.int64)
            room[: self._size] = self._room[: self._size]
            self._room = room
        self._room[self._size : size] = values
        self._size = size

    @property
    def array(self) -> IntArray:
        """What is there now; later growth leaves it as it is."""
        return self._room[: self._size]


class Vocabulary:
    """Pieces of text met so far, each with the forms of its tokens.

    Parameters
    ----------
    lexicon : Lexicon
    cut : callable
        From pieces (no white space in them) to the tokens of each, which depend on the piece alone.
    suspects : callable
        From a piece to its bits in `suspicion`.

    Attributes
    ----------
    forms : list of Form
        Written forms, by number.
    words : list of str
        Distance tokens, by number.
    formulas : int64, int64, bool
        Formulas of the lexicon as numbers of lower-case forms, laid end to end; where each begins;
        whether it must stand before punctuation or the end of the turn.
    flags, lower, ruled, function : int64, shape (n_forms,)
        Flags of each form, a number for its lower-case form, whether rules decide on it, and its
        categories of function words as bits.
    """

    def __init__(
        self,
        lexicon: Lexicon,
        cut: Callable[[Sequence[str]], Iterable[Sequence[str]]],
        suspects: Callable[[str], int] = lambda _: 0,
    ) -> None:
        self.forms: list[Form] = []
        self._lexicon = lexicon
        self._cut = cut
        self._suspects = suspects
        self._lock = Lock()
        self._pieces: dict[str, int] = {}
        self._written: dict[str, int] = {}
        self._lowers: dict[str, int] = {}
        self._word_numbers: dict[str, int] = {}
        self.words: list[str] = []
        formulas = [
            (words[:-1] if words[-1] == "." else words, words[-1] == ".")
            for words in lexicon.phrases.get("formulaic", ())
        ]
        self.formulas = (
            np.array(
                [self._lower_number(word) for words, _ in formulas for word in words], np.int64
            ),
            np.cumsum([0, *(len(words) for words, _ in formulas)], dtype=np.int64),
            np.array([closed for _, closed in formulas], dtype=np.bool_),
        )
        self._first, self._n_tokens, self._tokens = _Column(), _Column(), _Column()
        self._suspicion = _Column()
        self._flags, self._lower = _Column(), _Column()
        self._ruled, self._function = _Column(), _Column()
        self._first_word, self._n_words, self._words = _Column(), _Column(), _Column()

    def __len__(self) -> int:
        return len(self._pieces)

    @property
    def flags(self) -> IntArray:
        """Flags by form."""
        return self._flags.array

    @property
    def lower(self) -> IntArray:
        """Numbers of lower-case forms by form."""
        return self._lower.array

    @property
    def ruled(self) -> IntArray:
        """Whether rules decide on a form."""
        return self._ruled.array

    @property
    def function(self) -> IntArray:
        """Categories of function words of a form, as bits."""
        return self._function.array

    @property
    def suspicion(self) -> IntArray:
        """What repairs a piece may be part of, as bits, by piece."""
        return self._suspicion.array

    @property
    def n_lower(self) -> int:
        """Number of lower-case forms."""
        return len(self._lowers)

    def look_up(self, pieces: Sequence[str]) -> IntArray:
        """Return the numbers of pieces; new ones are tokenised."""
        try:
            return self._numbers(pieces)
        except KeyError:
            self._learn(pieces)
        return self._numbers(pieces)

    def forms_of(self, numbers: IntArray) -> tuple[IntArray, IntArray]:
        """Return the forms of all tokens of pieces, and where those of each piece begin.

        Both as numbers; the second array has one entry more than there are pieces.
        """
        return _gather(self._tokens.array, self._first.array, self._n_tokens.array, numbers)

    def words_of(self, forms: IntArray) -> tuple[IntArray, IntArray]:
        """Return the numbers of the distance tokens of forms, and where each form begins."""
        return _gather(self._words.array, self._first_word.array, self._n_words.array, forms)

    def _numbers(self, pieces: Sequence[str]) -> IntArray:
        return np.fromiter(map(self._pieces.__getitem__, pieces), np.int64, len(pieces))

    def _learn(self, pieces: Sequence[str]) -> None:
        with self._lock:
            new = [piece for piece in dict.fromkeys(pieces) if piece not in self._pieces]
            cut = list(self._cut(new))
            tokens = [self._number(token) for piece in cut for token in piece]
            lengths = [len(piece) for piece in cut]
            begins = np.cumsum([len(self._tokens), *lengths])[:-1]
            self._tokens.extend(tokens)
            self._first.extend(begins.tolist())
            self._n_tokens.extend(lengths)
            self._suspicion.extend([self._suspects(piece) for piece in new])
            # Last, for other threads read without the lock what is known.
            self._pieces.update(zip(new, range(len(self._pieces), len(self._first)), strict=True))

    def _number(self, written: str) -> int:
        """Return the number of a written form; classify it if it is new."""
        number = self._written.get(written)
        if number is None:
            number = len(self.forms)
            form = classify(written, self._lexicon)
            self.forms.append(form)
            self._flags.extend([form.flags])
            self._lower.extend([self._lower_number(form.lower)])
            self._ruled.extend([bool(form.rules)])
            self._function.extend([form.function])
            self._first_word.extend([len(self._words)])
            self._n_words.extend([len(form.tokens)])
            self._words.extend([self._word(token) for token in form.tokens])
            self._written[written] = number
        return number

    def _lower_number(self, lower: str) -> int:
        return self._lowers.setdefault(lower, len(self._lowers))

    def _word(self, token: str) -> int:
        number = self._word_numbers.setdefault(token, len(self.words))
        if number == len(self.words):
            self.words.append(token)
        return number


def _gather(
    values: IntArray, first: IntArray, lengths: IntArray, numbers: IntArray
) -> tuple[IntArray, IntArray]:
    """Lay the stretches of `values` that belong to numbers end to end; say where each begins."""
    lengths = lengths[numbers]
    starts = np.zeros(numbers.size + 1, dtype=np.int64)
    np.cumsum(lengths, out=starts[1:])
    places = np.repeat(first[numbers] - starts[:-1], lengths)
    places += np.arange(places.size)
    return values[places], starts
