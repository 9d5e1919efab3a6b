"""Ways in which a session is malformed, each with its name and its code.

A way is a function from the well-formed record of a session to what stands in the file instead.
Of scope "row" it stands in a file among good sessions; of scope "file" it is a file of its own.
"""

import gzip
import json
from collections.abc import Callable
from typing import Any, NamedTuple

import pyarrow as pa

from poison_records import (
    CANARY,
    COLUMNS,
    csv_rows,
    csv_text,
    flat_table,
    json_line,
    parquet_bytes,
    talk,
    with_turn,
)


class Way(NamedTuple):
    """One way of being malformed; `spoil` returns the content, for a file with its bytes."""

    name: str
    kind: str  # ending of the file
    scope: str
    code: str
    spoil: Callable[[dict[str, Any]], Any]


WAYS: list[Way] = []


def way(name, kind, code, scope="row"):
    """Register a function as a way of being malformed."""

    def register(spoil):
        WAYS.append(Way(f"{kind}: {name}", kind, scope, code, spoil))
        return spoil

    return register


# JSON Lines: a line


@way("cut short", "jsonl", "bad_json")
def _(record):
    return json_line(record)[:-20]


@way("single quotes", "jsonl", "bad_json")
def _(record):
    return str(record)


@way("plain words", "jsonl", "bad_json")
def _(record):
    return record["turns"][0]["text"]


@way("nested too deeply", "jsonl", "bad_json")
def _(record):
    return json_line(record)[:-1] + ', "meta": ' + f'["{CANARY}", ' * 20_000


@way("two on one line", "jsonl", "bad_json")
def _(record):
    return json_line(record) * 2


@way("a list", "jsonl", "bad_type")
def _(record):
    return json.dumps(record["turns"])


@way("turns are a string", "jsonl", "bad_type")
def _(record):
    return json_line(record, turns=f"C: {CANARY}")


@way("text is a list", "jsonl", "bad_type")
def _(record):
    return json_line(with_turn(record, text=[CANARY]))


@way("time is a word", "jsonl", "bad_type")
def _(record):
    return json_line(with_turn(record, start=CANARY))


@way("meta is text", "jsonl", "bad_type")
def _(record):
    return json_line(record, meta=CANARY)


@way("key twice", "jsonl", "duplicate_key")
def _(record):
    return json_line(record).replace('"text"', f'"text": "{CANARY}", "text"', 1)


@way("unknown key", "jsonl", "unknown_key")
def _(record):
    return json_line(with_turn(record, **{CANARY: CANARY}))


@way("no session_id", "jsonl", "missing_field")
def _(record):
    return json_line(record, session_id=None)


@way("no text", "jsonl", "missing_field")
def _(record):
    return json_line(with_turn(record, text=None))


@way("session_id is a sentence", "jsonl", "bad_value")
def _(record):
    return json_line(record, session_id=f"{CANARY} told me")


@way("NaN", "jsonl", "bad_value")
def _(record):
    return json_line(with_turn(record, start=float("nan")))


@way("unknown mode", "jsonl", "bad_value")
def _(record):
    return json_line(record, mode=CANARY)


@way("a third speaker", "jsonl", "unknown_role")
def _(record):
    return json_line(with_turn(record, role=CANARY))


@way("language by its name", "jsonl", "unknown_language")
def _(record):
    return json_line(record, language=f"English, {CANARY}")


@way("negative time", "jsonl", "bad_time")
def _(record):
    return json_line(with_turn(record, start=-1))


@way("end before start", "jsonl", "bad_time")
def _(record):
    return json_line(with_turn(record, start=9, end=8.5))


@way("time of 400 digits", "jsonl", "bad_time")
def _(record):
    return json_line(with_turn(record, end=10**400))


@way("NUL", "jsonl", "not_text")
def _(record):
    return json_line(with_turn(record, text=f"{CANARY}\0"))


@way("half a surrogate pair", "jsonl", "not_text")
def _(record):
    return json_line(with_turn(record, text=f"{CANARY} HALF")).replace("HALF", "\\ud83d")


@way("a book in one turn", "jsonl", "too_long")
def _(record):
    return json_line(with_turn(record, text=f"{CANARY} " * 11_000))


@way("a session_id for the second time", "jsonl", "duplicate_session")
def _(record):
    return json_line(record) + "\n" + json_line(record)


# JSON Lines: a file


@way("Latin-1", "jsonl", "not_utf8", "file")
def _(record):
    return json_line(with_turn(record, text=f"{CANARY} café")).encode("latin-1")


@way("nothing but line ends", "jsonl", "empty_file", "file")
def _(_):
    return b"\n \n"


@way("cut short", "jsonl.gz", "damaged_file", "file")
def _(record):
    return gzip.compress(json_line(record).encode(), mtime=0)[:-30]


@way("not compressed", "jsonl.gz", "damaged_file", "file")
def _(record):
    return json_line(record).encode()


# CSV: the rows of a session


@way("comma without quotes", "csv", "wrong_width")
def _(record):
    rows = csv_rows(record)
    return [rows[0], [*rows[1], CANARY], *rows[2:]]


@way("row without session_id", "csv", "missing_field")
def _(record):
    rows = csv_rows(record)
    rows[1][0] = ""
    return rows


@way("client_id changes", "csv", "changed_field")
def _(record):
    return csv_rows(record, client_id=CANARY)


@way("role and text swapped", "csv", "unknown_role")
def _(record):
    return csv_rows(record, role=record["turns"][0]["text"], text="client")


@way("time is a word", "csv", "bad_type")
def _(record):
    return csv_rows(record, start=CANARY)


@way("negative time", "csv", "bad_time")
def _(record):
    return csv_rows(record, start="-0.5")


@way("other rows in between", "csv", "interleaved_sessions")
def _(record):
    return csv_rows(record)  # the corpus puts its last row behind the next session


# CSV: a file


@way("no header", "csv", "missing_column", "file")
def _(record):
    return "".join(csv_text(csv_rows(record)).splitlines(keepends=True)[1:]).encode()


@way("two columns of one name", "csv", "duplicate_key", "file")
def _(record):
    rows = [[*row, CANARY] for row in csv_rows(record)]
    return csv_text(rows, (*COLUMNS, "text")).encode()


@way("a column of notes", "csv", "unknown_key", "file")
def _(record):
    rows = [[*row, CANARY] for row in csv_rows(record)]
    return csv_text(rows, (*COLUMNS, CANARY)).encode()


@way("quote never closed", "csv", "bad_csv", "file")
def _(record):
    return (csv_text(csv_rows(record)) + f's,c,en,1,spoken,,client,"{CANARY}\n').encode()


@way("a book in one cell", "csv", "too_long", "file")
def _(record):
    return csv_text(csv_rows(record, text=f"{CANARY} " * 15_000)).encode()


@way("session_id and text swapped", "csv", "bad_value", "file")
def _(record):
    rows = [[row[7], *row[1:7], row[0], *row[8:]] for row in csv_rows(record)]
    return csv_text(rows).encode()


@way("UTF-16", "csv", "not_utf8", "file")
def _(record):
    return csv_text(csv_rows(record)).encode("utf-16")


# Parquet: a row


@way("null text", "parquet", "missing_field")
def _(record):
    return with_turn(record, text=None)


@way("infinite time", "parquet", "bad_time")
def _(record):
    return with_turn(record, end=float("inf"))


@way("a third speaker", "parquet", "unknown_role")
def _(record):
    return with_turn(record, role=CANARY)


@way("meta is no JSON", "parquet", "bad_json")
def _(record):
    return {**record, "meta": CANARY}


@way("NUL", "parquet", "not_text")
def _(record):
    return with_turn(record, text=f"{CANARY}\0")


@way("session_number too large", "parquet", "bad_value")
def _(record):
    return {**record, "session_number": 2**40}


# Parquet: a file


@way("cut short", "parquet", "damaged_file", "file")
def _(record):
    return parquet_bytes(flat_table(record))[:-9]


@way("text of bytes", "parquet", "bad_type", "file")
def _(record):
    texts = [turn["text"].encode() for turn in record["turns"]]
    return parquet_bytes(flat_table(record, text=texts))


@way("no text", "parquet", "missing_column", "file")
def _(record):
    return parquet_bytes(flat_table(record).drop_columns("text"))


@way("text that is not UTF-8", "parquet", "not_utf8", "file")
def _(record):
    cells = pa.array([f"{CANARY} ".encode() + b"\xff" for _ in record["turns"]])
    forced = pa.Array.from_buffers(pa.string(), len(cells), cells.buffers())
    return parquet_bytes(flat_table(record, text=forced))


# Plain text: always a file


@way("nobody speaks", "txt", "missing_field", "file")
def _(record):
    return record["turns"][0]["text"].encode()


@way("a third speaker", "txt", "unknown_role", "file")
def _(record):
    return (talk(record) + f"{CANARY}: I see.\n").encode()


@way("sixty seconds", "txt", "bad_time", "file")
def _(record):
    return (talk(record) + f"[00:60] T: {CANARY}\n").encode()


@way("subtitles", "txt", "other_format", "file")
def _(record):
    return (talk(record) + f"\n3\n00:00:09,100 --> 00:00:12,000\nT: {CANARY}\n").encode()


@way("two labels in a line", "txt", "unclear_speaker", "file")
def _(record):
    return (talk(record) + f"C: T: {CANARY}\n").encode()


@way("a page number", "txt", "not_speech", "file")
def _(record):
    return (talk(record) + f"\fPage 2 of 9\n{CANARY}\n").encode()


@way("a Word file", "txt", "not_utf8", "file")
def _(_):
    return b"PK\x03\x04\xff\xfe" + CANARY.encode()


@way("comments only", "txt", "empty_file", "file")
def _(_):
    return f"# {CANARY}\n".encode()


@way("NUL", "txt", "not_text", "file")
def _(record):
    return (talk(record) + "T: well\0\n").encode()


@way("a book in one turn", "txt", "too_long", "file")
def _(record):
    return (talk(record) + f"{CANARY}\n" * 11_000).encode()
