"""How much each speaks: numbers by hand, the oracle, undefined cases."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alliance_features.kernels.windows import moving_type_token_ratio


def test_worked_example(make_session, measure):
    session = make_session(
        ("client", "I went home."),  # 3 words: at most 3, a minimal reply
        ("therapist", "Um, did you? And then?!"),  # 4 words, 2 questions
        ("client", "Well, I [sighs] slept."),  # 3 words; with the next row one turn of 4
        ("client", "Really."),
        ("therapist", "(nods)"),  # no word; with the last row one turn of 1: a minimal reply
        ("client", ""),  # no turn
        ("therapist", "Mm-hmm."),
    )
    values = measure.session(session, "volume").values
    assert {name: value for name, value in values.items() if value is not None} == {
        "client__words_n": 7,
        "client__turns_n": 2,
        "client__words_per_turn__mean": 3.5,
        "client__minimal_reply_prop": 0.5,
        "therapist__words_n": 5,
        "therapist__turns_n": 2,
        "therapist__words_per_turn__mean": 2.5,
        "therapist__minimal_reply_prop": 0.5,
        # Thirds of four turns by index: the first two (0, 1 < 4/3) and the last one (3 >= 8/3),
        # where the client has no turn.
        "therapist__words_per_turn__third_diff": -3.0,
        "dyad__turns_n": 4,
        "dyad__words_n": 12,
    }


@pytest.mark.parametrize(
    ("text", "questions"),
    [
        ("What?!", 1),
        ("What?!?", 1),
        ("Why? How? I know.", 2),
        ("Why... what", 0),
        ('You said "why?" then?', 2),
        ("No", 0),
        ("?", 1),
    ],
)
def test_questions(text, questions, one_turn):
    assert one_turn(text)["questions_n"] == questions


def test_question_rate_is_sum_over_sum(make_session, measure):
    # 2 words with 2 questions and 48 with 1: 100 x 3 / 50. The mean of the rates would be 51.04.
    session = make_session("why? how?", "yes", "other thing " * 24 + "?")
    values = measure.session(session, "volume").values
    assert values["client__words_n"] == 50
    assert values["client__question_rate"] == 6.0


def test_talk_ratio(make_session, measure):
    # 5 turns of 1 word of the client, 5 of 3 words of the therapist.
    session = make_session(*["yes", "that is good"] * 5)
    assert measure.session(session, "dyad__talk_ratio").values == {"dyad__talk_ratio": 3.0}


def test_minimal_replies_have_three_words_at_most(make_session, measure):
    session = make_session("one two three", "a", "one two three four", "b", "um", "c")
    found = measure.session(session, "client__minimal_reply_prop").values
    np.testing.assert_allclose(found["client__minimal_reply_prop"], 2 / 3, rtol=1e-15)


# Lexical variety


def numbered(*numbers):
    return " ".join(f"w{number}" for number in numbers)


def test_mattr_of_one_window(make_session, measure):
    # 50 words, 25 distinct.
    session = make_session(numbered(*range(25), *range(25)))
    assert measure.session(session, "client__mattr").values == {"client__mattr": 0.5}


def test_mattr_moves(make_session, measure):
    # 52 words: w0 three times more at the end. Windows of 50 hold 50, 49 (w1..w49 and w0 is 50:
    # w0 left), then w2..w49, w0, w0.
    # window 1: w0..w49, 50 types; window 2: w1..w49 w0, 50; window 3: w2..w49 w0 w0, 49.
    session = make_session(numbered(*range(30)), "yes", numbered(*range(30, 50)) + " w0. w0")
    found = measure.session(session, "client__mattr").values["client__mattr"]
    np.testing.assert_allclose(found, (50 + 50 + 49) / 150, rtol=1e-15)


@pytest.mark.parametrize("words", [49, 50])
def test_mattr_and_rates_need_fifty_words(words, make_session, measure):
    session = make_session(numbered(*range(words)))
    codes = measure.session(session, ["client__mattr", "client__question_rate"]).codes
    few = ["client__mattr", "client__question_rate"] if words < 50 else []
    assert codes == dict.fromkeys(few, "few_words")


@given(st.lists(st.integers(0, 9), max_size=40), st.integers(1, 12))
def test_moving_ratio_matches_naive(numbers, window):
    import naive

    found = moving_type_token_ratio(np.array(numbers, dtype=np.int64), window)
    expected = naive.mattr([str(number) for number in numbers], window)
    np.testing.assert_allclose(found, expected, rtol=1e-12)


# Trends


def test_slope_of_turn_length(make_session, measure):
    # Seven turns, positions 0, 1/6, ... 1; the client's at 0, 1/3, 2/3, 1 have 1, 2, 3, 4 words:
    # a slope of 3. The therapist's at 1/6, 1/2, 5/6 have 2, 2, 5: the mean is 3, x - mean is
    # -1/3, 0, 1/3, so (1/3 + 0 + 2/3) / (2/9) = 4.5.
    session = make_session("a", "a b", "a b", "a b", "a b c", "a b c d e", "a b c d")
    values = measure.session(session, "volume").values
    np.testing.assert_allclose(values["client__words_per_turn__slope"], 3.0, rtol=1e-13)
    np.testing.assert_allclose(values["therapist__words_per_turn__slope"], 4.5, rtol=1e-13)


# The oracle


def test_examples_match_naive(example_sessions, check_session):
    for session in example_sessions:
        check_session(session, "volume")


def test_generated_sessions_match_naive(talk, make_session, check_session):
    @given(talk)
    def check(turns):
        check_session(make_session(*turns), "volume")

    check()


# Undefined


def test_a_speaker_without_a_turn(make_session, measure):
    found = measure.session(make_session("only me", ""), "volume")
    assert found.values["therapist__words_n"] == 0
    assert found.values["therapist__turns_n"] == 0
    assert found.codes["therapist__words_per_turn__mean"] == "no_turns"
    assert found.codes["therapist__minimal_reply_prop"] == "no_turns"
    assert found.codes["dyad__talk_ratio"] == "few_turns"


def test_a_session_without_a_turn(make_session, measure):
    found = measure.session(make_session(), "volume")
    assert {value for value in found.values.values() if value is not None} == {0}
    assert set(found.codes.values()) == {"few_words", "few_turns", "no_turns"}
    assert found.codes["client__words_per_turn__slope"] == "few_turns"
    assert measure.turns(make_session(), "all").rows == []


def test_turns_with_a_word_make_the_support(make_session, measure):
    # Five turns each, but one of the client's has no word.
    session = make_session(*["yes", "no"] * 4, "um", "no")
    assert measure.session(session, "dyad__talk_ratio").codes == {"dyad__talk_ratio": "few_turns"}


def test_turns_are_counted_in_any_language(make_session, measure):
    found = measure.session(make_session("hai", "hai", "hai", language="ja"), "volume")
    counted = {"client__turns_n": 2, "therapist__turns_n": 1, "dyad__turns_n": 3}
    assert {name: value for name, value in found.values.items() if value is not None} == counted
    assert set(found.codes.values()) == {"no_lexicon"}
    turns = measure.turns(make_session("hai", language="ja"), "volume")
    assert turns.codes == {(0, "words_n"): "no_lexicon", (0, "questions_n"): "no_lexicon"}


@pytest.mark.parametrize("mode", ["spoken", "captions", "typed", "generated", None])
@pytest.mark.parametrize("verbatim", [True, False, None])
def test_volume_does_not_depend_on_the_mode(mode, verbatim, make_session, measure):
    found = measure.session(make_session("yes I do", mode=mode, verbatim=verbatim), "volume")
    assert found.values["client__words_n"] == 3
