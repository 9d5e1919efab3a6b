"""Windowed lagged cross-correlation: worked by hand, against the oracle and scipy, its laws."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

import naive_corpus as oracle
from alliance_features.features.measures.lagged import (
    all_lagged,
    correlations,
    lagged_correlations,
    mean_lead,
    mean_peak,
    turn_series,
)

NAMES = [
    *(
        f"dyad__lagged_r__leader_{leader}__series_{series}"
        for series in ("words", "first_person")
        for leader in ("therapist", "client")
    ),
    *(
        f"dyad__lagged_peak_{which}__series_{series}"
        for series in ("words", "first_person")
        for which in ("r", "lag")
    ),
]
SERIES = st.lists(st.floats(-9, 9).map(lambda x: round(x, 2)) | st.just(math.nan), max_size=60)


def _roles(n, first="therapist"):
    other = {"therapist": "client", "client": "therapist"}[first]
    return [(first, other)[turn % 2] for turn in range(n)]


def _all(values, first="therapist"):
    therapist = np.array([role == "therapist" for role in _roles(len(values), first)], bool)
    return all_lagged({"x": np.asarray(values, float)}, therapist)["x"]


def test_the_reply_that_copies_the_turn_before():
    # 20 exchanges, client = therapist's turn: r is 1 in the three windows, and the lag is +1. In
    # the last window the client leads 7 third replies: too few, so it has no peak.
    lead = np.array([3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9, 7, 9, 3, 2, 3, 8, 4], float)
    found = _all(np.repeat(lead, 2))
    np.testing.assert_allclose(found.therapist[0], [1.0, 1.0, 1.0], rtol=1e-12)
    assert np.isnan(found.client[2]).tolist() == [False, False, True]
    np.testing.assert_allclose(mean_lead(found, "therapist"), 1.0, rtol=1e-12)
    np.testing.assert_allclose([mean_peak(found, 0), mean_peak(found, 1)], [1.0, 1.0], rtol=1e-12)
    # Said the other way round: the client begins, and leads.
    turned = _all(np.repeat(lead, 2), first="client")
    np.testing.assert_allclose(mean_lead(turned, "client"), 1.0, rtol=1e-12)
    assert mean_peak(turned, 1) == -1.0


def test_a_reply_that_comes_two_turns_late():
    lead = np.array([3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9, 7, 9, 3, 2, 3, 8, 4], float)
    values = np.ravel(np.column_stack([lead, np.concatenate([[0.5], -lead[:-1]])]))
    found = _all(values)
    np.testing.assert_allclose(found.therapist[1], -1.0, rtol=1e-12)
    assert mean_peak(found, 1) == 2.0
    np.testing.assert_allclose(mean_peak(found, 0), 1.0, rtol=1e-12)


def test_windows_of_ten_turns_every_fifth():
    # 25 therapist turns: windows at 0, 5, 10 and 15. The last reply of lag 2 is missing once, of
    # lag 3 twice: 8 pairs are left.
    rng = np.random.default_rng(0)
    values = rng.normal(size=50)
    leads = np.arange(50) % 2 == 0
    found = lagged_correlations(values, leads)
    assert found.shape == (3, 4)
    turns = np.arange(50)[leads]
    for window, start in enumerate((0, 5, 10, 15)):
        for lag in (1, 2, 3):
            own = [t for t in turns[start : start + 10] if t + 2 * lag - 1 < 50]
            expected = stats.pearsonr(values[own], values[[t + 2 * lag - 1 for t in own]]).statistic
            np.testing.assert_allclose(found[lag - 1, window], expected, rtol=1e-10)


@given(SERIES, st.sampled_from(["therapist", "client"]))
def test_matches_naive(values, first):
    roles = _roles(len(values), first)
    found = _all(values, first)
    for leader in ("therapist", "client"):
        for lag in (1, 2, 3):
            expected = oracle.windows(values, roles, leader, lag)
            np.testing.assert_allclose(found.of(leader)[lag - 1], expected, rtol=1e-9, atol=1e-9)
    heights, _ = oracle.peaks(values, roles)
    np.testing.assert_allclose(mean_peak(found, 0), oracle.mean_of_enough(heights), atol=1e-9)


@given(SERIES, st.floats(0.5, 20), st.floats(-50, 50))
def test_scale_and_origin_do_not_matter(values, scale, origin):
    one, two = _all(values), _all([scale * value + origin for value in values])
    np.testing.assert_allclose(one.therapist, two.therapist, atol=1e-6)
    np.testing.assert_allclose(-one.client, _all([-v for v in values]).client * -1, atol=1e-12)


@given(SERIES)
def test_bounds_and_the_mirror(values):
    found, turned = _all(values), _all(values, first="client")
    known = found.therapist[~np.isnan(found.therapist)]
    assert (np.abs(known) <= 1.0).all()
    np.testing.assert_array_equal(found.therapist, turned.client)
    np.testing.assert_array_equal(found.client, turned.therapist)
    np.testing.assert_allclose(mean_peak(found, 0), mean_peak(turned, 0), rtol=1e-12)


def test_a_constant_has_no_correlation():
    x = np.arange(9.0)
    assert math.isnan(correlations(x, np.full(9, 0.1)))
    assert math.isnan(correlations(x[:7], x[:7]))
    y = np.array([0.0, 1, 2, 3, 4, 5, 6, 7, math.nan])
    np.testing.assert_allclose(correlations(x, y), 1.0, rtol=1e-12)


def test_series():
    found = turn_series(np.array([0, 4, 1]), np.array([0, 1, 1]))
    np.testing.assert_allclose(found["words"], [0.0, math.log(5), math.log(2)], rtol=1e-15)
    np.testing.assert_array_equal(found["first_person"], [math.nan, 0.25, 1.0])


def test_in_a_session(example_sessions, lists, measure):
    for session in example_sessions[:3]:
        expected = oracle.lagged_session([(t.role, t.text) for t in session.turns], lists)
        assert set(expected) == set(NAMES)
        values = measure.session(session, NAMES).values
        for name in NAMES:
            found = math.nan if values[name] is None else values[name]
            np.testing.assert_allclose(found, expected[name], rtol=1e-9, atol=1e-9, err_msg=name)


def test_a_reply_as_long_as_the_turn_before(make_session, measure):
    lengths = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9, 7, 9, 3, 2, 3, 8, 4]
    names = ["dog", "tree", "house", "road", "lamp", "bread", "stone", "river", "cloud"]
    talk = [" ".join(names[:n]) for n in lengths for _ in range(2)]
    values = measure.session(make_session(*talk), NAMES).values  # the client begins
    np.testing.assert_allclose(values["dyad__lagged_r__leader_client__series_words"], 1, rtol=1e-12)
    assert values["dyad__lagged_peak_lag__series_words"] == -1.0


@pytest.mark.parametrize("n", [1, 2, 19, 20, 28])
def test_few_windows(n, make_session, measure):
    # Two windows of one leader take 15 turns of his: 29 or 30 merged turns.
    found = measure.session(make_session(*[f"dog {'x ' * (t % 7)}" for t in range(n)]), NAMES)
    assert set(found.codes.values()) == {"few_windows"}
    assert set(found.codes) == set(NAMES)


def test_needs_word_lists(make_session, measure):
    codes = measure.session(make_session("hai", language="ja"), NAMES[0]).codes
    assert codes == {NAMES[0]: "no_lexicon"}
