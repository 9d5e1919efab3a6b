"""Metrics: by hand, the oracle, scipy and scikit-learn, undefined cases, messages."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from sklearn.metrics import average_precision_score, r2_score

import naive_stats
from alliance_features.errors import ParameterError
from alliance_features.stats import metrics

NAN = math.nan
VALUES = st.one_of(st.integers(1, 7).map(float), st.floats(-50, 50).map(lambda v: round(v, 3)))
MISSING = st.one_of(VALUES, VALUES, VALUES, st.just(NAN))
PAIRS = st.lists(st.tuples(MISSING, MISSING), min_size=0, max_size=14)
CLUSTERED = st.lists(st.tuples(MISSING, MISSING, st.sampled_from("abcd")), min_size=1, max_size=14)


def agree(found, expected):
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9, equal_nan=True)


@pytest.mark.parametrize("name", ["pearson", "spearman", "concordance", "mse", "mae", "bias"])
@given(pairs=PAIRS)
def test_metric_matches_naive(name, pairs):
    y, p = [a for a, _ in pairs], [b for _, b in pairs]
    agree(getattr(metrics, name)(y, p), naive_stats.METRICS[name](y, p))


@given(PAIRS)
def test_calibration_matches_naive(pairs):
    y, p = [a for a, _ in pairs], [b for _, b in pairs]
    agree(metrics.calibration(y, p), naive_stats.calibration(y, p))


@given(PAIRS)
def test_tercile_errors_match_naive(pairs):
    y, p = [a for a, _ in pairs], [b for _, b in pairs]
    agree(metrics.tercile_errors(y, p), naive_stats.tercile_errors(y, p))


@given(PAIRS, st.integers(0, 8))
def test_low_alliance_matches_naive(pairs, threshold):
    y, p = [a for a, _ in pairs], [b for _, b in pairs]
    low = metrics.low_alliance(y, p, threshold=threshold)
    expected = naive_stats.low_alliance(y, p, threshold)
    agree([low.base_rate, low.average_precision, low.recall_at_base_rate, low.n_low], expected)


@given(CLUSTERED)
def test_within_between_matches_naive(rows):
    x, y, labels = ([row[k] for row in rows] for k in range(3))
    agree(metrics.within_between(x, y, labels), naive_stats.within_between(x, y, labels))


def test_metrics_match_libraries(rng):
    y = rng.integers(1, 8, 60).astype(float)
    p = y + rng.normal(size=60)
    agree(metrics.pearson(y, p), stats.pearsonr(y, p).statistic)
    agree(metrics.spearman(y, np.round(p)), stats.spearmanr(y, np.round(p)).statistic)
    fit = stats.linregress(p, y)
    agree(metrics.calibration(y, p), (fit.slope, fit.intercept))
    agree(metrics.r2_against(y, p, np.full(60, y.mean())), r2_score(y, p))
    low = metrics.low_alliance(y, np.round(p), threshold=2)
    agree(low.average_precision, average_precision_score(y <= 2, -np.round(p)))


def test_concordance_by_hand():
    # Means 2 and 3, variances and covariance 2/3: 2 (2/3) / (2/3 + 2/3 + 1) = 4/7.
    agree(metrics.concordance([1, 2, 3], [2, 3, 4]), 4 / 7)
    assert metrics.concordance([1, 2, 3], [2, 2, 2]) == 0.0
    assert math.isnan(metrics.concordance([2, 2], [2, 2]))


@given(st.permutations(range(8)), st.sampled_from([0.5, 4.0, 1024.0]), st.integers(-9, 9))
def test_correlations_ignore_unit_and_order(order, scale, shift):
    y, p = [1, 2, 2, 4, 5, 6, 7, 7], [2, 1, 3, 3, 6, 5, 8, 9]
    moved = [(scale * y[i] + shift, p[i]) for i in order]
    for name in ("pearson", "spearman"):
        metric = getattr(metrics, name)
        agree(metric(*zip(*moved, strict=True)), metric(y, p))


def test_skewed_ratings_stay_together_in_terciles():
    # Six of eight ratings are 7: mid-rank 5.5 of 8, share 5 / 8, so they are the middle.
    errors = metrics.tercile_errors([1, 2, 7, 7, 7, 7, 7, 7], [3, 4, 7, 7, 7, 7, 7, 1])
    agree(errors, [2.0, 1.0, NAN])


def test_lowest_decile_is_the_default_threshold():
    y = np.arange(1.0, 22.0)  # the decile of 1..21 is 3
    low = metrics.low_alliance(y, y)
    assert (low.n_low, low.average_precision, low.recall_at_base_rate) == (3, 1.0, 1.0)
    chance = metrics.low_alliance(y, np.zeros(21))
    agree([chance.average_precision, chance.recall_at_base_rate], [3 / 21, 3 / 21])


def test_straight_liners_need_two_answers():
    items = [[4, 4, 4], [4, NAN, NAN], [NAN, NAN, NAN], [1, 2, 1], [NAN, 2, 2]]
    assert metrics.straight_liners(items) == 2


def test_centre_within():
    agree(metrics.centre_within([1, 3, NAN, 0.1, 0.1, NAN], [1, 1, 1, 2, 2, 3])[:2], [-1, 1])
    out = metrics.centre_within([0.1] * 3, [1, 1, 1])
    assert out.tolist() == [0.0, 0.0, 0.0]


@pytest.mark.parametrize("name", ["pearson", "spearman", "concordance", "mse", "mae", "bias"])
def test_nothing_known_is_undefined(name):
    assert math.isnan(getattr(metrics, name)([], []))
    assert math.isnan(getattr(metrics, name)([1, NAN], [NAN, 2]))


def test_constants_are_undefined():
    assert math.isnan(metrics.pearson([0.1] * 3, [1, 2, 3]))
    assert math.isnan(metrics.spearman([1, 2, 3], [0.3] * 3))
    assert math.isnan(metrics.r2_against([2, 2], [1, 3], [2, 2]))
    assert all(map(math.isnan, metrics.within_between([1, 2], [1, 2], ["a", "b"])[:1]))
    assert metrics.low_alliance([], [], threshold=1).n_low == 0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: metrics.mse([1, 2], [1]), "`y` has 2 rows and `p` 1; they must agree"),
        (lambda: metrics.mse([1, math.inf], [1, 2]), r"`y\[1\]` is infinite"),
        (lambda: metrics.mse([[1]], [1]), "`y` is 2-D; it must be 1-D"),
        (lambda: metrics.mse(["a"], [1]), "`y` is not an array of numbers"),
        (lambda: metrics.r2_against([1], [1], [1, 2]), "`reference` has 2 rows and `y` 1"),
        (lambda: metrics.low_alliance([1], [1], threshold="x"), "`threshold` must be a finite"),
        (lambda: metrics.low_alliance([1], [1], threshold=NAN), "`threshold` must be a finite"),
        (lambda: metrics.straight_liners([1, 2]), "`items` is 1-D; it must be 2-D"),
        (
            lambda: metrics.within_between([1, 2], [1, 2], ["a", None]),
            r"`clusters\[1\]` is missing; every row needs a label",
        ),
        (lambda: metrics.centre_within([1, 2], ["a"]), "`groups` has 1 rows"),
    ],
)
def test_malformed_input_is_refused(call, message):
    with pytest.raises(ParameterError, match=message):
        call()
