"""Cross-validation by client: every row on the same folds, everything fitted on training folds."""

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
from ..model.inputs import as_matrix, ratings_checked, read_targets
from ..model.regressor import check_bounds
from ..model.session_matrix import SessionMatrix
from ..stats.metrics import pearson
from ..transcript.ids import normal_ids
from .folds import Folds, check_enough, folds_of, warn_similar
from .predictions import predictions_table
from .row_names import PREVIOUS, TITLES, WORDED
from .rows import Row, own_rows, previous_rating, standard_rows
from .tuning import Parameters, n_fits, one_or_more, search

if TYPE_CHECKING:
    import pyarrow as pa


Progress = Callable[[int, int, str], None]
_SAME = 0.9999
_LEAST_ROWS = 8


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
        predicted = {row.name: np.full(shape, np.nan) for row in self.rows}
        step = self._counter(progress)
        for repeat, fold, train, test in self.folds.splits():
            chosen = self._choose(train, step)
            if chosen:
                self.settings.append({"repeat": repeat, "fold": fold, **chosen})
            for row in self.rows:
                begin = time.perf_counter()
                predicted[row.name][repeat, test] = self._predict(row, chosen, train, test)
                self.seconds[row.name] += time.perf_counter() - begin
                step(row.name)
        return predicted

    def _counter(self, progress: Progress) -> Callable[[str], None]:
        """Return a function that is called after each fit and counts the fits."""
        each = len(self.rows) + sum(n_fits(part, self.tune) for part in self.parts)
        total, done = self.folds.assignments.shape[0] * self.folds.n_folds * each, count(1)
        return lambda name: progress(min(next(done), total), total, name)

    def _predict(
        self, row: Row, chosen: dict[str, Parameters], train: IntArray, test: IntArray
    ) -> FloatArray:
        seen, model = self.seen[row.name], clone(row.estimator)
        for part in row.tuned:
            model.set_params(**chosen.get(part, {}))
        with ratings_checked():
            model.fit(seen[train], one_or_more(self.y[train]), groups=self.groups[train])
        return np.asarray(model.predict(seen[test]), dtype=np.float64).reshape(len(test), -1)

    def _choose(self, train: IntArray, step: Callable[[str], None]) -> dict[str, Parameters]:
        """Return the parameters of each kind of row, chosen by inner folds."""
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
    """Return the row on which each kind of parameters is searched, for all rows that share them.

    It is the row named after the parameters or, where that is not asked for, the first that uses
    them.
    """
    parts = {row.name: row for row in rows if row.tuned == (row.name,)}
    for row in rows:
        for part in row.tuned:
            if part not in parts:
                estimator = clone(row.estimator).set_params(inputs=part)
                parts[part] = replace(row, estimator=estimator, tuned=(part,))
    return parts


@dataclass(frozen=True, slots=True)
class Validation:
    """The result of a cross-validation.

    Attributes
    ----------
    predictions : pyarrow.Table
        One row per session, dimension, rater and repeat, as `data/schemas/predictions.json`;
        every figure is computed from it.
    folds : Folds
    titles : dict of str to str
        Names of the raters and their titles in tables.
    settings : list of dict
        For each repeat and fold, the parameters that were chosen; empty without tuning.
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
    words, signals of each role and of both, words, signals and words; and the client's previous
    rating, which is compared in a separate track. Nothing is fitted on a session that it predicts.

    Parameters
    ----------
    X : SessionMatrix, pyarrow.Table, pandas.DataFrame or list of Session
        Sessions; from a table, rows that need words are not available. A list of sessions is
        measured with the sets core, process and near_leakage; make a `SessionMatrix` for others.
    y : array-like of float, mapping or table, shape (n_sessions, n_dimensions)
        Ratings, one row per session of `X`, none missing.
    groups : sequence of str, optional
        Groups that folds keep whole; None: the clients of `X`.
    dimensions : sequence of str, optional
        Names of the columns of `y`, if it has none.
    models : sequence of str, or mapping of str to estimator, optional
        Rows of the table by name; in a mapping also scikit-learn regressors of your own, which are
        given the signals as an array with NaN (None: the row of that name). The training
        mean is always there. None: every row that is available.
    folds : Folds, optional
        Folds that were made before; None makes them with `make_folds`.
    n_folds, repeats : int
    tune : int, default=0
        How many settings to try in each training set, by inner folds; 0 keeps the defaults.
        Rows of one kind share the settings chosen for `signals` and `words`.
    seed : int, default=0
    bounds : (float, float), optional
        Scale of the ratings; predictions stay inside it.
    session_numbers : sequence of int, optional
        For the previous rating.
    clients : sequence of str, optional
        Client of each session, where `groups` are not the clients.
    grouped_by : str, default="client"
        What the groups are, for the record.
    perspective, instrument : str, optional
        Perspective and instrument of the ratings, for the record.
    n_jobs : int, default=1
        Threads of a model; predictions do not depend on it.
    progress : callable, optional
        Called with the number of steps done, of all steps, and the current row.

    Returns
    -------
    Validation

    Raises
    ------
    ParameterError
        If arguments do not fit each other, a client is in two folds, a signal is a rating, or
        there are too few clients.

    Warns
    -----
    AllianceWarning
        If labels of groups differ in spelling alone: each counts by itself.

    Examples
    --------
    >>> import numpy as np
    >>> from alliance_features import SessionMatrix, cross_validate
    >>> rng = np.random.default_rng(0)
    >>> table = {"session_id": [f"s{n}" for n in range(12)], "client__words_n": rng.random(12)}
    >>> import pyarrow as pa
    >>> validation = cross_validate(
    ...     SessionMatrix.from_table(pa.table(table)), {"bond": rng.random(12)},
    ...     groups=[f"c{n // 2}" for n in range(12)], n_folds=3, models=["training_mean"])
    >>> validation.predictions.num_rows
    12
    """
    check_count("tune", tune, least=0)
    own = {k: v for k, v in models.items() if v is not None} if isinstance(models, Mapping) else {}
    names = None if models is None else [name for name in models if name not in own]
    worded = names is None or bool({*WORDED} & {*names})
    matrix = matrix_of(X, words=worded)
    scores, named = complete_targets(y, dimensions, len(matrix), bounds)
    labels = check_labels("groups", matrix.clients if groups is None else groups, len(matrix))
    warn_similar("groups", labels)
    return cross_validate_arrays(
        matrix,
        scores,
        named,
        labels,
        clients=labels if clients is None else check_labels("clients", clients, len(matrix)),
        models=names,
        estimators=own,
        folds=folds,
        n_folds=n_folds,
        repeats=repeats,
        tune=tune,
        seed=seed,
        bounds=bounds,
        session_numbers=session_numbers,
        grouped_by=grouped_by,
        perspective=perspective,
        instrument=instrument,
        n_jobs=n_jobs,
        progress=progress,
    )


def cross_validate_arrays(
    matrix: SessionMatrix,
    y: FloatArray,
    dimensions: Sequence[str],
    groups: Sequence[str],
    *,
    clients: Sequence[str],
    models: Sequence[str] | None = None,
    estimators: Mapping[str, Any] | None = None,
    folds: Folds | None = None,
    n_folds: int = 5,
    repeats: int = 1,
    tune: int = 0,
    seed: int = 0,
    bounds: tuple[float, float] | None = None,
    session_numbers: Sequence[int | None] | None = None,
    grouped_by: str = "client",
    perspective: str | None = None,
    instrument: str | None = None,
    n_jobs: int = 1,
    progress: Progress | None = None,
) -> Validation:
    """Run `cross_validate` on arrays that fit each other.

    Parameters
    ----------
    matrix : SessionMatrix, n_sessions rows
    y : ndarray of float64, shape (n_sessions, n_dimensions)
        Ratings, none missing.
    dimensions : sequence of str, length n_dimensions
    groups, clients : sequence of str, length n_sessions
        Groups that folds keep whole, and the client of each session.
    models : sequence of str, optional
        Rows of the table; None: every row that is available.
    estimators : mapping of str to estimator, optional
        Further rows: the user's own estimators.
    folds, n_folds, repeats, tune, seed, bounds, session_numbers, grouped_by
        As in `cross_validate`.
    perspective, instrument, n_jobs, progress
        As in `cross_validate`.

    Raises
    ------
    ParameterError
        If a signal is a rating, there are too few clients, or folds or models do not fit.
    """
    check_enough(len(set(clients)))
    check_signals(matrix, y, dimensions)
    ids = [name or str(row) for row, name in enumerate(normal_ids(matrix.session_ids))]
    used = folds_of(
        folds,
        y,
        groups,
        ids,
        n_folds=n_folds,
        repeats=repeats,
        seed=seed,
        grouped_by=grouped_by,
    )
    rows = standard_rows(matrix, models=models, bounds=bounds, seed=seed, n_jobs=n_jobs)
    rows += own_rows(estimators or {})
    before = np.full(y.shape, np.nan)
    if session_numbers is not None and (models is None or PREVIOUS in models):
        before = previous_rating(y, clients, session_numbers, matrix.therapists)
    if models is not None and PREVIOUS in models and np.isnan(before).all():
        raise ParameterError(
            f"`models` names {PREVIOUS}, but no session has an earlier rated one of its client; "
            "give session_number."
        )
    fits = Fits(matrix, y, np.asarray(groups, dtype=object), used, rows, tune, seed)
    predicted = fits.run(progress or (lambda done, total, name: None))
    if not np.isnan(before).all():
        predicted[PREVIOUS] = np.broadcast_to(before, (len(used.assignments), *before.shape))
    return Validation(
        predictions_table(
            ids,
            clients,
            matrix.therapists,
            used,
            dimensions,
            y,
            {name: predicted[name] for name in [*TITLES, *predicted] if name in predicted},
            perspective=perspective,
            instrument=instrument,
        ),
        used,
        {PREVIOUS: TITLES[PREVIOUS], **{row.name: row.title for row in rows}},
        fits.settings,
        {name: round(spent, 3) for name, spent in fits.seconds.items()},
    )


def complete_targets(
    y: Any,
    dimensions: Sequence[str] | None,
    n: int,
    bounds: tuple[float, float] | None = None,
) -> tuple[FloatArray, list[str]]:
    """Return the ratings and the names of their columns; none may be missing."""
    targets = read_targets(y, n, bounds)
    check_bounds(bounds, targets.values)
    names = targets.dimensions if dimensions is None else list(dimensions)
    if len(names) != targets.values.shape[1] or len(set(names)) < len(names):
        raise ParameterError(
            f"`dimensions` has {len(names)} names for {targets.values.shape[1]} columns of `y`; "
            "give each a name of its own."
        )
    missing = int(np.isnan(targets.values).any(axis=1).sum())
    if missing:
        raise ParameterError(
            f"`y` lacks a rating in {missing} of {n} sessions; leave those sessions out, and say "
            "how many they are."
        )
    return targets.values, names


def matrix_of(X: Any, *, words: bool) -> SessionMatrix:
    """Return what a user gave as a matrix, with words if they are asked for and available."""
    if isinstance(X, (list, tuple)) and not isinstance(X, SessionMatrix):
        return SessionMatrix.of(X, features=[*FEATURES, *LEAKING], words=words)
    return as_matrix(X, features="all", vectors=None, words=False)


def check_labels(name: str, given: Sequence[str | None], n: int) -> list[str]:
    """Return one label per session, none missing.

    Raises
    ------
    ParameterError
        If one is missing, or there are not `n`.
    """
    labels = list(given)
    if len(labels) != n:
        raise ParameterError(
            f"`{name}` has {len(labels)} entries for {n} sessions; they must agree."
        )
    missing = sum(label is None for label in labels)
    if missing:
        raise ParameterError(
            f"{missing} of {len(labels)} sessions name no client; a validation must know whose "
            "sessions they are. Fill client_id, or name a column of groups."
        )
    return normal_ids(map(str, labels))


def check_signals(matrix: SessionMatrix, y: FloatArray, dimensions: Sequence[str]) -> None:
    """Refuse a signal that equals a rating, and ratings that do not vary.

    Raises
    ------
    ParameterError
        If a signal correlates with a rating at .9999 or more, or all ratings are equal.
    """
    for place, dimension in enumerate(dimensions):
        if np.ptp(y[:, place]) == 0:
            raise ParameterError(
                f"`y` holds one value of {dimension} alone; there is nothing to predict."
            )
        for column, name in zip(matrix.signals.T, matrix.names, strict=True):
            known = ~np.isnan(column)
            if known.sum() < _LEAST_ROWS:
                continue
            if abs(pearson(column[known], y[known, place])) >= _SAME:
                raise ParameterError(
                    f"`X[{name}]` is the rating of {dimension} by another name; ratings cannot "
                    "be features. Leave it out."
                )
