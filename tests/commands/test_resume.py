"""A run that is stopped anywhere and started again ends with the bytes of one that was not."""

import json
import os

import pyarrow.parquet as pq
import pytest

import alliance_features as af
from alliance_features.extraction import parts
from alliance_features.extraction.folder import locked
from alliance_features.output import files
from alliance_features.output.keys import KEY_VARIABLE
from alliance_features.transcript.source import Input
from into_folder import extract_into
from part_corpus import LEXICAL, contents, record, write_jsonl, write_many


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch):
    monkeypatch.setenv(KEY_VARIABLE, "a key for the tests")
    monkeypatch.setattr(parts, "LEAST_SESSIONS", 4)
    monkeypatch.setattr(parts, "SESSIONS_A_PART", 4)


def _run(source, output, **options):
    return extract_into(Input(paths=[source]), output, **{"features": LEXICAL, **options})


class Stop(BaseException):
    pass


class Steps:
    """Counts the steps that change the disk, and raises before one of them."""

    def __init__(self, monkeypatch, error):
        self.n, self.at, self.error = 0, None, error
        for module, name in (
            (os, "replace"),
            (os, "fsync"),
            (files.Path, "unlink"),
            (files.Path, "write_bytes"),
            (pq, "write_table"),
        ):
            monkeypatch.setattr(module, name, self._counted(getattr(module, name)))

    def _counted(self, function):
        def step(*args, **kwargs):
            self.n += 1
            if self.n == self.at:
                raise self.error
            return function(*args, **kwargs)

        return step

    def arm(self, at):
        self.n, self.at = 0, at


@pytest.mark.parametrize(
    ("error", "kind"), [(Stop(), Stop), (OSError(28, "No space left on device"), af.ResourceError)]
)
def test_stopped_or_disk_full_at_every_step(tmp_path, monkeypatch, error, kind):
    source = write_jsonl(tmp_path / "in.jsonl", range(30))
    options = {"level": "turn", "output_format": "csv", "clients": True, "features": "volume"}
    steps = Steps(monkeypatch, error)
    _run(source, tmp_path / "whole", **options)
    n_steps, whole = steps.n, contents(tmp_path / "whole")
    assert len([name for name in whole if name.startswith("turns/")]) > 3
    assert n_steps > 60
    seen = set()
    for at in range(1, n_steps + 1):
        out = tmp_path / f"out-{at}"
        steps.arm(at)
        try:
            _run(source, out, **options)
        except kind as problem:
            seen.add(type(problem))
        except OSError as problem:
            pytest.fail(f"a bare {problem!r} at step {at}")
        steps.arm(None)
        if not (out / "manifest.json").is_file():
            summary = _run(source, out, **options)
            assert summary.n_sessions == 30
        assert contents(out) == whole, at
    assert seen == {kind}


def test_finished_parts_are_kept(tmp_path, monkeypatch):
    source = write_jsonl(tmp_path / "in.jsonl", range(40))
    _run(source, tmp_path / "whole")
    out = tmp_path / "out"
    steps = Steps(monkeypatch, Stop())
    steps.arm(25)
    with pytest.raises(Stop):
        _run(source, out)
    steps.arm(None)
    inodes = {path.name: path.stat().st_ino for path in (out / "nulls").glob("part-*")}
    assert len(inodes) > 1
    summary = _run(source, out)
    assert 0 < summary.n_kept < 40
    for name, inode in inodes.items():
        assert (out / "nulls" / name).stat().st_ino == inode
    assert contents(out) == contents(tmp_path / "whole")
    assert json.loads((out / "run.json").read_text())["sessions_kept"] == summary.n_kept


def test_changed_input_computes_only_what_it_touches(tmp_path):
    source = write_jsonl(tmp_path / "in.jsonl", range(60))
    out = tmp_path / "out"
    before = _run(source, out)
    assert (before.n_kept, before.n_dropped) == (0, 0)
    changes = {
        "one more in front": [99, *range(60)],
        "one less": [n for n in range(60) if n != 30],
        "one more at the end": [*range(60), 99],
        "backwards in part": [*range(30, 60), *range(30)],
    }
    for name, numbers in changes.items():
        write_jsonl(source, numbers)
        summary = _run(source, out, update=True)
        assert summary.n_kept >= 20, name
        assert summary.n_kept < len(numbers), name
        assert summary.n_kept + summary.n_dropped == before.n_sessions, name
        before = summary
        fresh = tmp_path / name.replace(" ", "-")
        _run(source, fresh)
        assert contents(out) == contents(fresh), name
    summary = _run(source, out, update=True)
    assert summary.n_kept == summary.n_sessions == 60
    assert summary.n_kept + summary.n_dropped == before.n_sessions


def test_changed_options_versions_and_word_lists(tmp_path, monkeypatch):
    folder = tmp_path / "in"
    write_jsonl(folder / "a.jsonl", range(20))
    write_jsonl(folder / "b.jsonl", range(20, 40), language="de")
    out = tmp_path / "out"
    _run(folder, out)
    assert _run(folder, out, update=True, output_format="csv", clients=True).n_kept == 40
    assert (out / "clients.csv").is_file()
    assert _run(folder, out, update=True).n_kept == 40
    assert not (out / "sessions.csv").exists()
    assert not (out / "clients").exists()
    assert _run(folder, out, update=True, features=["volume"]).n_kept == 0
    assert _run(folder, out, update=True, features=["volume"], seed=1).n_kept == 0
    assert _run(folder, out, update=True, features=["volume"], seed=1, level="turn").n_kept == 0

    original = parts.load_lexicon
    changed = type("Lists", (), {"sha256": "new"})
    with monkeypatch.context() as patch:
        patch.setattr(parts, "load_lexicon", lambda one: changed if one == "de" else original(one))
        again = _run(folder, out, update=True, features=["volume"], seed=1, level="turn")
        assert 15 <= again.n_kept < 25  # the parts without German
    monkeypatch.setenv(KEY_VARIABLE, "another key for hashes")
    assert _run(folder, out, update=True, features=["volume"]).n_kept == 0


@pytest.mark.parametrize("damage", ["truncated", "flipped", "empty", "another", "removed"])
def test_damaged_parts_are_computed_again(tmp_path, damage):
    source = write_jsonl(tmp_path / "in.jsonl", range(30))
    out = tmp_path / "out"
    _run(source, out)
    whole = contents(out)
    path = out / "sessions" / "part-00001.parquet"
    content = path.read_bytes()
    if damage == "removed":
        path.unlink()
    else:
        flipped = bytearray(content)
        flipped[len(content) // 8] ^= 255
        path.write_bytes(
            {
                "truncated": content[:-100],
                "flipped": bytes(flipped),
                "empty": b"",
                "another": (out / "nulls" / "part-00001.parquet").read_bytes()[:50],
            }[damage]
        )
    assert contents(out) != whole
    summary = _run(source, out, update=True)
    assert 0 < summary.n_kept < 30
    assert contents(out) == whole


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": 1}'])
def test_a_corrupted_manifest_loses_nothing(tmp_path, text):
    source = write_jsonl(tmp_path / "in.jsonl", range(30))
    out = tmp_path / "out"
    _run(source, out)
    whole = contents(out)
    (out / "manifest.json").write_text(text)
    with pytest.raises(af.ParameterError, match=r"holds results; .* --overwrite or --update"):
        _run(source, out)
    assert _run(source, out, update=True).n_kept == 30
    assert contents(out) == whole


def test_times_of_files_mean_nothing(tmp_path):
    source = write_jsonl(tmp_path / "in.jsonl", range(30))
    out = tmp_path / "out"
    _run(source, out)
    whole = contents(out)
    (out / "manifest.json").unlink()
    for seconds, path in zip(
        (0, 2**33), (source, out / "sessions/part-00000.parquet"), strict=True
    ):
        os.utime(path, (seconds, seconds))
    assert _run(source, out).n_kept == 30
    assert contents(out) == whole


def test_a_second_run_is_refused(tmp_path):
    source = write_jsonl(tmp_path / "in.jsonl", range(5))
    out = tmp_path / "out"
    out.mkdir()
    with (
        locked(out),
        pytest.raises(af.ParameterError, match=r"in which another run is writing; wait until"),
    ):
        _run(source, out)
    assert _run(source, out).n_sessions == 5
    assert not (out / ".lock").exists()


def test_overwrite_computes_anew_and_excludes_update(tmp_path):
    source = write_jsonl(tmp_path / "in.jsonl", range(5))
    out = tmp_path / "out"
    _run(source, out)
    anew = _run(source, out, overwrite=True)
    assert (anew.n_kept, anew.n_dropped) == (0, 0)
    with pytest.raises(af.ParameterError, match=r"`overwrite` and `update` exclude each other"):
        _run(source, out, overwrite=True, update=True)


def test_nothing_read_leaves_a_folder_that_can_be_used_again(tmp_path):
    bad = tmp_path / "bad.jsonl"
    bad.write_text("{\n")
    out = tmp_path / "out"
    summary = _run(bad, out, output_format="csv", clients=True)
    assert (summary.n_sessions, summary.errors_by_code) == (0, {"bad_json": 1})
    assert sorted(path.name for path in out.iterdir()) == ["errors.parquet", "run.json"]
    source = write_jsonl(tmp_path / "in.jsonl", range(5))
    assert _run(source, out).n_sessions == 5


def test_rows_stand_in_the_order_of_the_input(tmp_path):
    folder = write_many(tmp_path / "in", 12)
    summary = _run(folder, tmp_path / "out")
    expected = [record(number)["session_id"] for number in range(120)]
    assert summary.table["session_id"].to_pylist() == expected
    assert summary.table.equals(af.extract(af.read_sessions(folder), features=LEXICAL))
