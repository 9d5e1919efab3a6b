"""The search for folds whose scores have the same means and SDs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

# Weights of the squared relative deviations; means and SDs of scores weigh 1 together.
_SIZE, _GROUPS = 1.0, 0.25
_SWAPS, _MOST_STEPS = 400, 300
_LEAST_SD = 0.05  # of the SD of all; a fold of equal scores has none


@dataclass(frozen=True, slots=True)
class _Sums:
    """Numbers of groups and sessions; and of each score the count, sum and sum of squares."""

    sizes: FloatArray  # (..., 2)
    scores: FloatArray  # (..., 3, n_dimensions)

    def __add__(self, other: _Sums) -> _Sums:
        return _Sums(self.sizes + other.sizes, self.scores + other.scores)

    def __sub__(self, other: _Sums) -> _Sums:
        return _Sums(self.sizes - other.sizes, self.scores - other.scores)

    def at(self, index: IntArray) -> _Sums:
        return _Sums(self.sizes[index], self.scores[index])


def _sums(y: FloatArray, index: IntArray, n_groups: int) -> _Sums:
    """Sum standardised scores by group; scores that do not vary are left out."""
    known = ~np.isnan(y)
    centre = np.nanmean(y, axis=0) if len(y) else np.zeros(y.shape[1])
    spread = np.nanstd(y, axis=0)
    z = np.where(known, (y - centre) / np.where(spread > 0, spread, 1.0), 0.0)[:, spread > 0]
    parts = np.stack([known[:, spread > 0].astype(np.float64), z, z**2], axis=1)
    scores = np.zeros((n_groups, *parts.shape[1:]))
    np.add.at(scores, index, parts)
    sizes = np.column_stack([np.ones(n_groups), np.bincount(index, minlength=n_groups)])
    return _Sums(sizes.astype(np.float64), scores)


def _cost(folds: _Sums, share: FloatArray) -> FloatArray:
    """Return how far folds are from the whole: squared deviations of means, SDs and sizes."""
    n = np.maximum(folds.scores[..., 0, :], 1.0)
    mean = folds.scores[..., 1, :] / n
    sd = np.sqrt(np.maximum(folds.scores[..., 2, :] / n - mean**2, 0.0))
    unlike = mean**2 + np.log(np.maximum(sd, _LEAST_SD)) ** 2
    sizes = (folds.sizes / share - 1.0) ** 2 @ np.array([_GROUPS, _SIZE])
    return np.asarray(sizes + unlike.sum(axis=-1) / max(unlike.shape[-1], 1))


def balanced_assignment(
    y: FloatArray, index: IntArray, n_folds: int, rng: np.random.Generator, starts: int
) -> IntArray:
    """Return the fold of each group: the best of several searches from random deals."""
    n_groups = int(index.max()) + 1
    groups = _sums(y, index, n_groups)
    share = groups.sizes.sum(axis=0) / n_folds
    best, least = np.zeros(n_groups, dtype=np.int64), np.inf
    for _ in range(starts):
        found = _descend(groups, _deal(groups, n_folds, rng), n_folds, share, rng)
        total = float(_cost(_fold_sums(groups, found, n_folds), share).sum())
        if total < least - 1e-12:
            best, least = found, total
    order = np.unique(best, return_index=True)[1].argsort().argsort()
    return np.asarray(order[best])


def _deal(groups: _Sums, n_folds: int, rng: np.random.Generator) -> IntArray:
    """Deal groups, the large ones first, each to the fold with the fewest sessions."""
    sizes = groups.sizes[:, 1]
    filled = np.zeros(n_folds)
    fold = np.zeros(len(sizes), dtype=np.int64)
    for group in np.argsort(-sizes * rng.uniform(0.5, 1.5, len(sizes))):
        fold[group] = np.lexsort((rng.random(n_folds), filled))[0]
        filled[fold[group]] += sizes[group]
    return fold


def _fold_sums(groups: _Sums, fold: IntArray, n_folds: int) -> _Sums:
    member = (fold == np.arange(n_folds)[:, None]).astype(np.float64)
    return _Sums(member @ groups.sizes, np.tensordot(member, groups.scores, axes=1))


def _descend(
    groups: _Sums, fold: IntArray, n_folds: int, share: FloatArray, rng: np.random.Generator
) -> IntArray:
    """Take the best move or swap as long as one helps."""
    fold = fold.copy()
    for _ in range(_MOST_STEPS):
        folds = _fold_sums(groups, fold, n_folds)
        cost = _cost(folds, share)
        gain_move, group, target = _best_move(groups, folds, cost, fold, share)
        gain_swap, one, other = _best_swap(groups, folds, cost, fold, share, rng)
        if max(gain_move, gain_swap) < 1e-9:
            break
        if gain_move >= gain_swap:
            fold[group] = target
        else:
            fold[[one, other]] = fold[[other, one]]
    return fold


def _best_move(
    groups: _Sums, folds: _Sums, cost: FloatArray, fold: IntArray, share: FloatArray
) -> tuple[float, int, int]:
    """Return the gain of the best move of a group to another fold, the group and the fold."""
    without = _cost(folds.at(fold) - groups, share)
    with_it = _cost(
        _Sums(
            folds.sizes[None] + groups.sizes[:, None], folds.scores[None] + groups.scores[:, None]
        ),
        share,
    )
    gain = (cost[fold] - without)[:, None] + cost[None] - with_it
    gain[np.arange(len(fold)), fold] = -np.inf
    gain[folds.sizes[fold, 0] < 2] = -np.inf  # the last group of a fold stays
    group, target = np.unravel_index(int(gain.argmax()), gain.shape)
    return float(gain[group, target]), int(group), int(target)


def _best_swap(
    groups: _Sums,
    folds: _Sums,
    cost: FloatArray,
    fold: IntArray,
    share: FloatArray,
    rng: np.random.Generator,
) -> tuple[float, int, int]:
    """Return the gain of the best of some random swaps of two groups, and the two."""
    one, other = rng.integers(len(fold), size=(2, _SWAPS))
    apart = fold[one] != fold[other]
    if not apart.any():
        return -np.inf, 0, 0
    one, other = one[apart], other[apart]
    change = groups.at(other) - groups.at(one)
    first = _cost(folds.at(fold[one]) + change, share)
    second = _cost(folds.at(fold[other]) - change, share)
    gain = cost[fold[one]] + cost[fold[other]] - first - second
    best = int(gain.argmax())
    return float(gain[best]), int(one[best]), int(other[best])
