"""The parts of an output folder: where they end, their keys, and how they are kept and written."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import ResourceError, TranscriptError
from ..lexicons import has_lexicon, load_lexicon
from ..output.files import write_atomically
from ..output.seals import BLANK, SEAL, is_whole
from ..transcript import Session
from .corpus_checks import CorpusChecks

if TYPE_CHECKING:
    import pyarrow as pa


#: Key of the record in the metadata of a Parquet file.
NAME = b"alliance_features.part"
_ERROR = ("problem", "code", "remedy", "session_id")


@dataclass(frozen=True, slots=True)
class PartRecord:
    """Numbers and names of a finished part; the same in each of its files."""

    key: str
    sessions: int
    turns: int
    nulls: dict[str, int] = field(default_factory=dict)
    checks: CorpusChecks = field(default_factory=CorpusChecks)
    errors: list[TranscriptError] = field(default_factory=list)

    @property
    def is_final(self) -> bool:
        """Whether measuring it again would give the same: not if a process died."""
        return not any(error.code == "worker_died" for error in self.errors)

    def to_json(self) -> str:
        """Return the record as JSON with sorted keys."""
        errors = [{name: getattr(error, name) for name in _ERROR} for error in self.errors]
        content = {
            "key": self.key,
            "sessions": self.sessions,
            "turns": self.turns,
            "nulls": dict(sorted(self.nulls.items())),
            "checks": self.checks.to_dict(),
            "errors": errors,
        }
        return json.dumps(content, sort_keys=True)

    @classmethod
    def from_json(cls, text: str | bytes) -> PartRecord:
        """Return the record that `to_json` wrote.

        Raises
        ------
        ValueError, TypeError, KeyError
            If it is something else.
        """
        content: dict[str, Any] = json.loads(text)
        checks = CorpusChecks.from_dict(content.pop("checks"))
        errors = [
            TranscriptError(
                item["problem"],
                code=item["code"],
                remedy=item["remedy"],
                session_id=item["session_id"],
            )
            for item in content.pop("errors")
        ]
        return cls(**content, checks=checks, errors=errors)


#: A part ends after a session whose id has a hash that is a multiple of this.
SESSIONS_A_PART = 96
LEAST_SESSIONS = 32
MOST_SESSIONS = 384
MOST_CHARACTERS = 12_000_000


@dataclass(frozen=True, slots=True)
class Part:
    """Whole sessions in the order of the input.

    `group` counts the groups of files, `chunk` the parts of the group.
    """

    group: int
    chunk: int
    sessions: tuple[Session, ...]


class Keys:
    """Makes the key of a part: a keyed hash of its sessions and of all that their values depend on.

    Parameters
    ----------
    key : bytes
        Of the hash, see `hash_key`.
    configuration : str
        Hash of what all values depend on, see `configuration_hash`.
    """

    def __init__(self, key: bytes, configuration: str) -> None:
        self._key, self._configuration = key, configuration

    def of(self, sessions: Iterable[Session]) -> str:
        """Return the key of these sessions, 32 hexadecimal digits."""
        digest = hmac.new(self._key, self._configuration.encode(), "sha256")
        languages = set()
        for session in sessions:
            text = json.dumps(session.to_dict(), sort_keys=True, default=str)
            digest.update(f"{len(text)}:{text}".encode())
            languages.add(session.language.split("-")[0])
        for language in sorted(languages):
            lists = load_lexicon(language).sha256 if has_lexicon(language) else ""
            digest.update(f"{language}={lists}".encode())
        return digest.hexdigest()[:32]


def cut(sessions: Iterable[Session]) -> Iterator[tuple[Session, ...]]:
    """Yield neighbouring sessions in runs that end after certain ids.

    Whether a run ends after a session depends on its id and on where the run began, so that
    adding or removing a session changes the runs near by and not all that follow.
    """
    run: list[Session] = []
    characters = 0
    for session in sessions:
        run.append(session)
        characters += sum(len(turn.text) for turn in session.turns)
        full = len(run) >= MOST_SESSIONS or characters >= MOST_CHARACTERS
        if full or (len(run) >= LEAST_SESSIONS and _ends_at(session.session_id)):
            yield tuple(run)
            run, characters = [], 0
    if run:
        yield tuple(run)


def _ends_at(session_id: str) -> bool:
    digest = hashlib.blake2b(session_id.encode(errors="surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest) % SESSIONS_A_PART == 0


KEPT = re.compile(r"\.kept-([0-9a-f]{32})\.parquet")
_PART = re.compile(r"part-\d{5}\.parquet")


def part_name(place: int) -> str:
    """Return the name of the part at a place, the same in each folder."""
    return f"part-{place:05d}.parquet"


def read_record(path: Path) -> PartRecord | None:
    """Return the record of a file of a part, None if it has none or is damaged."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    with contextlib.suppress(OSError, pa.ArrowException, ValueError, TypeError, KeyError):
        metadata = pq.read_metadata(path).metadata or {}
        if NAME in metadata:
            return PartRecord.from_json(metadata[NAME])
    return None


def write_part_file(path: Path, table: pa.Table, record: PartRecord) -> None:
    """Write a table with the record of its part, atomically.

    Its last metadata is the SHA-256 of the file as it is with zeros in the place of this hash, so
    that any changed byte is found.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    sink = pa.BufferOutputStream()
    with pq.ParquetWriter(sink, table.schema, compression="zstd") as writer:
        writer.write_table(table)
        writer.add_key_value_metadata(
            {NAME.decode(): record.to_json(), SEAL.decode(): BLANK.decode()}
        )
    blank = sink.getvalue().to_pybytes()
    begin = blank.index(BLANK, blank.rindex(SEAL))
    seal = hashlib.sha256(blank).hexdigest().encode()
    content = blank[:begin] + seal + blank[begin + len(seal) :]

    def write(name: Path) -> None:
        name.write_bytes(content)

    write_atomically(path, write)


class PartStore:
    """Parts in an output folder, one file of each in every table's folder.

    A part that an earlier run finished is found by its key: it is moved to its place, and a part
    that has this place and may be needed later is set aside first. Each
    step is a rename, so that a stop at any moment loses no part.

    Parameters
    ----------
    folder : Path
    tables : sequence of str
        Names of the folders, e.g. sessions, nulls.

    Attributes
    ----------
    n_found : int
        Sessions in the complete parts of earlier runs, after `scan`.
    """

    def __init__(self, folder: Path, tables: Sequence[str]) -> None:
        self.folder, self.tables = folder, tuple(tables)
        self._known: dict[str, dict[str, Path]] = {}
        self._at: dict[Path, str] = {}
        self._records: dict[str, PartRecord] = {}
        self.n_found = 0

    def scan(self) -> None:
        """Find the parts of earlier runs."""
        for table in self.tables:
            place = self.folder / table
            for path in sorted(place.iterdir()) if place.is_dir() else ():
                if not (_PART.fullmatch(path.name) or KEPT.fullmatch(path.name)):
                    continue
                record = read_record(path)
                if record is not None and record.is_final:
                    self._known.setdefault(record.key, {})[table] = path
                    self._at[path] = record.key
                    self._records[record.key] = record
        self.n_found = sum(self._records[key].sessions for key in self._known if self.has(key))

    def has(self, key: str) -> bool:
        """Whether every file of a part was found."""
        return len(self._known.get(key, ())) == len(self.tables)

    def keep(self, key: str, place: int) -> PartRecord | None:
        """Put the part with a key at its place and return its record, None if there is none."""
        record = self._records.get(key)
        if record is None or not self.has(key):
            return None
        files = dict(self._known[key])
        if not all(is_whole(path) for path in files.values()):
            self._forget(key)
            return None
        for table, path in files.items():
            self._move(path, self._target(table, place))
        return record

    def _target(self, table: str, place: int) -> Path:
        return self.folder / table / part_name(place)

    def _forget(self, key: str) -> None:
        for path in self._known.pop(key, {}).values():
            self._at.pop(path, None)

    def _move(self, path: Path, target: Path) -> None:
        if path == target:
            return
        self._make_room(target)
        _rename(path, target)
        key = self._at.pop(path)
        self._at[target] = key
        self._known[key][target.parent.name] = target

    def _make_room(self, target: Path) -> None:
        """Set a part aside whose place another one needs."""
        key = self._at.pop(target, None)
        if key is None:
            return
        aside = target.with_name(f".kept-{key}.parquet")
        _rename(target, aside)
        self._at[aside] = key
        self._known[key][target.parent.name] = aside

    def write(self, place: int, tables: Mapping[str, pa.Table], record: PartRecord) -> None:
        """Write a part at its place."""
        for table in self.tables:
            target = self._target(table, place)
            self._make_room(target)
            write_part_file(target, tables[table], record)


def _rename(path: Path, target: Path) -> None:
    reason = None
    try:
        os.replace(path, target)
    except OSError as error:
        reason = error.strerror or type(error).__name__
    if reason is not None:
        raise ResourceError(f"{target}: cannot be written ({reason}).")
