"""Wide files: one column a dimension or an item."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import alliance_features as af
import naive_wai as naive
from alliance_features.raters.items import score_items_table
from alliance_features.raters.schema import RATING_SCHEMA

ITEMS = {str(number): f"wai_{number:02d}" for number in range(1, 13)}
SR = naive.KEYS["WAI-SR"]


@pytest.fixture
def wide(tmp_path):
    """Write a wide file: two sessions, a note that is nobody's business."""
    path = tmp_path / "wide.csv"
    path.write_text(
        "id,pat,WAI_G,WAI_T,WAI_B,note\ns1,p1,3.25,NA,4,so she said\ns2,p1,2,5,,\n",
        encoding="utf-8",
    )
    return path


def test_columns_of_dimensions(wide):
    columns = {"session_id": "id", "client_id": "pat", "goal": "WAI_G", "bond": "WAI_B"}
    table = af.read_ratings(wide, columns=columns, perspective="client", instrument="WAI-SR")
    assert table.schema == RATING_SCHEMA
    rows = [(r["session_id"], r["dimension"], r["score"]) for r in table.to_pylist()]
    assert rows == [
        ("s1", "goal", 3.25),
        ("s1", "bond", 4.0),
        ("s2", "goal", 2.0),
        ("s2", "bond", None),
    ]
    assert set(table["client_id"].to_pylist()) == {"p1"}
    assert set(table["rater"].to_pylist()) == {"client"}
    assert set(table["scale_max"].to_pylist()) == {5.0}
    assert set(table["item"].to_pylist()) == {None}
    task = af.read_ratings(wide, columns={"session_id": "id", "task": "WAI_T"}, rater="x")
    assert task["score"].to_pylist() == [None, 5.0]


def test_sums_need_their_scale(wide):
    columns = {"session_id": "id", "task": "WAI_T"}
    with pytest.raises(af.RaterError, match="line 3: `score` is 5, outside the scale from 1 to 4"):
        af.read_ratings(wide, columns=columns, rater="x", scale=(1, 4))
    table = af.read_ratings(
        wide, columns=columns, rater="x", instrument="WAI-SR", scale=(4, 20)
    ).filter(pa.array([False, True]))
    assert table["scale_max"].to_pylist() == [20.0]


@given(
    st.lists(
        st.lists(st.none() | st.integers(1, 5), min_size=12, max_size=12), min_size=1, max_size=4
    ),
    st.none() | st.integers(1, 4),
)
def test_columns_of_items_are_scored(people, min_items):
    answers = {
        f"wai_{item + 1:02d}": pa.array([person[item] for person in people], pa.int64())
        for item in range(12)
    }
    ids = [f"s{number}" for number in range(len(people))]
    table = af.read_ratings(
        pa.table({"session_id": ids, **answers}),
        columns=ITEMS,
        instrument="WAI-SR",
        perspective="client",
        min_items=min_items,
    )
    result = {(r["session_id"], r["dimension"]): r["score"] for r in table.to_pylist()}
    assert len(result) == 3 * len(people) == table.num_rows
    low, high, key = SR
    for name, person in zip(ids, people, strict=True):
        for dimension, score in naive.score(person, key, low, high, "mean", min_items).items():
            value = result[name, dimension]
            np.testing.assert_allclose(np.nan if value is None else value, score, rtol=1e-12)


def test_reversed_items_and_sums_from_long_rows():
    rows = [
        {
            "session_id": "s1",
            "rater": "o",
            "instrument": "WAI-S",
            "dimension": dimension,
            "item": str(abs(item)),
            "score": 2.0,
        }
        for dimension, items in naive.WAI_S.items()
        for item in items
    ]
    table = af.read_ratings(pa.Table.from_pylist(rows))
    assert table["scale_max"].to_pylist() == [7.0] * 12
    scored = {r["dimension"]: r for r in score_items_table(table, how="sum").to_pylist()}
    assert scored["task"]["score"] == scored["bond"]["score"] == 8.0
    assert scored["goal"]["score"] == 2 + 2 + 6 + 6
    assert (scored["goal"]["scale_min"], scored["goal"]["scale_max"]) == (4.0, 28.0)
    assert scored["goal"]["item"] is None


def test_items_of_a_short_file_leave_nulls(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("session_id,a,b,c,d\ns1,1,2,3,4\n", encoding="utf-8")
    columns = {"3": "a", "5": "b", "7": "c", "9": "d"}
    table = af.read_ratings(path, columns=columns, instrument="WAI-SR", rater="r")
    scores = dict(zip(table["dimension"].to_pylist(), table["score"].to_pylist(), strict=True))
    assert scores == {"goal": None, "task": None, "bond": 2.5}


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"goal": "A", "1": "WAI_T"}, "names both items and dimensions"),
        ({"goal": "WAI_G", "score": "WAI_T"}, "names both `score` and `goal`"),
        ({"goal": "WAI_G", "task": "WAI_G"}, "uses the column 'WAI_G' twice"),
        ({"sesion_id": "id"}, r"`columns` names 'sesion_id'; is `session_id` meant\?"),
        ({"go al": "WAI_G"}, "names a dimension that has 5 characters, 1 of them white space"),
        ({"goal": 3}, "`columns` must map"),
    ],
)
def test_bad_maps_raise(wide, columns, message):
    with pytest.raises(af.ParameterError, match=message):
        af.read_ratings(wide, columns=columns)


@pytest.mark.parametrize(
    ("columns", "options", "message"),
    [
        ({"session_id": "id", "goal": "X"}, {}, "there are 6 columns and none is named 'X'"),
        ({"session_id": "id", "goal": "note"}, {"rater": "r"}, "line 2: `note` is not a finite"),
        ({"session_id": "id", "goal": "WAI_G"}, {}, "no column holds `rater`"),
        ({"goal": "WAI_G"}, {"rater": "r"}, "no column holds `session_id`"),
        ({"session_id": "id", "1": "WAI_G"}, {"rater": "r"}, "items are named by number"),
        (
            {"session_id": "id", "13": "WAI_G"},
            {"rater": "r", "instrument": "WAI-SR"},
            "line 2: `item` is not an item of WAI-SR. Its items are numbered 1 to 12",
        ),
    ],
)
def test_bad_wide_files_are_told(wide, columns, options, message):
    with pytest.raises(af.RaterError, match=message) as caught:
        af.read_ratings(wide, columns=columns, **options)
    assert "she said" not in str(caught.value)


def test_an_item_has_the_dimension_of_its_key():
    row = {"session_id": "s1", "rater": "r", "instrument": "WAI-SR", "item": "1", "score": 2}
    wrong = pa.Table.from_pylist([{**row, "dimension": "goal"}])
    with pytest.raises(af.RaterError, match="row 1: `dimension` is not that of item 1 of WAI-SR"):
        af.read_ratings(wrong)
    empty = pa.Table.from_pylist([{**row, "dimension": None}])
    assert af.read_ratings(empty)["dimension"].to_pylist() == ["task"]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"instrument": "X"}, "items of X; keys are known of WAI-36"),
        ({"instrument": None}, "items of no instrument"),
        ({"scale_min": 0.0, "scale_max": 10.0}, "on another scale than 1 to 5"),
    ],
)
def test_items_that_cannot_be_scored(changed, message):
    row = {"session_id": "s1", "rater": "r", "dimension": "task", "item": "1", "score": 2.0}
    table = af.read_ratings(pa.Table.from_pylist([{**row, "instrument": "WAI-SR", **changed}]))
    with pytest.raises(af.ParameterError, match=message):
        score_items_table(table)


def test_other_tables_of_items_are_refused():
    row = {"session_id": "s1", "rater": "r", "dimension": "task", "item": "1", "score": 2.0}
    table = af.read_ratings(pa.Table.from_pylist([{**row, "instrument": "WAI-SR"}]))
    with pytest.raises(af.ParameterError, match="item 1 of session s1, rater r, twice"):
        score_items_table(pa.concat_tables([table, table]))
    with pytest.raises(af.ParameterError, match="does not have the schema of ratings"):
        score_items_table(table.drop_columns(["item"]))
    with pytest.raises(af.ParameterError, match="`how` is 'median'"):
        score_items_table(table, how="median")
    with pytest.raises(af.ParameterError, match="items that WAI-SR lacks"):
        score_items_table(
            table.set_column(RATING_SCHEMA.get_field_index("item"), "item", pa.array(["13"]))
        )
