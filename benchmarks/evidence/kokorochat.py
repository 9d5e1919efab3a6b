"""Client ratings of KokoroChat predicted from signals, words and both, clients apart.

    python benchmarks/evidence/kokorochat.py FOLDER [--part PART] [--seed 0]

FOLDER holds `sessions_en.jsonl.gz` and `ratings.csv` in the layout of `read_sessions` (Qi et al.,
ACL 2025; English by Suzuki et al., LREC 2026; CC BY-NC-ND 4.0: measure only). Aggregate numbers
are printed, as Markdown; nothing of a session is. Role-played chats, rated by the counsellor who
played the client, in English translation: goal, task and bond are proxies and not the WAI.

Five folds by client, alike in the mean and SD of all targets (`make_folds`). Everything fitted is
fitted on training folds. Intervals of pooled r come from a bootstrap over clients, given the fitted
models. The reference is in `kokorochat_data.ridge`.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from columns import kokorochat_rows
from kokorochat_data import LAST_TURNS, Data, read, ridge

from alliance_features.evaluation.folds import make_folds
from alliance_features.model.regressor import AllianceRegressor
from alliance_features.stats.bootstrap import cluster_bootstrap, paired_difference
from alliance_features.stats.intervals import corrected_t
from alliance_features.stats.metrics import mae, pearson, within_between

DRAWS = 2000


Predict = Callable[[Data, np.ndarray, np.ndarray, np.ndarray], np.ndarray]


def model(inputs: str, features: Sequence[str]) -> Predict:
    """Return what fits an `AllianceRegressor` on some rows and predicts others."""

    def run(data: Data, y: np.ndarray, train: np.ndarray, test: np.ndarray) -> np.ndarray:
        seen = data.matrix.select(features)
        fitted = AllianceRegressor(inputs, features="all").fit(
            seen[train],
            y[train] if y.shape[1] > 1 else y[train, 0],
            groups=data.clients[train],
        )
        return fitted.predict(seen[test])

    return run


def median(data: Data, y: np.ndarray, train: np.ndarray, test: np.ndarray) -> np.ndarray:
    """Return the training median."""
    return np.tile(np.median(y[train], axis=0), (test.size, 1))


def folds_of(data: Data, seed: int) -> np.ndarray:
    """Deal clients to five folds."""
    return make_folds(data.targets, data.clients.tolist(), seed=seed).assignments[0]


def predict(data: Data, y: np.ndarray, folds: np.ndarray, run: Predict) -> np.ndarray:
    """Return predictions of sessions by models that saw none of their client."""
    found = np.full(y.shape, np.nan)
    for fold in np.unique(folds):
        train, test = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
        found[test] = run(data, y, train, test).reshape(test.size, -1)
    return found


def interval(estimate: float, low: float, high: float) -> str:
    return f"{estimate:.3f} ({low:.3f} to {high:.3f})"


def report(data: Data, folds: np.ndarray, found: dict[str, tuple[int, np.ndarray]]) -> None:
    """Print a row a model: r by fold, pooled, errors, within and between clients."""
    y = data.targets[:, 0]
    share = 1 / np.unique(folds).size
    reference = found["TF-IDF ridge"][1][:, 0]
    print(
        "| row | signals | r by fold: mean, SD (95 %) | pooled r (95 %) | pooled r less the "
        "ridge's (95 %) | MAE | r within clients | r between clients |\n" + "|---" * 8 + "|"
    )
    for title, (n, predicted) in found.items():
        p = predicted[:, 0]
        by_fold = [pearson(y[folds == fold], p[folds == fold]) for fold in np.unique(folds)]
        t = corrected_t(by_fold, test_share=share)
        pooled = cluster_bootstrap(y, p, data.clients, draws=DRAWS)["pearson"]
        less = paired_difference(y, p, reference, data.clients, draws=DRAWS)
        within, between = within_between(p, y, data.clients)
        print(
            f"| {title} | {n or '-'} | {t.estimate:.3f}, {np.std(by_fold, ddof=1):.3f} "
            f"({t.low:.3f} to {t.high:.3f}) "
            f"| {interval(pooled.estimate, pooled.low, pooled.high)} | "
            + (
                "-"
                if title == "TF-IDF ridge"
                else f"{less.estimate:+.3f} ({less.low:+.3f} to {less.high:+.3f})"
            )
            + f" | {mae(y, p):.2f} | {within:.3f} | {between:.3f} |",
            flush=True,
        )


def report_proxies(data: Data, found: dict[str, tuple[int, np.ndarray]]) -> None:
    """Print pooled r for the proxies of goal, task and bond."""
    print("\nProxies, pooled r:\n\n| row | goal | task | bond |\n|---|---|---|---|")
    for title, (_, p) in found.items():
        if p.shape[1] > 1:
            cells = [pearson(data.targets[:, place], p[:, place]) for place in (1, 2, 3)]
            print(f"| {title} | {' | '.join(f'{one:.3f}' for one in cells)} |")


def study(data: Data, folds: np.ndarray, *, families: bool) -> dict[str, tuple[int, np.ndarray]]:
    """Return the number of signals and the predictions of each row."""
    rows = kokorochat_rows(data.matrix.names)
    total, targets = data.targets[:, :1], data.targets
    plain, names = rows["signals"], rows["signals, with closing"]
    found: dict[str, tuple[int, np.ndarray]] = {}
    for title, chosen in rows.items():
        if families or title in ("length only", "core", "signals", "signals, with closing"):
            y = targets if title in ("length only", "signals") else total
            found[title] = (len(chosen), predict(data, y, folds, model("signals", chosen)))
    found["TF-IDF ridge"] = (0, predict(data, targets, folds, ridge))
    found["words"] = (0, predict(data, targets, folds, model("words", plain)))
    found["signals and words"] = (len(plain), predict(data, targets, folds, model("both", plain)))
    both = predict(data, total, folds, model("both", names))
    found["signals and words, with closing"] = (len(names), both)
    return found


def seeds(data: Data, which: Sequence[int]) -> None:
    """Print pooled r by the seed of the folds: what was chosen on one deal, on others."""
    rows = kokorochat_rows(data.matrix.names)
    plain, names = rows["signals"], rows["signals, with closing"]
    runs: dict[str, Predict] = {
        "signals": model("signals", plain),
        "signals, with closing": model("signals", names),
        "TF-IDF ridge": ridge,
        "words": model("words", plain),
        "signals and words": model("both", plain),
        "signals and words, with closing": model("both", names),
    }
    total = data.targets[:, :1]
    print("\n### Other deals of clients to folds, pooled r")
    print("\n| seed of the folds | " + " | ".join(runs) + " |\n" + "|---" * (len(runs) + 1) + "|")
    for seed in which:
        folds = folds_of(data, seed)
        cells = [pearson(total[:, 0], predict(data, total, folds, r)[:, 0]) for r in runs.values()]
        print(f"| {seed} | " + " | ".join(f"{one:.3f}" for one in cells) + " |", flush=True)


def items(data: Data, folds: np.ndarray) -> None:
    """Print how well single items, 0 to 5, are met by rounded predictions."""
    rows = kokorochat_rows(data.matrix.names)
    found = {
        "training median": predict(data, data.items, folds, median),
        "TF-IDF ridge": predict(data, data.items, folds, ridge),
        "signals": predict(data, data.items, folds, model("signals", rows["signals"])),
        "words": predict(data, data.items, folds, model("words", rows["signals"])),
    }
    found["signals and words (mean of the two)"] = (found["signals"] + found["words"]) / 2
    print("\nSingle items, 0 to 5, predictions rounded (20 items):\n")
    print("| row | accuracy | within one | MAE |\n|---|---|---|---|")
    for title, p in found.items():
        off = np.abs(np.clip(np.rint(p), 0, 5) - data.items)
        print(f"| {title} | {(off == 0).mean():.3f} | {(off <= 1).mean():.3f} | {off.mean():.3f} |")


def closing(whole: Data, data: Data, folds: np.ndarray) -> None:
    """Print what is left where the last turns of every session are cut off before measuring."""
    plain = kokorochat_rows(data.matrix.names)["signals"]
    rows = {
        "signals": (len(plain), model("signals", plain)),
        "TF-IDF ridge": (0, ridge),
        "words": (0, model("words", plain)),
        "signals and words": (len(plain), model("both", plain)),
    }
    total = data.targets[:, :1]
    report(data, folds, {t: (n, predict(data, total, folds, run)) for t, (n, run) in rows.items()})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path, help="folder of the data set")
    parser.add_argument("--part", choices=("main", "items", "closing", "seeds", "all98"))
    parser.add_argument("--seed", type=int, default=0, help="of the folds")
    given = parser.parse_args()
    begin = time.perf_counter()
    everything, unflagged = read(given.folder)
    data = everything.rows(np.flatnonzero(unflagged))
    folds = folds_of(data, given.seed)
    if given.part in (None, "main"):
        print(
            f"### Total score, unflagged: {len(data.clients):,} sessions, "
            f"{np.unique(data.clients).size} clients\n"
        )
        found = study(data, folds, families=True)
        report(data, folds, found)
        report_proxies(data, found)
    if given.part in (None, "items"):
        items(data, folds)
    if given.part in (None, "closing"):
        cut = read(given.folder, cut=True)[0].rows(np.flatnonzero(unflagged))
        print(f"\n### The last {LAST_TURNS} turns of every session cut off before it is measured\n")
        closing(data, cut, folds)
    if given.part in (None, "seeds"):
        seeds(data, range(given.seed + 1, given.seed + 5))
    if given.part in (None, "all98"):
        folds = folds_of(everything, given.seed)
        print(f"\n### Flagged ones too: {len(everything.clients):,} sessions\n")
        report(everything, folds, study(everything, folds, families=False))
    print(f"\n{time.perf_counter() - begin:.0f} s")


if __name__ == "__main__":
    main()
