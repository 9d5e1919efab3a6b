"""A few kills of the study `benchmarks/chaos.py`, at moments that a test can choose."""

import os
import signal
import subprocess
import sys
import time

import pytest

from alliance_features.output.keys import KEY_VARIABLE
from part_corpus import contents, write_jsonl

MAIN = (
    "from alliance_features.extraction import parts; "
    "parts.LEAST_SESSIONS = parts.SESSIONS_A_PART = 16; "
    "from alliance_features.cli import main; main()"
)
pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")


def _start(source, out, *options):
    command = [sys.executable, "-c", f"if __name__ == '__main__':\n    {MAIN}", "extract"]
    options = ["--features", "volume,pronouns,fluency", *options]
    return subprocess.Popen(
        [*command, str(source), "-o", str(out), *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, KEY_VARIABLE: "a key for the tests"},
    )


def _parts(out):
    return len(list((out / "nulls").glob("part-*.parquet"))) if (out / "nulls").is_dir() else 0


def _wait(condition, process):
    limit = time.monotonic() + 120
    while not condition() and process.poll() is None:
        assert time.monotonic() < limit
        time.sleep(0.005)


def _children(pid):
    with open(f"/proc/{pid}/task/{pid}/children") as stream:
        return [int(child) for child in stream.read().split()]


def _is_gone(pid):
    try:
        with open(f"/proc/{pid}/stat") as stream:
            return stream.read().rsplit(")", 1)[1].split()[0] == "Z"
    except FileNotFoundError:
        return True


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole")
    source = write_jsonl(folder / "in.jsonl", range(400))
    process = _start(source, folder / "out")
    told, _ = process.communicate(timeout=120)
    assert process.returncode == 0, told
    assert _parts(folder / "out") > 6
    return source, contents(folder / "out")


@pytest.mark.parametrize("n_parts", [1, 3])
def test_a_killed_run_goes_on_to_the_same_bytes(whole, tmp_path, n_parts):
    source, expected = whole
    out = tmp_path / "out"
    process = _start(source, out)
    _wait(lambda: _parts(out) >= n_parts, process)
    process.kill()
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    assert not (out / "manifest.json").exists()
    process = _start(source, out)
    told, _ = process.communicate(timeout=120)
    assert process.returncode == 0, told
    assert "sessions kept from an earlier run" in told
    assert contents(out) == expected


def test_workers_are_killed_then_their_parent(whole, tmp_path):
    source, expected = whole
    out = tmp_path / "out"
    process = _start(source, out, "--workers", "2")
    _wait(lambda: _parts(out) >= 1, process)
    workers = [pid for pid in _children(process.pid) if not _is_tracker(pid)]
    assert len(workers) == 2
    os.kill(workers[0], signal.SIGKILL)
    _wait(lambda: _parts(out) >= 3, process)
    workers = _children(process.pid)
    process.kill()
    process.communicate()
    limit = time.monotonic() + 20
    while not all(map(_is_gone, workers)):  # none is left behind
        assert time.monotonic() < limit
        time.sleep(0.05)
    process = _start(source, out, "--workers", "1")
    told, _ = process.communicate(timeout=120)
    assert process.returncode == 0, told
    assert contents(out) == expected


def _is_tracker(pid):
    with open(f"/proc/{pid}/cmdline", "rb") as stream:
        return b"resource_tracker" in stream.read()
