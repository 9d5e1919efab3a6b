"""Checks of the arrays and labels that the statistics take."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from .._typing import FloatArray, IntArray
from ..errors import ParameterError


def as_floats(name: str, values: npt.ArrayLike, *, dims: tuple[int, ...] = (1,)) -> FloatArray:
    """Return an array of float64 (finite, or NaN) with one of the numbers of dimensions `dims`."""
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        array = None  # numpy's message quotes its input, so it may not be chained
    if array is None:
        raise ParameterError(f"`{name}` is not an array of numbers.")
    if array.ndim not in dims:
        wanted = " or ".join(f"{d}-D" for d in dims)
        raise ParameterError(f"`{name}` is {array.ndim}-D; it must be {wanted}.")
    if np.isinf(array).any():
        place = tuple(int(i) for i in np.argwhere(np.isinf(array))[0])
        shown = ", ".join(map(str, place))
        raise ParameterError(f"`{name}[{shown}]` is infinite; it must be a number, or NaN.")
    return array


def as_complete_rows(name: str, values: npt.ArrayLike) -> FloatArray:
    """Return the rows of a 2-D array without NaN."""
    array = as_floats(name, values, dims=(2,))
    return array[~np.isnan(array).any(axis=1)]


def as_pair(
    names: tuple[str, str], x: npt.ArrayLike, y: npt.ArrayLike, *, known: bool = True
) -> tuple[FloatArray, FloatArray]:
    """Return two 1-D arrays of equal length; with `known`, only rows where both are numbers."""
    first, second = as_floats(names[0], x), as_floats(names[1], y)
    check_same_length(names[0], first.size, names[1], second.size)
    if not known:
        return first, second
    rows = ~(np.isnan(first) | np.isnan(second))
    return first[rows], second[rows]


def check_same_length(name: str, n: int, other: str, m: int) -> None:
    """Refuse two arguments of different length."""
    if n != m:
        raise ParameterError(f"`{name}` has {n} rows and `{other}` {m}; they must agree.")


def as_codes(name: str, labels: Iterable[Any], n: int) -> IntArray:
    """Return labels as numbers 0..k-1, in the order of their sorted text."""
    listed = labels.tolist() if isinstance(labels, np.ndarray) else list(labels)
    check_same_length(name, len(listed), "the ratings", n)
    for row, label in enumerate(listed):
        if label is None or (isinstance(label, float) and math.isnan(label)):
            raise ParameterError(f"`{name}[{row}]` is missing; every row needs a label.")
    known = sorted({*listed}, key=lambda label: (str(type(label)), str(label)))
    places = {label: code for code, label in enumerate(known)}
    return np.array([places[label] for label in listed], dtype=np.int64)


def mean_ranks(values: FloatArray) -> FloatArray:
    """Return ranks from 1; equal values share their mean rank."""
    _, codes, counts = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(counts) - (counts - 1) / 2.0)[codes], dtype=np.float64)


def check_share(name: str, value: float) -> float:
    """Return a number strictly between 0 and 1."""
    if isinstance(value, bool) or not isinstance(value, (int, float, np.floating)):
        raise ParameterError(f"`{name}` is {type(value).__name__}; it must be a number in (0, 1).")
    if not 0.0 < value < 1.0:
        raise ParameterError(f"`{name}` is {value}; it must be in (0, 1).")
    return float(value)


def correlation(a: FloatArray, b: FloatArray) -> float:
    """Return the Pearson correlation of known values; NaN where one array is constant."""
    if a.size < 2 or np.ptp(a) == 0 or np.ptp(b) == 0:
        return float("nan")
    a, b = a - a.mean(), b - b.mean()
    a, b = a / np.abs(a).max(), b / np.abs(b).max()  # squares neither overflow nor vanish
    return float(np.clip(a @ b / np.sqrt((a @ a) * (b @ b)), -1.0, 1.0))
