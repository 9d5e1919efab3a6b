"""Memory, time and files of an extraction as the corpus grows, with and without workers.

    python benchmarks/scaling.py [--sessions 2000 20000] [--workers 0 1 2] [--turns 30]
        [--features core] [--engine local|dask]

Simulated sessions, each run a process of its own as a user starts it. Peaks of memory are those the
kernel keeps (VmHWM), of the process that reads and writes and of the largest worker, read while the
run goes on; Linux alone. 0 workers: the process measures by itself. The machine should have nothing
else to do. Prints Markdown.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from chaos import MAIN, children

from alliance_features.commands.bench.machine import machine, versions

COLUMNS = [
    "sessions",
    "workers",
    "s",
    "sessions/s",
    "parent CPU s",
    "parent MB",
    "worker MB",
    "parts",
    "files",
    "MB",
]
TICKS = os.sysconf("SC_CLK_TCK")


def peak_mb(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    except OSError:  # it has ended
        return 0.0
    return max((int(one.split()[1]) * 1024 / 1e6 for one in lines if "VmHWM" in one), default=0.0)


def cpu_seconds(pid: int) -> float:
    """Return what a process computed so far, without its children."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / TICKS


def extract(source: Path, output: Path, options: list[str]) -> tuple[float, float, float, float]:
    """Return seconds, CPU seconds and peak memory of the parent, and of the largest worker, MB."""
    command = [sys.executable, "-c", MAIN, "extract", str(source), "-o", str(output), *options]
    parent = worker = cpu = 0.0
    begin = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        while process.poll() is None:
            parent = max(parent, peak_mb(process.pid))
            cpu = max(cpu, cpu_seconds(process.pid))
            worker = max([worker, *(peak_mb(child) for child in children(process.pid))])
            time.sleep(0.1)
        seconds = time.perf_counter() - begin
        if process.returncode:
            message = process.stderr.read().decode() if process.stderr else ""
            raise SystemExit(f"extract ended with {process.returncode}: {message}")
    return seconds, cpu, parent, worker


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--sessions", type=int, nargs="+", default=[2_000, 20_000])
    parser.add_argument("--workers", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--turns", type=int, default=30)
    parser.add_argument("--features", default="core")
    parser.add_argument("--engine", choices=("local", "dask"), default="local")
    options = parser.parse_args()
    print(f"| {' | '.join(COLUMNS)} |")
    print(f"{'|---' * len(COLUMNS)}|", flush=True)
    with tempfile.TemporaryDirectory() as name:
        for n_sessions in options.sessions:
            folder = Path(name) / str(n_sessions)
            talk = ["--sessions", str(n_sessions), "--clients", str(max(n_sessions // 10, 1))]
            simulate = [sys.executable, "-c", MAIN, "simulate", "-o", str(folder), *talk]
            subprocess.run(
                [*simulate, "--turns", str(options.turns)], check=True, stdout=subprocess.DEVNULL
            )
            source = folder / "sessions.jsonl"
            for workers in options.workers:
                output = folder / f"out-{workers}"
                how = ["--features", options.features]
                if workers:
                    how += ["--workers", str(workers), "--engine", options.engine]
                seconds, cpu, parent, worker = extract(source, output, how)
                files = [path for path in output.rglob("*") if path.is_file()]
                cells = [
                    f"{n_sessions:,}",
                    str(workers or "-"),
                    f"{seconds:.1f}",
                    f"{n_sessions / seconds:,.0f}",
                    f"{cpu:.1f}",
                    f"{parent:,.0f}",
                    f"{worker:,.0f}" if worker else "-",
                    str(len([*output.glob("sessions/*.parquet")])),
                    str(len(files)),
                    f"{sum(path.stat().st_size for path in files) / 1e6:,.1f}",
                ]
                print(f"| {' | '.join(cells)} |", flush=True)
            print(f"input of {n_sessions:,} sessions: {source.stat().st_size / 1e6:,.1f} MB")
    about = [str(machine()[name]) for name in ("processor", "cores", "memory_gb", "load")]
    print("\n{}, {} cores, {} GB; load {}.".format(*about))
    print(", ".join(f"{name} {version}" for name, version in versions().items()))


if __name__ == "__main__":
    main()
