"""The rated alliance on 28 dyads of Ryu et al. 2023, and on made-up courses with a known change.

    python benchmarks/evidence/lens.py FOLDER [--corpora 500]

FOLDER holds `language.csv` of the study (iScience 26:106860, doi:10.1016/j.isci.2023.106860). It
is turned into ratings and signals in a temporary folder and goes through `alliance-features rated`.
Only aggregate numbers are printed.
"""

from __future__ import annotations

import argparse
import csv
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from ryu import Table, log_percentage
from scipy import stats

from alliance_features.perspectives.clusters import Clusters, Options, intervals_of, moments
from alliance_features.perspectives.courses import make_courses
from alliance_features.perspectives.improvement import share_rows
from alliance_features.stats.bootstrap import cluster_bootstrap, paired_difference

SIGNALS = {
    "therapist__i_rate": "Therapist_i",
    "client__filled_pause_rate": "Patient_nonflu",
    "client__i_rate": "Patient_i",
    "therapist__filled_pause_rate": "Therapist_nonflu",
    "client__words_n": "Patient_WC",
    "therapist__words_n": "Therapist_WC",
}
LOGGED = ("therapist__i_rate", "client__filled_pause_rate")
SHOWN = ("r_client", "r_therapist", "r_difference", "r_gap", "partial_client", "partial_therapist")


def convert(table: Table, folder: Path) -> tuple[Path, Path]:
    """Write the study's dyads as our ratings and signals."""
    client, therapist = table.column("Patient Alliance"), table.column("Therapist Alliance")
    visits = table.column("Number of Visits")
    rows = [
        (f"d{k}", f"d{k}", int(visits[k]), side, side, "WAI-S", "total", score, 12, 84)
        for side, scores in (("client", client), ("therapist", therapist))
        for k, score in enumerate(scores)
    ]
    columns = {name: table.column(source) for name, source in SIGNALS.items()}
    columns |= {f"{name}_log": log_percentage(columns[name]) for name in LOGGED}
    ratings, signals = folder / "ratings.csv", folder / "signals.csv"
    header = (
        *("session_id", "client_id", "session_number", "rater", "perspective"),
        *("instrument", "dimension", "score", "scale_min", "scale_max"),
    )
    with ratings.open("w", newline="") as stream:
        csv.writer(stream).writerows([header, *rows])
    with signals.open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["session_id", *columns])
        writer.writerows(zip((f"d{k}" for k in range(client.size)), *columns.values(), strict=True))
    return ratings, signals


def run_command(ratings: Path, signals: Path, output: Path) -> None:
    """Call the command as a user does."""
    code = "from alliance_features.cli import main; main()"
    arguments = ["rated", ratings, "--signals", signals, "-o", output, "--draws", "10000"]
    environment = {**os.environ, "ALLIANCE_FEATURES_HASH_KEY": "benchmarks-evidence-lens"}
    subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        check=True,
        capture_output=True,
        env=environment,
    )


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def cell(row: dict[str, str]) -> str:
    if row["low"] == "":
        return f"{float(row['estimate']):+.3f}" if row["estimate"] else "-"
    return f"{float(row['estimate']):+.2f} [{float(row['low']):+.2f}, {float(row['high']):+.2f}]"


def dyads(folder: Path) -> None:
    table = Table(folder / "language.csv")
    with tempfile.TemporaryDirectory() as place:
        ratings, signals = convert(table, Path(place))
        run_command(ratings, signals, Path(place) / "out")
        agreement = read(Path(place) / "out" / "agreement.csv")
        lens = read(Path(place) / "out" / "lens.csv")
    print("### 28 dyads, total of the WAI short form (12 to 84), therapist less client\n")
    print("| figure | estimate | n |\n|---|---:|---:|")
    for row in agreement:
        print(f"| {row['figure']} | {cell(row)} | {row['n_sessions']} |")
    print(f"\n| signal | {' | '.join(SHOWN)} | R2 gain client | p of difference |")
    print("|---|" + "---:|" * (len(SHOWN) + 2))
    for name in dict.fromkeys(row["signal"] for row in lens):
        of = {row["figure"]: row for row in lens if row["signal"] == name}
        cells = [cell(of[figure]) for figure in (*SHOWN, "r2_gain_client")]
        p = of["r_difference"]["p"]
        print(f"| {name} | {' | '.join(cells)} | {float(p):.3f} |" if p else f"| {name} | - |")
    client, therapist = table.column("Patient Alliance"), table.column("Therapist Alliance")
    print(
        "\nThe same difference by the percentile bootstrap of dyads (10,000 draws), for reference:"
    )
    for name in LOGGED:
        x = table.column(SIGNALS[name])
        for title, values in ((name, x), (f"{name}_log", log_percentage(x))):
            found = paired_difference(values, client, therapist, range(len(client)), draws=10_000)
            print(
                f"- {title}: {found.estimate:+.2f} [{found.low:+.2f}, {found.high:+.2f}], "
                f"p {found.p:.3f}"
            )
    gap = cluster_bootstrap(client, therapist, range(len(client)), metrics=["bias"], draws=10_000)
    print(f"- gap: {gap['bias'].estimate:+.1f} [{gap['bias'].low:+.1f}, {gap['bias'].high:+.1f}]")


def known_change(corpora: int) -> None:
    """Print reliable-change shares where the true change of every client is known."""
    print("\n### Courses with a known change\n")
    print(
        f"{corpora} corpora of 82 clients with 3 to 16 sessions, session noise SD .5, no ends of "
        "the scale. A client changes by a steady slope; true late minus early is what the slope "
        "makes between the means of the two thirds. Expected is computed from the true noise, "
        "change and number of sessions of each client.\n"
    )
    print(
        "| slope a session | reliably improved | expected | reliably worse | expected | "
        "improved by a level | expected | by noise (printed) |"
    )
    print("|---:|---:|---:|---:|---:|---:|---:|---:|")
    for slope in (0.0, 0.05, 0.1, -0.1):
        print(_changed(slope, corpora))


def _changed(slope: float, corpora: int) -> str:
    rng = np.random.default_rng(11)
    found = {name: [] for name in ("reliably_improved", "reliably_worse", "improved")}
    expected = {name: [] for name in found}
    printed = []
    for _ in range(corpora):
        sizes = rng.integers(3, 17, size=82)
        client = np.repeat(np.arange(82), sizes)
        number = np.concatenate([np.arange(1.0, n + 1) for n in sizes])
        level = rng.normal(0, 0.8, 82)[client]
        y = level + slope * number + rng.normal(0, 0.5, number.size)
        courses = make_courses(y, client.astype(str).tolist(), [None] * y.size, number)
        shares = {row["figure"]: row for row in share_rows(courses)}
        for name in found:
            found[name].append(shares[name]["share"])
        printed.append(shares["improved"]["by_noise"])
        for name, value in _expected(sizes, slope).items():
            expected[name].append(value)
    cells = [
        f"{np.mean(values):.2%} | {np.mean(expected[name]):.2%}" for name, values in found.items()
    ]
    return f"| {slope:+.2f} | {' | '.join(cells)} | {np.mean(printed):.2%} |"


def _expected(sizes: np.ndarray, slope: float) -> dict[str, float]:
    """Return the expected shares from the true values of a corpus."""
    up, down, level = [], [], []
    for n in sizes:
        number = np.arange(1.0, n + 1)
        early, late = number[3 * (number - 1) < n], number[3 * (number - 1) >= 2 * n]
        change = slope * (late.mean() - early.mean())
        se = 0.5 * np.sqrt(1 / early.size + 1 / late.size)
        up.append(stats.norm.sf(1.96 - change / se))
        down.append(stats.norm.cdf(-1.96 - change / se))
        level.append(stats.norm.sf((1.0 - change) / se))
    return {
        "reliably_improved": float(np.mean(up)),
        "reliably_worse": float(np.mean(down)),
        "improved": float(np.mean(level)),
    }


def twelve_sessions(corpora: int) -> None:
    """Print how often the interval of the gap of a 12-session condition holds the true gap."""
    print("\n### Coverage of the gap of a condition with 12 sessions\n")
    print(
        f"{corpora} corpora; gap of a session = -.3 + client (SD .4) + session (SD .5). Intervals "
        "of the command (t of a jackknife over clients) against sessions taken as independent.\n"
    )
    print("| clients | sessions each | command | independent sessions |\n|---:|---:|---:|---:|")
    for clients in (12, 6, 4):
        rng = np.random.default_rng(12)
        held, naive = 0, 0
        labels = np.repeat(np.arange(clients), 12 // clients)
        for _ in range(corpora):
            gap = -0.3 + rng.normal(0, 0.4, clients)[labels] + rng.normal(0, 0.5, 12)
            found = intervals_of(
                lambda which, gap=gap: moments(gap[:, None], which)[0],
                Clusters("client", labels.astype(str).tolist()),
                Options(draws=1, seed=0, level=0.95),
                bounded=[False],
            )[0]
            held += found.low <= -0.3 <= found.high
            reach = stats.t.ppf(0.975, 11) * gap.std(ddof=1) / np.sqrt(12)
            naive += abs(gap.mean() + 0.3) <= reach
        cells = []
        for count in (held, naive):
            ends = stats.binomtest(int(count), corpora).proportion_ci(method="wilson")
            cells.append(f"{count / corpora:.3f} [{ends.low:.3f}, {ends.high:.3f}]")
        print(f"| {clients} | {12 // clients} | {' | '.join(cells)} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path, help="folder that holds language.csv")
    parser.add_argument("--corpora", type=int, default=500, help="made-up corpora a row")
    arguments = parser.parse_args()
    dyads(arguments.folder)
    known_change(arguments.corpora)
    twelve_sessions(4 * arguments.corpora)


if __name__ == "__main__":
    main()
