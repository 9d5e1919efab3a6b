"""uCLiD and nCLiD on generated conversations: the oracle, and laws that hold for all."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

import alliance_features as af
import naive
import naive_synchrony
from alliance_features.features.measures.synchrony import cross_mean

POINTS = np.array([0.0, 6.0, 1.0, 2.0])
LINE = abs(POINTS[:, None] - POINTS)
ROLES = ["therapist", "client"] * 2
ANCHORS = ("therapist", "client")
OTHER = {"therapist": "client", "client": "therapist"}
CROSS = ("following", "all")
WINDOWS = ("any", "complete")


@st.composite
def conversations(draw, missing=True, least=0):
    """Distances and roles; turns without a known word have NaN rows."""
    n = draw(st.integers(least, 12))
    roles = draw(st.lists(st.sampled_from(ANCHORS), min_size=n, max_size=n))
    size = n * (n - 1) // 2
    values = draw(st.lists(st.floats(0.0, 2.0, width=32), min_size=size, max_size=size))
    d = np.zeros((n, n))
    d[np.triu_indices(n, 1)] = values
    d += d.T
    if missing:
        for turn in draw(st.sets(st.integers(0, max(n - 1, 0)), max_size=4)):
            d[turn : turn + 1, :] = d[:, turn : turn + 1] = math.nan
    return d, roles


KS = st.integers(1, 6)


@given(
    conversations(),
    st.sampled_from(ANCHORS),
    KS,
    st.sampled_from(CROSS),
    st.sampled_from(WINDOWS),
)
def test_matches_naive(conversation, anchor, k, cross, windows):
    d, roles = conversation
    rows = d.tolist()
    found = af.uclid(d, roles, anchor=anchor, k=k, windows=windows)
    expected = naive_synchrony.uclid(rows, roles, anchor, k, windows)
    assert_allclose(found, expected, rtol=1e-12)
    found = af.nclid(d, roles, anchor=anchor, k=k, cross=cross, windows=windows)
    expected = naive_synchrony.nclid(rows, roles, anchor, k, cross, windows)
    assert_allclose(found, expected, rtol=1e-12)
    if windows == "any":
        assert_allclose(found, naive.nclid(rows, roles, anchor, k, cross), rtol=1e-12)


@given(conversations(), st.sampled_from(ANCHORS), st.sampled_from([0.5, 2.0, 1024.0]))
def test_the_unit_of_distance_cancels(conversation, anchor, scale):
    d, roles = conversation
    # Powers of two: the scaled result is the same to the last bit.
    np.testing.assert_array_equal(
        af.nclid(scale * d, roles, anchor=anchor), af.nclid(d, roles, anchor=anchor)
    )
    np.testing.assert_array_equal(
        af.uclid(scale * d, roles, anchor=anchor), scale * af.uclid(d, roles, anchor=anchor)
    )


@pytest.mark.parametrize("cross", CROSS)
@pytest.mark.parametrize("anchor", ANCHORS)
@pytest.mark.parametrize("k", [1, 3])
def test_a_third_when_all_turns_are_equally_far(anchor, cross, k):
    d = 1.25 * (1 - np.eye(8))
    found = af.nclid(d, ["therapist", "client"] * 4, anchor=anchor, cross=cross, k=k)
    assert_allclose(found, 1 / 3, rtol=1e-15)


@given(conversations(missing=False), st.sampled_from(ANCHORS))
def test_never_rises_with_k(conversation, anchor):
    d, roles = conversation
    found = [af.uclid(d, roles, anchor=anchor, k=k) for k in range(1, 7)]
    assume(not math.isnan(found[0]))
    assert all(later <= earlier for earlier, later in itertools.pairwise(found))


def test_may_rise_with_k_when_a_pair_is_missing():
    # T C T C; the first reply is unknown. k = 1: only the second anchor counts, |1 - 2|.
    # k = 2: the first anchor comes back with 2: (2 + 1) / 2.
    d = LINE.copy()
    d[1, :] = d[:, 1] = math.nan
    assert af.uclid(d, ROLES, k=1) == 1.0
    assert af.uclid(d, ROLES, k=2) == 1.5


@given(conversations(least=2))
def test_following_pairs_of_both_directions_partition_all_pairs(conversation):
    d, roles = conversation
    first = np.array(roles) == "therapist"
    pairs = d[np.ix_(first, ~first)]
    total, count = 0.0, 0
    for is_anchor in (first, ~first):
        at, replies = np.flatnonzero(is_anchor), np.flatnonzero(~is_anchor)
        known = [d[i, j] for i in at for j in replies if i < j and not math.isnan(d[i, j])]
        mean = cross_mean(d, is_anchor, "following")
        assert math.isnan(mean) == (not known)
        total += mean * len(known) if known else 0.0
        count += len(known)
    assert count == np.count_nonzero(~np.isnan(pairs))
    if count:
        assert_allclose(total / count, cross_mean(d, first, "all"), rtol=1e-12, atol=1e-12)


@given(conversations(), st.sampled_from(CROSS))
def test_swapping_the_labels_swaps_the_directions(conversation, cross):
    d, roles = conversation
    swapped = [OTHER[role] for role in roles]
    for anchor in ANCHORS:
        found = af.nclid(d, swapped, anchor=OTHER[anchor], cross=cross)
        np.testing.assert_array_equal(found, af.nclid(d, roles, anchor=anchor, cross=cross))


@given(conversations())
def test_all_pairs_cross_mean_has_no_direction(conversation):
    d, roles = conversation
    first = np.array(roles) == "therapist"
    assert_allclose(cross_mean(d, first, "all"), cross_mean(d, ~first, "all"), rtol=1e-12)


@given(conversations(), st.sampled_from(ANCHORS))
def test_an_unknown_turn_at_the_end_changes_nothing(conversation, anchor):
    d, roles = conversation
    n = len(roles)
    longer = np.full((n + 1, n + 1), math.nan)
    longer[:n, :n] = d
    for role in ANCHORS:
        np.testing.assert_array_equal(
            af.nclid(longer, [*roles, role], anchor=anchor), af.nclid(d, roles, anchor=anchor)
        )


@given(conversations(least=1), st.sampled_from(ANCHORS))
def test_values_are_never_negative_nor_infinite_and_arguments_stay(conversation, anchor):
    d, roles = conversation
    before, labels = d.copy(), list(roles)
    for value in (af.uclid(d, roles, anchor=anchor), af.nclid(d, roles, anchor=anchor)):
        assert math.isnan(value) or 0.0 <= value < math.inf
    np.testing.assert_array_equal(d, before)
    assert roles == labels
