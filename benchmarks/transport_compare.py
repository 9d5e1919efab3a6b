"""Whole sessions and turn lengths: the transport engine beside gensim and POT."""

from __future__ import annotations

import statistics
import warnings

import numpy as np
from transport_sessions import Session, middle, real_sessions, synthetic_turns, table, timed

from alliance_features.kernels.transport import all_pairs, ground_distances, listed_pairs

BUCKETS = ((1, 1), (2, 5), (6, 10), (11, 20), (21, 40), (41, 10**6))


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


def compare(name, sessions, sample, rounds):
    """Compare whole sessions and turn lengths; largest difference from POT beside each ratio."""
    n_pairs = statistics.mean(len(s.pairs[0]) for s in sessions)
    print(
        f"### {name}: {len(sessions)} sessions, {sum(s.n_turns for s in sessions)} turns, "
        f"vocabulary {statistics.mean(len(s.points) for s in sessions):.0f}, "
        f"unique words per turn {np.mean([w.size for s in sessions for w in s.words]):.1f}\n"
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
            "CPU s per session",
            "us per pair",
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
        f"Peers: {sample} random pairs per session, interleaved, scaled to {n_pairs:.0f}; "
        f"ours: all pairs, matrix included. Stages: matrix {1e3 * matrix:.1f} ms, pairs "
        f"{1e3 * pairs:.1f} ms. Floor (matrix, and gathering the costs of all pairs in compiled "
        f"code): {1e3 * (matrix + gather):.1f} ms; ours takes "
        f"{median['ours'] / (matrix + gather):.1f}x that.\n"
    )
    table(
        [
            "us per pair by larger number of unique words",
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
