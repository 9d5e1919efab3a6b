"""Set `ryu2023`: signals as Ryu et al. 2023 measured them, beside our own definitions."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise

from ...kernels import token_flags as flag
from ...kernels.sums import logarithm
from ...text.forms import class_flag
from ..measured import Measured
from ..spec import Expectation, FeatureSpec, Support
from .pronouns import FIRST_PERSON
from .word_counts import class_lists

_SOURCE = (
    "Ryu, Heisig, McLaughlin, Katz, Mayberg & Gu 2023, doi:10.1016/j.isci.2023.106860; "
    "scale as in its public table"
)
_PRESET = (("preset", "ryu2023"),)
_ZERO_PERCENT = 0.01
_LOWEST = -4.605170185988092  # the logarithm of it
_LIWC_WORDS = flag.WORD | flag.REPEATED | flag.CUTOFF | flag.FILLED_PAUSE | flag.FILLED_UNLESS_ALONE
_SUPPORT = Support(words=50)
_CONFOUND = (
    "28 dyads, 927 features, 51 below p = .05 against 46 expected: exploratory; "
    "LIWC's lists are not ours"
)


def log_percent(hits: int, words: int) -> float:
    """Return log(100 hits / words), a percentage of 0 taken as .01."""
    if not words:
        return math.nan
    return logarithm(100.0 * hits / words if hits else _ZERO_PERCENT)


def _log_percent(bits: int, role: str) -> Callable[[Measured], float]:
    def compute(measured: Measured) -> float:
        words = measured.total(measured.count(_LIWC_WORDS), role)
        return log_percent(measured.total(measured.count(bits), role), words)

    return compute


def transition_share(turns: list[list[str]], before: str, after: str) -> float:
    """Return the share of `before` tags followed in their turn by `after`, NaN without any."""
    pairs = [pair for tags in turns for pair in pairwise(tags)]
    starting = [second for first, second in pairs if first == before]
    return starting.count(after) / len(starting) if starting else math.nan


def _aux_to_intj(measured: Measured) -> float:
    spoken = measured.speaks("client")
    turns = [tags for tags, speaks in zip(measured.upos, spoken, strict=True) if speaks]
    return transition_share(turns, "AUX", "INTJ")


def _spec(
    feature: str,
    role: str,
    title: str,
    what: str,
    classes: tuple[str, ...],
    expectation: Expectation | None,
    *,
    needs: tuple[str, ...] = ("lexicon",),
) -> FeatureSpec:
    return FeatureSpec(
        feature=feature,
        role=role,
        params=_PRESET,
        group="ryu2023",
        title=title,
        unit="log percent",
        low=_LOWEST,
        high=-_LOWEST,
        definition=f"Natural log of 100 x {what} / all spoken tokens of the {role}, the "
        "denominator with filled pauses, repetitions and cut-offs, as LIWC counts; 0 is "
        "taken as .01.",
        edge_cases="Our word lists, not LIWC's.",
        needs=needs,
        support=_SUPPORT,
        expectation=expectation,
        confounds=_CONFOUND,
        source=_SOURCE,
        lists=class_lists(*classes),
        version=2,
        compute=_log_percent(class_flag(*classes), role),
    )


def _expected(sign: int, effect: str) -> Expectation:
    return Expectation(sign=sign, effect=effect, study=_SOURCE, n=28)


SPECS = (
    _spec(
        "i_log_percent",
        "therapist",
        "First person singular of the therapist, log percentage",
        "first-person-singular words, repeated ones too,",
        FIRST_PERSON,
        _expected(-1, "r = -.45 (percentage -.48, rank -.30) with the client's WAI"),
    ),
    _spec("i_log_percent", "client", "First person singular of the client, log percentage",
          "first-person-singular words, repeated ones too,", FIRST_PERSON, None),
    _spec(
        "nonfluency_log_percent",
        "client",
        "Filled pauses of the client, log percentage",
        "filled pauses",
        ("filled_pause",),
        _expected(1, "r = +.44 (percentage +.40, rank +.42) with the client's WAI"),
        needs=("lexicon", "verbatim"),
    ),
    FeatureSpec(
        feature="upos_transition",
        role="client",
        params=(("from", "AUX"), *_PRESET, ("to", "INTJ")),
        group="ryu2023",
        title="Client's transitions from auxiliary to interjection",
        unit="proportion",
        high=1.0,
        definition="Of the client's AUX tokens that are followed by a token of the same merged "
        "turn, the share followed by INTJ; universal part-of-speech tags of the pipeline that "
        "the user names, annotations left out.",
        edge_cases="Null if no AUX is followed by anything.",
        needs=("lexicon", "verbatim", "tagger"),
        undefined="no_events",
        expectation=_expected(
            1, "Spearman given log number of visits = +.42, p = .029, with the client's WAI"
        ),
        confounds=f"{_CONFOUND}; tagger",
        source=_SOURCE,
        compute=_aux_to_intj,
    ),
)  # fmt: skip
