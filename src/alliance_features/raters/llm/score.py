"""Score one item of one session from the calls that a mode makes."""

from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from ...inventories import Item
from ...transcript.exchange import MergedTurn
from .answers import Answer
from .ask import Asker, Call
from .split import Part, split

_TOO_LONG = ("context_overflow", "truncated")


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemScore:
    """The score of an item, and how it was obtained.

    Attributes
    ----------
    answer : Answer
        Score, status, and tokens and time of all calls together.
    method : str
        The mode that made the score.
    note : str or None
        Why `method` is not the mode asked for.
    samples_n, samples_ok : int or None
        Answers drawn, and those with a rating.
    samples_sd : float or None
        Standard deviation of the ratings drawn (n - 1).
    parts_n, turns_n, turns_sent : int
        Parts rated; turns of the session; turns in the parts.
    rationales : tuple of str
        One per part, if they are kept.
    """

    answer: Answer
    method: str
    note: str | None = None
    samples_n: int | None = None
    samples_ok: int | None = None
    samples_sd: float | None = None
    parts_n: int = 1
    turns_n: int = 0
    turns_sent: int = 0
    rationales: tuple[str, ...] = field(default=(), repr=False)


class ItemRater:
    """Rates items of sessions."""

    def __init__(self, asker: Asker) -> None:
        self._ask, self._plan = asker.ask, asker.plan

    def rate(
        self, session_id: str, turns: Sequence[MergedTurn], item: Item, repeat: int
    ) -> ItemScore:
        """Return the score of an item, from as much of the session as the policy sends."""
        plan = self._plan
        if not turns:
            nothing = Answer(status="error", code="empty_session")
            return ItemScore(answer=nothing, method=plan.mode, parts_n=0)
        tried: list[ItemScore] = []
        level, parts = 0, split(turns, plan.overflow, 0)
        while parts is not None:
            part_scores: list[ItemScore] = []
            for part in parts:
                part_scores.append(self._part(part, session_id, item, repeat))
                if part_scores[-1].answer.code in _TOO_LONG:
                    break
            tried += part_scores
            if part_scores[-1].answer.code not in _TOO_LONG:
                break
            level += 1
            parts = split(turns, plan.overflow, level)
        whole = _combine(part_scores)
        sent = {turn for part in parts or () for turn in part.turns}
        return replace(
            whole,
            answer=_with_costs(whole.answer, [score.answer for score in tried]),
            turns_n=len(turns),
            turns_sent=len(sent),
        )

    def _part(self, part: Part, session_id: str, item: Item, repeat: int) -> ItemScore:
        call = Call(
            part=part,
            statement=item.wordings[self._plan.perspective],
            mode=self._plan.mode,
            session_id=session_id,
            item_id=item.id,
            repeat=repeat,
            sample=0,
        )
        if call.mode == "sampled_mean":
            return self._sampled(call)
        answer = self._ask(call)
        if call.mode == "rationale_then_score" or answer.code not in ("low_mass", "no_logprobs"):
            kept = () if answer.rationale is None else (answer.rationale,)
            return ItemScore(answer=answer, method=call.mode, rationales=kept)
        drawn = self._sampled(replace(call, mode="sampled_mean"))
        whole = replace(
            drawn.answer, mass=answer.mass, entropy=answer.entropy, argmax=answer.argmax
        )
        merged = _with_costs(whole, [answer, drawn.answer])
        return replace(drawn, answer=merged, note=answer.code)

    def _sampled(self, call: Call) -> ItemScore:
        drawn: list[Answer] = []
        for sample in range(self._plan.samples):
            drawn.append(self._ask(replace(call, sample=sample)))
            if drawn[-1].code in _TOO_LONG:
                break
        ratings = [answer.score for answer in drawn if answer.score is not None]
        return ItemScore(
            answer=_with_costs(mean_of_samples(drawn), drawn),
            method="sampled_mean",
            samples_n=len(drawn),
            samples_ok=len(ratings),
            samples_sd=statistics.stdev(ratings) if len(ratings) > 1 else None,
        )


def mean_of_samples(drawn: Sequence[Answer]) -> Answer:
    """Return the mean of the ratings among at least half of the samples, or why there is none."""
    ratings = [sample.score for sample in drawn if sample.score is not None]
    failed = [sample for sample in drawn if sample.score is None]
    if 2 * len(ratings) >= len(drawn):
        return Answer(status="ok", score=math.fsum(ratings) / len(ratings))
    long = next((sample for sample in failed if sample.code in _TOO_LONG), None)
    if long is not None:
        return Answer(status=long.status, code=long.code)
    ((status, code), n), *_ = Counter(
        (sample.status, sample.code) for sample in failed
    ).most_common(1)
    return Answer(status=status, code=code if n == len(drawn) else "few_samples")


def _combine(part_scores: Sequence[ItemScore]) -> ItemScore:
    """Return the mean over the parts of a session; no score if a part has none."""
    if len(part_scores) == 1:
        return part_scores[0]
    failed = next((part for part in part_scores if part.answer.score is None), None)
    answers = [part.answer for part in part_scores]
    evidence = tuple(turn for part_answer in answers for turn in part_answer.evidence)
    absent = sum(part_answer.evidence_absent for part_answer in answers)
    if failed is None:
        scores = [part_answer.score for part_answer in answers if part_answer.score is not None]
        mass = [part_answer.mass for part_answer in answers if part_answer.mass is not None]
        entropy = [
            part_answer.entropy for part_answer in answers if part_answer.entropy is not None
        ]
        answer = replace(
            answers[0],
            code=next(
                (part_answer.code for part_answer in answers if part_answer.code is not None), None
            ),
            score=math.fsum(scores) / len(scores),
            mass=min(mass) if len(mass) == len(answers) else None,
            entropy=math.fsum(entropy) / len(entropy) if len(entropy) == len(answers) else None,
            argmax=None,
        )
    else:
        answer = Answer(status=failed.answer.status, code=failed.answer.code)
    samples = [part.samples_n for part in part_scores if part.samples_n is not None]
    samples_ok = [part.samples_ok for part in part_scores if part.samples_ok is not None]
    methods = {part.method for part in part_scores}
    return ItemScore(
        answer=replace(answer, evidence=evidence, evidence_absent=absent),
        method=methods.pop() if len(methods) == 1 else "mixed",
        note=next((part.note for part in part_scores if part.note is not None), None),
        samples_n=sum(samples) if samples else None,
        samples_ok=sum(samples_ok) if samples_ok else None,
        parts_n=len(part_scores),
        rationales=tuple(text for part in part_scores for text in part.rationales),
    )


def _with_costs(answer: Answer, parts: Sequence[Answer]) -> Answer:
    """Return an answer with the tokens, time and attempts of all its calls; None if unknown."""

    def total(counts: list[int | None]) -> int | None:
        known = [count for count in counts if count is not None]
        return sum(known) if known else None

    return replace(
        answer,
        constraint=next((part.constraint for part in parts if part.constraint != "none"), "none"),
        tokens_in=total([part.tokens_in for part in parts]),
        tokens_out=total([part.tokens_out for part in parts]),
        seconds=math.fsum(part.seconds for part in parts),
        attempts=sum(part.attempts for part in parts),
    )
