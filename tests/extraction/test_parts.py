"""Where a stream of sessions is cut, and what the key of a part depends on."""

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

import alliance_features as af
from alliance_features.extraction import parts
from alliance_features.extraction.parts import (
    Keys,
    PartRecord,
    cut,
    read_record,
    write_part_file,
)
from alliance_features.output.seals import is_whole
from alliance_features.transcript.source import MOST_FILES, group_files
from part_corpus import record


def _session(number, **fields):
    return af.Session.from_dict(record(number, **fields))


def _runs(numbers):
    return [[one.session_id for one in run] for run in cut(map(_session, numbers))]


def test_runs_are_the_sessions_in_order_and_bounded():
    runs = _runs(range(1500))
    assert [one for run in runs for one in run] == [f"s-{n:04d}" for n in range(1500)]
    assert 1500 / parts.MOST_SESSIONS < len(runs) < 1500 / parts.LEAST_SESSIONS
    for run in runs[:-1]:
        assert parts.LEAST_SESSIONS <= len(run) <= parts.MOST_SESSIONS
    assert list(cut([])) == []


@given(st.integers(0, 599), st.booleans())
def test_a_session_more_or_less_changes_few_runs(place, added):
    numbers = list(range(600))
    before = {tuple(run) for run in _runs(numbers)}
    numbers = [*numbers[:place], 5000, *numbers[place:]] if added else numbers
    if not added:
        del numbers[place]
    after = {tuple(run) for run in _runs(numbers)}
    assert len(after - before) <= 3


def test_long_sessions_make_short_runs(monkeypatch):
    monkeypatch.setattr(parts, "MOST_CHARACTERS", 1000)
    assert max(len(run) for run in _runs(range(20))) < 5


def test_key_depends_on_all_that_values_depend_on(monkeypatch):
    sessions = [_session(1), _session(2)]
    keys = Keys(b"key", "configuration")
    key = keys.of(sessions)
    assert len(key) == 32
    assert key == Keys(b"key", "configuration").of([_session(1), _session(2)])
    others = [
        keys.of(sessions[:1]),
        keys.of(sessions[::-1]),
        keys.of([_session(1, language="de"), _session(2)]),
        keys.of([_session(1, mode="typed"), _session(2)]),
        Keys(b"other", "configuration").of(sessions),
        Keys(b"key", "other").of(sessions),
    ]
    monkeypatch.setattr(parts, "load_lexicon", lambda _: type("Lists", (), {"sha256": "new"}))
    others.append(keys.of(sessions))
    assert len({key, *others}) == 8


def test_groups_of_files(tmp_path):
    small = [tmp_path / f"{number}.txt" for number in range(700)]
    for path in small:
        path.write_text("T: a\n")
    groups = group_files(small)
    assert [file for group in groups for file in group] == small
    assert 700 / MOST_FILES <= len(groups) < 40
    large = tmp_path / "large.jsonl"
    with large.open("wb") as stream:
        stream.truncate(5_000_000)
    assert [large] in group_files([*small[:5], large, *small[5:]])
    absent = tmp_path / "absent.txt"
    assert group_files([absent]) == [[absent]]
    assert group_files([]) == []
    one_less = group_files(small[:300] + small[301:])
    changed = {tuple(group) for group in one_less} - {tuple(group) for group in groups}
    assert len(changed) <= 3


def test_record_survives_its_json():
    error = af.TranscriptError("it failed", code="worker_died", session_id="s", remedy="Again.")
    record = PartRecord("0" * 32, 3, 7, {"few_words": 2}, errors=[error])
    again = PartRecord.from_json(record.to_json())
    assert again.to_json() == record.to_json()
    assert str(again.errors[0]) == str(error)
    assert not again.is_final
    assert PartRecord("0" * 32, 3, 7).is_final
    with pytest.raises((KeyError, TypeError, ValueError)):
        PartRecord.from_json(json.dumps({"key": 1}))


def test_a_changed_byte_anywhere_is_found(tmp_path):
    path = tmp_path / "sessions" / "part-00000.parquet"
    table = pa.table({"session_id": ["s1", "s2"], "n": [1.5, None]})
    write_part_file(path, table, PartRecord(key="k", sessions=2, turns=5))
    content = path.read_bytes()
    assert is_whole(path)
    assert pq.read_table(path).equals(table)
    assert read_record(path) == PartRecord(key="k", sessions=2, turns=5)
    for place in range(len(content)):
        changed = bytearray(content)
        changed[place] ^= 1 << place % 8
        path.write_bytes(changed)
        assert not is_whole(path), place
    for length in range(0, len(content), 11):
        path.write_bytes(content[:length])
        assert not is_whole(path), length
    path.write_bytes(content + b"\0")
    assert not is_whole(path)
    path.unlink()
    assert not is_whole(path)
    pq.write_table(table, path)  # not of ours
    assert not is_whole(path)
