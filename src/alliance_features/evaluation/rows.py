"""The rows of the table: which model sees what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import ParameterError
from ..features.registry import select_features
from ..model.columns import OWN_PREFIX
from ..model.regressor import AllianceRegressor
from ..model.session_matrix import SessionMatrix
from .baselines import BagOfWords, OnSignals, TrainingMean
from .row_names import MEAN, PREVIOUS, TITLES, WORDED

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
        The signals that it sees; None is all.
    tuned : tuple of str
        Which parameters are searched: those of "signals", of "words".
    """

    name: str
    title: str
    estimator: Any
    signals: tuple[str, ...] | None = None
    tuned: tuple[str, ...] = ()

    def sees(self, matrix: SessionMatrix) -> SessionMatrix:
        """Return what of a matrix the model is given."""
        return matrix if self.signals is None else matrix.select(self.signals)


def near_leakage() -> frozenset[str]:
    """Return the features of the closing turns and of thanks, which half state the rating."""
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
        Keys of `TITLES`; None is every one that can be had. The training mean is always there.
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
            f"`models` names {unknown[0]!r}, which is no row; there are {', '.join(TITLES)}."
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
    """Return rows of a user's estimators; those that take no matrix see its signals.

    Raises
    ------
    ParameterError
        If a name is that of a row of ours, or an estimator cannot fit or predict.
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
