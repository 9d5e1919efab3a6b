"""No value of a feature depends on the processor: the same bytes under other instructions.

CI runs the first two settings; ``make test-machines`` runs all, and on sessions of your own with
ALLIANCE_FEATURES_SESSIONS=file.
"""

import ast
import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "alliance_features"
SESSIONS = os.environ.get("ALLIANCE_FEATURES_SESSIONS", ROOT / "examples" / "sessions.jsonl")
SETTINGS = {
    "SkylakeX": {"OPENBLAS_CORETYPE": "SkylakeX"},
    "Haswell": {"OPENBLAS_CORETYPE": "Haswell"},
    "Zen": {"OPENBLAS_CORETYPE": "Zen"},
    "Prescott": {"OPENBLAS_CORETYPE": "Prescott"},
    "numpy without AVX2": {"NPY_DISABLE_CPU_FEATURES": "AVX2 FMA3"},
    "numpy without AVX512": {"NPY_DISABLE_CPU_FEATURES": "AVX512F AVX512CD AVX512_SKX"},
    "generic machine code": {"NUMBA_CPU_NAME": "generic"},
    "x86-64-v3": {"NUMBA_CPU_NAME": "x86-64-v3"},
    "no machine code": {"NUMBA_DISABLE_JIT": "1"},
}
#: Instructions without which a setting ends the process.
NEEDED = {"SkylakeX": "avx512f", "Haswell": "avx2", "Zen": "avx2", "x86-64-v3": "avx2"}
IN_CI = 2
ALL = os.environ.get("ALLIANCE_FEATURES_MACHINES") == "all"
MAIN = "import sys; sys.argv[0] = 'x'; from alliance_features.cli import main; main()"


def _instructions():
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return set()
    return {word for line in lines if line.startswith("flags") for word in line.split()}


def _measured(folder, settings):
    """Extract all features of sessions and turns; return the hashes of the tables."""
    unset = {"OPENBLAS_CORETYPE", "NPY_DISABLE_CPU_FEATURES", "NUMBA_CPU_NAME", "NUMBA_DISABLE_JIT"}
    environment = {key: value for key, value in os.environ.items() if key not in unset}
    if "NUMBA_CPU_NAME" in settings:
        environment["NUMBA_CACHE_DIR"] = str(folder / "cache")
    command = [sys.executable, "-W", "ignore", "-c", MAIN, "extract", str(SESSIONS)]
    command += ["-o", str(folder / "out"), "--features", "all", "--level", "turn"]
    done = subprocess.run(
        command, env=environment | settings, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return {
        str(path.relative_to(folder / "out")): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted((folder / "out").rglob("part-*.parquet"))
    }


@pytest.fixture(scope="module")
def here(tmp_path_factory):
    return _measured(tmp_path_factory.mktemp("here"), {})


@pytest.mark.parametrize("name", list(SETTINGS)[: None if ALL else IN_CI])
def test_the_same_bytes(name, here, tmp_path):
    if NEEDED.get(name, "") not in {"", *_instructions()}:
        pytest.skip(f"this processor lacks {NEEDED[name]}")
    assert len(here) >= 3
    assert _measured(tmp_path, SETTINGS[name]) == here


#: Calls whose result depends on the processor or on the linear algebra library.
FORBIDDEN = {
    *("dot", "vdot", "inner", "matmul", "einsum", "tensordot", "polyfit", "lstsq", "solve", "svd"),
    *("corrcoef", "cov", "log", "log2", "log10", "log1p", "exp", "expm1", "power", "tanh", "pow"),
    *("sin", "cos", "tan", "arctan", "cbrt", "hypot"),
}
#: A user's definition of a range, not a value of a session.
ALLOWED = {("ryu2023.py", "log")}


def _calls(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
            yield node.lineno, "@"
        elif (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and isinstance(node.func.value, ast.Name)
            and node.func.value.id in ("np", "math", "scipy")
            and node.func.attr in FORBIDDEN
        ):
            yield node.lineno, node.func.attr


@pytest.mark.parametrize("folder", ["features", "kernels"])
def test_features_take_no_sum_or_logarithm_from_elsewhere(folder):
    found = [
        (path.name, line, name)
        for path in sorted((SOURCE / folder).rglob("*.py"))
        for line, name in _calls(ast.parse(path.read_text(encoding="utf-8")))
        if (path.name, name) not in ALLOWED
    ]
    assert not found, "use kernels/sums.py"


def test_the_rule_sees_what_it_forbids():
    code = "a @ b\nnp.log1p(x)\nmath.exp(1)\nnp.linalg.norm(x)\nnp.log1px(3)"
    assert [*_calls(ast.parse(code))] == [(1, "@"), (2, "log1p"), (3, "exp")]
