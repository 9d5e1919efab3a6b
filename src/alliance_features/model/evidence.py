"""Find the turns that changed a prediction: measure sessions again without some of their turns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from .._checks import check_choice, check_count
from .._typing import FloatArray
from ..errors import ParameterError
from ..transcript import MergedTurn, Session, merge_turns
from .fitting import Explanation, explain_matrix
from .inputs import check_vectors, input_matrix
from .session_matrix import SessionMatrix

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True, eq=False)
class Remeasured:
    """A session (row 0) and the same session without some of its turns (the other rows).

    Attributes
    ----------
    turns : list of MergedTurn
        The merged turns of the whole session.
    matrix : SessionMatrix
    why : Explanation
    """

    turns: list[MergedTurn]
    matrix: SessionMatrix
    why: Explanation


def drop_turns(session: Session, turns: Iterable[MergedTurn]) -> Session:
    """Return the session without some of its merged turns; their neighbours may then merge."""
    gone: set[int] = set()
    for turn in turns:
        index, left = turn.turn_index, turn.n_merged
        while left:
            if session.turns[index].text.strip():
                gone.add(index)
                left -= 1
            index += 1
    kept = [turn for index, turn in enumerate(session.turns) if index not in gone]
    return replace(session, turns=tuple(kept))


def remeasure(model: Any, session: Session, groups: Sequence[Sequence[int]]) -> Remeasured:
    """Measure a whole session, and without each group of its merged turns.

    Parameters
    ----------
    model : AllianceRegressor
        Fitted.
    session : Session
    groups : sequence of sequence of int
        Positions among the merged turns.
    """
    turns = merge_turns(session)
    variants = [session]
    for number, group in enumerate(groups):
        left = drop_turns(session, [turns[place] for place in group])
        variants.append(replace(left, session_id=f"without-{number}"))
    if session.session_id.startswith("without-"):
        variants[0] = replace(session, session_id="whole")
    matrix = input_matrix(model, variants, reset=False)
    check_vectors(model, matrix)
    return Remeasured(turns, matrix, explain_matrix(model, matrix))


COLUMNS = (
    "session_id",
    "dimension",
    "feature",
    "value",
    "contribution",
    "turn_index",
    "n_merged",
    "role",
    "feature_change",
    "contribution_change",
    "prediction_change",
)


def one_by_one(model: Any, session: Session) -> Remeasured:
    """Measure a whole session, and without each of its merged turns."""
    if not isinstance(session, Session):
        raise ParameterError(f"`session` is {type(session).__name__}; it must be one session.")
    return remeasure(model, session, [[turn] for turn in range(len(merge_turns(session)))])


def changes(remeasured: Remeasured) -> tuple[FloatArray, FloatArray]:
    """Return what each turn adds to contributions (turns, d, f) and to predictions (turns, d).

    Predictions are taken before they are kept within the scale, where changes could disappear.
    """
    parts = remeasured.why.contributions
    free = parts.sum(axis=2) + remeasured.why.bias
    return parts[0] - parts[1:], free[0] - free[1:]


def strongest(values: FloatArray, top: int) -> list[int]:
    """Return the places of the numbers farthest from 0, without those that are 0."""
    order = np.argsort(-np.abs(values), kind="stable")[:top]
    return [int(place) for place in order if values[place] != 0]


def find_evidence(
    model: Any, session: Session, *, dimension: str | None, top: int, turns: int
) -> pa.Table:
    """Return the turns behind the features that changed a prediction most; see `evidence`."""
    import pyarrow as pa

    check_count("top", top)
    check_count("turns", turns)
    if dimension is not None:
        check_choice("dimension", dimension, model.dimensions_)
    remeasured = one_by_one(model, session)
    by_part, by_prediction = changes(remeasured)
    rows: list[tuple[Any, ...]] = []
    for j, name in enumerate(model.dimensions_):
        if dimension not in (None, name):
            continue
        for f in strongest(remeasured.why.contributions[0, j], top):
            values = _column(remeasured, f)
            for place in strongest(by_part[:, j, f], turns):
                turn = remeasured.turns[place]
                rows.append(
                    (
                        session.session_id,
                        name,
                        remeasured.why.names[f],
                        _known(values[0]),
                        float(remeasured.why.contributions[0, j, f]),
                        turn.turn_index,
                        turn.n_merged,
                        turn.role,
                        _known(values[0] - values[1 + place]),
                        float(by_part[place, j, f]),
                        float(by_prediction[place, j]),
                    )
                )
    text, whole, number = pa.string(), pa.int64(), pa.float64()
    kinds = (text, text, text, number, number, whole, whole, text, number, number, number)
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(COLUMNS)
    return pa.table(
        [pa.array(column, type=kind) for column, kind in zip(columns, kinds, strict=True)],
        names=list(COLUMNS),
    )


def _column(remeasured: Remeasured, place: int) -> FloatArray:
    """Return the values of a signal; NaN for the entry of all words of a role."""
    if place < len(remeasured.matrix.names):
        return remeasured.matrix.signals[:, place]
    return np.full(len(remeasured.matrix), np.nan)


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
