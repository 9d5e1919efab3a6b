"""Registry entries of the windowed lagged cross-correlation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..measured import Measured
from ..measures.lagged import MAX_LAG, MIN_PAIRS, MIN_WINDOWS, STEP, WINDOW, mean_lead, mean_peak
from ..spec import FeatureSpec
from .word_counts import class_lists

_OTHER = {"therapist": "client", "client": "therapist"}
_SERIES = {
    "words": "ln(1 + words of the merged turn)",
    "first_person": "first-person singular words / words of the merged turn (none without a word)",
}
_TITLES = {"words": "length of turns", "first_person": "share of first-person words"}
_LISTS = {"words": (), "first_person": class_lists("i_subject", "i_object")}
_WINDOWS = (
    f"Windows of {WINDOW} successive turns of the leader, {STEP} turns from one to the next; a "
    f"correlation needs {MIN_PAIRS} pairs and some variance, the session {MIN_WINDOWS} windows"
)
_SOURCE = (
    "Boker, Xu, Rotondo & King 2002, doi:10.1037/1082-989X.7.3.338 (windowed cross-correlation); "
    "series, windows and lags are ours"
)


def _lead(series: str, leader: str) -> Callable[[Measured], float]:
    return lambda m: mean_lead(m.lagged[series], leader)


def _peak(series: str, which: int) -> Callable[[Measured], float]:
    return lambda m: mean_peak(m.lagged[series], which)


def _leading(series: str, leader: str) -> FeatureSpec:
    return FeatureSpec(
        feature="lagged_r",
        role="dyad",
        params=(("leader", leader), ("series", series)),
        group="synchrony",
        title=f"Correlation of the {leader}'s turns with the reply: {_TITLES[series]}",
        unit="correlation",
        low=-1.0,
        high=1.0,
        definition=f"Pearson correlation of {_SERIES[series]} of the {leader}'s turns with that of "
        f"the {_OTHER[leader]}'s turn right after each, by window; mean over windows. {_WINDOWS}.",
        edge_cases="Pairs with a turn without a value are left out, as are windows without a "
        "correlation.",
        lists=_LISTS[series],
        undefined="few_windows",
        direction="positive = the reply moves with the turn before, negative = against it",
        confounds="a trend within a window; 10 pairs make a noisy correlation",
        source=_SOURCE,
        version=2,
        compute=_lead(series, leader),
    )


def _peaks(series: str) -> list[FeatureSpec]:
    shared = (
        f"In each window, of the {2 * MAX_LAG} correlations of {_SERIES[series]} at lags of 1 to "
        f"{MAX_LAG} replies with either leading (window n of the therapist's turns beside window n "
        "of the client's)"
    )
    facts: dict[str, Any] = {
        "role": "dyad",
        "params": (("series", series),),
        "group": "synchrony",
        "lists": _LISTS[series],
        "undefined": "few_windows",
        "source": _SOURCE,
    }
    return [
        FeatureSpec(
            feature="lagged_peak_r",
            title=f"Largest lagged correlation of the two: {_TITLES[series]}",
            unit="correlation",
            high=1.0,
            definition=f"{shared}, the largest absolute one; mean over windows. {_WINDOWS}.",
            edge_cases="A window that lacks one of the correlations is left out.",
            direction="higher = more closely coupled, of whatever sign",
            confounds="a maximum of six: independent series give about .54 as well, so compare it "
            "with surrogates and not with 0",
            version=2,
            compute=_peak(series, 0),
            **facts,
        ),
        FeatureSpec(
            feature="lagged_peak_lag",
            title=f"Lag of the largest lagged correlation: {_TITLES[series]}",
            unit="replies",
            low=-float(MAX_LAG),
            high=float(MAX_LAG),
            definition=f"{shared}, the lag of the largest absolute one, in replies, positive where "
            "the therapist leads and negative where the client does; mean over windows. "
            f"{_WINDOWS}.",
            edge_cases="Of equal correlations that of the shorter lag, then that of the therapist "
            "leading. A window that lacks one of the correlations is left out.",
            direction="positive = the therapist leads, negative = the client leads",
            confounds="where nothing is coupled the lag is drawn at random: near 0 on average",
            version=2,
            compute=_peak(series, 1),
            **facts,
        ),
    ]


SPECS = (
    *(_leading(series, leader) for series in _SERIES for leader in _OTHER),
    *(spec for series in _SERIES for spec in _peaks(series)),
)
