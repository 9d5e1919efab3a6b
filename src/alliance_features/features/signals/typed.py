"""Hesitation in typed text: spelled fillers and dots. Never pooled with speech."""

from __future__ import annotations

from ...kernels import context as flag
from ..spec import FeatureSpec
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
        confounds=_CONFOUND,
        source="our definition; not the filled pauses of speech",
        core=False,
        compute=rate(flag.TYPED_FILLER, role),
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
        confounds=_CONFOUND,
        source="our definition; not the filled pauses of speech",
        core=False,
        compute=lambda measured: measured.count(flag.TYPED_FILLER),
    ),
)
