"""Intervals without resampling, dependent correlations, multiplicity: worked and published."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

import naive_stats
from alliance_features.errors import ParameterError
from alliance_features.stats.dependent import williams, zou
from alliance_features.stats.intervals import corrected_t, fisher, t_of_cluster_means
from alliance_features.stats.multiplicity import benjamini_hochberg, holm

NAN = math.nan


def agree(found, expected, rtol=1e-9):
    np.testing.assert_allclose(found, expected, rtol=rtol, atol=1e-12, equal_nan=True)


def test_corrected_t_by_hand():
    # Mean .2; squares about it .02, variance .005; (1/5 + .2/.8) .005 = .00225.
    interval = corrected_t([0.1, 0.2, 0.3, 0.2, 0.2], test_share=0.2)
    agree([interval.estimate, interval.se, interval.df], [0.2, math.sqrt(0.00225), 4])
    reach = 2.7764451051977987 * math.sqrt(0.00225)  # t of 4 df, table value 2.776
    agree([interval.low, interval.high], [0.2 - reach, 0.2 + reach])


def test_corrected_t_is_wider_than_plain_t(rng):
    values = rng.normal(size=10)
    interval = corrected_t(values, test_share=0.1)
    plain = stats.ttest_1samp(values, 0).confidence_interval(0.95)
    # (1/10 + 1/9) / (1/10)
    agree((interval.high - interval.low) / (plain.high - plain.low), math.sqrt(1 + 10 / 9))


def test_corrected_t_undefined():
    assert math.isnan(corrected_t([0.3], test_share=0.2).low)
    assert math.isnan(corrected_t([], test_share=0.2).estimate)
    assert math.isnan(corrected_t([0.3, NAN, 0.2], test_share=0.2).high)
    same = corrected_t([0.1, 0.1, 0.1], test_share=0.2)
    assert same.low == same.high
    assert (same.p, corrected_t([0.0, 0.0], test_share=0.5).p) == (0.0, 1.0)


@pytest.mark.parametrize(("r", "n"), [(0.5, 30), (-0.2, 793), (0.0, 12)])
def test_fisher_matches_scipy(r, n):
    # Data with exactly this correlation.
    x = np.arange(n) - (n - 1) / 2
    rest = np.where(np.arange(n) % 3 == 0, 2.0, -1.0)
    rest -= rest.mean() + x * (rest @ x) / (x @ x)
    y = r * x / np.linalg.norm(x) + math.sqrt(1 - r * r) * rest / np.linalg.norm(rest)
    ends = stats.pearsonr(x, y).confidence_interval(0.9)
    interval = fisher(r, n, level=0.9)
    agree([interval.low, interval.high], ends, rtol=1e-7)


def test_fisher_undefined():
    assert math.isnan(fisher(0.5, 3).low)
    assert math.isnan(fisher(1.0, 30).low)
    assert math.isnan(fisher(NAN, 30).estimate)


def test_t_of_cluster_means_matches_scipy(rng):
    clusters = rng.integers(0, 6, 40)
    values = rng.normal(size=40)
    values[3] = NAN
    means = [np.nanmean(values[clusters == c]) for c in range(6)]
    theirs = stats.ttest_1samp(means, 0)
    interval = t_of_cluster_means(values, clusters)
    agree(
        [interval.low, interval.high, interval.p],
        [*theirs.confidence_interval(0.95), theirs.pvalue],
    )
    assert math.isnan(t_of_cluster_means([1, 2], "aa").low)


def test_williams_and_zou_worked_example():
    # The project's worked example: r .52 and .43, .5 between raters, 793 sessions.
    test = williams(0.52, 0.43, 0.5, 793)
    assert (round(test.t, 2), test.df, round(test.p, 3)) == (3.00, 790, 0.003)
    interval = zou(0.52, 0.43, 0.5, 793)
    assert (round(interval.low, 3), round(interval.high, 3)) == (0.031, 0.149)


def test_zou_published_example():
    # Zou 2007, overlapping correlations: r .396 and .179, .088 between, n = 66: (-.093, .517).
    interval = zou(0.396, 0.179, 0.088, 66)
    assert (round(interval.low, 3), round(interval.high, 3)) == (-0.093, 0.517)


def test_williams_published_example():
    # Steiger 1980, section on T2: .4 and .5, .1 between the two, n = 103: T2 = -.89, 100 df.
    test = williams(0.4, 0.5, 0.1, 103)
    assert (round(test.t, 2), test.df) == (-0.89, 100)


def test_dependent_undefined_and_mirrored():
    assert math.isnan(williams(0.4, 0.4, 1.0, 50).t)
    assert math.isnan(williams(NAN, 0.4, 0.2, 50).p)
    assert math.isnan(williams(0.3, 0.4, 0.2, 3).t)
    assert math.isnan(zou(0.3, 0.4, 0.2, 3).low)
    assert williams(0.3, 0.5, 0.2, 50).t == -williams(0.5, 0.3, 0.2, 50).t
    one, two = zou(0.3, 0.5, 0.2, 50), zou(0.5, 0.3, 0.2, 50)
    agree([one.low, one.high], [-two.high, -two.low])


@given(st.lists(st.floats(0, 1), min_size=1, max_size=9))
def test_adjusted_p_match_naive(p):
    agree(holm(p), naive_stats.holm(p))
    agree(benjamini_hochberg(p), naive_stats.benjamini_hochberg(p))


def test_holm_by_hand():
    # Sorted .01 (x 3), .02 (x 2) = .04, .03 (x 1) raised to .04; NaN does not count.
    agree(holm([0.03, NAN, 0.01, 0.02]), [0.04, NAN, 0.03, 0.04])
    agree(benjamini_hochberg([NAN, 0.01]), [NAN, 0.01])
    assert holm([]).size == benjamini_hochberg([]).size == 0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: corrected_t([1, 2], test_share=0), r"`test_share` is 0; it must be in \(0, 1\)"),
        (lambda: corrected_t([1, 2], test_share=0.2, level=1), "`level` is 1"),
        (lambda: fisher(1.2, 30), r"`r` is 1.2; a correlation lies in -1..1"),
        (lambda: fisher("a", 30), "`r` is str; it must be a correlation"),
        (lambda: fisher(0.2, 0), "`n` is 0; it must be a whole number >= 1"),
        (lambda: williams(0.9, -0.9, 0.9, 50), "`r_pq` is 0.9; no two raters that correlate 0.9"),
        (lambda: zou(0.9, -0.9, 0.9, 50), "Take all three from the same sessions"),
        (lambda: holm([0.5, 1.5]), r"`p\[1\]` is 1.5; a p value lies in 0..1"),
        (lambda: benjamini_hochberg([-0.1]), r"`p\[0\]` is -0.1"),
        (lambda: t_of_cluster_means([1, 2], "a"), "`clusters` has 1 rows"),
    ],
)
def test_malformed_input_is_refused(call, message):
    with pytest.raises(ParameterError, match=message):
        call()
