"""`alliance-features simulate`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .._checks import counted
from ..errors import ParameterError
from . import options


def command(
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="DIR", help="Folder for the three files.")
    ],
    sessions: Annotated[int, typer.Option("--sessions", help="Number of sessions.")] = 793,
    clients: Annotated[int, typer.Option("--clients", help="Number of clients.")] = 82,
    therapists: Annotated[
        int | None,
        typer.Option(
            "--therapists", help="Number of therapists; one per five clients if left out."
        ),
    ] = None,
    turns: Annotated[
        int,
        typer.Option("--turns", help="Mean number of turns; a session of 50 minutes has some 300."),
    ] = 40,
    effect: Annotated[
        list[str] | None,
        typer.Option(
            "--effect",
            metavar="NAME=R",
            help="Correlation of the alliance with i, filled_pauses, synchrony or length.",
        ),
    ] = None,
    null: Annotated[
        bool, typer.Option("--null", help="Plant no effects except those of --effect.")
    ] = False,
    icc: Annotated[
        float,
        typer.Option("--icc", help="Share of the variance of ratings that is between clients."),
    ] = 0.5,
    counsellor: Annotated[
        float | None,
        typer.Option(
            "--counsellor", metavar="R", help="Add ratings of a counsellor that correlate by R."
        ),
    ] = None,
    llm: Annotated[
        list[str] | None,
        typer.Option(
            "--llm", metavar="NAME=R", help="Add ratings of a language model that correlate by R."
        ),
    ] = None,
    seed: options.Seed = 0,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace the files in DIR.")
    ] = False,
) -> None:
    """Write a synthetic corpus with planted effects, and ratings of it.

    By default 793 sessions of 82 clients with skewed ratings. DIR gets sessions.jsonl, ratings.csv
    and truth.json, which says what was planted. Simulated data are not evidence for anything.
    """
    from ..commands.simulate import FILES, write_simulation
    from ..simulation.corpus import EFFECTS, simulate
    from ..simulation.ratings import SimulatedRater

    planted = {} if null else dict(EFFECTS)
    planted |= _numbers("effect", effect)
    raters = [] if counsellor is None else [SimulatedRater("counsellor", counsellor, "therapist")]
    raters += [SimulatedRater(name, r, "client") for name, r in _numbers("llm", llm).items()]
    made = simulate(
        clients,
        sessions,
        n_therapists=therapists,
        n_turns=turns,
        effects=planted,
        icc=icc,
        raters=raters,
        seed=seed,
    )
    write_simulation(made, output, overwrite=overwrite)
    shown = ", ".join(f"{name} {r:+.2f}" for name, r in made.truth["effects"].items())
    typer.echo(
        f"{counted(sessions, 'synthetic session')} of {counted(clients, 'client')}, "
        f"{counted(made.ratings.num_rows, 'rating')} -> {output} ({', '.join(FILES)})"
    )
    typer.echo(f"  planted: {shown}")


def _numbers(option: str, values: list[str] | None) -> dict[str, float]:
    numbers = {}
    for name, value in (options.pairs(option, values) or {}).items():
        try:
            numbers[name] = float(value)
        except ValueError:
            break
    else:
        return numbers
    raise ParameterError(f"`{option}` must look like NAME=R with a number R, e.g. i=-0.4.")
