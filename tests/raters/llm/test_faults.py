"""Faults of a server, scripted where a real one cannot be made to show them."""

import itertools
import json
import math
import sys
import threading
import time
from dataclasses import replace

import pytest

from alliance_features import RaterError, ResourceError
from alliance_features.inventories import Inventory, Item
from alliance_features.raters.llm import rate
from alliance_features.raters.llm.rate import rate_sessions
from alliance_features.raters.llm.settings import RatingPlan
from llm_stub import able, completion, ratings, stub

ITEM = Item(id="1", subscale="bond", sign=1, wordings={"observer": "They agree."}, negated={})
ONE = Inventory(
    name="one", version="1", language="en", low=1, high=5, instrument=None, sha256="", items=(ITEM,)
)


@pytest.fixture
def session(make_session):
    return make_session("It was a hard week, all told.", "What made it hard?")


def _about(body):
    return "Transcript" in body["messages"][-1]["content"]


def _rate(session, script, **settings):
    """Rate one item; `script` is asked for ratings, probes are answered as by an able server."""
    with stub(lambda body: script(body) if _about(body) else able(body)) as server:
        fixed = {"base_url": server.url, "model": "m", "inventory": ONE, "concurrency": 1}
        result = rate_sessions([session], RatingPlan(**{**fixed, **settings}))
        return result.details.to_pylist()[0], result, ratings(server), server


def test_a_server_that_can_everything(session):
    detail, result, asked, server = _rate(session, able)
    assert (detail["status"], detail["constraint"], detail["requests_n"]) == ("ok", "choice", 1)
    assert asked[0]["structured_outputs"] == {"choice": ["1", "2", "3", "4", "5"]}
    assert (asked[0]["max_tokens"], asked[0]["temperature"]) == (1, 0.0)
    assert result.capabilities == {"logprobs": True, "choice": True}
    item, subscale = result.scores.to_pylist()
    assert item["score"] == subscale["score"] == 3.0
    assert (item["tokens_in"], item["tokens_out"]) == (1000, 1)
    assert len(server.bodies) == 3  # two probes


@pytest.mark.parametrize(
    ("reply", "status", "code"),
    [
        (completion("I'm sorry, I can't rate that."), "refused", "refusal"),
        (completion(None, refusal="No."), "refused", "refusal"),
        (completion("", finish="content_filter"), "refused", "content_filter"),
        (completion("well"), "unparsable", "no_number"),
        (completion(""), "missing", "empty"),
        (completion("8"), "out_of_range", "off_scale"),
        (completion("3", usage=(3, 1)), "error", "truncated"),
        ((400, {}, {"error": {"message": "no such field"}}), "error", "http_400"),
        (
            (400, {}, {"error": {"code": "context_length_exceeded", "message": "x"}}),
            "error",
            "context_overflow",
        ),
        (
            (400, {}, {"message": "This model's maximum context length is 4096 tokens."}),
            "error",
            "context_overflow",
        ),
        ((500, {}, {"error": {"message": "peg-native"}}), "error", "http_500"),
        (b"{garbage", "error", "garbage"),
        (b"[]", "error", "garbage"),
        ({"choices": []}, "error", "garbage"),
        (b"x" * 5_000_000, "error", "too_large"),
    ],
)
def test_what_becomes_of_a_reply(session, reply, status, code):
    settings = {"mode": "sampled_mean", "samples": 1, "retries": 1}
    detail, result, asked, _ = _rate(session, lambda _: reply, **settings)
    assert (detail["status"], detail["code"]) == (status, code)
    again = code in ("http_500", "garbage", "too_large")
    assert len(asked) == detail["requests_n"] == 1 + again
    item, subscale = result.scores.to_pylist()
    assert item["score"] is subscale["score"] is None
    assert item["status"] == subscale["status"] == status


def test_each_retry_has_a_new_seed(session):
    seeds = []

    def fails_twice(body):
        seeds.append(body["seed"])
        return (500, {}, {"error": "x"}) if len(seeds) < 3 else able(body)

    detail, result, _, _ = _rate(session, fails_twice)
    assert (detail["status"], detail["requests_n"]) == ("ok", 3)
    assert len(set(seeds)) == 3
    assert all(0 <= seed < 2**31 for seed in seeds)
    assert (result.tally.retries, result.tally.asked) == (2, 1)


def test_rest_is_given_when_the_server_asks_for_it(session):
    asked = []

    def busy(body):
        asked.append(body)
        return (429, {"Retry-After": "0.3"}, {"error": "x"}) if len(asked) == 1 else able(body)

    detail, _, _, server = _rate(session, busy)
    assert detail["status"] == "ok"
    first, second = server.times[-2:]
    assert second - first >= 0.3


def test_a_rate_limit_spaces_requests(session):
    _, _, _, server = _rate(
        session, able, mode="sampled_mean", samples=4, rate_limit=1200, concurrency=4
    )
    gaps = [later - one for one, later in zip(server.times, server.times[1:], strict=False)]
    assert len(gaps) == 4
    assert sum(gaps) >= 4 * 0.05 - 0.02


def test_a_server_that_hangs_is_given_up(session):
    def hang(body):
        time.sleep(1.5)
        return able(body)

    begun = time.monotonic()
    detail, _, asked, _ = _rate(session, hang, timeout=0.2, retries=1)
    assert (detail["status"], detail["code"], len(asked)) == ("error", "timeout", 2)
    assert time.monotonic() - begun < 1.4


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (401, "refuses the key; set OPENAI_API_KEY"),
        (403, "refuses the key"),
        (404, "knows no model m"),
        (429, "too many requests"),
    ],
)
def test_what_stops_a_run(session, status, message):
    reply = (status, {"Retry-After": "0"}, {"error": {"message": "They agree."}})
    with pytest.raises(RaterError, match=message) as caught:
        _rate(session, lambda _: reply, retries=1)
    assert "agree" not in str(caught.value)
    assert caught.value.__cause__ is caught.value.__context__ is None


def test_a_server_that_hangs_from_the_start(session):
    """Else it would pass for one without probabilities."""
    with stub(lambda _: time.sleep(0.6)) as server:
        plan = RatingPlan(base_url=server.url, model="m", inventory=ONE, timeout=0.1, retries=0)
        with pytest.raises(RaterError, match="does not answer in time"):
            rate_sessions([session], plan)


def test_no_more_calls_at_once_than_allowed(session):
    lock, now, most = threading.Lock(), [0], [0]

    def slow(body):
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        time.sleep(0.05)
        with lock:
            now[0] -= 1
        return able(body)

    with stub(slow) as server:
        plan = RatingPlan(base_url=server.url, model="m", concurrency=3)
        rate_sessions([session], plan)
    assert most == [3]


def test_a_stopped_run_waits_for_what_is_on_its_way(session, monkeypatch):
    """Else its connection would be opened after the client was closed, and stay."""
    monkeypatch.setattr(rate, "_SECONDS_OF_GRACE", 60.0)  # a busy machine may be slow
    two = replace(ONE, items=(ITEM, replace(ITEM, id="2")))
    release, number = threading.Event(), itertools.count()

    def script(body):
        if _about(body) and next(number) == 1:
            release.wait(10)
        return able(body)

    def stop(done, _):
        if done:
            threading.Timer(0.2, release.set).start()
            raise KeyboardInterrupt

    with stub(script) as server:
        plan = RatingPlan(base_url=server.url, model="m", inventory=two, concurrency=2)
        with pytest.raises(KeyboardInterrupt):
            rate_sessions([session], plan, progress=stop)
        still = [thread.name for thread in threading.enumerate() if thread.name.startswith("rate-")]
    assert release.is_set()
    assert not still


def test_without_the_library(session, monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "openai", None)
    plan = RatingPlan(base_url="http://127.0.0.1:1/v1", model="m", inventory=ONE)
    with pytest.raises(ResourceError, match=r"pip install alliance-features\[llm\]"):
        rate_sessions([session], plan, cache=tmp_path / "a.sqlite")
    assert not (tmp_path / "a.sqlite").exists()


def test_answers_in_a_file(session, tmp_path):
    with stub(able) as server:
        plan = RatingPlan(base_url=server.url, model="m", inventory=ONE)
        for _ in range(2):
            result = rate_sessions([session], plan, cache=tmp_path / "a.sqlite")
        assert len(ratings(server)) == 1
    assert (result.tally.stored, result.tally.requests) == (1, 0)


def test_a_server_that_is_not_there(session, tmp_path):
    with stub(able) as server:
        pass
    plan = RatingPlan(base_url=server.url, model="m", inventory=ONE, retries=1)
    message = f"rating: {server.url} cannot be reached; .* runs there. There are no answers yet.$"
    with pytest.raises(RaterError, match=message):
        rate_sessions([session], plan, cache=tmp_path / "out/a.sqlite")
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize(
    ("store", "message"),
    [("a.sqlite", "Answers so far are stored; the same command continues"), (None, "not stored")],
)
def test_a_server_that_goes_away(session, tmp_path, store, message):
    def tired(body):
        return able(body) if len(ratings(server)) < 5 else (429, {"Retry-After": "0"}, {})

    cache = None if store is None else tmp_path / store
    with stub(lambda body: tired(body)) as server:
        plan = RatingPlan(base_url=server.url, model="m", concurrency=1, retries=0)
        with pytest.raises(RaterError, match=rf"too many requests.*\(HTTP 429\)\. .*{message}"):
            rate_sessions([session], plan, cache=cache)
        if store is None:
            return
        # Of a store with answers, those of this run are told of, had now or before.
        with pytest.raises(RaterError, match=message):
            rate_sessions([session], plan, cache=cache)
        other = replace(plan, seed=1)
        with pytest.raises(RaterError, match="There are no answers yet"):
            rate_sessions([session], other, cache=cache)


def test_without_probabilities_samples_are_drawn(session):
    def no_logprobs(body):
        return (400, {}, {"error": "no logprobs"}) if body.get("logprobs") else completion("4")

    with stub(no_logprobs) as server:
        plan = RatingPlan(base_url=server.url, model="m", inventory=ONE, samples=3)
        result = rate_sessions([session], plan)
    (detail,) = result.details.to_pylist()
    assert (detail["method"], detail["note"]) == ("sampled_mean", "no_logprobs")
    assert (detail["samples_n"], detail["samples_ok_n"], detail["mass"]) == (3, 3, None)
    assert result.capabilities == {"logprobs": False, "choice": False, "grammar": False}
    assert result.scores["score"].to_pylist() == [4.0, 4.0]


def test_where_the_digits_are_unlikely_samples_are_drawn(session):
    def unsure(body):
        if body.get("logprobs"):
            return completion("3", logprobs={"3": math.log(0.5), "Well": math.log(0.5)})
        return completion("12345"[body["seed"] % 5])

    detail, result, asked, _ = _rate(session, unsure, samples=4)
    drawn = [int("12345"[body["seed"] % 5]) for body in asked[1:]]
    assert len(drawn) == 4
    assert result.scores["score"].to_pylist()[0] == pytest.approx(sum(drawn) / 4)
    assert (detail["method"], detail["note"]) == ("sampled_mean", "low_mass")
    assert detail["mass"] == pytest.approx(0.5)
    assert detail["requests_n"] == 5


@pytest.mark.parametrize(
    ("replies", "status", "code", "score"),
    [
        (["4", "x", "2", "y"], "ok", None, 3.0),
        (["4", "x", "y", "z"], "unparsable", "few_samples", None),
        (["9", "9", "x", "4"], "out_of_range", "few_samples", None),
        (["9", "9", "9", "9"], "out_of_range", "off_scale", None),
    ],
)
def test_half_of_the_samples_must_be_ratings(session, replies, status, code, score):
    left = iter(replies)
    settings = {"mode": "sampled_mean", "samples": 4}
    detail, result, _, _ = _rate(session, lambda _: completion(next(left)), **settings)
    assert (detail["status"], detail["code"]) == (status, code)
    assert result.scores["score"].to_pylist()[0] == score


def test_a_server_without_schemas_is_asked_in_words(session):
    reply = completion(json.dumps({"rationale": "r", "evidence": [1, 7], "rating": 2}))
    with stub(lambda body: reply if _about(body) else completion("yes")) as server:
        plan = RatingPlan(
            base_url=server.url, model="m", inventory=ONE, mode="rationale_then_score"
        )
        result = rate_sessions([session], plan)
        (asked,) = ratings(server)
    assert "response_format" not in asked
    (detail,) = result.details.to_pylist()
    assert (detail["status"], detail["constraint"]) == ("ok", "none")
    assert (detail["evidence"], detail["evidence_absent_n"]) == ("1", 1)
    assert result.rationales.num_rows == 0
