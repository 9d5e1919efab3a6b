"""Speed and exactness of the transport engine beside gensim and POT, in one process.

Every sub-command prints Markdown. Times are CPU times of one thread (`time.thread_time`), the
methods interleaved pair by pair or round by round, medians with the range; only `threads` and
`start` report wall times. Synthetic sessions are drawn from a seed; real ones come from a file of
sessions (JSON lines) and a file of vectors. No word of a transcript is printed.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np
from transport_compare import run_compare
from transport_exact import run_corpus, run_fuzz
from transport_sessions import Session, machine, middle, synthetic_turns, table, timed

from alliance_features.kernels.transport import all_pairs, ground_distances


def run_curve(options):
    """Time and memory over the number of turns, each in a process of its own."""
    rows = []
    for n_turns in (100, 300, 600, 1000, 1500, 3000):
        if n_turns > options.most:
            continue
        code = (
            f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r})\n"
            f"import transport; transport.curve_point({n_turns})"
        )
        result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
        rows.append(result.stdout.split() if result.returncode == 0 else [n_turns, "failed"])
    table(
        ["turns", "pairs", "vocabulary", "CPU s", "us per pair", "peak memory MB", "of it before"],
        rows,
    )


def curve_point(n_turns):
    """Print one line of the curve."""
    session = Session(*synthetic_turns(0, n_turns, 300, min(1500 + 2 * n_turns, 6000)))
    line = abs(np.arange(20.0)[:, None] - np.arange(20.0))
    all_pairs(line, np.arange(20), np.ones(20, np.int64), np.array([0, 9, 20]))  # compiles
    ground_distances(line)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    _, seconds = timed(session.distances)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    n_pairs = session.pairs[0].size
    print(
        n_turns, n_pairs, len(session.points), f"{seconds:.3f}", f"{seconds / n_pairs * 1e6:.2f}",
        f"{peak:.0f}", f"{before:.0f}",
    )  # fmt: skip


def run_threads(options):
    """Compare one thread with all, interleaved, wall time; the bits must be the same."""
    import numba

    session = Session(*synthetic_turns(0, options.turns))
    serial = all_pairs(session.ground, *session.bags)
    same = (all_pairs(session.ground, *session.bags, parallel=True) == serial).all()
    times = {False: [], True: []}
    for _ in range(options.rounds):
        for parallel, kept in times.items():
            start = time.perf_counter()
            all_pairs(session.ground, *session.bags, parallel=parallel)
            kept.append(1e3 * (time.perf_counter() - start))
    rows = [
        [name, middle(times[key], 1), f"{min(times[key]):.1f}"]
        for name, key in (("1", False), (str(numba.get_num_threads()), True))
    ]
    table(["threads", "ms wall, median (range)", "fastest"], rows)
    ratio = statistics.median(times[False]) / statistics.median(times[True])
    print(
        f"Ratio of medians {ratio:.2f}, of the fastest {min(times[False]) / min(times[True]):.2f}; "
        f"bits equal: {same}; load average {os.getloadavg()[0]:.1f} at the end.\n"
    )


FIRST_CALL = """
import time
start = time.perf_counter()
import numpy as np
from alliance_features.kernels.transport import all_pairs, ground_distances
imported = time.perf_counter()
ground = ground_distances(np.random.default_rng(0).normal(size=(50, 20)))
middle = time.perf_counter()
ids, counts, offsets = np.arange(40), np.ones(40, int), np.array([0, 20, 40])
all_pairs(ground, ids, counts, offsets)
end = time.perf_counter()
cpu = time.process_time()
from alliance_features.kernels import pairs
print(imported - start, middle - imported, end - middle, cpu, pairs.fill._cache.__class__.__name__)
"""


def run_start(options):
    """Time the first call of an installation, of a later process, and without a cache."""
    package = Path(importlib.util.find_spec("alliance_features").origin).parent
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        cache = Path(folder) / "cache"
        environment = {**os.environ, "NUMBA_CACHE_DIR": str(cache)}
        rows += [
            ["first call after installation", *first_call(environment)],
            ["first call of a later process", *first_call(environment)],
        ]
        copy = Path(folder) / "site" / "alliance_features"
        shutil.copytree(package, copy, ignore=shutil.ignore_patterns("__pycache__"))
        for inner in [copy, *(path for path in copy.rglob("*") if path.is_dir())]:
            # A file where the cache folder would be: nobody writes there, not even root.
            (inner / "__pycache__").write_text("")
        environment = {
            k: v for k, v in os.environ.items() if k not in ("NUMBA_CACHE_DIR", "XDG_CACHE_HOME")
        }
        environment["PYTHONPATH"] = str(copy.parent)
        environment["HOME"] = str(cache / "home")
        rows.append(["read-only package, writable home", *first_call(environment)])
        rows.append(["... a later process", *first_call(environment)])
        nowhere = Path(folder) / "file"
        nowhere.write_text("")
        environment["HOME"] = str(nowhere)
        environment["XDG_CACHE_HOME"] = str(nowhere / "cache")
        rows.append(["read-only package, nowhere to write", *first_call(environment)])
    table(["", "import s", "first matrix s", "first pairs s", "CPU s in all", "machine code"], rows)


def first_call(environment):
    """Return the times of a process that makes the first calls."""
    result = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", FIRST_CALL],
        capture_output=True,
        text=True,
        env=environment,
    )
    if result.returncode:
        return ["failed", result.stderr.strip().splitlines()[-1].split(":")[0], "", "", ""]
    *times, kind = result.stdout.split()
    return [*(f"{float(t):.2f}" for t in times), "none" if kind == "NullCache" else "on disk"]


def main():
    """Read the command line and run one sub-command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--sessions", help="real sessions, JSON lines, gzip")
    shared.add_argument("--vectors", help="their vectors: words, int8 vectors, scale (npz)")
    shared.add_argument("--most", type=int, default=10, help="at most so many, the longest first")
    sub = commands.add_parser("compare", parents=[shared], help="speed and exactness beside peers")
    sub.add_argument("--turns", type=int, default=300)
    sub.add_argument("--seeds", type=int, default=4, help="synthetic sessions")
    sub.add_argument("--sample", type=int, default=3000, help="pairs per session for the peers")
    sub.add_argument("--rounds", type=int, default=15)
    sub.set_defaults(run=run_compare)
    sub = commands.add_parser("corpus", parents=[shared], help="all pairs of real sessions")
    sub.set_defaults(run=run_corpus)
    sub = commands.add_parser("curve", help="time and memory over turns")
    sub.add_argument("--most", type=int, default=3000)
    sub.set_defaults(run=run_curve)
    sub = commands.add_parser("threads", help="scaling on the threads of numba")
    sub.add_argument("--turns", type=int, default=300)
    sub.add_argument("--rounds", type=int, default=25)
    sub.set_defaults(run=run_threads)
    sub = commands.add_parser("start", help="first calls: compilation, cache, read-only install")
    sub.set_defaults(run=run_start)
    sub = commands.add_parser("fuzz", help="random and adversarial pairs beside POT")
    sub.add_argument("--pairs", type=int, default=100_000)
    sub.set_defaults(run=run_fuzz)
    options = parser.parse_args()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        machine()
        options.run(options)


if __name__ == "__main__":
    main()
