"""Putting the output folders of all shards together."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from shutil import copyfile
from typing import Any

from .._checks import check_choice
from ..errors import ParameterError, ResourceError
from ..extraction.client_trends import check_followed
from ..extraction.folder import (
    Finished,
    Summary,
    beginning,
    opened,
    remove_older,
    write_last,
    write_rest,
)
from ..extraction.parts import PartRecord, part_name, read_record
from ..extraction.shards import error_of
from ..output.files import OUTPUT_FORMATS, write_atomically
from ..output.keys import hash_key, key_name
from ..output.manifest import build_run, inputs
from ..output.seals import is_whole

#: What must be the same in the manifests of all shards.
_SAME = ("format", "configuration", "configuration_hash")
_SAME_SHARD = ("of", "by", "listing")


def merge_shards(
    folders: Sequence[str | Path],
    output: Path,
    *,
    clients: bool = False,
    output_format: str = "parquet",
    overwrite: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Summary:
    """Put the folders of all shards together into that of a run without shards.

    Parameters
    ----------
    folders : sequence of path
        Those of all n shards, in any order, each finished.
    output : Path
        New or empty folder, or one with results if `overwrite`.
    clients, output_format
        As in `extract_files`.
    overwrite : bool
    progress : callable, optional
        Called with the numbers of sessions taken over and of errors.

    Returns
    -------
    Summary

    Raises
    ------
    ParameterError
        If the folders are not shards of one extraction, one is missing or not finished, or a
        session is in two of them.
    ResourceError
        If a part is damaged or the folder cannot be written.
    """
    check_choice("output_format", output_format, OUTPUT_FORMATS)
    started, clock = datetime.now(UTC), time.perf_counter()
    as_csv = output_format == "csv"
    shards = read_shards(folders)
    first = shards[0][1]
    if clients:
        check_followed(first["features"]["session"])
    levels = list(first["features"])
    tables = [*(f"{level}s" for level in levels), "nulls"]
    sources = sorted(
        (
            (part["group"], part["chunk"], folder, part["part"])
            for folder, of in shards
            for part in of["parts"]
        ),
        key=lambda item: item[:2],
    )
    check_ids([(folder, place) for _, _, folder, place in sources])
    finished = Finished()
    errors = [(item["group"], item) for _, of in shards for item in of["shard"]["errors"]]
    finished.errors = [
        (group, error_of(item)) for group, item in sorted(errors, key=lambda pair: pair[0])
    ]
    n_sessions = 0
    with opened(output, overwrite=overwrite, update=None) as older:
        beginning(output, older=older, anew=True)()
        for place, (group, chunk, folder, number) in enumerate(sources):
            record = _copy(folder, number, output, place, tables)
            finished.parts.append((group, chunk, record))
            n_sessions += record.sessions
            if progress is not None:
                progress(n_sessions, len(finished.errors))
        counts, warnings = write_rest(output, finished, levels, as_csv=as_csv, clients=clients)
        remove_older(output, finished, levels, as_csv=as_csv, clients=clients)
        manifest = _manifest(shards, finished, counts, warnings, clients=clients)
        seconds = time.perf_counter() - clock
        begun, ended = started.isoformat(), datetime.now(UTC).isoformat()
        run = build_run([Path(folder) for folder in folders], begun, ended, seconds)
        write_last(output, manifest, run, finish=bool(finished.parts))
    return Summary(
        output=output,
        n_sessions=n_sessions,
        n_kept=0,
        n_dropped=0,
        n_turns=counts["turns"],
        n_clients=counts.get("clients"),
        n_features=sum(len(names) for names in first["features"].values()),
        n_left_out=0,
        errors=finished.all_errors(),
        nulls=counts["nulls"],
        warnings=warnings,
        seconds=seconds,
    )


def _manifest(
    shards: Sequence[tuple[Path, dict[str, Any]]],
    finished: Finished,
    counts: dict[str, Any],
    warnings: dict[str, int],
    *,
    clients: bool,
) -> dict[str, Any]:
    """Return the manifest that a run without shards would have written."""
    first = dict(shards[0][1])
    del first["shard"]
    files = sorted(
        (file for _, of in shards for file in of["shard"]["files"]), key=lambda file: file["place"]
    )
    key = hash_key()
    named = [{name: file[name] for name in ("bytes", "hash")} for file in files]
    said = inputs(named, key)
    if first["inputs"]["key"] != key_name(key):
        raise ParameterError(
            "The shards were made with another key for hashes than this process has; set "
            "ALLIANCE_FEATURES_HASH_KEY to the same for all."
        )
    lexicons = {name: of for _, shard in shards for name, of in shard["lexicons"].items()}
    return {
        **first,
        "configuration": {**first["configuration"], "clients": clients},
        "lexicons": dict(sorted(lexicons.items())),
        "inputs": said,
        "parts": finished.listed(),
        "counts": counts,
        "warnings": warnings,
    }


def read_shards(folders: Sequence[str | Path]) -> list[tuple[Path, dict[str, Any]]]:
    """Return the folders of all shards with their manifests, in the order of the shards."""
    if not folders:
        raise ParameterError("`folders` is empty; name the folders of all shards.")
    shards = [(Path(folder), _manifest_of(Path(folder))) for folder in folders]
    first = shards[0][1]
    for folder, manifest in shards[1:]:
        for name in _SAME:
            if manifest[name] != first[name]:
                raise ParameterError(
                    f"{folder} has another {name.replace('_', ' ')} than {shards[0][0]}; shards "
                    "must be made with the same options, vectors and versions."
                )
        for name in _SAME_SHARD:
            if manifest["shard"][name] != first["shard"][name]:
                raise ParameterError(
                    f"{folder} and {shards[0][0]} are not shards of one extraction: they differ in "
                    f"{'input files, or in their keys' if name == 'listing' else name}."
                )
    numbers = Counter(manifest["shard"]["index"] for _, manifest in shards)
    of = first["shard"]["of"]
    wrong = [number for number in range(1, of + 1) if numbers[number] != 1]
    if wrong:
        what = "is missing" if not numbers[wrong[0]] else "is there twice"
        raise ParameterError(f"Shard {wrong[0]}/{of} {what}; name the folder of each shard once.")
    return sorted(shards, key=lambda item: item[1]["shard"]["index"])


def _manifest_of(folder: Path) -> dict[str, Any]:
    manifest: Any = None
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        reason = "it is not the folder of a finished run"
    except (OSError, ValueError):
        reason = "its manifest.json is damaged"
    else:
        reason = "it is not a shard: it was made without --shard"
    needed = {*_SAME, "shard", "parts", "features", "lexicons", "inputs"}
    if isinstance(manifest, dict) and needed <= set(manifest):
        return manifest
    raise ParameterError(f"{folder}: {reason}.")


def check_ids(parts: Sequence[tuple[Path, int]]) -> None:
    """Raise an error for a session that is in two parts."""
    import pyarrow.parquet as pq

    seen: dict[str, Path] = {}
    for folder, number in parts:
        path = folder / "sessions" / part_name(number)
        _whole_record(path)
        for session_id in pq.read_table(path, columns=["session_id"])["session_id"].to_pylist():
            if session_id in seen:
                raise ParameterError(
                    f"Session {session_id} is in {seen[session_id]} and in {folder}. Give one "
                    "another id or leave it out, and run both shards again with --update."
                )
            seen[session_id] = folder


def _whole_record(path: Path) -> PartRecord:
    record = read_record(path)
    if record is None or not is_whole(path):
        raise ResourceError(f"{path} is missing or damaged; run its shard again with --update.")
    return record


def _copy(folder: Path, number: int, output: Path, place: int, tables: Sequence[str]) -> PartRecord:
    """Copy the files of a part and return its record."""
    paths = {table: folder / table / part_name(number) for table in tables}
    records = [_whole_record(path) for path in paths.values()]
    for table, path in paths.items():
        write_atomically(output / table / part_name(place), partial(copyfile, path))
    return records[0]
