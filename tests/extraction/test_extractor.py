"""Tables: what they hold, and that a value does not depend on how it was asked for."""

import math
import re

import numpy as np
import pyarrow as pa
import pytest

import alliance_data
import alliance_features as af
import naive
import naive_acts
import naive_alliance
import naive_corpus
import naive_style
import naive_synchrony
from alliance_features.errors import TRANSCRIPT_CODES
from alliance_features.extraction.extractor import (
    SESSION_KEYS,
    TURN_KEYS,
    Recipe,
    Rows,
    nulls_table,
)
from alliance_features.features.measures.surrogates import DRAWS, session_seed, shuffles
from alliance_features.features.null_codes import NULL_CODES
from alliance_features.features.registry import GROUPS, parse_name
from alliance_features.features.signals.style import CATEGORIES
from alliance_features.features.values import SPEECH_ONLY

LEVELS = ("session", "turn")
KEYS = {"session": SESSION_KEYS, "turn": TURN_KEYS}
WHOLE = ("session_number", "turn_index", "n_merged")
TABLES = {"session": af.extract, "turn": af.extract_turns}
ROLES = ("therapist", "client")
NEEDS = {"lexicon", "function_words", "cues", "verbatim", "typed", "vectors", "times", "ends"}
NEEDS |= {"tagger", "inventory", "polarity", "spaces"}
# The examples are speech, no tagger is named for them, and the shipped vectors are blind to signs.
ELSEWHERE = {"tagger", "typed", "polarity"}


@pytest.fixture(scope="module")
def tables(example_sessions):
    return {level: TABLES[level](example_sessions, features="all") for level in LEVELS}


# Columns


@pytest.mark.parametrize("level", LEVELS)
def test_columns_are_the_registry(tables, level):
    names = af.list_features(level=level)
    assert tables[level].column_names == [*KEYS[level], *names]
    assert len(set(names)) == len(names)
    for field in tables[level].schema:
        if field.name in KEYS[level]:
            assert field.type == (pa.int64() if field.name in WHOLE else pa.string())
            continue
        spec = af.describe_feature(field.name, level=level)
        assert field.type == (pa.int64() if spec.whole else pa.float64())
        assert field.metadata[b"unit"].decode() == spec.unit
        assert field.metadata[b"version"].decode() == str(spec.version)
        assert field.metadata[b"title"].decode() == spec.title
        assert field.metadata[b"direction"].decode() == spec.direction


@pytest.mark.parametrize("level", LEVELS)
def test_values_stand_in_their_range_and_are_never_nan(tables, level):
    for name in af.list_features(level=level):
        spec = af.describe_feature(name, level=level)
        known = [value for value in tables[level][name].to_pylist() if value is not None]
        if ELSEWHERE & {*spec.needs} or (spec.languages and "en" not in spec.languages):
            assert known == [], name
            continue
        assert known, name
        assert all(math.isfinite(value) for value in known), name
        assert spec.low is None or min(known) >= spec.low, name
        assert spec.high is None or max(known) <= spec.high, name


def test_null_and_not_nan_where_nothing_can_be_said(make_session):
    table = af.extract(make_session("um"), features="all")
    for column in table.columns[len(SESSION_KEYS) :]:
        for value in column.to_pylist():
            assert value is None or not math.isnan(value)
    assert table["client__i_rate"].null_count == 1
    assert table["client__words_n"].to_pylist() == [0]  # measured nothing is 0


@pytest.mark.parametrize("level", LEVELS)
def test_no_session_makes_a_table_with_all_columns(level):
    empty = TABLES[level]([], features="all")
    assert empty.num_rows == 0
    assert empty.column_names == [*KEYS[level], *af.list_features(level=level)]


def test_keys(example_sessions, tables):
    rows = tables["session"].select(SESSION_KEYS).to_pylist()
    expected = [
        {key: getattr(session, key) for key in SESSION_KEYS} for session in example_sessions
    ]
    assert rows == expected
    turns = tables["turn"].select(TURN_KEYS).to_pylist()
    merged = [
        (session.session_id, turn.turn_index, turn.n_merged, turn.role)
        for session in example_sessions
        for turn in af.merge_turns(session)
    ]
    assert [tuple(row.values()) for row in turns] == merged


@pytest.mark.parametrize("level", LEVELS)
def test_every_null_has_one_code(example_sessions, tables, level):
    extractor = Recipe(features="all", levels=(level,)).extractor()
    rows = Rows()
    for session in example_sessions:
        extractor.add(session, rows)
    assert extractor.table(rows, level).equals(tables[level])
    nulls = nulls_table(rows).to_pylist()
    columns = tables[level].columns[len(KEYS[level]) :]
    assert len(nulls) == sum(column.null_count for column in columns)
    assert {null["code"] for null in nulls} <= set(NULL_CODES)
    assert all((null["turn_index"] is None) == (level == "session") for null in nulls)


def test_null_codes_are_not_transcript_codes():
    assert set(SPEECH_ONLY.values()) <= set(NULL_CODES)
    assert not set(NULL_CODES) & set(TRANSCRIPT_CODES)


# The same value however it is asked for


@pytest.mark.parametrize("level", LEVELS)
def test_alone_in_a_corpus_and_backwards(example_sessions, tables, level):
    extract = TABLES[level]
    alone = [extract(session, features="all") for session in example_sessions]
    assert pa.concat_tables(alone).equals(tables[level])
    backwards = extract(example_sessions[::-1], features="all")
    assert backwards.equals(pa.concat_tables(alone[::-1]))
    twice = extract(iter(example_sessions), features="all")
    assert twice.equals(tables[level])


@pytest.mark.parametrize("level", LEVELS)
def test_a_feature_alone_is_the_feature_among_all(example_sessions, tables, level):
    session = example_sessions[4]
    mask = pa.compute.equal(tables[level]["session_id"], session.session_id)
    row = tables[level].filter(mask)
    for name in af.list_features(level=level):
        alone = TABLES[level](session, features=name)
        assert alone.column_names == [*KEYS[level], name]
        assert alone[name].to_pylist() == row[name].to_pylist()


def test_sets_and_groups(example_sessions):
    session = example_sessions[0]
    assert af.extract(session).column_names == [*SESSION_KEYS, *af.list_features("core")]
    names = af.list_features()
    grouped = {g: [n for n in names if af.describe_feature(n).group == g] for g in GROUPS}
    assert [name for group in GROUPS for name in grouped[group]] == names
    # A set named like a group holds that group, and what names the set besides.
    for group in GROUPS:
        assert set(grouped[group]) <= set(af.list_features(group))
    both = [*grouped["synchrony"], *grouped["style"]]
    assert af.list_features("synchrony") == both
    assert not {*af.list_features("kwon2025")} & {*both}
    # Registry order, whatever the order of the names; nothing twice.
    mixed = ["client__i_rate", "volume", "therapist__words_n"]
    assert af.list_features(mixed) == [*af.list_features("volume"), "client__i_rate"]


@pytest.mark.parametrize("level", LEVELS)
def test_csv_is_jsonl(examples_path, tables, level):
    table = TABLES[level](af.read_sessions(examples_path / "sessions.csv"), features="all")
    ids = ["example-05", "example-06"]
    assert sorted(set(table["session_id"].to_pylist())) == ids
    mask = pa.compute.is_in(tables[level]["session_id"], value_set=pa.array(ids))
    assert table.equals(tables[level].filter(mask).combine_chunks())


def test_sessions_do_not_change(example_sessions, examples_path):
    af.extract(example_sessions[0], features="all")
    assert example_sessions[0] == next(af.read_sessions(examples_path / "sessions.jsonl"))


# By hand


def test_synchrony_by_hand(example_sessions, tables):
    for session, row in zip(example_sessions, tables["session"].to_pylist(), strict=True):
        distances = af.wmd_matrix(af.turn_tokens(session))
        roles = [turn.role for turn in af.merge_turns(session)]
        for anchor in ROLES:
            for function in (af.uclid, af.nclid):
                value = function(distances, roles, anchor=anchor)
                name = f"dyad__{function.__name__}__anchor_{anchor}"
                np.testing.assert_allclose(row[name], value, rtol=1e-12)
            alpha = sum(
                row[f"dyad__{name}"]
                for name in (
                    "alpha_within_therapist",
                    "alpha_within_client",
                    f"alpha_cross__anchor_{anchor}",
                )
            )
            ratio = row[f"dyad__uclid__anchor_{anchor}"] / alpha
            np.testing.assert_allclose(row[f"dyad__nclid__anchor_{anchor}"], ratio, rtol=1e-12)


COUNTED = {
    "question_rate": "questions_n",
    "i_rate": "i_n",
    "i_subject_rate": "i_subject_n",
    "i_object_rate": "i_object_n",
    "i_cogverb_rate": "i_cogverb_n",
    "i_formulaic_rate": "i_formulaic_n",
    "i_quoted_rate": "i_quoted_n",
    "we_rate": "we_n",
    "you_rate": "you_n",
    "filled_pause_rate": "filled_pauses_n",
    "repetition_rate": "repetitions_n",
    "cutoff_rate": "cutoffs_n",
    "backchannel_rate": "backchannels_n",
}


def test_turns_sum_to_sessions(tables):
    turns = tables["turn"].to_pylist()
    for row in tables["session"].to_pylist():
        of_session = [turn for turn in turns if turn["session_id"] == row["session_id"]]
        assert row["dyad__turns_n"] == len(of_session)
        assert row["dyad__words_n"] == sum(turn["words_n"] for turn in of_session)
        for role in ROLES:
            own = [turn for turn in of_session if turn["role"] == role]
            words = sum(turn["words_n"] for turn in own)
            assert row[f"{role}__turns_n"] == len(own)
            assert row[f"{role}__words_n"] == words
            for rate, count in COUNTED.items():
                expected = 100 * sum(turn[count] for turn in own) / words
                np.testing.assert_allclose(row[f"{role}__{rate}"], expected, rtol=1e-12)
            for name, column in (
                ("adjacent_wmd__responder_{}__mean", "adjacent_wmd"),
                ("bow_l1__responder_{}", "bow_l1"),
                ("uclid__anchor_{}", "nearest_reply_wmd"),
            ):
                known = [turn[column] for turn in own if turn[column] is not None]
                found = row[f"dyad__{name.format(role)}"]
                np.testing.assert_allclose(found, math.fsum(known) / len(known), rtol=1e-12)


# Errors


@pytest.mark.parametrize("extract", [af.extract, af.extract_turns])
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"sessions": "sessions.jsonl"}, "`sessions` is str; it must be sessions"),
        ({"sessions": 3}, "`sessions` is int; it must be sessions"),
        ({"sessions": [{"turns": []}]}, "`sessions` holds dict; it must hold sessions"),
        ({"features": "voume"}, "`features` names 'voume'.* Is `volume` meant"),
        (
            {"features": ["core", "xyz"]},
            "`features` names 'xyz', which is no set",
        ),
        ({"features": []}, "`features` is empty; name a set such as `core`"),
        ({"features": [3]}, "`features` names 3, which is no set"),
        (
            {"vectors": 3},
            "`vectors` is int; it must be None, a path",
        ),
    ],
)
def test_malformed_arguments(extract, arguments, message):
    given = {"sessions": [], **arguments}
    with pytest.raises(af.ParameterError, match=message):
        extract(given.pop("sessions"), **given)


def test_missing_vectors(tmp_path):
    with pytest.raises(af.ResourceError, match="there is no such vectors file"):
        af.extract([], vectors=tmp_path / "none.bin")


def test_unknown_feature():
    with pytest.raises(af.ParameterError, match=r"no feature 'therapist__i_rat'. Is `therapist__i"):
        af.describe_feature("therapist__i_rat")
    with pytest.raises(af.ParameterError, match="There is no feature 'words_n'"):
        af.describe_feature("words_n", level="session")


# The registry

# Every feature and the oracle that measures it anew; a feature without one fails below.
LEXICAL = naive.lexical_session
DISTANT = naive.vector_session
TIMED = naive.timing_session
LAGGED = naive_corpus.lagged_session
STYLE = naive_style.style_session
SUMMED = naive_style.embedding_session
CUED = naive_acts.cue_session
SHAPED = naive_acts.shape_session
SCORED = naive_alliance.session_columns
SUBSCALES = ("goal", "task", "bond")
ORACLES = {
    "words_n": LEXICAL,
    "turns_n": LEXICAL,
    "words_per_turn": LEXICAL,
    "mattr": LEXICAL,
    "minimal_reply_prop": LEXICAL,
    "talk_ratio": LEXICAL,
    "filled_pause_initial_prop": LEXICAL,
    "bow_l1": LEXICAL,
    **dict.fromkeys(COUNTED, LEXICAL),
    "i_log_percent": LEXICAL,
    "nonfluency_log_percent": LEXICAL,
    "typed_filler_rate": naive.typed_session,
    "upos_transition": naive.transition_share,
    "lsm": LEXICAL,
    "rlsm": LEXICAL,
    "lexical_overlap": LEXICAL,
    "latency_s": TIMED,
    "words_per_min": TIMED,
    "filled_pauses_per_min": TIMED,
    "overlap_prop": TIMED,
    "onset_gap_s": TIMED,
    "duration_s": TIMED,
    "uclid": DISTANT,
    "nclid": DISTANT,
    "alpha_cross": DISTANT,
    "alpha_within_therapist": DISTANT,
    "alpha_within_client": DISTANT,
    "adjacent_wmd": DISTANT,
    "oov_prop": DISTANT,
    "wmd_pairs_n": DISTANT,
    **dict.fromkeys(["coordination", "swam", "lexical_cosine", "bow_l1_matched"], STYLE),
    "embedding_cosine": SUMMED,
    **dict.fromkeys(["lagged_r", "lagged_peak_r", "lagged_peak_lag"], LAGGED),
    **dict.fromkeys(naive_acts.CUED_FEATURES, CUED),
    **dict.fromkeys(naive_acts.SHAPED_FEATURES, SHAPED),
    **{
        f"alliance_{subscale}{end}": SCORED
        for subscale in SUBSCALES
        for end in ("", "_gap", "_gap_sq", "_distance_sq", "_r")
    },
}
TURN_ORACLES = {
    **dict.fromkeys(["words_n", *COUNTED.values()], naive.turn_counts),
    "adjacent_wmd": naive.adjacent_wmd,
    "nearest_reply_wmd": naive.nearest_reply,
    "typed_fillers_n": naive.typed_fillers,
    "bow_l1": naive.bow_l1,
    **{
        f"alliance_{subscale}{end}": naive_alliance.subscale
        for subscale in SUBSCALES
        for end in ("", "__polarity_unchecked")
    },
}


def synchrony_columns(session, bags, lists):
    """Return every k, convention, surrogate and preset off default."""
    turns = [(turn.role, turn.text) for turn in session.turns]
    roles = [role for role, _, _, _ in naive.merged(turns)]
    seed = session_seed(session.session_id)
    d = af.wmd_matrix(bags).tolist()
    rows = naive_synchrony.kwon_rows(turns)
    near = af.wmd_matrix([naive_synchrony.kwon_tokens(text) for _, text in rows]).tolist()
    return {
        **naive_synchrony.variants(d, roles),
        **naive_synchrony.surrogate_columns(
            d, roles, lambda n: np.concatenate([*shuffles(n, DRAWS, seed)]).tolist()
        ),
        **naive_synchrony.kwon2025(near, [role for role, _ in rows]),
    }


@pytest.mark.parametrize("place", [2, 5])  # starts only; starts and ends
def test_every_feature_has_an_oracle(example_sessions, lists, tables, place):
    session = example_sessions[place]
    turns = [(turn.role, turn.text) for turn in session.turns]
    bags = [naive.turn_tokens(text, lists) for _, text, _, _ in naive.merged(turns)]
    shipped = af.load_vectors(None)
    known = {word for bag in bags for word in bag if shipped.row(word) >= 0}
    timed = [
        (turn.role, turn.text, *(math.nan if t is None else t for t in (turn.start, turn.end)))
        for turn in session.turns
    ]
    answers = {
        LEXICAL: naive.lexical_session(turns, lists),
        DISTANT: naive.vector_session(turns, lists, known, af.wmd_matrix(bags).tolist()),
        TIMED: naive.timing_session(timed, lists),
        LAGGED: naive_corpus.lagged_session(turns, lists),
        CUED: naive_acts.cue_session(turns, lists),
        SHAPED: naive_acts.shape_session([turn[:3] for turn in timed], lists),
    }
    merged = naive.merged(turns)
    bagged = [(role, bag) for (role, *_), bag in zip(merged, bags, strict=True)]
    scored = {
        kind: alliance_data.expected_scores(bagged, lists, *kind)
        for kind in (("cosine", "own"), ("cosine", "observer"), ("null_z", "own"))
    }
    answers[SCORED] = naive_alliance.session_columns(
        scored, [role for role, *_ in merged], alliance_data.inventory_signs()
    )
    answers[DISTANT] |= synchrony_columns(session, bags, lists)
    answers[STYLE] = naive_style.style_session(turns, lists, CATEGORIES)
    answers[LEXICAL] |= answers[STYLE]  # lsm, rlsm and trends of what has its oracle there
    raw = {word: shipped.matrix[shipped.row(word)].astype(float).tolist() for word in known}
    answers[SUMMED] = naive_style.embedding_session(turns, lists, raw)
    row = tables["session"].to_pylist()[place]
    for name in af.list_features():
        feature = af.describe_feature(name).feature
        assert feature in ORACLES, f"{name} has no oracle: write one in naive.py"
        if ELSEWHERE & {*af.describe_feature(name).needs}:
            assert row[name] is None, name
            continue
        assert name in answers[ORACLES[feature]], f"{name} has no oracle: write one in naive.py"
        expected = answers[ORACLES[feature]][name]
        found = math.nan if row[name] is None else row[name]
        np.testing.assert_allclose(found, expected, rtol=1e-11, atol=1e-13, err_msg=name)
    features = {af.describe_feature(name).feature for name in af.list_features()}
    assert set(ORACLES) == features


def test_typed_fillers_match_naive(example_sessions, lists):
    for session in example_sessions:
        typed = af.Session.from_dict({**session.to_dict(), "mode": "typed"})
        turns = [(turn.role, turn.text) for turn in session.turns]
        (row,) = af.extract(typed, features="typed").to_pylist()
        for name, expected in naive.typed_session(turns, lists).items():
            assert math.isclose(row[name], expected, rel_tol=1e-12), name
        counts = af.extract_turns(typed, features="typed")["typed_fillers_n"].to_pylist()
        assert counts == [naive.typed_fillers(text, lists) for _, text, _, _ in naive.merged(turns)]
        assert sum(counts) > 0


def test_transitions_by_hand():
    # Two AUX are followed by something in their turn, one of them by INTJ; the last ends its turn.
    tags = [["AUX", "INTJ", "AUX"], ["INTJ"], ["AUX", "VERB"], []]
    assert naive.transition_share(tags) == 0.5


def test_every_feature_of_turns_has_an_oracle(example_sessions, lists, tables):
    assert set(TURN_ORACLES) == set(af.list_features(level="turn"))
    session = example_sessions[2]
    merged = naive.merged([(turn.role, turn.text) for turn in session.turns])
    roles = [role for role, _, _, _ in merged]
    bags = [naive.turn_tokens(text, lists) for _, text, _, _ in merged]
    d = af.wmd_matrix(bags).tolist()
    local = {role: naive.nearest_reply(d, roles, role) for role in ROLES}
    expected = {
        "adjacent_wmd": naive.adjacent_wmd(d),
        "bow_l1": naive.adjacent(bags, naive.bow_l1),
        "nearest_reply_wmd": [local[role][turn] for turn, role in enumerate(roles)],
    }
    counts = [naive.turn_counts(text, lists) for _, text, _, _ in merged]
    for name in counts[0]:
        expected[name] = [count[name] for count in counts]
    rows = [r for r in tables["turn"].to_pylist() if r["session_id"] == session.session_id]
    for name in expected:
        found = [math.nan if row[name] is None else row[name] for row in rows]
        np.testing.assert_allclose(found, expected[name], rtol=1e-12, err_msg=name)
    scores = alliance_data.expected_scores(list(zip(roles, bags, strict=True)), lists, "cosine")
    for name, signs in alliance_data.inventory_signs().items():
        column = f"alliance_{name}__polarity_unchecked"
        found = [math.nan if row[column] is None else row[column] for row in rows]
        by_hand = naive_alliance.subscale(scores, signs)
        np.testing.assert_allclose(found, by_hand, rtol=1e-9, atol=1e-14, err_msg=name)


@pytest.mark.parametrize("level", LEVELS)
def test_every_entry_is_complete(level):
    for name in af.list_features(level=level):
        spec = af.describe_feature(name, level=level)
        for field in ("title", "unit", "definition", "direction"):
            assert getattr(spec, field).strip(), f"{name} has no {field}"
        assert spec.level == level
        assert spec.group in GROUPS
        assert spec.version >= 1
        assert set(spec.needs) <= NEEDS
        assert spec.undefined in NULL_CODES
        assert spec.expectation is None or spec.expectation.sign in (-1, 1)
        described = spec.describe()
        assert described["name"] == name
        assert described["level"] == level


def test_units_of_rates_and_shares():
    for name in af.list_features():
        spec = af.describe_feature(name)
        if spec.feature.endswith("_rate"):
            assert spec.unit.removesuffix(" over the session") == "per 100 words"
            assert spec.support.words == 50
        if spec.feature.endswith("_prop"):
            assert (spec.low, spec.high) == (0.0, 1.0)
        if spec.feature.endswith("_n"):
            assert spec.whole
        if spec.stat in ("slope", "third_diff"):
            assert (spec.low, spec.high) == (None, None)
        elif spec.unit == "distance of unit vectors":
            assert spec.high == 2.0
            assert spec.direction.startswith("lower")


def test_names_read_back():
    for name in af.list_features():
        spec = parse_name(name)
        assert spec.name == name
        role, feature, *rest = name.split("__")
        assert role == spec.role
        assert role in (*ROLES, "dyad")
        assert feature == spec.feature
        stat = [spec.stat] if spec.stat else []
        assert rest == [*(f"{key}_{value}" for key, value in spec.params), *stat]
        assert list(spec.params) == sorted(spec.params)
        assert re.fullmatch("[a-z][A-Za-z0-9_]*", name)
    with pytest.raises(af.ParameterError, match="There is no feature"):
        parse_name("therapist__nothing")


def test_expected_signs_are_those_of_the_reference():
    expected = {
        name: spec.expectation.sign
        for name in af.list_features("core")
        if (spec := af.describe_feature(name)).expectation is not None
    }
    assert expected == {
        "therapist__i_rate": -1,
        "client__i_rate": -1,
        "therapist__we_rate": -1,
        "client__filled_pause_rate": 1,
    }
    assert all(af.describe_feature(name).expectation.exploratory for name in expected)


@pytest.mark.parametrize(
    ("features", "message"),
    [
        (3, r"`features` is int; it must be a name or a list of names"),
        ([], r"`features` is empty; name a set such as `core`"),
        ("i_rate", r"Is `therapist__i_rate` or `client__i_rate`"),
        ("zzzzzz", r"of level session\. `alliance-features describe` lists them"),
    ],
)
def test_features_that_are_no_names(features, message):
    with pytest.raises(af.ParameterError, match=message):
        af.list_features(features)
    with pytest.raises(af.ParameterError, match=message):
        af.extract([], features=features)
