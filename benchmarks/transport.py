"""Speed and exactness of the transport engine beside gensim and POT, in one process.

Every sub-command prints Markdown. Times are CPU times of one thread (`time.thread_time`), the
methods interleaved pair by pair or round by round, medians with the range; only `threads` and
`start` report wall times. Synthetic sessions are drawn from a seed; real ones come from a file of
sessions (JSON lines) and a file of vectors. No word of a transcript is printed.
"""

from __future__ import annotations

import argparse
import gzip
import importlib.util
import json
import os
import platform
import re
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

from alliance_features.kernels.transport import (
    all_pairs,
    ground_distances,
    listed_pairs,
)

BUCKETS = ((1, 1), (2, 5), (6, 10), (11, 20), (21, 40), (41, 10**6))


# --- What is measured -------------------------------------------------------------------------


def synthetic_turns(seed, n_turns=300, dimensions=300, n_types=1500):
    """Draw turns of a Zipf vocabulary with topic drift, and clustered unit vectors for it.

    Turn lengths are log-normal (median 10 tokens, mean near 16); vectors are float32 and share
    a mean direction, as those of language models do.
    """
    rng = np.random.default_rng(seed)
    common = rng.normal(size=dimensions)
    common /= np.linalg.norm(common)
    noise = rng.normal(size=(n_types, dimensions)) / np.sqrt(dimensions)
    centers = rng.normal(size=(100, dimensions)) / np.sqrt(dimensions)
    vectors = 0.45 * common + 0.6 * centers[rng.integers(0, 100, n_types)] + 0.75 * noise
    frequency = 1.0 / np.arange(1, n_types + 1)
    spelled = rng.permutation(n_types)
    lengths = np.exp(rng.normal(np.log(10.0), 0.95, n_turns)).round().clip(1, 150).astype(int)
    turns = []
    topic = np.ones(n_types)
    for t, length in enumerate(lengths):
        if t % 15 == 0:
            topic = np.where(rng.random(n_types) < 0.1, 6.0, 1.0)
        weights = frequency * topic
        turns.append(spelled[rng.choice(n_types, length, p=weights / weights.sum())])
    return turns, vectors


class Session:
    """One session: bags, unit vectors of its own vocabulary, and what the peers want of it."""

    def __init__(self, turns, vectors):
        words = np.unique(np.concatenate(turns))
        self.turns = [np.searchsorted(words, turn) for turn in turns]
        single = vectors[words].astype(np.float32).astype(np.float64)
        self.points = single / np.linalg.norm(single, axis=1)[:, None]
        counted = [np.unique(turn, return_counts=True) for turn in self.turns]
        self.words = [ids.astype(np.int64) for ids, _ in counted]
        self.shares = [counts / counts.sum() for _, counts in counted]
        self.bags = (
            np.concatenate([ids for ids, _ in counted]).astype(np.int32),
            np.concatenate([counts for _, counts in counted]).astype(np.int64),
            np.cumsum([0, *(ids.size for ids, _ in counted)]),
        )
        self.ground = ground_distances(self.points)
        self.n_turns = len(turns)
        self.pairs = np.triu_indices(self.n_turns, 1)

    def distances(self):
        """Do the whole job of a session: the ground matrix, then all pairs."""
        return all_pairs(ground_distances(self.points), *self.bags)


def real_sessions(sessions_path, vectors_path, most):
    """Read sessions as bags of words with a vector; a plain tokeniser unless there is ours."""
    with np.load(vectors_path, allow_pickle=False) as archive:
        vocabulary = {
            word: k for k, word in enumerate(bytes(archive["words"]).decode().split("\n"))
        }
        vectors = archive["vectors"] * archive["scale"]
    try:
        from alliance_features import Session as Transcript
        from alliance_features import Turn, turn_tokens
    except ImportError:
        turn_tokens = None
    sessions = []
    with gzip.open(sessions_path, "rt", encoding="utf-8") as lines:
        for line in lines:
            record = json.loads(line)
            if turn_tokens is None:
                said = [
                    re.findall(r"[^\W_]+(?:['’-][^\W_]+)*", t["text"].lower())
                    for t in record["turns"]
                ]
            else:
                turns = [Turn(role=t["role"], text=t["text"]) for t in record["turns"]]
                said = turn_tokens(
                    Transcript(
                        session_id=record["session_id"], language=record["language"], turns=turns
                    )
                )
            known = [[vocabulary[w] for w in turn if w in vocabulary] for turn in said]
            known = [np.array(turn) for turn in known if turn]
            if len(known) > 1:
                sessions.append((known, vectors))
    sessions.sort(key=lambda session: -len(session[0]))
    return [Session(*session) for session in sessions[:most]]


# --- The peers --------------------------------------------------------------------------------


def peers(session):
    """Return a function of a pair for each method that solves one pair a call."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import ot
        from gensim.models import KeyedVectors
        from ot.lp.emd_wrap import emd_c
    ground, words, shares = session.ground, session.words, session.shares
    keyed = KeyedVectors(session.points.shape[1])
    keyed.add_vectors([str(k) for k in range(len(session.points))], session.points.astype("f4"))
    keyed.fill_norms()
    documents = [[str(w) for w in turn] for turn in session.turns]

    def pot(s, t):
        return ot.emd2(shares[s], shares[t], ground[np.ix_(words[s], words[t])])

    def raw(s, t):
        cost = ground[words[s][:, None], words[t]]
        return emd_c(shares[s], shares[t], cost, 100_000, 1)[1]

    return {
        "gensim `wmdistance`": lambda s, t: keyed.wmdistance(documents[s], documents[t]),
        "POT `emd2`, slice of a shared matrix": pot,
        "POT raw `emd_c`, slice": raw,
    }


def timed(function):
    """Return the result and the CPU seconds of this thread."""
    start = time.thread_time()
    result = function()
    return result, time.thread_time() - start


def middle(values, digits=2):
    """Return a median with its range."""
    low, high = min(values), max(values)
    return f"{statistics.median(values):.{digits}f} ({low:.{digits}f}-{high:.{digits}f})"


def table(head, rows):
    """Print a Markdown table."""
    print("| " + " | ".join(head) + " |")
    print("|" + "---|" * len(head))
    for row in rows:
        print("| " + " | ".join(str(cell) for cell in row) + " |")
    print(flush=True)


def machine():
    """Describe versions, processor and load."""
    import gensim
    import llvmlite.binding
    import numba
    import ot

    features = llvmlite.binding.get_host_cpu_features()
    vector = next((f for f in ("avx512f", "avx2", "neon", "sse2") if features.get(f)), "none")
    load = f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"
    print(
        f"Python {platform.python_version()}, numpy {np.__version__}, numba {numba.__version__}, "
        f"gensim {gensim.__version__}, POT {ot.__version__}; {platform.machine()} "
        f"({llvmlite.binding.get_host_cpu_name()}, {vector}), {os.cpu_count()} cores, "
        f"load average {load} at the start.\n"
    )


# --- Sub-commands -----------------------------------------------------------------------------


def compare(name, sessions, sample, rounds):
    """Compare whole sessions and turn lengths; largest difference from POT beside each ratio."""
    n_pairs = statistics.mean(len(s.pairs[0]) for s in sessions)
    print(
        f"### {name}: {len(sessions)} sessions, {sum(s.n_turns for s in sessions)} turns, "
        f"vocabulary {statistics.mean(len(s.points) for s in sessions):.0f}, "
        f"unique words a turn {np.mean([w.size for s in sessions for w in s.words]):.1f}\n"
    )
    sessions[0].distances()
    names = list(peers(sessions[0]))
    seconds = {method: [] for method in [*names, "ours"]}
    worst = dict.fromkeys([*names, "ours"], 0.0)
    stages = {"matrix": [], "pairs": [], "gather": []}
    by_length = {method: {bucket: [] for bucket in BUCKETS} for method in [*names, "ours"]}
    for number, session in enumerate(sessions):
        rng = np.random.default_rng(number)
        left, right = session.pairs
        chosen = np.sort(rng.permutation(left.size)[:sample])
        methods = peers(session)
        for method in methods.values():
            method(left[0], right[0])
        found = session.distances()
        values = {method: np.empty(chosen.size) for method in methods}
        spent = {method: np.empty(chosen.size) for method in methods}
        ours = []
        blocks = np.array_split(np.arange(chosen.size), rounds)
        for block in blocks:
            _, cpu = timed(session.distances)
            ours.append(cpu)
            for k in block:
                s, t = left[chosen[k]], right[chosen[k]]
                for method, solve in methods.items():
                    values[method][k], spent[method][k] = timed(lambda f=solve, s=s, t=t: f(s, t))
        pot = values["POT `emd2`, slice of a shared matrix"]
        scale = left.size / chosen.size
        for method in methods:
            seconds[method].append(spent[method].sum() * scale)
            worst[method] = max(worst[method], np.abs(values[method] - pot).max())
        seconds["ours"].append(statistics.median(ours))
        mine = found[left[chosen], right[chosen]]
        worst["ours"] = max(worst["ours"], np.abs(mine - pot).max())
        sizes = np.array([w.size for w in session.words])
        longest = np.maximum(sizes[left], sizes[right])
        for low, high in BUCKETS:
            for method in methods:
                part = spent[method][(longest[chosen] >= low) & (longest[chosen] <= high)]
                by_length[method][low, high].extend(part * 1e6)
            part = np.flatnonzero((longest >= low) & (longest <= high))
            if part.size >= 300:
                pairs = left[part], right[part]
                _, cpu = timed(lambda p=pairs, s=session: listed_pairs(s.ground, *s.bags, *p))
                by_length["ours"][low, high].append(cpu / part.size * 1e6)
        stages["matrix"].append(
            statistics.median(
                timed(lambda s=session: ground_distances(s.points))[1] for _ in range(5)
            )
        )
        stages["pairs"].append(
            statistics.median(
                timed(lambda s=session: all_pairs(s.ground, *s.bags))[1] for _ in range(5)
            )
        )
        stages["gather"].append(gather_seconds(session))
    median = {method: statistics.median(values) for method, values in seconds.items()}
    table(
        [
            "method",
            "CPU s a session",
            "us a pair",
            "ours is faster by",
            "largest abs. difference from POT",
        ],
        [
            [
                method,
                middle(values, 4),
                f"{median[method] / n_pairs * 1e6:.2f}",
                f"{statistics.median(np.array(values) / np.array(seconds['ours'])):.1f}x",
                f"{worst[method]:.1e}",
            ]
            for method, values in seconds.items()
        ],
    )
    matrix, pairs, gather = (statistics.median(stages[k]) for k in ("matrix", "pairs", "gather"))
    print(
        f"Peers: {sample} random pairs a session, interleaved, scaled to {n_pairs:.0f}; ours: all "
        f"pairs, matrix included. Stages: matrix {1e3 * matrix:.1f} ms, pairs "
        f"{1e3 * pairs:.1f} ms. Floor (matrix, and gathering the costs of all pairs in compiled "
        f"code): {1e3 * (matrix + gather):.1f} ms; ours takes "
        f"{median['ours'] / (matrix + gather):.1f}x that.\n"
    )
    table(
        [
            "us a pair by larger number of unique words",
            *(f"{a}-{b if b < 10**5 else ''}" for a, b in BUCKETS),
        ],
        [
            [method, *(f"{np.mean(buckets[b]):.2f}" if buckets[b] else "" for b in BUCKETS)]
            for method, buckets in by_length.items()
        ],
    )
    print("(Ours by length from `listed_pairs`, which shares no work between pairs.)\n")


def gather_seconds(session):
    """Return the CPU seconds of copying the cost block of every pair."""
    gather = compiled_gather()
    ids, _, offsets = session.bags
    room = np.empty(np.diff(offsets).max() ** 2)
    gather(session.ground, ids, offsets, room)
    return statistics.median(
        timed(lambda: gather(session.ground, ids, offsets, room))[1] for _ in range(5)
    )


def compiled_gather():
    """Return a compiled loop that gathers costs and does nothing with them."""
    from numba import njit

    @njit
    def gather(ground, ids, offsets, room):
        n = offsets.size - 1
        for s in range(n):
            for t in range(s + 1, n):
                k = 0
                for i in range(offsets[s], offsets[s + 1]):
                    for j in range(offsets[t], offsets[t + 1]):
                        room[k] = ground[ids[i], ids[j]]
                        k += 1

    if not hasattr(compiled_gather, "kept"):
        compiled_gather.kept = gather
    return compiled_gather.kept


def run_compare(options):
    """Compare on synthetic and, where given, real sessions."""
    for dimensions in (300, 96):
        sessions = [
            Session(*synthetic_turns(seed, options.turns, dimensions))
            for seed in range(options.seeds)
        ]
        compare(f"Synthetic, {dimensions} dimensions", sessions, options.sample, options.rounds)
    if options.sessions:
        sessions = real_sessions(options.sessions, options.vectors, options.most)
        compare("Real, the longest sessions", sessions, options.sample, options.rounds)


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
        ["turns", "pairs", "vocabulary", "CPU s", "us a pair", "peak memory MB", "of it before"],
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


def run_fuzz(options):
    """Compare random pairs and adversarial families with POT at the tolerance of the project."""
    rows = []
    for name, batches in fuzz_families(options.pairs):
        n_pairs, failed, worst, relative, seconds = 0, 0, 0.0, 0.0, 0.0
        for ground, turns, metric in batches:
            session = Bags(turns, ground)
            found, cpu = timed(lambda s=session, m=metric: all_pairs(s.ground, *s.bags, metric=m))
            seconds += cpu
            left, right = np.triu_indices(len(turns), 1)
            expected = session.pot(left, right)
            gap = np.abs(found[left, right] - expected)
            failed += int((gap > 1e-9 * expected + 1e-12 * ground.max()).sum())
            worst = max(worst, (gap / max(ground.max(), 1e-300)).max())
            above = expected > 1e-9 * ground.max()
            if above.any():
                relative = max(relative, (gap[above] / expected[above]).max())
            n_pairs += gap.size
        rows.append([name, n_pairs, failed, f"{worst:.1e}", f"{relative:.1e}", f"{seconds:.2f}"])
    table(
        ["family", "pairs", "outside the tolerance", "largest difference / largest distance",
         "largest relative difference", "CPU s, ours"],
        rows,
    )  # fmt: skip
    print(f"{sum(row[1] for row in rows)} pairs, {sum(row[2] for row in rows)} outside.\n")


class Bags:
    """Turns over a ground matrix, for POT and for us."""

    def __init__(self, turns, ground):
        counted = [np.unique(turn, return_counts=True) for turn in turns]
        self.words = [ids for ids, _ in counted]
        self.shares = [counts / counts.sum() for _, counts in counted]
        self.ground = ground
        self.bags = (
            np.concatenate(self.words).astype(np.int32),
            np.concatenate([counts for _, counts in counted]).astype(np.int64),
            np.cumsum([0, *(ids.size for ids in self.words)]),
        )

    def pot(self, left, right):
        """Return POT's distances of the pairs."""
        from ot.lp.emd_wrap import emd_c

        out = np.empty(left.size)
        for k, (s, t) in enumerate(zip(left, right, strict=True)):
            cost = self.ground[self.words[s][:, None], self.words[t]]
            plan, value, _, _, code = emd_c(self.shares[s], self.shares[t], cost, 10**8, 1)
            # 1 is optimal. Its own value is summed in float; the plan is the same to rounding.
            out[k] = value if code == 1 else (plan * cost).sum()
        return out


def fuzz_families(n_pairs):
    """Yield families: a name and batches of (ground, turns, metric)."""

    def batches(share, size, make):
        for seed in range(max(1, int(share * n_pairs / (size * (size - 1) / 2)))):
            yield make(np.random.default_rng(seed), size)

    def zipf(rng, size):
        turns, vectors = synthetic_turns(int(rng.integers(10**9)), size, int(rng.integers(2, 300)))
        session = Session(turns, vectors)
        return session.ground, session.turns, True

    def plain(vocabulary, dimensions, low, high, scale=1.0, metric=True):
        def make(rng, size):
            ground = ground_distances(scale * rng.normal(size=(vocabulary, dimensions)))
            turns = [rng.integers(0, vocabulary, rng.integers(low, high + 1)) for _ in range(size)]
            return ground if metric else ground**2, turns, metric

        return make

    def over(points, low, high):
        def make(rng, size):
            ground = ground_distances(points(rng))
            turns = [rng.integers(0, len(ground), rng.integers(low, high)) for _ in range(size)]
            return ground, turns, True

        return make

    def ties(rng, size):
        return (
            1.0 - np.eye(60),
            [rng.integers(0, 60, rng.integers(1, 50)) for _ in range(size)],
            True,
        )

    def identical(rng, size):
        base = rng.integers(0, 50, 12)
        ground = ground_distances(rng.normal(size=(50, 4)))
        return ground, [np.repeat(base, k + 1) for k in range(size)], True

    def equal(rng, size):
        ground = ground_distances(rng.normal(size=(200, 20)))
        return ground, [rng.permutation(200)[:25] for _ in range(size)], True

    def near(rng, size):
        points = 1.0 + 1e-9 * rng.normal(size=(60, 5))
        points[0] += 1.0
        ground = ground_distances(points)
        return ground, [rng.integers(1, 60, rng.integers(1, 30)) for _ in range(size)], True

    yield "Zipf, 2-300 dimensions", batches(0.5, 120, zipf)
    yield "12 words with repeats", batches(0.1, 100, plain(12, 3, 1, 30))
    yield "one-word turns", batches(0.03, 60, plain(60, 20, 1, 1))
    yield "identical and multiplied", batches(0.005, 30, identical)
    yield "equal lengths, no repeats", batches(0.05, 60, equal)
    yield "all costs tied", batches(0.1, 100, ties)
    yield (
        "on a line of integers",
        batches(0.05, 60, over(lambda r: np.arange(40.0)[:, None], 1, 40)),
    )
    yield (
        "duplicate vectors",
        batches(0.05, 60, over(lambda r: np.repeat(r.normal(size=(15, 5)), 4, axis=0), 1, 40)),
    )
    yield "near-zero costs and one far word", batches(0.05, 60, near)
    yield "raw vectors of large norm", batches(0.05, 60, plain(200, 50, 1, 60, 1e6))
    yield "squared distances, no cancellation", batches(0.03, 60, plain(80, 2, 1, 40, 1.0, False))
    yield "200 tokens", batches(0.01, 20, plain(1500, 30, 200, 200))
    yield "3,000 tokens", batches(0.0, 4, plain(2500, 30, 3000, 3000))


def run_corpus(options):
    """Compare all pairs of real sessions with POT."""
    worst, relative, n_pairs, failed = 0.0, 0.0, 0, 0
    sessions = real_sessions(options.sessions, options.vectors, options.most)
    for session in sessions:
        found = session.distances()
        left, right = session.pairs
        expected = Bags(session.turns, session.ground).pot(left, right)
        gap = np.abs(found[left, right] - expected)
        n_pairs += gap.size
        failed += int((gap > 1e-9 * expected + 1e-12 * session.ground.max()).sum())
        worst = max(worst, gap.max())
        relative = max(relative, (gap[expected > 0] / expected[expected > 0]).max())
    print(
        f"{len(sessions)} real sessions, {n_pairs} pairs: {failed} outside the tolerance; largest "
        f"difference from POT {worst:.1e}, relative {relative:.1e}.\n"
    )


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
    sub.add_argument("--sample", type=int, default=3000, help="pairs a session for the peers")
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
