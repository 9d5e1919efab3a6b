"""Permutation test of a model: ratings moved between clients, and the whole pipeline repeated."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .._checks import check_count
from .._typing import FloatArray
from ..model.session_matrix import SessionMatrix
from ..stats.permutation import permutation_p, permute_between
from .figures import VARYING, fold_values
from .folds import Folds, warn_similar
from .predictions import read_stored
from .protocol import check_labels, complete_targets, cross_validate_arrays, matrix_of
from .row_names import WORDED

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Permutations:
    """The mean r over folds when ratings are moved between clients.

    Attributes
    ----------
    rater : str
    dimensions : list of str, length d
    observed : ndarray of float64, shape (d,)
        Mean of r over folds; NaN where a fold has none.
    null : ndarray of float64, shape (n_permutations, d)
        The same for each permutation.
    p : ndarray of float64, shape (d,)
        One-sided, see `permutation_p`.
    """

    rater: str
    dimensions: list[str]
    observed: FloatArray
    null: FloatArray
    p: FloatArray

    def table(self) -> pa.Table:
        """Return rater, dimension, permutation (null: the ratings as they are) and r."""
        import pyarrow as pa

        n = len(self.null) + 1
        values = np.vstack([self.observed, self.null])
        return pa.table(
            {
                "rater": [self.rater] * (n * len(self.dimensions)),
                "dimension": [name for name in self.dimensions for _ in range(n)],
                "permutation": pa.array([None, *range(n - 1)] * len(self.dimensions), pa.int64()),
                "r": pa.array(values.T.ravel(), from_pandas=True),
            }
        )


def permutation_test(
    X: Any,
    y: Any,
    groups: Sequence[str] | None = None,
    *,
    permutations: int = 200,
    model: Any = "signals",
    folds: Folds | None = None,
    n_folds: int = 5,
    tune: int = 0,
    seed: int = 0,
    dimensions: Sequence[str] | None = None,
    bounds: tuple[float, float] | None = None,
    clients: Sequence[str] | None = None,
    grouped_by: str = "client",
    n_jobs: int = 1,
    progress: Callable[[int, int, str], None] | None = None,
) -> Permutations:
    """Test whether a model predicts at all, by moving ratings between clients.

    Whole clients' sequences of ratings are given to other clients (or those of whole groups to
    other groups, if `groups` are not the clients); then new folds are made, parameters chosen and
    models fitted as for the real ratings. The figure is the mean of r over folds.

    Parameters
    ----------
    X : SessionMatrix, pyarrow.Table, pandas.DataFrame or list of Session
    y : array-like of float, mapping or table, shape (n_sessions, n_dimensions)
    groups, n_folds, tune, dimensions, bounds, clients, grouped_by, n_jobs
        As in `cross_validate`, with one repeat.
    permutations : int, default=200
    model : str or estimator, default="signals"
        A row of the table, or an estimator as in `cross_validate`.
    folds : Folds, optional
        Folds made without the ratings, used for every permutation; None makes new ones
        for each permutation, as for the real ratings.
    seed : int, default=0
    progress : callable, optional
        Called with the number of permutations done, of all permutations, and the name of the row.

    Returns
    -------
    Permutations

    Raises
    ------
    ParameterError
        As `cross_validate`.
    """
    check_count("permutations", permutations)
    check_count("tune", tune, least=0)
    name = model if isinstance(model, str) else "model"
    matrix = matrix_of(X, words=name in WORDED)
    scores, names = complete_targets(y, dimensions, len(matrix), bounds)
    labels = check_labels("groups", matrix.clients if groups is None else groups, len(matrix))
    warn_similar("groups", labels)
    return permutation_test_arrays(
        matrix,
        scores,
        names,
        labels,
        clients=labels if clients is None else check_labels("clients", clients, len(matrix)),
        permutations=permutations,
        model=model,
        folds=folds,
        n_folds=n_folds,
        tune=tune,
        seed=seed,
        bounds=bounds,
        grouped_by=grouped_by,
        n_jobs=n_jobs,
        progress=progress,
    )


def permutation_test_arrays(
    matrix: SessionMatrix,
    y: FloatArray,
    dimensions: Sequence[str],
    groups: Sequence[str],
    *,
    clients: Sequence[str],
    permutations: int = 200,
    model: Any = "signals",
    folds: Folds | None = None,
    n_folds: int = 5,
    tune: int = 0,
    seed: int = 0,
    bounds: tuple[float, float] | None = None,
    grouped_by: str = "client",
    n_jobs: int = 1,
    progress: Callable[[int, int, str], None] | None = None,
) -> Permutations:
    """Run `permutation_test` on arrays, as `cross_validate_arrays` takes them.

    Parameters
    ----------
    matrix : SessionMatrix, n_sessions rows
    y : ndarray of float64, shape (n_sessions, n_dimensions)
        Ratings, none missing.
    dimensions : sequence of str, length n_dimensions
    groups, clients : sequence of str, length n_sessions
    permutations, model, folds, n_folds, tune, seed, bounds, grouped_by, n_jobs, progress
        As in `permutation_test`.

    Raises
    ------
    ParameterError
        As `cross_validate_arrays`.
    """
    named = isinstance(model, str)
    name = model if named else "model"

    def headline(ratings: FloatArray) -> FloatArray:
        validation = cross_validate_arrays(
            matrix,
            ratings,
            dimensions,
            groups,
            clients=clients,
            models=[name] if named else [],
            estimators={} if named else {name: model},
            folds=folds,
            n_folds=n_folds,
            tune=tune,
            seed=seed,
            bounds=bounds,
            grouped_by=grouped_by,
            n_jobs=n_jobs,
        )
        stored = read_stored(validation.predictions, grouped_by=validation.folds.grouped_by)
        return np.array(
            [fold_values(stored[name, column], VARYING["r"]).mean() for column in dimensions]
        )

    observed = headline(y)
    rng = np.random.default_rng([seed, permutations])
    null = np.full((permutations, len(dimensions)), np.nan)
    for step in range(permutations):
        null[step] = headline(y[permute_between(y, groups, rng)])
        if progress is not None:
            progress(step + 1, permutations, name)
    p = [permutation_p(float(o), column) for o, column in zip(observed, null.T, strict=True)]
    return Permutations(name, list(dimensions), observed, null, np.array(p))
