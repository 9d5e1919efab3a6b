"""What becomes of a folder of difficult inputs: one line per file and session.

    python benchmarks/cases.py ../shared/cases

Reads every transcript and every file of vectors below the folder and prints what was counted, which
doubts there are and what was put right in the text, or the code of the refusal. No word is printed.
"""

from __future__ import annotations

import argparse
import unicodedata
from collections import Counter
from pathlib import Path

import pyarrow as pa

from alliance_features import (
    RaterError,
    ResourceError,
    TranscriptError,
    extract,
    load_vectors,
    make_folds,
    read_ratings,
    read_sessions,
    simulate,
)
from alliance_features.commands.validate import count_repairs
from alliance_features.extraction.doubts.find import find_doubts
from alliance_features.features.measured import Measured
from alliance_features.kernels import token_flags as flag
from alliance_features.text.forms import class_flag
from alliance_features.transcript import Session
from alliance_features.transcript.missing import missing_markers

#: Columns that the files of the folder name in their own way.
_COLUMNS = {
    "session_id": "session",
    "role": "speaker",
    "text": "utterance",
}
_GERMAN = {"session_id": "Sitzung", "role": "Sprecher", "text": "Äußerung"}


def described(session: Session) -> str:
    """Return what is counted of the client, and what was noticed."""
    vectors = load_vectors(None)
    measured = Measured(session, vectors)
    counted = {
        "words": measured.words,
        "I and me": measured.count(class_flag("i_subject", "i_object")),
        "we": measured.count(class_flag("we")),
        "pauses": measured.count(flag.FILLED_PAUSE),
        "backchannels": measured.count(flag.BACKCHANNEL),
        "repetitions": measured.count(flag.REPEATED),
    }
    numbers = ", ".join(
        f"{name} {int(measured.total(values, 'client'))}" for name, values in counted.items()
    )
    put_right: Counter[str] = Counter()
    count_repairs(measured, put_right)
    notes = [f"all words {int(measured.words.sum())}"]
    notes += [f"TOLD {doubt.code}" for doubt in find_doubts(measured)]
    notes += ["TOLD missing_text"] if missing_markers(session) else []
    notes += [f"put right: {name} {number}" for name, number in put_right.items()]
    return f"{len(measured.turns)} turns; client: {numbers}; {'; '.join(notes)}"


def transcript(path: Path) -> list[str]:
    """Return one line per session of a file, or the refusal."""
    ending = path.stem.partition("labels_")[2].partition("_")[0] or path.stem.rpartition("_")[2]
    language = ending if ending in ("de", "zh") else "en"
    lines = []
    columns: dict[str, str] = {}
    if path.name in ("f_turns.csv", "f_turns.tsv"):
        columns = _COLUMNS
    elif path.name == "g_excel_de.csv":
        columns = _GERMAN
    errors: list[TranscriptError] = []
    for session in read_sessions(path, language=language, columns=columns, errors=errors):
        lines.append(f"{session.session_id}: {described(session)}")
    return lines + [f"REFUSED {error.code}: {error}" for error in errors]


def cased(folder: Path) -> list[str]:
    """Return the distance of German turns with vectors that have capitals and with others."""
    lines = []
    for name in ("cased", "lower"):
        vectors = folder / f"inputs/c16_german_{name}.vec"
        table = extract(
            read_sessions(folder / "inputs/c16_german.jsonl"),
            features=["dyad__adjacent_wmd__responder_client__mean", "dyad__oov_prop"],
            vectors=vectors,
        )
        row = table.to_pylist()[0]
        values = [f"{key} {value:.5f}" for key, value in row.items() if isinstance(value, float)]
        lines.append(f"{vectors.name}: {', '.join(values)}")
    return lines


def ids_and_codes() -> list[str]:
    """Return how many clients there are if ids are written in two ways, and what 999 becomes."""
    simulated = simulate(n_clients=20, n_sessions=60, seed=0)
    records = simulated.ratings.to_pylist()
    for record in records:
        form = ("NFC", "NFD")[int(record["session_id"][-1]) % 2]
        record["client_id"] = unicodedata.normalize(form, f"M\u00fc{record['client_id']}")
    ratings = read_ratings(pa.Table.from_pylist(records))
    clients = {row["session_id"]: row["client_id"] for row in ratings.to_pylist()}
    folds = make_folds(range(len(clients)), [*clients.values()])
    in_folds: dict[str, set[int]] = {}
    for client, fold in zip(folds.groups, folds.assignments[0].tolist(), strict=True):
        in_folds.setdefault(client, set()).add(fold)
    several = sum(len(found) > 1 for found in in_folds.values())
    lines = [f"c25: {len(in_folds)} clients, {several} of them in more than one fold"]
    left_out = ("instrument", "scale_min", "scale_max")
    bare = [{k: v for k, v in record.items() if k not in left_out} for record in records]
    bare[0]["score"] = 999.0
    try:
        read_ratings(pa.Table.from_pylist(bare))
    except RaterError as error:
        lines.append(f"c26: REFUSED {error}"[:250])
    read = read_ratings(pa.Table.from_pylist(bare), missing=[999])
    lines.append(f"c26 with `missing`: {read['score'].null_count} score is null")
    return lines


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder)
        if path.suffix in (".vec",) or name.stem == "c17_spaces":
            try:
                vectors = load_vectors(path)
                print(f"{name}: {len(vectors)} words, {vectors.dimensions} dimensions")
            except ResourceError as error:
                print(f"{name}: REFUSED {error}")
        elif path.suffix in (".jsonl", ".txt", ".csv", ".tsv", ".parquet", ".vtt", ".srt", ".cha"):
            for line in transcript(path):
                print(f"{name}: {line}".replace(str(path), path.name)[:330])

    for line in [*cased(folder), *ids_and_codes()]:
        print(line)


if __name__ == "__main__":
    main()
