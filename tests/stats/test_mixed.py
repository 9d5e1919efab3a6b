"""Mixed models: closed forms, the full likelihood, statsmodels, fall-backs, the R file."""

import csv
import itertools
import math

import numpy as np
import pytest
import statsmodels.api as api
from scipy import stats
from threadpoolctl import threadpool_limits

from alliance_features.errors import ParameterError, ResourceError
from alliance_features.stats.mixed import bootstrap_likelihood_ratio, mixed_effects
from alliance_features.stats.mixed_export import write_lme4
from alliance_features.stats.mixed_fit import MixedModel, fit, simulate
from alliance_features.stats.mixed_problem import Problem, make_problem

NAN = math.nan


def agree(found, expected, rtol=1e-6):
    np.testing.assert_allclose(found, expected, rtol=rtol, atol=1e-8, equal_nan=True)


@pytest.fixture(autouse=True)
def one_thread():
    """Many small products: more threads would wait for each other."""
    with threadpool_limits(1):
        yield


@pytest.fixture
def corpus(rng):
    """Return ratings, a signal, clients and therapists with effects .3 within and .8 between."""
    therapists = np.repeat(np.arange(8), 24)
    clients = np.repeat(np.arange(32), 6)
    x = rng.normal(size=32)[clients] + rng.normal(size=192)
    means = np.bincount(clients, weights=x) / 6
    y = 0.3 * (x - means[clients]) + 0.8 * means[clients]
    y += rng.normal(size=8)[therapists] + rng.normal(size=32)[clients] + rng.normal(size=192)
    return y, x, clients, therapists


def test_balanced_intercepts_by_hand():
    # Two clients, means 2 and 6: sum of squares within 4 over 2 degrees, between 16 over 2 clients
    # (ML): residual 4 / 2 = 2, client (16 / 2 - 2) / 2 = 3.
    y, clients = np.array([1.0, 3, 5, 7]), np.array([0, 0, 1, 1])
    fitted_model = fit(Problem(y, {"intercept": np.ones(4)}, clients, None, None), ("client",))
    agree([fitted_model.beta["intercept"]], [4.0])
    agree(
        [fitted_model.variances["residual"], fitted_model.variances["client"]],
        [2.0, 3.0],
        rtol=1e-4,
    )


def test_likelihood_is_that_of_the_whole_normal(corpus):
    y, x, clients, therapists = corpus
    fixed = {"intercept": np.ones(192), "x": x}
    problem = Problem(y, fixed, clients, therapists, x)
    parts = ("therapist", "client", "slope")
    fitted_model = fit(problem, parts)
    covariance = fitted_model.variances["residual"] * np.eye(192)
    for part in parts:
        covariance += fitted_model.variances[part] * problem.marks(part) @ problem.marks(part).T
    mean = fitted_model.beta["intercept"] + fitted_model.beta["x"] * x
    agree(fitted_model.log_likelihood, stats.multivariate_normal(mean, covariance).logpdf(y))
    design = np.stack([np.ones(192), x], axis=1)
    spread = np.linalg.inv(design.T @ np.linalg.solve(covariance, design))
    agree([fitted_model.se["intercept"], fitted_model.se["x"]], np.sqrt(np.diag(spread)))
    # No neighbour is likelier.
    for part in parts:
        for factor in (0.9, 1.1):
            other = covariance + (factor - 1) * fitted_model.variances[part] * (
                problem.marks(part) @ problem.marks(part).T
            )
            near = stats.multivariate_normal(mean, other).logpdf(y)
            assert near <= fitted_model.log_likelihood + 1e-7


def test_intercepts_match_statsmodels(corpus):
    y, x, clients, _ = corpus
    design = np.stack([np.ones(192), x], axis=1)
    theirs = api.MixedLM(y, design, groups=clients).fit(reml=False)
    problem = Problem(y, {"intercept": design[:, 0], "x": x}, clients, None, None)
    fitted_model = fit(problem, ("client",))
    agree([*fitted_model.beta.values()], theirs.fe_params, rtol=1e-5)
    agree(fitted_model.log_likelihood, theirs.llf)
    agree(fitted_model.variances["client"], theirs.cov_re[0][0], rtol=1e-3)


def test_effects_within_and_between_are_apart(corpus):
    y, x, clients, therapists = corpus
    effects = mixed_effects(y, x, clients, therapists=therapists)
    assert effects.structure == ("therapist", "client", "slope")
    assert effects.refused == ()
    assert (effects.n, effects.n_clients) == (192, 32)
    assert effects.between.low < 0.8 < effects.between.high
    assert math.isnan(effects.trend.estimate)
    # Neither effect depends on where the signal's scale begins, and both go with its unit.
    moved = mixed_effects(y, 2 * x + 3, clients, therapists=therapists)
    agree(2 * moved.within.estimate, effects.within.estimate)
    agree(2 * moved.between.estimate, effects.between.estimate)


def test_no_variances_are_likelier(corpus):
    # The best slopes of these clients differ; a search over standard deviations stopped at 0.
    y, x, clients, therapists = corpus
    problem = make_problem(y, x, clients, therapists, None)
    parts = ("therapist", "client", "slope")
    best = fit(problem, parts)
    assert best.variances["slope"] > 0
    crosses = [problem.marks(part) @ problem.marks(part).T for part in parts]
    design = np.stack([*problem.fixed.values()], axis=1)
    for ratios in itertools.product((0.0, 0.01, 0.1, 0.3, 1.0), repeat=3):
        v = np.eye(192) + sum(r * cross for r, cross in zip(ratios, crosses, strict=True))
        solved = np.linalg.solve(v, np.column_stack([design, y]))
        beta = np.linalg.solve(design.T @ solved[:, :3], design.T @ solved[:, 3])
        scale = (y - design @ beta) @ (solved[:, 3] - solved[:, :3] @ beta) / 192
        deviance = np.linalg.slogdet(v)[1] + 192 * (1 + np.log(2 * np.pi * scale))
        assert -deviance / 2 <= best.log_likelihood + 1e-7


def test_slopes_that_are_equal_are_refused(corpus):
    y, x, clients, therapists = corpus
    off = x - (np.bincount(clients, weights=x) / 6)[clients]
    own = np.bincount(clients, weights=off * y) / np.bincount(clients, weights=off**2)
    y = y - (own[clients] - 0.3) * off
    effects = mixed_effects(y, x, clients, therapists=therapists)
    assert effects.structure == ("therapist", "client")
    assert effects.refused == ("therapist + client + slope: no variance of slope",)
    # As many sessions of each client: the effect within is that of least squares.
    agree(effects.within.estimate, off @ y / (off @ off))


def test_slopes_are_kept_where_they_differ(rng):
    clients = np.repeat(np.arange(30), 10)
    x = rng.normal(size=300)
    slopes = 2 * rng.normal(size=30)
    y = slopes[clients] * x + rng.normal(size=30)[clients] + rng.normal(size=300)
    effects = mixed_effects(y, x, clients)
    assert effects.structure == ("client", "slope")
    agree(effects.variances["slope"], np.mean(slopes**2), rtol=0.15)


def test_without_clients_differing_nothing_is_random(rng):
    clients, x = np.repeat(np.arange(20), 5), rng.normal(size=100)
    y = x + rng.normal(size=100)
    y -= np.array([y[clients == c].mean() for c in range(20)])[clients]  # no client differs
    effects = mixed_effects(y, x, clients)
    assert effects.structure == ()
    assert len(effects.refused) == 2


def test_trend_and_missing_rows(corpus):
    y, x, clients, _ = corpus
    number = np.tile(np.arange(1.0, 7), 32)
    y = y + 0.5 * number
    y[3], x = NAN, x.copy()
    x[7] = NAN
    effects = mixed_effects(y, x, clients, session_number=number)
    rows = ~np.isnan(y + x)
    again = mixed_effects(y[rows], x[rows], clients[rows], session_number=number[rows])
    assert effects.trend.low < 0.5 < effects.trend.high
    assert effects.n == again.n == 190
    agree(effects.within.estimate, again.within.estimate)


def test_a_client_of_two_therapists_is_two(corpus):
    y, x, clients, _ = corpus
    assert mixed_effects(y, x, clients, therapists=np.arange(192) % 2).n_clients == 64


def test_likelihood_ratio(corpus):
    y, x, clients, _ = corpus
    ratio = bootstrap_likelihood_ratio(y, x, clients, effect="between", draws=19)
    assert ratio.p == 1 / 20
    assert ratio.statistic > 6
    assert ratio == bootstrap_likelihood_ratio(y, x, clients, effect="between", draws=19)
    noise = np.random.default_rng(5).normal(size=192)
    none = bootstrap_likelihood_ratio(y, noise, clients, draws=19, seed=1)
    assert none.p > 0.1


def test_samples_are_of_the_model(corpus):
    y, x, clients, therapists = corpus
    problem = Problem(y, {"intercept": np.ones(192), "x": x}, clients, therapists, x)
    fitted_model = fit(problem, ("therapist", "client"))
    model = MixedModel(problem, ("therapist", "client"))
    rng = np.random.default_rng(0)
    fits = [model.fit(simulate(problem, fitted_model, rng)) for _ in range(40)]
    agree(np.mean([f.beta["x"] for f in fits]), fitted_model.beta["x"], rtol=0.2)
    residual = np.mean([f.variances["residual"] for f in fits])
    agree(residual, fitted_model.variances["residual"], rtol=0.1)


def test_undefined():
    effects = mixed_effects([1, 2, 4, 3], [1, 2, 3, 4], "abcd")
    assert math.isnan(effects.within.estimate)  # every client has one session
    same = mixed_effects([1, 2, 4, 3], [2, 2, 2, 2], "aabb")
    assert math.isnan(same.between.estimate)
    assert math.isnan(mixed_effects([], [], []).within.estimate)
    assert math.isnan(mixed_effects([2, 2, 2, 2], [1, 2, 1, 2], "aabb").within.estimate)
    nothing = bootstrap_likelihood_ratio([1, 2, 4, 3], [1, 2, 3, 4], "abcd", draws=3)
    assert math.isnan(nothing.p)


def test_file_for_r(tmp_path, corpus):
    y, x, clients, therapists = corpus
    path = tmp_path / "model.csv"
    formula = write_lme4(
        path,
        y,
        x,
        [f"client-{c}" for c in clients],
        therapists=therapists,
        session_number=np.tile(np.arange(6), 32),
    )
    assert formula == (
        "y ~ x_within + x_between + session_number + (1 | therapist) + (1 + x_within || client)"
    )
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 192
    assert [float(row["y"]) for row in rows] == y.tolist()
    assert len({row["client"] for row in rows}) == 32
    assert "client-" not in path.read_text(encoding="utf-8")
    means = {row["x_between"] for row in rows}
    assert len(means) == 32
    assert write_lme4(path, [1, 2], [1, 2], "ab") == "y ~ x_between + (1 | client)"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: mixed_effects([1], [1, 2], "a"), "`x` has 2 rows and `y` 1"),
        (lambda: mixed_effects([1], [1], "a", session_number=[1, 2]), "`session_number` has 2"),
        (lambda: mixed_effects([1], [1], [None]), r"`clients\[0\]` is missing"),
        (lambda: bootstrap_likelihood_ratio([1], [1], "a", effect="x"), "`effect` is 'x'"),
    ],
)
def test_malformed_input_is_refused(call, message):
    with pytest.raises(ParameterError, match=message):
        call()


def test_unwritable_file(tmp_path):
    with pytest.raises(ResourceError, match="the file cannot be written"):
        write_lme4(tmp_path / "none" / "model.csv", [1, 2], [1, 2], "ab")
