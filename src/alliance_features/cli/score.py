"""`alliance-features score`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .._checks import counted
from . import options
from .progress import progress

if TYPE_CHECKING:
    from ..commands.score import ScoreSummary


def command(
    source: options.SourceByMode,
    output: options.Output,
    inventory: options.Inventory = None,
    method: Annotated[
        str, typer.Option("--method", help="cosine (as published), counter, centred or null_z.")
    ] = "cosine",
    encoder: Annotated[
        str,
        typer.Option(
            "--encoder",
            metavar="NAME",
            help="static (word vectors), doc2vec (trained on the sessions), a Doc2Vec file, or a "
            "folder of sentence-transformers.",
        ),
    ] = "static",
    vectors: options.Vectors = None,
    polarity: Annotated[
        str,
        typer.Option(
            "--polarity",
            help="check: no score where the encoder cannot separate straight from reversed "
            "statements. ignore: score all the same, as published.",
        ),
    ] = "check",
    how: Annotated[
        str, typer.Option("--how", help="mean of the signed statements, or sum (as published).")
    ] = "mean",
    condition: Annotated[
        str | None,
        typer.Option(
            "--condition",
            metavar="NAME",
            help="Condition to compare by: a key of `meta`, or a column of --conditions.",
        ),
    ] = None,
    conditions: Annotated[
        Path | None,
        typer.Option("--conditions", metavar="FILE", help="CSV with session_id and conditions."),
    ] = None,
    cluster: Annotated[
        str | None,
        typer.Option(
            "--cluster",
            help="Clusters: therapist, client or session; the highest known if left out.",
        ),
    ] = None,
    partners: Annotated[
        int, typer.Option("--partners", help="Pseudo-dyads per session, at least 5.")
    ] = 10,
    seed: options.Seed = 0,
    save_encoder: Annotated[
        Path | None,
        typer.Option(
            "--save-encoder",
            metavar="FILE.npz",
            help="Save the trained Doc2Vec. The file lists words of the sessions.",
        ),
    ] = None,
    output_format: options.Format = "parquet",
    overwrite: options.Overwrite = False,
) -> None:
    """Score each turn on statements about the alliance, and compare the speakers.

    A score says how near words are to statements; it is not a rating. The folder holds turns/,
    sessions/, nulls/, summary.csv and summary.md by condition, scales.svg, gaps.svg,
    errors.parquet, manifest.json and run.json.
    """
    from ..commands.score import score_files

    with progress() as report:
        summary = score_files(
            source,
            output,
            inventory=inventory,
            method=method,
            encoder=encoder,
            vectors=vectors,
            polarity=polarity,
            how=how,
            condition=condition,
            conditions=conditions,
            cluster=cluster,
            partners=partners,
            seed=seed,
            save_encoder=save_encoder,
            output_format=output_format,
            overwrite=overwrite,
            progress=report,
        )
    _close(summary, output, polarity)
    if summary.errors:
        raise typer.Exit(options.PARTIAL if summary.n_sessions else 1)


def _close(summary: ScoreSummary, output: Path, polarity: str) -> None:
    """Print a summary of the run."""
    from ..reports.alliance_text import WAY_ON

    options.tell_errors(summary.errors)
    typer.echo(
        f"{counted(summary.n_sessions, 'session')} and {counted(summary.n_turns, 'turn')}, "
        f"{counted(len(summary.errors), 'error')}, {summary.seconds:.1f} s "
        f"(encoder {summary.encoder_seconds:.1f} s) -> {output}"
    )
    if summary.failed:
        left = "have no score" if polarity == "check" else "are scored all the same"
        typer.echo(
            f"  the encoder cannot separate straight from reversed statements on "
            f"{', '.join(summary.failed)}: they {left}"
        )
        if polarity == "check":
            typer.echo(f"  {WAY_ON}")
    if summary.note:
        typer.echo(f"  warning: {summary.note}")
    options.tell_nulls(summary.nulls)
