"""Match all raters on the same sessions: clients, folds, and scores as arrays."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .._typing import FloatArray
from ..errors import ParameterError
from ..evaluation.folds import Folds, check_enough, connected_groups, folds_of
from ..evaluation.row_names import PREVIOUS
from ..raters.matrix import RatingMatrix
from ..transcript.ids import alike_hint, near_hint
from .scores import RaterScores, ScoreFiles


def as_array(
    rater: RaterScores, criterion: RatingMatrix, *, rescale: bool, ignore_others: bool
) -> FloatArray:
    """Return a rater's scores, shape (n_repeats, n_sessions, n_dimensions)."""
    names = criterion.dimensions
    others = [name for name in rater.dimensions if name not in names]
    if others and (not ignore_others or len(others) == len(rater.dimensions)):
        near = difflib.get_close_matches(others[0], names, 1)
        raise ParameterError(
            f"{rater.source}: {rater.name} gives the dimension {others[0]!r}, and the ratings have "
            f"{', '.join(names)}{f'; is it {near[0]}?' if near else ''}. Correct it, or name the "
            "dimensions to compare with `dimensions`."
        )
    row_of = {name: place for place, name in enumerate(criterion.session_ids)}
    column_of = {name: place for place, name in enumerate(names)}
    n_repeats = len(next(iter(rater.values.values()), [0.0]))
    out = np.full((n_repeats, len(row_of), len(names)), np.nan)
    for (session, dimension), values in rater.values.items():
        if session in row_of and dimension in column_of:
            out[:, row_of[session], column_of[dimension]] = values
    for name, bounds in zip(names, criterion.bounds, strict=True):
        if bounds is not None and not rater.fitted:
            column = out[:, :, column_of[name]]
            column[:] = _on_scale(rater, name, column, bounds, rescale=rescale)
    return out


def _on_scale(
    rater: RaterScores,
    dimension: str,
    column: FloatArray,
    bounds: tuple[float, float],
    *,
    rescale: bool,
) -> FloatArray:
    low, high = bounds
    scales = rater.scales.get(dimension, set()) - {None}
    other = next((scale for scale in scales if scale != bounds), None)
    if len(scales) > 1:
        raise ParameterError(
            f"{rater.source}: {rater.name} gives {dimension} on {len(scales)} scales; keep one."
        )
    if other is not None and rescale:
        return np.asarray(low + (column - other[0]) * (high - low) / (other[1] - other[0]))
    outside = other is None and bool(((column < low) | (column > high)).any())
    if other is not None or outside:
        shown = f"{other[0]:g} to {other[1]:g}" if other else "values outside, with no scale named"
        raise ParameterError(
            f"{rater.source}: {rater.name} gives {dimension} on another scale ({shown}) than the "
            f"ratings ({low:g} to {high:g}). Name its scale (scale_min, scale_max) and say "
            "rescale=True (`--rescale`) to put it onto theirs."
        )
    return column


SESSION = "session"
ON = ("complete", "each")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Common:
    """Sessions that are compared, and the scores of every rater.

    Attributes
    ----------
    session_ids, clients : list of str, length n
    therapists : list of (str or None), length n
    dimensions : list of str, length d
    bounds : list of (float, float) or None, length d
    y : ndarray of float64, shape (n, d)
        NaN where a dimension of a session is not compared.
    folds : Folds
    predicted : dict of str to ndarray of float64, shape (n_repeats, n, d)
        Scores by rater; NaN where it has no score or the dimension is not compared.
    counts : list of dict
        rater, dimension, status, n: rows by status, sessions that are "absent" from a rater,
        "not_rated" in the ratings, and "used".
    """

    session_ids: list[str]
    clients: list[str]
    therapists: list[str | None]
    dimensions: list[str]
    bounds: list[tuple[float, float] | None]
    y: FloatArray
    folds: Folds
    predicted: dict[str, FloatArray]
    counts: list[dict[str, Any]]


def bring_raters_together(
    criterion: RatingMatrix,
    files: ScoreFiles,
    *,
    on: str,
    grouped_by: str,
    rescale: bool,
    ignore_others: bool,
    folds: Folds | None,
    n_folds: int,
    seed: int,
) -> Common:
    """Match the ratings with every rater's scores.

    Parameters
    ----------
    criterion : RatingMatrix
    files : ScoreFiles
    on : {"complete", "each"}
        "complete": sessions that all raters of a dimension have scored; "each": each rater's own.
    grouped_by : str
        "client", "therapist", "both", or "session" where every session is taken as independent.
    rescale : bool
        Whether to put scores on another scale onto that of the ratings, by a straight line.
    ignore_others : bool
        Whether dimensions that were not rated may be left out.
    folds : Folds or None
        None: those of the predictions, or new ones.
    n_folds, seed : int

    Raises
    ------
    ParameterError
        If nothing is in common, a scale or a dimension differs from the ratings, sources disagree
        on a client, or a client is in two folds.
    """
    names = criterion.dimensions
    _check_truth(criterion, files.truth)
    arrays = {
        rater.name: as_array(rater, criterion, rescale=rescale, ignore_others=ignore_others)
        for rater in files.raters
    }
    lengths = {len(array) for array in arrays.values() if len(array) > 1}
    n_repeats = max(lengths, default=1)
    arrays = {
        name: np.repeat(array, n_repeats, axis=0) if len(array) < n_repeats else array
        for name, array in arrays.items()
    }
    used = ~np.isnan(criterion.y)
    scored = {name: ~np.isnan(array[0]) for name, array in arrays.items()}
    if on == "complete":
        for name, known in scored.items():
            if name != PREVIOUS:
                used &= known | ~known.any(axis=0)
    used &= np.any([*scored.values()], axis=0)
    rows = np.flatnonzero(used.any(axis=1))
    if not rows.size:
        numbers = ", ".join(
            f"{name} {int(known.any(axis=1).sum())}" for name, known in scored.items()
        )
        others = {session for rater in files.raters for session, _ in rater.values}
        raise ParameterError(
            f"No session of the {len(criterion.session_ids)} that were rated has a score of every "
            f"rater (sessions of each: {numbers}{near_hint(others, criterion.session_ids)}). Check "
            "the session ids, leave a rater out, or "
            'compare each rater on its own sessions: on="each".'
        )
    ids = [criterion.session_ids[row] for row in rows]
    clients = _agreed("client_id", ids, [criterion.clients[row] for row in rows], files.facts)
    partners = _agreed(
        "therapist_id", ids, [criterion.therapists[row] for row in rows], files.facts
    )
    people = ids if grouped_by == SESSION else _named(clients)
    check_enough(len(set(people)))
    y = np.where(used, criterion.y, np.nan)[rows]
    groups = _groups(grouped_by, people, partners)
    chosen = folds if folds is not None else files.folds
    if chosen is not None and folds is not None and files.folds is not None:
        _check_same(folds, files.folds, ids)
    kept = folds_of(
        chosen,
        y,
        groups,
        ids,
        n_folds=n_folds,
        repeats=n_repeats,
        seed=seed,
        grouped_by=grouped_by,
    )
    if len(kept.assignments) != n_repeats:
        arrays = {name: np.repeat(a[:1], len(kept.assignments), 0) for name, a in arrays.items()}
    return Common(
        session_ids=ids,
        clients=people,
        therapists=partners,
        dimensions=names,
        bounds=criterion.bounds,
        y=y,
        folds=kept,
        predicted={name: np.where(used, array, np.nan)[:, rows] for name, array in arrays.items()},
        counts=_counts(criterion, files.raters, scored, used),
    )


def _check_truth(criterion: RatingMatrix, truth: Mapping[tuple[str, str], float]) -> None:
    """Refuse predictions of other ratings than those that are compared."""
    for row, session in enumerate(criterion.session_ids):
        for column, dimension in enumerate(criterion.dimensions):
            known = truth.get((session, dimension))
            rating = criterion.y[row, column]
            if known is not None and not np.isnan(rating) and abs(known - rating) > 1e-9:
                raise ParameterError(
                    f"Session {session}: the predictions are of the rating {known:g} of "
                    f"{dimension}, and the ratings say {rating:g}; they are of another rater or "
                    "instrument. Name it with `rater`, `perspective` or `instrument`."
                )


def _agreed(
    key: str,
    ids: Sequence[str],
    labels: Sequence[str | None],
    facts: Mapping[str, Mapping[str, str | None]],
) -> list[str | None]:
    agreed: list[str | None] = []
    for session, label in zip(ids, labels, strict=True):
        other = facts.get(session, {}).get(key)
        if label is not None and other is not None and label != other:
            raise ParameterError(
                f"Session {session}: `{key}` is {label} in the ratings and {other} in the scores"
                f"{alike_hint(label, other)}; correct one of them."
            )
        agreed.append(label or other)
    return agreed


def _named(clients: Sequence[str | None]) -> list[str]:
    missing = sum(client is None for client in clients)
    if missing:
        raise ParameterError(
            f"{missing} of {len(clients)} sessions name no client; sessions of one client are not "
            'independent. Fill client_id, or say that all are: grouped_by="session".'
        )
    return [str(client) for client in clients]


def _groups(grouped_by: str, people: Sequence[str], partners: Sequence[str | None]) -> list[str]:
    if grouped_by in ("client", SESSION):
        return list(people)
    missing = sum(partner is None for partner in partners)
    if missing:
        raise ParameterError(
            f"{missing} of {len(partners)} sessions name no therapist, by whom they are kept "
            "together."
        )
    known = [str(partner) for partner in partners]
    return known if grouped_by == "therapist" else connected_groups(people, known)


def _check_same(folds: Folds, other: Folds, ids: Sequence[str]) -> None:
    ours, theirs = folds.by_session(), other.by_session()
    if any(name in ours and name in theirs and ours[name] != theirs[name] for name in ids):
        raise ParameterError(
            "`folds` are others than those the predictions were made on; leave them out, or "
            "predict on these folds: `evaluate --folds`."
        )


def _counts(
    criterion: RatingMatrix,
    raters: Sequence[RaterScores],
    scored: Mapping[str, Any],
    used: Any,
) -> list[dict[str, Any]]:
    """Return how many rows of each rater have each status, and how many sessions are used."""
    rated = {
        dimension: {s for s, known in zip(criterion.session_ids, column, strict=True) if known}
        for dimension, column in zip(criterion.dimensions, (~np.isnan(criterion.y)).T, strict=True)
    }
    counts = []
    for rater in raters:
        for place, dimension in enumerate(criterion.dimensions):
            given = {s for s, name in rater.values if name == dimension}
            n = {status: k for (name, status), k in rater.statuses.items() if name == dimension}
            n["absent"] = len(rated[dimension]) - int(
                (scored[rater.name][:, place] & ~np.isnan(criterion.y[:, place])).sum()
            )
            n["not_rated"] = len(given - rated[dimension])
            n["used"] = int((scored[rater.name] & used)[:, place].sum())
            counts += [
                {"rater": rater.name, "dimension": dimension, "status": status, "n": count}
                for status, count in n.items()
                if count or status == "used"
            ]
    return counts
