"""Permutation between clients: laws, exact p, messages."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alliance_features.errors import ParameterError
from alliance_features.stats.permutation import permutation_p, permute_between

NAN = math.nan


@given(st.lists(st.sampled_from("abcdefghijklmnopqrstuvwxyz"), max_size=60), st.integers(0, 99))
def test_a_client_receives_the_ratings_of_one_client_in_order(clusters, seed):
    order = permute_between(np.zeros(len(clusters)), clusters, np.random.default_rng(seed))
    assert sorted(order.tolist()) == list(range(len(clusters)))
    rows = {c: [i for i, k in enumerate(clusters) if k == c] for c in clusters}
    sources = []
    for mine in rows.values():
        received = order[mine].tolist()
        source = clusters[received[0]]
        kept = min(len(mine), len(rows[source]))
        assert received[:kept] == rows[source][:kept]
        sources.append(source)
    assert sorted(sources) == sorted(rows)


def test_sequences_stay_whole_among_clients_of_one_length(rng):
    clusters = np.repeat(np.arange(35), 4)
    order = permute_between(np.zeros(140), clusters, rng).reshape(35, 4)
    assert (order[:, 0] % 4 == 0).all()
    assert (order == order[:, :1] + np.arange(4)).all()
    assert (order[:, 0] // 4 != np.arange(35)).any()


def test_clients_exchange_with_clients_of_like_length(rng):
    # 20 clients of 2 sessions and 20 of 8: four groups, none with both.
    clusters = np.repeat(np.arange(40), [2] * 20 + [8] * 20)
    order = permute_between(np.zeros(200), clusters, rng)
    assert ((order < 40) == (np.arange(200) < 40)).all()


def test_every_order_of_clients_comes_up(rng):
    result = {tuple(permute_between(np.zeros(3), "abc", rng).tolist()) for _ in range(200)}
    assert len(result) == 6


def test_same_seed_same_order():
    clusters = np.repeat(np.arange(10), 3)
    one, two = (
        permute_between(np.zeros((30, 3)), clusters, np.random.default_rng(4)) for _ in range(2)
    )
    assert (one == two).all()


def test_p_by_hand():
    # Of nine, .3 and .4 are at least .3: 3 / 10. A NaN is no evidence: it counts.
    null = [0.1, 0.2, 0.3, 0.4, 0.0, -0.1, -0.2, 0.29, 0.1]
    assert permutation_p(0.3, null) == 0.3
    assert permutation_p(0.3, [*null[:-1], NAN]) == 0.4
    assert permutation_p(1.0, [0.0] * 199) == 0.005


def test_p_undefined():
    assert math.isnan(permutation_p(NAN, [0.1]))
    assert math.isnan(permutation_p(0.1, []))


def test_p_is_uniform_under_exchangeability(rng):
    # 19 permutations: p <= .05 exactly when the observed is the largest of 20.
    ps = [permutation_p(v[0], v[1:]) for v in rng.normal(size=(2000, 20))]
    assert abs(np.mean(np.array(ps) <= 0.05) - 0.05) < 0.02
    assert abs(np.mean(ps) - 0.525) < 0.02


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: permute_between([1], "a", 3), "`rng` is int; it must be a numpy Generator"),
        (lambda: permute_between([1, 2], "a", np.random.default_rng()), "`clusters` has 1 rows"),
        (lambda: permutation_p(1, [math.inf]), r"`null\[0\]` is infinite"),
    ],
)
def test_malformed_input_is_refused(call, message):
    with pytest.raises(ParameterError, match=message):
        call()
