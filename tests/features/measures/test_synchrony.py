"""uCLiD and nCLiD: numbers by hand and from the reference, laws, undefined cases, messages."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose

import alliance_features as af
import naive
from alliance_features.features.measures.synchrony import cross_mean, local_distances, within_mean

POINTS = np.array([0.0, 6.0, 1.0, 2.0])
LINE = abs(POINTS[:, None] - POINTS)
ROLES = ["therapist", "client"] * 2
ANCHORS = ("therapist", "client")
OTHER = {"therapist": "client", "client": "therapist"}
CROSS = ("following", "all")
WINDOWS = ("any", "complete")


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


def test_complete_windows_by_hand():
    # k = 2: the first anchor reaches 6 and 2, the second only 2 and is left out: 2, not 1.5.
    assert af.uclid(LINE, ROLES, k=2) == 1.5
    assert af.uclid(LINE, ROLES, k=2, windows="complete") == 2.0
    # Alpha has nothing to do with windows: 2 / (1 + 4 + 3).
    assert af.nclid(LINE, ROLES, k=2, windows="complete") == 0.25
    # k = 3: no anchor has three replies. k = 1: every window is complete.
    assert math.isnan(af.uclid(LINE, ROLES, windows="complete"))
    assert math.isnan(af.nclid(LINE, ROLES, windows="complete"))
    assert af.uclid(LINE, ROLES, k=1, windows="complete") == af.uclid(LINE, ROLES, k=1)


def test_an_unknown_reply_completes_a_window():
    d = LINE.copy()
    d[3, :] = d[:, 3] = math.nan
    assert af.uclid(d, ROLES, k=2, windows="complete") == 6.0


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


# Labels


def test_any_two_labels_make_a_dyad():
    names = ["Ann", "Bob"] * 2
    assert af.nclid(LINE, names, anchor="Ann", k=1) == 0.4375
    assert af.nclid(LINE, names, anchor="Bob") == 0.5
    assert af.surrogates(LINE, names, anchor="Bob", k=1).observed == 0.5


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
    ({"anchor": "nobody"}, "`anchor` is not in `roles`"),
    ({"anchor": None}, "`anchor` is not in `roles`"),
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


@pytest.mark.parametrize("function", [af.uclid, af.nclid])
@pytest.mark.parametrize("windows", ["some", "Complete", None, True])
def test_malformed_windows(function, windows):
    with pytest.raises(af.ParameterError, match=r'`windows` is .* one of "any", "complete"'):
        function(LINE, ROLES, windows=windows)


@pytest.mark.parametrize("cross", ["some", "ALL", None])
def test_malformed_cross(cross):
    with pytest.raises(af.ParameterError, match='it must be one of "following", "all"'):
        af.nclid(LINE, ROLES, cross=cross)


def test_the_default_anchor_must_be_one_of_the_speakers():
    roles = ["T", "C", "T", "C"]
    with pytest.raises(af.ParameterError, match=r"`anchor` is not in `roles`"):
        af.nclid(np.ones((4, 4)) - np.eye(4), roles)
    assert af.nclid(np.ones((4, 4)) - np.eye(4), roles, anchor="T", k=1) == pytest.approx(1 / 3)
