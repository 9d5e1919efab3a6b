"""Ids that differ in spelling alone, and marks of missing values, over a corpus and its parts."""

import json

import pytest

import alliance_features as af
from alliance_features.commands.validate import validate_files
from alliance_features.extraction.corpus_checks import WARNINGS, CorpusChecks
from alliance_features.extraction.doubts.doubt import Doubt
from alliance_features.extraction.doubts.writing import missing_doubts
from alliance_features.transcript.source import Input


def _sessions(*ids, text="It was long."):
    turns = (af.Turn(role="client", text=text),)
    for session, client, therapist in ids:
        yield af.Session(
            session_id=session,
            client_id=client,
            therapist_id=therapist,
            language="en",
            turns=turns,
            mode="typed",
        )


def _checked(sessions):
    checks = CorpusChecks()
    for session in sessions:
        checks.add(session, None, None)
    return checks


CASES = [
    ([("s1", "c1", "t"), ("s2", "C1", "t"), ("s3", "c2", "t")], {"similar_client_ids": 2}),
    ([("s1", "c1", "t"), ("s2", "c01", "t"), ("s3", "c1", "t")], {"similar_client_ids": 3}),
    ([("s1", "7", "t"), ("s2", "7.0", "t")], {"similar_client_ids": 2}),
    ([("s1", "c-1", "t"), ("s2", "c_1", "t")], {"similar_client_ids": 2}),
    ([("s1", "c1", "T1"), ("s2", "c2", "t01")], {"similar_therapist_ids": 2}),
    ([("s1", "c1", "t"), ("S01", "c2", "t"), ("s2", "c2", "t")], {"similar_session_ids": 2}),
    ([("s1", "c1", "t"), ("s2", None, "t"), ("s10", "c11", None)], {}),
]


@pytest.mark.parametrize(("ids", "expected"), CASES)
def test_similar_ids_are_counted_by_session(ids, expected):
    assert _checked(_sessions(*ids)).warnings() == expected
    assert set(expected) <= set(WARNINGS)


@pytest.mark.parametrize(("ids", "expected"), CASES)
def test_parts_add_up(ids, expected):
    whole = CorpusChecks()
    for session in _sessions(*ids):
        part = CorpusChecks.from_dict(json.loads(json.dumps(_checked([session]).to_dict())))
        whole.merge(part)
    assert whole == _checked(_sessions(*ids))
    assert whole.warnings() == expected


def test_marks_of_missing_values_are_a_doubt():
    (marked,) = _sessions(("s1", "c1", "t"), text="NaN")
    (clean,) = _sessions(("s2", "c1", "t"))
    assert missing_doubts(marked) == [Doubt("missing_text", 1)]
    assert missing_doubts(clean) == []


def test_validate_and_extract_tell(run, tmp_path):
    records = [
        {**session.to_dict(), "client_id": client}
        for session, client in zip(
            _sessions(*((f"s{n}", None, None) for n in range(4))),
            ("c1", "C1", "c2", "c3"),
            strict=True,
        )
    ]
    records[3]["turns"][0]["text"] = "NULL"
    path = tmp_path / "a.jsonl"
    path.write_text("\n".join(map(json.dumps, records)), encoding="utf-8")
    assert validate_files(Input(paths=[path])).checks.warnings() == {
        "missing_text": 1,
        "similar_client_ids": 2,
    }
    for command in (("validate", path), ("extract", path, "-o", tmp_path / "out")):
        _, out, _ = run(*command)
        assert (
            "warning similar_client_ids: 2 sessions (the client_id differs from another only" in out
        )
        assert "warning missing_text: 1 session (a turn is nothing but the mark" in out
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert manifest["warnings"]["similar_client_ids"] == 2
