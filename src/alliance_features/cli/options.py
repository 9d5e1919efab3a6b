"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from ..errors import ParameterError

Paths = Annotated[
    list[str],
    typer.Argument(
        metavar="PATH...",
        help="Files, folders or patterns: .jsonl, .csv, .tsv, .txt (also .gz), .parquet.",
    ),
]
InputFormat = Annotated[
    str | None,
    typer.Option(
        "--input-format", help="jsonl, csv, tsv, parquet or text; told from the name if left out."
    ),
]
Roles = Annotated[
    list[str] | None,
    typer.Option("--roles", metavar="LABEL=ROLE", help="Map a speaker label, e.g. T=therapist."),
]
Columns = Annotated[
    list[str] | None,
    typer.Option(
        "--columns",
        metavar="FIELD=COLUMN",
        help="CSV, Parquet: name of a column, e.g. text=utterance.",
    ),
]
Language = Annotated[
    str | None, typer.Option("--language", help="Language of sessions that name none, e.g. en.")
]
LineFormat = Annotated[
    str | None,
    typer.Option(
        "--line-format",
        metavar="TEXT",
        help='Plain text: how the first line of a turn is written, e.g. "[{time}] {role}: {text}".',
    ),
]
Mode = Annotated[
    str | None,
    typer.Option(
        "--mode", help="spoken, captions, typed or generated, of sessions that do not say."
    ),
]
Verbatim = Annotated[
    bool | None,
    typer.Option(
        "--verbatim/--not-verbatim",
        help="Whether disfluencies were transcribed, of sessions that do not say.",
    ),
]
Translated = Annotated[
    bool | None,
    typer.Option(
        "--translated/--not-translated",
        help="Whether the text is a translation, of sessions that do not say.",
    ),
]
LEFT_OUT = "  {:,} files in the folders have other names and were not read"


def pairs(option: str, values: Sequence[str] | None) -> dict[str, str] | None:
    """Return KEY=VALUE options as a dict; a value may hold several, separated by commas."""
    if not values:
        return None
    found: dict[str, str] = {}
    for item in (item for value in values for item in value.split(",")):
        key, sign, value = item.partition("=")
        if not (key.strip() and sign and value.strip()):
            raise ParameterError(f"`{option}` must look like KEY=VALUE.")
        found[key.strip()] = value.strip()
    return found


def words(values: Sequence[str]) -> list[str]:
    """Return options that may each hold several names, separated by commas."""
    return [word.strip() for value in values for word in value.split(",") if word.strip()]
