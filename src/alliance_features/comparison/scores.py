"""Read the scores of raters: items, runs and predictions as one score per session and dimension."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from .. import wai
from ..errors import ParameterError, ResourceError
from ..evaluation.folds import Folds, load_folds
from ..evaluation.row_names import MEAN
from ..inventories import load_inventory
from ..inventories.inventory import SHIPPED
from ..raters.items import score_items_table
from ..raters.ratings import read_scores
from ..raters.schema import PREDICTION_SCHEMA, RATING_SCHEMA
from ..transcript.arrow import with_normal_ids

Row = dict[str, Any]
_ASKING = ("run", "model", "prompt_id")


def subscale_rows(rows: Sequence[Row]) -> list[Row]:
    """Return the rows of subscales; where there are only items, their scores.

    A subscale scored here has the status "ok", or "missing" where an item has no score.

    Raises
    ------
    ParameterError
        If there are only items, and the instrument is not one whose key is known.
    """
    given = [row for row in rows if row["item"] is None]
    if given:
        return given
    scored: list[Row] = []
    for run in dict.fromkeys(row["run"] for row in rows):
        own = [row for row in rows if row["run"] == run]
        table = pa.Table.from_pylist(
            [{name: row[name] for name in RATING_SCHEMA.names} for row in own],
            schema=RATING_SCHEMA,
        )
        asking = {name: own[0].get(name) for name in _ASKING}
        for row in score_items_table(table).to_pylist():
            status = "missing" if row["score"] is None else "ok"
            scored.append({**row, **asking, "status": status})
    return scored


def means_of_runs(rows: Sequence[Row]) -> dict[tuple[str, str], float]:
    """Return the mean score over the runs of each session; no entry where no run has a score."""
    by_place: dict[tuple[str, str], list[float]] = {}
    for row in rows:
        if row["score"] is not None:
            by_place.setdefault((row["session_id"], row["dimension"]), []).append(row["score"])
    return {place: math.fsum(scores) / len(scores) for place, scores in by_place.items()}


def reversed_items(instrument: str | None) -> frozenset[str]:
    """Return the ids of the reversed items, where the key is known."""
    if instrument in wai.INSTRUMENTS:
        return frozenset(map(str, wai.instrument(str(instrument)).reversed_items))
    if instrument == SHIPPED:
        return frozenset(item.id for item in load_inventory().items if item.sign < 0)
    return frozenset()


def as_keyed(row: Row, turned: frozenset[str]) -> float:
    """Return the score of an item, reversed where the key says so; NaN without a score."""
    if row["score"] is None:
        return math.nan
    if row["item"] in turned and row["scale_min"] is not None:
        return float(row["scale_min"] + row["scale_max"] - row["score"])
    return float(row["score"])


COSTS = ("seconds", "tokens_in", "tokens_out", "cost")
#: Costs per session of a rater; memory only where it is given.
PER_SESSION = (*COSTS, "megabytes")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RaterScores:
    """The scores of one rater.

    Attributes
    ----------
    name : str
    source : str
        The file, or the position among the arguments.
    values : dict of (session, dimension) to list of float
        One score per repeat of cross-validation; a single one for a rater that was not fitted. No
        entry without a score.
    statuses : Counter of (dimension, status)
        Counts of all rows of subscales, each run counted.
    scales : dict of str to set of (low, high)
        By dimension; None where rows name no scale.
    costs : dict of str to float
        Sums over all rows of the known `COSTS`, and "sessions", the number of sessions.
    rows : list of dict
        The rows as they were read, for reliability; empty for predictions.
    fitted : bool
        Whether the scores are predictions of a cross-validation.
    """

    name: str
    source: str
    values: dict[tuple[str, str], list[float]]
    statuses: Counter[tuple[str, str]]
    scales: dict[str, set[tuple[float, float] | None]] = field(default_factory=dict)
    costs: dict[str, float] = field(default_factory=dict)
    rows: list[Row] = field(default_factory=list)
    fitted: bool = False

    @property
    def dimensions(self) -> list[str]:
        """Dimensions that have a row, in order."""
        return list(dict.fromkeys(dimension for dimension, _ in self.statuses))


def read_predictions(title: str, content: Any) -> pa.Table:
    """Return predictions of a file or table, with the columns of their schema."""
    import pyarrow.parquet as pq

    table = pq.read_table(content) if isinstance(content, Path) else content
    missing = [name for name in PREDICTION_SCHEMA.names if name not in table.column_names]
    if missing:
        raise ParameterError(f"{title}: the predictions lack the column `{missing[0]}`.")
    return with_normal_ids(table.select(PREDICTION_SCHEMA.names).cast(PREDICTION_SCHEMA))


def folds_of(title: str, table: pa.Table, beside: Path) -> Folds:
    """Return the folds that predictions were made on, with their grouping where it is known."""
    if (beside / "folds.json").is_file() and beside != Path():
        return load_folds(beside / "folds.json")
    by_session: dict[str, dict[int, int]] = {}
    who: dict[str, str] = {}
    for row in table.select(["session_id", "client_id", "repeat", "fold"]).to_pylist():
        who[row["session_id"]] = row["client_id"] or row["session_id"]
        folds = by_session.setdefault(row["session_id"], {})
        if folds.setdefault(row["repeat"], row["fold"]) != row["fold"]:
            raise ParameterError(
                f"{title}: session {row['session_id']} is in two folds of repeat {row['repeat']}."
            )
    repeats = sorted({repeat for folds in by_session.values() for repeat in folds})
    if any(len(folds) != len(repeats) for folds in by_session.values()):
        raise ParameterError(f"{title}: some sessions lack a repeat of the cross-validation.")
    rows = np.array([[folds[repeat] for repeat in repeats] for folds in by_session.values()])
    names = tuple(by_session)
    groups = tuple(who[name] for name in names)
    return Folds(names, groups, rows.T.astype(np.int64), int(rows.max()) + 1, 0, "client")


def scores_of(title: str, table: pa.Table, beside: Path) -> list[RaterScores]:
    """Return what each row of an evaluation predicts, the training mean left out."""
    rows = table.to_pylist()
    repeats = {repeat: place for place, repeat in enumerate(sorted({r["repeat"] for r in rows}))}
    seconds = _seconds(beside)
    by_name: dict[str, RaterScores] = {}
    for row in rows:
        if row["rater"] == MEAN:  # computed again for the sessions that are compared
            continue
        rater = by_name.setdefault(
            row["rater"],
            RaterScores(
                name=row["rater"], source=title, values={}, statuses=Counter(), fitted=True
            ),
        )
        place = row["session_id"], row["dimension"]
        if row["predicted"] is not None:
            values = rater.values.setdefault(place, [float("nan")] * len(repeats))
            if values[repeats[row["repeat"]]] == values[repeats[row["repeat"]]]:
                raise ParameterError(
                    f"{title}: it holds two predictions of {place[1]} of session {place[0]} by "
                    f"{row['rater']}; keep one row per session, dimension, rater and repeat."
                )
            values[repeats[row["repeat"]]] = row["predicted"]
        if repeats[row["repeat"]] == 0:
            rater.statuses[place[1], "missing" if row["predicted"] is None else "ok"] += 1
    sessions = len({row["session_id"] for row in rows})
    for name, rater in by_name.items():
        if name in seconds:
            rater.costs.update(seconds=seconds[name], sessions=float(sessions))
    return list(by_name.values())


def _seconds(beside: Path) -> dict[str, float]:
    """Return the time that each row of an evaluation took, if its folder has it."""
    try:
        content = json.loads((beside / "run.json").read_text(encoding="utf-8"))
        seconds = content.get("seconds_by_row", {})
        return {str(name): float(value) for name, value in seconds.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


_PARTS = ("rater", "perspective", "instrument", "model", "prompt_id")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ScoreFiles:
    """All raters of all sources, and the labels of sessions in the sources.

    Attributes
    ----------
    raters : list of RaterScores
    facts : dict of str to dict
        client_id and therapist_id by session.
    truth : dict of (session, dimension) to float
        Ratings that were predicted.
    folds : Folds or None
        Those of the predictions.
    paths : list of Path
    """

    raters: list[RaterScores]
    facts: dict[str, dict[str, str | None]]
    truth: dict[tuple[str, str], float]
    folds: Folds | None
    paths: list[Path]


def read_raters(
    sources: Sequence[Any],
    *,
    criterion: Mapping[str, str | None],
    rated_by: Collection[str] | None = None,
    missing: Sequence[float] = (),
) -> ScoreFiles:
    """Read the scores of every rater.

    Parameters
    ----------
    sources : sequence of path, pyarrow.Table or data frame
        Scores or ratings (see `read_scores`), predictions of `evaluate`, or a folder that `rate`
        or `evaluate` wrote.
    criterion : mapping
        rater, perspective and instrument of the ratings that others are compared with: such
        rows are left out.
    rated_by : collection of str, optional
        Raters of those ratings: rows of other raters are kept even if they share all other labels.
    missing : sequence of float, default=()
        Codes of missing answers.

    Raises
    ------
    ParameterError, RaterError, ResourceError
        If a source is malformed, holds nothing, two sources hold one rater, or predictions were
        made on different folds.
    """
    if not sources:
        raise ParameterError("`scores` is empty; name at least one file of rater scores.")
    raters: list[RaterScores] = []
    facts: dict[str, dict[str, str | None]] = {}
    truth: dict[tuple[str, str], float] = {}
    folds: Folds | None = None
    paths: list[Path] = []
    for place, source in enumerate(sources):
        title, content, beside = _open(source, place)
        paths += [content] if isinstance(content, Path) else []
        if beside is not None:
            table = read_predictions(title, content)
            given, own = scores_of(title, table, beside), folds_of(title, table, beside)
            if folds is not None and folds.by_session() != own.by_session():
                raise ParameterError(
                    f"{title}: the predictions were made on other folds than those of another "
                    "source; predict on the same folds: `evaluate --folds`."
                )
            folds = own
            for row in table.select(["session_id", "dimension", "score"]).to_pylist():
                if row["score"] is not None:
                    truth[row["session_id"], row["dimension"]] = row["score"]
        else:
            table = read_scores(content, missing=missing)
            given = list(_of_scores(title, table, criterion, rated_by))
        if not given:
            raise ParameterError(
                f"{title}: it holds no rater but the one that others are compared with."
            )
        raters += given
        for row in table.select(["session_id", "client_id", "therapist_id"]).to_pylist():
            known = facts.setdefault(row["session_id"], {"client_id": None, "therapist_id": None})
            for key in known:
                known[key] = known[key] or row[key]
    return ScoreFiles(raters=_distinct(raters), facts=facts, truth=truth, folds=folds, paths=paths)


def _open(source: Any, place: int) -> tuple[str, Any, Path | None]:
    """Return a title, what to read, and for predictions the folder that they are in."""
    if isinstance(source, (str, Path)):
        path = Path(source)
        if path.is_dir():
            path = _within(path)
        names = _column_names(path)
        return str(source), path, path.parent if "predicted" in names else None
    names = getattr(source, "column_names", None) or list(getattr(source, "columns", ()))
    if "predicted" in names and not isinstance(source, pa.Table):
        source = pa.Table.from_pandas(source, preserve_index=False)
    return f"scores[{place}]", source, Path() if "predicted" in names else None


def _within(folder: Path) -> Path:
    for name in ("predictions.parquet", "scores/part-00000.parquet"):
        if (folder / name).is_file():
            return folder / name
    raise ResourceError(
        f"{folder}: holds neither predictions.parquet nor scores/; name a file, or a folder that "
        "`evaluate` or `rate` wrote."
    )


def _column_names(path: Path) -> list[str]:
    import pyarrow.parquet as pq

    if path.suffix != ".parquet":
        return []
    try:
        return list(pq.read_schema(path).names)
    except (OSError, pa.ArrowException):
        return []  # reading the scores raises the error


def _of_scores(
    title: str,
    table: pa.Table,
    criterion: Mapping[str, str | None],
    rated_by: Collection[str] | None,
) -> Iterator[RaterScores]:
    groups: dict[tuple[Any, ...], list[Row]] = {}
    for row in table.to_pylist():
        alike = all(row[name] == value for name, value in criterion.items())
        if not alike or (rated_by is not None and row["rater"] not in rated_by):
            groups.setdefault(tuple(row[name] for name in _PARTS), []).append(row)
    names = _names(list(groups))
    for key, rows in groups.items():
        scored = subscale_rows(rows)
        statuses: Counter[tuple[str, str]] = Counter()
        scales: dict[str, set[tuple[float, float] | None]] = {}
        for row in scored:
            statuses[row["dimension"], row["status"]] += 1
            low, high = row["scale_min"], row["scale_max"]
            scales.setdefault(row["dimension"], set()).add(None if low is None else (low, high))
        yield RaterScores(
            name=names[key],
            source=title,
            values={place: [value] for place, value in means_of_runs(scored).items()},
            statuses=statuses,
            scales=scales,
            costs=_costs(rows),
            rows=rows,
        )


def _names(keys: list[tuple[Any, ...]]) -> dict[tuple[Any, ...], str]:
    """Name raters; where two share a name, add the labels in which they differ."""
    names = {}
    for key in keys:
        alike = [other for other in keys if other[0] == key[0]]
        extra = [
            str(key[place])
            for place in range(1, len(key))
            if len({other[place] for other in alike}) > 1
        ]
        names[key] = "/".join([str(key[0]), *extra])
    return names


def _costs(rows: list[Row]) -> dict[str, float]:
    """Return sums over items, or over subscales where there are no items."""
    items = [row for row in rows if row["item"] is not None]
    level = items or rows
    sums = {}
    for name in COSTS:
        known = [row[name] for row in level if row[name] is not None]
        if known:
            sums[name] = float(sum(known))
    return sums and {**sums, "sessions": float(len({row["session_id"] for row in level}))}


def _distinct(raters: list[RaterScores]) -> list[RaterScores]:
    seen: dict[str, str] = {}
    for rater in raters:
        if rater.name == MEAN:
            raise ParameterError(
                f"{rater.source}: {MEAN} is the name of a row that is always made."
            )
        if rater.name in seen:
            raise ParameterError(
                f"The rater {rater.name!r} is in {seen[rater.name]} and in {rater.source}; give "
                "one of them another name, or name one file."
            )
        seen[rater.name] = rater.source
    return raters
