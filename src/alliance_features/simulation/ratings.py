"""Simulated ratings: skewed scores of clients, and of raters with a given accuracy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from .. import wai
from .._checks import check_choice
from .._typing import FloatArray
from ..errors import ParameterError

#: Mean and SD of WAI-SR subscales of 793 sessions (CARE, arXiv:2602.20648, Table 1).
TARGETS = {"goal": (3.89, 1.02), "task": (3.65, 1.06), "bond": (4.07, 0.93)}
INSTRUMENT = "WAI-SR"
_STEPS = 4  # a subscale is a mean of four items


@dataclass(frozen=True, slots=True)
class SimulatedRater:
    """A second rater of the sessions.

    Parameters
    ----------
    name : str
    accuracy : float
        Correlation with the client's latent value, before both are put on the scale; -1 to 1.
    perspective : {"client", "therapist", "observer"}, default="observer"
    shift : float, default=0.0
        How much higher it rates than the client on average, in points of the scale.
    """

    name: str
    accuracy: float
    perspective: str = "observer"
    shift: float = 0.0

    def __post_init__(self) -> None:
        check_choice("perspective", self.perspective, ("client", "therapist", "observer"))
        if not -1.0 <= self.accuracy <= 1.0:
            raise ParameterError(
                f"`accuracy` is {self.accuracy}; it is a correlation, from -1 to 1."
            )
        if not -1.5 <= self.shift <= 0.5:
            raise ParameterError(f"`shift` is {self.shift}; it must be from -1.5 to 0.5 points.")


CLIENT = SimulatedRater("client", 1.0, "client")


def scores(latent: FloatArray, dimension: str, shift: float = 0.0) -> FloatArray:
    """Return the scores, in steps of a quarter, of standard-normal latent values, shape (n,).

    Each is the quantile in a beta distribution on the scale, with mean and SD of the dimension.
    """
    from scipy.special import betaincinv, ndtr

    key = wai.instrument(INSTRUMENT)
    width = key.high - key.low
    mean, sd = TARGETS[dimension]
    m, v = (mean + shift - key.low) / width, (sd / width) ** 2
    both = m * (1 - m) / v - 1
    share = betaincinv(m * both, (1 - m) * both, ndtr(latent))
    return np.asarray(np.round((key.low + width * share) * _STEPS) / _STEPS, dtype=np.float64)


def rows_of(
    facts: list[dict[str, Any]], rater: SimulatedRater, latent: FloatArray
) -> list[dict[str, Any]]:
    """Return one row per session and dimension; `latent` has a column for each of `TARGETS`."""
    key = wai.instrument(INSTRUMENT)
    columns = {
        name: scores(latent[:, place], name, rater.shift) for place, name in enumerate(TARGETS)
    }
    return [
        {
            **fact,
            "rater": rater.name,
            "perspective": rater.perspective,
            "instrument": INSTRUMENT,
            "dimension": name,
            "score": float(values[session]),
            "scale_min": float(key.low),
            "scale_max": float(key.high),
        }
        for session, fact in enumerate(facts)
        for name, values in columns.items()
    ]
