"""What a part says of itself, kept within its files."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from ..errors import TranscriptError
from .checks import CorpusChecks

#: Key of the record in the metadata of a Parquet file.
NAME = b"alliance_features.part"
_ERROR = ("problem", "code", "remedy", "session_id")


@dataclass(frozen=True, slots=True)
class PartRecord:
    """Numbers and names of a finished part; the same in each of its files."""

    key: str
    sessions: int
    turns: int
    nulls: dict[str, int] = field(default_factory=dict)
    checks: CorpusChecks = field(default_factory=CorpusChecks)
    errors: list[TranscriptError] = field(default_factory=list)

    @property
    def is_final(self) -> bool:
        """Whether measuring it again would give the same: not if a process died."""
        return not any(error.code == "worker_died" for error in self.errors)

    def to_json(self) -> str:
        """Return the record as JSON with sorted keys."""
        errors = [{name: getattr(error, name) for name in _ERROR} for error in self.errors]
        content = {
            "key": self.key,
            "sessions": self.sessions,
            "turns": self.turns,
            "nulls": dict(sorted(self.nulls.items())),
            "checks": self.checks.to_dict(),
            "errors": errors,
        }
        return json.dumps(content, sort_keys=True)

    @classmethod
    def from_json(cls, text: str | bytes) -> PartRecord:
        """Return the record that `to_json` wrote.

        Raises
        ------
        ValueError, TypeError, KeyError
            If it is something else.
        """
        content: dict[str, Any] = json.loads(text)
        checks = CorpusChecks.from_dict(content.pop("checks"))
        errors = [
            TranscriptError(
                item["problem"],
                code=item["code"],
                remedy=item["remedy"],
                session_id=item["session_id"],
            )
            for item in content.pop("errors")
        ]
        return cls(**content, checks=checks, errors=errors)
