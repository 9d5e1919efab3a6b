"""Scores of turns: by hand, against the oracle, what each method takes away, bad arguments."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose

import alliance_data
import alliance_features as af
import naive
import naive_alliance
from alliance_features.features.measures.alliance import (
    METHODS,
    AllianceScorer,
    shipped_scorer,
    units,
)
from alliance_features.inventories import load_inventory
from alliance_features.text.encoders import StaticEncoder
from alliance_features.text.vectors import Vectors

HAND = """
name = "hand"
language = "en"
low = 1
high = 5
[[items]]
id = "p"
subscale = "bond"
sign = 1
client = "warm"
therapist = "warm"
observer = "warm"
negated_client = "not"
negated_therapist = "not"
negated_observer = "not"
[[items]]
id = "m"
subscale = "bond"
sign = -1
client = "cold"
therapist = "cold"
observer = "cold"
negated_client = "warm"
negated_therapist = "warm"
negated_observer = "warm"
"""


def _vectors(**words):
    matrix = np.array(list(words.values()), dtype=np.float64)
    index = {word: row for row, word in enumerate(words)}
    return Vectors(index, matrix, "hand", "0" * 64, None, np.ones(len(words)))


@pytest.fixture
def hand(tmp_path):
    path = tmp_path / "hand.toml"
    path.write_text(HAND, encoding="utf-8")
    return load_inventory(path)


@pytest.fixture
def plane():
    return _vectors(warm=[1, 0], cold=[0, 2], tea=[3, 4], **{"not": [-1, 0]})


def test_by_hand(make_session, hand, plane):
    # tea is (.6, .8) against warm (1, 0), cold (0, 1), not (-1, 0)
    session = make_session("tea", "warm cold", "zzz")
    found = {
        m: af.score_turns(session, hand, method=m, vectors=plane) for m in METHODS if m != "null_z"
    }
    half = math.sqrt(0.5)
    assert_allclose(found["cosine"], [[0.6, 0.8], [half, half], [np.nan, np.nan]], rtol=1e-12)
    assert_allclose(
        found["counter"], [[1.2, 0.2], [2 * half, 0], [np.nan, np.nan]], rtol=1e-12, atol=1e-12
    )
    assert_allclose(
        found["centred"], [[-0.1, 0.1], [0, 0], [np.nan, np.nan]], rtol=1e-12, atol=1e-12
    )
    bond = af.subscale_scores(found["cosine"], hand)["bond"]
    assert_allclose(bond, [-0.1, 0, np.nan], rtol=1e-12, atol=1e-12)
    total = af.subscale_scores(found["cosine"], hand, how="sum")["bond"]
    assert_allclose(total, 2 * bond, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("version", ["own", "observer"])
@pytest.mark.parametrize("method", METHODS)
def test_matches_naive(example_sessions, lists, method, version):
    session = example_sessions[0]
    found = af.score_turns(session, method=method, version=version)
    merged = naive.merged([(turn.role, turn.text) for turn in session.turns])
    turns = [(role, naive.turn_tokens(text, lists)) for role, text, _, _ in merged]
    chosen = [0, 1, 2, 3, len(turns) - 1]
    expected = alliance_data.expected_scores([turns[p] for p in chosen], lists, method, version)
    assert found.shape == (len(turns), 18)
    assert_allclose(found[chosen], expected, rtol=1e-9, atol=1e-9)
    signs = alliance_data.inventory_signs()
    for how in ("mean", "sum"):
        for name, values in af.subscale_scores(found[chosen], how=how).items():
            by_hand = naive_alliance.subscale(expected, signs[name], how)
            assert_allclose(values, by_hand, rtol=1e-9, atol=1e-9)


@given(
    arrays(np.float64, (4, 18), elements=st.floats(-1, 1)),
    arrays(np.float64, (4, 1), elements=st.floats(-1, 1)),
)
def test_centred_does_not_feel_a_constant(scores, shift):
    def centred(x):
        return x - x.mean(axis=1, keepdims=True)

    moved = af.subscale_scores(centred(scores + shift))
    for name, values in af.subscale_scores(centred(scores)).items():
        assert_allclose(moved[name], values, atol=1e-12)
        # Our keys are balanced, so that the published score does not feel it either.
        assert_allclose(af.subscale_scores(scores + shift)[name], values, atol=1e-12)


def test_centred_rows_add_up_to_nothing(example_sessions):
    scores = af.score_turns(example_sessions[1], method="centred")
    assert_allclose(np.nansum(scores, axis=1), 0, atol=1e-12)


def test_a_keys_imbalance_turns_an_offset_into_a_score(tmp_path):
    # The keys of the 36-item instrument: an equal likeness c to all gives 2c, 6c and 0.
    key = af_keys()
    path = tmp_path / "mine.csv"
    lines = ["id,subscale,sign,client,therapist,language,low,high,instrument"]
    for number in range(1, 37):
        subscale, sign = key[number]
        lines.append(f"i{number},{subscale},{sign},word {number},word {number},en,1,7,WAI-36")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    same = np.full((1, 36), 0.25)
    found = af.subscale_scores(same, path, how="sum")
    assert {name: float(x[0]) for name, x in found.items()} == {
        "bond": 1.5,
        "task": 0.5,
        "goal": 0.0,
    }


def af_keys():
    from alliance_features.wai import instrument

    known = instrument("WAI-36")
    return {i: (name, s) for name in known.keys for i, s in known.signs(name).items()}


def test_one_version_for_both_gives_one_score_for_one_text(make_session):
    text = "We looked at the plan and it felt right to both of us."
    session = make_session(text, text)
    observer = af.score_turns(session, version="observer")
    assert np.array_equal(observer[0], observer[1])
    own = af.score_turns(session)
    assert not np.allclose(own[0], own[1])


def test_a_turn_does_not_depend_on_the_others(example_sessions, make_session):
    session = example_sessions[2]
    whole = af.score_turns(session)
    first = af.merge_turns(session)[0]
    alone = af.score_turns(make_session((first.role, first.text)))
    assert_allclose(whole[0], alone[0], rtol=1e-12)


def test_nothing_said(make_session):
    assert af.score_turns(make_session()).shape == (0, 18)
    assert np.isnan(af.score_turns(make_session("um", "qzx"), method="null_z")).all()


def test_units_keep_directions():
    found = units(np.array([[3.0, 4.0], [0.0, 0.0], [np.nan, 1.0]]))
    assert_allclose(found, [[0.6, 0.8], [np.nan] * 2, [np.nan] * 2])


def test_shipped_scorer_is_made_once_and_blind_to_polarity():
    vectors = af.load_vectors(None)
    scorer = shipped_scorer(vectors)
    assert scorer is shipped_scorer(vectors)
    assert not any(one.passed for one in scorer.polarity().values())


def test_missing_wordings(make_session, tmp_path, plane):
    path = tmp_path / "own.toml"
    path.write_text(HAND.replace('observer = "', 'id = "x', 0), encoding="utf-8")
    lines = [line for line in HAND.splitlines() if "observer" not in line and "negated" not in line]
    path.write_text("\n".join(lines), encoding="utf-8")
    session = make_session("tea", "tea")
    with pytest.raises(af.ResourceError, match='item "p" has no wording for the observer'):
        af.score_turns(session, path, version="observer", vectors=plane)
    with pytest.raises(af.ResourceError, match='item "p" has no negated wording for the client'):
        af.score_turns(session, path, method="counter", vectors=plane)
    scorer = AllianceScorer(load_inventory(path), StaticEncoder(plane))
    assert list(scorer.polarity("own")) == ["bond"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"session": 3}, "`session` is int; it must be a Session"),
        ({"method": "dot"}, "`method` is 'dot'; it must be one of \"cosine\""),
        ({"version": "client"}, '`version` is \'client\'; it must be one of "own", "observer"'),
        ({"vectors": 3}, "`vectors` is int"),
        (
            {"encoder": StaticEncoder(_vectors(a=[1])), "vectors": _vectors(a=[1])},
            "`vectors` belong to the default encoder",
        ),
    ],
)
def test_malformed_arguments(make_session, arguments, message):
    given = {"session": make_session("tea"), **arguments}
    with pytest.raises(af.ParameterError, match=message):
        af.score_turns(**given)


def test_languages_must_agree(make_session):
    with pytest.raises(af.ParameterError, match='The session is in "de", the inventory'):
        af.score_turns(make_session("Tee", language="de"))


@pytest.mark.parametrize(
    ("scores", "message"),
    [
        (np.zeros((2, 3)), r"`scores` has shape \(2, 3\); it must be \(n_turns, 18\)"),
        ([["a"]], "`scores` is not an array of numbers"),
    ],
)
def test_malformed_scores(scores, message):
    with pytest.raises(af.ParameterError, match=message):
        af.subscale_scores(scores)
