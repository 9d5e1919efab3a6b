"""Folds: clients kept whole, scores alike, files that can be trusted."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import naive_compare as naive
from alliance_features.errors import ParameterError, ResourceError
from alliance_features.evaluation.folds import (
    Folds,
    connected_groups,
    load_folds,
    make_folds,
    save_folds,
)


@pytest.fixture(scope="module")
def corpus():
    """Ratings shaped like those of CARE: 82 clients, 793 sessions, three scores."""
    rng = np.random.default_rng(1)
    clients = np.repeat(np.arange(82), rng.multinomial(793 - 82, np.full(82, 1 / 82)) + 1)
    y = rng.normal(size=(82, 3))[clients] * 0.7 + rng.normal(size=(793, 3)) * 0.7
    return y, [f"c{client}" for client in clients]


@pytest.fixture(scope="module")
def folds(corpus):
    y, clients = corpus
    return make_folds(y, clients, session_ids=[f"s{n}" for n in range(793)], seed=3)


def test_clients_are_kept_whole(corpus, folds):
    for _, _, train, test in folds.splits():
        assert not {corpus[1][row] for row in train} & {corpus[1][row] for row in test}
    assert sorted(set(folds.assignments[0].tolist())) == [0, 1, 2, 3, 4]
    assert [len(train) + len(test) for _, _, train, test in folds.splits()] == [793] * 5


def test_all_scores_are_balanced_at_once(corpus, folds):
    y, _ = corpus
    assigned = folds.assignments[0].tolist()
    sizes = [assigned.count(fold) for fold in range(5)]
    assert min(sizes) >= 147  # no worse than the folds of CARE
    assert max(sizes) <= 171
    for column in y.T:
        assert naive.largest_gap(column.tolist(), assigned) < 0.06
        spreads = [np.std(column[folds.assignments[0] == fold]) for fold in range(5)]
        assert max(spreads) / min(spreads) < 1.12


def test_the_search_beats_chance(corpus, folds):
    y, clients = corpus
    rng = np.random.default_rng(0)
    names = sorted(set(clients))
    chance = []
    for _ in range(40):
        dealt = dict(zip(names, rng.permutation(np.arange(82) % 5).tolist(), strict=True))
        assigned = [dealt[client] for client in clients]
        chance.append(max(naive.largest_gap(column.tolist(), assigned) for column in y.T))
    result = max(naive.largest_gap(c.tolist(), folds.assignments[0].tolist()) for c in y.T)
    assert result < min(chance)


def test_seeds_and_repeats(corpus, folds):
    y, clients = corpus
    ids = [f"s{n}" for n in range(793)]
    again = make_folds(y, clients, session_ids=ids, seed=3)
    assert again.sha256 == folds.sha256
    assert make_folds(y, clients, session_ids=ids, seed=4).sha256 != folds.sha256
    twice = make_folds(y, clients, session_ids=ids, seed=3, repeats=2)
    np.testing.assert_array_equal(twice.assignments[0], folds.assignments[0])
    assert (twice.assignments[1] != twice.assignments[0]).any()


@given(st.lists(st.integers(0, 9), min_size=12, max_size=60), st.integers(2, 4), st.integers(0, 3))
def test_any_grouping_gives_whole_groups(labels, n_folds, seed):
    groups = [f"g{label}" for label in labels]
    y = np.asarray(labels, dtype=float) + np.arange(len(labels))
    sizes = [groups.count(one) for one in set(groups)]
    if len(sizes) < n_folds or max(sizes) > 1.5 * len(labels) / n_folds:
        with pytest.raises(ParameterError, match=r"fewer than|more than 1\.5 times"):
            make_folds(y, groups, n_folds=n_folds, seed=seed, starts=2)
        return
    folds = make_folds(y, groups, n_folds=n_folds, seed=seed, starts=2)
    assert {len(set(folds.assignments[0][np.array(groups) == g])) for g in groups} == {1}
    assert set(folds.assignments[0].tolist()) == set(range(n_folds))


def test_missing_and_constant_scores_are_no_obstacle():
    y = np.full((12, 2), 3.0)
    y[:, 1] = np.arange(12)
    y[0, 1] = np.nan
    folds = make_folds(y, [f"c{n // 2}" for n in range(12)], n_folds=3)
    assert np.bincount(folds.assignments[0]).tolist() == [4, 4, 4]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"y": [1, 2], "groups": ["a"]}, "`y` has 2 rows, `groups` 1 and `session_ids` 1"),
        ({"y": [1, 2], "groups": ["a", "b"]}, "holds 2 groups .client., fewer than the 5 folds"),
        ({"n_folds": 1}, "`n_folds` is 1; it must be a whole number >= 2"),
        ({"repeats": 0}, "`repeats` is 0; it must be a whole number >= 1"),
        ({"session_ids": ["s"] * 12}, "holds a session twice"),
        (
            {"groups": ["a"] * 7 + list("bcdef"), "n_folds": 3},
            "The client 'a' holds 7 of 12 sessions, more than 1.5 times the share of one of 3",
        ),
        (
            {"groups": ["a+t"] * 7 + list("bcdef"), "n_folds": 3, "grouped_by": "both"},
            "A group of `both` holds 7 of 12 sessions.*clients and therapists are connected",
        ),
    ],
)
def test_refusals(arguments, message):
    base = {"y": list(range(12)), "groups": [f"c{n // 2}" for n in range(12)]}
    with pytest.raises(ParameterError, match=message):
        make_folds(**(base | arguments))


def test_a_client_in_two_folds_is_an_error():
    assigned = np.array([[0, 1, 1]])
    with pytest.raises(ParameterError, match="The client 'a' is in folds 0 and 1 of repeat 0"):
        Folds(("s1", "s2", "s3"), ("a", "a", "b"), assigned, 2, 0)
    Folds(("s1", "s2", "s3"), ("a", "b", "b"), assigned, 2, 0)


def test_saved_folds_are_those_that_were_made(corpus, folds, tmp_path):
    save_folds(folds, tmp_path / "folds.json")
    loaded = load_folds(tmp_path / "folds.json")
    assert loaded.sha256 == folds.sha256
    some = list(range(700, 0, -1))
    selected = loaded.select([f"s{n}" for n in some], [corpus[1][n] for n in some])
    np.testing.assert_array_equal(selected.assignments[0], folds.assignments[0][some])
    with pytest.raises(ParameterError, match="lacks 1 of 2 sessions, the first 'new'"):
        loaded.select(["s1", "new"], ["c1", "c2"])
    with pytest.raises(ParameterError, match="leaves a fold of repeat 0 without any"):
        loaded.select(["s1"], ["c1"])
    with pytest.raises(ParameterError, match="The client 'c1' is in folds"):
        loaded.select([f"s{n}" for n in range(793)], ["c1"] * 793)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format": 2}, "is not of format 1"),
        ({"folds": {}}, "lacks folds"),
        ({"seed": None}, "lacks seed"),
        ({"folds": {"s1": [0, 1]}}, "a session without 1 folds from 0 to 4"),
        ({"folds": {"s1": [5]}}, "a session without 1 folds from 0 to 4"),
        ({"folds": {"s1": [0]}}, "do not match their hash"),
        ({"sha256": "0"}, "do not match their hash"),
    ],
)
def test_damaged_files_are_refused(folds, tmp_path, change, message):
    path = tmp_path / "folds.json"
    save_folds(folds, path)
    content = json.loads(path.read_text())
    path.write_text(json.dumps(content | change))
    with pytest.raises(ResourceError, match=message):
        load_folds(path)


def test_no_file_and_no_json(tmp_path):
    with pytest.raises(ResourceError, match=r"cannot be read \(No such file"):
        load_folds(tmp_path / "none.json")
    (tmp_path / "bad.json").write_text("{")
    with pytest.raises(ResourceError, match="is not JSON"):
        load_folds(tmp_path / "bad.json")


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=25))
def test_connected_groups_match_naive(pairs):
    clients, therapists = [f"c{c}" for c, _ in pairs], [f"t{t}" for _, t in pairs]
    groups = connected_groups(clients, therapists)
    expected = naive.components(clients, therapists)
    assert [groups.index(group) for group in groups] == [
        expected.index(group) for group in expected
    ]


def test_no_repeat_is_a_division_that_another_has():
    y, clients = np.arange(24.0) % 5, [f"c{row % 8}" for row in range(24)]
    folds = make_folds(y, clients, n_folds=4, repeats=6)
    parts = [
        frozenset(frozenset(np.flatnonzero(row == fold)) for fold in range(4))
        for row in folds.assignments
    ]
    assert len(set(parts)) == 6
    np.testing.assert_array_equal(
        folds.assignments[:2], make_folds(y, clients, n_folds=4, repeats=2).assignments
    )


def test_more_repeats_than_divisions_are_refused():
    with pytest.raises(ParameterError, match=r"only 2 balanced divisions .* fewer repeats"):
        make_folds([1.0, 2.0, 1.0, 2.0], list("abcd"), n_folds=2, repeats=4)


def test_two_spellings_of_a_session_are_one():
    with pytest.raises(ParameterError, match="holds a session twice"):
        Folds(("a", "a ", "b"), ("x", "y", "z"), np.array([[0, 1, 0]]), 2, 0)
