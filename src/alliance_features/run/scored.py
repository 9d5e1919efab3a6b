"""What is kept of a scored session: numbers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from ..features.alliance_divergence import gap
from ..features.synchrony import mean_of_known

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
#: Equal parts of a session, by the index of merged turns, for the curves of a plot.
PARTS = 10
LENGTHS = ("client_turns_n", "therapist_turns_n", "client_turn_words", "therapist_turn_words")


@dataclass(frozen=True, slots=True, eq=False)
class Scored:
    """What is kept of a session: numbers.

    Attributes
    ----------
    keys : list
        As in `table.SESSION_KEYS`, then the condition.
    kind : tuple
        What pseudo-dyads must share: language and mode.
    lengths : list
        As in `LENGTHS`.
    measures : dict of str to dict of str to float
        Subscale -> `divergence`, observer's version and other keys; empty where nothing is.
    therapist : dict of str to float
        Subscale -> the therapist's mean.
    client : dict of str to float64, shape (n_client_turns,)
        Subscale -> the client's scores.
    item_gaps : float64, shape (n_items,)
        Therapist's mean less client's, by statement.
    curves : dict of (str, str) to float64, shape (PARTS,)
        Subscale and speaker -> mean score in each tenth of the session.
    code : str
        Why scores are null, "" if they are not.
    """

    keys: list[Any]
    kind: tuple[str, str | None]
    lengths: list[Any]
    measures: dict[str, dict[str, float]] = field(default_factory=dict)
    therapist: dict[str, float] = field(default_factory=dict)
    client: dict[str, FloatArray] = field(default_factory=dict)
    item_gaps: FloatArray = field(default_factory=lambda: np.empty(0))
    curves: dict[tuple[str, str], FloatArray] = field(default_factory=dict)
    code: str = ""

    @property
    def session_id(self) -> str:
        """Id of the session."""
        return str(self.keys[0])

    @property
    def client_id(self) -> str | None:
        """Id of the client, None if unknown."""
        return None if self.keys[1] is None else str(self.keys[1])

    @property
    def therapist_id(self) -> str | None:
        """Id of the therapist, None if unknown."""
        return None if self.keys[2] is None else str(self.keys[2])

    @property
    def condition(self) -> str | None:
        """Condition of the session, None without one."""
        return None if self.keys[-1] is None else str(self.keys[-1])

    @property
    def n_lent(self) -> int:
        """Client's merged turns."""
        return int(self.lengths[0])


def turn_lengths(words: npt.NDArray[np.int64], therapist: BoolArray) -> list[Any]:
    """Return the numbers of turns of both and their mean words, as in `LENGTHS`."""
    sides = [words[~therapist], words[therapist]]
    means = [float(side.mean()) if side.size else None for side in sides]
    return [*(int(side.size) for side in sides), *means]


def item_gaps(scores: FloatArray, therapist: BoolArray) -> FloatArray:
    """Return the therapist's mean score less the client's, by statement."""
    return np.array([gap(column, therapist) for column in scores.T])


def curve(values: FloatArray, turns: BoolArray) -> FloatArray:
    """Return the mean of one speaker's scores in each part of the session."""
    part = np.arange(values.size) * PARTS // max(values.size, 1)
    return np.array([mean_of_known(values[turns & (part == one)]) for one in range(PARTS)])
