"""`alliance-features validate`."""

from __future__ import annotations

import typer

from .._checks import counted
from . import options

MAX_ERRORS_SHOWN = 20
MAX_FILES_SHOWN = 20


def command(
    source: options.Source,
) -> None:
    """Check transcripts: what cannot be read, what cannot be measured, and why.

    Writes nothing. Exit code 1 if there is any error.
    """
    from ..commands.validate import VERDICTS, validate_files
    from ..features.null_codes import NULL_CODES

    report = validate_files(source)
    typer.echo(
        f"{counted(report.n_sessions, 'session')}, {counted(report.n_turns, 'merged turn')}, "
        f"{counted(report.n_words, 'word')}, {counted(len(report.errors), 'error')}"
    )
    options.tell_left_out(report.n_left_out)
    for name, counts in report.by_field.items():
        shown = ", ".join(f"{value} {count:,}" for value, count in sorted(counts.items()))
        typer.echo(f"  {name}: {shown}")
    for file in report.files[:MAX_FILES_SHOWN]:
        if file.n_spoken:
            typer.echo(
                f"  {file.path.name}: {file.pause_rate:.2f} filled pauses, "
                f"{file.repair_rate:.2f} repairs per 100 words, {VERDICTS[file.verdict]}"
            )
        if file.advice:
            typer.echo(f"  warning {file.path.name}: {file.advice}")
    if len(report.files) > MAX_FILES_SHOWN:
        typer.echo(f"  ... {counted(len(report.files) - MAX_FILES_SHOWN, 'more file')}")
    if report.missing:
        typer.echo("What cannot be measured, and why (single values can be null as well):")
    elif report.n_sessions:
        typer.echo("Every group of core can be measured (single values can be null all the same).")
    for group, codes in report.missing.items():
        for code, count in sorted(codes.items()):
            sessions = counted(count, "session")
            typer.echo(f"  {group}: all or some of it in {sessions} ({code}: {NULL_CODES[code]})")
    options.tell_warnings(report.checks.warnings())
    options.tell_errors(report.errors, MAX_ERRORS_SHOWN)
    if report.errors:
        raise typer.Exit(1)
