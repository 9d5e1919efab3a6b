"""Which intervals and tests of a model's r hold their level: a simulation study.

    python benchmarks/evidence/intervals.py [--corpora 600] [--seed 0]

Corpora are drawn, never read: 793 sessions of 82 clients, ratings and features with half of their
variance between clients, ridge regression under five folds that keep clients apart. Shares stand
with their exact (Clopper-Pearson) 95 % interval. Prints Markdown.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
from scipy import stats

from alliance_features.stats.bootstrap import cluster_bootstrap
from alliance_features.stats.intervals import Interval, corrected_t
from alliance_features.stats.metrics import centre_within, pearson
from alliance_features.stats.permutation import permutation_p, permute_between

N_CLIENTS, N_SESSIONS, ICC = 82, 793, 0.5
N_FEATURES, RIDGE, N_FOLDS = 30, 30.0, 5


def share(hits: list[bool]) -> str:
    """Return a share with its exact binomial interval."""
    test = stats.binomtest(sum(map(bool, hits)), len(hits))
    low, high = test.proportion_ci()
    return f"{test.statistic:.3f} [{low:.3f}, {high:.3f}]"


def covers(interval: Interval, truth: float = 0.0) -> bool:
    return interval.low <= truth <= interval.high


def clustered(rng: np.random.Generator, clusters: np.ndarray, columns: int, icc: float = ICC):
    """Draw columns of unit variance, a share `icc` of it between clusters."""
    between = rng.normal(size=(int(clusters.max()) + 1, columns))[clusters]
    own = rng.normal(size=(clusters.size, columns))
    return np.sqrt(icc) * between + np.sqrt(1 - icc) * own


class Corpus:
    """One corpus: who is whose client, folds, and the map from training ratings to predictions."""

    def __init__(self, rng: np.random.Generator, signal: float = 0.0) -> None:
        sizes = 1 + rng.multinomial(N_SESSIONS - N_CLIENTS, [1 / N_CLIENTS] * N_CLIENTS)
        self.clients = np.repeat(np.arange(N_CLIENTS), sizes)
        x = clustered(rng, self.clients, N_FEATURES)
        rest = clustered(rng, self.clients, 1)[:, 0]
        self.y = signal * x[:, 0] + np.sqrt(1 - signal**2) * rest
        self.folds = (rng.permutation(N_CLIENTS) % N_FOLDS)[self.clients]
        self.maps = []
        for fold in range(N_FOLDS):
            train, test = self.folds != fold, self.folds == fold
            off = x[train].mean(axis=0)
            a, b = x[train] - off, x[test] - off
            self.maps.append(
                (train, test, b @ np.linalg.solve(a.T @ a + RIDGE * np.eye(N_FEATURES), a.T))
            )

    def predict(self, y: np.ndarray) -> np.ndarray:
        """Return out-of-fold predictions of ridge regressions, a column a column of `y`."""
        out = np.empty_like(y)
        for train, test, ridge in self.maps:
            mean = y[train].mean(axis=0)
            out[test] = mean + ridge @ (y[train] - mean)
        return out

    def mean_r(self, y: np.ndarray, p: np.ndarray) -> np.ndarray:
        """Return the mean over folds of the correlation, a number a column."""
        found = []
        for _, test, _ in self.maps:
            a, b = y[test] - y[test].mean(axis=0), p[test] - p[test].mean(axis=0)
            found.append((a * b).sum(axis=0) / np.sqrt((a**2).sum(axis=0) * (b**2).sum(axis=0)))
        return np.mean(found, axis=0)

    def fold_r(self, p: np.ndarray) -> list[float]:
        """Return the correlation in each fold."""
        return [pearson(self.y[test], p[test]) for _, test, _ in self.maps]

    def permutation_p(self, p: np.ndarray, rng: np.random.Generator, n: int, order=permute_between):
        """Return the p of the mean r per fold, every permutation fitted anew."""
        orders = [order(self.y, self.clients, rng) for _ in range(n)]
        moved = self.y[np.stack(orders, axis=1)]
        null = self.mean_r(moved, self.predict(moved))
        return permutation_p(float(self.mean_r(self.y, p)), null)


def laid_end_to_end(y: np.ndarray, clients: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return the simpler order: clients' sequences shuffled, cut where lengths do not agree."""
    ends = np.flatnonzero(np.diff(clients)) + 1
    blocks = np.split(np.arange(clients.size), ends)
    return np.concatenate([blocks[k] for k in rng.permutation(len(blocks))])


def intervals_of(corpus: Corpus, p: np.ndarray, draws: int, seed: int) -> dict[str, Interval]:
    """Return the interval of r by every method."""
    folds = corpus.fold_r(p)
    args = {"draws": draws, "seed": seed}
    y_in, p_in = centre_within(corpus.y, corpus.folds), centre_within(p, corpus.folds)
    plain = np.array(folds)
    reach = stats.t.ppf(0.975, N_FOLDS - 1) * plain.std(ddof=1) / np.sqrt(N_FOLDS)
    mean = float(plain.mean())
    nan = float("nan")
    return {
        "pooled r, percentile client bootstrap": cluster_bootstrap(
            corpus.y, p, corpus.clients, **args
        )["pearson"],
        "pooled r, BCa client bootstrap": cluster_bootstrap(
            corpus.y, p, corpus.clients, method="bca", **args
        )["pearson"],
        "r centred within folds, percentile client bootstrap": cluster_bootstrap(
            y_in, p_in, corpus.clients, **args
        )["pearson"],
        "r centred within folds, BCa client bootstrap": cluster_bootstrap(
            y_in, p_in, corpus.clients, method="bca", **args
        )["pearson"],
        "mean r per fold, plain t": Interval(mean, mean - reach, mean + reach, nan, 4, "t"),
        "mean r per fold, corrected t (Nadeau-Bengio)": corrected_t(folds, test_share=1 / N_FOLDS),
    }


def null_study(n: int, draws: int, n_permutations: int, seed: int) -> None:
    hits: dict[str, list[bool]] = {}
    widths: dict[str, list[float]] = {}
    estimates: dict[str, list[float]] = {}
    ps: dict[str, list[float]] = {}
    for k in range(n):
        rng = np.random.default_rng([seed, 1, k])
        corpus = Corpus(rng)
        p = corpus.predict(corpus.y)
        for name, found in intervals_of(corpus, p, draws, k).items():
            hits.setdefault(name, []).append(covers(found))
            widths.setdefault(name, []).append(found.high - found.low)
            estimates.setdefault(name, []).append(found.estimate)
        constant = np.choose(corpus.folds, [corpus.y[train].mean() for train, _, _ in corpus.maps])
        estimates.setdefault("constant", []).append(pearson(corpus.y, constant))
        for name, order in (
            ("sequences exchanged among clients of like length (ours)", permute_between),
            ("sequences shuffled over all clients, laid end to end", laid_end_to_end),
        ):
            found = corpus.permutation_p(p, rng, n_permutations, order)
            ps.setdefault(name, []).append(found)
    print(f"\n## No signal: coverage of 0 in {n} corpora, nominal .95\n")
    print("| interval | mean estimate | mean width | coverage |\n|---|---|---|---|")
    for name, found in hits.items():
        print(
            f"| {name} | {np.mean(estimates[name]):+.3f} | {np.mean(widths[name]):.3f} "
            f"| {share(found)} |"
        )
    print(
        f"\nPooled r of the training mean, a constant in each fold: "
        f"{np.mean(estimates['constant']):+.3f}.\n"
    )
    print(f"Permutation p, {n_permutations} permutations, everything fitted anew:\n")
    print("| ratings are permuted by | p <= .05 | p <= .20 | Kolmogorov-Smirnov D | its p |")
    print("|---|---|---|---|---|")
    # p takes steps; jittered within its step it is exactly uniform if valid.
    steps = np.random.default_rng([seed, 2]).random(n) / (n_permutations + 1)
    for name, values in ps.items():
        ks = stats.kstest(np.array(values) - steps, "uniform")
        small = [share([p <= cut for p in values]) for cut in (0.05, 0.2)]
        print(f"| {name} | {small[0]} | {small[1]} | {ks.statistic:.3f} | {ks.pvalue:.3f} |")


def power_study(n: int, draws: int, n_permutations: int, seed: int) -> None:
    print(f"\n## Planted signal: power in {n} corpora each\n")
    print(
        "One of the 30 features correlates with the rating as planted. Found: 0 below the "
        "interval, or p <= .05.\n"
    )
    print("| planted r | mean r per fold | corrected t | permutation p | pooled, percentile |")
    print("|---|---|---|---|---|")
    for planted in (0.1, 0.2, 0.3):
        rows: list[list[float]] = []
        for k in range(n):
            rng = np.random.default_rng([seed, 3, int(100 * planted), k])
            corpus = Corpus(rng, planted)
            p = corpus.predict(corpus.y)
            folds = corrected_t(corpus.fold_r(p), test_share=1 / N_FOLDS)
            pooled = cluster_bootstrap(corpus.y, p, corpus.clients, draws=draws, seed=k)["pearson"]
            moved = corpus.permutation_p(p, rng, n_permutations)
            rows.append([folds.estimate, folds.low > 0, moved <= 0.05, pooled.low > 0])
        columns = list(zip(*rows, strict=True))
        print(
            f"| {planted} | {np.mean(columns[0]):.3f} | "
            + " | ".join(share(list(column)) for column in columns[1:])
            + " |"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--corpora", type=int, default=600, help="corpora without signal")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    n, seed = options.corpora, options.seed
    start = time.perf_counter()
    print("# Intervals and tests of a cross-validated r under simulation\n")
    print(
        f"{N_SESSIONS} sessions of {N_CLIENTS} clients, {N_FEATURES} features, ICC {ICC}, ridge "
        f"(penalty {RIDGE:g}), {N_FOLDS} client-grouped folds; 1000 bootstrap draws; seed {seed}."
    )
    null_study(n, 1000, 199, seed)
    power_study(max(n // 4, 2), 1000, 199, seed)
    print(f"\n{time.perf_counter() - start:.0f} s, one process.")


if __name__ == "__main__":
    main()
