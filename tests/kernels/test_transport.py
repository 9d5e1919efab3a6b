import itertools
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numba import config, njit
from scipy.optimize import linprog

from alliance_features.kernels import kernel, plain, simd
from alliance_features.kernels.bags import distinct_bags, integer_masses
from alliance_features.kernels.transport import (
    all_pairs,
    cross_pairs,
    ground_distances,
    listed_pairs,
)

with warnings.catch_warnings():
    warnings.filterwarnings("ignore", "invalid escape sequence")  # its docstrings, on first import
    import ot

SLOW = 4 if config.DISABLE_JIT else 1  # plain Python does a smaller share


def pack(turns):
    """Lists of words as flat arrays: ids, counts, offsets."""
    counted = [np.unique(np.asarray(turn, dtype=np.int64), return_counts=True) for turn in turns]
    offsets = np.cumsum([0, *(len(words) for words, _ in counted)])
    ids = np.concatenate([words for words, _ in counted]).astype(np.int32)
    return ids, np.concatenate([counts for _, counts in counted]).astype(np.int64), offsets


def bag(bags, t):
    ids, counts, offsets = bags
    part = slice(offsets[t], offsets[t + 1])
    return ids[part], counts[part] / counts[part].sum()


def peer(ground, bags, s, t):
    """Return the distance by POT's network simplex."""
    (a, p), (b, q) = bag(bags, s), bag(bags, t)
    if not (a.size and b.size):
        return np.nan
    return ot.emd2(p, q, np.ascontiguousarray(ground[np.ix_(a, b)]), numItermax=10**7)


def naive(ground, bags, s, t):
    """Return the distance as a linear programme."""
    (a, p), (b, q) = bag(bags, s), bag(bags, t)
    rows = np.kron(np.eye(a.size), np.ones(b.size))
    columns = np.kron(np.ones(a.size), np.eye(b.size))
    solution = linprog(
        ground[np.ix_(a, b)].ravel(), A_eq=np.vstack([rows, columns]), b_eq=np.concatenate([p, q])
    )
    return solution.fun


def check(ground, bags, metric=True, oracle=peer):
    """Compare all pairs with an oracle, within the tolerance that the project promises."""
    found = all_pairs(ground, *bags, metric=metric)
    n = len(bags[2]) - 1
    expected = np.zeros((n, n))
    for s, t in itertools.combinations(range(n), 2):
        expected[s, t] = expected[t, s] = oracle(ground, bags, s, t)
    for t in range(n):
        expected[t, t] = 0.0 if bags[2][t] < bags[2][t + 1] else np.nan
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12 * ground.max())
    return found


@pytest.fixture
def words(rng):
    """Ground distances of 80 words in 6 dimensions, two of them equal, two nearly so."""
    points = rng.normal(size=(80, 6))
    points[1] = points[0]
    points[3] = points[2] + 1e-11
    return ground_distances(points)


@pytest.fixture
def turns(rng):
    return [rng.integers(0, 80, rng.integers(1, 30)) for _ in range(40 // SLOW)]


def test_worked_examples():
    line = abs(np.arange(4.0)[:, None] - np.arange(4.0))
    # {0} to {3}: 3. {0, 0, 3} to {0}: a third goes 3. {0, 1} to {1, 2}: 1. {0, 3} to {1, 2}: 1.
    bags = pack([[0], [3], [0, 0, 3], [0, 1], [1, 2], [0, 3], [0, 0]])
    found = all_pairs(line, *bags)
    assert found[0, 1] == 3.0
    np.testing.assert_allclose(found[2, 0], 1.0, rtol=1e-15)
    assert found[3, 4] == found[5, 4] == 1.0
    assert found[0, 6] == 0.0


def test_pairs_match_pot(words, turns):
    check(words, pack(turns))


def test_pairs_match_linear_programming(words, rng):
    check(words, pack([rng.integers(0, 80, k) for k in (2, 3, 5, 6, 7, 9)]), oracle=naive)


def test_equal_masses_match_the_best_permutation(words, rng):
    for _ in range(8):
        chosen = rng.permutation(80)[:12]
        best = min(
            sum(words[a, b] for a, b in zip(chosen[:6], order, strict=True))
            for order in itertools.permutations(chosen[6:])
        )
        found = all_pairs(words, *pack([chosen[:6], chosen[6:]]))[0, 1]
        np.testing.assert_allclose(found, best / 6, rtol=1e-12)


def families(rng):
    n = 12 // min(SLOW, 2)
    line = abs(np.arange(30.0)[:, None] - np.arange(30.0))
    small = ground_distances(rng.normal(size=(12, 3)))
    doubled = ground_distances(np.repeat(rng.normal(size=(8, 4)), 3, axis=0))
    near = ground_distances(1.0 + 1e-9 * rng.normal(size=(30, 4)))
    near[-1], near[:, -1] = 1.0, 1.0
    near[-1, -1] = 0.0
    far = ground_distances(1e6 * rng.normal(size=(30, 50)))
    wide = ground_distances(rng.normal(size=(200, 8)))
    yield "repeats", small, [rng.integers(0, 12, k) for k in range(1, 3 * n, 2)]
    yield "one word", small, [[k] * (k + 1) for k in range(12)]
    yield "identical", small, [[1, 2, 2, 5] * k for k in range(1, 5)]
    yield "ties", 1.0 - np.eye(30), [rng.integers(0, 30, k) for k in range(4, 4 + 2 * n, 2)]
    yield "line", line, [rng.integers(0, 30, k) for k in range(3, 3 + 2 * n, 2)]
    yield "equal lengths", line, [rng.permutation(30)[:10] for _ in range(n)]
    yield "duplicate vectors", doubled, [rng.integers(0, 24, k) for k in range(2, 2 + n)]
    yield "near zero", near, [rng.integers(0, 30, k) for k in range(2, 2 + n)]
    yield "zero", np.zeros((30, 30)), [rng.integers(0, 30, k) for k in range(2, 2 + n)]
    yield "large norm", far, [rng.integers(0, 30, k) for k in range(2, 2 + n)]
    yield "64 and 65", wide, [np.arange(k, k + m) for k, m in ((0, 64), (64, 64), (100, 65))]
    yield "long", wide, [rng.integers(0, 200, k) for k in (200, 300, 7, 2)]


def test_adversarial_families_match_pot(rng):
    for name, ground, turns in families(rng):
        with np.testing.assert_no_warnings():
            check(ground, pack(turns))
        bags = pack(turns)
        metric, plainly = (all_pairs(ground, *bags, metric=m) for m in (True, False))
        np.testing.assert_allclose(
            metric, plainly, rtol=1e-9, atol=1e-12 * ground.max(), err_msg=name
        )


@pytest.mark.skipif(bool(config.DISABLE_JIT), reason="a minute in plain Python")
def test_a_turn_of_3000_tokens_is_exact(rng):
    ground = ground_distances(rng.normal(size=(2500, 10)))
    bags = pack([rng.integers(0, 2500, 3000) for _ in range(2)])
    np.testing.assert_allclose(all_pairs(ground, *bags)[0, 1], peer(ground, bags, 0, 1), rtol=1e-9)


@given(st.lists(st.lists(st.integers(0, 11), max_size=9), min_size=2, max_size=5), st.data())
def test_every_call_returns_the_same_bits(turns, data):
    seed = data.draw(st.integers(0, 9))
    ground = ground_distances(np.random.default_rng(seed).integers(-2, 3, (12, 2)).astype(float))
    bags = pack([*turns, turns[0]])
    n = len(turns) + 1
    metric = data.draw(st.booleans())
    together = check(ground, bags, metric=metric)
    np.testing.assert_array_equal(together, together.T)
    np.testing.assert_array_equal(cross_pairs(ground, *bags, *bags, metric=metric), together)
    left, right = (grid.ravel() for grid in np.indices((n, n)))
    listed = listed_pairs(ground, *bags, left, right, metric=metric)
    np.testing.assert_array_equal(listed.reshape(n, n), together)


def test_long_and_short_bags_return_the_same_bits_in_every_call(rng):
    ground = ground_distances(rng.normal(size=(300, 5)))
    lengths = (1, 2, 9, 30, 64, 65, 66, 80, 150, 400)
    bags = pack([rng.integers(0, 300, k) for k in lengths] + [np.arange(64), np.arange(70, 134)])
    together = all_pairs(ground, *bags)
    n = len(together)
    np.testing.assert_array_equal(cross_pairs(ground, *bags, *bags), together)
    left, right = (grid.ravel() for grid in np.indices((n, n)))
    listed = listed_pairs(ground, *bags, right, left)
    np.testing.assert_array_equal(listed.reshape(n, n), together)
    for s, t in itertools.combinations(range(n), 2):
        alone = [bag(bags, k)[0] for k in (s, t)]
        counts = [bags[1][bags[2][k] : bags[2][k + 1]] for k in (s, t)]
        offsets = np.cumsum([0, alone[0].size, alone[1].size])
        pair = all_pairs(ground, np.concatenate(alone), np.concatenate(counts), offsets)
        assert pair[0, 1] == together[s, t]


def test_threads_return_the_same_bits(words, turns):
    bags = pack(turns)
    serial = all_pairs(words, *bags)
    np.testing.assert_array_equal(all_pairs(words, *bags, parallel=True), serial)
    np.testing.assert_array_equal(cross_pairs(words, *bags, *bags, parallel=True), serial)


def test_empty_bags_are_missing_and_equal_bags_are_at_zero(words):
    bags = pack([[1, 2], [], [2, 1, 1, 2], [7], []])
    found = all_pairs(words, *bags)
    assert np.isnan(found[[1, 4]]).all()
    assert np.isnan(found[:, [1, 4]]).all()
    assert found[0, 2] == found[2, 0] == 0.0
    assert (np.diag(found)[[0, 2, 3]] == 0.0).all()
    assert np.isfinite(found[0, 3])
    assert np.isnan(listed_pairs(words, *bags, np.array([0, 1]), np.array([1, 0]))).all()


@pytest.mark.parametrize("shape", [(0, 0), (1, 0)])
def test_no_bags_and_only_empty_bags(words, shape):
    offsets = np.zeros(shape[0] + 1, dtype=np.int64)
    ids, counts = np.empty(0, dtype=np.int32), np.empty(0, dtype=np.int64)
    found = all_pairs(words, ids, counts, offsets)
    assert found.shape == (shape[0],) * 2
    assert np.isnan(found).all()
    nobody = np.empty(0, dtype=np.int64)
    assert listed_pairs(words, ids, counts, offsets, nobody, nobody).size == 0


def test_cancellation_is_wrong_for_squared_distances_and_can_be_switched_off():
    # Words at 0, 1, 2: {0, 1} to {1, 2} costs 1 a word when each moves by 1; leaving the shared
    # word in place, the other goes 2, squared 4, for half of the mass.
    line = abs(np.arange(3.0)[:, None] - np.arange(3.0))
    bags = pack([[0, 1], [1, 2]])
    assert all_pairs(line, *bags)[0, 1] == all_pairs(line, *bags, metric=False)[0, 1] == 1.0
    assert all_pairs(line**2, *bags, metric=False)[0, 1] == 1.0
    assert all_pairs(line**2, *bags)[0, 1] == 2.0
    found = [
        f(line**2, *bags, *rest, metric=False)
        for f, rest in (
            (cross_pairs, bags),
            (listed_pairs, (np.array([0]), np.array([1]))),
        )
    ]
    assert found[0][0, 1] == found[1][0] == 1.0


def test_squared_distances_match_pot(rng, turns):
    square = ground_distances(rng.normal(size=(80, 2))) ** 2
    check(square, pack(turns), metric=False)


def test_weights_match_pot(words, turns, rng):
    ids, counts, offsets = pack(turns)
    check(words, (ids, counts * rng.uniform(0.01, 3.0, counts.size), offsets))


def test_weights_of_any_unit_give_the_counts_distances(words, turns):
    ids, counts, offsets = pack(turns)
    expected = all_pairs(words, ids, counts, offsets)
    for unit in (1.0, 1e-9, 1e9):
        found = all_pairs(words, ids, counts * unit, offsets)
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12 * words.max())
    mixed = cross_pairs(words, ids, counts, offsets, ids, counts * 0.5, offsets)
    np.testing.assert_allclose(mixed, expected, rtol=1e-9, atol=1e-12 * words.max())


@pytest.mark.parametrize("scale", [2.0**-80, 2.0**70])
def test_a_power_of_two_scales_distances_exactly(words, turns, scale):
    bags = pack(turns)
    np.testing.assert_array_equal(all_pairs(words * scale, *bags), all_pairs(words, *bags) * scale)


def test_the_triangle_inequality_and_a_shared_word(words, turns):
    distances = all_pairs(words, *pack(turns))
    sums = distances[:, :, None] + distances[None]
    assert (sums.min(axis=1) >= distances - 1e-12).all()


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_ground_distances_must_be_finite(words, value):
    words[4, 5] = value
    with pytest.raises(ValueError, match="`ground` holds NaN or inf"):
        all_pairs(words, *pack([[1], [2]]))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([1, 2], [1, 1], [0, 3]), "`offsets` run from 0 to 3"),
        (([1, 2], [1, 1], [1, 2]), "`offsets` run from 1 to 2"),
        (([1, 2], [1], [0, 2]), "that of `counts` \\(1\\)"),
        (([1, 2], [1, 1], [0, 2, 1, 2]), "they must rise"),
        (([], [], []), "`offsets` run from 0 to -1"),
        (([1, 80], [1, 1], [0, 2]), "`ids` run from 1 to 80"),
        (([-1, 2], [1, 1], [0, 2]), "`ids` run from -1 to 2"),
    ],
)
def test_malformed_bags_are_refused(words, arguments, message):
    with pytest.raises(ValueError, match=message):
        all_pairs(words, *(np.array(part, dtype=np.int64) for part in arguments))


@pytest.mark.parametrize(("left", "right"), [([0], [2]), ([-1], [0]), ([0, 1], [0])])
def test_listed_pairs_must_exist(words, left, right):
    with pytest.raises(ValueError, match="numbers of the 2 bags"):
        listed_pairs(words, *pack([[1], [2]]), np.array(left), np.array(right))


def test_counts_that_would_overflow_are_refused_and_weights_are_not(words):
    ids, offsets = np.array([0, 5, 5, 9]), np.array([0, 2, 4])
    counts = np.array([2**31, 2**30 - 1, 2**31 - 1, 2**29])
    with pytest.raises(OverflowError, match="must stay below 2\\*\\*62"):
        all_pairs(words, ids, counts, offsets)
    bags = ids, counts.astype(float), offsets
    np.testing.assert_allclose(all_pairs(words, *bags)[0, 1], peer(words, bags, 0, 1), rtol=1e-9)


def test_masses_are_reduced_and_equal_bags_found():
    masses, totals = integer_masses(np.array([2, 4, 6, 3]), np.array([0, 2, 2, 4]), 9)
    assert masses.tolist() == [1, 2, 2, 1]
    assert totals.tolist() == [3, 0, 3]
    ids, counts, offsets = pack([[1, 2, 2], [], [4], [1, 2, 2, 1, 2, 2], [], [4, 4]])
    first, kind = distinct_bags(ids, integer_masses(counts, offsets, 9)[0], offsets)
    assert first.tolist() == [0, 1, 2]
    assert kind.tolist() == [0, 1, 2, 0, 1, 2]


def test_shares_of_weights_sum_to_a_power_of_two(rng):
    weights, offsets = rng.uniform(size=50), np.array([0, 20, 20, 50])
    masses, totals = integer_masses(weights, offsets, 1000)
    assert totals.tolist() == [2**48, 0, 2**48]
    assert masses[:20].sum() == masses[20:].sum() == 2**48
    np.testing.assert_allclose(masses[:20] / 2**48, weights[:20] / weights[:20].sum(), atol=2**-47)


def test_kernel_without_a_place_for_machine_code(monkeypatch, rng):
    calls = []

    def refuse(*, cache=False, **options):
        calls.append(cache)
        if cache:
            raise RuntimeError("cannot cache function: no locator available")
        return njit(**options)

    monkeypatch.setattr("alliance_features.kernels.njit", refuse)

    @kernel
    def double(x):
        return 2 * x

    assert calls == [True, False]
    assert double(4) == 8


@pytest.mark.skipif(bool(config.DISABLE_JIT), reason="compares compiled with plain")
@pytest.mark.parametrize("width", [8, 16, 64])
def test_vector_loops_match_their_plain_twins(rng, width):
    n = 12
    cost = rng.integers(0, 1 << 40, n * width) << 12
    cost |= np.arange(n * width)  # no ties
    node = rng.integers(0, 1 << 50, 400)
    node[300:305] = 0

    @njit
    def searches(cost, node):
        out = np.zeros(1, np.int64)
        return (
            simd.row_minimum(cost, width, width, node, 64),
            simd.open_minimum(cost, width, width, node, 64, 77),
            simd.block_minimum(cost, 4, 12, width, node, 64),
            simd.count_greater(node, 8, width, node[3]),
            simd.two_minima(cost, width, width, node, 64, out, 0),
            out[0],
        )

    out = np.zeros(1, np.int64)
    expected = (
        plain.row_minimum(cost, width, width, node, 64),
        plain.open_minimum(cost, width, width, node, 64, 77),
        plain.block_minimum(cost, 4, 12, width, node, 64),
        plain.count_greater(node, 8, width, node[3]),
        plain.two_minima(cost, width, width, node, 64, out, 0),
        out[0],
    )
    assert searches(cost, node) == expected

    @njit
    def place(cost, node, reduced):
        return simd.locate(cost, width, width, node, 64, reduced)

    assert place(cost, node, expected[0]) == plain.locate(cost, width, width, node, 64, expected[0])


@pytest.mark.skipif(bool(config.DISABLE_JIT), reason="compares compiled with plain")
def test_vector_sweeps_match_their_plain_twins(rng):
    def sweeps(module):
        def run(cost, node, raw, ground, ids, tile):
            module.quantise(raw, cost, 16, 3, 16, 1e9)
            module.copy_row(cost, 16, cost, 100, 16, 7 << 6)
            module.column_minima(cost, 5, 16, node, 64, 300, ~4095)
            module.shift(node, 128, 24, 0b101100111000111101010001, -5)
            module.fill_panel(ground, ids, 2, 11, 2.0**30, cost[200:])
            module.add_squares(raw, 2, 160, 9, tile)

        return run

    compiled = njit(sweeps(simd))
    start = (
        rng.integers(0, 1 << 40, 600),
        rng.integers(0, 1 << 40, 400),
        rng.uniform(size=400),
        rng.uniform(size=(13, 13)),
        rng.permutation(13),
        np.ones(64),
    )
    start[1][303:306] = 0
    one, two = ([part.copy() for part in start] for _ in range(2))
    compiled(*one)
    sweeps(plain)(*two)
    for a, b in zip(one, two, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-15)
