"""Categories of words in the turns of a session, and what they make, each made once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np

from ..._typing import BoolArray, FloatArray, IntArray
from ...kernels import token_flags as flag
from ...kernels.counts import count_members
from ...text.forms import Form
from ...text.tokens import TokenTable
from .coordination import alignment_log_odds, coordination
from .matching import matches_of_exchanges, matches_of_speakers
from .synchrony import mean_of_known

MEASURES = ("lsm", "rlsm", "coordination", "swam")


class CategoryUse:
    """Words of each category by merged turn.

    Parameters
    ----------
    names : sequence of str
        Categories, the columns of `counts`.
    counts : int64, shape (n_turns, n_categories)
    words : int64, shape (n_turns,)
        All words.
    speaks : callable
        From a role to which turns are of it, bool of shape (n_turns,).
    """

    def __init__(
        self,
        names: Iterable[str],
        counts: IntArray,
        words: IntArray,
        speaks: Callable[[str], BoolArray],
    ) -> None:
        self.names = tuple(names)
        self.counts = counts
        self.words = words
        self._speaks = speaks
        self._made: dict[tuple[str, str], FloatArray] = {}
        self._exchanges: dict[str, IntArray] = {}

    def exchanges(self, responder: str) -> IntArray:
        """Return the turns of the responder with a word that follow a turn with a word."""
        if responder not in self._exchanges:
            self._exchanges[responder] = self._find_exchanges(responder)
        return self._exchanges[responder]

    def _find_exchanges(self, responder: str) -> IntArray:
        said = self.words > 0
        answers = self._speaks(responder).copy()
        answers[:1] = False
        answers[1:] &= said[1:] & said[:-1]
        return np.flatnonzero(answers)

    def by_category(self, measure: str, responder: str = "") -> FloatArray:
        """Return one of `MEASURES` of all categories; "lsm" has no responder."""
        if (measure, responder) not in self._made:
            self._made[measure, responder] = self._make(measure, responder)
        return self._made[measure, responder]

    def of(self, category: str, measure: str, responder: str = "") -> float:
        """Return the value of one category."""
        return float(self.by_category(measure, responder)[self.names.index(category)])

    def mean(self, measure: str, responder: str = "") -> float:
        """Return the mean over the categories that have a value; NaN if none has."""
        return mean_of_known(self.by_category(measure, responder))

    def rate(self, category: str, role: str) -> float:
        """Return the words of a category per 100 words of a role; NaN without a word."""
        turns = self._speaks(role)
        total = int(self.words[turns].sum())
        hits = int(self.counts[turns, self.names.index(category)].sum())
        return 100.0 * hits / total if total else float("nan")

    def _make(self, measure: str, responder: str) -> FloatArray:
        if measure == "lsm":
            return matches_of_speakers(self.counts, self.words, self._speaks("therapist"))
        answers = self.exchanges(responder)
        if measure == "rlsm":
            return matches_of_exchanges(self.counts, self.words, answers)
        before, after = self.counts[answers - 1], self.counts[answers]
        if measure == "coordination":
            return coordination(before > 0, after > 0)
        return alignment_log_odds(before > 0, after, self.words[answers])


def category_counts(
    table: TokenTable, n_categories: int, member: Callable[[Form], Sequence[bool]]
) -> IntArray:
    """Return the words of each category by turn, shape (n_turns, n_categories).

    `member` says of a form to which categories it belongs.
    """
    belongs = np.array([member(entry) for entry in table.entries], dtype=np.int64)
    belongs = belongs.reshape(len(table.entries), n_categories)
    return count_members(table.flags, table.forms, table.offsets, flag.WORD, belongs)


def function_word_counts(table: TokenTable, n_categories: int) -> IntArray:
    """Return the function words of each category by turn, shape (n_turns, n_categories)."""
    bits = table.vocabulary.function[table.numbers]
    belongs = bits[:, None] >> np.arange(n_categories) & 1
    return count_members(table.flags, table.forms, table.offsets, flag.WORD, belongs)
