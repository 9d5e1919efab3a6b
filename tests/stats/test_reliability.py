"""Alpha, omega and the one-factor model: published fits, laws, undefined cases."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import naive_stats
from alliance_features.errors import ParameterError
from alliance_features.stats.factor import one_factor, one_factor_of_covariance
from alliance_features.stats.reliability import (
    attenuation_ceiling,
    cronbach_alpha,
    omega_total,
    two_level_omega,
)

NAN = math.nan
# Bartholomew 1987, six ability tests of 112 persons, as R ships it (ability.cov).
ABILITY = [
    [24.641, 5.991, 33.520, 6.023, 20.755, 29.701],
    [5.991, 6.700, 18.137, 1.782, 4.936, 7.204],
    [33.520, 18.137, 149.831, 19.424, 31.430, 50.753],
    [6.023, 1.782, 19.424, 12.711, 4.757, 9.075],
    [20.755, 4.936, 31.430, 4.757, 52.604, 66.762],
    [29.701, 7.204, 50.753, 9.075, 66.762, 135.292],
]
# Holzinger & Swineford 1939, nine tests of 301 pupils, lower triangle of covariances (n - 1).
PUPILS = [
    [1.362898],
    [0.408729, 1.38639],
    [0.581832, 0.452567, 1.279114],
    [0.506518, 0.20962, 0.208864, 1.355167],
    [0.442084, 0.211795, 0.112671, 1.101412, 1.665318],
    [0.456324, 0.24837, 0.244923, 0.898501, 1.017906, 1.200346],
    [0.085048, -0.097074, 0.088636, 0.220475, 0.143476, 0.144559, 1.187083],
    [0.264717, 0.110025, 0.21303, 0.126012, 0.181207, 0.165982, 0.537029, 1.025389],
    [0.459866, 0.244823, 0.375099, 0.244174, 0.296225, 0.236784, 0.374542, 0.458841, 1.018387],
]


def agree(found, expected, rtol=1e-9):
    np.testing.assert_allclose(found, expected, rtol=rtol, atol=1e-9, equal_nan=True)


def test_one_factor_of_ability_tests_as_r_prints_it():
    # R, factanal(factors = 1, covmat = ability.cov): uniquenesses, loadings of standardised items,
    # chi square 75.18 on 9 degrees of freedom with Bartlett's correction.
    model = one_factor_of_covariance(ABILITY, 112)
    deviations = np.sqrt(np.diag(ABILITY))
    shares = (model.uniquenesses / deviations**2).round(3)
    assert shares.tolist() == [0.535, 0.853, 0.748, 0.910, 0.232, 0.280]
    loadings = (model.loadings / deviations).round(3)
    assert loadings.tolist() == [0.682, 0.384, 0.502, 0.300, 0.877, 0.849]
    corrected = model.chi2 / 111 * (111 - (2 * 6 + 5) / 6 - 2 / 3)
    assert (round(corrected, 2), model.df) == (75.18, 9)


def test_fit_of_pupils_as_lavaan_prints_it():
    # One factor of all nine tests: chi square 312.264 on 27, CFI .677, RMSEA .187, SRMR .143,
    # with n where we have n - 1.
    matrix = np.zeros((9, 9))
    for i, row in enumerate(PUPILS):
        matrix[i, : i + 1] = matrix[: i + 1, i] = row
    model = one_factor_of_covariance(matrix, 302)
    assert (round(model.chi2, 2), model.df) == (312.26, 27)
    assert (round(model.cfi, 3), round(model.rmsea, 3), round(model.srmr, 3)) == (
        0.677,
        0.187,
        0.143,
    )
    assert model.p < 1e-40
    assert not model.heywood


@settings(max_examples=15)
@given(
    st.lists(st.floats(0.3, 0.9), min_size=4, max_size=6), st.lists(st.floats(0.5, 3), min_size=6)
)
def test_a_true_model_is_found_again(loadings, deviations):
    standard = np.array(loadings)
    scale = np.array(deviations[: standard.size])
    matrix = np.outer(standard, standard)
    np.fill_diagonal(matrix, 1)
    model = one_factor_of_covariance(matrix * np.outer(scale, scale), 500)
    agree(model.loadings, standard * scale, rtol=1e-4)
    agree(model.uniquenesses, (1 - standard**2) * scale**2, rtol=1e-4)
    assert model.chi2 < 1e-4
    assert model.cfi == 1.0
    assert model.rmsea == 0.0
    assert model.srmr < 1e-5


def test_three_items_have_nothing_to_test():
    model = one_factor_of_covariance([[1, 0.4, 0.4], [0.4, 1, 0.4], [0.4, 0.4, 1]], 50)
    agree(model.loadings, [math.sqrt(0.4)] * 3, rtol=1e-5)
    assert model.df == 0
    assert math.isnan(model.p)
    assert math.isnan(model.rmsea)


def test_heywood_case_is_flagged():
    # .9 .9 .5: the first item would need a loading of sqrt(.9 .9 / .5) > 1.
    model = one_factor_of_covariance([[1, 0.9, 0.9], [0.9, 1, 0.7], [0.9, 0.7, 1]], 50)
    assert model.heywood


def test_alpha_of_parallel_items_is_omega(rng):
    # Covariance .5 among four items of variance 1: 4 / 3 (1 - 4 / 10) = .8.
    noise = rng.normal(size=(50, 4))
    exact = np.linalg.qr(noise - noise.mean(axis=0))[0] * 7  # covariance exactly I
    array = exact @ np.linalg.cholesky(np.full((4, 4), 0.5) + 0.5 * np.eye(4)).T
    agree(cronbach_alpha(array).estimate, 0.8)
    agree(omega_total(array), 0.8, rtol=1e-5)


@given(st.lists(st.tuples(*[st.integers(1, 7).map(float)] * 3), min_size=3, max_size=12))
def test_alpha_matches_naive(rows):
    varied = [*rows, (1.0, 2.0, 3.0), (7.0, 5.0, 6.0)]
    agree(cronbach_alpha(varied).estimate, naive_stats.alpha(varied))


def test_alpha_of_judges_as_published():
    # Shrout & Fleiss 1979: ICC(3,4) = alpha = .91 of their six targets and four judges; ends as
    # the R package psych prints them.
    judges = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
    alpha = cronbach_alpha([*judges, [NAN, 1, 1, 1]])
    assert (round(alpha.estimate, 2), round(alpha.low, 2), round(alpha.high, 2)) == (
        0.91,
        0.68,
        0.99,
    )


def test_two_level_omega_parts_the_levels(rng):
    # Within: loadings 1, noise 1: 16 / 20. Between: loadings .5, noise .5^2: 4 / 5.
    client = np.repeat(np.arange(800), rng.integers(2, 9, 800))
    level = 0.5 * rng.normal(size=(800, 1)) + 0.5 * rng.normal(size=(800, 4))
    items = level[client] + rng.normal(size=(client.size, 1)) + rng.normal(size=(client.size, 4))
    omega = two_level_omega(items, client)
    agree([omega.within, omega.between], [0.8, 0.8], rtol=0.03)
    agree(omega.icc, 5 / 25, rtol=0.1)  # sums: between 4 + 1, within 16 + 4
    mixed = np.vstack([items, [NAN, 1, 1, 1]])
    assert two_level_omega(mixed, [*client, 5]) == omega


def test_undefined():
    assert math.isnan(omega_total([[1, 2], [2, 1], [3, 3]]))
    assert math.isnan(omega_total(np.ones((9, 4))))
    assert math.isnan(one_factor([[1, 2, 3], [2, 1, 3]]).srmr)
    assert math.isnan(one_factor_of_covariance(np.ones((3, 3)), 9).cfi)
    assert math.isnan(cronbach_alpha([[1, 2]]).estimate)
    assert math.isnan(cronbach_alpha([[1, 3], [2, 2], [3, 1]]).estimate)
    assert math.isnan(two_level_omega([[1, 2, 3]] * 4, "aaaa").within)
    assert math.isnan(attenuation_ceiling(-0.1, 0.5))
    assert math.isnan(attenuation_ceiling(NAN, 0.5))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: one_factor_of_covariance([[1, 2]], 9), "`covariance` is not a symmetric square"),
        (lambda: one_factor_of_covariance(np.eye(3), 1), "`n` is 1; it must be a whole number"),
        (lambda: attenuation_ceiling(1.1, 0.5), "`reliability_x` is 1.1"),
        (lambda: two_level_omega([[1, 2, 3]], "ab"), "`clusters` has 2 rows"),
        (lambda: omega_total([1, 2]), "`items` is 1-D; it must be 2-D"),
    ],
)
def test_malformed_input_is_refused(call, message):
    with pytest.raises(ParameterError, match=message):
        call()
