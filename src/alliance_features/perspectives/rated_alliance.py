"""Alliance as client and therapist rate it: where they differ, and how signals relate to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .._checks import check_count
from .._typing import FloatArray
from ..errors import ParameterError
from ..raters.ratings import as_checked
from ..stats.arrays import check_share
from ..stats.few_clusters import ENOUGH_CLUSTERS, recommended
from .agreement import agreement_rows
from .clusters import Clusters, Options, choose_clusters, few_units, similar_people
from .lens import CONFIRMATORY, lens_rows
from .mixed_models import MixedRun, mixed_rows
from .pairing import UNITS, PairedRatings, pair_ratings
from .phases import PHASES, phases_of
from .signal_table import SignalTable, signal_table

if TYPE_CHECKING:
    import pyarrow as pa


#: How intervals were made, by the result of `recommended`; parts can have fewer clusters.
_HOW = {
    "bootstrap": "They were resampled with all their sessions (a bootstrap).",
    "jackknife_t": "Each was left out in turn (a jackknife), since there are fewer than "
    f"{ENOUGH_CLUSTERS}.",
    "none": "So few have no interval.",
}


def rated_notes(
    paired: PairedRatings,
    clusters: Clusters,
    agreement: Sequence[dict[str, Any]],
    controls: Sequence[str] | None,
) -> list[str]:
    """Return the lines that go with the tables.

    Parameters
    ----------
    paired : PairedRatings
    clusters : Clusters
        Clusters of all sessions.
    agreement : sequence of dict
        Rows of the table of agreement: how many clusters each part has.
    controls : sequence of str or None
        Names of the controls of partial correlations; None without signals.
    """
    lines = ["A gap is therapist minus client: below 0, the client rates the alliance higher."]
    for name, unit, items in zip(paired.dimensions, paired.units, paired.items, strict=True):
        unit_text = f"{UNITS[unit]} ({items} items)" if items else UNITS[unit]
        lines.append(f"{name}: {unit_text}.")
    if paired.one_sided:
        lines.append(f"Only one side rated {', '.join(paired.one_sided)}; left out.")
    lines.append(f"Intervals take {clusters.in_words()}. {_HOW[recommended(clusters.n)]}")
    if controls is not None:
        lines.append(f"Partial correlations hold constant: {', '.join(controls) or 'nothing'}.")
        lines.append(
            "Signals but the confirmatory ones are exploratory: their p is adjusted by Benjamini "
            "and Hochberg within dimension and figure."
        )
    return lines + _few(clusters, agreement)


def _few(clusters: Clusters, agreement: Sequence[dict[str, Any]]) -> list[str]:
    """Return a warning where a part has too few clusters."""
    counts: dict[str, int] = {}
    for row in agreement:
        counts[row["part"]] = min(row["n_clusters"], counts.get(row["part"], row["n_clusters"]))
    kind = "clients or therapists" if clusters.level == "both" else f"{clusters.level}s"
    return few_units(counts, kind)


_CELLS = ("estimate", "low", "high", "se", "p")


@dataclass(frozen=True, slots=True, kw_only=True)
class RatedAlliance:
    """The comparison of both ratings.

    Attributes
    ----------
    paired : PairedRatings
    clusters : Clusters
        Sessions that intervals take as dependent.
    agreement : pyarrow.Table
        One row per part (all, condition, phase), dimension and figure (`agreement.FIGURES`).
    lens : pyarrow.Table
        One row per part, dimension, signal and figure (`lens.FIGURES`); no rows without signals.
    mixed : pyarrow.Table
        Effects within and between clients, and of the session number (`stats.mixed`).
    models : list of MixedRun
        Data of the mixed models.
    controls : list of str
        Names of the controls of partial correlations; those of length first.
    notes : list of str
        Lines for the reader of the tables.
    """

    paired: PairedRatings
    clusters: Clusters
    agreement: pa.Table
    lens: pa.Table
    mixed: pa.Table
    models: list[MixedRun]
    controls: list[str]
    notes: list[str]


def rated_alliance(
    ratings: Any,
    signals: str | Path | pa.Table | None = None,
    *,
    dimensions: Sequence[str] | None = None,
    features: Sequence[str] | None = None,
    controls: Sequence[str] = (),
    cluster: str = "auto",
    cuts: Sequence[int] | None = None,
    mixed: bool = True,
    draws: int = 2000,
    seed: int = 0,
    level: float = 0.95,
) -> RatedAlliance:
    """Compare the ratings of client and therapist of the same sessions.

    Parameters
    ----------
    ratings : pyarrow.Table, path or data frame
        As for `read_ratings`, with the perspectives client and therapist; `group` is the condition.
    signals : path or pyarrow.Table, optional
        For the lens: a folder that `extract` wrote, or a table with session_id and numbers.
    dimensions : sequence of str, optional
        None: all that both rated.
    features : sequence of str, optional
        Signals to compare; None: all that vary.
    controls : sequence of str, optional
        Columns of `signals` that partial correlations hold constant, besides log words, log turns
        and the session number.
    cluster : {"auto", "client", "therapist", "both"}, default="auto"
        What is resampled: see `choose_clusters`.
    cuts : (int, int), optional
        Last early and last middle session; None: thirds of each client's rated sessions.
    mixed : bool, default=True
        Whether to fit mixed models.
    draws, seed, level
        As in `stats.bootstrap.cluster_bootstrap`.

    Returns
    -------
    RatedAlliance

    Raises
    ------
    RaterError, ParameterError, ResourceError
        If ratings or signals are malformed or do not fit.

    References
    ----------
    West & Kenny 2011, doi:10.1037/a0022936 (truth and bias); McGraw & Wong 1996,
    doi:10.1037/1082-989X.1.1.30 (ICC).

    Examples
    --------
    >>> import pyarrow as pa
    >>> scores = {"client": [5, 6, 7, 6, 4], "therapist": [4, 5, 6, 6, 3]}
    >>> rows = [
    ...     {"session_id": f"s{k}", "client_id": f"c{k}", "rater": name, "perspective": name,
    ...      "dimension": "bond", "score": score}
    ...     for name, given in scores.items() for k, score in enumerate(given)]
    >>> compared = rated_alliance(pa.Table.from_pylist(rows))
    >>> round(compared.agreement["estimate"][0].as_py(), 3)  # therapist minus client
    -0.8
    """
    options = Options(
        draws=check_count("draws", draws),
        seed=check_count("seed", seed, least=0),
        level=check_share("level", level),
    )
    paired = pair_ratings(as_checked(ratings), dimensions=dimensions)
    clusters = choose_clusters(paired.clients, paired.therapists, level=cluster)
    numbers = paired.session_numbers
    courses = list(zip(paired.clients, paired.therapists, strict=True))
    beside, looked_at, left_out = _signals(signals, features, paired.session_ids)
    names, length, held = _controls(beside, controls, numbers)
    tables: dict[str, list[dict[str, Any]]] = {"agreement": [], "lens": []}
    models: list[MixedRun] = []
    for place, dimension in enumerate(paired.dimensions):
        both = ~np.isnan(paired.client[:, place] + paired.therapist[:, place])
        if not both.any():
            raise ParameterError(
                f"`ratings` has no session whose {dimension} both client and therapist rated."
            )
        parts = _parts(paired, phases_of(courses, numbers, both, cuts=cuts), both)
        tables["agreement"] += agreement_rows(paired, place, clusters, parts, options)
        if beside is not None:
            whole = {"all": both, **parts}
            for part, sessions in whole.items():
                chosen = [n for n in looked_at if part == "all" or n in CONFIRMATORY]
                tables["lens"] += _lens(
                    (part, dimension),
                    paired,
                    place,
                    beside,
                    chosen,
                    sessions,
                    clusters,
                    (length, held),
                    options,
                )
        if mixed and len(set(paired.clients)) < len(paired):
            models += _models(paired, place, beside, looked_at)
    return RatedAlliance(
        paired=paired,
        clusters=clusters,
        agreement=_table(tables["agreement"], ("part", "dimension", "figure")),
        lens=_table(tables["lens"], ("part", "dimension", "signal", "figure")),
        mixed=_table(mixed_rows(models, level=level), ("model", "dimension", "effect")),
        models=models,
        controls=names,
        notes=[
            *rated_notes(paired, clusters, tables["agreement"], None if beside is None else names),
            *similar_people(paired.clients, paired.therapists),
            *left_out,
        ],
    )


def _controls(
    beside: SignalTable | None, controls: Sequence[str], numbers: FloatArray
) -> tuple[list[str], FloatArray, FloatArray]:
    """Return the names of all controls, the columns of length, and the others."""
    if beside is None:
        if controls:
            raise ParameterError("`controls` names columns of `signals`, which is not given.")
        return [], np.empty((numbers.size, 0)), np.empty((numbers.size, 0))
    names, length = beside.length()
    columns = [beside.column(name) for name in controls]
    extra = list(controls)
    if numbers.size and np.ptp(numbers) > 0:  # False if one of them is NaN
        columns.append(numbers)
        extra.append("session_number")
    held = np.stack(columns, axis=1) if columns else np.empty((numbers.size, 0))
    return [*names, *extra], length, held


def _signals(
    source: str | Path | pa.Table | None, features: Sequence[str] | None, sessions: Sequence[str]
) -> tuple[SignalTable | None, list[str], list[str]]:
    """Return the signals of the sessions, the names to compare (all that vary), and notes."""
    if source is None:
        return None, [], []
    every = signal_table(source)
    lines = every.left_out(sessions)
    if features is not None:
        named = signal_table(source, features=features)
        return every.with_names(named).of(sessions), named.names, lines
    beside = every.of(sessions)
    known = ~np.isnan(beside.values)
    low = np.where(known, beside.values, np.inf).min(axis=0, initial=np.inf)
    high = np.where(known, beside.values, -np.inf).max(axis=0, initial=-np.inf)
    varies = [name for name, a, b in zip(beside.names, low, high, strict=True) if a < b]
    return beside, varies, lines


def _parts(paired: PairedRatings, phases: np.ndarray, both: np.ndarray) -> dict[str, np.ndarray]:
    """Return conditions and phases, if there are several."""
    conditions = np.array([str(c) if c is not None else "" for c in paired.conditions])
    named = sorted({*conditions[both].tolist()} - {""})
    parts = {
        f"condition:{condition}": conditions == condition for condition in named if len(named) > 1
    }
    if (phases[both] == 0).any() and (phases[both] == 2).any():
        parts |= {f"phase:{name}": phases == k for k, name in enumerate(PHASES)}
    return parts


def _lens(
    which: tuple[str, str],
    paired: PairedRatings,
    place: int,
    beside: SignalTable,
    names: Sequence[str],
    sessions: np.ndarray,
    clusters: Clusters,
    held: tuple[FloatArray, FloatArray],
    options: Options,
) -> list[dict[str, Any]]:
    rows = np.flatnonzero(sessions)
    if not names or not rows.size:
        return []
    figures = lens_rows(
        np.stack([beside.column(name) for name in names], axis=1)[rows],
        names,
        (paired.client[rows, place], paired.therapist[rows, place]),
        clusters.take(rows),
        length=held[0][rows],
        controls=held[1][rows],
        options=options,
    )
    return [{"part": which[0], "dimension": which[1], **row} for row in figures]


def _models(
    paired: PairedRatings, place: int, beside: SignalTable | None, names: Sequence[str]
) -> list[MixedRun]:
    """Return the data of the mixed models: truth and bias, and the confirmatory signals."""
    client, therapist = paired.client[:, place], paired.therapist[:, place]
    therapists = None if None in paired.therapists else [str(t) for t in paired.therapists]
    clients = [str(client_) for client_ in paired.clients]
    numbers = paired.session_numbers
    number = numbers if not np.isnan(numbers).any() and np.ptp(numbers) > 0 else None

    def run(model: str, y: FloatArray, x: FloatArray) -> MixedRun:
        return MixedRun(model, paired.dimensions[place], y, x, clients, therapists, number)

    runs = [run("therapist_by_client", therapist, client)]
    for name in names:
        if beside is not None and name in CONFIRMATORY:
            x = beside.column(name)
            sides = {"client": client, "therapist": therapist, "gap": therapist - client}
            runs += [run(f"{side}_by_{name}", y, x) for side, y in sides.items()]
    return runs


def _table(rows: Sequence[dict[str, Any]], first: Sequence[str]) -> pa.Table:
    import pyarrow as pa

    if rows:
        types = {name: pa.float64() for name in (*_CELLS, "p_adjusted")}
        names = list(rows[0])
        columns = {
            name: pa.array([row[name] for row in rows], type=types.get(name)) for name in names
        }
        return pa.table(columns)
    return pa.table({name: pa.array([], pa.string()) for name in first})
