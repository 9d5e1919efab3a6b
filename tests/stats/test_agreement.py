"""Agreement of raters: published worked examples, the oracle, undefined cases, messages."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import naive_stats
from alliance_features.errors import ParameterError
from alliance_features.stats.agreement import krippendorff_alpha, limits_of_agreement
from alliance_features.stats.icc import intraclass_correlations

NAN = math.nan
# Shrout & Fleiss 1979, table 2: six targets, four judges.
JUDGES = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
# Krippendorff 2011: four coders, twelve units.
CODERS = [
    [1, 2, 3, 3, 2, 1, 4, 1, 2, NAN, NAN, NAN],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, NAN, 3],
    [NAN, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, NAN],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, NAN],
]
# Bland & Altman 1986, table 1: peak expiratory flow of 17 persons, first readings, l/min.
WRIGHT = [494, 395, 516, 434, 476, 557, 413, 442, 650, 433, 417, 656, 267, 478, 178, 423, 427]
MINI = [512, 430, 520, 428, 500, 600, 364, 380, 658, 445, 432, 626, 260, 477, 259, 350, 451]
NUMBERS = st.one_of(st.integers(1, 5).map(float), st.integers(1, 5).map(float), st.just(NAN))


def agree(found, expected, rtol=1e-9):
    np.testing.assert_allclose(found, expected, rtol=rtol, atol=1e-9, equal_nan=True)


def test_icc_as_published():
    # Shrout & Fleiss: ICC(2,1) .29, (3,1) .71, (2,4) .62, (3,4) .91.
    icc = intraclass_correlations(JUDGES)
    published = {"agreement_1": 0.29, "consistency_1": 0.71}
    published |= {"agreement_k": 0.62, "consistency_k": 0.91}
    for name, value in published.items():
        assert round(getattr(icc, name).estimate, 2) == value
    assert (icc.n, icc.k) == (6, 4)
    # Ends as the R package psych prints them for these data.
    ends = {"agreement_1": (0.02, 0.76), "consistency_1": (0.34, 0.95)}
    ends |= {"agreement_k": (0.07, 0.93), "consistency_k": (0.68, 0.99)}
    for name, (low, high) in ends.items():
        interval = getattr(icc, name)
        assert (round(interval.low, 2), round(interval.high, 2)) == (low, high)


def test_consistency_of_the_mean_is_alpha(rng):
    ratings = rng.normal(size=(30, 1)) + rng.normal(size=(30, 5))
    result = intraclass_correlations(ratings).consistency_k.estimate
    agree(result, naive_stats.alpha(ratings.tolist()))


def test_a_raters_level_costs_agreement_alone(rng):
    ratings = rng.normal(size=(30, 1)) + rng.normal(size=(30, 3))
    one, two = (intraclass_correlations(ratings + np.array([0, 0, shift])) for shift in (0, 5))
    agree(one.consistency_1.estimate, two.consistency_1.estimate)
    assert two.agreement_1.estimate < 0.5 * one.agreement_1.estimate


def test_icc_leaves_out_incomplete_sessions():
    icc = intraclass_correlations([*JUDGES, [1, NAN, 2, 3]])
    assert (icc.n, icc.k) == (6, 4)
    agree(icc.agreement_1.estimate, intraclass_correlations(JUDGES).agreement_1.estimate)


def test_icc_undefined_and_perfect():
    assert math.isnan(intraclass_correlations([[1, 2]]).agreement_1.estimate)
    assert math.isnan(intraclass_correlations([[1], [2]]).consistency_k.low)
    assert math.isnan(intraclass_correlations([[2, 2], [2, 2]]).agreement_k.high)
    perfect = intraclass_correlations([[1, 1], [2, 2], [3, 3]])
    assert perfect.agreement_1.estimate == perfect.consistency_1.low == 1.0
    # Raters differ by 1 throughout: 1 / (1 + .5 / 1) with mean squares 2 and 1.5 of 3 sessions.
    shifted = intraclass_correlations([[1, 2], [2, 3], [3, 4]])
    assert shifted.consistency_1.estimate == 1.0
    agree(shifted.agreement_1.estimate, 2 / (2 + 2 / 3 * 1.5))
    # Sessions do not differ at all, raters do.
    agree(intraclass_correlations([[1, 2], [1, 2]]).agreement_1.estimate, 0.0)


@pytest.mark.parametrize(
    ("scale", "published"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)]
)
def test_krippendorff_as_published(scale, published):
    assert round(krippendorff_alpha(np.transpose(CODERS), scale=scale), 3) == published


@given(
    st.lists(st.tuples(NUMBERS, NUMBERS, NUMBERS), min_size=1, max_size=8),
    st.sampled_from(["nominal", "ordinal", "interval"]),
)
def test_krippendorff_matches_naive(rows, scale):
    table = [list(column) for column in zip(*rows, strict=True)]
    agree(krippendorff_alpha(rows, scale=scale), naive_stats.krippendorff(table, scale))


def test_krippendorff_undefined():
    assert math.isnan(krippendorff_alpha([[1, NAN], [NAN, 2]]))
    assert math.isnan(krippendorff_alpha([[3, 3], [3, 3]]))
    assert math.isnan(krippendorff_alpha(np.empty((0, 2))))
    assert krippendorff_alpha([[1, 1], [2, 2]]) == 1.0


def test_limits_of_agreement_as_published():
    # Bland & Altman 1986: mean -2.1, SD 38.8, limits from these rounded numbers -79.7 and 75.5.
    limits = limits_of_agreement(WRIGHT, MINI, share=0.9544997361)
    assert (round(limits.bias.estimate, 1), round(limits.sd, 1), limits.n) == (-2.1, 38.8, 17)
    assert abs(limits.low.estimate + 79.7) < 0.1
    assert abs(limits.high.estimate - 75.5) < 0.1
    # Their interval of the bias: -22.0 to 17.8.
    assert (round(limits.bias.low, 1), round(limits.bias.high, 1)) == (-22.0, 17.8)


def test_error_of_a_limit_is_that_of_bland_and_altman():
    # sqrt(3 s^2 / n) for 1.96 and large n: 1 + 1.96^2 / 2 = 2.92 of s^2 / n.
    x = np.tile([0.0, 1.0, 3.0, 6.0], 500)
    limits = limits_of_agreement(x, np.zeros(2000))
    agree(limits.low.se**2 / (limits.sd**2 / 2000), 1 + 1.959964**2 / 2, rtol=1e-3)


def test_limits_of_clients_add_the_variance_between_them():
    # Differences 1, 3 and 5, 7: within 2, between mean squares 16, two sessions each:
    # variance 2 + (16 - 2) / 2 = 9.
    limits = limits_of_agreement([1, 3, 5, 7, NAN], [0] * 5, clusters="aabbb")
    agree([limits.bias.estimate, limits.sd], [4.0, 3.0])
    agree(limits.high.estimate, 4 + 3 * 1.959963984540054)
    assert limits.n == 4
    # One session a client is the plain spread; the interval of the bias is the t interval.
    x = np.array([1.0, 4, 2, 8, 5])
    one, two = limits_of_agreement(x, x * 0), limits_of_agreement(x, x * 0, clusters="abcde")
    agree([two.sd, two.bias.low], [one.sd, one.bias.low])


def test_limits_undefined():
    assert math.isnan(limits_of_agreement([1], [2]).low.estimate)
    assert limits_of_agreement([1], [2]).bias.estimate == -1
    assert math.isnan(limits_of_agreement([], []).bias.estimate)
    assert math.isnan(limits_of_agreement([1, 2], [2, 3], clusters="aa").high.estimate)
    assert math.isnan(limits_of_agreement([], [], clusters="").sd)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: krippendorff_alpha([[1, 2]], scale="ratio"), "`scale` is 'ratio'; it must be one"),
        (lambda: krippendorff_alpha([1, 2]), "`ratings` is 1-D; it must be 2-D"),
        (lambda: intraclass_correlations([[1, math.inf]]), r"`ratings\[0, 1\]` is infinite"),
        (lambda: intraclass_correlations(JUDGES, level=0), "`level` is 0"),
        (lambda: limits_of_agreement([1, 2], [1]), "`x` has 2 rows and `y` 1"),
        (lambda: limits_of_agreement([1], [1], share=1.5), "`share` is 1.5"),
        (lambda: limits_of_agreement([1, 2], [1, 2], clusters="a"), "`clusters` has 1 rows"),
    ],
)
def test_malformed_input_is_refused(call, message):
    with pytest.raises(ParameterError, match=message):
        call()
