"""The scikit-learn transformer: conventions, names, pipelines."""

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
from sklearn.utils.estimator_checks import estimator_checks_generator

import alliance_features as af

NAMES = ["therapist__i_rate", "client__latency_s__median", "dyad__turns_n"]


def _conventions():
    """Return scikit-learn's checks for an estimator whose input is no matrix.

    The other checks feed matrices, and the generator warns that it leaves them out.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SkipTestWarning)
        general = [check for _, check in estimator_checks_generator(af.SessionFeatures())]
    name = "SessionFeatures"
    return [
        *general,
        *(
            partial(check, name)
            for check in (
                checks.check_estimator_cloneable,
                checks.check_estimator_tags_renamed,
                checks.check_valid_tag_types,
                checks.check_do_not_raise_errors_in_init_or_set_params,
                checks.check_mixin_order,
                checks.check_get_params_invariance,
                checks.check_set_params,
                checks.check_no_attributes_set_in_init,
                checks.check_parameters_default_constructible,
                checks.check_estimator_repr,
            )
        ),
    ]


def test_conventions():
    every = _conventions()
    assert len(every) >= 11
    for check in every:
        check(af.SessionFeatures())


def test_values_are_those_of_the_table(example_sessions):
    transformer = af.SessionFeatures(NAMES).fit(example_sessions)
    found = transformer.transform(example_sessions)
    expected = af.extract(example_sessions, features=NAMES)
    order = list(transformer.get_feature_names_out())
    assert order == expected.column_names[5:]
    for place, name in enumerate(order):
        column = expected[name].to_pylist()
        np.testing.assert_array_equal(
            found[:, place], [np.nan if value is None else value for value in column]
        )
    assert np.isnan(found).any()


def test_nothing_is_learnt(example_sessions):
    one = af.SessionFeatures("volume").fit(example_sessions[:1]).transform(example_sessions)
    every = af.SessionFeatures("volume").fit_transform(example_sessions)
    np.testing.assert_array_equal(one, every)


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
