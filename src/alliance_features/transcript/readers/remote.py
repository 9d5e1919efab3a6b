"""Files behind an address such as ``s3://bucket/a.jsonl``, through fsspec and the user's driver."""

from __future__ import annotations

import io
import os
from pathlib import Path, PurePosixPath
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

from ...errors import ParameterError, ResourceError

_BLOCK = 1 << 20


def is_address(path: object) -> bool:
    """Return whether a path is an address for fsspec rather than a path on this machine."""
    return isinstance(path, str) and "://" in path


class Remote:
    """A file behind an address, with the methods of a path that the readers use.

    Parameters
    ----------
    system : fsspec file system
    path : str
        Within the file system.
    address : str
        Name of the file in messages and results.
    size : int, optional
        Size in bytes, if a listing gave it.
    """

    def __init__(self, system: Any, path: str, address: str, size: int | None = None) -> None:
        self._system, self._path, self._size = system, path, size
        self._address = address
        self.name = PurePosixPath(path).name
        self.suffixes = PurePosixPath(path).suffixes

    def __str__(self) -> str:
        return self._address

    __repr__ = __str__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Remote) and self._address == other._address

    def __hash__(self) -> int:
        return hash(self._address)

    def is_file(self) -> bool:
        """Whether there is such a file."""
        return bool(_called(self._system.isfile, self._path))

    def stat(self) -> SimpleNamespace:
        """Return the size, as `st_size`."""
        if self._size is None:
            self._size = int(_called(self._system.size, self._path) or 0)
        return SimpleNamespace(st_size=self._size)

    def open(self, mode: str = "rb") -> io.BufferedReader:
        """Open the file for reading bytes; all that goes wrong is an OSError."""
        if mode != "rb":
            raise ValueError("files behind an address are read as bytes")
        return io.BufferedReader(_Stream(_called(self._system.open, self._path, "rb")), _BLOCK)


Place = Path | Remote


class _Stream(io.RawIOBase):
    """A stream of a driver; every failure is an OSError that quotes nothing."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        content = _called(self._stream.read, len(buffer))
        buffer[: len(content)] = content
        return len(content)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return int(_called(self._stream.seek, offset, whence))

    def tell(self) -> int:
        return int(_called(self._stream.tell))

    def close(self) -> None:
        if not self.closed:
            super().close()
            _called(self._stream.close)


def _called(act: Any, *arguments: Any) -> Any:
    """Call a driver; its errors, which may hold addresses and content, become an OSError."""
    try:
        return act(*arguments)
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else type(error).__name__
    except Exception as error:
        reason = type(error).__name__
    raise OSError(5, reason)


def open_system(address: str) -> tuple[Any, str]:
    """Return the file system of an address and the path within it.

    Raises
    ------
    ParameterError
        If the address holds credentials or asks for copies on this machine.
    ResourceError
        If fsspec or the driver is not in this environment.
    """
    protocol = address.partition("://")[0]
    if "@" in urlsplit(address).netloc:
        raise ParameterError(
            f"`path` is an address of {protocol} with a user in it; put credentials into the "
            "settings of the driver, since addresses appear in results."
        )
    if "::" in address:
        raise ParameterError(
            f"`path` begins with {address.partition('::')[0]}::, which keeps copies of transcripts "
            "or opens archives; give the address alone."
        )
    try:
        from fsspec.core import url_to_fs

        system, path = url_to_fs(address)
    except Exception as error:
        kind = type(error).__name__
    else:
        return system, str(path)
    raise ResourceError(
        f"{protocol}:// cannot be read ({kind}); it needs fsspec and the driver of this protocol, "
        f"with its settings, in this environment.{_advice(protocol)}"
    )


def _advice(protocol: str) -> str:
    """Return the advice of fsspec about a missing driver, e.g. which package to install."""
    try:
        from fsspec.registry import known_implementations
    except ImportError:
        return ""
    advice = known_implementations.get(protocol, {}).get("err", "")
    return f" {advice.rstrip('.')}." if advice else ""


def remote_files(address: str) -> tuple[list[Remote], bool]:
    """Return the files that an address stands for, and whether it is a folder.

    Raises
    ------
    ParameterError, ResourceError
        As in `open_system`.
    OSError
        If the driver cannot list.
    """
    system, path = open_system(address)
    if "*" in path:
        return _matching(system, path), False
    if _called(system.isdir, path):
        return _listed(system, path), True
    return [_remote(system, path)], False


def _remote(system: Any, path: str, size: int | None = None) -> Remote:
    return Remote(system, path, str(system.unstrip_protocol(path)), size)


def _listed(system: Any, path: str) -> list[Remote]:
    """Return the files below a folder in the order of their paths; hidden ones left out."""
    entries: dict[str, dict[str, Any]] = _called(_find, system, path)
    inside = {name: PurePosixPath(name).relative_to(PurePosixPath(path)) for name in entries}
    names = {str(place) for place in inside.values()}
    results = [
        str(place.parent)
        for place in inside.values()
        if place.name == "manifest.json" and str(place.with_name("run.json")) in names
    ]
    return [
        _remote(system, name, entries[name].get("size"))
        for name in sorted(entries, key=lambda name: inside[name].as_posix())
        if not any(part.startswith(".") for part in inside[name].parts)
        and not any(parent in results for parent in map(str, inside[name].parents))
    ]


def _find(system: Any, path: str) -> dict[str, dict[str, Any]]:
    return dict(system.find(path, detail=True))


def _matching(system: Any, path: str) -> list[Remote]:
    """Return the files that match a pattern, in the order of their paths; hidden ones left out."""
    entries = _called(_glob, system, path)
    return [
        _remote(system, name, entry.get("size"))
        for name, entry in sorted(entries.items())
        if entry.get("type") == "file" and not PurePosixPath(name).name.startswith(".")
    ]


def _glob(system: Any, path: str) -> dict[str, dict[str, Any]]:
    return dict(system.glob(path, detail=True))
