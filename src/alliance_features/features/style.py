"""Style matching: whether the two use function words at the same rates."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from .measured import Measured
from .spec import FeatureSpec, Support
from .synchrony import mean_of_known

FloatArray = npt.NDArray[np.float64]
_SMALL = 0.0001
_OTHER = {"therapist": "client", "client": "therapist"}
_CATEGORIES = (
    "the categories of function words in the lexicon of the language (English: personal and "
    "impersonal pronouns, articles, conjunctions, prepositions, auxiliary verbs, adverbs, "
    "negations, quantifiers)"
)
_CONFOUND = "length, topic, and that both speak the same language: read it beside surrogates"


def style_match(one: FloatArray, other: FloatArray) -> FloatArray:
    """Return 1 - |p - q| / (p + q + 0.0001) for rates per 100 words."""
    return np.asarray(1.0 - np.abs(one - other) / (one + other + _SMALL))


def _lsm(measured: Measured) -> float:
    counts = measured.category_counts
    rates = []
    for role in ("therapist", "client"):
        turns = measured.speaks(role)
        rates.append(100.0 * counts[turns].sum(axis=0) / measured.words[turns].sum())
    return float(style_match(*rates).mean()) if counts.shape[1] else math.nan


def _rlsm(responder: str) -> Callable[[Measured], float]:
    def compute(measured: Measured) -> float:
        words = measured.words.astype(np.float64)
        with np.errstate(invalid="ignore"):
            rates = 100.0 * measured.category_counts / words[:, None]
        usable = measured.speaks(responder)[1:] & (words[1:] > 0) & (words[:-1] > 0)
        before, after = rates[:-1][usable], rates[1:][usable]
        matches = np.where(before > 0, style_match(before, after), np.nan)
        means = [mean_of_known(column) for column in matches.T]
        return mean_of_known(np.array(means, dtype=np.float64))

    return compute


def _overlap(responder: str) -> Callable[[Measured], float]:
    return lambda m: mean_of_known(m.adjacent_overlap[m.speaks(responder)])


def _answering(responder: str) -> list[FeatureSpec]:
    other = _OTHER[responder]
    params = (("responder", responder),)
    return [
        FeatureSpec(
            feature="rlsm",
            role="dyad",
            params=params,
            group="style",
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
            confounds=_CONFOUND,
            source="Mueller-Frommeyer, Frommeyer & Kauffeld 2019, doi:10.3758/s13428-018-1078-8; "
            "rules as in a public re-implementation",
            compute=_rlsm(responder),
        ),
        FeatureSpec(
            feature="lexical_overlap",
            role="dyad",
            params=params,
            group="style",
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
            compute=_overlap(responder),
        ),
    ]


SPECS = (
    FeatureSpec(
        feature="lsm",
        role="dyad",
        group="style",
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
        confounds=_CONFOUND,
        source="Ireland & Pennebaker 2010, doi:10.1037/a0020386; word lists are ours",
        compute=_lsm,
    ),
    *_answering("therapist"),
    *_answering("client"),
)
