"""Write predictions as a long table, and read them back as arrays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .._typing import FloatArray, IntArray
from ..errors import ParameterError
from ..transcript.arrow import with_normal_ids
from .folds import Folds

if TYPE_CHECKING:
    import pyarrow as pa


def predictions_table(
    session_ids: Sequence[str],
    clients: Sequence[str],
    therapists: Sequence[str | None],
    folds: Folds,
    dimensions: Sequence[str],
    y: FloatArray,
    predicted: Mapping[str, FloatArray],
    *,
    perspective: str | None = None,
    instrument: str | None = None,
) -> pa.Table:
    """Return predictions as rows of rater, repeat, dimension and session, in that order.

    Parameters
    ----------
    session_ids, clients, therapists : sequence of (str or None), length n_sessions
    folds : Folds
    dimensions : sequence of str
    y : ndarray of float64, shape (n_sessions, n_dimensions)
    predicted : mapping of str to ndarray of float64, shape (n_repeats, n_sessions, n_dimensions)
        Predictions by rater; NaN becomes null.
    perspective, instrument : str, optional
    """
    import pyarrow as pa

    from ..raters.schema import PREDICTION_SCHEMA

    n, n_repeats = len(session_ids), len(folds.assignments)
    blocks = len(predicted) * n_repeats * len(dimensions)
    values = np.concatenate(
        [array.transpose(0, 2, 1).ravel() for array in predicted.values()] or [np.empty(0)]
    )
    per_rater = n_repeats * len(dimensions) * n
    repeats = np.repeat(np.arange(n_repeats), len(dimensions) * n)
    fold = np.repeat(folds.assignments[:, None], len(dimensions), axis=1).ravel()
    columns = {
        "session_id": list(session_ids) * blocks,
        "client_id": list(clients) * blocks,
        "therapist_id": list(therapists) * blocks,
        "repeat": np.tile(repeats, len(predicted)),
        "fold": np.tile(fold, len(predicted)),
        "rater": [name for name in predicted for _ in range(per_rater)],
        "perspective": [perspective] * (blocks * n),
        "instrument": [instrument] * (blocks * n),
        "dimension": [name for name in dimensions for _ in range(n)] * (len(predicted) * n_repeats),
        "score": np.tile(y.T.ravel(), len(predicted) * n_repeats),
        "predicted": pa.array(values, from_pandas=True),
    }
    return pa.table(columns, schema=PREDICTION_SCHEMA)


@dataclass(frozen=True, slots=True, eq=False)
class Stored:
    """The predictions of one rater on one dimension, as arrays of repeats by sessions.

    Attributes
    ----------
    rater, dimension : str
    y, predicted, mean : ndarray of float64, shape (n_repeats, n_sessions)
        Ratings; predictions, NaN where there is none; the mean rating of the training folds.
    folds : ndarray of int64, shape (n_repeats, n_sessions)
    clients, therapists : list of str or None, length n_sessions
    """

    rater: str
    dimension: str
    y: FloatArray
    predicted: FloatArray
    mean: FloatArray
    folds: IntArray
    clients: list[str]
    therapists: list[str | None]

    def only(self, rows: Any) -> Stored:
        """Return the predictions of some sessions."""
        kept = np.flatnonzero(rows).tolist()
        return Stored(
            self.rater,
            self.dimension,
            self.y[:, rows],
            self.predicted[:, rows],
            self.mean[:, rows],
            self.folds[:, rows],
            [self.clients[row] for row in kept],
            [self.therapists[row] for row in kept],
        )

    def by_fold(self) -> Iterator[tuple[int, IntArray]]:
        """Yield the repeat and the sessions of each fold of each repeat."""
        for repeat, folds in enumerate(self.folds):
            for fold in np.unique(folds):
                yield repeat, np.flatnonzero(folds == fold)


def read_stored(table: pa.Table, *, grouped_by: str = "client") -> dict[tuple[str, str], Stored]:
    """Return predictions by rater and dimension, all with the sessions in the same order.

    The training mean of a session is the mean rating of the sessions outside its fold: it is
    recomputed from the table, and all raters share it.

    Parameters
    ----------
    table : pyarrow.Table
        As `predictions_table` returns; rows in any order.
    grouped_by : str, default="client"
        What the folds keep together: "client" and "both" refuse a client in two folds,
        "therapist" and "both" a therapist.

    Raises
    ------
    ParameterError
        If columns are missing, a session of a rater occurs twice, raters disagree on a rating
        or a fold, or a client is in two folds of a repeat.
    """
    rows = _columns(table)
    sessions = sorted(set(rows["session_id"]))
    place = {name: index for index, name in enumerate(sessions)}
    where = np.array([place[name] for name in rows["session_id"]], dtype=np.int64)
    repeats = np.array(rows["repeat"], dtype=np.int64)
    shape = (int(repeats.max(initial=0)) + 1, len(sessions))
    folds = np.full(shape, -1, dtype=np.int64)
    _fill(folds, repeats, where, np.array(rows["fold"], dtype=np.int64), "fold")
    owners = {
        key: _of_sessions(sessions, rows["session_id"], rows[f"{key}_id"])
        for key in ("client", "therapist")
    }
    for who, labels in owners.items():
        if grouped_by in (who, "both"):
            _check_kept(who, labels, folds)
    scores, values = (
        np.array([np.nan if cell is None else cell for cell in rows[name]], dtype=np.float64)
        for name in ("score", "predicted")
    )
    truth: dict[str, FloatArray] = {}
    predicted: dict[tuple[str, str], FloatArray] = {}
    for key, picked in _rows_by_rater(rows).items():
        at = repeats[picked], where[picked]
        if len({*zip(*(index.tolist() for index in at), strict=True)}) < len(picked):
            raise ParameterError(
                f"The predictions of {key[0]} hold a session twice on {key[1]}; keep one row per "
                "session, dimension, rater and repeat."
            )
        _fill(truth.setdefault(key[1], np.full(shape, np.nan)), *at, scores[picked], "score")
        predicted[key] = np.full(shape, np.nan)
        predicted[key][at] = values[picked]
    means = {dimension: _training_mean(y, folds) for dimension, y in truth.items()}
    return {
        key: Stored(*key, truth[key[1]], p, means[key[1]], folds, *owners.values())
        for key, p in predicted.items()
    }


def _of_sessions(sessions: list[str], ids: list[str], values: list[Any]) -> list[Any]:
    known = dict(zip(ids, values, strict=True))
    return [known[name] for name in sessions]


def _rows_by_rater(rows: dict[str, list[Any]]) -> dict[tuple[str, str], IntArray]:
    """Return the rows of each rater and dimension."""
    by_rater: dict[tuple[str, str], list[int]] = {}
    for row, key in enumerate(zip(rows["rater"], rows["dimension"], strict=True)):
        by_rater.setdefault(key, []).append(row)
    return {key: np.array(picked, dtype=np.int64) for key, picked in by_rater.items()}


def _columns(table: pa.Table) -> dict[str, list[Any]]:
    needed = (
        *("session_id", "client_id", "therapist_id", "repeat", "fold"),
        *("rater", "dimension", "score", "predicted"),
    )
    missing = [name for name in needed if name not in table.column_names]
    if missing:
        raise ParameterError(f"The predictions lack the column `{missing[0]}`.")
    table = with_normal_ids(table)
    return {name: table.column(name).to_pylist() for name in needed}


def _fill(target: Any, repeats: IntArray, where: IntArray, values: Any, name: str) -> None:
    """Write values of sessions; refuse two different values of one session."""
    before = target[repeats, where]
    target[repeats, where] = values
    floats = target.dtype.kind == "f"
    unset = np.isnan(before) if floats else before < 0
    again = np.where(unset, values, before)
    if not all(
        np.array_equal(array, values, equal_nan=floats) for array in (again, target[repeats, where])
    ):
        raise ParameterError(
            f"The predictions hold two different values of `{name}` for one session; they are of "
            "different validations."
        )


def _check_kept(key: str, labels: Sequence[str | None], folds: IntArray) -> None:
    """Refuse a client (or therapist) whose sessions are in two folds of a repeat."""
    for repeat, row in enumerate(folds.tolist()):
        seen: dict[str, int] = {}
        for label, fold in zip(labels, row, strict=True):
            if label is not None and fold >= 0 and seen.setdefault(label, fold) != fold:
                raise ParameterError(
                    f"The {key} {label!r} is in folds {seen[label]} and {fold} of repeat "
                    f"{repeat} of the predictions; figures of such folds mean nothing."
                )


def _training_mean(y: FloatArray, folds: IntArray) -> FloatArray:
    """Return the mean rating of the sessions outside each session's fold."""
    mean = np.full(y.shape, np.nan)
    for scores, row, out in zip(y, folds, mean, strict=True):
        for fold in np.unique(row[row >= 0]):
            outside = scores[(row >= 0) & (row != fold)]
            known = outside[~np.isnan(outside)]
            out[row == fold] = known.mean() if known.size else np.nan
    return mean
