"""Turn the columns of a file into checked rows of the long format.

Which column holds which field, what a cell may hold, and where rows must agree. No message quotes a
cell that is text.
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .. import wai
from .._checks import counted
from ..errors import ParameterError, TranscriptError
from ..transcript.fields import check_id, check_number
from ..transcript.ids import id_in_table
from ..transcript.readers.columns import NAMELESS, ROW_NUMBERS
from .missing_codes import shown, suspected_codes
from .schema import PERSPECTIVES, STATUSES
from .source import Source

_DECIMAL_COMMA = re.compile(r"^([+-]?\d+),(\d+)$")
#: How programs write a missing number.
_NO_NUMBER = ("NA", "N/A")


class BadCell(Exception):
    """A cell is malformed; says what is wrong and what to do, without quoting the cell."""

    def __init__(self, problem: str, remedy: str) -> None:
        self.problem, self.remedy = problem, remedy
        super().__init__(problem)


def as_id(value: Any) -> str | None:
    """Return an id or label as it is kept; a whole number counts as one."""
    value = id_in_table(value)
    try:
        check_id("id", value)
    except TranscriptError as error:
        problem = error.problem.removeprefix("`id` ")
    else:
        return None if value is None else str(value)
    raise BadCell(problem, "Ids and labels have 1 to 128 printable characters, no white space.")


def as_float(value: Any) -> float | None:
    """Return a finite number."""
    if value is None or value in _NO_NUMBER:
        return None
    if isinstance(value, str):
        value = math.inf if "_" in value else _DECIMAL_COMMA.sub(r"\1.\2", value)
    try:
        number = math.inf if isinstance(value, bool) else float(value)
    except (TypeError, ValueError, OverflowError):
        number = math.inf
    if math.isinf(number):
        raise BadCell("is not a finite number", "Leave the cell empty where there is none.")
    return None if math.isnan(number) else number


def at_least_0(value: Any) -> float | None:
    """Return a number that is not negative."""
    number = as_float(value)
    if number is not None and number < 0:
        raise BadCell(f"is {number:g}", "It cannot be negative; leave it empty where unknown.")
    return number


def as_count(value: Any) -> int | None:
    """Return a whole number that is not negative."""
    number = at_least_0(value)
    if number is not None and not number.is_integer():
        raise BadCell(f"is {number:g}", "Use a whole number, or leave it empty where unknown.")
    return None if number is None else int(number)


def as_session_number(value: Any) -> int | None:
    """Return the number of a session of its client."""
    number = as_count(value)
    try:
        return check_number("session_number", number)
    except TranscriptError as error:
        problem, remedy = error.problem.removeprefix("`session_number` "), error.remedy
    raise BadCell(problem, remedy)


def _one_of(choices: tuple[str, ...]) -> Callable[[Any], str | None]:
    def convert(value: Any) -> str | None:
        if value is not None and value not in choices:
            raise BadCell(
                "is not a known one",
                f"Use one of {', '.join(choices)}, or leave it empty where unknown.",
            )
        return None if value is None else str(value)

    return convert


#: Field -> function that converts a cell to a value, or raises `BadCell`.
CONVERT: dict[str, Callable[[Any], Any]] = {
    "session_id": as_id,
    "client_id": as_id,
    "therapist_id": as_id,
    "session_number": as_session_number,
    "group": as_id,
    "rater": as_id,
    "perspective": _one_of(PERSPECTIVES),
    "instrument": as_id,
    "dimension": as_id,
    "item": as_id,
    "score": as_float,
    "scale_min": as_float,
    "scale_max": as_float,
    "model": as_id,
    "run": as_id,
    "prompt_id": as_id,
    "status": _one_of(tuple(STATUSES)),
    "tokens_in": as_count,
    "tokens_out": as_count,
    "seconds": at_least_0,
    "cost": at_least_0,
}


#: Columns that a long file must have; the rater can be an argument, the dimension follow from the
#: item.
_ALWAYS = ("session_id", "dimension", "score")
#: Fields that the rows of a wide file are given; none of its columns can hold them.
_LONG_ONLY = ("dimension", "item", "score", "status")


@dataclass(frozen=True, slots=True)
class Layout:
    """Number of the column of each field, dimension and item."""

    fields: dict[str, int]
    dimensions: dict[str, int]
    items: dict[str, int]

    @property
    def wide(self) -> bool:
        """Whether the scores of a session are in several columns."""
        return bool(self.dimensions or self.items)


def match_columns(
    source: Source,
    known: Sequence[str],
    columns: Mapping[str, str] | None,
    group_column: str | None,
) -> Layout:
    """Return the column of each field."""
    mapped = dict(columns or {})
    if group_column is not None:
        if "group" in mapped:
            raise ParameterError("`group_column` and `columns` both name the column of `group`.")
        mapped["group"] = group_column
    _check_mapped(mapped, known)
    named = {key: _place(source, key, column) for key, column in mapped.items()}
    measures = {key: place for key, place in named.items() if key not in known}
    fields = {key: place for key, place in named.items() if key in known}
    for name in known:
        if (
            name in source.names
            and name not in mapped
            and source.names.index(name) not in {*named.values()}
        ):
            fields[name] = _place(source, name, name)
    if measures:
        fields = {name: place for name, place in fields.items() if name not in _LONG_ONLY}
    if not columns:
        _refuse_unknown(source, known, fields)
    return Layout(
        fields,
        {key: place for key, place in measures.items() if not key.isdecimal()},
        {key: place for key, place in measures.items() if key.isdecimal()},
    )


def _check_mapped(mapped: Mapping[str, str], known: Sequence[str]) -> None:
    if not all(isinstance(name, str) for pair in mapped.items() for name in pair):
        raise ParameterError("`columns` must map fields, dimensions or items to column names.")
    measures = [key for key in mapped if key not in known]
    for key in measures:
        near = difflib.get_close_matches(key, known, n=1, cutoff=0.8)
        if near and key not in wai.DIMENSIONS:
            raise ParameterError(f"`columns` names {key!r}; is `{near[0]}` meant?")
        problem = None
        try:
            as_id(key)
        except BadCell as error:
            problem = error.problem
        if problem is not None:
            raise ParameterError(f"`columns` names a dimension that {problem}.")
    clash = [name for name in _LONG_ONLY if name in mapped]
    if measures and clash:
        raise ParameterError(
            f"`columns` names both `{clash[0]}` and `{measures[0]}`; a file has one score per "
            "row, or one column per dimension or item."
        )
    if any(key.isdecimal() for key in measures) and not all(key.isdecimal() for key in measures):
        raise ParameterError("`columns` names both items and dimensions; import them one by one.")
    twice = [column for column in mapped.values() if list(mapped.values()).count(column) > 1]
    if twice:
        raise ParameterError(f"`columns` uses the column {twice[0]!r} twice.")


def _place(source: Source, name: str, column: str) -> int:
    if column not in source.names:
        raise source.fault(
            f"there are {len(source.names)} columns and none is named {column!r}",
            f"It is to hold `{name}`; correct `columns`.",
        )
    if source.names.count(column) > 1:
        raise source.fault(f"two columns are named {column!r}", "Rename one.")
    return source.names.index(column)


def _refuse_unknown(source: Source, known: Sequence[str], fields: Mapping[str, int]) -> None:
    needed = [name for name in _ALWAYS if name != "dimension" or "item" not in fields]
    absent = [name for name in needed if name not in fields]
    also = f"; no column holds `{'`, `'.join(absent)}`" if absent else ""
    for place, name in enumerate(source.names):
        if place not in fields.values():
            near = difflib.get_close_matches(name[:64], known, n=1)
            if name in NAMELESS:
                raise source.fault(
                    f"column {place + 1} has no name{also}",
                    f"{ROW_NUMBERS} With `columns` (--rating-columns) given, it is ignored.",
                )
            raise source.fault(
                f"column {place + 1} is not part of the format{also}",
                f"Is `{near[0]}` meant?"
                if near
                else f"Known are {', '.join(known)}. Other names are mapped with `columns`, "
                "e.g. goal=WAI_G; with it, what is not named is ignored.",
            )


Columns = dict[str, list[Any]]


@dataclass(frozen=True, slots=True)
class Rows:
    """Columns of the long format, and the place in the source of each of their rows."""

    source: Source
    columns: Columns
    places: list[int]
    names: Mapping[str, str] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.places)


def convert(source: Source, layout: Layout, *, lenient: bool) -> Rows:
    """Return the cells as values; with `lenient`, a score that is not a number is kept."""
    n_rows = len(source.lines)
    columns = {
        name: _values(source, place, name, lenient=lenient and name == "score")
        for name, place in layout.fields.items()
    }
    if not layout.wide:
        return Rows(source, columns, list(range(n_rows)))
    measures = {**layout.dimensions, **layout.items}
    scores = {
        key: _values(source, place, "score", lenient=lenient, shown=source.names[place])
        for key, place in measures.items()
    }
    places = [row for row in range(n_rows) for _ in measures]
    long = {name: [values[row] for row in places] for name, values in columns.items()}
    keys = [*measures] * n_rows
    long["item" if layout.items else "dimension"] = [*keys]
    long["score"] = [scores[key][row] for row, key in zip(places, keys, strict=True)]
    return Rows(source, long, places)


def _values(
    source: Source, place: int, name: str, *, lenient: bool, shown: str | None = None
) -> list[Any]:
    values: list[Any] = []
    problem: BadCell | None = None
    for cell in source.columns[place]:
        try:
            values.append(CONVERT[name](cell))
        except BadCell as error:
            if not lenient:
                problem = error
                break
            values.append(cell)
    if problem is None:
        return values
    raise source.fault(problem.problem, problem.remedy, row=len(values), column=shown or name)


def fill(columns: Columns, n_rows: int, name: str, value: Any) -> None:
    """Fill the nulls of a column; add the column if it is missing."""
    known = columns.get(name)
    columns[name] = (
        [value] * n_rows if known is None else [value if cell is None else cell for cell in known]
    )


def set_dimensions_of_items(rows: Rows) -> None:
    """Fill in or check the dimension of each item of an instrument whose key is known."""
    columns, n_rows = rows.columns, len(rows)
    dimensions = columns.setdefault("dimension", [None] * n_rows)
    items = columns.setdefault("item", [None] * n_rows)
    instruments = columns.setdefault("instrument", [None] * n_rows)
    for row, (item, name) in enumerate(zip(items, instruments, strict=True)):
        if item is None or name not in wai.INSTRUMENTS:
            continue
        key = wai.instrument(name)
        number = int(item) if item.isdecimal() else 0
        if not 1 <= number <= key.n_items:
            raise rows.source.fault(
                f"is not an item of {name}",
                f"Its items are numbered 1 to {key.n_items}.",
                row=rows.places[row],
                column="item",
            )
        own = key.dimension_of(number)
        if dimensions[row] not in (None, own):
            raise rows.source.fault(
                f"is not that of item {number} of {name}, which is {own}",
                "Correct it or leave it empty.",
                row=rows.places[row],
                column="dimension",
            )
        dimensions[row] = own


def set_scales(rows: Rows, scale: Sequence[float] | None) -> None:
    """Fill in and check the scale of each score: from its row, `scale` or a known instrument."""
    columns, n_rows = rows.columns, len(rows)
    if scale is not None:
        low, high = _checked_scale(scale)
    for name in ("scale_min", "scale_max"):
        columns.setdefault(name, [None] * n_rows)
    for row in range(n_rows):
        own = columns["scale_min"][row], columns["scale_max"][row]
        instrument = columns["instrument"][row]
        if own == (None, None):
            if scale is not None:
                own = low, high
            elif instrument in wai.INSTRUMENTS:
                key = wai.instrument(instrument)
                own = float(key.low), float(key.high)
        if (own[0] is None) != (own[1] is None):
            absent = "scale_min" if own[0] is None else "scale_max"
            raise rows.source.fault(
                "is empty and the other end of the scale is not",
                "Give both ends or neither.",
                row=rows.places[row],
                column=absent,
            )
        if own[0] is not None and own[0] >= own[1]:
            raise rows.source.fault(
                f"is {own[0]:g} and `scale_max` {own[1]:g}",
                "The lowest possible score must be below the highest.",
                row=rows.places[row],
                column="scale_min",
            )
        columns["scale_min"][row], columns["scale_max"][row] = own


def _checked_scale(scale: Sequence[float]) -> tuple[float, float]:
    ends = list(scale) if isinstance(scale, (tuple, list)) else []
    if len(ends) != 2 or not all(
        isinstance(end, (int, float)) and not isinstance(end, bool) for end in ends
    ):
        raise ParameterError("`scale` must be (lowest, highest) possible score.")
    if not ends[0] < ends[1]:
        raise ParameterError(
            f"`scale` is ({ends[0]:g}, {ends[1]:g}); the lowest possible score comes first."
        )
    return float(ends[0]), float(ends[1])


def drop_codes(rows: Rows, codes: Sequence[float]) -> None:
    """Make scores that are codes of missing answers null."""
    if (
        not isinstance(codes, Iterable)
        or isinstance(codes, (str, bytes))
        or not all(isinstance(code, (int, float)) and not isinstance(code, bool) for code in codes)
    ):
        raise ParameterError("`missing` must be a list of numbers, e.g. (-99, 999).")
    named = {float(code) for code in codes}
    if named and "score" in rows.columns:
        rows.columns["score"] = [
            None if score in named else score for score in rows.columns["score"]
        ]


def refuse_codes(rows: Rows) -> None:
    """Refuse customary codes of missing answers far outside the other scores, without a scale."""
    columns = rows.columns
    by_scale: dict[tuple[Any, ...], list[int]] = {}
    perspectives = columns.get("perspective") or [None] * len(rows)
    for row, (score, low) in enumerate(zip(columns["score"], columns["scale_min"], strict=True)):
        if low is None and isinstance(score, float):
            what = "items" if columns["item"][row] is not None else columns["dimension"][row]
            key = (columns["instrument"][row], perspectives[row], what)
            by_scale.setdefault(key, []).append(row)
    for places in by_scale.values():
        codes = suspected_codes(columns["score"][row] for row in places)
        found = [row for row in places if columns["score"][row] in codes]
        if not found:
            continue
        rest = [columns["score"][row] for row in places if columns["score"][row] not in codes]
        raise rows.source.fault(
            f"is {columns['score'][found[0]]:g}, and the other {len(rest):,} scores of "
            f"{columns['dimension'][found[0]]} are {min(rest):g} to {max(rest):g}: "
            f"{shown(codes)} {'looks' if len(codes) == 1 else 'look'} like a code for a missing "
            f"answer ({counted(len(found), 'row')})",
            f"Name it in `missing` of `read_ratings` (--missing {shown(codes).replace(' ', '')}), "
            "or leave the cells empty; if it is a score, give the scale: `scale_min`, "
            "`scale_max`, or `scale` (--scale) for all rows.",
            row=rows.places[found[0]],
            column="score",
        )


_LEAST_NUMBER = 777


def refuse_numbers(rows: Rows) -> None:
    """Refuse customary codes of missing answers far above the other numbers of sessions."""
    numbers = rows.columns.get("session_number") or []
    codes = [code for code in suspected_codes(numbers) if code >= _LEAST_NUMBER]
    if codes:
        raise rows.source.fault(
            f"is {codes[0]:g}, which looks like a code for a missing number: no other is near it",
            "Leave the cell empty where unknown.",
            row=rows.places[numbers.index(codes[0])],
            column="session_number",
        )


def refuse_nulls(rows: Rows, names: Sequence[str]) -> None:
    """Refuse a row with a null in a required column."""
    for name in names:
        column = rows.columns[name]
        if None in column:
            raise rows.source.fault(
                "is empty",
                "Every row needs one.",
                row=rows.places[column.index(None)],
                column=name,
            )


def refuse_duplicates(rows: Rows, names: Sequence[str]) -> None:
    """Refuse a second score of the same thing by the same rater."""
    seen: dict[tuple[Any, ...], int] = {}
    for row, key in enumerate(zip(*(rows.columns[name] for name in names), strict=True)):
        if key in seen:
            first = rows.source.lines[rows.places[seen[key]]]
            raise rows.source.fault(
                f"rates the same as {rows.source.unit} {first}: session {key[0]}, rater {key[1]}, "
                "and everything else that distinguishes scores",
                f"Keep one, or distinguish them by {', '.join(names[2:])}.",
                row=rows.places[row],
            )
        seen[key] = row


def agree_on_sessions(rows: Rows, names: Sequence[str]) -> None:
    """Fill in client, therapist, ... of each session from its rows; refuse two different values."""
    for name in names:
        first: dict[str, tuple[Any, int]] = {}
        sessions = rows.columns["session_id"]
        for row, (session, value) in enumerate(zip(sessions, rows.columns[name], strict=True)):
            if value is None:
                continue
            known, where = first.setdefault(session, (value, row))
            if known != value:
                line = rows.source.lines[rows.places[where]]
                raise rows.source.fault(
                    f"of session {session} is another than in {rows.source.unit} {line}",
                    "A session has only one; give each session its own id.",
                    row=rows.places[row],
                    column=name,
                )
        rows.columns[name] = [first.get(session, (None, 0))[0] for session in sessions]


def set_status(rows: Rows) -> None:
    """Set or check the status of each row; only rows of status ok keep a score."""
    columns, n_rows = rows.columns, len(rows)
    statuses = columns.setdefault("status", [None] * n_rows)
    scores = columns["score"]
    for row, (score, low, high) in enumerate(
        zip(scores, columns["scale_min"], columns["scale_max"], strict=True)
    ):
        status = _status(score, low, high)
        if statuses[row] is None:
            statuses[row] = status
        elif statuses[row] == "ok" and status != "ok":
            raise rows.source.fault(
                f"is ok, but the score is {_SHOWN[status]}",
                f"Write {status}, or correct the score or its scale.",
                row=rows.places[row],
                column="status",
            )
        elif statuses[row] != "ok" and status not in ("missing", statuses[row]):
            raise rows.source.fault(
                f"is {statuses[row]}, but the score is {_SHOWN[status]}",
                "Leave the score empty, or correct the status.",
                row=rows.places[row],
                column="status",
            )
        if statuses[row] != "ok":
            scores[row] = None


_SHOWN = {
    "ok": "a number, and on its scale if that is known",
    "missing": "empty",
    "unparsable": "no number",
    "out_of_range": "outside its scale",
}


def _status(score: Any, low: float | None, high: float | None) -> str:
    if score is None:
        return "missing"
    if not isinstance(score, float):
        return "unparsable"
    if low is not None and high is not None and not low <= score <= high:
        return "out_of_range"
    return "ok"
