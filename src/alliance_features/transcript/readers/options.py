"""Options of reading files, checked once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ..._checks import check_choice
from ...errors import ParameterError
from ..fields import LANGUAGE_CODE, MODES, ROLES
from ..ids import with_ids
from ..session import Session
from .columns import FIELDS
from .labels import compile_format

#: Role of a label whose turns are left out.
NOBODY = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """All options of reading transcript files.

    `mode`, `verbatim` and `translated` are for sessions in which they are missing; the
    others are those of `read_sessions`.

    Raises
    ------
    ParameterError
        If one of them is malformed.
    """

    format: str | None = None
    roles: Mapping[str, str] = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=dict)
    language: str | None = None
    line_format: str | None = None
    mode: str | None = None
    verbatim: bool | None = None
    translated: bool | None = None

    def __post_init__(self) -> None:
        for label, role in self.roles.items():
            if not isinstance(label, str) or role not in (*ROLES, NOBODY):
                raise ParameterError(
                    '`roles` must map labels to "therapist" or "client", or to "none" to leave '
                    "their turns out."
                )
        for name, column in self.columns.items():
            check_choice("columns", name, FIELDS)
            if not isinstance(column, str):
                raise ParameterError("`columns` must map fields to names of columns.")
        if self.language is not None and not LANGUAGE_CODE.fullmatch(self.language):
            raise ParameterError('`language` is not a language code; use e.g. "en", "de" or "zh".')
        if self.line_format is not None:
            compile_format(self.line_format)
        if self.mode is not None:
            check_choice("mode", self.mode, MODES)

    def filled(self, session: Session) -> Session:
        """Return a session with its missing mode, verbatim and translated filled in."""
        given: dict[str, Any] = {
            "mode": self.mode,
            "verbatim": self.verbatim,
            "translated": self.translated,
        }
        missing = {
            name: value
            for name, value in given.items()
            if value is not None and getattr(session, name) is None
        }
        return replace(session, **missing) if missing else session

    def leaves_out(self, label: object) -> bool:
        """Return whether the turns of a label are to be left out."""
        return isinstance(label, str) and self.roles.get(label.strip()) == NOBODY

    def prepared(self, record: Mapping[str, Any]) -> dict[str, Any]:
        """Return the JSON form of a session: its turns with roles, or left out; its language."""
        prepared = with_ids(record)
        if self.language is not None and prepared.get("language") is None:
            prepared["language"] = self.language
        turns = prepared.get("turns")
        if self.roles and isinstance(turns, list):
            prepared["turns"] = [
                {**turn, "role": self.roles.get(turn["role"].strip(), turn["role"])}
                if isinstance(turn, dict) and isinstance(turn.get("role"), str)
                else turn
                for turn in turns
                if not (isinstance(turn, dict) and self.leaves_out(turn.get("role")))
            ]
        return prepared
