"""Who is spoken of: first and second person, and how the "I" is used."""

from __future__ import annotations

from dataclasses import dataclass

from ...kernels import context as flag
from ..measured import Measured
from ..spec import Expectation, FeatureSpec
from .volume import RATE_SUPPORT, rate

_RYU = "Ryu et al. 2023, doi:10.1016/j.isci.2023.106860; recomputed from its public table"
_FIRST_PERSON = flag.I_SUBJECT | flag.I_OBJECT
_CONFOUND = "who is quoted, translation (the translator's pronouns), talk about the session itself"


@dataclass(frozen=True, slots=True)
class _Count:
    feature: str
    title: str
    what: str
    bits: int
    also: int = flag.WORD
    edge_cases: str = ""


_COUNTS = (
    _Count(
        "i",
        "First person singular",
        "first-person-singular words, any form: I, me, my, mine, myself and the contractions of "
        "I; a contraction counts once",
        _FIRST_PERSON,
        edge_cases="Typed im and ive count; id and ill are other words. A repeated I (I I think) "
        "counts once.",
    ),
    _Count("i_subject", "I as subject", "I and its contractions", flag.I_SUBJECT),
    _Count("i_object", "Me, my, mine, myself", "me, my, mine, myself", flag.I_OBJECT),
    _Count(
        "i_cogverb",
        "I with a cognitive verb",
        "subject I with a form of think, know, guess, mean, believe, feel, wonder or suppose, or "
        "with do or did, among the next two words of the turn, before any sentence-final mark",
        flag.COGNITIVE,
        edge_cases="Fillers between do not count as words; don't and didn't alone do not count "
        "(I don't know does, through know).",
    ),
    _Count(
        "i_formulaic",
        "I in a formula",
        "subject I in a listening formula of the lexicon that stands before punctuation or the "
        "end of the turn (I see, I hear you, I hear that, I understand, I get it, I get that), "
        "or in the discourse marker I mean",
        flag.FORMULAIC,
        also=flag.I_SUBJECT,
        edge_cases="Part of i_rate and i_subject_rate; subtract it to leave formulas out.",
    ),
    _Count(
        "i_quoted",
        "I in quotation marks",
        "first-person-singular words between double quotation marks of one turn",
        _FIRST_PERSON,
        also=flag.QUOTED | flag.WORD,
        edge_cases="Part of i_rate: therapists who voice the client raise it. Only quotations "
        "that the transcriber marked are seen; a mark without its pair is ignored.",
    ),
    _Count(
        "we",
        "First person plural",
        "we, us, our, ours, ourselves, let's, lets and the contractions of we",
        flag.WE,
        edge_cases="US in capitals is a country.",
    ),
    _Count(
        "you",
        "Second person",
        "you, your, yours, yourself, yourselves, y'all, and typed u, ur, ya, with contractions",
        flag.YOU,
    ),
)

_EXPECTED = {
    ("therapist", "i"): (-1, "r = -.48, rho = -.30 with the client's WAI"),
    ("client", "i"): (-1, "r = -.42, rho = -.28 with the client's WAI"),
    ("therapist", "we"): (-1, "r = -.53, rho = -.37 with the client's WAI"),
}


def _expected(role: str, feature: str) -> Expectation | None:
    found = _EXPECTED.get((role, feature))
    return found and Expectation(sign=found[0], effect=found[1], study=_RYU, n=28)


def _of_role(role: str) -> list[FeatureSpec]:
    return [
        FeatureSpec(
            feature=f"{count.feature}_rate",
            role=role,
            group="pronouns",
            title=f"{count.title}, {role}",
            unit="per 100 words",
            high=100.0,
            definition=f"100 x n / words of the {role}, sum over sum; n = {count.what}.",
            edge_cases=count.edge_cases,
            support=RATE_SUPPORT,
            expectation=_expected(role, count.feature),
            confounds=_CONFOUND,
            source="Forms: closed class of the language's lexicon file",
            compute=rate(count.bits, role, also=count.also),
        )
        for count in _COUNTS
    ]


def _of_turn(count: _Count) -> FeatureSpec:
    def compute(measured: Measured) -> object:
        return measured.count(count.bits, also=count.also)

    return FeatureSpec(
        feature=f"{count.feature}_n",
        role="",
        level="turn",
        group="pronouns",
        title=count.title,
        unit="words",
        whole=True,
        definition=f"Number of {count.what}, in the merged turn.",
        edge_cases=count.edge_cases,
        compute=compute,
    )


SPECS = (
    *_of_role("therapist"),
    *_of_role("client"),
    *(_of_turn(count) for count in _COUNTS),
)
