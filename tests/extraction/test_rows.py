"""Rows one at a time are the rows of the tables; what can be kept is made once."""

import gc
from concurrent.futures import ThreadPoolExecutor

import pytest

import alliance_features as af
from alliance_features.extraction import extractor as module
from alliance_features.extraction.extractor import SESSION_KEYS, TURN_KEYS, Recipe, Rows
from alliance_features.text import vectors as vectors_module

TABLES = {"session": af.extract, "turn": af.extract_turns}
FEW = ["client__words_n", "therapist__i_rate", "dyad__nclid__anchor_client"]


@pytest.fixture
def dictionary(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text('[categories]\nfeeling = ["feel*", "sad"]\n', encoding="utf-8")
    return path


@pytest.mark.parametrize("level", TABLES)
@pytest.mark.parametrize(("features", "n"), [("core", 3), ("all", 1)])
def test_rows_are_those_of_the_table(example_sessions, level, features, n):
    sessions = example_sessions[4 : 4 + n]
    rows = list(af.iter_features(iter(sessions), features=features, level=level))
    table = TABLES[level](sessions, features=features)
    assert rows == table.to_pylist()
    assert all(list(row) == table.column_names for row in rows)
    for name in table.column_names:
        kinds = {type(row[name]) for row in rows} - {type(None)}
        assert kinds <= {str, int, float}, name
        assert len(kinds) <= 1, name


def test_options_are_those_of_the_table(example_sessions, dictionary):
    drawn = "dyad__uclid__anchor_client__surrogate_shuffle__z"
    options = {"features": [drawn], "seed": 7, "categories": dictionary}
    sessions = example_sessions[:2]
    rows = list(af.iter_features(sessions, **options))
    assert rows == af.extract(sessions, **options).to_pylist()
    assert "client__category_rate__user_feeling" in rows[0]
    other = list(af.iter_features(sessions, **{**options, "seed": 8}))
    assert [row[drawn] for row in rows] != [row[drawn] for row in other]


def test_one_session_and_none(make_session):
    (row,) = af.iter_features(make_session("I do."), features=FEW)
    assert list(row) == [*SESSION_KEYS, *af.list_features(FEW)]
    assert row["client__words_n"] == 2
    assert row["therapist__i_rate"] is None
    assert list(af.iter_features([], features=FEW)) == []
    silent = af.Session(session_id="a", language="en", turns=[])
    assert list(af.iter_features(silent, level="turn")) == []
    (turn,) = af.iter_features(make_session("I do."), level="turn", features="i_n")
    assert list(turn) == [*TURN_KEYS, "i_n"]
    assert turn["i_n"] == 1


def test_a_session_is_read_when_its_row_is_asked_for(example_sessions):
    read = []

    def sessions():
        for session in example_sessions:
            read.append(session.session_id)
            yield session

    rows = af.iter_features(sessions(), features=FEW)
    assert read == []
    assert next(rows)["session_id"] == read[-1]
    assert next(rows)["session_id"] == read[-1]
    assert read == [session.session_id for session in example_sessions[:2]]
    rows.close()
    assert len(read) == 2


def test_no_more_than_a_session_is_held(example_sessions):
    record = example_sessions[0].to_dict()
    before = sum(type(one) is af.Session for one in gc.get_objects())
    most = 0
    sessions = (af.Session.from_dict({**record, "session_id": f"s{n}"}) for n in range(40))
    for place, _ in enumerate(af.iter_features(sessions, features="volume")):
        if place in (9, 39):
            gc.collect()
            alive = sum(type(one) is af.Session for one in gc.get_objects())
            most = max(most, alive - before)
    assert most <= 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"sessions": "sessions.jsonl"}, "`sessions` is str; it must be sessions"),
        ({"sessions": 3}, "`sessions` is int; it must be sessions"),
        ({"features": "voume"}, "`features` names 'voume'.* Is `volume` meant"),
        ({"features": 3}, "`features` is int; it must be a name or a list of names"),
        ({"features": [["core"]]}, "`features` names .*which is no set"),
        ({"level": "word"}, '`level` is \'word\'; it must be one of "session", "turn"'),
        ({"seed": -1}, "`seed` is -1; it must be a whole number >= 0"),
        ({"vectors": 3}, "`vectors` is int; it must be None, a path"),
        ({"level": "turn", "categories": "x.toml"}, "`categories` has features of sessions only"),
    ],
)
def test_arguments_are_checked_at_once(arguments, message):
    given = {"sessions": [], **arguments}
    with pytest.raises(af.ParameterError, match=message):
        af.iter_features(given.pop("sessions"), **given)


def test_what_is_no_session_is_refused_in_its_turn(example_sessions):
    rows = af.iter_features([example_sessions[0], {"session_id": "x"}], features=FEW)
    assert next(rows)["session_id"] == example_sessions[0].session_id
    with pytest.raises(af.ParameterError, match="`sessions` holds dict; it must hold sessions"):
        next(rows)
    with pytest.raises(af.ResourceError, match="there is no such vectors file"):
        af.iter_features([], vectors="none.bin")


# Made once a process


def test_vectors_names_and_schemas_are_made_once(example_sessions, tmp_path, monkeypatch):
    path = tmp_path / "v.txt"
    path.write_text("i 1 0\nyou 0 1\nknow 1 1\n", encoding="utf-8")
    calls = []

    def counted(owner, name):
        original = getattr(owner, name)

        def function(*arguments):
            calls.append(name)
            return original(*arguments)

        monkeypatch.setattr(owner, name, function)

    counted(vectors_module, "read_content")
    counted(module, "select_by_level")
    counted(module, "schema")
    module._registered.cache_clear()
    vectors_module._load_file.cache_clear()
    for names in (FEW, tuple(FEW), iter(FEW)):
        af.extract(example_sessions[0], features=names, vectors=path)
    assert calls == ["select_by_level", "read_content", "schema"]
    path.write_text("i 1 0\nyou 0 1\nknow 1 1\nso 1 2\n", encoding="utf-8")
    af.extract(example_sessions[0], features=FEW, vectors=path)
    assert calls[3:] == ["read_content"]  # the file changed, the features did not
    module._registered.cache_clear()
    vectors_module._load_file.cache_clear()


def test_what_is_kept_is_not_shared():
    first, second = Recipe(features=FEW).extractor(), Recipe(features=FEW).extractor()
    first.specs["session"].clear()
    assert [spec.name for spec in second.specs["session"]] == af.list_features(FEW)
    assert [
        spec.name for spec in Recipe(features=FEW).extractor().specs["session"]
    ] == af.list_features(FEW)


def test_a_dictionary_that_changes_is_read_again(example_sessions, dictionary):
    before = af.extract(example_sessions[0], features="categories", categories=dictionary)
    dictionary.write_text('[categories]\nother = ["sad"]\n', encoding="utf-8")
    after = af.extract(example_sessions[0], features="categories", categories=dictionary)
    assert len(before.column_names) == len(after.column_names)
    assert "therapist__category_rate__user_other" in after.column_names
    assert "therapist__category_rate__user_other" not in before.column_names


def test_threads_give_the_same_rows(example_sessions):
    sessions = example_sessions[:3]
    expected = [af.extract(session) for session in sessions] * 2
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(af.extract, sessions * 2))
    assert found == expected


def test_an_extractor_measures_as_it_adds(example_sessions):
    extractor = Recipe(features=FEW, seed=5).extractor()
    measured = extractor.measure(example_sessions[0])
    assert (measured.session, measured.seed) == (example_sessions[0], 5)
    assert measured.reach == extractor.reach
    rows = Rows()
    extractor.add(example_sessions[0], rows)
    found = dict(zip(extractor.columns("session"), rows.sessions[0], strict=True))
    assert found["client__words_n"] == measured.total(measured.words, "client")
    with pytest.raises(af.ParameterError, match="`sessions` holds int; it must hold sessions"):
        extractor.measure(3)
