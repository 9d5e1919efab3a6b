"""The machine of a benchmark: processor, instructions, versions, memory; no names, no paths."""

from __future__ import annotations

import os
import platform
import sys
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from ... import __version__
from ...extraction.engines import n_processors

_LIBRARIES = ("numpy", "numba", "pyarrow", "spacy")
_INSTRUCTIONS = ("avx512f", "avx2", "neon", "sse2")


def machine() -> dict[str, Any]:
    """Return processor, cores, memory, system, how busy the machine is, and the date."""
    try:
        load: float | None = round(os.getloadavg()[0], 2)
    except (AttributeError, OSError):  # not on every system
        load = None
    return {
        "processor": _processor(),
        "architecture": platform.machine(),
        "instructions": _instructions(),
        "cores": n_processors(),
        "memory_gb": _memory_gb(),
        "system": platform.system(),
        "load": load,
        "date": datetime.now(UTC).date().isoformat(),
    }


def versions() -> dict[str, str]:
    """Return the versions of this package, of Python and of the libraries."""
    return {
        "alliance_features": __version__,
        "python": platform.python_version(),
        **{name: metadata.version(name) for name in _LIBRARIES},
    }


def peak_memory_mb() -> float | None:
    """Return the peak memory of this process, MB; None where it is unknown."""
    try:
        import resource
    except ImportError:  # Windows
        return None
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


def children_peak_mb() -> list[float]:
    """Return the peak memory of each running child of this process, MB; empty except on Linux.

    What `resource` says of ended children counts what this process held when it started them.
    """
    try:
        numbers = [
            number
            for file in Path("/proc/self/task").glob("*/children")
            for number in file.read_text(encoding="ascii").split()
        ]
    except OSError:
        return []
    peaks = (_high_water_mb(number) for number in numbers)
    return [peak for peak in peaks if peak is not None]


def _high_water_mb(process: str) -> float | None:
    try:
        lines = Path("/proc", process, "status").read_text(encoding="utf-8").splitlines()
    except OSError:  # it has ended
        return None
    peaks = [line.split()[1] for line in lines if line.startswith("VmHWM:")]
    return int(peaks[0]) * 1024 / 1e6 if peaks else None


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or "unknown"
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or "unknown"


def _instructions() -> str:
    """Return the processor and the widest vectors that the kernels are compiled for."""
    import llvmlite.binding
    from numba import config

    if config.DISABLE_JIT:
        return "none (compilation is off)"
    if config.CPU_NAME:
        return f"{config.CPU_NAME} (set by NUMBA_CPU_NAME)"
    available = llvmlite.binding.get_host_cpu_features()
    widest = next((name for name in _INSTRUCTIONS if available.get(name)), "no vectors")
    return f"{llvmlite.binding.get_host_cpu_name()}, {widest}"


def _memory_gb() -> float | None:
    try:
        return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1)
    except (AttributeError, ValueError, OSError):
        return None
