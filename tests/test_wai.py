import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import naive_wai as naive
from alliance_features import ParameterError
from alliance_features.wai import DIMENSIONS, INSTRUMENTS, instrument, score_items

NAMES = st.sampled_from(INSTRUMENTS)


@pytest.mark.parametrize("name", INSTRUMENTS)
def test_every_item_is_in_one_dimension(name):
    one = instrument(name)
    items = [item for numbers in one.keys.values() for item in numbers]
    assert sorted(items) == list(range(1, one.n_items + 1))
    assert set(one.keys) == set(DIMENSIONS)
    assert len({len(numbers) for numbers in one.keys.values()}) == 1
    assert one.reversed_items <= set(items)


@pytest.mark.parametrize("name", INSTRUMENTS)
def test_keys_are_those_of_the_oracle(name):
    low, high, keys = naive.KEYS[name]
    one = instrument(name)
    assert (one.low, one.high) == (low, high)
    for dimension, signed in keys.items():
        assert one.signs(dimension) == {abs(item): 1 if item > 0 else -1 for item in signed}


def test_net_key_sums_of_the_long_form():
    one = instrument("WAI-36")
    net = {dimension: sum(one.signs(dimension).values()) for dimension in one.keys}
    assert net == {"task": 2, "bond": 6, "goal": 0}
    assert len(one.reversed_items) == 14


def test_short_form_follows_from_the_long_form():
    short, long = instrument("WAI-S"), instrument("WAI-36")
    for item, original in naive.SHORT_TO_LONG.items():
        assert short.dimension_of(item) == long.dimension_of(original)
        assert (item in short.reversed_items) == (original in long.reversed_items)


@pytest.mark.parametrize("name", INSTRUMENTS)
@pytest.mark.parametrize("best", [True, False])
def test_the_best_answers_score_highest(name, best):
    one = instrument(name)
    answers = np.full((1, one.n_items), one.high if best else one.low)
    flip = [item - 1 for item in one.reversed_items]
    answers[:, flip] = one.low if best else one.high
    for scores in score_items(answers, one).values():
        assert scores == [one.high if best else one.low]
    n = len(one.keys["goal"])
    for scores in score_items(answers, one, how="sum").values():
        assert scores == [n * (one.high if best else one.low)]  # 12-84 and 4-28, 4-20


def test_worked_example():
    # WAI-S, item n answered n % 7 + 1: 2 3 4 5 6 7 1 2 3 4 5 6; items 4 and 10 become 3 and 4.
    scores = score_items([[n % 7 + 1 for n in range(1, 13)]], instrument("WAI-S"), how="sum")
    assert scores["task"] == [2 + 3 + 2 + 6]
    assert scores["bond"] == [4 + 6 + 1 + 3]
    assert scores["goal"] == [3 + 7 + 4 + 5]


def answers_of(one):
    answer = st.one_of(st.none(), st.floats(one.low, one.high))
    return st.lists(
        st.lists(answer, min_size=one.n_items, max_size=one.n_items), min_size=0, max_size=4
    )


@given(st.data(), NAMES, st.sampled_from(["mean", "sum"]), st.none() | st.integers(1, 4))
def test_scores_match_naive(data, name, how, min_items):
    one = instrument(name)
    low, high, key = naive.KEYS[name]
    people = data.draw(answers_of(one))
    array = np.array(people, dtype=float).reshape(-1, one.n_items)
    before = array.copy()
    scores = score_items(array, one, how=how, min_items=min_items)
    np.testing.assert_array_equal(array, before)
    for dimension in DIMENSIONS:
        expected = [naive.score(row, key, low, high, how, min_items)[dimension] for row in people]
        np.testing.assert_allclose(scores[dimension], expected, rtol=1e-12, err_msg=dimension)


def test_a_missing_item_voids_its_subscale_only():
    answers = np.ones((1, 12))
    answers[0, 2] = np.nan
    scores = score_items(answers, instrument("WAI-SR"))
    assert np.isnan(scores["bond"]).all()
    assert scores["goal"] == scores["task"] == [1.0]
    assert score_items(answers, instrument("WAI-SR"), how="sum", min_items=3)["bond"] == [4.0]
    answers[0, [4, 6, 8]] = np.nan
    assert np.isnan(score_items(answers, instrument("WAI-SR"), min_items=1)["bond"]).all()


@pytest.mark.parametrize(
    ("items", "options", "message"),
    [
        ([[6] + [1] * 11], {}, r"`items\[0, 0\]` is 6; answers to WAI-SR are from 1 to 5"),
        ([[1] * 11 + [0]], {}, r"`items\[0, 11\]` is 0; answers"),
        ([[1] * 11 + [float("inf")]], {}, r"`items\[0, 11\]` is inf; answers"),
        ([[1] * 11], {}, r"`items` has shape \(1, 11\); it must be \(n, 12\)"),
        ([1] * 12, {}, r"`items` has shape \(12,\)"),
        ([["a"] * 12], {}, "`items` is not an array of numbers"),
        ([[1] * 12], {"how": "total"}, r"`how` is 'total'"),
        ([[1] * 12], {"min_items": 0}, "`min_items` is 0"),
        ([[1] * 12], {"min_items": 5}, "`min_items` is 5; goal of WAI-SR has 4"),
    ],
)
def test_malformed_answers_raise(items, options, message):
    with pytest.raises(ParameterError, match=message):
        score_items(items, instrument("WAI-SR"), **options)


def test_unknown_names_raise():
    with pytest.raises(ParameterError, match=r"`name` is 'WAI'; it must be one of"):
        instrument("WAI")
    with pytest.raises(ParameterError, match=r"`dimension` is 'total'"):
        instrument("WAI-SR").signs("total")
    with pytest.raises(ParameterError, match="`item` is 13; WAI-SR has items 1 to 12"):
        instrument("WAI-SR").dimension_of(13)
