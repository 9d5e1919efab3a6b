"""Which columns of a table are features: those of the registry, by name, and no others."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from .._typing import FloatArray
from ..errors import ParameterError
from ..extraction.extractor import SESSION_KEYS
from ..features.registry import list_features

OWN_PREFIX = "own__"


def is_table(X: Any) -> bool:
    """Say whether `X` is a table with named columns: Arrow, or pandas or something like it."""
    if hasattr(X, "column_names"):
        return True
    frame = hasattr(X, "columns") and hasattr(X, "dtypes")
    return frame and any(isinstance(name, str) for name in X.columns)


def column_names(table: Any) -> list[str]:
    """Return the names of the columns, all of them strings."""
    names = list(table.column_names if hasattr(table, "column_names") else table.columns)
    if not all(isinstance(name, str) for name in names):
        raise ParameterError(
            "`X` has column names that are no strings; name features as `extract`."
        )
    if len(set(names)) < len(names):
        raise ParameterError("`X` has two columns of one name.")
    return names


def column(table: Any, name: str) -> list[Any]:
    """Return one column as a list; null is None."""
    if hasattr(table, "column_names"):
        return list(table.column(name).to_pylist())
    values = table[name]
    missing = values.isna().to_numpy()
    return [None if gone else value for value, gone in zip(values, missing, strict=True)]


def numbers(table: Any, name: str) -> FloatArray:
    """Return one column of numbers as float64; null is NaN."""
    values = None
    with contextlib.suppress(TypeError, ValueError):  # their messages quote the value
        values = np.array(
            [np.nan if value is None else value for value in column(table, name)], np.float64
        )
    if values is None:
        raise ParameterError(f"`X[{name}]` holds something that is no number.")
    if np.isinf(values).any():
        raise ParameterError(f"`X[{name}]` holds infinity; write null where nothing was measured.")
    return values


def _is_number(table: Any, name: str) -> bool:
    if hasattr(table, "column_names"):
        import pyarrow.types as kinds

        kind = table.schema.field(name).type
        return bool(
            kinds.is_integer(kind)
            or kinds.is_floating(kind)
            or kinds.is_boolean(kind)
            or kinds.is_decimal(kind)
        )
    return getattr(table[name].dtype, "kind", "O") in "biuf" or "int" in str(table[name].dtype)


def feature_columns(table: Any, features: str | Iterable[str] = "all") -> list[str]:
    """Return the columns of a table that a model may see, in the order of the table.

    Features of the registry that `features` names, and columns beginning with ``own__``: those
    are the user's and taken on trust. The keys of a session (session_id, client_id, therapist_id,
    session_number, language) and columns of text are left out.

    Raises
    ------
    ParameterError
        If there is another column of numbers, which might be a rating, an id or a flag, or no
        feature at all.
    """
    names = column_names(table)
    known = set(list_features("all"))
    strange = [
        name
        for name in names
        if name not in known
        and name not in SESSION_KEYS
        and not name.startswith(OWN_PREFIX)
        and _is_number(table, name)
    ]
    if strange:
        shown = ", ".join(f"`{name}`" for name in strange[:5])
        raise ParameterError(
            f"`X` has columns of numbers that are no registered features: {shown}"
            f"{f' and {len(strange) - 5} more' if len(strange) > 5 else ''}. Ratings, ids and "
            f"flags cannot be features: drop them, or name a feature of your own `{OWN_PREFIX}...`."
        )
    wanted = set(list_features(features))
    chosen = [name for name in names if name in wanted or name.startswith(OWN_PREFIX)]
    if not chosen:
        raise ParameterError("`X` has no column that is a feature of the set named.")
    return chosen


def feature_versions(names: Iterable[str]) -> Mapping[str, int]:
    """Return the version of each registered feature among `names`."""
    from ..features.registry import describe_feature

    known = set(list_features("all"))
    return {name: describe_feature(name).version for name in names if name in known}
