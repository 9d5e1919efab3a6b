"""Choose items for a scale inside training folds, corrected for the optimism of the choice."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from .._checks import check_count
from .._typing import FloatArray, IntArray
from ..errors import ParameterError
from ..stats.arrays import as_codes, as_floats, check_same_length, correlation
from ..stats.intervals import Interval, corrected_t
from ..stats.reliability import cronbach_alpha, omega_total
from .folds import make_folds

_LEAST_VALUES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The filters of items, in the order in which they are applied.

    Attributes
    ----------
    keep : int
        Number of items of the scale.
    most_alike : float
        Distribution: an item is dropped if at least this share of its answers is one value.
    item_total : float
        Reliability: an item is dropped if its correlation with the mean of the other items that are
        left is lower.
    """

    keep: int = 8
    most_alike: float = 0.9
    item_total: float = 0.3


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Selection:
    """A scale of chosen items, and how good it is on sessions that it was not chosen on.

    Attributes
    ----------
    items : list of int
        Chosen on all sessions, best first.
    frequency : ndarray of float64, shape (n_items,)
        Share of training sets in which each item was chosen, 0..1.
    apparent_r : float
        Correlation of the mean of the items with the criterion, on the sessions they were chosen
        on: too high.
    optimism : float
        How much too high, from repeating the choice in resamples of clients; NaN without
        resamples.
    corrected_r : float
        apparent_r - optimism.
    r : Interval
        Correlation in test folds, of scales chosen in the training folds; corrected t.
    omega : float
        Mean over test folds; NaN where undefined in one.
    alpha : float
        Mean over test folds.
    """

    items: list[int]
    frequency: FloatArray
    apparent_r: float
    optimism: float
    corrected_r: float
    r: Interval
    omega: float
    alpha: float


def select_items(
    items: npt.ArrayLike,
    criterion: npt.ArrayLike,
    clusters: Iterable[Any],
    *,
    rules: Rules | None = None,
    n_folds: int = 3,
    repeats: int = 10,
    resamples: int = 200,
    seed: int = 0,
) -> Selection:
    """Choose items for a scale by distribution, reliability and validity, in that order.

    The whole choice is repeated in every training set of repeated folds that keep clients apart,
    and in bootstrap samples of clients; the scale is judged on the sessions left out.

    Parameters
    ----------
    items : array-like of float, shape (n, n_items)
        Answers, reversed items turned round; no NaN.
    criterion : array-like of float, shape (n,)
        What the scale is to correlate with, higher with higher items; no NaN.
    clusters : iterable of hashable, length n
        Client of each row.
    rules : Rules, optional
        None is `Rules()`.
    n_folds, repeats : int
    resamples : int, default=200
        Bootstrap samples for the optimism; 0 leaves it out.
    seed : int, default=0

    Returns
    -------
    Selection

    Raises
    ------
    ParameterError
        If a value is missing, lengths differ, or fewer than 2 items pass the filters.

    References
    ----------
    The procedure follows LLEAP, doi:10.1038/s41598-025-14923-y (120 items to 8); optimism: Harrell,
    Lee & Mark 1996, doi:10.1002/(SICI)1097-0258(19960229)15:4<361::AID-SIM168>3.0.CO;2-4.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> trait = rng.normal(size=(90, 1))
    >>> answers = np.hstack([trait + rng.normal(size=(90, 4)), rng.normal(size=(90, 4))])
    >>> rated = trait[:, 0] + rng.normal(size=90)
    >>> client, rules = np.arange(90) // 3, Rules(keep=4)
    >>> selection = select_items(answers, rated, client, rules=rules, resamples=20)
    >>> sorted(selection.items), bool(selection.frequency[:4].min() > 0.9)
    ([0, 1, 2, 3], True)
    """
    answers, y = as_floats("items", items, dims=(2,)), as_floats("criterion", criterion)
    check_same_length("criterion", y.size, "items", len(answers))
    for name, values in (("items", answers), ("criterion", y)):
        if np.isnan(values).any():
            raise ParameterError(f"`{name}` holds NaN; leave out such sessions, and say how many.")
    codes = as_codes("clusters", clusters, y.size)
    rule = rules or Rules()
    check_count("rules.keep", rule.keep, least=2)
    check_count("resamples", resamples, least=0)
    chosen = choose(answers, y, rule)
    if len(chosen) < 2:
        raise ParameterError(
            f"`items`: {len(chosen)} of {answers.shape[1]} pass the filters of distribution and "
            "reliability; a scale needs 2. Loosen `rules`."
        )
    folds = make_folds(y, [str(c) for c in codes], n_folds=n_folds, repeats=repeats, seed=seed)
    frequency = np.zeros(answers.shape[1])
    by_fold: list[list[float]] = []
    for _, _, train, test in folds.splits():
        own = choose(answers[train], y[train], rule)
        frequency[own] += 1.0 / (n_folds * repeats)
        by_fold.append(_quality(answers[test], y[test], own))
    r, omega, alpha = np.array(by_fold).T
    apparent = validity(answers, y, chosen)
    optimism = _optimism(answers, y, codes, rule, resamples, seed)
    return Selection(
        items=chosen,
        frequency=frequency,
        apparent_r=apparent,
        optimism=optimism,
        corrected_r=apparent - optimism,
        r=corrected_t(r, test_share=1.0 / n_folds),
        omega=float(omega.mean()),
        alpha=float(alpha.mean()),
    )


def choose(items: FloatArray, y: FloatArray, rules: Rules) -> list[int]:
    """Return the items that the filters leave, those of highest validity first.

    Parameters
    ----------
    items : ndarray of float64, shape (n, n_items)
    y : ndarray of float64, shape (n,)
    rules : Rules
    """
    left = [k for k, column in enumerate(items.T) if _spread(column, rules.most_alike)]
    while len(left) > 2:
        weakest, place = min((_item_total(items, left, k), k) for k in left)
        if weakest >= rules.item_total:
            break
        left.remove(place)
    if len(left) == 2 and _item_total(items, left, left[0]) < rules.item_total:
        return []
    order = sorted(left, key=lambda k: (-_known(correlation(items[:, k], y)), k))
    return order[: rules.keep]


def _spread(column: FloatArray, most_alike: float) -> bool:
    """Say whether answers vary enough: 3 values or more, none of them too common."""
    counts = np.unique(column, return_counts=True)[1]
    return counts.size >= _LEAST_VALUES and bool(counts.max() < most_alike * column.size)


def _item_total(items: FloatArray, left: Sequence[int], k: int) -> float:
    others = [other for other in left if other != k]
    return _known(correlation(items[:, k], items[:, others].mean(axis=1)))


def _known(r: float) -> float:
    return r if r == r else -1.0


def validity(items: FloatArray, y: FloatArray, chosen: Sequence[int]) -> float:
    """Return the correlation of the mean of the chosen items with the criterion."""
    return correlation(items[:, list(chosen)].mean(axis=1), y) if len(chosen) else float("nan")


def _quality(items: FloatArray, y: FloatArray, chosen: Sequence[int]) -> list[float]:
    own = items[:, list(chosen)]
    return [validity(items, y, chosen), omega_total(own), cronbach_alpha(own).estimate]


def _optimism(
    items: FloatArray, y: FloatArray, codes: IntArray, rules: Rules, resamples: int, seed: int
) -> float:
    """Return by how much r is higher, on average, on the sample that a scale was chosen on."""
    rng = np.random.default_rng(seed)
    rows_of = [np.flatnonzero(codes == code) for code in range(int(codes.max()) + 1)]
    gains = []
    for _ in range(resamples):
        drawn = rng.integers(0, len(rows_of), len(rows_of))
        rows = np.concatenate([rows_of[code] for code in drawn])
        own = choose(items[rows], y[rows], rules)
        if own:
            gains.append(validity(items[rows], y[rows], own) - validity(items, y, own))
    return float(np.mean(gains)) if gains else float("nan")
