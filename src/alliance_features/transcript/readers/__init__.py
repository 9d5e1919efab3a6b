"""Readers of transcript files: one format a module, one function for all."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from ..._checks import check_choice
from ...errors import ParameterError, TranscriptError
from .._fields import LANGUAGE_CODE, ROLES
from ..session import Session
from ._files import suffixes
from ._rows import FIELDS
from .delimited import read_delimited
from .jsonl import read_jsonl

FORMATS = ("jsonl", "csv", "tsv")
_SUFFIXES = {".jsonl": "jsonl", ".ndjson": "jsonl", ".csv": "csv", ".tsv": "tsv"}


def _format_of(path: Path) -> str | None:
    return _SUFFIXES.get(suffixes(path)[0])


def _items(
    paths: list[Path],
    format: str | None,
    roles: Mapping[str, str] | None,
    columns: Mapping[str, str] | None,
    language: str | None,
) -> Iterator[Session | TranscriptError]:
    """Yield every session of every file, or the error that stands in its place."""
    seen: set[str] = set()
    for path in paths:
        n_items = 0
        failed: TranscriptError | None = None
        try:
            for line, item in _reader(path, format, roles, columns, language):
                n_items += 1
                if isinstance(item, TranscriptError):
                    yield item
                elif item.session_id in seen:
                    yield TranscriptError(
                        "the `session_id` occurs a second time",
                        code="duplicate_session",
                        path=path,
                        line=line,
                        session_id=item.session_id,
                        field="session_id",
                        remedy="Give every session an id of its own.",
                    )
                else:
                    seen.add(item.session_id)
                    yield item
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


def _reader(
    path: Path,
    format: str | None,
    roles: Mapping[str, str] | None,
    columns: Mapping[str, str] | None,
    language: str | None,
) -> Iterator[tuple[int, Session | TranscriptError]]:
    kind = format or _format_of(path)
    if kind is None:
        raise TranscriptError(
            "the format cannot be told from the name of the file",
            code="unknown_format",
            remedy=f"Name it with `format`: {', '.join(FORMATS)}.",
        )
    if kind == "jsonl":
        return read_jsonl(path, roles=roles, language=language)
    return read_delimited(path, columns=columns, roles=roles, language=language)


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


def read_sessions(
    path: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    *,
    format: str | None = None,
    roles: Mapping[str, str] | None = None,
    columns: Mapping[str, str] | None = None,
    language: str | None = None,
    errors: list[TranscriptError] | None = None,
) -> Iterator[Session]:
    """Read sessions one by one, without holding the corpus in memory.

    Parameters
    ----------
    path : path or iterable of paths
        Files in JSON Lines (``.jsonl``, ``.ndjson``), CSV or TSV, each also with ``.gz``.
    format : {"jsonl", "csv", "tsv"}, optional
        None tells it from the name of the file.
    roles : mapping, optional
        From a speaker label of the files to "therapist" or "client".
    columns : mapping, optional
        CSV and TSV: from a field of ours to the name of its column; then further columns are
        ignored. Without it, a column that is not part of the format is an error.
    language : str, optional
        Language of sessions that name none.
    errors : list, optional
        None raises the first error. A list receives every `TranscriptError`, and the sessions
        that can be read are yielded.

    Returns
    -------
    iterator of Session

    Raises
    ------
    TranscriptError
        While iterating, if `errors` is None: file, line, session and field, and no word.
    ParameterError
        If an argument is malformed.
    """
    paths = [Path(path)] if isinstance(path, (str, os.PathLike)) else [Path(one) for one in path]
    if format is not None:
        check_choice("format", format, FORMATS)
    _check_maps(roles, columns)
    if columns and any((format or _format_of(one)) == "jsonl" for one in paths):
        raise ParameterError("`columns` is for CSV and TSV; JSON Lines has fixed keys.")
    if language is not None and not LANGUAGE_CODE.fullmatch(language):
        raise ParameterError('`language` is not a language code; use e.g. "en", "de" or "zh".')
    return _sessions(_items(paths, format, roles, columns, language), errors)


def _check_maps(roles: Mapping[str, str] | None, columns: Mapping[str, str] | None) -> None:
    for label, role in (roles or {}).items():
        if not isinstance(label, str) or role not in ROLES:
            raise ParameterError('`roles` must map labels to "therapist" or "client".')
    for name, column in (columns or {}).items():
        check_choice("columns", name, FIELDS)
        if not isinstance(column, str):
            raise ParameterError("`columns` must map fields to names of columns.")
