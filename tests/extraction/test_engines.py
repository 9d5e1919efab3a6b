"""Dask and SLURM: same bytes, a killed worker survived, the script shown."""

import os
import signal

import pytest

import alliance_features as af
from alliance_features.extraction import dask_engine, dispatch, parts
from alliance_features.extraction.dask_engine import job_script
from alliance_features.output.keys import KEY_VARIABLE
from alliance_features.transcript.source import Input
from into_folder import extract_into
from killers import MARK, KillerRecipe
from part_corpus import LEXICAL, contents, write_jsonl


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch):
    monkeypatch.setenv(KEY_VARIABLE, "a key for the tests")
    monkeypatch.setattr(parts, "LEAST_SESSIONS", 8)
    monkeypatch.setattr(parts, "SESSIONS_A_PART", 8)


def _run(source, output, **options):
    return extract_into(Input(paths=[source]), output, **{"features": LEXICAL, **options})


@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_a_cluster_of_this_machine_with_a_killed_worker_and_a_killer(tmp_path, monkeypatch):
    monkeypatch.setattr("alliance_features.extraction.extractor.Recipe", KillerRecipe)
    monkeypatch.setenv(MARK, str(tmp_path / "mark"))
    source = write_jsonl(tmp_path / "in.jsonl", range(60))
    _run(source, tmp_path / "whole")
    killed = []
    original = dask_engine.DaskEngine.submit

    def submit(self, batch):
        original(self, batch)
        if not killed and batch.start:
            pids = self._client.run(os.getpid)
            killed.append(next(iter(pids.values())))
            os.kill(killed[0], signal.SIGKILL)

    monkeypatch.setattr(dask_engine.DaskEngine, "submit", submit)
    _run(source, tmp_path / "out", engine="dask", workers=2)
    assert len(killed) == 1
    assert contents(tmp_path / "out") == contents(tmp_path / "whole")

    monkeypatch.setattr(dispatch, "MOST_SESSIONS", 1)  # every death costs the start of a worker
    lines = source.read_text().splitlines()
    lines[3:3] = [lines[0].replace("s-0000", "killer-always")]
    source.write_text("\n".join(lines[:9]) + "\n")
    summary = _run(source, tmp_path / "killer", engine="dask", workers=1)
    assert summary.errors_by_code == {"worker_died": 1}
    assert summary.n_sessions == 8


class KilledWorker(Exception):
    """Named as Dask's, which is told by its name."""


class Lost:
    """A future that was done, of which the result is gone when it is asked for."""

    status = "finished"

    def __init__(self, error):
        self.error = error

    def result(self):
        raise self.error


def test_a_result_that_dies_with_its_worker_is_measured_again():
    engine = object.__new__(dask_engine.DaskEngine)
    assert engine._result(Lost(KilledWorker("key"))) is None
    with pytest.raises(af.ResourceError, match=r"could not run a task \(finished, ValueError\)"):
        engine._result(Lost(ValueError("words of a session")))


def test_a_scheduler_is_not_asked_for_every_batch(monkeypatch):
    asked = []

    class Client:
        def nthreads(self):
            asked.append(1)
            return {"one": 1, "other": len(asked)}

    now = [100.0]
    monkeypatch.setattr(dask_engine.time, "monotonic", lambda: now[0])
    engine = object.__new__(dask_engine.DaskEngine)
    engine._client, engine._room, engine._ask_again, engine._given = Client(), 0, 0.0, {}
    assert engine.has_room()
    engine._given = dict.fromkeys(range(4))
    assert not any(engine.has_room() for _ in range(50))
    assert len(asked) == 1
    now[0] += 2.0
    assert engine.has_room()  # a worker has come
    assert len(asked) == 2


@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_a_scheduler_that_runs_already(tmp_path):
    from distributed import LocalCluster

    source = write_jsonl(tmp_path / "in.jsonl", range(30))
    _run(source, tmp_path / "whole")
    with LocalCluster(
        n_workers=1,
        threads_per_worker=2,
        processes=False,
        protocol="tcp",
        dashboard_address=None,
        host="127.0.0.1",
    ) as cluster:
        address = cluster.scheduler_address
        _run(source, tmp_path / "out", engine="dask", scheduler=address)
        broken = {"vectors": tmp_path / "gone.npz"}
        with pytest.raises(af.ResourceError, match=r"gone\.npz"):
            _run(source, tmp_path / "no", engine="dask", scheduler=address, **broken)
    assert contents(tmp_path / "out") == contents(tmp_path / "whole")


def test_no_scheduler_there(tmp_path, monkeypatch):
    import distributed

    class Client:
        def __init__(self, address, **_):
            raise OSError("refused")

    monkeypatch.setattr(distributed, "Client", Client)
    source = write_jsonl(tmp_path / "in.jsonl", range(3))
    with pytest.raises(af.ResourceError, match=r"scheduler tcp://127\.0\.0\.1:9: no connection"):
        _run(source, tmp_path / "out", engine="dask", scheduler="tcp://127.0.0.1:9")
    assert not (tmp_path / "out" / "manifest.json").exists()


@pytest.mark.filterwarnings("ignore")
def test_job_script():
    jobs = {
        "queue": "long",
        "account": "therapy",
        "walltime": "02:30:00",
        "memory": "6GB",
        "directive": ["--constraint=avx2"],
        "prologue": ["source ~/env/bin/activate"],
    }
    script = job_script(jobs)
    assert script.startswith("#!/usr/bin/env bash")
    for line in (
        "#SBATCH -p long",
        "#SBATCH -A therapy",
        "#SBATCH -t 02:30:00",
        "#SBATCH --cpus-per-task=1",
        "#SBATCH --mem=6G",
        "#SBATCH --constraint=avx2",
        "export NUMBA_NUM_THREADS=1",
        "source ~/env/bin/activate",
    ):
        assert line in script.splitlines(), line
    assert "distributed.cli.dask_worker" in script or "dask worker" in script
    with pytest.raises(af.ParameterError, match=r"`slurm` has no option 'que'; there are account"):
        job_script({"que": "long"})
    with pytest.raises(af.ParameterError, match=r"`slurm` memory must look like 4GB"):
        job_script({"memory": "lots"})
    with pytest.raises(af.ParameterError, match=r"`slurm` walltime must look like 04:00:00"):
        job_script({"walltime": "abc"})


def test_slurm_without_sbatch(tmp_path, monkeypatch):
    monkeypatch.setattr(dask_engine.shutil, "which", lambda name: None)
    source = write_jsonl(tmp_path / "in.jsonl", range(3))
    with pytest.raises(af.ResourceError, match="sbatch is not found; run the command on a machine"):
        _run(source, tmp_path / "out", engine="slurm", workers=1)


def test_a_scheduler_that_is_no_address(tmp_path):
    source = write_jsonl(tmp_path / "in.jsonl", range(3))
    with pytest.raises(af.ParameterError, match="`scheduler` is 'nonsense'; it must look like tcp"):
        _run(source, tmp_path / "out", engine="dask", scheduler="nonsense")


def test_without_the_extra(monkeypatch):
    import importlib

    def absent(name, *rest):
        raise ImportError(name)

    monkeypatch.setattr(importlib, "import_module", absent)
    with pytest.raises(af.ResourceError, match=r"need the extra: pip install 'alliance-feat"):
        job_script({})
