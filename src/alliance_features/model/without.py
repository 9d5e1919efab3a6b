"""Sessions measured again with some of their turns left out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..transcript import MergedTurn, Session, merge_turns
from .design import SessionMatrix
from .explain import Explanation, explain_matrix
from .inputs import check_vectors, input_matrix


@dataclass(frozen=True, slots=True, eq=False)
class Remeasured:
    """A session (row 0) and what is left of it without some turns (the rows after it).

    Attributes
    ----------
    turns : list of MergedTurn
        The merged turns of the whole session.
    matrix : SessionMatrix
    why : Explanation
    """

    turns: list[MergedTurn]
    matrix: SessionMatrix
    why: Explanation


def drop_turns(session: Session, turns: Iterable[MergedTurn]) -> Session:
    """Return the session without some of its merged turns; their neighbours may then merge."""
    gone: set[int] = set()
    for turn in turns:
        index, left = turn.turn_index, turn.n_merged
        while left:
            if session.turns[index].text.strip():
                gone.add(index)
                left -= 1
            index += 1
    kept = [turn for index, turn in enumerate(session.turns) if index not in gone]
    return replace(session, turns=tuple(kept))


def remeasure(model: Any, session: Session, groups: Sequence[Sequence[int]]) -> Remeasured:
    """Measure a session whole, and without each group of its merged turns.

    Parameters
    ----------
    model : AllianceRegressor
        Fitted.
    session : Session
    groups : list of lists of int
        Positions among the merged turns.
    """
    turns = merge_turns(session)
    variants = [session]
    for number, group in enumerate(groups):
        left = drop_turns(session, [turns[place] for place in group])
        variants.append(replace(left, session_id=f"without-{number}"))
    if session.session_id.startswith("without-"):
        variants[0] = replace(session, session_id="whole")
    matrix = input_matrix(model, variants, reset=False)
    check_vectors(model, matrix)
    return Remeasured(turns, matrix, explain_matrix(model, matrix))
