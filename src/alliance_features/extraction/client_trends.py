"""Client trends: how a signal changes over the sessions of one client."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import AllianceWarning, ParameterError
from ..features.measures.trends import outer_thirds, weighted_slope
from ..features.registry import select_features
from ..output.files import write_csv, write_table
from ..transcript.arrow import with_normal_ids

if TYPE_CHECKING:
    import pyarrow as pa

MIN_SESSIONS = 3
#: Features that are followed over sessions if none are named: coordination in words first.
SIGNALS = (
    *(f"dyad__adjacent_wmd__responder_{role}__mean" for role in ("client", "therapist")),
    *(
        f"dyad__{name}__anchor_{role}"
        for role in ("therapist", "client")
        for name in ("uclid", "nclid")
    ),
    *(f"dyad__bow_l1__responder_{role}" for role in ("client", "therapist")),
    *(f"dyad__lexical_overlap__responder_{role}" for role in ("client", "therapist")),
    "dyad__lsm",
    *(f"dyad__rlsm__responder_{role}" for role in ("client", "therapist")),
    "therapist__i_rate",
    "client__i_rate",
    "client__filled_pause_rate",
    "therapist__words_n",
    "client__words_n",
    "dyad__talk_ratio",
)
KEYS = ("client_id", "therapist_id", "sessions_n", "first_session", "last_session")
STATISTICS = ("mean", "slope", "third_diff")
_NEEDED = ("session_id", "client_id", "therapist_id", "session_number")
_UNITS = {"mean": "{}", "slope": "{} per session", "third_diff": "{}"}
_NULLS = ("client_id", "therapist_id", "feature", "code")


@dataclass(frozen=True, slots=True)
class ClientTrends:
    """A table of clients, the reasons of its nulls, and how many sessions were left out."""

    table: pa.Table
    nulls: pa.Table
    n_left_out: int


def check_followed(names: Iterable[str]) -> None:
    """Raise an error if none of the features is followed over sessions."""
    if not set(SIGNALS) & {*names}:
        raise ParameterError(
            "`features` holds none that is followed over a client's sessions; add core, or call "
            "`client_trends` on the table of sessions and name features."
        )


def write_clients(output: Path, table: pa.Table, *, as_csv: bool) -> ClientTrends:
    """Write the table of clients and the reasons of its nulls into an output folder."""
    trends = trends_of_clients(table)
    write_table(output / "clients" / "part-00000.parquet", trends.table)
    write_table(output / "clients_nulls" / "part-00000.parquet", trends.nulls)
    if as_csv:
        write_csv(output / "clients.csv", trends.table)
    return trends


def _signals(table: pa.Table, features: str | Iterable[str] | None) -> list[str]:
    """Return the columns to follow, in the order of the table."""
    import pyarrow as pa

    columns = [name for name in table.column_names if name not in _NEEDED]
    wanted: set[str] = set(SIGNALS)
    if features is not None:
        words = [features] if isinstance(features, str) else [*features]
        unknown = [word for word in words if word not in columns]
        known = {spec.name for spec in select_features(unknown)} if unknown else set()
        wanted = known.union(words)
    chosen = [name for name in columns if name in wanted]
    if not chosen:
        raise ParameterError(
            "`table` holds none of the features to follow; name features that it holds, or "
            "extract them as well."
        )
    for name in chosen:
        kind = table.schema.field(name).type
        if not (pa.types.is_floating(kind) or pa.types.is_integer(kind)):
            raise ParameterError(f"`table` has numbers of type {kind} in {name}; use float64.")
    return chosen


def _statistics(numbers: np.ndarray[Any, Any], values: np.ndarray[Any, Any]) -> dict[str, float]:
    """Return the statistics of a signal over sessions in order, all known."""
    first, last = outer_thirds(values.size)
    return {
        "mean": float(values.mean()),
        "slope": weighted_slope(numbers, values, np.ones(values.size)),
        "third_diff": float(values[last].mean() - values[first].mean()),
    }


def _schema(table: pa.Table, signals: Sequence[str]) -> pa.Schema:
    import pyarrow as pa

    fields = [pa.field(key, pa.string() if key.endswith("_id") else pa.int64()) for key in KEYS]
    for name in signals:
        facts = {
            key.decode(): value.decode()
            for key, value in (table.schema.field(name).metadata or {}).items()
        }
        fields.append(pa.field(f"{name}__sessions_n", pa.int64(), metadata={"unit": "sessions"}))
        for statistic in STATISTICS:
            unit = _UNITS[statistic].format(facts.get("unit", ""))
            fields.append(
                pa.field(
                    f"{name}__sessions_{statistic}", pa.float64(), metadata={**facts, "unit": unit}
                )
            )
    return pa.schema(fields)


Course = tuple[str, str | None]  # client and therapist


def _courses(table: pa.Table) -> dict[Course, list[int]]:
    """Return the rows of each client with each therapist, in the order of the sessions."""
    keys = zip(*(table[name].to_pylist() for name in _NEEDED), strict=True)
    courses: dict[Course, list[tuple[int, str, int]]] = {}
    for row, (session, client, therapist, number) in enumerate(keys):
        if client is not None and number is not None:
            courses.setdefault((client, therapist), []).append((number, session, row))
    order = sorted(courses, key=lambda course: (course[0], course[1] is not None, course[1] or ""))
    return {course: [row for _, _, row in sorted(courses[course])] for course in order}


def trends_of_clients(table: pa.Table, features: str | Iterable[str] | None = None) -> ClientTrends:
    """Return trends over sessions with the reasons of nulls; see `client_trends`."""
    import pyarrow as pa

    columns = getattr(table, "column_names", [])
    missing = [name for name in _NEEDED if name not in columns]
    if missing:
        raise ParameterError(
            f"`table` has no column {' or '.join(missing)}; it must be a table of sessions, as "
            "`extract` returns it."
        )
    signals = _signals(table, features)
    values = {
        name: np.array([math.nan if v is None else v for v in table[name].to_pylist()], np.float64)
        for name in signals
    }
    table = with_normal_ids(table)
    numbers = table["session_number"].to_pylist()
    courses = _courses(table)
    rows: list[list[Any]] = []
    nulls: list[tuple[str, str | None, str, str]] = []
    for course, places in courses.items():
        at = np.array([numbers[place] for place in places], np.float64)
        row: list[Any] = [*course, len(places), numbers[places[0]], numbers[places[-1]]]
        for name in signals:
            here = values[name][places]
            known = ~np.isnan(here)
            enough = int(known.sum()) >= MIN_SESSIONS
            statistics = _statistics(at[known], here[known]) if enough else {}
            row.append(int(known.sum()))
            for statistic in STATISTICS:
                value = statistics.get(statistic, math.nan)
                row.append(None if math.isnan(value) else value)
                if math.isnan(value):
                    code = "undefined" if enough else "few_sessions"
                    nulls.append((*course, f"{name}__sessions_{statistic}", code))
        rows.append(row)
    form = _schema(table, signals)
    cells = list(zip(*rows, strict=True)) if rows else [()] * len(form)
    reasons = list(zip(*nulls, strict=True)) if nulls else [()] * len(_NULLS)
    return ClientTrends(
        table=pa.table(
            [pa.array(column, type=field.type) for column, field in zip(cells, form, strict=True)],
            schema=form,
        ),
        nulls=pa.table(
            [pa.array(column, type=pa.string()) for column in reasons], names=list(_NULLS)
        ),
        n_left_out=table.num_rows - sum(map(len, courses.values())),
    )


def client_trends(table: pa.Table, *, features: str | Iterable[str] | None = None) -> pa.Table:
    """Follow signals over the sessions of each client with each therapist.

    Word Mover's Distance between neighbouring turns that falls over a therapy is what Nasir et
    al. (2019) found in couples whose relationship improved: a negative
    ``dyad__adjacent_wmd__responder_client__mean__sessions_slope``.

    Parameters
    ----------
    table : pyarrow.Table
        Of sessions, as `extract` returns it. Sessions without client_id or session_number are
        left out, with an `AllianceWarning` that says how many. Not changed.
    features : str or iterable of str, optional
        Columns of the table, or sets and groups of features. None: distances, style matching, the
        pronouns and filled pauses of the headline, and words, as far as the table has them.

    Returns
    -------
    pyarrow.Table
        One row per client and therapist (null where unknown), sorted by both: client_id,
        therapist_id, sessions_n, first_session, last_session (their numbers), then for each
        signal, over the sessions where it is known, in the order of session_number:

        - ``{signal}__sessions_n``: how many these are;
        - ``__sessions_mean``: their mean, each counting once;
        - ``__sessions_slope``: least squares over session_number, in units per session;
        - ``__sessions_third_diff``: mean of the last third minus that of the first (of n sessions,
          those at index >= 2 n / 3 and < n / 3).

        The three are null below 3 sessions; the slope also if all have the same number. A row
        depends on the sessions of that client alone.

    Raises
    ------
    ParameterError
        If it is not a table of sessions or holds none of the features.

    Warns
    -----
    AllianceWarning
        If sessions were left out.

    References
    ----------
    Nasir, Chakravarthula, Baucom, Atkins, Georgiou & Narayanan (2019).
    doi:10.21437/Interspeech.2019-1900

    Examples
    --------
    >>> import pyarrow as pa
    >>> table = pa.table({"session_id": ["a", "b", "c"], "client_id": ["c1"] * 3,
    ...     "therapist_id": ["t1"] * 3, "session_number": [1, 2, 4], "dyad__lsm": [0.5, 0.6, 0.8]})
    >>> round(client_trends(table)["dyad__lsm__sessions_slope"].to_pylist()[0], 6)
    0.1
    """
    trends = trends_of_clients(table, features)
    if trends.n_left_out:
        warnings.warn(
            f"{trends.n_left_out} sessions without client_id or session_number are left out",
            AllianceWarning,
            stacklevel=2,
        )
    return trends.table
