"""What the measures of synchrony go with: expert and client ratings."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from resampled import Resampler, cell, table

import alliance_features as af

OF_ANCHOR = (
    ("nCLiD", "nclid__anchor_{}"),
    ("nCLiD, k = 1", "nclid__anchor_{}__k_1"),
    ("uCLiD", "uclid__anchor_{}"),
    ("nCLiD, shuffle z", "nclid__anchor_{}__surrogate_shuffle__z"),
    ("nCLiD, shuffle ratio", "nclid__anchor_{}__surrogate_shuffle__ratio"),
    ("nCLiD, circular z", "nclid__anchor_{}__surrogate_circular__z"),
)
OF_RESPONDER = (
    ("distance to the turn before", "adjacent_wmd__responder_{}__mean"),
    ("the same, shuffle z", "adjacent_wmd__responder_{}__surrogate_shuffle__z"),
    ("the same, shuffle ratio", "adjacent_wmd__responder_{}__surrogate_shuffle__ratio"),
    ("bag of words L1", "bow_l1__responder_{}"),
    ("bag of words L1, length-matched", "bow_l1_matched__responder_{}"),
    ("lexical overlap", "lexical_overlap__responder_{}"),
    ("lexical cosine", "lexical_cosine__responder_{}"),
    ("lexical cosine, n = 2", "lexical_cosine__n_2__responder_{}"),
    ("embedding cosine", "embedding_cosine__responder_{}"),
    ("rLSM", "rlsm__responder_{}"),
    ("coordination", "coordination__responder_{}"),
    ("SWAM", "swam__responder_{}"),
)
OF_LEADER = (
    ("lagged r of turn lengths", "lagged_r__leader_{}__series_words"),
    ("lagged r of first-person shares", "lagged_r__leader_{}__series_first_person"),
)
LENGTHS = ("therapist__words_n", "client__words_n", "dyad__turns_n")


def measures() -> Iterator[tuple[str, str]]:
    """Yield titles and columns; the title says who answers."""
    other = {"therapist": "client", "client": "therapist"}
    for role in other:
        answers = f"{role} answers"
        for title, name in OF_ANCHOR:
            yield f"{title}, {answers}", "dyad__" + name.format(other[role])
        for title, name in OF_RESPONDER:
            yield f"{title}, {answers}", "dyad__" + name.format(role)
        for title, name in OF_LEADER:
            yield f"{title}, {answers}", "dyad__" + name.format(other[role])
    yield "LSM", "dyad__lsm"
    yield "lagged peak of turn lengths", "dyad__lagged_peak_r__series_words"


class Measured:
    """Columns of measures and of lengths."""

    def __init__(self, sessions: list[af.Session]) -> None:
        names = [name for _, name in measures()]
        rows = af.extract(sessions, features=[*names, *LENGTHS])
        self.columns = {
            name: np.array(rows[name].to_pylist(), dtype=float) for name in (*names, *LENGTHS)
        }
        self.lengths = [np.log(np.maximum(self.columns[name], 1)) for name in LENGTHS]


def _known(x: np.ndarray) -> int:
    return int((~np.isnan(x)).sum())


def lend_an_ear(folder: Path) -> str:
    """Return the associations with the mean of three experts."""
    scores: dict[tuple[str, str], list[float]] = defaultdict(list)
    dimensions: list[str] = []
    with (folder / "ratings.csv").open(newline="", encoding="utf-8") as stream:
        for row in csv.DictReader(stream):
            if row["dataset"] == "lend_an_ear" and row["rater"].startswith("expert"):
                scores[row["session_id"], row["dimension"]].append(float(row["score"]))
                if row["dimension"] not in dimensions:
                    dimensions.append(row["dimension"])
    ids = {session_id for session_id, _ in scores}
    sessions = [
        session
        for session in af.read_sessions(folder / "sessions_en.jsonl.gz")
        if session.session_id in ids
    ]
    found, boot = Measured(sessions), Resampler([session.session_id for session in sessions])
    targets = [
        np.array([np.mean(scores[session.session_id, name]) for session in sessions])
        for name in dimensions
    ]
    rows = []
    away = tests = 0
    named = [
        ("words of the supporter (log)", LENGTHS[0]),
        ("words of the seeker (log)", LENGTHS[1]),
    ]
    for title, name in [*named, *measures()]:
        x = found.columns[name]
        cells = [boot.spearman(x, target) for target in targets]
        if name not in LENGTHS:
            tests += sum(not np.isnan(one[0]) for one in cells)
            away += sum(one[1] > 0 or one[2] < 0 for one in cells)
        rows.append([title, _known(x), *map(cell, cells)])
    beyond = [
        [title, *(cell(boot.spearman(found.columns[name], one, found.lengths)) for one in targets)]
        for title, name in measures()
        if title.endswith("therapist answers") and _known(found.columns[name])
    ]
    heads = [name.replace("_", " ") for name in dimensions]
    text = [
        f"\n### lend_an_ear: {len(sessions)} conversations, mean of three experts, rho\n",
        "The therapist is the supporter, the client the seeker (a language model). Exploratory; "
        "conversations resampled.\n",
        table(["measure", "n", *heads], rows),
        f"\n{away} of {tests} intervals exclude 0 ({0.05 * tests:.0f} expected of as many "
        "nulls).\n",
        "The supporter's replies, partial rho given log words of both and log turns:\n",
        table(["measure", *heads], beyond),
    ]
    return "\n".join(text)


def kokoro(folder: Path) -> str:
    """Return the associations with the client's rating, alone and beyond length."""
    with (folder / "ratings.csv").open(newline="", encoding="utf-8") as stream:
        facts = {row["session_id"]: row for row in csv.DictReader(stream)}
    kept = {
        name
        for name, row in facts.items()
        if float(row["score"]) <= 98 and row["score"] == row["item_sum"]
    }
    sessions = [
        session
        for session in af.read_sessions(folder / "sessions_en.jsonl.gz")
        if session.session_id in kept
    ]
    found = Measured(sessions)
    score = np.array([float(facts[session.session_id]["score"]) for session in sessions])
    people = [[facts[s.session_id][key] for s in sessions] for key in ("client_id", "therapist_id")]
    boot = Resampler(*people)
    rows = [
        [title, _known(x), cell(boot.spearman(x, score)), "", ""]
        for title, x in zip(
            ("counsellor's words (log)", "client's words (log)", "turns (log)"),
            found.lengths,
            strict=True,
        )
    ]
    away = tests = 0
    for title, name in measures():
        x = found.columns[name]
        alone, beyond = boot.spearman(x, score), boot.spearman(x, score, found.lengths)
        length = _explained(score, found.lengths, ~np.isnan(x))
        gained = f"{100 * beyond[0] ** 2 * (1 - length):.1f}"
        tests, away = tests + 1, away + (beyond[1] > 0 or beyond[2] < 0)
        rows.append([title, _known(x), cell(alone), cell(beyond), gained])
    text = [
        f"\n### KokoroChat (dev half): {len(sessions)} sessions, {len(set(people[0]))} clients, "
        f"{len(set(people[1]))} counsellors; client rating\n",
        "Role-played chats rated by the counsellor who played the client, English translation. "
        "Clients and counsellors resampled. Partial: given log words of both and log turns.\n",
        table(["measure", "n", "rho", "partial rho", "R2 gained over length, %"], rows),
        f"\n{away} of {tests} partial intervals exclude 0 ({0.05 * tests:.0f} expected of as many "
        "nulls). Exploratory but for nCLiD and the distance to the turn before.",
    ]
    return "\n".join(text)


def _explained(y: np.ndarray, controls: list[np.ndarray], known: np.ndarray) -> float:
    """Return the R2 of the ranks of lengths on the rank of the rating."""
    from scipy.stats import rankdata

    x = np.column_stack([np.ones(known.sum()), *(rankdata(one[known]) for one in controls)])
    target = rankdata(y[known])
    rest = target - x @ np.linalg.lstsq(x, target, rcond=None)[0]
    return float(1 - rest.var() / target.var())
