"""What every model is compared with: a mean, the rating before, and a plain bag of words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, clone
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.linear_model import Ridge

from .._typing import FloatArray
from ..errors import ParameterError
from ..model.session_matrix import SessionMatrix


class TrainingMean(BaseEstimator):  # type: ignore[misc]
    """Predicts the mean of the training sessions."""

    def fit(self, X: SessionMatrix, y: FloatArray, groups: Any = None) -> Self:
        """Take the mean of `y`, shape (n_sessions,) or (n_sessions, n_dimensions)."""
        self.mean_ = np.mean(np.reshape(y, (len(X), -1)), axis=0)
        return self

    def predict(self, X: SessionMatrix) -> FloatArray:
        """Return it for each session."""
        return np.tile(self.mean_, (len(X), 1))


class BagOfWords(BaseEstimator):  # type: ignore[misc]
    """Ridge on TF-IDF of the terms of a session by role, with no choice of terms.

    A reference built of scikit-learn's parts alone, beside the lexical block of
    `AllianceRegressor`, which leaves out what few clients say.

    Parameters
    ----------
    alpha : float, default=3.0
    """

    def __init__(self, alpha: float = 3.0) -> None:
        self.alpha = alpha

    def fit(self, X: SessionMatrix, y: FloatArray, groups: Any = None) -> Self:
        """Fit weights and coefficients on the counts of `X`; its signals are not looked at."""
        if X.counts is None:
            raise ParameterError(
                "`models` names bag_of_words, which needs sessions; a table holds no words."
            )
        self.seen_ = np.unique(X.counts.indices)  # others would shorten the rest of a new session
        counts = X.counts[:, self.seen_]
        self.weights_ = TfidfTransformer(sublinear_tf=True).fit(counts)
        self.ridge_ = Ridge(alpha=self.alpha).fit(self.weights_.transform(counts), y)
        return self

    def predict(self, X: SessionMatrix) -> FloatArray:
        """Return predictions, shape (n_sessions, n_dimensions)."""
        predicted = np.asarray(
            self.ridge_.predict(self.weights_.transform(X.counts[:, self.seen_]))
        )
        return predicted.reshape(len(X), -1)


class OnSignals(BaseEstimator):  # type: ignore[misc]
    """Gives any scikit-learn regressor the signals of a `SessionMatrix`.

    Parameters
    ----------
    estimator : scikit-learn regressor
        Sees an array (n_sessions, n_signals) with NaN where a signal is null.
    """

    def __init__(self, estimator: Any) -> None:
        self.estimator = estimator

    def fit(self, X: SessionMatrix, y: FloatArray, groups: Any = None) -> Self:
        """Fit one clone a dimension."""
        columns = np.reshape(y, (len(X), -1)).T
        self.estimators_ = [clone(self.estimator).fit(X.signals, column) for column in columns]
        return self

    def predict(self, X: SessionMatrix) -> FloatArray:
        """Return predictions, shape (n_sessions, n_dimensions)."""
        return np.column_stack([np.ravel(one.predict(X.signals)) for one in self.estimators_])


def previous_rating(
    y: npt.ArrayLike,
    clients: Sequence[str],
    session_numbers: Sequence[int | None],
    therapists: Sequence[str | None] | None = None,
) -> FloatArray:
    """Return each client's rating of the session before, as a prediction.

    The session before is the rated one of the same client (and therapist, where named) with
    the next lower number. It knows ratings of the very client, which no model of the table
    does: a track of its own.

    Parameters
    ----------
    y : array-like, shape (n_sessions, n_dimensions)
    clients, session_numbers, therapists : sequences of length n_sessions

    Returns
    -------
    ndarray, shape (n_sessions, n_dimensions)
        NaN where there is no earlier rated session, or the number is unknown.

    Raises
    ------
    ParameterError
        If two sessions of one client and therapist have the same number.

    Examples
    --------
    >>> previous_rating([[2.0], [4.0], [5.0]], ["a", "a", "b"], [2, 1, 1]).tolist()
    [[4.0], [nan], [nan]]
    """
    scores = np.asarray(y, dtype=np.float64)
    partners = [None] * len(scores) if therapists is None else list(therapists)
    before = np.full(scores.shape, np.nan)
    last: dict[tuple[str, str | None], tuple[int, int]] = {}
    for row in sorted(range(len(scores)), key=lambda row: session_numbers[row] or 0):
        number = session_numbers[row]
        if number is None:
            continue
        dyad = (clients[row], partners[row])
        if dyad in last:
            earlier, place = last[dyad]
            if earlier == number:
                raise ParameterError(
                    f"`session_numbers` holds {number} twice for client {clients[row]!r}; each "
                    "session of a client and therapist needs a number of its own."
                )
            before[row] = scores[place]
        last[dyad] = (number, row)
    return before
