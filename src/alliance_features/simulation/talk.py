"""One simulated conversation with given signals, whose counts are exact and not random."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np

from . import wording as words

_T = TypeVar("_T")
#: Share of turns that are a mere "Mm-hmm" or "Yeah".
_MINIMAL = 0.08
_MAX_CLAUSES = {"therapist": 2, "client": 4}


@dataclass(frozen=True, slots=True)
class Shape:
    """The signals of a simulated conversation.

    Attributes
    ----------
    n_turns : int
    i_rate : float
        Occurrences of "I" per 100 words of the therapist.
    pause_rate : float
        Filled pauses per 100 words of the client.
    reuse : float
        Share of turns, 0 to 1, that repeat words of the turn before; others have new words.
    """

    n_turns: int
    i_rate: float
    pause_rate: float
    reuse: float


class _Dice:
    """Uniform numbers drawn in one go, which is faster than one by one."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._left: list[float] = []

    def number(self) -> float:
        if not self._left:
            self._left = self._rng.random(512).tolist()
        return self._left.pop()

    def pick(self, choices: tuple[_T, ...]) -> _T:
        return choices[int(self.number() * len(choices))]

    def sample(self, n: int, size: int) -> set[int]:
        return {*self._rng.permutation(n)[:size].tolist()}


@dataclass(slots=True)
class _Clause:
    role: str
    turn: int
    text: str
    opener: tuple[str, str]
    end: str
    says_i: bool = False
    pauses: list[str] = field(default_factory=lambda: ["", ""])

    @property
    def n_words(self) -> int:
        return len(self.opener[0].split()) + len(self.text.split())

    def sentence(self) -> str:
        opener = self.opener[0 if self.says_i else 1]
        first, second = self.pauses
        text = f"{first}, {opener}" if first else opener
        text = f"{text}, {second}, {self.text}" if second else f"{text} {self.text}"
        return text[0].upper() + text[1:] + self.end


def converse(shape: Shape, rng: np.random.Generator) -> list[tuple[str, str]]:
    """Return (role, text) of each turn; the therapist begins and the two alternate."""
    dice = _Dice(rng)
    minimal, clauses = _clauses(shape, dice)
    _say_i([clause for clause in clauses if clause.role == "therapist"], shape.i_rate, dice)
    _pause([clause for clause in clauses if clause.role == "client"], shape.pause_rate, dice)
    said: list[list[str]] = [[] for _ in range(shape.n_turns)]
    for clause in clauses:
        said[clause.turn].append(clause.sentence())
    return [
        (role, " ".join(said[turn]) if turn not in minimal else dice.pick(words.MINIMAL[role]))
        for turn in range(shape.n_turns)
        for role in [_role(turn)]
    ]


def _role(turn: int) -> str:
    return ("therapist", "client")[turn % 2]


def _clauses(shape: Shape, dice: _Dice) -> tuple[set[int], list[_Clause]]:
    """Return the turns of minimal replies, and the clauses of the other turns."""
    minimal = dice.sample(shape.n_turns, round(_MINIMAL * shape.n_turns))
    full = [turn for turn in range(shape.n_turns) if turn not in minimal]
    close = dice.sample(len(full), round(shape.reuse * len(full)))
    topic = dice.pick(words.TOPICS)
    kept = _choose(topic, dice)
    clauses = []
    for place, turn in enumerate(full):
        role = _role(turn)
        if place not in close:
            topic = dice.pick(tuple(other for other in words.TOPICS if other is not topic))
            kept = _choose(topic, dice)
        for _ in range(1 + int(dice.number() * _MAX_CLAUSES[role])):
            clauses.append(_clause(role, turn, topic, kept, dice))
    return minimal, clauses


def _choose(topic: words.Topic, dice: _Dice) -> dict[str, str]:
    """Return two nouns and an adjective, for as long as turns stay close."""
    noun = dice.pick(topic.nouns)
    other = dice.pick(tuple(candidate for candidate in topic.nouns if candidate != noun))
    return {"n": noun, "m": other, "a": dice.pick(topic.adjectives)}


def _clause(role: str, turn: int, topic: words.Topic, kept: dict[str, str], dice: _Dice) -> _Clause:
    own = words.THERAPIST_CLAUSES if role == "therapist" else words.CLIENT_CLAUSES
    text = dice.pick(own).format(**kept, v=dice.pick(topic.verbs))
    if role == "client":
        opener = dice.pick(words.CLIENT_OPENERS)
        return _Clause(role, turn, text, (opener, opener), ".")
    place = int(dice.number() * len(words.THERAPIST_OPENERS))
    end = "?" if place == words.ASKING else "."
    return _Clause(role, turn, text, words.THERAPIST_OPENERS[place], end)


def _quota(clauses: list[_Clause], rate: float, n_slots: int) -> int:
    n_words = sum(clause.n_words for clause in clauses)
    return min(round(rate * n_words / 100.0), n_slots)


def _say_i(clauses: list[_Clause], rate: float, dice: _Dice) -> None:
    for place in dice.sample(len(clauses), _quota(clauses, rate, len(clauses))):
        clauses[place].says_i = True


def _pause(clauses: list[_Clause], rate: float, dice: _Dice) -> None:
    n_slots = 2 * len(clauses)
    for slot in sorted(dice.sample(n_slots, _quota(clauses, rate, n_slots))):
        clauses[slot // 2].pauses[slot % 2] = dice.pick(words.PAUSES)
