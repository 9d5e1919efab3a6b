"""The files of inventories, TOML and CSV, as plain fields."""

from __future__ import annotations

import csv
import io
import math
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from ..errors import ResourceError
from ..wai import INSTRUMENTS

_HEAD = ("name", "version", "language", "low", "high", "instrument")


def read_fields(
    name: str, content: bytes, suffix: str
) -> tuple[dict[str, Any], list[Mapping[str, Any]]]:
    """Return the head of an inventory (name, language, scale, ...) and its items."""
    text = _text(name, content)
    if suffix == ".toml":
        head, rows = _toml(name, text)
    elif suffix in (".csv", ".tsv"):
        head, rows = _csv(name, text, "," if suffix == ".csv" else "\t")
    else:
        raise ResourceError(f"{name}: an inventory is a .toml, .csv or .tsv file.")
    if not rows:
        raise ResourceError(f"{name}: there is no item; write at least one.")
    for field in ("name", "language", "low", "high"):
        if head.get(field) in (None, ""):
            raise ResourceError(f'{name}: "{field}" is missing.')
    for field in ("name", "language"):
        if not isinstance(head[field], str):
            raise ResourceError(f'{name}: "{field}" must be text.')
    if head.get("instrument") not in (None, *INSTRUMENTS):
        raise ResourceError(f'{name}: "instrument" must be one of {", ".join(INSTRUMENTS)}.')
    try:
        low, high = float(head["low"]), float(head["high"])
    except (TypeError, ValueError):
        low = high = 0.0
    if not -math.inf < low < high < math.inf:
        raise ResourceError(f'{name}: "low" and "high" must be numbers, low below high.')
    return head, rows


def check_fields(where: str, fields: Iterable[object], known: Sequence[str]) -> None:
    """Raise an error for an unknown field, unquoted: without a header it may be a statement."""
    for place, field in enumerate(fields, 1):
        if field not in known:
            near = get_close_matches(str(field), known, n=1)
            hint = f'is "{near[0]}" meant?' if near else f"known are {', '.join(known)}."
            raise ResourceError(f"{where}: field {place} is not part of the format; {hint}")


def _text(name: str, content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass  # its message quotes the bytes
    raise ResourceError(f"{name}: the file is not UTF-8.")


def _toml(name: str, text: str) -> tuple[dict[str, Any], list[Mapping[str, Any]]]:
    data: dict[str, Any] | None
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        data = None  # its message may quote the file
    if data is None:
        raise ResourceError(f"{name}: the file is not well-formed TOML.")
    check_fields(name, data, (*_HEAD, "items"))
    rows = data.get("items", [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ResourceError(f"{name}: items must be in tables [[items]].")
    return {key: data[key] for key in _HEAD if key in data}, rows


def _csv(name: str, text: str, delimiter: str) -> tuple[dict[str, Any], list[Mapping[str, Any]]]:
    rows: list[dict[Any, Any]] | None
    try:
        rows = list(csv.DictReader(io.StringIO(text), delimiter=delimiter))
    except csv.Error:
        rows = None
    if rows is None:
        raise ResourceError(f"{name}: a cell is too long, or holds what a cell cannot hold.")
    if any(None in row or None in row.values() for row in rows):
        raise ResourceError(f"{name}: a row has more or fewer cells than the header.")
    head: dict[str, Any] = {"name": name.rsplit(".", 1)[0]}
    for field in _HEAD[1:]:
        values = {row.pop(field) for row in rows if field in row}
        if len(values) > 1:
            raise ResourceError(f'{name}: "{field}" differs between rows; repeat one value.')
        if values - {""}:
            head[field] = values.pop()
    return head, [dict(row) for row in rows]
