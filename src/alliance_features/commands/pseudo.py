"""Pseudo-dyads over files into an output folder."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from .._checks import check_choice
from ..corpus.pseudo import PARTNERS, PseudoCorpus, pseudo_extractor
from ..errors import TranscriptError
from ..extraction.corpus_checks import CorpusChecks
from ..extraction.extractor import nulls_table
from ..extraction.manifest import build_manifest
from ..output.files import OUTPUT_FORMATS, write_csv, write_table
from ..output.problems import errors_table
from ..output.results_folder import Results, add_each
from ..transcript import Session
from ..transcript.source import Input

if TYPE_CHECKING:
    import pyarrow as pa

    from ..features.measures.distance import VectorSource


@dataclass(frozen=True, slots=True, kw_only=True)
class PseudoSummary:
    """Result of `pseudo_files`: table, counts, errors, seconds."""

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
    """Compare the sessions of files with pseudo-dyads and write an output folder.

    Parameters
    ----------
    source : Input
    output : Path
        New or empty folder, or one with results if `overwrite`. It holds pseudo/, nulls/,
        errors.parquet, manifest.json and run.json.
    partners, seed, vectors
        As in `pseudo_dyads`.
    output_format : {"parquet", "csv"}
        "csv" writes pseudo.csv as well.
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
    results = Results(output, overwrite=overwrite)
    corpus = PseudoCorpus(pseudo_extractor(vectors, seed), partners)
    errors: list[TranscriptError] = []
    files = source.files(errors)
    checks = CorpusChecks()

    def add(session: Session) -> None:
        corpus.add(session)
        checks.add(session, None, None)

    def tell() -> None:
        if progress is not None:
            progress(len(corpus), len(errors))

    add_each(source.read(files, errors), add, errors, tell)
    results.check_read(len(corpus), errors)
    rows = corpus.rows(tell)
    table = corpus.table(rows)
    results.begin()
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
            **source.configuration(),
        },
        errors=Counter(error.code for error in errors),
        warnings={
            code: count
            for code, count in checks.warnings().items()
            if code in ("several_languages", "several_modes")
        },
    )
    seconds = results.finish(files, manifest)
    return PseudoSummary(
        n_sessions=len(rows.sessions),
        errors=errors,
        nulls=manifest["counts"]["nulls"],
        warnings=manifest["warnings"],
        seconds=seconds,
        table=table,
    )
