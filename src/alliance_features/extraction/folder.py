"""The output folder of an extraction: its lock, and the files besides the parts."""

from __future__ import annotations

import contextlib
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .._checks import counted
from ..errors import ParameterError, ResourceError, TranscriptError
from ..output.files import (
    begin_results,
    finish_results,
    prepare_folder,
    remove_partial,
    remove_results,
    write_atomically,
    write_table,
)
from ..output.ownership import LOCK, drop_empty_journal, remove_listed, survey
from ..output.problems import errors_table
from .client_trends import write_clients
from .corpus_checks import CorpusChecks
from .parts import PartRecord

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """Summary of an extraction.

    `n_kept` sessions were taken from parts of an earlier run; `n_dropped` sessions of that run
    were not, since the input, options, word lists or versions of their part have changed, or one
    of its files is damaged.
    """

    output: Path
    n_sessions: int
    n_kept: int
    n_dropped: int
    n_turns: int
    n_clients: int | None
    n_features: int
    n_left_out: int
    errors: list[TranscriptError]
    nulls: dict[str, int]
    warnings: dict[str, int]
    seconds: float

    @property
    def table(self) -> pa.Table:
        """The table of sessions, read from the folder."""
        return read_level(self.output, "sessions")

    @property
    def errors_by_code(self) -> dict[str, int]:
        """How many errors of each code."""
        return dict(sorted(Counter(error.code for error in self.errors).items()))


@dataclass(slots=True)
class Finished:
    """Parts and reading errors in the order of the input.

    `parts` holds (group, chunk, record), `errors` (group, error); group -1 stands for the
    search for files.
    """

    parts: list[tuple[int, int, PartRecord]] = field(default_factory=list)
    errors: list[tuple[int, TranscriptError]] = field(default_factory=list)

    @property
    def records(self) -> list[PartRecord]:
        """The records of the parts."""
        return [record for _, _, record in self.parts]

    def all_errors(self) -> list[TranscriptError]:
        """Return the errors of reading, then those of measuring."""
        measuring = [error for record in self.records for error in record.errors]
        return [error for _, error in self.errors] + measuring

    def checks(self) -> CorpusChecks:
        """Return the corpus checks over all parts."""
        checks = CorpusChecks()
        for record in self.records:
            checks.merge(record.checks)
        return checks

    def counts(self) -> dict[str, Any]:
        """Return the counts of a manifest."""
        nulls: Counter[str] = Counter()
        for record in self.records:
            nulls.update(record.nulls)
        return {
            "sessions": sum(record.sessions for record in self.records),
            "turns": sum(record.turns for record in self.records),
            "errors": dict(sorted(Counter(error.code for error in self.all_errors()).items())),
            "nulls": dict(sorted(nulls.items())),
        }

    def listed(self) -> list[dict[str, Any]]:
        """Return the entries of a manifest for the parts."""
        return [
            {
                "part": place,
                "group": group,
                "chunk": chunk,
                "sessions": record.sessions,
                "input": record.key,
            }
            for place, (group, chunk, record) in enumerate(self.parts)
        ]


def read_level(output: Path, name: str) -> pa.Table:
    """Return a table of an output folder, its parts in order."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    return pa.concat_tables(pq.read_table(path) for path in part_files(output, name))


def part_files(output: Path, name: str) -> list[Path]:
    """Return the files of a table in order."""
    return sorted((output / name).glob("part-*.parquet"))


def write_csv_of(output: Path, name: str) -> None:
    """Write one CSV of all parts of a table, holding one of them at a time."""
    import pyarrow.parquet as pq
    from pyarrow import csv

    files = part_files(output, name)

    def write(path: Path) -> None:
        with csv.CSVWriter(path, pq.read_schema(files[0])) as writer:
            for file in files:
                writer.write_table(pq.read_table(file))

    write_atomically(output / f"{name}.csv", write)


def write_rest(
    output: Path,
    finished: Finished,
    levels: Sequence[str],
    *,
    as_csv: bool,
    clients: bool,
) -> tuple[dict[str, Any], dict[str, int]]:
    """Write errors, CSV files and the table of clients; return counts and warnings."""
    counts, warnings = finished.counts(), finished.checks().warnings()
    write_table(output / "errors.parquet", errors_table(finished.all_errors()))
    if not finished.parts:
        return counts, warnings
    if as_csv:
        for level in levels:
            write_csv_of(output, f"{level}s")
    if clients:
        trends = write_clients(output, read_level(output, "sessions"), as_csv=as_csv)
        counts["clients"] = trends.table.num_rows
        if trends.n_left_out:
            warnings = dict(sorted({**warnings, "no_client": trends.n_left_out}.items()))
    return counts, warnings


def remove_older(
    output: Path, finished: Finished, levels: Iterable[str], *, as_csv: bool, clients: bool
) -> None:
    """Remove results of an earlier run that this run did not write."""
    names = [f"{level}s" for level in levels]
    tables = [*names, "nulls"]
    keep = {"errors.parquet"}
    keep |= {f"{t}/part-{n:05d}.parquet" for t in tables for n in range(len(finished.parts))}
    if as_csv:
        keep |= {f"{name}.csv" for name in names}
    if clients:
        keep |= {"clients/part-00000.parquet", "clients_nulls/part-00000.parquet"}
        keep |= {"clients.csv"} if as_csv else set()
    remove_listed(output, [name for name in survey(output).ours if name not in keep])


def write_last(
    output: Path, manifest: dict[str, Any], run: dict[str, Any], *, finish: bool
) -> None:
    """Write run.json, then the manifest, which marks the folder as finished.

    Without `finish` there is none: the folder holds the errors, and may be used again.
    """
    finish_results(output, run, manifest if finish else None)


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the lock of a folder; the system releases it when the process ends in any way.

    Raises
    ------
    ParameterError
        If another run holds it.
    ResourceError
        If the lock file cannot be written.
    """
    from filelock import FileLock, Timeout

    lock = FileLock(folder / LOCK)
    problem: ParameterError | ResourceError | None = None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a file system without locks: a marker file is used
            lock.acquire(timeout=0)
    except Timeout:
        problem = ParameterError(
            f"`output` is {folder}, in which another run is writing; wait until it ends, or name "
            "another folder."
        )
    except OSError as error:
        reason = error.strerror or type(error).__name__
        problem = ResourceError(
            f"{folder}: the folder cannot be locked ({reason}); check its permissions."
        )
    if problem is not None:
        raise problem
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            (folder / LOCK).unlink(missing_ok=True)
        lock.release()


@contextlib.contextmanager
def opened(output: Path, *, overwrite: bool, update: bool | None) -> Iterator[bool]:
    """Check and lock a folder; yield whether it holds results or the parts of a stopped run.

    `update` is None for commands without that option.
    """
    if overwrite and update:
        raise ParameterError("`overwrite` and `update` exclude each other; give one of them.")
    replace = overwrite or bool(update)
    or_else = "" if update is None else " or --update"

    def prepare() -> bool:
        # Parts that are damaged are computed again, but not where all is asked for anew.
        return prepare_folder(output, overwrite=replace, or_else=or_else, repair=not overwrite)

    prepare()
    with locked(output):
        older = prepare()
        remove_partial(output)
        try:
            yield older
        finally:
            drop_empty_journal(output)


def beginning(output: Path, *, older: bool, anew: bool) -> Callable[[], None]:
    """Return a function that deals with older results; only its first call does anything."""
    begun = False

    def begin() -> None:
        nonlocal begun
        if begun:
            return
        begun = True
        begin_results(output, repair=not anew)
        if older and anew:
            remove_results(output)

    return begin


def check_any(output: Path, finished: Finished, *, older: bool) -> None:
    """Raise an error if nothing was read and older results would be lost."""
    if older and not finished.parts:
        errors = finished.all_errors()
        first = f" ({counted(len(errors), 'error')}, the first: {errors[0]})" if errors else ""
        raise ResourceError(
            f"No session could be read{first}; the older results in {output} are kept."
        )
