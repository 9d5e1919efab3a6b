"""Style matching and coordination: whether the two use function words alike, and in answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from ..measured import Measured
from ..measures.coordination import LEAST_USES
from ..measures.synchrony import mean_of_known
from ..spec import FeatureSpec, Support
from .categories import (
    ANSWERS,
    CHANCE_CONFOUND,
    COORDINATION,
    COORDINATION_SOURCE,
    LSM_SOURCE,
    RLSM_SOURCE,
    STYLE_CONFOUND,
    SWAM,
    SWAM_CONFOUND,
    SWAM_SOURCE,
    UNFOLLOWED,
    function_word_specs,
)

_OTHER = {"therapist": "client", "client": "therapist"}
#: Categories of function words that have columns of their own, in the languages that list them.
CATEGORIES = (
    "personal_pronoun",
    "impersonal_pronoun",
    "article",
    "conjunction",
    "preposition",
    "auxiliary_verb",
    "adverb",
    "particle",
    "negation",
    "quantifier",
)
_CATEGORIES = (
    "the categories of function words in the lexicon of the language (English: personal and "
    "impersonal pronouns, articles, conjunctions, prepositions, auxiliary verbs, adverbs, "
    "negations, quantifiers)"
)


def _mean(measure: str, responder: str = "") -> Callable[[Measured], float]:
    return lambda m: m.function_words.mean(measure, responder)


def _overlap(responder: str) -> Callable[[Measured], float]:
    return lambda m: mean_of_known(m.adjacent_overlap[m.speaks(responder)])


def _answering(responder: str) -> list[FeatureSpec]:
    other = _OTHER[responder]
    answers = ANSWERS.format(responder=responder)
    rlsm = FeatureSpec(
        feature="rlsm",
        role="dyad",
        params=(("responder", responder),),
        group="style",
        sets=("synchrony",),
        title=f"Reciprocal style matching of the {responder}",
        unit="similarity",
        high=1.0,
        definition=f"Over the {responder}'s merged turns with a word that follow a turn with "
        "one, for each category: 1 - |p - q| / (p + q + 0.0001), p and q the words per 100 of "
        "the category in the turn before and in the turn; exchanges with p = 0 are left out; "
        f"mean over exchanges, then over categories: {_CATEGORIES}.",
        edge_cases="A category that the other never uses is left out.",
        needs=("lexicon", "function_words"),
        support=Support(turns=5),
        direction="higher = closer",
        confounds=STYLE_CONFOUND,
        source=RLSM_SOURCE,
        core=True,
        compute=_mean("rlsm", responder),
    )
    return [
        rlsm,
        FeatureSpec(
            feature="lexical_overlap",
            role="dyad",
            params=(("responder", responder),),
            group="style",
            sets=("synchrony",),
            title=f"Words the {responder} takes from the turn before",
            unit="proportion",
            high=1.0,
            definition=f"Mean over the {responder}'s merged turns of the share of the turn's "
            f"distinct distance tokens that occur in the turn of the {other} before it.",
            edge_cases="Pairs with a turn without a token are left out.",
            support=Support(turns=5),
            direction="higher = closer",
            confounds="rises with the length of the turn before",
            source="our definition",
            core=True,
            compute=_overlap(responder),
        ),
        replace(
            rlsm,
            feature="coordination",
            title=f"Coordination of the {responder}",
            unit="difference of probabilities",
            low=-1.0,
            definition=f"Of {answers}, for each category: "
            f"{COORDINATION.format(it='a word of it')}; mean over the categories that at least "
            f"{LEAST_USES} of the turns before hold: {_CATEGORIES}.",
            edge_cases="Of a category that all turns before hold, the value is 0.",
            undefined="few_uses",
            direction=UNFOLLOWED,
            confounds=CHANCE_CONFOUND,
            source=f"{COORDINATION_SOURCE}, the mean as its aggregate 3 for one speaker, which "
            "has no negations",
            core=False,
            compute=_mean("coordination", responder),
        ),
        replace(
            rlsm,
            feature="swam",
            title=f"Word-based alignment of the {responder}",
            unit="log-odds",
            low=None,
            high=None,
            definition=f"Of {answers}, for each category: {SWAM.format(it='a word of it')}; mean "
            "over the categories that some of the turns before hold and some do not: "
            f"{_CATEGORIES}.",
            edge_cases="",
            undefined="few_uses",
            direction=UNFOLLOWED,
            confounds=SWAM_CONFOUND,
            source=SWAM_SOURCE,
            core=False,
            version=2,
            compute=_mean("swam", responder),
        ),
    ]


SPECS = (
    FeatureSpec(
        feature="lsm",
        role="dyad",
        group="style",
        sets=("synchrony",),
        title="Language style matching",
        unit="similarity",
        high=1.0,
        definition="Mean over categories of 1 - |p - q| / (p + q + 0.0001), p and q the words per "
        f"100 of the category over all turns of the therapist and of the client; {_CATEGORIES}. "
        "A contraction belongs to the categories of its parts.",
        edge_cases="A category that neither uses counts 1, as in the formula. Categories differ by "
        "language (Chinese has particles and no articles): values do not compare across languages.",
        needs=("lexicon", "function_words"),
        support=Support(turns=5),
        direction="higher = closer",
        confounds=STYLE_CONFOUND,
        source=f"{LSM_SOURCE}; word lists are ours",
        core=True,
        compute=_mean("lsm"),
    ),
    *_answering("therapist"),
    *_answering("client"),
    *(spec for name in CATEGORIES for spec in function_word_specs(name)),
)
