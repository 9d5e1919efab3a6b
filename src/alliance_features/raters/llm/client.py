"""Send one request to the server, and classify failures.

No exception of a library is passed on with its text. Only this module imports `openai`.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import re
import threading
import time
from typing import Any

from ...errors import ResourceError
from .guard import Endpoint

#: Larger replies are refused: no answer that we ask for is so large.
MOST_BYTES = 4_000_000
_OVERFLOW = re.compile(
    r"context_length_exceeded|exceed_context_size|context (?:length|size|window)|"
    r"maximum context|prompt is too long|too many tokens",
    re.IGNORECASE,
)
# With OPENAI_LOG=debug, or at a level that the caller set, they log whole prompts and headers;
# what other code of the process does with the libraries is logged as before.
_LOGGERS = (
    *("openai._base_client", "openai._response", "openai._legacy_response"),
    *("httpcore.http11", "httpcore2.http11"),
)
_sending = threading.local()


class Failure(Exception):
    """A request failed.

    Attributes
    ----------
    kind : {"overflow", "status", "timeout", "connection", "garbage", "too_large"}
    status : int or None
        HTTP status.
    retry_after : float or None
        Seconds that the server asks to wait.
    """

    def __init__(
        self, kind: str, *, status: int | None = None, retry_after: float | None = None
    ) -> None:
        self.kind, self.status, self.retry_after = kind, status, retry_after
        super().__init__(f"{kind} {status or ''}".strip())


class Client:
    """Sends chat completions to one server, and to no other."""

    def __init__(self, endpoint: Endpoint, *, timeout: float) -> None:
        openai = _import_openai()
        self.timeout = timeout
        self._library = openai
        # A redirect could lead to another machine; so could a proxy of the environment.
        transport = openai.DefaultHttpxClient(
            follow_redirects=False, trust_env=not endpoint.local, timeout=timeout
        )
        header = {} if endpoint.host_header is None else {"Host": endpoint.host_header}
        self._openai = openai.OpenAI(
            base_url=endpoint.url,
            api_key=os.environ.get("OPENAI_API_KEY") or "none",
            max_retries=0,
            timeout=timeout,
            http_client=transport,
            default_headers=header,
        )

    def close(self) -> None:
        """Close all connections."""
        self._openai.close()

    def send(self, body: dict[str, Any]) -> dict[str, Any]:
        """Return the reply to one chat completion as plain JSON.

        Raises
        ------
        Failure
        """
        library = self._library
        content = b""
        _sending.now = True
        try:
            content = self._read(body)
        except Failure as error:
            failure = error
        except library.APIStatusError as error:
            failure = _of_status(error)
        except Exception as error:  # of `openai` or, while the body is read, of its transport
            late = "Timeout" in type(error).__name__
            failure = Failure("timeout" if late else "connection")
        else:
            failure = Failure("garbage")
            reply = _parse(content)
            if reply is not None:
                return reply
        finally:
            _sending.now = False
        raise Failure(failure.kind, status=failure.status, retry_after=failure.retry_after)

    def _read(self, body: dict[str, Any]) -> bytes:
        """Return the bytes of a reply, refused when too large or later than the timeout."""
        until = time.monotonic() + self.timeout
        content = bytearray()
        create = self._openai.chat.completions.with_streaming_response.create
        with create(**body) as response:
            for block in response.iter_bytes():
                content += block
                if len(content) > MOST_BYTES:
                    raise Failure("too_large")
                if time.monotonic() > until:
                    raise Failure("timeout")
        return bytes(content)


def _parse(content: bytes) -> dict[str, Any] | None:
    try:
        reply = json.loads(content)
    except (ValueError, RecursionError):
        return None
    if not isinstance(reply, dict) or not isinstance(reply.get("choices"), list):
        return None
    return reply if reply["choices"] and isinstance(reply["choices"][0], dict) else None


def _of_status(error: Any) -> Failure:
    """Return the failure that an HTTP error stands for; its message is read and not kept."""
    status = int(error.status_code)
    text = json.dumps(error.body, default=str) if error.body is not None else ""
    if status in (400, 413, 422) and _OVERFLOW.search(text[:10_000]):
        return Failure("overflow", status=status)
    wait: float | None = None
    with contextlib.suppress(ValueError):  # none, or a date
        wait = max(0.0, float(error.response.headers.get("retry-after", "")))
    return Failure("status", status=status, retry_after=wait)


def _import_openai() -> Any:
    try:
        import openai
    except ImportError:
        missing = True
    else:
        missing = False
    if missing:
        raise ResourceError("Rating needs the package openai: pip install alliance-features[llm]")
    for name in _LOGGERS:
        logging.getLogger(name).addFilter(_not_ours)
    return openai


def _not_ours(_: logging.LogRecord) -> bool:
    return not getattr(_sending, "now", False)
