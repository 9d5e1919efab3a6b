"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .._checks import check_choice, counted
from ..errors import ParameterError
from ..transcript.readers.registry import name_help, suffix_help
from .groups import Group

if TYPE_CHECKING:
    from ..extraction.extractor import Recipe
    from ..transcript.source import Input

#: Exit code: done, but some sessions are in errors.parquet.
PARTIAL = 3


def _format(value: str) -> str:
    from ..output.files import OUTPUT_FORMATS

    return check_choice("format", value, OUTPUT_FORMATS)


Paths = Annotated[
    list[str],
    typer.Argument(
        metavar="PATH...",
        help=f"Files, folders, patterns or addresses (s3://...): {suffix_help()}.",
    ),
]
InputFormat = Annotated[
    str | None,
    typer.Option(
        "--input-format", help=f"{name_help()}; recognised by the name of the file if left out."
    ),
]
Roles = Annotated[
    list[str] | None,
    typer.Option(
        "--roles",
        metavar="LABEL=ROLE",
        help="Map a speaker label, e.g. T=therapist; LABEL=none leaves its turns out.",
    ),
]
Columns = Annotated[
    list[str] | None,
    typer.Option(
        "--columns",
        metavar="FIELD=COLUMN",
        help="CSV, Parquet: the column of a field, e.g. text=utterance.",
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
        "--mode", help="For sessions without a mode: spoken, captions, typed or generated."
    ),
]
Verbatim = Annotated[
    bool | None,
    typer.Option(
        "--verbatim/--not-verbatim",
        help="For sessions that do not say: whether disfluencies were transcribed.",
    ),
]
Translated = Annotated[
    bool | None,
    typer.Option(
        "--translated/--not-translated",
        help="For sessions that do not say: whether the text is a translation.",
    ),
]
Output = Annotated[
    Path, typer.Option("--output", "-o", metavar="DIR", help="Folder for the results.")
]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace the results in DIR.")]
Format = Annotated[
    str,
    typer.Option("--format", callback=_format, help="parquet, or csv: CSV files as well."),
]
Features = Annotated[
    list[str] | None,
    typer.Option(
        "--features", help="Feature sets, groups or names, separated by commas. Default: core."
    ),
]
Vectors = Annotated[
    Path | None,
    typer.Option(
        "--vectors", metavar="FILE", help="Word vectors; the shipped English set if left out."
    ),
]
Inventory = Annotated[
    Path | None,
    typer.Option("--inventory", metavar="FILE", help="Inventory, .toml or .csv; ours if left out."),
]
SpacyModel = Annotated[
    str | None,
    typer.Option(
        "--spacy-model",
        metavar="PATH",
        help="spaCy pipeline for features that need a tagger; never downloaded.",
    ),
]
SurrogateSeed = Annotated[
    int, typer.Option("--seed", help="Seed of the surrogates (set synchrony).")
]
Categories = Annotated[
    Path | None,
    typer.Option(
        "--categories",
        metavar="FILE",
        help="Your own dictionary, .toml or LIWC .dic; the features of its categories are added.",
    ),
]
Level = Annotated[
    str, typer.Option("--level", help="session, or turn: also a table of merged turns.")
]
Strict = Annotated[
    bool,
    typer.Option(
        "--strict",
        help="Sessions that are probably not what they seem (the same words several times, times "
        "in another unit, ...) are errors, not warnings.",
    ),
]
Seed = Annotated[int, typer.Option("--seed", help="Seed of all random numbers.")]


def reading(
    paths: Paths,
    input_format: InputFormat = None,
    roles: Roles = None,
    columns: Columns = None,
    language: Language = None,
    line_format: LineFormat = None,
    mode: Mode = None,
    verbatim: Verbatim = None,
    translated: Translated = None,
) -> Input:
    """Return which files to read, and how."""
    from ..transcript.source import Input

    return Input(
        paths=paths or (),
        format=input_format,
        roles=role_pairs(roles),
        columns=pairs("columns", columns) or {},
        language=language,
        line_format=line_format,
        mode=mode,
        verbatim=verbatim,
        translated=translated,
    )


def measuring(
    features: Features = None,
    vectors: Vectors = None,
    spacy_model: SpacyModel = None,
    seed: SurrogateSeed = 0,
    categories: Categories = None,
    level: Level = "session",
    strict: Strict = False,
) -> Recipe:
    """Return what to measure, how strictly, and with which vectors, tagger, seed, dictionary."""
    from ..extraction.extractor import Recipe
    from ..features.registry import LEVELS

    return Recipe(
        features=words(features) if features else "core",
        vectors=vectors,
        spacy_model=spacy_model,
        seed=seed,
        categories=categories,
        levels=LEVELS if check_choice("level", level, LEVELS) == "turn" else LEVELS[:1],
        strict=strict,
    )


#: Options that commands leave out for which mode, verbatim and translation do not matter.
FACTS = ("mode", "verbatim", "translated")
Source = Annotated["Input", Group(reading)]
#: For commands whose values depend on no other fact than the mode.
SourceByMode = Annotated["Input", Group(reading, without=("verbatim", "translated"))]
Measuring = Annotated["Recipe", Group(measuring)]


def tell_errors(errors: Sequence[Exception], most: int = 10) -> None:
    """Print the first errors, and how many more there are."""
    for error in errors[:most]:
        typer.echo(f"error: {error}", err=True)
    if len(errors) > most:
        typer.echo(f"... {counted(len(errors) - most, 'more error')}", err=True)


def tell_left_out(n_files: int) -> None:
    """Print how many files in the folders were not read because of their names."""
    if n_files:
        have, were = ("has another name", "was") if n_files == 1 else ("have other names", "were")
        typer.echo(f"  {counted(n_files, 'file')} in the folders {have} and {were} not read")


def tell_nulls(nulls: Mapping[str, int]) -> None:
    """Print how many values are null for each reason."""
    from ..features.null_codes import NULL_CODES

    for code, count in nulls.items():
        typer.echo(f"  null {code}: {counted(count, 'value')} ({NULL_CODES[code]})")


def tell_warnings(warnings: Mapping[str, int]) -> None:
    """Print how many sessions each warning concerns."""
    from ..extraction.corpus_checks import WARNINGS

    for code, count in warnings.items():
        typer.echo(f"  warning {code}: {counted(count, 'session')} ({WARNINGS[code]})")


def pairs(option: str, values: Sequence[str] | None) -> dict[str, str] | None:
    """Return KEY=VALUE options as a dict; a value may hold several, separated by commas."""
    if not values:
        return None
    mapping: dict[str, str] = {}
    for item in (item for value in values for item in value.split(",")):
        key, sign, value = item.partition("=")
        if not (key.strip() and sign and value.strip()):
            raise ParameterError(f"`{option}` must look like KEY=VALUE.")
        mapping[key.strip()] = value.strip()
    return mapping


def role_pairs(values: Sequence[str] | None) -> dict[str, str]:
    """Return LABEL=ROLE options as a dict.

    A value may hold several, separated by commas. A label may hold commas and equals signs: it
    ends at the last equals sign before the next role, since a role is one word.
    """
    mapping: dict[str, str] = {}
    for value in values or ():
        label = ""
        for item in value.split(","):
            name, sign, role = item.rpartition("=")
            label += name if sign else f"{item},"
            if not sign:
                continue
            if not (label.strip() and role.strip()):
                raise _bad_role()
            mapping[label.strip()] = role.strip()
            label = ""
        if label:
            raise _bad_role()
    return mapping


def _bad_role() -> ParameterError:
    return ParameterError(
        '`roles` must look like KEY=VALUE: a label, "=" and therapist, client or none, '
        'e.g. --roles "Dr. A=therapist,Ms B=client". Labels may hold commas.'
    )


def words(values: Sequence[str]) -> list[str]:
    """Return options that may each hold several names, separated by commas."""
    return [word.strip() for value in values for word in value.split(",") if word.strip()]
