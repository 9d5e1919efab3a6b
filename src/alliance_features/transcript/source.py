"""The files that a run reads, how they are read, and in which groups."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import TranscriptError
from . import Session
from .readers import Options, Place, check_options, find_files, read_files

#: A group of small files ends at a name whose hash is a multiple of this, or at a limit.
FILES_A_GROUP = 64
MOST_FILES = 256
MOST_BYTES = 4_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Input(Options):
    """Which files, folders or patterns to read, and how; see `read_sessions`."""

    paths: Sequence[str | Path]

    def __post_init__(self) -> None:
        for name in ("roles", "columns"):
            object.__setattr__(self, name, getattr(self, name) or {})
        Options.__post_init__(self)

    def files(self, errors: list[TranscriptError]) -> list[Place]:
        """Return the files in order; for a path without any, an error is appended to `errors`."""
        places = [item for path in self.paths for item in find_files(path, format=self.format)]
        errors += [item for item in places if isinstance(item, TranscriptError)]
        return [item for item in places if not isinstance(item, TranscriptError)]

    def check(self, files: Iterable[Place]) -> None:
        """Raise an error for an option that applies to none of the files."""
        check_options(files, self)

    def read(
        self,
        files: Sequence[Place],
        errors: list[TranscriptError],
        *,
        seen: set[str] | None = None,
    ) -> Iterator[Session]:
        """Yield the sessions of files that `files` returned; append what cannot be read.

        If only some of the files are read at a time, call `check` with all of them before; `seen`
        holds the ids read before, and those of these files are added.
        """
        if seen is None:
            self.check(files)
        return read_files(files, self, errors, set() if seen is None else seen)

    def n_left_out(self, files: Sequence[Place]) -> int:
        """Return how many files in the folders have names of no known format."""
        inside = (
            file
            for path in map(Path, self.paths)
            if path.is_dir()
            for file in path.rglob("*")
            if not any(part.startswith(".") for part in file.relative_to(path).parts)
        )
        return sum(file.is_file() for file in set(inside) - set(files))

    def configuration(self) -> dict[str, Any]:
        """Return the options for a manifest."""
        return {
            "input_format": self.format,
            "roles": dict(self.roles or {}),
            "columns": dict(self.columns or {}),
            "language": self.language,
            "line_format": self.line_format,
            "mode": self.mode,
            "verbatim": self.verbatim,
            "translated": self.translated,
        }


def group_files(files: Iterable[Place]) -> list[list[Place]]:
    """Return neighbouring files in groups, which are read together.

    Where a group ends depends only on the names and sizes near by, so that adding or removing a
    file changes few groups: after a file of `MOST_BYTES` or more and before it, after a name whose
    hash is a multiple of `FILES_A_GROUP`, and at `MOST_FILES` files or `MOST_BYTES`.
    """
    groups: list[list[Place]] = [[]]
    n_bytes = 0
    for file in files:
        size = size_of(file) or 0
        if groups[-1] and (size >= MOST_BYTES or n_bytes + size > MOST_BYTES):
            groups.append([])
            n_bytes = 0
        groups[-1].append(file)
        n_bytes += size
        ends = hashlib.sha256(file.name.encode(errors="surrogateescape")).digest()
        at_name = int.from_bytes(ends[:4]) % FILES_A_GROUP == 0
        if at_name or n_bytes >= MOST_BYTES or len(groups[-1]) >= MOST_FILES:
            groups.append([])
            n_bytes = 0
    return [group for group in groups if group]


def size_of(path: Place) -> int | None:
    """Return the size of a file in bytes, None if there is none."""
    try:
        return path.stat().st_size if path.is_file() else None
    except OSError:
        return None
