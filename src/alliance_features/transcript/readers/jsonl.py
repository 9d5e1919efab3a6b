"""JSON Lines: one session a line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...errors import TranscriptError
from .._json import parse_json
from ..session import Session
from ._assemble import Items
from ._files import read_lines
from ._options import Options
from ._remote import Place


def parse_line(line: str) -> Any:
    """Return the JSON value of a line, or raise a `TranscriptError` that quotes nothing."""
    return parse_json(line, what="the line", remedy="Write one JSON object a line.")


def _prepared(record: Any, options: Options) -> Mapping[str, Any]:
    if not isinstance(record, Mapping):
        raise TranscriptError(
            "the line is not a JSON object", code="bad_type", remedy="Write one session a line."
        )
    return options.prepared(record)


def read_jsonl(path: Place, options: Options) -> Items:
    """Yield the line and the session of a JSON Lines file, or the error in its place."""
    for number, line in enumerate(read_lines(path), start=1):
        if not line.strip():
            continue
        result: Session | TranscriptError
        try:
            result = Session.from_dict(_prepared(parse_line(line), options))
        except TranscriptError as error:
            result = error.at(path=path, line=number)
        yield number, result
