"""The token table of a session: every signal is counted from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from .._typing import IntArray
from ..kernels import token_flags as flag
from ..kernels.counts import count_flagged
from ..lexicons import load_lexicon
from ..lexicons.rules import surroundings
from ..transcript import MergedTurn, Session, merge_turns
from .forms import Form, apply_rules
from .lookup import written_tokens
from .normalise import normalise, without_annotations
from .repair import is_suspect, repair, repair_piece, suspicion
from .tokenizers import BREAK_SIGN, TURN_BREAK, cut_pieces, jieba_tokenizer, spacy_tokenizer
from .vectors import Vectors, VectorSource, load_vectors
from .vocabulary import MOST_PIECES, Vocabulary

_ZERO = np.zeros(1, dtype=np.int64)


@dataclass(frozen=True, eq=False)
class TokenTable:
    """The tokens of a session's merged turns, punctuation included.

    Attributes
    ----------
    flags : int64, shape (n_tokens,)
        Bits of `kernels.token_flags`.
    forms : int64, shape (n_tokens,)
        Index into `entries`.
    offsets : int64, shape (n_turns + 1,)
        Where the tokens of each merged turn begin.
    numbers : int64, shape (n_entries,)
        The distinct lower-case forms of the session, in order of first appearance, as numbers
        (of how each is first written) in `vocabulary`.
    vocabulary : Vocabulary
    written : int64, shape (n_tokens,)
        The forms as written, as numbers in `vocabulary`.
    """

    flags: IntArray
    forms: IntArray
    offsets: IntArray
    numbers: IntArray
    vocabulary: Vocabulary
    written: IntArray

    @cached_property
    def entries(self) -> list[Form]:
        """The distinct lower-case forms of the session, in order of first appearance."""
        return [self.vocabulary.forms[number] for number in self.numbers.tolist()]

    def __repr__(self) -> str:
        return f"TokenTable(<{self.flags.size} tokens in {self.offsets.size - 1} turns>)"

    def count(self, bits: int, *, also: int = 0) -> IntArray:
        """Return for each turn how many tokens have any of `bits`, and all of `also`."""
        return count_flagged(self.flags, self.offsets, bits, also)

    def words(self, turn: int) -> list[str]:
        """Return the lower-case words of one merged turn."""
        return [self.entries[form].lower for form in self._forms(turn, flag.WORD)]

    def tokens(self, turn: int) -> list[str]:
        """Return the distance tokens of one merged turn."""
        forms = self._forms(turn, flag.WORD | flag.REPEATED)
        return [token for form in forms for token in self.entries[form].tokens]

    def looked_up(self, vectors: Vectors | None) -> list[list[str]]:
        """Return the distance tokens of each merged turn as `vectors` hold them.

        In vectors without capitals, and without vectors, these are the tokens in lower case.
        """
        turns = range(self.offsets.size - 1)
        if vectors is None or not vectors.cased:
            return [self.tokens(turn) for turn in turns]
        spelled = {
            number: [vectors.spelling(token) for token in written_tokens(form)]
            for number in np.unique(self.written).tolist()
            for form in [self.vocabulary.forms[number]]
        }
        kept = (self.flags & (flag.WORD | flag.REPEATED)) != 0
        spoken = [
            self.written[begin:end][kept[begin:end]]
            for begin, end in pairwise(self.offsets.tolist())
        ]
        return [[token for number in turn.tolist() for token in spelled[number]] for turn in spoken]

    def numbered(self) -> tuple[IntArray, IntArray, IntArray]:
        """Return the distance tokens of all turns as numbers, where each turn begins, and words.

        A number is a place in the last array, of distinct words of `vocabulary`.
        """
        spoken = (self.flags & (flag.WORD | flag.REPEATED)) != 0
        ends = np.concatenate((_ZERO, np.cumsum(spoken)))[self.offsets]
        words, starts = self.vocabulary.words_of(self.numbers[self.forms[spoken]])
        numbers, first, _ = _in_order(words, len(self.vocabulary.words))
        return numbers, starts[ends], words[first]

    def _forms(self, turn: int, bits: int) -> list[int]:
        span = slice(self.offsets[turn], self.offsets[turn + 1])
        kept: list[int] = self.forms[span][(self.flags[span] & bits) != 0].tolist()
        return kept


class _Reader:
    """What is known of one language: a tokenizer, word lists, and what was cut before."""

    def __init__(self, language: str) -> None:
        self.lexicon = load_lexicon(language)
        self._by_dictionary = not self.lexicon.spaced
        if self._by_dictionary:
            self._tokenizer: Any = jieba_tokenizer(language)
            self.vocabulary = Vocabulary(self.lexicon, lambda words: [[word] for word in words])
        else:
            self._tokenizer = spacy_tokenizer(language)
            self.vocabulary = Vocabulary(
                self.lexicon, self._cut, lambda piece: suspicion(piece, self.lexicon)
            )
            self._border = self.vocabulary.look_up([BREAK_SIGN])[0]

    def _cut(self, pieces: Sequence[str]) -> list[list[str]]:
        """Return the tokens of pieces; what repairs part is not cut as one piece."""
        repaired = [repair_piece(piece, self.lexicon).replace(" ", "\n") for piece in pieces]
        return cut_pieces(self._tokenizer, repaired)

    def _numbers(self, text: str) -> IntArray:
        return self.vocabulary.look_up(without_annotations(text, self.lexicon).split())

    def read(self, texts: Sequence[str]) -> tuple[IntArray, IntArray]:
        """Return the forms of all tokens, and where those of each text begin."""
        joined = TURN_BREAK.join(texts)
        if self._by_dictionary:
            text = normalise(joined, self.lexicon)
            tokens = [self._tokenizer(turn) for turn in text.split(TURN_BREAK)[: len(texts)]]
            pieces = [word for words in tokens for word in words]
            ends = np.cumsum([len(words) for words in tokens], dtype=np.int64)
            numbers = self.vocabulary.look_up(pieces)
        else:
            text = repair(joined, self.lexicon, reach=("signs",))
            numbers = self._numbers(text)
            # Few sessions hold a piece that may belong to a repair of several words.
            if is_suspect(self.vocabulary.suspicion[numbers]) or any(map(str.isupper, texts)):
                repaired = repair(text, self.lexicon, reach=("text",))
                numbers = numbers if repaired == text else self._numbers(repaired)
            marks = np.flatnonzero(numbers == self._border)
            ends = np.append(marks, numbers.size)[: len(texts)]
        forms, starts = self.vocabulary.forms_of(numbers)
        return forms, starts[np.concatenate((_ZERO, ends))]


@cache
def _reader(language: str) -> _Reader:
    return _Reader(language)


def _small_reader(language: str) -> _Reader:
    """Return the reader of a language; a new one where the old has met very many pieces."""
    if len(_reader(language).vocabulary) > MOST_PIECES:
        spacy_tokenizer.cache_clear()
        _reader.cache_clear()
    return _reader(language)


def tokenize(turns: Sequence[MergedTurn], language: str) -> TokenTable:
    """Return the token table of merged turns.

    Raises
    ------
    ResourceError
        If there are no word lists for the language, or its tokenizer is not installed.
    """
    return tokenize_texts([turn.text for turn in turns], language)


def tokenize_texts(texts: Sequence[str], language: str) -> TokenTable:
    """Return the token table of texts; errors as of `tokenize`."""
    reader = _small_reader(load_lexicon(language).language)
    vocabulary = reader.vocabulary
    tokens, offsets = reader.read(texts)
    forms, first, place_of = _in_order(vocabulary.lower[tokens], vocabulary.n_lower)
    flags = vocabulary.flags[tokens]
    if reader.lexicon.rules:
        ruled = np.flatnonzero(vocabulary.ruled[tokens])
        owners = np.searchsorted(offsets, ruled, side="right") - 1
        for turn in np.unique(owners).tolist() if ruled.size else ():
            span = slice(offsets[turn], offsets[turn + 1])
            _decide([vocabulary.forms[form] for form in tokens[span].tolist()], flags[span])
    phrases = _present(place_of, *vocabulary.formulas)
    marked = flag.mark_context(flags, forms, offsets, *phrases)
    return TokenTable(marked, forms, offsets, tokens[first], vocabulary, tokens)


def _in_order(values: IntArray, most: int) -> tuple[IntArray, IntArray, IntArray]:
    """Return values numbered by first appearance, where each is first, and the number of any."""
    places = np.arange(values.size)
    number_of = np.full(most, -1, dtype=np.int64)
    number_of[values[::-1]] = places[::-1]  # of equal indices numpy keeps the last
    first = np.flatnonzero(number_of[values] == places)
    number_of[values[first]] = places[: first.size]
    return number_of[values], first, number_of


def _decide(tokens: Sequence[Form], flags: IntArray) -> None:
    """Let the rules of the lexicon decide in a turn; filled pauses are not neighbours."""
    places = [
        place
        for place, form in enumerate(tokens)
        if form.rules or not form.flags & flag.FILLED_PAUSE
    ]
    written = [tokens[place].written for place in places]
    for index, place in enumerate(places):
        if tokens[place].rules:
            flags[place] = apply_rules(tokens[place], surroundings(written, index))


def _present(
    number_of: IntArray, words: IntArray, starts: IntArray, closed: npt.NDArray[np.bool_]
) -> tuple[IntArray, IntArray, npt.NDArray[np.bool_]]:
    """Return the formulas whose words all occur, as numbers of forms of the session."""
    if not closed.size:
        return words, starts, closed
    numbers = number_of[words]
    kept = np.minimum.reduceat(numbers, starts[:-1]) >= 0
    lengths = np.diff(starts)
    begins = np.concatenate((_ZERO, np.cumsum(lengths[kept])))
    return numbers[np.repeat(kept, lengths)], begins, closed[kept]


def turn_tokens(session: Session, *, vectors: VectorSource = None) -> list[list[str]]:
    """Return the distance tokens of each merged turn of a session.

    Lower-case words (Chinese: jieba's) without punctuation, bracketed annotations, filled pauses
    and cut-offs; stop words and repetitions are kept. A contraction gives its parts ("i'm": i,
    am; "don't": do, not; the ambiguous endings 's and 'd are dropped), a hyphenated word its parts.

    Parameters
    ----------
    session : Session
    vectors : optional
        Vectors to look the tokens up in, see `load_vectors`. Where these have capitals, a token is
        as it is written if they know it so, else in lower case. None: all are in lower case.

    Returns
    -------
    list of list of str
        One list a merged turn, in the order of `merge_turns`; empty where nothing is left.

    Raises
    ------
    ResourceError
        If there are no word lists for the session's language, or its tokenizer is not installed.

    Examples
    --------
    >>> from alliance_features import Session, Turn, turn_tokens
    >>> session = Session(session_id="s1", language="en", turns=[
    ...     Turn(role="client", text="Um, I don't know [sighs]."),
    ...     Turn(role="therapist", text="Mm-hmm. It's hard.")])
    >>> turn_tokens(session)
    [['i', 'do', 'not', 'know'], ['mm-hmm', 'it', 'hard']]
    """
    turns = merge_turns(session)
    table = tokenize(turns, session.language)
    return table.looked_up(None if vectors is None else load_vectors(vectors))
