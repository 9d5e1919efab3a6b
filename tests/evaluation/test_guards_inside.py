"""What is fitted or chosen is fitted or chosen on training sessions alone, clients kept whole."""

from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pytest
from sklearn.base import BaseEstimator
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.linear_model import Ridge

import alliance_features as af
import model_corpus
from alliance_features.evaluation import permutation, tuning
from alliance_features.evaluation import protocol as fits
from alliance_features.evaluation.rows import BagOfWords
from alliance_features.model import fitting

N, CLIENTS = 60, [f"c{row % 12}" for row in range(60)]
Y = np.random.default_rng(9).normal(size=N)


@pytest.fixture(scope="module")
def matrix():
    rng = np.random.default_rng(0)
    names = ("therapist__words_n", "client__words_n", "dyad__turns_n")
    columns = {name: rng.integers(1, 900, N).astype(float) for name in names}
    ids = [f"s{row}" for row in range(N)]
    return af.SessionMatrix.from_table(
        pa.table({"session_id": ids, "client_id": CLIENTS, **columns})
    )


def whole(groups, parts):
    """Say whether each group has one part."""
    return len(set(zip(groups, parts, strict=True))) == len(set(groups))


def test_parameters_are_chosen_on_training_sessions_alone(matrix, monkeypatch):
    seen = []

    def search(estimator, part, found, y, groups, **rest):
        seen.append((found.session_ids, y[:, 0].tolist(), groups))
        return {}

    monkeypatch.setattr(fits, "search", search)
    options = {"models": {"signals": None}, "n_folds": 3, "tune": 2}
    result = af.cross_validate(matrix, Y, **options)
    expected = [
        ([f"s{row}" for row in train], Y[train].tolist(), [CLIENTS[row] for row in train])
        for _, _, train, _ in result.folds.splits()
    ]
    assert seen == expected


class Noting(BaseEstimator):
    """Notes the sessions it is fitted on and predicts."""

    log: list = []  # noqa: RUF012

    def fit(self, X, y, groups=None):
        self.clients_ = set(X.clients)
        return self

    def predict(self, X):
        Noting.log.append(self.clients_ & set(X.clients))
        return np.zeros((len(X), 1))


def test_inner_folds_keep_clients_apart(matrix):
    Noting.log = []
    tuning.search(Noting(), "signals", matrix, Y[:, None], CLIENTS, n=1, seed=0)
    assert Noting.log == [set()] * 3


def test_the_weights_of_words_are_those_of_the_training_sessions():
    matrix_read = model_corpus.matrix()
    train, test = np.arange(30), np.arange(30, 48)
    y = np.random.default_rng(0).normal(size=30)
    seen = matrix_read.counts[:, np.flatnonzero(matrix_read.counts[train].sum(axis=0))]
    assert seen.shape[1] < matrix_read.counts.shape[1]  # some words are new in the test sessions
    weights = TfidfTransformer(sublinear_tf=True).fit(seen[train])
    ridge = Ridge(alpha=3.0).fit(weights.transform(seen[train]), y)
    expected = ridge.predict(weights.transform(seen[test]))
    BagOfWords().fit(matrix_read[test], np.arange(18.0))  # what was fitted before leaves no trace
    model = BagOfWords().fit(matrix_read[train], y)
    np.testing.assert_allclose(model.predict(matrix_read[test])[:, 0], expected, rtol=1e-10)


def test_the_stack_is_weighed_on_clients_left_out(monkeypatch):
    log, fit_parts = [], fitting.fit_parts

    def spy(model, inside, values, owners, seed):
        parts = fit_parts(model, inside, values, owners, seed)

        def predict(outside):
            log.append(set(inside.clients) & set(outside.clients))
            return parts.predict(outside)

        return SimpleNamespace(predict=predict)

    monkeypatch.setattr(fitting, "fit_parts", spy)
    model_corpus.model("both").fit(model_corpus.matrix(), model_corpus.corpus()[1])
    assert log == [set()] * fitting.N_PARTS


def test_the_penalty_is_chosen_on_clients_left_out(monkeypatch):
    log, fit_signals = [], fitting.fit_signals

    def spy(*arguments, parts=None, **rest):
        log.append(parts)
        return fit_signals(*arguments, parts=parts, **rest)

    monkeypatch.setattr(fitting, "fit_signals", spy)
    matrix_read = model_corpus.matrix()
    model_corpus.model().fit(matrix_read, model_corpus.corpus()[1])
    assert whole(matrix_read.clients, log[0].tolist())
    assert len(set(log[0].tolist())) > 1


def test_a_permutation_makes_folds_and_chooses_anew_for_whole_clients(matrix, monkeypatch):
    calls, validate = [], permutation.cross_validate_arrays

    def spy(found, y, *rest, **options):
        calls.append((y[:, 0], options["folds"], options.get("tune")))
        return validate(found, y, *rest, **{**options, "tune": 0})

    monkeypatch.setattr(permutation, "cross_validate_arrays", spy)
    af.permutation_test(matrix, {"bond": Y}, permutations=2, n_folds=3, tune=4)
    assert [(folds, tune) for _, folds, tune in calls] == [(None, 4)] * 3
    owners = dict(zip(Y.tolist(), CLIENTS, strict=True))
    for ratings, *_ in calls[1:]:
        assert ratings.tolist() != Y.tolist()
        assert whole(CLIENTS, [owners[one] for one in ratings.tolist()])
