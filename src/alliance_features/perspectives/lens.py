"""The lens: how each signal relates to the client's rating, the therapist's, and the gap."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from .._typing import FloatArray
from ..stats.intervals import Interval
from ..stats.multiplicity import benjamini_hochberg
from ..stats.resample import Resamples
from .agreement import as_cells, correlation_of
from .clusters import Clusters, Options, intervals_of, moments

#: Signals named before any data were analysed: their p is not adjusted.
CONFIRMATORY = (
    "therapist__i_rate",
    "client__filled_pause_rate",
    "dyad__nclid__anchor_therapist",
    "dyad__adjacent_wmd__responder_therapist__mean",
)
_TARGETS = ("client", "therapist", "gap")
#: Figures of each signal: name -> definition.
FIGURES = {
    "r_client": "correlation of the signal with the client's rating",
    "r_therapist": "with the therapist's rating, on the same sessions",
    "r_gap": "with therapist minus client",
    "r_difference": "r_client minus r_therapist",
    "partial_client": "r_client given the controls",
    "partial_therapist": "r_therapist given the controls",
    "partial_gap": "r_gap given the controls",
    "partial_difference": "partial_client minus partial_therapist",
    "r2_gain_client": "share of the client's rating that the signal explains beyond length",
    "r2_gain_therapist": "of the therapist's rating",
    "r2_gain_gap": "of the gap",
    "r2_length_client": "share of the client's rating that length alone explains",
    "r2_length_therapist": "of the therapist's rating",
    "r2_length_gap": "of the gap",
}
_PLAIN = ("r_difference", "partial_difference")  # no Fisher's z
_COLLINEAR = 1e-10


def lens_rows(
    signals: FloatArray,
    names: Sequence[str],
    ratings: tuple[FloatArray, FloatArray],
    clusters: Clusters,
    *,
    length: FloatArray,
    controls: FloatArray,
    options: Options,
) -> list[dict[str, Any]]:
    """Return one row per signal and figure, on the sessions that have the signal and both ratings.

    Parameters
    ----------
    signals : ndarray of float64, shape (n, f)
        NaN is null.
    names : sequence of str, length f
    ratings : (ndarray, ndarray) of float64, shape (n,)
        Ratings of client and therapist.
    clusters : Clusters
    length : ndarray of float64, shape (n, l)
        Measures of length, such as log words; l may be 0.
    controls : ndarray of float64, shape (n, c)
        What is held constant besides length, such as the session number; c may be 0. Sessions
        without one of them are left out.
    options : Options

    Returns
    -------
    list of dict
        signal, confirmatory, figure, estimate, low, high, se, p, method, p_adjusted, n_sessions,
        n_clusters. `p_adjusted` is Benjamini and Hochberg's over the signals that are not
        confirmatory; null for these. Shares of variance have neither interval nor p.
    """
    rows: list[dict[str, Any]] = []
    for place, name in enumerate(names):
        rows += _of_signal(name, signals[:, place], ratings, clusters, length, controls, options)
    for figure in FIGURES:
        family = [row for row in rows if row["figure"] == figure and not row["confirmatory"]]
        p = [np.nan if row["p"] is None else row["p"] for row in family]
        for row, value in zip(family, benjamini_hochberg(p), strict=True):
            row["p_adjusted"] = None if np.isnan(value) else float(value)
    return rows


def _of_signal(
    name: str,
    signal: FloatArray,
    ratings: tuple[FloatArray, FloatArray],
    clusters: Clusters,
    length: FloatArray,
    controls: FloatArray,
    options: Options,
) -> Iterator[dict[str, Any]]:
    beside = np.concatenate([length, controls], axis=1)
    known = ~np.isnan(signal + ratings[0] + ratings[1]) & ~np.isnan(beside).any(axis=1)
    rows = np.flatnonzero(known)
    own = clusters.take(rows)
    client, therapist = (rating[rows] for rating in ratings)
    columns = [signal[rows], client, therapist, therapist - client, *beside[rows].T]
    intervals: list[Interval] = []
    if rows.size:
        scaled = np.stack([_standard(column) for column in columns], axis=1)
        intervals = intervals_of(
            lambda which: _figures(scaled, length.shape[1], which),
            own,
            options,
            bounded=[not figure.startswith("r2_") and figure not in _PLAIN for figure in FIGURES],
        )
    for figure, interval in zip(FIGURES, intervals, strict=False):
        cells = as_cells(interval)
        if figure.startswith("r2_"):
            cells |= {"low": None, "high": None, "p": None}
        yield {
            "signal": name,
            "confirmatory": name in CONFIRMATORY,
            "figure": figure,
            **cells,
            "p_adjusted": None,
            "n_sessions": len(rows),
            "n_clusters": own.n,
        }


def _standard(column: FloatArray) -> FloatArray:
    """Return a standardised column; 0 where it does not vary."""
    off = column - column.mean()
    spread = float(off.std())
    varies = spread > 1e-12 * max(1.0, float(np.abs(column).max()))
    return np.asarray(off / spread if varies else 0.0 * off)


def _figures(columns: FloatArray, n_length: int, which: Resamples) -> FloatArray:
    """Return the figures of each resample; columns are signal, targets, length, controls."""
    square = moments(columns, which)[1]
    first = len(_TARGETS) + 1
    r = [correlation_of(square, 0, 1 + k) for k in range(len(_TARGETS))]
    above = square
    for k in range(first, first + n_length):
        above = _given(above, k)
    given = above
    for k in range(first + n_length, square.shape[1]):
        given = _given(given, k)
    above, given = (_without_rounding(left, square) for left in (above, given))
    partial = [correlation_of(given, 0, 1 + k) for k in range(len(_TARGETS))]
    gain, alone = [], []
    for k in range(1, first):
        whole = square[:, k, k]
        with np.errstate(invalid="ignore", divide="ignore"):
            explained = above[:, 0, k] ** 2 / above[:, 0, 0]
            gain.append(np.where(whole > 0, explained / whole, np.nan))
            alone.append(np.where(whole > 0, 1.0 - above[:, k, k] / whole, np.nan))
    if n_length == 0:
        gain = alone = [np.full(len(square), np.nan)] * len(_TARGETS)
    if square.shape[1] == first:
        partial = [np.full(len(square), np.nan)] * len(_TARGETS)
    return np.stack([*r, r[0] - r[1], *partial, partial[0] - partial[1], *gain, *alone], axis=1)


def _given(square: FloatArray, k: int) -> FloatArray:
    """Return the covariances given column `k`; unchanged if other columns explain it fully."""
    pivot = square[:, k, k]
    with np.errstate(invalid="ignore", divide="ignore"):
        slopes = np.where(pivot[:, None] > _COLLINEAR, square[:, :, k] / pivot[:, None], 0.0)
    return np.asarray(square - slopes[:, :, None] * square[:, k, None, :])


def _without_rounding(left: FloatArray, square: FloatArray) -> FloatArray:
    """Return covariances, NaN for a column of which controls leave only rounding errors."""
    diagonal, whole = np.einsum("dii->di", left), np.einsum("dii->di", square)
    return np.where((diagonal > _COLLINEAR * whole)[:, :, None], left, np.nan)
