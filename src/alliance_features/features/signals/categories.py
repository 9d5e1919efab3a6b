"""Registry entries of one category of words: of the lexicons, or of a user's dictionary."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from ..measured import Measured
from ..measures.categories import Categories
from ..measures.category_use import CategoryUse
from ..measures.coordination import LEAST_USES
from ..spec import FeatureSpec, Support, in_this_version
from .volume import RATE_SUPPORT

RESPONDERS = ("therapist", "client")
ANSWERS = "the {responder}'s answers (merged turns with a word that follow a turn with one)"
COORDINATION = (
    "the share that hold {it} among answers to a turn that holds {it}, minus the share among all "
    "answers"
)
SWAM = (
    "the logit of (k + 0.5) / (n + 1) for answers to turns that hold {it}, k of their n words "
    "being one, minus the same for the other answers"
)
LSM_SOURCE = "Ireland & Pennebaker 2010, doi:10.1037/a0020386"
RLSM_SOURCE = (
    "Mueller-Frommeyer, Frommeyer & Kauffeld 2019, doi:10.3758/s13428-018-1078-8; rules as in a "
    "public re-implementation"
)
COORDINATION_SOURCE = (
    "Danescu-Niculescu-Mizil, Lee, Pang & Kleinberg 2012, doi:10.1145/2187836.2187931; as in "
    "ConvoKit with target_thresh = 3"
)
SWAM_SOURCE = (
    "our reading of the simplified word-based alignment model (SWAM) of Shin & Doyle 2018, "
    "doi:10.18653/v1/N18-4001; the paper's own text was not available"
)
STYLE_CONFOUND = "length, topic, and that both speak the same language: read it beside surrogates"
UNFOLLOWED = "higher = the answer follows the turn before; 0 = it does not depend on it"
CHANCE_CONFOUND = (
    "the length of turns: long turns hold more, so neighbours of like length look coordinated"
)
SWAM_CONFOUND = "topic; the length of answers less than in coordination"
_WORDS = {"category": "of the lexicon's category {name}", "user": "of category {name}"}


def function_word_specs(category: str) -> list[FeatureSpec]:
    """Return the entries of a category of function words."""
    made = _entries(category, "category", lambda m: m.function_words)
    return [
        replace(
            spec,
            group="style",
            sets=("synchrony",),
            needs=("lexicon", "function_words"),
            lists=(f"function_words.{category}",),
            source=f"{spec.source}; word lists are ours",
        )
        for spec in made
    ]


def user_specs(categories: Categories | None) -> list[FeatureSpec]:
    """Return the entries of all categories of a user's dictionary."""
    if categories is None:
        return []
    return [
        replace(
            in_this_version(spec),
            group="categories",
            language=categories.language or "",
            dictionary=categories.sha256,
        )
        for name in categories.names
        for spec in (*_rates(name), *_entries(name, "user", lambda m: m.user_words))
    ]


def _rates(name: str) -> list[FeatureSpec]:
    return [
        FeatureSpec(
            feature="category_rate",
            role=role,
            params=(("user", name),),
            group="categories",
            title=f"Words of category {name}, {role}",
            unit="per 100 words",
            high=100.0,
            definition=f"100 x words of the category / words, sums over the turns of the {role}. "
            "A word counts if it, or a part of a contraction or hyphenated word, is an entry or "
            "begins with a stem of it.",
            support=RATE_SUPPORT,
            source="a dictionary of the user's",
            compute=_rate(name, role),
        )
        for role in RESPONDERS
    ]


def _rate(name: str, role: str) -> Callable[[Measured], float]:
    return lambda measured: measured.user_words.rate(name, role)


def _value(
    use: Callable[[Measured], CategoryUse], name: str, measure: str, responder: str
) -> Callable[[Measured], float]:
    return lambda measured: use(measured).of(name, measure, responder)


def _entries(name: str, key: str, use: Callable[[Measured], CategoryUse]) -> list[FeatureSpec]:
    """Return LSM, and rLSM, coordination and SWAM per responder, of one category."""
    words = _WORDS[key].format(name=name)
    lsm = FeatureSpec(
        feature="lsm",
        role="dyad",
        params=((key, name),),
        group="",
        title=f"Language style matching, {name}",
        unit="similarity",
        high=1.0,
        definition=f"1 - |p - q| / (p + q + 0.0001), p and q the words {words} per 100 over all "
        "turns of the therapist and of the client.",
        edge_cases="1 if neither uses the category, as in the formula.",
        support=Support(turns=5),
        direction="higher = closer",
        confounds=STYLE_CONFOUND,
        source=LSM_SOURCE,
        compute=_value(use, name, "lsm", ""),
    )
    return [
        lsm,
        *(spec for responder in RESPONDERS for spec in _answers(name, key, use, responder)),
    ]


def _answers(
    name: str, key: str, use: Callable[[Measured], CategoryUse], responder: str
) -> list[FeatureSpec]:
    words = _WORDS[key].format(name=name)
    answers = ANSWERS.format(responder=responder)
    rlsm = FeatureSpec(
        feature="rlsm",
        role="dyad",
        params=tuple(sorted([(key, name), ("responder", responder)])),
        group="",
        title=f"Reciprocal style matching of the {responder}, {name}",
        unit="similarity",
        high=1.0,
        definition=f"Mean over {answers} of 1 - |p - q| / (p + q + 0.0001), p and q the words "
        f"{words} per 100 in the turn before and in the answer.",
        edge_cases="Answers with p = 0 are left out.",
        support=Support(turns=5),
        undefined="few_uses",
        direction="higher = closer",
        confounds=STYLE_CONFOUND,
        source=RLSM_SOURCE,
        compute=_value(use, name, "rlsm", responder),
    )
    return [
        rlsm,
        replace(
            rlsm,
            feature="coordination",
            title=f"Coordination of the {responder}, {name}",
            unit="difference of probabilities",
            low=-1.0,
            definition=f"Of {answers}: {COORDINATION.format(it=f'a word {words}')}.",
            edge_cases=f"Null below {LEAST_USES} turns before that hold the category; 0 if all do.",
            direction=UNFOLLOWED,
            confounds=CHANCE_CONFOUND,
            source=COORDINATION_SOURCE,
            compute=_value(use, name, "coordination", responder),
        ),
        replace(
            rlsm,
            feature="swam",
            title=f"Word-based alignment of the {responder}, {name}",
            unit="log-odds",
            low=None,
            high=None,
            definition=f"Of {answers}: {SWAM.format(it=f'a word {words}')}.",
            edge_cases="Null if none or all of the turns before hold the category.",
            direction=UNFOLLOWED,
            confounds=SWAM_CONFOUND,
            source=SWAM_SOURCE,
            version=2,
            compute=_value(use, name, "swam", responder),
        ),
    ]
