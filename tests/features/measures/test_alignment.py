"""Cosines of adjacent turns and the length-matched baseline: by hand, scikit-learn, laws, codes."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import cityblock
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.metrics.pairwise import cosine_similarity

import naive
import naive_style
from alliance_features.features.measures import alignment
from alliance_features.features.measures.alignment import (
    adjacent_cosines,
    adjacent_embedding_cosines,
    ngram_bags,
)
from alliance_features.features.measures.distance import turn_bags
from alliance_features.features.measures.overlap import adjacent_bow_l1, excess_bow_l1
from alliance_features.text.vectors import Vectors

TURNS = st.lists(st.lists(st.sampled_from("abcd"), max_size=6), max_size=9)
COSINE = "dyad__lexical_cosine__responder_client"


def small_vectors():
    matrix = np.array([[3.0, 0.0], [0.0, 4.0], [-3.0, 0.0], [0.0, 0.0]])
    index = {word: row for row, word in enumerate(("a", "b", "c", "zero"))}
    return Vectors(index, matrix, "small", "0")


def alternating(turns):
    return np.arange(len(turns)) % 2 == 0


def test_cosines_by_hand():
    # a a b and a c: (2, 1, 0) . (1, 0, 1) = 2; lengths sqrt 5 and sqrt 2.
    found = adjacent_cosines(ngram_bags([["a", "a", "b"], ["a", "c"], []], 1))
    np.testing.assert_allclose(found, [math.nan, 2 / math.sqrt(10), math.nan], rtol=1e-15)
    # Pairs: aa, ab and ab, bc, ca share one.
    found = adjacent_cosines(ngram_bags([["a", "a", "b"], ["a", "b", "c", "a"], ["a"]], 2))
    np.testing.assert_allclose(found, [math.nan, 1 / math.sqrt(6), math.nan], rtol=1e-15)


@given(TURNS, st.sampled_from([1, 2, 3]))
def test_cosines_match_naive_and_scikit_learn(turns, n):
    found = adjacent_cosines(ngram_bags(turns, n))
    bags = [naive_style.ngrams(turn, n) for turn in turns]
    expected = naive.adjacent(bags, naive_style.cosine)
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    if any(bags):
        counts = CountVectorizer(analyzer=lambda turn: naive_style.ngrams(turn, n).elements())
        table = counts.fit_transform(turns)
        similar = np.diagonal(cosine_similarity(table), 1)
        known = ~np.isnan(found[1:])
        np.testing.assert_allclose(found[1:][known], similar[known], rtol=1e-12, atol=1e-15)
        assert (similar[~known] == 0).all()


@given(TURNS, st.sampled_from([2, 3, 4]))
def test_numbers_of_runs_do_not_overflow(turns, n):
    plain = ngram_bags(turns, n)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(alignment, "_LARGEST", 1)
        made_small = ngram_bags(turns, n)
    np.testing.assert_array_equal(made_small.offsets, plain.offsets)
    np.testing.assert_array_equal(made_small.counts, plain.counts)
    np.testing.assert_array_equal(adjacent_cosines(made_small), adjacent_cosines(plain))


@given(TURNS)
def test_cosine_laws(turns):
    found = adjacent_cosines(ngram_bags(turns, 1))
    known = found[~np.isnan(found)]
    assert ((known >= 0) & (known <= 1)).all()
    # Word order, and saying all of it twice, change nothing; backwards it is the same.
    np.testing.assert_array_equal(adjacent_cosines(ngram_bags([t[::-1] for t in turns], 1)), found)
    np.testing.assert_allclose(
        adjacent_cosines(ngram_bags([t * 2 for t in turns], 1)), found, rtol=1e-15
    )
    np.testing.assert_array_equal(adjacent_cosines(ngram_bags(turns[::-1], 1))[1:], found[:0:-1])
    # A turn and its copy: exactly 1.
    for turn in turns:
        if turn:
            assert adjacent_cosines(ngram_bags([turn, turn[::-1]], 1))[1] == 1.0


# Vectors


def test_embeddings_by_hand():
    vectors = small_vectors()
    turns = [["a", "a"], ["a", "b", "new"], ["c", "a"], ["zero"], ["b"], ["b", "c", "a"]]
    bags = turn_bags(turns, vectors, norm=True)
    found = adjacent_embedding_cosines(bags, vectors)
    # (6, 0) and (3, 4): 18 / (6 x 5). Opposite vectors sum to zero; a zero vector is unknown.
    expected = [math.nan, 0.6, math.nan, math.nan, math.nan, 1.0]
    np.testing.assert_allclose(found, expected, rtol=1e-15)


@given(st.lists(st.lists(st.sampled_from(["a", "b", "c", "new"]), max_size=5), max_size=7))
def test_embeddings_match_scikit_learn(turns):
    vectors = small_vectors()
    found = adjacent_embedding_cosines(turn_bags(turns, vectors, norm=True), vectors)
    known = {word: vectors.matrix[row] for word, row in vectors.index.items()}
    sums = [sum((known[w] for w in turn if w in known), np.zeros(2)) for turn in turns]
    for place, value in enumerate(found):
        if place and sums[place].any() and sums[place - 1].any():
            expected = cosine_similarity([sums[place - 1]], [sums[place]])[0, 0]
            assert math.isclose(value, expected, rel_tol=1e-12, abs_tol=1e-12)
            assert -1 <= value <= 1
        else:
            assert math.isnan(value)


# The matched baseline


def test_matched_by_hand():
    # The answer "a b" stands at L1 0 of the turn before; "c d", as long, at 2; "c d c d" is
    # longer than 1.5 times. So 0 - 2. The other answers are as their turns and have two likes.
    turns = [["a", "b"], ["a", "b"], ["c", "d"], ["e"], ["c", "d", "c", "d"], ["a", "b"]]
    found = excess_bow_l1(ngram_bags(turns, 1), alternating(turns))
    # Turn 3 (e): 2 - 2. Turn 2 after "a b", like "a b" of turn 5: 2 - 2. Turn 4 after "e": none.
    expected = [math.nan, -2.0, 0.0, 0.0, math.nan, math.nan]
    np.testing.assert_allclose(found, expected, rtol=1e-15)


@given(TURNS)
def test_matched_is_exact(turns):
    found = excess_bow_l1(ngram_bags(turns, 1), alternating(turns))
    roles = ["therapist" if one else "client" for one in alternating(turns)]
    expected = naive_style.excess(turns, roles)
    np.testing.assert_allclose(found, expected, rtol=1e-11, atol=1e-12)
    known = found[~np.isnan(found)]
    assert ((known >= -2) & (known <= 2)).all()
    # Who is called the therapist does not matter.
    np.testing.assert_array_equal(excess_bow_l1(ngram_bags(turns, 1), ~alternating(turns)), found)


def test_matched_against_scipy(rng):
    turns = [[*rng.choice([*"abcdef"], size=4)] for _ in range(8)]
    found = excess_bow_l1(ngram_bags(turns, 1), alternating(turns))
    shares = np.array([[turn.count(w) / 4 for w in "abcdef"] for turn in turns])
    for t in range(1, 8):
        like = [q for q in range(8) if q % 2 == (t - 1) % 2 and q != t - 1]
        chance = np.mean([cityblock(shares[t], shares[q]) for q in like])
        own = cityblock(shares[t], shares[t - 1])
        expected = adjacent_bow_l1(ngram_bags([turns[t], turns[t - 1]], 1))[1]
        assert math.isclose(own, expected, rel_tol=1e-12)
        assert math.isclose(found[t], own - chance, rel_tol=1e-9, abs_tol=1e-12)


@pytest.mark.parametrize("lengths", [(2, 5), (10, 20), (30, 60)])
def test_matched_is_near_zero_without_answering_whatever_the_length(lengths, rng):
    # Words drawn alike for all turns: the raw distance falls with length, the matched one is 0.
    words = [*"abcdefghijklmnopqrst"]
    turns = [[*rng.choice(words, size=rng.integers(*lengths))] for _ in range(120)]
    found = excess_bow_l1(ngram_bags(turns, 1), alternating(turns))
    known = found[~np.isnan(found)]
    assert known.size > 100
    assert abs(known.mean()) < 4 * known.std() / math.sqrt(known.size)


# In a session


def test_in_a_session(make_session, measure):
    session = make_session(*["dog house", "dog tree"] * 5)
    values = measure.session(session, "style").values
    for role in naive.ROLES:
        # One of two words is shared; no pair of words; all turns of a speaker are the same.
        assert math.isclose(values[f"dyad__lexical_cosine__responder_{role}"], 0.5)
        assert values[f"dyad__lexical_cosine__n_2__responder_{role}"] == 0.0
        assert values[f"dyad__bow_l1_matched__responder_{role}"] == 0.0
        assert -1 <= values[f"dyad__embedding_cosine__responder_{role}"] <= 1
        assert values[f"dyad__lexical_overlap__responder_{role}__slope"] == 0.0
    same = measure.session(make_session(*["dog house"] * 10), "style").values
    for name in ("lexical_cosine", "lexical_cosine__n_2", "embedding_cosine"):
        assert same[f"dyad__{name}__responder_client"] == 1.0


def test_codes(make_session, measure):
    few = measure.session(make_session(*["dog house"] * 8), "style").codes
    assert few[COSINE] == few["dyad__bow_l1_matched__responder_client"] == "few_turns"
    single = measure.session(make_session(*["dog", "tree"] * 5), "style").codes
    assert single["dyad__lexical_cosine__n_2__responder_client"] == "undefined"
    assert COSINE not in single
    german = measure.session(make_session(*["Hund", "Baum"] * 5, language="de"), "style").codes
    assert german["dyad__embedding_cosine__responder_client"] == "no_vectors"
    # Every turn of the therapist has its own length.
    grown = [text for n in range(5) for text in ("dog house", "tree " * 2**n)]
    codes = measure.session(make_session(*grown), "style").codes
    assert codes["dyad__bow_l1_matched__responder_client"] == "no_pair"
    assert "dyad__bow_l1_matched__responder_therapist" not in codes
