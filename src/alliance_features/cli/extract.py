"""`alliance-features extract`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from . import options
from .progress import progress

if TYPE_CHECKING:
    import pyarrow as pa

    from ..run.extract import Summary

PARTIAL = 3
#: The signals that the closing table shows: heading, column, decimals.
HEADLINE = (
    ("T words", "therapist__words_n", 0),
    ("C words", "client__words_n", 0),
    ("T/C", "dyad__talk_ratio", 2),
    ("T I/100", "therapist__i_rate", 2),
    ("C um/100", "client__filled_pause_rate", 2),
    ("nCLiD C>T", "dyad__nclid__anchor_therapist", 3),
    ("nCLiD T>C", "dyad__nclid__anchor_client", 3),
    ("WMD C>T", "dyad__adjacent_wmd__responder_client__mean", 3),
    ("WMD T>C", "dyad__adjacent_wmd__responder_therapist__mean", 3),
)
LEGEND = (
    "T therapist, C client; I, um: first-person singular, filled pauses per 100 words; "
    "C>T: the client answers the therapist; lower nCLiD, WMD = closer; - = null."
)


def command(
    paths: options.Paths,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="DIR", help="Folder for the results.")
    ],
    level: Annotated[
        str, typer.Option("--level", help="session, or turn: a table of merged turns as well.")
    ] = "session",
    features: Annotated[
        list[str] | None,
        typer.Option("--features", help="Sets, groups or names, by commas. Default: core."),
    ] = None,
    vectors: Annotated[
        Path | None,
        typer.Option(
            "--vectors", metavar="FILE", help="Word vectors; shipped English if left out."
        ),
    ] = None,
    spacy_model: Annotated[
        str | None,
        typer.Option(
            "--spacy-model",
            metavar="PATH",
            help="spaCy pipeline for features that need a tagger; never downloaded.",
        ),
    ] = None,
    seed: Annotated[
        int, typer.Option("--seed", help="Seed of the surrogates (set synchrony).")
    ] = 0,
    categories: Annotated[
        Path | None,
        typer.Option(
            "--categories",
            metavar="FILE",
            help="Your own dictionary, .toml or LIWC .dic: adds the features of its categories.",
        ),
    ] = None,
    clients: Annotated[
        bool, typer.Option("--clients", help="Also a table of clients: trends over their sessions.")
    ] = False,
    output_format: Annotated[
        str, typer.Option("--format", help="parquet, or csv: a CSV beside each Parquet table.")
    ] = "parquet",
    input_format: options.InputFormat = None,
    roles: options.Roles = None,
    columns: options.Columns = None,
    language: options.Language = None,
    line_format: options.LineFormat = None,
    mode: options.Mode = None,
    verbatim: options.Verbatim = None,
    translated: options.Translated = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace the results in DIR.")
    ] = False,
    show: Annotated[bool, typer.Option("--show", help="Print the main signals.")] = False,
) -> None:
    """Measure transcripts: one row a session, into a folder of Parquet tables.

    The folder holds sessions/ (and turns/, clients/), nulls/ with the reason of every null,
    errors.parquet with the sessions that could not be read, manifest.json and run.json.
    """
    from ..run.extract import extract_files

    source = options.source(
        paths,
        input_format,
        roles,
        columns,
        language,
        line_format,
        mode=mode,
        verbatim=verbatim,
        translated=translated,
    )
    with progress() as report:
        summary = extract_files(
            source,
            output,
            features=options.words(features) if features else "core",
            level=level,
            vectors=vectors,
            spacy_model=spacy_model,
            seed=seed,
            categories=categories,
            clients=clients,
            output_format=output_format,
            overwrite=overwrite,
            progress=report,
        )
    if show:
        typer.echo(headline(summary.table))
    close(summary, output)
    if summary.errors:
        raise typer.Exit(PARTIAL if summary.n_sessions else 1)


def close(summary: Summary, output: Path) -> None:
    """Print what the extraction came to."""
    from ..features.nulls import NULL_CODES
    from ..run.checks import WARNINGS

    options.tell_errors(summary.errors)
    turns = f" and {summary.n_turns:,} turns" if summary.n_turns else ""
    turns += f", {summary.n_clients:,} clients" if summary.n_clients is not None else ""
    typer.echo(
        f"{summary.n_sessions:,} sessions{turns}, {summary.n_features} features, "
        f"{len(summary.errors):,} errors, {summary.seconds:.1f} s -> {output}"
    )
    if summary.n_left_out:
        typer.echo(options.LEFT_OUT.format(summary.n_left_out))
    for code, count in summary.errors_by_code.items():
        typer.echo(f"  error {code}: {count:,}")
    for code, count in summary.nulls.items():
        typer.echo(f"  null {code}: {count:,} values ({NULL_CODES[code]})")
    for code, count in summary.warnings.items():
        typer.echo(f"  warning {code}: {count:,} sessions ({WARNINGS[code]})")


def headline(table: pa.Table) -> str:
    """Return the main signals as text, one line a session."""
    shown = [item for item in HEADLINE if item[1] in table.column_names]
    lines = [["session", *(heading for heading, _, _ in shown)]]
    for row in table.to_pylist():
        cells = ["-" if row[name] is None else f"{row[name]:.{n}f}" for _, name, n in shown]
        lines.append([row["session_id"], *cells])
    widths = [max(len(line[place]) for line in lines) for place in range(len(lines[0]))]
    text = [
        "  ".join([line[0].ljust(widths[0]), *map(str.rjust, line[1:], widths[1:])])
        for line in lines
    ]
    return "\n".join([*text, LEGEND])
