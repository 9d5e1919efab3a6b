"""uCLiD and nCLiD, their relatives and surrogates in tables: support, null codes, every column."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from numpy.testing import assert_allclose

import alliance_features as af
import naive
import naive_synchrony
from alliance_features.features.measures.surrogates import DRAWS, session_seed, shuffles

ANCHORS = ("therapist", "client")
TALK = ["mother", "father", "work", "home", "sleep"]
TURNS = ["adjacent_wmd", "bow_l1", "nearest_reply_wmd"]
# What is made of distances; the set of that name holds more.
DISTANT = [
    name
    for name in af.list_features("synchrony")
    if af.describe_feature(name).group == "synchrony"
    and "vectors" in af.describe_feature(name).needs
]
COUNTS = ["dyad__oov_prop", "dyad__wmd_pairs_n"]
SUPPORTED = [name for name in DISTANT if name not in COUNTS]


def shuffled(session_id, seed=0):
    """Return how the orders of n replies are drawn for a session."""
    return lambda n: np.concatenate([*shuffles(n, DRAWS, session_seed(session_id, seed))]).tolist()


def expected_values(session, lists, vectors=None):
    turns = [(turn.role, turn.text) for turn in session.turns]
    merged = naive.merged(turns)
    roles = [role for role, _, _, _ in merged]
    bags = [naive.turn_tokens(text, lists) for _, text, _, _ in merged]
    shipped = af.load_vectors(vectors)
    known = {word for bag in bags for word in bag if shipped.row(word) >= 0}
    d = af.wmd_matrix(bags, vectors=vectors).tolist()
    return {
        **naive.vector_session(turns, lists, known, d),
        **naive_synchrony.variants(d, roles),
        **naive_synchrony.surrogate_columns(d, roles, shuffled(session.session_id)),
    }


def test_support_is_five_usable_turns_of_each(make_session, measure):
    four = make_session(*TALK, *TALK[:4])  # 5 turns of the client, 4 of the therapist
    assert measure.session(four, DISTANT).codes == dict.fromkeys(SUPPORTED, "few_turns")
    five = measure.session(make_session(*TALK, *TALK), DISTANT)
    assert "few_turns" not in five.codes.values()
    # The client speaks first: only 4 of the client's turns follow the therapist's first.
    assert five.codes["dyad__uclid__anchor_therapist__k_5__windows_complete"] == "undefined"
    assert five.values["dyad__uclid__anchor_client__k_5__windows_complete"] is not None
    unknown = make_session(*TALK, *TALK[:4], "xqzzy")  # a word, but one without a vector
    found = measure.session(unknown, DISTANT)
    assert found.codes == dict.fromkeys(SUPPORTED, "few_turns")
    assert_allclose(found.values["dyad__oov_prop"], 0.1, rtol=1e-12)
    assert found.values["dyad__wmd_pairs_n"] == 36  # 9 x 8 / 2


def test_null_codes_of_vectors_and_languages(make_session, measure):
    talk = ["mother", "father"] * 5
    japanese = make_session(*talk, language="ja")
    assert measure.session(japanese, DISTANT).codes == dict.fromkeys(DISTANT, "no_lexicon")
    german = af.Vectors({"mother": 0}, np.ones((1, 2)), "de", "0" * 64, language="de")
    found = measure.session(make_session(*talk), DISTANT, vectors=german)
    assert found.codes == dict.fromkeys(DISTANT, "no_vectors")
    british = measure.session(make_session(*talk, language="en-GB"), "core")
    assert not {*DISTANT} & {*british.codes}
    turns = measure.turns(make_session(*talk[:2]), TURNS, vectors=german)
    assert {name: code for (_, name), code in turns.codes.items() if name != "bow_l1"} == {
        "adjacent_wmd": "no_vectors",
        "nearest_reply_wmd": "no_vectors",
    }


def test_alpha_zero_is_undefined(make_session, measure):
    found = measure.session(make_session(*["mother"] * 14), DISTANT)
    chance = [name for name in DISTANT if "__surrogate_" in name and not name.endswith("__p")]
    undefined = {name for name in DISTANT if "__nclid__" in name} | {*chance}
    assert found.codes == dict.fromkeys(undefined, "undefined")
    assert found.values["dyad__uclid__anchor_client"] == 0.0
    assert found.values["dyad__alpha_within_therapist"] == 0.0
    # Every order is as close as the real one.
    assert found.values["dyad__uclid__anchor_client__surrogate_circular__p"] == 1.0


def test_a_direction_without_a_known_reply_is_undefined(make_session, measure, lists):
    # First only the therapist has known words, then only the client: nothing known follows the
    # client's, and no two neighbours are known.
    talk = [("therapist", "mother"), ("client", "xqzzy")] * 5
    talk += [("therapist", "xqzzy"), ("client", "father")] * 8
    session = make_session(*talk)
    found = measure.session(session, DISTANT)
    for name in ("uclid", "nclid", "alpha_cross"):
        assert found.codes[f"dyad__{name}__anchor_client"] == "undefined"
    for role in ANCHORS:
        name = f"dyad__adjacent_wmd__responder_{role}"
        assert found.codes[f"{name}__mean"] == "undefined"
        assert found.codes[f"{name}__slope"] == found.codes[f"{name}__third_diff"] == "few_turns"
        assert found.codes[f"{name}__surrogate_circular__p"] == "undefined"
    expected = expected_values(session, lists)
    assert {name for name in DISTANT if math.isnan(expected[name])} == set(found.codes)
    # Two turns of the therapist reach a known one among the next three; all distances are equal,
    # and those within a speaker 0: nCLiD is 1, in every order.
    assert_allclose(found.values["dyad__nclid__anchor_therapist"], 1.0, rtol=1e-14)
    ratio = found.values["dyad__nclid__anchor_therapist__surrogate_shuffle__ratio"]
    assert_allclose(ratio, 1.0, rtol=1e-14)
    assert found.codes["dyad__nclid__anchor_therapist__surrogate_shuffle__z"] == "undefined"


def test_turns_that_answer_nobody(make_session, measure):
    found = measure.turns(make_session("mother", "father", "work"), TURNS)
    assert set(found.codes) == {(0, "adjacent_wmd"), (0, "bow_l1"), (2, "nearest_reply_wmd")}
    assert set(found.codes.values()) == {"no_pair"}
    distances = af.wmd_matrix([["mother"], ["father"], ["work"]])
    assert [row["adjacent_wmd"] for row in found.rows[1:]] == [distances[0, 1], distances[1, 2]]
    assert [row["nearest_reply_wmd"] for row in found.rows[:2]] == [
        distances[0, 1],
        distances[1, 2],
    ]


def test_without_any_token(make_session, measure):
    found = measure.session(make_session("um", "uh"), COUNTS)
    assert found.codes == {"dyad__oov_prop": "no_events"}
    assert found.values["dyad__wmd_pairs_n"] == 0


def test_examples_match_naive(example_sessions, lists, measure):
    for session in example_sessions[:3]:
        values = measure.session(session, DISTANT).values
        expected = expected_values(session, lists)
        assert not set(values) - set(expected)
        for name in values:
            found = math.nan if values[name] is None else values[name]
            assert_allclose(found, expected[name], rtol=1e-11, atol=1e-12, err_msg=name)


def test_generated_sessions_match_naive(talk, make_session, measure, lists):
    # Surrogates of generated conversations are compared in test_surrogates.py.
    names = [name for name in DISTANT if "__surrogate_" not in name]

    @settings(max_examples=40)
    @given(talk)
    def check(turns):
        session = make_session(*turns)
        found = measure.session(session, names)
        merged = naive.merged([(turn.role, turn.text) for turn in session.turns])
        bags = [naive.turn_tokens(text, lists) for _, text, _, _ in merged]
        shipped = af.load_vectors(None)
        known = {word for bag in bags for word in bag if shipped.row(word) >= 0}
        d = af.wmd_matrix(bags).tolist()
        expected = naive.vector_session(turns, lists, known, d)
        expected |= naive_synchrony.variants(d, [role for role, _, _, _ in merged])
        for name in names:
            if name not in found.codes:
                assert_allclose(
                    found.values[name], expected[name], rtol=1e-11, atol=1e-11, err_msg=name
                )
            elif found.codes[name] != "few_turns":
                assert math.isnan(expected[name]), name

    check()


# What is computed when only near turns are asked for


@pytest.mark.parametrize("k", [1, 2, 3, 5])
def test_near_distances_are_those_of_the_whole_matrix(example_sessions, measure, k):
    near = [n for n in DISTANT if (reach := af.describe_feature(n).reach) and reach <= 2 * k - 1]
    assert near
    for session in example_sessions[:3]:
        whole = measure.session(session, DISTANT).values
        alone = measure.session(session, near).values
        assert alone == {name: whole[name] for name in near}


def test_only_near_pairs_are_solved(example_sessions, monkeypatch):
    from alliance_features.features.measures import distance
    from alliance_features.features.measures import near_turns as near

    solved = []
    listed = near.listed_pairs

    def count(*arguments):
        solved.append(arguments[4].size)
        return listed(*arguments)

    monkeypatch.setattr(near, "listed_pairs", count)
    monkeypatch.setattr(distance, "all_pairs", None)
    session = example_sessions[0]
    n = len(af.merge_turns(session))
    af.extract(session, features="dyad__uclid__anchor_client")
    af.extract_turns(session, features="adjacent_wmd")
    af.extract(session, features="volume")
    assert solved == [3 * n - 9, n - 1]  # 1, 3 and 5 places apart; neighbours; none


# Seeds


def test_the_seed_moves_what_is_drawn_and_nothing_else(example_sessions):
    session = example_sessions[0]
    one, two, again = (
        af.extract(session, features="synchrony", seed=seed).to_pylist()[0] for seed in (0, 7, 0)
    )
    assert one == again
    changed = {name for name in one if one[name] != two[name]}
    assert changed
    assert all("__surrogate_shuffle__" in name for name in changed)
    # Exact over all orders: the draws only give the p.
    exact = [name for name in changed if "adjacent_wmd" in name]
    assert exact
    assert all(name.endswith("__p") for name in exact)


def test_orders_depend_on_the_id_of_the_session(example_sessions):
    record = example_sessions[0].to_dict()
    names = [name for name in DISTANT if "__surrogate_" in name]
    one, two = (
        af.extract(
            af.Session.from_dict({**record, "session_id": name}), features=names
        ).to_pylist()[0]
        for name in ("a", "b")
    )
    changed = {name for name in names if one[name] != two[name]}
    assert changed
    assert all("shuffle" in name for name in changed)


@pytest.mark.parametrize("seed", [-1, 1.5, "0", None, True])
@pytest.mark.parametrize("extract", [af.extract, af.extract_turns])
def test_malformed_seeds(extract, seed):
    with pytest.raises(af.ParameterError, match=r"`seed` is .* whole number >= 0"):
        extract([], seed=seed)
