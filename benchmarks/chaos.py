"""Kill an extraction at random moments, start it again, and compare every byte.

    python benchmarks/chaos.py --kills 100 [--engine local|dask] [--sessions 600] [--seed 1]

Each round starts `extract` with two workers on a simulated corpus, waits for a random time within
that of an unbroken run, and sends SIGKILL: to the parent, to one of its workers, or to the whole
group of processes. Then the same command is given again (after a worker died: the run goes on by
itself). A folder that differs from that of an unbroken run in any byte (but run.json) is a failure.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

TARGETS = ("parent", "worker", "group")
MAIN = "from alliance_features.cli import main; main()"


def command(source: Path, output: Path, engine: str, features: str) -> list[str]:
    where = ["--workers", "2", "--engine", engine]
    options = ["--level", "turn", "--format", "csv", "--features", features]
    return [sys.executable, "-c", MAIN, "extract", str(source), "-o", str(output), *where, *options]


def contents(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and path.name not in ("run.json", ".lock")
    }


def children(pid: int) -> list[int]:
    """Return the processes that descend from one, by /proc."""
    found: list[int] = []
    with contextlib.suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                found += [int(child), *children(int(child))]
    return found


def is_worker(pid: int) -> bool:
    with contextlib.suppress(OSError):
        return b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()
    return False


def start(arguments: list[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        arguments,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
        env={**os.environ, "ALLIANCE_FEATURES_HASH_KEY": "a key for the study of kills"},
    )


def strike(process: subprocess.Popen[bytes], target: str, dice: random.Random) -> bool:
    """Kill the target; return whether there was one."""
    with contextlib.suppress(ProcessLookupError):
        if target == "worker":
            workers = [pid for pid in children(process.pid) if is_worker(pid)]
            if not workers:
                return False
            os.kill(dice.choice(workers), signal.SIGKILL)
            return True
        if target == "parent":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)
        return True
    return False


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--engine", choices=("local", "dask"), default="local")
    parser.add_argument("--sessions", type=int, default=600)
    parser.add_argument("--features", default="volume,pronouns,fluency,synchrony")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    dice = random.Random(options.seed)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        simulate = [sys.executable, "-c", MAIN, "simulate", "-o", str(folder / "corpus")]
        talk = ["--sessions", str(options.sessions), "--clients", "20", "--turns", "30"]
        subprocess.run([*simulate, *talk], check=True, stdout=subprocess.DEVNULL)
        source = folder / "corpus" / "sessions.jsonl"
        begin = time.monotonic()
        whole = command(source, folder / "whole", options.engine, options.features)
        if start(whole).wait():
            raise SystemExit("the unbroken run failed")
        seconds = time.monotonic() - begin
        expected = contents(folder / "whole")
        n_parts = sum(path.startswith("sessions/") for path in expected)
        print(f"unbroken: {seconds:.1f} s, {n_parts} parts, {len(expected)} files", flush=True)
        struck: Counter[str] = Counter()
        failures = []
        for number in range(options.kills):
            out = folder / f"out-{number}"
            arguments = command(source, out, options.engine, options.features)
            target = TARGETS[number % len(TARGETS)]
            process = start(arguments)
            time.sleep(dice.uniform(0.0, seconds))
            struck[target if strike(process, target, dice) else f"{target} not there"] += 1
            _, said = process.communicate()
            again = 0
            while process.returncode != 0 and again < 3:
                again += 1
                process = start(arguments)
                _, said = process.communicate()
                if process.returncode == 2 and b"holds results" in said:
                    break  # the kill came after the last byte
            if contents(out) != expected:
                failures.append(number)
                print(f"round {number}, {target}: not equal", flush=True)
            shutil.rmtree(out, ignore_errors=True)
            if number % 10 == 9:
                print(f"{number + 1} kills, {len(failures)} folders that differ", flush=True)
        print(f"kills: {dict(sorted(struck.items()))}; folders that differ: {len(failures)}")
        raise SystemExit(bool(failures))


if __name__ == "__main__":
    main()
