"""Fall-backs for few clusters: laws that tie them to known formulas, undefined cases."""

import math

import numpy as np
import pytest
import statsmodels.api as api
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from alliance_features.errors import ParameterError
from alliance_features.stats.few_clusters import (
    cr2,
    jackknife_t,
    recommended,
    t_of_cluster_means,
    wild_bootstrap_t,
)

NAN = math.nan


def agree(found, expected, rtol=1e-9):
    np.testing.assert_allclose(found, expected, rtol=rtol, atol=1e-12)


def ends(interval):
    return [interval.estimate, interval.low, interval.high]


@pytest.fixture
def corpus(rng):
    clusters = np.repeat(np.arange(7), [3, 4, 2, 6, 5, 4, 6])
    y = rng.normal(size=7)[clusters] + rng.normal(size=30)
    return y, y + rng.normal(size=30), 0.3 * y + rng.normal(size=30), clusters


def test_all_methods_agree_with_clusters_of_one_size(rng):
    clusters = np.repeat(np.arange(6), 5)
    values = rng.normal(size=30)
    expected = ends(t_of_cluster_means(values, clusters))
    agree(ends(cr2(values, clusters)[0]), expected)
    agree(ends(jackknife_t(np.zeros(30), values, clusters, metric="bias")), expected)


def test_cr2_of_single_rows_is_hc2(corpus):
    y, p, q, _ = corpus
    x = np.stack([np.ones(30), p, q], axis=1)
    result = cr2(y, range(30), design=x)
    bread = np.linalg.inv(x.T @ x)
    beta = bread @ x.T @ y
    hat = np.einsum("ij,jk,ik->i", x, bread, x)
    meat = (x.T * ((y - x @ beta) ** 2 / (1 - hat))) @ x
    agree([f.estimate for f in result], beta)
    agree([f.se for f in result], np.sqrt(np.diag(bread @ meat @ bread)))


def test_cr2_is_unbiased_and_its_df_are_of_a_quadratic_form(corpus):
    # Under independent errors of variance 1 the expected squared error is the true one, and the
    # degrees of freedom are 2 E^2 / Var: both from the matrix of the quadratic form, in full.
    _, p, _, clusters = corpus
    x = np.stack([np.ones(30), p], axis=1)
    bread = np.linalg.inv(x.T @ x)
    maker = np.eye(30) - x @ bread @ x.T
    form = np.zeros((30, 30))
    for cluster in range(7):
        rows = np.flatnonzero(clusters == cluster)
        values, vectors = np.linalg.eigh(maker[np.ix_(rows, rows)])
        root = vectors @ np.diag(values**-0.5) @ vectors.T
        g = maker[:, rows] @ root @ x[rows] @ bread[:, 1]
        form += np.outer(g, g)
    agree(np.trace(form), bread[1, 1])
    result = cr2(np.sin(np.arange(30.0)), clusters, design=x)[1]
    agree(result.df, np.trace(form) ** 2 / np.trace(form @ form))


def test_cr2_matches_statsmodels_hc2(corpus):
    y, p, _, _ = corpus
    fit = api.OLS(y, api.add_constant(p)).fit(cov_type="HC2")
    agree([f.se for f in cr2(y, range(30), design=api.add_constant(p))], fit.bse)


def test_jackknife_by_hand(corpus):
    y, p, q, clusters = corpus
    full = np.corrcoef(y, p)[0, 1]
    keep = [clusters != c for c in range(7)]
    z = np.arctanh([np.corrcoef(y[k], p[k])[0, 1] for k in keep])
    se = math.sqrt(6 / 7 * ((z - z.mean()) ** 2).sum())
    reach = stats.t.ppf(0.975, 6) * se
    interval = jackknife_t(y, p, clusters)
    agree(ends(interval), [full, *np.tanh(np.arctanh(full) + np.array([-reach, reach]))])
    agree(interval.p, 2 * stats.t.sf(abs(np.arctanh(full)) / se, 6))
    d = [np.corrcoef(y[k], p[k])[0, 1] - np.corrcoef(y[k], q[k])[0, 1] for k in keep]
    se = math.sqrt(6 / 7 * ((d - np.mean(d)) ** 2).sum())
    agree(jackknife_t(y, p, clusters, other=q).se, se)


def test_wild_test_by_enumeration():
    # Two clusters: sign flips ++, +-, -+, --. Means 1 and 3 of one session each, mean 2, se 1/sqrt2
    # by residuals: t = 2 sqrt2. Flips of one sign give t as large; mixed ones give less: 2 of 4.
    interval = wild_bootstrap_t([1, 3], "ab", weights="rademacher")
    assert interval.p == (2 + 1) / (4 + 1)
    assert (interval.low, interval.high) == (-math.inf, math.inf)


def test_wild_interval_ends_where_its_test_rejects(rng):
    clusters = np.repeat(np.arange(9), 4)
    values = rng.normal(size=9)[clusters] + rng.normal(size=36)
    interval = wild_bootstrap_t(values, clusters, seed=3)
    for end in (interval.low, interval.high):
        inside = (end - interval.estimate) * 0.999 + interval.estimate
        outside = (end - interval.estimate) * 1.001 + interval.estimate
        assert wild_bootstrap_t(values - inside, clusters, seed=3).p > 0.05
        assert wild_bootstrap_t(values - outside, clusters, seed=3).p <= 0.05
    again = wild_bootstrap_t(values, clusters, seed=3)
    assert ends(again) == ends(interval)
    plain = t_of_cluster_means(values, clusters)
    assert 0.5 < (interval.high - interval.low) / (plain.high - plain.low) < 2


@given(st.floats(-5, 5), st.sampled_from([0.5, 4.0]))
def test_wild_interval_moves_with_the_scale(shift, scale):
    values, clusters = np.array([1.0, 3, 4, 6, 5, 5, 2, 1, 0, 2]), list("aabbccddee")
    interval = wild_bootstrap_t(values, clusters, draws=199)
    two = wild_bootstrap_t(scale * values + shift, clusters, draws=199)
    agree(ends(two), [scale * v + shift for v in ends(interval)], rtol=1e-6)


def test_recommended():
    assert [recommended(n) for n in (0, 1, 2, 29, 30, 82)] == [
        "none",
        "none",
        "jackknife_t",
        "jackknife_t",
        "bootstrap",
        "bootstrap",
    ]


def test_undefined():
    assert math.isnan(jackknife_t([1, 2, 3], [1, 3, 2], "aaa").low)
    assert math.isnan(jackknife_t([1, 2], [2, 1], "ab").low)  # one row is left: no correlation
    assert math.isnan(cr2([1, 2], "aa")[0].estimate)
    assert math.isnan(cr2([1, 2, 3], "abc", design=[[1, 1]] * 3)[1].low)
    assert math.isnan(wild_bootstrap_t([1, NAN], "ab").low)
    assert math.isnan(wild_bootstrap_t([], []).estimate)
    same = wild_bootstrap_t([2, 2, 2], "abc")
    assert ends(same) == [2, 2, 2]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: cr2([1, NAN], "ab"), "`y` or `design` holds NaN"),
        (lambda: cr2([1, 2], "ab", design=[[1]]), "`design` has 1 rows and `y` 2"),
        (lambda: jackknife_t([1, 2], [1, 2], "ab", other=[1]), "`other` has 1 rows and `y` 2"),
        (lambda: jackknife_t([1, 2], [1, 2], "ab", metric="x"), "`metrics` is 'x'"),
        (lambda: wild_bootstrap_t([1, 2], "ab", weights="x"), "`weights` is 'x'"),
        (lambda: recommended(-1), "`n_clusters` is -1"),
    ],
)
def test_malformed_input_is_refused(call, message):
    with pytest.raises(ParameterError, match=message):
        call()
