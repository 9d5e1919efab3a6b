"""Which column of a file of ratings holds what: long, or one column a dimension or item."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..errors import ParameterError
from ..wai import DIMENSIONS
from .cells import BadCell, as_id
from .source import Source

#: What a long file cannot do without: an argument may name the rater, an item its dimension.
_ALWAYS = ("session_id", "dimension", "score")
#: What the rows of a wide file become; no column of it can hold them.
_LONG_ONLY = ("dimension", "item", "score", "status")


@dataclass(frozen=True, slots=True)
class Layout:
    """Number of the column of each field, dimension and item."""

    fields: dict[str, int]
    dimensions: dict[str, int]
    items: dict[str, int]

    @property
    def wide(self) -> bool:
        """Whether scores stand side by side."""
        return bool(self.dimensions or self.items)


def match_columns(
    source: Source,
    known: Sequence[str],
    columns: Mapping[str, str] | None,
    group_column: str | None,
) -> Layout:
    """Return where each field stands."""
    told = dict(columns or {})
    if group_column is not None:
        if "group" in told:
            raise ParameterError("`group_column` and `columns` both name the column of `group`.")
        told["group"] = group_column
    _check_told(told, known)
    named = {key: _place(source, key, column) for key, column in told.items()}
    measures = {key: place for key, place in named.items() if key not in known}
    fields = {key: place for key, place in named.items() if key in known}
    for name in known:
        if (
            name in source.names
            and name not in told
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


def _check_told(told: Mapping[str, str], known: Sequence[str]) -> None:
    if not all(isinstance(one, str) for pair in told.items() for one in pair):
        raise ParameterError("`columns` must map fields, dimensions or items to column names.")
    measures = [key for key in told if key not in known]
    for key in measures:
        near = difflib.get_close_matches(key, known, n=1, cutoff=0.8)
        if near and key not in DIMENSIONS:
            raise ParameterError(f"`columns` names {key!r}; is `{near[0]}` meant?")
        problem = None
        try:
            as_id(key)
        except BadCell as error:
            problem = error.problem
        if problem is not None:
            raise ParameterError(f"`columns` names a dimension that {problem}.")
    clash = [name for name in _LONG_ONLY if name in told]
    if measures and clash:
        raise ParameterError(
            f"`columns` names both `{clash[0]}` and `{measures[0]}`; a file has one score a row, "
            "or one column a dimension or item."
        )
    if any(key.isdecimal() for key in measures) and not all(key.isdecimal() for key in measures):
        raise ParameterError("`columns` names both items and dimensions; import them one by one.")
    twice = [column for column in told.values() if list(told.values()).count(column) > 1]
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
            raise source.fault(
                f"column {place + 1} is not part of the format{also}",
                f"Is `{near[0]}` meant?"
                if near
                else f"Known are {', '.join(known)}. Other names are mapped with `columns`, "
                "e.g. goal=WAI_G; with it, what is not named is ignored.",
            )
