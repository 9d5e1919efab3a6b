"""Style matching, worked by hand; laws; null codes. The oracle is in `test_table.py`."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import alliance_features as af
from alliance_features.features.measures.matching import style_match
from alliance_features.features.signals.style import CATEGORIES
from alliance_features.lexicons import available_languages, load_lexicon

LSM = "dyad__lsm"
CORE = [
    LSM,
    *(
        f"dyad__{name}__responder_{role}"
        for name in ("rlsm", "lexical_overlap")
        for role in ("client", "therapist")
    ),
]
N_CATEGORIES = 9


@pytest.fixture
def talk(make_session):
    """Build five exchanges, the therapist first, each with the same two turns."""

    def make(therapist, client, **fields):
        pairs = [("therapist", therapist), ("client", client)] * 5
        return make_session(*pairs, **fields)

    return make


def test_lsm_by_hand(talk, measure):
    # Therapist: the, a of 4 words = 50 % articles. Client: the of 4 = 25 %.
    # Neither uses anything else, and an unused category counts 1.
    session = talk("the dog a cat", "the dog runs fast")
    article = 1 - 25 / (75 + 0.0001)
    assert math.isclose(
        measure.session(session, "style").values[LSM],
        (article + N_CATEGORIES - 1) / N_CATEGORIES,
        rel_tol=1e-12,
    )


def test_rlsm_by_hand(talk, measure):
    values = measure.session(talk("the dog a cat", "the dog runs fast"), "style").values
    # The client answers 50 % articles with 25 %, the therapist 25 % with 50 %: the same match.
    article = 1 - 25 / (75 + 0.0001)
    for responder in ("client", "therapist"):
        found = values[f"dyad__rlsm__responder_{responder}"]
        assert math.isclose(found, article, rel_tol=1e-12)


def test_rlsm_leaves_out_what_the_other_did_not_use(talk, measure):
    # The therapist has articles, which the client never uses: 0.0001 / 50.0001 of a match.
    # The client has a negation, which is no exchange for the client: the therapist had none.
    values = measure.session(talk("the dog a cat", "no dogs run fast"), "style").values
    assert math.isclose(values["dyad__rlsm__responder_client"], 1 - 50 / 50.0001, rel_tol=1e-9)
    assert math.isclose(values["dyad__rlsm__responder_therapist"], 1 - 25 / 25.0001, rel_tol=1e-9)


def test_a_contraction_belongs_to_its_parts(talk, measure):
    # I'm: pronoun and auxiliary; three words with it.
    whole = measure.session(talk("I'm tired today", "I'm tired today"), "style").values[LSM]
    assert whole == 1.0
    counts = load_lexicon("en").function_words
    assert "i" in counts["personal_pronoun"]
    assert "am" in counts["auxiliary_verb"]
    parts = measure.session(talk("I'm tired today", "dogs run fast"), "style").values[LSM]
    gone = 1 - (100 / 3) / (100 / 3 + 0.0001)
    assert math.isclose(parts, (2 * gone + 7) / 9, rel_tol=1e-9)


def test_lexical_overlap_by_hand(talk, measure):
    # The client repeats "dog" (1 of 3 distinct), the therapist takes "dog" of 2.
    values = measure.session(talk("dog cat", "dog dog runs fast"), "style").values
    assert values["dyad__lexical_overlap__responder_client"] == 1 / 3
    assert values["dyad__lexical_overlap__responder_therapist"] == 1 / 2


@given(st.floats(0, 100), st.floats(0, 100))
def test_a_match_is_symmetric_and_one_at_equality(p, q):
    one, other = np.array([p]), np.array([q])
    match = style_match(one, other)
    assert match == style_match(other, one)
    assert 0 <= match[0] <= 1
    assert style_match(one, one)[0] == 1.0


def test_swapping_the_speakers_swaps_the_responders(talk, measure):
    a, b = "the dog a cat is not here", "I know that it was very late"
    one = measure.session(talk(a, b), "style").values
    session = talk(a, b)
    other_role = {"therapist": "client", "client": "therapist"}
    swapped = af.Session.from_dict(
        {
            **session.to_dict(),
            "turns": [{"role": other_role[turn.role], "text": turn.text} for turn in session.turns],
        }
    )
    two = measure.session(swapped, "style").values
    assert one[LSM] == two[LSM]
    for name in ("rlsm", "lexical_overlap"):
        for role, opposite in other_role.items():
            first = one[f"dyad__{name}__responder_{role}"]
            assert first == two[f"dyad__{name}__responder_{opposite}"]


def test_null_codes(make_session, talk, measure):
    short = make_session(("therapist", "the dog"), ("client", "a cat"))
    assert set(measure.session(short, "style").codes.values()) == {"few_turns", "no_category"}
    assert set(measure.session(short, CORE).codes.values()) == {"few_turns"}
    other = measure.session(talk("the dog", "a cat", language="ja"), "style")
    assert set(other.codes.values()) == {"no_lexicon"}
    # No function word at all: nothing to exchange.
    bare = measure.session(talk("dogs bark", "cats purr"), CORE)
    assert bare.codes == {
        "dyad__rlsm__responder_client": "undefined",
        "dyad__rlsm__responder_therapist": "undefined",
    }


def test_a_language_without_function_words(talk, measure, monkeypatch):
    from dataclasses import replace

    from alliance_features.features import measured

    bare = replace(load_lexicon("en"), function_words={})
    monkeypatch.setattr(measured, "load_lexicon", lambda language: bare)
    found = measure.session(talk("the dog", "a cat"), "style")
    missing = {name for name, code in found.codes.items() if code == "no_function_words"}
    assert missing == {
        name
        for name in af.list_features("style")
        if "function_words" in af.describe_feature(name).needs
    }
    assert {LSM, "dyad__swam__responder_client", "dyad__lsm__category_particle"} <= missing


# By category


def test_categories_are_those_of_the_lexicons():
    lists = {code: load_lexicon(code).function_words for code in available_languages()}
    assert set(CATEGORIES) == set().union(*lists.values())
    for name in CATEGORIES:
        having = {code for code in lists if name in lists[code]}
        languages = af.describe_feature(f"dyad__lsm__category_{name}").languages
        assert having == set(languages or lists), name


def test_categories_by_hand(talk, measure):
    # As in the first two tests: articles are 50 % and 25 %; nothing else is used.
    values = measure.session(talk("the dog a cat", "the dog runs fast"), "style").values
    article = 1 - 25 / (75 + 0.0001)
    for name in (
        "dyad__lsm__category_article",
        "dyad__rlsm__category_article__responder_client",
        "dyad__rlsm__category_article__responder_therapist",
    ):
        assert math.isclose(values[name], article, rel_tol=1e-12)
    assert values["dyad__lsm__category_negation"] == 1.0
    assert values["dyad__rlsm__category_negation__responder_client"] is None


def test_the_mean_of_the_categories_is_the_measure(example_sessions, measure):
    for session in example_sessions:
        values = measure.session(session, "style").values
        for measured in ("lsm", "rlsm", "coordination", "swam"):
            for end in (
                ("",) if measured == "lsm" else ("__responder_client", "__responder_therapist")
            ):
                known = [
                    value
                    for name in CATEGORIES
                    if (value := values[f"dyad__{measured}__category_{name}{end}"]) is not None
                ]
                whole = values[f"dyad__{measured}{end}"]
                assert (whole is None) == (not known)
                if known:
                    np.testing.assert_allclose(whole, math.fsum(known) / len(known), rtol=1e-12)


def test_codes_of_categories(talk, measure):
    codes = measure.session(talk("the dog a cat", "the dog runs fast"), "style").codes
    assert {code for name, code in codes.items() if "particle" in name} == {"no_category"}
    assert len([name for name in codes if "particle" in name]) == 7
    assert codes["dyad__rlsm__category_negation__responder_client"] == "few_uses"
    german = measure.session(talk("der Hund", "ein Hund", language="de"), "style")
    assert {code for name, code in german.codes.items() if "particle" in name} == {"no_category"}
    assert german.values["dyad__lsm__category_article"] == 1.0


def test_chinese_has_particles_and_no_articles(talk, measure):
    codes = measure.session(talk("我的书", "你的书", language="zh"), "style").codes
    assert codes["dyad__lsm__category_article"] == "no_category"
    assert "dyad__lsm__category_particle" not in codes
