"""`alliance-features words`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .._checks import counted
from . import options, rating_options
from .groups import Group

if TYPE_CHECKING:
    from ..errors import TranscriptError
    from ..transcript.source import Input

Source = Annotated[
    "Input",
    Group(
        options.reading,
        without=options.FACTS,
        paths=Annotated[
            list[str] | None,
            typer.Argument(metavar="[PATH...]", help="Transcripts, unless --rationales is given."),
        ],
        language=Annotated[
            str | None,
            typer.Option(
                "--language",
                help="Language of sessions that name none, or of the rationales (default: en).",
            ),
        ],
    ),
]


def command(
    rated: rating_options.Rated,
    output: options.Output,
    source: Source,
    rationales: Annotated[
        Path | None,
        typer.Option("--rationales", metavar="FILE", help="Rationales that `rate` kept (Parquet)."),
    ] = None,
    against: Annotated[
        str,
        typer.Option(
            "--against",
            help="thirds: high and low ratings; dimensions: rationales of one and of the others.",
        ),
    ] = "thirds",
    min_clients: Annotated[
        int, typer.Option("--min-clients", help="Leave out words that fewer clients used.")
    ] = 5,
    strength: Annotated[
        float, typer.Option("--strength", help="Weight of the prior, in words.")
    ] = 500.0,
    show_words: Annotated[
        bool, typer.Option("--show-words", help="Name the words; without it they are only counted.")
    ] = False,
    overwrite: options.Overwrite = False,
) -> None:
    """Find the words that separate high from low ratings (log-odds with an informative prior).

    DIR gets words.md, words.csv, errors.parquet, manifest.json and run.json. Words are named only
    with --show-words, and only those that at least --min-clients clients (or their therapists)
    used.
    """
    from ..commands.words import words_files

    errors: list[TranscriptError] = []
    text = words_files(
        rated,
        output,
        source=source if source.paths else None,
        rationales=rationales,
        language=source.language or "en",
        against=against,
        min_clients=min_clients,
        strength=strength,
        show_words=show_words,
        overwrite=overwrite,
        errors=errors,
    )
    options.tell_errors(errors)
    typer.echo(text)
    typer.echo(f"{counted(len(errors), 'error')} -> {output}")
    if errors:
        raise typer.Exit(options.PARTIAL)
