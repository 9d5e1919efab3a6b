"""Tables of text as plain text, Markdown and LaTeX."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Block:
    """A table of text: the first column holds names, the others numbers."""

    title: str
    header: list[str]
    rows: list[list[str]]
    note: str = ""


def as_text(blocks: Sequence[Block], lines: Sequence[str]) -> str:
    """Return tables as aligned plain text, with the legend below."""
    parts = []
    for block in blocks:
        rows = [[block.title, *block.header[1:]], *block.rows]
        widths = [max(len(row[place]) for row in rows) for place in range(len(block.header))]
        parts += [
            "  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]).rstrip()
            for row in rows
        ]
        parts += [f"  ({block.note})", ""]
    return "\n".join([*parts, *lines])


def as_markdown(blocks: Sequence[Block], lines: Sequence[str]) -> str:
    """Return tables as Markdown, with the legend below."""
    parts = []
    for block in blocks:
        parts += [f"**{block.title}** ({block.note})", ""]
        parts += [_piped(block.header), _piped(["---", *["---:"] * (len(block.header) - 1)])]
        parts += [*(_piped(row) for row in block.rows), ""]
    return "\n".join([*parts, *(line + "  " for line in lines)]).rstrip() + "\n"


def _piped(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


_TEX = {
    **{character: f"\\{character}" for character in "%&_#$"},
    "\\": r"\textbackslash{}",
    "~": r"\~{}",
}


def as_latex(blocks: Sequence[Block], lines: Sequence[str]) -> str:
    """Return tables as LaTeX for the package booktabs, with the legend as notes."""
    parts = [f"% {line}" for line in lines]
    for block in blocks:
        parts += [
            r"\begin{table}",
            rf"\caption{{{_escaped(block.title)} ({_escaped(block.note)})}}",
            rf"\begin{{tabular}}{{l{'r' * (len(block.header) - 1)}}}",
            r"\toprule",
            _ampersands(block.header),
            r"\midrule",
            *(_ampersands(row) for row in block.rows),
            r"\bottomrule",
            r"\end{tabular}",
            r"\end{table}",
        ]
    return "\n".join(parts) + "\n"


def _ampersands(cells: Sequence[str]) -> str:
    return " & ".join(map(_escaped, cells)) + r" \\"


def _escaped(text: str) -> str:
    return "".join(_TEX.get(character, character) for character in text)
