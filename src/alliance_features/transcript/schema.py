"""The JSON Schema of a session, generated from the code: `make schemas` writes it."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from .fields import (
    LANGUAGE_CODE,
    MAX_ID_CHARACTERS,
    MAX_SECONDS,
    MAX_SESSION_NUMBER,
    MAX_TURN_CHARACTERS,
    MODES,
    ROLES,
)

# Python's `$` also matches before a last newline, so white space is refused by itself.
_NO_SPACE = {"pattern": r"\s"}
#: What an id may be, in every file.
ID_SCHEMA: dict[str, Any] = {
    "type": "string",
    "minLength": 1,
    "maxLength": MAX_ID_CHARACTERS,
    "not": _NO_SPACE,
    "description": "printable, no white space; of punctuation, no marks of sentences beyond ASCII",
}


def _nullable(schema: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [schema, {"type": "null"}]}


def session_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of one line of a JSON Lines file of sessions."""
    seconds = _nullable({"type": "number", "minimum": 0, "maximum": MAX_SECONDS})
    turn = {
        "type": "object",
        "additionalProperties": False,
        "required": ["role", "text"],
        "properties": {
            "role": {"enum": list(ROLES)},
            "text": {
                "type": "string",
                "maxLength": MAX_TURN_CHARACTERS,
                "description": 'as spoken, "" for no words; no NUL, no unpaired surrogate',
            },
            "start": {**seconds, "description": "seconds from the start of the session"},
            "end": {**seconds, "description": "seconds, not before `start`"},
        },
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Session",
        "description": "One psychotherapy session: one line of a JSON Lines file.",
        "type": "object",
        "additionalProperties": False,
        "required": ["session_id", "language", "turns"],
        "properties": {
            "session_id": ID_SCHEMA,
            "client_id": _nullable(ID_SCHEMA),
            "therapist_id": _nullable(ID_SCHEMA),
            "language": {
                "type": "string",
                "pattern": f"^{LANGUAGE_CODE.pattern}$",
                "not": _NO_SPACE,
                "description": "ISO 639 code, e.g. en, de, zh, en-GB",
            },
            "session_number": _nullable(
                {"type": "integer", "minimum": 0, "maximum": MAX_SESSION_NUMBER}
            ),
            "mode": {
                "enum": [*MODES, None],
                "description": "how the words came about: speech, captions of it, "
                "typed chat, or written by a program",
            },
            "translated": {"type": ["boolean", "null"]},
            "verbatim": {
                "type": ["boolean", "null"],
                "description": "whether disfluencies were transcribed; null = unknown",
            },
            "turns": {"type": "array", "items": turn, "description": "in the order spoken"},
            "meta": {"type": ["object", "null"], "description": "free; never read"},
        },
    }


def write_schemas(folder: Path) -> None:
    """Write every schema into `folder`."""
    text = json.dumps(session_schema(), indent=2, ensure_ascii=False) + "\n"
    (folder / "session.json").write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    write_schemas(Path(sys.argv[1]))
