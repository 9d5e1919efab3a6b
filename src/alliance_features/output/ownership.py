"""Whose the files of a folder are: ours are those that we listed, by name and hash.

A finished folder lists its files in its manifest and in run.json, one that is being written in a
journal. Everything else is somebody's: it is never removed, replaced or moved, and no link is
followed.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import secrets
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import ParameterError, ResourceError
from .seals import is_whole

MANIFEST, RUN, LOCK, JOURNAL = "manifest.json", "run.json", ".lock", ".written"
#: The list of a command that writes a few files beside others.
LISTING = ".files-written"
# What a desktop leaves in a folder that it shows; it stays there and hinders nothing.
_VIEWED = frozenset({".DS_Store", "Thumbs.db", "desktop.ini", ".directory"})
#: Key of the list of files in a manifest and in run.json.
OUTPUTS = "outputs"
_HEADING = "files that alliance-features wrote here"
_PART = re.compile(
    r"(?:sessions|turns|clients|pseudo|nulls|clients_nulls)"
    r"/(?:part-\d{5}|\.kept-[0-9a-f]{32})\.parquet"
)
_PARTIAL = re.compile(r"(?:\w+/)?\.[\w.-]+\.partial")
#: What a file says where the system has no locks: a process and a host.
_HOLDER = re.compile(rb"(?:\d+\s[^\n]*\n?)?")
_MOST_NAMED = 3
_LINK, _CHANGED = "a link, or no regular file", "changed since it was written"


@dataclass(slots=True)
class Survey:
    """Files of a folder, by their paths within it.

    `ours` has a SHA-256 each, `fixed` are those of a run besides its results, `partial` what a run
    that was killed had half written, and `foreign` the rest, with the reason.
    """

    ours: dict[str, str] = field(default_factory=dict)
    fixed: list[str] = field(default_factory=list)
    partial: list[str] = field(default_factory=list)
    foreign: dict[str, str] = field(default_factory=dict)

    @property
    def removable(self) -> list[str]:
        """Names of what a run may remove; the lock and the journal are in use."""
        fixed = [name for name in self.fixed if name in (MANIFEST, RUN)]
        return [*fixed, *self.ours, *self.partial]


def survey(folder: Path, *, fixed: Iterable[str] = (), repair: bool = False) -> Survey:
    """Say of each file in a folder whose it is.

    Parameters
    ----------
    folder : Path
    fixed : iterable of str
        Names of files of the command that change and so have no hash.
    repair : bool
        Whether parts that were listed and are damaged count as ours.
    """
    files = {
        path.relative_to(folder).as_posix(): path
        for path in files_in(folder)
        if not is_viewed(path)
    }
    found, journal = Survey(), _journal(folder)
    listed = _listed(folder)
    sealed: set[str] = set()
    left: dict[str, Path] = {}
    for name, path in files.items():
        if not is_regular(path):
            found.foreign[name] = _LINK
        elif (name == LOCK and is_lock(path)) or name in fixed:
            found.fixed.append(name)
        else:
            left[name] = path
    if journal is not None:  # a copy of a part in somebody's folder has a seal as well
        sealed = {name for name, path in left.items() if _PART.fullmatch(name) and is_whole(path)}
    known = bool(listed) or journal is not None
    noted = {name for name, _ in journal or ()}
    to_hash = {*listed, *sealed, *noted}
    for name, path in left.items():
        if (name == JOURNAL and journal is not None) or (known and name in (MANIFEST, RUN)):
            found.fixed.append(name)
            continue
        digest = sha256_of(path) if name in to_hash else ""
        if digest is None:  # gone in the meantime: another run is writing
            continue
        damaged = repair and name in listed and bool(_PART.fullmatch(name))
        if (
            name in sealed
            or damaged
            or listed.get(name) == digest
            or (name, digest) in (journal or ())
        ):
            found.ours[name] = digest
        elif known and _PARTIAL.fullmatch(name):
            found.partial.append(name)
        else:
            found.foreign[name] = _CHANGED if name in to_hash else ""
    return found


def is_viewed(path: Path) -> bool:
    """Return whether a file is what a desktop leaves in a folder that it shows."""
    return path.name in _VIEWED and is_regular(path)


def files_in(folder: Path) -> Iterator[Path]:
    """Yield what is in a folder and in the folders below, links among them and not followed."""
    with os.scandir(folder) as entries:
        found = sorted(entries, key=lambda entry: entry.name)
    for entry in found:
        if entry.is_dir(follow_symlinks=False):
            yield from files_in(Path(entry.path))
        else:
            yield Path(entry.path)


def say_foreign(foreign: Mapping[str, str]) -> str:
    """Return how many files are somebody's, and the first names."""
    first = [(_shown(name), reason) for name, reason in list(foreign.items())[:_MOST_NAMED]]
    named = [f"{name} ({reason})" if reason else name for name, reason in first]
    more = len(foreign) - len(named)
    count = "1 file is" if len(foreign) == 1 else f"{len(foreign)} files are"
    return f"{count} not what was written here: {', '.join(named)}" + (
        f" and {more} more" if more else ""
    )


def _shown(name: str) -> str:
    return "".join(sign if sign.isprintable() else "?" for sign in name)


def check_no_link(folder: Path) -> None:
    """Raise an error for a folder that is a link, since its files would be removed elsewhere."""
    if folder.is_symlink():
        raise ParameterError(
            f"`output` is {folder}, which is a link to a folder with files; name the folder itself."
        )


def is_lock(path: Path) -> bool:
    """Return whether a file is the lock of a run, and no other file of that name."""
    try:
        return is_regular(path) and bool(_HOLDER.fullmatch(path.read_bytes()))
    except OSError:
        return True


def remove_listed(folder: Path, names: Iterable[str]) -> None:
    """Remove files of a folder, and the folders within it that are then empty."""
    for name in names:
        path, reason = folder / name, None
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            reason = error.strerror or type(error).__name__
        if reason is not None:
            raise ResourceError(f"{path}: cannot be removed ({reason}); remove it.")
        if path.parent != folder:
            with contextlib.suppress(OSError):  # something else is in it
                path.parent.rmdir()


#: Folders whose list this process keeps: what others write into them is not noted.
_kept: set[Path] = set()


def begin_journal(folder: Path, known: Mapping[str, str]) -> None:
    """Begin the list of what is written; `known` are files of earlier runs with their SHA-256."""
    _kept.add(folder.resolve())
    lines = [_HEADING, *(f"{digest} {name}" for name, digest in known.items())]
    if not known and not os.path.lexists(folder / JOURNAL):
        _append(folder / JOURNAL, lines, mode="x")
        return
    new = folder / f"{JOURNAL}-{secrets.token_hex(4)}.partial"
    _append(new, lines, mode="x")
    reason = None
    try:
        os.replace(new, folder / JOURNAL)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        with contextlib.suppress(OSError):
            os.unlink(new)
    if reason is not None:
        raise ResourceError(f"{folder / JOURNAL}: cannot be written ({reason}).")


def note_written(path: Path, written: Path) -> None:
    """Note in the journal of a file's folder, if there is one, what `path` will be."""
    for folder, name in (
        (path.parent, JOURNAL),
        (path.parent.parent, JOURNAL),
        (path.parent, LISTING),
    ):
        if folder.resolve() not in _kept or not _is_journal(folder / name):
            continue
        line = f"{sha256_of(written) or ''} {path.relative_to(folder).as_posix()}"
        _append(folder / name, [line], mode="a")


def end_journal(folder: Path) -> None:
    """Remove the journal of a folder, if there is one."""
    _kept.discard(folder.resolve())
    reason = None
    try:
        if _journal(folder) is not None:
            (folder / JOURNAL).unlink()
    except OSError as error:
        reason = error.strerror or type(error).__name__
    if reason is not None:
        raise ResourceError(f"{folder / JOURNAL}: cannot be removed ({reason}); remove it.")


def drop_empty_journal(folder: Path) -> None:
    """Remove the journal of a folder in which nothing else is."""
    _kept.discard(folder.resolve())
    with contextlib.suppress(OSError):
        if {path.name for path in files_in(folder)} <= {JOURNAL, LOCK} and _journal(
            folder
        ) is not None:
            os.unlink(folder / JOURNAL)


def outputs_of(folder: Path, *, fixed: Iterable[str] = ()) -> dict[str, dict[str, Any]]:
    """Return size and SHA-256 of the results that a run wrote, for its manifest."""
    found = survey(folder, fixed=fixed)
    return {
        name: {"bytes": (folder / name).stat().st_size, "sha256": digest}
        for name, digest in sorted(found.ours.items())
    }


def check_replaceable(folder: Path, names: Sequence[str]) -> None:
    """Raise an error unless those files of a folder with these names are what we wrote there.

    For commands that write a few files beside others and no manifest; their list of files stays.
    """
    listed = _journal(folder, LISTING)
    foreign = {LISTING: ""} if listed is None and os.path.lexists(folder / LISTING) else {}
    for name in names:
        path = folder / name
        if not os.path.lexists(path):
            continue
        if not is_regular(path):
            foreign[name] = _LINK
        elif (name, sha256_of(path)) not in (listed or ()):
            foreign[name] = _CHANGED if name in {noted for noted, _ in listed or ()} else ""
    if foreign:
        raise ParameterError(
            f"`output` is {folder}: {say_foreign(foreign)}; move them or name another folder."
        )


@contextlib.contextmanager
def listing(folder: Path) -> Iterator[None]:
    """Note what is written into a folder in its list of files; what an older one says stays."""
    _begin_listing(folder)
    _kept.add(folder.resolve())
    try:
        yield
    finally:
        _kept.discard(folder.resolve())


def _begin_listing(folder: Path) -> None:
    if _journal(folder, LISTING) is None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            reason = None
        except OSError as error:
            reason = error.strerror or type(error).__name__
        if reason is not None:
            raise ResourceError(f"{folder}: the folder cannot be made ({reason}).")
        _append(folder / LISTING, [_HEADING], mode="w")


def sha256_of(path: Path) -> str | None:
    """Return the SHA-256 of a file, None if it cannot be read."""
    digest = hashlib.sha256()
    try:
        with path.open("rb") as stream:
            while block := stream.read(1 << 20):
                digest.update(block)
    except OSError:
        return None
    return digest.hexdigest()


def is_regular(path: Path) -> bool:
    """Return whether a path is a file itself, and no link, pipe or device."""
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        return False


def has_journal(folder: Path) -> bool:
    """Return whether a folder has a journal that a run wrote."""
    return _is_journal(folder / JOURNAL)


def _listed(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of files by name, from the manifest or else from run.json."""
    for name in (MANIFEST, RUN):
        path = folder / name
        with contextlib.suppress(OSError, ValueError, TypeError, KeyError, AttributeError):
            if is_regular(path):
                content = json.loads(path.read_bytes())
                listed = {str(key): str(of["sha256"]) for key, of in content[OUTPUTS].items()}
                if listed:
                    return listed
    return {}


def _journal(folder: Path, name: str = JOURNAL) -> set[tuple[str, str]] | None:
    """Return names and hashes of a journal, None if it has none."""
    path = folder / name
    try:
        if not is_regular(path):
            return None
        lines = path.read_text(encoding="utf-8", errors="surrogateescape").split("\n")
    except OSError:
        return None
    return {(line[65:], line[:64]) for line in lines[1:]} if lines[0] == _HEADING else None


def _is_journal(path: Path) -> bool:
    try:
        if is_regular(path):
            with path.open("rb") as stream:
                return stream.readline(len(_HEADING) + 1) == f"{_HEADING}\n".encode()
    except OSError:
        pass
    return False


def _append(path: Path, lines: Sequence[str], *, mode: str) -> None:
    reason = None
    try:
        with path.open(mode, encoding="utf-8", newline="\n", errors="surrogateescape") as stream:
            stream.write("\n".join([*lines, ""]))
    except OSError as error:
        reason = error.strerror or type(error).__name__
    if reason is not None:
        raise ResourceError(f"{path}: cannot be written ({reason}).")
