"""The classical rater: a regression from signals and words of sessions to their ratings."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted
from threadpoolctl import threadpool_limits

from .._checks import check_choice, check_count
from .._typing import FloatArray
from ..errors import ParameterError
from .deletion import compare_deletions
from .evidence import find_evidence
from .fitting import Explanation, explain_matrix, fit_parts, training_record, weigh_parts
from .inputs import check_groups, check_vectors, input_matrix, read_targets
from .store import load_model, save_model
from .words import lexical_table

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Mapping

    import pyarrow as pa

    from ..features.measures.distance import VectorSource
    from ..transcript import Session
    from .deletion import DeletionTest


INPUTS = ("signals", "words", "both")
_RANGES: dict[str, tuple[float, float, bool]] = {  # low, high, whether low itself is allowed
    "learning_rate": (0.0, 1.0, False),
    "min_child_weight": (0.0, math.inf, True),
    "subsample": (0.0, 1.0, False),
    "colsample_bytree": (0.0, 1.0, False),
    "reg_lambda": (0.0, math.inf, True),
    "linear_share": (0.0, 1.0, True),
    "linear_penalty": (0.0, math.inf, False),
    "alpha": (0.0, math.inf, False),
}


def check_settings(model: Any) -> None:
    """Check the parameters of an `AllianceRegressor`.

    Raises
    ------
    ParameterError
        If one is out of range; the message names it.
    """
    check_choice("inputs", model.inputs, INPUTS)
    for name in ("n_estimators", "max_depth", "min_clients"):
        check_count(name, getattr(model, name))
    if model.n_jobs != -1:
        check_count("n_jobs", model.n_jobs)
    if not isinstance(model.monotone, (bool, np.bool_)):
        raise ParameterError(f"`monotone` is {model.monotone!r}; it must be True or False.")
    for name, (low, high, closed) in _RANGES.items():
        value = getattr(model, name)
        if name == "linear_penalty" and value is None:
            continue
        number = _is_number(value)
        if not number or not (low <= value <= high) or (value == low and not closed):
            shown = repr(value) if number else type(value).__name__
            above = f"{'>=' if closed else '>'} {low:g}"
            upper = "" if math.isinf(high) else f" and <= {high:g}"
            raise ParameterError(f"`{name}` is {shown}; it must be a number {above}{upper}.")


def _is_number(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, (int, float, np.integer, np.floating)):
        return False
    return bool(np.isfinite(value))


def check_bounds(bounds: Any, values: npt.NDArray[np.float64]) -> None:
    """Check that `bounds` is a scale and that the ratings lie within it."""
    if bounds is None:
        return
    if not (
        isinstance(bounds, (tuple, list))
        and len(bounds) == 2
        and all(_is_number(bound) for bound in bounds)
        and bounds[0] < bounds[1]
    ):
        raise ParameterError("`bounds` must be two finite numbers, the lowest rating first.")
    low, high = np.nanmin(values), np.nanmax(values)
    if low < bounds[0] or high > bounds[1]:
        raise ParameterError(
            f"`y` has ratings from {low:g} to {high:g}, outside `bounds` "
            f"{bounds[0]:g} to {bounds[1]:g}; give the range of the instrument."
        )


class FittedModel:
    """Methods of `AllianceRegressor` that use the fitted model."""

    def evidence(
        self, session: Session, *, dimension: str | None = None, top: int = 5, turns: int = 3
    ) -> pa.Table:
        """Name, by index, the turns behind the features that changed a prediction most.

        Each merged turn is left out in turn and the session measured again. The change is what
        the turn adds, given all others. It is evidence of how the model arrived at its prediction.

        Parameters
        ----------
        session : Session
        dimension : str, optional
            None: every dimension.
        top : int, default=5
            Features, those with the largest contributions of either sign.
        turns : int, default=3
            Turns per feature.

        Returns
        -------
        pyarrow.Table
            Columns session_id, dimension, feature, value (null for words), contribution,
            turn_index (0-based, of the first original turn), n_merged, role, feature_change,
            contribution_change, prediction_change (before bounds): all of them with the turn
            minus without it; null where a feature is undefined without it. Fewer rows where
            fewer turns change a feature. No words.
        """
        check_is_fitted(self)
        return find_evidence(self, session, dimension=dimension, top=top, turns=turns)

    def deletion_test(
        self, sessions: Iterable[Session], *, top: int = 5, turns: int = 3, seed: int = 0
    ) -> DeletionTest:
        """Compare leaving out evidence turns with leaving out others of equal length.

        If the evidence is real, the prediction changes more without it. The others are of the same
        role and among the three nearest in length; five draws per session are averaged. It tests
        whether the explanation is true of the model, not whether the model is true of sessions.

        Parameters
        ----------
        sessions : iterable of Session
            Preferably sessions that the model was not fitted on.
        top, turns : int
            Features to look at, and turns to leave out at most.
        seed : int, default=0
        """
        check_is_fitted(self)
        return compare_deletions(self, sessions, top=top, turns=turns, seed=seed)

    def lexical_weights(self, dimension: str | None = None, *, top: int = 20) -> pa.Table:
        """Show the words with the largest weights; they are words that clients or therapists used.

        Parameters
        ----------
        dimension : str, optional
            None: the first.
        top : int, default=20

        Returns
        -------
        pyarrow.Table
            Columns role, words (one, or two neighbours) and weight: units of the rating per
            unit of the weighted row, before the weight of words in `both`.
        """
        check_is_fitted(self)
        return lexical_table(self, dimension, top)

    def save(
        self,
        folder: str | os.PathLike[str],
        *,
        with_vocabulary: bool = False,
        scores: Mapping[str, Any] | None = None,
        folds: Mapping[str, Any] | None = None,
        overwrite: bool = False,
    ) -> None:
        """Write the model as a folder: ``model.json`` (its card), JSON and UBJSON; no pickle.

        A `random_state` that is not a whole number is saved as null, and the card says so: the
        model is complete, but a new fit draws other random numbers.

        Parameters
        ----------
        folder : path
            New or empty; written completely or not at all.
        with_vocabulary : bool, default=False
            Needed for `words` and `both`: their vocabulary is stored as places in the word list,
            which anybody can look up. Hashes instead would hide nothing, since the list
            is public and each of its words could be tried.
        scores, folds : mapping, optional
            Results and folds of a validation, to be kept in the card.
        overwrite : bool, default=False
            Whether a model there may be replaced.

        Raises
        ------
        ParameterError, ResourceError
            If the vocabulary may not be stored, or the folder not written.
        """
        check_is_fitted(self)
        save_model(
            self,
            folder,
            with_vocabulary=with_vocabulary,
            scores=scores,
            folds=folds,
            overwrite=overwrite,
        )

    @classmethod
    def load(cls, folder: str | os.PathLike[str], *, vectors: VectorSource = None) -> Self:
        """Read a saved model; its predictions are exactly those of the model saved.

        Parameters
        ----------
        folder : path
        vectors : optional
            The vectors it was fitted with; None: the shipped set.

        Raises
        ------
        ResourceError
            If a file is missing, cut short or changed, or features, word lists or vectors differ
            from those it was fitted with: the message names the difference.
        """
        return load_model(cls, folder, vectors=vectors)  # type: ignore[no-any-return]


class AllianceRegressor(FittedModel, RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """Predict ratings of the alliance from sessions, and say why.

    Each target (goal, task, bond, ...) has its own model of signals: the average of a ridge on
    standardised signals and of boosted trees. Words are modelled by a ridge on words and pairs
    of words by role, weighted on the training sessions. Everything that is learnt is learnt in
    `fit`. It describes how ratings relate to signals in the training sessions; it does not
    rank therapists, raise alerts, make diagnoses or detect risks.

    Parameters
    ----------
    inputs : {"signals", "words", "both"}, default="signals"
        `words` and `both` need sessions, or a `SessionMatrix` with counts. `both` weights the two
        by predictions for clients left out of the training sessions.
    features : str or list of str, default="core"
        Signals to use: sets, groups or names.
    vectors : optional
        Word vectors, see `load_vectors`; None is the shipped English set.
    bounds : (float, float), optional
        Lowest and highest rating of the scale; predictions are kept within it.
    monotone : bool, default=False
        Whether a signal with an expected sign may only act in that direction. A sign reported
        from such a model is circular.
    n_estimators, learning_rate, max_depth, min_child_weight, subsample, colsample_bytree, \
reg_lambda
        Settings of the trees, as in XGBoost.
    linear_share : float in 0..1, default=0.7
        Share of the ridge in the model of signals; the rest is that of the trees.
    linear_penalty : float, optional
        Ridge penalty of signals, relative to the variance of one of them. None: for each
        target, the one of 0.01 to 10 that predicts clients left out of the training sessions best.
    alpha : float, default=1.0
        Ridge penalty of words, whose rows have length 1.
    min_clients : int, default=5
        A word is used if it occurs in training sessions of at least this many clients.
    random_state : int, RandomState or None, default=0
        For the trees, and for the division of clients into parts.
    n_jobs : int, default=1
        Threads; -1: one per processor. Only the time depends on it.

    Attributes
    ----------
    dimensions_ : list of str, length d
        Names of the targets.
    feature_names_in_ : ndarray of str, shape (f,)
        Names of the signals, where they had names.
    n_features_in_ : int
    signals_ : list of SignalModel, length d
        Empty for `words`.
    words_ : WordRidge or None
    weights_ : ndarray of float64, shape (d, 2), or None
        Weights of signals and words in `both`.
    intercepts_ : ndarray of float64, shape (d,), or None
    vectors_sha256_ : str or None
        Vectors that the signals were measured with; None where unknown, as for tables and arrays.
    vectors_cased_ : bool
        Whether these vectors have capitals.
    languages_ : tuple of str
        Primary codes of the languages of the training sessions; empty where unknown.
    training_ : dict
        Counts and hash of the training data.

    Examples
    --------
    >>> import numpy as np
    >>> signals = np.random.default_rng(0).normal(size=(60, 3))
    >>> model = AllianceRegressor(bounds=(-9, 9)).fit(signals, signals[:, 0])
    >>> why = model.explain(signals[:1])
    >>> bool(np.isclose(why.contributions.sum() + why.bias.sum() + why.clipped.sum(),
    ...                 model.predict(signals[:1])[0]))
    True
    """

    def __init__(
        self,
        inputs: str = "signals",
        *,
        features: str | Iterable[str] = "core",
        vectors: VectorSource = None,
        bounds: tuple[float, float] | None = None,
        monotone: bool = False,
        n_estimators: int = 300,
        learning_rate: float = 0.03,
        max_depth: int = 3,
        min_child_weight: float = 10.0,
        subsample: float = 0.7,
        colsample_bytree: float = 0.5,
        reg_lambda: float = 5.0,
        linear_share: float = 0.7,
        linear_penalty: float | None = None,
        alpha: float = 1.0,
        min_clients: int = 5,
        random_state: Any = 0,
        n_jobs: int = 1,
    ) -> None:
        self.inputs = inputs
        self.features = features
        self.vectors = vectors
        self.bounds = bounds
        self.monotone = monotone
        self.n_estimators = n_estimators
        self.learning_rate = learning_rate
        self.max_depth = max_depth
        self.min_child_weight = min_child_weight
        self.subsample = subsample
        self.colsample_bytree = colsample_bytree
        self.reg_lambda = reg_lambda
        self.linear_share = linear_share
        self.linear_penalty = linear_penalty
        self.alpha = alpha
        self.min_clients = min_clients
        self.random_state = random_state
        self.n_jobs = n_jobs

    def fit(self, X: Any, y: Any, groups: Any = None) -> Self:
        """Learn from rated sessions.

        Parameters
        ----------
        X : SessionMatrix, list of Session, pyarrow.Table, DataFrame or array-like of float, \
shape (n, f)
            From a table only registered features are used; another column of numbers is an error.
            In an array, NaN is null, and the columns are not checked.
        y : array-like of float, pyarrow.Table, DataFrame or mapping, shape (n,) or (n, d)
            Ratings; the columns of a table or mapping name the dimensions. NaN or null: not rated.
        groups : sequence, length n, optional
            Groups that are kept whole where training sessions are divided; None: the clients that
            `X` names, or each session by itself. They count as clients where `X` names none.

        Raises
        ------
        ParameterError, ValueError
            If an argument is malformed, or `X` does not hold what `inputs` needs.
        """
        seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        check_settings(self)
        matrix = input_matrix(self, X, reset=True)
        targets = read_targets(y, len(matrix), self.bounds)
        check_bounds(self.bounds, targets.values)
        owners = check_groups(groups, matrix)
        self.dimensions_, self._flat = targets.dimensions, targets.flat
        self.training_ = training_record(matrix, targets.values, owners, targets.dimensions)
        self.languages_ = matrix.languages
        self.vectors_sha256_ = None if matrix.vectors is None else matrix.vectors.sha256
        self.vectors_cased_ = matrix.vectors is not None and matrix.vectors.cased
        self.weights_: FloatArray | None = None
        self.intercepts_: FloatArray | None = None
        with threadpool_limits(1):  # the sums of many threads depend on how many there are
            parts = fit_parts(self, matrix, targets.values, owners, seed)
            if self.inputs == "both":
                self.weights_, self.intercepts_ = weigh_parts(
                    self, matrix, targets.values, owners, seed
                )
        self.signals_, self.words_ = parts.signals, parts.words
        return self

    def predict(self, X: Any) -> FloatArray:
        """Predict ratings.

        Parameters
        ----------
        X : as in `fit`

        Returns
        -------
        ndarray of float64, shape (n,) or (n, d)
            In the form of `y` in `fit`; within `bounds`. Never NaN: a null signal adds what the
            model learnt for nulls.
        """
        predictions = self.explain(X).predictions
        return predictions[:, 0] if self._flat else predictions

    def explain(self, X: Any) -> Explanation:
        """Divide predictions into the contributions of the signals.

        Exact: TreeSHAP for the trees, weight times value for the rest. The words of a role are
        one entry; `lexical_weights` names them.

        Parameters
        ----------
        X : as in `fit`
        """
        check_is_fitted(self)
        matrix = input_matrix(self, X, reset=False)
        check_vectors(self, matrix)
        return explain_matrix(self, matrix)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.target_tags.multi_output = True
        return tags

    def _more_tags(self) -> dict[str, bool]:
        """Say the same to scikit-learn before 1.6."""
        return {"allow_nan": True, "multioutput": True}
