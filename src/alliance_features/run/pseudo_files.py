"""Pseudo-dyads over files into an output folder."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from .._checks import check_choice
from ..errors import AllianceError, ResourceError, TranscriptError
from ..table import nulls_table
from ..transcript._fields import MODES
from .checks import CorpusChecks
from .extract import OUTPUT_FORMATS, Input, errors_table, internal_error
from .files import prepare_folder, remove_results, write_csv, write_json, write_table
from .manifest import build_manifest, build_run
from .pseudo import PARTNERS, PseudoCorpus, pseudo_extractor

if TYPE_CHECKING:
    import pyarrow as pa

    from ..features.distance import VectorSource


@dataclass(frozen=True, slots=True, kw_only=True)
class PseudoSummary:
    """What a run came to."""

    n_sessions: int
    errors: list[TranscriptError]
    nulls: dict[str, int]
    warnings: dict[str, int]
    seconds: float
    table: pa.Table


def pseudo_files(
    source: Input,
    output: Path,
    *,
    partners: int = PARTNERS,
    seed: int = 0,
    vectors: VectorSource = None,
    output_format: str = "parquet",
    overwrite: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> PseudoSummary:
    """Set the sessions of files beside pseudo-dyads and write an output folder.

    Parameters
    ----------
    source : Input
    output : Path
        New or empty folder, or one with results if `overwrite`. It holds pseudo/, nulls/,
        errors.parquet, manifest.json and run.json.
    partners, seed, vectors
        As in `pseudo_dyads`.
    output_format : {"parquet", "csv"}
        "csv" writes pseudo.csv beside.
    overwrite : bool
    progress : callable, optional
        Called with the numbers of sessions read and of errors.

    Returns
    -------
    PseudoSummary

    Raises
    ------
    ParameterError, ResourceError
        If an argument is malformed or the folder cannot be written. Bad sessions do not raise:
        they are rows of ``errors.parquet``.
    """
    check_choice("output_format", output_format, OUTPUT_FORMATS)
    if source.mode is not None:
        check_choice("mode", source.mode, MODES)
    started, clock = datetime.now(UTC), time.perf_counter()
    corpus = PseudoCorpus(pseudo_extractor(vectors, seed), partners)
    errors: list[TranscriptError] = []
    files = source.files(errors)
    older = prepare_folder(output, overwrite=overwrite)
    checks = CorpusChecks()
    for session in source.read(files, errors):
        try:
            corpus.add(session)
            checks.add(session, None, None)
        except AllianceError:
            raise
        except Exception as error:
            errors.append(internal_error(error, session))
        if progress is not None:
            progress(len(corpus), len(errors))
    if older and not len(corpus):
        raise ResourceError(
            f"No session could be read ({len(errors)} errors, the first: {errors[0]}); the older "
            f"results in {output} are kept."
        )
    rows = corpus.rows(lambda: None if progress is None else progress(len(corpus), len(errors)))
    table = corpus.table(rows)
    if older:
        remove_results(output)
    write_table(output / "pseudo" / "part-00000.parquet", table)
    write_table(output / "nulls" / "part-00000.parquet", nulls_table(rows))
    write_table(output / "errors.parquet", errors_table(errors))
    if output_format == "csv":
        write_csv(output / "pseudo.csv", table)
    manifest = build_manifest(
        corpus.extractor,
        rows,
        paths=files,
        languages=checks.languages,
        configuration={
            "command": "pseudo",
            "partners": partners,
            "seed": seed,
            "input_format": source.format,
            "roles": dict(source.roles or {}),
            "columns": dict(source.columns or {}),
            "language": source.language,
            "line_format": source.line_format,
            "mode": source.mode,
        },
        errors=Counter(error.code for error in errors),
        warnings={
            code: count
            for code, count in checks.warnings().items()
            if code in ("several_languages", "several_modes")
        },
    )
    seconds = time.perf_counter() - clock
    run = build_run(files, started.isoformat(), datetime.now(UTC).isoformat(), seconds)
    write_json(output / "run.json", run)
    write_json(output / "manifest.json", manifest)
    return PseudoSummary(
        n_sessions=len(rows.sessions),
        errors=errors,
        nulls=manifest["counts"]["nulls"],
        warnings=manifest["warnings"],
        seconds=seconds,
        table=table,
    )
