"""Errors about sessions, and the table of them."""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import TranscriptError
from ..transcript import Session

if TYPE_CHECKING:
    import pyarrow as pa

_COLUMNS = ("file", "line", "session_id", "turn", "field", "code", "message")


def internal_error(error: Exception, session: Session) -> TranscriptError:
    """Return an error with the place of a defect, whose own message may quote the transcript."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return TranscriptError(
        f"{type(error).__name__} in {Path(last.filename).name}, line {last.lineno}",
        code="internal_error",
        session_id=session.session_id,
        remedy="This is a defect of the program; please report it with this line.",
    )


def worker_died(session: Session) -> TranscriptError:
    """Return the error of a session whose process died each time."""
    return TranscriptError(
        "the process that measured the session died each time",
        code="worker_died",
        session_id=session.session_id,
        remedy="The system may have ended it for its memory; the session is tried again when the "
        "command is run again with --update.",
    )


def errors_table(errors: Sequence[TranscriptError]) -> pa.Table:
    """Return errors as a table; `file` is the name without its folder."""
    import pyarrow as pa

    kinds = {"line": pa.int64(), "turn": pa.int64()}
    columns = {
        "file": [None if error.path is None else Path(error.path).name for error in errors],
        "line": [error.line for error in errors],
        "session_id": [error.session_id for error in errors],
        "turn": [error.turn for error in errors],
        "field": [error.field for error in errors],
        "code": [error.code for error in errors],
        "message": [f"{error.problem}. {error.remedy}".strip() for error in errors],
    }
    return pa.table(
        [pa.array(columns[name], type=kinds.get(name, pa.string())) for name in _COLUMNS],
        names=list(_COLUMNS),
    )
