"""A benchmark as tables for a paper: Markdown, CSV, JSON."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from ...errors import ParameterError
from ...output.files import write_csv, write_json, write_text
from ...output.ownership import check_replaceable, listing
from .benchmark import Bench
from .stages import Stage

if TYPE_CHECKING:
    import pyarrow as pa

FILES = ("bench.json", "bench.md", "table.csv")
_HEADINGS = (
    "stage",
    "workers",
    "features",
    "sessions/s",
    "turns/s",
    "words/s",
    "seconds",
    "first pass s",
    "CPU s",
    "worker MB",
)


def check_output(folder: Path, *, overwrite: bool) -> None:
    """Raise an error for a folder that holds a benchmark, unless `overwrite`, or other files."""
    there = [name for name in FILES if (folder / name).exists()]
    if there and not overwrite:
        raise ParameterError(
            f"`output` is {folder}, which holds {there[0]}; name another folder or say --overwrite."
        )
    check_replaceable(folder, FILES)


def write_bench(result: Bench, folder: Path) -> None:
    """Write bench.json, bench.md and table.csv into a folder.

    Raises
    ------
    ResourceError
        If a file cannot be written.
    """
    check_replaceable(folder, FILES)
    with listing(folder):
        write_json(folder / FILES[0], asdict(result))
        write_text(folder / FILES[1], markdown(result))
        write_csv(folder / FILES[2], to_table(result))


def rates(result: Bench, stage: Stage) -> dict[str, float]:
    """Return sessions, turns and words per second of a stage."""
    return {name: result.corpus[name] / stage.seconds for name in ("sessions", "turns", "words")}


def to_table(result: Bench) -> pa.Table:
    """Return one row per stage: what it did, how fast, seconds (null: not measured)."""
    import pyarrow as pa

    rows = [
        {
            "stage": stage.name,
            "note": stage.note,
            "workers": stage.workers,
            "features": stage.n_features,
            **{f"{name}_per_s": rate for name, rate in rates(result, stage).items()},
            "seconds": stage.seconds,
            "first_pass_s": stage.first,
            "cpu_s": stage.cpu,
            "worker_mb": stage.worker_mb,
        }
        for stage in result.stages
    ]
    kinds = {
        "stage": pa.string(),
        "note": pa.string(),
        "workers": pa.int64(),
        "features": pa.int64(),
    }
    return pa.Table.from_pylist(
        rows, pa.schema([(name, kinds.get(name, pa.float64())) for name in rows[0]])
    )


def markdown(result: Bench) -> str:
    """Return the table, and the sentences that belong under it."""
    lines = [f"| {' | '.join(_HEADINGS)} |", "|---" * len(_HEADINGS) + "|"]
    for stage in result.stages:
        speeds = [
            f"{rate:,.1f}" if rate < 100 else f"{rate:,.0f}" for rate in _rates(result, stage)
        ]
        cells = [
            f"{stage.name} ({stage.note})",
            str(stage.workers or "-"),
            str(stage.n_features or "-"),
            *speeds,
            f"{stage.seconds:.3f}",
            f"{stage.first:.3f}",
            "-" if stage.cpu is None else f"{stage.cpu:.3f}",
            "-" if stage.worker_mb is None else f"{stage.worker_mb:,.0f}",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*lines, "", *_sentences(result), ""])


def _rates(result: Bench, stage: Stage) -> list[float]:
    return list(rates(result, stage).values())


def _sentences(result: Bench) -> list[str]:
    corpus, machine, vectors = result.corpus, result.machine, result.vectors
    kind = "simulated" if corpus["simulated"] else "read"
    repeats = result.settings["repeats"]
    passes = _passes(repeats)
    versions = ", ".join(f"{name} {version}" for name, version in result.versions.items())
    start = ", ".join(f"{name.replace('_', ' ')} {s:.2f}" for name, s in result.start_up.items())
    return [
        f"Corpus ({kind}): {corpus['sessions']:,} sessions, {corpus['turns']:,} turns, "
        f"{corpus['words']:,} words; {', '.join(corpus['languages'])}.",
        f"Features: {', '.join(result.settings['features'])}. Seconds: {passes}.",
        f"Machine: {machine['processor']}, {machine['architecture']}, instructions "
        f"{machine['instructions']}, {machine['cores']} cores, {machine['memory_gb']} GB, "
        f"{machine['system']}; load {machine['load']} at the end, {machine['date']}.",
        f"Versions: {versions}. Vectors: {vectors['name']}, {vectors['words']:,} words, "
        f"{vectors['dimensions']} dimensions.",
        f"Start of a new process until one short session is measured, seconds: {start}.",
        _memory(result.memory_mb),
        *_mostly_start(result),
    ]


def _passes(repeats: int) -> str:
    if repeats > 1:
        return (
            f"median of {repeats} passes after the first, in which words are met for the first time"
        )
    return "the second of two passes" if repeats else "one pass"


def _mostly_start(result: Bench) -> list[str]:
    """Return a warning if the start of processes is much of what `extract` took."""
    total = result.start_up["total"]
    short = [stage for stage in result.stages if stage.workers and stage.seconds < 10 * total]
    if not short:
        return []
    return [
        "The rows of `extract` are to a large part the start of processes on so few sessions, and "
        "no ratio of workers: give more of them."
    ]


def _memory(peak: float | None) -> str:
    if peak is None:
        return "Peak memory: unknown on this system."
    return f"Peak memory of the process that held the corpus: {peak:,.0f} MB."
