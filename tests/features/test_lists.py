"""Null for what counts a list that a lexicon leaves out; 0 for a list of which no word is said."""

from dataclasses import replace

import pytest

import alliance_features as af
from alliance_features.features.measured import Measured
from alliance_features.features.registry import LEVELS, select_features
from alliance_features.features.values import lacking, session_values, turn_values
from alliance_features.lexicons import available_languages, load_lexicon
from alliance_features.text.vectors import load_vectors

COUNTING = [
    pytest.param(spec, id=f"{level}-{spec.name}")
    for level in LEVELS
    for spec in select_features("all", level=level)
    if spec.lists
]
#: Zero where nothing is counted; the others are undefined then, or 1, or a log.
ZERO = ("_rate", "_n", "_per_min")
#: No list holds one of them.
WORDS = "plumb grot vask tindle brock sarn melp drift"


def without(lexicon, name):
    """Return a copy of a lexicon that leaves a list out."""
    table, _, key = name.partition(".")
    if table != "words":
        held = {kind: forms for kind, forms in getattr(lexicon, table).items() if kind != key}
        return replace(lexicon, **{table: held})
    rules = (rule for rule in lexicon.rules if key not in (*(rule.replace or ()), *rule.add))
    return replace(
        lexicon,
        words={kind: forms for kind, forms in lexicon.words.items() if kind != key},
        patterns={kind: form for kind, form in lexicon.patterns.items() if kind != key},
        rules=tuple(rules),
    )


@pytest.fixture(scope="module")
def silent():
    """Return a spoken and a typed session that say no word of any list."""
    turns = [
        af.Turn(
            role=("therapist", "client")[place % 2],
            text=f"{WORDS} {WORDS}",
            start=10.0 * place,
            end=10.0 * place + 9,
        )
        for place in range(24)
    ]
    vectors = load_vectors(None)
    return {
        mode: Measured(
            af.Session(
                session_id=mode,
                language="en",
                mode=mode,
                verbatim=True if mode == "spoken" else None,
                turns=turns,
            ),
            vectors,
        )
        for mode in ("spoken", "typed")
    }


def value(spec, measured):
    if spec.level == "session":
        (found,), codes = session_values(measured, [spec])
        return found, codes.get(spec.name)
    (column,), nulls = turn_values(measured, [spec])
    (found,) = {*column}
    return found, nulls[0][2] if nulls else None


@pytest.mark.parametrize("spec", COUNTING)
def test_a_list_left_out_is_null_and_never_zero(spec, silent):
    measured = silent["typed" if "typed" in spec.needs else "spoken"]
    whole = load_lexicon("en")
    own = "no_category" if "function_words" in spec.needs else "no_list"
    present = whole.lists.issuperset(spec.lists)
    measured.lexicon = whole
    found, code = value(spec, measured)
    assert code == (code if present and code not in ("no_list", "no_category") else own)
    if present and spec.feature.endswith(ZERO):
        assert found == 0, code
    for name in spec.lists:
        measured.lexicon = without(whole, name)
        assert name not in measured.lexicon.lists
        assert value(spec, measured) == (None, own), name


def test_a_table_left_out_has_the_code_it_had(silent):
    measured = silent["spoken"]
    for table, code in (("cues", "no_cues"), ("function_words", "no_function_words")):
        measured.lexicon = replace(load_lexicon("en"), **{table: {}})
        for spec in select_features("all"):
            if table in spec.needs:
                assert lacking(spec, measured) == code, spec.name


@pytest.mark.parametrize("language", available_languages())
def test_what_a_rule_makes_of_a_word_is_of_a_list(language):
    lexicon = load_lexicon(language)
    for name in ("i_subject", "i_object", "we", "you", "filled_pause", "typed_filler"):
        assert f"words.{name}" in lexicon.lists
        assert f"words.{name}" not in without(lexicon, f"words.{name}").lists
    assert "words.i_object" not in replace(load_lexicon("zh"), rules=()).lists


def test_languages_are_those_whose_lexicons_hold_the_lists():
    assert af.describe_feature("therapist__i_rate").languages == ()
    assert af.describe_feature("client__cutoff_rate").languages == ("de", "en")
    assert af.describe_feature("therapist__reflection_rate").languages == ("en",)
    assert af.describe_feature("dyad__lsm__category_particle").languages == ("zh",)
    assert af.describe_feature("therapist__turns_n").languages == ()


@pytest.mark.parametrize("level", LEVELS)
def test_every_list_named_is_one_of_a_lexicon(level):
    held = frozenset().union(*(load_lexicon(code).lists for code in available_languages()))
    for spec in select_features("all", level=level):
        assert held.issuperset(spec.lists), spec.name
        tables = {name.split(".")[0] for name in spec.lists}
        for table in ("cues", "function_words"):
            assert table not in tables or table in spec.needs, spec.name
