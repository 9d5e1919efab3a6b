"""The files of inventories, TOML and CSV, as plain fields."""

from __future__ import annotations

import csv
import io
import tomllib
from collections.abc import Mapping
from typing import Any

from ..errors import ResourceError

_HEAD = ("name", "version", "language", "low", "high", "instrument")


def read_fields(
    name: str, content: bytes, suffix: str
) -> tuple[dict[str, Any], list[Mapping[str, Any]]]:
    """Return what stands at the head of an inventory, and its items."""
    text = _text(name, content)
    if suffix == ".toml":
        head, rows = _toml(name, text)
    elif suffix in (".csv", ".tsv"):
        head, rows = _csv(name, text, "," if suffix == ".csv" else "\t")
    else:
        raise ResourceError(f"{name}: an inventory is a .toml, .csv or .tsv file.")
    if not rows:
        raise ResourceError(f"{name}: there is no item.")
    for field in ("name", "language", "low", "high"):
        if head.get(field) in (None, ""):
            raise ResourceError(f'{name}: "{field}" is missing.')
    try:
        low, high = float(head["low"]), float(head["high"])
    except (TypeError, ValueError):
        low = high = 0.0
    if not low < high:
        raise ResourceError(f'{name}: "low" and "high" must be numbers, low below high.')
    return head, rows


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
    unknown = sorted(set(data) - {*_HEAD, "items"})
    if unknown:
        raise ResourceError(f'{name}: "{unknown[0]}" is no field of an inventory.')
    rows = data.get("items", [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ResourceError(f"{name}: items stand in tables [[items]].")
    return {key: data[key] for key in _HEAD if key in data}, rows


def _csv(name: str, text: str, delimiter: str) -> tuple[dict[str, Any], list[Mapping[str, Any]]]:
    rows = list(csv.DictReader(io.StringIO(text), delimiter=delimiter))
    if any(None in row or None in row.values() for row in rows):
        raise ResourceError(f"{name}: a row has more or fewer cells than the header.")
    head: dict[str, Any] = {"name": name.rsplit(".", 1)[0]}
    for field in _HEAD[1:]:
        values = {row.pop(field) for row in rows if field in row}
        if len(values) > 1:
            raise ResourceError(f'{name}: "{field}" differs between rows.')
        if values - {""}:
            head[field] = values.pop()
    return head, [dict(row) for row in rows]
