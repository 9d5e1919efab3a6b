"""Items chosen inside training folds: what passes, and that the choice is not flattered."""

import numpy as np
import pytest

from alliance_features.errors import ParameterError
from alliance_features.evaluation.item_selection import Rules, choose, select_items, validity


def answers(rng, n=120, good=5, noise=10, r=0.0):
    """Return items of one trait and items of nothing, a criterion and clients."""
    trait = rng.normal(size=(n, 1))
    items = np.hstack([trait + 0.8 * rng.normal(size=(n, good)), rng.normal(size=(n, noise))])
    return items, r * trait[:, 0] + np.sqrt(1 - r * r) * rng.normal(size=n), np.arange(n) // 4


def test_each_filter_drops_what_it_is_for(rng):
    items, y, _ = answers(rng, n=400, good=4, noise=0, r=0.6)
    same = np.where(np.arange(400) < 380, 3.0, items[:, 0])  # 95 % one answer
    two = np.where(items[:, 1] > 0, 1.0, 0.0)  # two values only
    apart = rng.normal(size=400)  # of nothing
    everything = np.column_stack([items, same, two, apart])
    chosen = choose(everything, y, Rules(keep=8))
    assert sorted(chosen) == [0, 1, 2, 3]
    r = [np.corrcoef(everything[:, k], y)[0, 1] for k in chosen]
    assert r == sorted(r, reverse=True)
    assert choose(everything, y, Rules(keep=2)) == chosen[:2]


def test_validity_is_the_correlation_of_the_mean(rng):
    items, y, _ = answers(rng)
    expected = np.corrcoef(items[:, [0, 2]].mean(axis=1), y)[0, 1]
    np.testing.assert_allclose(validity(items, y, [0, 2]), expected)


def test_choosing_among_nothing_is_flattered_and_the_folds_are_not():
    loose = Rules(keep=4, item_total=-1.0)
    result = []
    for seed in range(12):
        rng = np.random.default_rng(seed)
        items, y, clients = answers(rng, n=90, good=0, noise=40)
        selection = select_items(items, y, clients, rules=loose, repeats=2, resamples=40, seed=seed)
        result.append([selection.apparent_r, selection.r.estimate, selection.corrected_r])
    apparent, folds, corrected = np.mean(result, axis=0)
    assert apparent > 0.25
    assert abs(folds) < 0.1
    assert abs(corrected) < apparent / 2


def test_a_real_scale_is_found_and_holds(rng):
    items, y, clients = answers(rng, n=240, r=0.6)
    selection = select_items(items, y, clients, rules=Rules(keep=5), repeats=3, resamples=30)
    assert sorted(selection.items) == [0, 1, 2, 3, 4]
    assert selection.frequency[:5].min() > 0.95
    assert selection.r.low < selection.corrected_r < selection.r.high
    assert selection.omega > 0.8
    assert selection.alpha > 0.8
    again = select_items(items, y, clients, rules=Rules(keep=5), repeats=3, resamples=30)
    assert (again.items, again.corrected_r) == (selection.items, selection.corrected_r)
    assert np.isnan(select_items(items, y, clients, repeats=1, resamples=0).optimism)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda i, y: (np.where(i > 2, np.nan, i), y), "`items` holds NaN"),
        (lambda i, y: (i, y[:-1]), "must agree"),
        (lambda i, y: (np.round(i > 9), y), "0 of 15 pass the filters"),
    ],
)
def test_misuse(rng, change, message):
    items, y, clients = answers(rng)
    items, y = change(items, y)
    with pytest.raises(ParameterError, match=message):
        select_items(items, y, clients)
