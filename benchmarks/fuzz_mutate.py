"""Random changes of an input: of its bytes, of its lines, of the JSON in them."""

from __future__ import annotations

import json
import random
from typing import Any

PIECES = [
    piece.encode("utf-8", "surrogatepass")
    for piece in (
        *'"{}[],:;\\\'\t\n\r\0#()<>*_-|/',
        "\r\n", '""', "\\u0000", "\\ud800", "\\n", "null", "true", "NaN", "-Infinity", "1e999",
        "-1", "-0.0", "1e308", "1e-320", "9" * 30, "0.1", "00:60", "[00:01:02]", "(0.5)", "T: ",
        "C: ", "K: ", "来访者：", "。", "，", "session_id", "client", "therapist", "text", "role",
        "turns", "start", "end", "meta", "mode", "typed", "language", '"en-GB"', '"zh-Hant"', "xx",
        "\ufeff", "\u200b", "\u200d", "\u00ad", "\u202e", "\u2066", "\u0301" * 40, "\u2028", "\x85",
        "\x0b", "\x1c", "\u00a0", "\u3000", "😀", "👩‍👩‍👧", "🇩🇪", "مرحبا", "שלום", "ﬁ", "İ", "ß",
        "\udc80", "ſ", "１２", "Ⅷ", "²", "٣", "I'm", "don't", "um, uh", "I-I", "th-", "...", "?!",
        "[laughs]", "http://a.b/c?d", "a@b.c", ":-)", "x" * 3000, "ha" * 400, "我" * 900, " " * 300,
        "-" * 200, "'" * 99, "(" * 300, "[" * 300, "a-" * 300, "1:" * 300, "!?" * 300,
    )
]  # fmt: skip
VALUES: list[Any] = [
    None, True, 0, -1, 1.5, 1e308, 5e-324, 2**31, 2**63, 10**30, "", " ", "en", "de", "zh", "xx-Yy",
    "client", "therapist", "typed", "captions", "generated", "\u200b", "😀", "I", "um", "nested",
    [], {}, [[]], [{}], {"role": "client", "text": ""},
]  # fmt: skip


def mutate(data: bytes, other: bytes, draw: random.Random, most: int) -> bytes:
    """Return an input changed in one to six ways; its first byte chooses the case."""
    share = 0.75 if data[1:2] == b"{" else 0.05  # other changes leave no JSON
    for _ in range(draw.choice((1, 1, 1, 2, 3, 6))):
        how = draw.random()
        if how < 0.04:
            data = bytes([draw.randrange(8)]) + data[1:]
        elif how < share:
            data = data[:1] + _values(data[1:], draw)
        elif how < share + 0.15:
            data = data[:1] + _lines(data[1:], other[1:], draw)
        else:
            data = data[:1] + _bytes(data[1:], other[1:], draw)
    return data[:most] or b"\0"


def _span(data: bytes, draw: random.Random, most: int = 0) -> tuple[int, int]:
    first = draw.randrange(len(data) + 1)
    return first, min(len(data), first + draw.randrange(1, most or draw.choice((2, 9, 99, 9999))))


def _bytes(data: bytes, other: bytes, draw: random.Random) -> bytes:
    first, last = _span(data, draw)
    how = draw.randrange(8)
    if how == 0 and data:
        place = draw.randrange(len(data))
        return data[:place] + bytes([data[place] ^ 1 << draw.randrange(8)]) + data[place + 1 :]
    if how == 1:
        return data[:first] + data[last:]
    if how == 2:
        return data[:last] + data[first:last] * draw.choice((1, 1, 2, 30)) + data[last:]
    if how == 3:
        return data[:first]
    if how == 4:
        start, stop = _span(other, draw)
        return data[:first] + other[start:stop] + data[last:]
    if how == 5:
        return data[:first] + draw.randbytes(draw.randrange(1, 9)) + data[last:]
    return data[:first] + draw.choice(PIECES) + data[first if how == 6 else last :]


def _lines(data: bytes, other: bytes, draw: random.Random) -> bytes:
    lines, others = data.split(b"\n"), other.split(b"\n")
    place = draw.randrange(len(lines))
    how = draw.randrange(6)
    if how == 0:
        del lines[place]
    elif how == 1:
        lines.insert(draw.randrange(len(lines) + 1), lines[place])
    elif how == 2:
        lines.insert(place, draw.choice(others))
    elif how == 3:
        target = draw.randrange(len(lines))
        lines[place], lines[target] = lines[target], lines[place]
    elif how == 4:
        mark = draw.choice((b",", b":", b'"', b" ", b"\t"))
        cells = lines[place].split(mark)
        cells[draw.randrange(len(cells))] = draw.choice((draw.choice(PIECES), draw.choice(cells)))
        lines[place] = mark.join(cells)
    else:
        lines[place : place + 1] = [lines[place]] * draw.choice((2, 12, 60))
    return b"\n".join(lines)


def _values(data: bytes, draw: random.Random) -> bytes:
    """Change a value inside a line that is JSON; else change bytes."""
    lines = data.split(b"\n")
    place = draw.randrange(len(lines))
    try:
        record = json.loads(lines[place])
    except (ValueError, RecursionError):
        return _bytes(data, data, draw)
    _change(record, draw)
    lines[place] = json.dumps(record, ensure_ascii=draw.random() < 0.5).encode(
        "utf-8", "surrogatepass"
    )
    return b"\n".join(lines)


def _change(record: Any, draw: random.Random) -> None:
    while isinstance(record, (dict, list)) and record:
        keys = list(record) if isinstance(record, dict) else range(len(record))
        key = draw.choice(keys)
        inside = record[key]
        if isinstance(inside, (dict, list)) and inside and draw.random() < 0.8:
            record = inside
            continue
        how = draw.random()
        if how < 0.15:
            del record[key]
        elif how < 0.3 and isinstance(record, list):
            record[key:key] = [inside] * draw.choice((1, 8, 40))
        elif isinstance(inside, str) and how < 0.75:
            first, last = _span(bytes(len(inside)), draw, 40)
            piece = draw.choice(PIECES).decode("utf-8", "surrogatepass")
            record[key] = inside[:first] + piece + inside[last:]
        else:
            record[key] = draw.choice(VALUES)
        return
