"""Figures of raters, by two other ways of counting."""

import numpy as np
import pytest
from scipy import stats
from sklearn.isotonic import IsotonicRegression

import naive_compare as naive
import naive_raters
from alliance_features.comparison.recalibration import isotonic, training_mean
from alliance_features.comparison.resamples import Resampled, Resampling
from alliance_features.evaluation.predictions import read_stored
from alliance_features.stats.dependent import williams
from alliance_features.stats.multiplicity import holm
from alliance_features.stats.resample import draw_clusters
from rater_tables import DIMENSIONS, RATINGS, SCORES, compared, rows_of


@pytest.fixture(scope="module")
def found():
    return compared(reference="expert")


@pytest.fixture(scope="module")
def value(found):
    """Return a function: rater, figure, against, dimension -> row."""
    rows = {
        (row["rater"], row["figure"], row["against"], row["dimension"]): row
        for row in found.figures.to_pylist()
    }
    return lambda rater, figure, against=None, dimension="goal": rows[
        rater, figure, against, dimension
    ]


def rows_of_rater(found, rater, dimension="goal"):
    return [
        row
        for row in found.predictions.to_pylist()
        if (row["rater"], row["dimension"]) == (rater, dimension)
    ]


@pytest.mark.parametrize("name", ["r", "rho", "mse", "mae", "r2", "ccc", "recalibrated_mse"])
def test_figures_by_fold_match_naive(found, value, name):
    values = naive.by_fold(rows_of_rater(found, "llm"), getattr(naive, name))
    one = value("llm", name)
    np.testing.assert_allclose(one["estimate"], naive.mean(values), rtol=1e-9)
    np.testing.assert_allclose(one["sd"], naive.sd(values), rtol=1e-9)


def test_isotonic_recalibration_matches_pooling_by_hand(found, value):
    def error(inside, outside):
        y, p = naive.columns(naive.levelled(outside))
        steps = naive_raters.rising_steps(p, y)
        return naive.mean(
            [(naive_raters.between(steps, row["predicted"]) - row["score"]) ** 2 for row in inside]
        )

    values = naive.by_fold(rows_of_rater(found, "llm"), error)
    np.testing.assert_allclose(value("llm", "isotonic_mse")["estimate"], naive.mean(values))
    mean = naive.by_fold(rows_of_rater(found, "training_mean"), naive.mse)
    skill = naive.mean([1 - a / b for a, b in zip(values, mean, strict=True)])
    np.testing.assert_allclose(value("llm", "isotonic_r2")["estimate"], skill)


def test_isotonic_recalibration_is_that_of_the_other_folds(found):
    one = read_stored(found.predictions)["llm", "goal"]
    done = isotonic(one)
    rows = one.folds[0] == 2
    y, p = one.y[0, ~rows].copy(), one.predicted[0, ~rows].copy()
    for fold in set(one.folds[0, ~rows]):
        own = one.folds[0, ~rows] == fold
        y[own] += one.y[0, ~rows].mean() - one.y[0, ~rows][own].mean()
        p[own] += one.predicted[0, ~rows].mean() - one.predicted[0, ~rows][own].mean()
    steps = IsotonicRegression(out_of_bounds="clip").fit(p, y)
    expected = steps.predict(one.predicted[0, rows])
    np.testing.assert_allclose(done.predicted[0, rows], expected, rtol=1e-12)
    changed = one.y.copy()
    changed[0, rows] = 1.0
    assert np.array_equal(
        isotonic(type(one)(*[*_fields(one)[:2], changed, *_fields(one)[3:]])).predicted[0, rows],
        done.predicted[0, rows],
    )


def _fields(one):
    names = ("rater", "dimension", "y", "predicted", "mean", "folds", "clients", "therapists")
    return [getattr(one, name) for name in names]


def test_the_training_mean_is_that_of_the_other_folds(found, value):
    rows = rows_of_rater(found, "training_mean")
    y, folds = [row["score"] for row in rows], [row["fold"] for row in rows]
    expected = naive_raters.training_means(y, folds)
    np.testing.assert_allclose([row["predicted"] for row in rows], expected, rtol=1e-12)
    got = training_mean(np.array(y)[:, None], np.array([folds]))
    np.testing.assert_allclose(got[0, :, 0], expected, rtol=1e-12)
    assert abs(value("training_mean", "r2")["estimate"]) < 1e-12
    assert value("training_mean", "r")["estimate"] is None


def test_pooled_figures_and_references_match_scipy(found, value):
    llm, expert = (rows_of_rater(found, name) for name in ("llm", "expert"))
    y, p = map(np.array, naive.columns(llm))
    q = np.array(naive.columns(expert)[1])
    r = [stats.pearsonr(*pair).statistic for pair in ((y, p), (y, q), (p, q))]
    np.testing.assert_allclose(value("llm", "pooled_r")["estimate"], r[0])
    rho = stats.spearmanr(y, p).statistic
    np.testing.assert_allclose(value("llm", "pooled_rho")["estimate"], rho)
    gap = value("llm", "pooled_r_difference", "expert")
    np.testing.assert_allclose(gap["estimate"], r[0] - r[1])
    shown = value("llm", "r_difference_williams", "expert")
    np.testing.assert_allclose(shown["p"], williams(*r, n=y.size).p)
    assert value("llm", "r_difference_zou", "expert")["low"] < gap["estimate"]
    assert gap["low"] < gap["estimate"] < gap["high"]
    np.testing.assert_allclose(value("llm", "bias")["estimate"], np.mean(p - y))


def test_differences_are_of_the_same_resamples(found):
    ones = read_stored(found.predictions)
    llm, expert = ones["llm", "goal"], ones["expert", "goal"]
    p = np.stack([llm.predicted[0], expert.predicted[0]], axis=1)
    y, clients = llm.y[0], llm.clients
    drawn = Resampled(y, p, clients, None, ("pearson",), Resampling(50, 3, 0.95))
    counts = draw_clusters(y.size, clients, None, 50, 3)
    expected = [
        naive_raters.resampled_difference(
            y.tolist(), *p.T.tolist(), counts.first_counts[d][counts.first], naive.pearson
        )
        for d in range(50)
    ]
    low, high = np.quantile(expected, [0.025, 0.975])
    one = drawn.difference("pearson", 0, 1)
    np.testing.assert_allclose([one.low, one.high], [low, high], rtol=1e-9)
    np.testing.assert_allclose(drawn.difference("pearson", 1, 0).high, -one.low, rtol=1e-12)


def test_holm_is_over_all_raters_and_dimensions_of_the_family(found):
    rows = [r for r in found.figures.to_pylist() if r["figure"] == "pooled_r_difference"]
    assert len(rows) == 2 * len(DIMENSIONS)
    expected = holm([row["p"] for row in rows])
    np.testing.assert_allclose([row["p_holm"] for row in rows], expected)
    others = [r["p_holm"] for r in found.figures.to_pylist() if r["figure"] == "mse_difference"]
    assert set(others) == {None}


def test_recalibration_takes_away_a_shift_that_raw_errors_show(value):
    assert value("llm", "r2")["estimate"] < value("llm", "recalibrated_r2")["estimate"]
    gain = value("llm", "recalibrated_mse_difference", "training_mean")
    assert gain["high"] < 0
    assert value("noise", "recalibrated_r2")["estimate"] < 0.1


def test_few_clients_get_a_jackknife_and_say_so():
    few = compared(*rows_of(n_clients=9))
    assert few.warnings["few_clients"] == 9
    gaps = [r for r in few.figures.to_pylist() if r["figure"] == "pooled_r_difference"]
    assert {row["method"] for row in gaps} == {"jackknife_t"}


def test_missing_scores_are_listed_and_take_the_session_from_all():
    gone = {"s0-0", "s1-0"}
    scores = [
        {**row, "score": None, "status": "refused"}
        if row["rater"] == "llm" and row["session_id"] in gone and row["dimension"] == "goal"
        else {**row, "status": "ok"}
        for row in SCORES
        if not (row["rater"] == "expert" and row["session_id"] == "s2-0")
    ]
    n = len({row["session_id"] for row in RATINGS})
    both = {on: compared(scores=scores, on=on) for on in ("complete", "each")}
    counts = {
        on: {(r["rater"], r["dimension"], r["status"]): r["n"] for r in found.counts}
        for on, found in both.items()
    }
    assert counts["complete"]["llm", "goal", "refused"] == 2
    assert counts["complete"]["expert", "goal", "absent"] == 1
    assert counts["complete"]["noise", "goal", "used"] == n - 3
    assert counts["complete"]["noise", "bond", "used"] == n - 1
    assert counts["each"]["noise", "goal", "used"] == n
    assert counts["each"]["llm", "goal", "used"] == n - 2
    used = {
        (row["rater"], row["n_sessions"])
        for row in both["complete"].figures.to_pylist()
        if row["dimension"] == "goal"
    }
    assert {size for _, size in used} == {n - 3}


def test_each_compares_two_raters_on_sessions_that_both_have():
    scores = [r for r in SCORES if not (r["rater"] == "expert" and r["session_id"] < "s2")]
    comparison = compared(scores=scores, on="each", reference="expert")
    common = {r["session_id"] for r in scores if r["rater"] == "expert"}
    kept = [r for r in SCORES if r["session_id"] in common]
    plain = compared([r for r in RATINGS if r["session_id"] in common], kept, reference="expert")
    pick = [
        next(
            row
            for row in one.figures.to_pylist()
            if (row["rater"], row["dimension"], row["figure"])
            == ("llm", "goal", "pooled_r_difference")
        )["estimate"]
        for one in (comparison, plain)
    ]
    np.testing.assert_allclose(*pick)


def test_the_order_of_rows_and_repetition_change_nothing(found):
    again = compared(RATINGS, SCORES[::-1], reference="expert")
    order = [("rater", "ascending"), ("dimension", "ascending"), ("figure", "ascending")]
    one, two = (each.figures.sort_by(order) for each in (found, again))
    assert one.select(["rater", "estimate", "low"]) == two.select(["rater", "estimate", "low"])
