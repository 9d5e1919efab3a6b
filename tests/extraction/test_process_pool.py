"""Workers that are processes: same bytes, deaths survived, killers named."""

import multiprocessing
import os
import signal
from itertools import pairwise

import pytest

import alliance_features as af
from alliance_features.extraction import parts
from alliance_features.extraction import process_pool as pool
from alliance_features.extraction.dispatch import DEATHS, Batch, Dispatcher, batches
from alliance_features.extraction.extractor import Recipe
from alliance_features.extraction.measuring import Outcome, Sealed
from alliance_features.output.keys import KEY_VARIABLE
from alliance_features.transcript.source import Input
from into_folder import extract_into
from killers import MARK, KillerRecipe
from part_corpus import LEXICAL, contents, record, write_jsonl


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch):
    monkeypatch.setenv(KEY_VARIABLE, "a key for the tests")
    monkeypatch.setattr(parts, "LEAST_SESSIONS", 8)
    monkeypatch.setattr(parts, "SESSIONS_A_PART", 8)


def _run(source, output, **options):
    return extract_into(Input(paths=[source]), output, **{"features": LEXICAL, **options})


def test_same_bytes_for_any_number_of_workers(tmp_path):
    source = write_jsonl(tmp_path / "in.jsonl", range(60))
    options = {"level": "turn", "output_format": "csv"}
    _run(source, tmp_path / "whole", **options)
    before = dict(os.environ)
    seen = []
    _run(source, tmp_path / "two", workers=2, progress=lambda n, _: seen.append(n), **options)
    assert contents(tmp_path / "two") == contents(tmp_path / "whole")
    assert seen == sorted(seen)
    assert seen[-1] == 60
    assert dict(os.environ) == before
    assert not multiprocessing.active_children()


def test_a_session_that_kills_its_worker_and_one_that_does_it_once(tmp_path, monkeypatch):
    monkeypatch.setattr("alliance_features.extraction.extractor.Recipe", KillerRecipe)
    monkeypatch.setenv(MARK, str(tmp_path / "mark"))
    source = write_jsonl(tmp_path / "in.jsonl", range(30))
    _run(source, tmp_path / "whole")
    lines = source.read_text().splitlines()
    killer = lines[0].replace("s-0000", "killer-always")
    once = lines[1].replace("s-0001", "killer-once-1")
    source.write_text("\n".join([*lines[:11], killer, *lines[11:20], once, *lines[20:]]) + "\n")
    summary = _run(source, tmp_path / "out", workers=2)
    assert summary.errors_by_code == {"worker_died": 1}
    (error,) = summary.errors
    assert error.session_id == "killer-always"
    assert summary.n_sessions == 31
    rows = {row["session_id"]: row for row in summary.table.to_pylist()}
    assert (tmp_path / "mark").exists()
    del rows["killer-once-1"]
    clean = af.extract(map(af.Session.from_dict, map(record, range(30))), features=LEXICAL)
    assert list(rows.values()) == clean.to_pylist()
    # It is tried again where the rest is kept, by workers of the same kind.
    again = _run(source, tmp_path / "out", workers=1, update=True)
    assert again.errors_by_code == {"worker_died": 1}
    assert 0 < again.n_kept < 31


class Scripted:
    """An engine in which batches die as a test says."""

    def __init__(self, dies):
        self.dies, self.given, self.log = dies, [], []

    def has_room(self):
        return len(self.given) < 3

    def submit(self, batch):
        self.given.append(batch)

    def wait(self):
        batch = self.given.pop(0)
        died = self.dies(batch, len(self.given))
        self.log.append([one.session_id for one in batch.sessions])
        return [(batch, None if died else Outcome(len(batch.sessions)))]


def _collected(engine, numbers):
    dispatcher = Dispatcher(engine)
    done = []
    sessions = [af.Session.from_dict(record(number)) for number in numbers]
    for batch in batches(0, sessions):
        dispatcher.add(batch)
        while not dispatcher.wants_more():
            done += dispatcher.collect()
    while dispatcher.is_busy():
        done += dispatcher.collect()
    return done


def test_one_killer_among_many_is_found_and_alone_is_given_up():
    def dies(batch, others):
        return any(one.session_id == "s-0013" for one in batch.sessions)

    engine = Scripted(dies)
    done = _collected(engine, range(40))
    assert sum(outcome.n_sessions for _, outcome in done) == 40
    starts = sorted((batch.start, len(batch.sessions)) for batch, _ in done)
    assert all(a + n == b for (a, n), (b, _) in pairwise(starts))
    errors = [error for _, outcome in done for error in outcome.errors]
    assert [(error.code, error.session_id) for error in errors] == [("worker_died", "s-0013")]
    assert sum("s-0013" in ids for ids in engine.log) <= 7
    assert engine.log.count(["s-0013"]) <= DEATHS


def test_bad_luck_is_not_the_fault_of_a_session():
    n_deaths = 0

    def dies(batch, others):
        nonlocal n_deaths
        n_deaths += others > 0
        return others > 0 and n_deaths <= 20

    done = _collected(Scripted(dies), range(30))
    assert n_deaths > 20
    assert sum(outcome.n_sessions for _, outcome in done) == 30
    assert not [error for _, outcome in done for error in outcome.errors]


def test_batches_are_bounded():
    sessions = [af.Session.from_dict(record(number)) for number in range(20)]
    found = list(batches(3, sessions))
    assert [len(batch.sessions) for batch in found] == [8, 8, 4]
    assert [batch.start for batch in found] == [0, 8, 16]
    long = [af.Session.from_dict(record(1, turns=[{"role": "client", "text": "word " * 19_000}]))]
    assert [len(batch.sessions) for batch in batches(0, long * 3)] == [1, 1, 1]


def test_workers_that_cannot_start(monkeypatch):
    engine = pool.Pool(b"no recipe", 1, "")
    engine.submit(Batch(0, 0, ()))
    try:
        with pytest.raises(af.ResourceError, match=r"Worker processes end while they start"):
            engine.wait()
    finally:
        engine.close()


def test_an_error_of_a_worker_is_told_in_its_own_words(tmp_path):
    absent = Recipe(vectors=tmp_path / "absent.npz").packed()
    engine = pool.Pool(absent, 1, "")
    try:
        with pytest.raises(af.ResourceError, match=r"absent\.npz"):
            engine.wait()
    finally:
        engine.close()


def test_other_versions_are_refused():
    engine = pool.Pool(Recipe(features="volume").packed(), 1, "another configuration")
    engine.submit(Batch(0, 0, ()))
    try:
        with pytest.raises(af.ResourceError, match=r"A worker has other versions"):
            engine.wait()
    finally:
        engine.close()


def test_workers_end_with_their_parent(tmp_path):
    engine = pool.Pool(Recipe(features="volume").packed(), 2, "")
    processes = [worker.process for worker in engine._workers]
    pids = [process.pid for process in processes]
    engine.close()
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, signal.SIG_DFL)


def test_what_cannot_be_sent():
    with pytest.raises(af.ParameterError, match=r"cannot be sent to workers .* by its path"):
        Recipe(vectors=lambda: 0).packed()
    with pytest.raises(af.ParameterError, match=r"too much to send with every task"):
        Recipe(features=["x" * 5000]).packed(most=1000)
    assert repr(Sealed("a secret")) == "<sealed>"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"workers": -1}, r"`workers` is -1"),
        ({"engine": "ray"}, r"`engine` is 'ray'; it must be one of"),
        ({"scheduler": "tcp://x"}, r'`scheduler` is for engine "dask"'),
        ({"slurm": {"queue": "q"}}, r'`slurm` is for engine "slurm"'),
        ({"engine": "slurm"}, r"`workers` must say how many jobs"),
        ({"engine": "dask", "scheduler": "tcp://x", "workers": 2}, r"are its own; leave it out"),
    ],
)
def test_options_that_do_not_go_together(tmp_path, options, message):
    with pytest.raises(af.ParameterError, match=message):
        _run(tmp_path / "in.jsonl", tmp_path / "out", **options)
