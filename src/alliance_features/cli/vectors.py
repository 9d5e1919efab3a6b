"""`alliance-features vectors`: train word vectors, describe a file of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .._checks import counted
from . import options
from .groups import Group, with_groups
from .progress import progress

if TYPE_CHECKING:
    from ..commands.vectors import Training
    from ..transcript.source import Input

app = typer.Typer(
    help="Word vectors: train them on transcripts, describe a file of them.", no_args_is_help=True
)


Source = Annotated[
    "Input",
    Group(
        options.reading,
        without=options.FACTS,
        language=Annotated[
            str | None,
            typer.Option(
                "--language",
                help="Train on sessions of this language, and on those that name none, e.g. de.",
            ),
        ],
    ),
]


def train(
    source: Source,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE.npz", help="File for the vectors.")
    ],
    method: Annotated[str, typer.Option("--method", help="word2vec or fasttext.")] = "word2vec",
    dimensions: Annotated[int, typer.Option("--dimensions", help="Length of a vector.")] = 100,
    epochs: Annotated[int, typer.Option("--epochs", help="Passes over the corpus.")] = 10,
    min_clients: Annotated[
        int,
        typer.Option(
            "--min-clients",
            help="Drop words from the sessions of fewer clients than this (at least 2).",
        ),
    ] = 5,
    min_count: Annotated[int, typer.Option("--min-count", help="Drop words said less often.")] = 5,
    seed: options.Seed = 0,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace FILE.npz.")] = False,
) -> None:
    """Learn word vectors from transcripts of one language, for `extract --vectors FILE.npz`.

    Words said in the sessions of few clients are dropped before training, since rare words
    identify people. FILE.npz lists the words that are left: it is derived from the
    transcripts and must be protected like them.
    """
    from ..commands.vectors import Settings, train_vectors

    settings = Settings(
        method=method,
        dimensions=dimensions,
        epochs=epochs,
        min_clients=min_clients,
        min_count=min_count,
        seed=seed,
    )
    with progress() as report:
        done = train_vectors(source, output, settings, overwrite=overwrite, progress=report)
    _close(done, settings.min_clients, settings.min_count, output)
    if done.errors:
        raise typer.Exit(options.PARTIAL)


app.command("train")(with_groups(train))


def _close(done: Training, min_clients: int, min_count: int, output: Path) -> None:
    """Print a summary of the training, and what the file reveals."""
    options.tell_errors(done.errors)
    counts, vectors = done.counts, done.vectors
    typer.echo(
        f"{counted(counts['words'], 'word')}, {counted(vectors.dimensions, 'dimension')}, "
        f"language {vectors.language}, from {counted(counts['sessions'], 'session')} of "
        f"{counted(counts['clients'], 'client')}, {counted(len(done.errors), 'error')}, "
        f"{done.seconds:.1f} s -> {output}"
    )
    share = counts["tokens_kept"] / counts["tokens"]
    typer.echo(
        f"  {counted(counts['words_dropped'], 'word')} dropped (fewer than {min_clients} "
        f"clients or {min_count} occurrences); {share:.1%} of {counts['tokens']:,} tokens kept"
    )
    typer.echo(f"  SHA-256 {vectors.sha256}")
    typer.echo(
        f"  note: the file holds a word list of this corpus ({counts['words']:,} words and how "
        "frequent they are). Protect and share it like the transcripts."
    )
    unnamed = counts["sessions_without_client_id"]
    if unnamed:
        typer.echo(
            f"  warning: {unnamed:,} sessions have no client_id; each counts as a client of its "
            "own, so a word of one client may have been kept."
        )


@app.command("info")
def info(
    file: Annotated[
        Path | None,
        typer.Argument(
            metavar="[FILE]", help="A file of vectors; the shipped English set if left out."
        ),
    ] = None,
) -> None:
    """Describe a file of word vectors; no word is printed."""
    from ..text.vectors import load_vectors

    vectors = load_vectors(file)
    facts: dict[str, Any] = {
        "name": vectors.name,
        "words": f"{len(vectors):,}",
        "dimensions": vectors.dimensions,
        "language": vectors.language or "any",
        "weights": "no" if vectors.weights is None else "yes",
        "capitals": "yes" if vectors.cased else "no",
        "sha256": vectors.sha256,
    }
    for key, value in vectors.about.items():
        if isinstance(value, (str, int, float)):
            facts.setdefault(key, value)
        elif isinstance(value, dict):
            facts |= {f"{key}.{name}": fact for name, fact in value.items()}
    width = max(map(len, facts))
    for key, value in facts.items():
        text = str(value)
        typer.echo(f"{key:<{width}}  {text if text.isprintable() else ascii(text)}")
