"""Shares of the work, and putting them together."""

import json

import pytest

import alliance_features as af
from alliance_features.commands import merge
from alliance_features.commands.merge import merge_shards
from alliance_features.extraction import parts
from alliance_features.output.keys import KEY_VARIABLE
from alliance_features.transcript import source as grouping
from alliance_features.transcript.source import Input
from into_folder import extract_into
from part_corpus import LEXICAL, contents, write_jsonl, write_many


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch):
    monkeypatch.setenv(KEY_VARIABLE, "a key for the tests")
    monkeypatch.setattr(parts, "LEAST_SESSIONS", 4)
    monkeypatch.setattr(parts, "SESSIONS_A_PART", 4)
    monkeypatch.setattr(grouping, "FILES_A_GROUP", 3)


def _run(source, output, **options):
    return extract_into(Input(paths=[source]), output, **{"features": LEXICAL, **options})


@pytest.fixture(params=["many files", "one file", "with errors"])
def corpus(request, tmp_path):
    folder = tmp_path / "in"
    if request.param == "one file":
        return write_jsonl(folder / "all.jsonl", range(70))
    write_many(folder, 12, each=5)
    if request.param == "with errors":
        (folder / "file-003.jsonl").write_text("{\n")
        (folder / "file-007.jsonl").write_text("")
        write_jsonl(folder / "file-008.jsonl", range(500, 505), language="de")
    return folder


@pytest.mark.parametrize("of", [1, 3])
def test_merged_shards_are_the_bytes_of_one_run(corpus, tmp_path, of):
    options = {"output_format": "csv", "clients": True}
    whole = _run(corpus, tmp_path / "whole", level="turn", **options)
    folders = [tmp_path / f"shard-{number}" for number in range(1, of + 1)]
    sizes = []
    for number, folder in enumerate(folders, start=1):
        sizes.append(_run(corpus, folder, level="turn", shard=(number, of)).n_sessions)
    assert sum(sizes) == whole.n_sessions
    assert min(sizes) > 0
    merged = merge_shards(folders[::-1], tmp_path / "merged", **options)
    assert contents(tmp_path / "merged") == contents(tmp_path / "whole")
    for name in ("n_sessions", "n_turns", "n_clients", "n_features", "nulls", "warnings"):
        assert getattr(merged, name) == getattr(whole, name)
    assert merged.errors_by_code == whole.errors_by_code


@pytest.mark.parametrize("again", [{}, {"update": True}, {"overwrite": True}])
def test_shares_without_a_session_are_merged_too(tmp_path, again):
    source = write_jsonl(tmp_path / "in.jsonl", range(3))
    _run(source, tmp_path / "whole")
    folders = [tmp_path / f"shard-{number}" for number in range(1, 5)]
    for options in ({}, again) if again else ({},):
        found = [
            _run(source, folder, shard=(number, 4), **options).n_sessions
            for number, folder in enumerate(folders, start=1)
        ]
        assert sorted(found) == [0, 0, 0, 3]
    merge_shards(folders, tmp_path / "merged")
    assert contents(tmp_path / "merged") == contents(tmp_path / "whole")


def test_shares_of_which_none_has_a_session(tmp_path):
    (tmp_path / "in.jsonl").write_text("{\n")
    folders = [tmp_path / "one", tmp_path / "two"]
    for number, folder in enumerate(folders, start=1):
        assert _run(tmp_path / "in.jsonl", folder, shard=(number, 2)).n_sessions == 0
    merged = merge_shards(folders, tmp_path / "merged")
    assert merged.errors_by_code == {"bad_json": 1}
    assert not (tmp_path / "merged" / "manifest.json").exists()


def test_a_file_of_another_shard_is_not_read(tmp_path, monkeypatch):
    folder = write_many(tmp_path / "in", 12, each=5)
    read = []
    original = Input.read

    def noted(self, files, errors, **more):
        read.extend(files)
        return original(self, files, errors, **more)

    monkeypatch.setattr(Input, "read", noted)
    for number in (1, 2, 3):
        _run(folder, tmp_path / f"out-{number}", shard=(number, 3))
    assert sorted(read) == sorted(folder.glob("*.jsonl"))


def _shards(tmp_path, of=2):
    folder = write_many(tmp_path / "in", 12, each=5)
    outs = [tmp_path / f"shard-{number}" for number in range(1, of + 1)]
    for number, out in enumerate(outs, start=1):
        _run(folder, out, shard=(number, of))
    return folder, outs


def test_what_cannot_be_merged(tmp_path, monkeypatch):
    folder, (one, two) = _shards(tmp_path)
    out = tmp_path / "merged"
    _run(folder, tmp_path / "whole")

    def refused(folders, message, error=af.ParameterError):
        with pytest.raises(error, match=message):
            merge_shards(folders, out)
        assert not (out / "manifest.json").exists()

    refused([], r"`folders` is empty")
    refused([one], r"Shard 2/2 is missing")
    refused([one, two, two], r"Shard 2/2 is there twice")
    refused([one, tmp_path / "whole"], r"whole: it is not a shard: it was made without --shard")
    refused([one, tmp_path / "in"], r"in: it is not the folder of a finished run")
    _run(folder, tmp_path / "three", shard=(2, 3))
    refused([one, tmp_path / "three"], r"are not shards of one extraction: they differ in of")
    _run(folder, tmp_path / "other", shard=(2, 2), features=["volume"])
    refused([one, tmp_path / "other"], r"has another configuration than")
    text = (one / "manifest.json").read_text()
    (one / "manifest.json").write_text(text[:100])
    refused([one, two], r"its manifest\.json is damaged")
    (one / "manifest.json").write_text(text)
    with monkeypatch.context() as patch:
        patch.setenv(KEY_VARIABLE, "another key for hashes")
        with pytest.raises(af.ParameterError, match=r"made with another key for hashes"):
            merge_shards([one, two], tmp_path / "keys")
    path = two / "sessions" / "part-00000.parquet"
    path.write_bytes(path.read_bytes()[:-50])
    refused([one, two], r"missing or damaged; run its shard again with --update", af.ResourceError)
    _run(folder, two, shard=(2, 2), update=True)
    assert merge_shards([one, two], out).n_sessions == 60
    with pytest.raises(af.ParameterError, match=r"holds results"):
        merge_shards([one, two], out)
    merge_shards([one, two], out, overwrite=True)
    assert contents(out) == contents(tmp_path / "whole")


def test_other_files_and_a_session_in_two_shards(tmp_path):
    folder, (one, two) = _shards(tmp_path)
    write_jsonl(folder / "file-011.jsonl", range(55, 58))
    _run(folder, two, shard=(2, 2), update=True)
    with pytest.raises(af.ParameterError, match=r"differ in input files, or in their keys"):
        merge_shards([one, two], tmp_path / "out")
    groups = grouping.group_files(sorted(folder.glob("*.jsonl")))
    write_jsonl(groups[1][0], range(5))
    for number, out in ((1, one), (2, two)):
        _run(folder, out, shard=(number, 2), update=True)
    with pytest.raises(af.ParameterError, match=r"Session s-0000 is in .*shard-1 and in .*-2"):
        merge_shards([one, two], tmp_path / "out")


@pytest.mark.parametrize("shard", [(0, 3), (4, 3), (1, 0), ("1", 2)])
def test_wrong_shards(tmp_path, shard):
    with pytest.raises(af.ParameterError, match=r"`shard` must be i/n with 1 <= i <= n"):
        _run(tmp_path, tmp_path / "out", shard=shard)


def test_options_that_need_all_sessions(tmp_path):
    for options in ({"clients": True}, {"output_format": "csv"}):
        with pytest.raises(af.ParameterError, match=r"needs all sessions; leave it out of the sh"):
            _run(tmp_path, tmp_path / "out", shard=(1, 2), **options)


def test_a_manifest_of_very_many_files_holds_one_hash(corpus, tmp_path, monkeypatch):
    from alliance_features.output import manifest

    monkeypatch.setattr(manifest, "MOST_LISTED", 2)
    _run(corpus, tmp_path / "whole")
    said = json.loads((tmp_path / "whole" / "manifest.json").read_text())["inputs"]
    n_files = len(list(tmp_path.glob("in/*")))
    assert said.get("n_files") == (n_files if n_files > 2 else None)
    shards = [tmp_path / f"shard-{number}" for number in (1, 2)]
    for number, out in enumerate(shards, start=1):
        _run(corpus, out, shard=(number, 2))
    merge_shards(shards, tmp_path / "merged")
    assert contents(tmp_path / "merged") == contents(tmp_path / "whole")
    assert merge.read_shards(shards)[0][1]["shard"]["by"] in ("groups", "parts")
