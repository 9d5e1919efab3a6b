"""The ratings a model learns: one column a dimension, NaN where a session was not rated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.utils import validation
from sklearn.utils.validation import check_array, column_or_1d

from .._typing import FloatArray
from ..errors import ParameterError
from .columns import column_names, is_table, numbers

if TYPE_CHECKING:
    from .session_matrix import SessionMatrix

#: scikit-learn renamed the option in 1.6.
_OPTION = "ensure" if hasattr(validation, "validate_data") else "force"
ALLOW_NAN = {f"{_OPTION}_all_finite": "allow-nan"}


@dataclass(frozen=True, slots=True, eq=False)
class Targets:
    """Ratings.

    Attributes
    ----------
    values : ndarray of float64, shape (n, d)
    dimensions : list of str, length d
    flat : bool
        Whether they came as one column, so that predictions go out as one.
    """

    values: FloatArray
    dimensions: list[str]
    flat: bool


def read_targets(y: Any, n: int) -> Targets:
    """Return ratings for `n` sessions from an array, a table or a mapping of columns.

    Raises
    ------
    ParameterError, ValueError
        If they are no numbers, not finite (NaN is "not rated"), of another length, or one
        dimension was rated in fewer than 2 sessions.
    """
    if y is None:
        raise ValueError("requires y to be passed, but the target y is None")
    flat, names = False, None
    if is_table(y):
        names = column_names(y)
        values = np.column_stack([numbers(y, name) for name in names])
    elif isinstance(y, Mapping):
        names = [str(name) for name in y]
        values = np.column_stack([np.asarray(one, np.float64) for one in y.values()])
    else:
        name = getattr(y, "name", None)
        values = check_array(y, ensure_2d=False, dtype=np.float64, input_name="y", **ALLOW_NAN)
        flat = values.ndim == 1 or values.shape[1] == 1
        names = [name] if flat and isinstance(name, str) else None
        values = column_or_1d(values, warn=True)[:, None] if flat else values
    if values.shape[0] != n:
        raise ParameterError(f"`y` has {values.shape[0]} rows and `X` {n}; they must agree.")
    if np.isinf(values).any():
        raise ValueError("Input y contains infinity or a value too large for dtype('float64').")
    names = names or [f"y{place}" for place in range(values.shape[1])]
    rated = (~np.isnan(values)).sum(axis=0)
    for name, count in zip(names, rated.tolist(), strict=True):
        if count < 2:
            raise ParameterError(
                f"`y` has {count} sample of dimension {name}; at least 2 sessions must be rated."
            )
    return Targets(values, names, flat)


def check_groups(groups: Any, matrix: SessionMatrix) -> list[str]:
    """Return whose session each is: the groups given, the clients known, or each by itself.

    Raises
    ------
    ParameterError
        If there are not as many as rows, or one is missing.
    """
    if groups is None:
        clients = matrix.clients
        if any(client is None for client in clients):
            return [str(row) for row in range(len(matrix))]
        return [str(client) for client in clients]
    owners = groups.to_pylist() if hasattr(groups, "to_pylist") else list(groups)
    if len(owners) != len(matrix):
        raise ParameterError(
            f"`groups` has {len(owners)} entries and `X` {len(matrix)} rows; they must agree."
        )
    for row, owner in enumerate(owners):
        if owner is None or owner != owner:
            raise ParameterError(f"`groups[{row}]` is missing; every session needs its client.")
    return [str(owner) for owner in owners]
