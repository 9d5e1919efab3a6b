"""Figures of Ryu et al. 2023 recomputed from its public feature table (28 dyads).

    python benchmarks/evidence/ryu.py FOLDER

FOLDER holds `language.csv` of the study (iScience 26:106860, doi:10.1016/j.isci.2023.106860).
Only aggregate numbers are printed. Exploratory: 28 dyads, 927 usable features.
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path

import numpy as np
from scipy import stats

TARGET = "Patient Alliance"


class Table:
    """Columns of the study's table by first occurrence of their name."""

    def __init__(self, path: Path) -> None:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            header, *self.rows = csv.reader(stream)
        self.place: dict[str, int] = {}
        for index, name in enumerate(header):
            self.place.setdefault(name, index)

    def column(self, name: str) -> np.ndarray:
        """Return a column as numbers, NaN where empty."""
        cells = [row[self.place[name]] for row in self.rows]
        return np.array([float(cell) if cell not in ("", "NA") else np.nan for cell in cells])


def log_percentage(values: np.ndarray) -> np.ndarray:
    """Return the log of LIWC percentages, 0 taken as .01: the study's scale."""
    return np.log(np.where(values == 0, 0.01, values))


def partial_spearman(x: np.ndarray, y: np.ndarray, control: np.ndarray) -> tuple[float, float]:
    """Spearman correlation given a control, with its two-sided t test (n - 3 df)."""
    xy, xc, yc = (stats.spearmanr(a, b).statistic for a, b in ((x, y), (x, control), (y, control)))
    r = (xy - xc * yc) / np.sqrt((1 - xc**2) * (1 - yc**2))
    df = x.size - 3
    return float(r), float(2 * stats.t.sf(abs(r) * np.sqrt(df / (1 - r**2)), df))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path, help="folder that holds language.csv")
    table = Table(parser.parse_args().folder / "language.csv")
    rating = table.column(TARGET)
    print(f"n = {rating.size} dyads, client-rated alliance (WAI total)\n")
    print("| signal | r, log percentage | r, percentage | rho |")
    print("|---|---|---|---|")
    for title, name in (
        ("therapist first person singular", "Therapist_i"),
        ("client nonfluencies", "Patient_nonflu"),
        ("client fillers (like, you know)", "Patient_filler"),
    ):
        x = table.column(name)
        logged = stats.pearsonr(log_percentage(x), rating).statistic
        print(
            f"| {title} | {logged:+.3f} | {stats.pearsonr(x, rating).statistic:+.3f} "
            f"| {stats.spearmanr(x, rating).statistic:+.3f} |"
        )
    r, p = partial_spearman(
        table.column("Patient_AUX,INTJ"), rating, np.log(table.column("Number of Visits"))
    )
    print(f"\nClient's AUX -> INTJ, Spearman given log visits: {r:+.3f} (two-sided p {p:.3f})")


if __name__ == "__main__":
    main()
