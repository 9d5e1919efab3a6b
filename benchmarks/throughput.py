"""Sessions per second beside what others use, on the same sessions in one run.

    python benchmarks/throughput.py SESSIONS [--sessions N] [--slow-sessions 20] [--repeats 5]
        [--convokit-python PYTHON] [--textdescriptives-python PYTHON]

The floor of lexical features is spaCy's blank tokenizer, turn by turn. nCLiD: scripts with gensim's
`wmdistance` and POT's `emd2` (`peers/clid.py`), which get tokens for nothing, on the first sessions
alone. ConvoKit and TextDescriptives run in environments of their own, since their versions exclude
each other; a peer without an environment is left out with a line that says so. CPU seconds, medians
after a first pass that warms caches. Values are compared wherever two compute the same. Prints
Markdown; no word of a transcript.
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import spacy
from peers.clid import gensim_pair, pot_pair, session_values

import alliance_features as af
from alliance_features.commands.bench.machine import machine, versions
from alliance_features.extraction.extractor import Recipe, Rows
from alliance_features.features.measured import Measured
from alliance_features.features.registry import select_features

HERE = Path(__file__).parent
LEXICAL = ("volume", "pronouns", "fluency", "timing", "style")
NOT_LEXICAL = {"vectors", "tagger", "inventory"}
ANCHORS = ("therapist", "client")
NCLID = [f"dyad__nclid__anchor_{anchor}" for anchor in ANCHORS]


def told(text: str = "") -> None:
    print(text, flush=True)


def median_seconds(acts: dict[str, Callable[[], object]], repeats: int) -> dict[str, float]:
    """Return CPU seconds of each, taken in turn so that a busy minute meets all of them."""
    seconds: dict[str, list[float]] = {name: [] for name in acts}
    for act in acts.values():
        act()
    for _ in range(repeats):
        for name, act in acts.items():
            begin = time.process_time()
            act()
            seconds[name].append(time.process_time() - begin)
    return {name: statistics.median(spent) for name, spent in seconds.items()}


def measure(sessions: list[af.Session], features: Any) -> pa.Table:
    extractor, rows = Recipe(features=features).extractor(), Rows()
    for session in sessions:
        extractor.add(session, rows)
    return extractor.table(rows, "session")


def largest_gap(pairs: Iterable[tuple[float | None, float | None]]) -> str:
    """Return in words the largest relative difference of pairs of values, null or NaN: none."""
    gaps, alone, n = [0.0], 0, 0
    for one, other in pairs:
        known = [value is not None and not math.isnan(value) for value in (one, other)]
        if all(known):
            n += 1
            scale = max(abs(one), abs(other))
            gaps.append(abs(one - other) / scale if scale > 1e-12 else 0.0)
        else:
            alone += any(known)
    return f"{n:,} values, largest relative difference {max(gaps):.1e}, {alone} known to one alone"


def lexical(sessions: list[af.Session], n_words: int, repeats: int) -> None:
    names = [s.name for s in select_features(LEXICAL) if not NOT_LEXICAL & {*s.needs}]
    core = {spec.name for spec in select_features("core")}
    in_core = [name for name in names if name in core]
    tokenizers = {s.language: spacy.blank(s.language.split("-")[0]).tokenizer for s in sessions}

    def floor() -> None:
        for session in sessions:
            tokenizer = tokenizers[session.language]
            for turn in session.turns:
                tokenizer(turn.text)

    def tables() -> None:
        for session in sessions:
            _ = Measured(session, None).table

    floor_name = "spaCy blank tokenizer, turn by turn (floor)"
    groups = {group: [one.name for one in select_features(group)] for group in LEXICAL}
    acts = {
        floor_name: floor,
        "ours, token table": tables,
        **{
            f"ours, group `{group}` ({len(own)} lexical features)": partial(measure, sessions, own)
            for group, every in groups.items()
            if (own := [name for name in every if name in names])
        },
        f"ours, {len(in_core)} lexical features of `core`": lambda: measure(sessions, in_core),
        f"ours, all {len(names)} features of {', '.join(LEXICAL)}": lambda: measure(
            sessions, names
        ),
        f"ours, `core` ({len(core)} features)": lambda: measure(sessions, "core"),
    }
    seconds = median_seconds(acts, repeats)
    told("| one process | sessions/s of CPU | words/s of CPU | speed against the floor |")
    told("|---|---|---|---|")
    for name, spent in seconds.items():
        share = seconds[floor_name] / spent
        told(f"| {name} | {len(sessions) / spent:,.1f} | {n_words / spent:,.0f} | {share:.2f} |")


def synchrony(sessions: list[af.Session], repeats: int) -> None:
    vectors = af.load_vectors(None)
    known = {row: word for word, row in vectors.index.items() if vectors.matrix[row].any()}
    words = [known[row] for row in sorted(known)]
    matrix = vectors.matrix[sorted(known)].astype(np.float64)
    inputs = []
    for session in sessions:
        roles = [turn.role for turn in af.merge_turns(session)]
        tokens = [[w for w in turn if vectors.row(w) >= 0] for turn in af.turn_tokens(session)]
        inputs.append((tokens, roles))
    pairs = {
        "gensim `wmdistance`": gensim_pair(words, matrix),
        "POT `emd2`": pot_pair(words, matrix),
    }
    ours = measure(sessions, NCLID).to_pylist()
    seconds = median_seconds({"ours": lambda: measure(sessions, NCLID)}, repeats)["ours"]
    told("| nCLiD of both directions | sessions/s of CPU | ours is faster by | agreement |")
    told("|---|---|---|---|")
    told(f"| ours, from text | {len(sessions) / seconds:,.2f} | 1 | - |")
    for name, pair in pairs.items():
        begin = time.process_time()
        found = [session_values(tokens, roles, pair) for tokens, roles in inputs]
        spent = time.process_time() - begin
        gap = largest_gap(
            (row[column], value)
            for row, values in zip(ours, found, strict=True)
            for column, value in zip(NCLID, values, strict=True)
        )
        rate, ratio = len(sessions) / spent, spent / seconds
        told(f"| {name}, from tokens | {rate:,.2f} | {ratio:,.0f} | {gap} |")


def for_peers(sessions: list[af.Session], path: Path) -> None:
    """Write merged turns, and which categories of function words each holds."""
    with path.open("w", encoding="utf-8") as file:
        for session in sessions:
            measured = Measured(session, None)
            use = measured.function_words
            turns = [
                {
                    "role": turn.role,
                    "text": turn.text,
                    "has_words": bool(n_words),
                    "categories": [n for n, k in zip(use.names, counts, strict=True) if k],
                }
                for turn, n_words, counts in zip(
                    measured.turns, measured.words.tolist(), use.counts.tolist(), strict=True
                )
            ]
            file.write(json.dumps({"id": session.session_id, "turns": turns}) + "\n")


def run_peer(python: Path | None, script: str, path: Path, repeats: int) -> dict[str, Any] | None:
    name = script.partition("_")[0]
    if python is None:
        told(f"\n{name}: left out; name an environment that has it by --{name}-python.")
        return None
    command = [str(python), str(HERE / "peers" / script), str(path), str(repeats + 1)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1].split(":")[0]
        told(f"\n{name}: left out; its process ended with exit code {done.returncode} ({last}).")
        return None
    return json.loads(done.stdout.splitlines()[-1])


def peer_seconds(found: dict[str, Any], place: int) -> float:
    return statistics.median(one[place] for one in found["seconds"][1:])


def convokit(sessions: list[af.Session], found: dict[str, Any], repeats: int) -> None:
    names = Measured(sessions[0], None).function_words.names
    columns = {
        (role, name): f"dyad__coordination__category_{name}__responder_{role}"
        for role in ANCHORS
        for name in names
    }
    rows = measure(sessions, [*columns.values()]).to_pylist()
    act = {"ours": lambda: measure(sessions, [*columns.values()])}
    seconds = median_seconds(act, repeats)["ours"]
    whole, model = peer_seconds(found, 0), peer_seconds(found, 1)
    gap = largest_gap(
        (row[column], found["values"].get(f"{role}|{row['session_id']}", {}).get(name))
        for row in rows
        for (role, name), column in columns.items()
    )
    told("\n| coordination by category, both directions | sessions/s of CPU | ours is faster by |")
    told("|---|---|---|")
    told(f"| ours, {len(names)} categories | {len(sessions) / seconds:,.1f} | 1 |")
    label = f"ConvoKit {found['version']}"
    told(f"| {label}, `fit_transform` | {len(sessions) / model:,.1f} | {model / seconds:.1f} |")
    told(f"| {label}, corpus built | {len(sessions) / whole:,.1f} | {whole / seconds:.1f} |")
    told(f"\nWith our categories put into ConvoKit's turns: {gap}.")


def textdescriptives(sessions: list[af.Session], found: dict[str, Any], repeats: int) -> None:
    names = [f"{role}__words_n" for role in ANCHORS]
    rows = measure(sessions, names).to_pylist()
    seconds = median_seconds({"ours": lambda: measure(sessions, names)}, repeats)["ours"]
    whole = peer_seconds(found, 0)
    ours = np.array([sum(row[name] or 0 for name in names) for row in rows], dtype=float)
    theirs = np.array([found["values"][row["session_id"]] for row in rows], dtype=float)
    told("\n| words of a session | sessions/s of CPU | ours is faster by |")
    told("|---|---|---|")
    told(f"| ours | {len(sessions) / seconds:,.1f} | 1 |")
    label = f"TextDescriptives {found['version']}, descriptive statistics"
    told(f"| {label} | {len(sessions) / whole:,.1f} | {whole / seconds:.1f} |")
    ratio, alike = np.median(theirs / ours), np.corrcoef(theirs, ours)[0, 1]
    told(f"\nWords of a session, theirs over ours: median {ratio:.3f}, correlation {alike:.4f};")
    told("the rules differ (a contraction is one word here).")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("path", type=Path, metavar="SESSIONS", help="a file of English sessions")
    parser.add_argument("--sessions", type=int, default=None, help="only the first N")
    parser.add_argument("--slow-sessions", type=int, default=20, help="for gensim and POT")
    parser.add_argument("--repeats", type=int, default=5)
    for peer in ("convokit", "textdescriptives"):
        parser.add_argument(f"--{peer}-python", type=Path, metavar="PYTHON", help=f"has {peer}")
    options = parser.parse_args()
    sessions = list(islice(af.read_sessions(options.path), options.sessions))
    n_turns = sum(len(session.turns) for session in sessions)
    n_words = sum(int(Measured(session, None).words.sum()) for session in sessions)
    told(f"{len(sessions):,} sessions, {n_turns:,} turns, {n_words:,} words\n")
    lexical(sessions, n_words, options.repeats)
    first = sessions[: options.slow_sessions]
    told(f"\nFirst {len(first)} sessions:\n")
    synchrony(first, options.repeats)
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "turns.jsonl"
        for_peers(sessions, path)
        for script, show in (
            ("convokit_coordination.py", convokit),
            ("textdescriptives_words.py", textdescriptives),
        ):
            python = getattr(options, f"{script.partition('_')[0]}_python")
            found = run_peer(python, script, path, options.repeats)
            if found is not None:
                show(sessions, found, options.repeats)
    about = [str(machine()[name]) for name in ("processor", "instructions", "cores", "load")]
    told("\n{}, {}, {} cores; load {}.".format(*about))
    told(", ".join(f"{name} {version}" for name, version in versions().items()))


if __name__ == "__main__":
    sys.exit(main())
