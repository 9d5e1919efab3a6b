"""Corpora of many short sessions, and output folders as bytes."""

import json
from pathlib import Path

TEXT = "well I think you know um the week was long and my sister came by train with her dog"
WORDS = TEXT.split()
LEXICAL = ["volume", "pronouns", "fluency"]


def record(number, **fields):
    turns = [
        {
            "role": ("therapist", "client")[turn % 2],
            "text": " ".join(WORDS[(number * 7 + turn * k) % len(WORDS)] for k in range(5 + turn)),
        }
        for turn in range(12)
    ]
    about = {"client_id": f"c{number % 5}", "session_number": 1 + number // 5}
    head = {"session_id": f"s-{number:04d}", "language": "en", "mode": "spoken", "verbatim": True}
    return {**head, **about, "turns": turns, **fields}


def write_jsonl(path, numbers, **fields):
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [json.dumps(record(number, **fields)) for number in numbers]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def write_many(folder, n_files, each=10):
    """Write files of a few sessions each; return the folder."""
    for file in range(n_files):
        write_jsonl(folder / f"file-{file:03d}.jsonl", range(file * each, (file + 1) * each))
    return folder


def contents(folder):
    """Return the bytes of every file but run.json and the lock, by its path within the folder."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(Path(folder).rglob("*"))
        if path.is_file() and path.name not in ("run.json", ".lock")
    }
