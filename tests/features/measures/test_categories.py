"""A user's own dictionary: reading it, its features, and where its hash stands."""

import hashlib
import json
import math

import numpy as np
import pyarrow.parquet as pq
import pytest

import alliance_features as af
import naive
import naive_style
from alliance_features.extraction.extractor import SESSION_KEYS
from alliance_features.features.measures.categories import Categories, load_categories
from alliance_features.text.forms import Form
from alliance_features.transcript.source import Input
from into_folder import extract_into

TOML = """\
language = "en"
[categories]
feeling = ["Happy", "sad", "feel*", "it"]
change_talk = ["want", "chang*", "not", "don\u2019t"]
"""
DIC = """\
%
1\tPosEmo (Positive Emotion)
22\tnegate
%
happy\t1
no*\t22
nothanks\t1\t22
like (02 134)125/464 1
kind of\t1
"""
WORDS = {
    "feeling": ["happy", "sad", "feel*", "it"],
    "change_talk": ["want", "chang*", "not", "don't"],
}


@pytest.fixture(scope="module")
def dictionary(tmp_path_factory):
    path = tmp_path_factory.mktemp("lists") / "own.toml"
    path.write_text(TOML, encoding="utf-8")
    return path


# Reading


def members(categories, word, *parts):
    found = categories.member(Form(word, 0, parts or (word,)))
    return [name for name, yes in zip(categories.names, found, strict=True) if yes]


def test_toml(dictionary):
    categories = load_categories(dictionary)
    assert categories.names == ("feeling", "change_talk")
    assert (categories.language, categories.left_out) == ("en", 0)
    assert categories.sha256 == hashlib.sha256(dictionary.read_bytes()).hexdigest()
    assert repr(categories) == "Categories('own.toml', 2 categories)"
    assert members(categories, "happy") == ["feeling"]
    assert members(categories, "unhappy") == members(categories, "fee") == []
    assert members(categories, "feel") == members(categories, "feelings") == ["feeling"]
    # A contraction by itself or by a part, a hyphenated word by a part.
    assert members(categories, "don't", "do", "not") == ["change_talk"]
    assert members(categories, "can't", "can", "not") == ["change_talk"]
    assert members(categories, "sad-looking", "sad", "looking") == ["feeling"]
    assert load_categories(categories) is categories
    assert load_categories(None) is None


def test_liwc_format(tmp_path):
    path = tmp_path / "own.DIC"
    path.write_text(DIC, encoding="utf-8-sig")
    with pytest.warns(af.AllianceWarning, match=r"own.DIC: 2 entries of several words or with"):
        categories = load_categories(str(path))
    assert categories.names == ("posemo", "negate")
    assert (categories.language, categories.left_out) == (None, 2)
    assert members(categories, "happy") == ["posemo"]
    assert members(categories, "nothing") == ["negate"]
    assert members(categories, "nothanks") == ["posemo", "negate"]
    assert members(categories, "like") == members(categories, "kind") == []


MALFORMED = [
    ("own.toml", "[categories]\nzebra = 1 2", r"own.toml, line 2: this is not well-formed TOML"),
    ("own.toml", "[categories]\nzebra = [", r"own.toml: this is not well-formed TOML"),
    ("own.toml", "[categories]\n", "the file names no category"),
    ("own.toml", "zebra = 1\n", "only `language` and the table `categories` may stand in it"),
    ("own.toml", 'language = "English"\n', "`language` must be a primary language code such as"),
    ("own.toml", "categories = 3\n", "`categories` must be a table of lists of words"),
    ("own.toml", '[categories]\na = ["b"]\nZebra = ["c"]', "category 2 has no proper name; a name"),
    ("own.toml", '[categories]\na__b = ["c"]', "category 1 has no proper name"),
    ("own.toml", "[categories]\na = []", "category a must be a list of at least one word"),
    ("own.toml", '[categories]\na = "zebra"', "category a must be a list of at least one word"),
    ("own.toml", '[categories]\na = ["b", "ze bra"]', "entry 2 of category a must be one word"),
    ("own.toml", '[categories]\na = ["ze*bra"]', "entry 1 of category a must be one word"),
    ("own.toml", '[categories]\na = ["*"]', "entry 1 of category a must be one word"),
    ("own.toml", "[categories]\na = [3]", "entry 1 of category a must be one word"),
    ("own.dic", "zebra\t1\n", "the categories must stand between two lines of a lone %"),
    ("own.dic", "%\n1 a\n%\nzebra 2\n", "own.dic, line 4: there must be a word, or a stem"),
    ("own.dic", "%\n1 a\n%\nzebra\n", "own.dic, line 4: there must be a word"),
    ("own.dic", "%\n1 a\n%\nze*bra 1\n", "own.dic, line 4: there must be a word"),
    ("own.dic", "%\nzebra\n%\n", "own.dic, line 2: there must be a number and the name"),
    ("own.dic", "%\n1 a\n1 b\n%\n", "own.dic, line 3: the number or name stands there twice"),
    ("own.dic", "%\n1 a\n2 A\n%\n", "own.dic, line 3: the number or name stands there twice"),
    ("own.dic", "%\n%\n", "the file names no category"),
    ("own.txt", "zebra", "a dictionary must be a .toml or a LIWC .dic file"),
]


@pytest.mark.parametrize(("name", "content", "message"), MALFORMED)
def test_malformed_files(name, content, message, tmp_path):
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    with pytest.raises(af.ResourceError, match=message) as caught:
        load_categories(path)
    assert "ebra" not in str(caught.value)
    assert caught.value.__context__ is None


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(af.ResourceError, match="there is no such dictionary file"):
        load_categories(tmp_path / "none.toml")
    (tmp_path / "old.dic").write_bytes(b"%\n1 a\n%\ncaf\xe9 1\n")
    with pytest.raises(af.ResourceError, match="the file is not UTF-8; save it as UTF-8") as caught:
        load_categories(tmp_path / "old.dic")
    assert caught.value.__context__ is None
    with pytest.raises(af.ParameterError, match="`categories` is int; it must be None or the path"):
        af.extract([], categories=3)


# Features


def test_by_hand(make_session, measure, tmp_path):
    path = tmp_path / "own.toml"
    path.write_text('[categories]\nfeeling = ["happy", "feel*"]\n', encoding="utf-8")
    session = make_session(*["i feel happy today", "are you happy now"] * 13)
    (row,) = af.extract(session, features="categories", categories=path).to_pylist()
    assert row["client__category_rate__user_feeling"] == 50.0
    assert row["therapist__category_rate__user_feeling"] == 25.0
    match = 1 - 25 / 75.0001
    assert math.isclose(row["dyad__lsm__user_feeling"], match, rel_tol=1e-12)
    for role in naive.ROLES:
        found = row[f"dyad__rlsm__responder_{role}__user_feeling"]
        assert math.isclose(found, match, rel_tol=1e-12)
        assert row[f"dyad__coordination__responder_{role}__user_feeling"] == 0.0
        assert row[f"dyad__swam__responder_{role}__user_feeling"] is None


def test_match_naive(example_sessions, lists, dictionary):
    table = af.extract(example_sessions, features="categories", categories=dictionary)
    assert len(table.column_names) == len(SESSION_KEYS) + 2 * 9
    for session, row in zip(example_sessions, table.to_pylist(), strict=True):
        turns = [(turn.role, turn.text) for turn in session.turns]
        expected = naive_style.user_session(turns, lists, WORDS)
        assert set(expected) == set(row) - set(SESSION_KEYS)
        for name, value in expected.items():
            if row[name] is not None:
                np.testing.assert_allclose(row[name], value, rtol=1e-11, atol=1e-12, err_msg=name)
            elif "category_rate" not in name:
                assert math.isnan(value), name
    assert all(column.null_count < len(example_sessions) for column in table.columns[5:])


def test_only_with_a_dictionary(example_sessions, dictionary):
    session = example_sessions[0]
    plain = af.extract(session)
    table = af.extract(session, categories=dictionary)
    assert table.column_names[: plain.num_columns] == plain.column_names
    added = table.column_names[plain.num_columns :]
    assert len(added) == 18
    assert not set(added) & set(af.list_features())
    assert table.select(plain.column_names).equals(plain)
    with pytest.raises(
        af.ParameterError, match="`features` names 'categories', which is not a set"
    ):
        af.extract(session, features="categories")
    alone = af.extract(session, features=added[0], categories=dictionary)
    assert alone.column_names == [*SESSION_KEYS, *added]
    for name in added:
        metadata = table.schema.field(name).metadata
        assert metadata[b"dictionary"].decode() == load_categories(dictionary).sha256
        assert name.split("__")[-1] in ("user_feeling", "user_change_talk")
    assert b"dictionary" not in table.schema.field("dyad__lsm").metadata


def test_codes(make_session, dictionary):
    from alliance_features.extraction.extractor import Recipe, Rows

    extractor = Recipe(features="categories", categories=dictionary).extractor()
    codes = []
    for fields in ({"language": "de"}, {"language": "ja"}, {}):
        rows = Rows()
        extractor.add(make_session("i feel", **fields), rows)
        codes.append({code for *_, code in rows.nulls})
    assert codes == [{"not_in_language"}, {"no_lexicon"}, {"few_words", "few_turns"}]


def test_in_a_pipeline(example_sessions, dictionary):
    import pickle

    made = af.SessionFeatures(features="categories", categories=dictionary)
    matrix = made.fit_transform(example_sessions)
    assert matrix.shape == (len(example_sessions), 18)
    again = pickle.loads(pickle.dumps(made)).transform(example_sessions)
    np.testing.assert_array_equal(again, matrix)


# Files


def test_manifest_and_metadata(tmp_path, examples_path, dictionary):
    source = Input(paths=[examples_path / "sessions.jsonl"])
    extract_into(source, tmp_path / "out", features="volume", categories=dictionary)
    manifest = json.loads((tmp_path / "out/manifest.json").read_text(encoding="utf-8"))
    sha256 = hashlib.sha256(dictionary.read_bytes()).hexdigest()
    assert manifest["categories"] == {
        "name": "own.toml",
        "sha256": sha256,
        "language": "en",
        "categories": 2,
        "left_out": 0,
    }
    assert "dyad__lsm__user_feeling" in manifest["features"]["session"]
    schema = pq.read_schema(tmp_path / "out/sessions/part-00000.parquet")
    metadata = schema.field("dyad__lsm__user_feeling").metadata
    assert metadata[b"dictionary"].decode() == sha256
    extract_into(source, tmp_path / "plain", features="volume")
    manifest = json.loads((tmp_path / "plain/manifest.json").read_text(encoding="utf-8"))
    assert manifest["categories"] is None


def test_command_line(run, tmp_path, examples_path, dictionary):
    arguments = ("extract", examples_path / "sessions.jsonl", "-o", tmp_path / "out")
    code, _, errors = run(*arguments, "--features", "categories", "--categories", dictionary)
    assert (code, errors) == (0, "")
    names = pq.read_schema(tmp_path / "out/sessions/part-00000.parquet").names
    assert len(names) == len(SESSION_KEYS) + 18


def test_a_category_may_be_named_like_a_feature(make_session):
    categories = Categories(("article", "i"), {"the": (0,), "i": (1,)}, {}, (), "own", "0" * 64)
    session = make_session(*["the dog", "i see the dog"] * 5)
    row = af.extract(session, features=["style"], categories=categories).to_pylist()[0]
    assert row["dyad__lsm__user_article"] == row["dyad__lsm__category_article"]
    assert len(row) == len(SESSION_KEYS) + len(af.list_features("style")) + 18
