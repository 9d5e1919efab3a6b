"""Stored answers, so that no call is repeated: numbers under keyed hashes, no text."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from ...errors import ResourceError
from ...output.keys import hash_key, key_name
from .answers import Answer

FORMAT = "1"
_COLUMNS = tuple(field.name for field in fields(Answer) if field.name != "rationale")
_QUOTED = ", ".join(f'"{name}"' for name in _COLUMNS)
_TABLES = f"""
CREATE TABLE IF NOT EXISTS about (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS answers (key TEXT PRIMARY KEY, {_QUOTED}) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS rationales (key TEXT PRIMARY KEY, rationale TEXT) WITHOUT ROWID;
"""


class AnswerCache:
    """Answers by the question asked, in a SQLite file (write-ahead log); safe for threads.

    A key is a keyed hash of everything that an answer depends on: model, settings, prompt,
    messages, schema, seed. Rationales are stored only where the plan asks for them.

    Parameters
    ----------
    path : path or None
        Its folder is made at once, the file with the first answer. None: in memory.

    Attributes
    ----------
    path : pathlib.Path or None

    Raises
    ------
    ResourceError
        If the file cannot be used, is not a cache, or was written with another key.
    """

    def __init__(self, path: str | os.PathLike[str] | None = None) -> None:
        self.path = None if path is None else Path(path)
        self._key = hash_key()
        self._lock = threading.Lock()
        if self.path is not None:
            _prepare(self.path.parent)
        self._waits = self.path is not None and not self.path.exists()
        self._db = self._open(None if self._waits else self.path)

    def _database(self, *, create: bool = False) -> sqlite3.Connection:
        """Return the database, an empty one while there is no file; the caller holds the lock."""
        if self._waits and self.path is not None and (create or self.path.exists()):
            empty, self._db = self._db, self._open(self.path)
            empty.close()
            self._waits = False
        return self._db

    def _open(self, path: Path | None) -> sqlite3.Connection:
        db, reason = None, None
        try:
            if path is not None:
                os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
            db = sqlite3.connect(path or ":memory:", timeout=30, check_same_thread=False)
            db.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;" + _TABLES)
            about = dict(db.execute("SELECT name, value FROM about"))
        except (OSError, sqlite3.Error) as error:
            reason = getattr(error, "strerror", None) or "it is not a SQLite file that can be used"
        if db is None or reason is not None:
            if db is not None:
                db.close()
            raise ResourceError(f"{path}: stored answers cannot be opened: {reason}.")
        self._check(db, about)
        return db

    def _check(self, db: sqlite3.Connection, about: dict[str, str]) -> None:
        ours = {"format": FORMAT, "key": key_name(self._key)}
        if not about:
            with db:
                db.executemany("INSERT OR IGNORE INTO about VALUES (?, ?)", ours.items())
            return
        if about.get("format") != FORMAT:
            db.close()
            raise ResourceError(f"{self.path}: stored answers of another version; use a new file.")
        if about.get("key") != ours["key"]:
            db.close()
            raise ResourceError(
                f"{self.path}: the answers were stored under another hash key, so none would be "
                "found. Set ALLIANCE_FEATURES_HASH_KEY as it was then, or use a new file."
            )

    def key(self, question: dict[str, Any]) -> str:
        """Return the keyed hash of a question."""
        text = json.dumps(question, sort_keys=True, ensure_ascii=False)
        return hmac.new(self._key, text.encode(), hashlib.sha256).hexdigest()

    def get(self, key: str) -> Answer | None:
        """Return a stored answer; None if there is none, or an error, which may not recur."""
        query = f"SELECT {_QUOTED} FROM answers WHERE key = ?"
        with self._using() as db:
            row = db.execute(query, (key,)).fetchone()
            cursor = db.execute("SELECT rationale FROM rationales WHERE key = ?", (key,))
            text = cursor.fetchone()
        if row is None:
            return None
        values = dict(zip(_COLUMNS, row, strict=True))
        values["evidence"] = tuple(int(turn) for turn in (values["evidence"] or "").split())
        answer = Answer(**values, rationale=text and text[0])
        return None if answer.status == "error" else answer

    def put(self, key: str, answer: Answer, *, with_rationale: bool = False) -> Answer:
        """Store an answer, durably once this returns; return it as stored.

        Raises
        ------
        ResourceError
            If it cannot be stored, for example because the disk is full.
        """
        kept = answer if with_rationale else replace(answer, rationale=None)
        row = [getattr(kept, name) for name in _COLUMNS]
        row[_COLUMNS.index("evidence")] = " ".join(map(str, kept.evidence))
        marks = ", ".join("?" * (len(row) + 1))
        with self._using(create=True) as db, db:
            db.execute(f"INSERT OR REPLACE INTO answers VALUES ({marks})", (key, *row))
            if kept.rationale is not None:
                pair = (key, kept.rationale)
                db.execute("INSERT OR REPLACE INTO rationales VALUES (?, ?)", pair)
        return kept

    def mean_seconds(self) -> float | None:
        """Return the mean time of a stored call; None if there is none."""
        with self._using() as db:
            row = db.execute(
                "SELECT AVG(seconds) FROM answers WHERE attempts > 0 AND status <> 'error'"
            ).fetchone()
        return None if row[0] is None else float(row[0])

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._waits = False
            self._db.close()

    @contextmanager
    def _using(self, *, create: bool = False) -> Iterator[sqlite3.Connection]:
        """Lock and yield the database; if it fails, raise an error that says why."""
        reason = None
        with self._lock:
            try:
                yield self._database(create=create)
            except sqlite3.Error as error:
                reason = getattr(error, "sqlite_errorname", None) or type(error).__name__
        if reason is not None:
            raise ResourceError(
                f"{self.path}: stored answers cannot be used ({reason}). Is the disk full, or the "
                "file damaged? Stored answers are not requested again."
            )


def _prepare(folder: Path) -> None:
    """Make the folder of a file; refuse one that cannot be written to."""
    reason = None
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = error.strerror or type(error).__name__
    if reason is None and not os.access(folder, os.W_OK):
        reason = "it cannot be written to"
    if reason is not None:
        raise ResourceError(f"{folder}: no folder for stored answers: {reason}.")
