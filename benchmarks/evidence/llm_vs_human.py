"""Language models, a crowd and experts rating the same conversations.

    python benchmarks/evidence/llm_vs_human.py FOLDER [--draws 10000]

FOLDER holds `ratings.csv` and `sessions_en.jsonl.gz` (Kumar et al. 2025, "When LLMs are reliable
for judging empathic communication": three experts, a crowd mean and three models; 50 conversations
a dimension, no client known, so conversations are taken as independent). Aggregate numbers are
printed, as Markdown, in four parts: rank correlations, and Pearson's for the first set besides.

1. Each rater against the mean of the experts. The mean of three is more reliable than one expert,
   so this is no yardstick for "as good as an expert".
2. Like for like: each rater against single experts, mean of the three correlations, beside the
   mean of the three correlations between experts. The difference resamples conversations; Holm
   over all models and dimensions of a set.
3. An expert in the place of the rater: each expert against the mean of the two others, beside the
   raters against those very means.
4. Signals of this package on `lend_an_ear`, which has text: cross-validated with five folds, beside
   the models, through `compare_raters`. 50 conversations are few to fit anything.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Callable
from itertools import combinations
from pathlib import Path

import numpy as np
import pyarrow as pa
from resampled import table

import alliance_features as af
from alliance_features.kernels.resampling import rank_correlations
from alliance_features.stats.multiplicity import holm

EXPERTS = ("expert1", "expert2", "expert3")
MODELS = ("gpt-4o", "claude-3.7-sonnet", "gemini-2.5-pro")
OTHERS = ("crowd", *MODELS)
FEATURES = ["core", "process"]
SCALES = {"lend_an_ear": (1, 5), "empatheticdialogues": (1, 5), "epitome": (0, 2)}
Scores = dict[str, np.ndarray]
Correlation = Callable[[np.ndarray, np.ndarray], np.ndarray]
Figure = Callable[[Scores, Correlation], np.ndarray]
NAMES = {"rho": "Spearman's rho", "r": "Pearson's r"}


def read(path: Path) -> dict[str, dict[str, tuple[list[str], Scores]]]:
    """Return by set and dimension the sessions and each rater's scores, in one order."""
    found: dict[str, dict[str, dict[str, dict[str, float]]]] = {}
    with path.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            raters = found.setdefault(row["dataset"], {}).setdefault(row["dimension"], {})
            raters.setdefault(row["rater"], {})[row["session_id"]] = float(row["score"])
    out: dict[str, dict[str, tuple[list[str], Scores]]] = {}
    for name, dimensions in found.items():
        for dimension, raters in dimensions.items():
            if not set(EXPERTS) <= set(raters):
                continue
            sessions = sorted(set.intersection(*(set(one) for one in raters.values())))
            scores = {r: np.array([own[s] for s in sessions]) for r, own in raters.items()}
            out.setdefault(name, {})[dimension] = sessions, scores
    return out


def pearson(a: np.ndarray, b: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Return the correlation under each row of counts; NaN where a resample is constant."""
    n = counts.sum(axis=1)
    a, b = a - a.mean(), b - b.mean()
    ma, mb = counts @ a / n, counts @ b / n
    vaa, vbb = counts @ (a * a) / n - ma**2, counts @ (b * b) / n - mb**2
    with np.errstate(invalid="ignore", divide="ignore"):
        r = (counts @ (a * b) / n - ma * mb) / np.sqrt(vaa * vbb)
    return np.where((vaa > 1e-12) & (vbb > 1e-12), r, np.nan)


def spearman(a: np.ndarray, b: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Return the rank correlation under each row of counts."""
    codes = [np.unique(one, return_inverse=True)[1].astype(np.int64) for one in (a, b)]
    own, all_ones = np.arange(a.size), np.ones((len(counts), 1), dtype=np.int64)
    return rank_correlations(counts, all_ones, own, np.zeros_like(own), *codes)


def to_mean(name: str) -> Figure:
    """Return the correlation with the mean of the experts, or of the others for an expert."""

    def figure(scores: Scores, correlation: Correlation) -> np.ndarray:
        others = [scores[one] for one in EXPERTS if one != name]
        return correlation(scores[name], np.mean(others, axis=0))

    return figure


def to_singles(name: str) -> Figure:
    """Return the mean correlation with single experts."""

    def figure(scores: Scores, correlation: Correlation) -> np.ndarray:
        return np.mean([correlation(scores[name], scores[one]) for one in EXPERTS], axis=0)

    return figure


def between_experts(scores: Scores, correlation: Correlation) -> np.ndarray:
    """Return the mean correlation of pairs of experts."""
    pairs = combinations(EXPERTS, 2)
    return np.mean([correlation(scores[a], scores[b]) for a, b in pairs], axis=0)


def to_pairs(name: str) -> Figure:
    """Return a rater's mean correlation with the means of two experts."""

    def figure(scores: Scores, correlation: Correlation) -> np.ndarray:
        means = [np.mean([scores[a], scores[b]], axis=0) for a, b in combinations(EXPERTS, 2)]
        return np.mean([correlation(scores[name], mean) for mean in means], axis=0)

    return figure


def expert_out(scores: Scores, correlation: Correlation) -> np.ndarray:
    """Return the mean correlation of an expert with the mean of the two others."""
    return np.mean([to_mean(one)(scores, correlation) for one in EXPERTS], axis=0)


class Resampled:
    """Figures of one dimension and their draws over conversations, the data first."""

    def __init__(self, scores: Scores, draws: int, metric: str) -> None:
        n = len(next(iter(scores.values())))
        drawn = np.random.default_rng(0).multinomial(n, [1 / n] * n, size=draws)
        self.scores, self.counts = scores, np.vstack([np.ones(n), drawn]).astype(np.int64)
        self.correlate = {"r": pearson, "rho": spearman}[metric]

    def values(self, figure: Figure) -> np.ndarray:
        """Return the figure of the data and of each draw."""
        return figure(self.scores, lambda a, b: self.correlate(a, b, self.counts))


def cell(values: np.ndarray, sign: bool = False) -> str:
    """Return the estimate and the interval of a figure."""
    low, high = np.nanquantile(values[1:], [0.025, 0.975])
    form = "{:+.2f}" if sign else "{:.2f}"
    return f"{form.format(values[0])} [{form.format(low)}, {form.format(high)}]"


def p_of(values: np.ndarray) -> float:
    """Return the two-sided bootstrap p of 0."""
    drawn = values[1:][~np.isnan(values[1:])]
    sides = [np.count_nonzero(drawn <= 0), np.count_nonzero(drawn >= 0)]
    return min(1.0, 2 * (1 + min(sides)) / (drawn.size + 1))


def parts(dimensions: dict[str, tuple[list[str], Scores]], draws: int, metric: str) -> None:
    """Print parts 1 to 3 of one set."""
    drawn = {name: Resampled(scores, draws, metric) for name, (_, scores) in dimensions.items()}
    header = ["dimension", *OTHERS]
    rows = [[n, *(cell(one.values(to_mean(r))) for r in OTHERS)] for n, one in drawn.items()]
    print(f"\n1. Against the mean of the three experts, {NAMES[metric]} [95 %]\n")
    print(table(header, rows))
    _like_for_like(
        drawn,
        f"2. Like for like: mean {metric} with single experts, and between experts",
        "expert-expert",
        between_experts,
        to_singles,
    )
    _like_for_like(
        drawn,
        f"3. An expert in the model's place: {metric} with the mean of two experts",
        "expert",
        expert_out,
        to_pairs,
    )


def _like_for_like(drawn, title, name, of_experts, of_rater) -> None:
    print(f"\n{title}\n")
    rows, tests = [], []
    for dimension, one in drawn.items():
        base = one.values(of_experts)
        for rater in OTHERS:
            values = one.values(of_rater(rater))
            gap = values - base
            tests.append(p_of(gap) if rater in MODELS else float("nan"))
            rows.append([dimension, cell(base), rater, cell(values), cell(gap, True), p_of(gap)])
    adjusted = holm(tests)
    for row, p in zip(rows, adjusted, strict=True):
        row[-1] = f"{row[-1]:.3f}"
        row.append("-" if np.isnan(p) else f"{p:.3f}" + (" *" if p <= 0.05 else ""))
    print(table(["dimension", name, "rater", "its own", "difference", "p", "Holm"], rows))
    n = sum(p <= 0.05 for p in adjusted)
    m = sum(~np.isnan(adjusted))
    print(
        f"\n{n} of {m} differences of models survive Holm at 5 %; the crowd is not in the family."
    )


def signals(folder: Path, dimensions: dict[str, tuple[list[str], Scores]], draws: int) -> None:
    """Print part 4."""
    sessions = {one.session_id: one for one in af.read_sessions(folder / "sessions_en.jsonl.gz")}
    ids = next(iter(dimensions.values()))[0]
    matrix = af.SessionMatrix.of([sessions[name] for name in ids], features=FEATURES)
    truth = {name: np.mean([s[e] for e in EXPERTS], axis=0) for name, (_, s) in dimensions.items()}
    done = af.cross_validate(
        matrix, truth, ids, models=["length", "signals", "words", "both"], bounds=(1, 5)
    )
    low, high = SCALES["lend_an_ear"]

    def rows(rater: str, scores: dict[str, np.ndarray]) -> list[dict[str, object]]:
        return [
            {
                **{"session_id": name, "rater": rater, "dimension": dimension},
                **{"score": float(score), "scale_min": low, "scale_max": high},
            }
            for dimension, values in scores.items()
            for name, score in zip(ids, values, strict=True)
        ]

    given = [
        row
        for rater in OTHERS
        for row in rows(rater, {name: s[rater] for name, (_, s) in dimensions.items()})
    ]
    found = af.compare_raters(
        pa.Table.from_pylist(rows("experts", truth)),
        pa.Table.from_pylist(given),
        done.predictions,
        grouped_by="session",
        draws=draws,
        reference="signals",
        family="pooled_rho_difference",
    )
    figures = {
        (row["rater"], row["dimension"], row["figure"], row["against"]): row
        for row in found.figures.to_pylist()
    }
    raters = ["training_mean", *found.settings["raters"]]
    print("\n4. Signals beside the models: mean of the experts of `lend_an_ear`\n")
    print(f"{len(matrix.names)} signals; rho by fold, mean (SD); then over all folds [95 %].\n")
    lines = [
        [rater, *(_agreement(figures, rater, name) for name in dimensions)] for rater in raters
    ]
    print(table(["rater", *dimensions], lines))
    print("\nR2 against the training mean, raw / after a straight line fitted on the other folds\n")
    lines = [[rater, *(_skill(figures, rater, name) for name in dimensions)] for rater in raters]
    print(table(["rater", *dimensions], lines))
    print("\nDifference of rho from `signals`, p by Holm\n")
    lines = [
        [rater, *(_gap(figures, rater, name) for name in dimensions)]
        for rater in found.settings["raters"]
        if rater != "signals"
    ]
    print(table(["rater", *dimensions], lines))
    n = sum(len(line) - 1 for line in lines)
    print(f"\nThe family has {n} tests.")


def _agreement(figures, rater: str, dimension: str) -> str:
    rho, pooled = (
        figures.get((rater, dimension, name, None), {}) for name in ("rho", "pooled_rho")
    )
    if rho.get("estimate") is None or pooled.get("estimate") is None:
        return "n/a"
    whole = f"{pooled['estimate']:.2f} [{pooled['low']:.2f}, {pooled['high']:.2f}]"
    return f"{rho['estimate']:.2f} ({rho['sd']:.2f}); {whole}"


def _skill(figures, rater: str, dimension: str) -> str:
    values = [
        figures.get((rater, dimension, name, None), {}).get("estimate")
        for name in ("r2", "recalibrated_r2")
    ]
    return " / ".join("-" if value is None else f"{value:.2f}" for value in values)


def _gap(figures, rater: str, dimension: str) -> str:
    row = figures.get((rater, dimension, "pooled_rho_difference", "signals"), {})
    if row.get("estimate") is None:
        return "-"
    star = " *" if row["p_holm"] <= 0.05 else ""
    return (
        f"{row['estimate']:+.2f} [{row['low']:+.2f}, {row['high']:+.2f}], {row['p_holm']:.3f}{star}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--draws", type=int, default=10_000)
    parser.add_argument("--set", dest="only", help="the tables of one set; all if left out")
    options = parser.parse_args()
    found = read(options.folder / "ratings.csv")
    print("# Language models, a crowd and experts rating the same conversations\n")
    print(
        f"{options.draws:,} draws of conversations, percentile intervals, seed 0. 50 conversations "
        "a dimension: intervals are wide, and a difference that does not survive Holm is not shown "
        "to be none."
    )
    for name, dimensions in found.items():
        if options.only in (None, name):
            print(f"\n### {name}")
            parts(dimensions, options.draws, "rho")
    if options.only is None:
        print("\n### lend_an_ear, Pearson's r")
        parts(found["lend_an_ear"], options.draws, "r")
    if options.only in (None, "lend_an_ear"):
        signals(options.folder, found["lend_an_ear"], options.draws)


if __name__ == "__main__":
    main()
