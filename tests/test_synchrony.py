"""uCLiD and nCLiD: numbers by hand and from the reference, laws, undefined cases, messages."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

import alliance_features as af
import naive
from alliance_features.features.synchrony import cross_mean, local_distances, within_mean

POINTS = np.array([0.0, 6.0, 1.0, 2.0])
LINE = abs(POINTS[:, None] - POINTS)
ROLES = ["therapist", "client"] * 2
ANCHORS = ("therapist", "client")
OTHER = {"therapist": "client", "client": "therapist"}
CROSS = ("following", "all")


# Worked examples


def test_uclid_worked_example():
    # Turns T C T C at 0, 6, 1, 2. k = 1: replies at 6 and 2, distances 6 and 1.
    assert af.uclid(LINE, ROLES, k=1) == 3.5
    # k = 3: the first anchor reaches the client turn at 2: (2 + 1) / 2.
    assert af.uclid(LINE, ROLES) == 1.5
    # The second client turn has no reply; the first has one, |6 - 1|.
    assert af.uclid(LINE, ROLES, anchor="client") == 5.0


def test_nclid_worked_example():
    # Within therapist 1, within client 4, cross after the therapist's turns (6 + 2 + 1) / 3.
    assert af.nclid(LINE, ROLES, k=1) == 0.4375
    assert af.nclid(LINE, ROLES) == 0.1875
    # After the client's turns only |6 - 1|: 5 / (4 + 1 + 5).
    assert af.nclid(LINE, ROLES, anchor="client") == 0.5


@pytest.mark.parametrize(
    ("anchor", "k", "expected"),
    [("therapist", 1, 7 / 17), ("therapist", 3, 3 / 17), ("client", 1, 10 / 17)],
)
def test_nclid_worked_example_all_pairs(anchor, k, expected):
    # The cross mean is (6 + 2 + 5 + 1) / 4 = 3.5 in both directions: alpha = 8.5.
    assert_allclose(af.nclid(LINE, ROLES, anchor=anchor, k=k, cross="all"), expected, rtol=1e-14)


# The golden example: 2-d words, raw vectors; A is the therapist.
PLANE = {"a": (0, 0), "b": (3, 0), "c": (0, 4), "d": (3, 4), "e": (6, 8)}
TALK = ["a b", "c", "d d b", "e a", "c", "b"]
TALK_ROLES = ["therapist", "client"] * 3
WITHIN = {"therapist": 3.777778, "client": 5.459184}
FOLLOWING = {"therapist": 3.712000, "client": 3.090739}
ALL = 3.504913
# anchor, k, local distances, uclid, nclid following, nclid all
GOLDEN = [
    ("therapist", 1, (4.5, 4.333333, 5), 4.611111, 0.356099, 0.361886),
    ("therapist", 2, (4.272002, 2.666667, 5), 3.979556, 0.307326, 0.312321),
    ("therapist", 3, (1.5, 2.666667, 5), 3.055556, 0.235969, 0.239804),
    ("client", 1, (3.666667, 5.605551, math.nan), 4.636109, 0.376072, 0.363848),
    ("client", 2, (0, 5.605551, math.nan), 2.802776, 0.227356, 0.219966),
    ("client", 3, (0, 5.605551, math.nan), 2.802776, 0.227356, 0.219966),
]


def plane(kind):
    points = np.array(list(PLANE.values()), dtype=np.float64)
    if kind == "vectors":
        index = {word: row for row, word in enumerate(PLANE)}
        return af.Vectors(index, points, "plane", "0" * 64)
    from gensim.models import KeyedVectors

    keyed = KeyedVectors(2, dtype=np.float64)
    keyed.add_vectors(list(PLANE), points)
    return keyed


@pytest.fixture(scope="module", params=["vectors", "gensim"])
def golden(request):
    tokens = [turn.split() for turn in TALK]
    return af.wmd_matrix(tokens, vectors=plane(request.param), norm=False)


@pytest.mark.parametrize(("anchor", "k", "local", "uclid", "following", "every"), GOLDEN)
def test_golden_table(golden, anchor, k, local, uclid, following, every):
    tolerance = {"rtol": 0, "atol": 1e-6}
    is_anchor = np.array(TALK_ROLES) == anchor
    assert_allclose(local_distances(golden, is_anchor, k), local, **tolerance)
    assert_allclose(af.uclid(golden, TALK_ROLES, anchor=anchor, k=k), uclid, **tolerance)
    assert_allclose(within_mean(golden, is_anchor), WITHIN[anchor], **tolerance)
    assert_allclose(within_mean(golden, ~is_anchor), WITHIN[OTHER[anchor]], **tolerance)
    assert_allclose(cross_mean(golden, is_anchor, "following"), FOLLOWING[anchor], **tolerance)
    assert_allclose(cross_mean(golden, is_anchor, "all"), ALL, **tolerance)
    for cross, expected in (("following", following), ("all", every)):
        found = af.nclid(golden, TALK_ROLES, anchor=anchor, k=k, cross=cross)
        assert_allclose(found, expected, **tolerance)


@pytest.mark.parametrize(("anchor", "k", "local", "uclid", "following", "every"), GOLDEN)
def test_the_oracle_knows_the_golden_table(golden, anchor, k, local, uclid, following, every):
    d = golden.tolist()
    tolerance = {"rtol": 0, "atol": 1e-6}
    found = naive.nearest_reply(d, TALK_ROLES, anchor, k)
    at = [turn for turn, role in enumerate(TALK_ROLES) if role == anchor]
    assert_allclose([found[turn] for turn in at], local, **tolerance)
    assert_allclose(naive.uclid(d, TALK_ROLES, anchor, k), uclid, **tolerance)
    terms = (WITHIN[anchor], WITHIN[OTHER[anchor]], FOLLOWING[anchor])
    assert_allclose(naive.alpha_terms(d, TALK_ROLES, anchor), terms, **tolerance)
    for cross, expected in (("following", following), ("all", every)):
        assert_allclose(naive.nclid(d, TALK_ROLES, anchor, k, cross), expected, **tolerance)


# Laws


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


@given(conversations(), st.sampled_from(ANCHORS), KS, st.sampled_from(CROSS))
def test_matches_naive(conversation, anchor, k, cross):
    d, roles = conversation
    rows = d.tolist()
    assert_allclose(
        af.uclid(d, roles, anchor=anchor, k=k), naive.uclid(rows, roles, anchor, k), rtol=1e-12
    )
    found = af.nclid(d, roles, anchor=anchor, k=k, cross=cross)
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


def test_any_two_labels_make_a_dyad():
    names = ["Ann", "Bob"] * 2
    assert af.nclid(LINE, names, anchor="Ann", k=1) == 0.4375
    assert af.nclid(LINE, names, anchor="Bob") == 0.5


# Undefined


def test_undefined_is_nan_never_zero():
    # One turn of a speaker: no within pair. uCLiD still exists.
    d, roles = LINE[:3, :3], ROLES[:3]
    assert math.isnan(af.nclid(d, roles))
    assert af.uclid(d, roles) == 6.0
    # No reply: all turns of the client come first.
    roles = ["client", "client", "therapist", "therapist"]
    assert math.isnan(af.uclid(LINE, roles))
    assert math.isnan(af.nclid(LINE, roles, cross="all"))
    # Alpha 0: everybody says the same all the time.
    assert math.isnan(af.nclid(np.zeros((4, 4)), ROLES))
    assert af.uclid(np.zeros((4, 4)), ROLES) == 0.0
    # No turn, and no distance.
    assert math.isnan(af.uclid(np.empty((0, 0)), []))
    assert math.isnan(af.nclid(np.empty((0, 0)), []))
    assert math.isnan(af.uclid(np.full((4, 4), math.nan), ROLES))
    assert math.isnan(af.nclid(np.full((4, 4), math.nan), ROLES))


def test_an_unknown_reply_counts_as_one_of_the_k():
    d = LINE.copy()
    d[1, :] = d[:, 1] = math.nan
    found = local_distances(d, np.array(ROLES) == "therapist", 1)
    np.testing.assert_array_equal(found, [math.nan, 1.0])


# Messages

BAD = [
    ({"distances": "far"}, "`distances` is not an array of numbers"),
    ({"distances": [[0.0, 1.0]]}, r"`distances` has shape \(1, 2\)"),
    ({"distances": [0.0]}, r"`distances` has shape \(1,\)"),
    ({"distances": -LINE}, r"`distances\[0, 1\]` is -6.0; it must be finite and >= 0"),
    ({"distances": np.where(LINE > 0, math.inf, 0.0)}, r"`distances\[0, 1\]` is inf"),
    ({"distances": np.triu(LINE)}, r"`distances` is not symmetric: \[0, 1\] is 6.0"),
    ({"roles": ROLES[:3]}, "`roles` has 3 entries and `distances` 4 turns"),
    ({"roles": [*ROLES[:3], 4]}, "`roles` holds something that is not a string"),
    ({"roles": [*ROLES[:3], "observer"]}, "`roles` names 3 speakers"),
    ({"anchor": "nobody"}, "`anchor` names nobody in `roles`"),
    ({"anchor": None}, "`anchor` names nobody in `roles`"),
    ({"k": 0}, "`k` is 0; it must be a whole number >= 1"),
    ({"k": -1}, "`k` is -1; it must be a whole number >= 1"),
    ({"k": 1.5}, "`k` is 1.5; it must be a whole number >= 1"),
    ({"k": True}, "`k` is True; it must be a whole number >= 1"),
    ({"k": "3"}, "`k` is str; it must be a whole number >= 1"),
]


@pytest.mark.parametrize(("changed", "message"), BAD)
@pytest.mark.parametrize("function", ["uclid", "nclid"])
def test_malformed_arguments(function, changed, message):
    arguments = {"distances": LINE, "roles": ROLES, **changed}
    with pytest.raises(af.ParameterError, match=message):
        getattr(af, function)(arguments.pop("distances"), arguments.pop("roles"), **arguments)


@pytest.mark.parametrize("cross", ["some", "ALL", None])
def test_malformed_cross(cross):
    with pytest.raises(af.ParameterError, match='it must be one of "following", "all"'):
        af.nclid(LINE, ROLES, cross=cross)


# In tables


def test_support_is_five_usable_turns_of_each(make_session, measure):
    names = [name for name in af.list_features("synchrony") if "bow" not in name]
    supported = [name for name in names if name not in ("dyad__oov_prop", "dyad__wmd_pairs_n")]
    talk = ["mother", "father", "work", "home", "sleep"]
    four = make_session(*talk, *talk[:4])  # 5 turns of the client, 4 of the therapist
    assert measure.session(four, names).codes == dict.fromkeys(supported, "few_turns")
    five = make_session(*talk, *talk)
    assert measure.session(five, names).codes == {}
    unknown = make_session(*talk, *talk[:4], "xqzzy")  # a word, but one without a vector
    assert measure.session(unknown, names).codes == dict.fromkeys(supported, "few_turns")
    values = measure.session(unknown, names).values
    assert_allclose(values["dyad__oov_prop"], 0.1, rtol=1e-12)
    assert values["dyad__wmd_pairs_n"] == 36  # 9 x 8 / 2


def test_null_codes_of_vectors_and_languages(make_session, measure):
    names = af.list_features("synchrony")
    needing = [name for name in names if "bow" not in name]
    talk = ["mother", "father"] * 5
    japanese = make_session(*talk, language="ja")
    assert measure.session(japanese, names).codes == dict.fromkeys(names, "no_lexicon")
    german = af.Vectors({"mother": 0}, np.ones((1, 2)), "de", "0" * 64, language="de")
    found = measure.session(make_session(*talk), names, vectors=german)
    assert found.codes == dict.fromkeys(needing, "no_vectors")
    british = make_session(*talk, language="en-GB")
    assert measure.session(british, names).codes == {}
    turns = measure.turns(make_session(*talk[:2]), "synchrony", vectors=german)
    assert {name: code for (_, name), code in turns.codes.items() if name != "bow_l1"} == {
        "adjacent_wmd": "no_vectors",
        "nearest_reply_wmd": "no_vectors",
    }


def test_alpha_zero_is_undefined(make_session, measure):
    found = measure.session(make_session(*["mother"] * 10), "synchrony")
    anchored = [f"dyad__nclid__anchor_{anchor}" for anchor in ANCHORS]
    assert found.codes == dict.fromkeys(anchored, "undefined")
    assert found.values["dyad__uclid__anchor_client"] == 0.0
    assert found.values["dyad__alpha_within_therapist"] == 0.0


def test_a_direction_without_a_known_reply_is_undefined(make_session, measure):
    # First only the therapist has known words, then only the client: nothing known follows the
    # client's, and no two neighbours are known.
    talk = [("therapist", "mother"), ("client", "xqzzy")] * 5
    talk += [("therapist", "xqzzy"), ("client", "father")] * 8
    found = measure.session(make_session(*talk), "synchrony")
    undefined = [f"dyad__{name}__anchor_client" for name in ("uclid", "nclid", "alpha_cross")]
    undefined += [f"dyad__adjacent_wmd__responder_{role}__mean" for role in ANCHORS]
    trends = [
        f"dyad__adjacent_wmd__responder_{role}__{stat}"
        for role in ANCHORS
        for stat in ("slope", "third_diff")
    ]
    expected = {**dict.fromkeys(undefined, "undefined"), **dict.fromkeys(trends, "few_turns")}
    assert found.codes == expected
    # Two turns of the therapist reach a known one among the next three; all distances are equal,
    # and those within a speaker 0: nCLiD is 1.
    assert_allclose(found.values["dyad__nclid__anchor_therapist"], 1.0, rtol=1e-14)


def test_turns_that_answer_nobody(make_session, measure):
    found = measure.turns(make_session("mother", "father", "work"), "synchrony")
    assert set(found.codes) == {(0, "adjacent_wmd"), (0, "bow_l1"), (2, "nearest_reply_wmd")}
    assert set(found.codes.values()) == {"no_pair"}
    distances = af.wmd_matrix([["mother"], ["father"], ["work"]])
    assert [row["adjacent_wmd"] for row in found.rows[1:]] == [distances[0, 1], distances[1, 2]]
    assert [row["nearest_reply_wmd"] for row in found.rows[:2]] == [
        distances[0, 1],
        distances[1, 2],
    ]


def test_without_any_token(make_session, measure):
    found = measure.session(make_session("um", "uh"), ["dyad__oov_prop", "dyad__wmd_pairs_n"])
    assert found.codes == {"dyad__oov_prop": "no_events"}
    assert found.values["dyad__wmd_pairs_n"] == 0


def vector_values(session, lists):
    turns = [(turn.role, turn.text) for turn in session.turns]
    bags = [naive.turn_tokens(text, lists) for _, text, _, _ in naive.merged(turns)]
    shipped = af.load_vectors(None)
    known = {word for bag in bags for word in bag if shipped.row(word) >= 0}
    return naive.vector_session(turns, lists, known, af.wmd_matrix(bags).tolist())


def test_examples_match_naive(example_sessions, lists, measure):
    for session in example_sessions:
        values = measure.session(session, "synchrony").values
        expected = vector_values(session, lists)
        assert set(values) - set(expected) == {f"dyad__bow_l1__responder_{one}" for one in ANCHORS}
        assert not set(expected) - set(values)
        for name, value in expected.items():
            assert_allclose(values[name], value, rtol=1e-12, atol=1e-13, err_msg=name)


def test_generated_sessions_match_naive(talk, make_session, measure, lists):
    @settings(max_examples=40)
    @given(talk)
    def check(turns):
        session = make_session(*turns)
        found = measure.session(session, "synchrony")
        for name, value in vector_values(session, lists).items():
            if name not in found.codes:
                assert_allclose(found.values[name], value, rtol=1e-11, atol=1e-11, err_msg=name)
            elif found.codes[name] != "few_turns":
                assert math.isnan(value), name

    check()


def test_the_default_anchor_must_be_one_of_the_speakers():
    roles = ["T", "C", "T", "C"]
    with pytest.raises(af.ParameterError, match=r"`anchor` names nobody in `roles`"):
        af.nclid(np.ones((4, 4)) - np.eye(4), roles)
    assert af.nclid(np.ones((4, 4)) - np.eye(4), roles, anchor="T", k=1) == pytest.approx(1 / 3)
