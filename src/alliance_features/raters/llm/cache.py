"""Answers that were had, so that none is asked for twice: numbers under keyed hashes, no text."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import sqlite3
import threading
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from ...errors import ResourceError
from ...run.keys import hash_key, key_name
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
    """Answers by what was asked, in a SQLite file (write-ahead log); safe for threads.

    A key is a keyed hash of everything that decides an answer: model, settings, prompt, messages,
    schema, seed. Rationales are stored only where the question says so.

    Parameters
    ----------
    path : path or None
        None: in memory.

    Raises
    ------
    ResourceError
        If the file cannot be opened, is no cache, or was written with another key.
    """

    def __init__(self, path: str | os.PathLike[str] | None = None) -> None:
        self._name = ":memory:" if path is None else os.fspath(path)
        self._key = hash_key()
        self._lock = threading.Lock()
        reason = None
        try:
            if path is not None:
                Path(path).parent.mkdir(parents=True, exist_ok=True)
                os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
            self._db = sqlite3.connect(self._name, timeout=30, check_same_thread=False)
            self._db.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;" + _TABLES)
            about = dict(self._db.execute("SELECT name, value FROM about"))
        except (OSError, sqlite3.Error) as error:
            reason = getattr(error, "strerror", None) or "it is no SQLite file that can be used"
        if reason is not None:
            raise ResourceError(f"{self._name}: stored answers cannot be opened: {reason}.")
        self._check(about)

    def _check(self, about: dict[str, str]) -> None:
        ours = {"format": FORMAT, "key": key_name(self._key)}
        if not about:
            with self._lock, self._db:
                self._db.executemany("INSERT OR IGNORE INTO about VALUES (?, ?)", ours.items())
            return
        if about.get("format") != FORMAT:
            self.close()
            raise ResourceError(f"{self._name}: stored answers of another version; use a new file.")
        if about.get("key") != ours["key"]:
            self.close()
            raise ResourceError(
                f"{self._name}: the answers were stored under another hash key, so none would be "
                "found. Set ALLIANCE_FEATURES_HASH_KEY as it was then, or use a new file."
            )

    def key(self, question: dict[str, Any]) -> str:
        """Return the keyed hash of a question."""
        text = json.dumps(question, sort_keys=True, ensure_ascii=False)
        return hmac.new(self._key, text.encode(), hashlib.sha256).hexdigest()

    def get(self, key: str) -> Answer | None:
        """Return a stored answer; None if there is none, or an error, which may be gone by now."""
        query = f"SELECT {_QUOTED} FROM answers WHERE key = ?"
        with self._lock:
            row = self._db.execute(query, (key,)).fetchone()
            told = self._db.execute("SELECT rationale FROM rationales WHERE key = ?", (key,))
            text = told.fetchone()
        if row is None:
            return None
        values = dict(zip(_COLUMNS, row, strict=True))
        values["evidence"] = tuple(int(turn) for turn in (values["evidence"] or "").split())
        answer = Answer(**values, rationale=text and text[0])
        return None if answer.status == "error" else answer

    def put(self, key: str, answer: Answer, *, with_rationale: bool = False) -> Answer:
        """Store an answer, durably once this returns; return it as stored."""
        kept = answer if with_rationale else replace(answer, rationale=None)
        row = [getattr(kept, name) for name in _COLUMNS]
        row[_COLUMNS.index("evidence")] = " ".join(map(str, kept.evidence))
        marks = ", ".join("?" * (len(row) + 1))
        with self._lock, self._db:
            self._db.execute(f"INSERT OR REPLACE INTO answers VALUES ({marks})", (key, *row))
            if kept.rationale is not None:
                pair = (key, kept.rationale)
                self._db.execute("INSERT OR REPLACE INTO rationales VALUES (?, ?)", pair)
        return kept

    def mean_seconds(self) -> float | None:
        """Return the mean time of a stored call; None if there is none."""
        with self._lock:
            row = self._db.execute(
                "SELECT AVG(seconds) FROM answers WHERE attempts > 0 AND status <> 'error'"
            ).fetchone()
        return None if row[0] is None else float(row[0])

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()
