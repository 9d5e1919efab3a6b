"""JSON Lines: one session per line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ...errors import TranscriptError
from ..json_text import parse_json
from ..session import Session
from .assemble import Items
from .files import not_utf8, read_lines
from .formats import Format
from .options import Options
from .remote import Place

#: Bytes that are not UTF-8, as `surrogateescape` gives them.
_ESCAPED = re.compile("[\udc80-\udcff]")
#: How files of zip (Word, Excel), of gzip and in UTF-16 begin.
_OTHER_FILES = ("PK\x03\x04", "\x1f\udc8b", "\udcff\udcfe", "\udcfe\udcff")


def parse_line(line: str) -> Any:
    """Return the JSON value of a line, or raise a `TranscriptError` that quotes nothing."""
    return parse_json(line, what="the line", remedy="Write one JSON object per line.")


def _decoded(line: str) -> str:
    if line.isascii() or not _ESCAPED.search(line):
        return line
    raise TranscriptError(
        "the line is not UTF-8", code="not_utf8", remedy="Save the file as UTF-8."
    )


def _prepared(record: Any, options: Options) -> Mapping[str, Any]:
    if not isinstance(record, Mapping):
        raise TranscriptError(
            "the line is not a JSON object", code="bad_type", remedy="Write one session per line."
        )
    return options.prepared(record)


def read_jsonl(path: Place, options: Options) -> Items:
    """Yield the line and the session of a JSON Lines file, or the error in its place."""
    for number, line in enumerate(read_lines(path, errors="surrogateescape"), start=1):
        if not line.strip():
            continue
        if number == 1 and line.startswith(_OTHER_FILES):
            raise not_utf8(line)
        result: Session | TranscriptError
        try:
            result = Session.from_dict(_prepared(parse_line(_decoded(line)), options))
        except TranscriptError as error:
            result = error.at(path=path, line=number)
        yield number, result


FORMAT = Format(
    name="jsonl",
    title="JSON Lines",
    suffixes=(".jsonl", ".ndjson"),
    sniff=lambda head: head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"),
    read=read_jsonl,
)
