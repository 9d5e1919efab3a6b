"""What became of each score of a model rater."""

from __future__ import annotations

from typing import Any

from ._rows import Rows


def set_status(rows: Rows) -> None:
    """Set or check the status of each row; only rows of status ok keep a score."""
    columns, n_rows = rows.columns, len(rows)
    statuses = columns.setdefault("status", [None] * n_rows)
    scores = columns["score"]
    for row, (score, low, high) in enumerate(
        zip(scores, columns["scale_min"], columns["scale_max"], strict=True)
    ):
        found = _status(score, low, high)
        if statuses[row] is None:
            statuses[row] = found
        elif statuses[row] == "ok" and found != "ok":
            raise rows.source.fault(
                f"is ok, but the score is {_SHOWN[found]}",
                f"Write {found}, or correct the score or its scale.",
                row=rows.places[row],
                column="status",
            )
        elif statuses[row] != "ok" and found not in ("missing", statuses[row]):
            raise rows.source.fault(
                f"is {statuses[row]}, but the score is {_SHOWN[found]}",
                "Leave the score empty, or correct the status.",
                row=rows.places[row],
                column="status",
            )
        if statuses[row] != "ok":
            scores[row] = None


_SHOWN = {
    "ok": "a number, and on its scale if that is known",
    "missing": "empty",
    "unparsable": "no number",
    "out_of_range": "outside its scale",
}


def _status(score: Any, low: float | None, high: float | None) -> str:
    if score is None:
        return "missing"
    if not isinstance(score, float):
        return "unparsable"
    if low is not None and high is not None and not low <= score <= high:
        return "out_of_range"
    return "ok"
