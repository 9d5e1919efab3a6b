"""How much each speaks, and how: words, turns, variety, questions, minimal replies."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from ...kernels import token_flags as flag
from ...kernels.windows import moving_type_token_ratio
from ..measured import Measured
from ..spec import FeatureSpec, Support

RATE_SUPPORT = Support(words=50)
MINIMAL_REPLY_WORDS = 3
MATTR_WINDOW = 50
WORD_DEFINITION = (
    "A word is an orthographic word after NFC and with straight apostrophes; a contraction or a "
    "hyphenated form is one; punctuation, bracketed annotations, filled pauses, repetitions and "
    "cut-offs are none."
)


def per_hundred_words(measured: Measured, bits: int, role: str, *, also: int = 0) -> float:
    """Return 100 x tokens with `bits` / words, sum over sum, of one role."""
    words = measured.words_of(role)
    hits = measured.total(measured.count(bits, also=also), role)
    return 100.0 * hits / words if words else math.nan


def rate(bits: int, role: str, *, also: int = 0) -> Callable[[Measured], float]:
    """Return the function that computes a rate per 100 words."""
    return lambda measured: per_hundred_words(measured, bits, role, also=also)


def _total_words(role: str) -> Callable[[Measured], int]:
    return lambda measured: measured.words_of(role)


def _n_turns(role: str) -> Callable[[Measured], int]:
    return lambda measured: measured.n_turns if role == "dyad" else measured.roles.count(role)


def _words_per_turn(role: str) -> Callable[[Measured], float]:
    def compute(measured: Measured) -> float:
        turns = measured.roles.count(role)
        return measured.words_of(role) / turns if turns else math.nan

    return compute


def _minimal_replies(role: str) -> Callable[[Measured], float]:
    def compute(measured: Measured) -> float:
        turns = measured.roles.count(role)
        minimal = np.count_nonzero(measured.speaks(role) & (measured.words <= MINIMAL_REPLY_WORDS))
        return int(minimal) / turns if turns else math.nan

    return compute


def _mattr(role: str) -> Callable[[Measured], float]:
    def compute(measured: Measured) -> float:
        table = measured.table
        turn = np.repeat(np.arange(measured.n_turns), np.diff(table.offsets))
        kept = (table.flags & flag.WORD != 0) & measured.speaks(role)[turn]
        return float(moving_type_token_ratio(table.forms[kept], MATTR_WINDOW))

    return compute


def _talk_ratio(measured: Measured) -> float:
    client = measured.words_of("client")
    return measured.words_of("therapist") / client if client else math.nan


def _of_role(role: str) -> list[FeatureSpec]:
    return [
        FeatureSpec(
            feature="words_n",
            role=role,
            group="volume",
            title=f"Words of the {role}",
            unit="words",
            whole=True,
            definition=f"Number of words in the {role}'s turns. {WORD_DEFINITION}",
            core=True,
            compute=_total_words(role),
            confounds="session length, transcription conventions",
        ),
        FeatureSpec(
            feature="turns_n",
            role=role,
            group="volume",
            title=f"Turns of the {role}",
            unit="turns",
            whole=True,
            definition=f"Number of the {role}'s merged turns: successive rows of one speaker are "
            "one turn, rows without text are skipped.",
            needs=(),
            core=True,
            compute=_n_turns(role),
            confounds="session length, how the transcriber splits turns",
        ),
        FeatureSpec(
            feature="words_per_turn",
            role=role,
            stat="mean",
            group="volume",
            title=f"Words per turn of the {role}",
            unit="words per turn",
            definition=f"words_n / turns_n of the {role}.",
            edge_cases="Turns without a word count with 0; null without a turn.",
            undefined="no_turns",
            core=True,
            compute=_words_per_turn(role),
        ),
        FeatureSpec(
            feature="mattr",
            role=role,
            group="volume",
            title=f"Lexical variety of the {role}",
            unit="proportion",
            high=1.0,
            definition=f"Moving-average type-token ratio: the mean over all windows of "
            f"{MATTR_WINDOW} successive words of the {role} (turns laid end to end) of distinct "
            "lower-case words / window length.",
            support=Support(words=MATTR_WINDOW),
            direction="higher = more varied",
            confounds="topic; unlike the plain ratio, not length",
            source="Covington & McFall 2010, doi:10.1080/09296171003643098",
            core=True,
            compute=_mattr(role),
        ),
        FeatureSpec(
            feature="question_rate",
            role=role,
            group="volume",
            title=f"Questions of the {role}",
            unit="per 100 words",
            definition="100 x questions / words; a question is a run of sentence-final marks, "
            "with nothing but space between them, that holds a question mark.",
            edge_cases="Questions that the transcriber did not mark are not seen.",
            support=RATE_SUPPORT,
            confounds="punctuation habits of the transcriber",
            core=True,
            compute=rate(flag.QUESTION, role),
        ),
        FeatureSpec(
            feature="minimal_reply_prop",
            role=role,
            group="volume",
            title=f"Minimal replies of the {role}",
            unit="proportion of turns",
            high=1.0,
            definition=f"Share of the {role}'s merged turns with at most "
            f"{MINIMAL_REPLY_WORDS} words, turns without a word included.",
            edge_cases="Null without a turn.",
            undefined="no_turns",
            core=True,
            compute=_minimal_replies(role),
        ),
    ]


SPECS = (
    *_of_role("therapist"),
    *_of_role("client"),
    FeatureSpec(
        feature="talk_ratio",
        role="dyad",
        group="volume",
        title="Talk ratio",
        unit="words per word",
        definition="Words of the therapist / words of the client.",
        support=Support(turns=5),
        direction="higher = the therapist talks more",
        core=True,
        compute=_talk_ratio,
    ),
    FeatureSpec(
        feature="turns_n",
        role="dyad",
        group="volume",
        title="Turns",
        unit="turns",
        whole=True,
        definition="Number of merged turns of both.",
        needs=(),
        core=True,
        compute=_n_turns("dyad"),
    ),
    FeatureSpec(
        feature="words_n",
        role="dyad",
        group="volume",
        title="Words",
        unit="words",
        whole=True,
        definition="Words of both.",
        core=True,
        compute=_total_words("dyad"),
    ),
    FeatureSpec(
        feature="words_n",
        role="",
        level="turn",
        group="volume",
        title="Words",
        unit="words",
        whole=True,
        definition=f"Words of the merged turn. {WORD_DEFINITION}",
        core=True,
        compute=lambda measured: measured.words,
    ),
    FeatureSpec(
        feature="questions_n",
        role="",
        level="turn",
        group="volume",
        title="Questions",
        unit="questions",
        whole=True,
        definition="Runs of sentence-final marks that hold a question mark.",
        core=True,
        compute=lambda measured: measured.count(flag.QUESTION),
    ),
)
