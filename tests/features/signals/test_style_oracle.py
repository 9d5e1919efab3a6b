"""Every feature of style and alignment against plain Python, values and null codes."""

import math

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import alliance_features as af
import naive
import naive_style
from alliance_features.features.signals.style import CATEGORIES

EARLIER = ("lsm", "rlsm", "lexical_overlap", "bow_l1")  # their own oracle is in naive.py


def names_without_vectors():
    return [
        name
        for name in af.list_features("synchrony")
        if (spec := af.describe_feature(name)).needs != ("lexicon", "vectors")
        and spec.feature in (*EARLIER, "coordination", "swam", "lexical_cosine", "bow_l1_matched")
        and not spec.core
    ]


@pytest.fixture(scope="module")
def check(measure, lists):
    names = names_without_vectors()
    assert len(names) == 86  # 88 with the two that need vectors

    def compare(session):
        found = measure.session(session, names)
        turns = [(turn.role, turn.text) for turn in session.turns]
        expected = naive_style.style_session(turns, lists, CATEGORIES)
        said = [
            sum(who == role and bool(naive.words(text, lists)) for who, text, _, _ in joined)
            for joined in [naive.merged(turns)]
            for role in naive.ROLES
        ]
        for name in names:
            spec = af.describe_feature(name)
            code = None
            if "particle" in name:
                code = "no_category"
            elif min(said) < 5:
                code = "few_turns"
            elif math.isnan(expected[name]):
                code = spec.undefined
            assert found.codes.get(name) == code, name
            if code is None:
                np.testing.assert_allclose(
                    found.values[name], expected[name], rtol=1e-11, atol=1e-11, err_msg=name
                )

    return compare


def test_examples(example_sessions, check):
    for session in example_sessions:
        check(session)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_generated_sessions(data, talk, make_session, check):
    # Several draws make one session, so that some have the support.
    turns = [turn for _ in range(3) for turn in data.draw(talk)]
    check(make_session(*turns))


def test_embeddings(example_sessions, lists, measure):
    shipped = af.load_vectors(None)
    names = [f"dyad__embedding_cosine__responder_{role}" for role in naive.ROLES]
    for session in example_sessions:
        turns = [(turn.role, turn.text) for turn in session.turns]
        words = {w for turn in af.turn_tokens(session) for w in turn if shipped.row(w) >= 0}
        vectors = {w: shipped.matrix[shipped.row(w)].astype(float).tolist() for w in words}
        expected = naive_style.embedding_session(turns, lists, vectors)
        found = measure.session(session, names)
        for name in names:
            if name in found.codes:
                assert found.codes[name] == "few_turns"
            else:
                np.testing.assert_allclose(found.values[name], expected[name], rtol=1e-11)


# Laws of all of them


def swapped(session, **changes):
    other = {"therapist": "client", "client": "therapist"}
    turns = [{**turn, "role": other[turn["role"]]} for turn in session.to_dict()["turns"]]
    return af.Session.from_dict({**session.to_dict(), "turns": turns, **changes})


def test_swapping_the_speakers_swaps_the_responders(example_sessions, measure):
    for session in example_sessions[:3]:
        one = measure.session(session, "style").values
        two = measure.session(swapped(session), "style").values
        for name, value in one.items():
            mirrored = (
                name.replace("r_therapist", "r_\0")
                .replace("r_client", "r_therapist")
                .replace("r_\0", "r_client")
            )
            assert (value is None) == (two[mirrored] is None), name
            if value is not None:
                np.testing.assert_allclose(two[mirrored], value, rtol=1e-12, atol=1e-15)


def test_word_order_matters_to_pairs_of_words_alone(make_session, measure, rng):
    turns = [
        "the dog saw a cat and it ran away from us",
        "did you see where it went or did you look for the dog",
        "not really because the house is very far from here",
    ]
    plain = [turns[n % 3] + " and" * (n % 4 == 0) for n in range(16)]
    mixed = [" ".join(rng.permutation(text.split())) for text in plain]
    assert mixed != plain
    one = measure.session(make_session(*plain), "style").values
    two = measure.session(make_session(*mixed), "style").values
    different = {
        name
        for name, value in one.items()
        if value is not None and not math.isclose(value, two[name], rel_tol=1e-12, abs_tol=1e-12)
    }
    assert different == {f"dyad__lexical_cosine__n_2__responder_{role}" for role in naive.ROLES}
