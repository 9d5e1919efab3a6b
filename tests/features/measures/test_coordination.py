"""Coordination and word-based alignment: by hand, ConvoKit's numbers, laws, null codes."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats.contingency import odds_ratio

import naive_style
from alliance_features.features.measures.coordination import alignment_log_odds, coordination

ARTICLE = "dyad__coordination__category_article__responder_client"


@st.composite
def exchanges(draw):
    """Presence before, hits and words of the answer, of one to twelve exchanges, two categories."""
    n = draw(st.integers(1, 12))
    before = draw(arrays(np.bool_, (n, 2)))
    words = draw(arrays(np.int64, n, elements=st.integers(1, 9)))
    shares = draw(arrays(np.int64, (n, 2), elements=st.integers(0, 9)))
    return before, np.minimum(shares, words[:, None]), words


def test_against_convokit():
    # Markers of a made-up talk, a: article, n: negation. The expected numbers are those of
    # ConvoKit 5.0.0 (Coordination.pairwise_scores, target_thresh 3) for the same markers.
    a = ["an", "a", "n", "-", "a", "n", "an", "a", "-", "n", "a", "an"]
    b = ["a", "an", "-", "a", "n", "a", "-", "a", "an", "n", "a", "-"]
    turns = [[mark in turn for mark in "an"] for pair in zip(a, b, strict=True) for turn in pair]
    held = np.array(turns)
    of_b = coordination(held[0::2], held[1::2])
    of_a = coordination(held[1:-1:2], held[2::2])
    np.testing.assert_allclose(of_b, [-0.011904761904761973, -0.16666666666666666], rtol=1e-12)
    np.testing.assert_allclose(of_a, [0.025974025974025983, 0.29545454545454547], rtol=1e-12)


def test_support():
    before = np.array([[True, True], [True, True], [False, True], [False, False]])
    after = np.array([[True, True], [True, False], [False, True], [False, True]])
    found = coordination(before, after)
    assert math.isnan(found[0])
    assert math.isclose(found[1], 2 / 3 - 3 / 4)
    # The same two uses are enough if two are asked for: 2/2 - 2/4.
    assert coordination(before, after, least=2)[0] == 0.5
    assert np.isnan(coordination(before[:0], after[:0])).all()


@given(exchanges())
def test_coordination_matches_naive_and_its_bounds(made):
    before, hits, _ = made
    found = coordination(before, hits > 0)
    for column in range(2):
        pairs = list(zip(before[:, column].tolist(), (hits[:, column] > 0).tolist(), strict=True))
        np.testing.assert_allclose(found[column], naive_style.coordination(pairs), rtol=1e-12)
    known = found[~np.isnan(found)]
    assert ((known >= -1) & (known <= 1)).all()
    # Order of the exchanges does not matter, and an answer that never varies follows nothing.
    np.testing.assert_array_equal(coordination(before[::-1], hits[::-1] > 0), found)
    never = coordination(before, np.zeros_like(before))
    assert set(never[~np.isnan(never)].tolist()) <= {0.0}
    always = coordination(np.ones_like(before), hits > 0)
    np.testing.assert_allclose(always[~np.isnan(always)], 0.0, atol=1e-15)


@given(exchanges())
def test_swam_matches_naive_and_scipy(made):
    before, hits, words = made
    found = alignment_log_odds(before, hits, words)
    for column in range(2):
        asked, said = before[:, column], hits[:, column]
        triples = list(zip(asked.tolist(), said.tolist(), words.tolist(), strict=True))
        expected = naive_style.swam(triples)
        np.testing.assert_allclose(found[column], expected, rtol=1e-11, atol=1e-12)
        if math.isnan(expected):
            continue
        # Half a word more in each cell is, after doubling, a table of whole numbers.
        cells = [[said[state].sum(), (words - said)[state].sum()] for state in (asked, ~asked)]
        table = 2 * np.array(cells) + 1
        log_odds = math.log(odds_ratio(table, kind="sample").statistic)
        np.testing.assert_allclose(found[column], log_odds, rtol=1e-11, atol=1e-12)


@given(exchanges())
def test_swam_changes_its_sign_where_with_and_without_change_places(made):
    before, hits, words = made
    found = alignment_log_odds(before, hits, words)
    np.testing.assert_allclose(alignment_log_odds(~before, hits, words), -found, rtol=1e-12)


# In a session


def talk_of(make_session, therapist, client):
    pairs = zip(therapist, client, strict=True)
    return make_session(*[turn for t, c in pairs for turn in (("therapist", t), ("client", c))])


def test_by_hand_in_a_session(make_session, measure):
    # Three therapist turns of five hold an article; two of the client's answers to them do, and
    # one of the other two: 2/3 - 3/5.
    session = talk_of(
        make_session,
        ["the dog", "a dog", "an owl", "dogs bark", "owls hoot"],
        ["the cat", "a cat", "cats purr", "the fox runs far", "foxes run"],
    )
    values = measure.session(session, "style").values
    assert math.isclose(values[ARTICLE], 2 / 3 - 3 / 5, rel_tol=1e-12)
    # Answers to turns with an article: 2 of 6 words; to the others: 1 of 6.
    swam = math.log(2.5 / 4.5) - math.log(1.5 / 5.5)
    name = "dyad__swam__category_article__responder_client"
    assert math.isclose(values[name], swam, rel_tol=1e-12)
    # The therapist's answers: articles before the 1st, 2nd and 4th, in the 1st and 2nd of four.
    name = "dyad__coordination__category_article__responder_therapist"
    assert math.isclose(values[name], 2 / 3 - 2 / 4, rel_tol=1e-12)
    # Articles alone have the support: the mean is theirs.
    assert values["dyad__coordination__responder_client"] == values[ARTICLE]


def test_a_turn_without_a_word_is_no_exchange(make_session, measure):
    session = talk_of(
        make_session,
        ["the dog", "um", "a dog", "an owl", "owls hoot", "owls hoot"],
        ["the cat", "the cat", "uh", "a cat", "cats purr", "foxes run"],
    )
    # Exchanges of the client: 1, 4, 5, 6, of which two hold an article before: too few.
    assert measure.session(session, ARTICLE).codes == {ARTICLE: "few_uses"}


@pytest.mark.parametrize(
    ("therapist", "code"),
    [(["dogs bark"] * 5, "few_uses"), (["the dog"] * 5, None), (["the dog"] * 4, "few_turns")],
)
def test_codes(therapist, code, make_session, measure):
    session = talk_of(make_session, therapist, ["the cat purrs"] * len(therapist))
    found = measure.session(session, "style")
    assert found.codes.get(ARTICLE) == code
    if code is None:  # every turn before holds an article
        assert found.values[ARTICLE] == 0.0
        assert found.codes["dyad__swam__category_article__responder_client"] == "few_uses"
        assert found.codes["dyad__swam__responder_client"] == "few_uses"
