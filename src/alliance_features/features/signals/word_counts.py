"""Words of a class, counted: the rate of each speaker, and the number in each turn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ...kernels import token_flags as flag
from ...text.forms import class_flag
from ..measured import Measured
from ..spec import FeatureSpec
from .volume import RATE_SUPPORT, rate


@dataclass(frozen=True, slots=True, kw_only=True)
class WordCount:
    """What is counted, and how its columns are named.

    Attributes
    ----------
    feature : str
        Stem of the names: ``{feature}_rate`` of a speaker, ``{feature}_n`` of a turn.
    title : str
    what : str
        The words that are counted, in words.
    classes : tuple of str
        Classes of words (`lexicons.word_classes`), any of which counts.
    bits : int
        Flags of `kernels.token_flags`, any of which counts in place of the classes' own: for what
        neighbours decide.
    also : int
        Flags that a token must have besides.
    lists : tuple of str
        Further lists of the lexicon without which nothing can be counted.
    edge_cases : str
    turn_feature : str
        Name of the column of turns if it is another.
    """

    feature: str
    title: str
    what: str
    classes: tuple[str, ...]
    bits: int = 0
    also: int = flag.WORD
    lists: tuple[str, ...] = ()
    edge_cases: str = ""
    turn_feature: str = ""

    @property
    def counted(self) -> int:
        """Flags any of which counts."""
        return self.bits or class_flag(*self.classes)

    @property
    def counted_lists(self) -> tuple[str, ...]:
        """Lists of the lexicon that are counted."""
        return (*class_lists(*self.classes), *self.lists)


def class_lists(*names: str) -> tuple[str, ...]:
    """Return the lists of classes of words, as `FeatureSpec.lists` has them."""
    return tuple(f"words.{name}" for name in names)


def word_rate(
    count: WordCount, role: str, group: str, *, high: float | None = 100.0, **facts: Any
) -> FeatureSpec:
    """Return the entry of the rate per 100 words of a role; `facts` are further ones of it."""
    return FeatureSpec(
        feature=f"{count.feature}_rate",
        role=role,
        group=group,
        title=f"{count.title}, {role}",
        unit="per 100 words",
        high=high,
        definition=f"100 x n / words of the {role}, sum over sum; n = {count.what}.",
        edge_cases=count.edge_cases,
        lists=count.counted_lists,
        support=RATE_SUPPORT,
        compute=rate(count.counted, role, also=count.also),
        **facts,
    )


def words_of_turn(
    count: WordCount, group: str, *, unit: str = "words", **facts: Any
) -> FeatureSpec:
    """Return the entry of the number in each merged turn."""

    def compute(measured: Measured) -> object:
        return measured.count(count.counted, also=count.also)

    return FeatureSpec(
        feature=count.turn_feature or f"{count.feature}_n",
        role="",
        level="turn",
        group=group,
        title=count.title,
        unit=unit,
        whole=True,
        definition=f"Number of {count.what}, in the merged turn.",
        edge_cases=count.edge_cases,
        lists=count.counted_lists,
        compute=compute,
        **facts,
    )
