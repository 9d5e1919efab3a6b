"""Coverage-guided fuzzing of every reader and of `extract`.

    python benchmarks/fuzz.py [--minutes 10] [--seed 0] [--format F] [--engine atheris] [--out D]

An input that reaches a new line of the package, or ends in a new way, is kept and changed further.
Nothing but our errors may be raised, no word of an input may stand in one, no value may be NaN or
infinite, and nothing may take longer than `--limit`, in time of the processor. The work is done by
a child process, so that a crash or a hang in compiled code is a finding too. Findings are files
named by their hash, and a line each in `findings.jsonl`; no word is printed. `--engine atheris`
takes libFuzzer's mutations and edges instead of ours, where that package is installed.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

FORMATS = ("jsonl", "csv", "parquet", "text")
TRACED = ("transcript", "text", "features", "table.py", "errors.py", "lexicons")


class Lines:
    """Which lines of the package have run. A function is traced until all of its own have."""

    def __init__(self, root: Path) -> None:
        self.roots = tuple(str(root / name) for name in TRACED)
        self.left: dict[CodeType, set[int]] = {}
        self.n_seen = 0

    def trace(self, frame: FrameType, event: str, _: Any) -> Any:
        """Trace a call, if it is one of the package and not all of it has run."""
        code = frame.f_code
        if code not in self.left:
            ours = code.co_filename.startswith(self.roots)
            self.left[code] = {line for *_, line in code.co_lines() if line} if ours else set()
        return self._line if self.left[code] else None

    def _line(self, frame: FrameType, event: str, _: Any) -> Any:
        left = self.left[frame.f_code]
        if event == "line" and frame.f_lineno in left:
            left.discard(frame.f_lineno)
            self.n_seen += 1
        return self._line if left else None


class Store:
    """Findings and kept inputs on disk, so that the next child goes on from them."""

    def __init__(self, folder: Path, kind: str) -> None:
        self.kept = folder / "kept" / kind
        self.findings = folder / "findings"
        self.current = folder / f"current-{kind}"
        self.status = folder / f"status-{kind}.json"
        self.kind = kind
        for place in (self.kept, self.findings):
            place.mkdir(parents=True, exist_ok=True)

    def keep(self, data: bytes) -> None:
        """Keep an input to change it further."""
        (self.kept / hashlib.sha256(data).hexdigest()[:20]).write_bytes(data)

    def inputs(self) -> list[bytes]:
        """Return the inputs kept."""
        return [file.read_bytes() for file in sorted(self.kept.iterdir())]

    def report(self, data: bytes, *finding: str) -> bool:
        """Save a finding and return True, if none of its kind, error and place is known."""
        name = "-".join((self.kind, hashlib.sha256(repr(finding).encode()).hexdigest()[:16]))
        file = self.findings / name
        if file.exists():
            return False
        file.write_bytes(data)
        with (self.findings / "findings.jsonl").open("a", encoding="utf-8") as stream:
            stream.write(json.dumps({"file": name, "format": self.kind, "is": finding}) + "\n")
        return True


class Worker:
    """Runs inputs, counts, keeps and reports them."""

    def __init__(self, store: Store, *, limit: float, traced: bool) -> None:
        import alliance_features

        self.lines = Lines(Path(alliance_features.__file__).parent)
        if traced:
            sys.settrace(self.lines.trace)
        from fuzz_target import Target

        self.store, self.target, self.traced = store, Target(store.kind, seconds=limit), traced
        self.ends: set[Any] = set()
        self.counts: Counter[str] = Counter()
        self.slowest = self.told = 0.0

    def run(self, data: bytes) -> tuple[bool, bool]:
        """Run an input and return whether it did something new, and whether sessions came out."""
        self.store.current.write_bytes(data)
        seen, begin = self.lines.n_seen, time.perf_counter()
        outcome = self.target.run(data)
        if self.traced:
            sys.settrace(self.lines.trace)  # a library may have taken it away
        now = time.perf_counter()
        self.slowest = max(self.slowest, now - begin)
        self.counts["runs"] += 1
        self.counts["sessions"] += outcome.n_sessions
        self.counts["refused"] += bool(outcome.codes)
        for finding in outcome.findings:
            self.store.report(data, *finding)
        end = (data[:1], outcome.codes, outcome.n_sessions, frozenset(outcome.nulls))
        new = self.lines.n_seen > seen or end not in self.ends
        self.ends.add(end)
        if now - self.told > 1:
            self.tell()
            self.told = now
        return new, outcome.n_sessions > 0

    def tell(self) -> None:
        """Write down the counts for the parent; lines are those of functions that ran."""
        known: dict[str, float] = {"slowest": self.slowest}
        if self.traced:
            known["lines"] = self.lines.n_seen
            known["lines_left"] = sum(map(len, self.lines.left.values()))
        self.store.status.write_text(json.dumps({**self.counts, **known}))


def fuzz(store: Store, *, seconds: float, seed: int, limit: float) -> None:
    """Change inputs until the time is up: those kept late more often than those kept early."""
    from fuzz_mutate import mutate
    from fuzz_target import MAX_BYTES, seeds

    stop = time.monotonic() + seconds
    worker = Worker(store, limit=limit, traced=True)
    kept = [*seeds(store.kind), *store.inputs()]
    draw = random.Random(f"{seed}-{store.kind}-{len(kept)}")
    sound = [data for data in kept if worker.run(data)[1]]
    while time.monotonic() < stop:
        queue = sound if sound and draw.random() < 0.6 else kept
        place = max(draw.randrange(len(queue)), draw.randrange(len(queue)))
        data = mutate(queue[place], draw.choice(kept), draw, MAX_BYTES)
        new, has_sessions = worker.run(data)
        if new:
            kept.append(data)
            store.keep(data)
            if has_sessions:
                sound.append(data)
    worker.tell()


def fuzz_atheris(store: Store, *, seconds: float, seed: int, limit: float) -> None:
    """Let libFuzzer choose the inputs, by the edges of our code."""
    import atheris

    spec = importlib.util.find_spec("alliance_features")
    folder = Path(str(spec.origin if spec else "")).parent / "kernels"
    left_out = [f"alliance_features.kernels.{file.stem}" for file in folder.glob("*.py")]
    with atheris.instrument_imports(include=["alliance_features"], exclude=left_out):
        worker = Worker(store, limit=limit, traced=False)  # numba reads its code as it stands
    from fuzz_target import MAX_BYTES, seeds

    for data in seeds(store.kind):
        store.keep(data)

    def one_input(data: bytes) -> None:
        worker.run(data)

    flags = {"max_total_time": max(1, int(seconds)), "seed": seed + 1, "max_len": MAX_BYTES}
    flags |= {
        "timeout": int(limit * 4),
        "rss_limit_mb": 4096,
        "verbosity": 0,
        "print_final_stats": 1,
    }
    arguments = [f"-{name}={value}" for name, value in flags.items()]
    atheris.Setup([sys.argv[0], *arguments, str(store.kept)], one_input)
    atheris.Fuzz()


def supervise(store: Store, options: argparse.Namespace, seconds: float) -> dict[str, float]:
    """Run children until the time is up; one that dies or hangs is a finding."""
    total: Counter[str] = Counter()
    slowest, stop = 0.0, time.monotonic() + seconds
    while (rest := stop - time.monotonic()) > 1:
        for file in (store.current, store.status):
            file.unlink(missing_ok=True)
        command = [sys.executable, __file__, "--child", store.kind, "--seconds", str(rest)]
        command += ["--out", str(options.out), "--seed", str(options.seed + total["children"])]
        command += ["--limit", str(options.limit), "--engine", options.engine]
        with (options.out / f"log-{store.kind}").open("wb") as log:
            child = subprocess.Popen(command, stdout=log, stderr=log)
            hangs, late = _watch(child, store, options.limit * 4 + 60, stop + 120)
        total["children"] += 1
        if hangs or (child.returncode and not late):
            data = store.current.read_bytes() if store.current.exists() else b""
            how = "hang of the process" if hangs else f"exit {child.returncode}"
            store.report(data, "crash", how, "")
            total["crashes"] += 1
        if store.status.exists():
            status = json.loads(store.status.read_text())
            slowest = max(slowest, status.pop("slowest"))
            for name in {"lines", "lines_left"} & status.keys():
                total[name] = max(total[name], status.pop(name))
            total.update(status)
        elif not hangs and child.returncode:
            raise SystemExit(f"The child died before its first input: see {options.out}.")
    return {**total, "slowest": round(slowest, 2)}


def _watch(
    child: subprocess.Popen[bytes], store: Store, patience: float, stop: float
) -> tuple[bool, bool]:
    """Wait for a child; stop one that does not come to its next input, or is past its time."""
    begin = time.time()
    while child.poll() is None:
        time.sleep(0.3)
        since = store.current.stat().st_mtime if store.current.exists() else begin
        hangs, late = time.time() - since > patience, time.monotonic() > stop
        if hangs or late:
            child.kill()
            child.wait()
            return hangs, late
    return False, False


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--minutes", type=float, default=10.0, help="in all, over the formats")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--format", choices=FORMATS, help="default: each in turn")
    parser.add_argument("--engine", choices=("own", "atheris"), default="own")
    parser.add_argument("--limit", type=float, default=10.0, help="CPU seconds an input may take")
    parser.add_argument("--out", type=Path, help="folder of findings; goes on from inputs there")
    parser.add_argument("--child", choices=FORMATS, help=argparse.SUPPRESS)
    parser.add_argument("--seconds", type=float, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        run = fuzz_atheris if options.engine == "atheris" else fuzz
        store = Store(options.out, options.child)
        run(store, seconds=options.seconds, seed=options.seed, limit=options.limit)
        return
    options.out = options.out or Path(tempfile.mkdtemp(prefix="fuzz-"))
    kinds = [options.format] if options.format else list(FORMATS)
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    for kind in kinds:
        found = supervise(Store(options.out, kind), options, 60 * options.minutes / len(kinds))
        print(kind, json.dumps(found), flush=True)
    findings = options.out / "findings" / "findings.jsonl"
    lines = findings.read_text(encoding="utf-8").splitlines() if findings.exists() else []
    print(f"{len(lines)} findings in {options.out}")
    for line in lines:
        print(line)
    raise SystemExit(bool(lines))


if __name__ == "__main__":
    main()
