"""Read, check and write ratings and rater scores."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from .._checks import check_choice, check_path
from ..errors import ParameterError
from ..output.files import write_csv, write_table
from ..transcript.ids import normal_ids
from .items import score_items_table
from .rows import (
    BadCell,
    Rows,
    agree_on_sessions,
    as_id,
    convert,
    drop_codes,
    fill,
    match_columns,
    refuse_codes,
    refuse_duplicates,
    refuse_nulls,
    refuse_numbers,
    set_dimensions_of_items,
    set_scales,
    set_status,
)
from .schema import PERSPECTIVES, RATING_KEY, RATING_SCHEMA, REQUIRED, SCORE_KEY, SCORE_SCHEMA
from .source import Source, open_source

#: Columns with one value per session.
_OF_A_SESSION = ("client_id", "therapist_id", "session_number", "group")


@dataclass(frozen=True, slots=True, eq=False)
class CheckedRatings:
    """Ratings that were read and checked; functions that take them do not check them again.

    Attributes
    ----------
    table : pyarrow.Table
        Schema `RATING_SCHEMA`, as `read_ratings` returns it.
    """

    table: pa.Table

    def only(self, **labels: str | None) -> CheckedRatings:
        """Return the rows whose columns hold the labels given; None: any."""
        table = self.table
        for name, label in labels.items():
            if label is not None:
                table = table.filter(pc.equal(table[name], normal_ids([label])[0]))
        return CheckedRatings(table)

    def of_raters(self, raters: Sequence[str]) -> CheckedRatings:
        """Return the rows of the raters named."""
        rows = pc.is_in(self.table["rater"], value_set=pa.array(normal_ids(raters)))
        return CheckedRatings(self.table.filter(rows))


def read_ratings(
    source: str | os.PathLike[str] | Any,
    *,
    columns: Mapping[str, str] | None = None,
    rater: str | None = None,
    perspective: str | None = None,
    instrument: str | None = None,
    scale: Sequence[float] | None = None,
    group_column: str | None = None,
    min_items: int | None = None,
    missing: Sequence[float] = (),
) -> pa.Table:
    """Read ratings of sessions, long or wide, into one format.

    Long is one row per score with the columns of `data/schemas/ratings.json`. Wide is one row per
    session and rater with one column per dimension or per item, named in `columns`.

    Parameters
    ----------
    source : path, pyarrow.Table or data frame
        .csv, .tsv (also .gz) or .parquet.
    columns : mapping of str to str, optional
        Field -> name of its column. A key that is not a field is a dimension, such as
        ``{"goal": "WAI_G"}``, or, if it is a number, an item of `instrument`, such as
        ``{"1": "wai_01"}``: items are scored by the key of the instrument, as means. With
        `columns`, columns that are not named are ignored.
    rater, perspective, instrument : str, optional
        Values for rows that have none. `rater` is by default the perspective.
    scale : (float, float), optional
        Lowest and highest possible score of rows that do not say; by default that of an item of
        the instrument, if its key is known. Sums need theirs: ``scale=(4, 20)``.
    group_column : str, optional
        Name of the column of `group`, by which sessions can be kept together in validation.
    min_items : int, optional
        Columns of items: score a subscale with at least this many answers. None: all.
    missing : sequence of float, default=()
        Codes of missing answers, e.g. ``(-99, 999)``: such a score is null. Customary codes far
        outside the other scores of a dimension are refused unless they are named here or the
        scale is known.

    Returns
    -------
    pyarrow.Table
        Schema `RATING_SCHEMA`, one row per score in the order of the file; null where unknown. A
        score that was not given is a row with a null. The client, therapist, number and group of
        a session in one row are filled into its other rows.

    Raises
    ------
    RaterError
        If the ratings are malformed: file, line, column and what to do, without the text of any
        cell.
    ParameterError
        If an argument is malformed.

    Examples
    --------
    >>> wide = pa.table({"session": ["s1", "s2"], "G": [4.5, None], "B": [5.0, 3.25]})
    >>> names = {"session_id": "session", "goal": "G", "bond": "B"}
    >>> table = read_ratings(wide, columns=names, perspective="client", instrument="WAI-SR")
    >>> table.select(["session_id", "dimension", "score", "scale_max"]).to_pylist()[0]
    {'session_id': 's1', 'dimension': 'goal', 'score': 4.5, 'scale_max': 5.0}
    """
    return check_ratings(
        source,
        columns=columns,
        rater=rater,
        perspective=perspective,
        instrument=instrument,
        scale=scale,
        group_column=group_column,
        min_items=min_items,
        missing=missing,
    ).table


def check_ratings(
    source: Any,
    *,
    columns: Mapping[str, str] | None = None,
    rater: str | None = None,
    perspective: str | None = None,
    instrument: str | None = None,
    scale: Sequence[float] | None = None,
    group_column: str | None = None,
    min_items: int | None = None,
    missing: Sequence[float] = (),
) -> CheckedRatings:
    """Read and check ratings for the functions that take them as checked; see `read_ratings`."""
    who = (rater, perspective, instrument)
    rows, wide_items = _read(source, RATING_SCHEMA, columns, who, scale, group_column, missing)
    _refuse_off_scale(rows)
    refuse_codes(rows)
    table = _finish(rows, RATING_SCHEMA, RATING_KEY)
    return CheckedRatings(score_items_table(table, min_items=min_items) if wide_items else table)


def as_checked(ratings: Any, *, missing: Sequence[float] = ()) -> CheckedRatings:
    """Return checked ratings as they are; read anything else without `missing`, and check it."""
    if isinstance(ratings, CheckedRatings):
        return ratings
    return check_ratings(ratings, missing=missing)


def read_scores(
    source: str | os.PathLike[str] | Any,
    *,
    columns: Mapping[str, str] | None = None,
    rater: str | None = None,
    perspective: str | None = None,
    instrument: str | None = None,
    scale: Sequence[float] | None = None,
    missing: Sequence[float] = (),
) -> pa.Table:
    """Read the scores of model raters: ratings with a status for each row.

    Every row is kept. A row without `status` gets one: missing without a score, unparsable if it
    is not a number, out_of_range if it is off the scale, else ok.

    Parameters
    ----------
    source, columns, rater, perspective, instrument, scale, missing
        As for `read_ratings`; further fields are model, run, prompt_id, status, tokens_in,
        tokens_out, seconds and cost. Items of a wide file stay items.

    Returns
    -------
    pyarrow.Table
        Schema `SCORE_SCHEMA`. `score` is null in all rows except those of status ok.

    Raises
    ------
    RaterError
        If the scores are malformed, or a row says ok and has no score on the scale.
    ParameterError
        If an argument is malformed.
    """
    who = (rater, perspective, instrument)
    rows, _ = _read(source, SCORE_SCHEMA, columns, who, scale, None, missing)
    refuse_codes(rows)
    set_status(rows)
    return _finish(rows, SCORE_SCHEMA, SCORE_KEY)


def write_ratings(path: str | os.PathLike[str], table: pa.Table) -> None:
    """Write ratings or scores as .csv or .parquet, by the ending of the name.

    Parameters
    ----------
    path : path
    table : pyarrow.Table
        With the schema of `read_ratings` or `read_scores`, which read the file back.

    Raises
    ------
    ParameterError
        If the table has another schema, or the name has neither ending.
    ResourceError
        If the file cannot be written.
    """
    check_path("path", path, beside=("table", table), call="write_ratings(path, table)")
    if not isinstance(table, pa.Table) or table.schema not in (RATING_SCHEMA, SCORE_SCHEMA):
        raise ParameterError(
            "`table` does not have the schema of ratings; `read_ratings` returns it."
        )
    target = Path(path)
    if target.suffix not in (".csv", ".parquet"):
        raise ParameterError(f"`path` is {target}; it must end in .csv or .parquet.")
    (write_csv if target.suffix == ".csv" else write_table)(target, table)


def _read(
    source: Any,
    schema: pa.Schema,
    columns: Mapping[str, str] | None,
    who: tuple[str | None, str | None, str | None],
    scale: Sequence[float] | None,
    group_column: str | None,
    missing: Sequence[float],
) -> tuple[Rows, bool]:
    """Return rows, filled in from the arguments, and whether to score their items."""
    rater, perspective, instrument = (
        _label(name, label)
        for name, label in zip(("rater", "perspective", "instrument"), who, strict=True)
    )
    if perspective is not None:
        check_choice("perspective", perspective, PERSPECTIVES)
    opened = open_source(source)
    layout = match_columns(opened, schema.names, columns, group_column)
    if not opened.lines:
        raise opened.fault("there is no row", "Write one row per score.")
    rows = convert(opened, layout, lenient=schema is SCORE_SCHEMA)
    drop_codes(rows, missing)
    labels = {"perspective": perspective, "rater": rater, "instrument": instrument}
    for name, label in labels.items():
        fill(rows.columns, len(rows), name, label)
    if rater is None:
        both = zip(rows.columns["rater"], rows.columns["perspective"], strict=True)
        rows.columns["rater"] = [name or view for name, view in both]
    set_dimensions_of_items(rows)
    _refuse_absent(opened, rows, wide_items=bool(layout.items))
    set_scales(rows, scale)
    return rows, bool(layout.items) and schema is RATING_SCHEMA


def _label(name: str, value: object) -> str | None:
    problem = None
    try:
        return as_id(value)
    except BadCell as error:
        problem = error.problem
    raise ParameterError(f"`{name}` {problem}; it must be a label without white space.")


def _refuse_absent(source: Source, rows: Rows, *, wide_items: bool) -> None:
    """Refuse a file that lacks a required column."""
    absent = [
        name
        for name in REQUIRED
        if name not in rows.columns or (name != "score" and set(rows.columns[name]) == {None})
    ]
    if absent and wide_items:
        raise source.fault(
            "items are named by number, and the instrument is not one whose key is known",
            "Name it with `instrument`, e.g. WAI-SR; other items go into the long format.",
        )
    if absent:
        raise source.fault(
            f"no column holds `{'`, `'.join(absent)}`",
            "Name it with `rater` or `perspective`."
            if absent == ["rater"]
            else "Other names are mapped with `columns`, e.g. session_id=id, goal=WAI_G.",
        )
    refuse_nulls(rows, [name for name in REQUIRED if name != "score"])


def _refuse_off_scale(rows: Rows) -> None:
    columns = rows.columns
    for row, (score, low, high) in enumerate(
        zip(columns["score"], columns["scale_min"], columns["scale_max"], strict=True)
    ):
        if score is not None and low is not None and not low <= score <= high:
            raise rows.source.fault(
                f"is {score:g}, outside the scale from {low:g} to {high:g}",
                "Correct it, or the scale: `scale_min`, `scale_max`, or `scale` for all rows. A "
                "code for a missing answer is named in `missing` of `read_ratings` "
                "(--missing), or the cell left empty.",
                row=rows.places[row],
                column="score",
            )


def _finish(rows: Rows, schema: pa.Schema, key: Sequence[str]) -> pa.Table:
    for name in schema.names:
        rows.columns.setdefault(name, [None] * len(rows))
    refuse_numbers(rows)
    refuse_duplicates(rows, key)
    agree_on_sessions(rows, _OF_A_SESSION)
    return pa.table({name: rows.columns[name] for name in schema.names}, schema=schema)
