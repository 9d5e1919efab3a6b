"""One person in one fold however the id is spelled, and a word where spelling keeps ids apart."""

import json
import unicodedata

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import alliance_features as af
from alliance_features.commands.simulate import write_simulation
from alliance_features.commands.words import words_files
from alliance_features.evaluation.rated_sessions import Ratings, bring_together, warnings_of
from alliance_features.raters.ratings import check_ratings
from alliance_features.transcript.source import Input

NAMES = ["Z\u00f6e", "P01", "\u00c5sa-3", "m\u00fcller", "\uac00\ub098", "c9", "\u1e69x", "k\u00e9"]
BLANKS = st.text(" \t\u00a0\u200b\ufeff", max_size=2)
SPELLED = st.tuples(st.sampled_from(["NFC", "NFD"]), BLANKS, BLANKS)
PER = 3
N = PER * len(NAMES)


def _spell(name, how):
    form, before, after = how
    return before + unicodedata.normalize(form, name) + after


def _table(spell):
    return pa.table(
        {
            "session_id": [spell(f"s\u00e4{row}") for row in range(N)],
            "client_id": [spell(NAMES[row // PER]) for row in range(N)],
            "therapist_id": [spell(f"t\u00e9{row // PER % 4}") for row in range(N)],
            "client__words_n": [float(10 + row * 7 % 11) for row in range(N)],
        }
    )


def _ratings(spell):
    rows = [
        {
            "session_id": spell(f"s\u00e4{row}"),
            "client_id": spell(NAMES[row // PER]),
            "rater": spell("cl\u00efent"),
            "dimension": "bond",
            "score": 1.0 + row % 5,
            "scale_min": 1.0,
            "scale_max": 5.0,
        }
        for row in range(N)
    ]
    return pa.Table.from_pylist(rows)


def _plain(name):
    return name


def _evaluated(spell):
    matrix = af.SessionMatrix.from_table(_table(spell))
    study = bring_together(matrix, check_ratings(_ratings(spell)), rater=spell("cl\u00efent"))
    validation = af.cross_validate(
        study.matrix, study.scores(), n_folds=4, models=["training_mean"], groups=study.groups
    )
    return study, validation


@settings(deadline=None, max_examples=15)
@given(st.lists(SPELLED, min_size=5, max_size=5))
def test_spelling_changes_neither_matches_nor_folds(ways):
    turn = iter(range(10**6))

    def spell(name):
        return _spell(name, ways[next(turn) % len(ways)])

    plain, expected = _evaluated(_plain)
    study, validation = _evaluated(spell)
    assert study.matrix.session_ids == plain.matrix.session_ids
    assert (study.clients, study.groups) == (plain.clients, plain.groups)
    assert study.counts == plain.counts
    assert validation.folds.by_session() == expected.folds.by_session()
    assert validation.predictions.equals(expected.predictions)
    assert "similar_client_ids" not in warnings_of(study, ())


@settings(deadline=None, max_examples=20)
@given(st.lists(SPELLED, min_size=N, max_size=N))
def test_spelling_does_not_split_a_group(ways):
    labels = [_spell(NAMES[row // PER], how) for row, how in enumerate(ways)]
    ids = [_spell(f"s\u00e4{row}", how) for row, how in enumerate(ways)]
    y = np.arange(N) % 5
    folds = af.make_folds(y, labels, session_ids=ids, n_folds=4)
    expected = af.make_folds(
        y,
        [NAMES[row // PER] for row in range(N)],
        session_ids=[f"s\u00e4{n}" for n in range(N)],
        n_folds=4,
    )
    assert folds.by_session() == expected.by_session()
    assert folds.select(ids, labels).sha256 == expected.sha256


def test_spelling_changes_no_matrix_scores_signals_or_trends(tmp_path):
    def nfd(name):
        return f" {unicodedata.normalize('NFD', name)}\u200b"

    plain, odd = _ratings(_plain), _ratings(nfd)
    asked = [nfd(f"s\u00e4{row}") for row in range(4)]
    first = af.ratings_matrix(plain, session_ids=[f"s\u00e4{row}" for row in range(4)])
    second = af.ratings_matrix(odd, rater=nfd("cl\u00efent"), session_ids=asked)
    np.testing.assert_array_equal(first.y, second.y)
    assert (first.session_ids, first.clients) == (second.session_ids, second.clients)
    scores = af.read_scores(odd)
    assert scores.select(range(10)).equals(af.read_scores(plain).select(range(10)))
    table = _table(nfd).append_column("session_number", pa.array([n % PER + 1 for n in range(N)]))
    straight = _table(_plain).append_column("session_number", table["session_number"])
    features = ["client__words_n"]
    assert af.client_trends(table, features=features).equals(
        af.client_trends(straight, features=features)
    )
    numbered = plain.append_column("session_number", table["session_number"])
    for signals in (_table(_plain), _table(nfd), _table(_plain).to_pandas()):
        courses = af.client_courses(numbered, signals)
        assert set(courses.courses["name"].to_pylist()) == {"bond", "client__words_n"}
    pq.write_table(_table(nfd), tmp_path / "a.parquet")
    af.client_courses(numbered, tmp_path / "a.parquet")


def test_predictions_stored_in_another_form_are_read_as_one():
    _, validation = _evaluated(_plain)
    predictions = validation.predictions
    names = ("session_id", "client_id", "therapist_id")
    odd = predictions
    for name in names:
        forms = [
            None if value is None else unicodedata.normalize(("NFC", "NFD")[row % 2], value)
            for row, value in enumerate(predictions[name].to_pylist())
        ]
        place = odd.schema.get_field_index(name)
        odd = odd.set_column(place, odd.schema.field(name), pa.array(forms))
    assert not odd.equals(predictions)
    assert af.figures(odd, draws=99).equals(af.figures(predictions, draws=99))


@pytest.mark.parametrize(
    "pair",
    [
        ("c1", "C1"),
        ("c1", "c01"),
        ("7", "7.0"),
        ("c_1", "c1"),
        ("c-1", "C_01"),
        ("Stra\u00dfe", "STRASSE"),
    ],
)
def test_groups_that_differ_in_spelling_are_told(pair):
    groups = [*pair, *"abcdefgh"]
    message = (
        r"`groups` holds 2 labels that differ from another only in case, blanks, hyphens, lead"
    )
    with pytest.warns(af.AllianceWarning, match=message):
        af.make_folds(np.arange(10.0), groups, n_folds=2)
    table = {"session_id": [f"s{n}" for n in range(10)], "client__words_n": np.arange(10.0)}
    matrix = af.SessionMatrix.from_table(pa.table(table))
    y = {"bond": np.arange(10.0) % 4}
    with pytest.warns(af.AllianceWarning, match=message):
        af.cross_validate(matrix, y, groups, n_folds=2, models=["training_mean"])


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Return a folder with 24 synthetic sessions of 6 clients and their ratings."""
    folder = tmp_path_factory.mktemp("made")
    write_simulation(af.simulate(6, 24, n_turns=12), folder)
    return folder


def _respelled(made, folder, change):
    """Write the simulated sessions with changed ids, the ratings as they are."""
    lines = (made / "sessions.jsonl").read_text(encoding="utf-8").splitlines()
    records = [change(n, json.loads(line)) for n, line in enumerate(lines)]
    path = folder / "sessions.jsonl"
    path.write_text("\n".join(map(json.dumps, records)), encoding="utf-8")
    return path


def test_evaluate_and_train_tell_clients_and_sessions_by_spelling(run, made, tmp_path):
    def change(n, record):
        if n % 4 == 0:
            record["session_id"] = record["session_id"].upper()
        return record

    path = _respelled(made, tmp_path, change)
    common = (path, made / "ratings.csv", "--features", "volume")
    _, out, _ = run("evaluate", *common, "-o", tmp_path / "a", "--models", "length", "--n-folds", 3)
    assert "6 rated sessions without a session have an id that differs from that of one only" in out
    assert "6 rated sessions without" in (tmp_path / "a" / "methods.md").read_text()
    _, out, _ = run("train", *common, "-o", tmp_path / "b")
    assert "6 rated sessions without a session have an id that differs" in out


def test_clients_by_spelling_in_an_evaluation(run, made, tmp_path):
    path = _respelled(
        made,
        tmp_path,
        lambda n, r: {**r, "client_id": (r["client_id"].upper() if n % 2 else r["client_id"])},
    )
    rows = (made / "ratings.csv").read_text().splitlines()
    columns = rows[0].replace('"', "").split(",")
    place = columns.index("client_id")
    bare = [",".join(c for k, c in enumerate(row.split(",")) if k != place) for row in rows]
    (tmp_path / "r.csv").write_text("\n".join(bare))
    common = (path, tmp_path / "r.csv", "--features", "volume", "-o", tmp_path / "a")
    code, out, _ = run("evaluate", *common, "--models", "length", "--n-folds", 3)
    assert code == 0
    assert "clients have an id that differs from another only in case, blanks, hyphens" in out


@pytest.mark.parametrize(
    ("change", "n"),
    [(str.upper, 24), (lambda name: name.replace("-0", "-"), 24), (lambda name: f"{name}.0", 24)],
)
def test_no_match_at_all_names_the_cause(run, made, tmp_path, change, n):
    path = _respelled(made, tmp_path, lambda _, r: {**r, "session_id": change(r["session_id"])})
    hint = rf"; {n} would match if case, blanks, hyphens, leading zeros or `\.0` made no difference"
    common = (path, made / "ratings.csv", "--features", "volume", "-o", tmp_path / "a")
    code, _, err = run("evaluate", *common, "--models", "length", "--n-folds", 3)
    assert code == 2
    assert f"; {n} would match if case, blanks, hyphens, leading zeros or `.0` made" in err
    with pytest.raises(af.ParameterError, match=r"No text belongs to a rated session" + hint):
        words_files(Ratings(path=made / "ratings.csv"), tmp_path / "w", source=Input(paths=[path]))
    table = pa.table(
        {
            "session_id": [s.session_id for s in af.read_sessions(path)],
            "x": np.arange(24.0),
        }
    )
    with pytest.raises(
        af.ParameterError, match=r"`signals` has no row of any of the 24 rated sessions" + hint
    ):
        af.client_courses(made / "ratings.csv", table)
    ratings = af.read_ratings(made / "ratings.csv")
    place = ratings.schema.get_field_index("session_id")
    ids = pa.array([change(name) for name in ratings["session_id"].to_pylist()])
    scores = ratings.set_column(place, ratings.schema.field("session_id"), ids)
    rater = ratings.schema.get_field_index("rater")
    scores = scores.set_column(
        rater, ratings.schema.field("rater"), pa.array(["llm"] * scores.num_rows)
    )
    with pytest.raises(af.ParameterError, match=r"sessions of each: llm 0" + hint):
        af.compare_raters(ratings, scores, rater="client")


def test_a_client_of_two_spellings_in_sessions_and_ratings(made, tmp_path):
    ratings = check_ratings(made / "ratings.csv")
    table = {
        "session_id": [f"synthetic-{n + 1:04d}" for n in range(24)],
        "client_id": ["SYNTHETIC-C001"] * 24,
        "client__words_n": np.arange(24.0),
    }
    matrix = af.SessionMatrix.from_table(pa.table(table))
    with pytest.raises(
        af.ParameterError, match=r"in the ratings, which differ only in case, .*; correct one of th"
    ):
        bring_together(matrix, ratings)


def test_comparison_and_courses_tell_people_by_spelling():
    def rows(rater):
        return [
            {
                "session_id": f"s{row}",
                "client_id": ("c0" if row % 2 else "C0") if row < 4 else f"c{row // 2}",
                "session_number": row % 4 + 1,
                "rater": rater,
                "perspective": rater if rater != "llm" else "observer",
                "dimension": "bond",
                "score": 1.0 + row % 5,
                "scale_min": 1.0,
                "scale_max": 5.0,
            }
            for row in range(24)
        ]

    ratings = pa.Table.from_pylist(rows("client"))
    both = pa.Table.from_pylist(rows("client") + rows("therapist"))
    scores = rows("llm")
    scores[5]["session_id"] = "S05"
    compared = af.compare_raters(ratings, pa.Table.from_pylist(scores), n_folds=2, draws=99)
    assert compared.warnings["similar_client_ids"] == 2
    assert compared.warnings["similar_session_ids"] == 1
    note = "WARNING: 2 clients have an id that differs from another only in case, blanks, hyphens"
    assert any(note in line for line in af.client_courses(ratings).notes)
    assert any(note in line for line in af.rated_alliance(both, mixed=False, draws=99).notes)


def test_folds_of_another_spelling_name_the_cause():
    folds = af.make_folds(np.arange(4.0), list("abcd"), session_ids=list("stuv"), n_folds=2)
    with pytest.raises(af.ParameterError, match=r"the first 'S'; 4 would match if case, blanks"):
        folds.select(list("STUV"), list("abcd"))
