"""Bags of words: the baseline without vectors."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import naive
from alliance_features.features.measures.alignment import ngram_bags
from alliance_features.features.measures.distance import number_tokens
from alliance_features.features.measures.overlap import adjacent_bow_l1
from alliance_features.kernels.ngrams import adjacent_shared

BAGS = st.lists(st.sampled_from(["a", "b", "c", "d"]), max_size=7)


def bow_l1(one, two):
    return adjacent_bow_l1(ngram_bags([one, two], 1))[1]


def test_worked_example():
    # a 2/3, b 1/3 against a 1/2, c 1/2: 1/6 + 1/3 + 1/2 = 1.
    np.testing.assert_allclose(bow_l1(["a", "a", "b"], ["a", "c"]), 1.0, rtol=1e-15)
    # a 1/4, b 3/4 against b: 1/4 + 1/4.
    np.testing.assert_allclose(bow_l1(["a", "b", "b", "b"], ["b"]), 0.5, rtol=1e-15)


def test_ends_of_the_scale_are_exact():
    assert bow_l1(["a", "b", "c"], ["c", "a", "b"]) == 0.0
    assert bow_l1(["a", "b"], ["a", "b"] * 3) == 0.0
    assert bow_l1(["a", "b"], ["c"]) == 2.0


def test_an_empty_bag_has_no_distance():
    assert math.isnan(bow_l1([], ["a"]))
    assert math.isnan(bow_l1(["a"], []))
    assert math.isnan(bow_l1([], []))


@given(BAGS, BAGS)
def test_matches_naive_and_is_symmetric(one, two):
    found = bow_l1(one, two)
    np.testing.assert_allclose(found, naive.bow_l1(one, two), rtol=1e-12, atol=1e-15)
    np.testing.assert_array_equal(found, bow_l1(two, one))


@given(st.lists(BAGS, max_size=6))
def test_adjacent(turns):
    expected = naive.adjacent(turns, naive.bow_l1)
    found = adjacent_bow_l1(ngram_bags(turns, 1))
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-15)


@given(st.lists(BAGS, max_size=6))
def test_adjacent_overlap(turns):
    numbers, offsets, words = number_tokens(turns)
    found = adjacent_shared(numbers, offsets, len(words))
    np.testing.assert_array_equal(found, naive.adjacent(turns, naive.lexical_overlap))


def test_by_responder(make_session, measure):
    # Turns of 5 and 5. The client says the therapist's words; the therapist answers with others
    # but for one of two: L1 of (a b) and (a c) is 1.
    talk = ["dog house", "dog house", *["dog tree", "dog tree"] * 4]
    session = make_session(*zip(("therapist", "client") * 5, talk, strict=True))
    values = measure.session(session, "synchrony").values
    assert values["dyad__bow_l1__responder_client"] == 0.0
    # The first of five turns of the therapist has none before it; the second differs, 3 do not.
    assert values["dyad__bow_l1__responder_therapist"] == 0.25


def test_undefined_and_unsupported(make_session, measure):
    name = "dyad__bow_l1__responder_client"
    four = make_session(*["dog", "house"] * 4)
    assert measure.session(four, name).codes == {name: "few_turns"}
    # Five turns with a word each, but never two in a row.
    apart = make_session(*["dog", "um"] * 5, "um", *["dog", "um"] * 5)
    assert measure.session(apart, name).codes == {name: "undefined"}
    rows = measure.turns(make_session("dog", "um", "dog"), "bow_l1")
    assert rows.codes == {
        (0, "bow_l1"): "no_pair",
        (1, "bow_l1"): "no_pair",
        (2, "bow_l1"): "no_pair",
    }
    assert measure.session(make_session("hai", language="ja"), name).codes == {name: "no_lexicon"}


@pytest.mark.parametrize("mode", ["spoken", "captions", "typed", "generated", None])
def test_does_not_depend_on_the_mode(mode, make_session, measure):
    session = make_session(*["dog", "house"] * 5, mode=mode, verbatim=None)
    assert measure.session(session, "dyad__bow_l1__responder_client").values == {
        "dyad__bow_l1__responder_client": 2.0
    }


def test_examples_match_naive(example_sessions, check_session):
    names = [
        f"dyad__{name}__responder_{role}"
        for name in ("bow_l1", "lexical_overlap", "rlsm")
        for role in ("client", "therapist")
    ]
    for session in example_sessions:
        check_session(session, [*names, "dyad__lsm"])
