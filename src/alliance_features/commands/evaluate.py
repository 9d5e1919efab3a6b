"""An evaluation over files, into a folder of predictions, figures and tables."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .._checks import check_choice, check_count
from ..errors import ParameterError, TranscriptError
from ..evaluation.figures import figures
from ..evaluation.folds import Folds, load_folds, save_folds
from ..evaluation.methods import build_manifest, methods_text
from ..evaluation.permutation import Permutations, permutation_test_arrays
from ..evaluation.protocol import Validation, cross_validate_arrays
from ..evaluation.rated_sessions import Ratings, Study, twins, warnings_of
from ..evaluation.row_names import PREVIOUS, TITLES, WORDED
from ..evaluation.tables import blocks, key, legend, overview, raters_of
from ..model.corpus import read_corpus
from ..model.inputs import check_rated
from ..output.files import write_csv, write_table, write_text
from ..output.problems import errors_table
from ..output.results_folder import Results
from ..output.text_tables import as_latex, as_markdown, as_text
from ..transcript.source import Input

if TYPE_CHECKING:
    import pyarrow as pa

    from ..features.measures.distance import VectorSource


Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How to evaluate; see `cross_validate` and `figures`."""

    features: Sequence[str] | None = None
    vectors: VectorSource = None
    models: Sequence[str] | None = None
    group: str = "client"
    folds: Path | None = None
    n_folds: int = 5
    repeats: int = 1
    tune: int = 0
    permutations: int = 0
    draws: int = 2000
    reference: str | None = None
    threshold: float | str = "decile"
    seed: int = 0
    n_jobs: int = 1

    def as_plain(self) -> dict[str, Any]:
        """Return the options for the manifest: without paths, vectors and threads."""
        left_out = ("vectors", "folds", "n_jobs")
        plain = {name: getattr(self, name) for name in self.__slots__ if name not in left_out}
        return {**plain, "folds_given": self.folds is not None}


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Result of `evaluate_files`: tables, predictions, warnings, errors."""

    study: Study
    validation: Validation
    figures: pa.Table
    text: str
    warnings: dict[str, int]
    errors: list[TranscriptError]
    seconds: float
    permutations: Permutations | None = field(default=None)


def evaluate_files(
    source: Input,
    ratings: Ratings,
    output: Path,
    plan: Plan,
    *,
    overwrite: bool = False,
    progress: Progress | None = None,
) -> Evaluation:
    """Evaluate how well sessions predict their ratings, and write an output folder.

    Parameters
    ----------
    source : Input
        Transcripts, or one folder that `extract` wrote.
    ratings : Ratings
    output : Path
        New or empty folder, or one with results if `overwrite`.
    plan : Plan
    overwrite : bool
    progress : callable, optional
        Called with what is done, how often so far, and of how many (0: unknown).

    Returns
    -------
    Evaluation

    Raises
    ------
    ParameterError, RaterError, ResourceError
        If an argument or the ratings are malformed, sessions and ratings do not fit, a guard
        refuses, or the folder cannot be written.
    """
    results = Results(output, overwrite=overwrite, apart_from=source.paths)
    tell = progress or (lambda what, done, total: None)
    check_count("permutations", plan.permutations, least=0)
    check_count("tune", plan.tune, least=0)
    if plan.reference is not None:
        check_choice("reference", plan.reference, [*(plan.models or TITLES)])
    checked = ratings.read(plan.group)  # before the long part: a malformed file is refused at once
    folds = None if plan.folds is None else load_folds(plan.folds)
    if folds is not None and folds.grouped_by != plan.group:
        raise ParameterError(
            f"`folds` keeps sessions together by {folds.grouped_by}, not by {plan.group}; say "
            f"--group {folds.grouped_by}, or make the folds anew."
        )
    if folds is None:
        ratings.check_folds(checked, plan.group, plan.n_folds)
    corpus = read_corpus(
        source,
        features=plan.features,
        leaking=True,
        vectors=plan.vectors,
        words=plan.models is None or bool({*WORDED} & {*plan.models}),
        progress=lambda done, errors: tell("sessions", done, 0),
    )
    study = ratings.join(checked, corpus, plan.group)
    validation = _validate(study, plan, folds, tell)
    permutations = _permute(study, plan, tell)
    table = figures(
        validation.predictions,
        reference=plan.reference,
        grouped_by=plan.group,
        draws=plan.draws,
        seed=plan.seed,
        threshold=plan.threshold,
    )
    warnings = dict(warnings_of(study, twins(study.matrix, study.groups)))
    manifest = build_manifest(
        corpus, study, validation, plan=plan.as_plain(), ratings=ratings.path, warnings=warnings
    )
    shown = _tables(table, validation, study, permutations)
    results.begin()
    write_table(output / "predictions.parquet", validation.predictions)
    write_table(output / "errors.parquet", errors_table(corpus.errors))
    save_folds(validation.folds, output / "folds.json")
    write_csv(output / "table.csv", table)
    if permutations is not None:
        write_csv(output / "permutations.csv", permutations.table())
    for name, text in {**shown, "methods.md": methods_text(manifest, study, permutations)}.items():
        if name != "text":
            write_text(output / name, text)
    seconds = results.finish(
        [*corpus.files, ratings.path], manifest, seconds_by_row=validation.seconds
    )
    return Evaluation(
        study, validation, table, shown["text"], warnings, corpus.errors, seconds, permutations
    )


def _validate(study: Study, plan: Plan, folds: Folds | None, tell: Progress) -> Validation:
    check_rated(study.y, study.dimensions)
    return cross_validate_arrays(
        study.matrix,
        study.y,
        study.dimensions,
        study.groups,
        models=plan.models,
        folds=folds,
        repeats=plan.repeats,
        session_numbers=study.session_numbers,
        perspective=study.criterion.get("perspective"),
        instrument=study.criterion.get("instrument"),
        progress=lambda done, total, name: tell("fits", done, total),
        **_alike(study, plan),
    )


def _permute(study: Study, plan: Plan, tell: Progress) -> Permutations | None:
    if not plan.permutations:
        return None
    return permutation_test_arrays(
        study.matrix,
        study.y,
        study.dimensions,
        study.groups,
        permutations=plan.permutations,
        progress=lambda done, total, name: tell("permutations", done, total),
        **_alike(study, plan),
    )


def _alike(study: Study, plan: Plan) -> dict[str, Any]:
    """Return the arguments that the validation and each permutation share."""
    return {
        "clients": study.clients,
        "grouped_by": study.grouped_by,
        "n_folds": plan.n_folds,
        "tune": plan.tune,
        "seed": plan.seed,
        "bounds": study.bounds,
        "n_jobs": plan.n_jobs,
    }


def _tables(
    table: pa.Table, validation: Validation, study: Study, permutations: Permutations | None
) -> dict[str, str]:
    p = {}
    if permutations is not None:
        names = permutations.dimensions
        p = {
            (permutations.rater, name): float(value)
            for name, value in zip(names, permutations.p, strict=True)
        }
    short = overview(table, validation.titles)
    shown = blocks(table, validation.titles, permutations=p)
    raters = raters_of(table)
    lines = legend(
        grouped_by=study.grouped_by,
        synthetic=study.synthetic,
        previous=PREVIOUS in raters,
        words=not raters.isdisjoint(WORDED),
    )
    return {
        "text": as_text(short, lines),
        "table.md": as_markdown([*short, *shown], [*lines, *key()]),
        "table.tex": as_latex([*short, *shown], [*lines, *key()]),
    }
