"""Tables of a rating: scores of items and subscales, and how each was obtained."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from ...inventories import Item
from ...transcript import Session
from ..schema import SCORE_SCHEMA, STATUSES
from .prompts import prompt_id
from .score import ItemScore
from .settings import RatingPlan

#: How the score of each item was obtained, one row per item; goes with `SCORE_SCHEMA`.
DETAIL_SCHEMA = pa.schema(
    [
        pa.field("session_id", pa.string(), nullable=False),
        pa.field("dimension", pa.string(), nullable=False),
        pa.field("item", pa.string(), nullable=False),
        pa.field("run", pa.string(), nullable=False),
        pa.field("status", pa.string(), nullable=False),
        pa.field("code", pa.string()),
        pa.field("method", pa.string(), nullable=False),
        pa.field("note", pa.string()),
        pa.field("constraint", pa.string(), nullable=False),
        pa.field("mass", pa.float64()),
        pa.field("entropy_bits", pa.float64()),
        pa.field("argmax", pa.int64()),
        pa.field("samples_n", pa.int64()),
        pa.field("samples_ok_n", pa.int64()),
        pa.field("samples_sd", pa.float64()),
        pa.field("parts_n", pa.int64(), nullable=False),
        pa.field("turns_n", pa.int64(), nullable=False),
        pa.field("turns_sent_n", pa.int64(), nullable=False),
        pa.field("evidence", pa.string()),
        pa.field("evidence_absent_n", pa.int64(), nullable=False),
        pa.field("requests_n", pa.int64(), nullable=False),
    ]
)
#: Text about sessions: written only on demand.
RATIONALE_SCHEMA = pa.schema(
    [
        *(pa.field(name, pa.string()) for name in ("session_id", "dimension", "item", "run")),
        pa.field("part", pa.int64()),
        pa.field("rationale", pa.string()),
    ]
)
# The status of a subscale without a score is the first of these that an item has.
_GRAVEST = ("error", "refused", "unparsable", "out_of_range", "missing")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Rated:
    """One item of one session, rated."""

    session: Session
    item: Item
    repeat: int
    item_score: ItemScore


def scores_table(plan: RatingPlan, rated: Iterable[Rated]) -> pa.Table:
    """Return the scores of items and, after those of a session and run, of its subscales.

    Parameters
    ----------
    plan : RatingPlan
        With its inventory read.
    rated : iterable of Rated
        All items of a session and run next to each other.

    Returns
    -------
    pyarrow.Table
        Schema `SCORE_SCHEMA`. Items hold ratings as given; a subscale (`item` null) holds the mean
        of its items, reversed ones as low + high - rating, null unless all have one. Tokens,
        seconds and cost of a subscale are the sums over its items: sum over items or over
        subscales, not over both.
    """
    rows: list[dict[str, Any]] = []
    groups: dict[tuple[str, int], list[Rated]] = {}
    for item in rated:
        groups.setdefault((item.session.session_id, item.repeat), []).append(item)
    for group in groups.values():
        item_rows = [_item_row(plan, item) for item in group]
        rows += item_rows
        for subscale in plan.items.subscales:
            own = [
                (item, row)
                for item, row in zip(group, item_rows, strict=True)
                if item.item.subscale == subscale
            ]
            rows.append(_subscale_row(own, subscale))
    return pa.Table.from_pylist(rows, schema=SCORE_SCHEMA)


def details_table(rated: Iterable[Rated]) -> pa.Table:
    """Return how the score of each item was obtained, with the schema `DETAIL_SCHEMA`."""
    return pa.Table.from_pylist([_detail_row(item) for item in rated], schema=DETAIL_SCHEMA)


def rationales_table(rated: Iterable[Rated]) -> pa.Table:
    """Return the rationales that were kept, with the schema `RATIONALE_SCHEMA`."""
    rows = [
        {**_place(item), "part": part, "rationale": text}
        for item in rated
        for part, text in enumerate(item.item_score.rationales, 1)
    ]
    return pa.Table.from_pylist(rows, schema=RATIONALE_SCHEMA)


def _place(rated: Rated) -> dict[str, Any]:
    return {
        "session_id": rated.session.session_id,
        "dimension": rated.item.subscale,
        "item": rated.item.id,
        "run": str(rated.repeat),
    }


def _item_row(plan: RatingPlan, rated: Rated) -> dict[str, Any]:
    low, high = plan.scale
    answer, session = rated.item_score.answer, rated.session
    return {
        **_place(rated),
        "client_id": session.client_id,
        "therapist_id": session.therapist_id,
        "session_number": session.session_number,
        "rater": plan.rater_name,
        "perspective": plan.perspective,
        "instrument": plan.items.instrument or plan.items.name,
        "score": answer.score,
        "scale_min": float(low),
        "scale_max": float(high),
        "model": plan.model,
        "prompt_id": prompt_id(plan.mode),
        "status": answer.status,
        "tokens_in": answer.tokens_in,
        "tokens_out": answer.tokens_out,
        "seconds": answer.seconds,
        "cost": cost(plan, answer.tokens_in, answer.tokens_out),
    }


def _subscale_row(own: Sequence[tuple[Rated, dict[str, Any]]], subscale: str) -> dict[str, Any]:
    first = own[0][1]
    ends = first["scale_min"] + first["scale_max"]
    statuses = [row["status"] for _, row in own]
    status = next((grave for grave in _GRAVEST if grave in statuses), "ok")
    score = None
    if status == "ok":
        signed = [row["score"] if item.item.sign > 0 else ends - row["score"] for item, row in own]
        score = math.fsum(signed) / len(signed)
    sums: dict[str, Any] = {}
    for name in ("tokens_in", "tokens_out", "seconds", "cost"):
        known = [row[name] for _, row in own if row[name] is not None]
        sums[name] = sum(known) if known else None
    return {**first, **sums, "dimension": subscale, "item": None, "score": score, "status": status}


def _detail_row(rated: Rated) -> dict[str, Any]:
    score, answer = rated.item_score, rated.item_score.answer
    return {
        **_place(rated),
        "status": answer.status,
        "code": answer.code,
        "method": score.method,
        "note": score.note,
        "constraint": answer.constraint,
        "mass": answer.mass,
        "entropy_bits": answer.entropy,
        "argmax": answer.argmax,
        "samples_n": score.samples_n,
        "samples_ok_n": score.samples_ok,
        "samples_sd": score.samples_sd,
        "parts_n": score.parts_n,
        "turns_n": score.turns_n,
        "turns_sent_n": score.turns_sent,
        "evidence": " ".join(map(str, answer.evidence)) or None,
        "evidence_absent_n": answer.evidence_absent,
        "requests_n": answer.attempts,
    }


def cost(plan: RatingPlan, tokens_in: int | None, tokens_out: int | None) -> float | None:
    """Return the cost of tokens, None if prices or tokens are not known."""
    if plan.price_in is None or plan.price_out is None or tokens_in is None or tokens_out is None:
        return None
    return (plan.price_in * tokens_in + plan.price_out * tokens_out) / 1000


def count_statuses(table: pa.Table) -> dict[str, dict[str, int]]:
    """Return how many rows of items and of subscales have each status."""
    counts: dict[str, dict[str, int]] = {"items": {}, "subscales": {}}
    pairs = list(zip(table["item"].to_pylist(), table["status"].to_pylist(), strict=True))
    for level, wanted in (("items", False), ("subscales", True)):
        for status in STATUSES:
            n = sum((item is None) == wanted and row_status == status for item, row_status in pairs)
            if n:
                counts[level][status] = n
    return counts


def count_reasons(details: pa.Table) -> dict[str, int]:
    """Return how many items have each `code` or `note`, keys of `CODES` or http_NNN."""
    given = details["code"].to_pylist() + details["note"].to_pylist()
    return dict(sorted(Counter(reason for reason in given if reason is not None).items()))
