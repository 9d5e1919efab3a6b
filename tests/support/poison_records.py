"""Well-formed sessions of our own words, and how each format writes them.

Every text holds `CANARY`, which no output may hold.
"""

import csv
import io
import json
import random

import pyarrow as pa
import pyarrow.parquet as pq

CANARY = "Zyxquokka"
COLUMNS = (
    "session_id", "client_id", "language", "session_number", "mode", "verbatim",
    "role", "text", "start", "end",
)  # fmt: skip
_WORDS = "I you we um uh the my your told house river sad glad never again really so well no yes"


def record_of(number, seed=0):
    """Return the well-formed record of a session; the same for the same numbers."""
    draw = random.Random(f"{seed}-{number}")
    turns = []
    for place in range(draw.randint(4, 9)):
        words = draw.choices(_WORDS.split(), k=draw.randint(1, 14))
        words.insert(draw.randint(0, len(words)), CANARY)
        turns.append(
            {
                "role": ("client", "therapist")[place % 2],
                "text": " ".join(words).capitalize() + draw.choice((".", "?", ", um.")),
                "start": 4.0 * place,
                "end": 4.0 * place + draw.randint(1, 12) / 4,
            }
        )
    return {
        "session_id": f"s{number:05d}",
        "client_id": f"c{number // 5:04d}",
        "language": "en",
        "session_number": number % 5 + 1,
        "mode": "spoken",
        "verbatim": True,
        "turns": turns,
    }


def json_line(record, **change):
    return json.dumps({**record, **change}, ensure_ascii=False)


def csv_rows(record, **change):
    """Return the rows of a session as lists of cells; `change` is for the first turn."""
    rows = []
    for turn in record["turns"]:
        cells = {**record, **turn}
        rows.append([str(cells[name]) for name in COLUMNS])
    for name, cell in change.items():
        rows[0][COLUMNS.index(name)] = cell
    return rows


def csv_text(rows, header=COLUMNS):
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerows([header, *rows])
    return stream.getvalue()


def parquet_bytes(table):
    stream = io.BytesIO()
    pq.write_table(table, stream)
    return stream.getvalue()


def nested_table(records):
    turn = [("role", pa.string()), ("text", pa.string()), ("start", pa.float64())]
    kinds = {
        "session_number": pa.int64(),
        "verbatim": pa.bool_(),
        "turns": pa.list_(pa.struct([*turn, ("end", pa.float64())])),
    }
    names = (*COLUMNS[:6], "turns", "meta")
    schema = pa.schema([(name, kinds.get(name, pa.string())) for name in names])
    return pa.Table.from_pylist(records, schema=schema)


def flat_table(record, **change):
    rows = [{**record, **turn} for turn in record["turns"]]
    columns = {name: [row[name] for row in rows] for name in COLUMNS}
    return pa.table({**columns, **change})


def talk(record):
    lines = [f"{turn['role'][0].upper()}: {turn['text']}" for turn in record["turns"]]
    return "\n".join(lines) + "\n"


def with_turn(record, **change):
    """Return the record with its second turn changed."""
    first, second, *rest = record["turns"]
    return {**record, "turns": [first, {**second, **change}, *rest]}
