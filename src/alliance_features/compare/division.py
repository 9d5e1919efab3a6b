"""How sessions are divided into folds: those given or made anew, and what is said of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .._checks import FloatArray, check_count, counted
from ..errors import ParameterError
from ..model.folds import Folds, make_folds


def check_n_folds(n_folds: int, n_groups: int, what: str) -> None:
    """Refuse fewer groups than folds, and fewer than 2 folds.

    Parameters
    ----------
    n_folds : int
    n_groups : int
        How many groups there are, or may be at most.
    what : str
        The number in words, for the message: "the sessions are of 4 clients".

    Raises
    ------
    ParameterError
    """
    check_count("n_folds", n_folds, least=2)
    if n_groups < n_folds:
        fewer = f"ask for fewer (--n-folds {n_groups}) or " if n_groups > 1 else ""
        raise ParameterError(
            f"`n_folds` is {n_folds}, and {what}, fewer than the {n_folds} folds; {fewer}bring "
            "more data."
        )


def count_of(n: int, grouped_by: str) -> str:
    """Return a number of groups in words."""
    kind = {"client": "client", "both": "client", "therapist": "therapist"}.get(grouped_by)
    return f"{counted(n, 'group')} ({grouped_by})" if kind is None else counted(n, kind)


def folds_of(
    folds: Folds | None,
    y: FloatArray,
    groups: Sequence[str],
    session_ids: Sequence[str],
    *,
    n_folds: int,
    repeats: int,
    seed: int,
    grouped_by: str,
) -> Folds:
    """Return the folds of these sessions: of `folds` if given, else made by `make_folds`."""
    if folds is not None:
        return folds.select(session_ids, groups)
    if grouped_by != "both":  # of those, `make_folds` says what connects them
        n = len(set(groups))
        check_n_folds(n_folds, n, f"the sessions are of {count_of(n, grouped_by)}")
    return make_folds(
        y,
        groups,
        session_ids=session_ids,
        n_folds=n_folds,
        repeats=repeats,
        seed=seed,
        grouped_by=grouped_by,
    )


def describe_folds(folds: Folds) -> dict[str, Any]:
    """Return what a manifest says of folds."""
    sizes = [len(test) for _, _, _, test in folds.splits()]
    return {
        "n_folds": folds.n_folds,
        "repeats": len(folds.assignments),
        "grouped_by": folds.grouped_by,
        "seed": folds.seed,
        "sha256": folds.sha256,
        "smallest": min(sizes),
        "largest": max(sizes),
    }


def repeated(repeats: int) -> str:
    """Return how often folds were made, for a sentence; nothing if once."""
    return "" if repeats == 1 else f", repeated {repeats} times"
