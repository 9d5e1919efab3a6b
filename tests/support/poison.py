"""A corpus of files of all formats, of whose sessions a share is malformed in all ways in turn."""

import gzip
from pathlib import Path
from typing import NamedTuple

from poison_records import (
    CANARY,
    csv_rows,
    csv_text,
    json_line,
    nested_table,
    parquet_bytes,
    record_of,
    talk,
)
from poison_ways import WAYS

__all__ = ["CANARY", "WAYS", "Bad", "Corpus", "poisoned_corpus", "record_of"]

_PER_FILE = 60  # sessions that share a file


class Bad(NamedTuple):
    """A malformed session of a corpus."""

    name: str
    code: str
    file: str
    session_id: str


class Corpus(NamedTuple):
    """What stands in a folder of sessions."""

    good: tuple[str, ...]
    bad: tuple[Bad, ...]


_KINDS = ("jsonl", "jsonl", "jsonl", "csv", "csv", "csv", "parquet", "parquet", "jsonl.gz", "txt")


def _interleave(groups, names):
    """Move the last row of each session named behind the next session, or else to the top."""
    rows, waiting = [], []
    for name, group in groups:
        split = len(group) - 1 if name in names else len(group)
        rows += [*group[:split], *waiting]
        waiting = group[split:]
    return waiting + rows


def _content(kind, records):
    """Return the bytes of a file of records, and of what stands for malformed ones."""
    spoilt = {record["session_id"]: (way, record) for record, way in records if way}
    made = [(r["session_id"], r if way is None else way.spoil(r)) for r, way in records]
    if kind == "parquet":
        return parquet_bytes(nested_table([record for _, record in made]))
    if kind == "csv":
        groups = [(name, one if name in spoilt else csv_rows(one)) for name, one in made]
        split = {name for name, (way, _) in spoilt.items() if way.code == "interleaved_sessions"}
        return csv_text(_interleave(groups, split)).encode()
    if kind == "txt":
        return talk(made[0][1]).encode()
    lines = [one if name in spoilt else json_line(one) for name, one in made]
    data = "".join(line + "\n" for line in lines).encode()
    return gzip.compress(data, mtime=0) if kind.endswith(".gz") else data


def poisoned_corpus(folder, n_sessions, share=0.05, seed=0):
    """Write sessions in files of all formats, a share of them malformed in all ways in turn.

    The good sessions are those of the clean corpus, `share=0`. The files are to be read with
    `language="en"`, which plain text needs. Returns the ids of the good ones and the bad ones.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    assert 0 <= share <= 0.5
    every = round(1 / share) if share else 1
    good, bad = [], []
    shared = {}
    for number in range(n_sessions):
        record = record_of(number, seed)
        name = record["session_id"]
        if share and number % every == every // 2:
            chosen = WAYS[number // every % len(WAYS)]
            file = f"{name}.{chosen.kind}"
            if chosen.scope == "file":
                (folder / file).write_bytes(chosen.spoil(record))
            else:
                file = f"part-{number // _PER_FILE:04d}.{chosen.kind}"
                shared.setdefault(file, []).append((record, chosen))
            bad.append(Bad(chosen.name, chosen.code, file, name))
            if chosen.code == "duplicate_session":  # the first of the two is sound
                good.append(name)
        else:
            kind = _KINDS[number % len(_KINDS)]
            stem = name if kind == "txt" else f"part-{number // _PER_FILE:04d}"
            shared.setdefault(f"{stem}.{kind}", []).append((record, None))
            good.append(name)
    for file, records in shared.items():
        (folder / file).write_bytes(_content(file.partition(".")[2], records))
    return Corpus(tuple(good), tuple(bad))
