"""Terms: words and neighbours on a list, by role."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import alliance_features as af
import naive_model
from alliance_features.model.terms import count_terms, role_width, term_names

WORDS = ["no", "yes", "well", "so"]
INDEX = {word: row for row, word in enumerate(WORDS)}
VECTORS = af.Vectors(INDEX, np.ones((4, 2), np.float32), "four words", "0" * 64)
TALK = st.lists(
    st.tuples(
        st.sampled_from(["therapist", "client"]), st.lists(st.sampled_from([*WORDS, "Anna"]))
    ),
    max_size=6,
)


def test_worked_example():
    # "no yes Anna yes": no, yes twice, and "no yes"; the name parts its neighbours.
    terms, counts = count_terms([["no", "yes", "Anna", "yes"]], ["client"], INDEX)
    width = 4 + 16
    assert terms.tolist() == [width + 0, width + 1, width + 4 + 0 * 4 + 1]
    assert counts.tolist() == [1, 2, 1]
    assert term_names(terms, VECTORS) == [("client", "no"), ("client", "yes"), ("client", "no yes")]


@given(TALK)
def test_matches_naive(talk):
    roles, turns = [role for role, _ in talk], [tokens for _, tokens in talk]
    terms, counts = count_terms(turns, roles, INDEX)
    result = dict(zip(term_names(terms, VECTORS), counts.tolist(), strict=True))
    assert result == naive_model.terms(turns, roles, INDEX)
    assert (np.diff(terms) > 0).all()


def test_neighbours_are_of_one_turn():
    terms, _ = count_terms([["no"], ["yes"]], ["client", "client"], INDEX)
    assert len(terms) == 2


def test_nothing_said():
    terms, counts = count_terms([], [], INDEX)
    assert terms.size == counts.size == 0
    assert term_names([], VECTORS) == []


def test_a_term_of_another_list_is_refused():
    with pytest.raises(af.ResourceError, match=r"outside the list of four words"):
        term_names([2 * role_width(4)], VECTORS)
