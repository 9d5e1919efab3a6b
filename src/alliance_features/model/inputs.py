"""Whatever a user hands over, as a session matrix."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.utils import validation

from ..errors import ParameterError
from ..features.registry import list_features
from ..transcript import Session
from .columns import OWN_PREFIX, is_table
from .linear import skewed
from .session_matrix import SessionMatrix
from .targets import ALLOW_NAN

if TYPE_CHECKING:
    from ..features.measures.distance import VectorSource

_CHEAPEST = "dyad__turns_n"  # what to measure of sessions whose words alone are asked for


def has_names(X: Any) -> bool:
    """Say whether `X` names its signals: a session matrix, a table or sessions, and no array."""
    return isinstance(X, SessionMatrix) or is_table(X) or _is_sessions(X)


def _is_sessions(X: Any) -> bool:
    if isinstance(X, Session):
        return True
    return isinstance(X, (list, tuple)) and bool(X) and isinstance(X[0], Session)


def as_matrix(
    X: Any, *, features: str | Iterable[str], vectors: VectorSource, words: bool
) -> SessionMatrix:
    """Return `X`, which `has_names`, as a session matrix.

    Raises
    ------
    ParameterError
        If words are needed and cannot be had from it.
    """
    if isinstance(X, SessionMatrix):
        matrix = X
    elif _is_sessions(X):
        matrix = SessionMatrix.of(X, features=features, vectors=vectors, words=words)
    else:
        matrix = SessionMatrix.from_table(X, features=features)
    if words and matrix.counts is None:
        raise ParameterError(
            "`X` holds no words, which `inputs` asks for; give sessions, or a SessionMatrix made "
            'with words=True, or use inputs="signals".'
        )
    if words and not matrix.worded.all():
        foreign = int((~matrix.worded).sum())
        raise ParameterError(
            f"`X` holds {foreign} of {len(matrix)} sessions in another language than the word "
            'list; name `vectors` of that language, or use inputs="signals".'
        )
    return matrix


def from_array(signals: Any) -> SessionMatrix:
    """Return a checked array as a session matrix without names worth the name."""
    n, f = signals.shape
    nobody: list[str | None] = [None] * n
    return SessionMatrix(
        nobody,
        nobody,
        nobody,
        [f"x{place}" for place in range(f)],
        signals,
        np.empty(0, np.int64),
        None,
        np.zeros(n, np.bool_),
    )


def fitted_names(matrix: SessionMatrix, features: str | Iterable[str]) -> list[str]:
    """Return the signals of a matrix that `features` names, and the user's own."""
    wanted = set(list_features(features))
    chosen = [name for name in matrix.names if name in wanted or name.startswith(OWN_PREFIX)]
    if not chosen:
        raise ParameterError("`X` has no signal that `features` names.")
    return chosen


def input_matrix(model: Any, X: Any, *, reset: bool) -> SessionMatrix:
    """Return what an estimator sees of `X`; its columns are remembered (`reset`) or looked up."""
    X = list(X) if isinstance(X, Iterator) else X
    if not has_names(X):
        if model.inputs != "signals":
            raise ParameterError(
                f'`X` is {type(X).__name__}; inputs="{model.inputs}" needs words: give sessions or '
                "a SessionMatrix."
            )
        return from_array(_checked_array(model, X, reset=reset))
    words = model.inputs != "signals"
    if reset:
        matrix = as_matrix(X, features=model.features, vectors=model.vectors, words=words)
        names = [] if model.inputs == "words" else fitted_names(matrix, model.features)
        model.feature_names_in_ = np.array(names, dtype=object)
        model.n_features_in_ = len(names)
        return _not_below_zero(matrix.select(names))
    if not hasattr(model, "feature_names_in_"):
        raise ParameterError("`X` names its columns, but the model was fitted on an array.")
    names = list(model.feature_names_in_)
    own = [name for name in names if name.startswith(OWN_PREFIX)]
    if own and _is_sessions(X):
        raise ParameterError(
            f"The model uses `{own[0]}`, a column of your own; predict from a table that has it."
        )
    measured = names or [_CHEAPEST]
    if is_table(X):
        measured = [name for name in names if not name.startswith(OWN_PREFIX)] or [_CHEAPEST]
    matrix = as_matrix(X, features=measured, vectors=model.vectors, words=words)
    return _not_below_zero(matrix.select(names))


def _not_below_zero(matrix: SessionMatrix) -> SessionMatrix:
    """Refuse counts, times and lengths below 0: they have no logarithm, and no session has them."""
    below = np.flatnonzero((matrix.signals < 0).any(axis=0))
    names = [matrix.names[place] for place in below.tolist()]
    for name, counted in zip(names, skewed(names).tolist(), strict=True):
        if counted:
            raise ParameterError(
                f"`X[{name}]` holds a number below 0, which this feature cannot be; give features "
                "as `extract` writes them, neither centred nor scaled."
            )
    return matrix


def check_vectors(model: Any, matrix: SessionMatrix) -> None:
    """Refuse sessions measured with other vectors than the model was fitted with."""
    if matrix.vectors is None or model.vectors_sha256_ is None:
        return
    if matrix.vectors.sha256 != model.vectors_sha256_:
        raise ParameterError(
            f"`X` was measured with vectors {matrix.vectors.sha256[:12]}..., the model with "
            f"{model.vectors_sha256_[:12]}...; use the same vectors."
        )


def _checked_array(model: Any, X: Any, *, reset: bool) -> Any:
    """Let scikit-learn check an array."""
    options = {"reset": reset, "dtype": np.float64, **ALLOW_NAN}
    if hasattr(validation, "validate_data"):
        return validation.validate_data(model, X, **options)
    return model._validate_data(X, **options)  # before scikit-learn 1.6
