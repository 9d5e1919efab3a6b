"""Courses of therapy: a file made by hand, the oracle, reliable change, errors."""

import math

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

import alliance_features as af
import naive_rated as naive
from alliance_features.errors import ParameterError, RaterError
from alliance_features.perspectives.courses import make_courses, noise_variance
from alliance_features.perspectives.improvement import phase_rows, share_rows
from alliance_features.perspectives.phases import phases_of
from course_ratings import BY_HAND, long

NAN = math.nan
# Scores of six clients on a scale of 1 to 5; f has too few sessions.


def make(courses, **options):
    """Return the courses of lists of values, one a client."""
    clients = [f"c{k}" for k, values in enumerate(courses) for _ in values]
    numbers = np.array([float(i + 1) for values in courses for i in range(len(values))])
    values = np.array([v for course in courses for v in course], dtype=float)
    return make_courses(values, clients, [None] * len(clients), numbers, **options)


def test_all_shares_of_a_file_made_by_hand():
    courses = af.client_courses(long(BY_HAND))
    rows = {row["figure"]: row for row in courses.shares.to_pylist()}
    assert {name: (row["count"], row["n"]) for name, row in rows.items()} == {
        "improved": (1, 5),  # a, by 1.5
        "small_gain": (2, 5),  # b and e, by .5
        "no_gain": (2, 5),  # c by 0, d by -1.25
        # A line through 3 points leaves (y1 - 2 y2 + y3)^2 / 6: .25, .25, 0, .5625, .25 over 6, so
        # s2e = 1.3125 / 6 / 5 = .04375; se = sqrt(.0875) = .296; times t(.975, 5) = 2.571: .760.
        "reliably_improved": (1, 5),  # a
        "reliably_worse": (1, 5),  # d
        "level_forbidden": (2, 5),  # d starts at 5, e at 4.5; c at 4 could
        "reliable_forbidden": (2, 5),
        "improved_of_possible": (1, 3),
        "too_few": (1, 6),  # f
    }
    assert [rows[name]["share"] for name in ("improved", "small_gain", "too_few")] == [
        1 / 5,
        2 / 5,
        1 / 6,
    ]
    of = courses.by_name["bond"]
    assert (of.df, round(of.noise, 12)) == (5, 0.04375)
    # If nothing changed, a level is 1 / sqrt(.0875) = 3.381 errors away.
    assert rows["improved"]["by_noise"] == pytest.approx(stats.norm.sf(1 / math.sqrt(0.0875)))
    assert rows["no_gain"]["by_noise"] == 0.5
    assert rows["reliably_worse"]["by_noise"] == pytest.approx(0.025)
    assert "too few sessions: f." in courses.notes[1]
    f = courses.courses.to_pylist()[-1]
    assert (f["client_id"], f["outcome"], f["change"], f["late_mean"]) == (
        *("f", "too_few"),
        *(None, None),
    )


def test_mean_change_and_its_interval_are_those_of_t():
    rows = {row["phase"]: row for row in phase_rows(make(list(BY_HAND.values())))}
    change = [1.5, 0.5, 0.0, -1.25, 0.5]
    ends = stats.t.interval(0.95, 4, np.mean(change), stats.sem(change))
    np.testing.assert_allclose(
        [rows["change"][name] for name in ("mean", "low", "high")], [0.25, *ends], rtol=1e-12
    )
    assert rows["early"]["mean"] == np.mean([2, 3, 4, 5, 4.5])
    assert rows["change"]["n"] == 5


@given(
    st.lists(st.lists(st.integers(4, 20), min_size=1, max_size=11), min_size=1, max_size=8),
    st.sampled_from(["trend", "mean"]),
)
def test_courses_match_naive(quarters, noise):
    lists = [[q / 4 for q in quarter] for quarter in quarters]
    result = make(lists, noise=noise)
    s2e, df = naive.session_variance([list(enumerate(quarter, 1)) for quarter in lists], noise)
    assert result.df == df
    np.testing.assert_allclose(result.noise, s2e, rtol=1e-9, atol=1e-12, equal_nan=True)
    for course, values in zip(result.courses, lists, strict=True):
        means, change, outcome = naive.course(values, 1.0)
        np.testing.assert_allclose(course.means, means, rtol=1e-12, equal_nan=True)
        np.testing.assert_allclose(course.change, change, rtol=1e-12, atol=1e-12, equal_nan=True)
        assert course.outcome == outcome
        assert course.counts == tuple(map(len, naive.thirds(values)))


def test_steady_change_is_no_noise_about_the_trend():
    steady = [[1.0, 2.0, 3.0, 4.0], [2.0, 2.5, 3.0, 3.5]]
    trend, mean = (make(steady, noise=noise) for noise in ("trend", "mean"))
    assert (trend.noise, trend.df) == (0.0, 4)
    assert mean.noise == pytest.approx((5 + 1.25) / 6)
    assert [course.reliable for course in trend.courses] == ["improved", "improved"]
    assert trend.courses[0].reliable_change == math.inf
    assert math.isnan(make([[2.0, 2.0, 2.0]]).courses[0].reliable_change)


def test_shares_are_right_where_the_truth_is_known(rng):
    sizes = rng.integers(3, 13, size=3000)
    lists = [2 + 0.1 * np.arange(n) + rng.normal(0, 0.5, n) for n in sizes]
    rows = {row["figure"]: row for row in share_rows(make(lists))}
    expected = []
    for n in sizes:
        early, _, late = naive.thirds(list(range(n)))
        change = 0.1 * (np.mean(late) - np.mean(early))
        error = 0.5 * math.sqrt(1 / len(early) + 1 / len(late))
        expected.append(stats.norm.sf(1.96 - change / error))
    # Within 3 standard errors of a share of 3,000.
    assert rows["reliably_improved"]["share"] == pytest.approx(np.mean(expected), abs=0.027)


def test_cut_points_and_order():
    numbers = np.array([9.0, 1, 4, 5, 2, NAN])
    everyone = np.ones(6, dtype=bool)
    assert phases_of(["a"] * 6, numbers, everyone, cuts=(2, 5)).tolist() == [2, 0, 1, 1, 0, -1]
    assert phases_of(["a"] * 6, numbers, everyone).tolist() == [2, 0, 1, 1, 0, -1]
    result = make([[1.0, 2, 3], [1.0, 2, 3, 4]], cuts=(1, 3))
    assert [course.outcome for course in result.courses] == ["too_few", "improved"]


def test_clients_with_two_therapists_have_two_courses_and_unnumbered_are_counted():
    values, numbers = np.arange(1.0, 8), np.array([1.0, 2, 3, 1, 2, 3, NAN])
    courses = make_courses(values, ["a"] * 7, ["t", "t", "t", "u", "u", "u", "u"], numbers)
    assert [course.therapist for course in courses.courses] == ["t", "u"]
    assert courses.n_unnumbered == 1


def test_conditions_have_their_own_denominators():
    group = dict.fromkeys("abc", "one") | dict.fromkeys("def", "two")
    courses = af.client_courses(long(BY_HAND, group=group))
    improved = {
        row["part"]: (row["count"], row["n"])
        for row in courses.shares.to_pylist()
        if row["figure"] == "improved"
    }
    assert improved == {"all": (1, 5), "condition:one": (1, 3), "condition:two": (0, 2)}


def test_signals_take_the_same_way():
    table = long(BY_HAND)
    values = [2 * score for score in table["score"].to_pylist()]
    beside = pa.table({"session_id": table["session_id"], "words": values})
    courses = af.client_courses(table, beside, level=0.5)
    of = courses.by_name["words"]
    assert of.level == pytest.approx(0.5 * np.std(values, ddof=1))
    assert [course.change for course in of.courses][:5] == [3.0, 1.0, 0.0, -2.5, 1.0]
    assert of.highest is None


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"cuts": (3,)}, "`cuts` must be two session numbers"),
        ({"cuts": (5, 2)}, "`cuts` must be two session numbers"),
        ({"level": 0.0}, "`level` is 0.0; it must be a change above 0"),
        ({"noise": "none"}, '`noise` is .none.; it must be one of "trend", "mean"'),
        ({"confidence": 1.0}, "`confidence` is 1.0; it must be in 0..1"),
    ],
)
def test_malformed_options(options, message):
    with pytest.raises(ParameterError, match=message):
        make([[1.0, 2, 3]], **options)


def test_malformed_ratings():
    table = long({"a": [1.0, 2.0]})
    twice = table.set_column(2, "session_number", pa.array([1, 1]))
    with pytest.raises(RaterError, match="have the same session_number"):
        af.client_courses(twice)
    with pytest.raises(RaterError, match="has both client_id and session_number"):
        af.client_courses(table.drop_columns("session_number"))


def test_noise_variance_without_sessions_to_spare():
    none = noise_variance(np.array([1.0, 2]), ["a", "b"], np.array([1.0, 1]), np.ones(2, bool))
    assert math.isnan(none[0])
    assert none[1] == 0


def test_what_intervals_take_as_independent_is_told():
    notes = af.client_courses(long(BY_HAND)).notes
    assert "Intervals of means take clients as independent, 5 of them (CR2)." in notes
    assert "Intervals of shares take courses as independent (Wilson)." in notes
    assert not any("WARNING" in note for note in notes)
    two = {"a": "t", "b": "t", "c": "t", "d": "u", "e": "u", "f": "u"}
    notes = af.client_courses(long(BY_HAND, therapist_id=two)).notes
    assert "Intervals of means take therapists as independent, 2 of them (CR2)." in notes
    (warned,) = [note for note in notes if note.startswith("WARNING")]
    assert "fewer than 5 therapists (all: 2); intervals of so few say little." in warned
