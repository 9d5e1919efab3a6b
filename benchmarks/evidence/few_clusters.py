"""Few clusters, two raters, crossed clusters: which intervals and tests hold their level.

    python benchmarks/evidence/few_clusters.py [--corpora 600] [--seed 0]

Corpora are drawn, never read; predictions are given, nothing is fitted. Shares stand with their
exact (Clopper-Pearson) 95 % interval. Prints Markdown.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
from intervals import ICC, clustered, covers, share

from alliance_features.stats.bootstrap import cluster_bootstrap, paired_difference
from alliance_features.stats.dependent import williams
from alliance_features.stats.few_clusters import (
    cr2,
    jackknife_t,
    t_of_cluster_means,
    wild_bootstrap_t,
)
from alliance_features.stats.metrics import pearson


def few_clusters_study(n: int, n_wild: int, draws: int, seed: int) -> None:
    print(f"\n## Few clusters of 4 to 16 sessions: coverage in {n} corpora, nominal .95\n")
    print(
        "First a mean of sessions (truth 0), then a Pearson correlation of single predictions "
        f"(truth .45), ICC .5 everywhere; wild bootstrap in {n_wild} corpora.\n"
    )
    titles = (
        "mean: percentile",
        "mean: BCa",
        "mean: t of cluster means",
        "mean: CR2",
        "mean: wild bootstrap-t",
        "r: percentile",
        "r: BCa",
        "r: jackknife t",
    )
    counts = (4, 6, 12, 20, 30)
    table: dict[str, list[str]] = {title: [] for title in titles}
    for n_clusters in counts:
        hits: dict[str, list[bool]] = {title: [] for title in titles}
        for k in range(n):
            rng = np.random.default_rng([seed, 4, n_clusters, k])
            clusters = np.repeat(np.arange(n_clusters), rng.integers(4, 17, n_clusters))
            zero = np.zeros(clusters.size)
            v, y, e = clustered(rng, clusters, 3).T
            p = 0.45 * y + np.sqrt(1 - 0.45**2) * e
            found = {}
            for method, title in (("percentile", "percentile"), ("bca", "BCa")):
                args = {"draws": draws, "seed": k, "method": method}
                found[f"mean: {title}"] = (
                    cluster_bootstrap(zero, v, clusters, metrics=["bias"], **args)["bias"],
                    0.0,
                )
                found[f"r: {title}"] = cluster_bootstrap(y, p, clusters, **args)["pearson"], 0.45
            found["mean: t of cluster means"] = t_of_cluster_means(v, clusters), 0.0
            found["mean: CR2"] = cr2(v, clusters)[0], 0.0
            found["r: jackknife t"] = jackknife_t(y, p, clusters), 0.45
            if k < n_wild:
                found["mean: wild bootstrap-t"] = (
                    wild_bootstrap_t(v, clusters, draws=399, seed=k),
                    0.0,
                )
            for title, (interval, truth) in found.items():
                hits[title].append(covers(interval, truth))
        for title in titles:
            table[title].append(share(hits[title]))
    print("| interval | " + " | ".join(f"{count} clusters" for count in counts) + " |")
    print("|---|" + "---|" * len(counts))
    for title, cells in table.items():
        print(f"| {title} | " + " | ".join(cells) + " |")


def raters(rng: np.random.Generator, clusters: np.ndarray, icc: float, r_p: float, r_q: float):
    """Draw ratings and two raters of them whose errors are independent of each other."""
    y, e, f = clustered(rng, clusters, 3, icc).T
    return y, r_p * y + np.sqrt(1 - r_p**2) * e, r_q * y + np.sqrt(1 - r_q**2) * f


def difference_tests(y: np.ndarray, p: np.ndarray, q: np.ndarray, clusters: np.ndarray, seed: int):
    """Return the p of "both correlate equally" by each method."""
    r = pearson(y, p), pearson(y, q), pearson(p, q)
    return {
        "Williams t": williams(*r, y.size).p,
        "paired client bootstrap, percentile": paired_difference(
            y, p, q, clusters, draws=999, seed=seed
        ).p,
        "paired client bootstrap, BCa": paired_difference(
            y, p, q, clusters, draws=999, seed=seed, method="bca"
        ).p,
        "jackknife t": jackknife_t(y, p, clusters, other=q).p,
    }


def difference_study(n: int, seed: int) -> None:
    print(f"\n## Difference of two raters: rejections at 5 % in {n} corpora each\n")
    cases = [
        ("820 sessions, independent, .45 both", 820, 1, 0.0, 0.45),
        ("82 clients x 10, ICC .5, .45 both", 82, 10, ICC, 0.45),
        ("12 clients x 10, ICC .5, .45 both", 12, 10, ICC, 0.45),
        ("6 clients x 10, ICC .5, .45 both", 6, 10, ICC, 0.45),
        ("82 x 10, ICC .5, .45 against .40", 82, 10, ICC, 0.40),
        ("82 x 10, ICC .5, .45 against .35", 82, 10, ICC, 0.35),
        ("82 x 10, ICC .5, .45 against .25", 82, 10, ICC, 0.25),
        ("30 clients x 10, ICC .5, .45 both", 30, 10, ICC, 0.45),
    ]
    names = (
        "Williams t",
        "paired client bootstrap, percentile",
        "paired client bootstrap, BCa",
        "jackknife t",
    )
    print("| corpus | " + " | ".join(names) + " |\n|---|" + "---|" * len(names))
    for row, (title, n_clients, each, icc, r_q) in enumerate(cases):
        clusters = np.repeat(np.arange(n_clients), each)
        rejected: dict[str, list[bool]] = {name: [] for name in names}
        for k in range(n):
            rng = np.random.default_rng([seed, 5, row, k])
            y, p, q = raters(rng, clusters, icc, 0.45, r_q)
            for name, found in difference_tests(y, p, q, clusters, k).items():
                rejected[name].append(found <= 0.05)
        print(f"| {title} | " + " | ".join(share(rejected[name]) for name in names) + " |")


def crossed_study(n: int, draws: int, seed: int) -> None:
    print(f"\n## Clients crossed with therapists: coverage in {n} corpora, nominal .95\n")
    print(
        "800 sessions of 200 clients with 60 therapists; a mean of sessions, 33 % of its variance "
        "between clients and 9 % between therapists.\n"
    )
    hits: dict[str, list[bool]] = {}
    for k in range(n):
        rng = np.random.default_rng([seed, 6, k])
        client, therapist = rng.integers(0, 200, 800), rng.integers(0, 60, 800)
        v = (
            np.sqrt(0.33) * rng.normal(size=200)[client]
            + np.sqrt(0.09) * rng.normal(size=60)[therapist]
            + np.sqrt(0.58) * rng.normal(size=800)
        )
        args = {"metrics": ["bias"], "draws": draws, "seed": k}
        zero = np.zeros(800)
        for name, interval in {
            "clients alone": cluster_bootstrap(zero, v, client, **args),
            "therapists alone": cluster_bootstrap(zero, v, therapist, **args),
            "two-way": cluster_bootstrap(zero, v, client, second=therapist, **args),
            "two-way, BCa": cluster_bootstrap(
                zero, v, client, second=therapist, method="bca", **args
            ),
        }.items():
            hits.setdefault(name, []).append(covers(interval["bias"]))
    print("| resampled | coverage |\n|---|---|")
    for name, found in hits.items():
        print(f"| {name} | {share(found)} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--corpora", type=int, default=600)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    n, seed = options.corpora, options.seed
    start = time.perf_counter()
    print("# Few clusters, two raters, crossed clusters under simulation\n")
    print(f"1000 bootstrap draws (999 of differences); seed {seed}.")
    few_clusters_study(n, max(n // 4, 2), 1000, seed)
    difference_study(n, seed)
    crossed_study(max(n // 2, 2), 1000, seed)
    print(f"\n{time.perf_counter() - start:.0f} s, one process.")


if __name__ == "__main__":
    main()
