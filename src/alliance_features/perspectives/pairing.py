"""Pair the ratings of client and therapist of the same sessions, in a common unit if possible."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .. import wai
from .._typing import FloatArray
from ..errors import RaterError
from ..raters.matrix import ratings_matrix
from ..raters.ratings import CheckedRatings

#: Units of a pair of scores: code -> meaning.
UNITS = {
    "points": "points of the form that both filled in",
    "item_points": "points of an item, over the items that both forms have",
    "share": "share of the scale, since the two are on different scales of one form",
    "relative": "share of the scale about the mean of each side, since the forms differ: how far "
    "the sides are apart in the mean is not known",
}
SIDES = ("client", "therapist")


@dataclass(frozen=True, slots=True, kw_only=True)
class PairedRatings:
    """Both ratings of n sessions on d dimensions.

    Attributes
    ----------
    client, therapist : ndarray of float64, shape (n, d)
        In the unit of the dimension; NaN without a rating.
    dimensions : list of str, length d
        Dimensions that both client and therapist rated.
    units : list of str, length d
        Keys of `UNITS`.
    items : list of int, length d
        Number of common items, 0 where scores of whole subscales were compared.
    one_sided : list of str
        Dimensions that only one of the two rated.
    session_ids, clients, therapists, conditions : list of str (or None), length n
    session_numbers : ndarray of float64, shape (n,)
        NaN where unknown.
    """

    client: FloatArray
    therapist: FloatArray
    dimensions: list[str]
    units: list[str]
    items: list[int]
    one_sided: list[str]
    session_ids: list[str]
    clients: list[str | None]
    therapists: list[str | None]
    conditions: list[str | None]
    session_numbers: FloatArray

    def __len__(self) -> int:
        return len(self.session_ids)


def pair_ratings(
    ratings: CheckedRatings, *, dimensions: Sequence[str] | None = None
) -> PairedRatings:
    """Match the ratings of client and therapist of the same sessions.

    Where both have items and the items differ, a dimension is the mean of the items that
    both have (same `item` and `dimension`; reversed by the key of the instrument where it is
    known). Where there are only scores of subscales and the instruments differ, the scores are
    shares of the scale about the mean of their perspective: gaps are then relative.

    Parameters
    ----------
    ratings : CheckedRatings
        With the perspectives client and therapist; `group` is the
        condition.
    dimensions : sequence of str, optional
        None: all that both rated.

    Returns
    -------
    PairedRatings
        Sessions that at least one of the two rated.

    Raises
    ------
    RaterError
        If a perspective is missing, no dimension was rated by both, a session has two scores of a
        perspective, or questionnaires differ and name no scale.
    """
    rows = ratings.table.to_pylist()
    named = {side: _dimensions(rows, side) for side in SIDES}
    common = [name for name in named["client"] if name in named["therapist"]]
    if dimensions is not None:
        common = [name for name in dimensions if name in common]
    if not common:
        rated = "; ".join(f"{side}: {', '.join(names)}" for side, names in named.items())
        raise RaterError(
            "Client and therapist rated no dimension in common, or none that was asked for. There "
            f"is {rated}."
        )
    sessions = list(dict.fromkeys(row["session_id"] for row in rows if row["perspective"] in SIDES))
    pairs = [_dimension(ratings, rows, name, sessions) for name in common]
    facts: dict[str, Any] = {row["session_id"]: row for row in rows}
    numbers = [facts[session]["session_number"] for session in sessions]
    return PairedRatings(
        client=np.stack([pair[0] for pair in pairs], axis=1),
        therapist=np.stack([pair[1] for pair in pairs], axis=1),
        dimensions=common,
        units=[pair[2] for pair in pairs],
        items=[pair[3] for pair in pairs],
        one_sided=sorted({*named["client"]} ^ {*named["therapist"]}),
        session_ids=sessions,
        clients=[facts[session]["client_id"] for session in sessions],
        therapists=[facts[session]["therapist_id"] for session in sessions],
        conditions=[facts[session]["group"] for session in sessions],
        session_numbers=np.array([np.nan if n is None else n for n in numbers], dtype=np.float64),
    )


def _dimensions(rows: list[dict[str, Any]], side: str) -> list[str]:
    rated = list(dict.fromkeys(row["dimension"] for row in rows if row["perspective"] == side))
    if not rated:
        raise RaterError(
            f"No rating has the perspective {side}; the comparison needs client and therapist."
        )
    first = [name for name in wai.DIMENSIONS if name in rated]
    return [*first, *(name for name in rated if name not in first)]


def _dimension(
    ratings: CheckedRatings, rows: list[dict[str, Any]], name: str, sessions: list[str]
) -> tuple[FloatArray, FloatArray, str, int]:
    """Return both columns of a dimension, their unit and the number of common items."""
    own = [[r for r in rows if r["dimension"] == name and r["perspective"] == s] for s in SIDES]
    items = [{_item(row) for row in side if row["item"] is not None} for side in own]
    forms = [{row["instrument"] for row in side} for side in own]
    if all(items) and items[0] != items[1]:
        shared = items[0] & items[1]
        if not shared:
            raise RaterError(f"The forms of client and therapist share no item of {name}.")
        client, therapist = (_mean_of_items(side, shared, sessions) for side in own)
        return client, therapist, "item_points", len(shared)
    columns, bounds = [], []
    for side in SIDES:
        matrix = ratings_matrix(ratings, perspective=side, dimensions=[name], session_ids=sessions)
        columns.append(matrix.y[:, 0])
        bounds.append(matrix.bounds[0])
    same_form = forms[0] == forms[1]
    if same_form and bounds[0] == bounds[1]:
        return columns[0], columns[1], "points", 0
    if bounds[0] is None or bounds[1] is None:
        raise RaterError(
            f"The forms of {name} differ and one names no scale; give scale_min and scale_max."
        )
    shares = [
        (column - low) / (high - low)
        for column, (low, high) in zip(columns, (bounds[0], bounds[1]), strict=True)
    ]
    if same_form:
        return shares[0], shares[1], "share", 0
    both = ~np.isnan(shares[0] + shares[1])
    centred = [share - share[both].mean() if both.any() else share for share in shares]
    return centred[0], centred[1], "relative", 0


def _item(row: dict[str, Any]) -> tuple[str, Any, Any]:
    return row["item"], row["scale_min"], row["scale_max"]


def _mean_of_items(
    rows: list[dict[str, Any]], shared: set[tuple[str, Any, Any]], sessions: list[str]
) -> FloatArray:
    """Return the mean of the shared items of each session; NaN unless all were answered."""
    given: dict[str, list[float]] = {}
    for row in rows:
        if row["item"] is not None and _item(row) in shared and row["score"] is not None:
            given.setdefault(row["session_id"], []).append(_as_keyed(row))
    for session, scores in given.items():
        if len(scores) > len(shared):
            raise RaterError(
                f"Session {session} has an item twice; keep one rater per perspective."
            )
    full = {name: float(np.mean(of)) for name, of in given.items() if len(of) == len(shared)}
    return np.array([full.get(session, np.nan) for session in sessions])


def _as_keyed(row: dict[str, Any]) -> float:
    """Return an answer, reversed where the key of its instrument says so."""
    if row["instrument"] in wai.INSTRUMENTS:
        key = wai.instrument(row["instrument"])
        if row["item"] in {str(item) for item in key.reversed_items}:
            return float(key.low + key.high - row["score"])
    return float(row["score"])
