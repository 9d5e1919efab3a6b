"""The evaluation where there is nothing to find, and where it is known what there is.

    python benchmarks/evidence/null_power.py [--part null|model|permutation|planted] [--corpora N]

Corpora are drawn or simulated, never read. `cross_validate`, `figures` and `permutation_test` are
called as a user calls them, with folds balanced on the ratings. Shares stand with their exact
(Clopper-Pearson) 95 % interval. Prints Markdown.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
import pyarrow as pa
from scipy import stats
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import alliance_features as af

ICC = 0.5
# What a planted effect shows in; features that say nearly the same share their contribution.
LENGTH = [
    f"{role}__{name}_n" for role in ("therapist", "client", "dyad") for name in ("words", "turns")
]
RIDGE = make_pipeline(StandardScaler(), Ridge(30.0))


def share(hits: list[bool]) -> str:
    """Return a share with its exact binomial interval."""
    test = stats.binomtest(sum(map(bool, hits)), len(hits))
    low, high = test.proportion_ci()
    return f"{test.statistic:.3f} [{low:.3f}, {high:.3f}]"


def corpus(rng: np.random.Generator, n_clients: int, n_sessions: int, n_features: int):
    """Draw sessions, features and a rating that have nothing to do with each other."""
    sizes = 1 + rng.multinomial(n_sessions - n_clients, [1 / n_clients] * n_clients)
    clients = np.repeat(np.arange(n_clients), sizes)
    between = rng.normal(size=(n_clients, n_features + 1))[clients]
    values = np.sqrt(ICC) * between + np.sqrt(1 - ICC) * rng.normal(size=between.shape)
    columns = {f"own__{place}": values[:, place] for place in range(n_features)}
    table = {
        "session_id": [f"s{row}" for row in range(n_sessions)],
        "client_id": [f"c{client}" for client in clients],
    }
    return af.SessionMatrix.from_table(pa.table(table | columns)), values[:, -1]


def headline(predictions: pa.Table, rater: str) -> dict[str, dict]:
    """Return the figures of one rater by name."""
    rows = af.figures(predictions, draws=500, reference="training_mean").to_pylist()
    return {row["figure"]: row for row in rows if row["rater"] == rater and not row["against"]}


def study_null(n_corpora: int, seed: int, model: str) -> list[str]:
    """Return how often intervals of r cover 0 where there is no signal."""
    shape = (82, 793, 30) if model == "ridge" else (40, 200, 20)
    by_fold, pooled, r_fold, r_pooled, r2 = [], [], [], [], []
    for place in range(n_corpora):
        matrix, y = corpus(np.random.default_rng([seed, place]), *shape)
        rows = {"ridge": RIDGE} if model == "ridge" else {"signals": None}
        found = headline(af.cross_validate(matrix, y, models=rows, seed=place).predictions, model)
        r, all_folds = found["r"], found["pooled_r"]
        if r["low"] is None:
            continue
        by_fold.append(r["low"] <= 0 <= r["high"])
        pooled.append(all_folds["low"] <= 0 <= all_folds["high"])
        r_fold.append(r["estimate"])
        r_pooled.append(all_folds["estimate"])
        r2.append(found["r2"]["estimate"])
    n = len(by_fold)
    return [
        f"{n} of {n_corpora} corpora with a headline; {shape[1]} sessions of {shape[0]} clients, "
        f"{shape[2]} features, ICC {ICC}, model `{model}`, 5 folds balanced on the rating.",
        "",
        "| interval of r | covers 0 | mean of r |",
        "|---|---|---|",
        f"| corrected t over folds (headline) | {share(by_fold)} | {np.mean(r_fold):+.4f} |",
        f"| pooled, clients resampled (conditional) | {share(pooled)} | {np.mean(r_pooled):+.4f} |",
        "",
        f"Mean R2 against the training mean: {np.mean(r2):+.4f}.",
    ]


def study_permutation(n_corpora: int, n_permutations: int, seed: int) -> list[str]:
    """Return whether the permutation p is uniform without a signal, through the whole pipeline."""
    p = []
    for place in range(n_corpora):
        matrix, y = corpus(np.random.default_rng([seed, 1, place]), 20, 100, 8)
        found = af.permutation_test(
            matrix, y, permutations=n_permutations, model=RIDGE, n_folds=3, seed=place
        )
        p.append(float(found.p[0]))
    rng = np.random.default_rng([seed, 2])
    spread = np.array(p) - rng.random(len(p)) / (n_permutations + 1)  # p is discrete
    ks = stats.kstest(spread, "uniform")
    return [
        f"{n_corpora} corpora, {n_permutations} permutations each, 100 sessions of 20 clients, "
        "8 features, ridge, 3 folds made anew for each permutation.",
        "",
        f"Mean p {np.mean(p):.3f}; p <= .05: {share([one <= 0.05 for one in p])}; p <= .2: "
        f"{share([one <= 0.2 for one in p])}; Kolmogorov-Smirnov {ks.statistic:.3f}, "
        f"p {ks.pvalue:.3f}.",
    ]


def study_planted(n_corpora: int, seed: int) -> list[str]:
    """Return whether planted effects come back in sign and in rank, and nothing without them."""
    signs: dict[str, list[bool]] = {}
    sizes: dict[str, list[float]] = {}
    ranks, r_planted, r_null = [], [], []
    planted = {"i": -0.5, "filled_pauses": 0.4, "synchrony": 0.3, "length": 0.2}
    truth: dict = {}
    for place in range(n_corpora):
        for effects in (planted, {}):
            made = af.simulate(60, 400, n_turns=40, effects=effects, seed=seed + place)
            matrix = af.SessionMatrix.of(made.sessions, words=False)
            ratings = af.ratings_matrix(
                made.ratings, perspective="client", session_ids=matrix.session_ids
            )
            y = dict(zip(ratings.dimensions, ratings.y.T, strict=True))
            result = af.cross_validate(matrix, y, models=["signals"], bounds=(1.0, 5.0), seed=place)
            rows = af.figures(result.predictions, draws=10).to_pylist()
            of_fold = [
                row["estimate"]
                for row in rows
                if (row["rater"], row["figure"]) == ("signals", "r") and row["estimate"] is not None
            ]
            (r_planted if effects else r_null).append(float(np.mean(of_fold)))
            if not effects:
                continue
            truth = made.truth["signals"]
            model = af.AllianceRegressor(features="core", bounds=(1.0, 5.0))
            why = model.fit(matrix, y, groups=matrix.clients).explain(matrix)
            found = {}
            for name, what in truth.items():
                shown = LENGTH if name == "length" else [what["feature"]]
                columns = [why.names.index(one) for one in shown]
                given = why.contributions[:, :, columns].sum(axis=2).mean(axis=1)
                value = matrix.signals[:, matrix.names.index(what["feature"])]
                known = ~np.isnan(value)
                slope = np.polyfit(value[known], given[known], 1)[0] * value[known].std()
                found[name] = slope * what["sign"]
                signs.setdefault(name, []).append(np.sign(found[name]) == np.sign(planted[name]))
                sizes.setdefault(name, []).append(found[name])
            order = list(planted)
            ranks.append(
                stats.spearmanr(
                    [abs(planted[name]) for name in order], [abs(found[name]) for name in order]
                ).statistic
            )
    lines = [
        f"{n_corpora} corpora of 400 synthetic sessions of 60 clients (40 turns), `simulate`; the "
        "contribution of a feature (of length: of the numbers of words and turns together) by one "
        "SD of it, mean of goal, task and bond, in points.",
        "",
        "| effect | feature | planted correlation | contribution a SD | sign recovered |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| {name} | `{truth[name]['feature']}` | {planted[name]:+.1f} "
        f"| {np.mean(sizes[name]):+.3f} | {sum(signs[name])} of {len(signs[name])} |"
        for name in planted
    ]
    return [
        *lines,
        "",
        f"Rank correlation of planted and recovered sizes: mean {np.mean(ranks):.2f}. Headline r "
        f"of `signals`: {np.mean(r_planted):.3f} (planted), {np.mean(r_null):+.3f} (nothing "
        "planted).",
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--part", choices=("null", "model", "permutation", "planted"))
    parser.add_argument("--corpora", type=int, help="500, 60, 100 and 6 if left out")
    parser.add_argument("--permutations", type=int, default=49)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    n, seed = given.corpora, given.seed
    parts = {
        "null": ("No signal, ridge", lambda: study_null(n or 500, seed, "ridge")),
        "model": ("No signal, the model of signals", lambda: study_null(n or 60, seed, "signals")),
        "permutation": (
            "Permutation p",
            lambda: study_permutation(n or 100, given.permutations, seed),
        ),
        "planted": ("Planted effects", lambda: study_planted(n or 6, seed)),
    }
    for name, (title, study) in parts.items():
        if given.part in (None, name):
            begin = time.perf_counter()
            lines = study()
            print(f"## {title}\n", *lines, f"\n({time.perf_counter() - begin:.0f} s)\n", sep="\n")


if __name__ == "__main__":
    main()
