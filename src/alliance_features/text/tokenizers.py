"""Tokenizers: spaCy's rules and jieba, set so that one token is one word."""

from __future__ import annotations

import re
import warnings
from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np

from ..errors import ResourceError
from ..lexicons import has_lexicon, load_lexicon

#: Stands alone between two turns in the text of a session; no transcript holds it.
BREAK_SIGN = "\0"
TURN_BREAK = f"\n{BREAK_SIGN}\n"


def plain_tokenizer(language: str) -> Any:
    """Return spaCy's tokenizer for a language unchanged, to compare speeds with."""
    return _blank(language).tokenizer


def _blank(language: str) -> Any:
    """Return spaCy's empty pipeline for a language; one for all languages where it has none."""
    import spacy

    try:
        return spacy.blank(language)
    except ImportError:  # or none without another package
        return spacy.blank("xx")


@cache
def spacy_tokenizer(language: str) -> Any:
    """Return spaCy's tokenizer for a language, keeping contractions and hyphens together.

    Special cases that split a word (``don't``, ``gonna``, ``id``) are left out; single hyphens
    and apostrophes no longer split, dashes still do. Words that begin with an apostrophe are
    those that the lexicon calls clipped. A language that spaCy does not know has its rules for
    all languages.
    """
    from spacy.symbols import ORTH
    from spacy.tokenizer import Tokenizer
    from spacy.util import compile_infix_regex, compile_prefix_regex, compile_suffix_regex

    nlp = _blank(language)
    defaults: Any = nlp.Defaults
    clipped = load_lexicon(language).clipped if has_lexicon(language) else frozenset()
    suffixes = [rule for rule in defaults.suffixes or () if rule.lower() not in ("'s", "’s")]
    infixes = [rule.replace("(?:-|–", "(?:–") for rule in defaults.infixes or ()]
    rules = {
        form: pieces
        for form, pieces in nlp.tokenizer.rules.items()
        if (len(pieces) == 1 and not form.startswith(("'", "’")) and not _INITIAL.fullmatch(form))
        or form.lower() in clipped
    }
    for form in clipped:
        rules.setdefault(form, [{ORTH: form}])
    return Tokenizer(
        nlp.vocab,
        rules=rules,
        prefix_search=compile_prefix_regex([*(defaults.prefixes or ()), "-+"]).search,
        suffix_search=compile_suffix_regex([*suffixes, *_SUFFIXES]).search,
        infix_finditer=compile_infix_regex([*infixes, *_INFIXES]).finditer,
        token_match=nlp.tokenizer.token_match,
        url_match=nlp.tokenizer.url_match,
    )


def cut_pieces(tokenizer: Any, pieces: Sequence[str]) -> list[list[str]]:
    """Return the tokens of pieces of text that hold no white space; a border has none.

    A piece gives the same tokens whatever the others are: between two stands a line feed, which
    is a token itself, so that spaCy's special cases do not reach across.
    """
    from spacy.attrs import IDX, ORTH

    pieces = [_LONG_RUN.sub("\\g<0>\n", piece) if len(piece) > 100 else piece for piece in pieces]
    doc = tokenizer("\n".join(pieces))
    table = doc.to_array([ORTH, IDX])
    ends = np.cumsum([len(piece) + 1 for piece in pieces])
    owners = np.searchsorted(ends, table[:, 1].astype(np.int64), side="right")
    cut: list[list[str]] = [[] for _ in pieces]
    for owner, key in zip(owners.tolist(), table[:, 0].tolist(), strict=True):
        token = doc.vocab.strings[key]
        if token not in ("\n", BREAK_SIGN):
            cut[owner].append(token)
    return cut


# spaCy takes signs off a piece one by one, each time with a copy of the rest: quadratic time.
_LONG_RUN = re.compile(r"[\W_]{100}")
# A letter and a period end a sentence ("So did I."); inside an abbreviation there are more.
_INITIAL = re.compile(r"[^\W\d_]\.")
_SUFFIXES = (r"(?<=^[^\W\d_])\.", r"(?<=[-—–])\.", "--+", r"(?<=\W)-")
_INFIXES = (r"(?<=[^\W\d_])[?!]+(?=[^\W\d_])", r"—|–|--+")


@cache
def emoticons() -> frozenset[str]:
    """Return spaCy's emoticons: ``:D`` holds a letter and is not a word."""
    from spacy.lang.tokenizer_exceptions import emoticons as known

    return frozenset(known)


CUTOFF = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*-")

_FULL_WIDTH = {
    code: code - 0xFEE0
    for first, last in (("０", "９"), ("Ａ", "Ｚ"), ("ａ", "ｚ"))
    for code in range(ord(first), ord(last) + 1)
}
# A run is taken whole or not at all: a turn of one long word takes linear time.
_CUT = (
    r"[a-zA-Z]++(?!['-][a-zA-Z])|[0-9]++(?!\d*+[.,:]\d)"
    r"|[\u3005-\u3007\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)
_NUMBER = r"\d+(?:[.,:]\d+)+"
_LATIN = r"[A-Za-z]+(?:['-][A-Za-z]+)+"
# The last four: what jieba cuts, words in other scripts, runs of a sign, single signs.
_PIECES = re.compile(
    rf"{_NUMBER}|{_LATIN}|(?P<cut>(?:{_CUT})+)"
    r"|[^\W_]+|\.{2,}|…+|。{2,}|[.?!。？！]+|[^\s]"
)


class JiebaTokenizer:
    """Words of a language that is written without spaces, by jieba's dictionary.

    Words are those of the dictionary alone, put together in the likeliest way: jieba's model
    of unknown words is off, since what it joins depends on the neighbours (a pronoun and a
    filled pause become a "name"). Nothing is written: jieba's cache file in the shared
    temporary folder is neither made nor read.

    Parameters
    ----------
    language : str
        Its lexicon names words to add, and patterns of words to take out or to keep whole.

    Raises
    ------
    ResourceError
        If jieba is not installed.
    """

    def __init__(self, language: str) -> None:
        segment = load_lexicon(language).segment
        self._jieba = _dictionary()
        words = frozenset(segment.get("words", ()))
        split = re.compile("|".join(segment.get("split", ())) or r"(?!)")
        frequencies: dict[str, int] = self._jieba.FREQ
        for word in frequencies:
            if len(word) > 1 and word not in words and split.fullmatch(word):
                frequencies[word] = 0
        for word in sorted(words):
            if list(self._jieba.cut(word, HMM=False)) != [word]:
                self._jieba.add_word(word)  # as frequent as it takes
        self._whole = re.compile(f"({'|'.join(segment.get('whole', ())) or '(?!)'})")

    def __repr__(self) -> str:
        return "JiebaTokenizer()"

    def __call__(self, text: str) -> list[str]:
        """Return the words and signs of a text, white space left out."""
        tokens: list[str] = []
        for piece in _PIECES.finditer(text.translate(_FULL_WIDTH)):
            if piece["cut"] is None:
                tokens.append(piece.group())
            else:
                for place, part in enumerate(self._whole.split(piece["cut"])):
                    tokens += [part] if place % 2 else self._jieba.cut(part, HMM=False)
        return tokens


@cache
def jieba_tokenizer(language: str) -> JiebaTokenizer:
    """Return the tokenizer of a language whose lexicon names jieba; made once per process."""
    return JiebaTokenizer(language)


def _dictionary() -> Any:
    """Return a jieba tokenizer with its dictionary read, without its cache file."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of its own syntax and of pkg_resources
            import jieba
    except ImportError:
        raise ResourceError(
            "Sessions in Chinese need jieba, which is not installed: "
            'pip install "alliance-features[lang]".'
        ) from None
    jieba.setLogLevel("WARNING")
    made = jieba.Tokenizer()
    made.FREQ, made.total = made.gen_pfdict(made.get_dict_file())
    made.initialized = True
    return made
