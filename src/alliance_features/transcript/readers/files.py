"""Opening transcript files; every failure becomes a `TranscriptError` that quotes no text."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterator
from pathlib import PurePath
from typing import IO, Any

from ...errors import TranscriptError
from .looks import other_bytes
from .remote import Place


def suffixes(path: Place | PurePath) -> tuple[str, bool]:
    """Return the format suffix in lower case, and whether the file is gzipped."""
    parts = [suffix.lower() for suffix in path.suffixes]
    zipped = bool(parts) and parts[-1] == ".gz"
    if zipped:
        parts.pop()
    return (parts[-1] if parts else ""), zipped


_ENCODINGS = (
    ((b"\xff\xfe\0\0", b"\0\0\xfe\xff"), "UTF-32"),
    ((b"\xff\xfe", b"\xfe\xff"), "UTF-16"),
)


def not_utf8(start: str | bytes) -> TranscriptError:
    """Return the error of a file that is not UTF-8, by its first characters."""
    head = start if isinstance(start, bytes) else start.encode("utf-8", "surrogateescape")
    other = other_bytes(head)
    if other is not None:
        return TranscriptError(f"the file is {other.title}", code="not_utf8", remedy=other.remedy)
    found = next((f" (now {name})" for signs, name in _ENCODINGS if head.startswith(signs)), "")
    return TranscriptError(
        "the file is not UTF-8",
        code="not_utf8",
        remedy=f"Save it as UTF-8{found}; the name of a compressed file ends in .gz.",
    )


def read_lines(path: Place, *, errors: str = "strict") -> Iterator[str]:
    """Yield the lines of a UTF-8 file, plain or gzipped, with their ends.

    With `errors` "surrogateescape" bytes that are not UTF-8 become lone surrogates.
    """
    # A generator and no context manager: what is raised inside `__exit__` keeps the first
    # exception as its context, and a UnicodeDecodeError holds the bytes of the file.
    problem: TranscriptError
    try:
        with _open(path, errors) as stream:
            yield from stream
        return
    except UnicodeDecodeError:
        problem = not_utf8(head_of(path))
    except (EOFError, zlib.error, gzip.BadGzipFile):
        problem = TranscriptError(
            "the gzip file is truncated or damaged",
            code="damaged_file",
            remedy="Copy or compress it again.",
        )
    except OSError as error:
        problem = TranscriptError(
            f"the file cannot be read ({error.strerror or type(error).__name__})",
            code="unreadable",
            remedy="Check the path and the permissions.",
        )
    raise problem.at(path=path)


def head_of(path: Place, *, n_bytes: int = 4096) -> bytes:
    """Return the first bytes of a file, decompressed; none where it cannot be read."""
    try:
        with path.open("rb") as stream:
            if suffixes(path)[1]:
                with _Gzip(stream) as unzipped:
                    return unzipped.read(n_bytes)
            return stream.read(n_bytes)
    except (OSError, EOFError, zlib.error):
        return b""


def _open(path: Place, errors: str) -> IO[str]:
    stream: Any = path.open("rb")
    if suffixes(path)[1]:
        stream = _Gzip(stream)
    return io.TextIOWrapper(stream, encoding="utf-8-sig", errors=errors, newline="")


class _Gzip(gzip.GzipFile):
    """A compressed stream that closes what it reads from."""

    def __init__(self, stream: IO[bytes]) -> None:
        super().__init__(fileobj=stream, mode="rb")
        self._below = stream

    def close(self) -> None:
        super().close()
        self._below.close()
