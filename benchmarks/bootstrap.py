"""Speed and exactness of the cluster bootstrap at the size of a paper's table.

    python benchmarks/bootstrap.py [--draws 10000] [--repeats 3]

Ten raters of three dimensions on 793 sessions of 82 clients, drawn from a seed. In the same run the
first draws are made again one by one, by repeating the sessions of the drawn clients and calling
scipy, and compared; the time of that loop is carried forward to all draws. Prints Markdown.
"""

from __future__ import annotations

import argparse
import platform
import time

import numpy as np
from scipy import stats

from alliance_features.stats.bootstrap import METHODS, bootstrap_raters
from alliance_features.stats.metrics import concordance
from alliance_features.stats.resample import METRICS, draw_clusters, figures

N_SESSIONS, N_CLIENTS, N_RATERS, N_DIMENSIONS, SEED = 793, 82, 10, 3, 0
NAIVE = {
    "pearson": lambda y, p: stats.pearsonr(y, p).statistic,
    "spearman": lambda y, p: stats.spearmanr(y, p).statistic,
    "concordance": concordance,
    "mse": lambda y, p: np.mean((p - y) ** 2),
    "mae": lambda y, p: np.mean(np.abs(p - y)),
    "bias": lambda y, p: np.mean(p - y),
    "calibration_slope": lambda y, p: stats.linregress(p, y).slope,
}


def corpus():
    """Return ratings in steps (so that there are ties), predictions and clients."""
    rng = np.random.default_rng(SEED)
    clients = np.sort(
        np.r_[np.arange(N_CLIENTS), rng.integers(0, N_CLIENTS, N_SESSIONS - N_CLIENTS)]
    )
    y = rng.normal(size=(N_CLIENTS, N_DIMENSIONS))[clients]
    y = np.clip(np.round(2 * (5 + y + rng.normal(size=y.shape))) / 2, 1, 7)
    p = 0.4 * y[:, None, :] + rng.normal(size=(N_SESSIONS, N_RATERS, N_DIMENSIONS))
    return y, np.round(p, 1), clients


def one_by_one(y, p, clients, draws, metrics):
    """Return the figures of some draws the plain way, and its seconds a draw."""
    drawn = draw_clusters(N_SESSIONS, clients, None, draws, SEED)
    out = {name: np.empty((draws, N_RATERS)) for name in metrics}
    start = time.perf_counter()
    for d in range(draws):
        rows = np.repeat(np.arange(N_SESSIONS), drawn.first_counts[d][drawn.first])
        for name in metrics:
            for k in range(N_RATERS):
                out[name][d, k] = NAIVE[name](y[rows], p[rows, k])
    return out, (time.perf_counter() - start) / draws


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--draws", type=int, default=10_000)
    parser.add_argument("--check", type=int, default=20, help="draws that are made again")
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    y, p, clients = corpus()
    start = time.perf_counter()
    bootstrap_raters(y[:, 0], p[:, :, 0], clients, metrics=METRICS, draws=2)
    first = time.perf_counter() - start
    print(
        f"{options.draws} draws, {N_RATERS} raters x {N_DIMENSIONS} dimensions x {N_SESSIONS} "
        f"sessions of {N_CLIENTS} clients; one thread; {platform.processor() or 'unknown CPU'}, "
        f"Python {platform.python_version()}, numpy {np.__version__}. First call, with loading or "
        f"compiling: {first:.1f} s.\n"
    )
    print(
        "| metrics | method | seconds, median (range) | one by one, seconds | largest deviation |"
    )
    print("|---|---|---|---|---|")
    for metrics in (("pearson",), ("spearman",), ("pearson", "spearman", "mse"), METRICS):
        deviation, plain = 0.0, 0.0
        for k in range(N_DIMENSIONS):
            expected, seconds = one_by_one(y[:, k], p[:, :, k], clients, options.check, metrics)
            plain += seconds * options.draws
            drawn = draw_clusters(N_SESSIONS, clients, None, options.check, SEED)
            found = figures(y[:, k], p[:, :, k], drawn, metrics)
            for name in metrics:
                deviation = max(deviation, float(np.abs(found[name] - expected[name]).max()))
        if not deviation < 1e-9:
            raise SystemExit(f"{metrics}: draws deviate by {deviation} from the plain way.")
        for method in METHODS:
            times = []
            for _ in range(options.repeats):
                start = time.perf_counter()
                for k in range(N_DIMENSIONS):
                    bootstrap_raters(
                        y[:, k],
                        p[:, :, k],
                        clients,
                        metrics=metrics,
                        draws=options.draws,
                        seed=SEED,
                        method=method,
                    )
                times.append(time.perf_counter() - start)
            title = "all seven" if metrics == METRICS else ", ".join(metrics)
            print(
                f"| {title} | {method} | {np.median(times):.2f} "
                f"({min(times):.2f}-{max(times):.2f}) | {plain:.0f} | {deviation:.0e} |"
            )


if __name__ == "__main__":
    main()
