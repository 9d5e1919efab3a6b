"""Alliance scores of a corpus by condition, with intervals that respect who repeats."""

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
#: Measures of a subscale that are summed up, if the run has them.
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
        Sessions with a value, and what they are clustered in.
    interval : Interval
        Of the mean over sessions; below 30 clusters of the mean of cluster means.
    null_low, null_high : float
        Of a gap: where 95 % of the mean gaps under other keys lie; else NaN.
    pseudo : float
        Of a gap: its mean over pseudo-dyads; else NaN.
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
    """Return what sessions are clustered in: the highest level that is known of all.

    Parameters
    ----------
    sessions : sequence of Scored
    cluster : {"therapist", "client", "session"}, optional
        Asked for; None chooses.
    """
    if cluster is not None:
        return check_choice("cluster", cluster, CLUSTERS)
    for name in CLUSTERS[:2]:
        labels = [getattr(one, f"{name}_id") for one in sessions]
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
        One a session, none of them NaN.
    clusters : sequence of str
    seed, draws : int
        Of the bootstrap, from 30 clusters on; below, t of the means of clusters.
    """
    if recommended(len(set(clusters))) != "bootstrap":
        return t_of_cluster_means(values, clusters)
    zeros = np.zeros(len(values))
    found = cluster_bootstrap(zeros, values, clusters, metrics=("bias",), seed=seed, draws=draws)
    return found["bias"]


def conditions_of(sessions: Sequence[Scored]) -> dict[str, list[Scored]]:
    """Return the sessions of each condition, in the order of their names; all come first."""
    found = {ALL: list(sessions)}
    names = sorted({one.condition for one in sessions if one.condition is not None})
    for name in names:
        found[name] = [one for one in sessions if one.condition == name]
    if names and any(one.condition is None for one in sessions):
        found[NONE] = [one for one in sessions if one.condition is None]
    return found


def summarise(
    corpus: ScoreCorpus, table: pa.Table, *, cluster: str | None = None
) -> tuple[list[Figure], str]:
    """Return the figures of all conditions, and what sessions are clustered in.

    Parameters
    ----------
    corpus : ScoreCorpus
    table : pyarrow.Table
        Its table of sessions.
    cluster : {"therapist", "client", "session"}, optional
        None: the highest level that is known of all sessions.

    Raises
    ------
    ParameterError
        If `cluster` is something else.
    """
    from .scores import column_of

    level = choose_cluster(corpus.sessions, cluster)
    place = {id(one): row for row, one in enumerate(corpus.sessions)}
    figures = []
    for condition, sessions in conditions_of(corpus.sessions).items():
        rows = [place[id(one)] for one in sessions]
        labels = [_label(one, level) for one in sessions]
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


def _label(one: Scored, level: str) -> str:
    """Return the cluster of a session; one that is unknown is a cluster of its own."""
    label = one.session_id if level == "session" else getattr(one, f"{level}_id")
    return f"{level} {label}" if label is not None else f"session {one.session_id}"


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
        "condition": pa.array([one.condition for one in figures], pa.string()),
        "subscale": pa.array([one.subscale for one in figures], pa.string()),
        "measure": pa.array([one.measure for one in figures], pa.string()),
        "n_sessions": pa.array([one.n_sessions for one in figures], pa.int64()),
        "n_clusters": pa.array([one.n_clusters for one in figures], pa.int64()),
        "method": pa.array([one.interval.method for one in figures], pa.string()),
    }
    for name in ("estimate", "low", "high"):
        cells = [number(getattr(one.interval, name)) for one in figures]
        columns[name] = pa.array(cells, pa.float64())
    for name in ("null_low", "null_high", "pseudo"):
        columns[name] = pa.array([number(getattr(one, name)) for one in figures], pa.float64())
    return pa.table(columns)
