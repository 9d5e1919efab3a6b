"""Checks of arguments of public functions; messages about shapes and ranges are made here."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ._typing import FloatArray
from .errors import ParameterError


def counted(n: int, noun: str) -> str:
    """Return a number with its noun, e.g. "1 error", "1,200 errors"."""
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"


def check_choice(name: str, value: object, choices: Sequence[str]) -> str:
    """Return `value` if it is one of `choices`."""
    if not isinstance(value, str) or value not in choices:
        options = ", ".join(f'"{choice}"' for choice in choices)
        shown = repr(value) if isinstance(value, (str, int, float)) else type(value).__name__
        raise ParameterError(f"`{name}` is {shown}; it must be one of {options}.")
    return value


def check_path(
    name: str, value: object, *, beside: tuple[str, object] | None = None, call: str = ""
) -> Path:
    """Return `value` as a path if it is one.

    `beside` is the other argument, name and value, and `call` how both are given: the message says
    so where the two were swapped.
    """
    if isinstance(value, (str, os.PathLike)):
        return Path(os.fspath(value))
    problem = f"`{name}` is {type(value).__name__}"
    if beside is not None and isinstance(beside[1], (str, os.PathLike)):
        raise ParameterError(
            f"{problem} and `{beside[0]}` is {type(beside[1]).__name__}: the two are swapped; "
            f"write {call}."
        )
    raise ParameterError(f"{problem}; it must be a path.")


def check_count(name: str, value: object, *, least: int = 1) -> int:
    """Return `value` as an int if it is a whole number of at least `least`."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < least:
        shown = repr(value) if isinstance(value, (int, float)) else type(value).__name__
        raise ParameterError(f"`{name}` is {shown}; it must be a whole number >= {least}.")
    return int(value)


def check_distances(distances: npt.ArrayLike) -> FloatArray:
    """Return a square float64 matrix of distances >= 0, NaN allowed."""
    try:
        d = np.asarray(distances, dtype=np.float64)
    except (TypeError, ValueError):
        d = None  # numpy's message quotes its input, so it may not be chained
    if d is None:
        raise ParameterError("`distances` is not an array of numbers.")
    if d.ndim != 2 or d.shape[0] != d.shape[1]:
        raise ParameterError(
            f"`distances` has shape {d.shape}; it must be (n_turns, n_turns), "
            "one row and one column per turn, in the order spoken."
        )
    bad = (d < 0) | np.isinf(d)
    if bad.any():
        row, col = np.argwhere(bad)[0]
        raise ParameterError(
            f"`distances[{row}, {col}]` is {d[row, col]}; it must be finite and >= 0, or NaN "
            "for a pair with a turn that has no known word."
        )
    skewed = ~((d == d.T) | (np.isnan(d) & np.isnan(d.T)))
    if skewed.any() and not np.allclose(d, d.T, rtol=1e-9, atol=0, equal_nan=True):
        row, col = np.argwhere(skewed)[0]
        raise ParameterError(
            f"`distances` is not symmetric: [{row}, {col}] is {d[row, col]} and "
            f"[{col}, {row}] is {d[col, row]}."
        )
    return d


def check_roles(roles: Sequence[str], n_turns: int, anchor: object) -> npt.NDArray[np.bool_]:
    """Return which turns are the anchor's, for at most two labelled speakers."""
    labels = [*roles]
    if len(labels) != n_turns:
        raise ParameterError(
            f"`roles` has {len(labels)} entries and `distances` {n_turns} turns; "
            "they must agree, one role per turn."
        )
    if not all(isinstance(label, str) for label in labels):
        raise ParameterError("`roles` holds something that is not a string.")
    speakers = set(labels)
    if len(speakers) > 2:
        raise ParameterError(
            f"`roles` names {len(speakers)} speakers; a dyad has two. "
            "Keep the turns of the two speakers to compare."
        )
    ours = {"therapist", "client"}
    if not isinstance(anchor, str) or not (
        anchor in speakers or (anchor in ours and speakers <= ours)
    ):
        raise ParameterError("`anchor` is not in `roles`; it must be one of the speakers.")
    return np.array([label == anchor for label in labels], dtype=np.bool_)


def check_tokens(name: str, tokens: Any) -> list[str]:
    """Return `tokens` as a list of strings; a bare string is refused."""
    if isinstance(tokens, str):
        raise ParameterError(
            f"`{name}` is a string; it must be a list of tokens, as `turn_tokens` returns."
        )
    if not isinstance(tokens, Iterable):
        raise ParameterError(f"`{name}` is {type(tokens).__name__}; it must be a list of tokens.")
    words = list(tokens)
    for index, word in enumerate(words):
        if not isinstance(word, str):
            raise ParameterError(
                f"`{name}[{index}]` is {type(word).__name__}; every token must be a string."
            )
    return words
