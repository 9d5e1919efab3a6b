"""Killed at any moment and started again: no stored answer is asked for twice."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter

import pytest

import alliance_features as af
from alliance_features.commands.rate import rate_files
from alliance_features.raters.llm.settings import RatingPlan
from alliance_features.transcript.source import Input
from llm_server import start

if sys.platform != "linux":  # as in pyproject.toml; elsewhere, a missing package is a failure
    pytest.importorskip("xllamacpp", reason="llama.cpp's server has no wheel for this system")

CONCURRENCY = 3
ITEMS, SESSIONS = 40, 3


@pytest.fixture(scope="module")
def server():
    return start()


@pytest.fixture
def command(server, tmp_path):
    items = ["id,subscale,sign,observer,language,low,high"]
    for number in range(ITEMS):
        scale = ("goal", "task", "bond")[number % 3]
        sign = (1, -1)[number % 2]
        items.append(f"i{number},{scale},{sign},Statement {number} holds.,en,1,5")
    (tmp_path / "forty.csv").write_text("\n".join(items))
    with (tmp_path / "sessions.jsonl").open("w") as stream:
        for number in range(SESSIONS):
            turns = [
                {"role": ("client", "therapist")[turn % 2], "text": f"Talk {number}, turn {turn}."}
                for turn in range(6)
            ]
            record = {"session_id": f"s{number}", "language": "en", "turns": turns}
            stream.write(json.dumps(record) + "\n")
    return [
        *(sys.executable, "-c", "from alliance_features.cli import main; main()", "rate"),
        *(str(tmp_path / "sessions.jsonl"), "-o", str(tmp_path / "out")),
        *("--base-url", server.url("digits"), "--model", f"kill-{os.getpid()}"),
        *("--inventory", str(tmp_path / "forty.csv"), "--concurrency", str(CONCURRENCY)),
    ]


def _stored(path):
    if not path.exists():
        return 0
    db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        return db.execute("SELECT COUNT(*) FROM answers").fetchone()[0]
    except sqlite3.OperationalError:
        return 0
    finally:
        db.close()


def _run_until(command, store, n_stored, number):
    """Start, and send a signal once so many answers are stored."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    until = time.monotonic() + 60
    while _stored(store) < n_stored and time.monotonic() < until:
        assert process.poll() is None, process.stdout.read()
        time.sleep(0.05)
    process.send_signal(number)
    told, _ = process.communicate(timeout=30)
    return process.returncode, told


def test_kill_and_resume(server, command, tmp_path):
    store, total = tmp_path / "out/answers.sqlite", ITEMS * SESSIONS
    before = len(server.asked("digits"))
    code, _ = _run_until(command, store, 30, signal.SIGKILL)
    assert code == -signal.SIGKILL
    kept = _stored(store)
    assert 30 <= kept < total
    assert not (tmp_path / "out/manifest.json").exists()
    # Ctrl-C in the second run: clean, and nothing but the store is there.
    code, told = _run_until(command, store, kept + 30, signal.SIGINT)
    assert (code, told.splitlines()[-1]) == (130, "stopped; nothing half-written is left")
    assert "Traceback" not in told
    assert {path.name.split("-")[0] for path in (tmp_path / "out").iterdir()} == {"answers.sqlite"}
    kept = _stored(store)
    assert kept < total

    plan = RatingPlan(
        base_url=server.url("digits"),
        model=f"kill-{os.getpid()}",
        inventory=tmp_path / "forty.csv",
        concurrency=CONCURRENCY,
    )
    source = Input(paths=[tmp_path / "sessions.jsonl"])
    tally = rate_files(source, tmp_path / "out", plan).result.tally
    assert (tally.asked, tally.stored) == (total - kept, kept)
    asked = Counter(server.asked("digits")[before:])
    assert len(asked) == total
    # What was under way at each of two stops, at most, was asked for again.
    assert sum(asked.values()) - total <= 2 * CONCURRENCY
    assert max(asked.values()) <= 3

    scores = af.read_scores(tmp_path / "out/scores/part-00000.parquet")
    assert scores.num_rows == total + 3 * SESSIONS
    manifest = json.loads((tmp_path / "out/manifest.json").read_text())
    assert manifest["counts"]["statuses"] == {"items": {"ok": total}, "subscales": {"ok": 9}}
    assert manifest["inventory"]["items"] == ITEMS

    # The table is made of stored answers alone, however the run came about.
    tables = [tmp_path / f"out/{name}/part-00000.parquet" for name in ("scores", "details")]
    first = [path.read_bytes() for path in tables]
    before = len(server.asked("digits")), len(server.asked("digits", probes=True))
    rate_files(source, tmp_path / "out", plan, overwrite=True)
    assert (len(server.asked("digits")), len(server.asked("digits", probes=True))) == before
    assert [path.read_bytes() for path in tables] == first
    assert json.loads((tmp_path / "out/manifest.json").read_text()) == manifest
