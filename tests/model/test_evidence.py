"""Evidence: turns by index, measured by leaving them out."""

import functools
from dataclasses import replace

import numpy as np
import pytest

import alliance_features as af
from alliance_features.model.evidence import drop_turns
from model_corpus import corpus, matrix, model


@functools.cache
def fitted(inputs="signals"):
    return model(inputs).fit(matrix(), corpus()[1])


def test_changes_are_those_of_the_session_without_the_turn():
    ours, session = fitted("both"), corpus()[0][3]
    result = ours.evidence(session, top=3, turns=2).to_pylist()
    assert result
    whole = ours.explain([session])
    for row in result:
        place, dimension = row["turn_index"], ours.dimensions_.index(row["dimension"])
        kept = [turn for at, turn in enumerate(session.turns) if at != place]
        left = [af.Session(session_id="x", language="en", client_id="c", turns=kept)]
        without, feature = ours.explain(left), whole.names.index(row["feature"])
        part = (whole.contributions - without.contributions)[0, dimension, feature]
        assert row["contribution_change"] == part
        assert row["contribution"] == whole.contributions[0, dimension, feature]
        free = [(one.contributions.sum(2) + one.bias)[0, dimension] for one in (whole, without)]
        assert row["prediction_change"] == pytest.approx(free[0] - free[1], rel=1e-12)
        assert row["role"] == session.turns[place].role
        if not row["feature"].endswith("__words"):
            both = [
                af.extract(one, features=row["feature"])[row["feature"]][0].as_py()
                for one in (session, left[0])
            ]
            assert row["value"] == both[0]
            change = None if None in both else pytest.approx(both[0] - both[1])
            assert row["feature_change"] == change


def test_the_strongest_come_first():
    result = fitted().evidence(corpus()[0][3], dimension="bond", top=2, turns=8).to_pylist()
    assert {row["dimension"] for row in result} == {"bond"}
    names = list(dict.fromkeys(row["feature"] for row in result))
    sizes = [next(abs(r["contribution"]) for r in result if r["feature"] == n) for n in names]
    assert len(names) <= 2
    assert sizes == sorted(sizes, reverse=True)
    for name in names:
        moved = [abs(r["contribution_change"]) for r in result if r["feature"] == name]
        assert moved == sorted(moved, reverse=True)
        assert min(moved) > 0


def test_evidence_holds_no_words():
    table = fitted("both").evidence(corpus()[0][0])
    texts = {
        value
        for name in ("session_id", "dimension", "feature", "role")
        for value in table[name].to_pylist()
    }
    known = {*fitted("both").feature_names_in_, "therapist__words", "client__words"}
    assert texts <= known | {"s0", "goal", "bond", "therapist", "client"}


def test_merged_and_empty_turns_are_left_out_whole(make_session):
    session = make_session(
        ("client", "One."),
        ("client", ""),
        ("client", "Two."),
        ("therapist", "Three."),
        ("client", "Four."),
    )
    merged = af.merge_turns(session)
    assert [turn.text for turn in drop_turns(session, merged[:1]).turns] == ["", "Three.", "Four."]
    left = drop_turns(session, merged[1:2])
    assert len(af.merge_turns(left)) == 1


def test_a_session_with_one_turn_or_none(make_session):
    for turns in ([], ["Only this."]):
        evidence = fitted().evidence(make_session(*turns))
        assert set(evidence["turn_index"].to_pylist()) <= {0}


def test_deletion_moves_the_prediction_more_than_chance():
    # The planted word "we" makes the bond: without the turns full of it the prediction falls.
    result = fitted("words").deletion_test(corpus()[0][:16], top=2, turns=2)
    table = result.table.to_pydict()
    np.testing.assert_allclose(
        table["difference"], np.subtract(table["evidence_move"], table["random_move"])
    )
    assert result.n_skipped == 0
    assert max(table["n_turns"]) == 2
    assert result.intervals["bond"].low > 0
    means = {}
    for client, name, value in zip(
        table["client_id"], table["dimension"], table["difference"], strict=True
    ):
        if name == "bond":
            means.setdefault(client, []).append(value)
    assert result.intervals["bond"].estimate == pytest.approx(
        np.mean([np.mean(one) for one in means.values()])
    )


def test_deletion_is_seeded():
    one, two = (fitted().deletion_test(corpus()[0][:3], seed=5).table for _ in range(2))
    assert one.equals(two)


def test_a_session_without_turns_to_compare_is_skipped(make_session):
    result = fitted().deletion_test([make_session("Only this.", "And this.")], turns=3)
    assert result.n_skipped == 1
    assert result.table.num_rows == 0
    assert np.isnan(result.intervals["bond"].estimate)


def test_errors():
    session = corpus()[0][0]
    for call, message in (
        (lambda: fitted().evidence([session]), r"`session` is list; it must be one session"),
        (lambda: fitted().evidence(session, dimension="task"), r"`dimension` is 'task'"),
        (lambda: fitted().evidence(session, top=0), r"`top` is 0"),
        (lambda: fitted().evidence(session, turns=0), r"`turns` is 0"),
        (lambda: fitted().deletion_test([]), r"`sessions` is empty"),
        (lambda: fitted().deletion_test([session], seed=-1), r"`seed` is -1"),
        (lambda: fitted().lexical_weights(), r"The model knows no words"),
        (lambda: fitted("words").lexical_weights("task"), r"`dimension` is 'task'"),
    ):
        with pytest.raises(af.ParameterError, match=message):
            call()


def test_lexical_weights():
    result = fitted("words").lexical_weights("bond", top=4)
    assert result.column_names == ["role", "words", "weight"]
    assert "we" in result["words"].to_pylist()


def test_an_id_like_ours_does_no_harm():
    session = corpus()[0][0]
    named = replace(session, session_id="without-1")
    one, two = (fitted().evidence(each).drop_columns("session_id") for each in (session, named))
    assert one.equals(two)
