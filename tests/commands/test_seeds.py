"""The seed of surrogates on every way in: files, command line, scikit-learn."""

import json
from functools import cache
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

import alliance_features as af
from alliance_features.transcript.source import Input
from into_folder import extract_into

EXAMPLES = Path(__file__).parents[2] / "examples" / "sessions.jsonl"
NAME = "dyad__nclid__anchor_therapist__surrogate_shuffle__z"


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    """Return the beginnings of two sessions."""
    path = tmp_path_factory.mktemp("seeds") / "in.jsonl"
    records = [json.loads(line) for line in EXAMPLES.read_text(encoding="utf-8").splitlines()[:2]]
    lines = [json.dumps({**record, "turns": record["turns"][:16]}) for record in records]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


@cache
def column(path, seed):
    table = af.extract(af.read_sessions(path), features=NAME, seed=seed)
    return table[NAME].to_pylist()


def test_files(path, tmp_path):
    seen = []
    for seed in (0, 5):
        out = tmp_path / str(seed)
        extract_into(Input(paths=[path]), out, features=[NAME], seed=seed)
        written = pq.read_table(out / "sessions" / "part-00000.parquet")[NAME].to_pylist()
        assert written == column(path, seed)
        seen.append(written)
        manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
        assert manifest["configuration"]["seed"] == seed
    assert seen[0] != seen[1]


def test_command_line(run, path, tmp_path):
    out = tmp_path / "out"
    code, stdout, _ = run("extract", path, "-o", out, "--features", NAME, "--seed", "5")
    assert code == 0
    assert "1 feature, " in stdout
    assert pq.read_table(out / "sessions" / "part-00000.parquet")[NAME].to_pylist() == column(
        path, 5
    )


def test_roles_that_are_left_out_on_the_command_line(run, tmp_path):
    path = tmp_path / "s1.txt"
    path.write_text("Ann: how are you\nCleo: well well well\nBob: fine\n")
    roles = ["--roles", "Ann=therapist,Bob=client", "--roles", "Cleo=none"]
    code, stdout, _ = run("extract", path, "-o", tmp_path / "out", "--language", "en", *roles)
    assert code == 0
    assert stdout.startswith("1 session, ")
    table = pq.read_table(tmp_path / "out" / "sessions" / "part-00000.parquet")
    assert table["dyad__words_n"].to_pylist() == [4]


def test_scikit_learn(path):
    sessions = list(af.read_sessions(path))
    for seed in (0, 5):
        found = af.SessionFeatures([NAME], seed=seed).fit_transform(sessions)[:, 0]
        np.testing.assert_array_equal(found, np.array(column(path, seed), dtype=float))
    assert af.SessionFeatures(seed=5).get_params()["seed"] == 5
