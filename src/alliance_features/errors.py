"""Exceptions and warnings. No message ever holds a word of a transcript."""

from __future__ import annotations

from typing import Any

#: What can be wrong with a transcript: code -> meaning. The codes are in `errors.parquet`.
TRANSCRIPT_CODES: dict[str, str] = {
    "bad_csv": "the file is not well-formed CSV",
    "bad_json": "a line is not well-formed JSON",
    "bad_time": "a time is negative, not finite, not a time stamp, or an end before its start",
    "bad_type": "a field has the wrong type",
    "bad_value": "a field has a value outside its permitted set or range",
    "changed_field": "a session-level field differs between the rows of one session",
    "damaged_file": "a compressed or Parquet file is truncated, damaged or no such file",
    "duplicate_key": "a JSON object has the same key twice",
    "duplicate_session": "a session_id occurs twice",
    "empty_file": "the file or folder holds no session",
    "interleaved_sessions": "the rows of a session are not contiguous",
    "internal_error": "the session could not be measured: a defect of the program",
    "missing_column": "a required column is absent",
    "missing_field": "a required field is absent or null, or text has no speaker",
    "not_speech": "a line holds only a page number, a running head or a time, which was not said",
    "not_text": "a text holds NUL or unpaired surrogates",
    "not_utf8": "the file is not UTF-8",
    "other_format": "the file is of another format than its name or `format` says",
    "too_long": "a turn is longer than the limit",
    "unclear_speaker": "a known speaker label stands where it is not certain who speaks",
    "unknown_format": "the format of the file cannot be recognised by its name",
    "unknown_key": "a key is not part of the session format",
    "unknown_language": "the language is not a language code",
    "unknown_role": "a role or speaker label is not known as therapist or client",
    "unreadable": "the file or folder cannot be opened, or no file matches the pattern",
    "worker_died": "the process that measured the session died each time it was tried",
    "wrong_width": "a row has more or fewer cells than the header",
}


class AllianceError(Exception):
    """Base of every error of this package."""


class ParameterError(AllianceError, ValueError):
    """An argument is malformed."""


class ResourceError(AllianceError):
    """Something the computation needs is missing or damaged: vectors, a package, a folder."""


class RaterError(AllianceError):
    """Scores of a rater are not available or cannot be used."""


class AllianceWarning(UserWarning):
    """A result needs care in its interpretation."""


class DoubtWarning(AllianceWarning):
    """A session that was measured may not be what it seems; docs/files.md lists the doubts."""


class TranscriptError(AllianceError, ValueError):
    """A transcript is malformed.

    Parameters
    ----------
    problem : str
        What is wrong. Holds numbers, field names and ids, never words of the transcript.
    code : str
        A key of `TRANSCRIPT_CODES`.
    remedy : str
        What to do about it.
    path, line, session_id, turn, field
        Where: file, 1-based line (or row), session, 0-based turn, field; None where unknown.
    """

    def __init__(
        self,
        problem: str,
        *,
        code: str,
        remedy: str = "",
        path: object = None,
        line: int | None = None,
        session_id: str | None = None,
        turn: int | None = None,
        field: str | None = None,
    ) -> None:
        self.problem, self.code, self.remedy = problem, code, remedy
        self.path = None if path is None else str(path)
        self.line, self.session_id, self.turn, self.field = line, session_id, turn, field
        super().__init__(self._message())

    def _message(self) -> str:
        where = []
        if self.path is not None:
            where.append(self.path + (f", line {self.line}" if self.line is not None else ""))
        elif self.line is not None:
            where.append(f"line {self.line}")
        if self.session_id is not None:
            where.append(f"session {self.session_id}")
        if self.turn is not None:
            where.append(f"turn {self.turn}")
        place = ", ".join(where)
        text = f"{place}: {self.problem}" if place else self.problem
        return f"{text}. {self.remedy} [{self.code}]" if self.remedy else f"{text} [{self.code}]"

    def at(self, **where: Any) -> TranscriptError:
        """Return the same error with the unknown parts of its place filled in."""
        known = {
            name: value
            for name in ("path", "line", "session_id", "turn", "field")
            if (value := getattr(self, name)) is not None
        }
        return TranscriptError(
            self.problem, code=self.code, remedy=self.remedy, **{**where, **known}
        )

    def __reduce__(self) -> tuple[Any, ...]:
        state = {
            name: getattr(self, name) for name in ("path", "line", "session_id", "turn", "field")
        }
        return _rebuild, (self.problem, self.code, self.remedy, state)


def _rebuild(problem: str, code: str, remedy: str, where: dict[str, Any]) -> TranscriptError:
    return TranscriptError(problem, code=code, remedy=remedy, **where)
