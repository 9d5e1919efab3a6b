"""What a comparison takes, what it refuses, and the folder it writes."""

import json
import xml.etree.ElementTree as ET

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import alliance_features as af
from alliance_features.errors import AllianceError, ParameterError, RaterError
from rater_tables import RATINGS, SCORES, compared, rows_of, table


def changed(rows, **change):
    return [{**row, **change} for row in rows]


def refusals():
    """Yield ratings, scores, options and message of each misuse."""
    llm = [row for row in SCORES if row["rater"] == "llm"]
    yield RATINGS, [*llm, llm[0]], {}, "rates the same as row 1: session s0-0, rater llm"
    other = changed(llm, scale_min=0.0, scale_max=100.0)
    yield RATINGS, other, {}, r"llm gives goal on another scale \(0 to 100\) than the ratings"
    bare = [{**r, "score": r["score"] * 20, "scale_min": None, "scale_max": None} for r in llm]
    yield RATINGS, bare, {}, "values outside, with no scale named"
    typo = [{**r, "dimension": "goals"} if r["dimension"] == "goal" else r for r in llm]
    yield RATINGS, typo, {}, "the dimension 'goals', and the ratings have goal, bond; is it goal?"
    strangers = [{**r, "session_id": f"x{r['session_id']}"} for r in llm]
    yield RATINGS, strangers, {}, "No session of the .* has a score of every rater"
    moved = [{**r, "client_id": "c9"} if r["session_id"] == "s0-0" else r for r in llm]
    yield RATINGS, moved, {}, "Session s0-0: `client_id` is c0 in the ratings and c9 in the scores"
    nameless = changed(RATINGS, client_id=None)
    yield nameless, changed(llm, client_id=None), {}, 'name no client.*grouped_by="session"'
    yield RATINGS, RATINGS, {}, "holds no rater but the one that others are compared with"
    yield RATINGS, llm, {"reference": "gpt"}, "`reference` is 'gpt'; it must be a rater"
    yield RATINGS, llm, {"on": "some"}, '`on` is \'some\'; it must be one of "complete", "each"'
    yield RATINGS, llm, {"grouped_by": "therapist"}, "name no therapist"
    yield RATINGS, llm, {"costs": {"gpt": {}}}, "`costs` is 'gpt'"
    yield RATINGS, changed(llm, rater="training_mean"), {}, "the name of a row that is always made"
    small = [r for r in RATINGS if r["client_id"] in ("c0", "c1", "c2")]
    yield small, llm, {}, "There are 3 clients; an evaluation needs at least 4"


@pytest.mark.parametrize(("ratings", "scores", "options", "message"), list(refusals()))
def test_bad_input_is_refused(ratings, scores, options, message):
    with pytest.raises((ParameterError, RaterError), match=message):
        compared(ratings, scores, **options)


def test_a_client_in_two_folds_is_refused(tmp_path):
    ids = sorted({row["session_id"] for row in RATINGS})
    clients = [name.split("-")[0].replace("s", "c") for name in ids]
    split = af.Folds(tuple(ids), tuple(ids), np.arange(len(ids))[None] % 3, 3, 0)
    with pytest.raises(ParameterError, match=r"The client 'c.*' is in folds \d and \d"):
        compared(folds=split)
    whole = af.make_folds(np.zeros(len(ids)), clients, session_ids=ids, n_folds=4)
    assert compared(folds=whole).folds.n_folds == 4


def test_two_sources_may_not_hold_one_rater():
    with pytest.raises(ParameterError, match=r"'llm' is in scores\[0\] and in scores\[1\]"):
        af.compare_raters(table(RATINGS), table(SCORES), table(SCORES), draws=9)


def test_scores_on_another_scale_are_put_onto_that_of_the_ratings():
    llm = [row for row in SCORES if row["rater"] == "llm"]
    wide = [
        {**row, "score": (row["score"] - 1) * 25, "scale_min": 0.0, "scale_max": 100.0}
        for row in llm
    ]
    one, two = compared(scores=llm), compared(scores=wide, rescale=True)
    for name in ("predicted", "score"):
        np.testing.assert_allclose(one.predictions[name], two.predictions[name], rtol=1e-12)


def test_runs_are_averaged_and_their_agreement_is_told():
    rng = np.random.default_rng(1)
    llm = [row for row in SCORES if row["rater"] == "llm"]
    noise = rng.normal(scale=0.1, size=len(llm))
    runs = [
        {**row, "run": run, "score": float(np.clip(row["score"] + sign * e, 1, 5))}
        for run, sign in (("1", 1), ("2", -1))
        for row, e in zip(llm, noise, strict=True)
    ]
    comparison = compared(scores=runs)
    assert comparison.settings["raters"] == ["llm"]
    rows = {
        (r["across"], r["figure"], r["dimension"]): r for r in comparison.reliability.to_pylist()
    }
    assert 0.9 < rows["runs", "icc_agreement_1", "goal"]["estimate"] < 1
    assert rows["runs", "icc_agreement_1", "goal"]["k"] == 2


def test_items_give_alpha_omega_and_a_ceiling():
    rng = np.random.default_rng(2)
    level = rng.normal(size=120)

    def rows(rater, noise):
        answers = {}
        for item in range(1, 13):
            raw = 3 + level + noise * rng.normal(size=120)
            answers[item] = np.clip(np.round(raw), 1, 5)
        long = [
            {
                **{"session_id": f"s{n}", "client_id": f"c{n // 3}", "rater": rater},
                **{"instrument": "WAI-SR", "item": str(item), "score": float(answers[item][n])},
            }
            for item in answers
            for n in range(120)
        ]
        return pa.Table.from_pylist(long)

    comparison = af.compare_raters(rows("client", 0.7), rows("llm", 1.0), draws=50)
    told = {
        (r["rater"], r["figure"]): r
        for r in comparison.reliability.to_pylist()
        if r["dimension"] == "goal"
    }
    assert told["ratings", "alpha"]["k"] == 4
    assert told["ratings", "alpha"]["estimate"] > told["llm", "alpha"]["estimate"] > 0.6
    assert set(comparison.settings["dimensions"]) == {"goal", "task", "bond"}
    expected = np.sqrt(told["ratings", "omega"]["estimate"] * told["llm", "omega"]["estimate"])
    np.testing.assert_allclose(told["llm", "ceiling"]["estimate"], expected)
    assert 0 <= told["ratings", "srmr"]["estimate"] < 0.2


@pytest.fixture
def files(tmp_path):
    ratings, scores = rows_of(n_clients=8, raters=("llm", "expert"))
    af.write_ratings(tmp_path / "ratings.csv", af.read_ratings(table(ratings)))
    rows = [{**row, "seconds": 2.0, "tokens_in": 900} for row in scores]
    af.write_ratings(tmp_path / "scores.parquet", af.read_scores(table(rows)))
    return tmp_path


def test_compare_writes_what_it_says(run, files):
    (files / "costs.csv").write_text("rater,cost,megabytes\nllm,0.02,\nexpert,,\n")
    base = ("compare", files / "ratings.csv", files / "scores.parquet", "--draws", 50)
    code, out, err = run(*base, "-o", files / "out", "--costs", files / "costs.csv")
    assert (code, err) == (0, "")
    assert "2 raters on " in out
    assert "Williams and Zou take sessions as independent" in out
    assert {path.name for path in (files / "out").iterdir()} == {
        *("comparison.md", "comparison.csv", "comparison.tex", "reliability.csv", "counts.csv"),
        *("calibration.csv", "forest.svg", "calibration.svg", "predictions.parquet"),
        *("folds.json", "methods.md", "manifest.json", "run.json"),
    }
    text = (files / "out" / "comparison.md").read_text()
    assert "| llm | 4 | 1,800 | - | 0.02 | - |" in text  # two dimensions a session
    assert "8 clients only" in text
    for name in ("forest.svg", "calibration.svg"):
        assert ET.parse(files / "out" / name).getroot().tag.endswith("svg")
    methods = (files / "out" / "methods.md").read_text()
    assert "by a jackknife over clients with t quantiles" in methods
    again = run(*base, "-o", files / "two", "--costs", files / "costs.csv")
    assert again[0] == 0
    for path in (files / "out").iterdir():
        if path.name != "run.json":
            assert path.read_bytes() == (files / "two" / path.name).read_bytes(), path.name
    code, _, err = run(*base, "-o", files / "out")
    assert (code, "holds results" in err) == (2, True)
    assert run(*base, "-o", files / "out", "--overwrite")[0] == 0


def test_predictions_bring_their_folds_and_are_raters_too(run, files):
    ids = sorted({r["session_id"] for r in af.read_ratings(files / "ratings.csv").to_pylist()})
    ratings = af.ratings_matrix(af.read_ratings(files / "ratings.csv"), session_ids=ids)
    rng = np.random.default_rng(0)
    signals = pa.table({"session_id": ids, "client__words_n": rng.integers(50, 500, len(ids))})
    done = af.cross_validate(
        af.SessionMatrix.from_table(signals),
        {"goal": ratings.y[:, 0], "bond": ratings.y[:, 1]},
        ratings.clients,
        n_folds=3,
        models=["length"],
    )
    pq.write_table(done.predictions, files / "predictions.parquet")
    af.save_folds(done.folds, files / "folds.json")
    arguments = ("compare", files / "ratings.csv", files / "scores.parquet", files)
    code, out, err = run(*arguments, "-o", files / "out", "--draws", 50)
    assert (code, err) == (0, "")
    assert "length only" in out
    assert "1 raters were fitted on these folds" in out
    manifest = json.loads((files / "out" / "manifest.json").read_text())
    assert manifest["folds"]["sha256"] == done.folds.sha256
    assert manifest["configuration"]["fitted"] == ["length"]
    wrong = af.read_ratings(files / "ratings.csv").to_pylist()
    moved = [{**row, "score": min(row["score"] + 0.5, 5.0)} for row in wrong]
    with pytest.raises(AllianceError, match="the predictions are of the rating"):
        af.compare_raters(pa.Table.from_pylist(moved), done.predictions, draws=9)
