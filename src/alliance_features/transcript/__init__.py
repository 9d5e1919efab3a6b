"""Sessions, their turns, and the readers of transcript files."""

from .exchange import MergedTurn, merge_turns
from .readers import read_sessions
from .session import Session, Turn

__all__ = ["MergedTurn", "Session", "Turn", "merge_turns", "read_sessions"]
