"""The scikit-learn transformer: conventions, names, pipelines."""

import pickle
import warnings
from functools import partial

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.exceptions import NotFittedError, SkipTestWarning
from sklearn.pipeline import make_pipeline
from sklearn.utils import estimator_checks as checks

import alliance_features as af

NAMES = ["therapist__i_rate", "client__latency_s__median", "dyad__turns_n"]


CONVENTIONS = (
    "check_estimator_cloneable",
    "check_estimator_tags_renamed",
    "check_valid_tag_types",
    "check_do_not_raise_errors_in_init_or_set_params",
    "check_mixin_order",
    "check_get_params_invariance",
    "check_set_params",
    "check_no_attributes_set_in_init",
    "check_parameters_default_constructible",
    "check_estimator_repr",
)


def _general():
    """Return the checks that scikit-learn itself chooses for an estimator without a matrix.

    The other checks feed matrices, and the generator warns that it leaves them out.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SkipTestWarning)
        if hasattr(checks, "estimator_checks_generator"):
            return [check for _, check in checks.estimator_checks_generator(af.SessionFeatures())]
    return []  # before 1.6 the tags that say so do not exist


def test_conventions():
    named = [getattr(checks, name) for name in CONVENTIONS if hasattr(checks, name)]
    every = [*_general(), *(partial(check, "SessionFeatures") for check in named)]
    assert len(named) >= 4
    for check in every:
        check(af.SessionFeatures())


def test_a_fitted_transformer_is_saved_and_read(example_sessions):
    fitted = af.SessionFeatures(["volume", "timing"]).fit(example_sessions)
    again = pickle.loads(pickle.dumps(fitted))
    assert list(again.get_feature_names_out()) == list(fitted.get_feature_names_out())
    np.testing.assert_array_equal(
        again.transform(example_sessions), fitted.transform(example_sessions)
    )


def test_values_are_those_of_the_table(example_sessions):
    transformer = af.SessionFeatures(NAMES).fit(example_sessions)
    values = transformer.transform(example_sessions)
    expected = af.extract(example_sessions, features=NAMES)
    order = list(transformer.get_feature_names_out())
    assert order == expected.column_names[5:]
    for place, name in enumerate(order):
        column = expected[name].to_pylist()
        np.testing.assert_array_equal(
            values[:, place], [np.nan if value is None else value for value in column]
        )
    assert np.isnan(values).any()


def test_nothing_is_learnt(example_sessions):
    values = af.SessionFeatures("volume").fit(example_sessions[:1]).transform(example_sessions)
    every = af.SessionFeatures("volume").fit_transform(example_sessions)
    np.testing.assert_array_equal(values, every)


def test_set_output(example_sessions):
    transformer = af.SessionFeatures(NAMES).set_output(transform="pandas")
    frame = transformer.fit_transform(example_sessions)
    assert isinstance(frame, pd.DataFrame)
    assert sorted(frame.columns) == sorted(NAMES)


def test_in_a_pipeline_and_cloned(example_sessions):
    model = make_pipeline(
        af.SessionFeatures(["volume", "timing"]),
        HistGradientBoostingRegressor(max_iter=2, min_samples_leaf=1),
    )
    scores = np.arange(len(example_sessions), dtype=float)
    predicted = clone(model).fit(example_sessions, scores).predict(example_sessions)
    assert predicted.shape == scores.shape
    assert np.isfinite(predicted).all()


def test_errors(example_sessions):
    with pytest.raises(NotFittedError, match=r"is not fitted yet"):
        af.SessionFeatures().transform(example_sessions)
    with pytest.raises(af.ParameterError, match=r"`features` names 'nothing'"):
        af.SessionFeatures("nothing").fit(example_sessions)
    fitted = af.SessionFeatures("volume").fit(example_sessions)
    with pytest.raises(af.ParameterError, match=r"`X` is Session; it must be a list of sessions"):
        fitted.transform(example_sessions[0])
    with pytest.raises(af.ParameterError, match=r"`sessions` holds int; it must hold sessions"):
        fitted.transform([1])
