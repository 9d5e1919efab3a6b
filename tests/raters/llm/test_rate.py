"""Ratings by a real server (llama.cpp) with random weights: they say nothing about quality."""

import math
import sys
from dataclasses import replace

import pytest

import alliance_features as af
import naive_llm
from alliance_features.inventories import load_inventory
from alliance_features.raters.llm.cache import AnswerCache
from alliance_features.raters.llm.rate import rate_sessions
from alliance_features.raters.llm.settings import RatingPlan
from alliance_features.raters.schema import SCORE_SCHEMA
from llm_server import start

if sys.platform != "linux":  # as in pyproject.toml; elsewhere, a missing package is a failure
    pytest.importorskip("xllamacpp", reason="llama.cpp's server has no wheel for this system")


@pytest.fixture(scope="module")
def server():
    return start()


@pytest.fixture
def sessions(make_session):
    return [
        make_session(
            *(f"Turn {number} of {name}, with some words in it." for number in range(6)),
            session_id=name,
            client_id=f"client-{name}",
        )
        for name in ("s1", "s2")
    ]


def _plan(server, name, **settings):
    return RatingPlan(**{"base_url": server.url(name), "model": "tiny", **settings})


def _few(n_items):
    inventory = load_inventory()
    return replace(inventory, items=inventory.items[:n_items])


def _rows(result, level="items"):
    rows = result.scores.to_pylist()
    return [row for row in rows if (row["item"] is None) == (level == "subscales")]


def test_expected_ratings(server, sessions):
    result = rate_sessions(sessions, _plan(server, "digits"))
    details = result.details.to_pylist()
    assert len(details) == 36
    assert {one["status"] for one in details} == {"ok"}
    assert {one["method"] for one in details} == {"direct_logprob"}
    assert {one["constraint"] for one in details} == {"grammar"}
    assert result.capabilities == {"logprobs": True, "choice": False, "grammar": True}
    for detail, row in zip(details, _rows(result), strict=True):
        assert 0.9 <= detail["mass"] <= 1
        assert 0 < detail["entropy_bits"] < math.log2(5)
        assert 1 <= row["score"] <= 5
        assert row["score"] % 1
        assert row["tokens_in"] > 400
        assert row["tokens_out"] == 1
        assert row["seconds"] > 0
    assert result.tally.requests == 36 + 3
    assert len(result.fingerprints) == 1
    assert len({row["score"] for row in _rows(result)}) > 18  # items are told apart


def test_the_table_is_one_of_scores(server, sessions, tmp_path):
    plan = _plan(
        server,
        "digits",
        perspective="client",
        repeats=2,
        inventory=_few(8),
        price_in=0.5,
        price_out=2.0,
    )
    result = rate_sessions(sessions, plan)
    assert result.scores.schema == SCORE_SCHEMA
    items = _rows(result)
    assert {row["run"] for row in items} == {"1", "2"}
    assert {row["client_id"] for row in items} == {"client-s1", "client-s2"}
    for row in _rows(result, "subscales"):
        own = [
            one
            for one in items
            if all(one[name] == row[name] for name in ("session_id", "run", "dimension"))
        ]
        signs = {item.id: item.sign for item in plan.with_inventory().items.items}
        known = naive_llm.subscale(
            [one["score"] for one in own], [signs[one["item"]] for one in own], 1, 5
        )
        assert row["score"] == pytest.approx(known, rel=1e-12)
        assert row["tokens_in"] == sum(one["tokens_in"] for one in own)
        assert row["cost"] == pytest.approx(
            sum(one["tokens_in"] * 0.5 + one["tokens_out"] * 2 for one in own) / 1000
        )
    af.write_ratings(tmp_path / "scores.parquet", result.scores)
    assert af.read_scores(tmp_path / "scores.parquet").equals(result.scores)
    af.write_ratings(tmp_path / "scores.csv", result.scores)
    assert af.read_scores(tmp_path / "scores.csv")["score"].equals(result.scores["score"])


def test_a_model_that_likes_no_digit_falls_back_on_samples(server, sessions):
    result = rate_sessions(sessions[:1], _plan(server, "plain", samples=4, inventory=_few(6)))
    for detail, row in zip(result.details.to_pylist(), _rows(result), strict=True):
        assert (detail["method"], detail["note"]) == ("sampled_mean", "low_mass")
        assert detail["mass"] < 0.9
        assert (detail["samples_n"], detail["samples_ok_n"]) == (4, 4)
        assert row["score"] * 4 == round(row["score"] * 4)
    assert any(detail["samples_sd"] > 0 for detail in result.details.to_pylist())


def test_what_is_stored_is_not_asked_again(server, sessions):
    cache = AnswerCache()
    plan = _plan(server, "digits")
    first = rate_sessions(sessions[:1], plan, cache=cache)
    before = len(server.asked("digits")), len(server.asked("digits", probes=True))
    again = rate_sessions(sessions[:1], plan, cache=cache)
    assert (len(server.asked("digits")), len(server.asked("digits", probes=True))) == before
    assert again.scores.equals(first.scores)
    assert again.details.equals(first.details)
    both = rate_sessions(sessions, plan, cache=cache)
    assert (both.tally.stored, both.tally.asked) == (18, 18)
    cache.close()


def test_rationales_and_their_evidence(server, sessions):
    plan = _plan(
        server,
        "digits",
        mode="rationale_then_score",
        with_rationales=True,
        rationale_chars=30,
        max_tokens=400,
        retries=12,
        inventory=_few(8),
    )
    result = rate_sessions(sessions[:1], plan)
    details = result.details.to_pylist()
    assert result.capabilities == {"schema": True}
    assert {rationale["constraint"] for rationale in details} == {"schema"}
    held = {"ok": 0, "missing": 0}
    for detail, row in zip(details, _rows(result), strict=True):
        assert detail["status"] in held, detail
        held[detail["status"]] += 1
        assert (row["score"] is None) == (detail["status"] != "ok")
        assert {int(turn) for turn in (detail["evidence"] or "").split()} <= set(range(6))
    assert held["ok"] > 0
    rationales = result.rationales.to_pylist()
    assert len(rationales) == 8
    assert all(len(rationale["rationale"]) <= 30 for rationale in rationales)


def test_a_session_that_is_too_long(server, make_session):
    turns = [f"{number} " + "some words of a long talk " * 12 for number in range(14)]
    session = make_session(*turns, session_id="long")
    outcome = {}
    for policy in ("error", "head_tail", "chunk"):
        result = rate_sessions(
            [session], _plan(server, "digits", overflow=policy, inventory=_few(2))
        )
        detail = result.details.to_pylist()[0]
        outcome[policy] = (
            detail["status"],
            detail["code"],
            detail["parts_n"],
            detail["turns_sent_n"],
        )
        assert detail["turns_n"] == 14
    # 14 turns of 315 byte tokens: too long for 4096 whole, short enough in halves.
    assert outcome["error"] == ("error", "context_overflow", 1, 0)
    assert outcome["head_tail"] == ("ok", None, 1, 6)
    assert outcome["chunk"] == ("ok", None, 2, 14)


def test_a_session_without_words_is_not_asked_about(server, make_session):
    before = len(server.asked("digits"))
    result = rate_sessions([make_session("", " ")], _plan(server, "digits"))
    assert set(result.details["code"].to_pylist()) == {"empty_session"}
    assert set(result.scores["status"].to_pylist()) == {"error"}
    assert len(server.asked("digits")) == before


def test_one_session_twice(server, sessions):
    with pytest.raises(af.ParameterError, match="holds a session_id twice"):
        rate_sessions([sessions[0], sessions[0]], _plan(server, "digits"))
