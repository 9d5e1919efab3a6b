"""What likeness scores of the alliance are worth: artefact, coverage, speed, ratings. Markdown.

    python benchmarks/evidence/compass.py DATA [--sessions N] > compass.md

DATA is a folder with annomi/ and kokorochat/ as the README of each describes them. Only aggregate
numbers are printed.
"""

from __future__ import annotations

import argparse
import csv
import itertools
import time
from pathlib import Path

import numpy as np

import alliance_features as af
from alliance_features.features.measured_alliance import SessionAlliance
from alliance_features.features.measures.alliance import shipped_scorer
from alliance_features.features.measures.alliance_keys import key_null
from alliance_features.features.measures.divergence import gap
from alliance_features.stats.bootstrap import cluster_bootstrap, paired_difference
from alliance_features.stats.intervals import t_of_cluster_means
from alliance_features.text.tokens import tokenize
from alliance_features.wai import instrument

SCALES = ("goal", "task", "bond")
METHODS = ("cosine", "centred", "counter", "null_z")


def _keys() -> dict[str, dict[int, int]]:
    """Return the key of the 36-item instrument by place, from 0."""
    known = instrument("WAI-36")
    return {s: {i - 1: sign for i, sign in known.signs(s).items()} for s in SCALES}


def _gap(scores: np.ndarray, therapist: np.ndarray, key: dict[int, int]) -> float:
    total = scores[:, list(key)] @ np.array(list(key.values()), dtype=float)
    return float(total[therapist].mean() - total[~therapist].mean())


def artefact(offset: float = 0.1, sessions: int = 200, turns: int = 60) -> None:
    """Shift the therapist's likeness to all items alike; 36-item key and a balanced one."""
    rng = np.random.default_rng(11)
    balanced = {s: {6 * n + i: 1 if i < 3 else -1 for i in range(6)} for n, s in enumerate(SCALES)}
    rows: dict[str, list[list[float]]] = {}
    for _ in range(sessions):
        therapist = np.arange(turns) % 2 == 0
        base = 0.3 + 0.05 * rng.standard_normal((turns, 36))
        length = rng.integers(0, 3, turns)  # three bins, each with a level of its own
        raw = base + 0.04 * length[:, None] + offset * therapist[:, None]
        level = 0.3 + 0.04 * length[:, None]  # what a neutral bank by length has
        shift = offset * therapist[:, None]
        denied = level + shift + 0.05 * rng.standard_normal((turns, 36))
        kinds = {
            "cosine": raw,
            "counter, denials share the offset": raw - denied,
            "centred": raw - raw.mean(axis=1, keepdims=True),
            "null_z, the bank of the speaker shares the offset": (raw - level - shift) / 0.05,
            "null_z, the bank does not": (raw - level) / 0.05,
            "cosine, one version for both, if the wording makes the offset": raw - shift,
        }
        for name, scores in kinds.items():
            gaps = [_gap(scores, therapist, key) for key in _keys().values()]
            rows.setdefault(f"{name}, 36-item key", []).append(gaps)
        gaps = [_gap(raw[:, :18], therapist, key) for key in balanced.values()]
        rows.setdefault("cosine, balanced key (18 statements)", []).append(gaps)
        items = raw[therapist].mean(axis=0) - raw[~therapist].mean(axis=0)
        z = [key_null(items[list(k)], list(k.values())).z for k in _keys().values()]
        rows.setdefault("cosine, z against other keys, 36-item key", []).append(z)
    print(f"### A uniform offset of {offset} in the therapist's likeness, {sessions} sessions\n")
    print("| score | goal gap | task gap | bond gap |\n|---|---|---|---|")
    for name, found in rows.items():
        array = np.array(found)
        mean, error = array.mean(axis=0), array.std(axis=0, ddof=1) / np.sqrt(len(array))
        cells = [f"{m:+.3f} (SE {e:.3f})" for m, e in zip(mean, error, strict=True)]
        print(f"| {name} | {' | '.join(cells)} |")
    print("\nExpected under `cosine` sums: 0, 2 and 6 times the offset.\n")


def coverage(corpora: int, sessions: int = 12, turns: int = 40) -> None:
    """How often intervals of a mean gap of 0 hold it in a condition of 12 sessions."""
    rng = np.random.default_rng(12)
    print(f"### Coverage of the 95 % interval of a mean gap in {sessions} sessions\n")
    print(
        f"Gap 0; SD of clients .35, of sessions .35, of turns 1; {turns} turns of each speaker; "
        f"{corpora:,} corpora.\n"
    )
    print("| data | interval | coverage (95 % of the estimate) |\n|---|---|---|")
    for label, per in (("12 clients, a session each", 1), ("6 clients, two sessions each", 2)):
        hits = {"t of cluster means (ours below 30)": 0, "cluster bootstrap": 0, "pooled turns": 0}
        clusters = [place // per for place in range(sessions)]
        for _ in range(corpora):
            client = 0.35 * rng.standard_normal(sessions // per)
            shift = client[clusters] + 0.35 * rng.standard_normal(sessions)
            own = shift[:, None] + rng.standard_normal((sessions, turns))
            other = rng.standard_normal((sessions, turns))
            gaps = own.mean(axis=1) - other.mean(axis=1)
            zeros = np.zeros(sessions)
            found = t_of_cluster_means(gaps, clusters)
            boot = cluster_bootstrap(zeros, gaps, clusters, metrics=("bias",), draws=500)["bias"]
            se = np.sqrt(own.var(ddof=1) / own.size + other.var(ddof=1) / other.size)
            hits["t of cluster means (ours below 30)"] += found.low <= 0 <= found.high
            hits["cluster bootstrap"] += boot.low <= 0 <= boot.high
            hits["pooled turns"] += abs(own.mean() - other.mean()) <= 1.96 * se
        for name, count in hits.items():
            share = count / corpora
            error = 1.96 * np.sqrt(share * (1 - share) / corpora)
            print(
                f"| {label} | {name} | {share:.3f} ({share - error:.3f} to {share + error:.3f}) |"
            )
    print()


class Scored:
    """Client and therapist means of sessions by scale and method, and how long it took."""

    def __init__(self) -> None:
        self.scorer = shipped_scorer(af.load_vectors(None))
        for speaker, method in itertools.product(("client", "therapist"), METHODS):
            if method == "null_z":
                self.scorer.null(speaker, speaker)
            self.scorer.statements(speaker, negated=method == "counter")
        self.rows: list[dict[str, float]] = []
        self.turns, self.seconds, self.encoder, self.scoring = 0, 0.0, 0.0, 0.0

    def add(self, session: af.Session) -> None:
        """Score a session."""
        begin = time.perf_counter()
        turns = af.merge_turns(session)
        table = tokenize(turns, session.language)
        tokens = [table.tokens(place) for place in range(len(turns))]
        middle = time.perf_counter()
        roles = [turn.role for turn in turns]
        scored = SessionAlliance(self.scorer, [turn.text for turn in turns], tokens, roles)
        ready = time.perf_counter()
        own = scored.items("cosine")
        done = time.perf_counter()
        row: dict[str, float] = {"words": float(sum(map(len, tokens))), "turns": float(len(turns))}
        for role in ("client", "therapist"):
            who = scored.therapist if role == "therapist" else ~scored.therapist
            for method, scale in itertools.product(METHODS, SCALES):
                values = scored.series(scale, method)[who]
                known = values[~np.isnan(values)]
                row[f"{role} {method} {scale}"] = known.mean() if known.size else np.nan
            length = sum(len(one) for one, r in zip(tokens, roles, strict=True) if r == role)
            row[f"{role} words"] = float(length)
        for method, scale in itertools.product(METHODS, SCALES):
            row[f"gap {method} {scale}"] = (
                row[f"therapist {method} {scale}"] - row[f"client {method} {scale}"]
            )
        for scale in SCALES:
            values = scored.series(scale, "cosine", "observer")
            row[f"gap observer {scale}"] = gap(values, scored.therapist)
            row[f"keys {scale}"] = scored.keys(scale).z
        self.rows.append(row)
        self.turns += own.shape[0]
        self.seconds += done - begin
        self.encoder += ready - middle
        self.scoring += done - ready

    def speed(self, name: str) -> None:
        """Print how long it took."""
        share, scoring = self.encoder / self.seconds, self.scoring / self.seconds
        print(
            f"{name}: {len(self.rows):,} sessions, {self.turns:,} merged turns, "
            f"{self.turns / self.seconds:,.0f} turns a second in one process (encoder "
            f"{share:.0%}, scores {scoring:.0%}, tokens the rest).\n"
        )

    def column(self, name: str) -> np.ndarray:
        """Return one number a session."""
        return np.array([row[name] for row in self.rows])


def _rows(path: Path) -> dict[str, dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return {row["session_id"]: row for row in csv.DictReader(stream)}


def annomi(folder: Path, most: int | None) -> None:
    """Speed, and gaps by the quality shown, clustered in videos."""
    labels, scored, kept = _rows(folder / "ratings.csv"), Scored(), []
    for session in itertools.islice(af.read_sessions(folder / "sessions_en.jsonl.gz"), most):
        scored.add(session)
        kept.append(labels[session.session_id])
    print("## AnnoMI\n")
    scored.speed("AnnoMI")
    print("observer: cosine, the same wording for both speakers.\n")
    print("| gap (therapist less client) | quality | sessions | mean | 95 % interval |")
    print("|---|---|---|---|---|")
    for method, scale in itertools.product(("cosine", "observer", "null_z"), SCALES):
        gaps = scored.column(f"gap {method} {scale}")
        for quality in ("high", "low"):
            rows = [n for n, one in enumerate(kept) if one["mi_quality"] == quality]
            rows = [n for n in rows if not np.isnan(gaps[n])]
            clusters = [kept[n]["video_url"] for n in rows]
            zeros = np.zeros(len(rows))
            if len(set(clusters)) >= 30:
                found = cluster_bootstrap(zeros, gaps[rows], clusters, metrics=("bias",))["bias"]
            else:
                found = t_of_cluster_means(gaps[rows], clusters)
            print(
                f"| {method} {scale} | {quality} | {len(rows)} | {found.estimate:+.4f} | "
                f"{found.low:+.4f} to {found.high:+.4f} |"
            )
    z = [float(np.nanmean(scored.column(f"keys {scale}"))) for scale in SCALES]
    print(
        f"\nMean z of the gap among other keys (goal, task, bond): {z[0]:+.2f}, {z[1]:+.2f}, "
        f"{z[2]:+.2f}.\n"
    )


def kokorochat(folder: Path, most: int | None) -> None:
    """Client-side scores beside length alone, against the client's rating."""
    ratings, scored, kept = _rows(folder / "ratings.csv"), Scored(), []
    for session in af.read_sessions(folder / "sessions_en.jsonl.gz"):
        row = ratings[session.session_id]
        if float(row["score"]) > 98 or float(row["score"]) != float(row["item_sum"]):
            continue
        scored.add(session)
        kept.append(row)
        if most is not None and len(kept) >= most:
            break
    print("## KokoroChat (English translation of typed role play, development half)\n")
    scored.speed("KokoroChat")
    targets = {
        "goal": [float(r["helped_identify_goals"]) for r in kept],
        "task": [
            float(r["offered_actionable_suggestions"])
            + float(r["thought_through_concerns_together"])
            for r in kept
        ],
        "bond": [float(r["felt_respected"]) + float(r["felt_heard_and_understood"]) for r in kept],
    }
    clients = [row["client_id"] for row in kept]
    length = np.log(scored.column("client words") + scored.column("therapist words"))
    length = np.where(np.isfinite(length), length, np.nan)
    print("Proxies of the scales (no WAI); Spearman, 95 % client bootstrap.\n")
    print("| scale | score | rho with the client's rating | less that of log words |")
    print("|---|---|---|---|")
    for scale in SCALES:
        y = np.array(targets[scale])
        base = cluster_bootstrap(y, length, clients, metrics=("spearman",))["spearman"]
        print(f"| {scale} | log words of the session | {_shown(base)} | |")
        for name in (
            *(f"client {method} {scale}" for method in METHODS if method != "centred"),
            f"therapist cosine {scale}",
            f"gap cosine {scale}",
            f"gap null_z {scale}",
        ):
            x = scored.column(name)
            found = cluster_bootstrap(y, x, clients, metrics=("spearman",))["spearman"]
            less = paired_difference(y, x, length, clients, metric="spearman")
            print(f"| {scale} | {name.rsplit(' ', 1)[0]} | {_shown(found)} | {_shown(less)} |")
        own = _partial(y, scored.column(f"client cosine {scale}"), length, scored, clients)
        print(f"| {scale} | client cosine, partial on log words, turns | {own} | |")
    print()


def _shown(found: object) -> str:
    return f"{found.estimate:+.3f} ({found.low:+.3f} to {found.high:+.3f})"  # type: ignore[attr-defined]


def _partial(
    y: np.ndarray, x: np.ndarray, length: np.ndarray, scored: Scored, clients: list[str]
) -> str:
    """Return the correlation of ranks less what length and turns explain."""
    turns = np.log(scored.column("turns"))
    known = ~np.isnan(x) & ~np.isnan(length)

    def ranks(values: np.ndarray) -> np.ndarray:
        return np.argsort(np.argsort(values[known], kind="stable")).astype(float)

    design = np.column_stack([np.ones(int(known.sum())), ranks(length), ranks(turns)])
    rests = [v - design @ np.linalg.lstsq(design, v, rcond=None)[0] for v in (ranks(y), ranks(x))]
    who = [client for client, has in zip(clients, known, strict=True) if has]
    return _shown(cluster_bootstrap(rests[0], rests[1], who)["pearson"])


def polarity() -> None:
    """Whether the shipped encoder tells straight from reversed statements."""
    scorer = shipped_scorer(af.load_vectors(None))
    print(
        "## The encoder\n\nMean of the shipped vectors, words weighted by rank. Share of keys "
        "that separate the statements at least as well as the right key (.10 passes):\n"
    )
    print("| version | goal | task | bond |\n|---|---|---|---|")
    for version in ("own", "observer"):
        found = scorer.polarity(version)
        cells = " | ".join(f"{found[s].p:.2f} ({found[s].separation:+.3f})" for s in SCALES)
        print(f"| {version} | {cells} |")
    same = [
        float((scorer.statements(f) * scorer.statements(f, negated=True)).sum(axis=1).mean())
        for f in ("client", "therapist")
    ]
    print(
        f"\nMean cosine of a statement with its denial: {same[0]:.3f} (client), {same[1]:.3f} "
        "(therapist).\n"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--sessions", type=int, help="so many of each set; all if left out")
    parser.add_argument("--corpora", type=int, default=2000)
    options = parser.parse_args()
    print("# Likeness scores of the alliance (COMPASS)\n\n## Simulations\n")
    artefact()
    coverage(options.corpora)
    polarity()
    annomi(options.data / "annomi", options.sessions)
    kokorochat(options.data / "kokorochat", options.sessions)


if __name__ == "__main__":
    main()
