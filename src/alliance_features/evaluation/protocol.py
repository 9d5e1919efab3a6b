"""Cross-validation by client: every row on the same folds, everything fitted inside."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from sklearn.base import clone

from .._checks import check_count
from .._typing import FloatArray, IntArray
from ..errors import ParameterError
from ..model.corpus import FEATURES, LEAKING
from ..model.inputs import as_matrix
from ..model.session_matrix import SessionMatrix
from ..model.targets import read_targets
from .baselines import previous_rating
from .folds import Folds, folds_of
from .guards import check_enough, check_labels, check_signals
from .predictions import predictions_table
from .row_names import PREVIOUS, TITLES, WORDED
from .rows import Row, own_rows, standard_rows
from .tuning import Parameters, n_fits, one_or_more, search

if TYPE_CHECKING:
    import pyarrow as pa


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


@dataclass(frozen=True, slots=True)
class Validation:
    """What a cross-validation came to.

    Attributes
    ----------
    predictions : pyarrow.Table
        One row a session, dimension, rater and repeat, as `data/schemas/predictions.json`;
        every figure is recomputed from it.
    folds : Folds
    titles : dict of str to str
        Names of the raters and what to call them.
    settings : list of dict
        Of each repeat and fold, the parameters that were chosen; empty without tuning.
    seconds : dict of str to float
        Time of fitting and predicting by row, and of "tuning".
    """

    predictions: pa.Table
    folds: Folds
    titles: dict[str, str]
    settings: list[dict[str, Any]] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)


def cross_validate(
    X: Any,
    y: Any,
    groups: Sequence[str] | None = None,
    *,
    dimensions: Sequence[str] | None = None,
    models: Sequence[str] | Mapping[str, Any] | None = None,
    folds: Folds | None = None,
    n_folds: int = 5,
    repeats: int = 1,
    tune: int = 0,
    seed: int = 0,
    bounds: tuple[float, float] | None = None,
    session_numbers: Sequence[int | None] | None = None,
    clients: Sequence[str] | None = None,
    grouped_by: str = "client",
    perspective: str | None = None,
    instrument: str | None = None,
    n_jobs: int = 1,
    progress: Progress | None = None,
) -> Validation:
    """Predict each session's ratings by models that saw no session of its client.

    Every row of the table is fitted on the same folds: the training mean, length only, a bag of
    words, signals of either side and of both, words, signals and words; and the client's rating
    before, which is a track of its own. Nothing is fitted on a session that it predicts.

    Parameters
    ----------
    X : SessionMatrix, pyarrow.Table, pandas.DataFrame or list of Session
        Sessions; for a table there are no rows that need words. A list of sessions is measured
        with the sets core, process and near_leakage; make a `SessionMatrix` for others.
    y : array-like, mapping or table, shape (n_sessions, n_dimensions)
        Ratings, one row a session of `X`, none missing.
    groups : sequence of str, optional
        What folds may not split; None is the clients of `X`.
    dimensions : sequence of str, optional
        Names of the columns of `y`, if it has none.
    models : sequence of str, or mapping of str to estimator, optional
        Rows of the table by name; in a mapping also scikit-learn regressors of your own, which
        see the signals as an array with NaN (None stands for the row of that name). The training
        mean is always there. None is every row that can be had.
    folds : Folds, optional
        Folds made before; None makes them by `make_folds`.
    n_folds, repeats : int
    tune : int, default=0
        How many settings to try in each training set, by inner folds; 0 keeps the defaults.
        Rows of one kind share what was found for `signals` and `words`.
    seed : int, default=0
    bounds : (float, float), optional
        Scale of the ratings; predictions stay inside it.
    session_numbers : sequence of int, optional
        For the rating before.
    clients : sequence of str, optional
        Where `groups` are not the clients.
    grouped_by : str, default="client"
        What the groups are, for the record.
    perspective, instrument : str, optional
        Whose ratings by what, for the record.
    n_jobs : int, default=1
        Threads of a model; predictions do not depend on it.
    progress : callable, optional
        Called with the steps done, all of them, and the row at work.

    Returns
    -------
    Validation

    Raises
    ------
    ParameterError
        If arguments do not fit each other, a client is in two folds, a signal is a rating, or
        there are too few clients.

    Examples
    --------
    >>> import numpy as np
    >>> from alliance_features import SessionMatrix, cross_validate
    >>> rng = np.random.default_rng(0)
    >>> table = {"session_id": [f"s{n}" for n in range(12)], "client__words_n": rng.random(12)}
    >>> import pyarrow as pa
    >>> found = cross_validate(
    ...     SessionMatrix.from_table(pa.table(table)), {"bond": rng.random(12)},
    ...     groups=[f"c{n // 2}" for n in range(12)], n_folds=3, models=["training_mean"])
    >>> found.predictions.num_rows
    12
    """
    check_count("tune", tune, least=0)
    own = {k: v for k, v in models.items() if v is not None} if isinstance(models, Mapping) else {}
    names = None if models is None else [name for name in models if name not in own]
    worded = names is None or bool({*WORDED} & {*names})
    matrix = matrix_of(X, words=worded)
    scores, named = _complete(y, dimensions, len(matrix))
    labels = check_labels("groups", matrix.clients if groups is None else groups, len(matrix))
    people = labels if clients is None else check_labels("clients", clients, len(matrix))
    check_enough(len(set(people)))
    check_signals(matrix, scores, named)
    ids = [one or str(place) for place, one in enumerate(matrix.session_ids)]
    used = folds_of(
        folds,
        scores,
        labels,
        ids,
        n_folds=n_folds,
        repeats=repeats,
        seed=seed,
        grouped_by=grouped_by,
    )
    rows = standard_rows(matrix, models=names, bounds=bounds, seed=seed, n_jobs=n_jobs)
    rows += own_rows(own)
    before = np.full(scores.shape, np.nan)
    if session_numbers is not None and (names is None or PREVIOUS in names):
        before = previous_rating(scores, people, session_numbers, matrix.therapists)
    if names is not None and PREVIOUS in names and np.isnan(before).all():
        raise ParameterError(
            f"`models` names {PREVIOUS}, but no session has an earlier rated one of its client; "
            "give session_number."
        )
    work = Fits(matrix, scores, np.asarray(labels, dtype=object), used, rows, tune, seed)
    found = work.run(progress or (lambda done, total, name: None))
    if not np.isnan(before).all():
        found[PREVIOUS] = np.broadcast_to(before, (len(used.assignments), *before.shape))
    return Validation(
        predictions_table(
            ids,
            people,
            matrix.therapists,
            used,
            named,
            scores,
            {name: found[name] for name in [*TITLES, *found] if name in found},
            perspective=perspective,
            instrument=instrument,
        ),
        used,
        {PREVIOUS: TITLES[PREVIOUS], **{row.name: row.title for row in rows}},
        work.settings,
        {name: round(spent, 3) for name, spent in work.seconds.items()},
    )


def _complete(y: Any, dimensions: Sequence[str] | None, n: int) -> tuple[FloatArray, list[str]]:
    """Return the ratings and the names of their columns; none may be missing."""
    found = read_targets(y, n)
    names = found.dimensions if dimensions is None else list(dimensions)
    if len(names) != found.values.shape[1] or len(set(names)) < len(names):
        raise ParameterError(
            f"`dimensions` has {len(names)} names for {found.values.shape[1]} columns of `y`; "
            "give each a name of its own."
        )
    missing = int(np.isnan(found.values).any(axis=1).sum())
    if missing:
        raise ParameterError(
            f"`y` lacks a rating in {missing} of {n} sessions; leave those sessions out, and say "
            "how many they are."
        )
    return found.values, names


def matrix_of(X: Any, *, words: bool) -> SessionMatrix:
    """Return what a user gave as a matrix, with words if they are wanted and can be had."""
    if isinstance(X, (list, tuple)) and not isinstance(X, SessionMatrix):
        return SessionMatrix.of(X, features=[*FEATURES, *LEAKING], words=words)
    return as_matrix(X, features="all", vectors=None, words=False)
