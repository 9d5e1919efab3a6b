"""The estimator: scikit-learn's conventions, exact sums, the same for any thread count."""

import functools
from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, GroupKFold
from sklearn.utils.estimator_checks import parametrize_with_checks
from threadpoolctl import threadpool_limits

import alliance_features as af
from model_corpus import FEATURES, corpus, matrix, model

INPUTS = ("signals", "words", "both")


@functools.cache
def fitted(inputs="signals"):
    return model(inputs).fit(matrix(), corpus()[1])


CHECKS = parametrize_with_checks([af.AllianceRegressor(n_estimators=20)])


# scikit-learn before 1.6 hands over a generator, which pytest refuses.
@pytest.mark.parametrize(CHECKS.args[0], list(CHECKS.args[1]), **CHECKS.kwargs)
def test_scikit_learn_checks(estimator, check):
    check(estimator)


@pytest.mark.parametrize("inputs", INPUTS)
def test_contributions_bias_and_clipped_are_the_prediction(inputs):
    ours = fitted(inputs)
    predicted, why = ours.predict(matrix()), ours.explain(matrix())
    total = why.contributions.sum(axis=2) + why.bias + why.clipped
    np.testing.assert_allclose(total, predicted, rtol=1e-14)
    np.testing.assert_array_equal(why.predictions, predicted)
    assert predicted.shape == (48, 2)
    assert why.contributions.shape == (48, 2, len(why.names))
    assert why.dimensions == ours.dimensions_ == ["goal", "bond"]
    assert np.corrcoef(predicted[:, 1], corpus()[1]["bond"])[0, 1] > 0.5


def test_predictions_stay_within_the_scale():
    x = np.linspace(0, 1, 40)[:, None]
    ours = model(linear_share=1.0, linear_penalty=1e-6).fit(x, 1 + 4 * x[:, 0])
    why = ours.explain([[-0.2], [0.5], [1.2]])
    np.testing.assert_array_equal(why.predictions[[0, 2], 0], [1, 5])
    np.testing.assert_allclose(why.clipped[:, 0], [0.8, 0, -0.8], atol=1e-3)
    free = clone(ours).set_params(bounds=None).fit(x, 1 + 4 * x[:, 0]).explain([[1.2]])
    assert free.predictions[0, 0] > 5
    np.testing.assert_array_equal(free.clipped, 0)


def test_both_is_a_weighted_sum():
    both = fitted("both")
    assert both.weights_.shape == (2, 2)
    result = (
        fitted("signals").set_params(bounds=None).predict(matrix()) * both.weights_[:, 0]
        + fitted("words").set_params(bounds=None).predict(matrix()) * both.weights_[:, 1]
        + both.intercepts_
    )
    fitted("signals").set_params(bounds=(1, 5))
    fitted("words").set_params(bounds=(1, 5))
    expected = both.predict(matrix())
    inside = (result > 1) & (result < 5)
    np.testing.assert_allclose(result[inside], expected[inside], rtol=1e-10)


@pytest.mark.parametrize("inputs", INPUTS)
def test_threads_change_nothing(inputs):
    one = fitted(inputs).predict(matrix())
    two = model(inputs, n_jobs=2).fit(matrix(), corpus()[1]).predict(matrix())
    np.testing.assert_array_equal(one, two)


def test_threads_of_libraries_change_nothing(rng):
    x = rng.normal(size=(400, 200))
    y, found = x[:, :3] + x[:, 5:8], []
    for threads in (1, 2):
        with threadpool_limits(threads):
            ours = model(linear_share=1.0, bounds=None).fit(x, y)
            found.append(ours.predict(x))
    np.testing.assert_array_equal(*found)


def test_sessions_tables_and_matrices_agree():
    sessions, y = corpus()
    table = af.extract(sessions, features=FEATURES)
    expected = fitted().predict(matrix())
    for X in (sessions, iter(sessions), table, table.to_pandas()):
        again = model().fit(X, y)
        np.testing.assert_array_equal(again.predict(matrix()), expected)
    for X in (sessions, table, table.to_pandas()):
        np.testing.assert_array_equal(fitted().predict(X), expected)
    shuffled = table.select(table.column_names[::-1])
    np.testing.assert_array_equal(fitted().predict(shuffled), expected)
    for inputs in ("words", "both"):
        np.testing.assert_array_equal(
            fitted(inputs).predict(sessions[:3]), fitted(inputs).predict(matrix()[:3])
        )


def test_forms_of_ratings_agree():
    y = corpus()[1]
    expected = fitted().predict(matrix())
    for given in (pa.table(y), pd.DataFrame(y), np.column_stack(list(y.values()))):
        again = model().fit(matrix(), given)
        np.testing.assert_array_equal(again.predict(matrix()), expected)
    assert again.dimensions_ == ["y0", "y1"]
    assert model().fit(matrix(), y["bond"]).predict(matrix()).shape == (48,)


def test_what_was_not_rated_does_not_count():
    y = corpus()[1]
    rated = ~np.isnan(y["goal"])
    alone = model().fit(matrix()[rated], y["goal"][rated])
    np.testing.assert_array_equal(alone.predict(matrix()), fitted().predict(matrix())[:, 0])


def test_a_named_column_of_ratings_names_its_dimension():
    y = pd.Series(corpus()[1]["bond"], name="bond")
    assert model().fit(matrix(), y).dimensions_ == ["bond"]
    column = model().fit(matrix(), y.to_frame())
    assert column.dimensions_ == ["bond"]


def test_groups_default_to_the_clients():
    named = model("both").fit(matrix(), corpus()[1], groups=matrix().clients)
    np.testing.assert_array_equal(named.weights_, fitted("both").weights_)


def test_monotone_keeps_expected_signs():
    ours = model(monotone=True, features="all", linear_share=0.0)
    ours.fit(af.SessionMatrix.of(corpus()[0], features="pronouns"), corpus()[1])
    place = list(ours.feature_names_in_).index("therapist__i_rate")
    grid = np.full((20, len(ours.feature_names_in_)), 5.0)
    grid[:, place] = np.linspace(0, 20, 20)
    held = np.diff(
        ours.explain(
            pa.table(dict(zip(ours.feature_names_in_, grid.T, strict=True)))
        ).contributions.sum(axis=2),
        axis=0,
    )
    assert (held <= 1e-6).all()  # expected sign: negative


@pytest.mark.parametrize("inputs", ["signals", "words"])
def test_in_a_search_over_grouped_folds(inputs):
    search = GridSearchCV(
        model(inputs, min_clients=2), {"alpha": [1.0, 9.0]}, cv=GroupKFold(2), error_score="raise"
    )
    search.fit(matrix(), corpus()[1]["bond"], groups=matrix().clients)
    assert search.best_params_["alpha"] in (1.0, 9.0)
    assert search.predict(matrix()).shape == (48,)


def test_fitting_does_not_change_what_it_is_given():
    rows = matrix()
    before = rows.signals.copy(), rows.counts.copy(), corpus()[1]["goal"].copy()
    model("both").fit(rows, corpus()[1])
    np.testing.assert_array_equal(before[0], rows.signals)
    np.testing.assert_array_equal(before[1].toarray(), rows.counts.toarray())
    np.testing.assert_array_equal(before[2], corpus()[1]["goal"])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"inputs": "text"}, r"`inputs` is 'text'; it must be one of"),
        ({"n_estimators": 0}, r"`n_estimators` is 0; it must be a whole number >= 1"),
        ({"n_jobs": 0}, r"`n_jobs` is 0"),
        ({"subsample": 0.0}, r"`subsample` is 0.0; it must be a number > 0 and <= 1"),
        ({"linear_share": 1.5}, r"`linear_share` is 1.5; it must be a number >= 0 and <= 1"),
        ({"alpha": "3"}, r"`alpha` is str; it must be a number > 0"),
        ({"monotone": 1}, r"`monotone` is 1; it must be True or False"),
        ({"bounds": (5, 1)}, r"`bounds` must be two finite numbers"),
        ({"bounds": (2, 5)}, r"ratings from 1\.\d* to 4\.\d*, outside `bounds` 2 to 5"),
        ({"features": "timing"}, r"`X` has no signal that `features` names"),
        ({"inputs": "words", "min_clients": 9}, r"No word is used by at least `min_clients` = 9"),
    ],
)
def test_settings_out_of_range(options, message):
    with pytest.raises(af.ParameterError, match=message):
        model(**options).fit(matrix(), corpus()[1])


def test_inputs_that_do_not_fit():
    rows, y = matrix(), corpus()[1]
    table = af.extract(corpus()[0][:3], features=FEATURES)
    foreign = replace(rows, worded=np.arange(48) > 1)
    cases = [
        (model("words"), rows.signals, y, None, r"`X` is ndarray; inputs=\"words\" needs words"),
        (model("words"), table, y, None, r"`X` holds no words, which `inputs` asks for"),
        (model("words"), foreign, y, None, r"holds 2 of 48 sessions in another language"),
        (model(), rows, {"goal": y["goal"][:5]}, None, r"`y` has 5 rows and `X` 48"),
        (model(), rows, {"goal": np.full(48, np.nan)}, None, r"`y` has 0 sample of dimension goal"),
        (model(), rows, y, ["c"], r"`groups` has 1 entries and `X` 48"),
        (model(), rows, y, [None] * 48, r"`groups\[0\]` is missing"),
        (model("both", min_clients=1), rows, y, ["c"] * 48, r"names a single client"),
        (model(), table.append_column("score", pa.array([1, 2, 3])), y, None, r"`score`"),
    ]
    for estimator, X, ratings, groups, message in cases:
        with pytest.raises(af.ParameterError, match=message):
            estimator.fit(X, ratings, groups)


def test_what_it_is_asked_to_predict_must_fit():
    with pytest.raises(NotFittedError, match=r"not fitted yet"):
        model().predict(matrix())
    with pytest.raises(af.ParameterError, match=r"lacks 1 of \d+ features of the model"):
        fitted().predict(matrix().select(matrix().names[1:]))
    vectors = replace(af.load_vectors(None), sha256="0" * 64)
    with pytest.raises(af.ParameterError, match=r"was measured with vectors 000000000000\.\.\."):
        fitted().predict(replace(matrix(), vectors=vectors))
    by_array = model().fit(matrix().signals, corpus()[1])
    with pytest.raises(af.ParameterError, match=r"the model was fitted on an array"):
        by_array.predict(matrix())
    own = af.extract(corpus()[0], features="volume")
    own = own.append_column("own__mood", pa.array(np.arange(48.0)))
    with pytest.raises(af.ParameterError, match=r"uses `own__mood`, a column of your own"):
        model().fit(own, corpus()[1]).predict(corpus()[0])


def test_counts_below_zero_are_refused():
    words = pa.table({"client__words_n": np.arange(48.0), "own__mood": -np.arange(48.0)})
    scaled = words.set_column(0, "client__words_n", pa.array(np.linspace(-2, 2, 48)))
    y = corpus()[1]
    ours = model(features="all").fit(words, y)  # a column of the user's own may be negative
    for call in (lambda: model(features="all").fit(scaled, y), lambda: ours.predict(scaled)):
        with pytest.raises(
            af.ParameterError, match=r"`X\[client__words_n\]` holds a number below 0"
        ):
            call()
