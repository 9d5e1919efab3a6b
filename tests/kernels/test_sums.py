"""Products and logarithms in one fixed order: against exact arithmetic, and laws."""

import math
from decimal import Decimal, localcontext
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from alliance_features.kernels.sums import logarithm, logarithms, products, slope

SMALL = st.floats(-100, 100)


@given(x=st.one_of(st.floats(5e-324, 1.7e308), st.floats(0.5, 2), st.integers(1, 10**6).map(float)))
def test_logarithms_are_within_one_and_a_half_units(x):
    with localcontext() as context:
        context.prec = 50
        exact = Decimal(x).ln()
        got = logarithm(x)
        unit = Decimal(float(np.spacing(abs(float(exact))))) if exact else Decimal(1)
        assert abs(Decimal(got) - exact) <= Decimal("1.5") * unit


def test_logarithms_by_hand():
    assert logarithm(1.0) == 0.0
    assert logarithm(2.0) == math.log(2.0)
    assert np.isnan(logarithm(math.nan))
    assert logarithms(np.array([[1.0, 2.0], [4.0, 8.0]])).shape == (2, 2)
    assert logarithms(np.empty(0)).size == 0


@pytest.mark.parametrize(("rows", "columns", "n"), [(1, 1, 1), (3, 2, 5), (2, 4, 0), (0, 2, 3)])
def test_products_of_shapes(rows, columns, n):
    left, right = np.ones((rows, n)), np.ones((columns, n))
    assert products(left, right).tolist() == [[float(n)] * columns for _ in range(rows)]


@given(
    left=arrays(np.float64, (2, 6), elements=SMALL),
    right=arrays(np.float64, (3, 6), elements=SMALL),
)
def test_products_are_sums_from_the_first_entry_to_the_last(left, right):
    expected = [[0.0] * 3 for _ in range(2)]
    for i in range(2):
        for j in range(3):
            for k in range(6):
                expected[i][j] += float(left[i, k]) * float(right[j, k])
    got = products(left, right)
    assert got.tolist() == expected
    assert products(right, left).T.tolist() == expected
    exact = [
        [
            float(sum(Fraction(float(a)) * Fraction(float(b)) for a, b in zip(x, y, strict=True)))
            for y in right
        ]
        for x in left
    ]
    assert np.allclose(got, exact, rtol=1e-12, atol=1e-9)


def test_a_missing_value_spoils_its_own_products_alone():
    got = products(np.array([[1.0, math.nan], [1.0, 1.0]]), np.eye(2))
    assert np.isnan(got[0]).all()
    assert got[1].tolist() == [1.0, 1.0]


@given(x=arrays(np.float64, 8, elements=SMALL), y=arrays(np.float64, 8, elements=SMALL))
def test_a_slope_is_that_of_exact_arithmetic(x, y):
    xs, ys = [*map(Fraction, x.tolist())], [*map(Fraction, y.tolist())]
    mean_x, mean_y = sum(xs) / 8, sum(ys) / 8
    spread = sum((a - mean_x) ** 2 for a in xs)
    if float(spread) < 1e-6:
        return
    shared = sum((a - mean_x) * (b - mean_y) for a, b in zip(xs, ys, strict=True))
    scale = float(
        sum(abs((a - mean_x) * (b - mean_y)) for a, b in zip(xs, ys, strict=True)) / spread
    )
    assert math.isclose(
        slope(x, y, np.ones(8)), float(shared / spread), rel_tol=1e-9, abs_tol=1e-9 * (1 + scale)
    )
