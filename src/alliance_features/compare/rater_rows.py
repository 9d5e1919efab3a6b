"""From rows of items and runs to one score a session and dimension."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from .. import wai
from ..inventories import load_inventory
from ..inventories.inventory import SHIPPED
from ..raters.items import score_items_table
from ..raters.schema import RATING_SCHEMA

Row = dict[str, Any]
_ASKING = ("run", "model", "prompt_id")


def subscale_rows(rows: Sequence[Row]) -> list[Row]:
    """Return the rows of subscales; where there are only items, their scores.

    A subscale scored here has the status "ok", or "missing" where an item has no score.

    Raises
    ------
    ParameterError
        If there are only items, and the instrument is not one whose key is known.
    """
    given = [row for row in rows if row["item"] is None]
    if given:
        return given
    found: list[Row] = []
    for run in dict.fromkeys(row["run"] for row in rows):
        own = [row for row in rows if row["run"] == run]
        table = pa.Table.from_pylist(
            [{name: row[name] for name in RATING_SCHEMA.names} for row in own],
            schema=RATING_SCHEMA,
        )
        asking = {name: own[0].get(name) for name in _ASKING}
        for row in score_items_table(table).to_pylist():
            status = "missing" if row["score"] is None else "ok"
            found.append({**row, **asking, "status": status})
    return found


def means_of_runs(rows: Sequence[Row]) -> dict[tuple[str, str], float]:
    """Return the mean of the scores of a session's runs; no entry where no run has one."""
    found: dict[tuple[str, str], list[float]] = {}
    for row in rows:
        if row["score"] is not None:
            found.setdefault((row["session_id"], row["dimension"]), []).append(row["score"])
    return {place: math.fsum(scores) / len(scores) for place, scores in found.items()}


def reversed_items(instrument: str | None) -> frozenset[str]:
    """Return the ids of the items that speak against the alliance, where the key is known."""
    if instrument in wai.INSTRUMENTS:
        return frozenset(map(str, wai.instrument(str(instrument)).reversed_items))
    if instrument == SHIPPED:
        return frozenset(item.id for item in load_inventory().items if item.sign < 0)
    return frozenset()


def as_keyed(row: Row, turned: frozenset[str]) -> float:
    """Return the score of an item, turned round where the key says so; NaN without one."""
    if row["score"] is None:
        return math.nan
    if row["item"] in turned and row["scale_min"] is not None:
        return float(row["scale_min"] + row["scale_max"] - row["score"])
    return float(row["score"])
