"""Cluster bootstrap: every draw against a naive resample, published intervals, messages."""

import inspect
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

import naive_stats
from alliance_features.errors import ParameterError
from alliance_features.stats.bootstrap import bootstrap_raters, cluster_bootstrap, paired_difference
from alliance_features.stats.resample import METRICS, draw_clusters, figures

NAN = math.nan
# Efron & Tibshirani 1993, table 3.1: admission test and GPA of 15 law schools, r = .776.
ADMISSION = [576, 635, 558, 578, 666, 580, 555, 661, 651, 605, 653, 575, 545, 572, 594]
GPA = [3.39, 3.30, 2.81, 3.03, 3.44, 3.07, 3.00, 3.43, 3.36, 3.13, 3.12, 2.74, 2.76, 2.88, 2.96]
# scipy renamed the argument in 1.15.
SEEDED = "rng" if "rng" in inspect.signature(stats.bootstrap).parameters else "random_state"
NUMBERS = st.one_of(st.integers(1, 7).map(float), st.just(NAN))
ROWS = st.lists(
    st.tuples(NUMBERS, NUMBERS, NUMBERS, st.sampled_from("abcd"), st.sampled_from("xyz")),
    min_size=1,
    max_size=12,
)


def agree(found, expected):
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9, equal_nan=True)


def numbers(found):
    """Return an interval as numbers: NaN is not equal to itself."""
    return [found.estimate, found.low, found.high, found.se, found.p, found.n_undefined]


def correlation_of_rows(x, y, axis=-1):
    """Return what `scipy.stats.pearsonr` gives; it takes an axis from scipy 1.15 on."""
    x, y = (v - v.mean(axis=axis, keepdims=True) for v in (x, y))
    return (x * y).sum(axis=axis) / np.sqrt((x**2).sum(axis=axis) * (y**2).sum(axis=axis))


@pytest.fixture
def corpus(rng):
    clusters = np.repeat(np.arange(12), 5)
    y = np.round(rng.normal(size=12)[clusters] + rng.normal(size=60), 1)
    return y, y + rng.normal(size=60), 0.5 * y + rng.normal(size=60), clusters


@settings(max_examples=25)
@given(ROWS, st.integers(0, 5))
def test_every_draw_is_what_a_naive_resample_gives(rows, seed):
    y, p, q, clusters, second = (list(column) for column in zip(*rows, strict=True))
    raters = np.array([p, q], dtype=float).T
    for other in (None, second):
        drawn = draw_clusters(len(y), clusters, other, 6, seed)
        table = figures(np.array(y, dtype=float), raters, drawn, METRICS)
        for d in range(6):
            times = drawn.first_counts[d][drawn.first] * drawn.second_counts[d][drawn.second]
            again = [i for i, n in enumerate(times) for _ in range(n)]
            for name in METRICS:
                for k, rater in enumerate((p, q)):
                    expected = naive_stats.METRICS[name](
                        [y[i] for i in again], [rater[i] for i in again]
                    )
                    agree(table[name][d, k], expected)


def test_draws_hold_as_many_clusters_as_there_are():
    drawn = draw_clusters(5, ["b", "a", "c", "a", "b"], [1, 2, 1, 2, 1], 50, 3)
    assert drawn.first.tolist() == [1, 0, 2, 0, 1]
    assert (drawn.first_counts.sum(axis=1) == 3).all()
    assert (drawn.second_counts.sum(axis=1) == 2).all()
    assert drawn.n_clusters == 2
    assert drawn.two_way
    assert next(r.first_counts.tolist() for r in drawn.leave_one_out()) == [
        [0, 1, 1],
        [1, 0, 1],
        [1, 1, 0],
    ]


def test_percentile_ends_are_quantiles_of_naive_resamples(corpus):
    y, p, _, clusters = corpus
    clusters = clusters + 10  # codes are in the order of the labels' text
    result = cluster_bootstrap(y, p, clusters, draws=99, seed=5, level=0.9)["pearson"]
    drawn = draw_clusters(60, clusters, None, 99, 5)
    values = [
        naive_stats.resample(list(y), list(p), list(clusters - 10), counts, naive_stats.pearson)
        for counts in drawn.first_counts
    ]
    agree(result.estimate, naive_stats.pearson(list(y), list(p)))
    agree([result.low, result.high], [naive_stats.quantile(values, s) for s in (0.05, 0.95)])
    agree(result.se, np.std(values, ddof=1))


@pytest.mark.parametrize("method", ["percentile", "bca"])
def test_intervals_of_single_rows_match_scipy(method):
    # Each row its own cluster is the plain bootstrap of pairs; scipy draws with its own numbers.
    result = cluster_bootstrap(ADMISSION, GPA, range(15), draws=20_000, method=method)["pearson"]
    theirs = stats.bootstrap(
        (ADMISSION, GPA),
        correlation_of_rows,
        paired=True,
        vectorized=True,
        n_resamples=20_000,
        method=method,
        **{SEEDED: np.random.default_rng(1)},
    ).confidence_interval
    assert round(result.estimate, 3) == 0.776
    np.testing.assert_allclose([result.low, result.high], theirs, atol=0.015)


def test_law_schools_as_published():
    # Efron & Tibshirani 1993: bootstrap standard error of r .132 with 3200 draws.
    intervals = cluster_bootstrap(ADMISSION, GPA, range(15), draws=20_000, method="bca", level=0.9)
    assert abs(intervals["pearson"].se - 0.132) < 0.005


@pytest.mark.parametrize("method", ["percentile", "bca"])
def test_a_seed_gives_one_interval(corpus, method):
    y, p, q, clusters = corpus
    first, again, other = (
        paired_difference(y, p, q, clusters, draws=200, seed=seed, method=method)
        for seed in (7, 7, 8)
    )
    np.testing.assert_array_equal(numbers(first), numbers(again))
    assert first.low != other.low


def test_rows_and_names_of_clusters_do_not_matter(corpus):
    y, p, _, clusters = corpus
    names = [f"client-{c:02d}" for c in clusters]
    order = np.random.default_rng(0).permutation(60)
    intervals = cluster_bootstrap(y, p, clusters + 10, draws=100, metrics=METRICS)
    two = cluster_bootstrap(
        y[order], p[order], [names[i] for i in order], draws=100, metrics=METRICS
    )
    for name in METRICS:
        agree([intervals[name].low, intervals[name].high], [two[name].low, two[name].high])


def test_several_raters_are_each_alone(corpus):
    y, p, q, clusters = corpus
    q = q.copy()
    q[3] = NAN
    both = bootstrap_raters(y, np.stack([p, q], axis=1), clusters, metrics=METRICS, draws=50)
    for k, rater in enumerate((p, q)):
        alone = cluster_bootstrap(y, rater, clusters, metrics=METRICS, draws=50)
        for name, found in both.items():
            agree(numbers(found[k]), numbers(alone[name]))


def test_difference_of_means_by_hand():
    # Errors of p are 0, 1, 0, 1 by cluster and of q 0: the difference of MAE is .5, a resample
    # of 4 clusters holds 0 to 4 of the bad two.
    y = np.zeros(4)
    difference = paired_difference(y, [0, 1, 0, 1], y, range(4), metric="mae", draws=4000)
    assert difference.estimate == 0.5
    assert (difference.low, difference.high) == (0.0, 1.0)
    # Two-sided: twice the share of draws without a bad one, 1/16.
    assert abs(difference.p - 2 / 16) < 0.03


def test_p_and_interval_agree(corpus):
    y, p, q, clusters = corpus
    for method in ("percentile", "bca"):
        args = {"draws": 4000, "method": method}
        difference = paired_difference(y, p, q, clusters, **args)
        ends = paired_difference(y, p, q, clusters, level=1 - difference.p, **args)
        assert min(abs(ends.low), abs(ends.high)) < 0.02


def test_swapping_raters_mirrors_the_difference(corpus):
    y, p, q, clusters = corpus
    for method in ("percentile", "bca"):
        difference = paired_difference(y, p, q, clusters, draws=500, method=method)
        two = paired_difference(y, q, p, clusters, draws=500, method=method)
        agree(
            [difference.estimate, difference.low, difference.high, difference.p],
            [-two.estimate, -two.high, -two.low, two.p],
        )


def test_difference_uses_sessions_of_both_raters(corpus):
    y, p, q, clusters = corpus
    p, q = p.copy(), q.copy()
    p[::7], q[3] = NAN, NAN
    rows = ~np.isnan(p + q)
    difference = paired_difference(y, p, q, clusters, draws=50, second=clusters % 3)
    again = paired_difference(
        y[rows], p[rows], q[rows], clusters[rows], draws=50, second=clusters[rows] % 3
    )
    agree(numbers(difference), numbers(again))
    assert difference.method == "percentile_two_way"


def test_two_way_is_longer_than_either_where_both_matter(rng):
    client, therapist = rng.integers(0, 30, 300), rng.integers(0, 10, 300)
    v = rng.normal(size=30)[client] + rng.normal(size=10)[therapist] + rng.normal(size=300)
    args = {"metrics": ["bias"], "draws": 800}
    zero = np.zeros(300)
    both = cluster_bootstrap(zero, v, client, second=therapist, **args)["bias"]
    alone = [cluster_bootstrap(zero, v, one, **args)["bias"] for one in (client, therapist)]
    assert both.se > max(found.se for found in alone)


def test_undefined_draws_are_left_out_and_counted():
    # A draw of one cluster alone has constant ratings.
    result = cluster_bootstrap([1, 1, 2, 2], [1, 2, 2, 3], list("aabb"), draws=400)["pearson"]
    assert 150 < result.n_undefined < 250
    assert result.low <= result.estimate <= result.high


@pytest.mark.parametrize("method", ["percentile", "bca"])
def test_one_cluster_or_no_row_has_no_interval(method):
    one = cluster_bootstrap([1, 2, 3], [1, 2, 2], "aaa", method=method, draws=20)["pearson"]
    assert one.estimate > 0.8
    assert math.isnan(one.low)
    none = cluster_bootstrap([], [], [], method=method, draws=20, metrics=METRICS)
    assert all(math.isnan(found.estimate) and math.isnan(found.high) for found in none.values())
    pair = paired_difference([1, 2], [1, 2], [2, 2], "ab", draws=20, method=method)
    assert math.isnan(pair.estimate)
    assert math.isnan(pair.p)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"metrics": ["r"]}, "`metrics` is 'r'; it must be one of \"pearson\""),
        ({"metrics": "mse"}, "`metrics` is a string; it must be a list of names"),
        ({"draws": 0}, "`draws` is 0; it must be a whole number >= 1"),
        ({"seed": -1}, "`seed` is -1"),
        ({"level": 95}, r"`level` is 95; it must be in \(0, 1\)"),
        ({"level": "x"}, "`level` is str"),
        ({"method": "basic"}, "`method` is 'basic'"),
        ({"clusters": ["a"]}, "`clusters` has 1 rows and `the ratings` 2"),
        ({"second": [NAN, 1]}, r"`second\[0\]` is missing"),
        ({"p": [1]}, "`p` has 1 rows and `y` 2"),
        ({"p": [[1], [2]]}, "`p` is 2-D; it must be 1-D"),
    ],
)
def test_malformed_input_is_refused(change, message):
    arguments = {"y": [1, 2], "p": [1, 2], "clusters": ["a", "b"], **change}
    with pytest.raises(ParameterError, match=message):
        cluster_bootstrap(**arguments)
