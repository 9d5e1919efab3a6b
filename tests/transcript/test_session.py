import copy
import dataclasses
import json
import math
import pickle

import numpy as np
import pytest

from alliance_features import Session, TranscriptError, Turn

RECORD = {
    "session_id": "s-01",
    "client_id": "c1",
    "therapist_id": "t1",
    "language": "en-GB",
    "session_number": 3,
    "mode": "spoken",
    "translated": False,
    "verbatim": None,
    "turns": [
        {"role": "client", "text": "It was hard.", "start": 0, "end": 1.5},
        {"role": "therapist", "text": "", "start": None, "end": None},
    ],
    "meta": {"source": ["anything", {"nested": None}]},
}


def test_from_dict_reads_every_field():
    session = Session.from_dict(RECORD)
    assert [getattr(session, name) for name in RECORD if name not in ("turns", "meta")] == [
        RECORD[name] for name in RECORD if name not in ("turns", "meta")
    ]
    assert session.turns == (
        Turn(role="client", text="It was hard.", start=0.0, end=1.5),
        Turn(role="therapist", text=""),
    )
    assert session.meta == RECORD["meta"]


def test_to_dict_is_read_back():
    session = Session.from_dict(RECORD)
    assert session.to_dict() == RECORD
    assert Session.from_dict(json.loads(json.dumps(session.to_dict()))) == session


def test_only_three_fields_are_required():
    session = Session.from_dict({"session_id": "s", "language": "zh", "turns": []})
    assert session == Session(session_id="s", language="zh", turns=())
    assert session.to_dict()["meta"] == {}
    assert session.client_id is session.mode is session.verbatim is session.session_number is None


def test_from_dict_leaves_its_argument_alone():
    record = copy.deepcopy(RECORD)
    Session.from_dict(record)
    assert record == RECORD


def test_meta_is_copied():
    meta = {"a": 1}
    session = Session(session_id="s", language="en", turns=(), meta=meta)
    meta["a"] = 2
    assert session.meta == {"a": 1}
    session.to_dict()["meta"]["a"] = 3
    assert session.meta == {"a": 1}


def test_null_meta_is_an_empty_one():
    assert Session.from_dict({**RECORD, "meta": None}).meta == {}


def test_turns_may_be_any_iterable_and_are_copied():
    turns = [Turn(role="client", text="yes")]
    session = Session(session_id="s", language="en", turns=turns)
    turns.append(Turn(role="client", text="no"))
    assert len(session.turns) == 1
    again = Session(session_id="s", language="en", turns=iter(session.turns))
    assert again == session


def test_frozen():
    session = Session.from_dict(RECORD)
    with pytest.raises(dataclasses.FrozenInstanceError, match="session_id"):
        session.session_id = "other"
    with pytest.raises(dataclasses.FrozenInstanceError, match="text"):
        session.turns[0].text = "other"


def test_pickle_round_trip():
    session = Session.from_dict(RECORD)
    assert pickle.loads(pickle.dumps(session)) == session


def test_repr_shows_sizes_and_no_words():
    session = Session.from_dict(RECORD)
    assert repr(session) == "Session(session_id='s-01', language='en-GB', turns=<2 turns>)"
    assert repr(session.turns[0]) == "Turn(role='client', text=<12 characters>, start=0.0, end=1.5)"


def test_times_become_floats():
    turn = Turn(role="client", text="", start=2, end=np.float64(3.5))
    assert (type(turn.start), type(turn.end)) == (float, float)
    assert Turn(role="client", text="", start=1.0, end=1.0).end == 1.0


def test_whole_float_is_a_session_number():
    session = Session(session_id="s", language="en", turns=(), session_number=2.0)
    assert session.session_number == 2
    assert type(session.session_number) is int


@pytest.mark.parametrize("n", [0, 99_999, 100_000])
def test_longest_turn(n):
    assert len(Turn(role="client", text="a" * n).text) == n


@pytest.mark.parametrize("identifier", ["a", "a" * 128, "P-01/b:2.c", "müller_3", "来访者01"])
def test_ids_that_are_fine(identifier):
    assert Session(session_id=identifier, language="en", turns=()).session_id == identifier


@pytest.mark.parametrize("language", ["en", "de", "zh-Hans-CN", "en-GB", "gsw", "es-419"])
def test_languages_that_are_fine(language):
    assert Session(session_id="s", language=language, turns=()).language == language


ID = "An id has 1 to 128 printable characters and no white space"
TURN_CASES = [
    ({"role": None}, "missing_field", "role", "`role` is absent or null. Say who speaks"),
    ({"role": "T"}, "unknown_role", "role", '`role` is neither "therapist" nor "client". Map'),
    ({"role": "Client"}, "unknown_role", "role", "`role` is neither .* with `roles`, e.g. --roles"),
    ({"role": ["client"]}, "unknown_role", "role", "`role` is neither"),
    ({"text": None}, "missing_field", "text", '`text` is absent or null. Write "" for no words'),
    ({"text": 5}, "bad_type", "text", "`text` is int. Write text as a string"),
    ({"text": b"yes"}, "bad_type", "text", "`text` is bytes"),
    ({"text": "a\0b"}, "not_text", "text", "`text` holds a NUL character. Export the transcript"),
    ({"text": "a\ud83d"}, "not_text", "text", "`text` holds an unpaired surrogate. .*UTF-8"),
    ({"text": "a" * 100_001}, "too_long", "text", "`text` has 100,001 characters. .*100,000; is a"),
    ({"start": "1"}, "bad_type", "start", "`start` is str. Write times as seconds, or null"),
    ({"start": True}, "bad_type", "start", "`start` is bool"),
    ({"end": [1]}, "bad_type", "end", "`end` is list"),
    ({"start": -0.5}, "bad_time", "start", r"`start` is -0\.5. Times are seconds >= 0; use null"),
    ({"start": math.nan}, "bad_time", "start", "`start` is nan"),
    ({"end": math.inf}, "bad_time", "end", "`end` is inf"),
    ({"end": 10**400}, "bad_time", "end", "`end` is inf"),
    ({"start": 2, "end": 1}, "bad_time", "end", r"`end` is 1\.0, before `start`, 2\.0. Correct"),
]


@pytest.mark.parametrize(("change", "code", "field", "message"), TURN_CASES)
def test_turn_refuses(change, code, field, message):
    values = {"role": "client", "text": "yes", **change}
    with pytest.raises(TranscriptError, match=message) as caught:
        Turn(**values)
    assert (caught.value.code, caught.value.field) == (code, field)
    # The same inside a session also names session and turn.
    record = {**RECORD, "turns": [RECORD["turns"][0], values]}
    with pytest.raises(TranscriptError, match=f"^session s-01, turn 1: {message}") as caught:
        Session.from_dict(record)
    assert (caught.value.code, caught.value.field, caught.value.turn) == (code, field, 1)


SESSION_CASES = [
    ({"language": None}, "missing_field", "language", "`language` is absent or null. Name it"),
    ({"language": "English"}, "unknown_language", "language", "is not a language code. Use the"),
    ({"language": "EN"}, "unknown_language", "language", "`language` is not a language code"),
    ({"language": "en\n"}, "unknown_language", "language", "`language` is not a language code"),
    ({"language": 5}, "unknown_language", "language", "`language` is not a language code"),
    ({"client_id": 7}, "bad_type", "client_id", "`client_id` is int. Write ids as strings"),
    ({"client_id": ""}, "bad_value", "client_id", f"`client_id` has 0 characters.*{ID}"),
    ({"therapist_id": "a b"}, "bad_value", "therapist_id", "has 3 characters, 1 of them white"),
    ({"therapist_id": "a\x07"}, "bad_value", "therapist_id", "`therapist_id` has 2 characters, 1"),
    ({"session_number": "3"}, "bad_type", "session_number", "is str. Use a whole number or null"),
    ({"session_number": True}, "bad_type", "session_number", "`session_number` is bool"),
    ({"session_number": 1.5}, "bad_type", "session_number", "`session_number` is float"),
    ({"session_number": math.nan}, "bad_type", "session_number", "`session_number` is float"),
    ({"session_number": -1}, "bad_value", "session_number", "is not between 0 and 2147483647"),
    ({"session_number": 10**5000}, "bad_value", "session_number", "Count the sessions of a client"),
    ({"mode": "phone"}, "bad_value", "mode", "`mode` is not a known mode. Use one of spoken, capt"),
    ({"mode": 1}, "bad_value", "mode", "`mode` is not a known mode"),
    ({"translated": "no"}, "bad_type", "translated", "is str. Use true, false or null"),
    ({"verbatim": 1}, "bad_type", "verbatim", "`verbatim` is int. Use true, false or null"),
    ({"meta": [1]}, "bad_type", "meta", "`meta` is list. Use an object"),
    ({"turns": None}, "missing_field", "turns", "`turns` is absent or null. Write a list of turns"),
    ({"turns": "yes"}, "bad_type", "turns", "`turns` is str. Write a list of turns"),
    ({"turns": {}}, "bad_type", "turns", "`turns` is dict"),
    ({"turns": [None]}, "bad_type", "turns", "`turns` holds null. A turn is an object"),
    ({"turns": ["yes"]}, "bad_type", "turns", "`turns` holds str"),
    ({"utterances": []}, "unknown_key", None, "key 11 of the object is not part of the format"),
    ({"sesion_number": 1}, "unknown_key", None, "Is `session_number` meant"),
    ({"turns": [{"role": "client", "text": "", "speaker": "x"}]}, "unknown_key", None, "key 3 of"),
    ({"turns": [{"role": "client", "txt": ""}]}, "unknown_key", None, "Is `text` meant"),
]


@pytest.mark.parametrize(("change", "code", "field", "message"), SESSION_CASES)
def test_session_refuses(change, code, field, message):
    with pytest.raises(TranscriptError, match=f"^session s-01.*: .*{message}") as caught:
        Session.from_dict({**RECORD, **change})
    assert (caught.value.code, caught.value.field) == (code, field)
    assert caught.value.remedy


ID_CASES = [
    ({"session_id": None}, "missing_field", "`session_id` is absent or null. Give every session"),
    ({"session_id": 12}, "bad_type", "`session_id` is int. Write ids as strings"),
    ({"session_id": ""}, "bad_value", f"`session_id` has 0 characters, 0 of them.*{ID}"),
    ({"session_id": "a" * 129}, "bad_value", "`session_id` has 129 characters, 0 of them"),
    ({"session_id": "I was sad"}, "bad_value", "`session_id` has 9 characters, 2 of them"),
    ({"session_id": "我很难过。"}, "bad_value", "`session_id` has 5 characters, 1 of them"),
    ({"session_id": "a\u3000b"}, "bad_value", "`session_id` has 3 characters, 1 of them"),
    ({"session_id": "a\0b"}, "not_text", "`session_id` holds a NUL"),
    ({"session_id": "a\ud800"}, "not_text", "`session_id` holds an unpaired surrogate"),
]


@pytest.mark.parametrize(("change", "code", "message"), ID_CASES)
def test_a_bad_session_id_is_never_shown(change, code, message):
    with pytest.raises(TranscriptError, match=f"^{message}") as caught:
        Session.from_dict({**RECORD, **change})
    assert (caught.value.code, caught.value.field) == (code, "session_id")
    assert caught.value.session_id is None
    # Nor when something else is wrong first.
    with pytest.raises(TranscriptError, match=r"^turn 0: `role` is absent") as caught:
        Session.from_dict({**RECORD, **change, "turns": [{"text": ""}]})
    assert caught.value.session_id is None


@pytest.mark.parametrize("name", ["session_id", "language", "turns"])
def test_required_fields(name):
    record = {key: value for key, value in RECORD.items() if key != name}
    with pytest.raises(TranscriptError, match=f"`{name}` is absent or null") as caught:
        Session.from_dict(record)
    assert caught.value.code == "missing_field"


@pytest.mark.parametrize("record", [None, 3, "text", [RECORD]])
def test_from_dict_wants_a_mapping(record):
    kind = "null" if record is None else type(record).__name__
    with pytest.raises(TranscriptError, match=f"a session is {kind}. Write one JSON object"):
        Session.from_dict(record)


def test_constructor_wants_turns():
    with pytest.raises(TranscriptError, match="session s, turn 0: `turns` holds dict"):
        Session(session_id="s", language="en", turns=[{"role": "client", "text": "yes"}])
    with pytest.raises(TranscriptError, match=r"`turns` is int\. Use a list of turns"):
        Session(session_id="s", language="en", turns=3)
    with pytest.raises(TranscriptError, match="`turns` is str"):
        Session(session_id="s", language="en", turns="yes")
