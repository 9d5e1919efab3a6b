"""Rules of a lexicon: what a word is by its spelling and its neighbours in the turn."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .word_classes import WORD_CLASSES

#: What a rule may make of a word; `word` is a word and nothing more, the last two are said of an I.
CATEGORIES = ("word", *WORD_CLASSES, "cognitive", "formulaic")
#: Stands for the word that a rule is about, and for the edge of its turn.
HERE = "_"
EDGE = "#"
_PART = re.compile(r"(?<![?P])<(\w+)>")  # not `(?<=`, `(?<!`, `(?P<`
#: How many tokens on each side a rule can see.
REACH = 6


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """One rule.

    Attributes
    ----------
    forms : re.Pattern
        The whole word as it is written, capitals included.
    where : re.Pattern
        Searched in the surroundings: the tokens as written, separated by single spaces, the word
        itself as ``_``, the edges of the turn as ``#``.
    replace : tuple of str or None
        Categories instead of those of the word lists; None keeps them.
    add : tuple of str
        Categories besides.
    """

    forms: re.Pattern[str]
    where: re.Pattern[str]
    replace: tuple[str, ...] | None
    add: tuple[str, ...]

    def holds(self, surroundings: str) -> bool:
        """Say whether the rule is true of these surroundings."""
        return self.where.search(surroundings) is not None


def surroundings(tokens: Sequence[str], place: int) -> str:
    """Return what a rule sees of one token: up to six tokens on each side."""
    first, last = max(0, place - REACH), min(len(tokens), place + REACH + 1)
    shown = ["." if token in (HERE, EDGE) else token for token in tokens[first:last]]
    shown[place - first] = HERE
    if first == 0:
        shown.insert(0, EDGE)
    if last == len(tokens):
        shown.append(EDGE)
    return " ".join(shown)


def read_rules(tables: Iterable[Mapping[str, Any]], parts: Mapping[str, str]) -> tuple[Rule, ...]:
    """Return the rules of a lexicon file; ``<name>`` in a pattern is a part of that name.

    Raises
    ------
    ValueError
        If a rule has an unknown key, category or part, or lacks something.
    """
    return tuple(_read(table, parts) for table in tables)


def _read(table: Mapping[str, Any], parts: Mapping[str, str]) -> Rule:
    if not {"forms", "where"} <= set(table) <= {"forms", "where", "is", "also"}:
        raise ValueError("a rule has `forms` and `where`, and `is` or `also`")
    replace, add = table.get("is"), tuple(table.get("also", ()))
    for category in (*(replace or ()), *add):
        if category not in CATEGORIES:
            raise ValueError(f"a rule names the unknown category {category!r}")
    return Rule(
        forms=_union(table["forms"], parts),
        where=_union(table["where"], parts),
        replace=None if replace is None else tuple(replace),
        add=add,
    )


def _union(patterns: Iterable[str], parts: Mapping[str, str]) -> re.Pattern[str]:
    def part(match: re.Match[str]) -> str:
        if match[1] not in parts:
            raise ValueError(f"a rule names the unknown part {match[1]!r}")
        return f"(?:{parts[match[1]]})"

    return re.compile("|".join(f"(?:{_PART.sub(part, pattern)})" for pattern in patterns))
