"""AnnoMI: cues beside expert codes, and which sessions show good practice.

    python benchmarks/evidence/annomi.py FOLDER [--shuffles 10]

FOLDER holds `sessions_en.jsonl.gz`, `ratings.csv` and `utterance_codes.csv` (Wu et al., ICASSP
2022; measure only). Aggregate numbers are printed, as Markdown.

1. An utterance shows a cue if one of its phrases stands in it; beside that the code of the first
   annotator. The lists were not written from these sessions.
2. The label (practice shown as high or low quality) predicted from signals, folds by video, since
   sessions of one video share a setting; AUC of predictions for sessions left out, the mean of
   several deals of videos to folds, with an interval from a bootstrap over videos. 23 sessions are
   low: nothing finer than ten points can be told apart.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from columns import annomi_rows
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedGroupKFold

import alliance_features as af
from alliance_features.model.regressor import AllianceRegressor
from alliance_features.model.session_matrix import SessionMatrix
from alliance_features.stats.metrics import spearman
from alliance_features.text.cues import count_cues
from alliance_features.text.tokens import tokenize
from alliance_features.transcript import MergedTurn

#: Cue, role, column of the codes, its value.
CODED = (
    ("reflection", "therapist", "reflection_exists", "True"),
    ("open_question", "therapist", "question_subtype", "open"),
    ("closed_question", "therapist", "question_subtype", "closed"),
    ("advice", "therapist", "therapist_input_subtype", "advice"),
    ("information", "therapist", "therapist_input_subtype", "information"),
    ("change_talk", "client", "client_talk_type", "change"),
    ("sustain_talk", "client", "client_talk_type", "sustain"),
)
DRAWS = 2000


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def cued(session: af.Session) -> dict[str, np.ndarray]:
    """Return for each cue which turns of a session hold it, turns taken one by one."""
    turns = [
        MergedTurn(role=turn.role, text=turn.text, turn_index=place)
        for place, turn in enumerate(session.turns)
    ]
    found = count_cues(tokenize(turns, session.language), session.language)
    return {name: counts > 0 for name, counts in found.items()}


def beside_codes(sessions: Sequence[af.Session], codes: list[dict[str, str]]) -> None:
    """Print how cues go with codes, by utterance and by session."""
    first: dict[tuple[str, int], dict[str, str]] = {}
    for code in codes:
        first.setdefault((code["session_id"], int(code["turn_index"])), code)
    shown = {session.session_id: cued(session) for session in sessions}
    print(
        "| cue | coded utterances | coded with cue (recall) | cued and coded (precision) "
        "| cued, of all | rho of shares over sessions |\n" + "|---" * 6 + "|"
    )
    for cue, role, column, value in CODED:
        pairs = [
            (
                session.session_id,
                shown[session.session_id][cue][place],
                first[session.session_id, place][column] == value,
            )
            for session in sessions
            for place, turn in enumerate(session.turns)
            if turn.role == role and (session.session_id, place) in first
        ]
        has, coded = (np.array([pair[k] for pair in pairs], dtype=bool) for k in (1, 2))
        owner = np.array([pair[0] for pair in pairs])
        shares = [
            (has[owner == one].mean(), coded[owner == one].mean()) for one in np.unique(owner)
        ]
        rho = spearman(*np.array(shares).T)
        print(
            f"| {cue} | {coded.sum():,} of {coded.size:,} | {has[coded].mean():.2f} "
            f"| {coded[has].mean():.2f} (base {coded.mean():.2f}) | {has.mean():.2f} | {rho:+.2f} |"
        )


def out_of_fold(
    matrix: SessionMatrix, y: np.ndarray, videos: np.ndarray, shuffles: int
) -> np.ndarray:
    """Return predictions for sessions left out, shape (n_shuffles, n_sessions)."""
    found = np.full((shuffles, y.size), np.nan)
    for seed in range(shuffles):
        folds = StratifiedGroupKFold(5, shuffle=True, random_state=seed)
        for train, test in folds.split(y, y, videos):
            fitted = AllianceRegressor(features="all").fit(
                matrix[train], y[train], groups=videos[train]
            )
            found[seed, test] = fitted.predict(matrix[test])
    return found


def auc_interval(y: np.ndarray, found: np.ndarray, videos: np.ndarray) -> tuple[float, float]:
    """Return the 95 % interval of the mean AUC over deals, by resampling videos."""
    rng = np.random.default_rng(0)
    names, place = np.unique(videos, return_inverse=True)
    members = [np.flatnonzero(place == video) for video in range(names.size)]
    values = []
    for _ in range(DRAWS):
        rows = np.concatenate([members[k] for k in rng.integers(names.size, size=names.size)])
        if 0 < y[rows].sum() < rows.size:
            values.append(np.mean([roc_auc_score(y[rows], one[rows]) for one in found]))
    return tuple(np.percentile(values, [2.5, 97.5]).tolist())


def quality(sessions: Sequence[af.Session], ratings: list[dict[str, str]], shuffles: int) -> None:
    """Print the AUC of each row for the label."""
    of_session = {row["session_id"]: row for row in ratings}
    y = np.array([of_session[one.session_id]["mi_quality"] == "high" for one in sessions], float)
    videos = np.array([of_session[one.session_id]["video_url"] for one in sessions])
    matrix = SessionMatrix.of(sessions, features="all", words=False)
    rows = annomi_rows(matrix.names)
    print(f"\n{int(y.sum())} high, {int((1 - y).sum())} low, {np.unique(videos).size} videos\n")
    print("| row | signals | AUC: mean, SD over deals (95 %) |\n|---|---|---|")
    for title, names in rows.items():
        found = out_of_fold(matrix.select(names), y, videos, shuffles)
        auc = [roc_auc_score(y, one) for one in found]
        low, high = auc_interval(y, found, videos)
        print(
            f"| {title} | {len(names)} | {np.mean(auc):.3f}, {np.std(auc, ddof=1):.3f} "
            f"({low:.3f} to {high:.3f}) |",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path, help="folder of the data set")
    parser.add_argument("--shuffles", type=int, default=10, help="deals of videos to folds")
    given = parser.parse_args()
    sessions = list(af.read_sessions(given.folder / "sessions_en.jsonl.gz"))
    beside_codes(sessions, rows_of(given.folder / "utterance_codes.csv"))
    quality(sessions, rows_of(given.folder / "ratings.csv"), given.shuffles)


if __name__ == "__main__":
    main()
