"""What a word is by its form alone: its lower-case form, its flags, its distance tokens."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, replace

from ..kernels import token_flags as flag
from ..lexicons import Lexicon
from ..lexicons.rules import Rule
from ..lexicons.word_classes import WORD_CLASSES
from .tokenizers import CUTOFF, emoticons

_QUESTION_MARKS = "?？"
_SENTENCE_ENDS = ".!。！"
_ELLIPSIS = re.compile(r"\.{2,}")  # a hesitation
_EDGES = re.compile(r"^[\W_]+|[\W_]+$")


def _class_flags() -> dict[str, int]:
    """Return a flag a class: those that the pass over a turn reads are given there."""
    free = (name for name in WORD_CLASSES if name not in flag.CLASSES)
    return flag.CLASSES | {name: flag.FIRST_FREE << place for place, name in enumerate(free)}


_FLAGS = _class_flags()
# What a token is if nothing but the class is known of it.
_RULED = {
    name: _FLAGS[name] | (flag.WORD if of.is_word else 0) for name, of in WORD_CLASSES.items()
} | {"word": flag.WORD, "cognitive": flag.COGNITIVE, "formulaic": flag.FORMULAIC}
_BY_KIND = {
    kind: tuple(name for name, of in WORD_CLASSES.items() if of.kind == kind)
    for kind in ("word", "exclusive", "token")
}
# Before a hyphen these and contractions are whole: the sentence broke off, not the word.
_WHOLE = ("i_subject", "filled_pause", "filled_pause_unless_alone", "backchannel_vocal")


@dataclass(frozen=True, slots=True)
class Form:
    """One written form: `lower` stands for it in comparisons, `tokens` in distances.

    `written` is the token itself; `rules` are those that its neighbours have to decide. Bit k of
    `function` says whether it is of the lexicon's k-th category of function words; a contraction
    is of the categories of all its parts.
    """

    lower: str
    flags: int
    tokens: tuple[str, ...]
    written: str = ""
    rules: tuple[Rule, ...] = ()
    function: int = 0


def class_flag(*names: str) -> int:
    """Return the flags of classes of words, for `TokenTable.count`.

    Examples
    --------
    >>> class_flag("i_subject", "we").bit_count()
    2
    """
    flags = 0
    for name in names:
        flags |= _FLAGS[name]
    return flags


def classify(written: str, lexicon: Lexicon) -> Form:
    """Return what the lexicon and the spelling say of a token."""
    form = _by_form(written, lexicon)
    flags = form.flags
    for name in _BY_KIND["token"]:
        if lexicon.has(name, form.lower):
            flags |= _FLAGS[name]
    rules = lexicon.rules_for(written)
    function = sum(
        1 << place
        for place, words in enumerate(lexicon.function_words.values())
        if not words.isdisjoint((form.lower, *form.tokens))
    )
    return replace(form, flags=flags, written=written, rules=rules, function=function)


def apply_rules(form: Form, surroundings: str) -> int:
    """Return the flags of a form among its neighbours, by its rules in their order."""
    flags = form.flags
    for rule in form.rules:
        if rule.holds(surroundings):
            if rule.replace is not None:
                flags = _bits(rule.replace)
            flags |= _bits(rule.add)
    return flags


def _bits(categories: tuple[str, ...]) -> int:
    bits = 0
    for category in categories:
        bits |= _RULED[category]
    return bits


def _by_form(written: str, lexicon: Lexicon) -> Form:
    if not any(character.isalnum() for character in written) or written in emoticons():
        return Form(written, _punctuation(written, lexicon), ())
    lower = written.lower()
    if CUTOFF.fullmatch(written):
        if not _is_whole(lower[:-1], lexicon):
            return Form(lower, flag.CUTOFF, ())
        written, lower = written[:-1], lower[:-1]
    if not (lower in lexicon.expand_words or "." in lower.strip(".")):
        lower = _EDGES.sub("", lower)
    shouted = len(written) > 1 and written.isupper() and lexicon.has("not_in_capitals", lower)
    if shouted:
        return Form(lower, flag.WORD, (lower,))
    for name in _BY_KIND["exclusive"]:
        if lexicon.has(name, lower):
            repeat = flag.MAY_REPEAT if lexicon.has("may_repeat", lower) else 0
            return Form(lower, _RULED[name] | repeat, (lower,))
    stutter = 0
    if "-" in lower and not lexicon.has("hyphenated_word", lower):
        parts = lower.split("-")
        prefixes = lexicon.words.get("prefix", frozenset())
        doubled = {*parts} == {parts[-1]} and lexicon.has("may_repeat", parts[-1])
        if not doubled and all(_begins(part, parts[-1], prefixes) for part in parts[:-1]):
            lower, stutter = parts[-1], flag.STUTTER
            if lexicon.has("filled_pause", lower):
                return Form(lower, flag.FILLED_PAUSE, (lower,))
    return Form(lower, _word_flags(lower, lexicon) | stutter, distance_tokens(lower, lexicon))


def _punctuation(written: str, lexicon: Lexicon) -> int:
    bits = 0
    asking = _QUESTION_MARKS + lexicon.question_marks
    ending = asking + _SENTENCE_ENDS + lexicon.sentence_ends
    if written and all(sign in ending for sign in written) and not _ELLIPSIS.fullmatch(written):
        bits |= flag.SENTENCE_END
        if any(sign in asking for sign in written):
            bits |= flag.QUESTION_MARK
    return bits | (flag.QUOTATION_MARK if written == '"' else 0)


def _is_whole(word: str, lexicon: Lexicon) -> bool:
    """Say whether what stands before a hyphen cannot be the beginning of another word."""
    return any(lexicon.has(category, word) for category in _WHOLE) or (
        "'" in word and any(word.endswith(ending) for ending in lexicon.expand_endings)
    )


def _begins(part: str, word: str, prefixes: Collection[str]) -> bool:
    """Say whether `part` is a false start of `word`: itself, its host, or its beginning."""
    host = word.split("'")[0]
    return part in (word, host) or (
        bool(part) and word.startswith(part) and part not in prefixes and len(word) > len(part)
    )


def _word_flags(lower: str, lexicon: Lexicon) -> int:
    bits = flag.WORD
    host = lower.split("'")[0] if "'" in lower and not lower.startswith("'") else lower
    for name in _BY_KIND["word"]:
        if lexicon.has(name, lower) or (
            host != lower
            and lower not in lexicon.expand_words
            and host in lexicon.contracted.get(name, ())
        ):
            bits |= _FLAGS[name]
    return bits


def distance_tokens(lower: str, lexicon: Lexicon) -> tuple[str, ...]:
    """Return the tokens that stand for a word in distances.

    A contraction gives its host and what its ending stands for; a hyphenated form its parts.
    """
    if lower in lexicon.expand_words:
        return lexicon.expand_words[lower]
    if "-" in lower:
        pieces = (piece for piece in lower.split("-") if piece)
        return tuple(token for piece in pieces for token in distance_tokens(piece, lexicon))
    host = lower
    tail: list[str] = []
    shortened = True
    while shortened:
        shortened = False
        for ending, meaning in lexicon.expand_endings.items():
            if host.endswith(ending) and len(host) > len(ending):
                host, tail, shortened = host[: -len(ending)], [*meaning, *tail], True
                break
    if tail and host in lexicon.expand_words:
        return (*lexicon.expand_words[host], *tail)
    plain = host.strip(".'")
    return (plain, *tail) if plain else tuple(tail)
