"""The tables of ratings, rater scores and predictions, as Arrow and JSON Schemas.

`make schemas` writes the JSON Schemas of one row from the same constants.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa

from ..transcript.fields import MAX_SESSION_NUMBER
from ..transcript.schema import ID_SCHEMA

PERSPECTIVES = ("client", "therapist", "observer")
#: Status of a score; only rows of status "ok" hold a score.
STATUSES = {
    "ok": "a score on the scale",
    "missing": "no answer was given",
    "refused": "the rater declined",
    "out_of_range": "the answer is outside the scale",
    "unparsable": "the answer holds no number",
    "error": "the rater could not be asked",
}
#: Columns that a file of ratings or scores must have.
REQUIRED = ("session_id", "rater", "dimension", "score")
#: Columns that identify a score: no two rows of a file agree in all of these.
RATING_KEY = ("session_id", "rater", "perspective", "instrument", "dimension", "item")
SCORE_KEY = (*RATING_KEY, "model", "run", "prompt_id")

_WHO = (
    pa.field("session_id", pa.string(), nullable=False),
    pa.field("client_id", pa.string()),
    pa.field("therapist_id", pa.string()),
)
_RATER = (
    pa.field("rater", pa.string(), nullable=False),
    pa.field("perspective", pa.string()),
    pa.field("instrument", pa.string()),
    pa.field("dimension", pa.string(), nullable=False),
)
#: One row per score; `item` is null where the score is of a whole subscale.
RATING_SCHEMA = pa.schema(
    [
        *_WHO,
        pa.field("session_number", pa.int64()),
        pa.field("group", pa.string()),
        *_RATER,
        pa.field("item", pa.string()),
        pa.field("score", pa.float64()),
        pa.field("scale_min", pa.float64()),
        pa.field("scale_max", pa.float64()),
    ]
)
#: Ratings, with the status and cost of each answer of a model.
SCORE_SCHEMA = pa.schema(
    [
        *RATING_SCHEMA,
        pa.field("model", pa.string()),
        pa.field("run", pa.string()),
        pa.field("prompt_id", pa.string()),
        pa.field("status", pa.string(), nullable=False),
        pa.field("tokens_in", pa.int64()),
        pa.field("tokens_out", pa.int64()),
        pa.field("seconds", pa.float64()),
        pa.field("cost", pa.float64()),
    ]
)
#: One row per session, dimension, rater (a model) and repeat of cross-validation.
PREDICTION_SCHEMA = pa.schema(
    [
        *_WHO,
        pa.field("repeat", pa.int64(), nullable=False),
        pa.field("fold", pa.int64(), nullable=False),
        *_RATER,
        pa.field("score", pa.float64()),
        pa.field("predicted", pa.float64()),
    ]
)

_SAYS = {
    "session_number": "1 for the first session of this client with this therapist",
    "group": "whatever sessions are kept together by in validation, beside client and therapist",
    "rater": "who gives the score",
    "perspective": "whose view of the alliance it is",
    "instrument": "name of the questionnaire, e.g. WAI-SR",
    "dimension": "e.g. goal, task, bond",
    "item": "number or id of an item; null for the score of a subscale",
    "score": "null where none was given",
    "scale_min": "lowest possible score, below scale_max",
    "scale_max": "highest possible score",
    "run": "which of several askings of the same model",
    "prompt_id": "version of the prompt",
    "status": "what became of the score; only `ok` rows hold one",
    "cost": "in the currency of the file",
    "repeat": "which repeat of cross-validation, from 0",
    "fold": "the fold in which the session was held out, from 0",
    "predicted": "null where the rater has no prediction",
}
_CHOICES = {"perspective": [*PERSPECTIVES, None], "status": list(STATUSES)}
_AT_LEAST_0 = ("tokens_in", "tokens_out", "seconds", "cost", "repeat", "fold")


def _column(field: pa.Field) -> dict[str, Any]:
    schema: dict[str, Any]
    if field.name in _CHOICES:
        schema = {"enum": _CHOICES[field.name]}
    else:
        if pa.types.is_string(field.type):
            schema = dict(ID_SCHEMA)
        else:
            schema = {"type": "integer" if pa.types.is_integer(field.type) else "number"}
        if field.name in _AT_LEAST_0 or field.name == "session_number":
            schema["minimum"] = 0
        if field.name == "session_number":
            schema["maximum"] = MAX_SESSION_NUMBER
        if field.nullable:
            schema = {"anyOf": [schema, {"type": "null"}]}
    return {**schema, "description": _SAYS[field.name]} if field.name in _SAYS else schema


def row_schema(title: str, schema: pa.Schema, required: tuple[str, ...]) -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of one row of a table."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": title,
        "description": "One row of a CSV or Parquet file; an empty cell is null.",
        "type": "object",
        "additionalProperties": False,
        "required": list(required),
        "properties": {field.name: _column(field) for field in schema},
    }


def json_schemas() -> dict[str, dict[str, Any]]:
    """Return the JSON Schema of one row of each kind of file."""
    predictions = tuple(PREDICTION_SCHEMA.names)
    return {
        "ratings": row_schema("Rating", RATING_SCHEMA, REQUIRED),
        "scores": row_schema("Score of a model rater", SCORE_SCHEMA, REQUIRED),
        "predictions": row_schema("Prediction", PREDICTION_SCHEMA, predictions),
    }


def write_schemas(folder: Path) -> None:
    """Write every schema into `folder`."""
    for name, schema in json_schemas().items():
        text = json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
        (folder / f"{name}.json").write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    write_schemas(Path(sys.argv[1]))
