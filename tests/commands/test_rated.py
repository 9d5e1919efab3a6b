"""`rated` and `courses` as a user meets them."""

import csv
import json

import pytest

from alliance_features.raters.ratings import read_ratings, write_ratings
from course_ratings import BY_HAND, long
from two_views import ratings


@pytest.fixture
def rated(tmp_path, rng):
    """Return files with the ratings of both sides of 12 sessions of 6 clients, and signals."""
    client, therapist = (rng.integers(2, 7, 12).astype(float).tolist() for _ in range(2))
    table = ratings(
        client,
        therapist,
        clients=[f"patient-{k // 2}" for k in range(12)],
        numbers=[1 + k % 2 for k in range(12)],
        group=[f"g{k // 6}" for k in range(12)],
    )
    write_ratings(tmp_path / "ratings.csv", read_ratings(table))
    with (tmp_path / "signals.csv").open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["session_id", "therapist__i_rate", "dyad__words_n"])
        writer.writerows([f"s{k}", rng.normal(), 500 + 7 * k] for k in range(12))
    return tmp_path / "ratings.csv", tmp_path / "signals.csv"


def read(path):
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_rated_writes_what_it_says(run, rated, tmp_path):
    out = tmp_path / "out"
    code, stdout, err = run("rated", rated[0], "--signals", rated[1], "-o", out)
    assert (code, err) == (0, "")
    assert "12 rated sessions" in stdout
    assert "Intervals take clients as independent, 6 of them." in stdout
    assert {path.name for path in out.iterdir()} == {
        *("agreement.csv", "agreement.md", "lens.csv", "lens.md", "mixed.csv", "lme4"),
        *("manifest.json", "run.json"),
    }
    parts = dict.fromkeys(row["part"] for row in read(out / "agreement.csv"))
    assert list(parts) == ["all", "condition:g0", "condition:g1"]  # 2 sessions have no thirds
    models = (out / "lme4" / "models.R").read_text()
    assert models.count("lmer(") == 4
    for line in models.splitlines()[2:]:
        assert (out / "lme4" / line.split('"')[1]).is_file()
    for path in (out / "lme4").iterdir():
        assert "patient-" not in path.read_text()
    manifest = json.loads((out / "manifest.json").read_text())
    assert manifest["counts"]["controls"] == ["log_words", "session_number"]
    assert len(manifest["inputs"]["files"]) == 2
    assert "therapist__i_rate *" in (out / "lens.md").read_text()


def test_rated_again_and_without_models(run, rated, tmp_path):
    out = tmp_path / "out"
    assert run("rated", rated[0], "-o", out)[0] == 0
    before = (out / "manifest.json").read_bytes(), (out / "agreement.csv").read_bytes()
    code, _, err = run("rated", rated[0], "-o", out)
    assert code == 2
    assert "say --overwrite" in err
    assert run("rated", rated[0], "-o", out, "--overwrite")[0] == 0
    assert before == ((out / "manifest.json").read_bytes(), (out / "agreement.csv").read_bytes())
    assert run("rated", rated[0], "-o", out, "--overwrite", "--no-mixed")[0] == 0
    assert not (out / "mixed.csv").exists()
    assert not (out / "lme4").exists()


def test_courses_of_a_file_made_by_hand(run, tmp_path):
    write_ratings(tmp_path / "ratings.csv", read_ratings(long(BY_HAND)))
    out = tmp_path / "out"
    code, stdout, err = run("courses", tmp_path / "ratings.csv", "-o", out)
    assert (code, err) == (0, "")
    printed = [" ".join(line.split()) for line in stdout.splitlines()]
    assert any(line.startswith("improved by a level 1 of 5 20.0%") for line in printed)
    assert any(line.startswith("stagnated or declined 2 of 5 40.0%") for line in printed)
    assert {path.name for path in out.iterdir()} == {
        *("courses.csv", "shares.csv", "phases.csv", "courses.md", "courses.svg"),
        *("manifest.json", "run.json"),
    }
    shares = {row["figure"]: row for row in read(out / "shares.csv")}
    assert float(shares["no_gain"]["share"]) == 2 / 5
    assert float(shares["too_few"]["share"]) == 1 / 6
    assert [row["outcome"] for row in read(out / "courses.csv")] == [
        *("improved", "small_gain", "no_gain", "no_gain", "small_gain", "too_few")
    ]
    cut = run("courses", tmp_path / "ratings.csv", "-o", tmp_path / "cut", "--cuts", "1,1")
    assert "improved by a level 2 of 6" in " ".join(cut[1].split())  # f: from 3 to 5


def test_wide_ratings_and_a_condition(run, tmp_path):
    path = tmp_path / "wide.csv"
    rows = [f"s{c}{k},c{c},{k},{2 + c + k / 2},{'xy'[c]}" for c in (0, 1) for k in (1, 2, 3)]
    path.write_text("\n".join(["id,who,nr,G,arm", *rows]) + "\n")
    names = "session_id=id,client_id=who,session_number=nr,goal=G"
    code, stdout, err = run(
        *("courses", path, "-o", tmp_path / "out", "--rating-columns", names, "--scale", "1,7"),
        *("--perspective", "client", "--condition", "arm"),
    )
    assert (code, err) == (0, "")
    assert "goal, condition x" in stdout
    assert "2 courses" in stdout


def test_raters_are_chosen_where_several_rate(run, rated, tmp_path):
    with rated[0].open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    names = sorted({row["rater"] for row in rows})
    rows += [{**row, "rater": "other"} for row in rows if row["rater"] == names[0]]
    with rated[0].open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    code, _, err = run("rated", rated[0], "-o", tmp_path / "a", "--no-mixed")
    assert (code, "several scores" in err) == (1, True)
    chosen = ("--rater", ",".join(names), "--no-mixed")
    code, _, err = run("rated", rated[0], "-o", tmp_path / "b", *chosen)
    assert (code, err) == (0, "")


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        (("--cuts", "8,4"), 2, "`cuts` must look like EARLY,MIDDLE"),
        (("--cuts", "early"), 2, "`cuts` must look like EARLY,MIDDLE"),
        (("--cluster", "dyad"), 2, "`level` is 'dyad'"),
        (("--dimensions", "goal"), 1, "no dimension in common"),
        (("--controls", "age"), 2, "`controls` names columns of `signals`"),
        (("--rater", "nobody"), 2, "`--rater` names 'nobody'; the ratings have"),
        (("--signals", "nowhere.csv"), 1, "nowhere.csv: cannot be read as a table"),
    ],
)
def test_what_is_refused(run, rated, tmp_path, options, code, message):
    found, _, err = run("rated", rated[0], "-o", tmp_path / "out", *options)
    assert found == code
    assert message in err
    assert "Traceback" not in err


def test_features_are_of_a_table(run, rated, tmp_path):
    for command in ("rated", "courses"):
        code, _, err = run(command, rated[0], "-o", tmp_path / "out", "--features", "volume")
        assert (code, "names columns of `signals`; give --signals as well" in err) == (2, True), err


def test_signals_of_an_extracted_folder(run, examples_path, tmp_path):
    folder = tmp_path / "extracted"
    features = ("--features", "volume,pronouns")
    assert run("extract", examples_path / "sessions.jsonl", "-o", folder, *features)[0] == 0
    with (examples_path / "ratings.csv").open(newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if row["perspective"] == "client"]
    other = [
        {**row, "rater": "therapist", "perspective": "therapist", "score": 1 + k % 9 / 2}
        for k, row in enumerate(rows)
    ]
    with (tmp_path / "both.csv").open("w", newline="") as stream:
        writer = csv.DictWriter(stream, rows[0])
        writer.writeheader()
        writer.writerows([*rows, *other])
    out = tmp_path / "out"
    options = ("--signals", folder, "--features", "pronouns", "--no-mixed")
    assert run("rated", tmp_path / "both.csv", "-o", out, *options)[0] == 0
    signals = {row["signal"] for row in read(out / "lens.csv")}
    assert "therapist__i_rate" in signals
    assert "dyad__words_n" not in signals
    assert "log_words" in json.loads((out / "manifest.json").read_text())["counts"]["controls"]
