"""Registry entries of adjacent turns: cosines of words and vectors, matched baseline, trends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from ..._typing import FloatArray
from ..measured import Measured
from ..measures.alignment import adjacent_cosines
from ..measures.overlap import SIMILAR, excess_bow_l1
from ..measures.synchrony import mean_of_known
from ..spec import FeatureSpec, Support

_OTHER = {"therapist": "client", "client": "therapist"}
_ALIGN = (
    "Duran, Paxton & Fusaroli 2019 (ALIGN), doi:10.1037/met0000206; ours has merged turns for "
    "utterances, distance tokens for its tokens and lemmas, and leaves out pairs that ALIGN "
    "counts 0"
)


def lexical_cosines(measured: Measured, n: int) -> FloatArray:
    """Return the cosine of the counts of n-grams of each merged turn and the one before."""
    return measured.once(("lexical_cosines", n), lambda: adjacent_cosines(measured.ngrams(n)))


def excess_distances(measured: Measured) -> FloatArray:
    """Return the bag-of-words distance of each merged turn to the one before, length-matched."""
    return measured.once(
        "excess_bow_l1", lambda: excess_bow_l1(measured.ngrams(1), measured.speaks("therapist"))
    )


def _mean(values: Callable[[Measured], FloatArray], role: str) -> Callable[[Measured], float]:
    return lambda measured: mean_of_known(values(measured)[measured.speaks(role)])


def _answering(responder: str) -> list[FeatureSpec]:
    other = _OTHER[responder]
    one_word = FeatureSpec(
        feature="lexical_cosine",
        role="dyad",
        params=(("responder", responder),),
        group="style",
        sets=("synchrony",),
        title=f"Lexical alignment of the {responder}'s turns with the turn before, single words",
        unit="cosine",
        high=1.0,
        definition=f"Mean over the {responder}'s merged turns of the cosine between the counts of "
        "distance tokens of the turn and of the turn before.",
        edge_cases="Pairs with a turn without a token are left out.",
        support=Support(turns=5),
        direction="higher = closer",
        confounds="the length of both turns: frequent words meet by chance",
        source=_ALIGN,
        compute=_mean(lambda measured: lexical_cosines(measured, 1), responder),
    )
    return [
        one_word,
        replace(
            one_word,
            params=(("n", 2), ("responder", responder)),
            title=f"Lexical alignment of the {responder}'s turns with the turn before, word pairs",
            definition=f"Mean over the {responder}'s merged turns of the cosine between the counts "
            "of pairs of neighbouring distance tokens of the turn and of the turn before. Pairs "
            "may cross the rows and sentences of a merged turn.",
            edge_cases="Pairs of turns of which one has fewer than two tokens are left out.",
            compute=_mean(lambda measured: lexical_cosines(measured, 2), responder),
        ),
        replace(
            one_word,
            feature="embedding_cosine",
            title=f"Semantic alignment of the {responder}'s turns with the turn before",
            low=-1.0,
            definition=f"Mean over the {responder}'s merged turns of the cosine between the sums "
            "of the vectors of the distance tokens of the turn and of the turn before; vectors as "
            "they are, not scaled to unit length, one for each token.",
            edge_cases="Tokens without a vector are dropped. Pairs with a turn without a known "
            "token, or whose vectors sum to zero, are left out.",
            needs=("lexicon", "vectors"),
            support=Support(known_turns=5),
            reach=0,
            confounds="the length of both turns: sums of many words are alike; vectors are not "
            "interchangeable",
            source=f"{_ALIGN}; no words are dropped by frequency (ALIGN: above the mean by 3 SD, "
            "or once in the corpus)",
            compute=_mean(lambda measured: measured.embedding_cosines, responder),
        ),
        replace(
            one_word,
            feature="bow_l1_matched",
            title=f"Bag-of-words distance of the {responder}'s turns to the turn before, beyond "
            "that to turns as long",
            unit="L1 distance",
            low=-2.0,
            high=2.0,
            definition=f"Mean over the {responder}'s merged turns of the L1 distance (as in "
            f"bow_l1) to the turn before, minus its mean to all other turns of the {other} that "
            f"are about as long as that turn: neither has more than {SIMILAR:g} times the tokens "
            "of the other. Exact, nothing is drawn.",
            edge_cases="Pairs with a turn without a token, or without another turn as long, are "
            "left out.",
            undefined="no_pair",
            direction=f"below 0 = closer to the turn answered than to others of the {other}; 0 = "
            "no closer",
            confounds="topics that pass: neighbours in time are alike without answering",
            source="our definition, after Sato, Yamada & Kashima 2022, arXiv:2105.14403",
            compute=_mean(excess_distances, responder),
        ),
    ]


SPECS = (*_answering("therapist"), *_answering("client"))
