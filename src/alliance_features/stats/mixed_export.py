"""The data and the formula of the mixed model for R."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy.typing as npt

from ..errors import ResourceError
from .mixed_problem import make_problem


def write_lme4(
    path: str | Path,
    y: npt.ArrayLike,
    x: npt.ArrayLike,
    clients: Iterable[Any],
    *,
    therapists: Iterable[Any] | None = None,
    session_number: npt.ArrayLike | None = None,
) -> str:
    """Write the columns of the model as CSV and return its formula for R's lme4.

    Parameters
    ----------
    path : str or Path
        File to write; clients and therapists are numbered, no id is written.
    y, x : array-like of float, shape (n,)
    clients, therapists : iterable of hashable, length n
    session_number : array-like of float, shape (n,), optional
        As in `mixed_effects`; rows with NaN are left out.

    Returns
    -------
    str
        Formula for `lmer`, random slopes uncorrelated as in `mixed_effects`.

    Raises
    ------
    ResourceError
        If the file cannot be written.
    """
    problem = make_problem(y, x, clients, therapists, session_number)
    columns: dict[str, npt.NDArray[Any]] = {"y": problem.y}
    columns |= {name: c for name, c in problem.fixed.items() if name != "intercept"}
    terms = [*columns][1:]
    columns["client"] = problem.clients
    random = "(1 + x_within || client)" if "x_within" in columns else "(1 | client)"
    if problem.therapists is not None:
        columns["therapist"] = problem.therapists
        random = f"(1 | therapist) + {random}"
    reason = None
    try:
        with Path(path).open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(columns)
            writer.writerows(zip(*(c.tolist() for c in columns.values()), strict=True))
    except OSError as error:
        reason = error.strerror
    if reason is not None:
        raise ResourceError(f"{path}: the file cannot be written ({reason}).")
    return f"y ~ {' + '.join([*terms, random])}"
