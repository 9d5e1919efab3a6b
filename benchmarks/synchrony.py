"""What synchrony costs beside `core`, what near pairs and a bound save, what chance looks like.

    python benchmarks/synchrony.py SESSIONS [--sessions N] [--repeats R]

One process, the same sessions, everything in turn; CPU time of the measuring alone. Values that
must agree are compared to the bit in the same run. The bound is the relaxed WMD of Kusner et al.
2015: of a window, pairs whose bound is not below the least distance so far need no solver.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numba import njit

import alliance_features as af
from alliance_features.features.measured import Measured
from alliance_features.features.measures.distance import bag_distances, ground_costs
from alliance_features.features.measures.near_turns import near_distances
from alliance_features.features.measures.surrogates import MEASURES, SURROGATES, compare
from alliance_features.kernels.transport import listed_pairs

SETS: dict[str, Any] = {
    "core": "core",
    "synchrony": "synchrony",
    "surrogates alone": [n for n in af.list_features() if "__surrogate_" in n],
    "uclid alone (near pairs)": ["dyad__uclid__anchor_therapist", "dyad__uclid__anchor_client"],
    "kwon2025": "kwon2025",
}
REACH = 5  # k = 3


def seconds(work: Callable[[], Any]) -> float:
    """Return the CPU seconds of some work."""
    begin = time.process_time()
    work()
    return time.process_time() - begin


def sets(sessions: list[af.Session], repeats: int) -> None:
    """Print what each set costs."""
    spent: dict[str, list[float]] = {name: [] for name in SETS}
    for features in SETS.values():
        af.extract(sessions[:2], features=features)
    for _ in range(repeats):
        for name, features in SETS.items():
            spent[name].append(seconds(lambda f=features: af.extract(sessions, features=f)))
    print("| features | columns | ms of CPU per session, median | relative to core |")
    print("|---|---|---|---|")
    base = statistics.median(spent["core"])
    for name, features in SETS.items():
        median = statistics.median(spent[name])
        columns = len(af.list_features(features))
        print(f"| {name} | {columns} | {1000 * median / len(sessions):.1f} | {median / base:.2f} |")


@njit
def relaxed(ground, ids, counts, offsets, left, right, out):  # type: ignore[no-untyped-def]
    """Fill `out` with the larger of both relaxed distances of each pair of bags."""
    for pair in range(left.size):
        a = range(offsets[left[pair]], offsets[left[pair] + 1])
        b = range(offsets[right[pair]], offsets[right[pair] + 1])
        nearest = np.full(len(b), np.inf)
        one = other = mass_a = mass_b = 0.0
        for i in a:
            best = np.inf
            for place, j in enumerate(b):
                d = ground[ids[i], ids[j]]
                best = min(best, d)
                nearest[place] = min(nearest[place], d)
            one += best * counts[i]
            mass_a += counts[i]
        for place, j in enumerate(b):
            other += nearest[place] * counts[j]
            mass_b += counts[j]
        out[pair] = max(one / mass_a, other / mass_b)


def needed(left: np.ndarray, bound: np.ndarray, exact: np.ndarray) -> np.ndarray:
    """Return which pairs must be solved if those of an anchor come in the order of the bound."""
    out = np.zeros(left.size, dtype=bool)
    for anchor in np.unique(left):
        least = np.inf
        pairs = np.flatnonzero(left == anchor)
        for pair in pairs[np.argsort(bound[pairs], kind="stable")]:
            if bound[pair] < least:
                out[pair] = True
                least = min(least, exact[pair])
    return out


def near(sessions: list[af.Session], repeats: int) -> None:
    """Print what near pairs cost, and what the bound would save of that."""
    vectors = af.load_vectors(None)
    names = ("all pairs", "near pairs", "ground", "bound", "pairs that the bound leaves")
    spent: dict[str, list[float]] = {name: [] for name in names}
    n_near = n_left = 0
    for turn in range(repeats + 1):
        for times in spent.values():
            times.append(0.0)
        for session in sessions:
            bags = Measured(session, vectors)._bags
            known = np.flatnonzero(bags.known > 0)

            def clock(name: str, work: Callable[[], Any]) -> Any:
                kept: list[Any] = []
                spent[name][-1] += seconds(lambda: kept.append(work()))
                return kept[0]

            whole = clock("all pairs", lambda b=bags: bag_distances(b, vectors, norm=True))
            band = clock("near pairs", lambda b=bags: near_distances(b, vectors, REACH))
            kept = ~np.isnan(band)
            if not (band[kept] == whole[kept]).all():
                raise SystemExit("a near distance differs from the matrix")
            left, right = np.triu_indices(len(whole), 1)
            wanted = np.isin(right - left, (1, 3, 5)) & np.isin(left, known) & np.isin(right, known)
            left, right = left[wanted], right[wanted]
            words = (bags.ids, bags.counts, bags.offsets)
            ground = clock(
                "ground", lambda b=bags: ground_costs(b, vectors, norm=True, cost="euclidean")
            )
            bound = np.empty(left.size)
            clock("bound", lambda: relaxed(ground, *words, left, right, bound))  # noqa: B023
            exact = whole[left, right]
            if (bound > exact * (1 + 1e-9) + 1e-12).any():
                raise SystemExit("the bound is none")
            solve = needed(left, bound, exact)
            some = left[solve], right[solve]
            clock("pairs that the bound leaves", lambda: listed_pairs(ground, *words, *some))  # noqa: B023
            if turn == 0:
                n_near, n_left = n_near + left.size, n_left + int(solve.sum())
    print("\n| distances, k = 3 | CPU seconds, median |\n|---|---|")
    for name in names:
        print(f"| {name} | {statistics.median(spent[name][1:]):.3f} |")
    print(f"\nThe bound leaves {n_left:,} of {n_near:,} pairs of anchors and replies.")


def chance(n_sessions: int = 10_000, n_turns: int = 40) -> None:
    """Print z and p of conversations whose turns can be exchanged."""
    rng = np.random.default_rng(2019)
    is_anchor = np.arange(n_turns) % 2 == 0
    found: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for seed in range(n_sessions):
        at = rng.normal(size=(n_turns, 5))
        d = np.linalg.norm(at[:, None] - at, axis=-1)
        for kind in SURROGATES:
            for measure, one in compare(d, is_anchor, kind, seed=seed).items():
                found.setdefault((measure, kind), []).append((one.z, one.p))
    print(
        f"\n{n_sessions:,} random conversations of {n_turns} turns, replies drawn like all turns:\n"
    )
    print("| measure | surrogate | mean z [95 %] | sd of z | p <= .05 |\n|---|---|---|---|---|")
    for measure in MEASURES:
        for kind in SURROGATES:
            z, p = np.array(found[measure, kind]).T
            half = 1.96 * z.std(ddof=1) / np.sqrt(z.size)
            print(
                f"| {measure} | {kind} | {z.mean():.2f} [{z.mean() - half:.2f}, "
                f"{z.mean() + half:.2f}] | {z.std(ddof=1):.2f} | {(p <= 0.05).mean():.3f} |"
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("path", type=Path, metavar="SESSIONS", help="a file of sessions")
    parser.add_argument("--sessions", type=int, default=None, help="only the first N")
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    sessions = list(islice(af.read_sessions(options.path), options.sessions))
    print(f"{len(sessions)} sessions\n")
    sets(sessions, options.repeats)
    near(sessions, options.repeats)
    chance()


if __name__ == "__main__":
    main()
