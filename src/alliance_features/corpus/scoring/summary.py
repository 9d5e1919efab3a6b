"""Alliance scores of a corpus by condition, with intervals for clustered sessions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..._checks import check_choice
from ...stats.bootstrap import cluster_bootstrap
from ...stats.few_clusters import recommended
from ...stats.intervals import Interval, t_of_cluster_means
from .scores import ScoreCorpus, Scored

if TYPE_CHECKING:
    import pyarrow as pa

CLUSTERS = ("therapist", "client", "session")
ALL = "all sessions"
NONE = "no condition"
#: Measures of a subscale that are summarised, if the run has them.
MEASURES = (
    "client",
    "therapist",
    "gap",
    "gap__version_observer",
    "gap_sq",
    "gap__slope",
    "gap__first_third",
    "gap__middle_third",
    "gap__last_third",
    "gap__responder_client",
    "gap__responder_therapist",
    "r__responder_client",
    "r__responder_therapist",
    "distance_sq__slope",
    "gap__keys_z",
    "gap__pseudo_z",
)
#: Share of keys within the band of a gap.
LEVEL = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One measure of one subscale in one condition.

    Attributes
    ----------
    condition, subscale, measure : str
    n_sessions, n_clusters : int
        Numbers of sessions with a value, and of their clusters.
    interval : Interval
        Interval of the mean over sessions; below 30 clusters, of the mean of cluster means.
    null_low, null_high : float
        For a gap: the range of 95 % of the mean gaps under other keys; else NaN.
    pseudo : float
        For a gap: its mean over pseudo-dyads; else NaN.
    """

    condition: str
    subscale: str
    measure: str
    n_sessions: int
    n_clusters: int
    interval: Interval
    null_low: float = math.nan
    null_high: float = math.nan
    pseudo: float = math.nan


def choose_cluster(sessions: Sequence[Scored], cluster: str | None = None) -> str:
    """Return the level of the clusters: the highest that is known for all sessions.

    Parameters
    ----------
    sessions : sequence of Scored
    cluster : {"therapist", "client", "session"}, optional
        The level asked for; None: the highest known.
    """
    if cluster is not None:
        return check_choice("cluster", cluster, CLUSTERS)
    for name in CLUSTERS[:2]:
        labels = [getattr(session, f"{name}_id") for session in sessions]
        if labels and None not in labels:
            return name
    return "session"


def mean_interval(
    values: Sequence[float], clusters: Sequence[str], *, seed: int = 0, draws: int = 2000
) -> Interval:
    """Return the interval of a mean over sessions that repeat clusters.

    Parameters
    ----------
    values : sequence of float
        One value per session, none of them NaN.
    clusters : sequence of str
    seed, draws : int
        For the bootstrap, from 30 clusters on; below, the interval is t of the cluster means.
    """
    if recommended(len(set(clusters))) != "bootstrap":
        return t_of_cluster_means(values, clusters)
    zeros = np.zeros(len(values))
    intervals = cluster_bootstrap(
        zeros, values, clusters, metrics=("bias",), seed=seed, draws=draws
    )
    return intervals["bias"]


def conditions_of(sessions: Sequence[Scored]) -> dict[str, list[Scored]]:
    """Return all sessions, and those of each condition in the order of the names."""
    sessions_of = {ALL: list(sessions)}
    names = sorted({session.condition for session in sessions if session.condition is not None})
    for name in names:
        sessions_of[name] = [session for session in sessions if session.condition == name]
    if names and any(session.condition is None for session in sessions):
        sessions_of[NONE] = [session for session in sessions if session.condition is None]
    return sessions_of


def summarise(
    corpus: ScoreCorpus, table: pa.Table, *, cluster: str | None = None
) -> tuple[list[Figure], str]:
    """Return the figures of all conditions, and the level of the clusters.

    Parameters
    ----------
    corpus : ScoreCorpus
    table : pyarrow.Table
        Its table of sessions.
    cluster : {"therapist", "client", "session"}, optional
        None: the highest level that is known for all sessions.

    Raises
    ------
    ParameterError
        If `cluster` is something else.
    """
    from .scores import column_of

    level = choose_cluster(corpus.sessions, cluster)
    place = {id(session): row for row, session in enumerate(corpus.sessions)}
    figures = []
    for condition, sessions in conditions_of(corpus.sessions).items():
        rows = [place[id(session)] for session in sessions]
        labels = [_label(session, level) for session in sessions]
        for subscale in corpus.subscales:
            for measure in MEASURES:
                name = column_of(subscale, measure)
                if name not in table.column_names:
                    continue
                cells = table[name].to_pylist()
                known = [
                    (cells[row], label)
                    for row, label in zip(rows, labels, strict=True)
                    if cells[row] is not None
                ]
                values, clusters = [value for value, _ in known], [label for _, label in known]
                figures.append(
                    Figure(
                        condition=condition,
                        subscale=subscale,
                        measure=measure,
                        n_sessions=len(values),
                        n_clusters=len(set(clusters)),
                        interval=mean_interval(values, clusters, seed=corpus.seed),
                        **_nulls(corpus, table, sessions, rows, subscale, measure),
                    )
                )
    return figures, level


def _label(session: Scored, level: str) -> str:
    """Return the cluster of a session; an unknown one is a cluster of its own."""
    label = session.session_id if level == "session" else getattr(session, f"{level}_id")
    return f"{level} {label}" if label is not None else f"session {session.session_id}"


def _nulls(
    corpus: ScoreCorpus,
    table: pa.Table,
    sessions: Sequence[Scored],
    rows: Sequence[int],
    subscale: str,
    measure: str,
) -> dict[str, float]:
    if measure != "gap":
        return {}
    from .scores import column_of

    out = {}
    keys = corpus.key_gaps(sessions, subscale)
    if keys.size:
        ends = np.quantile(keys, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
        out = {"null_low": float(ends[0]), "null_high": float(ends[1])}
    cells = table[column_of(subscale, "gap__pseudo_mean")].to_pylist()
    pseudo = [cells[row] for row in rows if cells[row] is not None]
    return {**out, "pseudo": math.fsum(pseudo) / len(pseudo)} if pseudo else out


def summary_table(figures: Sequence[Figure]) -> pa.Table:
    """Return figures as a table; null where there is no number."""
    import pyarrow as pa

    def number(value: float) -> float | None:
        return value if math.isfinite(value) else None

    columns = {
        "condition": pa.array([figure.condition for figure in figures], pa.string()),
        "subscale": pa.array([figure.subscale for figure in figures], pa.string()),
        "measure": pa.array([figure.measure for figure in figures], pa.string()),
        "n_sessions": pa.array([figure.n_sessions for figure in figures], pa.int64()),
        "n_clusters": pa.array([figure.n_clusters for figure in figures], pa.int64()),
        "method": pa.array([figure.interval.method for figure in figures], pa.string()),
    }
    for name in ("estimate", "low", "high"):
        cells = [number(getattr(figure.interval, name)) for figure in figures]
        columns[name] = pa.array(cells, pa.float64())
    for name in ("null_low", "null_high", "pseudo"):
        columns[name] = pa.array(
            [number(getattr(figure, name)) for figure in figures], pa.float64()
        )
    return pa.table(columns)
