"""Who is spoken of: numbers by hand, the oracle, undefined cases."""

import numpy as np
import pytest
from hypothesis import given

import alliance_features as af

COUNTS = ("i_n", "i_subject_n", "i_object_n", "we_n", "you_n")

# text -> i, subject, object, we, you
FORMS = {
    "I i me my mine myself": (5, 1, 4, 0, 0),  # the second I repeats the first: no word
    "I'm I'd I'll I've": (4, 4, 0, 0, 0),
    "im ive id ill": (2, 2, 0, 0, 0),  # typed
    "I'd've": (1, 1, 0, 0, 0),
    "we us our ours ourselves let's": (0, 0, 0, 6, 0),
    "we're we'd we'll we've": (0, 0, 0, 4, 0),
    "you your yours yourself yourselves": (0, 0, 0, 0, 5),
    "you're you'd you'll you've": (0, 0, 0, 0, 4),
    "Mine's": (0, 0, 0, 0, 0),  # contractions of I only
    "the US": (0, 0, 0, 0, 0),
    "he she they it": (0, 0, 0, 0, 0),
    "I-I": (1, 1, 0, 0, 0),
    "you and me": (1, 0, 1, 0, 1),
    "(I was there)": (1, 1, 0, 0, 0),
    "[I was there]": (0, 0, 0, 0, 0),  # an annotation
}


@pytest.mark.parametrize("text", FORMS)
def test_forms(text, one_turn):
    assert tuple(one_turn(text)[name] for name in COUNTS) == FORMS[text]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I think", 1),
        ("I really think", 1),
        ("I really do not think", 1),  # do is among the next two words
        ("I would never ever think", 0),
        ("I don't know", 1),
        ("I'd guess", 1),
        ("I, um, er, think", 1),  # fillers are no words
        ("I I think", 1),
        ("I th- think", 1),
        ("I am here. Think", 0),
        ("I am. Think", 0),
        ("I? Think", 0),
        ("I\nthink", 1),  # two rows of one turn
        ("I do", 1),
        ("think I", 0),
        ("I thought I knew", 2),
        ("my feeling", 0),
        ("I, and we, think", 0),
    ],
)
def test_cognitive_verbs(text, expected, one_turn):
    assert one_turn(text)["i_cogverb_n"] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I see.", 1),
        ("I see", 1),
        ("I see, yes", 1),
        ("I see a house", 0),
        ("I see um a house", 0),
        ("I, um, see", 0),  # punctuation stands between
        ("I um see", 1),
        ("I hear you.", 1),
        ("I hear you well", 0),
        ("I understand!", 1),
        ("I understand it", 0),
        ("I mean it is", 1),
        ("I mean", 1),
        ("We see. You see.", 0),
        ("I see. I see.", 2),
        ("I-I see", 1),
        ("I'd see", 0),
    ],
)
def test_formulas(text, expected, one_turn):
    assert one_turn(text)["i_formulaic_n"] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('You say "I can\'t", I hear', 1),
        ("You say \u201cI can\u2019t, not me\u201d to me", 2),
        ('He said "I" and she said "my"', 2),
        ('He said "I am and left', 0),  # a mark without its pair
        ('"a" and "I am', 0),
        ("You say 'I can't'", 0),  # double marks only
        ('"we"', 0),
    ],
)
def test_quotations(text, expected, one_turn):
    assert one_turn(text)["i_quoted_n"] == expected


def test_quotations_end_with_the_turn(make_session, measure):
    rows = measure.turns(make_session('say "I', 'no" me', 'am"'), "i_quoted_n").rows
    assert [row["i_quoted_n"] for row in rows] == [0, 0, 0]


def test_rates_are_sums_over_sums(make_session, measure):
    # Client: turns of 4 and 46 words. I 2 of them in the first, 1 in the second, in all 50:
    # 100 x 3 / 50. The mean of the turns' rates would be (50 + 100/46) / 2.
    session = make_session("I see. I think", "yes", "my " + "other house " * 22 + "we")
    values = measure.session(session, "pronouns").values
    expected = {
        "i": 3,
        "i_subject": 2,
        "i_object": 1,
        "i_cogverb": 1,
        "i_formulaic": 1,
        "i_quoted": 0,
        "we": 1,
        "you": 0,
    }
    found = {name: values[f"client__{name}_rate"] for name in expected}
    assert found == {name: 100 * count / 50 for name, count in expected.items()}
    assert all(values[f"therapist__{name}_rate"] is None for name in expected)


def test_parts_of_i_add_up(example_sessions):
    turns = af.extract_turns(example_sessions, features="pronouns").to_pylist()
    assert sum(row["i_n"] for row in turns) > 500
    for row in turns:
        assert row["i_n"] == row["i_subject_n"] + row["i_object_n"]
        assert max(row["i_cogverb_n"], row["i_formulaic_n"]) <= row["i_subject_n"]
        assert row["i_quoted_n"] <= row["i_n"]


# The oracle


def test_examples_match_naive(example_sessions, check_session):
    for session in example_sessions:
        check_session(session, "pronouns")


def test_generated_sessions_match_naive(talk, make_session, check_session):
    @given(talk)
    def check(turns):
        check_session(make_session(*turns), "pronouns")

    check()


# Undefined


@pytest.mark.parametrize(("words", "code"), [(49, "few_words"), (50, None)])
def test_rates_need_fifty_words_of_the_role(words, code, make_session, measure):
    text = " ".join(f"w{number}" for number in range(words - 1)) + " me"
    found = measure.session(make_session(text, "yes"), "pronouns")
    assert found.codes.get("client__i_rate") == code
    assert found.codes["therapist__i_rate"] == "few_words"
    if code is None:
        # Measured and nothing found is 0, not null.
        np.testing.assert_allclose(found.values["client__i_rate"], 2.0, rtol=1e-15)
        assert found.values["client__we_rate"] == 0.0


def test_a_language_without_word_lists(make_session, measure):
    session = make_session("I " * 60, language="ja")
    names = af.list_features("pronouns")
    assert measure.session(session, "pronouns").codes == dict.fromkeys(names, "no_lexicon")
    turns = measure.turns(session, "pronouns").codes
    assert set(turns.values()) == {"no_lexicon"}


@pytest.mark.parametrize("mode", ["spoken", "captions", "typed", "generated", None])
def test_pronouns_do_not_depend_on_the_mode(mode, make_session, measure):
    session = make_session("my house " * 30, mode=mode, verbatim=None)
    assert measure.session(session, "client__i_object_rate").values == {
        "client__i_object_rate": 50.0
    }
