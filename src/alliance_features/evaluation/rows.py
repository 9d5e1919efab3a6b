"""The rows of the table: models, the inputs of each, and the baselines to compare with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, clone
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.linear_model import Ridge

from .._typing import FloatArray
from ..errors import ParameterError
from ..features.registry import select_features
from ..model.regressor import AllianceRegressor
from ..model.session_matrix import OWN_PREFIX, SessionMatrix
from .row_names import MEAN, PREVIOUS, TITLES, WORDED


class TrainingMean(BaseEstimator):  # type: ignore[misc]
    """Predicts the mean of the training sessions."""

    def fit(self, X: SessionMatrix, y: FloatArray, groups: Any = None) -> Self:
        """Take the mean of `y`, shape (n_sessions,) or (n_sessions, n_dimensions)."""
        self.mean_ = np.mean(np.reshape(y, (len(X), -1)), axis=0)
        return self

    def predict(self, X: SessionMatrix) -> FloatArray:
        """Return the training mean for each session."""
        return np.tile(self.mean_, (len(X), 1))


class BagOfWords(BaseEstimator):  # type: ignore[misc]
    """Ridge on TF-IDF of the terms of a session by role, with no choice of terms.

    A reference made of parts of scikit-learn alone, to compare with the lexical model of
    `AllianceRegressor`, which leaves out terms that few clients use.

    Parameters
    ----------
    alpha : float, default=3.0
    """

    def __init__(self, alpha: float = 3.0) -> None:
        self.alpha = alpha

    def fit(self, X: SessionMatrix, y: FloatArray, groups: Any = None) -> Self:
        """Fit weights and coefficients on the counts of `X`; its signals are not used."""
        if X.counts is None:
            raise ParameterError(
                "`models` names bag_of_words, which needs sessions; a table holds no words."
            )
        self.seen_ = np.unique(
            X.counts.indices
        )  # terms not seen in training would change the weights of the others
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
    """A scikit-learn regressor that is given the signals of a `SessionMatrix`.

    Parameters
    ----------
    estimator : scikit-learn regressor
        Is given an array of shape (n_sessions, n_signals) with NaN where a signal is null.
    """

    def __init__(self, estimator: Any) -> None:
        self.estimator = estimator

    def fit(self, X: SessionMatrix, y: FloatArray, groups: Any = None) -> Self:
        """Fit one clone per dimension."""
        columns = np.reshape(y, (len(X), -1)).T
        self.estimators_ = [clone(self.estimator).fit(X.signals, column) for column in columns]
        return self

    def predict(self, X: SessionMatrix) -> FloatArray:
        """Return predictions, shape (n_sessions, n_dimensions)."""
        return np.column_stack([np.ravel(fitted.predict(X.signals)) for fitted in self.estimators_])


def previous_rating(
    y: npt.ArrayLike,
    clients: Sequence[str],
    session_numbers: Sequence[int | None],
    therapists: Sequence[str | None] | None = None,
) -> FloatArray:
    """Return each client's previous rating as a prediction.

    It is the rating of the rated session of the same client (and therapist, where named) with
    the next lower number. It uses ratings of the same client, which no model of the table
    does, and is therefore compared in a separate track.

    Parameters
    ----------
    y : array-like of float, shape (n_sessions, n_dimensions)
    clients : sequence of str, length n_sessions
    session_numbers : sequence of (int or None), length n_sessions
    therapists : sequence of (str or None), length n_sessions, optional

    Returns
    -------
    ndarray of float64, shape (n_sessions, n_dimensions)
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


LENGTH = ("therapist__words_n", "client__words_n", "dyad__turns_n")


@dataclass(frozen=True, slots=True)
class Row:
    """A model of the table.

    Attributes
    ----------
    name, title : str
    estimator : estimator
        `fit(matrix, y, groups)` and `predict(matrix)` of a `SessionMatrix`.
    signals : tuple of str or None
        The signals that it is given; None: all.
    tuned : tuple of str
        Which parameters are searched: those of "signals", of "words".
    """

    name: str
    title: str
    estimator: Any
    signals: tuple[str, ...] | None = None
    tuned: tuple[str, ...] = ()

    def sees(self, matrix: SessionMatrix) -> SessionMatrix:
        """Return the part of a matrix that the model is given."""
        return matrix if self.signals is None else matrix.select(self.signals)


def near_leakage() -> frozenset[str]:
    """Return the features of the closing turns and of thanks, which almost state the rating."""
    return frozenset(spec.name for spec in select_features("all") if "near_leakage" in spec.sets)


def standard_rows(
    matrix: SessionMatrix,
    *,
    models: Sequence[str] | None = None,
    bounds: tuple[float, float] | None = None,
    seed: int = 0,
    n_jobs: int = 1,
) -> list[Row]:
    """Return the rows of the table that a matrix allows, in order.

    Parameters
    ----------
    matrix : SessionMatrix
    models : sequence of str, optional
        Keys of `TITLES`; None: every row that is available. The training mean is always there.
    bounds : (float, float), optional
        Scale of the ratings.
    seed, n_jobs : int

    Raises
    ------
    ParameterError
        If a row is unknown, or needs words and the matrix holds none.
    """
    unknown = [name for name in models or () if name not in TITLES]
    if unknown:
        raise ParameterError(
            f"`models` names {unknown[0]!r}, which is not a row; there are {', '.join(TITLES)}."
        )
    worded = matrix.counts is not None and bool(matrix.worded.all())
    wordless = [name for name in models or () if name in WORDED and not worded]
    if wordless:
        raise ParameterError(
            f"`models` names {wordless[0]}, which needs transcripts in the language of the word "
            "list; a table of signals holds no words."
        )
    leaking = near_leakage()
    plain = tuple(name for name in matrix.names if name not in leaking)
    seen = {
        "length": tuple(name for name in LENGTH if name in matrix.names),
        "signals_therapist": _of_role(plain, "therapist"),
        "signals_client": _of_role(plain, "client"),
        "signals": plain,
        "signals_with_closing": tuple(matrix.names) if len(plain) < len(matrix.names) else (),
    }

    def fitted(name: str, inputs: str, names: tuple[str, ...] | None) -> Row:
        estimator = AllianceRegressor(
            inputs, features="all", bounds=bounds, random_state=seed, n_jobs=n_jobs
        )
        tuned = ("signals", "words") if inputs == "both" else (inputs,)
        return Row(name, TITLES[name], estimator, names, () if name == "length" else tuned)

    rows = {MEAN: Row(MEAN, TITLES[MEAN], TrainingMean())}
    rows |= {name: fitted(name, "signals", names) for name, names in seen.items() if names}
    if worded:
        bag = Row("bag_of_words", TITLES["bag_of_words"], BagOfWords())
        words, both = fitted("words", "words", None), fitted("both", "both", plain)
        rows |= {row.name: row for row in (bag, words, both)}
    wanted = {MEAN, *(TITLES if models is None else models)}
    lacking = [name for name in models or () if name not in rows and name != PREVIOUS]
    if lacking:
        raise ParameterError(
            f"`models` names {lacking[0]}, but no signal of that kind is among the features."
        )
    return [rows[name] for name in TITLES if name in rows and name in wanted]


def _of_role(names: Iterable[str], role: str) -> tuple[str, ...]:
    return tuple(name for name in names if name.removeprefix(OWN_PREFIX).split("__")[0] == role)


def own_rows(models: Mapping[str, Any]) -> list[Row]:
    """Return rows of a user's estimators; those that take no matrix are given its signals.

    Raises
    ------
    ParameterError
        If a name is that of a row of the table, or an estimator cannot fit or predict.
    """
    rows = []
    for name, estimator in models.items():
        if name in TITLES:
            raise ParameterError(f"`models` names {name!r}, which is a row of the table already.")
        if not (hasattr(estimator, "fit") and hasattr(estimator, "predict")):
            raise ParameterError(f"`models[{name!r}]` has no fit and predict; give an estimator.")
        ours = isinstance(estimator, (AllianceRegressor, BagOfWords, TrainingMean))
        rows.append(Row(name, name, estimator if ours else OnSignals(estimator)))
    return rows
