"""CARE's published table beside a constant, and beside a new rater if there is one.

    python benchmarks/evidence/care_table.py [FOLDER]

`care_table2.csv` holds the published figures (Li et al. 2026, arXiv:2602.20648, table 2: mean and
SD over five folds of r, rho and MSE; human counsellors pooled) as facts, and the MSE of a constant,
which we derived from the folds' means and SDs of its table 1: the mean of the other four folds
predicts each fold. FOLDER is what `compare` or `evaluate` wrote: its raters follow, by fold.
Prints Markdown.
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path

from resampled import table

DIMENSIONS = ("goal", "task", "bond")
FIGURES = ("r", "rho", "mse")
FACTS = Path(__file__).with_name("care_table2.csv")
#: Sessions, mean and SD of each fold, CARE table 1.
SIZES = (147, 154, 157, 171, 164)
FOLDS = {
    "goal": ((3.74, 1.07), (3.71, 1.12), (4.15, 0.81), (4.11, 0.93), (3.69, 1.05)),
    "task": ((3.52, 1.15), (3.51, 1.06), (3.97, 0.86), (3.87, 0.98), (3.36, 1.10)),
    "bond": ((3.74, 1.06), (4.05, 0.91), (4.31, 0.80), (4.22, 0.87), (3.99, 0.93)),
}
CAVEAT = (
    "The published model was chosen among checkpoints on the fold that is then reported, which is "
    "optimistic; no differences were tested; the human row is pooled. Figures of another corpus "
    "stand beside these for orientation only: other clients, ratings, language and split."
)


def constant(dimension: str) -> list[float]:
    """Return the MSE of the mean of the other folds in each fold."""
    folds = FOLDS[dimension]
    found = []
    for place, (mean, sd) in enumerate(folds):
        others = [
            (n, m) for k, (n, (m, _)) in enumerate(zip(SIZES, folds, strict=True)) if k != place
        ]
        other = sum(n * m for n, m in others) / sum(n for n, _ in others)
        n = SIZES[place]
        found.append(sd**2 * (n - 1) / n + (mean - other) ** 2)
    return found


def published() -> dict[str, dict[tuple[str, str], tuple[str, str]]]:
    """Return mean and SD by rater, dimension and figure, as text."""
    found: dict[str, dict[tuple[str, str], tuple[str, str]]] = {}
    with FACTS.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            place = row["dimension"], row["figure"]
            found.setdefault(row["rater"], {})[place] = row["mean"], row["sd"]
    return found


def own(folder: Path) -> dict[str, dict[tuple[str, str], tuple[str, str]]]:
    """Return the same of the raters of an output folder."""
    files = [folder / name for name in ("comparison.csv", "table.csv")]
    path = next((one for one in files if one.is_file()), None)
    if path is None:
        raise SystemExit(f"{folder}: holds neither comparison.csv nor table.csv.")
    found: dict[str, dict[tuple[str, str], tuple[str, str]]] = {}
    with path.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            if row["track"] == "all" and row["figure"] in FIGURES and row["estimate"]:
                shown = [f"{float(row[k]):.2f}" if row[k] else "" for k in ("estimate", "sd")]
                found.setdefault(row["rater"], {})[row["dimension"], row["figure"]] = tuple(shown)
    return found


def rows_of(found: dict[str, dict[tuple[str, str], tuple[str, str]]]) -> list[list[str]]:
    """Return one row a rater."""
    rows = []
    for rater, cells in found.items():
        row = [rater]
        for dimension in DIMENSIONS:
            for figure in FIGURES:
                mean, sd = cells.get((dimension, figure), ("n/a", ""))
                row.append(f"{mean} ({sd})" if sd else mean)
        rows.append(row)
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path, nargs="?")
    options = parser.parse_args()
    header = ["rater", *(f"{d} {'MSE' if f == 'mse' else f}" for d in DIMENSIONS for f in FIGURES)]
    facts = published()
    print("# CARE's table 2 beside a constant\n")
    print(table(header, rows_of(facts)))
    print(f"\n{CAVEAT}\n")
    print("MSE of a constant, made again from the folds of table 1, and who is below it:\n")
    lines = []
    for dimension in DIMENSIONS:
        values = constant(dimension)
        mean = sum(values) / len(values)
        sd = (sum((v - mean) ** 2 for v in values) / (len(values) - 1)) ** 0.5
        below = [
            f"{rater} {cells[dimension, 'mse'][0]}"
            for rater, cells in facts.items()
            if (dimension, "mse") in cells
            and not rater.startswith("constant")
            and float(cells[dimension, "mse"][0]) < round(mean, 2)
        ]
        lines.append([dimension, f"{mean:.2f} ({sd:.2f})", ", ".join(below) or "none"])
    print(table(["dimension", "constant, MSE (SD)", "below it"], lines))
    if options.folder:
        print("\n### Raters of another corpus\n")
        print(table(header, rows_of(own(options.folder))))


if __name__ == "__main__":
    main()
