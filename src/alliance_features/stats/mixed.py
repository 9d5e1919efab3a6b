"""Mixed models of a signal and a rating: effects within and between clients.

Estimates are of maximum likelihood. Intervals are Wald's and too short with few clients; the
likelihood ratio by parametric bootstrap is the test; `mixed_export.write_lme4` writes the data for
R.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import stats
from threadpoolctl import threadpool_limits

from .._checks import check_choice, check_count
from .._typing import FloatArray
from .arrays import check_share
from .intervals import Interval, undefined
from .mixed_fit import Fit, MixedModel, fit_best, simulate
from .mixed_problem import Problem, make_problem
from .permutation import permutation_p


@dataclass(frozen=True)
class MixedEffects:
    """Effects of a signal on a rating, sessions in clients in therapists.

    Parameters
    ----------
    within : Interval
        Points of rating per unit of the signal above the client's own mean.
    between : Interval
        The same per unit of difference between clients' means.
    trend : Interval
        Points of rating per session number; NaN where no session numbers were given.
    structure : tuple of str
        Random effects that could be estimated: "therapist", "client", "slope" (of the effect
        within); empty where none could, and errors are then those of independent sessions.
    refused : tuple of str
        Structures with more random effects that were tried, and why they were not used.
    variances : dict of str to float
        Of each random effect and of the residual, squared points.
    n, n_clients : int
        Sessions and clients used.
    """

    within: Interval
    between: Interval
    trend: Interval
    structure: tuple[str, ...]
    refused: tuple[str, ...]
    variances: dict[str, float]
    n: int
    n_clients: int


@dataclass(frozen=True)
class LikelihoodRatio:
    """Parametric-bootstrap likelihood-ratio test of one effect.

    Parameters
    ----------
    statistic : float
        Twice the gain in log likelihood; NaN where a model has no fit.
    p : float
        Share of samples drawn without the effect whose statistic is as large, both counted once
        more.
    structure : tuple of str
        Random effects of both models.
    """

    statistic: float
    p: float
    structure: tuple[str, ...]


def mixed_effects(
    y: npt.ArrayLike,
    x: npt.ArrayLike,
    clients: Iterable[Any],
    *,
    therapists: Iterable[Any] | None = None,
    session_number: npt.ArrayLike | None = None,
    level: float = 0.95,
) -> MixedEffects:
    """Divide the association of a signal with a rating into within and between clients.

    The signal enters as the client's mean (minus the mean of clients) and as the difference of a
    session from the client's mean. Random effects are simplified until they can be estimated:
    therapist + client + slope, therapist + client, client + slope, client, none.

    Parameters
    ----------
    y, x : array-like of float, shape (n,)
        Ratings and a signal. Rows with NaN in them or in `session_number` are left out.
    clients : iterable of hashable, length n
        Client of each session.
    therapists : iterable of hashable, length n, optional
        Therapist of each session; a client with two therapists counts as two clients.
    session_number : array-like of float, shape (n,), optional
        For a linear trend.
    level : float, default=0.95
        Confidence level, 0..1.

    Returns
    -------
    MixedEffects
        An effect is NaN where its column is constant or nothing could be fitted.

    Raises
    ------
    ParameterError
        If lengths differ, a label is missing or a value infinite.

    References
    ----------
    Curran & Bauer 2011, doi:10.1146/annurev.psych.093008.100356.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> client = np.repeat(np.arange(40), 5)
    >>> x = rng.normal(size=200)
    >>> y = 2 * x + rng.normal(size=40)[client] + rng.normal(size=200)
    >>> effects = mixed_effects(y, x, client)
    >>> effects.structure, round(effects.within.estimate)
    (('client',), 2)
    """
    level = check_share("level", level)
    problem = make_problem(y, x, clients, therapists, session_number)
    with threadpool_limits(1):  # products are small: threads would wait for each other
        fitted = fit_best(problem)
    reach = float(stats.norm.ppf((1.0 + level) / 2.0))
    return MixedEffects(
        within=_wald(fitted, "x_within", reach),
        between=_wald(fitted, "x_between", reach),
        trend=_wald(fitted, "session_number", reach),
        structure=fitted.structure,
        refused=fitted.refused,
        variances=fitted.variances,
        n=problem.y.size,
        n_clients=int(np.unique(problem.clients).size),
    )


def bootstrap_likelihood_ratio(
    y: npt.ArrayLike,
    x: npt.ArrayLike,
    clients: Iterable[Any],
    *,
    effect: str = "within",
    therapists: Iterable[Any] | None = None,
    session_number: npt.ArrayLike | None = None,
    draws: int = 199,
    seed: int = 0,
) -> LikelihoodRatio:
    """Test the effect within or between clients against samples drawn from the model without it.

    Parameters
    ----------
    y, x : array-like of float, shape (n,)
    clients, therapists : iterable of hashable, length n
    session_number : array-like of float, shape (n,), optional
        As in `mixed_effects`.
    effect : {"within", "between"}, default="within"
        The effect that the smaller model lacks.
    draws : int, default=199
        Samples; both models are fitted to each.
    seed : int, default=0
        At least 0.

    Returns
    -------
    LikelihoodRatio
        NaN where one of the models has no fit.

    References
    ----------
    Halekoh & Hojsgaard 2014, doi:10.18637/jss.v059.i09.
    """
    check_choice("effect", effect, ("within", "between"))
    draws, seed = check_count("draws", draws), check_count("seed", seed, least=0)
    problem = make_problem(y, x, clients, therapists, session_number)
    with threadpool_limits(1):
        return _likelihood_ratio(problem, f"x_{effect}", draws, np.random.default_rng(seed))


def _likelihood_ratio(
    problem: Problem, name: str, draws: int, rng: np.random.Generator
) -> LikelihoodRatio:
    parts = fit_best(problem).structure
    smaller = problem.without(name)
    models = [MixedModel(model_problem, parts) for model_problem in (problem, smaller)]
    if name not in problem.fixed or not all(model.estimable for model in models):
        return LikelihoodRatio(math.nan, math.nan, parts)

    def gain(outcome: FloatArray) -> float:
        """Return twice the gain in log likelihood; NaN where a model has no fit."""
        full, less = (model.fit(outcome) for model in models)
        if full is None or less is None:
            return math.nan
        return max(2.0 * (full.log_likelihood - less.log_likelihood), 0.0)

    observed, base = gain(problem.y), models[1].fit(problem.y)
    if base is None or math.isnan(observed):
        return LikelihoodRatio(math.nan, math.nan, parts)
    null = [gain(simulate(smaller, base, rng)) for _ in range(draws)]
    return LikelihoodRatio(observed, permutation_p(observed, null), parts)


def _wald(fitted: Fit, name: str, reach: float) -> Interval:
    beta, se = fitted.beta.get(name, math.nan), fitted.se.get(name, math.nan)
    if not (math.isfinite(beta) and se > 0):
        return undefined("wald", beta)
    p = float(2.0 * stats.norm.sf(abs(beta) / se))
    return Interval(beta, beta - reach * se, beta + reach * se, se, math.nan, "wald", p)
