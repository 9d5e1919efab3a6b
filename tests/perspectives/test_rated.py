"""Ratings of both sides: pairing of forms, clusters, agreement against oracles and known tests."""

import math

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import alliance_features as af
import naive_rated as naive
from alliance_features.errors import ParameterError, RaterError
from alliance_features.perspectives.clusters import choose_clusters
from alliance_features.perspectives.pairing import pair_ratings
from alliance_features.raters.ratings import check_ratings
from alliance_features.stats.bootstrap import cluster_bootstrap
from alliance_features.stats.few_clusters import jackknife_t
from alliance_features.stats.intervals import t_of_cluster_means
from alliance_features.stats.metrics import within_between
from two_views import ratings

QUICK = {"mixed": False, "draws": 50}


def figures(found, part="all"):
    return {row["figure"]: row for row in found.agreement.to_pylist() if row["part"] == part}


def test_agreement_by_hand():
    # Gaps -1, 0, -2, -1: mean -1, mean square 1.5, variance 2 / 3. The client's 5, 6, 7, 6 about 6
    # and the therapist's 4, 6, 5, 5 about 5 have the products 1, 0, 0, 0 over squares 2 and 2.
    table = figures(af.rated_alliance(ratings([5.0, 6, 7, 6], [4.0, 6, 5, 5]), **QUICK))
    expected = {"gap": -1.0, "squared_gap": 1.5, "gap_sd": math.sqrt(2 / 3), "r": 0.5, "force": 0.5}
    for name, value in expected.items():
        assert table[name]["estimate"] == pytest.approx(value, abs=1e-12)
    assert table["gap"]["method"] == "jackknife_t"
    assert (table["gap"]["unit"], table["r"]["unit"]) == ("points", "")
    assert table["gap"]["n_sessions"] == table["gap"]["n_clusters"] == 4


@given(st.lists(st.tuples(st.integers(2, 14), st.integers(2, 14)), min_size=4, max_size=12))
def test_agreement_matches_naive(pairs):
    client, therapist = ([v / 2 for v in side] for side in zip(*pairs, strict=True))
    assume(len(set(client)) > 1 and len(set(therapist)) > 1)
    table = figures(af.rated_alliance(ratings(client, therapist), **QUICK))
    np.testing.assert_allclose(
        [table["r"]["estimate"], table["icc_a1"]["estimate"]],
        [naive.pearson(client, therapist), naive.icc_a1(client, therapist)],
        rtol=1e-9,
        atol=1e-12,
    )


def test_few_clusters_use_the_jackknife_and_many_the_bootstrap(rng):
    for n, level in ((12, "jackknife_t"), (40, "percentile")):
        label = [f"c{k}" for k in range(n) for _ in range(3)]
        client = rng.uniform(1, 7, 3 * n)
        therapist = np.clip(client + rng.normal(0, 1, 3 * n), 1, 7)
        table = ratings(client.tolist(), therapist.tolist(), clients=label)
        result = figures(af.rated_alliance(table, mixed=False, draws=200))
        expected = {
            "r": jackknife_t(client, therapist, label),
            "gap": jackknife_t(client, therapist, label, metric="bias"),
        }
        if n == 40:
            drawn = cluster_bootstrap(
                client, therapist, label, metrics=["pearson", "bias"], draws=200
            )
            for name, of in (("r", "pearson"), ("gap", "bias")):
                assert result[name]["p"] == pytest.approx(expected[name].p, rel=1e-9)
                expected[name] = drawn[of]
        for name, interval in expected.items():
            assert result[name]["method"] == level == interval.method
            np.testing.assert_allclose(
                [result[name][of] for of in ("estimate", "low", "high", "se")],
                [interval.estimate, interval.low, interval.high, interval.se],
                rtol=1e-9,
            )
        within, _ = within_between(client, therapist, label)
        assert result["r_within"]["estimate"] == pytest.approx(within, rel=1e-9)


def test_one_session_a_client_is_the_plain_t_test(rng):
    client, therapist = rng.uniform(2, 6, 10), rng.uniform(2, 6, 10)
    table = figures(af.rated_alliance(ratings(client.tolist(), therapist.tolist()), **QUICK))
    plain = t_of_cluster_means(therapist - client, range(10))
    np.testing.assert_allclose(
        [table["gap"]["low"], table["gap"]["high"], table["gap"]["p"]],
        [plain.low, plain.high, plain.p],
        rtol=1e-9,
    )


def test_gap_over_sessions_and_by_condition():
    client = [4.0, 4, 4, 5, 5, 5]
    therapist = [2.0, 3, 4, 2, 3, 4]  # the gap closes by 1 a session in both
    table = ratings(
        client,
        therapist,
        clients=[*"aaabbb"],
        numbers=[1, 2, 3, 1, 2, 3],
        group=[*"xxxyyy"],
    )
    result = af.rated_alliance(table, **QUICK)
    every = figures(result)
    assert every["gap_per_session"]["estimate"] == pytest.approx(1.0)
    # Squared gaps 4, 1, 0 and 9, 4, 1: slopes (0 - 4) / 2 and (1 - 9) / 2, mean -3.
    assert every["squared_gap_per_session"]["estimate"] == pytest.approx(-3.0)
    assert figures(result, "phase:early")["gap"]["estimate"] == pytest.approx(-2.5)
    assert figures(result, "phase:late")["gap"]["estimate"] == pytest.approx(-0.5)
    x = figures(result, "condition:x")
    assert x["gap"]["estimate"] == pytest.approx(-1.0)
    assert x["gap_against_others"]["estimate"] == pytest.approx(1.0)
    assert x["gap"]["low"] is None  # one client has no interval


def test_choose_clusters():
    def level(clients, therapists, asked="auto"):
        return choose_clusters([*clients], [*therapists], level=asked).level

    assert level("aabb", [None] * 4) == "client"
    assert level("aabb", "ttuu") == "client"  # a therapist each
    assert level("aabbcc", "ttttuu") == "therapist"
    assert level("aabb", "tutu") == "both"
    assert level("aaaa", "ttuu") == "client"  # one client, two therapists
    assert level("aabbcc", "ttttuu", "client") == "client"
    with pytest.raises(RaterError, match="has no client_id"):
        choose_clusters([None], ["t"])
    with pytest.raises(RaterError, match="`level` is therapist, and a rated session has no ther"):
        choose_clusters(["a"], [None], level="therapist")
    with pytest.raises(ParameterError, match="`level` is 'dyad'"):
        choose_clusters(["a"], ["t"], level="dyad")


def test_crossed_clusters_add_their_variances(rng):
    clients = [f"c{k // 4}" for k in range(24)]
    therapists = [f"t{k % 4}" for k in range(24)]
    client, therapist = rng.uniform(1, 7, 24), rng.uniform(1, 7, 24)
    table = ratings(client.tolist(), therapist.tolist(), clients=clients, therapist_id=therapists)
    result = af.rated_alliance(table, **QUICK)
    gap = figures(result)["gap"]
    ways = [jackknife_t(client, therapist, of, metric="bias").se for of in (clients, therapists)]
    assert (result.clusters.level, gap["n_clusters"]) == ("both", 4)
    assert gap["se"] == pytest.approx(math.hypot(*ways), rel=1e-9)


def test_crossed_clusters_are_drawn_both_ways_where_there_are_enough(rng):
    clients = [f"c{k % 35}" for k in range(120)]
    therapists = [f"t{k % 31}" for k in range(120)]
    client, therapist = rng.uniform(1, 7, 120), rng.uniform(1, 7, 120)
    table = ratings(client.tolist(), therapist.tolist(), clients=clients, therapist_id=therapists)
    gap = figures(af.rated_alliance(table, mixed=False, draws=100))["gap"]
    drawn = cluster_bootstrap(
        client, therapist, clients, metrics=["bias"], draws=100, second=therapists
    )["bias"]
    assert gap["method"] == drawn.method == "percentile_two_way"
    np.testing.assert_allclose([gap["low"], gap["high"]], [drawn.low, drawn.high], rtol=1e-9)


def items(side, instrument, answers, dimension="bond", scale=(1.0, 7.0)):
    """Return rows of items by session: {item: [answers]}."""
    return [
        {
            "session_id": f"s{k}",
            "client_id": f"c{k}",
            "rater": side,
            "perspective": side,
            "instrument": instrument,
            "dimension": dimension,
            "item": item,
            "score": score,
            "scale_min": scale[0],
            "scale_max": scale[1],
        }
        for item, scores in answers.items()
        for k, score in enumerate(scores)
    ]


def test_forms_of_different_items_share_the_common_ones():
    # Items 4 and 10 of the WAI-S are reversed: 2 counts as 6. The other form has no item 11.
    client = {"4": [2.0, 3], "6": [5.0, 5], "10": [1.0, None], "11": [7.0, 7]}
    therapist = {"4": [6.0, 4], "6": [4.0, 6], "10": [6.0, 6]}
    rows = [
        *items("client", "WAI-S", client, "goal"),
        *items("therapist", "T-10", therapist, "goal"),
    ]
    paired = pair_ratings(check_ratings(pa.Table.from_pylist(rows)))
    assert (paired.units, paired.items) == (["item_points"], [3])
    np.testing.assert_allclose(paired.client[:, 0], [(6 + 5 + 7) / 3, math.nan])
    np.testing.assert_allclose(paired.therapist[:, 0], [16 / 3, 16 / 3])
    twice = [*rows, {**rows[0], "rater": "other"}, {**rows[2], "rater": "other"}]
    with pytest.raises(
        RaterError, match="Session s0 has an item twice; keep one rater per perspective"
    ):
        pair_ratings(check_ratings(pa.Table.from_pylist(twice)))
    apart = [*items("client", "A", {"1": [2.0]}), *items("therapist", "B", {"9": [2.0]})]
    with pytest.raises(RaterError, match="share no item of bond"):
        pair_ratings(check_ratings(pa.Table.from_pylist(apart)))


def test_other_scales_and_other_forms():
    table = ratings([4.0, 7.0, 5.0], [2.0, 3.0, 7.0])
    rows = table.to_pylist()
    for row in rows[3:]:
        row |= {"scale_min": 0.0, "scale_max": 10.0}
    share = pair_ratings(check_ratings(pa.Table.from_pylist(rows)))
    assert share.units == ["share"]
    np.testing.assert_allclose(share.client[:, 0], [0.5, 1.0, 2 / 3])
    np.testing.assert_allclose(share.therapist[:, 0], [0.2, 0.3, 0.7])
    for row in rows[3:]:
        row["instrument"] = "T-10"
    relative = af.rated_alliance(pa.Table.from_pylist(rows), **QUICK)
    np.testing.assert_allclose(relative.paired.therapist[:, 0].mean(), 0.0, atol=1e-15)
    assert not {"gap", "squared_gap", "icc_a1"} & {*figures(relative)}
    assert figures(relative)["r"]["estimate"] == pytest.approx(naive.pearson([4, 7, 5], [2, 3, 7]))
    assert any("is not known" in note for note in relative.notes)
    for row in rows:
        row |= {"scale_min": None, "scale_max": None}
        row["instrument"] = row["instrument"].replace("WAI-SR", "C-12")
    with pytest.raises(RaterError, match="forms of bond differ and one names no scale"):
        pair_ratings(check_ratings(pa.Table.from_pylist(rows)))


def test_what_is_one_sided_is_named_or_refused():
    table = ratings([4.0, 5.0], [3.0, 4.0])
    only = table.filter(pa.array([True] * 2 + [False] * 2))
    with pytest.raises(RaterError, match="No rating has the perspective therapist"):
        af.rated_alliance(only)
    more = pa.concat_tables([table, only.set_column(6, "dimension", pa.array(["goal"] * 2))])
    result = af.rated_alliance(more, **QUICK)
    assert result.paired.one_sided == ["goal"]
    assert "Only one side rated goal; left out." in result.notes
    with pytest.raises(RaterError, match="no dimension in common, or none that was asked for"):
        af.rated_alliance(more, dimensions=["goal"])
    apart = ratings([4.0, None], [None, 4.0])
    with pytest.raises(
        ParameterError, match="no session whose bond both client and therapist rated"
    ):
        af.rated_alliance(apart)


def test_ends_of_what_cannot_be_negative_are_not_below_0():
    table = figures(af.rated_alliance(ratings([2.0, 3, 2, 3], [2.0, 3, 2, 7]), **QUICK))
    # The jackknife of a mean of 0, 0, 0 and 16 is the t interval, which reaches below 0.
    assert t_of_cluster_means([0.0, 0, 0, 16], list("abcd")).low < 0
    assert (table["squared_gap"]["low"], table["gap_sd"]["low"]) == (0.0, 0.0)
    assert table["gap"]["low"] < 0


@pytest.mark.parametrize(
    ("n", "cluster", "how", "few"),
    [
        (4, "client", "4 of them. Each was left out in turn (a jackknife)", "clients (all: 4)"),
        (8, "therapist", "therapists as independent, 2 of them.", "therapists (all: 2)"),
        (8, "both", "8 and 2 of them. Each was left", "clients or therapists (all: 2)"),
        (8, "client", "clients as independent, 8 of them.", None),
        (40, "client", "40 of them. They were resampled with all their sessions", None),
    ],
)
def test_what_is_resampled_is_told_and_few_are_warned_of(rng, n, cluster, how, few):
    client, therapist = (rng.integers(2, 7, n).astype(float).tolist() for _ in range(2))
    table = ratings(client, therapist, therapist_id=[f"t{k % 2}" for k in range(n)])
    notes = af.rated_alliance(table, cluster=cluster, **QUICK).notes
    assert any(how in note for note in notes)
    warned = [note for note in notes if note.startswith("WARNING: fewer than 5 ")]
    assert [few in note for note in warned] == ([] if few is None else [True])


def test_a_part_with_few_clients_is_warned_of(rng):
    client, therapist = (rng.integers(2, 7, 12).astype(float).tolist() for _ in range(2))
    group = ["a"] * 9 + ["b"] * 3
    notes = af.rated_alliance(ratings(client, therapist, group=group), **QUICK).notes
    assert any("fewer than 5 clients (condition b: 3); intervals of so few" in n for n in notes)
