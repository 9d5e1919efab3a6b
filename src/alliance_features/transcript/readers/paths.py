"""From paths that a user names (files, folders, patterns) to the files to read."""

from __future__ import annotations

import glob
import os
from pathlib import Path

from ...errors import TranscriptError
from .formats import Format
from .registry import SUFFIXES, format_named, format_of
from .remote import Place, is_address, remote_files


def find_files(
    path: str | os.PathLike[str], *, format: str | None = None
) -> list[Place | TranscriptError]:
    """Return the files that a path stands for, or errors in their place.

    Parameters
    ----------
    path : path
        A file, returned as it is; a folder: all files below it whose names are of a known format,
        hidden ones and linked folders left out; or a pattern with ``*``, ``**`` for any folders.
        All of them may be addresses such as ``s3://bucket/folder``, which fsspec reads.
    format : str, optional
        In a folder, take only the files whose names are of this format.
    """
    wanted = None if format is None else format_named(format)
    if isinstance(path, str) and is_address(path):
        return _behind(path, wanted)
    place = Path(path)
    if place.is_dir():
        return [*_in_folder(place, wanted)]
    if "*" in str(place) and not place.exists():
        return [*_matching(place)]
    if format_of(place) is None and not os.path.lexists(place):
        return [_absent(place)]
    return [place]


def _behind(address: str, wanted: Format | None) -> list[Place | TranscriptError]:
    """Return the files behind an address, or an error without the message of the driver."""
    reason = ""
    try:
        files, is_folder = remote_files(address)
    except OSError as error:
        reason = error.strerror or type(error).__name__
    if reason:
        return [
            TranscriptError(
                f"the address cannot be listed ({reason})",
                code="unreadable",
                path=address,
                remedy="Check it and the settings of its driver.",
            )
        ]
    if not is_folder:
        if len(files) == 1 and format_of(files[0]) is None and not _is_there(files[0]):
            return [_absent(address)]
        return [*files] or [_no_match(address)]
    known = [file for file in files if (kind := format_of(file)) and wanted in (None, kind)]
    return [*known] or [_no_transcript(address, len(files))]


def _is_there(file: Place) -> bool:
    try:
        return file.is_file()
    except OSError:
        return True  # what is wrong shows when it is opened


def _no_transcript(folder: Path | str, n_others: int) -> TranscriptError:
    return TranscriptError(
        f"the folder holds no transcript; {n_others} files in it have other names",
        code="empty_file",
        path=folder,
        remedy=f"Known are names in {', '.join(SUFFIXES)}; name others with a pattern "
        "and `format` (--input-format).",
    )


def _absent(place: Path | str) -> TranscriptError:
    return TranscriptError(
        "no such file" if Path(place).suffix else "no such folder",
        code="unreadable",
        path=place,
        remedy="Check its spelling, and from which folder the path begins.",
    )


def _no_match(pattern: Path | str) -> TranscriptError:
    return TranscriptError(
        "no file matches the pattern",
        code="unreadable",
        path=pattern,
        remedy="Check the folder and the ending; quote the pattern in a shell.",
    )


def _in_folder(folder: Path, wanted: Format | None) -> list[Path | TranscriptError]:
    problems: list[TranscriptError] = []

    def note(error: OSError) -> None:
        problems.append(
            TranscriptError(
                f"a folder cannot be read ({error.strerror or type(error).__name__})",
                code="unreadable",
                path=error.filename or folder,
                remedy="Check the permissions.",
            )
        )

    files: list[Path] = []
    n_others = 0
    for base, folders, names in os.walk(folder, onerror=note):
        if {"manifest.json", "run.json"} <= {*names}:  # our results
            folders.clear()
            continue
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            kind = format_of(Path(name))
            if name.startswith("."):
                continue
            if kind is not None and wanted in (None, kind):
                files.append(Path(base, name))
            else:
                n_others += 1
    if not files and not problems:
        problems.append(_no_transcript(folder, n_others))
    files.sort(key=lambda file: file.relative_to(folder).as_posix())
    return [*problems, *files]


def _matching(pattern: Path) -> list[Path | TranscriptError]:
    # Only the asterisk is special: names of files hold brackets and question marks.
    escaped = glob.escape(str(pattern)).replace("[*]", "*")
    matches = [Path(name) for name in glob.glob(escaped, recursive=True)]
    files = [file for file in matches if os.path.lexists(file) and not file.is_dir()]
    files.sort(key=lambda file: file.as_posix())
    if files:
        return list(files)
    return [_no_match(pattern)]
