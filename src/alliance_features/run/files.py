"""Writing results: to a temporary name, synced, then renamed."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import ParameterError, ResourceError

if TYPE_CHECKING:
    import pyarrow as pa

PARTS = ("sessions", "turns", "nulls")
FILES = ("errors.parquet", "manifest.json", "run.json", "sessions.csv", "turns.csv")


def prepare_folder(folder: Path, *, overwrite: bool) -> bool:
    """Check that results can be written to a folder; return whether it holds older ones.

    It is new or empty, or holds results of ours and `overwrite` is true; nothing is removed.
    """
    older = False
    try:
        if folder.exists() and not folder.is_dir():
            raise ParameterError(f"`output` is {folder}, which is a file; name a folder.")
        if folder.is_dir() and any(folder.iterdir()):
            if not (folder / "manifest.json").is_file():
                raise ParameterError(
                    f"`output` is {folder}, which holds other things; name a new or empty folder."
                )
            if not overwrite:
                raise ParameterError(
                    f"`output` is {folder}, which holds results; name another folder or say "
                    "--overwrite."
                )
            older = True
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".writable"
        probe.touch()
        probe.unlink()
    except OSError as error:
        reason = error.strerror or type(error).__name__
    else:
        return older
    raise ResourceError(f"{folder}: the folder cannot be written to ({reason}).")


def remove_results(folder: Path) -> None:
    """Remove the files that a run writes; the manifest first, so that no half is taken for all."""
    for name in ("manifest.json", *FILES):
        (folder / name).unlink(missing_ok=True)
    for name in PARTS:
        shutil.rmtree(folder / name, ignore_errors=True)


def write_atomically(path: Path, write: Callable[[Path], None]) -> None:
    """Call `write` on a temporary name, sync, and rename it to `path`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.partial")
    reason = None
    try:
        write(temporary)
        with temporary.open("rb+") as stream:
            os.fsync(stream.fileno())
        os.replace(temporary, path)
    except OSError as error:
        reason = error.strerror or type(error).__name__
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
    if reason is not None:
        raise ResourceError(f"{path}: cannot be written ({reason}).")


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
    write_atomically(path, lambda name: _write_text(name, text))


def _write_text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
