"""Pooled rates per 100 words on AnnoMI, by the quality that a video was made to show.

    python benchmarks/evidence/annomi_rates.py FOLDER

FOLDER holds `sessions_en.jsonl.gz` and `ratings.csv` (session_id, mi_quality) of AnnoMI (Wu et
al., ICASSP 2022; Future Internet 15(3):110, 2023). Sum over sum, aggregate numbers only. Beside
each rate stands an independent count, and how far ours is from it.
"""

from __future__ import annotations

import argparse
import csv
from collections import defaultdict
from pathlib import Path

import alliance_features as af
from alliance_features.features.measured import Measured
from alliance_features.kernels import token_flags as flag
from alliance_features.text.forms import class_flag

ROLES = ("client", "therapist")
STRICT = frozenset({"um", "uh", "er", "erm"})
# Independent counts: (quality, role) -> strict filled pauses, subject I, all first person.
REFERENCE = {
    ("high", "client"): (2.20, 9.6, 11.8),
    ("low", "client"): (1.68, 10.6, 12.9),
    ("high", "therapist"): (1.44, 1.79, 2.3),
    ("low", "therapist"): (1.14, 2.31, 2.8),
}


def strict_pauses(measured: Measured, role: str) -> int:
    """Count um, uh, er and erm in exactly this spelling."""
    table = measured.table
    total = 0
    for turn, speaks in enumerate(measured.speaks(role)):
        span = slice(table.offsets[turn], table.offsets[turn + 1])
        pauses = table.forms[span][(table.flags[span] & flag.FILLED_PAUSE) != 0]
        total += speaks * sum(table.entries[form].lower in STRICT for form in pauses)
    return int(total)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    with (folder / "ratings.csv").open(newline="", encoding="utf-8") as stream:
        quality = {row["session_id"]: row["mi_quality"] for row in csv.DictReader(stream)}
    vectors = af.load_vectors(None)
    sums: dict[tuple[str, str], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for session in af.read_sessions(folder / "sessions_en.jsonl.gz"):
        measured = Measured(session, vectors)
        for role in ROLES:
            cell = sums[quality[session.session_id], role]
            both = class_flag("i_subject", "i_object")
            cell["words"] += measured.total(measured.words, role)
            cell["strict"] += strict_pauses(measured, role)
            cell["subject"] += measured.total(measured.count(flag.I_SUBJECT, also=flag.WORD), role)
            cell["all"] += measured.total(measured.count(both, also=flag.WORD), role)
            cell["repeated_i"] += measured.total(
                measured.count(flag.I_SUBJECT, also=flag.REPEATED), role
            ) + measured.total(measured.count(flag.I_SUBJECT, also=flag.STUTTER), role)
            cell["dropped"] += measured.total(measured.count(flag.REPEATED | flag.CUTOFF), role)
    print("| quality | role | words | um/uh/er/erm | subject I | first person | restarted I |")
    print("|---|---|---|---|---|---|---|")
    for (kind, role), cell in sorted(sums.items()):
        cells = []
        for name, reference in zip(
            ("strict", "subject", "all"), REFERENCE[kind, role], strict=True
        ):
            rate = 100 * cell[name] / cell["words"]
            cells.append(f"{rate:.2f} ({reference:g}, {100 * (rate / reference - 1):+.1f} %)")
        restarted = 100 * cell["repeated_i"] / cell["words"]
        print(f"| {kind} | {role} | {cell['words']:,} | {' | '.join(cells)} | {restarted:.2f} |")


if __name__ == "__main__":
    main()
