"""No word of a transcript or an answer in any output, store, log or error."""

import json
import logging
import os
import subprocess
import sys
import traceback

import pytest

from alliance_features import AllianceError
from alliance_features.commands.rate import rate_files
from alliance_features.raters.llm.settings import RatingPlan
from alliance_features.transcript.source import Input
from canaries import check_files, content_of, no_canary
from llm_stub import able, completion, stub

SAID = "xylocarpella is quombatrine."


@pytest.fixture
def sessions(tmp_path):
    turns = [{"role": role, "text": SAID} for role in ("client", "therapist")]
    record = {"session_id": "s1", "language": "en", "turns": turns}
    path = tmp_path / "sessions.jsonl"
    path.write_text(json.dumps(record))
    return path


def _echo(body):
    """Quote the transcript wherever a server can."""
    if "Transcript" not in body["messages"][-1]["content"]:
        return able(body)
    kind = body["seed"] % 8
    reply = json.dumps({"rationale": SAID, "evidence": [0], "rating": 3})
    return [
        completion(SAID),
        completion(f"{SAID} 3", logprobs={SAID: -0.1, "3": -3.0}),
        completion(reply),
        completion(None, refusal=SAID),
        (400, {}, {"error": {"message": SAID, "code": SAID}}),
        (500, {"X-Said": "quombatrine"}, {"error": {"message": SAID}}),
        f'{{"{SAID}": '.encode(),
        {"choices": [{"message": {"content": [SAID]}, "finish_reason": SAID, "logprobs": SAID}]},
    ][kind]


@pytest.mark.parametrize("mode", ["direct_logprob", "rationale_then_score", "sampled_mean"])
def test_nothing_that_is_written_or_logged(mode, sessions, tmp_path, caplog, capfdbinary):
    caplog.set_level(logging.DEBUG)
    for name in ("openai", "openai._base_client", "httpx", "httpx2", "httpcore", "httpcore2"):
        caplog.set_level(logging.DEBUG, logger=name)
    with stub(_echo) as server:
        plan = RatingPlan(
            base_url=server.url, model="m", mode=mode, samples=2, retries=1, concurrency=2
        )
        summary = rate_files(Input(paths=[sessions]), tmp_path / "out", plan, output_format="csv")
        assert len(server.bodies) > 18
    assert set(summary.statuses["items"]) >= {"error"}
    assert len(check_files(tmp_path / "out")) == 8
    no_canary(repr(summary).encode(), "the summary")
    for record in caplog.records:
        no_canary(f"{record.getMessage()} {record.args}".encode(), record.name)
    told = capfdbinary.readouterr()
    no_canary(told.out + told.err, "what is printed")


def test_rationales_are_kept_where_they_are_asked_for(sessions, tmp_path):
    reply = json.dumps({"rationale": SAID, "evidence": [0, 1], "rating": 3})

    def reasons(body):
        return completion(reply) if "Transcript" in body["messages"][-1]["content"] else able(body)

    with stub(reasons) as server:
        fixed = {"base_url": server.url, "model": "m", "mode": "rationale_then_score"}
        source = Input(paths=[sessions])
        rate_files(source, tmp_path / "without", RatingPlan(**fixed))
        kept = RatingPlan(**fixed, with_rationales=True)
        summary = rate_files(source, tmp_path / "with", kept)
        asked = len(server.bodies)
        again = rate_files(source, tmp_path / "with", kept, overwrite=True)
        assert len(server.bodies) == asked
    assert not (tmp_path / "without/rationales").exists()
    check_files(tmp_path / "without")
    texts = again.result.rationales["rationale"].to_pylist()
    assert texts == [SAID] * 18 == summary.result.rationales["rationale"].to_pylist()
    for path in (tmp_path / "with").rglob("*"):
        if path.is_file() and path.parent.name != "rationales" and path.suffix != ".sqlite":
            no_canary(content_of(path), path.name)


@pytest.mark.parametrize("status", [401, 404, 429])
def test_nothing_in_errors_that_stop_a_run(status, sessions, tmp_path):
    reply = (status, {"Retry-After": "0"}, {"error": {"message": SAID}})
    with stub(lambda body: reply) as server:
        plan = RatingPlan(base_url=server.url, model="m", retries=0)
        with pytest.raises(AllianceError, match="The server stopped the rating") as caught:
            rate_files(Input(paths=[sessions]), tmp_path / "out", plan)
    no_canary("".join(traceback.format_exception(caught.value)).encode(), "the traceback")


def test_nothing_in_a_defect_of_ours(sessions, tmp_path, monkeypatch):
    def broken(*_):
        raise KeyError(SAID)

    monkeypatch.setattr("alliance_features.raters.llm.ask.read_digit", broken)
    with stub(able) as server:
        plan = RatingPlan(base_url=server.url, model="m")
        with pytest.raises(AllianceError, match=r"KeyError in test_privacy\.py") as caught:
            rate_files(Input(paths=[sessions]), tmp_path / "out", plan)
    no_canary("".join(traceback.format_exception(caught.value)).encode(), "the traceback")


def test_nothing_in_the_debug_log_of_the_library(sessions, tmp_path):
    """OPENAI_LOG=debug makes it log whole requests, if it is let."""
    rows = [f"{number},bond,1,Statement {number}.,en,1,5" for number in range(8)]
    header = "id,subscale,sign,observer,language,low,high"
    (tmp_path / "few.csv").write_text("\n".join([header, *rows]))
    with stub(_echo) as server:
        command = [
            *(sys.executable, "-c", "from alliance_features.cli import main; main()", "rate"),
            *(str(sessions), "-o", str(tmp_path / "out"), "--base-url", server.url),
            *("--model", "m", "--mode", "sampled_mean", "--samples", "1"),
            *("--inventory", str(tmp_path / "few.csv")),
        ]
        environment = {**os.environ, "OPENAI_LOG": "debug", "OPENAI_API_KEY": "sk-vintergatkorn"}
        done = subprocess.run(command, capture_output=True, env=environment, timeout=60)
    assert b"subscales" in done.stdout
    told = done.stdout + done.stderr
    no_canary(told, "what is printed")
    assert b"vintergatkorn" not in told
    for path in (tmp_path / "out").rglob("*"):
        if path.is_file():
            assert b"vintergatkorn" not in path.read_bytes(), path
