"""Find out what a server supports, by test requests without any transcript."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import Any

#: Sends one request, with its retries; None if the server refuses what it asks for.
Send = Callable[[Callable[[int], dict[str, Any]]], dict[str, Any] | None]

_MESSAGES = [
    {"role": "system", "content": "This tests the server."},
    {"role": "user", "content": "Reply with the word: yes"},
]
# No model answers like this unless the server constrains it.
_WORDS = ("7351", "7352")
_SCHEMA = {
    "type": "object",
    "properties": {"rating": {"type": "integer", "minimum": 1, "maximum": 5}},
    "required": ["rating"],
    "additionalProperties": False,
}


class Capabilities:
    """What the server supports; each capability is tested when it is first needed.

    Parameters
    ----------
    model : str
    send : callable
    """

    def __init__(self, model: str, send: Send) -> None:
        self._model, self._send = model, send
        self._lock = threading.Lock()
        self.known: dict[str, bool] = {}

    def has(self, name: str) -> bool:
        """Say whether the server has "logprobs", "choice", "grammar" or "schema"."""
        with self._lock:
            if name not in self.known:
                self.known[name] = _PROBES[name](self)
            return self.known[name]

    def constraint(self) -> str:
        """Return how an answer can be restricted to a list: choice, grammar or none."""
        return next((name for name in ("choice", "grammar") if self.has(name)), "none")

    def _content(self, **extra: Any) -> Any:
        reply = self._ask(max_tokens=64, **extra)
        message = reply.get("message") if reply else None
        return message.get("content") if isinstance(message, dict) else None

    def _ask(self, **extra: Any) -> dict[str, Any] | None:
        body = {"model": self._model, "messages": _MESSAGES, "temperature": 0.7, **extra}
        reply = self._send(lambda attempt: {**body, "seed": attempt + 1})
        return None if reply is None else dict(reply["choices"][0])

    def _logprobs(self) -> bool:
        choice = self._ask(max_tokens=1, logprobs=True, top_logprobs=20)
        try:
            return len((choice or {})["logprobs"]["content"][0]["top_logprobs"]) > 0
        except (KeyError, IndexError, TypeError):
            return False

    def _listed(self, name: str) -> bool:
        content = self._content(extra_body=constrain(name, _WORDS))
        return isinstance(content, str) and content.strip() in _WORDS

    def _keeps_schema(self) -> bool:
        content = self._content(response_format=response_format(_SCHEMA))
        try:
            return json.loads(content)["rating"] in range(1, 6)
        except (ValueError, KeyError, TypeError):
            return False


_PROBES: dict[str, Callable[[Capabilities], bool]] = {
    "logprobs": Capabilities._logprobs,
    "choice": lambda server: server._listed("choice"),
    "grammar": lambda server: server._listed("grammar"),
    "schema": Capabilities._keeps_schema,
}


def constrain(name: str, words: tuple[str, ...]) -> dict[str, Any]:
    """Return the fields of a request that restrict its answer to a list of words.

    "choice" is vLLM's field (0.12 and later), "grammar" llama.cpp's.
    """
    if name == "choice":
        return {"structured_outputs": {"choice": list(words)}}
    if name == "grammar":
        # Vocabularies have tokens that begin with a space: the model may prefer those.
        listed = " | ".join(json.dumps(word) for word in words)
        return {"grammar": f'root ::= " "? ({listed})'}
    return {}


def response_format(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the field of a request that restricts its answer to a JSON Schema."""
    named = {"name": "rating", "strict": True, "schema": schema}
    return {"type": "json_schema", "json_schema": named}
