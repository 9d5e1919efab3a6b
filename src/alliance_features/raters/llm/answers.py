"""Read an answer of a language model: a number on the scale, or why there is none."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from .settings import LEAST_MASS

#: Why there is no score, or how it was obtained: the columns `code` and `note`.
CODES = {
    "absent_rating": "the model says that the transcript gives no ground for a rating",
    "content_filter": "a filter of the server held the answer back",
    "context_overflow": "the session is longer than the context of the model",
    "cut_off": "the answer is longer than `max_tokens`",
    "empty": "the answer is empty",
    "empty_session": "no turn of the session has text; nothing was asked",
    "few_samples": "fewer than half of the samples hold a rating; the status is the most frequent",
    "garbage": "the reply of the server is not the JSON of a chat completion",
    "low_mass": f"less than {LEAST_MASS:g} of the probability is on the digits of the scale",
    "no_logprobs": "the server gives no probabilities of tokens",
    "no_number": "the answer holds no number, or several",
    "not_json": "the answer is not a JSON object with the fields asked for",
    "off_scale": "the number is not a whole number on the scale",
    "rationale_cut": "the rationale was longer than asked for and was cut",
    "refusal": "the model declined",
    "timeout": "no reply in time",
    "too_large": "the reply is larger than any answer can be",
    "truncated": "the server read fewer tokens than the prompt has words: it cut the transcript",
}

_INTEGER = re.compile(r"[+-]?\d+(?:\.\d+)?")
_REFUSAL = re.compile(
    r"\b(?:i(?:'m| am)? (?:sorry|can ?not|can't|won't|will not|unable|not able|must decline)|"
    r"as an ai\b|i (?:have to|must) decline)",
    re.IGNORECASE,
)
# How byte-pair and unigram vocabularies write the space before a token.
_SPACES = "\u2581\u0120 \t\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Answer to one call: numbers, and no text except the rationale, which is kept only on demand.

    Attributes
    ----------
    status : str
        A key of `raters.schema.STATUSES`.
    code : str or None
        A key of `CODES`, or http_NNN.
    score : float or None
        The expected rating, or the rating; None unless the status is ok.
    mass : float or None
        Share of the probability on the digits of the scale, among the tokens reported.
    entropy : float or None
        Of the distribution over the digits, in bits.
    argmax : int or None
        The most probable digit.
    constraint : str
        How the server kept the answer on the scale: choice, grammar, schema or none.
    tokens_in, tokens_out : int or None
    seconds : float
        From request to reply, of all attempts.
    attempts : int
        Requests sent.
    evidence : tuple of int
        Indices of the turns named as evidence that exist.
    evidence_absent : int
        Number of turns named that do not exist.
    rationale : str or None
    """

    status: str
    code: str | None = None
    score: float | None = None
    mass: float | None = None
    entropy: float | None = None
    argmax: int | None = None
    constraint: str = "none"
    tokens_in: int | None = None
    tokens_out: int | None = None
    seconds: float = 0.0
    attempts: int = 0
    evidence: tuple[int, ...] = ()
    evidence_absent: int = 0
    rationale: str | None = field(default=None, repr=False)


def expected_rating(
    top: Mapping[str, float], low: int, high: int
) -> tuple[float | None, float, float | None, int | None]:
    """Return the expected rating, captured mass, entropy in bits and most probable digit.

    Parameters
    ----------
    top : mapping of str to float
        Token -> natural logarithm of its probability.
    low, high : int
        Ends of the scale, within 0 to 9. Every token that is a digit, with or without a space
        before it, counts ("4", " 4").

    Returns
    -------
    (float or None, float, float or None, int or None)
        None where no digit of the scale is among the tokens.

    Examples
    --------
    >>> import math
    >>> expected_rating({"4": math.log(0.5), " 4": math.log(0.25), "2": math.log(0.25)}, 1, 5)[0]
    3.5
    """
    shares = dict.fromkeys(range(low, high + 1), 0.0)
    for token, logprob in top.items():
        bare = token.strip(_SPACES)
        if len(bare) == 1 and bare in "0123456789" and int(bare) in shares:
            shares[int(bare)] += math.exp(logprob)
    mass = math.fsum(shares.values())
    if not mass > 0:
        return None, 0.0, None, None
    parts = {digit: share / mass for digit, share in shares.items()}
    entropy = -math.fsum(part * math.log2(part) for part in parts.values() if part > 0)
    expected = math.fsum(digit * part for digit, part in parts.items())
    return expected, min(mass, 1.0), abs(entropy), max(parts, key=lambda rating: parts[rating])


def read_digit(choice: Mapping[str, Any], low: int, high: int) -> dict[str, Any]:
    """Return the fields of an answer of one token with probabilities."""
    top = _top_logprobs(choice)
    if top is None:
        return {"status": "missing", "code": "no_logprobs"}
    score, mass, entropy, argmax = expected_rating(top, low, high)
    fields = {"mass": mass, "entropy": entropy, "argmax": argmax}
    if score is None or mass < LEAST_MASS:
        return {"status": "missing", "code": "low_mass", **fields}
    return {"status": "ok", "score": score, **fields}


def _top_logprobs(choice: Mapping[str, Any]) -> dict[str, float] | None:
    """Return token -> log probability at the first place, or None if there is none."""
    try:
        entries = choice["logprobs"]["content"][0]["top_logprobs"]
        top: dict[str, float] = {}
        for entry in entries:
            token, logprob = str(entry["token"]), float(entry["logprob"])
            if math.isfinite(logprob):  # a string can occur twice: different bytes
                top[token] = max(top.get(token, logprob), logprob)
    except (KeyError, IndexError, TypeError, ValueError):
        return None
    return top or None


def read_number(choice: Mapping[str, Any], low: int, high: int) -> dict[str, Any]:
    """Return the fields of an answer that is to be one number."""
    held, content = _content(choice)
    if held is not None:
        return held
    numbers = set(_INTEGER.findall(content))
    if len(numbers) != 1:
        refused = not numbers and _REFUSAL.search(content)
        return _refused() if refused else {"status": "unparsable", "code": "no_number"}
    return _on_scale(float(numbers.pop()), low, high)


def read_json(
    choice: Mapping[str, Any], low: int, high: int, *, turns: Collection[int], chars: int
) -> dict[str, Any]:
    """Return the fields of an answer with rationale, evidence and rating."""
    held, content = _content(choice)
    if held is not None:
        return held
    try:
        answer = json.loads(content)
    except (ValueError, RecursionError):
        answer = None  # its message quotes the answer
    if not _well_formed(answer):
        if choice.get("finish_reason") == "length":
            return {"status": "unparsable", "code": "cut_off"}
        refused = answer is None and _REFUSAL.search(content)
        return _refused() if refused else {"status": "unparsable", "code": "not_json"}
    named = list(dict.fromkeys(answer["evidence"]))
    rationale = answer["rationale"]
    about = {
        "evidence": tuple(turn for turn in named if turn in turns),
        "evidence_absent": sum(turn not in turns for turn in named),
        "rationale": rationale[:chars],
    }
    if answer["rating"] is None:
        return {"status": "missing", "code": "absent_rating", **about}
    cut = {"code": "rationale_cut"} if len(rationale) > chars else {}
    return {**cut, **_on_scale(answer["rating"], low, high), **about}


def _well_formed(answer: object) -> bool:
    if not isinstance(answer, dict) or not {"rationale", "evidence", "rating"} <= set(answer):
        return False
    evidence, rating = answer["evidence"], answer["rating"]
    return (
        isinstance(answer["rationale"], str)
        and isinstance(evidence, list)
        and all(isinstance(turn, int) and not isinstance(turn, bool) for turn in evidence)
        and (rating is None or (isinstance(rating, (int, float)) and not isinstance(rating, bool)))
    )


def _content(choice: Mapping[str, Any]) -> tuple[dict[str, Any] | None, str]:
    """Return the status of a reply without an answer (else None), and its text."""
    message = choice.get("message")
    message = message if isinstance(message, dict) else {}
    if choice.get("finish_reason") == "content_filter":
        return {"status": "refused", "code": "content_filter"}, ""
    if message.get("refusal"):
        return _refused(), ""
    content = message.get("content")
    if not isinstance(content, str) or not content.strip():
        return {"status": "missing", "code": "empty"}, ""
    return None, content.strip()


def _refused() -> dict[str, Any]:
    return {"status": "refused", "code": "refusal"}


def _on_scale(number: float, low: int, high: int) -> dict[str, Any]:
    if not low <= number <= high or number != int(number):
        return {"status": "out_of_range", "code": "off_scale"}
    return {"status": "ok", "score": float(number)}
