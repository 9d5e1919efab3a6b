"""The fits of a cross-validation: each row on each fold, parameters chosen inside."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from itertools import count
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.base import clone

from .._checks import FloatArray
from ..model.design import SessionMatrix
from ..model.folds import Folds, IntArray
from .rows import Row
from .tuning import Parameters, n_fits, one_or_more, search

Progress = Callable[[int, int, str], None]


class Fits:
    """The fits of a cross-validation."""

    def __init__(
        self,
        matrix: SessionMatrix,
        y: FloatArray,
        groups: npt.NDArray[np.object_],
        folds: Folds,
        rows: list[Row],
        tune: int,
        seed: int,
    ) -> None:
        self.y, self.groups, self.folds, self.rows = y, groups, folds, rows
        self.tune, self.seed = tune, seed
        self.seen = {row.name: row.sees(matrix) for row in rows}
        self.settings: list[dict[str, Any]] = []
        self.seconds: dict[str, float] = dict.fromkeys((row.name for row in rows), 0.0)
        self.parts = _tuned_parts(rows) if tune > 1 else {}
        self.tuned_on = {part: row.sees(matrix) for part, row in self.parts.items()}

    def run(self, progress: Progress) -> dict[str, FloatArray]:
        """Return predictions by row, each of shape (n_repeats, n_sessions, n_dimensions)."""
        shape = (*self.folds.assignments.shape, self.y.shape[1])
        found = {row.name: np.full(shape, np.nan) for row in self.rows}
        step = self._counter(progress)
        for repeat, fold, train, test in self.folds.splits():
            chosen = self._choose(train, step)
            if chosen:
                self.settings.append({"repeat": repeat, "fold": fold, **chosen})
            for row in self.rows:
                begin = time.perf_counter()
                found[row.name][repeat, test] = self._predict(row, chosen, train, test)
                self.seconds[row.name] += time.perf_counter() - begin
                step(row.name)
        return found

    def _counter(self, progress: Progress) -> Callable[[str], None]:
        """Return what is called after each fit; it counts them."""
        each = len(self.rows) + sum(n_fits(part, self.tune) for part in self.parts)
        total, done = self.folds.assignments.shape[0] * self.folds.n_folds * each, count(1)
        return lambda name: progress(min(next(done), total), total, name)

    def _predict(
        self, row: Row, chosen: dict[str, Parameters], train: IntArray, test: IntArray
    ) -> FloatArray:
        seen, model = self.seen[row.name], clone(row.estimator)
        for part in row.tuned:
            model.set_params(**chosen.get(part, {}))
        model.fit(seen[train], one_or_more(self.y[train]), groups=self.groups[train])
        return np.asarray(model.predict(seen[test]), dtype=np.float64).reshape(len(test), -1)

    def _choose(self, train: IntArray, step: Callable[[str], None]) -> dict[str, Parameters]:
        """Return the parameters of each kind of row that inner folds chose."""
        begin = time.perf_counter()
        chosen: dict[str, Parameters] = {}
        for part, row in self.parts.items():
            chosen[part] = search(
                row.estimator,
                part,
                self.tuned_on[part][train],
                self.y[train],
                self.groups[train].tolist(),
                n=self.tune,
                seed=self.seed,
                step=partial(step, f"tuning {part}"),
            )
        if self.parts:
            spent = time.perf_counter() - begin
            self.seconds["tuning"] = self.seconds.get("tuning", 0.0) + spent
        return chosen


def _tuned_parts(rows: list[Row]) -> dict[str, Row]:
    """Return what is searched: once for all rows that share parameters, on the row of that name.

    Where that row was not asked for, it is the first that uses the parameters.
    """
    found = {row.name: row for row in rows if row.tuned == (row.name,)}
    for row in rows:
        for part in row.tuned:
            if part not in found:
                estimator = clone(row.estimator).set_params(inputs=part)
                found[part] = replace(row, estimator=estimator, tuned=(part,))
    return found
