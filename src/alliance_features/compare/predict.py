"""Predicting the sessions of files with a saved model."""

from __future__ import annotations

import platform
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import __version__
from ..errors import ParameterError, TranscriptError
from ..model.load import read_card
from ..model.regressor import AllianceRegressor
from ..run.extract import Input, errors_table
from ..run.files import prepare_folder, remove_results, write_csv, write_json, write_table
from ..run.keys import hash_key, key_name, keyed_hash
from ..run.manifest import build_run
from .corpus import Corpus, read_corpus

if TYPE_CHECKING:
    import pyarrow as pa

    from ..features.distance import VectorSource
    from ..model.explain import Explanation

Progress = Callable[[int, int], None]
RATER = "alliance_features"


@dataclass(frozen=True, slots=True)
class Predicted:
    """What predicting came to."""

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
        What to call the model in the table, which has the columns of ratings.
    explain : bool, default=False
        Whether to write contributions.parquet as well: what each signal adds.
    as_csv : bool, default=False
        Whether to write predictions.csv beside.
    overwrite : bool
    progress : callable, optional

    Raises
    ------
    ParameterError, ResourceError
        If an argument is malformed, or the model was changed or needs other features.
    """
    started, begin = datetime.now(UTC), time.perf_counter()
    if any(Path(path).resolve() == output.resolve() for path in source.paths):
        raise ParameterError(f"`output` is {output}, which holds the sessions; name another.")
    card = read_card(model)
    fitted = AllianceRegressor.load(model, vectors=vectors)
    older = prepare_folder(output, overwrite=overwrite)
    names = [one["name"] for one in card["features"]]
    corpus = read_corpus(
        source,
        features=[name for name in names if not name.startswith("own__")] or None,
        vectors=vectors,
        words=fitted.words_ is not None,
        progress=progress,
    )
    why = fitted.explain(corpus.matrix)
    table = _as_ratings(corpus, why, rater, card["parameters"]["bounds"])
    if older:
        remove_results(output)
    write_table(output / "predictions.parquet", table)
    if as_csv:
        write_csv(output / "predictions.csv", table)
    if explain:
        write_table(output / "contributions.parquet", _contributions(corpus, why))
    write_table(output / "errors.parquet", errors_table(corpus.errors))
    seconds = time.perf_counter() - begin
    finished = datetime.now(UTC).isoformat()
    write_json(
        output / "run.json",
        build_run([*corpus.files, model], started.isoformat(), finished, seconds),
    )
    write_json(output / "manifest.json", _manifest(corpus, card, rater))
    return Predicted(table, corpus.errors, seconds)


def _as_ratings(
    corpus: Corpus, why: Explanation, rater: str, bounds: list[float] | None
) -> pa.Table:
    """Return predictions as the ratings of a rater, one row a session and dimension."""
    import pyarrow as pa

    from ..raters.schema import RATING_SCHEMA

    matrix = corpus.matrix
    low, high = (None, None) if bounds is None else bounds
    rows = [
        {
            "session_id": session,
            "client_id": client,
            "therapist_id": therapist,
            "rater": rater,
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
    """Return what each signal adds to each prediction; with bias and clipped it adds up."""
    import pyarrow as pa

    names = [*why.names, "bias", "clipped"]
    parts = np.concatenate(
        [why.contributions, why.bias[:, :, None], why.clipped[:, :, None]], axis=2
    )
    n, d, f = parts.shape
    ids = [str(one) for one in corpus.matrix.session_ids]
    return pa.table(
        {
            "session_id": np.repeat(np.array(ids, dtype=object), d * f).tolist(),
            "dimension": [name for name in why.dimensions for _ in range(f)] * n,
            "feature": names * (n * d),
            "contribution": parts.ravel(),
        }
    )


def _manifest(corpus: Corpus, card: dict[str, Any], rater: str) -> dict[str, Any]:
    key = hash_key()
    return {
        "format": 1,
        "versions": {
            "alliance_features": __version__,
            "python": platform.python_version(),
            **{name: metadata.version(name) for name in ("numpy", "xgboost", "pyarrow")},
        },
        "model": {"sha256": card["sha256"], "versions": card["versions"], "limits": card["limits"]},
        "rater": rater,
        **corpus.extraction,
        "inputs": {
            "hash": "HMAC-SHA-256",
            "key": key_name(key),
            "files": [
                {"bytes": path.stat().st_size, "hash": keyed_hash(path, key)}
                for path in corpus.files
            ],
        },
        "counts": {"sessions": len(corpus.matrix), "unreadable_sessions": len(corpus.errors)},
    }
