"""Hesitation in typed text: spelled fillers and dots. Never pooled with speech."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ..kernels import context as flag
from .measured import Measured
from .spec import FeatureSpec
from .volume import RATE_SUPPORT, rate

#: Null code by mode; a mode not named here has the feature.
NOT_TYPED = {
    "spoken": "mode_spoken",
    "captions": "mode_spoken",
    "generated": "mode_generated",
    None: "mode_unknown",
}
_NEEDS = ("lexicon", "typed")
_WHAT = (
    "fillers that are typed, by the lexicon: um, hmm and their spellings (English), ähm, hmm "
    "(German), emm, 额, 额额, 呃 (Chinese), and runs of at least two dots or an ellipsis sign in "
    "every language"
)
_EDGE_CASES = (
    "For typed sessions only: a session that is spoken, written by a program or of unknown mode "
    "has none. A run of dots is one. Spelled fillers are no words; 嗯 is listening in typed "
    "Chinese and is not counted."
)
_CONFOUND = "writing style, age, device and platform: dots are punctuation to many writers"


def _if_typed(compute: Callable[[Measured], Any], missing: Callable[[Measured], Any]) -> Any:
    return lambda measured: (
        missing(measured) if measured.session.mode in NOT_TYPED else compute(measured)
    )


def _of_role(role: str) -> FeatureSpec:
    return FeatureSpec(
        feature="typed_filler_rate",
        role=role,
        group="typed",
        title=f"Typed fillers, {role}",
        unit="per 100 words",
        definition=f"100 x n / words of the {role}, sum over sum; n = {_WHAT}.",
        edge_cases=_EDGE_CASES,
        needs=_NEEDS,
        support=RATE_SUPPORT,
        undefined="mode_spoken",
        confounds=_CONFOUND,
        source="our definition; not the filled pauses of speech",
        core=False,
        compute=_if_typed(rate(flag.TYPED_FILLER, role), lambda _: math.nan),
    )


SPECS = (
    _of_role("therapist"),
    _of_role("client"),
    FeatureSpec(
        feature="typed_fillers_n",
        role="",
        level="turn",
        group="typed",
        title="Typed fillers",
        unit="tokens",
        whole=True,
        definition=f"Number of {_WHAT}, in the merged turn.",
        edge_cases=_EDGE_CASES,
        needs=_NEEDS,
        undefined="mode_spoken",
        confounds=_CONFOUND,
        source="our definition; not the filled pauses of speech",
        core=False,
        compute=_if_typed(
            lambda measured: measured.count(flag.TYPED_FILLER),
            lambda measured: np.full(len(measured.turns), math.nan),
        ),
    ),
)
