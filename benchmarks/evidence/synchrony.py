"""How much of nCLiD is turn-by-turn synchrony, and what the measures go with.

    python benchmarks/evidence/synchrony.py DATA [--parts annomi,nulls,lend,kokoro]

DATA holds the folders `annomi` (Wu et al. 2022, 2023), `empathy_llm_vs_human` (Kumar et al. 2025)
and `kokorochat` (Qi et al. 2025; Suzuki et al. 2026), each with `sessions_en.jsonl.gz` and
`ratings.csv`. Prints Markdown, aggregate numbers only: the generated section of
`docs/evidence.md`. Intervals are 95 % percentile bootstraps.
"""

from __future__ import annotations

import argparse
import csv
import tempfile
import time
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
from resampled import Resampler, cell, table
from synchrony_nulls import planted, shuffled, strangers
from synchrony_ratings import kokoro, lend_an_ear, measures

import alliance_features as af
from alliance_features.commands.vectors import Settings, train_vectors
from alliance_features.transcript.source import Input

ROLES = ("therapist", "client")
OTHER = {"therapist": "client", "client": "therapist"}
MEASURES = tuple(
    (f"{title}, {role} answers", f"dyad__{name}_{OTHER[role] if 'anchor' in name else role}", end)
    for title, name, end in (
        ("nCLiD", "nclid__anchor", ""),
        ("uCLiD", "uclid__anchor", ""),
        ("distance to the turn before", "adjacent_wmd__responder", "__mean"),
    )
    for role in ROLES
)
SHUFFLES = 4
KINDS = ("circular", "shuffle", "pseudo")
Z = [f"{stem}__surrogate_{kind}__z" for _, stem, _ in MEASURES for kind in KINDS[:2]]


def column(rows: pa.Table, name: str) -> np.ndarray:
    """Return a column as floats, null as NaN."""
    return np.array(rows[name].to_pylist(), dtype=float)


def ratings_of(folder: Path) -> dict[str, dict[str, str]]:
    with (folder / "ratings.csv").open(newline="", encoding="utf-8") as stream:
        return {row["session_id"]: row for row in csv.DictReader(stream)}


class AnnoMI:
    """The corpus, measured, and its videos."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "sessions_en.jsonl.gz"
        self.sessions = list(af.read_sessions(self.path))
        facts = ratings_of(folder)
        self.videos = [facts[session.session_id]["video_url"] for session in self.sessions]
        self.boot = Resampler(self.videos)
        self.own = af.extract(self.sessions, features=["synchrony", "volume"])
        self.strangers = af.pseudo_dyads(self.sessions)

    def surrogate(self, stem: str, kind: str, statistic: str) -> np.ndarray:
        """Return a statistic of each session against one kind of surrogate."""
        rows = self.strangers if kind == "pseudo" else self.own
        return column(rows, f"{stem}__surrogate_{kind}__{statistic}")

    def mean(self, stem: str, end: str, kind: str) -> np.ndarray:
        """Return the mean of the surrogates of each session."""
        if kind == "own":
            return column(self.own, stem + end)
        return column(self.own, stem + end) / self.surrogate(stem, kind, "ratio")


def against_surrogates(corpus: AnnoMI) -> str:
    rows = []
    for title, stem, end in MEASURES:
        for kind in KINDS:
            z = corpus.surrogate(stem, kind, "z")
            lost = "-"
            if end == "":
                lost = cell(_median(corpus, corpus.surrogate(stem, kind, "survives")))
            rows.append(
                [
                    title,
                    kind,
                    int((~np.isnan(z)).sum()),
                    cell(corpus.boot.mean(corpus.surrogate(stem, kind, "ratio")), 3, sign=False),
                    cell(corpus.boot.mean(z)),
                    lost,
                    _low(corpus.boot, corpus.surrogate(stem, kind, "p"), kind),
                ]
            )
    header = ["measure", "surrogate", "sessions", "ratio", "z", "survives, median", "p <= .05"]
    return table(header, rows)


def _median(corpus: AnnoMI, x: np.ndarray) -> tuple[float, float, float]:
    """Return the median and its interval; means of this share do not exist for small savings."""
    known = ~np.isnan(x)
    order = np.argsort(x[known])
    weights = corpus.boot.weights[:, known][:, order].cumsum(axis=1)
    places = (weights < weights[:, -1:] / 2).sum(axis=1)
    low, high = np.percentile(x[known][order][places], [2.5, 97.5])
    return float(np.median(x[known])), float(low), float(high)


def decomposition(corpus: AnnoMI) -> str:
    rows = []
    for title, stem, end in MEASURES:
        values = {kind: corpus.mean(stem, end, kind) for kind in ("own", *KINDS)}
        known = ~np.isnan(np.array(list(values.values()))).any(axis=0)
        values = {kind: np.where(known, one, np.nan) for kind, one in values.items()}
        shares = [
            corpus.boot.ratio(values[kind] - values["own"], values["pseudo"] - values["own"])
            for kind in ("shuffle", "circular")
        ]
        agree = [
            corpus.boot.spearman(values["own"], values["shuffle"]),
            corpus.boot.spearman(values["own"], values["own"] / values["shuffle"]),
        ]
        means = [
            f"{np.nanmean(values[kind]):.4f}" for kind in ("pseudo", "circular", "shuffle", "own")
        ]
        rows.append([title, int(known.sum()), *means, *(cell(one) for one in shares + agree)])
    header = ["measure", "sessions", "strangers", "shifted", "shuffled", "as spoken"]
    header += ["share due to order (shuffle)", "the same (shift)"]
    return table([*header, "rho with its shuffled mean", "rho with its shuffle ratio"], rows)


def lengths(corpus: AnnoMI) -> str:
    turns, words = (column(corpus.own, f"dyad__{name}") for name in ("turns_n", "words_n"))
    rows = []
    for role in ROLES:
        for k in (1, 2, 3, 5):
            tail = "" if k == 3 else f"__k_{k}"
            one = column(corpus.own, f"dyad__nclid__anchor_{role}{tail}")
            whole = column(
                corpus.own,
                f"dyad__nclid__anchor_{role}{tail}" + ("" if k == 1 else "__windows_complete"),
            )
            every = column(corpus.own, f"dyad__nclid__anchor_{role}__cross_all{tail}")
            rows.append(
                [
                    OTHER[role],
                    k,
                    f"{np.nanmean(one):.3f}",
                    cell(corpus.boot.spearman(one, turns)),
                    cell(corpus.boot.spearman(one, words)),
                    cell(corpus.boot.spearman(whole, turns)),
                    cell(corpus.boot.spearman(every, turns)),
                    cell(corpus.boot.spearman(one, every), 3),
                ]
            )
    header = ["who answers", "k", "mean", "rho turns", "rho words"]
    header += ["rho turns, complete windows", "rho turns, cross all"]
    return table([*header, "rho following with all"], rows)


def other_vectors(corpus: AnnoMI) -> str:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "own.npz"
        train_vectors(Input(paths=[corpus.path]), path, Settings())
        names = [stem + end for _, stem, end in MEASURES] + Z
        other = af.extract(corpus.sessions, features=names, vectors=path)
    rows = []
    for title, stem, end in MEASURES:
        pairs = [(column(corpus.own, stem + end), column(other, stem + end))]
        z = f"{stem}__surrogate_shuffle__z"
        pairs.append((column(corpus.own, z), column(other, z)))
        known = [f"{np.nanmean(one):.3f}" for one in pairs[0]]
        rows.append([title, *known, *(cell(corpus.boot.spearman(*pair)) for pair in pairs)])
    header = ["measure", "mean, mini-en-96", "mean, trained here", "rho of the measure"]
    return table([*header, "rho of its shuffle z"], rows)


def mixed_of(corpus: AnnoMI) -> pa.Table:
    """Measure shuffled copies of the sessions, one corpus after another."""
    mixed = [
        shuffled(session, [repeat, place])
        for repeat in range(SHUFFLES)
        for place, session in enumerate(corpus.sessions)
    ]
    names = [name.replace("__z", f"__{what}") for name in Z for what in ("z", "p")]
    return af.extract(mixed, features=[*names, *(name for _, name in measures())])


def by_order(corpus: AnnoMI, mixed: pa.Table) -> str:
    rows = []
    for title, name in measures():
        if "surrogate" in name:
            continue
        own = column(corpus.own, name)
        copies = column(mixed, name).reshape(SHUFFLES, -1)
        lost = own - copies.mean(axis=0)
        known = ~np.isnan(lost)
        spread = lost[known].std()
        size = "0: does not know of order"
        if spread > 1e-9:
            size = cell(corpus.boot.mean(lost / spread))
        means = [f"{values[known].mean():.3f}" for values in (own, copies.mean(axis=0))]
        rows.append([title, int(known.sum()), *means, size])
    header = ["measure", "sessions", "as spoken", "shuffled", "mean difference / its sd"]
    return table(header, rows)


def nulls(corpus: AnnoMI, own: pa.Table) -> str:
    apart = strangers(corpus.sessions)
    pseudo = af.pseudo_dyads(apart)
    by_video = Resampler(corpus.videos * SHUFFLES)
    by_pair = Resampler([session.session_id for session in apart])
    rows = []
    for title, stem, _ in MEASURES:
        for kind in KINDS:
            source, boot = (pseudo, by_pair) if kind == "pseudo" else (own, by_video)
            z = column(source, f"{stem}__surrogate_{kind}__z")
            n = int((~np.isnan(z)).sum())
            p = column(source, f"{stem}__surrogate_{kind}__p")
            rows.append([title, kind, n, cell(boot.mean(z)), _low(boot, p, kind)])
    return table(["measure", "surrogate", "sessions", "mean z", "share p <= .05"], rows)


def _low(boot: Resampler, p: np.ndarray, kind: str) -> str:
    """Return the share of small p; ten pseudo-dyads allow none below 1 / 11."""
    if kind == "pseudo":
        return "-"
    return cell(boot.mean(np.where(np.isnan(p), p, p <= 0.05)), sign=False)


def sizes(corpus: AnnoMI) -> tuple[str, bool]:
    mixed = [shuffled(session, [0, place]) for place, session in enumerate(corpus.sessions)]
    names = [name for name in Z if "anchor_therapist" in name or "responder_client" in name]
    steps = (0.0, 0.1, 0.2, 0.4)
    found = [
        af.extract(
            [planted(session, share, place) for place, session in enumerate(mixed)], features=names
        )
        for share in steps
    ]
    means = {name: [corpus.boot.mean(column(rows, name)) for rows in found] for name in names}
    falls = all(
        later[0] < earlier[0] for line in means.values() for earlier, later in pairwise(line)
    )
    rows = [[f"`{name[6:-3]}`", *map(cell, line)] for name, line in means.items()]
    return table(["z of", *(f"share {step:g}" for step in steps)], rows), falls


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("data", type=Path, metavar="DATA")
    parser.add_argument("--parts", default="annomi,nulls,lend,kokoro")
    options = parser.parse_args()
    parts, clock = options.parts.split(","), time.process_time()
    if {"annomi", "nulls"} & {*parts}:
        corpus = AnnoMI(options.data / "annomi")
        n_videos = len(set(corpus.videos))
        print(f"### AnnoMI: {len(corpus.sessions)} sessions, {n_videos} videos\n")
    if "annomi" in parts:
        print("As spoken against surrogates:\n")
        print(against_surrogates(corpus))
        print("\nFrom strangers to the session as spoken, means over the same sessions:\n")
        print(decomposition(corpus))
        print("\nnCLiD and length, and the two conventions of the cross term:\n")
        print(lengths(corpus))
        print("\nOther vectors (word2vec of 100 dimensions, trained on AnnoMI itself):\n")
        print(other_vectors(corpus))
    if "nulls" in parts:
        print(f"\nNothing to find: turns of both shuffled, {SHUFFLES} times a session; for pseudo,")
        print("a therapist of one session with the client of another:\n")
        mixed = mixed_of(corpus)
        print(nulls(corpus, mixed))
        print(
            "\nWhat each measure owes to the order of turns: mean over sessions of its value less"
        )
        print(
            f"the mean of {SHUFFLES} shuffled copies, in standard deviations of that difference:\n"
        )
        print(by_order(corpus, mixed))
        shown, falls = sizes(corpus)
        print("\nPlanted: a share of the words of the client's turns, in shuffled sessions, is")
        print("replaced by words of the therapist's turn before. Mean z:\n")
        print(shown)
        print(f"\nEvery mean z falls from each size to the next: {'yes' if falls else 'no'}.")
    if "lend" in parts:
        print(lend_an_ear(options.data / "empathy_llm_vs_human"))
    if "kokoro" in parts:
        print(kokoro(options.data / "kokorochat"))
    print(f"\n{time.process_time() - clock:.0f} s of CPU.")


if __name__ == "__main__":
    main()
