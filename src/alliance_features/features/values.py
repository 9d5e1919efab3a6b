"""From a measured session and registry entries to values, each with its reason if null."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable

import numpy as np

from .measured import Measured
from .measured_alliance import alliance_lacks
from .signals.typed import NOT_TYPED
from .spec import FeatureSpec, Support

Value = float | int | None
_UNKNOWN = "unknown"
SPEECH_ONLY = {"typed": "mode_typed", "generated": "mode_generated"}


def lacking(spec: FeatureSpec, measured: Measured) -> str | None:
    """Return the null code of what the session lacks for a feature, None if it has all."""
    if "lexicon" in spec.needs and not measured.has_lexicon:
        return "no_lexicon"
    if "verbatim" in spec.needs:
        session = measured.session
        if session.mode in SPEECH_ONLY:
            return SPEECH_ONLY[session.mode]
        if session.verbatim is not True:
            return "verbatim_unknown" if session.verbatim is None else "not_verbatim"
    if "typed" in spec.needs and measured.session.mode in NOT_TYPED:
        return NOT_TYPED[measured.session.mode]
    if "lexicon" in spec.needs and (code := spec.lacking_in(measured.lexicon)):
        return code
    if spec.language and measured.language != spec.language:
        return "not_in_language"
    if "vectors" in spec.needs and measured.vectors is None:
        return "no_vectors"
    if "inventory" in spec.needs:
        subscale, version = spec.feature.split("_")[1], dict(spec.params).get("version", "own")
        lack = alliance_lacks(measured, subscale, str(version), "polarity" in spec.needs)
        if lack is not None:
            return lack
    if "tagger" in spec.needs and measured.tagger is None:
        return "no_tagger"
    if "times" in spec.needs and measured.time_problem:
        return measured.time_problem
    if "ends" in spec.needs and not measured.has_ends:
        return "no_ends"
    return _unsupported(spec.support, spec.role, measured)


def _unsupported(support: Support, role: str, measured: Measured) -> str | None:
    if support.words and measured.words_of(role) < support.words:
        return "few_words"
    for least, counts in (
        (support.turns, "words"),
        (support.known_turns, "known"),
    ):
        if least and measured.turns_with(counts) < least:
            return "few_turns"
    return None


def session_values(
    measured: Measured, specs: Iterable[FeatureSpec]
) -> tuple[list[Value], dict[str, str]]:
    """Return the value of each feature, and the code of each that is null."""
    values: list[Value] = []
    nulls: dict[str, str] = {}
    codes: dict[Hashable, str | None] = {}
    for spec in specs:
        code = codes.get(spec.demands, _UNKNOWN)
        if code is _UNKNOWN:
            code = codes[spec.demands] = lacking(spec, measured)
        value = math.nan if code else spec.compute(measured)
        if math.isnan(value):
            nulls[spec.name] = code or spec.undefined
            values.append(None)
        else:
            values.append(int(value) if spec.whole else float(value))
    return values, nulls


def turn_values(
    measured: Measured, specs: Iterable[FeatureSpec]
) -> tuple[list[list[Value]], list[tuple[int, str, str]]]:
    """Return the values of each feature by merged turn, and (turn, feature, code) of nulls."""
    n = measured.n_turns
    columns: list[list[Value]] = []
    nulls: list[tuple[int, str, str]] = []
    for spec in specs:
        code = lacking(spec, measured)
        numbers = np.full(n, math.nan) if code else np.asarray(spec.compute(measured), np.float64)
        missing = np.isnan(numbers)
        nulls += [
            (turn, spec.name, code or spec.undefined) for turn in np.flatnonzero(missing).tolist()
        ]
        columns.append(
            [
                None if absent else (int(number) if spec.whole else number)
                for number, absent in zip(numbers.tolist(), missing.tolist(), strict=True)
            ]
        )
    return columns, nulls
