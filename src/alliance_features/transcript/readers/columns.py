"""Matching of columns to fields, for formats that have columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ...errors import TranscriptError

REQUIRED = ("session_id", "role", "text")
SESSION_FIELDS = (
    "session_id",
    "client_id",
    "therapist_id",
    "language",
    "session_number",
    "mode",
    "translated",
    "verbatim",
)
TURN_FIELDS = ("role", "text", "start", "end")
FIELDS = (*SESSION_FIELDS, *TURN_FIELDS)
#: Names of a column that a program wrote beside those of its table.
NAMELESS = ("", "Unnamed: 0", "__index_level_0__")
ROW_NUMBERS = (
    "Row numbers of pandas and R are left out with index=False and row.names=FALSE, and a last "
    "delimiter in the header is too much."
)


def match_columns(
    names: Sequence[str],
    columns: Mapping[str, str],
    *,
    what: str,
    remedy: str,
    known: tuple[str, ...] = FIELDS,
    required: tuple[str, ...] = REQUIRED,
) -> list[str | None]:
    """Return for each column the field it holds, None for one that is to be ignored."""
    source = {name: name for name in known if name not in columns}
    source |= {column: name for name, column in columns.items()}
    holds = [source.get(name) for name in names]
    missing = [name for name in dict.fromkeys((*required, *columns)) if name not in holds]
    if missing:
        raise TranscriptError(
            f"{what} has {len(names)} columns and none for `{'`, `'.join(missing)}`",
            code="missing_column",
            field=missing[0],
            remedy=f"{remedy}; other names are mapped with `columns`, "
            "e.g. --columns text=utterance.",
        )
    twice = [name for name in source.values() if holds.count(name) > 1]
    if twice:
        raise TranscriptError(
            f"two columns hold `{twice[0]}`",
            code="duplicate_key",
            field=twice[0],
            remedy="Rename one.",
        )
    if not columns and None in holds:
        place = holds.index(None)
        nameless = names[place] in NAMELESS
        raise TranscriptError(
            f"column {place + 1} {'has no name' if nameless else 'is not part of the format'}",
            code="unknown_key",
            remedy=f"{ROW_NUMBERS} With `columns` (--columns) given, e.g. --columns text=text, it "
            "is ignored."
            if nameless
            else f"Known are {', '.join(known)}. With `columns` (--columns) given, others are "
            "ignored.",
        )
    return holds
