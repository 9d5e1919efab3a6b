"""Who is spoken of: first and second person, and how the "I" is used."""

from __future__ import annotations

from ...kernels import token_flags as flag
from ..spec import Expectation, FeatureSpec
from .word_counts import WordCount, word_rate, words_of_turn

FIRST_PERSON = ("i_subject", "i_object")
_RYU = "Ryu et al. 2023, doi:10.1016/j.isci.2023.106860; recomputed from its public table"
_CONFOUND = "who is quoted, translation (the translator's pronouns), talk about the session itself"
_COUNTS = (
    WordCount(
        feature="i",
        title="First person singular",
        what="first-person-singular words, any form: I, me, my, mine, myself and the contractions "
        "of I; a contraction counts once",
        classes=FIRST_PERSON,
        edge_cases="Typed im and ive count; id and ill are other words. A repeated I (I I think) "
        "counts once.",
    ),
    WordCount(
        feature="i_subject",
        title="I as subject",
        what="I and its contractions",
        classes=("i_subject",),
    ),
    WordCount(
        feature="i_object",
        title="Me, my, mine, myself",
        what="me, my, mine, myself",
        classes=("i_object",),
    ),
    WordCount(
        feature="i_cogverb",
        title="I with a cognitive verb",
        what="subject I with a form of think, know, guess, mean, believe, feel, wonder or suppose, "
        "or with do or did, among the next two words of the turn, before any sentence-final mark",
        classes=("i_subject", "cognitive_verb"),
        bits=flag.COGNITIVE,
        edge_cases="Fillers between do not count as words; don't and didn't alone do not count "
        "(I don't know does, through know).",
    ),
    WordCount(
        feature="i_formulaic",
        title="I in a formula",
        what="subject I in a listening formula of the lexicon that stands before punctuation or "
        "the end of the turn (I see, I hear you, I hear that, I understand, I get it, I get that), "
        "or in the discourse marker I mean",
        classes=("i_subject",),
        bits=flag.FORMULAIC,
        also=flag.I_SUBJECT,
        lists=("phrases.formulaic",),
        edge_cases="Part of i_rate and i_subject_rate; subtract it to leave formulas out.",
    ),
    WordCount(
        feature="i_quoted",
        title="I in quotation marks",
        what="first-person-singular words between double quotation marks of one turn",
        classes=FIRST_PERSON,
        also=flag.QUOTED | flag.WORD,
        edge_cases="Part of i_rate: therapists who voice the client raise it. Only quotations "
        "that the transcriber marked are seen; a mark without its pair is ignored.",
    ),
    WordCount(
        feature="we",
        title="First person plural",
        what="we, us, our, ours, ourselves, let's, lets and the contractions of we",
        classes=("we",),
        edge_cases="US in capitals is a country.",
    ),
    WordCount(
        feature="you",
        title="Second person",
        what="you, your, yours, yourself, yourselves, y'all, and typed u, ur, ya, with "
        "contractions",
        classes=("you",),
    ),
)

_EXPECTED = {
    ("therapist", "i"): (-1, "r = -.48, rho = -.30 with the client's WAI"),
    ("client", "i"): (-1, "r = -.42, rho = -.28 with the client's WAI"),
    ("therapist", "we"): (-1, "r = -.53, rho = -.37 with the client's WAI"),
}


def _expected(role: str, feature: str) -> Expectation | None:
    published = _EXPECTED.get((role, feature))
    return published and Expectation(sign=published[0], effect=published[1], study=_RYU, n=28)


def _of_role(role: str) -> list[FeatureSpec]:
    return [
        word_rate(
            count,
            role,
            "pronouns",
            core=True,
            expectation=_expected(role, count.feature),
            confounds=_CONFOUND,
            source="Forms: closed class of the language's lexicon file",
        )
        for count in _COUNTS
    ]


SPECS = (
    *_of_role("therapist"),
    *_of_role("client"),
    *(words_of_turn(count, "pronouns", core=True) for count in _COUNTS),
)
