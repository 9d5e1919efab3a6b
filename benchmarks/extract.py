"""What the transport solver does to `extract`: the set `core` with ours and with POT.

    python benchmarks/extract.py SESSIONS [--sessions N]

One process, the same sessions, the two in turn; CPU time of the measuring alone. `POT` is
`ot.emd2` on slices of one ground matrix per session, as extraction was built before the solver.
Every value of every feature is compared.
"""

from __future__ import annotations

import argparse
import statistics
import time
import warnings
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

import alliance_features as af
from alliance_features.features import measured as module
from alliance_features.features.measures.distance import Bags, bag_distances
from alliance_features.kernels.transport import ground_distances
from alliance_features.text.vectors import Vectors

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import ot


def pot_distances(bags: Bags, vectors: Vectors, *, norm: bool) -> np.ndarray:
    """Return the distances of all pairs of bags by POT's public solver."""
    ground = ground_distances(vectors.points(bags.rows, norm=norm))
    spans = [slice(*pair) for pair in zip(bags.offsets, bags.offsets[1:], strict=False)]
    words = [bags.ids[span] for span in spans]
    masses = [bags.counts[span] / max(bags.counts[span].sum(), 1) for span in spans]
    out = np.full((len(spans), len(spans)), np.nan)
    for i, one in enumerate(words):
        for j in range(i + 1):
            if one.size and words[j].size:
                cost = ground[np.ix_(one, words[j])]
                out[i, j] = out[j, i] = 0.0 if i == j else ot.emd2(masses[i], masses[j], cost)
    return out


def run(sessions: list[af.Session], solver: Callable[..., Any]) -> tuple[float, Any]:
    """Return CPU seconds and the table."""
    module.bag_distances = solver
    begin = time.process_time()
    table = af.extract(sessions)
    return time.process_time() - begin, table


def largest_difference(one: Any, other: Any) -> tuple[float, str]:
    """Return the largest relative difference of two tables and its column."""
    worst = (0.0, "none")
    for name in one.column_names[5:]:
        a, b = (np.array(table[name].to_pylist(), dtype=float) for table in (one, other))
        if not (np.isnan(a) == np.isnan(b)).all():
            raise SystemExit(f"{name}: null in one table and not in the other")
        scale = np.maximum(np.abs(a), np.abs(b))
        gap = np.nanmax(np.divide(np.abs(a - b), scale, out=np.zeros_like(a), where=scale > 0))
        worst = max(worst, (float(gap), name))
    return worst


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("path", type=Path, metavar="SESSIONS", help="a file of sessions")
    parser.add_argument("--sessions", type=int, default=None, help="only the first N")
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    sessions = list(islice(af.read_sessions(options.path), options.sessions))
    run(sessions[:2], bag_distances)
    run(sessions[:2], pot_distances)
    seconds: dict[str, list[float]] = {"ours": [], "POT": []}
    tables = {}
    for _ in range(options.repeats):
        for name, solver in (("ours", bag_distances), ("POT", pot_distances)):
            spent, tables[name] = run(sessions, solver)
            seconds[name].append(spent)
    worst, column = largest_difference(tables["ours"], tables["POT"])
    print(f"{len(sessions)} sessions, {len(tables['ours'].column_names) - 5} features\n")
    print("| solver | sessions/s of CPU, median | ratio |")
    print("|---|---|---|")
    base = statistics.median(seconds["POT"])
    for name, spent in seconds.items():
        median = statistics.median(spent)
        print(f"| {name} | {len(sessions) / median:.1f} | {base / median:.1f} |")
    print(f"\nLargest relative difference of any value: {worst:.1e} ({column})")


if __name__ == "__main__":
    main()
