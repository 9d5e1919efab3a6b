"""Reading JSON; unlike those of the standard library, no error quotes the document."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from ..errors import TranscriptError


class _DuplicateKeyError(ValueError):
    pass


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    record = dict(pairs)
    if len(record) < len(pairs):
        raise _DuplicateKeyError
    return record


def _refuse_constant(_: str) -> NoReturn:
    raise TranscriptError(
        "a number is NaN or infinite", code="bad_value", remedy="Write null where unknown."
    )


def parse_json(text: str, *, what: str, remedy: str) -> Any:
    """Return the JSON value of a text, or raise a `TranscriptError` that quotes nothing."""
    problem: TranscriptError
    try:
        return json.loads(text, object_pairs_hook=_object, parse_constant=_refuse_constant)
    except TranscriptError as error:
        problem = error
    except json.JSONDecodeError as error:
        problem = TranscriptError(
            f"{what} is not well-formed JSON at character {error.pos + 1}",
            code="bad_json",
            remedy=remedy,
        )
    except _DuplicateKeyError:
        problem = TranscriptError(
            "an object has the same key twice", code="duplicate_key", remedy="Keep one of them."
        )
    except (RecursionError, ValueError):
        problem = TranscriptError(
            f"{what} is nested too deeply or holds a number with too many digits",
            code="bad_json",
            remedy=remedy,
        )
    raise problem
