"""Training a model on the rated sessions of files."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import ParameterError, ResourceError, TranscriptError
from ..evaluation.protocol import check_signals
from ..evaluation.rated_sessions import Ratings, Study, warnings_of
from ..model.corpus import Corpus, read_corpus
from ..model.inputs import ratings_checked
from ..model.regressor import AllianceRegressor
from ..model.store import CARD, check_target
from ..transcript.source import Input

if TYPE_CHECKING:
    from ..features.measures.distance import VectorSource

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Trained:
    """Result of `train_files`; `warnings` are keys of `rated_sessions.WARNINGS`."""

    n_sessions: int
    n_clients: int
    n_signals: int
    dimensions: list[str]
    counts: dict[str, int]
    errors: list[TranscriptError]
    seconds: float
    warnings: dict[str, int] = field(default_factory=dict)


def train_files(
    source: Input,
    ratings: Ratings,
    folder: Path,
    *,
    inputs: str = "signals",
    features: list[str] | None = None,
    vectors: VectorSource = None,
    with_vocabulary: bool = False,
    evaluation: Path | None = None,
    seed: int = 0,
    n_jobs: int = 1,
    overwrite: bool = False,
    progress: Progress | None = None,
) -> Trained:
    """Fit a model on all rated sessions of files and save it.

    Parameters
    ----------
    source : Input
        Transcripts, or one folder that `extract` wrote.
    ratings : Ratings
    folder : Path
        Where to save the model.
    inputs : {"signals", "words", "both"}, default="signals"
    features, vectors
        As in `read_corpus`.
    with_vocabulary : bool, default=False
        Whether a model with words may be saved: it holds words that clients said.
    evaluation : Path, optional
        Folder that `evaluate` wrote: its folds and headline go into the card of the model.
    seed, n_jobs : int
    overwrite : bool
    progress : callable, optional
        Called with the numbers of sessions measured and of errors.

    Raises
    ------
    ParameterError, RaterError, ResourceError
        If an argument or the ratings are malformed, nothing was rated, a signal is a rating, or
        the model cannot be saved.
    """
    begin = time.perf_counter()
    if inputs != "signals" and not with_vocabulary:
        raise ParameterError(
            f'`inputs` is "{inputs}": the model would hold words that clients said. Say '
            "--with-vocabulary if it may, or train on signals."
        )
    if (folder / CARD).is_file() and not overwrite:
        raise ParameterError(
            f"`output` is {folder}, which holds a model; name another folder or say --overwrite."
        )
    check_target(folder, overwrite=overwrite)
    card = {} if evaluation is None else _scores(evaluation)
    checked = ratings.read()
    corpus = read_corpus(
        source, features=features, vectors=vectors, words=inputs != "signals", progress=progress
    )
    study = ratings.join(checked, corpus)
    check_signals(study.matrix, study.y, study.dimensions)
    model = AllianceRegressor(
        inputs,
        features="all",
        vectors=vectors,
        bounds=study.bounds,
        random_state=seed,
        n_jobs=n_jobs,
    )
    with ratings_checked():
        model.fit(study.matrix, study.scores(), groups=study.clients)
    model.training_ |= _record(study, corpus)
    model.save(folder, with_vocabulary=with_vocabulary, overwrite=overwrite, **card)
    return Trained(
        len(study.matrix),
        study.counts["clients"],
        len(study.matrix.names),
        study.dimensions,
        study.counts,
        corpus.errors,
        time.perf_counter() - begin,
        _warnings(study),
    )


def _warnings(study: Study) -> dict[str, int]:
    """Return the warnings that concern sessions, without those about intervals and folds."""
    kept = (
        *("not_rated", "ratings_without_session", "synthetic"),
        *("similar_client_ids", "similar_session_ids", "similar_therapist_ids"),
    )
    return {code: count for code, count in warnings_of(study, ()).items() if code in kept}


def _record(study: Study, corpus: Corpus) -> dict[str, Any]:
    """Return what the card says about training: whose ratings, whether synthetic, dictionary."""
    record: dict[str, Any] = {
        "perspective": study.criterion.get("perspective"),
        "instrument": study.criterion.get("instrument"),
        "synthetic": study.synthetic,
    }
    if "dictionary" in corpus.extraction:
        record["dictionary"] = corpus.extraction["dictionary"]
    return record


def _scores(folder: Path) -> dict[str, Any]:
    """Return the folds and the headline figures of an evaluation."""
    from pyarrow import ArrowException, csv

    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        rows = csv.read_csv(folder / "table.csv").to_pylist()
        folds = manifest["folds"]
    except (OSError, ValueError, KeyError, TypeError, ArrowException):
        folds = None
    if folds is None:
        raise ResourceError(
            f"{folder}: is not a folder that `evaluate` wrote; give its DIR as --evaluation."
        )
    names = ("r", "rho", "mse", "r2")
    scores: dict[str, Any] = {}
    for row in rows:
        if row["track"] == "all" and row["figure"] in names:
            by_rater = scores.setdefault(row["dimension"], {}).setdefault(row["rater"], {})
            by_rater[row["figure"]] = {
                name: None if row[name] in (None, "") else float(row[name])
                for name in ("estimate", "sd", "low", "high")
            }
    return {"folds": folds, "scores": scores}
