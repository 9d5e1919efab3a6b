"""Categories of a user's dictionary as signals: read from the folder that `extract` wrote."""

import json

import numpy as np
import pyarrow.parquet as pq
import pytest

import alliance_features as af
from alliance_features.commands.simulate import write_simulation
from alliance_features.errors import ParameterError
from alliance_features.model.corpus import read_corpus
from alliance_features.transcript.source import Input
from into_folder import extract_into

RATE = "own__therapist__category_rate__user_feelings"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Return a folder with 24 synthetic sessions of 6 clients, ratings and two dictionaries."""
    folder = tmp_path_factory.mktemp("made")
    write_simulation(af.simulate(6, 24, n_turns=12), folder)
    (folder / "one.toml").write_text('[categories]\nfeelings = ["feel*", "good", "know"]\n')
    (folder / "two.toml").write_text('[categories]\nfeelings = ["think", "you"]\n')
    return folder


@pytest.fixture(scope="module")
def tables(made):
    """Return folders that `extract` wrote with two dictionaries of one category."""
    for name in ("one", "two"):
        extract_into(
            Input(paths=[made / "sessions.jsonl"]),
            made / f"table-{name}",
            features=["volume"],
            categories=made / f"{name}.toml",
        )
    return made / "table-one", made / "table-two"


def source(path):
    return Input(paths=[path])


@pytest.mark.parametrize("features", [None, ["volume"], ["client__words_n"]])
def test_categories_that_are_not_named_are_not_looked_at(tables, features):
    found = read_corpus(source(tables[0]), features=features)
    assert not any("user_" in name for name in found.matrix.names)
    assert "client__words_n" in found.matrix.names
    assert "dictionary" not in found.extraction
    assert set(found.extraction["features"]) == set(found.matrix.names)


@pytest.mark.parametrize("features", [["categories"], ["volume", "categories"]])
def test_categories_are_signals_when_named(tables, features):
    found = read_corpus(source(tables[0]), features=features)
    table = pq.read_table(tables[0] / "sessions")
    values = table[RATE.removeprefix("own__")].to_pylist()
    place = found.matrix.names.index(RATE)
    np.testing.assert_array_equal(
        found.matrix.signals[:, place], np.array(values, dtype=np.float64)
    )
    assert ("client__words_n" in found.matrix.names) == ("volume" in features)
    field = table.schema.field(RATE.removeprefix("own__"))
    assert found.extraction["dictionary"].encode() == field.metadata[b"dictionary"]


def test_a_version_of_a_feature_that_is_not_named_does_not_matter(made, tables, tmp_path):
    folder = tmp_path / "older"
    (folder / "sessions").mkdir(parents=True)
    for name in ("manifest.json", "sessions/part-00000.parquet"):
        (folder / name).write_bytes((tables[0] / name).read_bytes())
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["features"]["session"]["client__words_n"] = 99
    (folder / "manifest.json").write_text(json.dumps(manifest))
    assert len(read_corpus(source(folder), features=["dyad__turns_n"]).matrix) == 24
    with pytest.raises(ParameterError, match="`client__words_n` has version 99 there"):
        read_corpus(source(folder), features=["volume"])


def test_categories_that_are_not_there_are_told(run, made, tables, tmp_path):
    out = tmp_path / "out"
    base = (made / "ratings.csv", "-o", out, "--features", "categories")
    code, _, err = run("evaluate", made / "sessions.jsonl", *base)
    assert (code, "`extract --categories FILE` first" in err) == (2, True)
    run("extract", made / "sessions.jsonl", "-o", tmp_path / "plain", "--features", "volume")
    code, _, err = run("evaluate", tmp_path / "plain", *base)
    assert (code, "plain holds none; extract the sessions with --categories" in err) == (2, True)
    assert not out.exists()


def test_a_model_of_categories_goes_with_its_dictionary(run, made, tables, tmp_path):
    rated = made / "ratings.csv"
    code, _, err = run(
        *("evaluate", tables[0], rated, "-o", tmp_path / "ev", "--n-folds", 3),
        *("--features", "volume,categories", "--models", "signals_therapist"),
    )
    assert (code, err) == (0, "")
    code, _, err = run(
        *("train", tables[0], rated, "-o", tmp_path / "model", "--features", "categories")
    )
    assert (code, err) == (0, "")
    card = json.loads((tmp_path / "model" / "model.json").read_text())
    assert RATE in [one["name"] for one in card["features"]]
    assert len(card["training"]["dictionary"]) == 64
    predict = ("predict", "--model", tmp_path / "model", "-o", tmp_path / "p")
    assert run(*predict, tables[0])[0] == 0
    code, _, err = run(*predict, tables[1], "--overwrite")
    assert (code, "categories are of another dictionary than the model's" in err) == (2, True)
    code, _, err = run(*predict, made / "sessions.jsonl", "--overwrite")
    assert (code, "`extract --categories FILE` first" in err) == (2, True)
