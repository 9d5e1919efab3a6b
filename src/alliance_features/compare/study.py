"""Sessions and ratings brought together: who was rated, who was not, and what to group by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from .._checks import FloatArray
from ..errors import ParameterError
from ..model.design import SessionMatrix
from ..model.folds import connected_groups
from ..raters.matrix import RatingMatrix, ratings_matrix
from ..raters.ratings import read_ratings
from .caveats import compare_rated

if TYPE_CHECKING:
    import pyarrow as pa

GROUPINGS = ("client", "therapist", "both")
_SYNTHETIC = "synthetic-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """Rated sessions, ready for validation.

    Attributes
    ----------
    matrix : SessionMatrix, n sessions
    y : ndarray, shape (n, d)
    dimensions : list of str, length d
    clients, groups : list of str, length n
    grouped_by : str
    session_numbers : list of int or None, length n
    bounds : (float, float) or None
        Scale of the ratings, if all dimensions share one.
    counts : dict of str to int
        Sessions read, rated in full, rated in part, not rated; ratings without a session.
    unrated : list of dict
        Of some signals the means of rated and of other sessions, and their difference in
        SDs; empty if all were rated.
    synthetic : bool
        Whether any session says that it was made up.
    criterion : dict of str to (str or None)
        See `labels_of`.
    """

    matrix: SessionMatrix
    y: FloatArray
    dimensions: list[str]
    clients: list[str]
    groups: list[str]
    grouped_by: str
    session_numbers: list[int | None]
    bounds: tuple[float, float] | None
    counts: dict[str, int]
    unrated: list[dict[str, Any]]
    synthetic: bool
    criterion: dict[str, str | None] = field(default_factory=dict)

    def scores(self) -> dict[str, FloatArray]:
        """Return the ratings by dimension."""
        return dict(zip(self.dimensions, self.y.T, strict=True))


def bring_together(
    matrix: SessionMatrix,
    ratings: pa.Table,
    *,
    rater: str | None = None,
    perspective: str | None = None,
    instrument: str | None = None,
    dimensions: Sequence[str] | None = None,
    grouped_by: str = "client",
    synthetic: bool = False,
) -> Study:
    """Match sessions with the ratings of one rater; keep the sessions rated in full.

    Parameters
    ----------
    matrix : SessionMatrix
    ratings : pyarrow.Table
        As `read_ratings` returns.
    rater, perspective, instrument, dimensions
        Which ratings, as in `ratings_matrix`.
    grouped_by : str, default="client"
        "client", "therapist", "both" (whoever shares a client or a therapist), or the name of
        the column that was read as `group`.
    synthetic : bool, default=False
        Whether sessions said that they were made up; ids beginning with "synthetic-" do so too.

    Raises
    ------
    ParameterError
        If no session was rated, ratings and sessions disagree on a client, or a session names no
        group.
    """
    ids = [str(one) for one in matrix.session_ids]
    ratings = read_ratings(ratings)
    found = ratings_matrix(
        ratings,
        rater=rater,
        perspective=perspective,
        instrument=instrument,
        dimensions=dimensions,
        session_ids=ids,
    )
    clients = _agreed("client_id", ids, matrix.clients, found.clients)
    therapists = _agreed("therapist_id", ids, matrix.therapists, found.therapists)
    known = ~np.isnan(found.y)
    rated = np.flatnonzero(known.all(axis=1))
    strangers = set(ratings["session_id"].to_pylist()) - set(ids)
    if not rated.size:
        raise ParameterError(
            f"`ratings` rates none of the {len(ids)} sessions on {', '.join(found.dimensions)} "
            f"({len(strangers)} of its sessions are not among them); check the session ids."
        )
    if grouped_by not in GROUPINGS:
        clients = [one or group for one, group in zip(clients, found.groups, strict=True)]
    kept = [clients[row] for row in rated]
    partners = [therapists[row] for row in rated]
    whole = replace(matrix, clients=clients, therapists=therapists)
    return Study(
        matrix=whole[rated],
        y=found.y[rated],
        dimensions=found.dimensions,
        clients=_named("client_id", kept),
        groups=_groups(grouped_by, kept, partners, [found.groups[row] for row in rated]),
        grouped_by=grouped_by,
        session_numbers=[found.session_numbers[row] for row in rated],
        bounds=_bounds(found),
        counts={
            "sessions": len(ids),
            "rated": int(rated.size),
            "rated_in_part": int((known.any(axis=1) & ~known.all(axis=1)).sum()),
            "not_rated": int((~known.any(axis=1)).sum()),
            "ratings_without_session": len(strangers),
            "clients": len(set(kept)),
            "therapists": len({one for one in partners if one is not None}),
        },
        unrated=compare_rated(matrix, known.all(axis=1)),
        synthetic=synthetic or any(name.startswith(_SYNTHETIC) for name in ids),
        criterion=labels_of(ratings, rater=rater, perspective=perspective, instrument=instrument),
    )


def labels_of(
    ratings: pa.Table,
    *,
    rater: str | None = None,
    perspective: str | None = None,
    instrument: str | None = None,
) -> dict[str, str | None]:
    """Return rater, perspective and instrument of the ratings asked for, where all rows agree.

    None says that no row names one; what differs between rows is left out.
    """
    rows = chosen_rows(ratings, rater, perspective, instrument)
    found = {name: set(rows[name].to_pylist()) for name in ("rater", "perspective", "instrument")}
    return {name: next(iter(labels)) for name, labels in found.items() if len(labels) == 1}


def chosen_rows(
    ratings: pa.Table, rater: str | None, perspective: str | None, instrument: str | None
) -> pa.Table:
    """Return the rows of a rater, perspective and instrument; None: of all."""
    import pyarrow.compute as pc

    asked = {"rater": rater, "perspective": perspective, "instrument": instrument}
    for name, value in asked.items():
        if value is not None:
            ratings = ratings.filter(pc.equal(ratings[name], value))
    return ratings


def _agreed(
    key: str, ids: Sequence[str], of_sessions: Sequence[Any], of_ratings: Sequence[Any]
) -> list[str | None]:
    """Return what sessions or ratings say; where both do, they must agree."""
    for name, one, other in zip(ids, of_sessions, of_ratings, strict=True):
        if one is not None and other is not None and one != other:
            raise ParameterError(
                f"Session {name}: `{key}` is {one} in the sessions and {other} in the ratings; "
                "correct one of them."
            )
    return [one or other for one, other in zip(of_sessions, of_ratings, strict=True)]


def _named(key: str, labels: Sequence[str | None]) -> list[str]:
    missing = sum(label is None for label in labels)
    if missing:
        raise ParameterError(
            f"{missing} of {len(labels)} rated sessions have no {key}; folds must know whose "
            "sessions they are. Fill it in sessions or ratings, or group by another column."
        )
    return [str(label) for label in labels]


def _groups(
    grouped_by: str,
    clients: Sequence[str | None],
    therapists: Sequence[str | None],
    columns: Sequence[str | None],
) -> list[str]:
    if grouped_by == "client":
        return _named("client_id", clients)
    if grouped_by == "therapist":
        return _named("therapist_id", therapists)
    if grouped_by == "both":
        return connected_groups(_named("client_id", clients), _named("therapist_id", therapists))
    return _named(grouped_by, columns)


def _bounds(found: RatingMatrix) -> tuple[float, float] | None:
    scales = set(found.bounds)
    return scales.pop() if len(scales) == 1 else None
