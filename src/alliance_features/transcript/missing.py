"""Turns that hold no words but what a program wrote for a missing value."""

from __future__ import annotations

from .fields import is_missing
from .session import Session


def missing_markers(session: Session) -> int:
    """Return how many turns of a session hold nothing but the mark of a missing value."""
    return sum(is_missing(turn.text) for turn in session.turns)
