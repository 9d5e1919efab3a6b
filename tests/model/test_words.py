"""The lexical model: its rows, its vocabulary, its weights."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.linear_model import Ridge

import alliance_features as af
import naive_model
from alliance_features.model.words import fit_words, heaviest_terms
from model_corpus import corpus, matrix, model

TRAIN, TEST = np.arange(36), np.arange(36, 48)


@pytest.fixture(scope="module")
def fitted():
    rows = matrix()[TRAIN]
    values = np.column_stack(list(corpus()[1].values()))[TRAIN]
    return fit_words(rows, values, clients=rows.clients, alpha=1.0, min_clients=5)


def _documents(which):
    words = set(af.load_vectors(None).index)
    sessions = [corpus()[0][place] for place in which]
    return [
        naive_model.terms(
            af.turn_tokens(session), [turn.role for turn in af.merge_turns(session)], words
        )
        for session in sessions
    ]


def test_rows_match_naive(fitted):
    training, apart = _documents(TRAIN), _documents(TEST)
    clients = [matrix().clients[place] for place in TRAIN]
    known = naive_model.vocabulary(training, clients, 5)
    held = matrix()[TEST]
    names = replace(held, terms=fitted.vocabulary.terms).word_names
    assert set(names) == known
    result = fitted.vocabulary.weigh(held).toarray()
    for line, row in zip(result, naive_model.rows(apart, training, known), strict=True):
        np.testing.assert_allclose(line, [row.get(name, 0.0) for name in names], atol=1e-12)


def test_rows_and_weights_match_scikit_learn(fitted):
    rows = matrix()[TRAIN]
    kept = np.isin(rows.terms, fitted.vocabulary.terms)
    theirs = TfidfTransformer(sublinear_tf=True).fit_transform(rows.counts[:, kept])
    np.testing.assert_allclose(
        fitted.vocabulary.weigh(rows).toarray(), theirs.toarray(), atol=1e-12
    )
    for place, y in enumerate(corpus()[1].values()):
        rated = ~np.isnan(y[TRAIN])
        ridge = Ridge(alpha=1.0, solver="lsqr", tol=1e-12, max_iter=5000)
        ridge.fit(theirs[rated].toarray(), y[TRAIN][rated])
        np.testing.assert_allclose(fitted.weights[place], ridge.coef_, atol=1e-8)
        adds, bias = fitted.explain(rows)
        expected = ridge.predict(theirs.toarray())
        np.testing.assert_allclose(adds[:, place].sum(axis=1) + bias[place], expected, rtol=1e-8)


def test_few_rows_match_naive():
    rows = matrix()[:10]
    y = corpus()[1]["bond"][:10]
    ours = fit_words(rows, y[:, None], clients=rows.clients, alpha=2.0, min_clients=7)
    dense = ours.vocabulary.weigh(rows).toarray()
    weights, intercept = naive_model.ridge(dense.tolist(), y.tolist(), 2.0)
    np.testing.assert_allclose(ours.weights[0], weights, atol=1e-9)
    adds, bias = ours.explain(rows)
    np.testing.assert_allclose(adds[:, 0].sum(axis=1) + bias[0], dense @ weights + intercept)


def test_the_words_of_each_role_are_apart(fitted):
    rows = matrix()[TEST]
    adds, _ = fitted.explain(rows)
    dense, cut = fitted.vocabulary.weigh(rows).toarray(), fitted.vocabulary.of_client
    client = (dense[:, cut:] - fitted.means[cut:]) @ fitted.weights[:, cut:].T
    np.testing.assert_allclose(adds[:, :, 1], client, atol=1e-12)
    assert 0 < cut < fitted.vocabulary.terms.size


def test_only_words_of_enough_clients_count():
    rows = matrix()
    few = fit_words(rows, np.ones((48, 1)), clients=rows.clients, alpha=1.0, min_clients=8)
    some = fit_words(rows, np.ones((48, 1)), clients=rows.clients, alpha=1.0, min_clients=2)
    assert set(few.vocabulary.terms) < set(some.vocabulary.terms)
    # One client with many sessions is one client.
    with pytest.raises(af.ParameterError, match=r"by at least `min_clients` = 2 of the 1 clients"):
        fit_words(rows, np.ones((48, 1)), clients=["c"] * 48, alpha=1.0, min_clients=2)


def test_a_session_without_known_words_gets_the_mean(fitted, make_session):
    empty = af.SessionMatrix.of([make_session("Zyzzyva.")], features="dyad__turns_n")
    assert fitted.vocabulary.weigh(empty).nnz == 0
    adds, _ = fitted.explain(empty)
    np.testing.assert_allclose(adds.sum(axis=2)[0], -(fitted.weights @ fitted.means))


def test_heaviest_terms(fitted):
    vectors = af.load_vectors(None)
    top = heaviest_terms(fitted, vectors, 1, 5)
    assert "we" in {words for _, words, _ in top}
    sizes = [abs(weight) for *_, weight in top]
    assert sizes == sorted(sizes, reverse=True)
    with pytest.raises(af.ResourceError, match=r"is not the word list of the model"):
        heaviest_terms(fitted, replace(vectors, sha256="0" * 64), 1, 5)


def test_terms_are_not_shown_by_chance(fitted):
    assert (
        repr(fitted) == f"WordRidge(Vocabulary(<{fitted.vocabulary.terms.size} terms>), 2 targets)"
    )


def test_clients_are_counted_whatever_the_groups_are():
    one, two = (
        model("words").fit(matrix(), corpus()[1], groups=groups).words_.vocabulary.terms
        for groups in (None, ["t1", "t2"] * 24)
    )
    np.testing.assert_array_equal(one, two)
