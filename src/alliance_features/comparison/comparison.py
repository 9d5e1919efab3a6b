"""Compare raters of the same sessions with the ratings, and with each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from .._checks import check_choice, check_count
from .._typing import FloatArray
from ..errors import ParameterError
from ..evaluation.folds import Folds
from ..evaluation.predictions import predictions_table, read_stored
from ..evaluation.rated_sessions import labels_of
from ..evaluation.row_names import MEAN, PREVIOUS, TITLES
from ..raters.matrix import RatingMatrix, ratings_matrix
from ..raters.ratings import CheckedRatings, as_checked
from ..stats.arrays import check_share
from ..transcript.ids import SPELLING, near_matches, similar_ids
from .figures import FAMILIES, Asked, rater_figures
from .recalibration import training_mean
from .reliability import reliability_table
from .resamples import ENOUGH, Resampling
from .scores import COSTS, PER_SESSION, RaterScores, ScoreFiles, read_raters
from .shared_sessions import ON, SESSION, Common, bring_raters_together

if TYPE_CHECKING:
    import pyarrow as pa


GROUPED_BY = ("client", "therapist", "both", SESSION)
#: Meaning of the codes of `Comparison.warnings`.
WARNINGS = {
    "clients_repeat": "clients bring several sessions: Williams and Zou take sessions as "
    "independent and reject far too often; they stand there as references alone",
    "few_clients": "clients only: intervals leave out one at a time, with t quantiles",
    "similar_client_ids": f"clients have an id that differs from another only in {SPELLING}: each "
    "counts as a person",
    "similar_session_ids": f"scored sessions have an id that differs from a rated one only in "
    f"{SPELLING}, and are not matched",
    "sessions_dropped": "rated sessions lack a score of some rater and are left out for all",
    "fitted_raters": "raters were fitted on these folds: pooled r of such is biased where there "
    "is little signal; read their r by fold",
    "synthetic": "sessions are synthetic: the figures are evidence for nothing",
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Comparison:
    """The result of a comparison of raters.

    Attributes
    ----------
    figures : pyarrow.Table
        Columns track, rater, dimension, figure, against, estimate, sd (over folds), low, high, p,
        p_holm, method, n_folds, n_sessions, n_clients; null where a figure is undefined.
    predictions : pyarrow.Table
        The scores of every rater on the sessions compared, and the training mean, as
        `data/schemas/predictions.json`.
    reliability : pyarrow.Table
        Reliability of items, runs and prompts, and agreement between raters.
    counts : list of dict
        rater, dimension, status, n: the status of every row, and of the rated sessions.
    costs : list of dict
        By rater, per session: seconds, tokens_in, tokens_out, cost, megabytes; None where
        unknown.
    folds : Folds
    settings : dict
        reference, family, on, grouped_by, draws, seed, level and the numbers of sessions, clients.
    warnings : dict of str to int
        Keys of `WARNINGS`.
    """

    figures: pa.Table
    predictions: pa.Table
    reliability: pa.Table
    counts: list[dict[str, Any]]
    costs: list[dict[str, Any]]
    folds: Folds
    settings: dict[str, Any]
    warnings: dict[str, int] = field(default_factory=dict)


def compare_raters(
    ratings: Any,
    *scores: Any,
    rater: str | None = None,
    perspective: str | None = None,
    instrument: str | None = None,
    dimensions: Sequence[str] | None = None,
    reference: str | None = None,
    family: str = "pooled_r_difference",
    on: str = "complete",
    grouped_by: str = "client",
    rescale: bool = False,
    costs: Mapping[str, Mapping[str, float]] | None = None,
    folds: Folds | None = None,
    n_folds: int = 5,
    draws: int = 10_000,
    seed: int = 0,
    level: float = 0.95,
    threshold: float | str = "decile",
    missing: Sequence[float] = (),
) -> Comparison:
    """Compare raters of the same sessions: human, language model, or a model of signals.

    Correlations are of raw scores. Errors are of raw scores and of scores recalibrated by a
    straight line or by rising steps fitted on the other folds, in the same way for every rater. The
    mean rating of the other folds is always a row. Differences between raters are paired: clients
    are resampled as a whole.

    Parameters
    ----------
    ratings : path, pyarrow.Table or data frame
        The ratings that raters are compared with, as for `read_ratings`.
    *scores : path, pyarrow.Table or data frame
        Scores or ratings of any raters, predictions of `evaluate` (also its folder), or a folder
        of `rate`. Runs of one rater are averaged; rows of the rater of `ratings` are left out.
    rater, perspective, instrument : str, optional
        Which of the ratings; see `ratings_matrix`.
    dimensions : sequence of str, optional
        None: all that were rated; a rater may then have no other dimension.
    reference : str, optional
        The rater that all others are compared with. None: "signals" if it is among them, else
        the first.
    family : str, default="pooled_r_difference"
        The family of tests declared beforehand, over all raters and dimensions, that is adjusted by
        Holm; or "pooled_rho_difference", "recalibrated_mse_difference".
    on : {"complete", "each"}, default="complete"
        "complete": sessions that every rater has scored, for each dimension; "each": each rater's
        own. Differences are always on sessions that both raters have scored.
    grouped_by : {"client", "therapist", "both", "session"}, default="client"
        What folds keep together; "session" says that all sessions are independent.
    rescale : bool, default=False
        Put scores on another scale onto that of the ratings by a straight line; else they are
        refused.
    costs : mapping of str to mapping, optional
        By rater, per session: seconds, tokens_in, tokens_out, cost, megabytes. They complete or
        replace the costs in the scores.
    folds : Folds, optional
        None: those of the predictions, or `n_folds` new ones.
    draws : int, default=10_000
        Bootstrap resamples.
    seed : int, default=0
    level : float, default=0.95
    threshold : float or "decile", default="decile"
        Ratings at or below it are of low alliance.
    missing : sequence of float, default=()
        Codes of missing answers in `ratings` and `scores`, as for `read_ratings`.

    Returns
    -------
    Comparison

    Raises
    ------
    ParameterError, RaterError, ResourceError
        If a file is malformed, a session occurs twice, a scale or dimension differs from that of
        the ratings, a client is in two folds, or there is no common session.

    References
    ----------
    Field & Welsh 2007, doi:10.1111/j.1467-9868.2007.00593.x (resampling clusters); Nadeau & Bengio
    2003, doi:10.1023/A:1024068626366; Holm 1979, https://www.jstor.org/stable/4615733.

    Examples
    --------
    >>> import alliance_features as af
    >>> made = af.simulate(8, 24, n_turns=12, raters=[af.SimulatedRater("llm", 0.6)])
    >>> comparison = af.compare_raters(
    ...     made.ratings, made.ratings, rater="client", n_folds=2, draws=99)
    >>> comparison.settings["raters"], comparison.settings["n_sessions"]
    (['llm'], 24)
    """
    check_choice("on", on, ON)
    check_choice("grouped_by", grouped_by, GROUPED_BY)
    check_choice("family", family, FAMILIES)
    check_count("draws", draws)
    check_share("level", level)
    checked = as_checked(ratings, missing=missing)
    criterion, labels = _criterion(checked, rater, perspective, instrument, dimensions)
    files = read_raters(
        scores,
        criterion=labels,
        rated_by=set(checked.table["rater"].to_pylist()),
        missing=missing,
    )
    common = bring_raters_together(
        criterion,
        files,
        on=on,
        grouped_by=folds.grouped_by if folds is not None else _grouped_by(files, grouped_by),
        rescale=rescale,
        ignore_others=dimensions is not None,
        folds=folds,
        n_folds=n_folds,
        seed=seed,
    )
    names = [source.name for source in files.raters]
    chosen = _reference(reference, names)
    predictions = _predictions(common, labels)
    asked = Asked(chosen, family, Resampling(draws, seed, level), threshold, grouped_by == SESSION)
    stored = read_stored(predictions, grouped_by=common.folds.grouped_by)
    return Comparison(
        figures=rater_figures(stored, asked),
        predictions=predictions,
        reliability=reliability_table(checked, labels, files.raters, common, level=level),
        counts=common.counts,
        costs=costs_of(files.raters, costs or {}),
        folds=common.folds,
        settings={
            "reference": chosen,
            "family": family,
            "on": on,
            "grouped_by": common.folds.grouped_by,
            "rescale": rescale,
            "folds_given": folds is not None or files.folds is not None,
            "draws": draws,
            "seed": seed,
            "level": level,
            "threshold": threshold,
            "criterion": labels,
            "dimensions": common.dimensions,
            "raters": names,
            "fitted": [source.name for source in files.raters if source.fitted],
            "n_sessions": len(common.session_ids),
            "n_rated": len(criterion.session_ids),
            "n_clients": len(set(common.clients)),
        },
        warnings=warnings_of(common, files.raters, criterion.session_ids),
    )


def _criterion(
    ratings: CheckedRatings,
    rater: str | None,
    perspective: str | None,
    instrument: str | None,
    dimensions: Sequence[str] | None,
) -> tuple[RatingMatrix, dict[str, str | None]]:
    """Return the ratings to compare with, and their rater, perspective and instrument."""
    criterion = ratings_matrix(
        ratings, rater=rater, perspective=perspective, instrument=instrument, dimensions=dimensions
    )
    labels = labels_of(ratings, rater=rater, perspective=perspective, instrument=instrument)
    return criterion, labels


def _grouped_by(files: ScoreFiles, grouped_by: str) -> str:
    """Return what the folds of the predictions keep together, if known; else the argument."""
    return grouped_by if files.folds is None else files.folds.grouped_by


def _reference(reference: str | None, raters: list[str]) -> str:
    if reference is not None:
        return reference
    usual = [name for name in ("signals", *raters) if name in raters and name != PREVIOUS]
    if not usual:
        raise ParameterError("`scores` holds no rater but the previous rating; name another.")
    return usual[0]


def _predictions(common: Common, labels: dict[str, str | None]) -> pa.Table:
    import pyarrow as pa

    mean: FloatArray = training_mean(common.y, common.folds.assignments)
    table = predictions_table(
        common.session_ids,
        common.clients,
        common.therapists,
        common.folds,
        common.dimensions,
        common.y,
        {MEAN: mean, **common.predicted},
        perspective=labels.get("perspective"),
        instrument=labels.get("instrument"),
    )
    place = table.schema.get_field_index("score")
    scores = pa.array(np.asarray(table.column("score")), from_pandas=True)
    return table.set_column(place, table.schema.field("score"), scores)


def costs_of(
    raters: Sequence[RaterScores], given_costs: Mapping[str, Mapping[str, float]]
) -> list[dict[str, Any]]:
    """Return the costs per session of each rater; None where unknown."""
    names = [rater.name for rater in raters]
    for name, given in given_costs.items():
        check_choice("costs", name, names)
        for key in given:
            check_choice(f"costs[{name!r}]", key, PER_SESSION)
    rows = []
    for rater in raters:
        known = {
            key: rater.costs[key] / rater.costs["sessions"] for key in COSTS if key in rater.costs
        }
        known |= given_costs.get(rater.name, {})
        rows.append({"rater": rater.name, **{key: known.get(key) for key in PER_SESSION}})
    return rows


def warnings_of(
    common: Common, raters: Sequence[RaterScores], rated: Sequence[str]
) -> dict[str, int]:
    """Return the warnings for a reader, codes with counts; `rated` are the sessions rated."""
    n_rated = len(rated)
    scored = {session for rater in raters for session, _ in rater.values}
    n_clients = len(set(common.clients))
    synthetic = sum(name.startswith("synthetic-") for name in common.session_ids)
    counts = {
        "clients_repeat": n_clients if n_clients < len(common.session_ids) else 0,
        "few_clients": n_clients if n_clients < ENOUGH else 0,
        "similar_client_ids": len(similar_ids(common.clients)),
        "similar_session_ids": near_matches(scored, rated),
        "sessions_dropped": n_rated - len(common.session_ids),
        "fitted_raters": sum(rater.fitted for rater in raters),
        "synthetic": synthetic,
    }
    return {code: count for code, count in counts.items() if count}


def titles(raters: Sequence[str]) -> dict[str, str]:
    """Return the titles of raters in tables."""
    return {name: TITLES.get(name, name) for name in (MEAN, *raters)}
