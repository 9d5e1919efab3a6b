"""`alliance-features predict`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .._checks import counted
from . import options
from .progress import progress


def command(
    source: options.Source,
    model: Annotated[
        Path, typer.Option("--model", metavar="DIR", help="Folder that `train` wrote.")
    ],
    output: options.Output,
    explain: Annotated[
        bool,
        typer.Option("--explain", help="Also write contributions.parquet: what each signal adds."),
    ] = False,
    rater: Annotated[
        str, typer.Option("--rater", help="Name of the model in the column `rater`.")
    ] = "alliance_features",
    output_format: options.Format = "parquet",
    vectors: options.Vectors = None,
    overwrite: options.Overwrite = False,
) -> None:
    """Predict the ratings of sessions with a saved model.

    DIR gets predictions.parquet with the columns of ratings, errors.parquet, manifest.json and
    run.json. A model whose files were changed, or whose features are measured in
    another way now, is refused.
    """
    from ..commands.predict import predict_files

    with progress() as report:
        predicted = predict_files(
            source,
            model,
            output,
            vectors=vectors,
            rater=rater,
            explain=explain,
            as_csv=output_format == "csv",
            overwrite=overwrite,
            progress=report,
        )
    options.tell_errors(predicted.errors)
    typer.echo(
        f"{counted(predicted.table.num_rows, 'prediction')}, "
        f"{counted(len(predicted.errors), 'error')}, {predicted.seconds:.1f} s -> {output}"
    )
    if predicted.errors:
        raise typer.Exit(options.PARTIAL)
