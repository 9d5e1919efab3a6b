"""`alliance-features validate`."""

from __future__ import annotations

from collections.abc import Sequence

import typer

from .._checks import counted
from . import options

MAX_ERRORS_SHOWN = 20
MAX_FILES_SHOWN = 20
MAX_IDS_SHOWN = 5


def named(ids: Sequence[str]) -> str:
    """Return how many sessions there are, and the ids of the first."""
    more = ", ..." if len(ids) > MAX_IDS_SHOWN else ""
    return f"{counted(len(ids), 'session')} ({', '.join(ids[:MAX_IDS_SHOWN])}{more})"


def command(
    source: options.Source,
    strict: options.Strict = False,
) -> None:
    """Check transcripts: what cannot be read, what cannot be measured, and why.

    Writes nothing. Exit code 1 if there is any error.
    """
    from ..commands.validate import VERDICTS, validate_files
    from ..extraction.doubts.doubt import KINDS
    from ..features.null_codes import NULL_CODES
    from ..text.repair import REPAIRS

    report = validate_files(source, strict=strict)
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
        for code, doubtful in sorted(file.doubts.items()):
            typer.echo(
                f"  warning {file.path.name}: {code} in {named(doubtful.sessions)}, "
                f"{counted(doubtful.n_words, 'word')} {KINDS[code].concerned}"
            )
        for kind in REPAIRS:
            if file.repairs[kind.name]:
                typer.echo(
                    f"  text {file.path.name}: {kind.name} put right "
                    f"{counted(file.repairs[kind.name], 'time')} ({kind.definition})"
                )
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
