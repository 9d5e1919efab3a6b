"""SVG drawings, written by hand: shapes and text for light and dark pages."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape

#: Colours of series in light and dark, one after the other.
SERIES = (
    ("#0b62b5", "#6cb6ff"),
    ("#b35900", "#f0a35e"),
    ("#1a7f37", "#56d364"),
    ("#8250df", "#d2a8ff"),
)
_STYLE = """
text{font:12px system-ui,sans-serif;fill:#24292f}.small{font-size:10.5px;fill:#57606a}
.title{font-size:14px;font-weight:600}.paper{fill:#ffffff}.grid{stroke:#d0d7de}
.zero{stroke:#6e7781;stroke-dasharray:3 3}.frame{fill:none;stroke:#afb8c1}
%s
@media (prefers-color-scheme:dark){
text{fill:#e6edf3}.small{fill:#9da7b1}.paper{fill:#0d1117}.grid{stroke:#30363d}
.zero{stroke:#8b949e}.frame{stroke:#484f58}
%s}
"""


def number(value: float) -> str:
    """Return a coordinate with at most two decimals, without trailing zeros."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def tick_values(low: float, high: float, most: int = 6) -> list[float]:
    """Return round values inside a range, at steps of 1, 2 or 5 times a power of ten.

    Parameters
    ----------
    low, high : float
        low < high.
    most : int, default=6
        Up to this many values.

    Examples
    --------
    >>> tick_values(-0.13, 0.62)
    [0.0, 0.2, 0.4, 0.6]
    >>> tick_values(1, 5)
    [1.0, 2.0, 3.0, 4.0, 5.0]
    """
    step = 10.0 ** math.floor(math.log10((high - low) / most))
    step = next(step * by for by in (1, 2, 5, 10, 20) if (high - low) / (step * by) < most)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [round(place * step, 12) for place in range(first, last + 1)]


@dataclass(slots=True)
class Drawing:
    """A drawing that shapes are added to.

    Parameters
    ----------
    width, height : float
        In pixels.
    title : str
        For screen readers.
    """

    width: float
    height: float
    title: str
    _parts: list[str] = field(default_factory=list)

    def line(self, x1: float, y1: float, x2: float, y2: float, kind: str = "grid") -> None:
        """Draw a line of a class of the style."""
        ends = zip(("x1", "y1", "x2", "y2"), (x1, y1, x2, y2), strict=True)
        places = " ".join(f'{name}="{number(value)}"' for name, value in ends)
        self._parts.append(f'<line class="{kind}" {places}/>')

    def box(self, x: float, y: float, width: float, height: float, kind: str = "frame") -> None:
        """Draw a rectangle."""
        self._parts.append(
            f'<rect class="{kind}" x="{number(x)}" y="{number(y)}" width="{number(width)}" '
            f'height="{number(height)}"/>'
        )

    def dot(self, x: float, y: float, radius: float = 3.5, kind: str = "dot0") -> None:
        """Draw a filled circle."""
        self._parts.append(
            f'<circle class="{kind}" cx="{number(x)}" cy="{number(y)}" r="{number(radius)}"/>'
        )

    def path(self, points: Sequence[tuple[float, float]], kind: str = "line0") -> None:
        """Draw a line through points."""
        places = " ".join(f"{number(x)},{number(y)}" for x, y in points)
        self._parts.append(f'<polyline class="{kind}" points="{places}"/>')

    def text(
        self, x: float, y: float, content: str, *, anchor: str = "start", kind: str = ""
    ) -> None:
        """Write text on a base line; `anchor` is start, middle or end."""
        classes = f' class="{kind}"' if kind else ""
        self._parts.append(
            f'<text x="{number(x)}" y="{number(y)}" text-anchor="{anchor}"{classes}>'
            f"{escape(content)}</text>"
        )

    def render(self) -> str:
        """Return the drawing as an SVG document."""
        size = f'width="{number(self.width)}" height="{number(self.height)}"'
        return "\n".join(
            [
                f'<svg xmlns="http://www.w3.org/2000/svg" {size} '
                f'viewBox="0 0 {number(self.width)} {number(self.height)}" role="img">',
                f"<title>{escape(self.title)}</title>",
                f"<style>{_STYLE % (_colours(0), _colours(1))}</style>",
                f'<rect class="paper" {size}/>',
                *self._parts,
                "</svg>\n",
            ]
        )


def _colours(theme: int) -> str:
    return "".join(
        f".dot{k}{{fill:{pair[theme]}}}.line{k}{{fill:none;stroke:{pair[theme]};stroke-width:1.8}}"
        for k, pair in enumerate(SERIES)
    )
