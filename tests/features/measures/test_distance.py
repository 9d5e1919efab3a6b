"""Exact Word Mover's Distance, against two other exact solvers and gensim."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.optimize import linprog

import alliance_features as af

# POT's `ot.datasets` has a docstring with "\\d"; Python says so when it first compiles the file.
pytestmark = [
    pytest.mark.filterwarnings(f"ignore:invalid escape sequence:{category}")
    for category in ("DeprecationWarning", "SyntaxWarning")
]

WORDS = [f"w{number}" for number in range(12)]


def random_vectors(seed=7, dimensions=5):
    points = np.random.default_rng(seed).normal(size=(len(WORDS), dimensions))
    index = {word: row for row, word in enumerate(WORDS)}
    return af.Vectors(index, points, "random", "0" * 64)


VECTORS = random_vectors()
KNOWN = st.lists(st.sampled_from(WORDS), min_size=1, max_size=9)
ANY = st.lists(st.sampled_from([*WORDS, "unknown", "Unknown"]), max_size=9)


def transport(one, two, vectors, norm):
    """Return masses and costs of the transport problem, by the definition."""
    bags = [[word for word in bag if word in vectors.index] for bag in (one, two)]
    types = [sorted(set(bag)) for bag in bags]
    masses = [
        np.array([bag.count(word) / len(bag) for word in kinds])
        for bag, kinds in zip(bags, types, strict=True)
    ]
    point = {}
    for word in {*types[0], *types[1]}:
        raw = np.asarray(vectors.matrix[vectors.index[word]], dtype=np.float64)
        point[word] = raw / math.sqrt(sum(raw * raw)) if norm else raw
    costs = np.array([[math.dist(point[a], point[b]) for b in types[1]] for a in types[0]])
    return *masses, costs


def by_linprog(one, two, vectors, norm):
    a, b, costs = transport(one, two, vectors, norm)
    n, m = costs.shape
    out_of = np.kron(np.eye(n), np.ones(m))
    into = np.kron(np.ones(n), np.eye(m))
    solved = linprog(
        costs.ravel(), A_eq=np.vstack([out_of, into]), b_eq=np.concatenate([a, b]), method="highs"
    )
    assert solved.status == 0
    return solved.fun


def by_pot(one, two, vectors, norm):
    import ot

    return ot.emd2(*transport(one, two, vectors, norm))


# Worked examples


def line(**positions):
    points = np.array([[float(position)] for position in positions.values()])
    return af.Vectors({word: row for row, word in enumerate(positions)}, points, "line", "0" * 64)


def test_worked_example():
    vectors = line(a=0, b=1, c=5)
    # a 1/2, b 1/2 to c: 5/2 + 4/2.
    assert af.wmd(["a", "b"], ["c"], vectors=vectors, norm=False) == 4.5
    # a 2/3, c 1/3 to a 1/3, b 2/3: 1/3 stays, 1/3 goes 1, 1/3 goes 4.
    found = af.wmd(["a", "c", "a"], ["b", "a", "b"], vectors=vectors, norm=False)
    assert_allclose(found, 5 / 3, rtol=1e-14)


def test_unit_vectors_by_default():
    points = np.array([[3.0, 0.0], [0.0, 5.0], [-2.0, 0.0]])
    vectors = af.Vectors({"east": 0, "north": 1, "west": 2}, points, "compass", "0" * 64)
    assert_allclose(af.wmd(["east"], ["north"], vectors=vectors), math.sqrt(2), rtol=1e-15)
    assert af.wmd(["east"], ["west"], vectors=vectors) == 2.0  # the largest distance
    assert af.wmd(["east"], ["west"], vectors=vectors, norm=False) == 5.0


# Other solvers


@given(KNOWN, KNOWN, st.booleans())
def test_matches_pot(one, two, norm):
    found = af.wmd(one, two, vectors=VECTORS, norm=norm)
    assert_allclose(found, by_pot(one, two, VECTORS, norm), rtol=1e-9, atol=1e-12)


@given(KNOWN, KNOWN, st.booleans())
def test_matches_linprog(one, two, norm):
    found = af.wmd(one, two, vectors=VECTORS, norm=norm)
    assert_allclose(found, by_linprog(one, two, VECTORS, norm), rtol=1e-8, atol=1e-10)


def test_matches_gensim(rng):
    from gensim.models import KeyedVectors

    keyed = KeyedVectors(5)
    keyed.add_vectors(WORDS, VECTORS.matrix.astype(np.float32))
    turns = [rng.choice(WORDS, size=rng.integers(1, 15)).tolist() for _ in range(24)]
    found = af.wmd_matrix(turns, vectors=keyed)
    for i, one in enumerate(turns):
        for j, two in enumerate(turns):
            expected = keyed.wmdistance(one, two, norm=True)
            assert_allclose(found[i, j], expected, rtol=0, atol=2e-6)


def test_long_turns_match_pot(rng):
    words = [f"v{number}" for number in range(150)]
    index = {word: row for row, word in enumerate(words)}
    vectors = af.Vectors(index, rng.normal(size=(150, 20)), "long", "0" * 64)
    turns = [rng.choice(words, size=size).tolist() for size in (90, 140, 3)]
    found = af.wmd_matrix(turns, vectors=vectors)
    for i, j in ((0, 1), (0, 2), (1, 2)):
        expected = by_pot(turns[i], turns[j], vectors, norm=True)
        assert_allclose(found[i, j], expected, rtol=1e-9)


# Laws


@given(st.lists(ANY, max_size=6), st.booleans())
def test_pair_and_matrix_agree(turns, norm):
    matrix = af.wmd_matrix(turns, vectors=VECTORS, norm=norm)
    assert matrix.shape == (len(turns), len(turns))
    assert matrix.dtype == np.float64
    for i, one in enumerate(turns):
        for j, two in enumerate(turns):
            pair = af.wmd(one, two, vectors=VECTORS, norm=norm)
            assert_allclose(matrix[i, j], pair, rtol=1e-12, atol=1e-12)


@given(st.lists(ANY, max_size=6))
def test_matrix_is_symmetric_with_zero_diagonal_and_nan_for_unknown_turns(turns):
    matrix = af.wmd_matrix(turns, vectors=VECTORS)
    np.testing.assert_array_equal(matrix, matrix.T)
    usable = np.array([any(word in WORDS for word in turn) for turn in turns], dtype=bool)
    np.testing.assert_array_equal(np.isnan(matrix), ~(usable[:, None] & usable[None, :]))
    assert (matrix.diagonal()[usable] == 0.0).all()
    assert (matrix[np.ix_(usable, usable)] <= 2.0 + 1e-12).all()
    assert (matrix[np.ix_(usable, usable)] >= 0.0).all()


@given(KNOWN, KNOWN, st.randoms(use_true_random=False))
def test_order_and_unknown_words_change_nothing(one, two, random):
    before = af.wmd(one, two, vectors=VECTORS)
    shuffled = [*one, "unknown", "W1"]
    random.shuffle(shuffled)
    assert_allclose(af.wmd(shuffled, two, vectors=VECTORS), before, rtol=0, atol=1e-12)


@given(KNOWN, st.integers(1, 4), st.booleans())
def test_identical_bags_are_at_zero_exactly(bag, times, norm):
    assert af.wmd(bag, bag[::-1] * times, vectors=VECTORS, norm=norm) == 0.0


@given(KNOWN, KNOWN, KNOWN)
def test_triangle(one, two, three):
    def distance(a, b):
        return af.wmd(a, b, vectors=VECTORS)

    assert distance(one, three) <= distance(one, two) + distance(two, three) + 1e-12


@given(KNOWN, KNOWN, st.sampled_from([0.25, 2.0, 64.0]))
def test_scale_of_the_vectors(one, two, scale):
    scaled = af.Vectors(VECTORS.index, scale * VECTORS.matrix, "scaled", "0" * 64)
    raw = af.wmd(one, two, vectors=VECTORS, norm=False)
    found = af.wmd(one, two, vectors=scaled, norm=False)
    assert_allclose(found, scale * raw, rtol=1e-12, atol=1e-12)
    unit = af.wmd(one, two, vectors=VECTORS)
    assert_allclose(af.wmd(one, two, vectors=scaled), unit, rtol=1e-12, atol=1e-12)


def test_arguments_stay_as_they_are():
    turns = [["w1", "w0", "w1"], ["unknown"], ["w3"]]
    copy = [list(turn) for turn in turns]
    points = VECTORS.matrix.copy()
    af.wmd_matrix(turns, vectors=VECTORS)
    assert turns == copy
    np.testing.assert_array_equal(VECTORS.matrix, points)


# Undefined cases


@pytest.mark.parametrize("tokens", [[], ["unknown"], ["unknown", "UNKNOWN"]])
def test_no_known_word_is_nan_never_infinite(tokens):
    assert math.isnan(af.wmd(tokens, ["w1"], vectors=VECTORS))
    assert math.isnan(af.wmd(["w1"], tokens, vectors=VECTORS))
    assert math.isnan(af.wmd(tokens, tokens, vectors=VECTORS))


def test_a_zero_vector_is_unknown_unless_vectors_stay_raw():
    points = np.array([[0.0, 0.0], [3.0, 4.0], [0.0, 2.0]])
    vectors = af.Vectors({"zero": 0, "far": 1, "up": 2}, points, "zero", "0" * 64)
    assert math.isnan(af.wmd(["zero"], ["far"], vectors=vectors))
    both = af.wmd(["zero", "far"], ["up"], vectors=vectors)
    assert both == af.wmd(["far"], ["up"], vectors=vectors)
    assert af.wmd(["zero"], ["far"], vectors=vectors, norm=False) == 5.0


def test_distinct_words_at_one_place_are_at_zero():
    # gensim gives infinity here: its matrix of costs is all zero.
    points = np.array([[1.0, 1.0], [2.0, 2.0], [4.0, 4.0]])
    vectors = af.Vectors({"a": 0, "b": 1, "c": 2}, points, "ray", "0" * 64)
    assert_allclose(af.wmd(["a", "b"], ["c", "b"], vectors=vectors), 0.0, atol=1e-15)


def test_no_turns():
    assert af.wmd_matrix([], vectors=VECTORS).shape == (0, 0)


def test_shipped_vectors_are_the_default():
    one, two = ["my", "mother", "was", "angry"], ["your", "mum", "got", "mad"]
    assert af.wmd(one, two) == af.wmd(one, two, vectors=af.load_vectors(None))
    assert 0.0 < af.wmd(one, two) < af.wmd(one, ["set", "a", "goal", "today"])
    assert_allclose(af.wmd(one, two), by_pot(one, two, af.load_vectors(None), norm=True), rtol=1e-9)


# Messages

BAD = [
    (("text", ["w1"]), "`tokens_a` is a string; it must be a list of tokens"),
    ((["w1"], "text"), "`tokens_b` is a string; it must be a list of tokens"),
    ((None, ["w1"]), "`tokens_a` is NoneType; it must be a list of tokens"),
    ((["w1", 3], ["w1"]), r"`tokens_a\[1\]` is int; every token must be a string"),
]


@pytest.mark.parametrize(("arguments", "message"), BAD)
def test_malformed_tokens(arguments, message):
    with pytest.raises(af.ParameterError, match=message):
        af.wmd(*arguments, vectors=VECTORS)


@pytest.mark.parametrize(
    ("turns", "message"),
    [
        ("text", "`turns` is a string; it must be a list of token lists"),
        (["text"], r"`turns\[0\]` is a string; it must be a list of tokens"),
        ([["w1"], [2]], r"`turns\[1\]\[0\]` is int; every token must be a string"),
    ],
)
def test_malformed_turns(turns, message):
    with pytest.raises(af.ParameterError, match=message):
        af.wmd_matrix(turns, vectors=VECTORS)


@pytest.mark.parametrize("norm", ["yes", 1, None])
def test_malformed_norm(norm):
    with pytest.raises(af.ParameterError, match=r"`norm` must be True \(unit vectors\) or False"):
        af.wmd(["w1"], ["w2"], vectors=VECTORS, norm=norm)


def test_malformed_vectors():
    with pytest.raises(af.ParameterError, match="`vectors` is int; it must be None, a path"):
        af.wmd(["w1"], ["w2"], vectors=3)


def test_messages_hold_no_words():
    with pytest.raises(af.ParameterError, match="tokens_a") as caught:
        af.wmd("a secret", ["w1"], vectors=VECTORS)
    assert "secret" not in str(caught.value)
