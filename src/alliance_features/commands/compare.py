"""A comparison of raters over files, into a folder of figures, tables and plots."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from ..comparison.comparison import Comparison, compare_raters, titles
from ..comparison.methods import rater_manifest, rater_methods
from ..comparison.scores import PER_SESSION
from ..comparison.tables import rater_blocks, rater_key, rater_legend
from ..errors import ParameterError, ResourceError
from ..evaluation.figures import ALL
from ..evaluation.folds import load_folds, save_folds
from ..output.files import write_csv, write_table, write_text
from ..output.results_folder import Results
from ..output.text_tables import Block, as_latex, as_markdown, as_text
from ..raters.ratings import check_ratings
from ..reports.rater_plots import calibration_svg, calibration_table, forest_svg
from ..transcript.ids import normal_id


@dataclass(frozen=True, slots=True)
class ComparisonFiles:
    """A comparison, and its tables as text.

    Attributes
    ----------
    comparison : Comparison
    text : str
    seconds : float
    """

    comparison: Comparison
    text: str
    seconds: float


def compare_files(
    ratings: Path,
    scores: Sequence[Path],
    output: Path,
    *,
    columns: dict[str, str] | None = None,
    scale: tuple[float, float] | None = None,
    missing: Sequence[float] = (),
    folds: Path | None = None,
    costs: Path | None = None,
    overwrite: bool = False,
    **options: Any,
) -> ComparisonFiles:
    """Compare raters of files and write a folder.

    Parameters
    ----------
    ratings : Path
    scores : sequence of Path
    output : Path
        New or empty folder, or one with results if `overwrite`.
    columns : dict of str to str, optional
        Columns of wide ratings, as in `read_ratings`.
    scale : (float, float), optional
        Scale of ratings that name none.
    missing : sequence of float, default=()
        Codes of missing answers in the ratings and the scores.
    folds : Path, optional
        A folds.json of `evaluate` or of a comparison.
    costs : Path, optional
        CSV with the column rater and some of `PER_SESSION`, each per session.
    overwrite : bool, default=False
    **options
        As for `compare_raters`.

    Returns
    -------
    ComparisonFiles

    Raises
    ------
    ParameterError, RaterError, ResourceError
        As `compare_raters`, or if the folder cannot be written.
    """
    given = [Path(source).resolve() for source in (ratings, *scores)]
    if output.resolve() in given:
        raise ParameterError(f"`output` is {output}, which holds scores; name another folder.")
    results = Results(output, overwrite=overwrite)
    who = {name: options.get(name) for name in ("rater", "perspective", "instrument")}
    checked = check_ratings(
        ratings,
        columns=columns,
        scale=scale,
        missing=missing,
        **(who if columns is not None else {}),
    )
    comparison = compare_raters(
        checked,
        *scores,
        missing=missing,
        folds=None if folds is None else load_folds(folds),
        costs=None if costs is None else read_costs(costs),
        **options,
    )
    paths = [ratings, *(path for source in scores for path in _files(source))]
    manifest = rater_manifest(comparison, paths)
    called = titles(comparison.settings["raters"])
    blocks, legend = rater_blocks(comparison), rater_legend(comparison)
    points = calibration_table(comparison.predictions, grouped_by=comparison.folds.grouped_by)
    results.begin()
    write_table(output / "predictions.parquet", comparison.predictions)
    save_folds(comparison.folds, output / "folds.json")
    write_csv(output / "comparison.csv", comparison.figures)
    write_csv(output / "reliability.csv", comparison.reliability)
    write_csv(output / "counts.csv", pa.Table.from_pylist(comparison.counts))
    write_csv(output / "calibration.csv", points)
    shown = {
        "comparison.md": as_markdown(blocks, [*legend, *rater_key()]),
        "comparison.tex": as_latex(blocks, [*legend, *rater_key()]),
        "forest.svg": forest_svg(comparison.figures, called, level=comparison.settings["level"]),
        "calibration.svg": calibration_svg(points, called),
        "methods.md": rater_methods(manifest),
    }
    for name, text in shown.items():
        write_text(output / name, text)
    seconds = results.finish(paths, manifest)
    return ComparisonFiles(comparison, as_text(_short(blocks, comparison), legend), seconds)


def _short(blocks: Sequence[Block], comparison: Comparison) -> list[Block]:
    """Return the tables for a terminal: the overview, and a short table of differences."""
    tracks = len(set(comparison.figures.column("track").to_pylist()))
    return [*blocks[:tracks], *_differences(comparison)]


def _differences(comparison: Comparison) -> list[Block]:
    from ..evaluation.tables import interval_text, number_text

    family, against = comparison.settings["family"], comparison.settings["reference"]
    called = titles(comparison.settings["raters"])
    rows: dict[str, list[str]] = {}
    for row in comparison.figures.to_pylist():
        if (row["figure"], row["against"], row["track"]) == (family, against, ALL):
            cells = rows.setdefault(row["rater"], [called.get(row["rater"], row["rater"])])
            cells += [
                f"{number_text(row['estimate'])} {interval_text(row)}",
                number_text(row["p_holm"], 3),
            ]
    if not rows:
        return []
    header = ["rater"]
    for dimension in comparison.settings["dimensions"]:
        header += [dimension, "Holm p"]
    title = f"{family.replace('_', ' ')} from {called.get(against, against)}"
    filled = [[*row, *["-"] * (len(header) - len(row))] for row in rows.values()]
    return [Block(title, header, filled, "paired")]


def _files(source: Path) -> list[Path]:
    if source.is_dir():
        for name in ("predictions.parquet", "scores/part-00000.parquet"):
            if (source / name).is_file():
                return [source / name]
    return [source]


def read_costs(path: Path) -> dict[str, dict[str, float]]:
    """Read the costs per session of each rater.

    Parameters
    ----------
    path : Path
        CSV with the column rater and some of seconds, tokens_in, tokens_out, cost, megabytes.

    Raises
    ------
    ResourceError
        If it cannot be read or a cell is not a number.
    """
    problem, costs = "", {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            rows = list(csv.DictReader(stream))
        for row in rows:
            known = {name: row.get(name) for name in PER_SESSION}
            costs[normal_id(str(row["rater"]))] = {name: float(v) for name, v in known.items() if v}
    except OSError as error:
        problem = f"cannot be read ({error.strerror or type(error).__name__})"
    except (ValueError, KeyError, TypeError, csv.Error):
        problem = "is not a CSV file with the column rater and numbers"
    if problem:
        raise ResourceError(f"{path}: {problem}. Columns: rater, {', '.join(PER_SESSION)}.")
    return costs
