"""Ratings as arrays."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import alliance_features as af


def table_of(*rows):
    names = dict.fromkeys(("session_id", "rater", "dimension", "score"))
    names |= dict.fromkeys(name for row in rows for name in row)
    return af.read_ratings(
        pa.Table.from_pylist([{name: row.get(name) for name in names} for row in rows])
    )


def row(session, dimension, score, rater="r", **others):
    return {
        "session_id": session,
        "dimension": dimension,
        "score": score,
        "rater": rater,
        **others,
    }


def test_the_example(examples_path):
    matrix = af.ratings_matrix(af.read_ratings(examples_path / "ratings.csv"), perspective="client")
    assert matrix.dimensions == ["goal", "task", "bond"]
    assert matrix.y.shape == (8, 3)
    assert matrix.y[0].tolist() == [2.25, 2.0, 3.0]
    assert matrix.bounds == [(1.0, 5.0)] * 3
    assert matrix.clients == ["c01", "c01", "c02", "c02", "c03", "c03", "c04", "c04"]
    assert matrix.therapists == ["t01", "t01", "t02", "t02", "t01", "t01", "t02", "t02"]
    assert matrix.session_numbers == [2, 6, 4, 7, 3, 5, 2, 5]
    assert matrix.groups == [None] * 8
    assert matrix.session_ids[0] == "example-01"


cells = st.tuples(st.sampled_from("abc"), st.sampled_from(["goal", "x"]), st.sampled_from("rs"))


@given(st.dictionaries(cells, st.none() | st.floats(1, 5), min_size=1))
def test_the_mean_of_raters_matches_naive(scores):
    rows = [row(s, d, score, r) for (s, d, r), score in scores.items()]
    matrix = af.ratings_matrix(
        table_of(*rows), average=True, session_ids=["c", "z", "a", "b"], dimensions=None
    )
    for place, session in enumerate(matrix.session_ids):
        for column, dimension in enumerate(matrix.dimensions):
            given_ = [
                score
                for (s, d, _), score in scores.items()
                if (s, d) == (session, dimension) and score is not None
            ]
            expected = sum(given_) / len(given_) if given_ else np.nan
            np.testing.assert_allclose(matrix.y[place, column], expected, rtol=1e-12)


def test_order_and_selection():
    table = table_of(
        row("s2", "other", 1.0),
        row("s2", "bond", 2.0),
        row("s2", "goal", 3.0, client_id="c2", group="g"),
        row("s1", "goal", 4.0),
        row("s1", "goal", 5.0, "q", perspective="observer"),
    )
    matrix = af.ratings_matrix(table, rater="r")
    assert matrix.dimensions == ["goal", "bond", "other"]
    assert matrix.session_ids == ["s2", "s1"]
    np.testing.assert_array_equal(matrix.y, [[3, 2, 1], [4, np.nan, np.nan]])
    assert matrix.clients == ["c2", None]
    assert matrix.groups == ["g", None]
    assert matrix.bounds == [None] * 3
    matrix = af.ratings_matrix(table, perspective="observer", session_ids=["s2", "s1", "s9"])
    np.testing.assert_array_equal(matrix.y, [[np.nan], [5], [np.nan]])
    assert matrix.clients == ["c2", None, None]  # the client of the session in any row
    matrix = af.ratings_matrix(table, rater="r", dimensions=["bond"])
    np.testing.assert_array_equal(matrix.y, [[2], [np.nan]])


def test_items_count_where_there_is_no_subscale():
    bond = [row("s1", "bond", 4.0, item=str(item), instrument="WAI-SR") for item in (3, 5, 7, 9)]
    own = [{**one, "session_id": "s2", "score": 1.0} for one in bond]
    own.append(row("s2", "bond", 5.0, instrument="WAI-SR"))
    matrix = af.ratings_matrix(table_of(*bond, *own), dimensions=["bond"])
    assert dict(zip(matrix.session_ids, matrix.y[:, 0], strict=True)) == {"s1": 4.0, "s2": 5.0}


def test_several_scores_are_not_mixed_unasked():
    table = table_of(row("s1", "goal", 1.0), row("s1", "goal", 2.0, "q"))
    with pytest.raises(af.RaterError, match=r"Session s1 has several scores of goal.*rater: q, r;"):
        af.ratings_matrix(table)
    assert af.ratings_matrix(table, average=True).y.tolist() == [[1.5]]


def test_scales_are_not_mixed_at_all():
    one = row("s1", "goal", 1.0, scale_min=1.0, scale_max=5.0)
    other = row("s2", "goal", 1.0, scale_min=1.0, scale_max=7.0)
    with pytest.raises(af.RaterError, match="scores of goal are on 2 scales"):
        af.ratings_matrix(table_of(one, other))


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"rater": "x"}, af.RaterError, r"No rating is left with rater x\. There is rater: r;"),
        ({"perspective": "me"}, af.ParameterError, "`perspective` is 'me'"),
        ({"dimensions": ["task"]}, af.ParameterError, "`dimensions` is 'task'; it must be one of"),
        ({"dimensions": "goal"}, af.ParameterError, "`dimensions` must be a list"),
        ({"dimensions": []}, af.ParameterError, "`dimensions` must be a list"),
        ({"dimensions": ["goal", "goal"]}, af.ParameterError, "holds one of them twice"),
        ({"session_ids": ["s1", "s1"]}, af.ParameterError, "`session_ids` holds one of them twice"),
        ({"session_ids": "s1"}, af.ParameterError, "`session_ids` must be a list"),
    ],
)
def test_bad_selections_raise(options, error, message):
    with pytest.raises(error, match=message):
        af.ratings_matrix(table_of(row("s1", "goal", 1.0)), **options)


def test_any_table_of_ratings_is_checked_first():
    table = pa.table({"session_id": ["s1"], "dimension": ["goal"], "score": [2.0]})
    with pytest.raises(af.RaterError, match="no column holds `rater`"):
        af.ratings_matrix(table)
    table = table.append_column("rater", pa.array(["r"]))
    assert af.ratings_matrix(table).y.tolist() == [[2.0]]
