"""Boosted trees: exact contributions, one thread's sums."""

import json

import numpy as np
import pytest
import xgboost as xgb

import naive_model
from alliance_features.model.trees import TreeSettings, fit_trees

SETTINGS = TreeSettings(
    n_estimators=8,
    learning_rate=0.3,
    max_depth=3,
    min_child_weight=2.0,
    subsample=1.0,
    colsample_bytree=1.0,
    reg_lambda=1.0,
)


@pytest.fixture
def data(rng):
    x = rng.normal(size=(60, 3))
    y = 3 + x[:, 0] * (x[:, 1] > 0) + 0.1 * rng.normal(size=60)
    x[rng.random(x.shape) < 0.1] = np.nan
    return x, y


def test_contributions_are_shapley_values(data):
    x, y = data
    ours = fit_trees(x, y, SETTINGS, seed=0)
    trees = [json.loads(one) for one in ours.booster.get_dump(dump_format="json", with_stats=True)]
    adds, bias = ours.explain(x[:6])
    for line, found, base in zip(x[:6].tolist(), adds, bias, strict=True):
        row = {f"f{place}": value for place, value in enumerate(line)}
        expected = naive_model.shapley(trees, row)
        np.testing.assert_allclose(found / ours.scale, list(expected.values()), atol=2e-6)
        empty = sum(naive_model.expected_value(tree, row, set()) for tree in trees)
        assert (base - ours.centre) / ours.scale == pytest.approx(empty, abs=2e-6)


def test_contributions_add_up_to_what_xgboost_predicts(data):
    x, y = data
    ours = fit_trees(x, y, SETTINGS, seed=0)
    adds, bias = ours.explain(x)
    theirs = ours.booster.predict(xgb.DMatrix(x)) * ours.scale + ours.centre
    np.testing.assert_allclose(adds.sum(axis=1) + bias, theirs, rtol=1e-5)
    assert np.corrcoef(theirs, y)[0, 1] > 0.8


def test_the_unit_of_a_rating_does_not_matter(data):
    x, y = data
    one, two = (fit_trees(x, scale * y, SETTINGS, seed=0).explain(x)[0] for scale in (1, 16))
    np.testing.assert_array_equal(16 * one, two)


def test_a_constant_rating_is_predicted(data):
    x, _ = data
    adds, bias = fit_trees(x, np.full(60, 4.0), SETTINGS, seed=0).explain(x)
    np.testing.assert_array_equal(adds, 0)
    np.testing.assert_array_equal(bias, 4)


def test_constraints_hold(data):
    x, y = data
    signs = np.array([-1, 0, 0])
    ours = fit_trees(x, y, SETTINGS, seed=0, signs=signs)
    grid = np.column_stack([np.linspace(-2, 2, 41), np.ones(41), np.zeros(41)])
    adds, bias = ours.explain(grid)
    assert (np.diff(adds.sum(axis=1) + bias) <= 1e-6).all()
    free, base = fit_trees(x, y, SETTINGS, seed=0).explain(grid)
    assert (np.diff(free.sum(axis=1) + base) > 1e-6).any()
