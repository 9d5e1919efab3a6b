"""Registry entries of alliance scores: checked columns where an encoder passes, nulls elsewhere."""

import math

import pytest
from numpy.testing import assert_allclose

import alliance_features as af
import naive_alliance
from alliance_features.features.measures.alliance import AllianceScorer
from alliance_features.features.measures.alliance_keys import Polarity

KINDS = {"": ("cosine", "own"), "__version_observer": ("cosine", "observer")}
KINDS["__method_null_z"] = ("null_z", "own")


@pytest.fixture
def sighted(monkeypatch):
    """Let every encoder pass for bond, and none for the others."""
    found = {s: Polarity(0.1, 0.05, s == "bond") for s in ("goal", "task", "bond")}
    monkeypatch.setattr(AllianceScorer, "polarity", lambda self, version="own": found)


def test_checked_columns_match_naive(example_sessions, sighted):
    session = example_sessions[1]
    roles = [turn.role for turn in af.merge_turns(session)]
    (row,) = af.extract(session, features="alliance").to_pylist()
    seen = set()
    for params, (method, version) in KINDS.items():
        scores = af.score_turns(session, method=method, version=version)
        values = af.subscale_scores(scores)["bond"].tolist()
        for name, value in naive_alliance.divergence(values, roles).items():
            first, _, rest = name.partition("__")
            if first in ("client", "therapist"):
                column = f"{first}__alliance_bond{params}"
            else:
                column = f"dyad__alliance_bond_{first}{params}" + (f"__{rest}" if rest else "")
            if column in row:
                found = math.nan if row[column] is None else row[column]
                assert_allclose(found, value, rtol=1e-9, atol=1e-12, err_msg=column)
                seen.add(column)
    wanted = {n for n in row if "alliance_bond" in n and "unchecked" not in n}
    assert wanted - seen == {"dyad__alliance_bond_gap__keys_z"}
    unchecked = row["dyad__alliance_bond_gap__polarity_unchecked__keys_z"]
    assert row["dyad__alliance_bond_gap__keys_z"] == unchecked


def test_only_the_scale_that_passes_has_scores(example_sessions, sighted, measure):
    found = measure.session(example_sessions[1], "alliance")
    checked = [name for name in found.values if "unchecked" not in name]
    for name in checked:
        if "alliance_bond" not in name:
            assert found.codes[name] == "polarity_failed", name
    turns = measure.turns(example_sessions[1], "alliance")
    assert turns.rows[0]["alliance_bond"] == turns.rows[0]["alliance_bond__polarity_unchecked"]
    assert turns.rows[0]["alliance_goal"] is None


@pytest.mark.parametrize(
    ("fields", "code"), [({"language": "de"}, "no_vectors"), ({"language": "en"}, "few_turns")]
)
def test_nulls(make_session, measure, fields, code):
    found = measure.session(make_session("home", "work", **fields), "alliance")
    assert found.codes["dyad__alliance_bond_gap__polarity_unchecked"] == code


def test_statements_are_in_one_language(make_session, measure):
    vectors = af.Vectors({"heim": 0}, af.load_vectors(None).matrix[:1], "hand", "0" * 64)
    found = measure.session(make_session("heim", language="de"), "alliance", vectors)
    assert set(found.codes.values()) == {"no_inventory"}
    turn = measure.turns(make_session("qzx"), "alliance")
    assert turn.codes[0, "alliance_goal__polarity_unchecked"] == "no_known_word"
