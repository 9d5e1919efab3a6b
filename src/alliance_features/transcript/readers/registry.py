"""All formats of transcript files: code, help and documentation come from this list."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePath

from ..._checks import check_choice
from ...errors import ParameterError
from . import delimited, jsonl, parquet, text
from .files import head_of, suffixes
from .formats import Format
from .options import Options
from .remote import Place

FORMATS: tuple[Format, ...] = (
    jsonl.FORMAT,
    delimited.CSV,
    delimited.TSV,
    parquet.FORMAT,
    text.FORMAT,
)
NAMES = tuple(each.name for each in FORMATS)
SUFFIXES = {suffix: each for each in FORMATS for suffix in each.suffixes}


def format_named(name: str) -> Format:
    """Return a format by its name, or raise a `ParameterError`."""
    check_choice("format", name, NAMES)
    return FORMATS[NAMES.index(name)]


def format_of(path: Place | PurePath) -> Format | None:
    """Return the format that the name of a file indicates, or None."""
    return SUFFIXES.get(suffixes(path)[0])


def looks_like(path: Place) -> Format | None:
    """Return the format that the first bytes of a file look like, or None."""
    head = head_of(path)
    return next((each for each in FORMATS if each.sniff(head)), None)


def check_options(files: Iterable[Place], options: Options) -> None:
    """Raise an error for an option that applies to none of the files."""
    named = None if options.format is None else format_named(options.format)
    formats = {named or format_of(file) for file in files}
    if not formats or None in formats:
        return
    used = frozenset().union(*(each.uses for each in formats if each is not None))
    if options.columns and "columns" not in used:
        raise ParameterError(
            f"`columns` is for {titles('columns')}; the files named are of other formats. Leave it "
            "(--columns) out, or name the format with `format` (--input-format)."
        )
    if options.line_format is not None and "line_format" not in used:
        raise ParameterError(
            f"`line_format` is for {titles('line_format')}; no file named is of that format. Leave "
            "it (--line-format) out, or name the format with `format` (--input-format)."
        )


def titles(option: str = "") -> str:
    """Return the formats, or those that have an option, as an enumeration."""
    names = [each.title for each in FORMATS if not option or option in each.uses]
    return " and ".join(part for part in (", ".join(names[:-1]), names[-1]) if part)


def suffix_help() -> str:
    """Return the usual ends of names, for a line of help."""
    zipped = ", ".join(each.suffixes[0] for each in FORMATS if each.zipped)
    plain = ", ".join(each.suffixes[0] for each in FORMATS if not each.zipped)
    return f"{zipped} (also .gz), {plain}"


def name_help() -> str:
    """Return the names of the formats, for a line of help."""
    return f"{', '.join(NAMES[:-1])} or {NAMES[-1]}"
