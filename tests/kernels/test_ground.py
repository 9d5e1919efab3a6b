import numpy as np
import pytest

from alliance_features.kernels.ground import ground_distances


def direct(points):
    return np.array([[np.sqrt(((p - q) ** 2).sum()) for q in points] for p in points])


@pytest.mark.parametrize(("n", "d"), [(1, 1), (3, 2), (16, 31), (17, 32), (50, 300), (5, 96)])
def test_distances_match_direct_differences(rng, n, d):
    points = rng.normal(size=(n, d))
    np.testing.assert_allclose(ground_distances(points), direct(points), rtol=4e-15)


def test_near_duplicates_keep_their_relative_precision(rng):
    point = rng.normal(size=300)
    point /= np.linalg.norm(point)
    points = np.array([point + step for step in (0.0, 1e-15, 1e-12, 1e-9, 1e-6)])
    np.testing.assert_allclose(ground_distances(points), direct(points), rtol=4e-15)


def test_identical_rows_are_at_zero_and_the_matrix_is_symmetric(rng):
    points = rng.normal(size=(40, 7))
    points[[3, 30]] = points[0]
    distances = ground_distances(points)
    assert (distances == distances.T).all()
    assert not distances.diagonal().any()
    assert distances[0, 3] == distances[0, 30] == distances[3, 30] == 0.0


def test_collinear_points_are_exact():
    line = np.outer(np.arange(6.0), [3.0, 0.0, 4.0])
    expected = 5.0 * abs(np.arange(6.0)[:, None] - np.arange(6.0))
    np.testing.assert_array_equal(ground_distances(line), expected)


@pytest.mark.parametrize("exponent", [-1000, -400, 12, 400, 1000])
def test_a_power_of_two_scales_exactly(rng, exponent):
    points = rng.normal(size=(9, 20))
    scaled = ground_distances(np.ldexp(points, exponent))
    np.testing.assert_array_equal(scaled, np.ldexp(ground_distances(points), exponent))


@pytest.mark.parametrize("shape", [(0, 3), (2, 0), (2, 3)])
def test_nothing_to_measure_is_zero(shape):
    np.testing.assert_array_equal(ground_distances(np.zeros(shape)), np.zeros((shape[0],) * 2))


def test_an_entry_does_not_depend_on_the_rest_of_the_vocabulary(rng):
    points = rng.normal(size=(60, 100))
    chosen = rng.permutation(60)[:23]
    part = ground_distances(points[chosen])
    np.testing.assert_array_equal(part, ground_distances(points)[np.ix_(chosen, chosen)])
