"""The code of docs/pipelines.md runs as it stands there."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import alliance_features as af

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/pipelines.md").read_text(encoding="utf-8")
BLOCKS = [
    (title, code)
    for section in re.split(r"^##+ ", PAGE, flags=re.MULTILINE)[1:]
    for title in [section.splitlines()[0]]
    for code in re.findall(r"```python\n(.*?)```", section, flags=re.DOTALL)
]
N = 3  # sessions
ENGINES = {"Ray Data": "ray", "Spark": "pyspark"}


@pytest.fixture
def folder(tmp_path, monkeypatch, example_sessions):
    lines = (ROOT / "examples/sessions.jsonl").read_bytes().splitlines(keepends=True)
    (tmp_path / "sessions.jsonl").write_bytes(b"".join(lines[:N]))
    table = af.sessions_to_table(example_sessions[:N])
    pq.write_table(table, tmp_path / "sessions.parquet", row_group_size=2)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_every_way_has_its_code():
    assert [title for title, _ in BLOCKS] == [
        "One row at a time",
        "Arrow in, Arrow out",
        "Dask",
        "Ray Data",
        "Spark",
        "scikit-learn",
        "spaCy",
        "spaCy",
    ]
    for title, code in BLOCKS:
        lines = [line for line in code.splitlines() if line]
        assert len(lines) <= 12, title


LOCAL = [(title, code) for title, code in BLOCKS if title not in ENGINES]


@pytest.mark.parametrize(
    ("title", "code"), LOCAL, ids=[f"{n}-{case[0]}" for n, case in enumerate(LOCAL)]
)
def test_the_code_runs(folder, example_sessions, title, code):
    scope = {"__name__": "page"}
    exec(code, scope)
    if "features" in scope:
        assert scope["features"].equals(af.extract(example_sessions[:N]).combine_chunks())


def test_what_spark_maps_gives_the_rows_of_extract(example_sessions):
    """Without Spark: the function of the recipe over batches such as Spark hands it."""
    tree = ast.parse(dict(BLOCKS)["Spark"])
    ours = [node for node in tree.body if isinstance(node, ast.Import | ast.FunctionDef)]
    scope = {}
    exec(compile(ast.Module(ours, []), "page", "exec"), scope)
    batches = af.sessions_to_table(example_sessions[:N]).to_batches(max_chunksize=2)
    assert len(batches) == 2
    found = pa.Table.from_batches(scope["measure"](iter(batches)))
    assert found.to_pylist() == af.extract(example_sessions[:N]).to_pylist()


def test_what_ray_maps_gives_the_rows_of_extract(example_sessions):
    """Without Ray: the call of the recipe, of a table of 64 rows or fewer."""
    (call,) = (
        node
        for node in ast.walk(ast.parse(dict(BLOCKS)["Ray Data"]))
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "map_batches"
    )
    given = {one.arg: ast.literal_eval(one.value) for one in call.keywords}
    assert ast.unparse(call.args[0]) == "af.extract"
    assert given["batch_format"] == "pyarrow"
    found = af.extract(af.sessions_to_table(example_sessions[:N]), **given["fn_kwargs"])
    assert found.to_pylist() == af.extract(example_sessions[:N]).to_pylist()


@pytest.mark.parametrize("title", ENGINES)
def test_the_engine_gives_the_rows_of_extract(folder, example_sessions, monkeypatch, title):
    """A process of its own: an engine leaves threads, a virtual machine and warnings behind."""
    pytest.importorskip(ENGINES[title])
    (folder / "recipe.py").write_text(dict(BLOCKS)[title], encoding="utf-8")
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    monkeypatch.setenv("PYSPARK_PYTHON", sys.executable)
    subprocess.run([sys.executable, "recipe.py"], check=True, capture_output=True, timeout=500)
    found = pq.read_table(folder / "features").sort_by("session_id")
    expected = af.extract(example_sessions[:N]).sort_by("session_id")
    assert found.to_pylist() == expected.to_pylist()
