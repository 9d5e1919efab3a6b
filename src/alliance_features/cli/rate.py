"""`alliance-features rate`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .._checks import counted
from . import options
from .groups import Group
from .progress import steps

if TYPE_CHECKING:
    from ..commands.rate import RatingSummary
    from ..raters.llm.estimate import Estimate
    from ..raters.llm.settings import RatingPlan
    from ..transcript.source import Input


Source = Annotated["Input", Group(options.reading, without=options.FACTS)]


def command(
    source: Source,
    output: options.Output,
    base_url: Annotated[
        str,
        typer.Option(
            "--base-url",
            metavar="URL",
            help="Server with OpenAI's chat completions, e.g. http://127.0.0.1:8080/v1.",
        ),
    ],
    model: Annotated[str, typer.Option("--model", help="Name of the model at the server.")],
    inventory: options.Inventory = None,
    perspective: Annotated[
        str,
        typer.Option(
            "--perspective", help="Perspective to rate from: observer, client or therapist."
        ),
    ] = "observer",
    mode: Annotated[
        str,
        typer.Option(
            "--mode",
            help="Way of asking: direct_logprob, rationale_then_score or sampled_mean; not the "
            "mode of sessions, as elsewhere.",
        ),
    ] = "direct_logprob",
    samples: Annotated[
        int,
        typer.Option(
            "--samples", help="Answers drawn by sampled_mean, or where probabilities are missing."
        ),
    ] = 5,
    repeats: Annotated[
        int, typer.Option("--repeats", help="How often each statement is asked.")
    ] = 1,
    temperature: Annotated[
        float | None,
        typer.Option(
            "--temperature", help="Temperature of drawn answers; if left out 1, for rationales 0.7."
        ),
    ] = None,
    overflow: Annotated[
        str,
        typer.Option(
            "--overflow", help="For sessions that are too long: error, head_tail or chunk."
        ),
    ] = "error",
    concurrency: Annotated[int, typer.Option("--concurrency", help="Calls at the same time.")] = 4,
    rate_limit: Annotated[
        float | None,
        typer.Option("--rate-limit", metavar="N", help="Largest number of requests per minute."),
    ] = None,
    timeout: Annotated[
        float, typer.Option("--timeout", help="Seconds until a call is given up.")
    ] = 300.0,
    price_in: Annotated[
        float | None, typer.Option("--price-in", help="Price of 1000 tokens sent.")
    ] = None,
    price_out: Annotated[
        float | None, typer.Option("--price-out", help="Price of 1000 tokens received.")
    ] = None,
    seed: Annotated[
        int, typer.Option("--seed", help="Seed from which those of all calls follow.")
    ] = 0,
    rater: Annotated[
        str | None,
        typer.Option("--rater", help="Name in the column `rater`; the model if left out."),
    ] = None,
    allow_remote: Annotated[
        bool,
        typer.Option(
            "--allow-remote",
            help="Allow sending whole transcripts to a server that is not this machine.",
        ),
    ] = False,
    with_rationales: Annotated[
        bool,
        typer.Option("--with-rationales", help="Keep rationales: text about the sessions."),
    ] = False,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run", help="Estimate calls, tokens, cost and time; send and write nothing."
        ),
    ] = False,
    store: Annotated[
        Path | None,
        typer.Option(
            "--store", metavar="FILE", help="Stored answers; DIR/answers.sqlite if left out."
        ),
    ] = None,
    output_format: options.Format = "parquet",
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace results in DIR; stored answers are used.")
    ] = False,
) -> None:
    """Let a language model rate sessions, statement by statement, on this machine.

    DIR gets scores/ (items and subscales, to read with `read_scores`), details/, errors.parquet,
    manifest.json, run.json and the stored answers: after a stop the same
    command continues with what is missing. The key of a server is taken from OPENAI_API_KEY.
    """
    from ..commands.rate import estimate_files, rate_files
    from ..raters.llm.guard import find_endpoint, what_is_sent
    from ..raters.llm.settings import RatingPlan

    plan = RatingPlan(
        base_url=base_url,
        model=model,
        inventory=inventory,
        perspective=perspective,
        mode=mode,
        samples=samples,
        repeats=repeats,
        temperature=temperature,
        overflow=overflow,
        seed=seed,
        concurrency=concurrency,
        rate_limit=rate_limit,
        timeout=timeout,
        price_in=price_in,
        price_out=price_out,
        allow_remote=allow_remote,
        with_rationales=with_rationales,
        rater=rater,
    )
    if dry_run:
        estimate, errors = estimate_files(source, output, plan, store=store)
        options.tell_errors(errors)
        typer.echo(_estimate_text(estimate, plan))
        return
    server = find_endpoint(base_url, allow_remote=allow_remote)
    if not server.local:
        typer.echo(what_is_sent(server.name), err=True)
    with steps() as report:
        summary = rate_files(
            source,
            output,
            plan,
            store=store,
            output_format=output_format,
            overwrite=overwrite,
            progress=lambda done, total: report("items rated", done, total),
        )
    _close(summary, output)
    if not summary.statuses["items"].get("ok"):
        raise typer.Exit(1)
    if summary.errors:
        raise typer.Exit(options.PARTIAL)


def _estimate_text(estimate: Estimate, plan: RatingPlan) -> str:
    """Return an estimate as text."""
    from ..raters.llm.guard import find_endpoint, what_is_sent

    server = find_endpoint(plan.base_url, allow_remote=True)
    most = estimate.calls_most
    lines = [
        f"{counted(estimate.sessions, 'session')}, {estimate.items:,} ratings of items, "
        f"{counted(estimate.calls, 'call')}"
        + (f", up to {most:,} if samples must be drawn" if most > estimate.calls else ""),
        f"  stored already: {counted(estimate.stored, 'call')}",
        f"  tokens, roughly: {estimate.tokens_in:,} in, {estimate.tokens_out:,} out",
        "  cost: give --price-in and --price-out"
        if estimate.cost is None
        else f"  cost, roughly: {estimate.cost:,.2f}",
        "  time: not known before the first answers are stored"
        if estimate.seconds is None
        else f"  time, roughly: {estimate.seconds:,.0f} s",
        *([] if server.local else [f"  {what_is_sent(server.name)}"]),
        "Nothing was sent.",
    ]
    return "\n".join(lines)


def _close(summary: RatingSummary, output: Path) -> None:
    """Print a summary of the rating."""
    from ..raters.llm.answers import CODES

    options.tell_errors(summary.errors)
    tally, totals = summary.result.tally, summary.totals
    typer.echo(
        f"{counted(summary.n_sessions, 'session')}, {counted(len(summary.errors), 'error')}, "
        f"{counted(tally.asked, 'answer')} asked for, {tally.stored:,} taken from the store, "
        f"{counted(tally.requests, 'request')} ({tally.retries:,} anew), "
        f"{summary.seconds:.1f} s -> {output}"
    )
    for level, counts in summary.statuses.items():
        shown = ", ".join(f"{status} {count:,}" for status, count in counts.items())
        typer.echo(f"  {level}: {shown}")
    for code, count in summary.reasons.items():
        typer.echo(f"  {code}: {count:,} ({CODES.get(code, 'error of the server')})")
    known = {name.removeprefix("answers_"): value for name, value in totals.items()}
    if known["tokens_in"] is not None:
        typer.echo(f"  tokens: {known['tokens_in']:,} in, {known['tokens_out'] or 0:,} out")
    if known["cost"] is not None:
        typer.echo(f"  cost: {known['cost']:,.4f}")
