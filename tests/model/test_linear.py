"""The ridge on signals."""

import math

import numpy as np
import pytest
from sklearn.linear_model import Ridge
from sklearn.preprocessing import StandardScaler

import naive_model
from alliance_features.model.linear import PENALTIES, choose_penalty, fit_linear, skewed


@pytest.fixture
def data(rng):
    x = rng.normal(size=(40, 4))
    return x, 3 + x[:, 0] - 0.5 * x[:, 1] + rng.normal(size=40)


def _fit(x, y, penalty=0.1, **options):
    return fit_linear(x, y, logged=np.zeros(x.shape[1], bool), penalty=penalty, **options)


def test_matches_scikit_learn(data):
    x, y = data
    x = np.clip(x, -1.5, 1.5)  # nothing beyond 3 SD
    scaler = StandardScaler().fit(x)
    theirs = Ridge(alpha=0.1 * 40).fit(scaler.transform(x), y)
    ours = _fit(x, y)
    np.testing.assert_allclose(ours.weights, theirs.coef_, rtol=1e-10)
    adds, bias = ours.explain(x)
    np.testing.assert_allclose(adds.sum(1) + bias, theirs.predict(scaler.transform(x)), rtol=1e-10)


def test_matches_naive_with_nulls_and_outliers(data):
    x, y = data
    x[3, 0], x[5, 1], x[7, 2] = np.nan, np.nan, 1e4
    z = [naive_model.standardise(column, column) for column in x.T.tolist()]
    weights, intercept = naive_model.ridge(list(zip(*z, strict=True)), y.tolist(), 0.1 * 40)
    ours = _fit(x, y)
    np.testing.assert_allclose(ours.weights, weights, rtol=1e-9)
    assert math.isclose(ours.bias, intercept, rel_tol=1e-9)


def test_a_null_and_a_constant_add_nothing(data):
    x, y = data
    x[:, 3] = 7.0
    ours = _fit(x, y)
    assert ours.weights[3] == 0
    adds, _ = ours.explain(np.full((1, 4), np.nan))
    np.testing.assert_array_equal(adds, 0)


def test_a_signal_never_measured_adds_nothing(data):
    x, y = data
    x[:, 2] = np.nan
    assert _fit(x, y).weights[2] == 0


def test_counts_enter_by_their_logarithm(data):
    x, y = data
    counts = np.exp(x) * 100
    logged = np.array([True, False, False, False])
    ours = fit_linear(counts, y, logged=logged, penalty=0.1)
    other = _fit(np.column_stack([np.log1p(counts[:, 0]), counts[:, 1:]]), y)
    np.testing.assert_allclose(ours.weights, other.weights, rtol=1e-12)


def test_which_features_are_counts():
    names = ["client__words_n", "dyad__lsm", "own__x", "client__mattr"]
    assert skewed(names).tolist() == [True, False, False, False]
    assert skewed(["x0"]).tolist() == [False]


def test_expected_signs_are_kept(data):
    x, y = data
    free = _fit(x, y)
    signs = -np.sign(free.weights).astype(np.int64)
    signs[1] = 0
    held = _fit(x, y, signs=signs)
    assert (held.weights * signs >= 0).all()
    assert held.weights[0] == 0
    assert held.weights[1] != 0


def test_the_unit_of_a_signal_does_not_matter(data):
    x, y = data
    one, two = _fit(x, y), _fit(x * 1024.0, y)
    np.testing.assert_array_equal(one.weights, two.weights)


@pytest.mark.parametrize("noise", [0.1, 3.0, 20.0])
def test_the_penalty_is_the_best_for_parts_left_out(data, rng, noise):
    x, _ = data
    y = x[:, 0] + noise * rng.normal(size=40)
    parts = rng.integers(0, 4, 40)
    expected = naive_model.best_penalty(x.tolist(), y.tolist(), parts.tolist(), PENALTIES)
    assert choose_penalty(x, y, parts) == expected


def test_noise_asks_for_a_larger_penalty(data, rng):
    x, _ = data
    parts = np.arange(40) % 5
    clear, noise = x[:, 0] + x[:, 1], rng.normal(size=40)
    assert choose_penalty(x, clear, parts) == min(PENALTIES)
    assert choose_penalty(x, noise, parts) > 1
    assert choose_penalty(x, clear, np.zeros(40, np.int64)) == choose_penalty(x, clear, parts)


def test_a_chosen_penalty_is_used(data):
    x, y = data
    parts = np.arange(40) % 5
    z = _fit(x, y).standardise(x)
    penalty = choose_penalty(z - z.mean(axis=0), y, parts)
    chosen = _fit(x, y, penalty=None, parts=parts)
    np.testing.assert_array_equal(chosen.weights, _fit(x, y, penalty=penalty).weights)
