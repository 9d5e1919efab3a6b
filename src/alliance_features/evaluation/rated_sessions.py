"""Match sessions with their ratings, and count the sessions without a rating."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .._typing import FloatArray
from ..errors import ParameterError
from ..model.session_matrix import SessionMatrix
from ..raters.matrix import RatingMatrix, ratings_matrix
from ..raters.ratings import CheckedRatings, check_ratings
from ..stats.few_clusters import ENOUGH_CLUSTERS
from ..transcript.ids import SPELLING, alike_hint, near_hint, near_matches, similar_ids
from .folds import check_enough, check_n_folds, connected_groups, count_of

if TYPE_CHECKING:
    import pyarrow as pa

    from ..model.corpus import Corpus


GROUPINGS = ("client", "therapist", "both")
_SYNTHETIC = "synthetic-"
_LEAST_VALUES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratings:
    """Which ratings to predict, and how to read them; see `read_ratings`."""

    path: Path
    columns: dict[str, str] | None = None
    rater: str | None = None
    perspective: str | None = None
    instrument: str | None = None
    scale: tuple[float, float] | None = None
    dimensions: Sequence[str] | None = None
    missing: Sequence[float] = ()

    def read(self, group: str = "client") -> CheckedRatings:
        """Read the file; `group` names the column to group by unless it is a kind of person."""
        return check_ratings(
            self.path,
            columns=self.columns,
            rater=self.rater if self.columns else None,
            perspective=self.perspective if self.columns else None,
            instrument=self.instrument if self.columns else None,
            scale=self.scale,
            group_column=None if group in (*GROUPINGS, "group") else group,
            missing=self.missing,
        )

    def check_folds(self, ratings: CheckedRatings, group: str, n_folds: int) -> None:
        """Refuse ratings, as `read` returned them, of fewer clients or groups than are needed.

        A session without a client or group in the ratings counts as a client or group by itself.
        """
        rows = ratings.only(
            rater=self.rater, perspective=self.perspective, instrument=self.instrument
        ).table
        if not rows.num_rows:
            return  # the error of `ratings_matrix` lists the dimensions that there are
        check_enough(_most(rows, "client_id"))
        column = {"client": "client_id", "both": "client_id", "therapist": "therapist_id"}
        most = _most(rows, column.get(group, "group"))
        check_n_folds(n_folds, most, f"the ratings are of {count_of(most, group)}")

    def join(self, ratings: CheckedRatings, corpus: Corpus, group: str = "client") -> Study:
        """Return the rated sessions of a corpus; `ratings` are what `read` returned."""
        return bring_together(
            corpus.matrix,
            ratings,
            rater=self.rater,
            perspective=self.perspective,
            instrument=self.instrument,
            dimensions=self.dimensions,
            grouped_by=group,
            synthetic=corpus.synthetic,
        )

    def as_matrix(self, ratings: CheckedRatings) -> RatingMatrix:
        """Return what `read` returned as arrays, one row per session."""
        return ratings_matrix(
            ratings,
            rater=self.rater,
            perspective=self.perspective,
            instrument=self.instrument,
            dimensions=self.dimensions,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """Rated sessions, ready for validation.

    Attributes
    ----------
    matrix : SessionMatrix, n rows
    y : ndarray of float64, shape (n, d)
    dimensions : list of str, length d
    clients, groups : list of str, length n
    grouped_by : str
    session_numbers : list of int or None, length n
    bounds : (float, float) or None
        Scale of the ratings, if all dimensions share one.
    counts : dict of str to int
        Sessions read, rated in full, rated in part, not rated; ratings without a session.
    unrated : list of dict
        For some signals the means of rated and of other sessions, and their difference in
        SDs; empty if all were rated.
    synthetic : bool
        Whether any session is marked as synthetic.
    criterion : dict of str to (str or None)
        See `labels_of`.
    n_near : int
        Sessions of the ratings without a session, whose ids differ from that of one in spelling.
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
    n_near: int = 0

    def scores(self) -> dict[str, FloatArray]:
        """Return the ratings by dimension."""
        return dict(zip(self.dimensions, self.y.T, strict=True))


def bring_together(
    matrix: SessionMatrix,
    ratings: CheckedRatings,
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
    ratings : CheckedRatings
    rater, perspective, instrument, dimensions
        Which ratings, as in `ratings_matrix`.
    grouped_by : str, default="client"
        "client", "therapist", "both" (sessions that share a client or a therapist), or the name of
        the column that was read as `group`.
    synthetic : bool, default=False
        Whether sessions are marked as synthetic; ids that begin with "synthetic-" mark them too.

    Raises
    ------
    ParameterError
        If no session was rated, ratings and sessions disagree on a client, or a session names no
        group.
    """
    ids = [str(session) for session in matrix.session_ids]
    by_session = ratings_matrix(
        ratings,
        rater=rater,
        perspective=perspective,
        instrument=instrument,
        dimensions=dimensions,
        session_ids=ids,
    )
    clients = _agreed("client_id", ids, matrix.clients, by_session.clients)
    therapists = _agreed("therapist_id", ids, matrix.therapists, by_session.therapists)
    known = ~np.isnan(by_session.y)
    rated = np.flatnonzero(known.all(axis=1))
    strangers = set(ratings.table["session_id"].to_pylist()) - set(ids)
    if not rated.size:
        raise ParameterError(
            f"`ratings` rates none of the {len(ids)} sessions on "
            f"{', '.join(by_session.dimensions)} ({len(strangers)} of its sessions are not among "
            f"them{near_hint(strangers, ids)}); check the session ids."
        )
    if grouped_by not in GROUPINGS:
        clients = [
            client or group for client, group in zip(clients, by_session.groups, strict=True)
        ]
    kept = [clients[row] for row in rated]
    partners = [therapists[row] for row in rated]
    whole = replace(matrix, clients=clients, therapists=therapists)
    return Study(
        matrix=whole[rated],
        y=by_session.y[rated],
        dimensions=by_session.dimensions,
        clients=_named("client_id", kept),
        groups=_groups(grouped_by, kept, partners, [by_session.groups[row] for row in rated]),
        grouped_by=grouped_by,
        session_numbers=[by_session.session_numbers[row] for row in rated],
        bounds=_bounds(by_session),
        counts={
            "sessions": len(ids),
            "rated": int(rated.size),
            "rated_in_part": int((known.any(axis=1) & ~known.all(axis=1)).sum()),
            "not_rated": int((~known.any(axis=1)).sum()),
            "ratings_without_session": len(strangers),
            "clients": len(set(kept)),
            "therapists": len({name for name in partners if name is not None}),
        },
        unrated=compare_rated(matrix, known.all(axis=1)),
        synthetic=synthetic or any(name.startswith(_SYNTHETIC) for name in ids),
        criterion=labels_of(ratings, rater=rater, perspective=perspective, instrument=instrument),
        n_near=near_matches(strangers, ids),
    )


def labels_of(
    ratings: CheckedRatings,
    *,
    rater: str | None = None,
    perspective: str | None = None,
    instrument: str | None = None,
) -> dict[str, str | None]:
    """Return rater, perspective and instrument of the ratings asked for, where all rows agree.

    None: no row names one. What differs between rows is left out.
    """
    rows = ratings.only(rater=rater, perspective=perspective, instrument=instrument).table
    labels = {name: set(rows[name].to_pylist()) for name in ("rater", "perspective", "instrument")}
    return {name: next(iter(values)) for name, values in labels.items() if len(values) == 1}


def _most(rows: pa.Table, column: str) -> int:
    """Return the largest number of labels that the sessions of some ratings can have."""
    labels: dict[str, str | None] = {}
    for session, label in zip(
        rows["session_id"].to_pylist(), rows[column].to_pylist(), strict=True
    ):
        labels[session] = labels.get(session) or label
    known = [label for label in labels.values() if label is not None]
    return len(set(known)) + len(labels) - len(known)


def _agreed(
    key: str, ids: Sequence[str], of_sessions: Sequence[Any], of_ratings: Sequence[Any]
) -> list[str | None]:
    """Return the labels from sessions or ratings; where both have one, they must agree."""
    for name, here, there in zip(ids, of_sessions, of_ratings, strict=True):
        if here is not None and there is not None and here != there:
            raise ParameterError(
                f"Session {name}: `{key}` is {here} in the sessions and {there} in the ratings"
                f"{alike_hint(here, there)}; correct one of them."
            )
    return [here or there for here, there in zip(of_sessions, of_ratings, strict=True)]


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


def _bounds(ratings: RatingMatrix) -> tuple[float, float] | None:
    scales = set(ratings.bounds)
    return scales.pop() if len(scales) == 1 else None


#: Signals by which sessions with and without ratings are compared.
COMPARED = (
    "therapist__words_n",
    "client__words_n",
    "dyad__turns_n",
    "therapist__i_rate",
    "client__filled_pause_rate",
    "dyad__nclid__anchor_therapist",
)


def compare_rated(matrix: SessionMatrix, rated: Any) -> list[dict[str, Any]]:
    """Return the means of some signals with and without ratings, and their difference in SDs.

    Parameters
    ----------
    matrix : SessionMatrix, n rows
    rated : ndarray of bool, shape (n,)

    Returns
    -------
    list of dict
        feature, rated, other, difference (rated minus other, in SDs of all; None where it is
        undefined). Empty if all or none are rated.
    """
    if rated.all() or not rated.any():
        return []
    rows = []
    for name in COMPARED:
        if name not in matrix.names:
            continue
        values = matrix.signals[:, matrix.names.index(name)]
        known = ~np.isnan(values)
        inside, outside = values[known & rated], values[known & ~rated]
        spread = float(values[known].std()) if known.any() else 0.0
        enough = inside.size > 0 and outside.size > 0
        rows.append(
            {
                "feature": name,
                "rated": float(inside.mean()) if inside.size else None,
                "other": float(outside.mean()) if outside.size else None,
                "difference": float(inside.mean() - outside.mean()) / spread
                if enough and spread > 0
                else None,
            }
        )
    return rows


def twins(matrix: SessionMatrix, groups: Sequence[str]) -> list[tuple[str, str]]:
    """Return pairs of sessions of different groups whose signals are all the same.

    A transcript under two ids would be in training and in test. Sessions with fewer than 5
    known signals are left out.
    """
    seen: dict[bytes, int] = {}
    pairs = []
    for row, values in enumerate(matrix.signals):
        if np.count_nonzero(~np.isnan(values)) < _LEAST_VALUES:
            continue
        first = seen.setdefault(values.tobytes(), row)
        if groups[first] != groups[row]:
            pairs.append((str(matrix.session_ids[first]), str(matrix.session_ids[row])))
    return pairs


#: Meaning of the codes of `warnings_of`.
WARNINGS = {
    "few_clients": "clients only: intervals are wide, and those of pooled figures leave one out",
    "clients_in_several_groups": "clients are in several groups, so in training and in test",
    "same_signals_in_two_groups": "sessions have the very signals of a session of another group",
    "similar_client_ids": f"clients have an id that differs from another only in {SPELLING}: each "
    "counts as a person, so that one person may be in training and in test",
    "similar_therapist_ids": f"therapists have an id that differs from another only in {SPELLING}",
    "similar_session_ids": "rated sessions without a session have an id that differs from that of "
    f"one only in {SPELLING}",
    "not_rated": "sessions lack a rating and are left out",
    "ratings_without_session": "rated sessions are not among the sessions",
    "synthetic": "sessions are synthetic: the figures are evidence for nothing",
}


def warnings_of(study: Study, twins: Sequence[tuple[str, str]]) -> Mapping[str, int]:
    """Return the warnings for a reader: codes with counts."""
    split: dict[str, set[str]] = {}
    for client, group in zip(study.clients, study.groups, strict=True):
        split.setdefault(client, set()).add(group)
    few = study.counts["clients"]
    counts = {
        "few_clients": few if few < ENOUGH_CLUSTERS else 0,
        "clients_in_several_groups": sum(len(groups) > 1 for groups in split.values()),
        "same_signals_in_two_groups": len(twins),
        "similar_client_ids": len(similar_ids(study.clients)),
        "similar_therapist_ids": len(similar_ids(study.matrix.therapists)),
        "similar_session_ids": study.n_near,
        "not_rated": study.counts["not_rated"] + study.counts["rated_in_part"],
        "ratings_without_session": study.counts["ratings_without_session"],
        "synthetic": study.counts["sessions"] if study.synthetic else 0,
    }
    return {code: count for code, count in sorted(counts.items()) if count}
