"""The manifest of a comparison of raters, and a paragraph for the methods section of a paper."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..evaluation.folds import describe_folds, repeated
from ..output.manifest import describe_inputs, describe_versions
from .comparison import WARNINGS, Comparison
from .resamples import ENOUGH
from .shared_sessions import SESSION

_LIBRARIES = ("numpy", "scipy", "scikit-learn", "pyarrow")
_METRICS = {
    "pooled_r_difference": "Pearson correlations",
    "pooled_rho_difference": "Spearman correlations",
    "recalibrated_mse_difference": "squared errors after linear recalibration",
}


def rater_manifest(comparison: Comparison, paths: Sequence[Path]) -> dict[str, Any]:
    """Return the manifest of a comparison: the same inputs give the same."""
    return {
        "format": 1,
        "versions": describe_versions(*_LIBRARIES),
        "configuration": comparison.settings,
        "inputs": describe_inputs(paths),
        "folds": describe_folds(comparison.folds),
        "counts": comparison.counts,
        "warnings": comparison.warnings,
    }


def rater_methods(manifest: dict[str, Any]) -> str:
    """Return a paragraph for a methods section, and the limits of the figures."""
    plan, folds = manifest["configuration"], manifest["folds"]
    own = [name for name in plan["raters"] if name not in plan["fitted"]]
    given = ", ".join(own) or "none"
    fitted = ", ".join(plan["fitted"])
    tests = (len(plan["raters"]) - 1) * len(plan["dimensions"])
    few = plan["n_clients"] < ENOUGH
    what = {SESSION: "sessions"}.get(plan["grouped_by"], "clients")
    parts = [
        f"We compared {len(plan['raters'])} raters ({given}"
        f"{f'; models fitted by cross-validation: {fitted}' if fitted else ''}) with the "
        f"{plan['criterion'].get('perspective') or plan['criterion'].get('rater') or 'given'} "
        f"ratings of {', '.join(plan['dimensions'])} in {plan['n_sessions']:,} of "
        f"{plan['n_rated']:,} rated sessions of {plan['n_clients']:,} clients"
        f"{', those that every rater had scored' if plan['on'] == 'complete' else ''}.",
        "Correlations were computed from raw scores, by fold (mean and standard deviation over "
        f"{folds['n_folds']} folds{repeated(folds['repeats'])}, corrected t interval, Nadeau and "
        "Bengio 2003) and over all sessions. Errors were computed from raw scores and, for every "
        "rater in the same way, from scores recalibrated by a straight line and by isotonic "
        "regression fitted on the other folds; the mean rating of the other folds is the constant "
        "that R2 compares with.",
        f"Differences from {plan['reference']} are paired: "
        + (
            f"with {plan['n_clients']:,} {what}, fewer than {ENOUGH}, by a jackknife over "
            f"{what} with t quantiles."
            if few
            else f"{what} were resampled with all their sessions ({plan['draws']:,} draws, "
            f"percentile intervals, seed {plan['seed']})."
        ),
        f"The declared family are the {tests} differences of {_METRICS[plan['family']]}, adjusted "
        "by Holm. Williams' test and Zou's interval take sessions as independent and are given as "
        "references alone.",
        f"Software: alliance_features {manifest['versions']['alliance_features']}, Python "
        f"{manifest['versions']['python']}; folds SHA-256 {folds['sha256'][:12]}.",
    ]
    lines = ["# Methods", "", *parts]
    if manifest["warnings"]:
        lines += ["", "## What to report with it", ""]
        lines += [f"- {count:,} {WARNINGS[code]}." for code, count in manifest["warnings"].items()]
    return "\n".join(lines) + "\n"
