"""Agreement of therapist and client about the alliance: gap, correlation, truth and bias."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from .._typing import FloatArray
from ..stats.intervals import Interval
from ..stats.metrics import centre_within
from ..stats.resample import Resamples
from .clusters import Clusters, Options, intervals_of, moments
from .pairing import PairedRatings

#: Figures of agreement: name -> definition. A gap is therapist minus client.
FIGURES = {
    "gap": "mean of therapist minus client: the directional bias of truth and bias",
    "gap_sd": "standard deviation of the gap over sessions (n - 1)",
    "squared_gap": "mean of the squared gap",
    "r": "Pearson correlation of the two ratings",
    "icc_a1": "ICC(A,1): absolute agreement of the two as single raters",
    "force": "truth force: points of the therapist's rating per point of the client's",
    "r_within": "correlation of differences from the client's mean, in both ratings",
    "gap_per_session": "points by which the gap changes from one session of a client to the next",
    "squared_gap_per_session": "the same for the squared gap: below 0, the two ratings converge",
    "gap_against_others": "mean gap minus that of the sessions of other conditions",
}
_BOUNDED = ("r", "icc_a1", "r_within")
#: Figures that cannot be below 0; the ends of their intervals are kept at 0 or above.
_POSITIVE = ("gap_sd", "squared_gap")
#: Figures that depend on the means of both perspectives.
_OF_LEVEL = ("gap", "squared_gap", "icc_a1")


def agreement_rows(
    paired: PairedRatings,
    place: int,
    clusters: Clusters,
    parts: dict[str, np.ndarray],
    options: Options,
) -> Iterator[dict[str, Any]]:
    """Yield the figures of one dimension, for all sessions and for each part of them.

    Parameters
    ----------
    paired : PairedRatings
    place : int
        Column of the dimension.
    clusters : Clusters
        Clusters of all sessions.
    parts : dict of str to ndarray of bool, shape (n,)
        Sessions of each condition or phase.
    options : Options
    """
    client, therapist = paired.client[:, place], paired.therapist[:, place]
    both = ~np.isnan(client + therapist)
    for part, sessions in {"all": np.ones(both.size, dtype=np.bool_), **parts}.items():
        rows = np.flatnonzero(both & sessions)
        intervals = _figures(paired, client, therapist, rows, clusters, options)
        if part.startswith("condition:"):
            inside = sessions[both].astype(np.float64)
            intervals["gap_against_others"] = _slope(
                (therapist - client)[both], inside, clusters.take(np.flatnonzero(both)), options
            )
        own = [paired.clients[row] for row in rows]
        for name, interval in intervals.items():
            if paired.units[place] == "relative" and name in _OF_LEVEL:
                continue
            low = 0.0 if name in _POSITIVE and interval.low < 0 else interval.low
            yield {
                "part": part,
                "dimension": paired.dimensions[place],
                "figure": name,
                **as_cells(replace(interval, low=low)),
                "unit": "" if name in (*_BOUNDED, "force") else paired.units[place],
                "n_sessions": len(rows),
                "n_clients": len(set(own)),
                "n_clusters": clusters.take(rows).n if rows.size else 0,
            }


def as_cells(interval: Interval) -> dict[str, Any]:
    """Return an interval as cells of a table; NaN is null."""
    values = {name: getattr(interval, name) for name in ("estimate", "low", "high", "se", "p")}
    cells = {name: None if np.isnan(value) else float(value) for name, value in values.items()}
    return {**cells, "method": interval.method}


def _figures(
    paired: PairedRatings,
    client: FloatArray,
    therapist: FloatArray,
    rows: np.ndarray,
    clusters: Clusters,
    options: Options,
) -> dict[str, Interval]:
    c, t, own = client[rows], therapist[rows], clusters.take(rows)
    clients = [paired.clients[row] for row in rows]
    intervals: dict[str, Interval] = {}
    if not rows.size:
        return intervals
    # Both about the same number: variances and the gap do not change.
    middle = float(c.mean())
    columns = np.stack([c - middle, t - middle], axis=1)
    names = ("gap", "gap_sd", "squared_gap", "r", "icc_a1", "force")
    intervals = dict(
        zip(
            names,
            intervals_of(
                lambda which: _of_pair(columns, which),
                own,
                options,
                bounded=[name in _BOUNDED for name in names],
            ),
            strict=True,
        )
    )
    within = np.stack([centre_within(c, clients), centre_within(t, clients)], axis=1)
    if np.ptp(within, axis=0).min() > 0:
        intervals["r_within"] = intervals_of(
            lambda which: correlation_of(moments(within, which)[1], 0, 1)[:, None],
            own,
            options,
            bounded=[True],
        )[0]
    number = paired.session_numbers[rows]
    known = ~np.isnan(number)
    if known.any():
        of = [client for client, row in zip(clients, known, strict=True) if row]
        time = centre_within(number[known], of)
        gap = (t - c)[known]
        for name, values in (("gap_per_session", gap), ("squared_gap_per_session", gap**2)):
            if np.ptp(time) > 0:
                intervals[name] = _slope(
                    centre_within(values, of), time, own.take(np.flatnonzero(known)), options
                )
    return intervals


def _of_pair(columns: FloatArray, which: Resamples) -> FloatArray:
    """Return the six figures of each resample; columns are client and therapist."""
    means, square = moments(columns, which)
    weights = which.first_counts[:, which.first] * which.second_counts[:, which.second]
    n = weights.sum(axis=1)
    a, b, ab = square[:, 0, 0], square[:, 1, 1], square[:, 0, 1]
    gap = means[:, 1] - means[:, 0]
    spread = np.maximum(a + b - 2.0 * ab, 0.0)  # the variance of the gap
    with np.errstate(invalid="ignore", divide="ignore"):
        sample = n / (n - 1.0)
        rest = sample * spread  # twice the residual mean square
        agreement = 2.0 * sample * ab / (sample * (a + b) + gap**2 - rest / n)
        return np.stack(
            [
                gap,
                np.sqrt(rest),
                spread + gap**2,
                correlation_of(square, 0, 1),
                agreement,
                np.where(a > 0, ab / a, np.nan),
            ],
            axis=1,
        )


def correlation_of(square: FloatArray, i: int, j: int) -> FloatArray:
    """Return the correlation of two columns from covariances; NaN where one does not vary."""
    below = square[:, i, i] * square[:, j, j]
    with np.errstate(invalid="ignore", divide="ignore"):
        r = np.where(below > 0, square[:, i, j] / np.sqrt(below), np.nan)
    return np.clip(r, -1.0, 1.0)


def _slope(y: FloatArray, x: FloatArray, clusters: Clusters, options: Options) -> Interval:
    columns = np.stack([x - x.mean(), y - y.mean()], axis=1)

    def figure(which: Resamples) -> FloatArray:
        square = moments(columns, which)[1]
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(square[:, 0, 0] > 1e-12, square[:, 0, 1] / square[:, 0, 0], np.nan)[
                :, None
            ]

    return intervals_of(figure, clusters, options, bounded=[False])[0]
