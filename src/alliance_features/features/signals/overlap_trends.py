"""Trends of the baselines that need no vectors: bag-of-words distance and lexical overlap."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from ..measured import Measured
from ..measures.trends import mean_third_diff, weighted_slope
from ..spec import FeatureSpec, Support
from .trends import POSITION, THIRDS, places_of

Series = Callable[[Measured], npt.NDArray[np.float64]]


def _slope(series: Series, responder: str) -> Callable[[Measured], float]:
    def compute(measured: Measured) -> float:
        speaks = measured.speaks(responder)
        return weighted_slope(
            places_of(measured, responder),
            series(measured)[speaks],
            measured.words[speaks].astype(np.float64),
        )

    return compute


def _third_diff(series: Series, responder: str) -> Callable[[Measured], float]:
    return lambda m: mean_third_diff(series(m), m.speaks(responder))


def _bow(measured: Measured) -> npt.NDArray[np.float64]:
    return measured.adjacent_bow_l1


def _overlap(measured: Measured) -> npt.NDArray[np.float64]:
    return measured.adjacent_overlap


def _answering(responder: str) -> list[FeatureSpec]:
    shared = f"bag-of-words distance (bow_l1) of each turn of the {responder} to the turn before"
    weighting = f"least squares weighted by the words of the turn; {POSITION}"
    distance = FeatureSpec(
        feature="bow_l1",
        role="dyad",
        params=(("responder", responder),),
        stat="slope",
        group="synchrony",
        title=f"Trend of the bag-of-words distance of the {responder}'s turns to the turn before",
        unit="L1 distance over the session",
        low=None,
        definition=f"Slope of the {shared} on its position, {weighting}.",
        support=Support(turns=5),
        undefined="few_turns",
        direction="positive = rises over the session, that is less close",
        confounds="trends of the length of turns; one session is noisy",
        source="our definition",
        version=2,
        compute=_slope(_bow, responder),
    )
    return [
        distance,
        replace(
            distance,
            stat="third_diff",
            title=f"Bag-of-words distance of the {responder}'s turns to the turn before, last "
            "third minus first",
            unit="L1 distance",
            definition=f"Mean {shared}, in the last third minus the first; {THIRDS}.",
            version=1,
            compute=_third_diff(_bow, responder),
        ),
        replace(
            distance,
            feature="lexical_overlap",
            group="style",
            sets=("synchrony",),
            title=f"Trend of the words the {responder} takes from the turn before",
            unit="proportion over the session",
            definition="Slope of the share of the distinct distance tokens of each turn of the "
            f"{responder} that occur in the turn before it, on its position, {weighting}.",
            direction="positive = rises over the session, that is closer",
            version=2,
            compute=_slope(_overlap, responder),
        ),
    ]


SPECS = (*_answering("therapist"), *_answering("client"))
