"""Folds that keep a client's sessions together and every fold's ratings alike."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from .._checks import check_count
from ..errors import ParameterError
from .fold_search import balanced_assignment

IntArray = npt.NDArray[np.int64]
_ATTEMPTS = 50


@dataclass(frozen=True, slots=True)
class Folds:
    """Which fold each session is in, for each repeat.

    Attributes
    ----------
    session_ids, groups : tuple of str, length n_sessions
        `groups` is what may not be split: clients, therapists, or both joined.
    assignments : ndarray of int64, shape (n_repeats, n_sessions)
        Fold of each session, from 0.
    n_folds : int
    seed : int
    grouped_by : str
        What the groups are: "client", "therapist", "both" or the name of a column.
    """

    session_ids: tuple[str, ...]
    groups: tuple[str, ...]
    assignments: IntArray
    n_folds: int
    seed: int
    grouped_by: str = "client"

    def __post_init__(self) -> None:
        if len(set(self.session_ids)) < len(self.session_ids):
            raise ParameterError("`session_ids` holds a session twice; give each one once.")
        for repeat, folds in enumerate(self.assignments):
            found: dict[str, int] = {}
            for group, fold in zip(self.groups, folds.tolist(), strict=True):
                if found.setdefault(group, fold) != fold:
                    raise ParameterError(
                        f"{_named(self.grouped_by, group)} is in folds {found[group]} and {fold} "
                        f"of repeat {repeat}; all sessions of one must share a fold. Make the "
                        "folds anew."
                    )

    def __len__(self) -> int:
        return len(self.session_ids)

    def splits(self) -> Iterator[tuple[int, int, IntArray, IntArray]]:
        """Yield repeat, fold, and the indices of training and test sessions."""
        for repeat, folds in enumerate(self.assignments):
            for fold in range(self.n_folds):
                yield repeat, fold, np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)

    @property
    def sha256(self) -> str:
        """Hash of which session is in which fold, whatever their order."""
        text = json.dumps(self.by_session(), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()

    def select(self, session_ids: Sequence[str], groups: Sequence[str]) -> Folds:
        """Return the folds of some of the sessions, in that order, with their groups.

        Raises
        ------
        ParameterError
            If a session is not among them, a group is in two folds or a fold is left empty.
        """
        place = {name: index for index, name in enumerate(self.session_ids)}
        missing = [name for name in session_ids if name not in place]
        if missing:
            raise ParameterError(
                f"`folds` lacks {len(missing)} of {len(session_ids)} sessions, the first "
                f"{missing[0]!r}; make folds of these sessions."
            )
        chosen = self.assignments[:, [place[name] for name in session_ids]]
        for repeat, folds in enumerate(chosen):
            if len(set(folds.tolist())) < self.n_folds:
                raise ParameterError(
                    f"`folds` leaves a fold of repeat {repeat} without any of these sessions; "
                    "make the folds anew."
                )
        return replace(
            self, session_ids=tuple(session_ids), groups=tuple(groups), assignments=chosen
        )

    def by_session(self) -> dict[str, list[int]]:
        """Return the fold of each session in each repeat."""
        return dict(zip(self.session_ids, self.assignments.T.tolist(), strict=True))


def _named(grouped_by: str, group: str) -> str:
    """Name a group without the ids that a joined label is made of."""
    return "A group of `both`" if grouped_by == "both" else f"The {grouped_by} {group!r}"


def make_folds(
    y: npt.ArrayLike,
    groups: Sequence[str],
    *,
    session_ids: Sequence[str] | None = None,
    n_folds: int = 5,
    repeats: int = 1,
    seed: int = 0,
    grouped_by: str = "client",
    starts: int = 20,
) -> Folds:
    """Part sessions into folds by group, with means and SDs of all scores as alike as can be.

    Groups are dealt to folds at random, then moved and swapped while that brings the folds'
    means and SDs of every score closer to those of all sessions and their sizes closer to each
    other; the best of `starts` such searches is kept. Several scores are balanced at once,
    which stratifying on one label cannot do.

    Parameters
    ----------
    y : array-like, shape (n_sessions,) or (n_sessions, n_dimensions)
        Scores; NaN is left out of the means.
    groups : sequence of str, length n_sessions
        What must not be split between folds.
    session_ids : sequence of str, optional
        None names the sessions by their index.
    n_folds, repeats, starts : int
        At least 2, 1 and 1. Each repeat is a search of its own.
    seed : int, default=0
    grouped_by : str, default="client"
        What the groups are, for the record.

    Returns
    -------
    Folds

    Raises
    ------
    ParameterError
        If there are fewer groups than folds, or one group is too large for a fold: more than
        1.5 times its share of the sessions.

    Examples
    --------
    >>> folds = make_folds([1, 2, 3, 4, 1, 4], ["a", "a", "b", "b", "c", "d"], n_folds=2)
    >>> sorted(len(test) for _, _, _, test in folds.splits())
    [3, 3]
    """
    scores = np.asarray(y, dtype=np.float64)
    scores = scores[:, None] if scores.ndim == 1 else scores
    labels = [str(group) for group in groups]
    ids = tuple(map(str, range(len(labels)) if session_ids is None else session_ids))
    check_count("n_folds", n_folds, least=2)
    check_count("repeats", repeats)
    if not len(scores) == len(labels) == len(ids):
        raise ParameterError(
            f"`y` has {len(scores)} rows, `groups` {len(labels)} and `session_ids` {len(ids)}; "
            "they must agree, one a session."
        )
    names, index, counts = np.unique(labels, return_inverse=True, return_counts=True)
    _check_groups(names, counts, n_folds, grouped_by)
    assignments: list[IntArray] = []
    for repeat in range(repeats):
        assignments.append(_another(assignments, scores, index, n_folds, [seed, repeat], starts))
    folds = np.stack([assignment[index] for assignment in assignments]).astype(np.int64)
    return Folds(ids, tuple(labels), folds, n_folds, seed, grouped_by)


def _another(
    earlier: list[IntArray],
    scores: npt.NDArray[np.float64],
    index: IntArray,
    n_folds: int,
    seed: list[int],
    starts: int,
) -> IntArray:
    """Search for a division that no earlier repeat has: a second look at one is no new one."""
    known = {_division(assignment) for assignment in earlier}
    for attempt in range(_ATTEMPTS):
        rng = np.random.default_rng([*seed, attempt] if attempt else seed)
        found = balanced_assignment(scores, index, n_folds, rng, 1 if attempt else starts)
        if _division(found) not in known:
            return found
    raise ParameterError(
        f"`repeats` is more than {len(earlier)}, but only {len(earlier)} balanced divisions of "
        f"{int(index.max()) + 1} groups into {n_folds} folds were found; ask for fewer repeats."
    )


def _division(assignment: IntArray) -> tuple[int, ...]:
    """Return who is with whom, whatever the numbers of the folds."""
    numbers: dict[int, int] = {}
    return tuple(numbers.setdefault(int(fold), len(numbers)) for fold in assignment)


def _check_groups(names: Any, counts: IntArray, n_folds: int, grouped_by: str) -> None:
    largest, most = int(counts.argmax()), int(counts.max())
    allowed = 1.5 * counts.sum() / n_folds
    if len(names) < n_folds and not (grouped_by == "both" and most > allowed):
        raise ParameterError(
            f"`groups` holds {len(names)} groups ({grouped_by}), fewer than the {n_folds} folds; "
            "ask for fewer folds or bring more data."
        )
    if most > allowed:
        why = (
            "clients and therapists are connected: each of them shares a client or a therapist "
            "with the next; group by one of the two, or use fewer folds"
            if grouped_by == "both"
            else "use fewer folds or leave it out"
        )
        raise ParameterError(
            f"{_named(grouped_by, str(names[largest]))} holds {most} of {counts.sum()} sessions, "
            f"more than 1.5 times the share of one of {n_folds} folds; {why}."
        )


def connected_groups(clients: Sequence[str], therapists: Sequence[str]) -> list[str]:
    """Return a label a session so that no client and no therapist has two labels.

    Sessions are joined that share a client or a therapist, directly or through others; the
    label is that of the first session's client and therapist.

    Examples
    --------
    >>> connected_groups(["a", "b", "b", "c"], ["t", "t", "u", "v"])
    ['a+t', 'a+t', 'a+t', 'c+v']
    """
    parent: dict[tuple[str, str], tuple[str, str]] = {}

    def root(node: tuple[str, str]) -> tuple[str, str]:
        parent.setdefault(node, node)
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    pairs = list(zip(clients, therapists, strict=True))
    for client, therapist in pairs:
        parent[root(("therapist", therapist))] = root(("client", client))
    labels: dict[tuple[str, str], str] = {}
    return [
        labels.setdefault(root(("client", client)), f"{client}+{therapist}")
        for client, therapist in pairs
    ]
