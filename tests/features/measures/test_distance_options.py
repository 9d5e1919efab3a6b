"""Options of the distances: other costs, weights, threads, lists of documents."""

import math
import warnings

import numpy as np
import pytest
from gensim.models import KeyedVectors

with warnings.catch_warnings():  # POT's own, when its files are compiled
    warnings.simplefilter("ignore")
    import ot

import alliance_features as af
from alliance_features.text.vectors import Vectors

WORDS = ("zero", "one", "two", "seven", "nine")
LINE = np.array([[0.0], [1.0], [2.0], [7.0], [9.0]])
WEIGHTS = np.array([1.0, 0.5, 2.0, 1.0, 0.25])


@pytest.fixture
def line():
    """Words on a line, with weights."""
    return Vectors({word: row for row, word in enumerate(WORDS)}, LINE, "line", "0" * 64,
                   None, WEIGHTS)  # fmt: skip


@pytest.fixture
def documents(rng):
    """Random documents, two of them without a known word."""
    made = [list(rng.choice(WORDS, size=size)) for size in rng.integers(1, 7, size=12)]
    return [*made, [], ["unknown"]]


def _pot(one, other, ground, mass):
    if not (one and other):
        return math.nan
    rows, columns = ([WORDS.index(word) for word in text] for text in (one, other))
    a, b = (np.array([mass[row] for row in side]) for side in (rows, columns))
    return float(ot.emd2(a / a.sum(), b / b.sum(), ground[np.ix_(rows, columns)]))


@pytest.mark.parametrize("weights", [False, True])
@pytest.mark.parametrize("cost", ["euclidean", "sqeuclidean"])
@pytest.mark.filterwarnings("ignore:cost 'sqeuclidean' is not a metric")
def test_costs_and_weights_against_pot(line, documents, weights, cost):
    distance = np.abs(LINE - LINE.T)
    ground = distance if cost == "euclidean" else distance**2
    mass = WEIGHTS if weights else np.ones(5)
    known = [[word for word in text if word in WORDS] for text in documents]
    expected = [[_pot(one, other, ground, mass) for other in known] for one in known]
    options = {"vectors": line, "norm": False, "weights": weights, "cost": cost}
    matrix = af.wmd_matrix(documents, **options)
    np.testing.assert_allclose(matrix, expected, rtol=1e-9, atol=1e-12)
    cross = af.wmd_cdist(documents[:5], documents[5:], **options)
    np.testing.assert_allclose(cross, matrix[:5, 5:], rtol=1e-12)
    one = af.wmd(documents[0], documents[1], **options)
    assert math.isclose(one, matrix[0, 1], rel_tol=1e-12)


def test_cancelling_would_be_wrong_for_a_squared_cost(line):
    # {0, 1} to {1, 2}: moving each word by 1 costs 1; leaving the shared word, (0 + 4) / 2 = 2.
    with pytest.warns(af.AllianceWarning, match=r"cost 'sqeuclidean' is not a metric"):
        found = af.wmd(["zero", "one"], ["one", "two"], vectors=line, norm=False,
                       cost="sqeuclidean")  # fmt: skip
    assert found == 1.0
    assert af.wmd(["zero", "one"], ["one", "two"], vectors=line, norm=False) == 1.0


def test_cosine_cost():
    shipped = af.load_vectors(None)
    a, b = shipped.points([shipped.row("calm"), shipped.row("storm")], norm=True)
    for norm in (True, False):
        with pytest.warns(af.AllianceWarning, match=r"cost 'cosine' is not a metric"):
            found = af.wmd(["calm"], ["storm"], norm=norm, cost="cosine")
        assert math.isclose(found, 1 - a @ b, rel_tol=1e-12)


@pytest.mark.filterwarnings("ignore::DeprecationWarning:gensim")
def test_a_gensim_user_switches_in_one_line(rng):
    keyed = KeyedVectors(8)
    words = [f"w{n}" for n in range(30)]
    keyed.add_vectors(words, rng.normal(size=(30, 8)).astype(np.float32))
    queries = [list(rng.choice(words, size=6)) for _ in range(4)]
    choices = [[*list(rng.choice(words, size=5)), "unknown"] for _ in range(3)]
    loop = [[keyed.wmdistance(query, choice) for choice in choices] for query in queries]
    np.testing.assert_allclose(af.wmd_cdist(queries, choices, vectors=keyed), loop, rtol=1e-5)


@pytest.mark.parametrize("workers", [2, -1])
def test_threads_change_no_bit(documents, line, workers):
    for call in (
        lambda n: af.wmd_matrix(documents, vectors=line, norm=False, workers=n),
        lambda n: af.wmd_cdist(documents[:4], documents, vectors=line, norm=False, workers=n),
    ):
        np.testing.assert_array_equal(call(1), call(workers))


def test_empty_lists(line):
    assert af.wmd_cdist([], [["one"]], vectors=line).shape == (0, 1)
    assert af.wmd_cdist([["one"]], [], vectors=line).shape == (1, 0)
    assert af.wmd_matrix([], vectors=line).shape == (0, 0)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"cost": "manhattan"}, r"`cost` is 'manhattan'; it must be one of \"euclidean\""),
        ({"weights": True}, r"True for vectors that carry weights; mini-en-96 carries none"),
        ({"weights": 1.0}, r"`weights` must be False, or True"),
        ({"norm": 1}, r"`norm` must be True \(unit vectors\) or False"),
        ({"workers": 0}, r"`workers` is 0; it must be a whole number >= 1"),
    ],
)
def test_wrong_options(options, message):
    with pytest.raises(af.ParameterError, match=message):
        af.wmd_cdist([["calm"]], [["storm"]], **options)


def test_wrong_documents():
    with pytest.raises(af.ParameterError, match=r"`choices` is a string; it must be a list of"):
        af.wmd_cdist([["calm"]], "storm")
    with pytest.raises(af.ParameterError, match=r"`queries\[0\]` is a string; it must be a list"):
        af.wmd_cdist(["calm"], [["storm"]])
