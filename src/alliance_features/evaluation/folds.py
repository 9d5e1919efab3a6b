"""Make, check, save and load folds.

Folds keep the sessions of a client together, and their ratings are as similar as possible.
"""

from __future__ import annotations

import hashlib
import json
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from .._checks import check_count, check_path, counted
from .._typing import FloatArray, IntArray
from ..errors import AllianceWarning, ParameterError, ResourceError
from ..output.files import write_json
from ..stats.few_clusters import ENOUGH_CLUSTERS
from ..transcript.ids import SPELLING, near_hint, normal_ids, similar_ids

# Weights of the squared relative deviations; means and SDs of scores weigh 1 together.
_SIZE, _GROUPS = 1.0, 0.25
_SWAPS, _MOST_STEPS = 400, 300
_LEAST_SD = 0.05  # share of the SD of all sessions; a fold of equal scores has no SD


@dataclass(frozen=True, slots=True)
class _Sums:
    """Numbers of groups and sessions; and for each score its count, sum and sum of squares."""

    sizes: FloatArray  # (..., 2)
    scores: FloatArray  # (..., 3, n_dimensions)

    def __add__(self, other: _Sums) -> _Sums:
        return _Sums(self.sizes + other.sizes, self.scores + other.scores)

    def __sub__(self, other: _Sums) -> _Sums:
        return _Sums(self.sizes - other.sizes, self.scores - other.scores)

    def at(self, index: IntArray) -> _Sums:
        return _Sums(self.sizes[index], self.scores[index])


def _sums(y: FloatArray, index: IntArray, n_groups: int) -> _Sums:
    """Sum standardised scores by group; scores that do not vary are left out."""
    known = ~np.isnan(y)
    centre = np.nanmean(y, axis=0) if len(y) else np.zeros(y.shape[1])
    spread = np.nanstd(y, axis=0)
    z = np.where(known, (y - centre) / np.where(spread > 0, spread, 1.0), 0.0)[:, spread > 0]
    parts = np.stack([known[:, spread > 0].astype(np.float64), z, z**2], axis=1)
    scores = np.zeros((n_groups, *parts.shape[1:]))
    np.add.at(scores, index, parts)
    sizes = np.column_stack([np.ones(n_groups), np.bincount(index, minlength=n_groups)])
    return _Sums(sizes.astype(np.float64), scores)


def _cost(folds: _Sums, share: FloatArray) -> FloatArray:
    """Return how far folds are from all sessions: squared deviations of means, SDs and sizes."""
    n = np.maximum(folds.scores[..., 0, :], 1.0)
    mean = folds.scores[..., 1, :] / n
    sd = np.sqrt(np.maximum(folds.scores[..., 2, :] / n - mean**2, 0.0))
    unlike = mean**2 + np.log(np.maximum(sd, _LEAST_SD)) ** 2
    sizes = (folds.sizes / share - 1.0) ** 2 @ np.array([_GROUPS, _SIZE])
    return np.asarray(sizes + unlike.sum(axis=-1) / max(unlike.shape[-1], 1))


def balanced_assignment(
    y: FloatArray, index: IntArray, n_folds: int, rng: np.random.Generator, starts: int
) -> IntArray:
    """Return the fold of each group: the best of several searches from random starts."""
    n_groups = int(index.max()) + 1
    groups = _sums(y, index, n_groups)
    share = groups.sizes.sum(axis=0) / n_folds
    best, least = np.zeros(n_groups, dtype=np.int64), np.inf
    for _ in range(starts):
        assignment = _descend(groups, _deal(groups, n_folds, rng), n_folds, share, rng)
        total = float(_cost(_fold_sums(groups, assignment, n_folds), share).sum())
        if total < least - 1e-12:
            best, least = assignment, total
    order = np.unique(best, return_index=True)[1].argsort().argsort()
    return np.asarray(order[best])


def _deal(groups: _Sums, n_folds: int, rng: np.random.Generator) -> IntArray:
    """Assign groups, the large ones first, each to the fold with the fewest sessions."""
    sizes = groups.sizes[:, 1]
    filled = np.zeros(n_folds)
    fold = np.zeros(len(sizes), dtype=np.int64)
    for group in np.argsort(-sizes * rng.uniform(0.5, 1.5, len(sizes))):
        fold[group] = np.lexsort((rng.random(n_folds), filled))[0]
        filled[fold[group]] += sizes[group]
    return fold


def _fold_sums(groups: _Sums, fold: IntArray, n_folds: int) -> _Sums:
    member = (fold == np.arange(n_folds)[:, None]).astype(np.float64)
    return _Sums(member @ groups.sizes, np.tensordot(member, groups.scores, axes=1))


def _descend(
    groups: _Sums, fold: IntArray, n_folds: int, share: FloatArray, rng: np.random.Generator
) -> IntArray:
    """Make the best move or swap as long as one lowers the cost."""
    fold = fold.copy()
    for _ in range(_MOST_STEPS):
        folds = _fold_sums(groups, fold, n_folds)
        cost = _cost(folds, share)
        gain_move, group, target = _best_move(groups, folds, cost, fold, share)
        gain_swap, first, other = _best_swap(groups, folds, cost, fold, share, rng)
        if max(gain_move, gain_swap) < 1e-9:
            break
        if gain_move >= gain_swap:
            fold[group] = target
        else:
            fold[[first, other]] = fold[[other, first]]
    return fold


def _best_move(
    groups: _Sums, folds: _Sums, cost: FloatArray, fold: IntArray, share: FloatArray
) -> tuple[float, int, int]:
    """Return the gain of the best move of a group to another fold, the group and the fold."""
    without = _cost(folds.at(fold) - groups, share)
    with_it = _cost(
        _Sums(
            folds.sizes[None] + groups.sizes[:, None], folds.scores[None] + groups.scores[:, None]
        ),
        share,
    )
    gain = (cost[fold] - without)[:, None] + cost[None] - with_it
    gain[np.arange(len(fold)), fold] = -np.inf
    gain[folds.sizes[fold, 0] < 2] = -np.inf  # the last group of a fold stays
    group, target = np.unravel_index(int(gain.argmax()), gain.shape)
    return float(gain[group, target]), int(group), int(target)


def _best_swap(
    groups: _Sums,
    folds: _Sums,
    cost: FloatArray,
    fold: IntArray,
    share: FloatArray,
    rng: np.random.Generator,
) -> tuple[float, int, int]:
    """Return the gain of the best of some random swaps of two groups, and the two."""
    here, there = rng.integers(len(fold), size=(2, _SWAPS))
    apart = fold[here] != fold[there]
    if not apart.any():
        return -np.inf, 0, 0
    here, there = here[apart], there[apart]
    change = groups.at(there) - groups.at(here)
    first = _cost(folds.at(fold[here]) + change, share)
    second = _cost(folds.at(fold[there]) - change, share)
    gain = cost[fold[here]] + cost[fold[there]] - first - second
    best = int(gain.argmax())
    return float(gain[best]), int(here[best]), int(there[best])


_ATTEMPTS = 50


@dataclass(frozen=True, slots=True)
class Folds:
    """The fold of each session in each repeat.

    Attributes
    ----------
    session_ids, groups : tuple of str, length n_sessions
        `groups` are kept whole: clients, therapists, or both joined.
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
        if len(set(normal_ids(self.session_ids))) < len(self.session_ids):
            raise ParameterError("`session_ids` holds a session twice; give each one once.")
        for repeat, folds in enumerate(self.assignments):
            fold_of: dict[str, int] = {}
            for group, fold in zip(self.groups, folds.tolist(), strict=True):
                if fold_of.setdefault(group, fold) != fold:
                    raise ParameterError(
                        f"{_named(self.grouped_by, group)} is in folds {fold_of[group]} and {fold} "
                        f"of repeat {repeat}; all its sessions must share a fold. Make new "
                        "folds."
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
        """Hash of which session is in which fold; the order of sessions does not matter."""
        text = json.dumps(self.by_session(), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()

    def select(self, session_ids: Sequence[str], groups: Sequence[str]) -> Folds:
        """Return the folds of some of the sessions, in that order, with their groups.

        Raises
        ------
        ParameterError
            If a session has no fold, a group is in two folds or a fold is left empty.
        """
        place = {name: index for index, name in enumerate(normal_ids(self.session_ids))}
        wanted = normal_ids(session_ids)
        missing = [name for name in wanted if name not in place]
        if missing:
            raise ParameterError(
                f"`folds` lacks {len(missing)} of {len(wanted)} sessions, the first "
                f"{missing[0]!r}{near_hint(missing, place)}; make folds of these sessions."
            )
        chosen = self.assignments[:, [place[name] for name in wanted]]
        for repeat, folds in enumerate(chosen):
            if len(set(folds.tolist())) < self.n_folds:
                raise ParameterError(
                    f"`folds` leaves a fold of repeat {repeat} without any of these sessions; "
                    "make new folds."
                )
        return replace(
            self, session_ids=tuple(wanted), groups=tuple(normal_ids(groups)), assignments=chosen
        )

    def by_session(self) -> dict[str, list[int]]:
        """Return the fold of each session in each repeat."""
        return dict(zip(self.session_ids, self.assignments.T.tolist(), strict=True))


def _named(grouped_by: str, group: str) -> str:
    """Name a group without the ids that a joined label contains."""
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
    """Divide sessions into folds by group, with means and SDs of all scores as similar as possible.

    Groups are assigned to folds at random, then moved and swapped while that brings the folds'
    means and SDs of every score closer to those of all sessions and their sizes closer to each
    other; the best of `starts` such searches is kept. Several scores are balanced at once,
    which stratifying by one score cannot do.

    Parameters
    ----------
    y : array-like of float, shape (n_sessions,) or (n_sessions, n_dimensions)
        Scores; NaN is left out of the means.
    groups : sequence of str, length n_sessions
        Group of each session, kept whole in one fold.
    session_ids : sequence of str, optional
        None names the sessions by their index.
    n_folds, repeats, starts : int
        At least 2, 1 and 1. Each repeat is a separate search.
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

    Warns
    -----
    AllianceWarning
        If labels of groups differ in spelling alone: each counts by itself.

    Examples
    --------
    >>> folds = make_folds([1, 2, 3, 4, 1, 4], ["a", "a", "b", "b", "c", "d"], n_folds=2)
    >>> sorted(len(test) for _, _, _, test in folds.splits())
    [3, 3]
    """
    warn_similar("groups", groups)
    return divide(
        y,
        groups,
        session_ids=session_ids,
        n_folds=n_folds,
        repeats=repeats,
        seed=seed,
        grouped_by=grouped_by,
        starts=starts,
    )


def warn_similar(name: str, labels: Sequence[Any]) -> None:
    """Warn of groups or clients whose labels differ in spelling alone."""
    alike = similar_ids(normal_ids(map(str, labels)))
    if alike:
        warnings.warn(
            f"`{name}` holds {len(alike)} labels that differ from another only in {SPELLING}; each "
            "counts by itself, so that one person may be in training and in test. Write them alike "
            "if they are one.",
            AllianceWarning,
            stacklevel=3,
        )


def divide(
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
    """Return what `make_folds` does, without its warning."""
    scores = np.asarray(y, dtype=np.float64)
    scores = scores[:, None] if scores.ndim == 1 else scores
    labels = normal_ids(map(str, groups))
    ids = tuple(normal_ids(map(str, range(len(labels)) if session_ids is None else session_ids)))
    check_count("n_folds", n_folds, least=2)
    check_count("repeats", repeats)
    if not len(scores) == len(labels) == len(ids):
        raise ParameterError(
            f"`y` has {len(scores)} rows, `groups` {len(labels)} and `session_ids` {len(ids)}; "
            "they must agree, with one entry per session."
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
    """Search for folds that no earlier repeat has, since the same folds would not be a repeat."""
    known = {_division(assignment) for assignment in earlier}
    for attempt in range(_ATTEMPTS):
        rng = np.random.default_rng([*seed, attempt] if attempt else seed)
        division = balanced_assignment(scores, index, n_folds, rng, 1 if attempt else starts)
        if _division(division) not in known:
            return division
    raise ParameterError(
        f"`repeats` is more than {len(earlier)}, but only {len(earlier)} balanced divisions of "
        f"{int(index.max()) + 1} groups into {n_folds} folds were found; ask for fewer repeats."
    )


def _division(assignment: IntArray) -> tuple[int, ...]:
    """Return which groups share a fold, independent of the numbers of the folds."""
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
    """Return one label per session so that no client and no therapist has two labels.

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


_LEAST_CLIENTS = 4


def check_enough(n: int) -> None:
    """Refuse fewer than 4 clients: no figure of so few means anything."""
    if n < _LEAST_CLIENTS:
        raise ParameterError(
            f"There are {n} clients; an evaluation needs at least {_LEAST_CLIENTS}, and its "
            f"intervals are wide below {ENOUGH_CLUSTERS}."
        )


def check_n_folds(n_folds: int, n_groups: int, what: str) -> None:
    """Refuse fewer groups than folds, and fewer than 2 folds.

    Parameters
    ----------
    n_folds : int
    n_groups : int
        How many groups there are, or may be at most.
    what : str
        The number in words for the message, such as "the sessions are of 4 clients".

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
    """Return the folds of these sessions: from `folds` if given, else from `make_folds`."""
    if folds is not None:
        return folds.select(session_ids, groups)
    if grouped_by != "both":  # for "both", the error of `make_folds` says what connects the groups
        n = len(set(groups))
        check_n_folds(n_folds, n, f"the sessions are of {count_of(n, grouped_by)}")
    return divide(
        y,
        groups,
        session_ids=session_ids,
        n_folds=n_folds,
        repeats=repeats,
        seed=seed,
        grouped_by=grouped_by,
    )


def describe_folds(folds: Folds) -> dict[str, Any]:
    """Return the entry of folds in a manifest."""
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


_FORMAT = 1


def save_folds(folds: Folds, path: str | Path) -> None:
    """Write folds as JSON: session_id to the fold in each repeat, seed, grouping, hash."""
    target = check_path("path", path, beside=("folds", folds), call="save_folds(folds, path)")
    if not isinstance(folds, Folds):
        raise ParameterError(
            f"`folds` is {type(folds).__name__}; it must be folds, as `make_folds` returns."
        )
    write_json(
        target,
        {
            "format": _FORMAT,
            "n_folds": folds.n_folds,
            "repeats": len(folds.assignments),
            "seed": folds.seed,
            "grouped_by": folds.grouped_by,
            "sha256": folds.sha256,
            "folds": folds.by_session(),
        },
    )


def load_folds(path: str | Path) -> Folds:
    """Read folds from the JSON file that an evaluation wrote.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    Folds
        Its groups are empty labels, one per session: `Folds.select` sets the real ones.

    Raises
    ------
    ResourceError
        If there is no such file, it does not hold folds as JSON, or its hash does not match.
    """
    content = _read(check_path("path", path))
    folds: dict[str, list[int]] = content["folds"]
    loaded = Folds(
        tuple(folds),
        tuple(folds),
        np.array(list(folds.values()), dtype=np.int64).T,
        content["n_folds"],
        content["seed"],
        content["grouped_by"],
    )
    if loaded.sha256 != content.get("sha256"):
        raise ResourceError(f"{path}: the folds do not match their hash; the file was changed.")
    return loaded


def _read(path: Path) -> dict[str, Any]:
    """Return the content of a fold file, checked key by key."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        problem = f"cannot be read ({error.strerror or type(error).__name__})"
    except ValueError:
        problem = "is not JSON"
    else:
        problem = _wrong(content)
        if not problem:
            return dict(content)
    raise ResourceError(f"{path}: {problem}. It must be a folds.json that `evaluate` wrote.")


def _wrong(content: Any) -> str:
    """Say why a JSON value does not hold folds; "" if it does."""
    if not isinstance(content, dict) or content.get("format") != _FORMAT:
        return f"is not of format {_FORMAT}"
    folds: Any = content.get("folds")
    n_folds: Any = content.get("n_folds")
    repeats: Any = content.get("repeats")
    if not (isinstance(folds, dict) and folds and _whole(n_folds) and _whole(repeats)):
        return "lacks folds, n_folds or repeats"
    if not (_whole(content.get("seed")) and isinstance(content.get("grouped_by"), str)):
        return "lacks seed or grouped_by"
    for row in folds.values():
        good = isinstance(row, list) and len(row) == repeats
        if not (good and all(_whole(fold) and 0 <= fold < n_folds for fold in row)):
            return f"has a session without {repeats} folds from 0 to {n_folds - 1}"
    return ""


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
