"""What a fitted model can be asked besides predictions: evidence, words, a place on disk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from sklearn.utils.validation import check_is_fitted

from .deletion import compare_deletions
from .evidence import find_evidence
from .lexical import lexical_table
from .load import load_model
from .store import save_model

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Mapping

    import pyarrow as pa

    from ..features.distance import VectorSource
    from ..transcript import Session
    from .deletion import DeletionTest


class FittedModel:
    """Methods of `AllianceRegressor` that look at what was fitted."""

    def evidence(
        self, session: Session, *, dimension: str | None = None, top: int = 5, turns: int = 3
    ) -> pa.Table:
        """Name the turns behind the features that moved a prediction most, by index.

        Each merged turn is left out in turn and the session measured again. What changes is what
        the turn adds, given all others. It is evidence of how the model came to its number.

        Parameters
        ----------
        session : Session
        dimension : str, optional
            None is every one.
        top : int, default=5
            Features, those with the largest contributions of either sign.
        turns : int, default=3
            Turns a feature.

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

        If evidence is real, the prediction moves more without it. The others are of the same
        role and among the three nearest in length; five draws a session are averaged. It tests
        the explanation against the model, not the model against the world.

        Parameters
        ----------
        sessions : iterable of Session
            Best those the model was not fitted on.
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
            None is the first.
        top : int, default=20

        Returns
        -------
        pyarrow.Table
            Columns role, words (one, or two neighbours) and weight: units of the rating a unit
            of the weighted row, before the weight of words in `both`.
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

        A `random_state` that is no whole number is kept as null, and the card says so: the model
        is whole, but a fit anew draws other numbers.

        Parameters
        ----------
        folder : path
            New or empty; written whole or not at all.
        with_vocabulary : bool, default=False
            Needed for `words` and `both`: their vocabulary is stored as places in the word list,
            which anybody can look up. Hashes in their stead would hide nothing, as the list is
            public and each of its words could be tried.
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
        """Read a saved model; its predictions are those it had, to the last bit.

        Parameters
        ----------
        folder : path
        vectors : optional
            The vectors it was fitted with; None is the shipped set.

        Raises
        ------
        ResourceError
            If a file is missing, cut short or changed, or features, word lists or vectors are
            others than those it was fitted with: the message names the difference.
        """
        return load_model(cls, folder, vectors=vectors)  # type: ignore[no-any-return]
