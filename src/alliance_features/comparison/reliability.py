"""Reliability of scores: items, repeated runs, and agreement between raters."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from .._typing import FloatArray
from ..evaluation.row_names import PREVIOUS
from ..raters.ratings import CheckedRatings
from ..stats.agreement import krippendorff_alpha, limits_of_agreement
from ..stats.factor import one_factor
from ..stats.icc import intraclass_correlations
from ..stats.intervals import Interval, undefined
from ..stats.reliability import attenuation_ceiling, cronbach_alpha, omega_total, two_level_omega
from .scores import RaterScores, Row, as_keyed, reversed_items
from .shared_sessions import Common

#: Figures by name and definition.
RELIABILITY: dict[str, str] = {
    "alpha": "Cronbach's alpha of the items of a subscale, Feldt's interval",
    "omega": "McDonald's omega under one factor; items of one rater share a halo effect",
    "omega_within": "omega of a client's changes from session to session",
    "omega_between": "omega of the differences between clients",
    "icc_clients": "share of the variance of the sum of items that lies between clients",
    "cfi": "comparative fit index of one factor",
    "rmsea": "root mean square error of approximation of one factor",
    "srmr": "standardised root mean square residual of one factor",
    "icc_agreement_1": "ICC(A,1): absolute agreement of a single run, prompt or rater",
    "icc_agreement_k": "ICC(A,k): of the mean of k",
    "icc_consistency_1": "ICC(C,1): agreement apart from their own levels",
    "krippendorff_interval": "Krippendorff's alpha of values",
    "krippendorff_ordinal": "Krippendorff's alpha of ranks",
    "bias": "mean of score minus rating, in points",
    "limit_low": "lower limit of agreement with the rating, in points",
    "limit_high": "upper limit of agreement with the rating, in points",
    "ceiling": "correlation with the rating if true scores were identical: not a bound",
}
_SCHEMA = pa.schema(
    [pa.field(name, pa.string()) for name in ("rater", "dimension", "across", "figure")]
    + [pa.field(name, pa.float64()) for name in ("estimate", "low", "high")]
    + [pa.field("k", pa.int64()), pa.field("n_sessions", pa.int64())]
)
_LEAST_ITEMS = 3
Found = tuple[str, str, Interval, int, int]


def reliability_table(
    ratings: CheckedRatings,
    criterion: Mapping[str, str | None],
    raters: Sequence[RaterScores],
    common: Common,
    *,
    level: float = 0.95,
) -> pa.Table:
    """Return the reliability of the ratings and of every rater, as far as rows allow.

    Across items: of each subscale with 2 items or more, mean over runs, reversed items turned
    round where the key of the instrument is known. Across runs: of scores of one rater that
    differ in `run`. Across prompts: of raters that differ in `prompt_id` alone. Across raters:
    of all that were not fitted to the ratings, and each of them against the ratings.

    Parameters
    ----------
    ratings : CheckedRatings
    criterion : mapping
        Which rows of `ratings` the raters are compared with.
    raters : sequence of RaterScores
    common : Common
    level : float, default=0.95

    Returns
    -------
    pyarrow.Table
        Columns rater, dimension, across ("items", "runs", "prompts", "raters", "ratings"), figure
        (keys of `RELIABILITY`), estimate, low, high, k (items, runs, ...), n_sessions. Intervals
        of ICC and alpha take sessions as independent.
    """
    own = [
        row
        for row in ratings.table.to_pylist()
        if all(row[name] == value for name, value in criterion.items())
    ]
    clients = dict(zip(common.session_ids, common.clients, strict=True))
    rows: list[dict[str, Any]] = []
    omegas: dict[tuple[str, str], float] = {}
    everyone = {"ratings": own, **{rater.name: rater.rows for rater in raters}}
    for place, dimension in enumerate(common.dimensions):
        for name, given in everyone.items():
            of_items = [r for r in given if r["dimension"] == dimension and r["item"] is not None]
            figures = [*_of_items(of_items, clients, level)]
            if name != "ratings":
                figures += _of_runs([r for r in given if r["dimension"] == dimension], level)
            for figure in figures:
                if figure[1] == "omega":
                    omegas[name, dimension] = figure[2].estimate
            rows += [_row(name, dimension, figure) for figure in figures]
        for name, figure in _of_raters(raters, common, place, level):
            rows.append(_row(name, dimension, figure))
        for rater in raters:
            pair = omegas.get(("ratings", dimension)), omegas.get((rater.name, dimension))
            if pair[0] is not None and pair[1] is not None:
                ceiling = undefined("", attenuation_ceiling(pair[0], pair[1]))
                rows.append(_row(rater.name, dimension, ("ratings", "ceiling", ceiling, 2, 0)))
    return pa.Table.from_pylist(rows, schema=_SCHEMA)


def _row(rater: str, dimension: str, reliability: Found) -> dict[str, Any]:
    across, figure, interval, k, n = reliability
    numbers = {"estimate": interval.estimate, "low": interval.low, "high": interval.high}
    shown = {name: value if math.isfinite(value) else None for name, value in numbers.items()}
    return {
        **{"rater": rater, "dimension": dimension, "across": across, "figure": figure},
        **{**shown, "k": k, "n_sessions": n or None},
    }


def wide(rows: Sequence[Row], column: str) -> tuple[FloatArray, list[str], list[str]]:
    """Return mean scores with one row per session and one column per value of `column`.

    Parameters
    ----------
    rows : sequence of dict
        Rows of one rater and dimension.
    column : {"item", "run", "prompt_id"}

    Returns
    -------
    values : ndarray of float64, shape (n_sessions, n_columns)
        NaN where a session has no score.
    sessions, columns : list of str
    """
    sessions = list(dict.fromkeys(row["session_id"] for row in rows))
    columns = list(dict.fromkeys(str(row[column]) for row in rows))
    row_of = {name: place for place, name in enumerate(sessions)}
    column_of = {name: place for place, name in enumerate(columns)}
    total = np.zeros((len(sessions), len(columns)))
    n = np.zeros(total.shape)
    turned = {name: reversed_items(name) for name in {row["instrument"] for row in rows}}
    for row in rows:
        of_item = row["item"] is not None
        score = as_keyed(row, turned[row["instrument"]] if of_item else frozenset())
        if score == score:
            place = row_of[row["session_id"]], column_of[str(row[column])]
            total[place] += score
            n[place] += 1
    values = np.full(total.shape, np.nan)
    np.divide(total, n, out=values, where=n > 0)
    return values, sessions, columns


def _of_items(rows: Sequence[Row], clients: Mapping[str, str], level: float) -> Iterator[Found]:
    values, sessions, columns = wide(rows, "item") if rows else (np.empty((0, 0)), [], [])
    known = [place for place, name in enumerate(sessions) if name in clients]
    values = values[known]
    k, n = len(columns), int((~np.isnan(values)).all(axis=1).sum()) if known else 0
    if k < 2 or n < 2:
        return
    yield "items", "alpha", cronbach_alpha(values, level=level), k, n
    if k < _LEAST_ITEMS:
        return
    model = one_factor(values)
    two = two_level_omega(values, [clients[sessions[place]] for place in known])
    for name, value in {
        "omega": omega_total(values),
        "omega_within": two.within,
        "omega_between": two.between,
        "icc_clients": two.icc,
        "cfi": model.cfi,
        "rmsea": model.rmsea,
        "srmr": model.srmr,
    }.items():
        yield "items", name, undefined("", float(value)), k, n


def _of_runs(rows: Sequence[Row], level: float) -> Iterator[Found]:
    """Yield the agreement of the runs of one rater: on subscales, else on the mean of items."""
    given = [row for row in rows if row["item"] is None] or list(rows)
    if len({row["run"] for row in given}) > 1:
        yield from agreement(wide(given, "run")[0], "runs", level)


def agreement(values: FloatArray, across: str, level: float) -> Iterator[Found]:
    """Yield the agreement of k columns over n sessions; NaN where undefined."""
    icc = intraclass_correlations(values, level=level)
    yield across, "icc_agreement_1", icc.agreement_1, icc.k, icc.n
    yield across, "icc_agreement_k", icc.agreement_k, icc.k, icc.n
    yield across, "icc_consistency_1", icc.consistency_1, icc.k, icc.n
    n = int((~np.isnan(values)).any(axis=1).sum())
    for scale in ("interval", "ordinal"):
        alpha = undefined("", krippendorff_alpha(values, scale=scale))
        yield across, f"krippendorff_{scale}", alpha, values.shape[1], n


def _of_raters(
    raters: Sequence[RaterScores], common: Common, place: int, level: float
) -> Iterator[tuple[str, Found]]:
    """Yield agreement across prompts and raters, and of each rater with the ratings."""
    y = common.y[:, place]
    columns = {
        rater.name: common.predicted[rater.name][0][:, place]
        for rater in raters
        if rater.name != PREVIOUS and not np.isnan(common.predicted[rater.name][0][:, place]).all()
    }
    given = {
        rater.name: columns[rater.name] for rater in raters if rater.name in columns and rater.rows
    }
    for title, names in _prompts(raters).items():
        values = [given[name] for name in names if name in given]
        if len(values) > 1:
            for figure in agreement(np.stack(values, axis=1), "prompts", level):
                yield title, figure
    if len(given) > 1:
        for figure in agreement(np.stack([*given.values()], axis=1), "raters", level):
            yield "all", figure
    for name, p in columns.items():
        pair = np.stack([y, p], axis=1)
        for figure in agreement(pair, "ratings", level):
            if figure[1] in ("icc_agreement_1", "icc_consistency_1"):
                yield name, figure
        limits = limits_of_agreement(p, y, clusters=common.clients, level=level)
        for title, interval in (
            ("bias", limits.bias),
            ("limit_low", limits.low),
            ("limit_high", limits.high),
        ):
            yield name, ("ratings", title, interval, 2, limits.n)


def _prompts(raters: Sequence[RaterScores]) -> dict[str, list[str]]:
    """Return groups of raters that differ only in the prompt, by the labels that they share."""
    by_key: dict[tuple[Any, ...], dict[str, str]] = {}
    for rater in raters:
        if rater.rows:
            row = rater.rows[0]
            key = tuple(row[name] for name in ("rater", "perspective", "instrument", "model"))
            by_key.setdefault(key, {})[str(row["prompt_id"])] = rater.name
    return {str(key[0]): list(names.values()) for key, names in by_key.items() if len(names) > 1}
