"""Real llama.cpp servers without weights, for the tests of the LLM rater.

Run as a program, in a process of its own: it writes two random models of half a megabyte each,
starts llama.cpp's own HTTP server (xllamacpp) on each, and puts before each a relay that writes
one line a request into a file, so that requests are counted where the client cannot reach.

    python llm_server.py FOLDER

The models answer at random and say nothing about the quality of ratings. "plain" likes no token
more than others; "digits" likes 1 to 5, so that one token holds nearly all of its probability.
FOLDER/ports.json appears when both answer.
"""

import atexit
import functools
import hashlib
import http.client
import json
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

CONTEXT = 16_384
SLOTS = 4
WIDTH, LAYERS, HEADS, HIDDEN = 64, 2, 4, 128
DIGITS = "0123456789"
#: What a prompt about a session holds, and a probe does not.
MARK = b"Transcript"


def write_model(path, *, likes="", seed=0):
    """Write a random Llama of bytes and ASCII characters; logits of `likes` are raised."""
    import gguf
    import numpy as np

    rng = np.random.default_rng(seed)
    kinds = gguf.TokenType
    vocabulary = [("<unk>", kinds.UNKNOWN), ("<s>", kinds.CONTROL), ("</s>", kinds.CONTROL)]
    vocabulary += [(f"<0x{byte:02X}>", kinds.BYTE) for byte in range(256)]
    vocabulary += [(chr(code), kinds.NORMAL) for code in range(33, 127)]
    vocabulary += [("\u2581", kinds.NORMAL), *((f"\u2581{one}", kinds.NORMAL) for one in DIGITS)]
    tokens = [token for token, _ in vocabulary]

    writer = gguf.GGUFWriter(str(path), "llama")
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(HIDDEN)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(WIDTH // HEADS)
    writer.add_vocab_size(len(tokens))
    writer.add_tokenizer_model("llama")
    writer.add_token_list(tokens)
    writer.add_token_scores([0.0] * 3 + [-1e6] * 256 + [-1.0] * (len(tokens) - 259))
    writer.add_token_types([kind for _, kind in vocabulary])
    writer.add_unk_token_id(0)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_add_bos_token(True)

    def tensor(name, *shape, keeps_first=False):
        weights = (rng.standard_normal(shape) * 0.2).astype(np.float32)
        weights[0] *= not keeps_first
        writer.add_tensor(name, weights)

    embedding = rng.standard_normal((len(tokens), WIDTH)).astype(np.float32)
    output = (rng.standard_normal((len(tokens), WIDTH)) * 0.15).astype(np.float32)
    embedding[:, 0] = 8.0  # no layer changes it: a constant that the output can weigh
    liked = [place for place, token in enumerate(tokens) if token.strip("\u2581") in [*likes]]
    output[liked, 0] = 6.0
    writer.add_tensor("token_embd.weight", embedding)
    writer.add_tensor("output.weight", output)
    writer.add_tensor("output_norm.weight", np.ones(WIDTH, dtype=np.float32))
    for layer in range(LAYERS):
        block = f"blk.{layer}"
        for norm in ("attn_norm", "ffn_norm"):
            writer.add_tensor(f"{block}.{norm}.weight", np.ones(WIDTH, dtype=np.float32))
        for name in ("attn_q", "attn_k", "attn_v"):
            tensor(f"{block}.{name}.weight", WIDTH, WIDTH)
        tensor(f"{block}.attn_output.weight", WIDTH, WIDTH, keeps_first=True)
        for name in ("ffn_gate", "ffn_up"):
            tensor(f"{block}.{name}.weight", HIDDEN, WIDTH)
        tensor(f"{block}.ffn_down.weight", WIDTH, HIDDEN, keeps_first=True)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def serve(model):
    """Start llama.cpp on a free port; return the server, which must stay alive, and the port."""
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = str(model)
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.warmup = False
    params.n_gpu_layers = 0
    params.n_parallel = SLOTS
    params.n_ctx = CONTEXT
    params.cache_ram_mib = 0
    params.offline = True
    params.verbosity = 0
    params.cpuparams.n_threads = 1
    params.cpuparams_batch.n_threads = 1
    server = xllamacpp.Server(params)
    return server, int(server.listening_address.rsplit(":", 1)[1])


class Relay(BaseHTTPRequestHandler):
    """Passes a request on, and writes down that it came and that it was answered."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self._relay(b"")

    def do_POST(self):
        self._relay(self.rfile.read(int(self.headers.get("Content-Length", 0))))

    def _relay(self, body):
        about = {
            "body": hashlib.sha256(body).hexdigest(),
            "probe": MARK not in body,
            "path": self.path,
        }
        self.server.note({"event": "asked", **about})
        upstream = http.client.HTTPConnection("127.0.0.1", self.server.upstream, timeout=60)
        upstream.request(self.command, self.path, body, {"Content-Type": "application/json"})
        answer = upstream.getresponse()
        content = answer.read()
        upstream.close()
        self.server.note({"event": "answered", "status": answer.status, **about})
        try:
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.headers.get("Content-Type", "text/plain"))
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)
        except OSError:  # the client was killed
            self.close_connection = True

    def log_message(self, *_):
        pass


class RelayServer(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, upstream, log):
        super().__init__(("127.0.0.1", 0), Relay)
        self.upstream, self.log, self.lock = upstream, log, threading.Lock()

    def note(self, event):
        with self.lock, self.log.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(event) + "\n")


def main(folder):
    servers, ports = [], {}
    for name, likes in (("plain", ""), ("digits", "12345")):
        write_model(folder / f"{name}.gguf", likes=likes, seed=len(name))
        server, port = serve(folder / f"{name}.gguf")
        relay = RelayServer(port, folder / f"{name}.log")
        threading.Thread(target=relay.serve_forever, daemon=True).start()
        servers += [server, relay]
        ports[name] = relay.server_address[1]
    ready = folder / "ports.partial"
    ready.write_text(json.dumps(ports))
    ready.rename(folder / "ports.json")
    sys.stdin.read()  # until the test process ends, however it does
    shutil.rmtree(folder, ignore_errors=True)


@functools.cache
def start():
    """Start the servers once for this process, for as long as it lives."""
    folder = Path(tempfile.mkdtemp(prefix="llm-server-"))
    command = [sys.executable, __file__, str(folder)]
    with (folder / "told").open("wb") as told:
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=told, stderr=told)
    atexit.register(_stop, process, folder)
    until = time.monotonic() + 60
    while not (folder / "ports.json").exists():
        if process.poll() is not None or time.monotonic() > until:
            raise RuntimeError((folder / "told").read_text(errors="replace"))
        time.sleep(0.05)
    return Running(folder, json.loads((folder / "ports.json").read_text()))


def _stop(process, folder):
    process.stdin.close()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    shutil.rmtree(folder, ignore_errors=True)


class Running:
    """The servers, and what was asked of them."""

    def __init__(self, folder, ports):
        self.folder, self.ports = folder, ports

    def url(self, name):
        return f"http://127.0.0.1:{self.ports[name]}/v1"

    def asked(self, name, *, probes=False, event="asked"):
        """Return the hashes of the requests about sessions (or of the probes) so far."""
        log = self.folder / f"{name}.log"
        lines = log.read_text().splitlines() if log.exists() else []
        events = [json.loads(line) for line in lines]
        return [one["body"] for one in events if one["event"] == event and one["probe"] == probes]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
