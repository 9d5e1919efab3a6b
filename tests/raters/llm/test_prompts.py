"""What is asked: the transcript first, the statement last; and what is left of long sessions."""

import json

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alliance_features import MergedTurn, merge_turns
from alliance_features.raters.llm import prompts
from alliance_features.raters.llm.split import MOST_LEVELS, split


@pytest.fixture
def turns(make_session):
    session = make_session(
        ("client", "A hard\nweek."), ("client", "Very."), ("therapist", "How so?"), ("client", "")
    )
    return merge_turns(session)


def _ask(lines, statement="They agree.", **changed):
    fixed = {"mode": "direct_logprob", "perspective": "observer", "low": 1, "high": 5, "chars": 9}
    return prompts.messages(lines, statement, **{**fixed, **changed})


def test_a_transcript_has_one_line_a_turn(turns):
    lines = prompts.render_turns(turns)
    assert lines == ["[0] Client: A hard week. Very.", "[2] Therapist: How so?"]


def test_statements_share_all_that_stands_before_them(turns):
    lines = prompts.render_turns(turns)
    one, other = (_ask(lines, text) for text in ("They agree.", "They quarrel."))
    assert one[0] == other[0]
    first, second = one[1]["content"], other[1]["content"]
    place = first.index("They agree.")
    assert first[:place] == second[:place]
    assert place > first.index("How so?") > first.index("A hard week.")
    # what follows the statement is short: little is read anew for each
    assert len(first) - place < 100


@pytest.mark.parametrize("mode", prompts.MODES)
def test_every_prompt_names_the_scale(mode, turns):
    system, user = _ask(prompts.render_turns(turns), mode=mode, low=1, high=7)
    assert "from 1 to 7" in system["content"]
    assert "from 1 to 7" in user["content"]
    assert "{" not in user["content"]


def test_perspectives_differ(turns):
    lines = prompts.render_turns(turns)
    told = {who: _ask(lines, perspective=who) for who in ("client", "therapist", "observer")}
    assert len({one[0]["content"] for one in told.values()}) == 3
    assert len({one[1]["content"] for one in told.values()}) == 1


def test_a_change_of_wording_is_a_change_of_name(monkeypatch):
    """Change the version with the wording, then these: they detect a change and prove nothing."""
    names = [prompts.prompt_id(mode) for mode in prompts.MODES]
    assert names == [
        "direct_logprob-v1-a5c39b12",
        "rationale_then_score-v1-25142af4",
        "sampled_mean-v1-a5c39b12",
    ]
    monkeypatch.setattr(prompts, "_TASK", prompts._TASK + " Please.")
    assert not set(names) & {prompts.prompt_id(mode) for mode in prompts.MODES}


def test_the_schema_takes_what_the_prompt_asks_for():
    schema = prompts.schema(1, 5, 20)
    good = {"rationale": "They agree.", "evidence": [0, 2], "rating": 4}
    jsonschema.validate(good, schema)
    jsonschema.validate({**good, "rating": None}, schema)
    for bad in ({"rating": 6}, {"rating": 2.5}, {"evidence": [-1]}, {"rationale": "a" * 21}):
        with pytest.raises(jsonschema.ValidationError, match="is"):
            jsonschema.validate({**good, **bad}, schema)
    assert json.dumps(schema)


def _talk(lengths):
    return [
        MergedTurn(
            role=("client", "therapist")[place % 2],
            text="w" * length,
            turn_index=2 * place,
            n_merged=2,
        )
        for place, length in enumerate(lengths)
    ]


TALKS = st.lists(st.integers(1, 60), min_size=1, max_size=30).map(_talk)


@given(TALKS, st.sampled_from(["error", "head_tail", "chunk"]))
def test_first_the_whole_session_is_sent(talk, policy):
    (part,) = split(talk, policy, 0)
    assert list(part.lines) == prompts.render_turns(talk)
    assert part.turns == {turn.turn_index for turn in talk}
    assert split(talk, "error", 1) is None
    assert split(talk, policy, MOST_LEVELS + 1) is None


@given(TALKS, st.integers(1, 5))
def test_head_and_tail(talk, level):
    parts = split(talk, "head_tail", level)
    lines = prompts.render_turns(talk)
    if parts is None:
        return
    (part,) = parts
    kept = [line for line in part.lines if line in lines]
    (mark,) = [line for line in part.lines if line not in lines]
    cut = part.lines.index(mark)
    assert list(part.lines[:cut]) == lines[:cut]
    assert list(part.lines[cut + 1 :]) == lines[len(lines) - (len(kept) - cut) :]
    assert sum(len(line) + 1 for line in kept) <= sum(len(line) + 1 for line in lines) / 2**level
    first = talk[cut].turn_index
    last = talk[len(talk) - (len(kept) - cut) - 1].turn_index + 1
    assert mark == f"[turns {first} to {last} are left out]"
    assert len(part.turns) == len(kept)


@given(TALKS, st.integers(1, 5))
def test_chunks_hold_every_turn_once(talk, level):
    parts = split(talk, "chunk", level)
    if parts is None:
        assert len(talk) < 2**level
        return
    lines = [line for part in parts for line in part.lines[1:]]
    assert lines == prompts.render_turns(talk)
    assert sum(len(part.turns) for part in parts) == len(talk)
    assert [part.lines[0] for part in parts] == [
        f"[part {number} of {len(parts)} of the session]" for number in range(1, len(parts) + 1)
    ]


def test_chunks_of_equal_turns_are_equal():
    parts = split(_talk([10] * 8), "chunk", 2)
    assert [sorted(part.turns) for part in parts] == [[0, 2], [4, 6], [8, 10], [12, 14]]
