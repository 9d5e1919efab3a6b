"""Can two raters be told apart: level and power of tests of their difference, for planning.

    python benchmarks/evidence/comparison_power.py [--corpora 400] [--seed 0]

Corpora are drawn, never read: clients of 10 sessions, half of the variance of ratings and of errors
between clients. Both raters correlate .45 with the rating (level), or one of them less (power).
Shares stand with their exact (Clopper-Pearson) 95 % interval. Prints Markdown; the wide corpus also
through `compare_raters`, by which a table is made.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Mapping

import numpy as np
import pyarrow as pa
from few_clusters import raters
from intervals import ICC, share
from resampled import table

import alliance_features as af
from alliance_features.comparison.resamples import ENOUGH
from alliance_features.stats.bootstrap import paired_difference
from alliance_features.stats.dependent import williams
from alliance_features.stats.few_clusters import jackknife_t, t_of_cluster_means, wild_bootstrap_t
from alliance_features.stats.metrics import pearson

EACH, R = 10, 0.45


def tests_of_r(y, p, q, clusters, seed: int) -> dict[str, float]:
    """Return the p of "both correlate equally": Williams, bootstrap, and what `compare` takes."""
    few = len(np.unique(clusters)) < ENOUGH
    drawn = paired_difference(y, p, q, clusters, draws=999, seed=seed).p
    left_out = jackknife_t(y, p, clusters, other=q).p
    return {
        "Williams": williams(pearson(y, p), pearson(y, q), pearson(p, q), y.size).p,
        "client bootstrap": drawn,
        "jackknife t": left_out,
        "compare": left_out if few else drawn,
    }


def tests_of_error(y, p, q, clusters, seed: int) -> dict[str, float]:
    """Return the p of "both err equally": squared errors, by resampling and by fall-backs."""
    gap = (p - y) ** 2 - (q - y) ** 2
    return {
        "client bootstrap": paired_difference(
            y, p, q, clusters, metric="mse", draws=999, seed=seed
        ).p,
        "jackknife t": jackknife_t(y, p, clusters, metric="mse", other=q).p,
        "t of cluster means": t_of_cluster_means(gap, clusters).p,
        "wild bootstrap-t": wild_bootstrap_t(gap, clusters, draws=399, seed=seed).p,
    }


def rejected(n: int, seed: int, n_clients: int, icc: float, r_q: float, tests) -> dict[str, list]:
    """Return for each test in which corpora it rejects at 5 %."""
    found: dict[str, list[bool]] = {}
    clusters = np.repeat(np.arange(n_clients), EACH)
    for k in range(n):
        rng = np.random.default_rng([seed, n_clients, int(100 * icc), int(100 * r_q), k])
        y, p, q = raters(rng, clusters, icc, R, r_q)
        for name, value in tests(y, p, q, clusters, k).items():
            found.setdefault(name, []).append(value <= 0.05)
    return found


def study(title: str, cases, n: int, seed: int, tests) -> None:
    print(f"\n### {title}\n")
    rows: list[list[str]] = []
    header: list[str] = []
    for label, n_clients, icc, r_q in cases:
        found = rejected(n, seed, n_clients, icc, r_q, tests)
        header = ["corpus", *found]
        rows.append([label, *(share(hits) for hits in found.values())])
    print(table(header, rows))


def through_compare(n: int, seed: int) -> None:
    """Print rejections of `compare_raters`, Holm over three dimensions, all differences null."""
    hits: Mapping[str, list[bool]] = {"any of 3, Holm": [], "goal alone, unadjusted": []}
    clusters = np.repeat(np.arange(82), EACH)
    for k in range(n):
        rng = np.random.default_rng([seed, 7, k])
        tables: dict[str, list[dict[str, object]]] = {"y": [], "pq": []}
        for dimension in ("goal", "task", "bond"):
            columns = dict(zip("ypq", raters(rng, clusters, ICC, R, R), strict=True))
            for name, values in columns.items():
                tables["y" if name == "y" else "pq"] += [
                    {
                        **{"session_id": f"s{i}", "client_id": f"c{clusters[i]}"},
                        **{"rater": name, "dimension": dimension, "score": float(value)},
                    }
                    for i, value in enumerate(values)
                ]
        ratings, scores = (pa.Table.from_pylist(tables[name]) for name in ("y", "pq"))
        done = af.compare_raters(ratings, scores, reference="q", draws=999, seed=k)
        rows = [r for r in done.figures.to_pylist() if r["figure"] == "pooled_r_difference"]
        hits["any of 3, Holm"].append(min(row["p_holm"] for row in rows) <= 0.05)
        hits["goal alone, unadjusted"].append(rows[0]["p"] <= 0.05)
    print(f"\n### `compare_raters` itself, 82 clients x 10, no difference, {n} corpora\n")
    print(table([*hits], [[share(one) for one in hits.values()]]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--corpora", type=int, default=400)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    n, seed = options.corpora, options.seed
    start = time.perf_counter()
    print("# Two raters of the same sessions: level and power of tests of their difference\n")
    print(
        f"{n} corpora a row, tests at 5 %, 999 draws, seed {seed}; errors of the two raters are "
        "independent of each other, which is the hard case: shared errors make differences easier "
        f"to see. `compare`: the bootstrap from {ENOUGH} clients on, else a jackknife over clients."
    )
    study(
        f"Level: both r = {R}",
        [("820 independent sessions", 820 // EACH, 0.0, R)]
        + [(f"{c} clients x {EACH}, ICC {ICC}", c, ICC, R) for c in (82, 30, 20, 12, 6, 4)],
        n,
        seed,
        tests_of_r,
    )
    study(
        "Level of squared errors: fall-backs with few clients",
        [(f"{c} clients x {EACH}, ICC {ICC}", c, ICC, R) for c in (82, 30, 20, 12, 6, 4)],
        max(n // 2, 2),
        seed + 1,
        tests_of_error,
    )
    study(
        f"Power: r = {R} against less",
        [
            (f"{c} clients x {EACH}, .45 against {r_q:.2f}", c, ICC, r_q)
            for c in (30, 82, 150, 300)
            for r_q in (0.4, 0.35, 0.25)
        ],
        n,
        seed,
        lambda *data: {"compare": tests_of_r(*data)["compare"]},
    )
    through_compare(max(n // 4, 2), seed)
    print(f"\n{time.perf_counter() - start:.0f} s, one process.")


if __name__ == "__main__":
    main()
