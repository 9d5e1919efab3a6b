"""Sessions and ratings brought together."""

import dataclasses

import numpy as np
import pyarrow as pa
import pytest

import alliance_features as af
from alliance_features.errors import ParameterError
from alliance_features.evaluation.rated_sessions import bring_together, compare_rated, warnings_of
from alliance_features.raters.ratings import CheckedRatings, check_ratings

N = 12


def matrix(**columns):
    """Return twelve sessions: client cN has sN and sN+6, therapists t0 and t1 alternate."""
    table = {
        "session_id": [f"s{row}" for row in range(N)],
        "client_id": [f"c{row % 6}" for row in range(N)],
        "therapist_id": [f"t{row % 6 % 2}" for row in range(N)],
        "client__words_n": [float(10 + row) for row in range(N)],
    }
    return af.SessionMatrix.from_table(pa.table(table | columns))


def ratings(rows=range(N), **fields):
    """Return checked client ratings of sessions on goal and bond."""
    return check_ratings(
        pa.Table.from_pylist(
            [
                {
                    "session_id": f"s{row}",
                    "session_number": 1 + row // 6,
                    "rater": "client",
                    "perspective": "client",
                    "dimension": dimension,
                    "score": 1.0 + row % 5,
                    "scale_min": 1.0,
                    "scale_max": 5.0,
                    **{name: value(row) for name, value in fields.items()},
                }
                for row in rows
                for dimension in ("bond", "goal")
            ]
        )
    )


def test_sessions_meet_their_ratings():
    study = bring_together(matrix(), ratings(range(N - 1, -1, -1)))
    assert study.dimensions == ["goal", "bond"]
    assert study.matrix.session_ids == [f"s{row}" for row in range(N)]
    np.testing.assert_array_equal(study.y[:, 0], [1.0 + row % 5 for row in range(N)])
    assert (study.bounds, study.session_numbers) == ((1.0, 5.0), [1] * 6 + [2] * 6)
    assert study.groups == study.clients == [f"c{row % 6}" for row in range(N)]
    assert (study.synthetic, study.unrated) == (False, [])
    assert set(study.scores()) == {"goal", "bond"}


@pytest.mark.parametrize(
    ("grouped_by", "groups"),
    [
        ("therapist", [f"t{row % 6 % 2}" for row in range(N)]),
        ("both", [("c0+t0", "c1+t1")[row % 2] for row in range(N)]),
        ("room", [f"r{row % 4}" for row in range(N)]),
    ],
)
def test_groupings(grouped_by, groups):
    table = ratings(group=lambda row: f"r{row % 4}")
    study = bring_together(matrix(), table, grouped_by=grouped_by)
    assert study.groups == groups
    split = dict(warnings_of(study, [])).get("clients_in_several_groups", 0)
    assert split == (6 if grouped_by == "room" else 0)  # c0 has s0 (r0) and s6 (r2)


def test_a_column_of_groups_stands_in_for_unknown_clients():
    nobody = dataclasses.replace(matrix(), clients=[None] * N)
    with pytest.raises(ParameterError, match="12 of 12 rated sessions have no client_id"):
        bring_together(nobody, ratings())
    study = bring_together(nobody, ratings(group=lambda row: f"r{row % 4}"), grouped_by="room")
    assert study.clients == study.groups
    with pytest.raises(ParameterError, match="have no room"):
        bring_together(matrix(), ratings(), grouped_by="room")


def test_clients_of_the_ratings_fill_in_and_may_not_differ():
    nobody = dataclasses.replace(matrix(), clients=[None] * N)
    study = bring_together(nobody, ratings(client_id=lambda row: f"k{row % 6}"))
    assert study.clients[7] == "k1"
    with pytest.raises(ParameterError, match="Session s0: `client_id` is c0 in the sessions and k"):
        bring_together(matrix(), ratings(client_id=lambda row: f"k{row % 6}"))


def test_sessions_without_a_full_rating_are_left_out_and_counted():
    table = ratings(range(2, N), score=lambda row: None if row == 3 else 2.0 + row % 3).table
    study = bring_together(matrix(), CheckedRatings(table.slice(0, table.num_rows - 1)))
    assert study.matrix.session_ids == ["s2", *(f"s{row}" for row in range(4, 11))]
    assert study.counts == {
        **{"sessions": 12, "rated": 8, "rated_in_part": 1, "not_rated": 3},
        **{"ratings_without_session": 0, "clients": 6, "therapists": 2},
    }
    assert dict(warnings_of(study, [("a", "b")])) == {
        **{"few_clients": 6, "not_rated": 4, "same_signals_in_two_groups": 1}
    }


def test_rated_and_other_sessions_are_compared():
    rated = np.array([row < 8 for row in range(N)])
    (row,) = compare_rated(matrix(), rated)
    values = np.arange(10.0, 22.0)
    assert (row["rated"], row["other"]) == (values[:8].mean(), values[8:].mean())
    np.testing.assert_allclose(row["difference"], (13.5 - 19.5) / values.std())
    assert compare_rated(matrix(), ~rated | rated) == []
    flat = matrix(client__words_n=[1.0] * N)
    assert compare_rated(flat, rated)[0]["difference"] is None
    unknown = matrix(client__words_n=[1.0] * 8 + [None] * 4)
    assert compare_rated(unknown, rated)[0]["other"] is None


def test_ids_say_that_sessions_are_synthetic():
    made = matrix(session_id=[f"synthetic-{row}" for row in range(N)])
    table = ratings(session_id=lambda row: f"synthetic-{row}")
    assert bring_together(made, table).synthetic
    assert bring_together(matrix(), ratings(), synthetic=True).synthetic


def test_scales_that_differ_are_no_bounds():
    table = ratings().table.to_pylist()
    mixed = [row | ({"scale_max": 7.0} if row["dimension"] == "goal" else {}) for row in table]
    assert bring_together(matrix(), check_ratings(pa.Table.from_pylist(mixed))).bounds is None
