"""Rhythm: who answers how fast, who overlaps, who speaks how quickly."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

import numpy as np

from ..._typing import FloatArray, IntArray
from ...kernels import token_flags as flag
from ..measured import Measured
from ..spec import FeatureSpec
from .word_counts import class_lists

MIN_TURNS = 5
_CONFOUND = (
    "time stamps of one-second grain blur short gaps; in typed chat a gap is reading, thinking "
    "and typing together"
)


def starts(measured: Measured) -> FloatArray:
    """Return the start of each merged turn in seconds, NaN where unknown."""
    said = measured.session.turns
    return measured.once(
        "starts", lambda: _seconds(said[group[0]].start for group in measured.groups)
    )


def ends(measured: Measured) -> FloatArray:
    """Return the end of each merged turn in seconds, NaN where unknown."""
    said = measured.session.turns
    return measured.once("ends", lambda: _seconds(said[group[-1]].end for group in measured.groups))


def _seconds(values: Iterable[float | None]) -> FloatArray:
    return np.array([math.nan if value is None else value for value in values], dtype=np.float64)


def _answers(measured: Measured, values: FloatArray, role: str) -> FloatArray:
    """Return the known values of the role's turns, of those that follow another turn."""
    kept = values[measured.speaks(role)[1:]] if values.size else values
    kept = kept[~np.isnan(kept)]
    return kept if kept.size >= MIN_TURNS else np.empty(0)


def _median(values: FloatArray) -> float:
    if not values.size:
        return math.nan
    known, half = np.sort(values), values.size // 2
    return float(known[half] if values.size % 2 else (known[half - 1] + known[half]) / 2)


def _latency(role: str) -> Callable[[Measured], float]:
    return lambda m: _median(_answers(m, starts(m)[1:] - ends(m)[:-1], role))


def _onset_gap(role: str) -> Callable[[Measured], float]:
    return lambda m: _median(_answers(m, np.diff(starts(m)), role))


def _overlap(role: str) -> Callable[[Measured], float]:
    def compute(measured: Measured) -> float:
        gaps = _answers(measured, starts(measured)[1:] - ends(measured)[:-1], role)
        return float((gaps < 0).mean()) if gaps.size else math.nan

    return compute


def _per_minute(measured: Measured, counts: IntArray, role: str) -> float:
    """Return `counts` per minute of the role's timed turns."""
    seconds = ends(measured) - starts(measured)
    timed = measured.speaks(role) & ~np.isnan(seconds)
    spoken = float(seconds[timed].sum())
    if timed.sum() < MIN_TURNS or spoken <= 0:
        return math.nan
    rate = 60.0 * int(counts[timed].sum()) / spoken
    return rate if math.isfinite(rate) else math.nan  # of turns that last next to nothing


def _pace(role: str) -> Callable[[Measured], float]:
    return lambda m: _per_minute(m, m.words, role)


def _pauses(role: str) -> Callable[[Measured], float]:
    return lambda m: _per_minute(m, m.count(flag.FILLED_PAUSE), role)


def _duration(measured: Measured) -> float:
    known = np.concatenate([starts(measured), ends(measured)])
    known = known[~np.isnan(known)]
    return float(known.max() - known.min()) if known.size else math.nan


def _spec(
    feature: str,
    role: str,
    stat: str,
    title: str,
    unit: str,
    definition: str,
    compute: Callable[[Measured], float],
    *,
    needs: tuple[str, ...],
    low: float | None = 0.0,
    high: float | None = None,
    edge_cases: str = "",
    direction: str = "higher = longer",
    core: bool = False,
    lists: tuple[str, ...] = (),
) -> FeatureSpec:
    return FeatureSpec(
        feature=feature,
        role=role,
        stat=stat,
        group="timing",
        title=title,
        unit=unit,
        low=low,
        high=high,
        definition=definition,
        edge_cases=f"{edge_cases}Turns without the times needed are left out; null below "
        f"{MIN_TURNS} such turns of the role (or where they last 0 s), and in a session whose "
        "times go backwards.",
        needs=needs,
        undefined="few_turns",
        direction=direction,
        confounds=_CONFOUND,
        source="our definition",
        core=core,
        lists=lists,
        compute=compute,
    )


def _of_role(role: str) -> list[FeatureSpec]:
    return [
        _spec(
            "latency_s",
            role,
            "median",
            f"Response latency, {role}",
            "seconds",
            f"Median over the {role}'s merged turns of start - end of the turn before.",
            _latency(role),
            core=True,
            needs=("times", "ends"),
            low=None,
            edge_cases="Negative where the turns overlap. ",
        ),
        _spec(
            "words_per_min",
            role,
            "",
            f"Speech rate, {role}",
            "words per minute",
            f"60 x words / seconds, summed over the {role}'s merged turns with start and end; "
            "the speaker's own pauses are in the seconds.",
            _pace(role),
            core=True,
            needs=("lexicon", "times", "ends"),
            direction="higher = faster",
        ),
        _spec(
            "filled_pauses_per_min",
            role,
            "",
            f"Filled pauses a minute, {role}",
            "per minute",
            f"60 x filled pauses / seconds, summed over the {role}'s merged turns with start and "
            "end.",
            _pauses(role),
            needs=("lexicon", "verbatim", "times", "ends"),
            lists=class_lists("filled_pause"),
            direction="higher = more",
        ),
        _spec(
            "overlap_prop",
            role,
            "",
            f"Turns that begin in the other's turn, {role}",
            "proportion of turns",
            f"Share of the {role}'s merged turns that start before the end of the turn before.",
            _overlap(role),
            core=True,
            needs=("times", "ends"),
            high=1.0,
            direction="higher = more overlap",
        ),
        _spec(
            "onset_gap_s",
            role,
            "median",
            f"Time from the start of the other's turn, {role}",
            "seconds",
            f"Median over the {role}'s merged turns of start - start of the turn before: what "
            "starts alone can tell.",
            _onset_gap(role),
            core=True,
            needs=("times",),
            edge_cases="Holds the length of the other's turn. ",
        ),
    ]


SPECS = (
    *_of_role("therapist"),
    *_of_role("client"),
    FeatureSpec(
        feature="duration_s",
        role="dyad",
        group="timing",
        title="Duration",
        unit="seconds",
        definition="Latest known start or end minus the earliest, over merged turns.",
        edge_cases="Without ends the last turn's own length is missing.",
        needs=("times",),
        direction="higher = longer",
        confounds=_CONFOUND,
        source="our definition",
        core=True,
        compute=_duration,
    ),
)
