"""A scikit-learn transformer from sessions to a matrix of features."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from .._typing import FloatArray
from ..errors import ParameterError
from ..extraction.extractor import Extractor, Recipe, Rows
from ..transcript import Session

if TYPE_CHECKING:
    from ..features.measures.categories import CategorySource
    from ..features.measures.distance import VectorSource


class SessionFeatures(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Turn sessions into a matrix of features, for a scikit-learn pipeline.

    Nothing is learnt: `fit` resolves the names and loads the vectors, and the values of a session
    do not depend on the others. Use a model that takes NaN, or an imputer after it.

    Parameters
    ----------
    features : str or list of str, default="core"
        Sets, groups or names of features of sessions.
    vectors : optional
        Word vectors, see `load_vectors`; None: the shipped English set.
    seed : int, default=0
    categories : optional
        As in `extract`.

    Attributes
    ----------
    feature_names_ : list of str
        Columns, in order.

    Examples
    --------
    >>> from alliance_features import Session, SessionFeatures, Turn
    >>> session = Session(session_id="s1", language="en", turns=[
    ...     Turn(role="client", text="It was hard."), Turn(role="therapist", text="Hard how?")])
    >>> SessionFeatures(["client__words_n", "dyad__turns_n"]).fit_transform([session])
    array([[3., 2.]])
    """

    def __init__(
        self,
        features: str | list[str] = "core",
        vectors: VectorSource = None,
        seed: int = 0,
        categories: CategorySource = None,
    ) -> None:
        self.features = features
        self.vectors = vectors
        self.seed = seed
        self.categories = categories

    def fit(self, X: Iterable[Session], y: Any = None) -> Self:
        """Resolve the features; the sessions are not used.

        Parameters
        ----------
        X : iterable of Session
        y : ignored
        """
        self._extractor = self._recipe(self.features).extractor()
        self.feature_names_ = [spec.name for spec in self._extractor.specs["session"]]
        return self

    def _recipe(self, features: str | Iterable[str]) -> Recipe:
        return Recipe(
            features=features, vectors=self.vectors, seed=self.seed, categories=self.categories
        )

    def _measure(self) -> Extractor:
        if not hasattr(self, "_extractor"):  # it holds functions, which cannot be pickled
            self._extractor = self._recipe(self.feature_names_).extractor()
        return self._extractor

    def transform(self, X: Iterable[Session]) -> FloatArray:
        """Measure sessions.

        Parameters
        ----------
        X : iterable of Session, length n_sessions

        Returns
        -------
        ndarray of float64, shape (n_sessions, n_features)
            NaN where the table of `extract` has null.
        """
        check_is_fitted(self)
        if isinstance(X, (str, bytes, Session)) or not isinstance(X, Iterable):
            raise ParameterError(f"`X` is {type(X).__name__}; it must be a list of sessions.")
        rows = Rows()
        extractor = self._measure()
        for session in X:
            extractor.add(session, rows)
        table = extractor.table(rows, "session")
        columns = [
            table.column(name).to_numpy(zero_copy_only=False).astype(np.float64)
            for name in self.feature_names_
        ]
        return np.column_stack(columns)

    def get_feature_names_out(self, input_features: Any = None) -> npt.NDArray[np.object_]:
        """Return the names of the columns, shape (n_features,)."""
        check_is_fitted(self)
        return np.array(self.feature_names_, dtype=object)

    def __getstate__(self) -> dict[str, Any]:
        return {k: v for k, v in super().__getstate__().items() if k != "_extractor"}

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "feature_names_")

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.input_tags.allow_nan = True
        tags.requires_fit = True
        return tags
