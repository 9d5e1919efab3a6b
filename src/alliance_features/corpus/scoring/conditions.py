"""The condition of each session: from a field of its `meta`, or a column of a CSV file."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

from ..._checks import counted
from ...errors import ParameterError, ResourceError
from ...transcript import Session
from ...transcript.ids import id_of, near_hint, normal_id

#: A key with more values than this is not used as a condition.
MOST = 24
_LONGEST = 64


class Conditions:
    """Looks up the condition of a session.

    Parameters
    ----------
    name : str, optional
        Key of `meta`, or column of `table`; None: there are no conditions.
    table : path, optional
        CSV file with the columns ``session_id`` and `name`.

    Raises
    ------
    ParameterError, ResourceError
        If the file cannot be read, lacks a column or names a session twice.
    """

    def __init__(self, name: str | None = None, table: str | Path | None = None) -> None:
        if table is not None and name is None:
            raise ParameterError("`conditions` is a file; name its column with `condition`.")
        self.name = name
        self._by_id: Mapping[str, str] | None = None
        if table is not None and name is not None:
            self._by_id = _read(Path(table), name)
        self._seen: set[str] = set()
        self._without: set[str] = set()

    def of(self, session: Session) -> str | None:
        """Return the condition of a session, None where it has none.

        Raises
        ------
        ParameterError
            If a value is not a short label, or there are more than `MOST` values.
        """
        if self.name is None:
            return None
        if self._by_id is not None:
            value = self._by_id.get(session.session_id)
            if session.session_id not in self._by_id:
                self._without.add(session.session_id)
        else:
            value = session.meta.get(self.name)
        if value is None or id_of(value) in (None, ""):
            return None
        label = normal_id(str(value)) if isinstance(value, (str, int, float, bool)) else ""
        if not label or len(label) > _LONGEST or not label.isprintable():
            raise ParameterError(
                f"`condition` names {self.name!r}; in session {session.session_id} it is not a "
                f"label of at most {_LONGEST} characters."
            )
        self._seen.add(label)
        if len(self._seen) > MOST:
            raise ParameterError(
                f"`condition` names {self.name!r}, which has more than {MOST} values; name a "
                "field that sorts sessions into a few groups."
            )
        return label

    def left_out(self) -> str:
        """Return a line on the sessions seen that are not in the file, "" if all are."""
        if not self._without or self._by_id is None:
            return ""
        hint = near_hint(self._without, self._by_id)
        return f"{counted(len(self._without), 'session')} not in the file of conditions{hint}"


def _read(path: Path, name: str) -> dict[str, str]:
    rows: list[dict[str, str]] | None = None
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream)
            columns = list(reader.fieldnames or ())
            rows = list(reader)
    except (OSError, UnicodeDecodeError, csv.Error):
        rows = None  # the message may quote the file
    if rows is None:
        raise ResourceError(f"{path}: the conditions cannot be read; give a CSV file in UTF-8.")
    for column in ("session_id", name):
        if column not in columns:
            raise ParameterError(f"{path.name} has no column {column!r}.")
    condition_of: dict[str, str] = {}
    for row in rows:
        key, label = normal_id(str(row["session_id"])), normal_id(row[name] or "")
        if condition_of.get(key, label) != label:
            raise ParameterError(f"{path.name}: session {key} has two conditions.")
        condition_of[key] = label
    return condition_of
