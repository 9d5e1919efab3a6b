"""Hesitation in typed text: spelled fillers and dots. Never pooled with speech."""

from __future__ import annotations

from typing import Any

from .word_counts import WordCount, word_rate, words_of_turn

#: Null code by mode; a mode not named here has the feature.
NOT_TYPED = {
    "spoken": "mode_spoken",
    "captions": "mode_spoken",
    "generated": "mode_generated",
    None: "mode_unknown",
}
_COUNT = WordCount(
    feature="typed_filler",
    turn_feature="typed_fillers_n",
    title="Typed fillers",
    what="fillers that are typed, by the lexicon: um, hmm and their spellings (English), ähm, hmm "
    "(German), emm, 额, 额额, 呃 (Chinese), and runs of at least two dots or an ellipsis sign in "
    "every language",
    classes=("typed_filler",),
    also=0,
    edge_cases="For typed sessions only: a session that is spoken, written by a program or of "
    "unknown mode has none. A run of dots is one. Spelled fillers are not words; 嗯 is listening "
    "in typed Chinese and is not counted.",
)
_FACTS: dict[str, Any] = {
    "needs": ("lexicon", "typed"),
    "confounds": "writing style, age, device and platform: dots are punctuation to many writers",
    "source": "our definition; not the filled pauses of speech",
}

SPECS = (
    *(word_rate(_COUNT, role, "typed", high=None, **_FACTS) for role in ("therapist", "client")),
    words_of_turn(_COUNT, "typed", unit="tokens", **_FACTS),
)
