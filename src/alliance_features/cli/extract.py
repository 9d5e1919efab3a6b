"""`alliance-features extract`."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .._checks import counted
from ..errors import ParameterError
from . import options, stopping
from .progress import progress

if TYPE_CHECKING:
    import pyarrow as pa

    from ..extraction.folder import Summary


REPEATED = ("directive", "prologue")


def job_options(values: Sequence[str] | None) -> dict[str, str | list[str]]:
    """Return --slurm KEY=VALUE options; those of `REPEATED` are lists of lines."""
    jobs: dict[str, str | list[str]] = {}
    for item in values or ():
        key, sign, value = (text.strip() for text in item.partition("="))
        if not (key and sign and value):
            raise ParameterError("`slurm` must look like KEY=VALUE.")
        if key in REPEATED:
            lines = jobs.setdefault(key, [])
            assert isinstance(lines, list)
            lines.append(value)
        elif key in jobs:
            raise ParameterError(f"`slurm` has {key} twice; give it once.")
        else:
            jobs[key] = value
    return jobs


def show_script(engine: str, jobs: dict[str, str | list[str]], workers: int | None) -> None:
    """Print the script of one job, and how often it would be submitted."""
    from ..extraction.dask_engine import job_script

    if engine != "slurm":
        raise ParameterError(
            '`dry_run` shows the job script of engine "slurm"; say --engine slurm.'
        )
    typer.echo(job_script(jobs))
    if workers:
        typer.echo(f"to be submitted {counted(workers, 'time')}; nothing was submitted", err=True)


def which_shard(text: str | None) -> tuple[int, int] | None:
    """Return --shard I/N as two numbers."""
    if text is None:
        return None
    index, _, of = text.partition("/")
    if not (index.isdecimal() and of.isdecimal()):
        raise ParameterError("`shard` must be i/n with 1 <= i <= n, e.g. 3/16.")
    return int(index), int(of)


@contextlib.contextmanager
def stop_with_hint() -> Iterator[None]:
    """Say after Ctrl-C or SIGTERM how to continue."""
    try:
        yield
    except stopping.Stopped:
        typer.echo("finished parts are kept: give the same command to continue", err=True)
        raise


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
    "C>T: the client replies to the therapist; lower nCLiD, WMD = closer; - = null."
)


def command(
    source: options.Source,
    recipe: options.Measuring,
    output: options.Output,
    clients: Annotated[
        bool,
        typer.Option(
            "--clients", help="Also write a table of clients: trends over their sessions."
        ),
    ] = False,
    output_format: options.Format = "parquet",
    overwrite: options.Overwrite = False,
    update: Annotated[
        bool,
        typer.Option(
            "--update", help="Keep the parts of DIR that are up to date and compute the rest."
        ),
    ] = False,
    workers: Annotated[
        int | None,
        typer.Option(
            "--workers",
            metavar="N",
            help="Processes that measure; 0: one per processor. This process alone if left out.",
        ),
    ] = None,
    engine: Annotated[
        str,
        typer.Option(
            "--engine", help="local, dask (a cluster here, or --scheduler) or slurm (jobs)."
        ),
    ] = "local",
    scheduler: Annotated[
        str | None,
        typer.Option(
            "--scheduler", metavar="ADDRESS", help="A running Dask scheduler, tcp://host:8786."
        ),
    ] = None,
    slurm: Annotated[
        list[str] | None,
        typer.Option(
            "--slurm",
            metavar="KEY=VALUE",
            help="Option of the jobs: account, directive, interface, local, log, memory, prologue, "
            "python, queue, walltime; each may be repeated.",
        ),
    ] = None,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Print the job script of --engine slurm and do nothing."),
    ] = False,
    shard: Annotated[
        str | None,
        typer.Option(
            "--shard", metavar="I/N", help="Measure shard I of N; `merge` puts the shards together."
        ),
    ] = None,
    show: Annotated[
        bool, typer.Option("--show", help="Print a table of the main signals.")
    ] = False,
) -> None:
    """Measure transcripts: one row per session, into a folder of Parquet tables.

    The folder holds sessions/ (and turns/, clients/), nulls/ with the reason of every null,
    errors.parquet with the sessions that could not be read, manifest.json and run.json.
    A run that was stopped continues at the next part when the command is given again.
    """
    from ..commands.extract import extract_files

    jobs = job_options(slurm)
    if dry_run:
        show_script(engine, jobs, workers)
        return

    with stop_with_hint(), progress() as report:
        summary = extract_files(
            source,
            output,
            recipe,
            clients=clients,
            output_format=output_format,
            overwrite=overwrite,
            update=update,
            workers=workers,
            engine=engine,
            scheduler=scheduler,
            slurm=jobs,
            shard=which_shard(shard),
            progress=report,
        )
    if show and summary.n_sessions:
        typer.echo(headline(summary.table))
    close(summary, output)
    if summary.errors:
        raise typer.Exit(options.PARTIAL if summary.n_sessions else 1)


def close(summary: Summary, output: Path) -> None:
    """Print a summary of the extraction."""
    options.tell_errors(summary.errors)
    turns = f" and {counted(summary.n_turns, 'turn')}" if summary.n_turns else ""
    turns += f", {counted(summary.n_clients, 'client')}" if summary.n_clients is not None else ""
    typer.echo(
        f"{counted(summary.n_sessions, 'session')}{turns}, "
        f"{counted(summary.n_features, 'feature')}, "
        f"{counted(len(summary.errors), 'error')}, {summary.seconds:.1f} s -> {output}"
    )
    if summary.n_kept:
        typer.echo(f"  {counted(summary.n_kept, 'session')} kept from an earlier run")
    if summary.n_dropped:
        typer.echo(
            f"  {counted(summary.n_dropped, 'session')} of an earlier run measured anew or removed "
            "(another input, option, word list or version, or a damaged file)"
        )
    options.tell_left_out(summary.n_left_out)
    for code, count in summary.errors_by_code.items():
        typer.echo(f"  error {code}: {count:,}")
    options.tell_nulls(summary.nulls)
    options.tell_warnings(summary.warnings)


def headline(table: pa.Table) -> str:
    """Return the main signals as text, one line per session."""
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
