"""Trends, worked by hand; laws of the slope; null codes. The oracle is in `test_table.py`."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from alliance_features.features.measures.trends import outer_thirds, positions, weighted_slope

SLOPE = "client__i_rate__slope"
THIRD = "client__i_rate__third_diff"


def test_positions_and_thirds():
    assert positions(5).tolist() == [0, 0.25, 0.5, 0.75, 1]
    assert positions(1).tolist() == [0]
    for n, first, last in [(3, [0], [2]), (4, [0, 1], [3]), (5, [0, 1], [4]), (6, [0, 1], [4, 5])]:
        found = [np.flatnonzero(third).tolist() for third in outer_thirds(n)]
        assert found == [first, last], n


def test_slope_by_hand():
    # Weights 1, 1, 2 at 0, .5, 1: mean x = .625, y = 0, 2, 4 lies on a line of slope 4.
    x = np.array([0.0, 0.5, 1.0])
    assert weighted_slope(x, np.array([0.0, 2.0, 4.0]), np.array([1.0, 1.0, 2.0])) == 4.0
    # y = 0, 4, 0 with equal weights: no trend.
    assert weighted_slope(x, np.array([0.0, 4.0, 0.0]), np.ones(3)) == 0.0
    # The last point counts three times: as if it stood there three times.
    heavy = weighted_slope(x, np.array([0.0, 4.0, 0.0]), np.array([1.0, 1.0, 3.0]))
    often = np.polyfit([0.0, 0.5, 1.0, 1.0, 1.0], [0.0, 4.0, 0.0, 0.0, 0.0], 1)[0]
    assert math.isclose(heavy, often, rel_tol=1e-12)


@given(
    value=st.floats(-1e3, 1e3),
    n=st.integers(3, 40),
    weights=arrays(np.float64, 40, elements=st.floats(0.125, 300)),
)
def test_a_constant_series_has_slope_exactly_0(value, n, weights):
    assert weighted_slope(positions(n), np.full(n, value), weights[:n]) == 0.0


@pytest.mark.parametrize(
    ("y", "weights"),
    [
        ([1.0, 2.0, math.nan], [1.0, 1.0, 1.0]),
        ([1.0, 2.0, 3.0], [1.0, 1.0, 0.0]),
    ],
)
def test_slope_needs_three_points(y, weights):
    assert math.isnan(weighted_slope(np.array([0.0, 0.5, 1.0]), np.array(y), np.array(weights)))


def test_slope_needs_points_that_differ_in_place():
    assert math.isnan(weighted_slope(np.full(4, 0.5), np.arange(4.0), np.ones(4)))


values = arrays(np.float64, 8, elements=st.floats(-100, 100))


@given(values, st.floats(-50, 50), st.floats(-50, 50))
def test_slope_shifts_and_adds(y, intercept, slope):
    x, w = positions(8), np.arange(1.0, 9.0)
    moved = weighted_slope(x, y + intercept + slope * x, w)
    assert math.isclose(moved, weighted_slope(x, y, w) + slope, abs_tol=1e-9)
    assert math.isclose(weighted_slope(x, -y, w), -weighted_slope(x, y, w), abs_tol=1e-12)


def _talk(make_session, *clients):
    """Alternate the client's turns with a nod."""
    pairs = [turn for text in clients for turn in (("client", text), ("therapist", "Go on."))]
    return make_session(*pairs)


def _words(n, n_i=0):
    """Return a turn of `n` words, `n_i` of them I, each apart from the next."""
    return " ".join(["I so"] * n_i + [f"w{place}" for place in range(n - 2 * n_i)])


def test_rate_of_the_last_third_minus_the_first(make_session, measure):
    # 12 merged turns: the first third holds the client's turns 1 and 2, the last 5 and 6.
    turns = [_words(50, 1), _words(50), _words(50, 9), _words(50), _words(50, 5), _words(50)]
    values = measure.session(_talk(make_session, *turns), "pronouns").values
    assert values[THIRD] == 100 * 5 / 100 - 100 * 1 / 100


def test_slope_of_a_rate_weighs_turns_by_words(make_session, measure):
    # Rates 10, 0 and 20 per 100 words at positions 0, .4 and .8 of 6 merged turns.
    turns = [_words(10, 1), _words(30), _words(20, 4)]
    found = measure.session(_talk(make_session, *turns), "pronouns").values[SLOPE]
    x, y, w = [0.0, 0.4, 0.8], [10.0, 0.0, 20.0], np.sqrt([10, 30, 20])
    assert math.isclose(found, np.polyfit(x, y, 1, w=w)[0], rel_tol=1e-9)


def test_length_of_turns_counts_turns_equally(make_session, measure):
    turns = [_words(10), _words(30), _words(20)]
    values = measure.session(_talk(make_session, *turns), "volume").values
    expected = np.polyfit([0.0, 0.4, 0.8], [10.0, 30.0, 20.0], 1)[0]
    assert math.isclose(values["client__words_per_turn__slope"], expected, rel_tol=1e-9)
    assert values["client__words_per_turn__third_diff"] == 10.0


def test_null_codes(make_session, measure):
    few = measure.session(_talk(make_session, _words(40)), ["pronouns", "volume", "fluency"])
    assert few.codes[SLOPE] == few.codes[THIRD] == "few_words"
    assert few.codes["client__filled_pause_rate__slope"] == "few_words"
    assert few.codes["client__words_per_turn__slope"] == "few_turns"
    assert few.codes["client__words_per_turn__third_diff"] == "few_turns"
    # 100 words in all, but 20 in the last third; and two turns make no slope.
    two = _talk(make_session, _words(80), _words(20))
    codes = measure.session(two, "pronouns").codes
    assert (codes[SLOPE], codes[THIRD]) == ("few_turns", "few_words")


def test_pauses_need_a_verbatim_transcript(make_session, measure):
    session = make_session(*[_words(60)] * 8, verbatim=False)
    codes = measure.session(session, "fluency").codes
    assert codes["client__filled_pause_rate__slope"] == "not_verbatim"


def test_distances_over_the_session(make_session, measure):
    # The therapist repeats the client in the first half and says something else in the second.
    near = [("client", "my mother was angry"), ("therapist", "my mother was angry")] * 4
    far = [("client", "my mother was angry"), ("therapist", "set a goal for the week")] * 4
    values = measure.session(make_session(*near, *far), "synchrony").values
    name = "dyad__adjacent_wmd__responder_therapist__"
    assert values[f"{name}slope"] > 1.0
    assert values[f"{name}third_diff"] > 1.0
    codes = measure.session(make_session(*near), "synchrony").codes
    assert codes[f"{name}slope"] == "few_turns"
