"""What must not happen in an evaluation, checked before anything is fitted."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .._typing import FloatArray
from ..errors import ParameterError
from ..model.session_matrix import SessionMatrix
from ..stats.few_clusters import ENOUGH_CLUSTERS
from ..stats.metrics import pearson

_LEAST_CLIENTS = 4
_SAME = 0.9999
_LEAST_ROWS = 8
_LEAST_VALUES = 5


def check_labels(name: str, given: Sequence[str | None], n: int) -> list[str]:
    """Return one label a session, without a gap.

    Raises
    ------
    ParameterError
        If one is missing, or there are not `n`.
    """
    labels = list(given)
    if len(labels) != n:
        raise ParameterError(
            f"`{name}` has {len(labels)} entries for {n} sessions; they must agree."
        )
    missing = sum(label is None for label in labels)
    if missing:
        raise ParameterError(
            f"{missing} of {len(labels)} sessions name no client; a validation must know whose "
            "sessions they are. Fill client_id, or name a column of groups."
        )
    return [str(label) for label in labels]


def check_enough(n: int) -> None:
    """Refuse fewer than 4 clients: no figure of so few means anything."""
    if n < _LEAST_CLIENTS:
        raise ParameterError(
            f"There are {n} clients; an evaluation needs at least {_LEAST_CLIENTS}, and its "
            f"intervals are wide below {ENOUGH_CLUSTERS}."
        )


def check_signals(matrix: SessionMatrix, y: FloatArray, dimensions: Sequence[str]) -> None:
    """Refuse a signal that is a rating by another name, and ratings that do not vary.

    Raises
    ------
    ParameterError
        If a signal correlates with a rating at .9999 or more, or all ratings are equal.
    """
    for place, dimension in enumerate(dimensions):
        if np.ptp(y[:, place]) == 0:
            raise ParameterError(
                f"`y` holds one value of {dimension} alone; there is nothing to predict."
            )
        for column, name in zip(matrix.signals.T, matrix.names, strict=True):
            known = ~np.isnan(column)
            if known.sum() < _LEAST_ROWS:
                continue
            if abs(pearson(column[known], y[known, place])) >= _SAME:
                raise ParameterError(
                    f"`X[{name}]` is the rating of {dimension} by another name; ratings cannot "
                    "be features. Leave it out."
                )


def twins(matrix: SessionMatrix, groups: Sequence[str]) -> list[tuple[str, str]]:
    """Return pairs of sessions of different groups whose signals are all the same.

    One transcript under two ids would be in training and in test. Sessions with fewer than 5
    known signals are passed over.
    """
    seen: dict[bytes, int] = {}
    found = []
    for row, values in enumerate(matrix.signals):
        if np.count_nonzero(~np.isnan(values)) < _LEAST_VALUES:
            continue
        first = seen.setdefault(values.tobytes(), row)
        if groups[first] != groups[row]:
            found.append((str(matrix.session_ids[first]), str(matrix.session_ids[row])))
    return found
