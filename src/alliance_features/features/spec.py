"""What is known of a feature: the source of the documentation, the codebook and the tables."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from ..lexicons import Lexicon, available_languages, load_lexicon
from ..text.repair import VERSION as TEXT_VERSION

if TYPE_CHECKING:
    from .measured import Measured

ROLES = ("therapist", "client", "dyad")


@dataclass(frozen=True, slots=True, kw_only=True)
class Support:
    """What a session must hold at least, or the value is null.

    Attributes
    ----------
    words : int
        Words of the role: for rates.
    turns : int
        Turns with a word, of each speaker.
    known_turns : int
        Turns with a word that has a vector, of each speaker.
    """

    words: int = 0
    turns: int = 0
    known_turns: int = 0

    def __str__(self) -> str:
        parts = (
            (self.words, "words of the role"),
            (self.turns, "turns with a word, of each speaker"),
            (self.known_turns, "turns with a known word, of each speaker"),
        )
        return "; ".join(f"at least {least} {what}" for least, what in parts if least) or "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """A published association with the alliance; a hypothesis, not a coefficient."""

    sign: int
    study: str
    n: int
    effect: str
    exploratory: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureSpec:
    """One column of a table.

    Attributes
    ----------
    feature, role, params, stat
        The parts of the name. `role` is "therapist", "client" or "dyad"; for a feature of
        turns it is "" (the table has a column for who speaks).
    level : {"session", "turn"}
    group : str
        Family, and the name of a set.
    title : str
        A few words for a reader.
    unit : str
    low, high : float or None
        Range; None is unbounded.
    whole : bool
        Whether values are whole numbers.
    definition : str
        The formula in words, exact enough to compute it anew.
    edge_cases : str
    needs : tuple of str
        Of "lexicon", "function_words", "cues", "spaces", "verbatim", "vectors", "times",
        "ends", "tagger", "typed", "inventory", "polarity".
    lists : tuple of str
        Lists of the lexicon that it counts, as in `Lexicon.lists`; null without one of them.
    language : str
        Primary code of the one language it exists in; empty for whatever the lexicons hold.
    support : Support
    undefined : str
        Null code where the formula is undefined.
    direction : str
        How to read the scale.
    expectation : Expectation or None
    confounds : str
    source : str
    version : int
        Rises when values change: that of the formula, and for features of words the changes of
        the text that words are read from (`text.repair`), which `in_this_version` adds.
    core : bool
        Whether it belongs to the set `core`: few do, and say so.
    sets : tuple of str
        Further sets it belongs to, beside its group.
    dictionary : str
        SHA-256 of the user's dictionary that it is made from.
    reach : int or None
        If only distances between turns of the two speakers are needed, how many merged turns
        apart at most; None: all pairs.
    compute : callable
        From a measured session to a number, or to one number a merged turn.
    languages : tuple of str
        Primary codes of the languages whose lexicons hold what it needs; empty if all do.
    name : str
        Name of the column: ``{role}__{feature}[__{param}_{value}][__{stat}]``.
    demands : tuple
        All of it that decides what a session may lack: features with equal ones lack the same.
    """

    feature: str
    role: str
    group: str
    title: str
    unit: str
    definition: str
    compute: Callable[[Measured], Any] = field(repr=False, compare=False)
    level: str = "session"
    params: tuple[tuple[str, str | int], ...] = ()
    stat: str = ""
    low: float | None = 0.0
    high: float | None = None
    whole: bool = False
    edge_cases: str = ""
    needs: tuple[str, ...] = ("lexicon",)
    lists: tuple[str, ...] = ()
    language: str = ""
    support: Support = Support()
    undefined: str = "undefined"
    direction: str = "higher = more"
    expectation: Expectation | None = None
    confounds: str = ""
    source: str = ""
    version: int = 1
    core: bool = False
    sets: tuple[str, ...] = ()
    reach: int | None = None
    dictionary: str = ""
    name: str = field(init=False, compare=False)
    demands: tuple[Hashable, ...] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        parts = [self.role, self.feature, *(f"{key}_{value}" for key, value in self.params)]
        name = "__".join(part for part in (*parts, self.stat) if part)
        object.__setattr__(self, "name", name)
        least = (self.support.words, self.support.turns, self.support.known_turns)
        demands: tuple[Hashable, ...] = (self.needs, self.lists, self.language, least)
        if self.support.words:
            demands += (self.role,)
        if "inventory" in self.needs:
            demands += (self.feature, self.params)
        object.__setattr__(self, "demands", demands)

    @property
    def languages(self) -> tuple[str, ...]:
        """Primary codes of the languages it exists in; empty for all with word lists."""
        if self.language:
            return (self.language,)
        codes = available_languages() if "lexicon" in self.needs else []
        having = [code for code in codes if self.lacking_in(load_lexicon(code)) is None]
        return () if having == codes else tuple(having)

    def lacking_in(self, lexicon: Lexicon) -> str | None:
        """Return the null code of what a lexicon lacks for the feature, None if it has all."""
        if "function_words" in self.needs and not lexicon.function_words:
            return "no_function_words"
        if "cues" in self.needs and not lexicon.cues:
            return "no_cues"
        if not lexicon.lists.issuperset(self.lists):
            return "no_category" if "function_words" in self.needs else "no_list"
        if "spaces" in self.needs and not lexicon.spaced:
            return "not_in_language"
        return None

    def describe(self) -> dict[str, Any]:
        """Return everything but the function, as plain values."""
        expected = self.expectation
        return {
            "name": self.name,
            "title": self.title,
            "version": self.version,
            "group": self.group,
            "core": self.core,
            "sets": sorted({"all", self.group, *self.sets, *(("core",) if self.core else ())}),
            "level": self.level,
            "role": self.role or "speaker",
            "parameters": dict(self.params),
            "unit": self.unit,
            "range": [self.low, self.high],
            "definition": self.definition,
            "edge_cases": self.edge_cases,
            "needs": list(self.needs),
            "lists": list(self.lists),
            "languages": list(self.languages) or "all with word lists",
            "support": str(self.support),
            "direction": self.direction,
            "expected": None
            if expected is None
            else {
                "sign": expected.sign,
                "study": expected.study,
                "n": expected.n,
                "effect": expected.effect,
                "exploratory": expected.exploratory,
            },
            "confounds": self.confounds,
            "source": self.source,
        }


def in_this_version(spec: FeatureSpec) -> FeatureSpec:
    """Return an entry whose version counts the changes of the text that words are read from."""
    if "lexicon" not in spec.needs:
        return spec
    return replace(spec, version=spec.version + TEXT_VERSION - 1)
