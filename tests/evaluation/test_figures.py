"""Every figure is what the stored predictions say, by two other ways of counting."""

import numpy as np
import pyarrow as pa
import pytest
from scipy import stats
from sklearn.linear_model import LinearRegression
from sklearn.metrics import average_precision_score, r2_score

import alliance_features as af
import naive_compare as naive
from alliance_features.comparison.recalibration import isotonic
from alliance_features.errors import ParameterError
from alliance_features.evaluation.figures import ERRORS, fold_values, recalibrated
from alliance_features.evaluation.predictions import predictions_table, read_stored
from prediction_rows import rows_of

ROWS = rows_of()


def table(rows):
    return pa.Table.from_pylist(rows)


def found(rows, **options):
    """Return figures by (track, rater, figure, against)."""
    result = af.figures(table(rows), draws=200, **options).to_pylist()
    return {(one["track"], one["rater"], one["figure"], one["against"]): one for one in result}


@pytest.fixture(scope="module")
def of_rows():
    return found(ROWS)


@pytest.mark.parametrize("name", ["r", "rho", "mse", "mae", "r2", "ccc", "recalibrated_mse"])
@pytest.mark.parametrize("repeats", [1, 2])
def test_by_fold_matches_naive(name, repeats):
    rows = rows_of(repeats=repeats)
    better = [row for row in rows if row["rater"] == "better"]
    values = naive.by_fold(better, getattr(naive, name))
    one = found(rows)["all", "better", name, None]
    assert one["n_folds"] == len(values) == 4 * repeats
    np.testing.assert_allclose(one["estimate"], naive.mean(values), rtol=1e-10)
    np.testing.assert_allclose(one["sd"], naive.sd(values), rtol=1e-10)
    reach = stats.t.ppf(0.975, len(values) - 1) * np.sqrt(
        (1 / len(values) + (1 / 4) / (3 / 4)) * np.var(values, ddof=1)
    )
    np.testing.assert_allclose(one["high"], one["estimate"] + reach, rtol=1e-10)


def test_pooled_figures_by_scipy_and_scikit_learn(of_rows):
    better = [row for row in ROWS if row["rater"] == "better"]
    y, p = map(np.array, naive.columns(better))
    value = {key[2]: one["estimate"] for key, one in of_rows.items() if key[1] == "better"}
    np.testing.assert_allclose(value["pooled_r"], stats.pearsonr(y, p).statistic, rtol=1e-12)
    line = LinearRegression().fit(p[:, None], y)
    np.testing.assert_allclose(value["calibration_slope"], line.coef_[0], rtol=1e-10)
    np.testing.assert_allclose(value["calibration_intercept"], line.intercept_, rtol=1e-10)
    np.testing.assert_allclose(value["bias"], (p - y).mean(), rtol=1e-12)
    low = y <= np.quantile(y, 0.1)
    np.testing.assert_allclose(value["low_base_rate"], low.mean(), rtol=1e-12)
    expected = average_precision_score(low, -p)
    np.testing.assert_allclose(value["low_average_precision"], expected, rtol=1e-12)
    within, between = naive.within_between(better)
    np.testing.assert_allclose(value["r_within"], within, rtol=1e-10)
    np.testing.assert_allclose(value["r_between"], between, rtol=1e-10)


def test_r2_is_against_the_training_mean_not_the_test_mean(of_rows):
    better = [row for row in ROWS if row["rater"] == "better"]
    own_mean = naive.by_fold(better, lambda inside, outside: r2_score(*naive.columns(inside)))
    assert of_rows["all", "better", "r2", None]["estimate"] > naive.mean(own_mean)
    means = dict(
        naive.by_fold(better, lambda i, o: (i[0]["fold"], naive.mean(naive.columns(o)[0])))
    )
    rows = [
        row | ({"predicted": means[row["fold"]]} if row["rater"] == "training_mean" else {})
        for row in ROWS
    ]
    assert abs(found(rows)["all", "training_mean", "r2", None]["estimate"]) < 1e-12


def test_a_constant_has_no_correlation(of_rows):
    for name in ("r", "rho", "ccc"):
        one = of_rows["all", "training_mean", name, None]
        assert (one["estimate"], one["low"], one["n_folds"]) == (None, None, 0)
    of_constant = {key[2] for key in of_rows if key[1] == "training_mean"}
    assert not of_constant & {"pooled_r", "r_within", "calibration_slope", "r_difference"}
    assert of_rows["all", "training_mean", "mse", None]["estimate"] > 0


def test_a_constant_that_differs_between_folds_has_none_either():
    rows = [row | {"predicted": row["predicted"] + row["fold"]} for row in ROWS]
    assert found(rows)["all", "training_mean", "r", None]["estimate"] is None
    assert ("all", "training_mean", "pooled_r", None) not in found(rows)


def test_differences_are_paired_by_fold_and_by_client(of_rows):
    raters = {name: [row for row in ROWS if row["rater"] == name] for name in ("better", "length")}
    by_fold = {name: naive.by_fold(rows, naive.r) for name, rows in raters.items()}
    gaps = [a - b for a, b in zip(by_fold["better"], by_fold["length"], strict=True)]
    one = of_rows["all", "better", "r_difference", "length"]
    np.testing.assert_allclose(one["estimate"], naive.mean(gaps), rtol=1e-10)
    pooled = of_rows["all", "better", "pooled_r_difference", "length"]
    assert (pooled["method"], pooled["p"] < 0.05) == ("jackknife_t", True)  # below 50 clients
    gain = of_rows["all", "better", "mse_difference", "training_mean"]
    everyone = {
        name: [r for r in ROWS if r["rater"] == name] for name in ("better", "training_mean")
    }
    expected = naive.mse(everyone["better"], []) - naive.mse(everyone["training_mean"], [])
    np.testing.assert_allclose(gain["estimate"], expected, rtol=1e-10)
    assert ("all", "length", "r_difference", "length") not in of_rows


def test_another_reference_can_be_named():
    named = found(ROWS, reference="better")
    assert ("all", "length", "r_difference", "better") in named
    with pytest.raises(
        ParameterError, match="`reference` is 'best', which is not among the raters"
    ):
        found(ROWS, reference="best")


def test_many_clients_are_resampled():
    many = found(rows_of(n_clients=60))
    assert many["all", "better", "pooled_r_difference", "length"]["method"] == "percentile"
    assert many["all", "better", "pooled_r", None]["method"] == "percentile"


def test_few_clients_get_other_intervals():
    few = found(rows_of(n_clients=12))
    assert few["all", "better", "pooled_r", None]["method"] == "jackknife_t"
    assert few["all", "better", "mse_difference", "length"]["method"] == "jackknife_t"


def test_therapists_are_resampled_where_they_cross_with_clients():
    rows = [row | {"therapist_id": f"t{int(row['session_id'].rsplit('-', 1)[1])}"} for row in ROWS]
    one, two = found(rows), found(rows, crossed=False)
    key = ("all", "better", "pooled_r", None)
    np.testing.assert_allclose(one[key]["estimate"], two[key]["estimate"], rtol=1e-12)
    assert one[key]["low"] != two[key]["low"]


def test_previous_rating_is_a_track_of_its_own():
    every = found(rows_of(previous=True))
    assert ("all", "previous_rating", "r", None) not in every
    later = every["later_sessions", "previous_rating", "r", None]
    better = every["later_sessions", "better", "r", None]
    assert (
        later["n_sessions"]
        == better["n_sessions"]
        < every["all", "better", "r", None]["n_sessions"]
    )
    rows = [row for row in rows_of(previous=True) if not row["session_id"].endswith("-0")]
    own = [row for row in rows if row["rater"] == "better"]
    np.testing.assert_allclose(
        better["estimate"], naive.mean(naive.by_fold(own, naive.r)), rtol=1e-10
    )


def test_the_order_of_rows_does_not_matter(of_rows):
    assert found(ROWS[::-1])["all", "better", "mse", None] == of_rows["all", "better", "mse", None]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda row: {"client_id": "one"}, "client 'one' is in folds . and . of repeat 0"),
        (lambda row: {"session_id": "s0-0", "client_id": "c"}, "two different values of `fold`"),
        (
            lambda row: {"session_id": "s0-0", "client_id": "c", "fold": 0, "score": 3.0},
            "hold a session twice on bond",
        ),
        (
            lambda row: {"score": 3.0 + (row["rater"] == "length")},
            "two different values of `score`",
        ),
    ],
)
def test_predictions_that_cannot_be_are_refused(change, message):
    with pytest.raises(ParameterError, match=message):
        found([row | change(row) for row in ROWS])


def test_missing_columns_are_named():
    with pytest.raises(ParameterError, match="lack the column `fold`"):
        af.figures(table(ROWS).drop_columns(["fold"]))


def test_folds_by_therapist_may_part_a_client():
    rows = [row | {"client_id": "one", "therapist_id": row["client_id"]} for row in ROWS]
    assert read_stored(table(rows), grouped_by="therapist")
    for grouping in ("client", "both"):
        with pytest.raises(ParameterError, match="The client 'one' is in folds"):
            read_stored(table(rows), grouped_by=grouping)


@pytest.mark.parametrize("way", [recalibrated, isotonic])
def test_recalibration_finds_nothing_where_there_is_nothing(way):
    skills = []
    for seed in range(12):
        rng = np.random.default_rng(seed)
        own = np.arange(200) % 20
        y = 3 + rng.normal(size=20)[own] * 0.7 + rng.normal(size=200) * 0.7
        ids, groups = [f"s{row}" for row in range(200)], [f"c{client}" for client in own]
        folds = af.Folds(tuple(ids), tuple(groups), (own % 5)[None], 5, 0)
        p = np.empty(200)  # as a model that learns nothing but the level of its training sessions
        for _, _, train, test in folds.splits():
            p[test] = y[train].mean() + rng.normal(size=test.size) * 1e-3
        table = predictions_table(
            *(ids, groups, [None] * 200, folds, ["bond"], y[:, None]),
            {"nothing": p[None, :, None]},
            perspective=None,
            instrument=None,
        )
        one = read_stored(table)["nothing", "bond"]
        skills.append(fold_values(way(one), ERRORS["r2"]).mean())
    assert np.mean(skills) < 0.0
