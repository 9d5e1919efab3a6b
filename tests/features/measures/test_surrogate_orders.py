"""The orders of surrogates: all shifts, uniform draws that never change, exact moments."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy import stats
from scipy.special import comb

import alliance_features as af
import naive_synchrony
from alliance_features.features.measures import surrogates as module
from alliance_features.features.measures.surrogates import session_seed, shifts, shuffles

ROLES = ["therapist", "client"]
SEED = 9220654555816040995
PINNED = [[1, 0, 4, 2, 3], [2, 4, 0, 3, 1], [3, 1, 0, 4, 2]]


def talk(rng, n):
    """Distances of n alternating turns at random places."""
    at = rng.normal(size=(n, 4))
    return np.linalg.norm(at[:, None] - at, axis=-1), (ROLES * n)[:n]


# Exact moments


@settings(max_examples=25)
@given(st.integers(0, 10**6), st.integers(5, 11), st.sampled_from(ROLES))
def test_shuffled_neighbours_have_exact_moments(seed, n, anchor):
    d, roles = talk(np.random.default_rng(seed), n)
    found = af.surrogates(d, roles, measure="adjacent_wmd", anchor=anchor, surrogate="shuffle")
    enumerated = naive_synchrony.exact_adjacent(d.tolist(), roles, anchor)
    assert_allclose((found.mean, found.sd), enumerated, rtol=1e-11)
    formula = naive_synchrony.hoeffding(d.tolist(), roles, anchor)
    assert_allclose((found.mean, found.sd), formula, rtol=1e-11)


def test_shuffled_neighbours_as_scipy_permutes_pairings(rng):
    d, roles = talk(rng, 12)
    block = d[::2, 1::2]

    def statistic(order):
        return block[np.arange(6), np.asarray(order, dtype=int)].mean()

    exact = stats.permutation_test(
        (np.arange(6),),
        statistic,
        permutation_type="pairings",
        alternative="less",
        n_resamples=np.inf,
        vectorized=False,
    )
    found = af.surrogates(d, roles, measure="adjacent_wmd", surrogate="shuffle", draws=9999, seed=3)
    assert exact.null_distribution.size == 720
    assert_allclose(found.observed, exact.statistic, rtol=1e-12)
    assert_allclose(found.mean, exact.null_distribution.mean(), rtol=1e-12)
    assert_allclose(found.sd, exact.null_distribution.std(), rtol=1e-12)
    assert abs(found.p - exact.pvalue) < 4 * math.sqrt(0.25 / 9999)


@pytest.mark.parametrize("k", [1, 2, 3])
def test_mean_of_shuffled_minima_is_that_of_order_statistics(rng, k):
    # The least of w out of m values without replacement, on average.
    d, roles = talk(rng, 24)
    found = af.surrogates(d, roles, measure="uclid", k=k, surrogate="shuffle", draws=4000, seed=1)
    block = np.sort(d[::2, 1::2], axis=1)
    expected = []
    for anchor, row in enumerate(block):
        w = min(k, 12 - anchor)
        weights = comb(11 - np.arange(12), w - 1) / comb(12, w)
        expected.append(weights @ row)
    assert_allclose(found.mean, np.mean(expected), atol=4 * found.sd / math.sqrt(4000))


# Orders


def test_shifts_are_all_rotations():
    assert shifts(4).tolist() == [[1, 2, 3, 0], [2, 3, 0, 1], [3, 0, 1, 2]]
    assert shifts(1).shape == (0, 1)
    assert shifts(0).shape == (0, 0)


def test_random_orders_are_uniform_and_never_change():
    (orders,) = shuffles(3, 6000, 11)
    kinds, counts = np.unique(orders, axis=0, return_counts=True)
    assert sorted(map(tuple, kinds.tolist())) == sorted(
        [(0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0)]
    )
    assert stats.chisquare(counts).pvalue > 0.01
    (pinned,) = shuffles(5, 3, session_seed("s1"))
    assert pinned.tolist() == PINNED
    assert not np.array_equal(next(shuffles(5, 3, 1)), next(shuffles(5, 3, 2)))


def test_orders_do_not_depend_on_the_block(monkeypatch):
    (whole,) = shuffles(7, 20, 4)
    monkeypatch.setattr(module, "_BLOCK", 21)
    blocks = [*shuffles(7, 20, 4)]
    assert [len(block) for block in blocks] == [3] * 6 + [2]
    np.testing.assert_array_equal(np.concatenate(blocks), whole)


def test_seeds_of_sessions_never_change():
    assert session_seed("s1") == SEED
    seeds = {session_seed(name, seed) for name in ("s1", "s2", "1", "11") for seed in (0, 1, 11)}
    assert len(seeds) == 12
    assert all(0 <= seed < 2**64 for seed in seeds)
