"""Exactness of the transport engine: random and adversarial pairs, and real ones, beside POT."""

from __future__ import annotations

import numpy as np
from transport_sessions import Session, real_sessions, synthetic_turns, table, timed

from alliance_features.kernels.transport import all_pairs, ground_distances


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
