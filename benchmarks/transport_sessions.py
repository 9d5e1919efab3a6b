"""What the transport benchmarks measure on, and how they time and print it."""

from __future__ import annotations

import gzip
import json
import os
import platform
import re
import statistics
import time

import numpy as np

from alliance_features.kernels.transport import all_pairs, ground_distances


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
