"""The shape of an exchange: how length is divided over turns, sentences and the session."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from ..._typing import FloatArray
from ...kernels import token_flags as flag
from ...kernels.sums import logarithm
from ...text.cues import stretches
from ..measured import Measured
from ..measures.trends import THIRD_WORDS, outer_thirds
from ..spec import FeatureSpec, Support
from .volume import RATE_SUPPORT

_NO_SUPPORT = Support()
CARE = "After the failures that Li et al. 2026 (arXiv:2602.20648) list"


def gini(lengths: FloatArray) -> float:
    """Return the Gini coefficient of lengths >= 0: 0 if all are equal; NaN if all are 0."""
    n, total = lengths.size, float(lengths.sum())
    ranks = 2.0 * np.arange(1, n + 1) - n - 1.0
    return float((ranks * np.sort(lengths)).sum()) / (n * total) if total > 0 else math.nan


def _lengths(measured: Measured, role: str) -> FloatArray:
    return measured.words[measured.speaks(role)].astype(np.float64)


def _rows(role: str) -> Callable[[Measured], float]:
    def compute(measured: Measured) -> float:
        pairs = zip(measured.roles, measured.groups, strict=True)
        rows = [len(group) for speaker, group in pairs if speaker == role]
        return sum(rows) / len(rows) if rows else math.nan

    return compute


def _words_per_stretch(role: str) -> Callable[[Measured], float]:
    def compute(measured: Measured) -> float:
        turns = np.flatnonzero(measured.speaks(role)).tolist()
        counted = sum(1 for turn in turns for _ in stretches(measured.table, turn))
        return measured.words_of(role) / counted if counted else math.nan

    return compute


def _word_length(role: str) -> Callable[[Measured], float]:
    def compute(measured: Measured) -> float:
        table = measured.table
        letters = np.array([sum(map(str.isalnum, form.lower)) for form in table.entries], np.int64)
        turn = np.repeat(np.arange(measured.n_turns), np.diff(table.offsets))
        kept = (table.flags & flag.WORD != 0) & measured.speaks(role)[turn]
        return float(letters[table.forms[kept]].mean()) if kept.any() else math.nan

    return compute


def _late_words(role: str) -> Callable[[Measured], float]:
    def compute(measured: Measured) -> float:
        words = measured.words_of(role)
        late = outer_thirds(measured.n_turns)[1] & measured.speaks(role)
        return int(measured.words[late].sum()) / words if words else math.nan

    return compute


def _balance_third_diff(measured: Measured) -> float:
    logs = []
    for third in outer_thirds(measured.n_turns):
        said = [
            int(measured.words[third & measured.speaks(r)].sum()) for r in ("therapist", "client")
        ]
        if min(said) < THIRD_WORDS:
            return math.nan
        logs.append(logarithm(said[0] / said[1]))
    return logs[1] - logs[0]


def shape_spec(
    feature: str,
    role: str,
    title: str,
    unit: str,
    definition: str,
    compute: Callable[[Measured], float],
    *,
    stat: str = "",
    low: float | None = 0.0,
    high: float | None = None,
    edge_cases: str = "",
    needs: tuple[str, ...] = ("lexicon",),
    support: Support = _NO_SUPPORT,
    undefined: str = "no_turns",
    direction: str = "higher = more",
    confounds: str = "session length, how rows are cut",
    source: str = "our definition",
    version: int = 1,
) -> FeatureSpec:
    """Return an entry of the group."""
    return FeatureSpec(
        feature=feature,
        role=role,
        stat=stat,
        group="shape",
        title=title,
        unit=unit,
        low=low,
        high=high,
        definition=definition,
        edge_cases=edge_cases,
        needs=needs,
        support=support,
        undefined=undefined,
        direction=direction,
        confounds=confounds,
        source=source,
        sets=("process",),
        version=version,
        compute=compute,
    )


def _of_role(role: str) -> list[FeatureSpec]:
    return [
        shape_spec(
            "turn_words",
            role,
            f"Inequality of the length of turns, {role}",
            "Gini coefficient",
            f"Sum over i of (2 i - n - 1) x_i, divided by n times the sum of x; x_1 .. x_n the "
            f"words of the {role}'s merged turns, rising.",
            lambda m: gini(_lengths(m, role)),
            stat="gini",
            high=1.0,
            support=Support(turns=5),
            direction="0 = all turns equally long",
        ),
        shape_spec(
            "turn_words",
            role,
            f"Longest turn, {role}",
            "words",
            f"Most words of one merged turn of the {role}.",
            lambda m: float(_lengths(m, role).max()),
            stat="max",
            support=Support(turns=5),
            confounds="rises with the number of turns",
        ),
        shape_spec(
            "rows_per_turn",
            role,
            f"Rows per merged turn, {role}",
            "rows per turn",
            f"Mean over the {role}'s merged turns of the rows with text that each holds: in chat, "
            "messages sent before the other answers.",
            _rows(role),
            low=1.0,
            needs=(),
            confounds="in speech, how the transcriber splits turns",
        ),
        shape_spec(
            "words_per_stretch",
            role,
            f"Words a sentence, {role}",
            "words per stretch",
            f"Words of the {role} / stretches with a word; a stretch ends at a sentence-final "
            "mark, an ellipsis or the end of the merged turn.",
            _words_per_stretch(role),
            support=RATE_SUPPORT,
            confounds="punctuation habits",
        ),
        shape_spec(
            "word_letters",
            role,
            f"Length of words, {role}",
            "letters per word",
            f"Mean letters and digits a word of the {role}.",
            _word_length(role),
            stat="mean",
            support=RATE_SUPPORT,
            direction="higher = longer words",
            confounds="language, topic, formality",
            source="After Pennebaker & King 1999 (words of more than six letters), "
            "doi:10.1037/0022-3514.77.6.1296",
        ),
        shape_spec(
            "late_words_prop",
            role,
            f"Share of words in the last third, {role}",
            "proportion of words",
            f"Words of the {role} in merged turns with index >= 2 n / 3, n merged turns of both, "
            f"/ words of the {role}.",
            _late_words(role),
            high=1.0,
            support=RATE_SUPPORT,
            direction="higher = later",
            source=f"{CARE} (decline of client turns)",
        ),
    ]


SPECS = (
    *_of_role("therapist"),
    *_of_role("client"),
    shape_spec(
        "talk_log_ratio",
        "dyad",
        "Talk ratio, last third minus first",
        "log of words per word",
        "ln(words of the therapist / words of the client) in the last third minus the same in the "
        "first; of n merged turns, the first third are those with index < n / 3, the last those "
        f"with index >= 2 n / 3. Null below {THIRD_WORDS} words of either speaker in either third.",
        _balance_third_diff,
        stat="third_diff",
        low=None,
        undefined="few_words",
        direction="positive = the therapist comes to talk more",
        version=2,
    ),
)
