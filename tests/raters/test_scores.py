"""Scores of model raters: every row stays, and says what became of it."""

import pyarrow as pa
import pytest

import alliance_features as af
from alliance_features.raters.schema import SCORE_SCHEMA, STATUSES


def read(*rows, **options):
    base = {"session_id": "s1", "rater": "m", "scale_min": 1.0, "scale_max": 5.0}
    made = [{**base, "dimension": f"d{place}", **row} for place, row in enumerate(rows)]
    names = dict.fromkeys(name for row in made for name in row)
    filled = [{name: row.get(name) for name in names} for row in made]
    return af.read_scores(pa.Table.from_pylist(filled), **options)


def test_a_status_is_told_from_the_score(tmp_path):
    path = tmp_path / "scores.csv"
    path.write_text(
        "session_id,rater,dimension,score,run\n"
        "s1,m,goal,4,1\ns1,m,goal,,2\ns1,m,goal,four,3\ns1,m,goal,11,4\ns1,m,goal,inf,5\n",
        encoding="utf-8",
    )
    table = af.read_scores(path, scale=(1, 5))
    assert table.schema == SCORE_SCHEMA
    told = ["ok", "missing", "unparsable", "out_of_range", "unparsable"]
    assert table["status"].to_pylist() == told
    assert table["score"].to_pylist() == [4.0, None, None, None, None]


def test_without_a_scale_nothing_is_off_it():
    table = read({"score": 1e6, "scale_min": None, "scale_max": None})
    assert table["status"].to_pylist() == ["ok"]


def test_a_status_that_is_given_stays():
    rows = [{"score": 3.0 if status == "ok" else None, "status": status} for status in STATUSES]
    table = read(*rows)
    assert table["status"].to_pylist() == list(STATUSES)
    assert table["score"].to_pylist() == [3.0] + [None] * (len(STATUSES) - 1)
    kept = read({"score": 11.0, "status": "out_of_range"})
    assert kept["score"].to_pylist() == [None]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"score": None, "status": "ok"}, "`status` is ok, but the score is empty"),
        ({"score": 9.0, "status": "ok"}, "`status` is ok, but the score is outside its scale"),
        ({"score": 3.0, "status": "refused"}, "`status` is refused, but the score is a number"),
        ({"score": 3.0, "status": "error"}, "`status` is error, but the score is a number"),
        (
            {"score": 3.0, "status": "out_of_range"},
            "is out_of_range, but the score is a number, and on its scale",
        ),
        ({"score": 3.0, "status": "unparsable"}, "is unparsable, but the score is a number"),
        ({"score": 3.0, "status": "fine"}, "`status` is not a known one. Use one of ok, missing"),
        ({"score": 3.0, "tokens_in": -1}, "`tokens_in` is -1. It cannot"),
        ({"score": 3.0, "tokens_out": 1.5}, "`tokens_out` is 1.5. Use a whole number"),
        ({"score": 3.0, "seconds": -0.5}, "`seconds` is -0.5. It cannot be negative"),
        ({"score": 3.0, "cost": float("inf")}, "`cost` is not a finite number"),
    ],
)
def test_contradictions_raise(row, message):
    with pytest.raises(af.RaterError, match=f"row 2: .*{message}"):
        read({"score": 3.0}, row)


def test_runs_and_prompts_tell_scores_apart():
    same = {"score": 3.0, "dimension": "goal"}
    rows = [{**same, "run": run, "prompt_id": prompt} for run in (1, 2) for prompt in ("a", "b")]
    table = read(*rows)
    assert table["run"].to_pylist() == ["1", "1", "2", "2"]
    with pytest.raises(af.RaterError, match="row 5: rates the same as row 4"):
        read(*rows, rows[-1])


def test_wide_items_stay_items():
    wide = pa.table({"session_id": ["s1"], "a": [4], "b": ["none of it"]})
    options = {"columns": {"1": "a", "4": "b"}, "instrument": "WAI-SR", "perspective": "client"}
    with pytest.raises(af.RaterError, match="row 1: `b` is not a finite number"):
        af.read_ratings(wide, **options)
    rows = af.read_scores(wide, **options).to_pylist()
    assert [(r["item"], r["dimension"], r["score"], r["status"]) for r in rows] == [
        ("1", "task", 4.0, "ok"),
        ("4", "goal", None, "unparsable"),
    ]


def test_scores_come_back_from_a_file(tmp_path):
    table = read({"score": 3.5, "model": "org/m-8b", "tokens_in": 12, "cost": 0.5}, {"score": None})
    for name in ("a.csv", "a.parquet"):
        af.write_ratings(tmp_path / name, table)
        assert af.read_scores(tmp_path / name).equals(table)
