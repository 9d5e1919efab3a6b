"""A user's own dictionary: categories of words and stems, from TOML or the LIWC format."""

from __future__ import annotations

import hashlib
import os
import re
import tomllib
import unicodedata
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...errors import AllianceWarning, ParameterError, ResourceError
from ...text.forms import Form

_NAME = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*")
_APOSTROPHES = str.maketrans({"\u2018": "'", "\u2019": "'", "\u02bc": "'"})
_NAME_RULE = (
    "a name begins with a letter and holds small letters a-z, digits and single underscores "
    "between them"
)


@dataclass(frozen=True, slots=True, eq=False)
class Categories:
    """A user's dictionary.

    Attributes
    ----------
    names : tuple of str
        Categories, in the order of the file.
    words : mapping of str to tuple of int
        Places in `names` of the categories of a whole word.
    stems : mapping of str to tuple of int
        The same of every word that begins so.
    lengths : tuple of int
        Lengths of the stems, rising.
    name : str
        Name of the file.
    sha256 : str
        Hash of the file.
    language : str or None
        Primary code of the only language it is for; None for any.
    left_out : int
        Entries of several words or with conditions, which are not counted.
    """

    names: tuple[str, ...]
    words: Mapping[str, tuple[int, ...]]
    stems: Mapping[str, tuple[int, ...]]
    lengths: tuple[int, ...]
    name: str
    sha256: str
    language: str | None = None
    left_out: int = 0

    def __repr__(self) -> str:
        return f"Categories({self.name!r}, {len(self.names)} categories)"

    def member(self, form: Form) -> list[bool]:
        """Say of a form to which categories it belongs: by itself, or by a part of it."""
        belongs = [False] * len(self.names)
        for word in {form.lower, *form.tokens}:
            for place in self.words.get(word, ()):
                belongs[place] = True
            for length in self.lengths:
                if length > len(word):
                    break
                for place in self.stems.get(word[:length], ()):
                    belongs[place] = True
        return belongs


CategorySource = Categories | str | os.PathLike[str] | None


def load_categories(source: object) -> Categories | None:
    """Return the dictionary that a user names.

    Parameters
    ----------
    source : path, Categories or None
        A ``.toml`` file with a table ``[categories]`` of names to lists of words, or a LIWC
        ``.dic`` file: categories between two lines ``%``, then lines of a word and its
        category numbers. An entry that ends in ``*`` stands for all words that begin so.

    Returns
    -------
    Categories or None
        None if there is none.

    Raises
    ------
    ParameterError
        If `source` is something else.
    ResourceError
        If the file cannot be read or is malformed; the message names line or category, and no
        word of it.

    Warns
    -----
    AllianceWarning
        If entries of a LIWC file are left out: of several words, or with conditions.
    """
    if source is None or isinstance(source, Categories):
        return source
    if not isinstance(source, (str, os.PathLike)):
        raise ParameterError(
            f"`categories` is {type(source).__name__}; it must be None or the path of a .toml "
            "or .dic file."
        )
    path = Path(source)
    readers = {".toml": _read_toml, ".dic": _read_dic}
    if path.suffix.lower() not in readers:
        raise ResourceError(f"{path}: a dictionary must be a .toml or a LIWC .dic file.")
    try:
        content: bytes | None = path.read_bytes()
    except OSError:
        content = None
    if content is None:
        raise ResourceError(f"{path}: there is no such dictionary file, or it cannot be read.")
    try:
        text: str | None = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = None  # the library's message holds the bytes
    if text is None:
        raise ResourceError(f"{path}: the file is not UTF-8; save it as UTF-8.")
    lists, language, left_out = readers[path.suffix.lower()](text, str(path))
    if left_out:
        warnings.warn(
            f"{path.name}: {left_out} entries of several words or with conditions are left out",
            AllianceWarning,
            stacklevel=2,
        )
    if not lists:
        raise ResourceError(f"{path}: the file names no category.")
    words, stems = _by_entry(lists)
    return Categories(
        names=tuple(lists),
        words=words,
        stems=stems,
        lengths=tuple(sorted({len(stem) for stem in stems})),
        name=path.name,
        sha256=hashlib.sha256(content).hexdigest(),
        language=language,
        left_out=left_out,
    )


def _by_entry(
    lists: Mapping[str, Sequence[str]],
) -> tuple[dict[str, tuple[int, ...]], dict[str, tuple[int, ...]]]:
    """Turn lists of entries by category into places of categories by word and by stem."""
    words: dict[str, tuple[int, ...]] = {}
    stems: dict[str, tuple[int, ...]] = {}
    for place, entries in enumerate(lists.values()):
        for entry in dict.fromkeys(entries):
            kind, key = (stems, entry[:-1]) if entry.endswith("*") else (words, entry)
            kind[key] = (*kind.get(key, ()), place)
    return words, stems


def _clean(entry: str) -> str:
    return unicodedata.normalize("NFC", entry).translate(_APOSTROPHES).strip().lower()


def _is_plain(entry: str) -> bool:
    """Say whether a cleaned entry is one word or one stem."""
    return bool(re.fullmatch(r"[^\s*]+\*?", entry))


def _read_toml(text: str, where: str) -> tuple[dict[str, list[str]], str | None, int]:
    data: dict[str, Any] | None = None
    line = ""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        located = re.search(r"at line (\d+)", str(error))
        line = f", line {located[1]}" if located else ""
    if data is None:
        raise ResourceError(f"{where}{line}: this is not well-formed TOML.")
    if not set(data) <= {"categories", "language"}:
        raise ResourceError(f"{where}: only `language` and the table `categories` may stand in it.")
    language, lists = data.get("language"), data.get("categories", {})
    if language is not None and not re.fullmatch("[a-z]{2,3}", str(language)):
        raise ResourceError(f'{where}: `language` must be a primary language code such as "en".')
    if not isinstance(lists, dict):
        raise ResourceError(f"{where}: `categories` must be a table of lists of words.")
    out: dict[str, list[str]] = {}
    for number, (name, entries) in enumerate(lists.items(), 1):
        if not _NAME.fullmatch(name):
            raise ResourceError(f"{where}: category {number} has no proper name; {_NAME_RULE}.")
        if not isinstance(entries, list) or not entries:
            raise ResourceError(f"{where}: category {name} must be a list of at least one word.")
        out[name] = []
        for place, entry in enumerate(entries, 1):
            cleaned = _clean(entry) if isinstance(entry, str) else ""
            if not _is_plain(cleaned):
                raise ResourceError(
                    f"{where}: entry {place} of category {name} must be one word, or the "
                    "beginning of one and then *."
                )
            out[name].append(cleaned)
    return out, language, 0


def _read_dic(text: str, where: str) -> tuple[dict[str, list[str]], str | None, int]:
    lines = [(number, line.strip()) for number, line in enumerate(text.splitlines(), 1)]
    marks = [place for place, (_, line) in enumerate(lines) if line == "%"]
    if len(marks) != 2 or any(line for _, line in lines[: marks[0]]):
        raise ResourceError(f"{where}: the categories must stand between two lines of a lone %.")
    names = _dic_names(lines[marks[0] + 1 : marks[1]], where)
    lists: dict[str, list[str]] = {name: [] for name in names.values()}
    left_out = 0
    for number, line in lines[marks[1] + 1 :]:
        parts = line.split()
        if not parts:
            continue
        first = next((n for n, part in enumerate(parts) if n and part.isdigit()), len(parts))
        entry, ids = _clean(" ".join(parts[:first])), parts[first:]
        if re.search(r"[\s()<>/]", entry) or any(re.search("[()<>/]", part) for part in ids):
            left_out += 1
            continue
        if not _is_plain(entry) or not ids or not all(category in names for category in ids):
            raise ResourceError(
                f"{where}, line {number}: there must be a word, or a stem and *, and then numbers "
                "of categories."
            )
        for category in ids:
            lists[names[category]].append(entry)
    return lists, None, left_out


def _dic_names(lines: Sequence[tuple[int, str]], where: str) -> dict[str, str]:
    """Return the names of the categories of a LIWC file by number, in small letters."""
    names: dict[str, str] = {}
    for number, line in lines:
        parts = line.split()
        if not parts:
            continue
        name = re.sub("[^a-z0-9]+", "_", parts[1].lower()).strip("_") if len(parts) > 1 else ""
        if not parts[0].isdigit() or not _NAME.fullmatch(name):
            raise ResourceError(
                f"{where}, line {number}: there must be a number and the name of a category; "
                f"{_NAME_RULE}."
            )
        if parts[0] in names or name in names.values():
            raise ResourceError(f"{where}, line {number}: the number or name stands there twice.")
        names[parts[0]] = name
    return names
