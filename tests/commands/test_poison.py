"""A corpus of which some sessions are malformed: the good ones come out, each bad one is named."""

import json
import logging
from collections import Counter

import pyarrow.parquet as pq
import pytest

import alliance_features as af
import poison
from alliance_features.errors import TRANSCRIPT_CODES
from alliance_features.transcript.source import Input
from into_folder import extract_into
from killers import KillerRecipe

FEATURES = ["volume", "pronouns", "fluency"]
KEYS = ("session_id", "turn_index")


def run(folder, output):
    source = Input(paths=[folder], language="en")
    return extract_into(source, output, features=FEATURES, level="turn", output_format="csv")


def rows(output, level):
    """Return the rows of a table by their keys; ids and numbers as they stand."""
    table = pq.read_table(output / level)
    keys = [name for name in KEYS if name in table.column_names]
    found = {tuple(row[key] for key in keys): row for row in table.to_pylist()}
    assert len(found) == table.num_rows
    return found


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Extract a corpus of 5 % malformed sessions and its clean twin."""
    folder = tmp_path_factory.mktemp("poison")
    n_sessions = 20 * len(poison.WAYS)
    clean = poison.poisoned_corpus(folder / "clean", n_sessions, share=0)
    corpus = poison.poisoned_corpus(folder / "poisoned", n_sessions)
    assert len(clean.good) == n_sessions
    run(folder / "clean", folder / "clean_out")
    summary = run(folder / "poisoned", folder / "out")
    return corpus, summary, folder


def test_the_ways():
    names = [way.name for way in poison.WAYS]
    assert len(names) == len(set(names)) >= 30
    codes = {way.code for way in poison.WAYS}
    # What remains is no defect of a session: of the program, the process, or the arguments.
    others = {"internal_error", "worker_died", "unknown_format", "unreadable"}
    assert set(TRANSCRIPT_CODES) - codes <= others


def test_every_way_has_its_turn(runs):
    corpus, _, _ = runs
    assert [one.name for one in corpus.bad] == [way.name for way in poison.WAYS]
    assert len(corpus.good) >= 0.95 * 20 * len(poison.WAYS)


def test_good_sessions_come_out_as_from_the_clean_corpus(runs):
    corpus, summary, folder = runs
    assert summary.n_sessions == len(corpus.good)
    for level in ("sessions", "turns"):
        found, clean = rows(folder / "out", level), rows(folder / "clean_out", level)
        assert {key[0] for key in found} == set(corpus.good)
        repeated = {one.session_id for one in corpus.bad} & set(corpus.good)
        assert len(repeated) == 1
        for key, row in found.items():
            assert row == clean[key]


def test_each_bad_session_has_its_code(runs):
    corpus, summary, folder = runs
    errors = pq.read_table(folder / "out" / "errors.parquet").to_pylist()
    found = Counter((error["file"], error["code"]) for error in errors)
    assert found == Counter((one.file, one.code) for one in corpus.bad)
    by_place = {(one.file, one.code): set() for one in corpus.bad}
    for one in corpus.bad:
        by_place[one.file, one.code].add(one.session_id)
    for error in errors:
        assert error["session_id"] in {None, *by_place[error["file"], error["code"]]}
    assert summary.errors_by_code == dict(Counter(one.code for one in corpus.bad))


def test_no_word_in_any_output(runs):
    _, summary, folder = runs
    files = [file for file in (folder / "out").rglob("*") if file.is_file()]
    assert {file.suffix for file in files} >= {".parquet", ".csv", ".json"}
    for file in files:
        assert poison.CANARY.lower().encode() not in file.read_bytes().lower(), file.name
        if file.suffix == ".parquet":  # compressed inside
            text = json.dumps(pq.read_table(file).to_pylist())
            assert poison.CANARY.lower() not in text.lower(), file.name
    for error in summary.errors:
        assert poison.CANARY.lower() not in f"{error}{error!r}{vars(error)}".lower()


def test_a_session_that_kills_its_worker_is_one_more_code(runs, tmp_path, monkeypatch):
    corpus, _, folder = runs
    monkeypatch.setattr("alliance_features.extraction.extractor.Recipe", KillerRecipe)
    record = poison.record_of(len(corpus.good) + len(corpus.bad), 0)
    killer = tmp_path / "killer.jsonl"
    killer.write_text(json.dumps({**record, "session_id": "killer-always"}) + "\n")
    source = Input(paths=[folder / "poisoned", killer], language="en")
    options = {"features": FEATURES, "level": "turn", "workers": 2}
    summary = extract_into(source, tmp_path / "out", **options)
    expected = Counter(one.code for one in corpus.bad) + Counter(["worker_died"])
    assert summary.errors_by_code == dict(expected)
    assert summary.n_sessions == len(corpus.good)
    clean = rows(folder / "clean_out", "sessions")
    assert rows(tmp_path / "out", "sessions") == {(name,): clean[(name,)] for name in corpus.good}
    errors = pq.read_table(tmp_path / "out" / "errors.parquet").to_pylist()
    died = [error for error in errors if error["code"] == "worker_died"]
    assert [one["session_id"] for one in died] == ["killer-always"]


@pytest.fixture(scope="module")
def dense(tmp_path_factory):
    """Write a corpus in which every second session is malformed."""
    folder = tmp_path_factory.mktemp("dense")
    return poison.poisoned_corpus(folder / "in", 2 * len(poison.WAYS), share=0.5), folder


def test_no_word_in_logs_or_on_screen(dense, caplog, capfd):
    corpus, folder = dense
    caplog.set_level(logging.DEBUG)
    summary = run(folder / "in", folder / "out")
    assert summary.n_sessions == len(corpus.good)
    assert len(summary.errors) == len(poison.WAYS)
    for text in (caplog.text, *capfd.readouterr()):
        assert poison.CANARY.lower() not in text.lower()


@pytest.mark.parametrize("place", range(len(poison.WAYS)), ids=[way.name for way in poison.WAYS])
def test_a_way_by_itself(dense, place):
    corpus, folder = dense
    wanted = corpus.bad[place]
    assert wanted.name == poison.WAYS[place].name
    errors = []
    sessions = list(af.read_sessions(folder / "in" / wanted.file, language="en", errors=errors))
    here = [one.code for one in corpus.bad if one.file == wanted.file]
    assert Counter(error.code for error in errors) == Counter(here)
    assert {session.session_id for session in sessions} <= set(corpus.good)
    with pytest.raises(af.TranscriptError, match=r"\[\w+\]$") as caught:
        list(af.read_sessions(folder / "in" / wanted.file, language="en"))
    assert caught.value.code in here
    assert poison.CANARY.lower() not in str(caught.value).lower()


def test_a_corpus_is_the_same_twice(tmp_path):
    for name in ("one", "two"):
        poison.poisoned_corpus(tmp_path / name, 130, share=0.5, seed=7)
    files = sorted((tmp_path / "one").iterdir())
    assert len(files) > 30
    for file in files:
        assert file.read_bytes() == (tmp_path / "two" / file.name).read_bytes()
