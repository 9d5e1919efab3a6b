"""Readers of transcript files: one module per format, one function for all."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ...errors import ParameterError, TranscriptError
from ..session import Session
from .assemble import Items
from .files import head_of, suffixes
from .looks import other_text
from .options import Options
from .paths import find_files
from .registry import FORMATS, NAMES, check_options, format_named, format_of, looks_like
from .remote import Place

__all__ = [
    "FORMATS",
    "Options",
    "Place",
    "check_options",
    "find_files",
    "read_files",
    "read_sessions",
]


def _items(
    places: Iterable[Place | TranscriptError], options: Options, seen: set[str]
) -> Iterator[Session | TranscriptError]:
    """Yield every session of every file, or an error in its place.

    `seen` holds the ids that were read before; those of these files are added.
    """
    for path in places:
        if isinstance(path, TranscriptError):
            yield path
            continue
        n_items = 0
        failed: TranscriptError | None = None
        try:
            for line, item in _read(path, options):
                n_items += 1
                if isinstance(item, TranscriptError):
                    yield item.at(path=path)
                elif item.session_id in seen:
                    yield _duplicate(path, line, item)
                else:
                    seen.add(item.session_id)
                    yield options.filled(item)
        except TranscriptError as error:
            failed = error.at(path=path)
        if failed is None and n_items == 0:
            failed = TranscriptError(
                "the file holds no session",
                code="empty_file",
                path=path,
                remedy="Check that it is the file you meant.",
            )
        if failed is not None:
            yield failed


def _duplicate(path: Place, line: int, session: Session) -> TranscriptError:
    return TranscriptError(
        "the `session_id` occurs a second time",
        code="duplicate_session",
        path=path,
        line=line,
        session_id=session.session_id,
        field="session_id",
        remedy="Give every session an id of its own"
        + (
            "; that of a text file is its name, with _ for white space."
            if suffixes(path)[0] == ".txt"
            else "."
        ),
    )


def _read(path: Place, options: Options) -> Items:
    kind = format_of(path) if options.format is None else format_named(options.format)
    if kind is None:
        raise _unknown_format(path)
    return kind.read(path, options)


def _unknown_format(path: Place) -> TranscriptError:
    head = head_of(path)
    like = None if head.startswith(b"{\\rtf") else looks_like(path)
    other = other_text(head) if like is None else None
    title = like.title if like is not None else other.title if other is not None else ""
    remedy = (
        other.remedy
        if other is not None
        else "Name it with `format` (--input-format): "
        + (f"{like.name}." if like is not None else f"{', '.join(NAMES)}.")
    )
    return TranscriptError(
        "the format cannot be recognised by the name of the file"
        + (f"; it looks like {title}" if title else ""),
        code="unknown_format",
        remedy=remedy,
    )


def _sessions(
    items: Iterable[Session | TranscriptError], errors: list[TranscriptError] | None
) -> Iterator[Session]:
    for item in items:
        if isinstance(item, Session):
            yield item
        elif errors is None:
            raise item
        else:
            errors.append(item)


def read_files(
    files: Iterable[Place],
    options: Options,
    errors: list[TranscriptError] | None,
    seen: set[str],
) -> Iterator[Session]:
    """Read the files of `find_files` as `read_sessions` does; `seen`: ids read before."""
    return _sessions(_items(files, options, seen), errors)


def _named(path: Any) -> list[str | os.PathLike[str]]:
    """Return the paths that an argument names; sessions and tables in memory are none."""
    if isinstance(path, (str, os.PathLike)):
        return [path]
    table = hasattr(path, "columns") or hasattr(path, "column_names")
    problem = f"is {type(path).__name__}"
    if not table and isinstance(path, Iterable) and not isinstance(path, (bytes, Mapping)):
        named = list(path)
        strange = [each for each in named if not isinstance(each, (str, os.PathLike))]
        if not strange:
            return named
        problem = f"holds {type(strange[0]).__name__}"
    remedy = (
        "Write a table of turns to a file first, e.g. frame.to_csv(path, index=False); "
        "`table_to_sessions` reads a table with one session per row."
        if table
        else "Sessions in memory are made with `Session` and `Turn`."
    )
    raise ParameterError(
        f"`path` {problem}; it must be the path of a file or folder, or a list of paths. {remedy}"
    )


def read_sessions(
    path: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    *,
    format: str | None = None,
    roles: Mapping[str, str] | None = None,
    columns: Mapping[str, str] | None = None,
    language: str | None = None,
    line_format: str | None = None,
    errors: list[TranscriptError] | None = None,
) -> Iterator[Session]:
    r"""Read sessions one by one, without holding the corpus in memory.

    Parameters
    ----------
    path : path or iterable of paths
        Files in one of the formats that docs/files.md lists with their endings, such as JSON
        Lines, CSV, Parquet and plain text. Parquet holds the columns of a CSV file, or one
        session per row with `turns`, a list of structs, and `meta`, JSON as a string. A folder
        stands for all files below it with such endings (with `format`, with those of that
        format), in the order of their paths, hidden ones left out; a path with ``*`` for the
        files that match it, ``**`` for any folders. A string with ``://`` is an address that
        fsspec opens with a driver that you installed, e.g. ``s3://bucket/sessions``.
    format : str, optional
        Name of the format in docs/files.md, e.g. "jsonl", "csv" or "text"; None: recognised by
        the name of the file.
    roles : mapping, optional
        From a speaker label of the files to "therapist" or "client": any two labels make a dyad.
        "none" leaves the turns of a label out, as though they had not been said; turns are then
        counted without them. A label that is not in the map is refused, except for common
        ones (T, Therapist, C, Client, P, Klient, 来访者, ...) in plain text and in columns.
    columns : mapping, optional
        CSV, TSV and Parquet: from a field to the name of its column; then further columns
        are ignored. Without it, a column that is not part of the format is an error.
    language : str, optional
        Language of sessions that name none; plain text never names one.
    line_format : str, optional
        Plain text: how the first line of a turn is written, e.g. ``"[{time}] {role}: {text}"`` or
        ``"{role}\t{text}"``. None: a label and a colon, with a time stamp or without.
    errors : list, optional
        None raises the first error. A list receives every `TranscriptError`, and the sessions
        that can be read are yielded.

    Returns
    -------
    iterator of Session

    Raises
    ------
    TranscriptError
        While iterating, if `errors` is None: with file, line, session and field, without text.
    ParameterError
        If an argument is malformed.
    """
    named = _named(path)
    options = Options(
        format=format,
        roles=roles or {},
        columns=columns or {},
        language=language,
        line_format=line_format,
    )
    places = [place for name in named for place in find_files(name, format=format)]
    check_options((place for place in places if not isinstance(place, TranscriptError)), options)
    return _sessions(_items(places, options, set()), errors)
