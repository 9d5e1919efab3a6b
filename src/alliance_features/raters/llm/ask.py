"""Get the answer to a call: from the stored answers, else from the server, with retries."""

from __future__ import annotations

import hashlib
import re
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ...errors import RaterError
from .answers import Answer, read_digit, read_json, read_number
from .cache import AnswerCache
from .client import Client, Failure
from .pace import Pace
from .probe import Capabilities, constrain, response_format
from .prompts import messages, prompt_id, schema
from .settings import RatingPlan
from .split import Part

_LONGEST_WAIT = 60.0
# Whole-number scales up to this length are given to the server as a list.
_LONGEST_LIST = 101
_NUMBER_TOKENS = 8
_FINGERPRINT = re.compile(r"[\w.:+-]{1,64}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Call:
    """One request for a rating: a statement about a part of a session, in a mode."""

    part: Part
    statement: str
    mode: str
    session_id: str
    item_id: str
    repeat: int
    sample: int


@dataclass(slots=True)
class Tally:
    """Counts of requests and answers so far."""

    requests: int = 0
    retries: int = 0
    asked: int = 0
    stored: int = 0


class Asker:
    """Answers calls; safe for threads.

    Parameters
    ----------
    plan : RatingPlan
        With its inventory read.
    client : Client
    cache : AnswerCache
    pace : Pace
    """

    def __init__(self, plan: RatingPlan, client: Client, cache: AnswerCache, pace: Pace) -> None:
        self.plan, self.cache, self.pace, self.tally = plan, cache, pace, Tally()
        self._client, self._lock = client, threading.Lock()
        self.capabilities = Capabilities(plan.model, self._probe)
        self.fingerprints: set[str] = set()
        self._has_answers = False

    def ask(self, call: Call) -> Answer:
        """Return the answer to a call.

        Raises
        ------
        RaterError
            If the server cannot be reached, refuses the key, or knows no such model.
        """
        keeps = self.plan.with_rationales and call.mode == "rationale_then_score"
        key = self.cache.key(question(self.plan, call))
        stored = self.cache.get(key)
        if stored is not None:
            self._has_answers = True
            self._count(stored=1)
            return stored
        answer = self._fresh(call)
        if not answer.attempts:  # another server may support it
            return answer
        self._count(asked=1)
        kept = self.cache.put(key, answer, with_rationale=keeps)
        self._has_answers |= kept.status != "error"
        return kept

    def what_is_kept(self) -> str:
        """Return the sentence on stored answers for the message on a stopped run."""
        if not self._has_answers:
            return "There are no answers yet."
        if self.cache.path is None:
            return "Answers so far were not stored: there is no file for them."
        return "Answers so far are stored; the same command continues with the others."

    def _fresh(self, call: Call) -> Answer:
        plan = self.plan
        low, high = plan.scale
        if call.mode == "direct_logprob" and not self.capabilities.has("logprobs"):
            return Answer(status="missing", code="no_logprobs")
        extra, constraint = self._constraint(call.mode)
        messages = call_messages(plan, call)
        fixed = {"model": plan.model, "messages": messages, **settings(plan, call.mode), **extra}
        begun, sent = time.monotonic(), [0]

        def body(attempt: int) -> dict[str, Any]:
            sent[0] = attempt + 1
            return {**fixed, "seed": call_seed(plan.seed, call, attempt)}

        reply = self._send(body)
        about: dict[str, Any] = {
            "constraint": constraint,
            "seconds": time.monotonic() - begun,
            "attempts": sent[0],
        }
        if isinstance(reply, str):
            return Answer(status="error", code=reply, **about)
        fingerprint = reply.get("system_fingerprint")
        if isinstance(fingerprint, str) and _FINGERPRINT.fullmatch(fingerprint):
            self.fingerprints.add(fingerprint)
        about["tokens_in"], about["tokens_out"] = _usage(reply)
        if _cut(about["tokens_in"], messages):
            return Answer(status="error", code="truncated", **about)
        choice = reply["choices"][0]
        if call.mode == "direct_logprob":
            fields = read_digit(choice, low, high)
        elif call.mode == "sampled_mean":
            fields = read_number(choice, low, high)
        else:
            chars = plan.rationale_chars
            fields = read_json(choice, low, high, turns=call.part.turns, chars=chars)
        return replace(Answer(**fields), **about)

    def _constraint(self, mode: str) -> tuple[dict[str, Any], str]:
        """Return the fields of the request that constrain the answer, and their name."""
        low, high = self.plan.scale
        if mode == "rationale_then_score":
            if not self.capabilities.has("schema"):
                return {}, "none"
            form = response_format(schema(low, high, self.plan.rationale_chars))
            return {"response_format": form}, "schema"
        words = tuple(str(number) for number in range(low, high + 1))
        name = self.capabilities.constraint() if len(words) <= _LONGEST_LIST else "none"
        fields = constrain(name, words)
        return ({"extra_body": fields} if fields else {}), name

    def _probe(self, body: Callable[[int], dict[str, Any]]) -> dict[str, Any] | None:
        reply = self._send(body)
        if reply == "timeout":  # this does not show what the server supports
            raise self._stopped(Failure("timeout"))
        return None if isinstance(reply, str) else reply

    def _send(self, body: Callable[[int], dict[str, Any]]) -> dict[str, Any] | str:
        """Return the reply to the first attempt that has one, or the code of an error row."""
        wait, last = 0.0, Failure("connection")
        for attempt in range(self.plan.retries + 1):
            self.pace.wait(wait)
            self._count(requests=1, retries=int(attempt > 0))
            try:
                return self._client.send(body(attempt))
            except Failure as failure:
                last = failure
            if last.kind == "overflow":
                return "context_overflow"
            if last.kind == "status" and last.status in (401, 403, 404):
                break
            if last.kind == "status" and last.status != 429 and (last.status or 0) < 500:
                return f"http_{last.status}"
            wait = self._wait(last, attempt)
        if last.kind == "connection" or last.status in (401, 403, 404, 429):
            raise self._stopped(last)
        return f"http_{last.status}" if last.kind == "status" else last.kind

    def _wait(self, failure: Failure, attempt: int) -> float:
        """Return how long this thread waits; if the server asks for a pause, all threads wait."""
        backoff = min(0.25 * 2**attempt, _LONGEST_WAIT)
        if failure.status == 429 or failure.retry_after is not None:
            rest = backoff if failure.retry_after is None else failure.retry_after
            self.pace.pause(min(rest, _LONGEST_WAIT))
            return 0.0
        # A 500 of llama.cpp concerns this answer only; the next seed may succeed.
        return 0.0 if failure.status == 500 or failure.kind == "garbage" else backoff

    def _stopped(self, failure: Failure) -> RaterError:
        plan = self.plan
        reason = {
            401: "it refuses the key; set OPENAI_API_KEY",
            403: "it refuses the key; set OPENAI_API_KEY",
            404: f"it knows no model {plan.model}, or its address, {plan.base_url}, lacks /v1",
            429: "it says that there are too many requests; set a lower --rate-limit",
        }.get(failure.status or 0)
        if failure.kind == "timeout":
            reason = f"{plan.base_url} does not answer in time; see that the model is loaded"
        elif reason is None:
            reason = f"{plan.base_url} cannot be reached; see that the server runs there"
        http = "" if failure.status is None else f" (HTTP {failure.status})"
        return RaterError(f"The server stopped the rating: {reason}{http}. {self.what_is_kept()}")

    def _count(self, **more: int) -> None:
        with self._lock:
            for name, count in more.items():
                setattr(self.tally, name, getattr(self.tally, name) + count)


def question(plan: RatingPlan, call: Call) -> dict[str, Any]:
    """Return everything that the answer to a call depends on."""
    low, high = plan.scale
    own = call.mode == "rationale_then_score"
    return {
        "model": plan.model,
        "settings": settings(plan, call.mode),
        "scale": [low, high],
        "prompt": prompt_id(call.mode),
        "messages": call_messages(plan, call),
        "schema": schema(low, high, plan.rationale_chars) if own else None,
        "seed": call_seed(plan.seed, call, 0),
        "with_rationale": own and plan.with_rationales,
    }


def settings(plan: RatingPlan, mode: str) -> dict[str, Any]:
    """Return the fields of a request that depend on mode and plan alone."""
    if mode == "direct_logprob":
        return {"temperature": 0.0, "max_tokens": 1, "logprobs": True, "top_logprobs": 20}
    tokens = plan.max_tokens if mode == "rationale_then_score" else _NUMBER_TOKENS
    return {"temperature": plan.sampling_temperature, "max_tokens": tokens}


def call_seed(seed: int, call: Call, attempt: int) -> int:
    """Return the seed of an attempt at a call, below 2**31."""
    parts = [seed, call.session_id, call.item_id, call.mode, call.repeat, call.sample, attempt]
    digest = hashlib.sha256(repr(parts).encode()).digest()
    return int.from_bytes(digest[:4], "big") >> 1


def call_messages(plan: RatingPlan, call: Call) -> list[dict[str, str]]:
    """Return the messages of a call."""
    low, high = plan.scale
    return messages(
        call.part.lines,
        call.statement,
        mode=call.mode,
        perspective=plan.perspective,
        low=low,
        high=high,
        chars=plan.rationale_chars,
    )


def _usage(reply: dict[str, Any]) -> tuple[int | None, int | None]:
    usage = reply.get("usage")
    usage = usage if isinstance(usage, dict) else {}
    counts = [usage.get(name) for name in ("prompt_tokens", "completion_tokens")]
    known = [count if isinstance(count, int) and count >= 0 else None for count in counts]
    return known[0], known[1]


def _cut(tokens: int | None, messages: Sequence[dict[str, str]]) -> bool:
    """Say whether a server read fewer tokens than these words must have in any vocabulary."""
    words = sum(len(message["content"].split()) for message in messages)
    return tokens is not None and tokens < 0.75 * words
