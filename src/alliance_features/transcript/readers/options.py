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
from .labels import check_both, compile_format, default_roles, normal

#: Role of a label whose turns are left out.
NOBODY = "none"


class Heard:
    """Who the labels of one session stand for: what the user says, over common labels."""

    def __init__(self, given: Mapping[str, str], defaults: Mapping[str, str]) -> None:
        self._given, self._defaults = given, defaults
        self._alike = {normal(label): role for label, role in given.items() if normal(label)}
        self._found: dict[str, str] = {}
        self._by_default: set[str] = set()
        self._out: set[object] = set()

    def role(self, label: object) -> Any:
        """Return the role of a label, or the label where it is not known."""
        if not isinstance(label, str):
            return label
        if label not in self._found:
            self._found[label] = self._role(label)
            said = label.strip() in self._given or normal(label) in self._alike
            if self._found[label] == NOBODY and said:
                self._out.add(label)
        return self._found[label]

    def _role(self, label: str) -> str:
        if (given := self._given.get(label.strip())) is not None:
            return given
        if label in ROLES:
            return label
        name = normal(label)
        if name in self._alike:
            return self._alike[name]
        if name in self._defaults:
            self._by_default.add(label)
        return self._defaults.get(name, label)

    def leaves_out(self, label: object) -> bool:
        """Return whether the turns of a label are to be left out."""
        return label in self._out

    def check(self) -> None:
        """Raise an error if several labels all stand for one role by default."""
        if self._by_default:
            plain = {label for label in self._found if label in ROLES and label not in self._given}
            names = {normal(label) for label in self._by_default | plain}
            check_both(names, {*self._found.values()} - {NOBODY}, what="session")


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
                    "their turns out (--roles LABEL=ROLE)."
                )
        for name, column in self.columns.items():
            check_choice("columns", name, FIELDS)
            if not isinstance(column, str):
                raise ParameterError(
                    "`columns` must map fields to names of columns (--columns FIELD=COLUMN)."
                )
        if self.language is not None and not LANGUAGE_CODE.fullmatch(self.language):
            raise ParameterError(
                '`language` is not a language code; use e.g. "en", "de" or "zh" (--language en).'
            )
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

    def heard(self, language: object) -> Heard:
        """Return who the labels in a column of a session in this language stand for."""
        spoken = language if isinstance(language, str) else self.language
        return Heard(self.roles, default_roles(spoken))

    def labelled(self, record: Mapping[str, Any]) -> dict[str, Any]:
        """Return what `prepared` returns, with common labels known as in plain text."""
        turns = record.get("turns")
        if not isinstance(turns, list):
            return self.prepared(record)
        heard = self.heard(record.get("language"))
        named = [
            {**turn, "role": heard.role(turn.get("role"))} if isinstance(turn, dict) else turn
            for turn in turns
        ]
        heard.check()
        kept = [
            turn
            for turn, told in zip(named, turns, strict=True)
            if not (isinstance(told, dict) and heard.leaves_out(told.get("role")))
        ]
        return replace(self, roles={}).prepared({**record, "turns": kept})

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
