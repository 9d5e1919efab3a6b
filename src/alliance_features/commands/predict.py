"""Predicting the sessions of files with a saved model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import ParameterError, TranscriptError
from ..model.corpus import CATEGORIES, Corpus, read_corpus
from ..model.regressor import AllianceRegressor
from ..model.session_matrix import OWN_PREFIX
from ..model.store import read_card
from ..output.files import write_csv, write_table
from ..output.manifest import describe_inputs, describe_versions
from ..output.problems import errors_table
from ..output.results_folder import Results
from ..transcript.source import Input

if TYPE_CHECKING:
    import pyarrow as pa

    from ..features.measures.distance import VectorSource
    from ..model.fitting import Explanation

Progress = Callable[[int, int], None]
RATER = "alliance_features"


@dataclass(frozen=True, slots=True)
class Predicted:
    """Result of `predict_files`: the predictions, errors, seconds."""

    table: pa.Table
    errors: list[TranscriptError]
    seconds: float


def predict_files(
    source: Input,
    model: Path,
    output: Path,
    *,
    vectors: VectorSource = None,
    rater: str = RATER,
    explain: bool = False,
    as_csv: bool = False,
    overwrite: bool = False,
    progress: Progress | None = None,
) -> Predicted:
    """Predict the ratings of sessions of files with a saved model.

    Parameters
    ----------
    source : Input
        Transcripts, or one folder that `extract` wrote.
    model : Path
        Folder that `train` wrote.
    output : Path
        New or empty folder, or one with results if `overwrite`.
    vectors : optional
        The vectors that the model was fitted with.
    rater : str
        Name of the model in the column `rater` of the table.
    explain : bool, default=False
        Whether to write contributions.parquet as well: what each signal adds.
    as_csv : bool, default=False
        Whether to write predictions.csv, and with `explain` contributions.csv, as well.
    overwrite : bool
    progress : callable, optional

    Raises
    ------
    ParameterError, ResourceError
        If an argument is malformed, or the model was changed or needs other features.
    """
    results = Results(output, overwrite=overwrite, apart_from=source.paths)
    card = read_card(model)
    fitted = AllianceRegressor.load(model, vectors=vectors)
    dictionary = card["training"].get("dictionary")
    corpus = read_corpus(
        source,
        features=_measured(card, dictionary),
        vectors=vectors,
        words=fitted.words_ is not None,
        progress=progress,
    )
    if corpus.extraction.get("dictionary") != dictionary:
        raise ParameterError(
            f"{source.paths[0]}: its categories are of another dictionary than the model's "
            f"({str(dictionary)[:12]}...); extract the sessions with the model's."
        )
    why = fitted.explain(corpus.matrix)
    tables = {"predictions": _as_ratings(corpus, why, rater, card)}
    if explain:
        tables["contributions"] = _contributions(corpus, why)
    results.begin()
    for name, table in tables.items():
        write_table(output / f"{name}.parquet", table)
        if as_csv:
            write_csv(output / f"{name}.csv", table)
    write_table(output / "errors.parquet", errors_table(corpus.errors))
    seconds = results.finish([*corpus.files, model], _manifest(corpus, card, rater))
    return Predicted(tables["predictions"], corpus.errors, seconds)


def _measured(card: dict[str, Any], dictionary: str | None) -> list[str] | None:
    """Return the features to measure for a model; columns of the user's own are only in tables."""
    names = [
        feature["name"]
        for feature in card["features"]
        if not feature["name"].startswith(OWN_PREFIX)
    ]
    return [*names, *([CATEGORIES] if dictionary else [])] or None


def _as_ratings(corpus: Corpus, why: Explanation, rater: str, card: dict[str, Any]) -> pa.Table:
    """Return predictions as the ratings of a rater, one row per session and dimension."""
    import pyarrow as pa

    from ..raters.schema import RATING_SCHEMA

    matrix = corpus.matrix
    low, high = card["parameters"]["bounds"] or (None, None)
    whose = {name: card["training"].get(name) for name in ("perspective", "instrument")}
    rows = [
        {
            "session_id": session,
            "client_id": client,
            "therapist_id": therapist,
            "rater": rater,
            **whose,
            "dimension": dimension,
            "score": float(why.predictions[row, place]),
            "scale_min": low,
            "scale_max": high,
        }
        for row, (session, client, therapist) in enumerate(
            zip(matrix.session_ids, matrix.clients, matrix.therapists, strict=True)
        )
        for place, dimension in enumerate(why.dimensions)
    ]
    return pa.Table.from_pylist(rows, schema=RATING_SCHEMA)


def _contributions(corpus: Corpus, why: Explanation) -> pa.Table:
    """Return what each signal adds to each prediction; with bias and clipped they sum to it."""
    import pyarrow as pa

    names = [*why.names, "bias", "clipped"]
    parts = np.concatenate(
        [why.contributions, why.bias[:, :, None], why.clipped[:, :, None]], axis=2
    )
    n, d, f = parts.shape
    ids = [str(session_id) for session_id in corpus.matrix.session_ids]
    return pa.table(
        {
            "session_id": np.repeat(np.array(ids, dtype=object), d * f).tolist(),
            "dimension": [name for name in why.dimensions for _ in range(f)] * n,
            "feature": names * (n * d),
            "contribution": parts.ravel(),
        }
    )


def _manifest(corpus: Corpus, card: dict[str, Any], rater: str) -> dict[str, Any]:
    return {
        "format": 1,
        "versions": describe_versions("numpy", "xgboost", "pyarrow"),
        "model": {"sha256": card["sha256"], "versions": card["versions"], "limits": card["limits"]},
        "rater": rater,
        **corpus.extraction,
        "inputs": describe_inputs(corpus.files),
        "counts": {"sessions": len(corpus.matrix), "unreadable_sessions": len(corpus.errors)},
    }
