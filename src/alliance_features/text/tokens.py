"""The token table of a session: every signal is counted from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from ..kernels import context as flag
from ..lexicons import Lexicon, load_lexicon
from ..lexicons.rules import surroundings
from ..transcript import MergedTurn, Session, merge_turns
from .forms import Form, apply_rules, classify
from .normalise import normalise
from .tokenizers import TURN_BREAK, jieba_tokenizer, spacy_tokenizer

IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class TokenTable:
    """The tokens of a session's merged turns, punctuation included.

    Attributes
    ----------
    flags : int64, shape (n_tokens,)
        Bits of `kernels.context`.
    forms : int64, shape (n_tokens,)
        Index into `entries`.
    offsets : int64, shape (n_turns + 1,)
        Where the tokens of each merged turn begin.
    entries : list of Form
        The distinct lower-case forms of the session, in order of first appearance.
    """

    flags: IntArray
    forms: IntArray
    offsets: IntArray
    entries: list[Form]

    def __repr__(self) -> str:
        return f"TokenTable(<{self.flags.size} tokens in {self.offsets.size - 1} turns>)"

    def count(self, bits: int, *, also: int = 0) -> IntArray:
        """Return for each turn how many tokens have any of `bits`, and all of `also`."""
        hit = (self.flags & bits) != 0
        if also:
            hit &= (self.flags & also) == also
        sums = np.concatenate(([0], np.cumsum(hit, dtype=np.int64)))
        return sums[self.offsets[1:]] - sums[self.offsets[:-1]]

    def words(self, turn: int) -> list[str]:
        """Return the lower-case words of one merged turn."""
        return [self.entries[form].lower for form in self._forms(turn, flag.WORD)]

    def tokens(self, turn: int) -> list[str]:
        """Return the distance tokens of one merged turn."""
        forms = self._forms(turn, flag.WORD | flag.REPEATED)
        return [token for form in forms for token in self.entries[form].tokens]

    def _forms(self, turn: int, bits: int) -> list[int]:
        span = slice(self.offsets[turn], self.offsets[turn + 1])
        kept: list[int] = self.forms[span][(self.flags[span] & bits) != 0].tolist()
        return kept


class _SpacyReader:
    """The tokenizer and the forms met so far, of one language."""

    def __init__(self, lexicon: Lexicon) -> None:
        self.lexicon = lexicon
        self.tokenizer = spacy_tokenizer(lexicon.language)
        self.known: dict[int, Form] = {}

    def split(self, texts: Sequence[str]) -> tuple[list[Form], IntArray]:
        """Return the form of every token, and where the tokens of each text begin."""
        from spacy.attrs import IDX, IS_SPACE, ORTH

        text = TURN_BREAK.join(texts)
        doc: Any = self.tokenizer(text)
        table = doc.to_array([ORTH, IDX, IS_SPACE])
        table = table[table[:, 2] == 0]
        orth = table[:, 0]
        for key in np.unique(orth).tolist():
            if key not in self.known:
                self.known[key] = classify(doc.vocab.strings[key], self.lexicon)
        starts = np.cumsum([0, *(len(one) + len(TURN_BREAK) for one in texts)])
        offsets = np.searchsorted(table[:, 1].astype(np.int64), starts).astype(np.int64)
        return [self.known[key] for key in orth.tolist()], offsets


class _JiebaReader:
    """The same for a language that is written without spaces."""

    def __init__(self, lexicon: Lexicon) -> None:
        self.lexicon = lexicon
        self.tokenizer = jieba_tokenizer(lexicon.language)
        self.known: dict[str, Form] = {}

    def split(self, texts: Sequence[str]) -> tuple[list[Form], IntArray]:
        """Return the form of every token, and where the tokens of each text begin."""
        tokens = [self.tokenizer(text) for text in texts]
        for word in dict.fromkeys(word for one in tokens for word in one):
            if word not in self.known:
                self.known[word] = classify(word, self.lexicon)
        offsets = np.cumsum([0, *(len(one) for one in tokens)]).astype(np.int64)
        return [self.known[word] for one in tokens for word in one], offsets


@cache
def _reader(language: str) -> _SpacyReader | _JiebaReader:
    lexicon = load_lexicon(language)
    if lexicon.tokenizer == "jieba":
        return _JiebaReader(lexicon)
    return _SpacyReader(lexicon)


def tokenize(turns: Sequence[MergedTurn], language: str) -> TokenTable:
    """Return the token table of merged turns.

    Raises
    ------
    ResourceError
        If there are no word lists for the language, or its tokenizer is not installed.
    """
    reader = _reader(load_lexicon(language).language)
    lexicon = reader.lexicon
    texts = [normalise(turn.text, lexicon).replace("\n", " ") for turn in turns]
    tokens, offsets = reader.split(texts)
    index: dict[str, int] = {}
    entries: list[Form] = []
    forms = np.empty(len(tokens), dtype=np.int64)
    for place, form in enumerate(tokens):
        number = index.setdefault(form.lower, len(entries))
        if number == len(entries):
            entries.append(form)
        forms[place] = number
    flags = np.fromiter((form.flags for form in tokens), dtype=np.int64, count=len(tokens))
    if lexicon.rules:
        _decide(tokens, offsets, flags)
    return TokenTable(
        flag.mark_context(flags, forms, offsets, *_phrases(lexicon, index)),
        forms,
        offsets,
        entries,
    )


def _decide(tokens: Sequence[Form], offsets: IntArray, flags: IntArray) -> None:
    """Let the rules of the lexicon decide; filled pauses are passed over as neighbours."""
    for begin, end in pairwise(offsets.tolist()):
        if not any(form.rules for form in tokens[begin:end]):
            continue
        places = [
            place
            for place in range(begin, end)
            if tokens[place].rules or not tokens[place].flags & flag.FILLED_PAUSE
        ]
        written = [tokens[place].written for place in places]
        for index, place in enumerate(places):
            if tokens[place].rules:
                flags[place] = apply_rules(tokens[place], surroundings(written, index))


def _phrases(
    lexicon: Lexicon, index: dict[str, int]
) -> tuple[IntArray, IntArray, npt.NDArray[np.bool_]]:
    """Return the formulas whose words all occur, as numbers of forms."""
    known = [
        (words[:-1] if words[-1] == "." else words, words[-1] == ".")
        for words in lexicon.phrases.get("formulaic", ())
    ]
    known = [(words, closed) for words, closed in known if all(word in index for word in words)]
    numbers = [index[word] for words, _ in known for word in words]
    starts = np.cumsum([0, *(len(words) for words, _ in known)])
    return (
        np.array(numbers, dtype=np.int64),
        starts.astype(np.int64),
        np.array([closed for _, closed in known], dtype=np.bool_),
    )


def turn_tokens(session: Session) -> list[list[str]]:
    """Return the distance tokens of each merged turn of a session.

    Lower-case words (Chinese: jieba's) without punctuation, bracketed annotations, filled pauses
    and cut-offs; stop words and repetitions are kept. A contraction gives its parts ("i'm": i,
    am; "don't": do, not; the ambiguous endings 's and 'd are dropped), a hyphenated word its parts.

    Parameters
    ----------
    session : Session

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
    return [table.tokens(turn) for turn in range(len(turns))]
