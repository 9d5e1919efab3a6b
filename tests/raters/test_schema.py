"""The schemas in `data/schemas` say what the code says and does."""

import json
import subprocess
import sys
from pathlib import Path

import jsonschema
import pyarrow as pa
import pytest

import alliance_features as af
from alliance_features.raters import schema
from alliance_features.raters.rows import CONVERT

STORED = Path(__file__).resolve().parents[2] / "data" / "schemas"
NAMES = ("ratings", "scores", "predictions")
SCHEMAS = schema.json_schemas()
ROW = {"session_id": "s1", "rater": "r", "dimension": "goal", "score": 3.0}


@pytest.mark.parametrize("name", NAMES)
def test_stored_schema_is_what_the_code_says(name, tmp_path):
    schema.write_schemas(tmp_path)
    stored = (STORED / f"{name}.json").read_bytes()
    assert stored == (tmp_path / f"{name}.json").read_bytes(), "run `make schemas`"
    jsonschema.Draft202012Validator.check_schema(json.loads(stored))


def test_the_command_writes_them(tmp_path):
    command = [sys.executable, "-W", "error", "-m", "alliance_features.raters.schema", tmp_path]
    subprocess.run(command, check=True)
    assert sorted(path.stem for path in tmp_path.iterdir()) == sorted(NAMES)


def test_examples_are_valid(examples_path):
    validator = jsonschema.Draft202012Validator(SCHEMAS["ratings"])
    rows = af.read_ratings(examples_path / "ratings.csv").to_pylist()
    assert len(rows) == 24
    for row in rows:
        validator.validate(row)


def test_every_field_has_a_check():
    assert list(CONVERT) == schema.SCORE_SCHEMA.names
    assert schema.SCORE_SCHEMA.names[: len(schema.RATING_SCHEMA)] == schema.RATING_SCHEMA.names
    assert set(schema.RATING_KEY) < set(schema.SCORE_KEY) < set(schema.SCORE_SCHEMA.names)


VALUES = {
    "session_id": ["s1", "a b", "", "x" * 129, None],
    "client_id": ["c", "a b", None],
    "session_number": [1, 0, -1, 1.5, 2**31, None],
    "rater": ["r", "", None],
    "perspective": ["client", "observer", "me", None],
    "item": ["1", "a b", None],
    "score": [2.0, None, "three"],
    "scale_min": ["low"],
    "status": ["fine", "ok"],
    "tokens_in": [3, -3, 1.5, None],
    "seconds": [0.5, -1.0, None],
    "extra": [1],
}


@pytest.mark.parametrize(("name", "value"), [(n, v) for n, vs in VALUES.items() for v in vs])
@pytest.mark.parametrize("kind", ["ratings", "scores"])
def test_schema_and_reader_accept_the_same(kind, name, value):
    record = {**ROW, name: value}
    read = {"ratings": af.read_ratings, "scores": af.read_scores}[kind]
    try:
        read(pa.table({key: [one] for key, one in record.items()}))
    except af.RaterError:
        accepted = False
    else:
        accepted = True
    valid = jsonschema.Draft202012Validator(SCHEMAS[kind]).is_valid(record)
    if kind == "scores" and (name, value) == ("score", "three"):
        assert accepted  # a row of status unparsable
        assert not valid
    else:
        assert accepted == valid
