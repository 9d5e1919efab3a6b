"""Surrogates: by hand, against moved conversations, exact moments, chance, planted synchrony."""

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

import alliance_features as af
import naive_synchrony
from alliance_features.features.measures.surrogates import Pairing, compare, shuffles

ROLES = ["therapist", "client"]
KINDS = ("circular", "shuffle")
FIELDS = [field.name for field in dataclasses.fields(af.Surrogate)]


def line(*points):
    at = np.array(points, dtype=np.float64)
    return abs(at[:, None] - at)


def talk(rng, n, planted=0.0, dimensions=4):
    """Distances of n alternating turns at random places; the client leans to the turn before."""
    at = rng.normal(size=(n, dimensions))
    for turn in range(1, n, 2):
        at[turn] = planted * at[turn - 1] + math.sqrt(1 - planted**2) * at[turn]
    return np.linalg.norm(at[:, None] - at, axis=-1), (ROLES * n)[:n]


# By hand


def test_repeating_replies_by_hand():
    # Each reply repeats the turn before: distance 0. Moved on by one: |0-5|, |5-9|, |9-0|, by two:
    # |0-9|, |5-0|, |9-5|; 6 on average in both. All nine pairs: 36 / 9 = 4.
    found = af.surrogates(line(0, 0, 5, 5, 9, 9), ROLES * 3, measure="uclid", k=1)
    assert (found.observed, found.mean, found.sd, found.n) == (0.0, 6.0, 0.0, 2)
    assert math.isnan(found.z)  # both shifts are alike
    assert (found.ratio, found.p, found.survives) == (0.0, 1 / 3, 1.5)


def test_shifts_by_hand():
    # Therapist at 0, 4, 9; client at 1, 3, 8: |0-1|, |4-3|, |9-8|. Shifts: |0-3|, |4-8|, |9-1|
    # and |0-8|, |4-1|, |9-3|. Any pair: (1 + 3 + 8 + 3 + 1 + 4 + 8 + 6 + 1) / 9 = 35 / 9.
    d = line(0, 1, 4, 3, 9, 8)
    found = af.surrogates(d, ROLES * 3, measure="adjacent_wmd")
    assert_allclose((found.observed, found.mean), (1, (5 + 17 / 3) / 2), rtol=1e-14)
    sd = (17 / 3 - 5) / math.sqrt(2)
    assert_allclose((found.sd, found.z), (sd, (1 - 16 / 3) / sd), rtol=1e-12)
    assert_allclose((found.ratio, found.p), (3 / 16, 1 / 3), rtol=1e-14)
    assert_allclose(found.survives, (16 / 3 - 1) / (35 / 9 - 1), rtol=1e-14)


def test_a_reply_that_nobody_knows_stays():
    d = line(0, 1, 4, 0, 9, 8, 5, 2)
    d[3, :] = d[:, 3] = math.nan
    # Three replies move, in two shifts; the place of the fourth never counts.
    found = af.surrogates(d, ROLES * 4, measure="adjacent_wmd")
    assert found.n == 2
    assert_allclose(found.observed, (1 + 1 + 3) / 3)
    assert_allclose(found.mean, ((8 + 7 + 4) / 3 + (2 + 8 + 3) / 3) / 2)


# Against conversations whose turns were moved


@st.composite
def conversations(draw):
    """Whole numbers as distances, so that equal means are equal; some turns without any."""
    n = draw(st.integers(0, 11))
    roles = draw(st.lists(st.sampled_from(ROLES), min_size=n, max_size=n))
    size = n * (n - 1) // 2
    values = draw(st.lists(st.integers(0, 8), min_size=size, max_size=size))
    d = np.zeros((n, n))
    d[np.triu_indices(n, 1)] = values
    d += d.T
    for turn in draw(st.sets(st.integers(0, max(n - 1, 0)), max_size=3)):
        d[turn : turn + 1, :] = d[:, turn : turn + 1] = math.nan
    return d, roles


@given(conversations(), st.sampled_from(ROLES), st.sampled_from(KINDS), st.integers(1, 4))
def test_matches_moved_conversations(conversation, anchor, kind, k):
    d, roles = conversation
    rows = d.tolist()
    assume(anchor in roles)
    n = len(naive_synchrony.movable(rows, roles, anchor))
    if kind == "circular":
        orders = naive_synchrony.rotations(n)
    else:
        orders = np.concatenate([*shuffles(n, 9, 5)]).tolist() if n > 1 else []
    values = naive_synchrony.surrogate_values(rows, roles, anchor, orders, k)
    observed = naive_synchrony.measures(rows, roles, anchor, k)
    reference = naive_synchrony.any_pair(rows, roles, anchor)
    alpha = sum(naive_synchrony.naive.alpha_terms(rows, roles, anchor))
    quick = naive_synchrony.quick_values(rows, roles, anchor, orders, k)
    for name in naive_synchrony.MEASURES:
        assert_allclose(quick[name], values[name], rtol=1e-12)
        found = af.surrogates(
            d, roles, measure=name, anchor=anchor, surrogate=kind, k=k, draws=9, seed=5
        )
        scale = (alpha if alpha > 0 else math.nan) if name == "nclid" else 1.0
        expected = naive_synchrony.compare(observed[name], values[name], reference / scale)
        if name == "adjacent_wmd" and kind == "shuffle":
            del expected["mean"], expected["sd"], expected["z"], expected["ratio"]
            del expected["survives"]
        assert found.n == sum(not math.isnan(value) for value in values[name])
        assert_allclose(found.observed, observed[name], rtol=1e-12, err_msg=name)
        for field, value in expected.items():
            assert_allclose(
                getattr(found, field), value, rtol=1e-9, atol=1e-9, err_msg=f"{name} {field}"
            )


# Laws


@given(conversations(), st.sampled_from(KINDS), st.sampled_from([0.5, 1024.0]))
def test_the_unit_of_distance_cancels(conversation, kind, scale):
    d, roles = conversation
    for measure in naive_synchrony.MEASURES:
        arguments = {"measure": measure, "surrogate": kind, "draws": 9}
        one = af.surrogates(d, roles, **arguments)
        other = af.surrogates(scale * d, roles, **arguments)
        for field in ("z", "ratio", "p", "survives"):
            np.testing.assert_array_equal(getattr(one, field), getattr(other, field))


@given(conversations(), st.sampled_from(KINDS))
def test_swapping_the_labels_swaps_the_directions(conversation, kind):
    d, roles = conversation
    swapped = [ROLES[role == "therapist"] for role in roles]
    one = compare(d, np.array(roles) == "therapist", kind, draws=9)
    other = compare(d, np.array(swapped) == "client", kind, draws=9)
    for name in naive_synchrony.MEASURES:
        found = [dataclasses.astuple(each[name]) for each in (one, other)]
        np.testing.assert_array_equal(*found)


@given(conversations(), st.sampled_from(KINDS))
def test_ranges_and_arguments_stay(conversation, kind):
    d, roles = conversation
    before = d.copy()
    found = af.surrogates(d, roles, surrogate=kind, draws=9)
    assert math.isnan(found.p) or 0 < found.p <= 1
    assert not found.sd < 0
    assert all(not math.isinf(getattr(found, field)) for field in FIELDS)
    np.testing.assert_array_equal(d, before)


@pytest.mark.parametrize("kind", KINDS)
def test_z_is_centred_on_chance_and_falls_with_planted_closeness(rng, kind):
    means = {}
    for planted in (0.0, 0.3, 0.6, 0.9):
        z = [
            af.surrogates(*talk(rng, 40, planted), measure=measure, k=1, surrogate=kind, draws=99).z
            for _ in range(60)
            for measure in ("nclid", "adjacent_wmd")
        ]
        means[planted] = np.mean(z)
    assert abs(means[0.0]) < 0.5  # 60 sessions: 4 standard errors
    assert means[0.0] > means[0.3] > means[0.6] > means[0.9]
    assert means[0.9] < -5


# Undefined


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("measure", naive_synchrony.MEASURES)
def test_too_few_replies(kind, measure):
    empty = af.surrogates(np.empty((0, 0)), [], measure=measure, surrogate=kind)
    assert empty.n == 0
    assert all(math.isnan(getattr(empty, field)) for field in FIELDS if field != "n")
    one = af.surrogates(line(0, 3), ROLES, measure=measure, surrogate=kind)
    assert one.n == 0
    assert math.isnan(one.z)
    assert math.isnan(one.p)
    if measure != "nclid":  # a within mean needs two turns
        assert one.observed == 3.0


def test_no_distance_and_no_reply():
    for d, roles in ((np.full((6, 6), math.nan), ROLES * 3), (line(1, 2, 3), ["client"] * 3)):
        found = af.surrogates(d, roles, surrogate="shuffle", draws=9)
        assert math.isnan(found.observed)
        assert math.isnan(found.p)


def test_pairing_finds_neighbours_windows_and_what_stays():
    d = line(0, 1, 2, 3, 4)
    d[2, :] = d[:, 2] = math.nan
    pairing = Pairing.of(d, np.array([False, True, False, False, True]), 2)
    # Replies 0 and 3 are known, anchors 1 and 4; only the first has a reply that counts.
    assert pairing.first.tolist() == [1, 2]
    assert pairing.last.tolist() == [2, 2]
    assert pairing.before.tolist() == [0, 1]
    assert pairing.previous.tolist() == [-1, -1]


# Messages


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"distances": [[0.0, 1.0]]}, r"`distances` has shape \(1, 2\)"),
        ({"roles": ROLES}, "`roles` has 2 entries and `distances` 4 turns"),
        ({"anchor": "nobody"}, "`anchor` is not in `roles`"),
        ({"measure": "lsm"}, '`measure` is .lsm.; it must be one of "uclid", "nclid", "adj'),
        ({"surrogate": "swap"}, '`surrogate` is .swap.; it must be one of "circular", "shuffle"'),
        ({"k": 0}, "`k` is 0; it must be a whole number >= 1"),
        ({"draws": 0}, "`draws` is 0; it must be a whole number >= 1"),
        ({"seed": -1}, "`seed` is -1; it must be a whole number >= 0"),
    ],
)
def test_malformed_arguments(changed, message):
    arguments = {"distances": line(0, 6, 1, 2), "roles": ROLES * 2, **changed}
    with pytest.raises(af.ParameterError, match=message):
        af.surrogates(arguments.pop("distances"), arguments.pop("roles"), **arguments)


def test_a_pair_that_alone_is_missing_is_refused():
    d = line(0, 6, 1, 2)
    d[0, 3] = d[3, 0] = math.nan
    with pytest.raises(af.ParameterError, match="`distances` lacks pairs of turns that have other"):
        af.surrogates(d, ROLES * 2)
