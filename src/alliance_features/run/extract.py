"""Extraction over files into an output folder."""

from __future__ import annotations

import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .._checks import check_choice
from ..errors import AllianceError, ResourceError, TranscriptError
from ..table import Extractor, Rows, SpacyModel, nulls_table
from ..transcript import Session, read_sessions
from ..transcript._fields import MODES
from ..transcript.readers import find_files
from .checks import CorpusChecks
from .clients import check_followed, write_clients
from .files import prepare_folder, remove_results, write_csv, write_json, write_table
from .manifest import build_manifest, build_run

if TYPE_CHECKING:
    import pyarrow as pa

    from ..features.categories import CategorySource
    from ..features.distance import VectorSource

LEVELS = ("session", "turn")
OUTPUT_FORMATS = ("parquet", "csv")
_ERROR_COLUMNS = ("file", "line", "session_id", "turn", "field", "code", "message")


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """Which files, folders or patterns to read, and how; see `read_sessions`.

    `mode`, `verbatim` and `translated` are for sessions that do not say it themselves.
    """

    paths: Sequence[str | Path]
    format: str | None = None
    roles: Mapping[str, str] | None = None
    columns: Mapping[str, str] | None = None
    language: str | None = None
    line_format: str | None = None
    mode: str | None = None
    verbatim: bool | None = None
    translated: bool | None = None

    def files(self, errors: list[TranscriptError]) -> list[Path]:
        """Return the files meant, in order; what names none is appended to `errors`."""
        found = [item for path in self.paths for item in find_files(path, format=self.format)]
        errors += [item for item in found if isinstance(item, TranscriptError)]
        return [item for item in found if not isinstance(item, TranscriptError)]

    def read(self, files: Sequence[Path], errors: list[TranscriptError]) -> Iterator[Session]:
        """Yield the sessions of files that `files` returned; append what cannot be read."""
        sessions = read_sessions(
            files,
            format=self.format,
            roles=self.roles,
            columns=self.columns,
            language=self.language,
            line_format=self.line_format,
            errors=errors,
        )
        given = {"mode": self.mode, "verbatim": self.verbatim, "translated": self.translated}
        return _filled(
            sessions, {name: value for name, value in given.items() if value is not None}
        )

    def n_left_out(self, files: Sequence[Path]) -> int:
        """Return how many files in the folders named are no transcripts by their names."""
        inside = (
            file
            for path in map(Path, self.paths)
            if path.is_dir()
            for file in path.rglob("*")
            if not any(part.startswith(".") for part in file.relative_to(path).parts)
        )
        return sum(file.is_file() for file in set(inside) - set(files))


def _filled(sessions: Iterator[Session], given: dict[str, Any]) -> Iterator[Session]:
    for session in sessions:
        missing = {name: value for name, value in given.items() if getattr(session, name) is None}
        yield replace(session, **missing) if missing else session


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What an extraction came to."""

    n_sessions: int
    n_turns: int
    n_clients: int | None
    n_features: int
    n_left_out: int
    errors: list[TranscriptError]
    nulls: dict[str, int]
    warnings: dict[str, int]
    seconds: float
    table: pa.Table

    @property
    def errors_by_code(self) -> dict[str, int]:
        """How many errors of each code."""
        return dict(sorted(Counter(error.code for error in self.errors).items()))


def internal_error(error: Exception, session: Session) -> TranscriptError:
    """Name the place of a defect; its own message may quote the transcript."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return TranscriptError(
        f"{type(error).__name__} in {Path(last.filename).name}, line {last.lineno}",
        code="internal_error",
        session_id=session.session_id,
        remedy="This is a defect of the program; please report it with this line.",
    )


def extract_files(
    source: Input,
    output: Path,
    *,
    features: str | Sequence[str] = "core",
    level: str = "session",
    vectors: VectorSource = None,
    spacy_model: SpacyModel = None,
    seed: int = 0,
    categories: CategorySource = None,
    clients: bool = False,
    output_format: str = "parquet",
    overwrite: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Summary:
    """Measure the sessions of files and write an output folder.

    Parameters
    ----------
    source : Input
    output : Path
        New or empty folder, or one with results if `overwrite`.
    features, vectors, spacy_model, seed, categories
        As in `extract`.
    level : {"session", "turn"}
        "turn" writes a table of merged turns beside that of sessions.
    clients : bool
        Write a table of clients as well, see `client_trends`.
    output_format : {"parquet", "csv"}
        "csv" writes one CSV beside each Parquet table.
    overwrite : bool
    progress : callable, optional
        Called with the numbers of sessions measured and of errors.

    Returns
    -------
    Summary

    Raises
    ------
    ParameterError, ResourceError
        If an argument is malformed or the folder cannot be written. Bad sessions do not raise:
        they are rows of ``errors.parquet``.
    """
    check_choice("level", level, LEVELS)
    check_choice("output_format", output_format, OUTPUT_FORMATS)
    if source.mode is not None:
        check_choice("mode", source.mode, MODES)
    started, clock = datetime.now(UTC), time.perf_counter()
    levels = LEVELS if level == "turn" else LEVELS[:1]
    extractor = Extractor(
        features, vectors, levels=levels, spacy_model=spacy_model, seed=seed, categories=categories
    )
    if clients:
        check_followed(spec.name for spec in extractor.specs["session"])
    errors: list[TranscriptError] = []
    files = source.files(errors)
    n_left_out = source.n_left_out(files)
    sessions = source.read(files, errors)
    older = prepare_folder(output, overwrite=overwrite)
    rows, checks = Rows(), CorpusChecks()
    watch = CorpusWatch(extractor, checks)
    for session in sessions:
        try:
            extractor.add(session, rows)
            watch.add(session, rows)
        except AllianceError:
            raise
        except Exception as error:
            errors.append(internal_error(error, session))
        if progress is not None:
            progress(len(rows.sessions), len(errors))
    if older and not rows.sessions:
        raise ResourceError(
            f"No session could be read ({len(errors)} errors, the first: {errors[0]}); the older "
            f"results in {output} are kept."
        )
    if older:
        remove_results(output)
    table = _write(output, extractor, rows, errors, as_csv=output_format == "csv")
    warnings, n_clients = checks.warnings(), None
    if clients:
        trends = write_clients(output, table, as_csv=output_format == "csv")
        n_clients = trends.table.num_rows
        if trends.n_left_out:
            warnings = dict(sorted({**warnings, "no_client": trends.n_left_out}.items()))
    codes = Counter(error.code for error in errors)
    manifest = build_manifest(
        extractor,
        rows,
        paths=files,
        languages=checks.languages,
        configuration={
            "features": [features] if isinstance(features, str) else list(features),
            "level": level,
            "clients": clients,
            "seed": extractor.seed,
            "input_format": source.format,
            "roles": dict(source.roles or {}),
            "columns": dict(source.columns or {}),
            "language": source.language,
            "line_format": source.line_format,
            "mode": source.mode,
            "verbatim": source.verbatim,
            "translated": source.translated,
        },
        errors=codes,
        warnings=warnings,
    )
    if n_clients is not None:
        manifest["counts"]["clients"] = n_clients
    seconds = time.perf_counter() - clock
    run = build_run(files, started.isoformat(), datetime.now(UTC).isoformat(), seconds)
    write_json(output / "run.json", run)
    write_json(output / "manifest.json", manifest)
    return Summary(
        n_sessions=len(rows.sessions),
        n_turns=len(rows.turns),
        n_clients=n_clients,
        n_features=sum(len(specs) for specs in extractor.specs.values()),
        n_left_out=n_left_out,
        errors=errors,
        nulls=manifest["counts"]["nulls"],
        warnings=manifest["warnings"],
        seconds=seconds,
        table=table,
    )


class CorpusWatch:
    """Feeds the corpus checks from the rows, if the columns they need are there."""

    def __init__(self, extractor: Extractor, checks: CorpusChecks) -> None:
        names = [spec.name for spec in extractor.specs["session"]]
        self.checks = checks
        self.places = [
            names.index(name) - len(names) if name in names else None
            for name in ("client__words_n", "client__filled_pause_rate")
        ]

    def add(self, session: Session, rows: Rows) -> None:
        """Take in the row just made of a session."""
        row = rows.sessions[-1]
        words, rate = (None if place is None else row[place] for place in self.places)
        self.checks.add(session, words, rate)


def _write(
    output: Path, extractor: Extractor, rows: Rows, errors: list[TranscriptError], *, as_csv: bool
) -> pa.Table:
    tables = {level: extractor.table(rows, level) for level in extractor.specs}
    for level, table in tables.items():
        write_table(output / f"{level}s" / "part-00000.parquet", table)
        if as_csv:
            write_csv(output / f"{level}s.csv", table)
    write_table(output / "nulls" / "part-00000.parquet", nulls_table(rows))
    write_table(output / "errors.parquet", errors_table(errors))
    return tables["session"]


def errors_table(errors: Sequence[TranscriptError]) -> pa.Table:
    """Return errors as a table; `file` is the name without its folder."""
    import pyarrow as pa

    kinds = {"line": pa.int64(), "turn": pa.int64()}
    columns = {
        "file": [None if error.path is None else Path(error.path).name for error in errors],
        "line": [error.line for error in errors],
        "session_id": [error.session_id for error in errors],
        "turn": [error.turn for error in errors],
        "field": [error.field for error in errors],
        "code": [error.code for error in errors],
        "message": [f"{error.problem}. {error.remedy}".strip() for error in errors],
    }
    return pa.table(
        [pa.array(columns[name], type=kinds.get(name, pa.string())) for name in _ERROR_COLUMNS],
        names=list(_ERROR_COLUMNS),
    )
