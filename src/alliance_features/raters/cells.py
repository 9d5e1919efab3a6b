"""What each field of a rating may hold; no message quotes a cell that is text."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

from ..errors import TranscriptError
from ..transcript.fields import check_id, check_number
from .schema import PERSPECTIVES, STATUSES

_DECIMAL_COMMA = re.compile(r"^([+-]?\d+),(\d+)$")
#: How programs write a number that is not there.
_NO_NUMBER = ("NA", "N/A")


class BadCell(Exception):
    """A cell is malformed; holds what is wrong and what to do, and no cell."""

    def __init__(self, problem: str, remedy: str) -> None:
        self.problem, self.remedy = problem, remedy
        super().__init__(problem)


def as_id(value: Any) -> str | None:
    """Return an id or label; a whole number counts as one."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    elif isinstance(value, float) and math.isnan(value):
        return None
    try:
        check_id("id", value)
    except TranscriptError as error:
        problem = error.problem.removeprefix("`id` ")
    else:
        return None if value is None else str(value)
    raise BadCell(problem, "Ids and labels have 1 to 128 printable characters, no white space.")


def as_float(value: Any) -> float | None:
    """Return a finite number."""
    if value is None or value in _NO_NUMBER:
        return None
    if isinstance(value, str):
        value = math.inf if "_" in value else _DECIMAL_COMMA.sub(r"\1.\2", value)
    try:
        number = math.inf if isinstance(value, bool) else float(value)
    except (TypeError, ValueError, OverflowError):
        number = math.inf
    if math.isinf(number):
        raise BadCell("is not a finite number", "Leave the cell empty where there is none.")
    return None if math.isnan(number) else number


def at_least_0(value: Any) -> float | None:
    """Return a number that is not negative."""
    number = as_float(value)
    if number is not None and number < 0:
        raise BadCell(f"is {number:g}", "It cannot be negative; leave it empty where unknown.")
    return number


def as_count(value: Any) -> int | None:
    """Return a whole number that is not negative."""
    number = at_least_0(value)
    if number is not None and not number.is_integer():
        raise BadCell(f"is {number:g}", "Use a whole number, or leave it empty where unknown.")
    return None if number is None else int(number)


def as_session_number(value: Any) -> int | None:
    """Return the number of a session of its client."""
    number = as_count(value)
    try:
        return check_number("session_number", number)
    except TranscriptError as error:
        problem, remedy = error.problem.removeprefix("`session_number` "), error.remedy
    raise BadCell(problem, remedy)


def _one_of(choices: tuple[str, ...]) -> Callable[[Any], str | None]:
    def convert(value: Any) -> str | None:
        if value is not None and value not in choices:
            raise BadCell(
                "is not a known one",
                f"Use one of {', '.join(choices)}, or leave it empty where unknown.",
            )
        return None if value is None else str(value)

    return convert


#: Field -> what makes a value of a cell, or raises `BadCell`.
CONVERT: dict[str, Callable[[Any], Any]] = {
    "session_id": as_id,
    "client_id": as_id,
    "therapist_id": as_id,
    "session_number": as_session_number,
    "group": as_id,
    "rater": as_id,
    "perspective": _one_of(PERSPECTIVES),
    "instrument": as_id,
    "dimension": as_id,
    "item": as_id,
    "score": as_float,
    "scale_min": as_float,
    "scale_max": as_float,
    "model": as_id,
    "run": as_id,
    "prompt_id": as_id,
    "status": _one_of(tuple(STATUSES)),
    "tokens_in": as_count,
    "tokens_out": as_count,
    "seconds": at_least_0,
    "cost": at_least_0,
}
