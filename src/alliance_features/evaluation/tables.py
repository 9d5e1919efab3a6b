"""The tables of an evaluation: which figures they show, and how numbers are written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..output.text_tables import Block
from .figures import ALL, LATER

if TYPE_CHECKING:
    import pyarrow as pa

#: Headings of the tables by dimension and their explanations.
KEY: dict[str, str] = {
    "95 %": "corrected t interval of r over folds (Nadeau and Bengio)",
    "R2": "mean over folds of 1 - MSE / MSE of the training mean, which may disagree with the "
    "mean MSEs beside it",
    "MSE*": "after a straight line fitted on the other folds",
    "CCC": "Lin's concordance",
    "within, between": "r within clients, and of clients' means",
    "pooled": "r over all folds at once, biased where there is no signal",
    "r above": "difference of r by fold, with its corrected t interval",
}
_HEADER = (
    *("row", "r (SD)", "95 %", "rho", "MSE", "R2", "MSE*", "CCC"),
    *("within", "between", "pooled"),
)
_TRACK_TITLES = {ALL: "", LATER: ", sessions with an earlier rating of the client"}


def blocks(
    figures: pa.Table,
    titles: Mapping[str, str] | None = None,
    *,
    level: float = 0.95,
    permutations: Mapping[tuple[str, str], float] | None = None,
) -> list[Block]:
    """Return the tables for readers: one per dimension and track.

    Parameters
    ----------
    figures : pyarrow.Table
        As `figures` returns.
    titles : mapping of str to str, optional
        Titles of the raters.
    level : float, default=0.95
        Level of the intervals, for the heading.
    permutations : mapping of (str, str) to float, optional
        The p of rater and dimension.

    Returns
    -------
    list of Block
    """
    by_block: dict[tuple[str, str], dict[str, dict[tuple[str, str | None], Any]]] = {}
    for row in figures.to_pylist():
        raters = by_block.setdefault((row["track"], row["dimension"]), {})
        raters.setdefault(row["rater"], {})[row["figure"], row["against"]] = row
    return [
        _block(track, dimension, raters, titles or {}, level, permutations or {})
        for (track, dimension), raters in by_block.items()
    ]


def overview(figures: pa.Table, titles: Mapping[str, str] | None = None) -> list[Block]:
    """Return one table per track: r (SD), rho and MSE of each dimension, means over folds.

    The form in which raters of the same sessions are published, e.g. arXiv:2602.20648, table 2.
    """
    by_track: dict[str, dict[str, dict[tuple[str, str], Any]]] = {}
    dimensions: dict[str, None] = {}
    for row in figures.to_pylist():
        dimensions.setdefault(row["dimension"])
        raters = by_track.setdefault(row["track"], {})
        raters.setdefault(row["rater"], {})[row["dimension"], row["figure"]] = row
    called = titles or {}
    result = []
    for track, raters in by_track.items():
        header = ["row"]
        for dimension in dimensions:
            header += [f"{dimension}: r (SD)", "rho", "MSE"]
        rows = []
        for rater, values in raters.items():
            cells = [called.get(rater, rater)]
            for dimension in dimensions:
                r, rho, error = (values.get((dimension, name), {}) for name in ("r", "rho", "mse"))
                cells += [
                    _headline(r),
                    number_text(rho.get("estimate")),
                    number_text(error.get("estimate")),
                ]
            rows.append(cells)
        most = max((row for by_place in raters.values() for row in by_place.values()), key=_size)
        result.append(
            Block(
                "all sessions" if track == ALL else "sessions with an earlier rating",
                header,
                rows,
                _note(most),
            )
        )
    return result


def _size(row: Mapping[str, Any]) -> int:
    return int(row["n_sessions"])


def _note(row: Mapping[str, Any]) -> str:
    return f"{row['n_sessions']:,} sessions of {row['n_clients']:,} clients"


def _headline(row: Mapping[str, Any]) -> str:
    r = row.get("estimate")
    return "n/a" if r is None else f"{number_text(r)} ({number_text(row.get('sd'))})"


def _block(
    track: str,
    dimension: str,
    raters: Mapping[str, Mapping[tuple[str, str | None], Any]],
    titles: Mapping[str, str],
    level: float,
    permutations: Mapping[tuple[str, str], float],
) -> Block:
    against = _reference(raters)
    header = [name if name != "95 %" else f"{100 * level:g} %" for name in _HEADER]
    if against:
        header.append(f"r above {titles.get(against, against)}")
    rows = []
    for rater, by_figure in raters.items():
        cells = _cells(by_figure, against)
        if (rater, dimension) in permutations:
            cells[0] += f", p {number_text(permutations[rater, dimension], 3)}"
        rows.append([titles.get(rater, rater), *cells])
    most = max((row for by_figure in raters.values() for row in by_figure.values()), key=_size)
    return Block(f"{dimension}{_TRACK_TITLES.get(track, '')}", header, rows, _note(most))


def _reference(raters: Mapping[str, Mapping[tuple[str, str | None], Any]]) -> str | None:
    for by_figure in raters.values():
        for figure, against in by_figure:
            if figure == "r_difference" and against is not None:
                return str(against)
    return None


def _cells(by_figure: Mapping[tuple[str, str | None], Any], against: str | None) -> list[str]:
    def value(name: str) -> Any:
        return by_figure.get((name, None), {}).get("estimate")

    cells = [
        _headline(by_figure.get(("r", None), {})),
        interval_text(by_figure.get(("r", None), {})),
        *(
            number_text(value(name))
            for name in (
                *("rho", "mse", "r2", "recalibrated_mse", "ccc"),
                *("r_within", "r_between", "pooled_r"),
            )
        ),
    ]
    if against:
        row = by_figure.get(("r_difference", against), {})
        shown = row.get("estimate")
        cells.append("-" if shown is None else f"{number_text(shown)} {interval_text(row)}".strip())
    return cells


def interval_text(row: Mapping[str, Any]) -> str:
    """Return the interval of a row, "-" if it has none."""
    low, high = row.get("low"), row.get("high")
    return "-" if low is None or high is None else f"[{number_text(low)}, {number_text(high)}]"


def number_text(value: float | None, digits: int = 2) -> str:
    """Return a number without the zero before the point; "-" for null."""
    if value is None:
        return "-"
    text = f"{value:.{digits}f}"
    text = text.removeprefix("-") if float(text) == 0 else text
    return text.replace("0.", ".", 1) if text.lstrip("-").startswith("0.") else text


_KEPT = {"both": "clients and therapists"}


def legend(
    *,
    grouped_by: str = "client",
    synthetic: bool = False,
    previous: bool = False,
    words: bool = False,
) -> list[str]:
    """Return the lines that go with the tables.

    Parameters
    ----------
    grouped_by : str, default="client"
        What the folds kept together.
    synthetic, previous, words : bool
        Whether sessions are synthetic, and the previous rating or words are among the rows.
    """
    lines = [
        f"Means over folds (SD); {_KEPT.get(grouped_by, f'{grouped_by}s')} of a fold are not in "
        "its training sessions. n/a: a constant has no correlation."
    ]
    if previous:
        lines.append(
            "The previous rating knows an earlier rating of the very client, which no other row "
            "does: a track of its own."
        )
    if words:
        lines.append("Rows of words include the words of the closing turns, and thanks.")
    if synthetic:
        lines.insert(0, "SYNTHETIC sessions: these figures are evidence for nothing.")
    return lines


def key(level: float = 0.95) -> list[str]:
    """Return the explanations of the headings of `blocks`."""
    named = {
        f"{100 * level:g} %" if name == "95 %" else name: meaning for name, meaning in KEY.items()
    }
    return [f"{name}: {meaning}." for name, meaning in named.items()]


def raters_of(figures: pa.Table) -> set[str]:
    """Return the raters that have figures."""
    return set(figures.column("rater").to_pylist())
