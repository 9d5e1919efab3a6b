"""The scores of raters, from files of scores, of ratings and of predictions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from ..errors import ParameterError, ResourceError
from ..model.folds import Folds
from ..raters.ratings import read_scores
from .names import MEAN
from .rater_given import COSTS, RaterScores
from .rater_predictions import folds_of, read_predictions, scores_of
from .rater_rows import Row, means_of_runs, subscale_rows

_PARTS = ("rater", "perspective", "instrument", "model", "prompt_id")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ScoreFiles:
    """All raters of all sources, and what the sources say of sessions.

    Attributes
    ----------
    raters : list of RaterScores
    facts : dict of str to dict
        client_id and therapist_id by session.
    truth : dict of (session, dimension) to float
        Ratings that predictions were made of.
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
) -> ScoreFiles:
    """Read the scores of every rater.

    Parameters
    ----------
    sources : sequence of path, pyarrow.Table or data frame
        Scores or ratings (see `read_scores`), predictions of `evaluate`, or a folder that `rate`
        or `evaluate` wrote.
    criterion : mapping
        rater, perspective and instrument of the ratings that others are compared with: such
        rows are passed over.
    rated_by : collection of str, optional
        Raters of those ratings: rows of others are not passed over, whatever else they share.

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
            found, own = scores_of(title, table, beside), folds_of(title, table, beside)
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
            table = read_scores(content)
            found = list(_of_scores(title, table, criterion, rated_by))
        if not found:
            raise ParameterError(
                f"{title}: it holds no rater but the one that others are compared with."
            )
        raters += found
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
        return []  # the reader of scores says what is wrong


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
    told = _names(list(groups))
    for key, rows in groups.items():
        scored = subscale_rows(rows)
        statuses: Counter[tuple[str, str]] = Counter()
        scales: dict[str, set[tuple[float, float] | None]] = {}
        for row in scored:
            statuses[row["dimension"], row["status"]] += 1
            low, high = row["scale_min"], row["scale_max"]
            scales.setdefault(row["dimension"], set()).add(None if low is None else (low, high))
        yield RaterScores(
            name=told[key],
            source=title,
            values={place: [value] for place, value in means_of_runs(scored).items()},
            statuses=statuses,
            scales=scales,
            costs=_costs(rows),
            rows=rows,
        )


def _names(keys: list[tuple[Any, ...]]) -> dict[tuple[Any, ...], str]:
    """Name raters; what tells two of one name apart is added."""
    told = {}
    for key in keys:
        alike = [other for other in keys if other[0] == key[0]]
        extra = [
            str(key[place])
            for place in range(1, len(key))
            if len({other[place] for other in alike}) > 1
        ]
        told[key] = "/".join([str(key[0]), *extra])
    return told


def _costs(rows: list[Row]) -> dict[str, float]:
    """Return sums over items, or over subscales where there are no items."""
    items = [row for row in rows if row["item"] is not None]
    level = items or rows
    found = {}
    for name in COSTS:
        known = [row[name] for row in level if row[name] is not None]
        if known:
            found[name] = float(sum(known))
    return found and {**found, "sessions": float(len({row["session_id"] for row in level}))}


def _distinct(raters: list[RaterScores]) -> list[RaterScores]:
    seen: dict[str, str] = {}
    for one in raters:
        if one.name == MEAN:
            raise ParameterError(f"{one.source}: {MEAN} is the name of a row that is always made.")
        if one.name in seen:
            raise ParameterError(
                f"The rater {one.name!r} is in {seen[one.name]} and in {one.source}; give one of "
                "them another name, or name one file."
            )
        seen[one.name] = one.source
    return raters
