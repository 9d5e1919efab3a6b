"""The tables of courses of therapy that people read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .render import Block

if TYPE_CHECKING:
    from .client_courses import ClientCourses

_TITLES = {
    "improved": "improved by a level",
    "small_gain": "small gain",
    "no_gain": "stagnated or declined",
    "reliably_improved": "reliably improved",
    "reliably_worse": "reliably worse",
    "level_forbidden": "a level is beyond the top of the scale",
    "reliable_forbidden": "a reliable gain is beyond it",
    "improved_of_possible": "improved by a level, where possible",
    "too_few": "too few sessions",
}


def course_blocks(found: ClientCourses) -> list[Block]:
    """Return one table a quantity and part: counts with denominators, shares, what noise brings."""
    change: dict[tuple[str, str], dict[str, Any]] = {
        (row["name"], row["part"]): row
        for row in found.phases.to_pylist()
        if row["phase"] == "change"
    }
    tables: dict[tuple[str, str], list[list[str]]] = {}
    for row in found.shares.to_pylist():
        tables.setdefault((row["name"], row["part"]), []).append(
            [
                _TITLES[row["figure"]],
                f"{row['count']:,} of {row['n']:,}",
                _share(row["share"]),
                "-" if row["low"] is None else f"[{row['low']:.1%}, {row['high']:.1%}]",
                _share(row["by_noise"]),
            ]
        )
    header = ["courses", "count", "share", "interval", "by noise"]
    return [
        Block(
            name if part == "all" else f"{name}, {part.replace(':', ' ')}",
            header,
            rows,
            f"mean change {_mean(change[name, part])}",
        )
        for (name, part), rows in tables.items()
    ]


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.1%}"


def _mean(row: dict[str, Any]) -> str:
    if row["mean"] is None:
        return "-"
    ends = "" if row["low"] is None else f" [{row['low']:.2f}, {row['high']:.2f}]"
    return f"{row['mean']:+.2f}{ends}"
