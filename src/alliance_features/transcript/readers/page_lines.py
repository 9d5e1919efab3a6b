"""Lines of a page between the turns that nobody said: page numbers, running heads, line numbers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

_PAGE = re.compile(
    r"\W{0,9}(?:page|seite|pagina|página|pag\.?|pg\.?|p\.|s\.|bl\.|第)\s{0,9}\d{1,4}"
    r"(?P<of>\s{0,9}(?:of|von|out of|de|/|共)\s{0,9}\d{1,4})?\s{0,9}[页頁]?\W{0,9}",
    re.IGNORECASE,
)
_DASHED = re.compile(r"[-–—•]{1,3}\s{0,9}\d{1,4}\s{0,9}[-–—•]{1,3}")
_NUMBER = re.compile(r"\d{1,6}(?:\s{0,3}/\s{0,3}\d{1,6})?")
_BREAK = "\f"
#: So many lines that hold only a number, each one more than the last, are no talk.
_RUN = 3
_SHORTEST_HEAD = 9


class Piece(NamedTuple):
    """A line of a file, or a part of one between other line breaks, and what ended it."""

    number: int
    text: str
    end: str


class _Line(NamedTuple):
    number: int
    text: str
    end: str
    kind: str


def find_page_line(pieces: Sequence[Piece], kinds: Sequence[str]) -> tuple[int, str] | None:
    """Return the number of the first line that nobody said, and what it is; or None.

    Parameters
    ----------
    pieces : sequence of Piece
    kinds : sequence of str
        Of each piece: "turn" where a turn begins, else "text", "time" or "blank".
    """
    lines = [_Line(*piece, kind) for piece, kind in zip(pieces, kinds, strict=True)]
    found = [_page_number(lines), _running_head(lines), _counted(lines)]
    return min((place for place in found if place is not None), default=None)


def _page_number(pieces: Sequence[_Line]) -> tuple[int, str] | None:
    for place, piece in enumerate(pieces):
        if piece.kind != "text" or len(piece.text) > 60:
            continue
        content = piece.text.strip()
        match = _PAGE.fullmatch(content)
        if match is not None and (
            match["of"] or not content[0].islower() or _is_apart(pieces, place)
        ):
            return piece.number, "a page number"
        if _DASHED.fullmatch(content) or (_NUMBER.fullmatch(content) and _is_apart(pieces, place)):
            return piece.number, "a number"
    return None


def _is_apart(pieces: Sequence[_Line], place: int) -> bool:
    """Tell a line between blank ones; a page break beside one of them is blank."""
    around = [pieces[near].kind for near in (place - 1, place + 1) if 0 <= near < len(pieces)]
    return len(around) == 2 and {*around} <= {"blank", "time"}


def _running_head(pieces: Sequence[_Line]) -> tuple[int, str] | None:
    """Return a line that stands on several pages next to the page break, numbers aside."""
    if not any(piece.end == _BREAK for piece in pieces):
        return None
    filled = [piece for piece in pieces if piece.kind != "blank" or piece.end == _BREAK]
    places: dict[str, list[int]] = {}
    for place, piece in enumerate(filled):
        neighbours = [filled[place - 1].end if place else "", piece.end]
        masked = re.sub(r"\d+", "0", piece.text.strip()) if piece.kind == "text" else ""
        n_letters = sum(map(str.isalpha, masked))
        if len(masked) >= _SHORTEST_HEAD and n_letters > 3 and _BREAK in neighbours:
            places.setdefault(masked, []).append(piece.number)
    repeated = [numbers[0] for numbers in places.values() if len(numbers) > 1]
    return (min(repeated), "a running head") if repeated else None


def _counted(lines: Sequence[_Line]) -> tuple[int, str] | None:
    """Return the first of several lines that hold only numbers, each one more than the last."""
    numbers: list[tuple[int, int, int]] = []
    for place, line in enumerate(lines):
        if line.kind == "text" and len(line.text) < 20 and line.text.strip().isdecimal():
            after = lines[place + 1].kind if place + 1 < len(lines) else "blank"
            above_turn = lines[place - 1].kind == "blank" and after != "text"
            numbers.append((int(line.text), line.number, _RUN - above_turn))
    starts = Counter(value - place for place, (value, _, _) in enumerate(numbers))
    for place, (value, number, enough) in enumerate(numbers):
        if starts[value - place] >= enough:
            return number, "a number"
    return None
