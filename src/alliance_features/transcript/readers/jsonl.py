"""JSON Lines: one session a line."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NoReturn

from ...errors import TranscriptError
from ..session import Session
from ._files import read_lines


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


def parse_line(line: str) -> Any:
    """Return the JSON value of a line, or raise a `TranscriptError` that quotes nothing."""
    problem: TranscriptError
    try:
        return json.loads(line, object_pairs_hook=_object, parse_constant=_refuse_constant)
    except TranscriptError as error:
        problem = error
    except json.JSONDecodeError as error:
        problem = TranscriptError(
            f"the line is not well-formed JSON at character {error.pos + 1}",
            code="bad_json",
            remedy="Write one JSON object a line.",
        )
    except _DuplicateKeyError:
        problem = TranscriptError(
            "an object has the same key twice", code="duplicate_key", remedy="Keep one of them."
        )
    except (RecursionError, ValueError):
        problem = TranscriptError(
            "the line is nested too deeply or holds a number with too many digits",
            code="bad_json",
            remedy="Write one JSON object a line.",
        )
    raise problem


def _prepared(
    record: Any, roles: Mapping[str, str] | None, language: str | None
) -> Mapping[str, Any]:
    if not isinstance(record, Mapping):
        raise TranscriptError(
            "the line is not a JSON object", code="bad_type", remedy="Write one session a line."
        )
    prepared = dict(record)
    if language is not None and prepared.get("language") is None:
        prepared["language"] = language
    turns = prepared.get("turns")
    if roles and isinstance(turns, list):
        prepared["turns"] = [
            {**turn, "role": roles.get(turn["role"].strip(), turn["role"])}
            if isinstance(turn, dict) and isinstance(turn.get("role"), str)
            else turn
            for turn in turns
        ]
    return prepared


def read_jsonl(
    path: Path, *, roles: Mapping[str, str] | None, language: str | None
) -> Iterator[tuple[int, Session | TranscriptError]]:
    """Yield the line and the session of a JSON Lines file, or the error in its place."""
    for number, line in enumerate(read_lines(path), start=1):
        if not line.strip():
            continue
        result: Session | TranscriptError
        try:
            result = Session.from_dict(_prepared(parse_line(line), roles, language))
        except TranscriptError as error:
            result = error.at(path=path, line=number)
        yield number, result
