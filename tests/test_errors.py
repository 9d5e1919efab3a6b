import gzip
import pickle
import re

import pytest

from alliance_features import (
    AllianceError,
    AllianceWarning,
    ParameterError,
    RaterError,
    ResourceError,
    TranscriptError,
    read_sessions,
)
from alliance_features.errors import TRANSCRIPT_CODES

PLACES = ("path", "line", "session_id", "turn", "field")


def everything(error):
    return [getattr(error, name) for name in ("problem", "code", "remedy", *PLACES)] + [str(error)]


@pytest.mark.parametrize("kind", [ParameterError, TranscriptError])
def test_malformed_input_is_a_value_error(kind):
    assert issubclass(kind, ValueError)
    assert issubclass(kind, AllianceError)


@pytest.mark.parametrize("kind", [ResourceError, RaterError])
def test_other_errors_are_not(kind):
    assert issubclass(kind, AllianceError)
    assert not issubclass(kind, ValueError)


def test_a_warning_is_a_user_warning():
    assert issubclass(AllianceWarning, UserWarning)


@pytest.mark.parametrize(
    ("where", "message"),
    [
        ({}, "it is wrong. Mend it. [bad_value]"),
        ({"path": "a.csv"}, "a.csv: it is wrong. Mend it. [bad_value]"),
        ({"line": 3}, "line 3: it is wrong. Mend it. [bad_value]"),
        ({"path": "a.csv", "line": 3}, "a.csv, line 3: it is wrong. Mend it. [bad_value]"),
        ({"session_id": "s", "turn": 0}, "session s, turn 0: it is wrong. Mend it. [bad_value]"),
        (
            {"path": "a.csv", "line": 3, "session_id": "s", "turn": 12, "field": "text"},
            "a.csv, line 3, session s, turn 12: it is wrong. Mend it. [bad_value]",
        ),
    ],
)
def test_message(where, message):
    error = TranscriptError("it is wrong", code="bad_value", remedy="Mend it.", **where)
    assert str(error) == message
    assert [getattr(error, name) for name in PLACES] == [where.get(name) for name in PLACES]


def test_message_without_remedy():
    assert str(TranscriptError("it is wrong", code="bad_value")) == "it is wrong [bad_value]"


def test_at_fills_in_what_was_not_known(tmp_path):
    error = TranscriptError("wrong", code="bad_value", remedy="Mend it.", turn=0, field="text")
    located = error.at(path=tmp_path, line=3, turn=9, session_id="s")
    assert everything(located)[:8] == [
        *("wrong", "bad_value", "Mend it.", str(tmp_path), 3, "s", 0, "text")
    ]
    assert (error.path, error.line, error.session_id) == (None, None, None)
    assert everything(located.at()) == everything(located)
    assert everything(located.at(path="other", line=8, field="role")) == everything(located)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_pickle_round_trip(protocol):
    error = TranscriptError(
        "wrong", code="bad_value", remedy="Mend it.", path="a.csv", line=0, session_id="s", turn=0
    )
    again = pickle.loads(pickle.dumps(error, protocol))
    assert type(again) is TranscriptError
    assert everything(again) == everything(error)
    assert repr(again) == repr(error)


def test_codes_are_sorted_words_with_a_meaning():
    assert list(TRANSCRIPT_CODES) == sorted(TRANSCRIPT_CODES)
    for code, meaning in TRANSCRIPT_CODES.items():
        assert re.fullmatch(r"[a-z0-9]+(_[a-z0-9]+)*", code)
        assert meaning


GOOD = '{"session_id": "s", "language": "en", "turns": [{"role": "client", "text": ""}]}\n'
HEADER = "session_id,language,role,text\n"

#: code -> a file that raises it: name and content.
RAISED = {
    "bad_csv": ("in.csv", HEADER + 's,en,client,"'),
    "bad_json": ("in.jsonl", "{"),
    "bad_time": ("in.jsonl", GOOD.replace('"text"', '"start": -1, "text"')),
    "bad_type": ("in.jsonl", "[]"),
    "bad_value": ("in.jsonl", GOOD.replace('"s"', '"s s"')),
    "changed_field": ("in.csv", HEADER + "s,en,client,\ns,de,client,\n"),
    "damaged_file": ("in.jsonl.gz", gzip.compress(GOOD.encode())[:-1]),
    "duplicate_key": ("in.jsonl", GOOD.replace('"text"', '"role": "client", "text"')),
    "duplicate_session": ("in.jsonl", GOOD + GOOD),
    "empty_file": ("in.jsonl", ""),
    "interleaved_sessions": ("in.csv", HEADER + "s,en,client,\nr,en,client,\ns,en,client,\n"),
    "missing_column": ("in.csv", "session_id,role\n"),
    "missing_field": ("in.jsonl", GOOD.replace('""', "null")),
    "not_speech": ("in.txt", "T: a\nPage 2 of 9\nC: b"),
    "not_text": ("in.jsonl", GOOD.replace('""', r'"\ud800"')),
    "not_utf8": ("in.jsonl", GOOD.encode("utf-16")),
    "other_format": ("in.txt", "WEBVTT\n\nT: a"),
    "too_long": ("in.csv", HEADER + "s,en,client," + "a" * 140_000),
    "unclear_speaker": ("in.txt", "T: a\nC: T: b"),
    "unknown_format": ("in.doc", GOOD),
    "unknown_key": ("in.jsonl", GOOD.replace('"turns"', '"x": 0, "turns"')),
    "unknown_language": ("in.jsonl", GOOD.replace('"en"', '"EN"')),
    "unknown_role": ("in.jsonl", GOOD.replace('"client"', '"C"')),
    "unreadable": ("in.jsonl", None),
    "wrong_width": ("in.csv", HEADER + "s,en,client\n"),
}
#: What no reader raises: `extract` records it when measuring a session fails.
RAISED_ELSEWHERE = {"internal_error", "worker_died"}


def test_every_code_has_its_file():
    assert RAISED.keys() | RAISED_ELSEWHERE == TRANSCRIPT_CODES.keys()
    assert not RAISED.keys() & RAISED_ELSEWHERE


@pytest.mark.parametrize("code", RAISED)
def test_every_code_is_raised(tmp_path, code):
    name, content = RAISED[code]
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(
        TranscriptError, match=rf"{re.escape(name)}.*: .+\. .+ \[{code}\]$"
    ) as caught:
        list(read_sessions(path))
    error = caught.value
    assert (error.code, error.path) == (code, str(path))
    assert everything(pickle.loads(pickle.dumps(error))) == everything(error)
