"""Weights of signals and words from predictions out of fold."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import lsq_linear

import alliance_features as af
from alliance_features.model.fitting import FLOOR, deal_groups, out_of_fold, stack_weights


@given(st.lists(st.integers(0, 9), min_size=1, max_size=60), st.integers(2, 5), st.integers(0, 99))
def test_groups_are_never_split(groups, n_parts, seed):
    parts = deal_groups(groups, n_parts, seed)
    assert all(len(set(parts[np.array(groups) == group])) == 1 for group in groups)
    assert set(parts) == set(range(min(n_parts, len(set(groups)))))
    np.testing.assert_array_equal(parts, deal_groups(groups, n_parts, seed))


def test_parts_are_of_about_equal_size():
    sizes = np.bincount(deal_groups([str(row % 40) for row in range(400)], 5, 0))
    assert sizes.tolist() == [80] * 5


def test_weights_match_scipy(rng):
    y = rng.normal(size=50)
    p = np.stack([y + rng.normal(size=50), rng.normal(size=50)])
    weights, intercept = stack_weights(p, y)
    centred = (p - p.mean(axis=1, keepdims=True)).T
    theirs = lsq_linear(centred, y - y.mean(), bounds=(FLOOR, np.inf), tol=1e-12)
    np.testing.assert_allclose(weights, theirs.x, atol=1e-6)
    assert (weights @ p + intercept).mean() == pytest.approx(y.mean())


def test_a_useless_part_keeps_a_little(rng):
    y = rng.normal(size=50)
    weights, _ = stack_weights(np.stack([-y, -y + rng.normal(size=50)]), y)
    np.testing.assert_allclose(weights, FLOOR)


def test_what_was_not_rated_does_not_count(rng):
    y, p = rng.normal(size=20), rng.normal(size=(2, 20))
    y[3] = np.nan
    here = np.arange(20) != 3
    np.testing.assert_array_equal(stack_weights(p, y)[0], stack_weights(p[:, here], y[here])[0])


def test_a_row_is_predicted_by_models_that_did_not_see_its_part():
    parts = np.array([0, 1, 1, 2])
    seen = []

    def fit_predict(inside, outside):
        assert not set(parts[inside]) & set(parts[outside])
        seen.extend(outside.tolist())
        return [np.full((outside.size, 1), float(outside[0])), np.zeros((outside.size, 1))]

    predictions = out_of_fold(parts, 1, fit_predict)
    assert sorted(seen) == [0, 1, 2, 3]
    assert predictions[0, :, 0].tolist() == [0, 1, 1, 3]


def test_one_client_is_too_few():
    with pytest.raises(af.ParameterError, match=r"names a single client; .* needs at least 2"):
        out_of_fold(np.zeros(5, np.int64), 1, lambda inside, outside: [])
