"""One rule for ids wherever they are read, and which ids differ in spelling alone.

An id is NFC without blanks around it. Two ids that are not the same then are two ids, however alike
they are: `similar_ids` and `near_matches` count those that one person or session may have been
written as.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from .fields import is_missing

#: Fields of a session that hold ids.
ID_FIELDS = ("session_id", "client_id", "therapist_id")
#: What `loose_form` leaves out, for messages.
SPELLING = "case, blanks, hyphens, leading zeros or `.0`"

_LAST_ZEROS = re.compile(r"\.0+$")
_LEADING_ZEROS = re.compile(r"(?<![0-9])0+(?=[0-9])")
_BETWEEN_DIGITS = re.compile(r"(?<=[0-9])[\s_\-\u2010-\u2015\u2212]+(?=[0-9])")
_JOINTS = re.compile(r"[\s_\-\u2010-\u2015\u2212]+")


def _is_blank(character: str) -> bool:
    """Return whether it shows nothing: white space, or a sign without width."""
    return character.isspace() or unicodedata.category(character) == "Cf"


def normal_id(value: str) -> str:
    r"""Return an id in NFC and without blanks around it, those without width included.

    Examples
    --------
    >>> normal_id(" P01\u200b"), normal_id("Mu\u0308ller") == "M\u00fcller"
    ('P01', True)
    """
    if value.isascii():
        return value.strip()
    text = unicodedata.normalize("NFC", value)
    begin, end = 0, len(text)
    while begin < end and _is_blank(text[begin]):
        begin += 1
    while begin < end and _is_blank(text[end - 1]):
        end -= 1
    return text[begin:end]


def id_of(cell: Any) -> Any:
    """Return the id of a cell, None for a mark of a missing value; not text: as it is."""
    return _id_of_text(cell) if isinstance(cell, str) else cell


@lru_cache(maxsize=1024)
def _id_of_text(cell: str) -> str | None:
    text = normal_id(cell)
    return None if is_missing(text) else text


def id_in_table(cell: Any) -> Any:
    """Return the id of a cell of any type: a whole number is written as digits, NaN is None."""
    if isinstance(cell, float):
        if cell != cell:
            return None
        cell = int(cell) if cell.is_integer() else cell
    if isinstance(cell, int) and not isinstance(cell, bool):
        return str(cell)
    return id_of(cell)


def with_ids(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return a copy of the fields of a session, its ids as they are kept."""
    kept = dict(record)
    for name in ID_FIELDS:
        if kept.get(name) is not None:
            kept[name] = id_of(kept[name])
    return kept


def normal_ids(values: Iterable[Any]) -> list[Any]:
    """Return ids or labels as they are kept; what is not text stays."""
    return [normal_id(value) if isinstance(value, str) else value for value in values]


def loose_form(value: str) -> str:
    r"""Return what spellings of an id share that differ in nothing but `SPELLING`.

    Hyphens and underscores count as blanks, except between two digits: 1-11 is not 11-1.

    Examples
    --------
    >>> {loose_form(name) for name in ("P01", "p1", "P_1", "P-01.0", "\uff30\uff11")}
    {'p1'}
    """
    text = _LAST_ZEROS.sub("", unicodedata.normalize("NFKC", value).casefold())
    text = _LEADING_ZEROS.sub("", text)
    text = _JOINTS.sub("", _BETWEEN_DIGITS.sub("/", text))
    return text or value


def similar_ids(ids: Iterable[str | None]) -> set[str]:
    """Return the ids that differ from another of them in spelling alone."""
    by_form: dict[str, set[str]] = {}
    for name in ids:
        if name is not None:
            by_form.setdefault(loose_form(name), set()).add(name)
    return {name for names in by_form.values() if len(names) > 1 for name in names}


def near_matches(ids: Iterable[str], known: Iterable[str]) -> int:
    """Return how many ids are not among the known ones but differ from one in spelling alone."""
    there = set(known)
    forms = {loose_form(name) for name in there}
    return sum(name not in there and loose_form(name) in forms for name in set(ids))


def alike_hint(first: str, second: str) -> str:
    """Return a clause for a message on two ids, "" where they differ in more than spelling."""
    return f", which differ only in {SPELLING}" if loose_form(first) == loose_form(second) else ""


def near_hint(ids: Iterable[str], known: Iterable[str]) -> str:
    """Return a clause for a message on ids that match none, "" where spelling is not the cause."""
    n = near_matches(ids, known)
    return f"; {n:,} would match if {SPELLING} made no difference" if n else ""
