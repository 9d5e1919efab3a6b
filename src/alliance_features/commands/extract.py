"""Extraction over files into an output folder."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from .._checks import check_choice
from ..errors import TranscriptError
from ..extraction.client_trends import check_followed
from ..extraction.engines import Workers, open_engine
from ..extraction.extractor import Recipe
from ..extraction.folder import (
    Finished,
    Summary,
    beginning,
    check_any,
    opened,
    remove_older,
    write_last,
    write_rest,
)
from ..extraction.manifest import configuration_hash, lexicon_versions, resources
from ..extraction.parts import Keys, PartStore
from ..extraction.shards import Shard
from ..extraction.stream import Work, read_parts
from ..output.files import OUTPUT_FORMATS
from ..output.keys import hash_key
from ..output.manifest import build_run, input_files, inputs
from ..transcript.source import Input, group_files


def extract_files(
    source: Input,
    output: Path,
    recipe: Recipe = Recipe(),  # noqa: B008 (frozen)
    *,
    clients: bool = False,
    output_format: str = "parquet",
    overwrite: bool = False,
    update: bool = False,
    workers: int | None = None,
    engine: str = "local",
    scheduler: str | None = None,
    slurm: Mapping[str, str | list[str]] | None = None,
    shard: tuple[int, int] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Summary:
    """Measure the sessions of files and write an output folder.

    Sessions are read one by one and written in parts, so that memory does not grow with the
    corpus. A run that was stopped, at any moment and by anything, is started again in the same
    way: finished parts are kept, and the folder ends with the same bytes (except ``run.json``)
    whatever the number of workers and the engine.

    Parameters
    ----------
    source : Input
    output : Path
        New or empty folder, one that a stopped run left, or one with results if `overwrite` or
        `update`.
    recipe : Recipe
        What is measured; with both levels there is also a table of merged turns.
    clients : bool
        Write a table of clients as well, see `client_trends`; it holds the table of sessions in
        memory.
    output_format : {"parquet", "csv"}
        "csv" writes one CSV beside each Parquet table.
    overwrite : bool
        Compute results in the folder anew.
    update : bool
        Keep those parts of the results in the folder whose sessions, options, word lists,
        vectors and versions are the same, and compute the rest.
    workers : int, optional
        Processes that measure; None measures in this one, 0 takes one per processor. A
        session that kills its process ends this one where there are no others.
    engine : {"local", "dask", "slurm"}
        Where workers are: processes of this machine, those of a Dask cluster, or jobs of SLURM.
    scheduler : str, optional
        Address of a running Dask scheduler; None starts a cluster on this machine.
    slurm : mapping, optional
        Options of the jobs, see `slurm_cluster`.
    shard : (int, int), optional
        (i, n): do shard i of n, counted from 1; `merge_shards` puts the n folders together into
        that of a run without shards.
    progress : callable, optional
        Called with the numbers of sessions done and of errors.

    Returns
    -------
    Summary

    Raises
    ------
    ParameterError, ResourceError
        If an argument is malformed, the folder cannot be written, or another run writes to it.
        Bad sessions do not raise: they are rows of ``errors.parquet``.
    """
    check_choice("output_format", output_format, OUTPUT_FORMATS)
    as_csv = output_format == "csv"
    whole = [*(["clients"] if clients else []), *(["output_format"] if as_csv else [])]
    share = Shard.named(shard, whole=whole)
    places = Workers(engine, workers, scheduler, slurm or {})
    started, clock = datetime.now(UTC), time.perf_counter()
    levels = recipe.levels
    extractor = recipe.extractor()
    if clients:
        check_followed(spec.name for spec in extractor.specs["session"])
    key, configuration = hash_key(), configuration_hash(extractor)
    finished = Finished()
    not_found: list[TranscriptError] = []
    files = source.files(not_found)
    source.check(files)
    groups, n_left_out = group_files(files), source.n_left_out(files)
    share.divide(len(groups))
    if share.takes_errors(-1):
        finished.errors += [(-1, error) for error in not_found]

    def tell(n_sessions: int) -> None:
        if progress is not None:
            progress(n_sessions, len(finished.errors) + work.n_failed)

    with opened(output, overwrite=overwrite, update=update) as older:
        store = PartStore(output, [*(f"{level}s" for level in levels), "nulls"])
        if older and not overwrite:
            store.scan()
        begin = beginning(output, older=older, anew=overwrite)
        work = Work(extractor, store, Keys(key, configuration), begin, tell)
        parts = read_parts(source, groups, share, finished.errors)
        with open_engine(places, recipe, extractor, configuration) as (measuring, note):
            work.run(parts, measuring, finished)
        check_any(output, finished, older=older and (shard is None or bool(finished.errors)))
        begin()
        counts, warnings = write_rest(output, finished, levels, as_csv=as_csv, clients=clients)
        remove_older(output, finished, levels, as_csv=as_csv, clients=clients)
        mine = [file for _, file in share.places(groups)]
        manifest = {
            "format": 1,
            "configuration": {
                "features": recipe.named,
                "level": levels[-1],
                "clients": clients,
                "seed": extractor.seed,
                **({"strict": True} if extractor.strict else {}),
                **source.configuration(),
            },
            "configuration_hash": configuration,
            **resources(extractor),
            "lexicons": lexicon_versions(finished.checks().languages),
            "inputs": inputs(input_files(mine, key), key),
            "parts": finished.listed(),
            "counts": counts,
            "warnings": warnings,
        }
        if shard is not None:
            manifest["shard"] = share.section(groups, finished.errors, key)
        seconds = time.perf_counter() - clock
        begun, ended = started.isoformat(), datetime.now(UTC).isoformat()
        run = build_run(mine, begun, ended, seconds, **note, sessions_kept=work.n_kept)
        # A shard may hold no session; its folder is merged all the same.
        write_last(output, manifest, run, finish=bool(finished.parts) or shard is not None)
    return Summary(
        output=output,
        n_sessions=counts["sessions"],
        n_kept=work.n_kept,
        n_dropped=store.n_found - work.n_kept,
        n_turns=counts["turns"],
        n_clients=counts.get("clients"),
        n_features=sum(len(specs) for specs in extractor.specs.values()),
        n_left_out=n_left_out,
        errors=finished.all_errors(),
        nulls=counts["nulls"],
        warnings=warnings,
        seconds=seconds,
    )
