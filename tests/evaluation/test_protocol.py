"""The protocol: nothing of a test fold is seen, every row is there, guards refuse."""

from typing import ClassVar

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import BaseEstimator
from sklearn.impute import SimpleImputer
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline

import alliance_features as af
import naive_compare as naive
from alliance_features.errors import ParameterError
from alliance_features.evaluation.protocol import check_signals
from alliance_features.evaluation.rated_sessions import twins
from alliance_features.evaluation.rows import near_leakage, previous_rating, standard_rows
from alliance_features.evaluation.tuning import SPACE, candidates

SIGNALS = ("therapist__words_n", "client__words_n", "dyad__turns_n", "therapist__i_rate")
RIDGE = make_pipeline(SimpleImputer(), Ridge())


def signals(n=60, n_clients=12, seed=0, **columns):
    """Return a table as `extract` writes it: four signals of five sessions a client."""
    rng = np.random.default_rng(seed)
    table = {
        "session_id": [f"s{row}" for row in range(n)],
        "client_id": [f"c{row % n_clients}" for row in range(n)],
        "therapist_id": [f"t{row % n_clients % 3}" for row in range(n)],
        **{name: rng.integers(1, 900, n).astype(float) for name in SIGNALS},
    }
    return af.SessionMatrix.from_table(pa.table(table | columns))


MATRIX = signals()
Y = 3 + MATRIX.signals[:, 3] / 450 - 1 + np.random.default_rng(9).normal(size=60) / 4


@pytest.fixture(scope="module")
def found():
    numbers = [row // 12 + 1 for row in range(60)]
    models = {"mine": RIDGE, "length": None, "previous_rating": None}
    return af.cross_validate(MATRIX, {"bond": Y}, n_folds=3, session_numbers=numbers, models=models)


def test_predictions_are_long_and_complete(found):
    table = found.predictions.to_pylist()
    assert [*dict.fromkeys(row["rater"] for row in table)] == [
        *("training_mean", "previous_rating", "length", "mine")
    ]
    assert len(table) == 4 * 60
    folds = found.folds.by_session()
    assert all(row["fold"] == folds[row["session_id"]][0] for row in table)
    assert [row["score"] for row in table[:60]] == Y.tolist()


def test_a_prediction_is_that_of_a_model_without_the_fold(found):
    by_rater = {}
    for row in found.predictions.to_pylist():
        by_rater.setdefault(row["rater"], []).append(row["predicted"])
    for _, _, train, test in found.folds.splits():
        model = RIDGE.fit(MATRIX.signals[train], Y[train])
        np.testing.assert_allclose(
            np.array(by_rater["mine"])[test], model.predict(MATRIX.signals[test]), rtol=1e-10
        )
        np.testing.assert_allclose(np.array(by_rater["training_mean"])[test], Y[train].mean())


class Spy(BaseEstimator):
    """Notes what it is given; predicts 0."""

    seen: ClassVar = []

    def fit(self, X, y):
        Spy.seen.append((X.copy(), y.copy()))
        return self

    def predict(self, X):
        return np.zeros(len(X))


def test_no_model_sees_a_session_of_its_test_clients():
    Spy.seen = []
    result = af.cross_validate(MATRIX, Y, n_folds=4, models={"spy": Spy()})
    for (_, _, train, _), (X, y) in zip(result.folds.splits(), Spy.seen, strict=True):
        np.testing.assert_array_equal(X, MATRIX.signals[train])
        np.testing.assert_array_equal(y, Y[train])


def test_changing_a_test_rating_changes_no_prediction_of_its_fold(found):
    folds = found.folds
    test = np.flatnonzero(folds.assignments[0] == 0)
    moved = Y.copy()
    moved[test] += 1.0
    again = af.cross_validate(MATRIX, {"bond": moved}, folds=folds, models={"mine": RIDGE})
    before, after = (
        {row["session_id"]: row["predicted"] for row in one.to_pylist() if row["rater"] == "mine"}
        for one in (found.predictions, again.predictions)
    )
    kept = {f"s{row}" for row in test}
    assert all(before[one] == after[one] for one in kept)
    assert all(before[one] != after[one] for one in set(before) - kept)


def test_repeats_and_progress():
    told = []
    result = af.cross_validate(
        MATRIX,
        Y,
        n_folds=3,
        repeats=2,
        models={"mine": RIDGE},
        progress=lambda *step: told.append(step),
    )
    assert result.folds.assignments.shape == (2, 60)
    assert told[-1] == (12, 12, "mine")
    assert set(result.predictions["repeat"].to_pylist()) == {0, 1}


def test_the_rows_of_the_table():
    names = [row.name for row in standard_rows(MATRIX)]
    assert names == ["training_mean", "length", "signals_therapist", "signals_client", "signals"]
    seen = {row.name: row.sees(MATRIX).names for row in standard_rows(MATRIX)[1:]}
    assert seen["length"] == list(SIGNALS[:3])
    assert seen["signals_therapist"] == ["therapist__words_n", "therapist__i_rate"]
    assert seen["signals_client"] == ["client__words_n"]
    assert seen["signals"] == list(SIGNALS)


@pytest.fixture(scope="module")
def talks(make_session):
    """Return eight short sessions of four clients."""
    said = ("calm", "tired", "happy", "angry", "alone", "proud", "lost", "sure")
    return [
        make_session(
            f"I was {word} today.", f"So {word} again?", session_id=f"s{n}", client_id=f"c{n % 4}"
        )
        for n, word in enumerate(said)
    ]


def test_rows_of_words(talks):
    matrix = af.SessionMatrix.of(talks, features="volume")
    rows = {row.name: row for row in standard_rows(matrix)}
    assert {"bag_of_words", "words", "both"} < set(rows)
    y = np.random.default_rng(0).normal(size=8)
    result = af.cross_validate(matrix, y, n_folds=2, models=["bag_of_words"])
    assert np.ptp(result.predictions["predicted"].to_numpy()[8:]) > 0


def test_a_list_of_sessions_is_measured(talks):
    y = np.random.default_rng(0).normal(size=8)
    result = af.cross_validate(talks, y, n_folds=2, models=["training_mean"])
    assert result.predictions["client_id"].to_pylist()[:4] == ["c0", "c1", "c2", "c3"]


def test_near_leaking_signals_have_a_row_of_their_own():
    leaking = sorted(near_leakage())
    assert leaking, "no feature is flagged near_leakage"
    matrix = signals(**{leaking[0]: np.arange(60.0)})
    rows = {row.name: row.sees(matrix).names for row in standard_rows(matrix)}
    assert leaking[0] in rows["signals_with_closing"]
    for name in ("signals", "signals_therapist", "signals_client", "length"):
        assert leaking[0] not in rows[name]


def test_tuning_is_nested_and_reproducible():
    settings = {"tune": 2, "models": ["signals"], "n_folds": 2}
    first, second = (af.cross_validate(MATRIX, Y, **settings) for _ in range(2))
    assert [sorted(setting) for setting in first.settings] == [["fold", "repeat", "signals"]] * 2
    assert first.settings == second.settings
    assert first.predictions.equals(second.predictions)
    one_side = af.cross_validate(MATRIX, Y, tune=2, models=["signals_therapist"], n_folds=2)
    assert [sorted(setting) for setting in one_side.settings] == [["fold", "repeat", "signals"]] * 2
    for part, space in SPACE.items():
        tried = candidates(part, 8, seed=1)
        assert tried[0] == {}
        assert len(tried) == 8 == len({tuple(sorted(setting.items())) for setting in tried})
        assert all(value in space[name] for setting in tried for name, value in setting.items())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"groups": ["a"] * 60}, "There are 1 clients; an evaluation needs at least 4"),
        ({"groups": ["a", "b"]}, "`groups` has 2 entries for 60 sessions"),
        ({"groups": [None] * 60}, "60 of 60 sessions name no client"),
        ({"y": np.where(Y > 3, np.nan, Y)}, "`y` lacks a rating in .* of 60 sessions"),
        ({"y": np.full(60, 2.0)}, "holds one value of y0 alone"),
        ({"dimensions": ["a", "b"]}, "`dimensions` has 2 names for 1 columns"),
        ({"models": ["best"]}, "`models` names 'best', which is not a row"),
        ({"models": ["words"]}, "names words, which needs transcripts"),
        ({"models": ["signals_with_closing"]}, "but no signal of that kind is among the features"),
        ({"models": {"signals": RIDGE}}, "names 'signals', which is a row of the table already"),
        ({"models": {"mine": 3}}, r"`models\['mine'\]` has no fit and predict"),
        ({"tune": -1}, "`tune` is -1"),
        ({"models": ["previous_rating"]}, "no session has an earlier rated one of its client"),
        ({"session_numbers": [1] * 60}, "holds 1 twice for client"),
    ],
)
def test_refusals(arguments, message):
    with pytest.raises(ParameterError, match=message):
        af.cross_validate(**({"X": MATRIX, "y": Y} | arguments))


def test_a_rating_among_the_signals_is_refused():
    leaking = signals(own__score=Y * 2 - 1)
    with pytest.raises(ParameterError, match=r"`X\[own__score\]` is the rating of bond"):
        check_signals(leaking, Y[:, None], ["bond"])
    check_signals(signals(own__score=Y + MATRIX.signals[:, 0]), Y[:, None], ["bond"])
    with pytest.raises(ParameterError, match=r"not registered features: `score`"):
        signals(score=Y)


def test_a_session_given_twice_is_refused():
    with pytest.raises(ParameterError, match="`X` holds session s0 twice"):
        signals(session_id=["s0", "s0", *(f"s{row}" for row in range(2, 60))])


def test_folds_that_part_a_client_are_refused(found):
    with pytest.raises(ParameterError, match="is in folds"):
        af.cross_validate(MATRIX, Y, groups=["a", *"bcdefghij"] * 6, folds=found.folds)


def test_twin_sessions_of_two_clients_are_found():
    matrix = signals(**{f"own__{n}": np.arange(60.0) for n in range(3)})
    values = matrix.signals.copy()
    values[1], values[13] = values[0], values[25]  # clients 1 and 0; 13 and 25 are of one client
    object.__setattr__(matrix, "signals", values)
    assert twins(matrix, matrix.clients) == [("s0", "s1")]


SESSION = st.tuples(
    st.sampled_from("ab"), st.sampled_from("tu"), st.none() | st.integers(0, 8), st.floats(1, 5)
)


@given(
    st.lists(
        SESSION, max_size=14, unique_by=lambda row: row[:3] if row[2] is not None else object()
    )
)
def test_previous_rating_matches_naive(rows):
    y = np.array([row[3] for row in rows]).reshape(len(rows), 1)
    clients, therapists, numbers = ([row[place] for row in rows] for place in range(3))
    result = previous_rating(y, clients, numbers, therapists)[:, 0]
    expected = [np.nan if one is None else one for one in naive.previous(rows)]
    np.testing.assert_array_equal(result, expected)


def test_permutations_run_the_whole_pipeline():
    told = []
    result = af.permutation_test(
        MATRIX, Y, permutations=9, model=RIDGE, n_folds=3, progress=lambda *one: told.append(one)
    )
    assert told[-1] == (9, 9, "model")
    assert result.null.shape == (9, 1)
    assert result.p[0] == 0.1  # the signal is strong: no permutation reaches it
    assert result.observed[0] > result.null.max()
    table = result.table()
    assert table.num_rows == 10
    assert table["permutation"].null_count == 1
    again = af.permutation_test(MATRIX, Y, permutations=9, model=RIDGE, n_folds=3)
    np.testing.assert_array_equal(result.null, again.null)


def test_codes_are_looked_for_once_and_not_in_the_parts_of_a_fold():
    """A rating that is far from those of one fold may be near those of another."""
    n = 120
    rng = np.random.default_rng(0)
    y = np.concatenate([rng.uniform(5, 30, n - 2), [90.0, 99.0]])
    signals = pa.table({"client__words_n": rng.integers(1, 900, n).astype(float)})
    groups = [f"c{k // 5}" for k in range(n - 2)] + ["last", "other"]
    for tune in (0, 2):
        found = af.cross_validate(
            signals, {"vas": y}, groups=groups, models=["signals"], n_folds=5, tune=tune
        )
        assert found.predictions.num_rows == 2 * n  # with the training mean
    with pytest.raises(ParameterError, match="`y` holds 99 on dimension vas"):
        af.cross_validate(signals, {"vas": np.where(y > 31, 99.0, y)}, groups=groups, n_folds=5)
    with pytest.raises(ParameterError, match="`y` holds 99 on dimension y0"):
        af.AllianceRegressor().fit(signals, np.where(y > 31, 99.0, y))
