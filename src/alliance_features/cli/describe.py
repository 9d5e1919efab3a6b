"""`alliance-features describe`."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from .._checks import check_choice

FORMATS = ("text", "markdown", "json")
MAX_IN_FULL = 3


def command(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="[NAME]...", help="Features, groups or sets; all if left out."),
    ] = None,
    level: Annotated[
        str | None, typer.Option("--level", help="session (default; markdown: both) or turn.")
    ] = None,
    output_format: Annotated[
        str, typer.Option("--format", help="text, markdown or json.")
    ] = "text",
) -> None:
    """Describe features: definition, unit, range, when they are null, how to read them."""
    from ..features.codebook import as_list, as_markdown, as_text
    from ..features.registry import LEVELS, select_by_level

    check_choice("format", output_format, FORMATS)
    if level is not None:
        check_choice("level", level, LEVELS)
    both = level is None and output_format == "markdown"
    levels = LEVELS if both else (level or "session",)
    chosen = select_by_level(names or "all", levels)
    specs = [spec for name in levels for spec in chosen[name]]
    if output_format == "json":
        typer.echo(json.dumps([spec.describe() for spec in specs], indent=2, ensure_ascii=False))
    elif output_format == "markdown":
        typer.echo(as_markdown(specs))
    elif names and len(specs) <= MAX_IN_FULL:
        typer.echo("\n\n".join(as_text(spec) for spec in specs))
    else:
        typer.echo(as_list(specs))
