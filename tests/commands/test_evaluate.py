"""`evaluate`, `train` and `predict` as a user meets them."""

import json

import numpy as np
import pyarrow.parquet as pq
import pytest

import alliance_features as af
from alliance_features import cli
from alliance_features.commands.evaluate import Plan, evaluate_files
from alliance_features.commands.simulate import write_simulation
from alliance_features.evaluation.rated_sessions import Ratings
from alliance_features.transcript.source import Input
from canaries import CANARIES, check_files

FEATURES = "volume,pronouns"
QUICK = ("--models", "length,bag_of_words,previous_rating", "--features", FEATURES)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Return a folder with 24 synthetic sessions of 6 clients and their ratings."""
    folder = tmp_path_factory.mktemp("made")
    write_simulation(af.simulate(6, 24, n_turns=12), folder)
    return folder


def evaluate(run, made, output, *options):
    return run(*("evaluate", made / "sessions.jsonl", made / "ratings.csv", "-o", output, *options))


def test_evaluate_writes_what_it_says(run, made, tmp_path):
    code, out, err = evaluate(run, made, tmp_path / "out", *QUICK, "--n-folds", 3)
    assert (code, err) == (0, "")
    assert "length only" in out
    assert "SYNTHETIC sessions" in out
    assert "24 of 24 sessions rated, 6 clients, 0 errors" in out
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {
        *("table.md", "table.csv", "table.tex", "methods.md", "predictions.parquet"),
        *("errors.parquet", "folds.json", "manifest.json", "run.json"),
    }
    predictions = pq.read_table(tmp_path / "out" / "predictions.parquet")
    again = af.figures(predictions)
    header, *lines = (tmp_path / "out" / "table.csv").read_text().splitlines()
    assert header.count(",") == len(again.column_names) - 1
    assert len(lines) == again.num_rows
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert manifest["counts"]["rated"] == 24
    assert manifest["folds"]["sha256"] == af.load_folds(tmp_path / "out" / "folds.json").sha256
    assert manifest["synthetic"] is True
    text = (tmp_path / "out" / "methods.md").read_text()
    assert "goal, task and bond in 24 of 24 sessions (6 clients;" in text
    assert "6 clients only" in text


def test_the_same_command_gives_the_same_bytes(run, made, tmp_path):
    for name in ("one", "two"):
        evaluate(run, made, tmp_path / name, *QUICK, "--n-folds", 3)
    for path in (tmp_path / "one").iterdir():
        if path.name != "run.json":
            assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes(), path.name


def test_folds_are_reused_and_an_extracted_folder_will_do(run, made, tmp_path):
    evaluate(run, made, tmp_path / "one", *QUICK, "--n-folds", 3)
    run("extract", made / "sessions.jsonl", "-o", tmp_path / "table", "--features", FEATURES)
    code, out, err = run(
        *("evaluate", tmp_path / "table", made / "ratings.csv", "-o", tmp_path / "two"),
        *("--folds", tmp_path / "one" / "folds.json", "--models", "length"),
    )
    assert (code, err) == (0, "")
    assert "SYNTHETIC sessions" in out  # by the ids: a table has no meta
    one, two = (
        pq.read_table(tmp_path / name / "predictions.parquet").to_pylist()
        for name in ("one", "two")
    )
    of_one, of_two = (
        {
            (row["session_id"], row["dimension"]): (row["fold"], row["predicted"])
            for row in rows
            if row["rater"] == "length"
        }
        for rows in (one, two)
    )
    assert of_one == of_two
    code, _, err = run(
        *("evaluate", tmp_path / "table", made / "ratings.csv", "-o", tmp_path / "three"),
        *("--folds", tmp_path / "one" / "folds.json", "--group", "therapist"),
    )
    assert (code, "keeps sessions together by client, not by therapist" in err) == (2, True)


def test_unrated_sessions_are_counted_and_compared(run, made, tmp_path):
    lines = (made / "ratings.csv").read_text().splitlines()
    kept = [line for line in lines if "synthetic-0024" not in line]
    kept = [line for line in kept if "synthetic-0023" not in line or "goal" not in line]
    ratings = tmp_path / "ratings.csv"
    ratings.write_text("\n".join([*kept, kept[1].replace("0001", "0099")]) + "\n")
    code, out, _ = run(
        *("evaluate", made / "sessions.jsonl", ratings, "-o", tmp_path / "out", *QUICK),
        *("--n-folds", 3),
    )
    assert code == 0
    assert "22 of 24 sessions rated" in out
    assert "2 sessions lack a rating and are left out" in out
    assert "1 rated sessions are not among the sessions" in out
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert (manifest["counts"]["rated_in_part"], manifest["counts"]["not_rated"]) == (1, 1)
    rows = {row["feature"]: row for row in manifest["rated_and_other_sessions"]}
    table = af.extract(af.read_sessions(made / "sessions.jsonl"), features="volume").to_pandas()
    words = table["client__words_n"]
    np.testing.assert_allclose(rows["client__words_n"]["rated"], words[:22].mean())
    np.testing.assert_allclose(rows["client__words_n"]["other"], words[22:].mean())
    assert "## Sessions with and without a rating" in (tmp_path / "out" / "methods.md").read_text()


def test_wide_ratings_and_a_low_threshold(run, made, tmp_path):
    long = af.read_ratings(made / "ratings.csv").to_pylist()
    by_session = {}
    for row in long:
        by_session.setdefault(row["session_id"], {})[row["dimension"]] = row["score"]
    lines = ["id,G,B", *(f"{name},{one['goal']},{one['bond']}" for name, one in by_session.items())]
    wide = tmp_path / "wide.csv"
    wide.write_text("\n".join(lines) + "\n")
    code, out, err = run(
        *("evaluate", made / "sessions.jsonl", wide, "-o", tmp_path / "out", "--n-folds", 3),
        *("--rating-columns", "session_id=id,goal=G,bond=B", "--perspective", "client"),
        *("--scale", "1,5", "--low", 2, "--models", "length", "--features", "volume"),
    )
    assert (code, err) == (0, "")
    assert "goal: r (SD)" in out
    assert "task" not in out
    rows = (tmp_path / "out" / "table.csv").read_text().splitlines()
    (low,) = [row for row in rows if '"length","goal","low_base_rate"' in row]
    share = np.mean([one["goal"] <= 2 for one in by_session.values()])
    np.testing.assert_allclose(float(low.split(",")[5]), share)


def test_stopping_leaves_nothing_half_written(made, tmp_path):
    def stop(what, done, total):
        if what == "fits" and done == 2:
            raise cli.stopping.Stopped(2)

    plan = Plan(models=["length"], features=["volume"], n_folds=3)
    rated = Ratings(path=made / "ratings.csv")
    source = Input(paths=[made / "sessions.jsonl"])
    with pytest.raises(cli.stopping.Stopped, match="2"):
        evaluate_files(source, rated, tmp_path / "out", plan, progress=stop)
    assert not (tmp_path / "out").exists()
    found = evaluate_files(source, rated, tmp_path / "out", plan)
    assert found.study.counts["rated"] == 24


def test_permutations_are_told(run, made, tmp_path):
    code, _, err = evaluate(
        run,
        made,
        tmp_path / "out",
        *("--models", "length", "--features", FEATURES, "--permutations", 2, "--n-folds", 2),
        *("--dimensions", "bond"),
    )
    assert (code, err) == (0, "")
    lines = (tmp_path / "out" / "permutations.csv").read_text().splitlines()
    assert len(lines) == 1 + 3
    assert (
        "repeating the whole pipeline 2 times: bond p = "
        in (tmp_path / "out" / "methods.md").read_text()
    )


def test_train_and_predict(run, made, tmp_path):
    sessions, ratings = made / "sessions.jsonl", made / "ratings.csv"
    evaluate(run, made, tmp_path / "ev", *QUICK, "--n-folds", 3)
    code, out, err = run(
        *("train", sessions, ratings, "-o", tmp_path / "model", "--features", FEATURES),
        *("--evaluation", tmp_path / "ev"),
    )
    assert (code, err) == (0, "")
    assert "24 of 24 sessions rated, 6 clients" in out
    card = json.loads((tmp_path / "model" / "model.json").read_text())
    assert card["folds"]["n_folds"] == 3
    assert set(card["scores"]["bond"]["length"]) == {"r", "rho", "mse", "r2"}
    code, out, err = run(
        *("predict", sessions, "--model", tmp_path / "model", "-o", tmp_path / "out"),
        *("--explain", "--format", "csv"),
    )
    assert (code, err) == (0, "")
    assert "72 predictions, 0 errors" in out
    table = af.read_ratings(tmp_path / "out" / "predictions.csv")
    assert set(table["rater"].to_pylist()) == {"alliance_features"}
    sums = {}
    for row in pq.read_table(tmp_path / "out" / "contributions.parquet").to_pylist():
        key = row["session_id"], row["dimension"]
        sums[key] = sums.get(key, 0.0) + row["contribution"]
    for row in table.to_pylist():
        assert 1 <= row["score"] <= 5
        np.testing.assert_allclose(sums[row["session_id"], row["dimension"]], row["score"])


def test_a_model_with_words_is_saved_on_request_alone(run, made, tmp_path):
    train = (
        *("train", made / "sessions.jsonl", made / "ratings.csv", "-o", tmp_path / "model"),
        *("--features", FEATURES, "--inputs", "words"),
    )
    code, _, err = run(*train)
    assert (code, "words that clients said" in err) == (2, True)
    assert not (tmp_path / "model").exists()
    assert run(*train, "--with-vocabulary")[0] == 0
    code, _, err = run(*train, "--with-vocabulary")
    assert (code, "holds a model" in err) == (2, True)


def test_words_of_a_file_with_a_bad_session(run, made, tmp_path):
    bad = tmp_path / "sessions.jsonl"
    bad.write_text((made / "sessions.jsonl").read_text() + "{}\n")
    code, out, err = run("words", made / "ratings.csv", bad, "-o", tmp_path / "out")
    assert code == 3
    assert "`turns` is absent or null" in err
    assert out.endswith(f"1 error -> {tmp_path / 'out'}\n")
    assert pq.read_table(tmp_path / "out" / "errors.parquet").num_rows == 1


def test_what_is_said_of_transcripts_says_nothing_of_a_table(run, made, tmp_path):
    table, ratings = tmp_path / "table", made / "ratings.csv"
    run("extract", made / "sessions.jsonl", "-o", table, "--features", "volume,dyad__lsm")
    (tmp_path / "v.vec").write_text("calm 1 0\nstorm 0 1\n", encoding="utf-8")
    for command in ("evaluate", "train"):
        base = (command, table, ratings, "-o", tmp_path / command)
        code, _, err = run(*base, "--language", "en")
        assert (code, "`language` applies to transcripts" in err) == (2, True), err
        code, _, err = run(*base, "--not-verbatim")
        assert (code, "`verbatim` applies to transcripts" in err) == (2, True), err
    whole = tmp_path / "whole"
    run("extract", made / "sessions.jsonl", "-o", whole, "--features", "dyad__nclid__anchor_client")
    base = ("train", whole, ratings, "-o", tmp_path / "model")
    code, _, err = run(*base, "--vectors", tmp_path / "v.vec")
    assert (code, "was measured with others" in err) == (2, True), err


def refusals(made, tmp_path):
    """Yield arguments, exit code and message of each misuse."""
    sessions, ratings = made / "sessions.jsonl", made / "ratings.csv"
    base = ("evaluate", sessions, ratings, "-o", tmp_path / "out", *QUICK)
    other = tmp_path / "other.csv"
    other.write_text(ratings.read_text().replace("synthetic-c001", "synthetic-c009"))
    strange = tmp_path / "strange.csv"
    strange.write_text(ratings.read_text().replace("synthetic-0", "x-0"))
    yield (*base, "--models", "best"), 2, "names 'best', which is not a row"
    yield (*base, "--group", "room"), 1, "room"
    yield (*base, "--group", "both", "--n-folds", "3"), 2, "clients and therapists are connected"
    yield (*base, "--perspective", "observer"), 1, "No rating is left with perspective observer"
    yield (*base, "--n-folds", "7"), 2, "fewer than the 7 folds"
    yield (*base, "--folds", tmp_path / "no.json"), 1, "no.json: cannot be read"
    yield (*base, "--scale", "5"), 2, "`scale` must look like LOW,HIGH"
    yield (*base, "--reference", "best"), 2, "`reference` is 'best'"
    yield ("evaluate", sessions, other, *base[3:]), 2, "`client_id` is synthetic-c001 in the"
    yield ("evaluate", sessions, strange, *base[3:]), 2, "rates none of the 24 sessions"
    yield ("evaluate", tmp_path / "no.jsonl", ratings, *base[3:]), 1, "No session could be read"
    yield ("evaluate", sessions, made, *base[3:]), 2, "`source` (RATINGS) is"
    yield ("evaluate", made, ratings, "-o", made), 2, "which holds the sessions"
    yield ("predict", sessions, "--model", made, "-o", tmp_path / "o"), 1, "there is no model card"


def test_misuse_is_told_and_nothing_is_written(run, made, tmp_path):
    for arguments, code, message in refusals(made, tmp_path):
        found, _, err = run(*arguments)
        assert (found, message in err) == (code, True), (arguments, err)
        assert "Traceback" not in err
        assert not list((tmp_path / "out").glob("*")), arguments


def test_a_damaged_folder_is_refused(run, made, tmp_path):
    folder = tmp_path / "table"
    run("extract", made / "sessions.jsonl", "-o", folder, "--features", "volume")
    base = ("evaluate", folder, made / "ratings.csv", "-o", tmp_path / "out", "--models", "length")
    manifest = (folder / "manifest.json").read_text()
    content = json.loads(manifest)
    content["features"]["session"]["client__words_n"] = 99
    (folder / "manifest.json").write_text(json.dumps(content))
    code, _, err = run(*base)
    assert (code, "`client__words_n` has version 99 there" in err) == (2, True)
    (folder / "manifest.json").write_text(manifest)
    (folder / "sessions" / "part-00000.parquet").write_bytes(b"PAR1")
    code, _, err = run(*base)
    assert (code, "a Parquet file cannot be read" in err) == (1, True)
    (folder / "manifest.json").write_text("{}")
    code, _, err = run(*base)
    assert (code, "is not one that `extract` wrote" in err) == (1, True)


def test_no_word_spoken_gets_into_outputs(run, made, tmp_path):
    canary = CANARIES[0]
    sessions = tmp_path / "sessions.jsonl"
    lines = [json.loads(line) for line in (made / "sessions.jsonl").read_text().splitlines()]
    for session in lines:
        for turn in session["turns"]:
            turn["text"] += f" {canary}"
    sessions.write_text("".join(json.dumps(session) + "\n" for session in lines))
    ratings = made / "ratings.csv"
    told = [
        run("evaluate", sessions, ratings, "-o", tmp_path / "ev", *QUICK, "--n-folds", 3),
        run("train", sessions, ratings, "-o", tmp_path / "model", "--features", FEATURES),
        run(
            *("predict", sessions, "--model", tmp_path / "model", "-o", tmp_path / "p", "--explain")
        ),
    ]
    assert [code for code, _, _ in told] == [0, 0, 0]
    assert not any(canary in text for _, out, err in told for text in (out, err))
    assert sum(len(check_files(tmp_path / name)) for name in ("ev", "model", "p")) > 12
