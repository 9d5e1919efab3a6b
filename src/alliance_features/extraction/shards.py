"""Shards: shares of the work of one extraction, done by independent runs."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import ParameterError, TranscriptError
from ..output.manifest import input_files
from ..transcript.readers import Place
from ..transcript.source import size_of

ERROR_FIELDS = ("problem", "code", "remedy", "path", "line", "session_id", "turn", "field")


@dataclass(slots=True)
class Shard:
    """Which groups of files, or which parts, this run measures; `index` counts from 0.

    Groups are divided among the shards if there are at least as many; files of other shards are
    then not read. With fewer groups every shard reads all files and measures its parts.
    """

    index: int = 0
    of: int = 1
    by: str = "groups"

    @classmethod
    def named(cls, shard: tuple[int, int] | None, *, whole: Sequence[str]) -> Shard:
        """Return shard (i, n), counted from 1; `whole` are options that need all sessions."""
        if shard is None:
            return cls()
        index, of = shard
        if not (isinstance(index, int) and isinstance(of, int) and 1 <= index <= of):
            raise ParameterError("`shard` must be i/n with 1 <= i <= n, e.g. 3/16.")
        if whole:
            raise ParameterError(
                f"`{whole[0]}` needs all sessions; leave it out of the shards and name it when "
                "they are merged."
            )
        return cls(index - 1, of)

    def divide(self, n_groups: int) -> None:
        """Decide whether groups or parts are divided; the same in every shard."""
        self.by = "groups" if n_groups >= self.of else "parts"

    def takes_group(self, group: int) -> bool:
        """Whether the files of a group are read here."""
        return self.by == "parts" or group % self.of == self.index

    def takes_part(self, number: int) -> bool:
        """Whether a part is measured here; `number` counts those of the groups read."""
        return self.by == "groups" or number % self.of == self.index

    def takes_errors(self, group: int) -> bool:
        """Whether this shard reports the errors of reading a group; -1 is the search for files."""
        if self.by == "parts" or group < 0:
            return self.index == 0
        return group % self.of == self.index

    def places(self, groups: Sequence[Sequence[Place]]) -> list[tuple[int, Place]]:
        """Return the files that this shard reports, with their places among all."""
        numbered = [(number, file) for number, group in enumerate(groups) for file in group]
        return [
            (place, file)
            for place, (number, file) in enumerate(numbered)
            if self.takes_errors(number)
        ]

    def section(
        self,
        groups: Sequence[Sequence[Place]],
        errors: Sequence[tuple[int, TranscriptError]],
        key: bytes,
    ) -> dict[str, Any]:
        """Return what `merge_shards` needs to know."""
        places = self.places(groups)
        hashed = input_files((file for _, file in places), key)
        return {
            "index": self.index + 1,
            "of": self.of,
            "by": self.by,
            "listing": listing(groups, key),
            "files": [
                {"place": place, **file} for (place, _), file in zip(places, hashed, strict=True)
            ],
            "errors": [{"group": group, **error_fields(error)} for group, error in errors],
        }


def listing(groups: Sequence[Sequence[Place]], key: bytes) -> str:
    """Return a keyed hash of the names and sizes of all files."""
    digest = hmac.new(key, digestmod="sha256")
    for group in groups:
        for file in group:
            digest.update(f"{file.name}\0{size_of(file)}\n".encode(errors="surrogateescape"))
        digest.update(b"\n")
    return digest.hexdigest()


def error_fields(error: TranscriptError) -> dict[str, Any]:
    """Return an error as JSON holds it, its file without the folder."""
    fields = {name: getattr(error, name) for name in ERROR_FIELDS}
    return {**fields, "path": error.path and Path(error.path).name}


def error_of(fields: dict[str, Any]) -> TranscriptError:
    """Return the error that `error_fields` described."""
    known = {name: fields[name] for name in ERROR_FIELDS}
    return TranscriptError(known.pop("problem"), **known)
