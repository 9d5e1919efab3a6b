"""The tables of the rated alliance and of courses of therapy, for readers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..output.text_tables import Block

if TYPE_CHECKING:
    from .client_courses import ClientCourses
    from .rated_alliance import RatedAlliance


_AGREEMENT = ("gap", "gap_sd", "squared_gap", "r", "icc_a1", "force", "r_within")
_LENS = ("r_client", "r_therapist", "r_difference", "r_gap")
_GIVEN = ("partial_client", "partial_therapist", "r2_gain_client", "r2_gain_therapist")


def agreement_blocks(result: RatedAlliance) -> list[Block]:
    """Return one table per dimension, with one row per part and one column per figure."""
    blocks = []
    for dimension, parts in _by(result.agreement.to_pylist(), "dimension", "part").items():
        every = parts["all"]
        header = ["sessions", "n", *_AGREEMENT]
        rows = [
            [
                part.replace(":", " "),
                f"{next(iter(of.values()))['n_sessions']:,}",
                *(shown(of.get(name)) for name in _AGREEMENT),
            ]
            for part, of in parts.items()
        ]
        over = [
            f"{name} {shown(every[name])}"
            for name in ("gap_per_session", "squared_gap_per_session")
            if name in every
        ]
        first = next(iter(every.values()))
        note = f"{first['n_sessions']:,} sessions of {first['n_clients']:,} clients"
        blocks.append(Block(dimension, header, rows, "; ".join([note, *over])))
    return blocks


def lens_blocks(result: RatedAlliance) -> list[Block]:
    """Return one table per dimension and part: confirmatory signals (*) first, then by p."""
    tables: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in result.lens.to_pylist():
        tables.setdefault((row["dimension"], row["part"]), []).append(row)
    header = ["signal", "n", *_LENS, *_GIVEN, "p adjusted"]
    blocks = []
    for (dimension, part), rows in tables.items():
        signals = _by(rows, "signal", "part")
        lines = []
        for name, parts in sorted(signals.items(), key=lambda entry: _order(entry[1][part])):
            of = parts[part]
            first = of["r_client"]
            lines.append(
                [
                    f"{name} *" if first["confirmatory"] else name,
                    f"{first['n_sessions']:,}",
                    *(shown(of[figure]) for figure in _LENS),
                    *(
                        shown(of[figure] | {"low": None}, 3 if "r2" in figure else 2)
                        for figure in _GIVEN
                    ),
                    _p(of["r_client"]["p_adjusted"]),
                ]
            )
        title = dimension if part == "all" else f"{dimension}, {part.replace(':', ' ')}"
        blocks.append(Block(title, header, lines, "p adjusted: of r_client"))
    return blocks


def _order(of: Mapping[str, Any]) -> tuple[bool, float]:
    row = of["r_client"]
    return not row["confirmatory"], 2.0 if row["p"] is None else row["p"]


def _p(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _by(rows: Any, first: str, second: str) -> dict[str, dict[str, dict[str, Any]]]:
    out: dict[str, dict[str, dict[str, Any]]] = {}
    for row in rows:
        out.setdefault(row[first], {}).setdefault(row[second], {})[row["figure"]] = row
    return out


def shown(row: Mapping[str, Any] | None, digits: int = 2) -> str:
    """Return an estimate with its interval; "-" where there is none."""
    if row is None or row["estimate"] is None:
        return "-"
    text = f"{row['estimate']:.{digits}f}"
    if row["low"] is None or row["high"] is None:
        return text
    return f"{text} [{row['low']:.{digits}f}, {row['high']:.{digits}f}]"


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


def course_blocks(result: ClientCourses) -> list[Block]:
    """Return one table per quantity and part: counts, denominators, shares, and shares by noise."""
    change: dict[tuple[str, str], dict[str, Any]] = {
        (row["name"], row["part"]): row
        for row in result.phases.to_pylist()
        if row["phase"] == "change"
    }
    tables: dict[tuple[str, str], list[list[str]]] = {}
    for row in result.shares.to_pylist():
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
