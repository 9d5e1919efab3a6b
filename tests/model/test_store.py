"""A model on disk: bit for bit, without words, and refused when anything changed."""

import functools
import json
import os
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

import alliance_features as af
from alliance_features.features import registry
from alliance_features.model import store
from alliance_features.model import store as loading
from alliance_features.model.store import seal
from model_corpus import corpus, matrix, model


@pytest.fixture(autouse=True)
def hash_key(monkeypatch):
    monkeypatch.setenv("ALLIANCE_FEATURES_HASH_KEY", "0123456789abcdef")


@functools.cache
def fitted(inputs="signals"):
    return model(inputs).fit(matrix(), corpus()[1])


def _save(path, inputs="signals", **options):
    fitted(inputs).save(path / "m", with_vocabulary=inputs != "signals", **options)
    return path / "m"


@pytest.mark.parametrize("inputs", ["signals", "words", "both"])
def test_predictions_are_the_same_to_the_last_bit(tmp_path, inputs):
    folder = _save(tmp_path, inputs)
    again = af.AllianceRegressor.load(folder)
    one, two = fitted(inputs).explain(matrix()), again.explain(matrix())
    np.testing.assert_array_equal(one.contributions, two.contributions)
    np.testing.assert_array_equal(one.predictions, two.predictions)
    np.testing.assert_array_equal(again.predict(corpus()[0][:2]), one.predictions[:2])
    assert again.get_params() == fitted(inputs).get_params()
    again.save(tmp_path / "again", with_vocabulary=True)
    for path in folder.iterdir():
        assert path.read_bytes() == (tmp_path / "again" / path.name).read_bytes()


def test_the_card(tmp_path):
    scores = {"pearson": np.float64(0.4), "by_fold": np.array([0.5, np.nan])}
    folder = _save(tmp_path, scores=scores, folds={"n_folds": 5})
    card = json.loads((folder / "model.json").read_text())
    names = [one["name"] for one in card["features"]]
    assert names == list(fitted().feature_names_in_)
    assert all(
        one["version"] == af.describe_feature(one["name"]).version for one in card["features"]
    )
    assert card["vectors"] == af.load_vectors(None).sha256
    assert list(card["lexicons"]) == card["languages"] == ["en"]
    assert card["training"]["n_sessions"] == 48
    assert card["training"]["n_rated"] == {"goal": 47, "bond": 48}
    assert card["scores"] == {"pearson": 0.4, "by_fold": [0.5, None]}
    assert card["folds"] == {"n_folds": 5}
    assert card["warnings"] == []
    assert "does not rank therapists" in " ".join(card["limits"])
    assert set(card["files"]) == {"parts.json", "trees-0.ubj", "trees-1.ubj"}


def test_the_card_warns_of_monotone_constraints(tmp_path):
    model(monotone=True).fit(matrix(), corpus()[1]).save(tmp_path / "m")
    card = json.loads((tmp_path / "m" / "model.json").read_text())
    assert "circular" in card["warnings"][0]


def test_the_training_hash_is_keyed(tmp_path, monkeypatch):
    result = []
    for key in ("0123456789abcdef", "fedcba9876543210"):
        monkeypatch.setenv("ALLIANCE_FEATURES_HASH_KEY", key)
        fitted().save(tmp_path / key)
        result.append(json.loads((tmp_path / key / "model.json").read_text())["training"])
    assert result[0]["hash"] != result[1]["hash"]
    assert all("sha256" not in one for one in result)
    other = model().fit(matrix(), {"goal": corpus()[1]["bond"], "bond": corpus()[1]["bond"]})
    assert other.training_["sha256"] != fitted().training_["sha256"]


@pytest.mark.parametrize("inputs", ["words", "both"])
def test_a_vocabulary_is_stored_only_when_asked_for(tmp_path, inputs):
    with pytest.raises(af.ParameterError, match=r"with_vocabulary=True \(--with-vocabulary\)"):
        fitted(inputs).save(tmp_path / "m")
    assert not (tmp_path / "m").exists()


def test_no_word_of_the_corpus_is_stored(tmp_path):
    folder = _save(tmp_path)
    content = b" ".join(path.read_bytes() for path in folder.iterdir())
    assert b"family" not in content
    assert {path.suffix for path in folder.iterdir()} == {".json", ".ubj"}


@pytest.mark.parametrize("name", ["parts.json", "trees-1.ubj", "words.json"])
def test_tampered_truncated_and_missing_parts_are_refused(tmp_path, name):
    path = _save(tmp_path, "both") / name
    content = path.read_bytes()
    for changed, message in (
        (content[:-1], rf"{name}: {len(content) - 1} bytes, saved with {len(content)}"),
        (bytes([content[0] ^ 1]) + content[1:], rf"{name}: its SHA-256 is not that of the card"),
    ):
        path.write_bytes(changed)
        with pytest.raises(af.ResourceError, match=message):
            af.AllianceRegressor.load(path.parent)
    path.unlink()
    with pytest.raises(af.ResourceError, match=rf"{name}: a part of the model cannot be read"):
        af.AllianceRegressor.load(path.parent)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda text: text[:-20], r"damaged: it is not well-formed JSON"),
        (lambda text: "[]", r"this is not the card of a model"),
        (lambda text: text.replace('"max_depth": 3', '"max_depth": 4'), r"the card was changed"),
        (lambda text: text.replace('"format": 1', '"format": 2'), r"format 2; this version reads"),
    ],
)
def test_a_changed_card_is_refused(tmp_path, change, message):
    path = _save(tmp_path) / "model.json"
    path.write_text(change(path.read_text()))
    with pytest.raises(af.ResourceError, match=message):
        af.AllianceRegressor.load(path.parent)


def test_no_model_there(tmp_path):
    with pytest.raises(af.ResourceError, match=r"there is no model card \(No such file"):
        af.AllianceRegressor.load(tmp_path)


def test_other_feature_versions_are_refused(tmp_path, monkeypatch):
    folder = _save(tmp_path)
    key = ("session", "client__words_n")
    newer = replace(registry._BY_NAME[key], version=99)
    monkeypatch.setitem(registry._BY_NAME, key, newer)
    with pytest.raises(af.ResourceError, match=r"client__words_n has version 99, the model 2"):
        af.AllianceRegressor.load(folder)


def test_features_that_are_gone_are_refused(tmp_path, monkeypatch):
    folder = _save(tmp_path)
    known = [name for name in af.list_features() if name != "client__words_n"]
    monkeypatch.setattr(loading, "list_features", lambda which: known)
    with pytest.raises(af.ResourceError, match=r"client__words_n does not exist"):
        af.AllianceRegressor.load(folder)


def test_other_vectors_are_refused(tmp_path):
    vectors = replace(af.load_vectors(None), name="others", sha256="0" * 64)
    with pytest.raises(af.ResourceError, match=r"`vectors` is others \(000000000000\.\.\.\)"):
        af.AllianceRegressor.load(_save(tmp_path), vectors=vectors)


def test_other_word_lists_are_refused(tmp_path):
    path = _save(tmp_path) / "model.json"
    card = json.loads(path.read_text())
    card["lexicons"]["en"] = "0" * 64
    path.write_text(json.dumps({**card, "sha256": seal(card)}))
    with pytest.raises(af.ResourceError, match=r"word lists of language en are not those"):
        af.AllianceRegressor.load(path.parent)


def test_a_folder_is_not_written_over(tmp_path):
    folder = _save(tmp_path)
    with pytest.raises(af.ParameterError, match=r"which holds a model; name another"):
        _save(tmp_path)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "notes.txt").touch()
    with pytest.raises(af.ParameterError, match=r"which holds other things"):
        fitted().save(tmp_path / "other", overwrite=True)
    fitted("words").save(folder, with_vocabulary=True, overwrite=True)
    assert not (folder / "trees-0.ubj").exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["m", "other"]


def test_a_save_that_fails_leaves_the_older_model(tmp_path, monkeypatch):
    folder = _save(tmp_path)
    before = (folder / "model.json").read_bytes()
    replace_once = os.replace

    def fail(source, target):
        if str(source).endswith(".partial"):
            raise OSError(28, "No space left on device")
        replace_once(source, target)

    monkeypatch.setattr(store.os, "replace", fail)
    with pytest.raises(af.ResourceError, match=r"cannot be written \(No space left on device\)"):
        fitted().save(folder, overwrite=True)
    assert (folder / "model.json").read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["m"]


def test_a_model_of_an_array(tmp_path):
    ours = model(bounds=None).fit(matrix().signals, corpus()[1]["bond"])
    ours.save(tmp_path / "m")
    again = af.AllianceRegressor.load(tmp_path / "m")
    expected = ours.predict(matrix().signals)
    np.testing.assert_array_equal(again.predict(matrix().signals), expected)
    assert expected.shape == (48,)


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_one_half_alone_and_columns_of_the_user(tmp_path, share):
    table = af.extract(corpus()[0], features="volume")
    table = table.append_column("own__mood", pa.array(np.arange(48.0)))
    ours = model(linear_share=share, random_state=np.random.RandomState(3), features="volume")
    ours.fit(table, corpus()[1]).save(tmp_path / "m")
    again = af.AllianceRegressor.load(tmp_path / "m")
    np.testing.assert_array_equal(again.predict(table), ours.predict(table))
    assert again.random_state is None
    card = json.loads((tmp_path / "m" / "model.json").read_text())
    assert "`random_state` was not a whole number" in card["warnings"][0]
    assert (tmp_path / "m" / "trees-0.ubj").exists() == (share == 0.0)


def test_the_card_warns_of_near_leakage(tmp_path):
    name = next(n for n in af.list_features() if "near_leakage" in af.describe_feature(n).sets)
    table = pa.table({name: np.arange(48.0)})
    model(features=[name]).fit(table, corpus()[1]).save(tmp_path / "m")
    card = json.loads((tmp_path / "m" / "model.json").read_text())
    assert "near leakage" in card["warnings"][0]
    assert list(card["lexicons"]) == sorted(card["lexicons"])  # all, since no language is known
    assert len(card["lexicons"]) > 1
