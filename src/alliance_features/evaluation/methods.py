"""The manifest of an evaluation, and a paragraph for the methods section of a paper."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..model.corpus import Corpus
from ..output.manifest import describe_inputs, describe_versions
from .folds import describe_folds, repeated
from .permutation import Permutations
from .protocol import Validation
from .rated_sessions import WARNINGS, Study
from .row_names import MEAN

_LIBRARIES = ("numpy", "scipy", "scikit-learn", "xgboost", "pyarrow")
_KEPT = {
    "client": "all sessions of a client in one fold",
    "therapist": "all sessions of a therapist in one fold",
    "both": "all sessions connected by a client or a therapist in one fold",
}


def build_manifest(
    corpus: Corpus,
    study: Study,
    validation: Validation,
    *,
    plan: dict[str, Any],
    ratings: Path,
    warnings: dict[str, int],
) -> dict[str, Any]:
    """Return the manifest of an evaluation: the same inputs give the same."""
    return {
        "format": 1,
        "versions": describe_versions(*_LIBRARIES),
        "configuration": plan,
        **corpus.extraction,
        "inputs": describe_inputs([*corpus.files, ratings]),
        "dimensions": study.dimensions,
        "bounds": study.bounds,
        "counts": {**study.counts, "unreadable_sessions": len(corpus.errors)},
        "rated_and_other_sessions": study.unrated,
        "folds": describe_folds(validation.folds),
        "raters": [name for name in validation.titles if name != MEAN],
        "tuning": validation.settings,
        "synthetic": study.synthetic,
        "warnings": warnings,
    }


def methods_text(
    manifest: dict[str, Any], study: Study, permutations: Permutations | None = None
) -> str:
    """Return a paragraph for a methods section, and the limits of the figures."""
    counts, folds, plan = manifest["counts"], manifest["folds"], manifest["configuration"]
    parts = [
        f"We predicted {_listed(study.dimensions)} in {counts['rated']:,} of "
        f"{counts['sessions']:,} sessions ({counts['clients']:,} clients; "
        f"{counts['not_rated']:,} sessions had no rating, "
        f"{counts['rated_in_part']:,} lacked a dimension, {counts['unreadable_sessions']:,} could "
        "not be read).",
        f"Models were evaluated by {folds['n_folds']}-fold cross-validation"
        f"{repeated(folds['repeats'])} with {_kept(folds['grouped_by'])} "
        f"({folds['smallest']:,} to {folds['largest']:,} sessions per fold); folds were chosen so "
        "that means and standard deviations of all scores were as alike as possible "
        f"(seed {folds['seed']}, SHA-256 {folds['sha256'][:12]}).",
        "Everything that a model fits or chooses (where it has them: signals' scales, words and "
        f"their weights, {_tuned(plan['tune'])}) was fitted on the training folds alone.",
        "The headline is Pearson's r by fold (mean, standard deviation and corrected t interval, "
        "Nadeau and Bengio 2003); a correlation over all folds at once is secondary, since it is "
        "biased where there is no signal, and its interval (groups resampled, "
        f"{plan['draws']:,} draws; with fewer than 30 groups, 50 for differences, a jackknife that "
        "leaves out one at a time) is conditional on the fitted models. R2 compares the squared "
        "error with that of the training mean in each fold, averaged over folds. Differences "
        "between models are paired by fold (corrected t) and by client.",
    ]
    if permutations is not None:
        shown = ", ".join(
            f"{name} p = {p:.3f}"
            for name, p in zip(permutations.dimensions, permutations.p, strict=True)
        )
        parts.append(
            f"Whether {permutations.rater} predict anything was tested by giving clients' "
            f"sequences of ratings to other clients and repeating the whole pipeline "
            f"{len(permutations.null):,} times: {shown}."
        )
    versions = manifest["versions"]
    parts.append(
        f"Software: alliance_features {versions['alliance_features']}, scikit-learn "
        f"{versions['scikit-learn']}, XGBoost {versions['xgboost']}, Python {versions['python']}; "
        f"{len(manifest['features']):,} signals."
    )
    lines = ["# Methods", "", *("\n".join(parts).split("\n"))]
    if manifest["warnings"]:
        lines += ["", "## What to report with it", ""]
        lines += [f"- {count:,} {WARNINGS[code]}." for code, count in manifest["warnings"].items()]
    if study.unrated:
        lines += ["", "## Sessions with and without a rating", ""]
        lines += ["| signal | rated | other | difference in SDs |", "|---|---:|---:|---:|"]
        lines += [
            f"| {row['feature']} | {_shown(row['rated'])} | {_shown(row['other'])} | "
            f"{_shown(row['difference'])} |"
            for row in study.unrated
        ]
    return "\n".join(lines) + "\n"


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _kept(grouped_by: str) -> str:
    return _KEPT.get(grouped_by, f"all sessions of one {grouped_by} in one fold")


def _tuned(tune: int) -> str:
    if tune < 2:
        return "the weighing of signals and words (other parameters stayed at their defaults)"
    return f"parameters (the best of {tune} settings by inner folds)"


def _shown(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"
