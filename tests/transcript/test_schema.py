import copy
import json
import math
import subprocess
import sys
import unicodedata
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alliance_features import Session, TranscriptError
from alliance_features.transcript.schema import session_schema, write_schemas

ROOT = Path(__file__).resolve().parents[2]
STORED = ROOT / "data" / "schemas" / "session.json"
EXAMPLES = sorted((ROOT / "examples").glob("sessions*.jsonl"))
VALIDATOR = jsonschema.Draft202012Validator(session_schema())

RECORD = {
    "session_id": "s1",
    "client_id": None,
    "therapist_id": "t1",
    "language": "en",
    "session_number": 1,
    "mode": "spoken",
    "translated": False,
    "verbatim": None,
    "turns": [
        {"role": "client", "text": "yes", "start": 0, "end": 1.5},
        {"role": "therapist", "text": "", "start": 2, "end": None},
    ],
    "meta": {"a": 1},
}


def test_stored_schema_is_what_the_code_says(tmp_path):
    write_schemas(tmp_path)
    assert STORED.read_bytes() == (tmp_path / "session.json").read_bytes(), "run `make schemas`"


def test_the_command_writes_it(tmp_path):
    command = [sys.executable, "-W", "error", "-m", "alliance_features.transcript.schema", tmp_path]
    subprocess.run(command, check=True)
    assert (tmp_path / "session.json").read_bytes() == STORED.read_bytes()


def test_schema_is_a_schema():
    jsonschema.Draft202012Validator.check_schema(session_schema())


def test_there_are_examples():
    assert EXAMPLES


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_examples_are_valid(path):
    records = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert records
    for record in records:
        VALIDATOR.validate(record)


def every_value(value):
    yield value
    children = value.values() if isinstance(value, dict) else value
    if isinstance(value, (dict, list)):
        for child in children:
            yield from every_value(child)


def not_in_the_schema(record):
    """Tell whether a record breaks a rule that is stated only in words."""
    outside_meta = {key: value for key, value in record.items() if key != "meta"}
    for value in every_value(outside_meta):
        if isinstance(value, str) and (
            "\0" in value or any("\ud800" <= c <= "\udfff" for c in value)
        ):
            return "NUL or surrogate"
        if (
            isinstance(value, (int, float))
            and not -sys.float_info.max <= value <= sys.float_info.max
        ):
            return "not a finite float"
    for name in ("session_id", "client_id", "therapist_id"):
        for character in record.get(name) or "":
            if not character.isprintable():
                return "not printable"
            if ord(character) > 127 and unicodedata.category(character) == "Po":
                return "punctuation"
    for turn in record["turns"]:
        start, end = turn.get("start"), turn.get("end")
        if start is not None and end is not None and end < start:
            return "ends before its start"
    return None


def accepted(record):
    try:
        Session.from_dict(record)
    except TranscriptError:
        return False
    return True


def places(value, here=()):
    """Yield the path of every value inside a record, `meta` apart."""
    items = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    for key, child in items:
        if here or key != "meta":
            yield (*here, key)
            yield from places(child, (*here, key))


def holder(record, path):
    for key in path[:-1]:
        record = record[key]
    return record


SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from([0, 1, -1, 2**31 - 1, 2**31, 10**400, 1.0, 2.5, -0.0, 1e400, math.nan]),
    st.floats(),
    st.text(max_size=6),
    st.sampled_from(
        [
            *("client", "therapist", "Client", "", "spoken", "en", "en\n", "zh-Hans", "english"),
            *(
                "x" * 128,
                "x" * 129,
                "a b",
                "a\n",
                "a\u3000",
                "a\x1f",
                "好。",
                "é-1",
                "a\0",
                "\ud800",
            ),
        ]
    ),
)
VALUES = SCALARS | st.lists(SCALARS, max_size=2) | st.dictionaries(st.text(max_size=3), SCALARS)
KEYS = st.sampled_from(["role", "text", "start", "end", "meta", "mode", "x", ""]) | st.text(
    max_size=4
)


TEXTS = st.text(max_size=6) | st.sampled_from(["a\0", "\ud800", "🙂"])
IDS = st.text(min_size=1, max_size=4) | st.sampled_from(
    ["a\x1f", "好。", "é-1", "\ud800", "x" * 128]
)
SECONDS = (
    st.none() | st.floats(min_value=-1) | st.integers(0, 3) | st.sampled_from([math.nan, 10**400])
)
FITTING = {
    "session_id": IDS,
    "client_id": IDS,
    "therapist_id": IDS,
    "session_number": st.integers(-1, 2**31) | st.floats(0, 9) | st.just(3.0),
    "text": TEXTS,
    "start": SECONDS,
    "end": SECONDS,
    "mode": st.sampled_from([None, "typed", "Typed"]),
    "language": st.sampled_from(["de", "zh-Hans", "EN", "en-"]),
}


@st.composite
def mutated(draw):
    record = copy.deepcopy(RECORD)
    for _ in range(draw(st.integers(0, 3))):
        path = draw(st.sampled_from(list(places(record)) or [("session_id",)]))
        container = holder(record, path)
        action = draw(st.sampled_from(["fit", "fit", "fit", "replace", "remove", "add"]))
        if action == "fit":
            container[path[-1]] = draw(FITTING.get(path[-1], VALUES))
        elif action == "replace":
            container[path[-1]] = draw(VALUES)
        elif action == "remove" and path[-1] in container:
            del container[path[-1]]
        elif action == "add" and isinstance(container, dict):
            container[draw(KEYS)] = draw(VALUES)
    return record


@settings(deadline=None, max_examples=1500)
@given(mutated())
def test_schema_and_code_agree(record):
    if VALIDATOR.is_valid(record):
        assert accepted(record) == (not_in_the_schema(record) is None)
    else:
        assert not accepted(record)


@pytest.mark.parametrize(
    ("path", "value", "valid", "taken"),
    [
        (("session_id",), "a\n", False, False),
        (("session_id",), "a b", False, False),
        (("session_id",), "x" * 129, False, False),
        (("language",), "en\n", False, False),
        (("session_number",), 2.0, True, True),
        (("session_number",), 2.5, False, False),
        (("session_number",), True, False, False),
        (("session_number",), 2**31, False, False),
        (("verbatim",), 1, False, False),
        (("mode",), None, True, True),
        (("meta",), None, True, True),
        (("meta",), [], False, False),
        (("turns", 0, "text"), None, False, False),
        (("turns", 0, "text"), "x" * 100_001, False, False),
        (("turns", 0, "start"), -0.1, False, False),
        (("turns", 0, "end"), 1e15, True, True),
        (("turns", 0, "end"), 1.1e15, False, False),
        (("turns", 0, "end"), math.inf, False, False),
        (("turns", 0, "speaker"), "x", False, False),
        # Stated in words only.
        (("session_id",), "a\x07", True, False),
        (("session_id",), "好。", True, False),
        (("turns", 0, "text"), "a\0", True, False),
        (("turns", 0, "text"), "\ud800", True, False),
        (("turns", 0, "start"), 9, True, False),
        (("turns", 0, "start"), math.nan, True, False),
    ],
)
def test_agreement_at_the_edges(path, value, valid, taken):
    record = copy.deepcopy(RECORD)
    holder(record, path)[path[-1]] = value
    assert (VALIDATOR.is_valid(record), accepted(record)) == (valid, taken)
    if valid:
        assert (not_in_the_schema(record) is None) == taken
