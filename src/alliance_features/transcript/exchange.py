"""Merged turns: successive turns of one speaker become one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from .session import Session


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class MergedTurn:
    """All that a speaker says before the other speaks.

    Attributes
    ----------
    role : {"therapist", "client"}
    text : str
        The texts of the original turns, joined by newlines.
    turn_index : int
        0-based index of the first original turn.
    n_merged : int
        How many original turns it holds, >= 1.
    start, end : float or None
        Start of the first and end of the last original turn, in seconds.
    """

    role: str
    text: str
    turn_index: int
    n_merged: int = 1
    start: float | None = None
    end: float | None = None

    def __repr__(self) -> str:
        return (
            f"MergedTurn(role={self.role!r}, text=<{len(self.text)} characters>, "
            f"turn_index={self.turn_index}, n_merged={self.n_merged})"
        )


def merge_turns(session: Session) -> list[MergedTurn]:
    """Join the successive turns of one speaker, so that the speakers alternate.

    A turn with no text (empty or white space) was not said: it neither makes a merged turn
    nor separates two turns of the other speaker.

    Parameters
    ----------
    session : Session
        Not changed.

    Returns
    -------
    list of MergedTurn
        In the order spoken; roles alternate.

    Examples
    --------
    >>> from alliance_features import Session, Turn, merge_turns
    >>> session = Session(session_id="s1", language="en", turns=[
    ...     Turn(role="client", text="It was hard."), Turn(role="client", text="Really hard."),
    ...     Turn(role="therapist", text="Hard how?")])
    >>> [(turn.role, turn.turn_index, turn.n_merged) for turn in merge_turns(session)]
    [('client', 0, 2), ('therapist', 2, 1)]
    """
    said = session.turns
    groups = group_turns(session)
    return [
        MergedTurn(
            role=said[group[0]].role,
            text=text,
            turn_index=group[0],
            n_merged=len(group),
            start=said[group[0]].start,
            end=said[group[-1]].end,
        )
        for group, text in zip(groups, group_texts(session, groups), strict=True)
    ]


def group_turns(session: Session) -> list[list[int]]:
    """Return the indices of the original turns of each merged turn."""
    groups: list[list[int]] = []
    speaker = None
    for index, turn in enumerate(session.turns):
        if not turn.text or turn.text.isspace():
            continue
        if turn.role == speaker:
            groups[-1].append(index)
        else:
            groups.append([index])
            speaker = turn.role
    return groups


def group_texts(session: Session, groups: Sequence[Sequence[int]]) -> list[str]:
    """Return the texts of merged turns, those of the original turns joined by newlines."""
    said = session.turns
    return [
        said[group[0]].text if len(group) == 1 else "\n".join([said[index].text for index in group])
        for group in groups
    ]


def has_backward_times(session: Session) -> bool:
    """Return whether a turn starts before one that precedes it."""
    known = [turn.start for turn in session.turns if turn.start is not None]
    return any(later < earlier for earlier, later in pairwise(known))
