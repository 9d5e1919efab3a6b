"""Predictions of a cross-validation as scores of raters, and the folds they were made on."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from ..errors import ParameterError
from ..model.fold_files import load_folds
from ..model.folds import Folds
from ..raters.schema import PREDICTION_SCHEMA
from .names import MEAN
from .rater_given import RaterScores


def read_predictions(title: str, content: Any) -> pa.Table:
    """Return predictions of a file or table, with the columns of their schema."""
    import pyarrow.parquet as pq

    table = pq.read_table(content) if isinstance(content, Path) else content
    missing = [name for name in PREDICTION_SCHEMA.names if name not in table.column_names]
    if missing:
        raise ParameterError(f"{title}: the predictions lack the column `{missing[0]}`.")
    return table.select(PREDICTION_SCHEMA.names).cast(PREDICTION_SCHEMA)


def folds_of(title: str, table: pa.Table, beside: Path) -> Folds:
    """Return the folds that predictions were made on, with their grouping where it is known."""
    if (beside / "folds.json").is_file() and beside != Path():
        return load_folds(beside / "folds.json")
    found: dict[str, dict[int, int]] = {}
    who: dict[str, str] = {}
    for row in table.select(["session_id", "client_id", "repeat", "fold"]).to_pylist():
        who[row["session_id"]] = row["client_id"] or row["session_id"]
        folds = found.setdefault(row["session_id"], {})
        if folds.setdefault(row["repeat"], row["fold"]) != row["fold"]:
            raise ParameterError(
                f"{title}: session {row['session_id']} is in two folds of repeat {row['repeat']}."
            )
    repeats = sorted({repeat for folds in found.values() for repeat in folds})
    if any(len(folds) != len(repeats) for folds in found.values()):
        raise ParameterError(f"{title}: some sessions lack a repeat of the cross-validation.")
    rows = np.array([[folds[repeat] for repeat in repeats] for folds in found.values()])
    names = tuple(found)
    groups = tuple(who[name] for name in names)
    return Folds(names, groups, rows.T.astype(np.int64), int(rows.max()) + 1, 0, "client")


def scores_of(title: str, table: pa.Table, beside: Path) -> list[RaterScores]:
    """Return what each row of an evaluation predicts, the training mean left out."""
    rows = table.to_pylist()
    repeats = {repeat: place for place, repeat in enumerate(sorted({r["repeat"] for r in rows}))}
    seconds = _seconds(beside)
    found: dict[str, RaterScores] = {}
    for row in rows:
        if row["rater"] == MEAN:  # made anew for the sessions that are compared
            continue
        one = found.setdefault(
            row["rater"],
            RaterScores(
                name=row["rater"], source=title, values={}, statuses=Counter(), fitted=True
            ),
        )
        place = row["session_id"], row["dimension"]
        if row["predicted"] is not None:
            values = one.values.setdefault(place, [float("nan")] * len(repeats))
            if values[repeats[row["repeat"]]] == values[repeats[row["repeat"]]]:
                raise ParameterError(
                    f"{title}: it holds two predictions of {place[1]} of session {place[0]} by "
                    f"{row['rater']}; keep one row a session, dimension, rater and repeat."
                )
            values[repeats[row["repeat"]]] = row["predicted"]
        if repeats[row["repeat"]] == 0:
            one.statuses[place[1], "missing" if row["predicted"] is None else "ok"] += 1
    sessions = len({row["session_id"] for row in rows})
    for name, one in found.items():
        if name in seconds:
            one.costs.update(seconds=seconds[name], sessions=float(sessions))
    return list(found.values())


def _seconds(beside: Path) -> dict[str, float]:
    """Return the time that each row of an evaluation took, if its folder says so."""
    try:
        content = json.loads((beside / "run.json").read_text(encoding="utf-8"))
        found = content.get("seconds_by_row", {})
        return {str(name): float(value) for name, value in found.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}
