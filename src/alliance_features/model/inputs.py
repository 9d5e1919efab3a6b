"""Convert arguments of users to a session matrix, ratings and groups."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.utils import validation
from sklearn.utils.validation import check_array, column_or_1d

from .._typing import FloatArray
from ..errors import ParameterError
from ..features.registry import list_features
from ..raters.missing_codes import shown, suspected_codes
from ..transcript import Session
from ..transcript.ids import normal_ids
from .linear import skewed
from .session_matrix import OWN_PREFIX, SessionMatrix, column_names, is_table, numbers

if TYPE_CHECKING:
    from ..features.measures.distance import VectorSource


#: scikit-learn renamed the option in 1.6.
_OPTION = "ensure" if hasattr(validation, "validate_data") else "force"
ALLOW_NAN = {f"{_OPTION}_all_finite": "allow-nan"}


@dataclass(frozen=True, slots=True, eq=False)
class Targets:
    """Ratings.

    Attributes
    ----------
    values : ndarray of float64, shape (n, d)
    dimensions : list of str, length d
    flat : bool
        Whether they were given as a vector, so that predictions are returned as one.
    """

    values: FloatArray
    dimensions: list[str]
    flat: bool


def read_targets(y: Any, n: int, bounds: Any = None) -> Targets:
    """Return ratings for `n` sessions from an array, a table or a mapping of columns.

    Without `bounds`, their scale, codes of missing answers are looked for.

    Raises
    ------
    ParameterError, ValueError
        If they are not numbers, not finite (NaN is "not rated"), of another length, or one
        dimension was rated in fewer than 2 sessions.
    """
    if y is None:
        raise ValueError("requires y to be passed, but the target y is None")
    flat, names = False, None
    if is_table(y):
        names = column_names(y)
        values = np.column_stack([numbers(y, name) for name in names])
    elif isinstance(y, Mapping):
        names = [str(name) for name in y]
        values = np.column_stack([np.asarray(column, np.float64) for column in y.values()])
    else:
        name = getattr(y, "name", None)
        values = check_array(y, ensure_2d=False, dtype=np.float64, input_name="y", **ALLOW_NAN)
        flat = values.ndim == 1 or values.shape[1] == 1
        names = [name] if flat and isinstance(name, str) else None
        values = column_or_1d(values, warn=True)[:, None] if flat else values
    if values.shape[0] != n:
        raise ParameterError(f"`y` has {values.shape[0]} rows and `X` {n}; they must agree.")
    if np.isinf(values).any():
        raise ValueError("Input y contains infinity or a value too large for dtype('float64').")
    names = names or [f"y{place}" for place in range(values.shape[1])]
    check_rated(values, names)
    if bounds is None and not _checked.get():
        check_codes(values, names)
    return Targets(values, names, flat)


# In the fits of an evaluation the ratings are a part of those that were checked.
_checked: ContextVar[bool] = ContextVar("ratings_checked", default=False)


@contextmanager
def ratings_checked() -> Iterator[None]:
    """Fit without a search for codes of missing answers: it was made where ratings were read."""
    token = _checked.set(True)
    try:
        yield
    finally:
        _checked.reset(token)


def check_rated(values: FloatArray, dimensions: Sequence[str]) -> None:
    """Refuse ratings, shape (n, d), with a dimension rated in fewer than 2 sessions."""
    rated = (~np.isnan(values)).sum(axis=0)
    for name, count in zip(dimensions, rated.tolist(), strict=True):
        if count < 2:
            raise ParameterError(
                f"`y` has {count} sample of dimension {name}; at least 2 sessions must be rated."
            )


def check_codes(values: FloatArray, dimensions: Sequence[str]) -> None:
    """Refuse ratings, shape (n, d), with codes of missing answers far outside the others."""
    for name, column in zip(dimensions, values.T, strict=True):
        codes = suspected_codes(column.tolist())
        if codes:
            raise ParameterError(
                f"`y` holds {shown(codes)} on dimension {name}, far outside its other ratings: a "
                "code for a missing answer? Make it NaN, or leave those sessions out; if it is a "
                "rating, give their scale as `bounds`."
            )


def check_groups(groups: Any, matrix: SessionMatrix) -> list[str]:
    """Return the group of each session: as given, else its client, else the session by itself.

    Raises
    ------
    ParameterError
        If there are not as many as rows, or one is missing.
    """
    if groups is None:
        clients = matrix.clients
        if any(client is None for client in clients):
            return [str(row) for row in range(len(matrix))]
        return normal_ids(map(str, clients))
    owners = groups.to_pylist() if hasattr(groups, "to_pylist") else list(groups)
    if len(owners) != len(matrix):
        raise ParameterError(
            f"`groups` has {len(owners)} entries and `X` {len(matrix)} rows; they must agree."
        )
    for row, owner in enumerate(owners):
        if owner is None or owner != owner:
            raise ParameterError(f"`groups[{row}]` is missing; every session needs its client.")
    return normal_ids(map(str, owners))


_CHEAPEST = "dyad__turns_n"  # the signal to measure where only words are asked for


def has_names(X: Any) -> bool:
    """Say whether `X` has names of signals: a session matrix, a table or sessions, not an array."""
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
        If words are needed and `X` holds none.
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
    """Return a checked array as a session matrix with placeholder names."""
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
    """Return the input of an estimator from `X`; store its columns (`reset`) or look them up."""
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
