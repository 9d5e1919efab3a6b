"""What becomes of a folder of difficult inputs: one line per file and session.

    python benchmarks/cases.py ../shared/cases

Reads every transcript and every file of vectors below the folder and prints what was counted, which
doubts there are and what was put right in the text, or the code of the refusal. No word is printed.
"""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path

from alliance_features import ResourceError, TranscriptError, load_vectors, read_sessions
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


if __name__ == "__main__":
    main()
