"""Coordination by this package and by ConvoKit, from the same markers: the largest difference.

    python benchmarks/evidence/coordination_convokit.py export SESSIONS MARKERS.json
    python benchmarks/evidence/coordination_convokit.py compare MARKERS.json

`export` runs where this package is installed. It writes, for each merged turn of SESSIONS, who
speaks, which categories of function words it holds and whether it answers (it and the turn before
hold a word), and our values; no text. `compare` runs where ConvoKit is (`python3 -m venv DIR &&
DIR/bin/pip install convokit`; it needs nothing of this package, and this package nothing of it):
it builds a corpus without texts, gives ConvoKit our categories in place of its eight, hands it the
markers, and prints numbers only. A value that only one of the two has counts as a mismatch.
ConvoKit 5.0.0 on the 133 English sessions of AnnoMI: 2,194 values and 263 means, no mismatch, the
largest difference 0 and 3e-17. ConvoKit writes a file of settings into the folder of HOME.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any

ROLES = ("therapist", "client")
OTHER = {"therapist": "client", "client": "therapist"}


def export(source: Path, target: Path) -> None:
    import alliance_features as af
    from alliance_features.features.measured import Measured

    vectors = af.load_vectors(None)
    sessions = []
    for session in af.read_sessions(source):
        measured = Measured(session, vectors)
        use = measured.function_words
        answers = {int(turn) for role in ROLES for turn in use.exchanges(role)}
        sessions.append(
            {
                "categories": use.names,
                "turns": [
                    [
                        role,
                        [name for name, n in zip(use.names, row, strict=True) if n],
                        t in answers,
                    ]
                    for t, (role, row) in enumerate(
                        zip(measured.roles, use.counts.tolist(), strict=True)
                    )
                ],
                "values": {
                    role: dict(
                        zip(use.names, use.by_category("coordination", role).tolist(), strict=True)
                    )
                    for role in ROLES
                },
                "means": {role: use.mean("coordination", role) for role in ROLES},
            }
        )
    target.write_text(json.dumps(sessions), encoding="utf-8")
    print(f"{len(sessions)} sessions")


def corpus_of(sessions: Iterable[dict[str, Any]]) -> Any:
    """Return a ConvoKit corpus of turns without text, two speakers a session."""
    from convokit import Corpus, Speaker, Utterance

    utterances = []
    for number, session in enumerate(sessions):
        speakers = {role: Speaker(id=f"{number}-{role}") for role in ROLES}
        for place, (role, _, answers) in enumerate(session["turns"]):
            utterances.append(
                Utterance(
                    id=f"{number}-{place}",
                    speaker=speakers[role],
                    conversation_id=f"{number}-0",
                    reply_to=f"{number}-{place - 1}" if answers else None,
                    text="",
                )
            )
    return Corpus(utterances=utterances)


def compare(path: Path) -> None:
    from convokit.coordination.coordination import Coordination, CoordinationWordCategories

    sessions = json.loads(path.read_text(encoding="utf-8"))
    corpus = corpus_of(sessions)
    CoordinationWordCategories[:] = sessions[0]["categories"]
    theirs = Coordination()
    theirs.fit(corpus)
    for number, session in enumerate(sessions):
        for place, (_, held, _) in enumerate(session["turns"]):
            corpus.get_utterance(f"{number}-{place}").meta["liwc-categories"] = set(held)
    scores = {
        (speaker.id, target.id): found
        for (speaker, target), found in theirs.pairwise_scores(
            corpus, corpus.speaking_pairs()
        ).items()
    }
    worst = {"category": 0.0, "mean": 0.0}
    values, means, mismatches = 0, 0, 0
    for number, session in enumerate(sessions):
        for role in ROLES:
            theirs_of = scores.get((f"{number}-{role}", f"{number}-{OTHER[role]}"), {})
            ours_of = {k: v for k, v in session["values"][role].items() if not math.isnan(v)}
            mismatches += len(set(ours_of) ^ set(theirs_of))
            both = set(ours_of) & set(theirs_of)
            values += len(both)
            for name in both:
                worst["category"] = max(worst["category"], abs(ours_of[name] - theirs_of[name]))
            if theirs_of:
                means += 1
                mean = sum(theirs_of.values()) / len(theirs_of)
                worst["mean"] = max(worst["mean"], abs(session["means"][role] - mean))
    print(f"{len(sessions)} sessions, {values} values of categories, {means} means")
    print(f"mismatches of support: {mismatches}")
    print(f"largest absolute difference: categories {worst['category']:.3g}", end=", ")
    print(f"means {worst['mean']:.3g}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    steps = parser.add_subparsers(dest="step", required=True)
    first = steps.add_parser("export")
    first.add_argument("sessions", type=Path)
    first.add_argument("markers", type=Path)
    steps.add_parser("compare").add_argument("markers", type=Path)
    given = parser.parse_args()
    if given.step == "export":
        export(given.sessions, given.markers)
    else:
        compare(given.markers)


if __name__ == "__main__":
    main()
