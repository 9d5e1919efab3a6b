"""Writing results: to a temporary name, synced, then renamed."""

from __future__ import annotations

import contextlib
import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import ParameterError, ResourceError

if TYPE_CHECKING:
    import pyarrow as pa

OUTPUT_FORMATS = ("parquet", "csv")
# Files of a run, as paths within its folder; with a dot and ".partial" while written.
_WRITTEN = re.compile(
    r"(?:sessions|turns|clients|pseudo|nulls|clients_nulls)/part-\d{5}\.parquet|errors\.parquet"
    r"|(?:sessions|turns|nulls)/\.kept-[0-9a-f]{32}\.parquet|\.lock|\.writable"
    r"|manifest\.json|run\.json|(?:sessions|turns|clients|pseudo)\.csv"
    r"|(?:predictions|contributions)\.parquet|folds\.json|(?:table|permutations|predictions|contributions)\.csv"
    r"|(?:table|methods)\.md|table\.tex"
    r"|(?:comparison|reliability|counts|calibration|words)\.csv|(?:comparison|words)\.md"
    r"|comparison\.tex|(?:forest|calibration)\.svg"
    r"|summary\.(?:csv|md)|(?:scales|gaps)\.svg"
    r"|(?:agreement|lens)\.(?:csv|md)|mixed\.csv|lme4/(?:models\.R|[\w.-]+\.csv)"
    r"|(?:courses|shares|phases)\.csv|courses\.(?:md|svg)"
)
LOCK = ".lock"
#: What `Path` leaves of an address such as s3://bucket; a drive of Windows has one letter.
_ADDRESS = re.compile(r"[A-Za-z][\w+.-]+:/")
_PARTIAL = re.compile(r"(?P<folder>(?:\w+/)?)\.(?P<name>[\w.-]+)\.partial")


def prepare_folder(folder: Path, *, overwrite: bool, or_else: str = "") -> bool:
    """Check that results can be written to a folder; return whether it holds older ones.

    It must be new or empty, or hold our results if `overwrite`, or what a run that was killed
    left behind. Nothing is removed. `or_else`: a further option for the message.
    """
    older = False
    if _ADDRESS.match(str(folder)):
        raise ParameterError(f"`output` is {folder}; it must be a folder on this machine.")
    try:
        if folder.exists() and not folder.is_dir():
            raise ParameterError(f"`output` is {folder}, which is a file; name a folder.")
        if folder.is_dir() and any(path.name != LOCK for path in folder.iterdir()):
            finished = (folder / "manifest.json").is_file()
            if not finished and len(results(folder)) < len(_files(folder)):
                raise ParameterError(
                    f"`output` is {folder}, which holds other things; name a new or empty folder."
                )
            if finished and not overwrite:
                raise ParameterError(
                    f"`output` is {folder}, which holds results; name another folder or say "
                    f"--overwrite{or_else}."
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


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if not path.is_dir()]


def results(folder: Path) -> list[Path]:
    """Return the files in a folder whose names are those that a run writes."""

    def ours(path: Path) -> bool:
        name = path.relative_to(folder).as_posix()
        partial = _PARTIAL.fullmatch(name)
        return bool(_WRITTEN.fullmatch(partial["folder"] + partial["name"] if partial else name))

    return [path for path in _files(folder) if ours(path)]


def remove_results(folder: Path) -> None:
    """Remove the files that a run writes and no others; the manifest first."""
    (folder / "manifest.json").unlink(missing_ok=True)
    for path in results(folder):
        if path.name == LOCK:
            continue
        remove_file(path, folder)


def remove_file(path: Path, folder: Path) -> None:
    """Remove a file, and its folder within `folder` if that is then empty."""
    path.unlink()
    if path.parent != folder:
        with contextlib.suppress(OSError):  # something else is in it
            path.parent.rmdir()


def remove_partial(folder: Path) -> None:
    """Remove what a run that was killed had half written."""
    for path in results(folder):
        if _PARTIAL.fullmatch(path.relative_to(folder).as_posix()):
            path.unlink()


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
    write_text(path, text)


def write_text(path: Path, text: str) -> None:
    """Write a text file in UTF-8 with line feeds."""
    write_atomically(path, lambda name: _write(name, text))


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")
