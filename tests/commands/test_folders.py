"""What `evaluate`, `train` and `predict` check first, say of ratings, and leave behind."""

import json

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

import alliance_features as af
from alliance_features.commands import evaluate
from alliance_features.commands.evaluate import Plan
from alliance_features.commands.predict import predict_files
from alliance_features.commands.simulate import write_simulation
from alliance_features.commands.train import train_files
from alliance_features.errors import ParameterError, ResourceError, TranscriptError
from alliance_features.evaluation.folds import check_n_folds
from alliance_features.evaluation.rated_sessions import Ratings
from alliance_features.model.corpus import read_corpus
from alliance_features.model.session_matrix import SessionMatrix
from alliance_features.raters.ratings import check_ratings
from alliance_features.transcript.source import Input


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Return a folder with 24 synthetic sessions of 6 clients, and ratings."""
    folder = tmp_path_factory.mktemp("made")
    write_simulation(af.simulate(6, 24, n_turns=12), folder)
    return folder


def source(path):
    return Input(paths=[path])


def ratings(made, **options):
    return Ratings(path=made / "ratings.csv", **options)


# Whose ratings


def test_card_and_predictions_say_whose_ratings_they_are(run, made, tmp_path):
    told = af.read_ratings(made / "ratings.csv")
    assert set(told["perspective"].to_pylist()) == {"client"}
    (instrument,) = set(told["instrument"].to_pylist())
    model, out = tmp_path / "model", tmp_path / "out"
    sessions = made / "sessions.jsonl"
    code, shown, _ = run(
        "train", sessions, made / "ratings.csv", "-o", model, "--features", "volume"
    )
    assert (code, "24 sessions are synthetic" in shown) == (0, True)
    training = json.loads((model / "model.json").read_text())["training"]
    assert (training["perspective"], training["instrument"]) == ("client", instrument)
    assert training["synthetic"] is True
    code, _, _ = run(
        "predict", sessions, "--model", model, "-o", out, "--explain", "--format", "csv"
    )
    table = af.read_ratings(out / "predictions.parquet")
    assert set(table["perspective"].to_pylist()) == {"client"}
    assert set(table["instrument"].to_pylist()) == {instrument}
    assert set(table["rater"].to_pylist()) == {"alliance_features"}
    written = pq.read_table(out / "contributions.parquet")
    again = pa.csv.read_csv(out / "contributions.csv")
    assert again.column_names == written.column_names
    np.testing.assert_allclose(again["contribution"], written["contribution"], rtol=1e-12)


def test_ratings_of_two_perspectives_say_neither(made, tmp_path):
    rows = af.read_ratings(made / "ratings.csv").to_pylist()
    for row in rows:
        row["perspective"] = ("client", "therapist")[int(row["session_id"][-1]) % 2]
        row["instrument"] = None
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "both.parquet")
    found = train_files(
        source(made / "sessions.jsonl"),
        Ratings(path=tmp_path / "both.parquet"),
        tmp_path / "model",
        features=["volume"],
    )
    assert found.warnings == {"synthetic": 24}
    training = json.loads((tmp_path / "model" / "model.json").read_text())["training"]
    assert (training["perspective"], training["instrument"]) == (None, None)


def test_predictions_that_share_the_labels_of_ratings_are_still_a_rater(made, tmp_path):
    """Every session's rater has a name of its own, and so none is that of all ratings."""
    rows = af.read_ratings(made / "ratings.csv").to_pylist()
    named = [{**row, "rater": row["client_id"]} for row in rows]
    guesses = [{**row, "rater": "model", "score": 3.0} for row in rows]
    found = af.compare_raters(
        pa.Table.from_pylist(named), pa.Table.from_pylist(guesses), n_folds=3, draws=50
    )
    assert found.settings["raters"] == ["model"]


# Too few groups, and nothing written


def forbid(monkeypatch):
    """Make measuring fail, so that what comes before it is seen."""

    def read(*arguments, **options):
        raise AssertionError("sessions were measured")

    monkeypatch.setattr(evaluate, "read_corpus", read)


@pytest.mark.parametrize(
    ("plan", "message"),
    [
        ({"n_folds": 7}, r"`n_folds` is 7, and the ratings are of 6 clients, .*--n-folds 6"),
        ({"n_folds": 9, "group": "therapist"}, "the ratings are of 1 therapist, fewer than the 9"),
        ({"n_folds": 9, "group": "both"}, "the ratings are of 6 clients, fewer than the 9 folds"),
    ],
)
def test_too_few_groups_are_told_before_sessions_are_measured(
    made, tmp_path, monkeypatch, plan, message
):
    forbid(monkeypatch)
    with pytest.raises(ParameterError, match=message):
        evaluate.evaluate_files(
            source(made / "sessions.jsonl"), ratings(made), tmp_path / "a" / "b", Plan(**plan)
        )
    assert not (tmp_path / "a").exists()


def test_too_few_clients_are_told_before_sessions_are_measured(made, tmp_path, monkeypatch):
    forbid(monkeypatch)
    rows = af.read_ratings(made / "ratings.csv").to_pylist()
    few = [row for row in rows if row["client_id"] <= "synthetic-c003"]
    pq.write_table(pa.Table.from_pylist(few), tmp_path / "few.parquet")
    with pytest.raises(ParameterError, match="There are 3 clients; an evaluation needs at least 4"):
        evaluate.evaluate_files(
            source(made / "sessions.jsonl"),
            Ratings(path=tmp_path / "few.parquet"),
            tmp_path / "out",
            Plan(n_folds=2),
        )


def test_clients_that_only_sessions_name_are_counted_after_the_join(made, tmp_path):
    rows = af.read_ratings(made / "ratings.csv").to_pylist()
    unnamed = [{**row, "client_id": None} for row in rows]
    pq.write_table(pa.Table.from_pylist(unnamed), tmp_path / "r.parquet")
    plan = Plan(n_folds=7, models=["length"], features=["volume"])
    with pytest.raises(ParameterError, match="the sessions are of 6 clients, fewer than the"):
        evaluate.evaluate_files(
            source(made / "sessions.jsonl"),
            Ratings(path=tmp_path / "r.parquet"),
            tmp_path / "out",
            plan,
        )
    with pytest.raises(ParameterError, match="of 24 clients, fewer than the 30 folds"):
        Ratings(path=tmp_path / "r.parquet").check_folds(
            check_ratings(tmp_path / "r.parquet"), "client", 30
        )


def test_few_groups_of_many_clients_are_enough(made, tmp_path):
    rows = af.read_ratings(made / "ratings.csv").to_pylist()
    rooms = [{**row, "group": f"r{int(row['client_id'][-1]) % 3}"} for row in rows]
    table = check_ratings(pa.Table.from_pylist(rooms))
    given = Ratings(path=made / "ratings.csv")
    given.check_folds(table, "room", 3)
    with pytest.raises(ParameterError, match=r"the ratings are of 3 groups \(room\), fewer than"):
        given.check_folds(table, "room", 4)


def test_one_group_cannot_be_helped_by_fewer_folds():
    with pytest.raises(ParameterError, match="than the 2 folds; bring more data"):
        check_n_folds(2, 1, "there is 1 client")
    check_n_folds(2, 2, "there are 2 clients")


def test_permutations_with_three_therapists_count_clients(made, tmp_path):
    matrix = SessionMatrix.of(
        af.read_sessions(made / "sessions.jsonl"), features=["volume"], words=False
    )
    y = np.random.default_rng(1).normal(size=24)
    therapists = [f"t{int(client[-1]) % 3}" for client in matrix.clients]
    options = {"permutations": 1, "n_folds": 3, "model": "length"}
    found = af.permutation_test(matrix, y, therapists, clients=matrix.clients, **options)
    assert found.null.shape == (1, 1)
    with pytest.raises(ParameterError, match="There are 3 clients"):
        af.permutation_test(matrix, y, therapists, **options)


def test_a_failing_command_leaves_no_folder_and_older_results_stay(run, made, tmp_path):
    rows = af.read_ratings(made / "ratings.csv").drop_columns(["client_id", "session_number"])
    bare = tmp_path / "bare.parquet"
    pq.write_table(rows, bare)
    out = tmp_path / "new" / "out"
    for command in (
        ("courses", bare),
        ("rated", bare),
        ("compare", bare, bare),
        ("words", bare, "--sessions", tmp_path / "none.jsonl"),
        ("score", made / "sessions.jsonl", "--encoder", "bert"),
        ("predict", made / "sessions.jsonl", "--model", tmp_path / "none"),
    ):
        code, _, err = run(*command, "-o", out)
        assert code in (1, 2), (command, err)
        assert not out.parent.exists(), command
    good = ("courses", made / "ratings.csv", "--perspective", "client", "-o", out)
    assert run(*good)[0] == 0
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    assert run("courses", bare, "-o", out, "--overwrite")[0] == 1
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before
    code, _, err = run(*good)
    assert (code, "say --overwrite" in err) == (2, True)


# A defect of the program


def test_a_defect_names_its_place_and_no_word(made, monkeypatch):
    canary = "zyxcanary"

    def broken(*arguments, **options):
        raise ValueError(canary)

    with monkeypatch.context() as patch:
        patch.setattr("alliance_features.model.session_matrix.session_values", broken)
        with pytest.raises(TranscriptError, match=r"session synthetic-0001: ValueError in ") as one:
            read_corpus(source(made / "sessions.jsonl"), features=["volume"])
    with monkeypatch.context() as patch:
        patch.setattr(Input, "read", lambda *_: (broken() for _ in (1,)))
        with pytest.raises(ResourceError, match=r"line \d+, while sessions were read") as two:
            read_corpus(source(made / "sessions.jsonl"), features=["volume"])
    for found in (one.value, two.value):
        assert found.__context__ is None
        assert canary not in str(found)


def test_predict_refuses_the_folder_of_the_sessions(made):
    with pytest.raises(ParameterError, match="which holds the sessions"):
        predict_files(source(made), made / "model", made)
