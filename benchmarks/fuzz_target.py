"""What the fuzzer runs on an input: a reader, `extract` of what it lets through, and the checks."""

from __future__ import annotations

import gzip
import json
import math
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa

import alliance_features as af
from alliance_features.extraction.extractor import Recipe, Rows, nulls_table
from alliance_features.transcript import merge_turns

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
from poison_records import (
    CANARY,
    csv_rows,
    csv_text,
    flat_table,
    json_line,
    nested_table,
    parquet_bytes,
    record_of,
    talk,
)
from poison_ways import WAYS

MAX_BYTES = 1 << 16
MEASURED = 2  # sessions of an input that are measured


class Case(NamedTuple):
    """How an input becomes a file: its ending, the options, what is done to the bytes."""

    ending: str
    options: dict[str, Any]
    pack: Callable[[bytes], bytes | None] = bytes


class Finding(NamedTuple):
    """What went wrong, and where: never a word of the input."""

    kind: str
    error: str
    place: str


@dataclass(slots=True)
class Outcome:
    """What an input came to."""

    findings: list[Finding] = field(default_factory=list)
    n_sessions: int = 0
    codes: frozenset[str] = frozenset()
    nulls: set[str] = field(default_factory=set)


class _TimeUpError(BaseException):
    pass


def _packed(data: bytes) -> bytes:
    return gzip.compress(data, compresslevel=1, mtime=0)


def _table(data: bytes) -> bytes | None:
    """Write the JSON lines of an input as a Parquet file, or None if Arrow cannot."""
    try:
        rows = [json.loads(line) for line in data.splitlines() if line.strip()]
        return parquet_bytes(pa.Table.from_pylist(rows))
    except Exception:
        return None


_ROLES = {"a": "therapist", "b": "client", "X": "none", "client": "client"}
_COLUMNS = {"session_id": "session_id", "role": "role", "text": "text", "start": "end"}
CASES: dict[str, tuple[Case, ...]] = {
    "jsonl": (
        Case(".jsonl", {}),
        Case(".jsonl", {"roles": _ROLES, "language": "de"}),
        Case(".jsonl.gz", {}),
        Case(".jsonl.gz", {"language": "zh"}, _packed),
    ),
    "csv": (
        Case(".csv", {"language": "en"}),
        Case(".csv", {"columns": _COLUMNS, "roles": _ROLES, "language": "fr"}),
        Case(".tsv", {}),
        Case(".csv.gz", {}, _packed),
    ),
    "parquet": (
        Case(".parquet", {"language": "en"}),
        Case(".parquet", {}, _table),
        Case(".parquet", {"columns": _COLUMNS, "roles": _ROLES, "language": "de"}, _table),
    ),
    "text": (
        Case(".txt", {"language": "en"}),
        Case(".txt", {"language": "zh", "roles": {"A": "therapist", "B": "client", "X": "none"}}),
        Case(".txt", {"language": "de", "line_format": "[{time}] {role}: {text}"}),
        Case(".txt.gz", {"language": "en"}, _packed),
    ),
}


def seeds(kind: str) -> Iterator[bytes]:
    """Yield well-formed and malformed inputs of a format; their first byte chooses the case."""
    records = [record_of(number) for number in range(3)]
    for number, (language, word) in enumerate((("de", "Ich weiß nicht, äh"), ("zh", "我很难过。"))):
        turns = [{**turn, "text": f"{word} {turn['text']}"} for turn in records[number]["turns"]]
        records.append({**records[number], "session_id": f"x{number}", "turns": turns})
        records[-1]["language"] = language
    rows = [row for record in records for row in csv_rows(record)]
    contents = {
        "jsonl": ["\n".join(map(json_line, records)).encode()],
        "csv": [csv_text(rows).encode(), csv_text(rows).replace(",", "\t").encode()],
        "parquet": [
            "\n".join(map(json_line, records)).encode(),
            parquet_bytes(flat_table(records[0])),
            parquet_bytes(nested_table(records)),
        ],
        "text": [
            talk(records[0]).encode(),
            talk(records[4]).replace("C:", "咨询师：").encode(),
            talk(records[3]).replace("C:", "[00:01] B:").replace("T:", "[0:02 - 0:03] A:").encode(),
        ],
    }[kind]
    ending = {"text": "txt"}.get(kind, kind)
    for way in WAYS:
        made = way.spoil(records[0])
        if way.kind.startswith(ending) and way.scope == "file":
            contents.append(made)
        elif way.kind == ending == "csv":
            contents.append(csv_text(made).encode())
        elif way.kind == ending == "parquet":
            contents.append(json_line(made).encode())
        elif way.kind == "jsonl" and way.scope == "row" and kind in ("jsonl", "parquet"):
            contents.append(made.encode())
    for content in contents:
        if len(content) <= MAX_BYTES:
            for case in range(len(CASES[kind])):
                yield bytes([case]) + content


@contextmanager
def _limit(seconds: float) -> Iterator[None]:
    def stop(*_: object) -> None:
        raise _TimeUpError

    signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)  # of the processor, not of a busy machine
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def _place(error: BaseException) -> str:
    """Return the last place of ours in the trace of an error."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [one for one in frames if "alliance_features" in one.filename]
    last = (ours or frames)[-1]
    return f"{Path(last.filename).name}:{last.lineno}"


class Target:
    """Runs inputs of one format.

    Parameters
    ----------
    kind : {"jsonl", "csv", "parquet", "text"}
    seconds : float
        What an input may take of the processor.
    """

    def __init__(self, kind: str, *, seconds: float = 10.0) -> None:
        self.cases = CASES[kind]
        self.seconds = seconds
        self.extractor = Recipe(features="all", levels=("session", "turn")).extractor()
        self.folder = tempfile.TemporaryDirectory()
        turns = [af.Turn(role="client", text="well, um"), af.Turn(role="therapist", text="yes")]
        for language in ("en", "de", "zh"):  # compiled and loaded before the clock runs
            session = af.Session(session_id="s", language=language, turns=turns * 40)
            self.extractor.add(session, Rows())

    def run(self, data: bytes) -> Outcome:
        """Return what an input comes to; nothing is raised."""
        outcome = Outcome()
        try:
            with _limit(self.seconds):
                self._run(data, outcome)
        except _TimeUpError as error:
            outcome.findings.append(Finding("hang", "", _place(error)))
        except Exception as error:
            outcome.findings.append(Finding("exception", type(error).__name__, _place(error)))
        return outcome

    def _read(
        self, data: bytes, errors: list[af.TranscriptError] | None, most: int
    ) -> Iterator[af.Session]:
        case = self.cases[data[0] % len(self.cases)] if data else self.cases[0]
        content = case.pack(data[1:])
        path = Path(self.folder.name, f"in{case.ending}")
        if content is None:
            return
        path.write_bytes(content)
        for number, session in enumerate(af.read_sessions(path, errors=errors, **case.options)):
            if number < most:
                yield session

    def _run(self, data: bytes, outcome: Outcome) -> None:
        errors: list[af.TranscriptError] = []
        sessions = list(self._read(data, errors, MEASURED))
        raised: af.TranscriptError | None = None
        try:
            list(self._read(data, None, 0))
        except af.TranscriptError as error:
            raised = error
        if (raised is None) != (not errors):
            outcome.findings.append(Finding("invariant", "raised or collected", "read_sessions"))
        outcome.n_sessions = len(sessions)
        outcome.codes = frozenset(error.code for error in errors)
        for error in [*errors[:50], *([raised] if raised is not None else [])]:
            if _leaks(error):
                outcome.findings.append(Finding("leak", error.code, error.field or ""))
        for session in sessions:
            self._measure(session, outcome)

    def _measure(self, session: af.Session, outcome: Outcome) -> None:
        if af.Session.from_dict(session.to_dict()) != session:
            outcome.findings.append(Finding("invariant", "from_dict", "session.py"))
        turns = merge_turns(session)
        if any(one.role == other.role for one, other in pairwise(turns)):
            outcome.findings.append(Finding("invariant", "roles alternate", "exchange.py"))
        shown = "".join(map(repr, (session, *session.turns, *turns)))
        if CANARY.lower() in shown.replace(session.session_id, "").lower():
            outcome.findings.append(Finding("leak", "repr", "session.py"))
        rows = Rows()
        self.extractor.add(session, rows)
        for level in self.extractor.specs:
            table = self.extractor.table(rows, level)
            for name in table.column_names:
                if pa.types.is_floating(table.schema.field(name).type) and not all(
                    value is None or math.isfinite(value) for value in table[name].to_pylist()
                ):
                    outcome.findings.append(Finding("not finite", name, level))
        outcome.nulls.update(nulls_table(rows)["code"].to_pylist())


def _leaks(error: af.TranscriptError) -> bool:
    """Tell whether the word of the inputs stands in what is shown of an error, but for ids."""
    shown = [str(error), repr(error), error.problem, error.remedy]
    shown += traceback.format_exception(error, chain=True)
    chained = error.__cause__ is not None or error.__context__ is not None
    text = "".join(shown).replace(error.session_id or "\0", "")
    return chained or CANARY.lower() in text.lower()
