"""The tables of a comparison of raters: which figures they show, and how they are written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..evaluation.row_names import MEAN
from ..evaluation.tables import interval_text, number_text, overview
from ..output.text_tables import Block
from .comparison import WARNINGS, Comparison, titles
from .shared_sessions import SESSION

Found = Mapping[tuple[str, str | None], Mapping[str, Any]]
#: Meaning of the headings.
RATER_KEY: dict[str, str] = {
    "r by fold": "mean over folds (SD)",
    "r [interval]": "over all sessions, clients resampled",
    "within, between": "r within clients, and of clients' means",
    "R2": "mean over folds of 1 - MSE / MSE of the training mean; below 0 is worse than that "
    "constant; it may disagree with the mean MSEs beside it",
    "line, steps": "after a straight line, or rising steps, fitted on the other folds",
    "slope": "of ratings on scores; below 1: scores spread too widely",
    "Holm": "p adjusted within the declared family",
    "Williams, Zou": "references that take sessions as independent; no tests of clustered sessions",
}


def rater_blocks(comparison: Comparison) -> list[Block]:
    """Return the tables of a comparison: overview, agreement, errors, differences, counts, costs.

    Parameters
    ----------
    comparison : Comparison

    Returns
    -------
    list of Block
    """
    called = titles(comparison.settings["raters"])
    by_dimension: dict[str, dict[str, dict[tuple[str, str | None], Any]]] = {}
    for row in comparison.figures.to_pylist():
        if row["track"] == "all":
            raters = by_dimension.setdefault(row["dimension"], {})
            raters.setdefault(row["rater"], {})[row["figure"], row["against"]] = row
    blocks = overview(comparison.figures, called)
    for dimension, raters in by_dimension.items():
        blocks.append(_agreement(dimension, raters, called, comparison.settings["level"]))
        blocks.append(_errors(dimension, raters, called))
        if any(
            key[0] == "pooled_r_difference" for by_figure in raters.values() for key in by_figure
        ):
            blocks.append(_differences(dimension, raters, called, comparison.settings))
    blocks.append(_counts(comparison, called))
    if any(
        value is not None
        for row in comparison.costs
        for key, value in row.items()
        if key != "rater"
    ):
        blocks.append(_costs(comparison.costs, called))
    if comparison.reliability.num_rows:
        blocks += _reliability(comparison, called)
    return blocks


def _shown(by_figure: Found, name: str, against: str | None = None, digits: int = 2) -> str:
    return number_text(by_figure.get((name, against), {}).get("estimate"), digits)


def _with_interval(by_figure: Found, name: str, against: str | None = None) -> str:
    row = by_figure.get((name, against), {})
    if row.get("estimate") is None:
        return "-"
    return f"{number_text(row['estimate'])} {interval_text(row)}".removesuffix(" -")


def _note(raters: Mapping[str, Found]) -> str:
    sizes = {
        (row["n_sessions"], row["n_clients"])
        for by_figure in raters.values()
        for row in by_figure.values()
    }
    if len(sizes) > 1:
        return f"{min(sizes)[0]:,} to {max(sizes)[0]:,} sessions"
    ((sessions, clients),) = sizes
    return f"{sessions:,} sessions of {clients:,} clients"


def _agreement(
    dimension: str, raters: Mapping[str, Found], called: Mapping[str, str], level: float
) -> Block:
    header = ["rater", "r by fold", f"{100 * level:g} %", "r [interval]", "rho [interval]"]
    header += ["CCC", "within", "between"]
    rows = []
    for name, by_figure in raters.items():
        by_fold = by_figure.get(("r", None), {})
        r = by_fold.get("estimate")
        rows.append(
            [
                called.get(name, name),
                "n/a" if r is None else f"{number_text(r)} ({number_text(by_fold.get('sd'))})",
                interval_text(by_fold),
                _with_interval(by_figure, "pooled_r"),
                _with_interval(by_figure, "pooled_rho"),
                *(_shown(by_figure, figure) for figure in ("pooled_ccc", "r_within", "r_between")),
            ]
        )
    return Block(f"{dimension}: agreement, raw scores", header, rows, _note(raters))


def _errors(dimension: str, raters: Mapping[str, Found], called: Mapping[str, str]) -> Block:
    header = ["rater", "bias [interval]", "slope", "MSE", "R2", "MSE line", "R2 line"]
    header += ["MSE steps", "R2 steps", "MAE low third"]
    figures = (
        *("calibration_slope", "mse", "r2", "recalibrated_mse", "recalibrated_r2"),
        *("isotonic_mse", "isotonic_r2", "mae_low_third"),
    )
    rows = [
        [
            called.get(name, name),
            _with_interval(by_figure, "bias"),
            *(_shown(by_figure, figure) for figure in figures),
        ]
        for name, by_figure in raters.items()
    ]
    return Block(f"{dimension}: errors, means over folds", header, rows, _note(raters))


def _differences(
    dimension: str,
    raters: Mapping[str, Found],
    called: Mapping[str, str],
    settings: Mapping[str, Any],
) -> Block:
    against = settings["reference"]
    header = ["rater", "r by fold", "r", "p", "rho", "p", "MSE line", "p", "Holm"]
    header += ["MSE line minus that of the training mean", "p", "Williams p", "Zou"]
    rows = []
    for name, by_figure in raters.items():
        if name == MEAN:
            continue
        cells = [called.get(name, name), _with_interval(by_figure, "r_difference", against)]
        for figure in ("pooled_r", "pooled_rho", "recalibrated_mse"):
            key = f"{figure}_difference", against
            cells += [
                _with_interval(by_figure, *key),
                number_text(by_figure.get(key, {}).get("p"), 3),
            ]
        key = settings["family"], against
        cells.append(number_text(by_figure.get(key, {}).get("p_holm"), 3))
        key = "recalibrated_mse_difference", MEAN
        cells += [_with_interval(by_figure, *key), number_text(by_figure.get(key, {}).get("p"), 3)]
        cells.append(number_text(by_figure.get(("r_difference_williams", against), {}).get("p"), 3))
        cells.append(interval_text(by_figure.get(("r_difference_zou", against), {})))
        rows.append(cells)
    title = f"{dimension}: differences from {called.get(against, against)}"
    return Block(title, header, rows, _note(raters))


def _counts(comparison: Comparison, called: Mapping[str, str]) -> Block:
    statuses = list(dict.fromkeys(row["status"] for row in comparison.counts))
    order = ["ok", *(s for s in statuses if s not in ("ok", "absent", "not_rated", "used"))]
    order += [name for name in ("absent", "not_rated", "used") if name in statuses]
    table: dict[tuple[str, str], dict[str, int]] = {}
    for row in comparison.counts:
        cells = table.setdefault((row["rater"], row["dimension"]), {})
        cells[row["status"]] = row["n"]
    rows = [
        [called.get(rater, rater), dimension, *(str(cells.get(s, 0)) for s in order)]
        for (rater, dimension), cells in table.items()
    ]
    note = "rows by status, then rated sessions that a rater lacks, sessions not rated, and used"
    return Block("what became of the scores", ["rater", "dimension", *order], rows, note)


def _costs(costs: Sequence[Mapping[str, Any]], called: Mapping[str, str]) -> Block:
    names = [name for name in costs[0] if name != "rater"]
    rows = [
        [called.get(row["rater"], row["rater"]), *(_rounded(row[name]) for name in names)]
        for row in costs
    ]
    note = "a session; - is not known"
    return Block("costs", ["rater", *(name.replace("_", " ") for name in names)], rows, note)


def _rounded(value: float | None) -> str:
    return "-" if value is None else f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _reliability(comparison: Comparison, called: Mapping[str, str]) -> list[Block]:
    rows_of: dict[str, dict[tuple[str, str], dict[str, Any]]] = {}
    for row in comparison.reliability.to_pylist():
        table = rows_of.setdefault(row["across"], {})
        table.setdefault((row["rater"], row["dimension"]), {})[row["figure"]] = row
    blocks = []
    for across, table in rows_of.items():
        names = list(dict.fromkeys(figure for cells in table.values() for figure in cells))
        header = ["rater", "dimension", "k", "sessions"]
        header += [name.replace("_", " ") for name in names]
        rows = []
        for (rater, dimension), cells in table.items():
            k = max(cell["k"] for cell in cells.values())
            n = max(cell["n_sessions"] or 0 for cell in cells.values())
            values = [
                f"{number_text(cell.get('estimate'))} {interval_text(cell)}".removesuffix(" -")
                for cell in (cells.get(name, {}) for name in names)
            ]
            rows.append([called.get(rater, rater), dimension, str(k), str(n), *values])
        note = "intervals take sessions as independent, except for the limits of agreement"
        blocks.append(Block(f"reliability across {across}", header, rows, note))
    return blocks


def rater_legend(comparison: Comparison) -> list[str]:
    """Return the lines that go with every table: warnings, and the sessions compared."""
    settings = comparison.settings
    kept = f"folds keep {settings['grouped_by']}s apart"
    if settings["grouped_by"] == SESSION:
        kept = "sessions are taken as independent"
    where = "each rater's own sessions; differences on those that both have"
    if settings["on"] == "complete":
        where = "sessions that every rater has"
    warned = [f"{count:,} {WARNINGS[code]}." for code, count in comparison.warnings.items()]
    return [*warned, f"Compared on {where}; {kept}."]


def rater_key() -> list[str]:
    """Return the explanations of the headings of `rater_blocks`."""
    return [f"{name}: {meaning}." for name, meaning in RATER_KEY.items()]
