"""A plot of courses of therapy as SVG: numbers and labels, no words of transcripts."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from ..perspectives.client_courses import ClientCourses
from ..perspectives.courses import IMPROVED, NO_GAIN, SMALL_GAIN, Courses
from ..perspectives.phases import PHASES
from .svg import tick_values

WIDTH, HEIGHT, BAR, LEFT, TOP, GUTTER = 230, 210, 18, 54, 74, 44
#: Up to this many quantities are drawn.
MOST = 6
_OUTCOMES = {
    IMPROVED: "improved by a level",
    SMALL_GAIN: "small gain",
    NO_GAIN: "stagnated or declined",
}
_STYLE = """
text{font:12px system-ui,sans-serif;fill:#24292f}.small{font-size:10.5px;fill:#57606a}
.title{font-size:14px;font-weight:600}.paper{fill:#ffffff}.grid{stroke:#d0d7de}
.course{fill:none;stroke-width:1}.mean{fill:none;stroke:#24292f;stroke-width:2.4}
.whisker{stroke:#24292f;stroke-width:1.4}.noise{stroke:#24292f;stroke-width:1.6}
.improved{stroke:#1a7f37}.small_gain{stroke:#0b62b5}.no_gain{stroke:#b35900}
.bar.improved{fill:#1a7f37}.bar.small_gain{fill:#0b62b5}.bar.no_gain{fill:#b35900}
.bar{stroke:none}
@media (prefers-color-scheme:dark){
text{fill:#e6edf3}.small{fill:#9da7b1}.paper{fill:#0d1117}.grid{stroke:#30363d}
.mean,.whisker,.noise{stroke:#e6edf3}
.improved{stroke:#56d364}.small_gain{stroke:#6cb6ff}.no_gain{stroke:#f0a35e}
.bar.improved{fill:#56d364}.bar.small_gain{fill:#6cb6ff}.bar.no_gain{fill:#f0a35e}.bar{stroke:none}}
"""


def courses_svg(courses: ClientCourses, *, subtitle: str = "") -> str:
    """Draw each course from early over middle to late, their mean, and the shares by outcome.

    Parameters
    ----------
    courses : ClientCourses
        Its first `MOST` quantities are drawn.
    subtitle : str
        What the numbers are.

    Returns
    -------
    str
        One panel per quantity: thin lines are courses by outcome, the thick one is their mean
        with its interval; the bar below holds the shares, the upright stroke the share improved
        by noise alone.
    """
    shown = dict(list(courses.by_name.items())[:MOST])
    phases: dict[str, dict[str, Any]] = {}
    for row in courses.phases.to_pylist():
        if row["part"] == "all":
            phases.setdefault(row["name"], {})[row["phase"]] = row
    shares = {
        (row["name"], row["figure"]): row
        for row in courses.shares.to_pylist()
        if row["part"] == "all"
    }
    width = max(LEFT + len(shown) * (WIDTH + GUTTER), 470)
    height = TOP + HEIGHT + 134
    parts = [_text(16, 22, "Courses of therapy", "title"), _text(16, 40, subtitle, "small"), _key()]
    for column, (name, of) in enumerate(shown.items()):
        left = LEFT + column * (WIDTH + GUTTER)
        parts += _panel(left, name, of, phases.get(name, {}))
        parts += _bar(left, TOP + HEIGHT + 40, {k: shares.get((name, k)) for k in _OUTCOMES})
    note = "thick line: mean of courses with its interval; upright stroke: improved by noise alone"
    parts.append(_text(16, height - 12, note, "small"))
    if len(courses.by_name) > MOST:
        more = f"{len(courses.by_name) - MOST} more in courses.csv"
        parts.append(_text(width - 16, 22, more, "small", "end"))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}" height="{height:g}" '
        f'viewBox="0 0 {width:g} {height:g}" role="img">\n<title>Courses of therapy</title>\n'
        f'<style>{_STYLE}</style>\n<rect class="paper" width="{width:g}" height="{height:g}"/>\n'
        + "\n".join(parts)
        + "\n</svg>\n"
    )


def _key() -> str:
    items, x = [], 16
    for kind, label in _OUTCOMES.items():
        items.append(f'<rect class="bar {kind}" x="{x}" y="50" width="10" height="10"/>')
        items.append(_text(x + 15, 59, label, "small"))
        x += 40 + 6 * len(label)
    return "\n".join(items)


def _panel(left: float, name: str, of: Courses, phases: Mapping[str, Any]) -> list[str]:
    whole = [course for course in of.courses if course.outcome in _OUTCOMES]
    values = [value for course in whole for value in course.means if not math.isnan(value)]
    low, high = _range(values, of.highest)
    x = [left + WIDTH * share for share in (0.08, 0.5, 0.92)]

    def y(value: float) -> float:
        return TOP + 20 + (high - value) / (high - low) * (HEIGHT - 20)

    parts = [_text(left + WIDTH / 2, TOP + 8, _short(name), "", "middle")]
    for tick in tick_values(low, high) if whole else ():
        parts.append(_line(left, y(tick), left + WIDTH, y(tick), "grid"))
        parts.append(
            _text(left - 6, y(tick) + 4, f"{tick:g}".replace("-", "\u2212"), "small", "end")
        )
    parts += [
        _text(x[k], TOP + HEIGHT + 16, phase, "small", "middle") for k, phase in enumerate(PHASES)
    ]
    if not whole:
        note = "no course has early and late sessions"
        return [*parts, _text(left + WIDTH / 2, TOP + HEIGHT / 2, note, "small", "middle")]
    faint = max(0.25, min(0.8, 20.0 / len(whole)))
    for kind in (NO_GAIN, SMALL_GAIN, IMPROVED):
        lines = [
            "M" + "L".join(f"{a:.1f} {y(v):.1f}" for a, v in zip(x, c.means, strict=True) if v == v)
            for c in whole
            if c.outcome == kind
        ]
        if lines:
            path = f'd="{"".join(lines)}" stroke-opacity="{faint:.2f}"'
            parts.append(f'<path class="course {kind}" {path}/>')
    return [*parts, *_mean(x, [phases.get(phase) for phase in PHASES], y)]


def _mean(x: Sequence[float], rows: Sequence[Mapping[str, Any] | None], y: Any) -> list[str]:
    known = [(a, row) for a, row in zip(x, rows, strict=True) if row and row["mean"] is not None]
    points = " ".join(f"{a:.1f},{y(row['mean']):.1f}" for a, row in known)
    parts = [f'<polyline class="mean" points="{points}"/>']
    for a, row in known:
        if row["low"] is not None:
            parts.append(_line(a, y(row["low"]), a, y(row["high"]), "whisker"))
    return parts


def _bar(left: float, top: float, shares: Mapping[str, Mapping[str, Any] | None]) -> list[str]:
    """Draw the shares side by side, their percentages below, and the noise mark of a level."""
    parts, x = [], left
    n = next((row["n"] for row in shares.values() if row), 0)
    if not n:
        return [_text(left, top + 13, "0 courses", "small")]
    percentages = []
    for kind, row in shares.items():
        share = row["share"] if row else 0.0
        if share:
            size = f'width="{share * WIDTH:.2f}" height="{BAR}"'
            parts.append(f'<rect class="bar {kind}" x="{x:.2f}" y="{top:g}" {size}/>')
        x += share * WIDTH
        percentages.append(f"{100 * share:.0f} %")
    improved = shares[IMPROVED]
    noise = None if improved is None else improved["by_noise"]
    if noise is not None:
        mark = left + noise * WIDTH
        parts.append(_line(mark, top - 5, mark, top + BAR + 5, "noise"))
    courses = "1 course" if n == 1 else f"{n:,} courses"
    parts.append(_text(left, top + BAR + 20, f"{' / '.join(percentages)} of {courses}", "small"))
    if noise is not None:
        by_noise = f"improved by noise alone: {100 * noise:.1f} %"
        parts.append(_text(left, top + BAR + 35, by_noise, "small"))
    return parts


def _range(values: Sequence[float], top: float | None) -> tuple[float, float]:
    if not values:
        return 0.0, top if top is not None and top > 0 else 1.0
    low, high = min(values), max(values)
    room = 0.06 * (high - low) or 0.5
    return low - room, (max(high, min(top, high + room)) if top is not None else high) + room / 3


def _text(x: float, y: float, text: str, kind: str = "", anchor: str = "start") -> str:
    name = f' class="{kind}"' if kind else ""
    return f'<text x="{x:g}" y="{y:g}"{name} text-anchor="{anchor}">{escape(text)}</text>'


def _line(x: float, y: float, x2: float, y2: float, kind: str) -> str:
    return f'<line class="{kind}" x1="{x:.1f}" y1="{y:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def _short(label: str, most: int = 34) -> str:
    return label if len(label) <= most else label[: most - 1] + "\u2026"
