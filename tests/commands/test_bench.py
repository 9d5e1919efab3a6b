"""The benchmark: what it counts and writes, and that no transcript word is in it."""

import csv
import json
import os
import signal
import subprocess
import sys
import time

import pytest

import alliance_features as af
from alliance_features.commands.bench import benchmark as module
from alliance_features.commands.bench import stages as bench_stages
from alliance_features.commands.bench.benchmark import bench
from alliance_features.commands.bench.report import markdown, rates, to_table
from alliance_features.commands.extract import extract_files
from alliance_features.errors import ParameterError, ResourceError
from alliance_features.transcript.source import Input

SECRET = "zyxword"
STAGES = ["read", "spaCy alone", "tokens", "lexical features", "distances and synchrony"]
STAGES += ["all features", "extract"]
SMALL = ["therapist__words_n", "dyad__nclid__anchor_client"]


@pytest.fixture
def files(tmp_path, make_session):
    path = tmp_path / "sessions.jsonl"
    turns = [f"I have one {SECRET}.", "Yes. Why?"] * 6
    sessions = [make_session(*turns, session_id=f"s{number}") for number in range(3)]
    path.write_text("".join(json.dumps(one.to_dict()) + "\n" for one in sessions))
    return path


@pytest.fixture
def no_process(monkeypatch):
    """Measure in this process, and leave out the one that measures the start-up."""
    asked = []

    def extract_here(source, output, recipe, *, workers, **options):
        asked.append(workers)
        return extract_files(source, output, recipe, **options)

    monkeypatch.setattr(bench_stages, "extract_files", extract_here)
    monkeypatch.setattr(module, "start_up", lambda features: {"total": 2.0, "libraries": 1.0})
    return asked


def test_what_is_counted(files, no_process):
    seen = []
    found = bench(
        Input(paths=[files]), features=SMALL, repeats=1, workers=1, step=lambda *a: seen.append(a)
    )
    assert found.corpus == {
        "simulated": False,
        "files": 1,
        "sessions": 3,
        "turns": 36,
        "words": 3 * 6 * (4 + 2),
        "languages": ["en"],
    }
    assert [stage.name for stage in found.stages] == STAGES
    assert [stage.n_features for stage in found.stages] == [0, 0, 0, 1, 1, 2, 2]
    for stage in found.stages:
        assert min(stage.first, stage.again) > 0
        assert stage.seconds == stage.again
        assert stage.workers == (stage.name == "extract")
        assert (stage.cpu is None) == (stage.name == "extract")
    assert rates(found, found.stages[0])["turns"] == 36 / found.stages[0].seconds
    assert ("tokens", 3, 3) in seen
    assert found.settings == {"features": SMALL, "repeats": 1, "workers": 1}


def test_tables_hold_every_stage_and_no_word(files, no_process):
    found = bench(Input(paths=[files]), features=SMALL, repeats=0, workers=1)
    assert all(stage.again is None and stage.seconds == stage.first for stage in found.stages)
    text = markdown(found)
    for stage in found.stages:
        assert f"| {stage.name} ({stage.note}) |" in text
    table = to_table(found)
    assert table["stage"].to_pylist() == STAGES
    assert table["cpu_s"].null_count == len(STAGES)
    assert SECRET not in text + str(table.to_pylist())
    assert str(files.parent) not in text


def test_stages_without_a_feature_are_left_out(files, no_process):
    found = bench(Input(paths=[files]), features="volume", repeats=0, workers=1)
    assert "distances and synchrony" not in [stage.name for stage in found.stages]


def test_one_worker_and_several_are_stages(files, no_process):
    found = bench(Input(paths=[files]), features="volume", repeats=0, workers=3)
    assert [stage.workers for stage in found.stages[-2:]] == no_process == [1, 3]
    assert found.stages[-2].name == found.stages[-1].name == "extract"


def test_a_language_without_word_lists(tmp_path, no_process):
    turns = [af.Turn(role="client", text="kore wa"), af.Turn(role="therapist", text="so")]
    session = af.Session(session_id="s1", language="ja", turns=turns)
    path = tmp_path / "ja.jsonl"
    path.write_text(json.dumps(session.to_dict()) + "\n")
    found = bench(Input(paths=[path]), features="volume", repeats=0, workers=1)
    assert not {"spaCy alone", "tokens"} & {stage.name for stage in found.stages}
    assert found.corpus["words"] == 0


def test_a_simulated_corpus(no_process):
    found = bench(n_sessions=2, features="therapist__words_n", repeats=0, workers=1)
    assert found.corpus["simulated"]
    assert found.corpus["sessions"] == 2
    assert found.corpus["words"] > 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"repeats": -1}, "`repeats`"),
        ({"workers": 0}, "`workers`"),
        ({"n_sessions": 0}, "`n_sessions`"),
        ({"features": "colour"}, "`features` names 'colour'"),
    ],
)
def test_malformed_arguments(arguments, message):
    with pytest.raises(ParameterError, match=message):
        bench(**arguments)


def test_files_and_a_size_exclude_each_other(files):
    with pytest.raises(ParameterError, match="leave it or PATH out"):
        bench(Input(paths=[files]), n_sessions=3)


def test_no_session_can_be_read(tmp_path):
    path = tmp_path / "bad.jsonl"
    path.write_text("{}\n")
    with pytest.raises(ResourceError, match="No session could be read"):
        bench(Input(paths=[path]), repeats=0)


def test_command_line(files, tmp_path, run):
    output = tmp_path / "out"
    arguments = ["bench", str(files), "--features", "therapist__words_n", "--repeats", "0"]
    arguments += ["--workers", "1", "-o", str(output)]
    code, stdout, stderr = run(*arguments)
    assert code == 0, stderr
    assert SECRET not in stdout + stderr
    content = json.loads((output / "bench.json").read_text())
    assert content["corpus"]["sessions"] == 3
    steps = content["start_up"]
    assert steps["total"] == pytest.approx(sum(steps.values()) - steps["total"])
    assert set(steps) == {
        "total", "interpreter", "libraries", "tokenizer", "vectors", "first_session"
    }  # fmt: skip
    with (output / "table.csv").open() as file:
        assert [row["stage"] for row in csv.DictReader(file)][-1] == "extract"
    assert (output / "bench.md").read_text() in stdout
    everything = "".join(path.read_text() for path in output.iterdir())
    assert SECRET not in everything
    assert str(tmp_path) not in everything
    code, _, stderr = run(*arguments)
    assert code == 2
    assert "holds bench.json; name another folder or say --overwrite" in stderr


@pytest.mark.skipif(os.name == "nt", reason="no SIGINT for one process")
def test_ctrl_c_leaves_nothing(tmp_path):
    command = [sys.executable, "-c", "from alliance_features.cli import main; main()", "bench"]
    command += ["--sessions", "300", "--repeats", "50", "-o", str(tmp_path / "out")]
    environment = {**os.environ, "TMPDIR": str(tmp_path / "tmp")}
    (tmp_path / "tmp").mkdir()
    with subprocess.Popen(
        command, env=environment, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        until = time.monotonic() + 120
        while not any((tmp_path / "tmp").rglob("sessions.jsonl")) and time.monotonic() < until:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        _, stderr = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "stopped" in stderr
    assert "Traceback" not in stderr
    assert not list((tmp_path / "tmp").iterdir())
    assert not (tmp_path / "out").exists()
