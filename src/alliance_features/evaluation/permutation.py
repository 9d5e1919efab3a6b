"""Is there any signal: ratings moved between clients, and the whole pipeline run again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .._checks import check_count
from .._typing import FloatArray
from ..model.targets import read_targets
from ..stats.permutation import permutation_p, permute_between
from .figures import VARYING, fold_values
from .folds import Folds
from .guards import check_labels
from .predictions import read_stored
from .protocol import cross_validate, matrix_of
from .row_names import WORDED

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Permutations:
    """What the headline is when ratings are moved between clients.

    Attributes
    ----------
    rater : str
    dimensions : list of str, length d
    observed : ndarray, shape (d,)
        Mean of r over folds; NaN where a fold has none.
    null : ndarray, shape (n_permutations, d)
        The same of each permutation.
    p : ndarray, shape (d,)
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

    Whole clients' sequences of ratings are given to other clients (those of whole groups to other
    groups, if `groups` are others); then folds are made anew, parameters chosen and models fitted
    as for the real ratings. The figure is the mean of r over folds.

    Parameters
    ----------
    X, y, groups, n_folds, tune, dimensions, bounds, clients, grouped_by, n_jobs
        As in `cross_validate`, with one repeat.
    permutations : int, default=200
    model : str or estimator, default="signals"
        A row of the table, or an estimator as in `cross_validate`.
    folds : Folds, optional
        Folds that were made without looking at the ratings stay as they are; None makes them
        for each permutation, as for the real ratings.
    seed : int, default=0
    progress : callable, optional
        Called with the permutations done, all of them, and the name of the row.

    Returns
    -------
    Permutations

    Raises
    ------
    ParameterError
        As `cross_validate`.
    """
    check_count("permutations", permutations)
    name = model if isinstance(model, str) else "model"
    matrix = matrix_of(X, words=name in WORDED)
    targets = read_targets(y, len(matrix))
    scores = targets.values
    names = targets.dimensions if dimensions is None else list(dimensions)
    labels = check_labels("groups", matrix.clients if groups is None else groups, len(matrix))

    def headline(ratings: FloatArray) -> FloatArray:
        found = cross_validate(
            matrix,
            dict(zip(names, ratings.T, strict=True)),
            labels,
            models={name: None if isinstance(model, str) else model},
            folds=folds,
            n_folds=n_folds,
            tune=tune,
            seed=seed,
            bounds=bounds,
            clients=labels if clients is None else clients,
            grouped_by=grouped_by,
            n_jobs=n_jobs,
        )
        stored = read_stored(found.predictions, grouped_by=found.folds.grouped_by)
        return np.array([fold_values(stored[name, one], VARYING["r"]).mean() for one in names])

    observed = headline(scores)
    rng = np.random.default_rng([seed, permutations])
    null = np.full((permutations, len(names)), np.nan)
    for step in range(permutations):
        null[step] = headline(scores[permute_between(scores, labels, rng)])
        if progress is not None:
            progress(step + 1, permutations, name)
    p = [permutation_p(float(o), column) for o, column in zip(observed, null.T, strict=True)]
    return Permutations(name, names, observed, null, np.array(p))
