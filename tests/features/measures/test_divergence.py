"""Divergence of two series and other keys: by hand, against the oracle, undefined cases."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

import naive_alliance
from alliance_features.features.measures import alliance_keys as keys
from alliance_features.features.measures.alliance_neutral import (
    BINS,
    LEAST,
    Null,
    bins_of,
    neutral_texts,
)
from alliance_features.features.measures.divergence import divergence, gap, gap_se

VALUES = st.one_of(st.just(math.nan), st.floats(-1, 1).map(lambda x: round(x, 3)))


def _therapist(n, first):
    return (np.arange(n) + first) % 2 == 0


def test_by_hand():
    # therapist 1, 3, 5 and client 0, 0, 3, in turns
    found = divergence(np.array([1.0, 0, 3, 0, 5, 3]), _therapist(6, 0))
    assert (found["therapist"], found["client"], found["gap"]) == (3.0, 1.0, 2.0)
    # variances 4 and 3, three turns each
    assert found["gap_se"] == pytest.approx(math.sqrt(4 / 3 + 1))
    assert found["gap_sq"] == pytest.approx(4 - 7 / 3)
    # therapist at 0, .4, .8: slope 5; client at .2, .6, 1: 3.75
    assert found["gap__slope"] == pytest.approx(1.25)
    thirds = [found[f"gap__{name}"] for name in ("first_third", "middle_third", "last_third")]
    assert thirds == [1.0, 3.0, 2.0]
    assert found["gap__responder_client"] == pytest.approx((1 + 3 + 2) / 3)
    assert found["gap__responder_therapist"] == pytest.approx((3 + 5) / 2)
    # squared differences 1, 9, 9, 25, 4 at .2, .4, .6, .8, 1
    assert found["distance_sq__slope"] == pytest.approx(
        (-0.4 * 1 - 0.2 * 9 + 0.2 * 25 + 0.4 * 4) / 0.4
    )
    assert math.isnan(found["r__responder_client"])


@given(st.lists(VALUES, max_size=40), st.integers(0, 1))
def test_matches_naive(values, first):
    therapist = _therapist(len(values), first)
    roles = ["therapist" if one else "client" for one in therapist]
    expected = naive_alliance.divergence(values, roles)
    found = divergence(np.array(values, dtype=float), therapist)
    assert set(found) == set(expected)
    for name, value in found.items():
        assert_allclose(value, expected[name], rtol=1e-9, atol=1e-9, err_msg=name)


@given(st.lists(st.floats(-1, 1), min_size=4, max_size=30), st.floats(-1, 1))
def test_laws(values, shift):
    x, therapist = np.array(values), _therapist(len(values), 0)
    here, there = divergence(x, therapist), divergence(x + shift, therapist)
    swapped = divergence(x, ~therapist)
    for name in ("gap", "gap__slope", "gap_se", "distance_sq__slope"):
        assert_allclose(there[name], here[name], atol=1e-9, err_msg=name)  # of both alike
    assert swapped["gap"] == -here["gap"]
    assert_allclose(swapped["gap_sq"], here["gap_sq"], atol=1e-12)


def test_squared_gap_has_expectation_0_without_a_gap(rng):
    therapist = _therapist(30, 0)
    found = [divergence(rng.standard_normal(30), therapist) for _ in range(3000)]
    corrected = np.array([one["gap_sq"] for one in found])
    plain = np.array([one["gap"] ** 2 for one in found])
    assert abs(corrected.mean()) < 4 * corrected.std() / math.sqrt(3000)
    assert plain.mean() > 20 * plain.std() / math.sqrt(3000)


def test_undefined():
    nothing = divergence(np.full(4, np.nan), _therapist(4, 0))
    assert all(math.isnan(value) for value in nothing.values())
    assert all(math.isnan(v) for v in divergence(np.empty(0), np.empty(0, bool)).values())
    assert gap(np.array([1.0, 0.0]), _therapist(2, 0)) == 1.0
    assert math.isnan(gap_se(np.array([1.0, 0.0]), _therapist(2, 0)))
    constant = divergence(np.tile([1.0, 2.0], 10), _therapist(20, 0))
    assert math.isnan(constant["r__responder_client"])


# Other keys


def test_all_keys_keep_the_number_of_signs():
    for signs in ([1, -1], [1, 1, 1], [1, -1, 1, -1, 1], [1] * 9 + [-1] * 3):
        found = keys.all_keys(signs)
        assert (found.sum(axis=1) == sum(signs)).all()
        assert len({tuple(row) for row in found.tolist()}) == len(found)
        assert signs in found.astype(int).tolist()


def test_keys_too_many_to_list_are_drawn():
    signs = [1, -1] * 10
    found = keys.all_keys(signs, seed=3)
    assert found.shape == (keys.DRAWS + 1, 20)
    assert (found.sum(axis=1) == 0).all()
    assert found[0].tolist() == signs
    assert np.array_equal(found, keys.all_keys(signs, seed=3))
    assert not np.array_equal(found, keys.all_keys(signs, seed=4))
    assert abs(found[1:].mean(axis=0)).max() < 0.05


@given(
    st.lists(st.tuples(st.sampled_from([1, -1]), st.floats(-1, 1)), min_size=2, max_size=7).filter(
        lambda pairs: len({sign for sign, _ in pairs}) == 2
    )
)
def test_key_null_matches_naive(pairs):
    signs, items = [sign for sign, _ in pairs], [round(x, 3) for _, x in pairs]
    if len(set(items)) == 1:
        assert math.isnan(keys.key_null(np.array(items), signs).z)
        return
    found, expected = keys.key_null(np.array(items), signs), naive_alliance.other_keys(items, signs)
    for name, value in expected.items():
        assert_allclose(getattr(found, name), value, rtol=1e-9, atol=1e-9, err_msg=name)


def test_an_offset_is_in_the_mean_of_the_keys_and_not_in_z(rng):
    signs, items = [1] * 9 + [-1] * 3, rng.standard_normal(12)
    here, there = keys.key_null(items, signs), keys.key_null(items + 0.5, signs)
    assert there.value - here.value == pytest.approx(0.5 * 6 / 12)
    assert there.z == pytest.approx(here.z)
    assert math.isnan(keys.key_null(np.array([np.nan, 1.0]), [1, -1]).z)


# Polarity


def test_polarity_matches_naive(rng):
    for _ in range(20):
        vectors = rng.standard_normal((6, 4))
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        signs = [1, -1, 1, -1, 1, 1]
        found = keys.polarity([vectors], signs)
        assert_allclose(found.separation, naive_alliance.separation(vectors.tolist(), signs))
        assert found.p == pytest.approx(naive_alliance.polarity_p(vectors.tolist(), signs))
        assert found.passed == (found.p <= 0.1)


def test_polarity_is_seen_where_it_is_and_only_there(rng):
    signs = [1, 1, 1, -1, -1, -1]
    topics = np.eye(8)[:6]
    seen = topics + np.outer(signs, np.eye(8)[7])
    seen /= np.linalg.norm(seen, axis=1, keepdims=True)
    assert keys.polarity([seen, seen], signs).passed
    blind = keys.polarity([topics], signs)
    assert not blind.passed
    assert blind.p == 1.0


def test_polarity_without_two_signs_or_without_words():
    assert keys.polarity([np.eye(3)], [1, 1, 1]).passed
    lost = np.eye(3)
    lost[1] = np.nan
    found = keys.polarity([lost], [1, -1, 1])
    assert not found.passed
    assert math.isnan(found.p)


# Neutral sentences


def test_bins():
    lengths = np.array([0, 1, 3, 4, 7, 8, 15, 16, 31, 32, 63, 64, 900])
    assert bins_of(lengths).tolist() == [0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    assert bins_of(lengths).tolist() == [naive_alliance.bin_of(n) for n in lengths.tolist()]


def test_z_by_hand():
    null = Null(np.full((6, 1), 0.25), np.full((6, 1), 0.125), np.full(6, 40))
    assert null.z(np.array([[0.5], [np.nan]]), np.array([5, 5])).tolist()[0] == [2.0]
    flat = Null(np.zeros((6, 1)), np.zeros((6, 1)), np.full(6, 40))
    assert np.isnan(flat.z(np.array([[0.5]]), np.array([5]))).all()


@pytest.mark.parametrize("speaker", ["client", "therapist"])
def test_every_bin_has_enough_neutral_texts(lists, speaker):
    import naive
    from alliance_features.inventories.neutral import load_neutral

    sentences = load_neutral("en").sentences[speaker]
    assert len(set(sentences)) >= 200
    texts = neutral_texts(sentences)
    assert texts == naive_alliance.neutral_texts(list(sentences))
    lengths = np.array([len(naive.turn_tokens(text, lists)) for text in texts])
    assert (np.bincount(bins_of(lengths), minlength=len(BINS)) >= LEAST).all()
    assert "{" not in "".join(texts)


def test_neutral_sentences_are_one_language():
    import alliance_features as af
    from alliance_features.inventories.neutral import load_neutral

    with pytest.raises(af.ResourceError, match='no neutral sentences for the language "fr"'):
        load_neutral("fr")
