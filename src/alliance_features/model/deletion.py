"""Test whether leaving out evidence turns changes a prediction more than leaving out others."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .._checks import check_count
from .._typing import FloatArray
from ..errors import ParameterError
from ..stats.intervals import Interval, t_of_cluster_means
from ..transcript import MergedTurn, Session
from .evidence import changes, one_by_one, remeasure, strongest

if TYPE_CHECKING:
    import pyarrow as pa

DRAWS = 5  # controls per session
NEAREST = 3  # turns of about the same length from which one is drawn


@dataclass(frozen=True, slots=True, eq=False)
class DeletionTest:
    """How much predictions change without evidence turns, and without others of equal length.

    Attributes
    ----------
    table : pyarrow.Table
        One row per session and dimension: session_id, client_id, dimension, n_turns (left out),
        evidence_move and random_move (absolute change of the prediction, in units of the rating;
        the latter is the mean of 5 draws), difference.
    intervals : dict of str to Interval
        Mean difference for each dimension, t interval over client means; NaN with one client.
    n_skipped : int
        Sessions that have no turns to compare with.
    """

    table: pa.Table
    intervals: dict[str, Interval]
    n_skipped: int


def compare_deletions(
    model: Any, sessions: Iterable[Session], *, top: int, turns: int, seed: int
) -> DeletionTest:
    """Leave out evidence turns and others; see `AllianceRegressor.deletion_test`."""
    import pyarrow as pa

    check_count("top", top)
    check_count("turns", turns)
    rng = np.random.default_rng(check_count("seed", seed, least=0))
    rows: list[tuple[Any, ...]] = []
    n_skipped = n_sessions = 0
    for session in sessions:
        n_sessions += 1
        new_rows = _compare(model, session, top, turns, rng)
        n_skipped += not new_rows
        rows += new_rows
    if not n_sessions:
        raise ParameterError("`sessions` is empty; give sessions to test.")
    names = ("session_id", "client_id", "dimension", "n_turns", "evidence_move", "random_move")
    kinds = (pa.string(), pa.string(), pa.string(), pa.int64(), pa.float64(), pa.float64())
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(names)
    table = pa.table(
        [pa.array(column, type=kind) for column, kind in zip(columns, kinds, strict=True)],
        names=list(names),
    )
    difference = [row[4] - row[5] for row in rows]
    intervals = {}
    for name in model.dimensions_:
        ours = [place for place, row in enumerate(rows) if row[2] == name]
        intervals[name] = t_of_cluster_means(
            [difference[place] for place in ours],
            [rows[place][1] or rows[place][0] for place in ours],
        )
    table = table.append_column("difference", pa.array(difference, type=pa.float64()))
    return DeletionTest(table, intervals, n_skipped)


def _compare(
    model: Any, session: Session, top: int, turns: int, rng: np.random.Generator
) -> list[tuple[Any, ...]]:
    """Return one row per dimension; none where a session has no turns to compare with."""
    remeasured = one_by_one(model, session)
    by_part, _ = changes(remeasured)
    plans: list[tuple[int, list[int], list[list[int]]]] = []
    for j in range(len(model.dimensions_)):
        chosen = _evidence(remeasured.why.contributions[0, j], by_part[:, j], top, turns)
        controls = [_alike(remeasured.turns, chosen, rng) for _ in range(DRAWS)] if chosen else []
        if chosen and all(controls):
            plans.append((j, chosen, controls))
    groups = [group for _, chosen, controls in plans for group in (chosen, *controls)]
    if not groups:
        return []
    again = remeasure(model, session, groups)
    free = again.why.contributions.sum(axis=2) + again.why.bias
    rows = []
    for number, (j, chosen, _) in enumerate(plans):
        start = 1 + number * (1 + DRAWS)
        moved = np.abs(free[0, j] - free[start : start + 1 + DRAWS, j])
        ids = (session.session_id, session.client_id, model.dimensions_[j], len(chosen))
        rows.append((*ids, float(moved[0]), float(moved[1:].mean())))
    return rows


def _evidence(contributions: FloatArray, by_turn: FloatArray, top: int, turns: int) -> list[int]:
    """Return the turns behind the strongest features, at most `turns`.

    First the strongest turn of each feature, then the second of each, and so on.
    """
    ranked = [strongest(by_turn[:, f], turns) for f in strongest(contributions, top)]
    chosen: list[int] = []
    for rank in range(turns):
        for places in ranked:
            if rank < len(places) and places[rank] not in chosen and len(chosen) < turns:
                chosen.append(places[rank])
    return chosen


def _alike(turns: list[MergedTurn], chosen: list[int], rng: np.random.Generator) -> list[int]:
    """Draw for each turn another of the same role and similar length; none if there are too few."""
    left = [place for place in range(len(turns)) if place not in chosen]
    drawn: list[int] = []
    for place in chosen:
        length = len(turns[place].text)
        alike = [other for other in left if turns[other].role == turns[place].role]
        if not alike:
            return []
        alike.sort(key=lambda other: abs(len(turns[other].text) - length))
        control = int(rng.choice(alike[:NEAREST]))
        left.remove(control)
        drawn.append(control)
    return drawn
