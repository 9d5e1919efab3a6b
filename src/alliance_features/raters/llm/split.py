"""Shorten or split sessions that are longer than the context of the model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from ...transcript.exchange import MergedTurn
from .prompts import left_out, part_of, render_turns

#: Halvings until a session is given up as too long.
MOST_LEVELS = 8


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Part:
    """The turns of a session that are sent in one call.

    Attributes
    ----------
    lines : tuple of str
        The transcript, one line per turn.
    turns : frozenset of int
        Indices of the turns in it.
    """

    lines: tuple[str, ...]
    turns: frozenset[int]


def split(turns: Sequence[MergedTurn], policy: str, level: int) -> list[Part] | None:
    """Return the parts of a session that are rated, or None if it cannot be divided so often.

    Parameters
    ----------
    turns : sequence of MergedTurn
        At least one.
    policy : {"error", "head_tail", "chunk"}
    level : int
        0: the whole session. Else ``head_tail`` keeps 2**-level of its characters, half of them
        from its beginning; ``chunk`` makes 2**level parts of about equal length.
    """
    if level == 0:
        return [whole(turns)]
    if policy == "error" or level > MOST_LEVELS:
        return None
    lines = render_turns(turns)
    ends = list(accumulate(len(line) + 1 for line in lines))
    if policy == "head_tail":
        return _head_tail(turns, lines, ends, level)
    return _chunks(turns, lines, ends, 2**level)


def whole(turns: Sequence[MergedTurn]) -> Part:
    """Return a session as one part."""
    return _part(turns, render_turns(turns), range(len(turns)))


def _head_tail(
    turns: Sequence[MergedTurn], lines: list[str], ends: list[int], level: int
) -> list[Part] | None:
    half = ends[-1] / 2 ** (level + 1)
    n_head = sum(end <= half for end in ends)
    n_tail = sum(
        ends[-1] - (end - len(line) - 1) <= half for end, line in zip(ends, lines, strict=True)
    )
    if n_head + n_tail == 0:
        return None
    cut = len(turns) - n_tail
    first, last = turns[n_head].turn_index, _last_index(turns, cut - 1)
    kept = [*range(n_head), *range(cut, len(turns))]
    part = _part(turns, lines, kept)
    marked = (*part.lines[:n_head], left_out(first, last), *part.lines[n_head:])
    return [Part(lines=marked, turns=part.turns)]


def _last_index(turns: Sequence[MergedTurn], place: int) -> int:
    return turns[place].turn_index + turns[place].n_merged - 1


def _chunks(
    turns: Sequence[MergedTurn], lines: list[str], ends: list[int], n_parts: int
) -> list[Part] | None:
    if n_parts > len(turns):
        return None
    # A turn belongs to the part that its middle is in.
    middles = [end - (len(line) + 1) / 2 for end, line in zip(ends, lines, strict=True)]
    groups: list[list[int]] = [[] for _ in range(n_parts)]
    for place, middle in enumerate(middles):
        groups[min(int(middle / ends[-1] * n_parts), n_parts - 1)].append(place)
    groups = [group for group in groups if group]
    parts = [_part(turns, lines, group) for group in groups]
    return [
        Part(lines=(part_of(number, len(parts)), *part.lines), turns=part.turns)
        for number, part in enumerate(parts, 1)
    ]


def _part(turns: Sequence[MergedTurn], lines: list[str], places: Sequence[int]) -> Part:
    return Part(
        lines=tuple(lines[place] for place in places),
        turns=frozenset(turns[place].turn_index for place in places),
    )
