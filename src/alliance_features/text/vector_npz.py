"""Our own vectors file: an npz without pickled objects, the same bytes for the same content."""

from __future__ import annotations

import json
import os
import re
import secrets
import zipfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import ParameterError, ResourceError

_LANGUAGE = re.compile(r"[a-z]{2,3}")
_EPOCH = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True, eq=False)
class Content:
    """Content of a file of vectors; see `Vectors`.

    Attributes
    ----------
    words : sequence of str, length n_words
    matrix : ndarray of float32 or float64, shape (n_words, n_dimensions)
    weights : ndarray of float64, shape (n_words,), or None
    language : str or None
    about : mapping
    """

    words: Sequence[str]
    matrix: npt.NDArray[Any]
    weights: npt.NDArray[np.float64] | None = None
    language: str | None = None
    about: Mapping[str, Any] = field(default_factory=dict)


def read_npz(path: Path) -> Content:
    """Read our npz; any exception means that it is damaged or not ours."""
    with path.open("rb") as stream, np.load(stream, allow_pickle=False) as archive:
        parts = {key: archive[key] for key in archive.files}
    stored = parts["vectors"]
    if stored.dtype.kind not in "fi":
        raise ValueError
    matrix = stored.astype(np.float32) if stored.dtype != np.float64 else stored
    if "scale" in parts:
        matrix = matrix * parts["scale"].astype(np.float32)
    language = _text(parts["language"]) if "language" in parts else None
    if language is not None and not _LANGUAGE.fullmatch(language):
        raise ValueError
    about = json.loads(_text(parts["about"])) if "about" in parts else {}
    if not isinstance(about, dict):
        raise ValueError
    weights = parts.get("weights")
    if weights is not None and weights.dtype.kind != "f":
        raise ValueError
    return Content(
        words=_text(parts["words"]).split("\n"),
        matrix=matrix,
        weights=None if weights is None else weights.astype(np.float64),
        language=language,
        about=about,
    )


def _text(stored: npt.NDArray[Any]) -> str:
    return bytes(stored.item()).decode("utf-8")


def is_npz(path: Path) -> bool:
    """Return whether a path is a file of vectors as `write_npz` writes it, and no link."""
    if path.is_symlink() or not path.is_file():
        return False
    try:
        with zipfile.ZipFile(path) as archive:
            return {"words.npy", "vectors.npy"} <= set(archive.namelist())
    except (OSError, zipfile.BadZipFile, ValueError, NotImplementedError):
        return False


def write_npz(path: Path, content: Content) -> None:
    """Write our npz under a temporary name, sync, and rename it.

    The members are not compressed and carry no time, so that the bytes depend on the content
    alone and not on the day or the version of zlib.
    """
    if path.suffix != ".npz":
        raise ParameterError(f"`path` is {path.name}; it must end in .npz.")
    parts: dict[str, npt.NDArray[Any]] = {
        "words": np.array(join_words(content.words)),
        "vectors": content.matrix,
    }
    if content.weights is not None:
        parts["weights"] = content.weights
    if content.language is not None:
        parts["language"] = np.array(content.language.encode())
    if content.about:
        text = json.dumps(content.about, sort_keys=True, ensure_ascii=True)
        parts["about"] = np.array(text.encode())
    write_parts(path, parts)


def join_words(words: Sequence[str]) -> bytes:
    """Return words as one text, one per line; a word with a line break is refused."""
    text = None
    for place, word in enumerate(words):
        if "\n" in word or "\0" in word:
            raise ParameterError(
                f"word {place} holds a line break or NUL, which the format cannot hold; "
                "leave it out."
            )
    try:
        text = "\n".join(words).encode("utf-8")
    except UnicodeEncodeError:
        text = None  # its message quotes the words, so it may not be chained
    if text is None:
        raise ParameterError("a word holds half of a surrogate pair; leave it out.")
    return text


def write_parts(path: Path, parts: Mapping[str, npt.NDArray[Any]]) -> None:
    """Write the members of an npz file to a temporary name, then rename it."""
    temporary = path.with_name(f".{path.name}-{secrets.token_hex(4)}.partial")
    reason = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("wb") as stream:
            with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
                for name, array in parts.items():
                    _add(archive, name, array)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(temporary, path)
    except OSError as error:
        reason = error.strerror or type(error).__name__
    finally:
        with suppress(OSError):
            temporary.unlink()
    if reason is not None:
        raise ResourceError(f"{path}: cannot be written ({reason}).")


def _add(archive: zipfile.ZipFile, name: str, array: npt.NDArray[Any]) -> None:
    """Store one array as numpy would, without time stamp or system in its entry."""
    entry = zipfile.ZipInfo(f"{name}.npy", _EPOCH)
    entry.create_system = 3
    entry.external_attr = 0o600 << 16
    little = np.asarray(array, dtype=array.dtype.newbyteorder("<"), order="C")
    with archive.open(entry, "w", force_zip64=True) as member:
        np.lib.format.write_array(member, little, allow_pickle=False)
