"""What replies say: expected ratings, numbers, JSON, refusals."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

import naive_llm
from alliance_features.raters.llm.answers import (
    CODES,
    Answer,
    expected_rating,
    read_digit,
    read_json,
    read_number,
)

TOKENS = [f"{space}{digit}" for digit in range(10) for space in ("", " ")] + ["x", "10", " ", "-1"]


@st.composite
def tops(draw):
    """Draw up to 20 tokens with probabilities that add up to at most 1."""
    tokens = draw(st.lists(st.sampled_from(TOKENS), unique=True, max_size=20))
    weights = [draw(st.floats(1e-6, 1.0)) for _ in tokens]
    total = sum(weights) + draw(st.floats(0.0, 1.0))
    return [
        (token, math.log(weight / total)) for token, weight in zip(tokens, weights, strict=True)
    ]


def test_a_worked_example():
    # 4 with .5 and, with the space, .1; 2 with .2; .2 on no digit: (4 * .6 + 2 * .2) / .8 = 3.5
    top = {"4": math.log(0.5), " 4": math.log(0.1), "2": math.log(0.2), "no": math.log(0.2)}
    expected, mass, entropy, argmax = expected_rating(top, 1, 5)
    assert expected == pytest.approx(3.5, abs=1e-12)
    assert mass == pytest.approx(0.8, abs=1e-12)
    # shares 3/4 and 1/4: 2 - 3/4 log2 3
    assert entropy == pytest.approx(2 - 0.75 * math.log2(3), abs=1e-12)
    assert argmax == 4


@given(tops(), st.sampled_from([(1, 5), (1, 7), (0, 9), (0, 1)]))
def test_it_matches_the_oracle(top, ends):
    expected = expected_rating(dict(top), *ends)
    known = naive_llm.expected_rating(top, *ends)
    for one, other in zip(expected, known, strict=True):
        assert one == other or one == pytest.approx(other, rel=1e-12, abs=1e-12)
    if expected[0] is not None:
        assert ends[0] - 1e-9 <= expected[0] <= ends[1] + 1e-9
        assert 0 <= expected[2] <= math.log2(ends[1] - ends[0] + 1) + 1e-9


@pytest.mark.parametrize("marked", ["\u25814", "\u01204", "\n4", "4 "])
def test_the_space_before_a_token_is_written_in_several_ways(marked):
    assert expected_rating({marked: 0.0}, 1, 5)[0] == 4.0


def test_other_scripts_have_other_digits():
    assert expected_rating({"\u0664": 0.0, "\u00b2": 0.0}, 1, 5) == (None, 0.0, None, None)


def _choice(top):
    entries = [{"token": token, "logprob": value} for token, value in top.items()]
    return {"logprobs": {"content": [{"top_logprobs": entries}]}}


def test_below_the_least_mass_there_is_no_score():
    fields = read_digit(_choice({"3": math.log(0.89), "x": math.log(0.11)}), 1, 5)
    assert (fields["status"], fields["code"]) == ("missing", "low_mass")
    assert "score" not in fields
    assert fields["mass"] == pytest.approx(0.89)
    assert read_digit(_choice({"3": math.log(0.91)}), 1, 5)["score"] == 3.0


@pytest.mark.parametrize(
    "choice",
    [
        {},
        {"logprobs": None},
        {"logprobs": {"content": []}},
        {"logprobs": {"content": [{"top_logprobs": []}]}},
        {"logprobs": {"content": [{"top_logprobs": [{"token": "3"}]}]}},
        {"logprobs": {"content": [{"top_logprobs": [{"token": "3", "logprob": None}]}]}},
        _choice({"3": -math.inf}),
        _choice({"3": math.nan}),
    ],
)
def test_no_probabilities(choice):
    assert read_digit(choice, 1, 5) == {"status": "missing", "code": "no_logprobs"}


@pytest.mark.parametrize(
    ("content", "status", "code", "score"),
    [
        ("4", "ok", None, 4.0),
        (" 4\n", "ok", None, 4.0),
        ("Rating: 4.", "ok", None, 4.0),
        ("4, so 4", "ok", None, 4.0),
        ("6", "out_of_range", "off_scale", None),
        ("-1", "out_of_range", "off_scale", None),
        ("3.5", "out_of_range", "off_scale", None),
        ("3 or 4", "unparsable", "no_number", None),
        ("four", "unparsable", "no_number", None),
        ("I'm sorry, but I can't do that.", "refused", "refusal", None),
        ("I cannot rate this session.", "refused", "refusal", None),
        ("As an AI, no.", "refused", "refusal", None),
        ("", "missing", "empty", None),
        (None, "missing", "empty", None),
        (["3"], "missing", "empty", None),
    ],
)
def test_numbers(content, status, code, score):
    answer = Answer(**read_number({"message": {"content": content}}, 1, 5))
    assert (answer.status, answer.code, answer.score) == (status, code, score)


def test_a_server_that_says_it_declined():
    assert read_number({"message": {"refusal": "No."}}, 1, 5)["code"] == "refusal"
    assert read_number({"finish_reason": "content_filter"}, 1, 5) == {
        "status": "refused",
        "code": "content_filter",
    }


GOOD = {"rationale": "They agree.", "evidence": [2, 9, 2, 4], "rating": 4}


def _json(answer, finish="stop", chars=50):
    content = answer if isinstance(answer, str) else json.dumps(answer)
    choice = {"message": {"content": content}, "finish_reason": finish}
    return Answer(**read_json(choice, 1, 5, turns={0, 2, 4}, chars=chars))


def test_json_and_its_evidence():
    content = _json(GOOD)
    assert (content.status, content.score, content.code) == ("ok", 4.0, None)
    assert content.evidence == (2, 4)
    assert content.evidence_absent == 1
    assert content.rationale == "They agree."
    assert "agree" not in repr(content)


def test_a_longer_rationale_is_cut():
    content = _json({**GOOD, "rationale": "a" * 80})
    assert (content.status, content.code, len(content.rationale)) == ("ok", "rationale_cut", 50)


@pytest.mark.parametrize(
    ("answer", "finish", "status", "code"),
    [
        ({**GOOD, "rating": None}, "stop", "missing", "absent_rating"),
        ({**GOOD, "rating": 9}, "stop", "out_of_range", "off_scale"),
        ({**GOOD, "rating": 2.5}, "stop", "out_of_range", "off_scale"),
        ({**GOOD, "rating": "4"}, "stop", "unparsable", "not_json"),
        ({**GOOD, "rating": True}, "stop", "unparsable", "not_json"),
        ({**GOOD, "evidence": ["2"]}, "stop", "unparsable", "not_json"),
        ({**GOOD, "evidence": None}, "stop", "unparsable", "not_json"),
        ({"rating": 4}, "stop", "unparsable", "not_json"),
        ([4], "stop", "unparsable", "not_json"),
        ("4", "stop", "unparsable", "not_json"),
        (json.dumps(GOOD)[:-4], "stop", "unparsable", "not_json"),
        (json.dumps(GOOD)[:-4], "length", "unparsable", "cut_off"),
        ("[" * 100_000, "stop", "unparsable", "not_json"),
        ("I can't help with that.", "stop", "refused", "refusal"),
        ("", "stop", "missing", "empty"),
    ],
)
def test_json_that_is_no_answer(answer, finish, status, code):
    content = _json(answer, finish)
    assert (content.status, content.code, content.score) == (status, code, None)


def test_every_code_has_a_meaning():
    assert all(meaning for meaning in CODES.values())
    assert list(CODES) == sorted(CODES)
