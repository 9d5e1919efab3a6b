"""A scripted server, for faults that a real one cannot be made to show."""

import json
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def completion(content="3", *, logprobs=None, usage=(1000, 1), finish="stop", **message):
    """Return a chat completion."""
    choice = {
        "index": 0,
        "finish_reason": finish,
        "message": {"role": "assistant", "content": content, **message},
    }
    if logprobs is not None:
        top = [{"token": token, "logprob": value} for token, value in logprobs.items()]
        choice["logprobs"] = {"content": [{"token": content, "logprob": 0.0, "top_logprobs": top}]}
    reply = {"id": "x", "object": "chat.completion", "choices": [choice]}
    if usage is not None:
        reply["usage"] = {"prompt_tokens": usage[0], "completion_tokens": usage[1]}
    return reply


def able(body):
    """Answer as a server that can do everything, a probe and a rating alike."""
    if "structured_outputs" in body and "7351" in body["structured_outputs"]["choice"]:
        return completion("7351")
    if "response_format" in body:
        return completion(json.dumps({"rationale": "Said so.", "evidence": [0], "rating": 3}))
    if body.get("logprobs"):
        return completion("3", logprobs={"3": -0.01})
    return completion("3")


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        raw = self.rfile.read(int(self.headers["Content-Length"]))
        body = json.loads(raw)
        self.server.bodies.append(body)
        self.server.headers.append({name.lower(): value for name, value in self.headers.items()})
        self.server.times.append(time.monotonic())
        status, headers, content = 200, {}, self.server.script(body)
        if isinstance(content, tuple):
            status, headers, content = content
        if not isinstance(content, bytes):
            content = json.dumps(content).encode()
        try:
            self.send_response(status)
            for name, value in {"Content-Length": str(len(content)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)
        except OSError:  # the client gave up
            self.close_connection = True

    def log_message(self, *_):
        pass


@contextmanager
def stub(script):
    """Yield a server that replies with `script(body)`: content, or (status, headers, content)."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads, server.block_on_close = True, False
    server.script, server.bodies, server.headers, server.times = script, [], [], []
    server.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def ratings(server):
    """Return the requests about sessions, without the probes."""
    return [body for body in server.bodies if "Transcript" in body["messages"][-1]["content"]]
