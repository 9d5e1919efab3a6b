"""Clusters of sessions that are not independent, and intervals that take them into account."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from .._checks import check_choice
from .._typing import FloatArray
from ..errors import RaterError
from ..kernels.resampling import weighted_sums
from ..stats.few_clusters import recommended
from ..stats.intervals import Interval, t_interval, undefined
from ..stats.quantiles import interval_of_draws
from ..stats.resample import Resamples, draw_clusters
from ..transcript.ids import SPELLING, similar_ids

LEVELS = ("auto", "client", "therapist", "both")
#: With fewer units than this, no interval says much about other units.
FEW = 5


@dataclass(frozen=True, slots=True)
class Clusters:
    """The clusters that are resampled as a whole.

    Attributes
    ----------
    level : {"client", "therapist", "both"}
        "both" where clients and therapists cross: the two are drawn independently.
    first : list of str, length n
        Label of each session.
    second : list of str, length n, or None
        Labels of the second kind, for "both".
    """

    level: str
    first: list[str]
    second: list[str] | None = None

    def take(self, rows: FloatArray | np.ndarray) -> Clusters:
        """Return the clusters of some sessions, by their places."""
        places = [int(row) for row in rows]
        second = None if self.second is None else [self.second[row] for row in places]
        return Clusters(self.level, [self.first[row] for row in places], second)

    def in_words(self) -> str:
        """Return what is taken as independent, and how many of them, in words."""
        if self.second is None:
            return f"{self.level}s as independent, {self.n} of them"
        n, m = len(set(self.first)), len(set(self.second))
        return f"clients and therapists as independent, {n} and {m} of them"

    @property
    def n(self) -> int:
        """Number of clusters; of the smaller kind for "both"."""
        ways = [self.first] if self.second is None else [self.first, self.second]
        return min(len(set(way)) for way in ways)


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How intervals are made; as in `stats.bootstrap.cluster_bootstrap`."""

    draws: int = 2000
    seed: int = 0
    level: float = 0.95


def choose_clusters(
    clients: Sequence[str | None], therapists: Sequence[str | None], *, level: str = "auto"
) -> Clusters:
    """Return the clusters of the highest level that repeats.

    Parameters
    ----------
    clients, therapists : sequence of (str or None), length n
        Client and therapist of each session.
    level : {"auto", "client", "therapist", "both"}, default="auto"
        "auto": therapists if some have several clients and every client has one therapist; both
        if they cross; else clients. Clients where a therapist is not known.

    Returns
    -------
    Clusters

    Raises
    ------
    RaterError
        If a label that is needed is missing.
    """
    check_choice("level", level, LEVELS)
    if any(client is None for client in clients):
        raise RaterError(
            "A rated session has no client_id; sessions of one client are not independent."
        )
    own = [str(client) for client in clients]
    known = bool(own) and all(therapist is not None for therapist in therapists)
    if level == "client" or (level == "auto" and not known):
        return Clusters("client", own)
    if not known:
        raise RaterError(f"`level` is {level}, and a rated session has no therapist_id.")
    other = [str(therapist) for therapist in therapists]
    if level == "auto":
        dyads = len({*zip(own, other, strict=True)})
        if dyads == len(set(other)):
            return Clusters("client", own)
        level = "therapist" if dyads == len(set(own)) else "both"
    return Clusters("therapist", other) if level == "therapist" else Clusters("both", own, other)


def similar_people(clients: Sequence[str | None], therapists: Sequence[str | None]) -> list[str]:
    """Return warnings of ids that differ in spelling alone, each of which counts as a person."""
    lines = []
    for kind, labels in (("clients", clients), ("therapists", therapists)):
        alike = similar_ids(labels)
        if alike:
            lines.append(
                f"WARNING: {len(alike):,} {kind} have an id that differs from another only in "
                f"{SPELLING}; each counts as a person."
            )
    return lines


def few_units(counts: Mapping[str, int], kind: str) -> list[str]:
    """Return a warning if intervals rest on fewer than 5 units, else nothing.

    Parameters
    ----------
    counts : mapping of str to int
        Number of units by part (all, condition, phase).
    kind : str
        Name of the units, in the plural.
    """
    few = {part: n for part, n in counts.items() if n < FEW}
    if not few:
        return []
    shown = "; ".join(f"{part.replace(':', ' ')}: {n}" for part, n in few.items())
    return [f"WARNING: fewer than {FEW} {kind} ({shown}); intervals of so few say little."]


def moments(columns: FloatArray, resamples: Resamples) -> tuple[FloatArray, FloatArray]:
    """Return means (n_draws, p) and covariances over n (n_draws, p, p) of every resample.

    Parameters
    ----------
    columns : ndarray of float64, shape (n, p)
        Without NaN; best about their means, since variances are differences of squares.
    resamples : Resamples
    """
    n, p = columns.shape
    cells = np.stack([resamples.first, resamples.second], axis=1)
    kinds, place = np.unique(cells, axis=0, return_inverse=True)
    products = (columns[:, :, None] * columns[:, None, :]).reshape(n, p * p)
    rows = np.concatenate([np.ones((n, 1)), columns, products], axis=1)
    values = np.zeros((len(kinds), rows.shape[1]))
    np.add.at(values, place.reshape(-1), rows)
    sums = weighted_sums(
        resamples.first_counts,
        resamples.second_counts,
        np.ascontiguousarray(kinds[:, 0]),
        np.ascontiguousarray(kinds[:, 1]),
        values,
    )
    with np.errstate(invalid="ignore", divide="ignore"):
        sums = sums[:, 1:] / sums[:, :1]
    means, squares = sums[:, :p], sums[:, p:].reshape(-1, p, p)
    return means, squares - means[:, :, None] * means[:, None, :]


def intervals_of(
    figure: Callable[[Resamples], FloatArray],
    clusters: Clusters,
    options: Options,
    *,
    bounded: Sequence[bool],
) -> list[Interval]:
    """Return the interval of each of k figures of the same sessions.

    From 30 clusters on the ends are percentiles of the cluster bootstrap, below that those of a
    jackknife over clusters with t quantiles; p is the jackknife's in both cases, since a bootstrap
    of 2,000 draws cannot give a p below .001. Where clients and therapists cross, the two variances
    are added, which errs on the side of long intervals.

    Parameters
    ----------
    figure : callable
        Resamples -> ndarray of float64, shape (n_draws, k); NaN where undefined.
    clusters : Clusters
        Clusters of the sessions of the figure.
    options : Options
    bounded : sequence of bool, length k
        Whether the figure is a correlation, whose jackknife is made on Fisher's z.
    """
    draws, seed, level = options.draws, options.seed, options.level
    by_draws = recommended(clusters.n) == "bootstrap"
    resamples = draw_clusters(
        len(clusters.first), clusters.first, clusters.second, draws if by_draws else 1, seed
    )
    at = figure(resamples.whole())[0]
    ways = [figure(way) for way in resamples.leave_one_out()] if clusters.n > 1 else []
    drawn = figure(resamples) if by_draws else None
    intervals = []
    for k, on_z in enumerate(bounded):
        jackknifed = _jackknife_t(
            float(at[k]), [way[:, k] for way in ways], clusters.n - 1, level, on_z
        )
        if drawn is None:
            intervals.append(jackknifed)
            continue
        percentiles = interval_of_draws(
            float(at[k]), drawn[:, k], [], level, "percentile", resamples
        )
        intervals.append(
            Interval(
                percentiles.estimate,
                percentiles.low,
                percentiles.high,
                percentiles.se,
                percentiles.df,
                percentiles.method,
                jackknifed.p,
                percentiles.n_undefined,
            )
        )
    return intervals


def _jackknife_t(
    estimate: float, ways: Sequence[FloatArray], df: int, level: float, on_z: bool
) -> Interval:
    """Return estimate -/+ t se with the variances over all kinds of cluster added."""
    with np.errstate(divide="ignore", invalid="ignore"):
        moved = [np.arctanh(way) if on_z else way for way in ways]
        centre = float(np.arctanh(estimate)) if on_z else estimate
    if not moved or not math.isfinite(centre) or not all(np.isfinite(w).all() for w in moved):
        return undefined("jackknife_t", estimate)
    variance = sum((w.size - 1) / w.size * float(((w - w.mean()) ** 2).sum()) for w in moved)
    interval = t_interval(centre, math.sqrt(variance), df, level, "jackknife_t")
    if not on_z:
        return interval
    return Interval(
        estimate,
        math.tanh(interval.low),
        math.tanh(interval.high),
        (1.0 - estimate**2) * interval.se,
        interval.df,
        interval.method,
        interval.p,
    )
