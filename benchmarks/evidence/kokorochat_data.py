"""What `kokorochat.py` reads, and the bag of words it compares with."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from scipy import sparse
from sklearn.feature_extraction.text import CountVectorizer

import alliance_features as af
from alliance_features.model.session_matrix import SessionMatrix

LAST_TURNS = 10
LEAST_SESSIONS = 5


@dataclass(frozen=True, eq=False)
class Data:
    """Sessions with their ratings, row by row."""

    matrix: SessionMatrix
    targets: np.ndarray  # total, goal, task, bond
    items: np.ndarray
    clients: np.ndarray
    words: sparse.csr_array  # counts of all words and pairs of words, by role

    def rows(self, kept: np.ndarray) -> Data:
        """Return some of the rows."""
        parts = (self.matrix, self.targets, self.items, self.clients, self.words)
        return Data(*(part[kept] for part in parts))


def without_end(session: af.Session) -> af.Session:
    """Leave out the last merged turns; a session no longer than that has none left."""
    merged = af.merge_turns(session)
    last = merged[-LAST_TURNS].turn_index if len(merged) > LAST_TURNS else 0
    return replace(session, turns=session.turns[:last])


def counted(sessions: Sequence[af.Session]) -> sparse.csr_array:
    """Count words and pairs of words of each role."""
    blocks = []
    for role in ("therapist", "client"):
        texts = [
            " ".join(
                word
                for turn, words in zip(af.merge_turns(one), af.turn_tokens(one), strict=True)
                for word in words
                if turn.role == role
            )
            for one in sessions
        ]
        blocks.append(
            CountVectorizer(
                ngram_range=(1, 2), token_pattern=r"\S+", min_df=LEAST_SESSIONS
            ).fit_transform(texts)
        )
    return sparse.csr_array(sparse.hstack(blocks))


def read(folder: Path, *, cut: bool = False) -> tuple[Data, np.ndarray]:
    """Return all sessions with a score of at most 98, and which of them have no flag."""
    with (folder / "ratings.csv").open(encoding="utf-8", newline="") as stream:
        reader = csv.DictReader(stream)
        names = list(reader.fieldnames or [])
        ratings = {row["session_id"]: row for row in reader}
    first = names.index("item_sum") + 1
    items = names[first : first + 20]
    sessions = [
        session
        for session in af.read_sessions(folder / "sessions_en.jsonl.gz")
        if float(ratings[session.session_id]["score"]) <= 98
    ]
    rows = [ratings[session.session_id] for session in sessions]
    value = np.array([[float(row[item]) for item in items] for row in rows])
    total = np.array([float(row["score"]) for row in rows])
    one = {name: value[:, place] for place, name in enumerate(items)}
    targets = np.column_stack(
        [
            total,
            one["helped_identify_goals"],
            one["offered_actionable_suggestions"] + one["thought_through_concerns_together"],
            one["felt_respected"] + one["felt_heard_and_understood"],
        ]
    )
    if cut:
        sessions = [without_end(session) for session in sessions]
    data = Data(
        SessionMatrix.of(sessions, features="all"),
        targets,
        value,
        np.array([row["client_id"] for row in rows]),
        counted(sessions),
    )
    return data, total == np.array([float(row["item_sum"]) for row in rows])


def ridge(data: Data, y: np.ndarray, train: np.ndarray, test: np.ndarray) -> np.ndarray:
    """Fit and apply the reference: ridge (alpha 3) on TF-IDF of words and pairs of words by role.

    Log counts; terms in at least 5 training sessions, of all words and not only those with a
    vector; rows of length 1. Solved in the space of sessions.
    """
    seen = np.diff(data.words[train].tocsc().indptr)
    kept = seen >= LEAST_SESSIONS
    idf = np.log((1 + train.size) / (1 + seen[kept])) + 1
    x = data.words[:, kept].astype(np.float64)
    x.data = 1 + np.log(x.data)
    x = x * idf
    x = sparse.diags_array(1 / np.sqrt((x * x).sum(axis=1))) @ x
    kernel = (x[train] @ x[train].T).toarray()
    kernel[np.diag_indices_from(kernel)] += 3.0
    centre = y[train].mean(axis=0)
    return (x[test] @ (x[train].T @ np.linalg.solve(kernel, y[train] - centre))) + centre
