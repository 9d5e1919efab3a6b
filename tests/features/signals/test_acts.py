"""Acts, stance, affect and closing: numbers by hand, the oracle, undefined cases."""

import math
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import alliance_features as af
import naive
import naive_acts

GROUPS = ["acts", "stance", "affect", "closing"]
FIFTY = "the house by the river " * 10  # fifty words without a cue


@pytest.fixture(scope="module")
def phrasing(lists):
    """Return the strategy of sessions made of the phrases of the lexicon and of other words."""
    phrases = [phrase for phrases in lists["cues"].values() for phrase in phrases]

    def written(phrase, choice):
        words = [item.split("|")[choice % len(item.split("|"))] for item in phrase.split()]
        return " ".join(word.rstrip("*") for word in words if word not in "^$?")

    cue = st.builds(written, st.sampled_from(phrases), st.integers(0, 50))
    piece = st.one_of(cue, cue, st.sampled_from(["house", "the river", "um", FIFTY]))
    mark = st.sampled_from(["", "", ".", "?", "!", "...", ","])
    text = st.lists(st.tuples(piece, mark).map("".join), min_size=1, max_size=5).map(" ".join)
    speaker = st.sampled_from(naive.ROLES)
    return st.lists(st.tuples(speaker, text), min_size=1, max_size=14)


def check_session(session, measure, lists):
    """Compare every feature with the oracle; what is null is so for the reason expected."""
    found = measure.session(session, GROUPS)
    turns = [(turn.role, turn.text) for turn in session.turns]
    expected = naive_acts.cue_session(turns, lists)
    assert set(found.values) == set(expected)
    spoken = {
        role: sum(len(naive.words(text, lists)) for who, text in turns if who == role)
        for role in naive.ROLES
    }
    for name, value in expected.items():
        code = None
        if "_rate" in name and (spoken[name.split("__")[0]] < 50 or math.isnan(value)):
            code = "few_words"
        elif math.isnan(value):
            code = "no_events"
        assert found.codes.get(name) == code, name
        if code is None:
            np.testing.assert_allclose(
                found.values[name], value, rtol=1e-12, atol=1e-12, err_msg=name
            )


def test_examples_match_naive(example_sessions, measure, lists):
    for session in example_sessions:
        check_session(session, measure, lists)


def test_sessions_of_phrases_match_naive(phrasing, make_session, measure, lists):
    @given(phrasing)
    def check(turns):
        check_session(make_session(*turns), measure, lists)

    check()


def test_rates_by_hand(make_session, measure):
    # Each speaker has 50 words of filler text; with the cues below, 50 + 8 and 50 + 7 words.
    session = make_session(
        ("client", f"{FIFTY}."),
        ("therapist", f"{FIFTY}. How did that happen? Sounds like fear."),
        ("client", "Maybe. Yes. Never again, I was afraid."),
    )
    values = measure.session(session, GROUPS).values
    hundred = {"therapist": 100 / 57, "client": 100 / 57}
    for name, times in {
        "therapist__open_question": 1,  # "how did" in "^ how ... ?": two phrases, one place
        "therapist__reflection": 1,
        "therapist__closed_question": 0,
        "therapist__anxiety": 1,  # fear
        "therapist__negative": 1,  # by way of anxiety
        "client__hedge": 1,
        "client__agreement": 1,
        "client__absolutist": 1,
        "client__past": 1,
        "client__negative": 1,
        "client__anger": 0,
    }.items():
        role = name.split("__")[0]
        np.testing.assert_allclose(values[f"{name}_rate"], times * hundred[role], err_msg=name)
    assert values["therapist__reflection_question_ratio"] == 1.0


def test_third_diff_by_hand(make_session, measure):
    # Nine turns; the thirds are turns 0-2 and 6-8, where the client has 50 words and 51 with one
    # cue in them.
    calm = ["yes that", "the river", "a house", "a house"]
    session = make_session(FIFTY, *calm, *calm[:1], "house", "river", f"{FIFTY} maybe")
    values = measure.session(session, "stance").values
    np.testing.assert_allclose(values["client__hedge_rate__third_diff"], 100 / 52)


def test_advice_after_feeling_by_hand(make_session, measure):
    session = make_session(
        ("client", "I felt awful."),
        ("therapist", "You should rest."),  # advice after feelings
        ("client", "The house."),
        ("therapist", "The river."),  # neither
        ("client", "My sadness."),
        ("therapist", "The river."),  # no advice after feelings
        ("client", "The house."),
        ("therapist", "Let me suggest one thing."),  # advice, not after feelings
    )
    # Half of the two turns after feelings, half of all four.
    values = measure.session(session, "acts").values
    assert values["therapist__advice_after_feeling_diff"] == 0.0


def test_closing_looks_at_the_last_ten_turns(make_session, measure):
    # Twelve turns; the first thanks are in turn 0, out of the last ten.
    session = make_session(
        "thanks", "bye", *["house", "river"] * 4, "thank you, I feel better", "bye"
    )
    values = measure.session(session, "closing").values
    assert values["client__gratitude_n__last_10"] == 1
    assert values["client__relief_n__last_10"] == 1
    assert values["client__late_words_n__last_10"] == 4 + 5
    assert values["therapist__parting_n__last_10"] == 1
    assert values["therapist__late_words_n__last_10"] == 4 + 1


def test_near_leakage_is_a_set_and_in_no_other():
    flagged = af.list_features("near_leakage")
    assert flagged == af.list_features("closing")
    assert not {*flagged} & {*af.list_features(["process", "core"])}
    for name in flagged:
        spec = af.describe_feature(name)
        assert spec.confounds.startswith("near leakage"), name
        assert not spec.core
    lists = [name for name in af.list_features() if "gratitude" in name]
    assert lists
    assert {*lists} <= {*flagged}


def test_process_is_acts_stance_affect_and_shape():
    groups = ["acts", "stance", "affect", "shape"]
    assert af.list_features("process") == af.list_features(groups)
    assert not any(af.describe_feature(name).core for name in af.list_features("process"))


@pytest.mark.parametrize(("language", "code"), [("ja", "no_lexicon"), ("de", "no_cues")])
def test_a_language_without_cues(language, code, make_session, measure):
    found = measure.session(make_session("a", "b", language=language), ["acts", "stance", "affect"])
    assert {*found.values.values()} == {None}
    assert {*found.codes.values()} == {code}


def test_a_session_without_a_turn(make_session, measure):
    found = measure.session(make_session(), GROUPS)
    measured = {name for name, value in found.values.items() if value is not None}
    assert measured == {name for name in found.values if name.endswith("__last_10")}
    assert {*found.codes.values()} == {"few_words", "no_events"}


def test_who_speaks_does_not_matter_to_a_cue(make_session, measure):
    talk = [("client", f"{FIFTY} sad. Maybe I hope so."), ("therapist", f"{FIFTY} glad?")]
    swapped = [(naive.ROLES[role == "therapist"], text) for role, text in talk]
    one, other = (
        SimpleNamespace(**measure.session(make_session(*turns), "affect").values)
        for turns in (talk, swapped)
    )
    for name in ("positive", "negative", "sadness", "feeling"):
        assert getattr(one, f"client__{name}_rate") == getattr(other, f"therapist__{name}_rate")
