"""Ratings as arrays, one row per session, for models and comparisons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from .._checks import check_choice
from .._typing import FloatArray
from ..errors import ParameterError, RaterError
from ..transcript.ids import normal_ids
from ..wai import DIMENSIONS
from .items import score_items_table
from .ratings import as_checked
from .schema import PERSPECTIVES

Bounds = tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class RatingMatrix:
    """The ratings of n sessions on d dimensions.

    Attributes
    ----------
    y : ndarray of float64, shape (n, d)
        Scores; NaN where a session has none on a dimension.
    dimensions : list of str, length d
    session_ids : list of str, length n
    clients, therapists, groups : list of (str or None), length n
    session_numbers : list of (int or None), length n
    bounds : list of (float, float) or None, length d
        Scale of each dimension; None where the ratings name none.
    """

    y: FloatArray
    dimensions: list[str]
    session_ids: list[str]
    clients: list[str | None]
    therapists: list[str | None]
    groups: list[str | None]
    session_numbers: list[int | None]
    bounds: list[Bounds]


def ratings_matrix(
    table: Any,
    *,
    rater: str | None = None,
    perspective: str | None = None,
    instrument: str | None = None,
    dimensions: Sequence[str] | None = None,
    session_ids: Sequence[str] | None = None,
    average: bool = False,
) -> RatingMatrix:
    """Return the subscale scores of one rater, or of the mean of several.

    Parameters
    ----------
    table : path, pyarrow.Table or data frame
        Ratings as `read_ratings` takes or returns them. Items count only where there is no score
        of a subscale, and are then scored by the key of their instrument.
    rater, perspective, instrument : str, optional
        Which rows to take. None: all.
    dimensions : sequence of str, optional
        Columns of `y`. None: goal, task and bond first, then others in input order.
    session_ids : sequence of str, optional
        Rows of `y`; a session without ratings is a row of NaN. None: sessions in input order.
    average : bool, default=False
        Take the mean of the scores that several raters give the same session.

    Returns
    -------
    RatingMatrix

    Raises
    ------
    RaterError
        If no rating is left, a session has several scores and `average` is false, or the scores of
        a dimension are on different scales.
    ParameterError
        If an argument is malformed.

    Examples
    --------
    >>> wide = pa.table({"session_id": ["s1", "s2"], "G": [4.5, None], "B": [5.0, 3.25]})
    >>> from alliance_features import read_ratings
    >>> table = read_ratings(wide, columns={"goal": "G", "bond": "B"}, rater="client")
    >>> ratings_matrix(table, dimensions=["bond", "goal"]).y
    array([[5.  , 4.5 ],
           [3.25,  nan]])
    """
    if perspective is not None:
        check_choice("perspective", perspective, PERSPECTIVES)
    ratings = as_checked(table).table
    every = ratings.to_pylist()
    wanted = {"rater": rater, "perspective": perspective, "instrument": instrument}
    labels = {
        name: None if value is None else normal_ids([value])[0] for name, value in wanted.items()
    }
    chosen = [all(value in (None, row[name]) for name, value in labels.items()) for row in every]
    if not any(chosen):
        asked = ", ".join(f"{name} {value}" for name, value in wanted.items() if value is not None)
        raise RaterError(f"No rating is left with {asked}. {_on_offer(ratings)}")
    rows = _subscales(ratings.filter(pa.array(chosen)))
    columns = _dimensions(rows, dimensions)
    sessions = _sessions(rows, session_ids)
    facts: dict[str, dict[str, Any]] = {row["session_id"]: row for row in every}
    of_sessions = [facts.get(session, {}) for session in sessions]
    return RatingMatrix(
        y=_scores(rows, sessions, columns, average, _on_offer(ratings)),
        dimensions=columns,
        session_ids=sessions,
        clients=[row.get("client_id") for row in of_sessions],
        therapists=[row.get("therapist_id") for row in of_sessions],
        groups=[row.get("group") for row in of_sessions],
        session_numbers=[row.get("session_number") for row in of_sessions],
        bounds=[_bounds(rows, name) for name in columns],
    )


def _subscales(table: pa.Table) -> list[dict[str, Any]]:
    """Return the rows of subscales; where there are only items, score them."""
    person = ("session_id", "rater", "perspective", "instrument")
    rows = table.to_pylist()
    scores = [row for row in rows if row["item"] is None]
    done = {tuple(row[name] for name in person) for row in scores}
    bare = [tuple(row[name] for name in person) not in done for row in rows]
    left = table.filter(pa.array(bare)) if any(bare) else None
    return scores if left is None else [*scores, *score_items_table(left).to_pylist()]


def _on_offer(table: pa.Table) -> str:
    choices = []
    for name in ("rater", "perspective", "instrument"):
        values = sorted({str(value) for value in table[name].unique().to_pylist()})
        more = f" and {len(values) - 5} more" if len(values) > 5 else ""
        choices.append(f"{name}: {', '.join(values[:5])}{more}")
    return f"There is {'; '.join(choices)}."


def _dimensions(rows: list[dict[str, Any]], asked: Sequence[str] | None) -> list[str]:
    rated = list(dict.fromkeys(row["dimension"] for row in rows))
    if asked is None:
        first = [name for name in DIMENSIONS if name in rated]
        return [*first, *(name for name in rated if name not in first)]
    if isinstance(asked, str) or not asked:
        raise ParameterError("`dimensions` must be a list of names.")
    columns = normal_ids(asked)
    for name in columns:
        check_choice("dimensions", name, rated)
    return _unique("dimensions", columns)


def _sessions(rows: list[dict[str, Any]], asked: Sequence[str] | None) -> list[str]:
    if asked is None:
        return list(dict.fromkeys(row["session_id"] for row in rows))
    if isinstance(asked, str):
        raise ParameterError("`session_ids` must be a list of ids.")
    return _unique("session_ids", normal_ids(asked))


def _unique(name: str, values: list[str]) -> list[str]:
    if len(set(values)) < len(values):
        raise ParameterError(f"`{name}` holds one of them twice.")
    return values


def _scores(
    rows: list[dict[str, Any]],
    sessions: list[str],
    columns: list[str],
    average: bool,
    on_offer: str,
) -> FloatArray:
    row_of = {session: place for place, session in enumerate(sessions)}
    column_of = {name: place for place, name in enumerate(columns)}
    total = np.zeros((len(sessions), len(columns)))
    n_scores = np.zeros(total.shape, dtype=np.int64)
    n_rows = np.zeros(total.shape, dtype=np.int64)
    for row in rows:
        place = row_of.get(row["session_id"]), column_of.get(row["dimension"])
        if None in place:
            continue
        n_rows[place] += 1
        if n_rows[place] > 1 and not average:
            raise RaterError(
                f"Session {row['session_id']} has several scores of {row['dimension']}. Name one "
                f"rater, perspective or instrument, or average them. {on_offer}"
            )
        if row["score"] is not None:
            total[place] += row["score"]
            n_scores[place] += 1
    y = np.full(total.shape, np.nan)
    np.divide(total, n_scores, out=y, where=n_scores > 0)
    return y


def _bounds(rows: list[dict[str, Any]], dimension: str) -> Bounds:
    scales = {(row["scale_min"], row["scale_max"]) for row in rows if row["dimension"] == dimension}
    if len(scales) > 1:
        raise RaterError(
            f"The scores of {dimension} are on {len(scales)} scales. Name one rater or instrument, "
            "or convert them to one scale."
        )
    low, high = scales.pop()
    return None if low is None else (low, high)
