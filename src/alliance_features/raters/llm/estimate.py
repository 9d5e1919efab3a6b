"""Estimate the calls, tokens, cost and time of a rating without asking any server."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...transcript import Session, merge_turns
from .ask import Call, call_messages, question
from .settings import RatingPlan
from .split import whole
from .tables import cost

if TYPE_CHECKING:
    from .cache import AnswerCache

#: Characters per token in English text; in other scripts, one token per character.
CHARACTERS_PER_TOKEN = 4.0
_TOKENS_OUT = {"direct_logprob": 1, "sampled_mean": 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """Estimated calls, tokens, cost and time of a rating.

    Attributes
    ----------
    sessions, items : int
        Sessions, and ratings of items (times repeats).
    calls : int
        Calls if every session fits and direct_logprob never falls back on samples.
    calls_most : int
        Calls if all of them fall back.
    stored : int
        Of `calls`, those whose answers are stored already.
    tokens_in, tokens_out : int
        Estimated from characters, for calls that are not stored. Calls that reuse the part of a
        transcript that the server has read already may be cheaper.
    cost : float or None
        By the prices of the plan; None without prices.
    seconds : float or None
        From the mean time of stored calls and the rate limit; None where neither is known.
    """

    sessions: int
    items: int
    calls: int
    calls_most: int
    stored: int
    tokens_in: int
    tokens_out: int
    cost: float | None
    seconds: float | None


def estimate_rating(
    sessions: Iterable[Session], plan: RatingPlan, *, cache: AnswerCache | None = None
) -> Estimate:
    """Estimate what rating these sessions would take. Nothing is sent.

    Parameters
    ----------
    sessions : iterable of Session
    plan : RatingPlan
    cache : AnswerCache, optional
        Answers that need not be asked for again.

    Returns
    -------
    Estimate
    """
    plan = plan.with_inventory()
    per_item = plan.samples if plan.mode == "sampled_mean" else 1
    tokens_out = (
        count_tokens("x" * plan.rationale_chars) + 30
        if plan.mode == "rationale_then_score"
        else _TOKENS_OUT[plan.mode]
    )
    n_sessions = n_items = stored = tokens_in = 0
    for session in sessions:
        n_sessions += 1
        for call in _calls(session, plan, per_item):
            n_items += call.sample == 0
            if cache is not None and cache.get(cache.key(question(plan, call))) is not None:
                stored += 1
            else:
                messages = call_messages(plan, call)
                tokens_in += sum(count_tokens(message["content"]) for message in messages)
    calls = n_items * per_item
    left = calls - stored
    return Estimate(
        sessions=n_sessions,
        items=n_items,
        calls=calls,
        calls_most=n_items * (1 + plan.samples) if plan.mode == "direct_logprob" else calls,
        stored=stored,
        tokens_in=tokens_in,
        tokens_out=left * tokens_out,
        cost=cost(plan, tokens_in, left * tokens_out),
        seconds=_seconds(left, plan, None if cache is None else cache.mean_seconds()),
    )


def count_tokens(text: str) -> int:
    """Return roughly how many tokens a text has.

    >>> count_tokens("How was the week?")
    5
    """
    n_plain = sum(character < "\u0250" for character in text)
    return math.ceil(n_plain / CHARACTERS_PER_TOKEN + (len(text) - n_plain))


def _calls(session: Session, plan: RatingPlan, per_item: int) -> Iterable[Call]:
    turns = merge_turns(session)
    if not turns:
        return
    part = whole(turns)
    for repeat in range(1, plan.repeats + 1):
        for item in plan.items.items:
            for sample in range(per_item):
                yield Call(
                    part=part,
                    statement=item.wordings[plan.perspective],
                    mode=plan.mode,
                    session_id=session.session_id,
                    item_id=item.id,
                    repeat=repeat,
                    sample=sample,
                )


def _seconds(left: int, plan: RatingPlan, mean: float | None) -> float | None:
    known = []
    if mean is not None:
        known.append(left * mean / plan.concurrency)
    if plan.rate_limit is not None:
        known.append(left * 60 / plan.rate_limit)
    return max(known) if known else None
