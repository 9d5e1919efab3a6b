"""A rating of files into an output folder; after a stop it continues."""

from __future__ import annotations

import platform
import time
from collections import Counter
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import __version__
from .._checks import check_choice, counted
from ..errors import ResourceError, TranscriptError
from ..output.files import (
    OUTPUT_FORMATS,
    begin_results,
    check_folder,
    finish_results,
    remove_results,
    write_csv,
    write_table,
)
from ..output.keys import hash_key, key_name, keyed_hash
from ..output.manifest import build_run
from ..output.problems import errors_table
from ..raters.llm.cache import AnswerCache
from ..raters.llm.estimate import Estimate, estimate_rating
from ..raters.llm.guard import find_endpoint
from ..raters.llm.prompts import prompt_id
from ..raters.llm.rate import Progress, RatingResult, rate_sessions
from ..raters.llm.settings import RatingPlan
from ..raters.llm.tables import count_reasons, count_statuses
from ..transcript.readers import Place
from ..transcript.source import Input

if TYPE_CHECKING:
    from ..transcript import Session

STORE = "answers.sqlite"
_TABLES = ("scores", "details", "rationales")
#: Files of the stored answers: they change as SQLite likes, and are never removed.
_STORES = tuple(f"{STORE}{ending}" for ending in ("", "-wal", "-shm", "-journal"))


@dataclass(frozen=True, slots=True, kw_only=True)
class RatingSummary:
    """Result of `rate_files`: scores, counts, errors, seconds."""

    n_sessions: int
    errors: list[TranscriptError]
    statuses: dict[str, dict[str, int]]
    reasons: dict[str, int]
    result: RatingResult
    totals: dict[str, float | None]
    seconds: float


def rate_files(
    source: Input,
    output: Path,
    plan: RatingPlan,
    *,
    store: Path | None = None,
    output_format: str = "parquet",
    overwrite: bool = False,
    progress: Progress | None = None,
) -> RatingSummary:
    """Let a language model rate the sessions of files and write an output folder.

    Parameters
    ----------
    source : Input
    output : Path
        New or empty folder, one where a rating was stopped, or one with results if `overwrite`.
        It holds scores/, details/, rationales/ if the plan keeps them, errors.parquet,
        manifest.json, run.json, and the stored answers.
    plan : RatingPlan
    store : Path, optional
        File of stored answers; None: ``answers.sqlite`` in the folder.
    output_format : {"parquet", "csv"}
        "csv" writes one CSV file per Parquet table as well.
    overwrite : bool
        Replace results. Stored answers are kept and used.
    progress : callable, optional
        Called with the numbers of items rated and of all items.

    Returns
    -------
    RatingSummary

    Raises
    ------
    ParameterError, ResourceError, RaterError
        As `rate_sessions`. Sessions that cannot be read do not raise: they are rows of
        ``errors.parquet``.
    """
    check_choice("output_format", output_format, OUTPUT_FORMATS)
    started, clock = datetime.now(UTC), time.perf_counter()
    plan = plan.with_inventory()
    endpoint = find_endpoint(plan.base_url, allow_remote=plan.allow_remote)
    _check_folder(output, overwrite=overwrite)
    sessions, files, errors = _read(source)
    path = output / STORE if store is None else store
    result = rate_sessions(sessions, plan, cache=path, progress=progress)
    _check_folder(output, overwrite=overwrite)
    output.mkdir(parents=True, exist_ok=True)  # the stored answers may be elsewhere
    begin_results(output, fixed=_STORES)
    remove_results(output, fixed=_STORES)
    for name in _TABLES:
        table = getattr(result, name)
        if name != "rationales" or plan.with_rationales:
            write_table(output / name / "part-00000.parquet", table)
            if output_format == "csv":
                write_csv(output / f"{name}.csv", table)
    write_table(output / "errors.parquet", errors_table(errors))
    seconds = time.perf_counter() - clock
    totals = _totals(result)
    run = build_run(files, started.isoformat(), datetime.now(UTC).isoformat(), seconds)
    asked = {
        **asdict(result.tally),
        **totals,
        "capabilities": result.capabilities,
        "fingerprints": list(result.fingerprints),
    }
    statuses = count_statuses(result.scores)
    manifest = _manifest(source, plan, files, Counter(error.code for error in errors))
    reasons = count_reasons(result.details)
    manifest["counts"] |= {"sessions": len(sessions), "statuses": statuses, "reasons": reasons}
    manifest["configuration"]["remote"] = not endpoint.local
    told = {**run, "server": endpoint.name, "asked": asked}
    finish_results(output, told, manifest, fixed=_STORES)
    return RatingSummary(
        n_sessions=len(sessions),
        errors=errors,
        statuses=statuses,
        reasons=reasons,
        result=result,
        totals=totals,
        seconds=seconds,
    )


def estimate_files(
    source: Input, output: Path, plan: RatingPlan, *, store: Path | None = None
) -> tuple[Estimate, list[TranscriptError]]:
    """Return what `rate_files` would take, and the sessions that cannot be read.

    Nothing is sent and nothing is written.
    """
    path = output / STORE if store is None else store
    sessions, _, errors = _read(source)
    cache = AnswerCache(path) if path.is_file() else None
    try:
        return estimate_rating(sessions, plan, cache=cache), errors
    finally:
        if cache is not None:
            cache.close()


def _read(source: Input) -> tuple[list[Session], list[Place], list[TranscriptError]]:
    errors: list[TranscriptError] = []
    files = source.files(errors)
    sessions = list(source.read(files, errors))
    if not sessions:
        first = f", the first: {errors[0]}" if errors else ""
        raise ResourceError(f"No session could be read ({counted(len(errors), 'error')}{first}).")
    return sessions, files, errors


def _check_folder(folder: Path, *, overwrite: bool) -> None:
    """Raise an error for a folder with other things, or with results if not `overwrite`."""
    check_folder(
        folder,
        overwrite=overwrite,
        or_else=", which keeps the stored answers and asks only for what is not among them",
        fixed=_STORES,
    )


def _totals(result: RatingResult) -> dict[str, float | None]:
    """Return tokens, seconds and cost of all items, stored answers included."""
    totals: dict[str, float | None] = {}
    items = [row for row in result.scores.to_pylist() if row["item"] is not None]
    for name in ("tokens_in", "tokens_out", "seconds", "cost"):
        known = [row[name] for row in items if row[name] is not None]
        totals[f"answers_{name}"] = sum(known) if known else None
    return totals


def _manifest(
    source: Input, plan: RatingPlan, files: list[Place], errors: Counter[str]
) -> dict[str, Any]:
    key, items = hash_key(), plan.items
    left_out = ("base_url", "inventory", "concurrency", "rate_limit", "timeout", "retries")
    settings = {
        name: value
        for name in plan.__dataclass_fields__
        if name not in left_out
        for value in [getattr(plan, name)]
    }
    return {
        "format": 1,
        "versions": {
            "alliance_features": __version__,
            "python": platform.python_version(),
            "openai": metadata.version("openai"),
            "pyarrow": metadata.version("pyarrow"),
        },
        "configuration": {
            "command": "rate",
            **settings,
            "temperature": 0.0 if plan.mode == "direct_logprob" else plan.sampling_temperature,
            "sampling_temperature": plan.sampling_temperature,
            "input_format": source.format,
            "roles": dict(source.roles or {}),
            "columns": dict(source.columns or {}),
            "language": source.language,
            "line_format": source.line_format,
        },
        "prompt": prompt_id(plan.mode),
        "inventory": {
            "name": items.name,
            "version": items.version,
            "sha256": items.sha256,
            "language": items.language,
            "instrument": items.instrument,
            "items": len(items.items),
            "scale": list(plan.scale),
        },
        "inputs": {
            "hash": "HMAC-SHA-256",
            "key": key_name(key),
            "files": [
                {"bytes": path.stat().st_size, "hash": keyed_hash(path, key)}
                for path in files
                if path.is_file()
            ],
        },
        "counts": {"errors": dict(sorted(errors.items()))},
    }
