"""The shape of sessions: numbers by hand, the oracle, undefined cases."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import alliance_features as af
import naive
import naive_acts
from alliance_features.features.signals.asking import share_of
from alliance_features.features.signals.shape import gini

FIFTY = "the house by the river " * 10
TEXTS = [
    "Why?",
    "Why? How?! Wow! No...",
    "Yes",
    "House\U0001f600 \u2764",
    "A B... c!! d ! !",
    "",
    FIFTY,
]


def timed(session, **fields):
    """Give the turns of a session starts, 7 seconds apart and every fourth unknown."""
    rows = session.to_dict()
    for place, turn in enumerate(rows["turns"]):
        turn["end"] = None
        turn["start"] = None if place % 4 == 3 else 7.0 * place + place % 3
    return af.Session.from_dict({**rows, "mode": "typed", **fields})


def check_session(session, measure, lists):
    found = measure.session(session, "shape")
    turns = [
        (turn.role, turn.text, math.nan if turn.start is None else turn.start)
        for turn in session.turns
    ]
    expected = naive_acts.shape_session(turns, lists)
    assert set(found.values) <= set(expected)
    for name, value in found.values.items():
        if value is not None:
            np.testing.assert_allclose(value, expected[name], rtol=1e-12, atol=1e-10, err_msg=name)
        elif found.codes[name] in ("no_events", "no_turns"):
            assert math.isnan(expected[name]), name
        elif name.endswith(("third_diff", "q90", "per_min")) and found.codes[name] != "few_words":
            assert math.isnan(expected[name]) or found.codes[name] == "no_times", name
        else:
            assert found.codes[name] in ("few_words", "few_turns"), name


def test_examples_match_naive(example_sessions, measure, lists):
    for session in example_sessions:
        check_session(timed(session), measure, lists)


def test_generated_sessions_match_naive(make_session, measure, lists):
    turn = st.tuples(st.sampled_from(naive.ROLES), st.sampled_from(TEXTS))

    @given(st.lists(turn, min_size=1, max_size=40))
    def check(turns):
        check_session(timed(make_session(*turns)), measure, lists)

    check()


@pytest.mark.parametrize(
    ("lengths", "expected"),
    [
        ([1, 1, 1], 0.0),
        ([0, 0, 1], 2 / 3),
        ([1, 3], 0.25),
        ([1, 2, 3, 4], 0.25),
        ([0, 0], math.nan),
    ],
)
def test_gini_by_hand(lengths, expected):
    found = gini(np.array(lengths, dtype=np.float64))
    np.testing.assert_allclose(found, expected, atol=1e-15)


@given(st.lists(st.integers(0, 50), min_size=1, max_size=20), st.integers(2, 9))
def test_gini_ignores_the_unit_and_the_order(lengths, factor):
    x = np.array(lengths, dtype=np.float64)
    if not x.any():
        return
    np.testing.assert_allclose(gini(x), naive_acts.gini(lengths), rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(gini(factor * x[::-1]), gini(x), rtol=1e-12, atol=1e-14)
    assert -1e-12 <= gini(x) < 1.0


def test_share_of_nothing_is_nan():
    none = np.zeros(3, dtype=np.bool_)
    assert math.isnan(share_of(~none, none))


def test_questions_and_answers_by_hand(make_session, measure):
    session = make_session(
        ("therapist", "Did it rain?"),
        ("client", "No, not here."),  # curt: three words after a question
        ("therapist", "Why? Since when?"),  # two questions
        ("client", "a b c d " * 5),  # an answer of 20 words: a disclosure
        ("therapist", "And then?"),  # a question after a disclosure
        ("client", "Well, that was all there is."),
        ("therapist", "I see."),
        ("client", "a b c d " * 5 + "e"),
        ("therapist", "Yes."),  # no question after a disclosure
    )
    values = measure.session(session, "shape").values
    assert values["client__curt_answer_prop"] == pytest.approx(1 / 3)
    assert values["therapist__question_turn_prop"] == 0.6
    assert values["therapist__stacked_question_prop"] == 0.2
    assert values["therapist__question_after_disclosure_prop"] == 0.5


def test_rows_a_turn_by_hand(make_session, measure):
    session = make_session(
        ("client", "a"), ("client", "b"), ("therapist", "c"), ("client", ""), ("client", "d")
    )
    values = measure.session(session, "shape").values
    assert values["client__rows_per_turn"] == 1.5
    assert values["therapist__rows_per_turn"] == 1.0


def test_letters_and_stretches_by_hand(make_session, measure):
    # 50 words of 200 letters in all, then "don't" (4 letters) and "mother-in-law" (11).
    session = make_session("four " * 50 + "... don't! Mother-in-law.")
    values = measure.session(session, "shape").values
    np.testing.assert_allclose(values["client__word_letters__mean"], 215 / 52)
    np.testing.assert_allclose(values["client__words_per_stretch"], 52 / 3)


@pytest.mark.parametrize(
    ("text", "runs"),
    [("No!", 1), ("No!!", 1), ("No! ! Yes!", 2), ("What?!", 1), ("No.", 0), ("!", 1)],
)
def test_exclamations_are_runs(text, runs, make_session, measure):
    session = make_session(FIFTY + text)
    words = measure.session(session, "client__words_n").values["client__words_n"]
    rate = measure.session(session, "client__exclamation_rate").values["client__exclamation_rate"]
    assert rate == 100 * runs / words


def test_typed_signs_by_hand(make_session, measure):
    session = make_session(FIFTY + "\U0001f600 \u2764", mode="typed")
    found = measure.session(session, ["client__emoji_rate", "client__ellipsis_rate__third_diff"])
    assert found.values["client__emoji_rate"] == 4.0
    spoken = make_session(FIFTY, mode="spoken")
    codes = measure.session(spoken, ["client__emoji_rate", "client__typed_words_per_min"]).codes
    assert {*codes.values()} == {"mode_spoken"}


def test_gaps_by_hand(make_session, measure):
    # Thirty turns, alternating, the client first. The therapist's replies come after 1 s in the
    # first fifteen turns and after 3 s later; the client's always after 2 s.
    rows = make_session(*["house", "river house"] * 15).to_dict()
    clock = 0.0
    for place, turn in enumerate(rows["turns"]):
        clock += 2.0 if place % 2 == 0 else (1.0 if place < 15 else 3.0)
        turn["start"] = clock
    found = measure.session(af.Session.from_dict({**rows, "mode": "typed"}), "shape").values
    assert found["therapist__reply_gap_s__third_diff"] == 2.0
    assert found["client__reply_gap_s__third_diff"] is None  # four gaps known in its first third
    assert found["therapist__reply_gap_s__q90"] == 3.0
    # The client's first turn has no gap: 14 words in 28 seconds.
    assert found["client__typed_words_per_min"] == 30.0


def test_a_session_without_a_turn(make_session, measure):
    found = measure.session(make_session(), "shape")
    assert {*found.values.values()} == {None}
    codes = {"few_words", "few_turns", "no_turns", "no_events", "no_times", "mode_spoken"}
    assert {*found.codes.values()} == codes
