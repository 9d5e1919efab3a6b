"""Compute scores of subscales from ratings of items."""

from __future__ import annotations

import math
from typing import Any

import pyarrow as pa

from .. import wai
from .._checks import check_choice
from ..errors import ParameterError
from .schema import RATING_SCHEMA

_OF_A_PERSON = (
    *("session_id", "client_id", "therapist_id", "session_number", "group"),
    *("rater", "perspective", "instrument", "scale_min", "scale_max"),
)


def score_items_table(
    table: pa.Table, *, how: str = "mean", min_items: int | None = None
) -> pa.Table:
    """Score the items of a table of ratings; rows of subscales are left out.

    Parameters
    ----------
    table : pyarrow.Table
        As `read_ratings` returns; answers as given, before any reversal.
    how : {"mean", "sum"}, default="mean"
        Mean of the items of a subscale, on the scale of an item, or their sum.
    min_items : int, optional
        As for `wai.score_items`. None: all items must be there.

    Returns
    -------
    pyarrow.Table
        Schema `RATING_SCHEMA`, one row per session, rater and dimension, `item` null; the score is
        null where items are missing.

    Raises
    ------
    ParameterError
        If the table is not a table of ratings, the key of an instrument is not known, or its
        items are on another scale than that of the key.
    """
    check_choice("how", how, wai.HOWS)
    if table.schema != RATING_SCHEMA:
        raise ParameterError(
            "`table` does not have the schema of ratings; `read_ratings` returns it."
        )
    answers: dict[tuple[Any, ...], dict[int, float]] = {}
    for row in table.to_pylist():
        if row["item"] is not None:
            key = tuple(row[name] for name in _OF_A_PERSON)
            _check_key(row)
            given = answers.setdefault(key, {})
            if int(row["item"]) in given:
                raise ParameterError(
                    f"`table` has item {row['item']} of session {row['session_id']}, "
                    f"rater {row['rater']}, twice. Keep one."
                )
            given[int(row["item"])] = math.nan if row["score"] is None else row["score"]
    scores = _scores_by_person(answers, how, min_items)
    return pa.Table.from_pylist(
        [row for person in answers for row in scores[person]], schema=RATING_SCHEMA
    )


def _check_key(row: dict[str, Any]) -> None:
    name = row["instrument"]
    if name not in wai.INSTRUMENTS:
        raise ParameterError(
            f"`table` has items of {'no instrument' if name is None else name}; keys are known "
            f"of {', '.join(wai.INSTRUMENTS)}. Score other items yourself."
        )
    key = wai.instrument(name)
    number = int(row["item"]) if row["item"].isdecimal() else 0
    if not 1 <= number <= key.n_items:
        raise ParameterError(
            f"`table` has items that {name} lacks; its items are 1 to {key.n_items}."
        )
    if (row["scale_min"], row["scale_max"]) != (key.low, key.high):
        raise ParameterError(
            f"`table` has items of {name} on another scale than {key.low:g} to {key.high:g}."
        )


def _scores_by_person(
    answers: dict[tuple[Any, ...], dict[int, float]], how: str, min_items: int | None
) -> dict[tuple[Any, ...], list[dict[str, Any]]]:
    """Return the rows of each person, scored one instrument at a time."""
    place = _OF_A_PERSON.index("instrument")
    by_person: dict[tuple[Any, ...], list[dict[str, Any]]] = {person: [] for person in answers}
    for name in {person[place] for person in answers}:
        key = wai.instrument(name)
        people = [person for person in answers if person[place] == name]
        items = range(1, key.n_items + 1)
        given = [[answers[person].get(item, math.nan) for item in items] for person in people]
        scores = wai.score_items(given, key, how=how, min_items=min_items)
        for row, person in enumerate(people):
            for dimension, values in scores.items():
                times = len(key.keys[dimension]) if how == "sum" else 1
                score = float(values[row])
                by_person[person].append(
                    {
                        **dict(zip(_OF_A_PERSON, person, strict=True)),
                        "dimension": dimension,
                        "item": None,
                        "score": None if math.isnan(score) else score,
                        "scale_min": key.low * times,
                        "scale_max": key.high * times,
                    }
                )
    return by_person
