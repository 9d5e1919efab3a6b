"""Early, middle and late sessions of a course of therapy."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TypeVar

import numpy as np

from .._typing import FloatArray
from ..errors import ParameterError, RaterError
from ..features.measures.trends import outer_thirds

PHASES = ("early", "middle", "late")
_NONE = -1
Label = TypeVar("Label", bound=Hashable)


def check_cuts(cuts: Sequence[int] | None) -> tuple[int, int] | None:
    """Return two rising session numbers, or None."""
    if cuts is None:
        return None
    pair = tuple(cuts)
    whole = len(pair) == 2 and all(isinstance(c, int) and not isinstance(c, bool) for c in pair)
    if not whole or not 0 < pair[0] <= pair[1]:
        raise ParameterError(
            "`cuts` must be two session numbers: of the last early and of the last middle session."
        )
    return pair[0], pair[1]


def phases_of(
    courses: Sequence[Hashable],
    numbers: FloatArray,
    known: np.ndarray,
    *,
    cuts: Sequence[int] | None = None,
) -> np.ndarray:
    """Return the phase of each session of a course.

    By thirds, of m known sessions in the order of their numbers the first third are those with
    index < m / 3, the last those with index >= 2 m / 3, as the thirds of a session.

    Parameters
    ----------
    courses : sequence of hashable, length n
        Course of each session: its client and therapist.
    numbers : ndarray of float64, shape (n,)
        Session numbers; a session without one has no phase.
    known : ndarray of bool, shape (n,)
        Sessions that are used.
    cuts : (int, int), optional
        Last early and last middle session number, instead of thirds.

    Returns
    -------
    ndarray of int64, shape (n,)
        0 early, 1 middle, 2 late, -1 none.

    Raises
    ------
    RaterError
        If two sessions of a course have the same number.

    Examples
    --------
    >>> import numpy as np
    >>> phases_of(["a"] * 5, np.array([1.0, 2, 3, 4, 9]), np.ones(5, dtype=bool)).tolist()
    [0, 0, 1, 1, 2]
    """
    pair = check_cuts(cuts)
    out = np.full(len(numbers), _NONE, dtype=np.int64)
    counted = known & ~np.isnan(numbers)
    for rows in rows_of(courses, counted).values():
        order = rows[np.argsort(numbers[rows], kind="stable")]
        if (np.diff(numbers[order]) == 0).any():
            raise RaterError(
                "Two sessions of one client and therapist have the same session_number; a course "
                "needs their order."
            )
        if pair is not None:
            out[order] = np.searchsorted(np.array(pair), numbers[order], side="left")
            continue
        first, last = outer_thirds(order.size)
        out[order] = np.where(first, 0, np.where(last, 2, 1))
    return out


def rows_of(labels: Sequence[Label], kept: np.ndarray) -> dict[Label, np.ndarray]:
    """Return the places of each label, in order of appearance, among those kept."""
    places_of: dict[Label, list[int]] = {}
    for place in np.flatnonzero(kept):
        places_of.setdefault(labels[int(place)], []).append(int(place))
    return {label: np.array(places) for label, places in places_of.items()}
