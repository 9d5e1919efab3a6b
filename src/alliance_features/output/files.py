"""Writing results: to a temporary name, synced, then renamed."""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import ParameterError, ResourceError
from .ownership import (
    JOURNAL,
    LOCK,
    MANIFEST,
    OUTPUTS,
    RUN,
    Survey,
    begin_journal,
    check_no_link,
    end_journal,
    files_in,
    note_written,
    outputs_of,
    remove_listed,
    say_foreign,
    survey,
)

if TYPE_CHECKING:
    import pyarrow as pa

OUTPUT_FORMATS = ("parquet", "csv")
#: What `Path` leaves of an address such as s3://bucket; a drive of Windows has one letter.
_ADDRESS = re.compile(r"[A-Za-z][\w+.-]+:/")


def prepare_folder(
    folder: Path,
    *,
    overwrite: bool,
    or_else: str = "",
    fixed: Iterable[str] = (),
    repair: bool = False,
) -> bool:
    """Check that results can be written to a folder; return whether it holds older ones.

    It must be new or empty, or hold nothing but our results if `overwrite`, or but what a run
    that was killed left behind, see `survey`. Nothing is removed. `or_else`: a further option for
    the message; `fixed`, `repair`: as in `survey`.
    """
    older = False
    if _ADDRESS.match(str(folder)):
        raise ParameterError(f"`output` is {folder}; it must be a folder on this machine.")
    try:
        if folder.exists() and not folder.is_dir():
            raise ParameterError(f"`output` is {folder}, which is a file; name a folder.")
        if folder.is_dir() and any(folder.iterdir()):
            older = _check_older(
                folder, overwrite, or_else, survey(folder, fixed=fixed, repair=repair)
            )
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        reason = error.strerror or type(error).__name__
    else:
        return older
    raise ResourceError(f"{folder}: the folder cannot be written to ({reason}).")


def check_folder(folder: Path, **options: Any) -> bool:
    """Check a folder as `prepare_folder` does, and leave none where there was none."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    older = prepare_folder(folder, **options)
    for path in missing:
        path.rmdir()
    return older


def _check_older(folder: Path, overwrite: bool, or_else: str, found: Survey) -> bool:
    if found.foreign:
        raise ParameterError(
            f"`output` is {folder}, which holds other things; name a new or empty folder, or move "
            f"them: {say_foreign(found.foreign)}."
        )
    if MANIFEST in found.fixed and not overwrite:
        raise ParameterError(
            f"`output` is {folder}, which holds results; name another folder or say "
            f"--overwrite{or_else}."
        )
    older = bool(found.removable or set(found.fixed) - {LOCK, JOURNAL})
    if found.removable:
        check_no_link(folder)
    return older


def begin_results(folder: Path, *, fixed: Iterable[str] = (), repair: bool = False) -> None:
    """Mark a folder as unfinished: what is written from now on is noted in its journal."""
    begin_journal(folder, survey(folder, fixed=fixed, repair=repair).ours)
    if (folder / MANIFEST).exists():
        remove_listed(folder, [MANIFEST])


def remove_results(folder: Path, *, fixed: Iterable[str] = ()) -> None:
    """Remove the files that a run wrote and no others; the manifest first."""
    remove_listed(folder, survey(folder, fixed=fixed).removable)


def remove_partial(folder: Path) -> None:
    """Remove what a run that was killed had half written."""
    if any(path.name.endswith(".partial") for path in files_in(folder)):
        remove_listed(folder, survey(folder).partial)


def finish_results(
    folder: Path, run: dict[str, Any], manifest: dict[str, Any] | None, *, fixed: Iterable[str] = ()
) -> None:
    """Write run.json, then the manifest, which marks the folder as finished.

    Both list the files that were written. Without a manifest the folder may be used again.
    """
    outputs = outputs_of(folder, fixed=fixed)
    write_json(folder / RUN, {**run, OUTPUTS: outputs})
    end_journal(folder)
    if manifest is not None:
        write_json(folder / MANIFEST, {**manifest, OUTPUTS: outputs})


def write_atomically(path: Path, write: Callable[[Path], None]) -> None:
    """Call `write` on a temporary name, sync, and rename it to `path`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = partial_name(path)
    reason = None
    try:
        write(temporary)
        with temporary.open("rb+") as stream:
            os.fsync(stream.fileno())
        note_written(path, temporary)
        os.replace(temporary, path)
    except OSError as error:
        reason = error.strerror or type(error).__name__
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
    if reason is not None:
        raise ResourceError(f"{path}: cannot be written ({reason}).")


def partial_name(path: Path) -> Path:
    """Return a name that no file has, for what is being written."""
    return path.with_name(f".{path.name}-{secrets.token_hex(4)}.partial")


def write_table(path: Path, table: pa.Table) -> None:
    """Write a Parquet file."""
    import pyarrow.parquet as pq

    write_atomically(path, lambda name: pq.write_table(table, name, compression="zstd"))


def write_csv(path: Path, table: pa.Table) -> None:
    """Write a CSV file with a header; null is empty."""
    from pyarrow import csv

    write_atomically(path, lambda name: csv.write_csv(table, name))


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write JSON with sorted keys."""
    text = json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    write_text(path, text)


def write_text(path: Path, text: str) -> None:
    """Write a text file in UTF-8 with line feeds."""
    write_atomically(path, lambda name: _write(name, text))


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")
