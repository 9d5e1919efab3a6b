"""A session and its turns: immutable, and checked when they are made."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from typing import Any

from ..errors import ParameterError, TranscriptError
from .fields import (
    check_flag,
    check_id,
    check_language,
    check_mode,
    check_number,
    check_role,
    check_text,
    check_time,
    fail,
    kind,
)
from .ids import ID_FIELDS, id_of, normal_id


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Turn:
    """What one speaker says until the next turn of the transcript.

    Parameters
    ----------
    role : {"therapist", "client"}
        Who speaks.
    text : str
        What is said, as in the source; "" is legal, at most 100,000 characters.
    start, end : float, optional
        Seconds from the start of the session (or of its recording), >= 0.

    Raises
    ------
    TranscriptError
        If a field is malformed.
    """

    role: str
    text: str
    start: float | None = None
    end: float | None = None

    def __post_init__(self) -> None:
        check_role("role", self.role)
        check_text("text", self.text)
        object.__setattr__(self, "start", check_time("start", self.start))
        object.__setattr__(self, "end", check_time("end", self.end))
        if self.start is not None and self.end is not None and self.end < self.start:
            raise fail(
                "bad_time",
                "end",
                f"is {self.end}, before `start`, {self.start}",
                "Correct the times or leave them null.",
            )

    # Faster than those of `dataclass`, which look up its fields for each turn sent to a worker.
    def __getstate__(self) -> tuple[str, str, float | None, float | None]:
        return self.role, self.text, self.start, self.end

    def __setstate__(self, state: tuple[str, str, float | None, float | None]) -> None:
        for name, value in zip(("role", "text", "start", "end"), state, strict=True):
            object.__setattr__(self, name, value)

    def __repr__(self) -> str:
        times = f", start={self.start}, end={self.end}"
        return f"Turn(role={self.role!r}, text=<{len(self.text)} characters>{times})"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Session:
    """One session, the unit of measurement.

    Parameters
    ----------
    session_id : str
        Unique in a corpus; 1 to 128 printable characters, no white space. Ids are kept in NFC.
    language : str
        Code of the language spoken, e.g. "en" or "en-GB".
    turns : iterable of Turn
        In the order spoken.
    client_id, therapist_id : str, optional
        Who met; evaluations keep a client's sessions in one fold.
    session_number : int, optional
        1 for the first session of this client with this therapist.
    mode : {"spoken", "captions", "typed", "generated"}, optional
        How the session took place and was transcribed; decides which signals mean anything.
    translated : bool, optional
        Whether the text is a translation.
    verbatim : bool, optional
        Whether disfluencies were transcribed; None where unknown.
    meta : mapping, optional
        Free; never read.

    Raises
    ------
    TranscriptError
        If a field is malformed.
    """

    session_id: str
    language: str
    turns: tuple[Turn, ...]
    client_id: str | None = None
    therapist_id: str | None = None
    session_number: int | None = None
    mode: str | None = None
    translated: bool | None = None
    verbatim: bool | None = None
    meta: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_id("session_id", self.session_id, required=True)
        self._keep_ids("session_id")
        try:
            self._check()
        except TranscriptError as error:
            located = error.at(session_id=self.session_id)
        else:
            return
        raise located

    def _keep_ids(self, *names: str) -> None:
        """Keep ids that were checked in NFC: the same sign typed in two ways is one."""
        for name in names:
            value = getattr(self, name)
            if value is not None and not value.isascii():
                object.__setattr__(self, name, normal_id(value))

    def _check(self) -> None:
        check_language("language", self.language)
        check_id("client_id", self.client_id)
        check_id("therapist_id", self.therapist_id)
        self._keep_ids(*ID_FIELDS[1:])
        number = check_number("session_number", self.session_number)
        check_mode("mode", self.mode)
        check_flag("translated", self.translated)
        check_flag("verbatim", self.verbatim)
        if not isinstance(self.meta, Mapping):
            raise fail("bad_type", "meta", f"is {kind(self.meta)}", "Use an object.")
        if isinstance(self.turns, (str, Mapping)) or not isinstance(self.turns, Iterable):
            raise fail("bad_type", "turns", f"is {kind(self.turns)}", "Use a list of turns.")
        turns = tuple(self.turns)
        for index, turn in enumerate(turns):
            if not isinstance(turn, Turn):
                raise fail("bad_type", "turns", f"holds {kind(turn)}", "Every entry is a turn.").at(
                    turn=index
                )
        object.__setattr__(self, "session_number", number)
        object.__setattr__(self, "meta", dict(self.meta))
        object.__setattr__(self, "turns", turns)

    def __repr__(self) -> str:
        return (
            f"Session(session_id={self.session_id!r}, language={self.language!r}, "
            f"turns=<{len(self.turns)} turns>)"
        )

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Session:
        """Build a session from the JSON form of `data/schemas/session.json`."""
        if not isinstance(record, Mapping):
            raise TranscriptError(
                f"a session is {kind(record)}", code="bad_type", remedy="Write one JSON object."
            )
        problem: TranscriptError
        try:
            return cls(**_known(record, cls, turns=_turns(record)))
        except TranscriptError as error:
            problem = error
        name = record.get("session_id")
        raise problem.at(session_id=id_of(name) if _is_id(name) else None)

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form; `Session.from_dict` reads it back."""
        record = {item.name: getattr(self, item.name) for item in fields(self)}
        record["meta"] = dict(self.meta)
        names = tuple(_names(Turn)[0])
        record["turns"] = [{name: getattr(turn, name) for name in names} for turn in self.turns]
        return record


def check_session(value: object) -> Session:
    """Return `value` if it is a session."""
    if not isinstance(value, Session):
        raise ParameterError(
            f"`sessions` holds {type(value).__name__}; it must hold sessions, as "
            "`read_sessions` yields them."
        )
    return value


def _is_id(value: object) -> bool:
    try:
        check_id("session_id", value, required=True)
    except TranscriptError:
        return False
    return True


@cache
def _names(cls: type) -> tuple[dict[str, None], dict[str, None]]:
    """Return the fields of a class, and those that must be there."""
    names = dict.fromkeys(item.name for item in fields(cls))
    required = [name for name in ("session_id", "language", "role", "text") if name in names]
    return names, dict.fromkeys(required)


def _known(record: Mapping[str, Any], cls: type, **replaced: Any) -> dict[str, Any]:
    """Return the arguments in `record`, None for absent required ones; refuse other keys."""
    names, required = _names(cls)
    if not record.keys() <= names.keys():
        raise _unknown_key(record, names)
    given = {**required, **record, **replaced}
    if given.get("meta", "") is None:
        del given["meta"]
    return given


def _unknown_key(record: Mapping[str, Any], names: Iterable[str]) -> TranscriptError:
    place, key = next((p, key) for p, key in enumerate(record) if key not in names)
    near = difflib.get_close_matches(str(key)[:64], names, n=1)
    return TranscriptError(
        f"key {place + 1} of the object is not part of the format",
        code="unknown_key",
        remedy=f"Is `{near[0]}` meant? Keep other things under `meta`."
        if near
        else "Keep other things under the `meta` of the session.",
    )


def _turns(record: Mapping[str, Any]) -> tuple[Turn, ...]:
    raw = record.get("turns")
    if raw is None:
        raise fail("missing_field", "turns", "is absent or null", "Write a list of turns.")
    if not isinstance(raw, (list, tuple)):
        raise fail("bad_type", "turns", f"is {kind(raw)}", "Write a list of turns.")
    turns = []
    problem: TranscriptError | None = None
    for index, entry in enumerate(raw):
        try:
            if not isinstance(entry, Mapping):
                raise fail("bad_type", "turns", f"holds {kind(entry)}", "A turn is an object.")
            turns.append(Turn(**_known(entry, Turn)))
        except TranscriptError as error:
            problem = error.at(turn=index)
            break
    if problem is not None:
        raise problem
    return tuple(turns)
