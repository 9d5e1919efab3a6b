"""`alliance-features simulate` as a user meets it."""

import json

import pytest

import alliance_features as af

SMALL = ("--sessions", 8, "--clients", 3, "--turns", 12)


def test_it_writes_what_simulate_makes(run, tmp_path):
    raters = ("--counsellor", 0.3, "--llm", "gpt=0.5,llama=0.4")
    code, out, err = run("simulate", "-o", tmp_path / "a", *SMALL, *raters, "--effect", "i=-0.5")
    assert (code, err) == (0, "")
    assert "8 synthetic sessions of 3 clients, 96 ratings" in out
    assert "planted: i -0.50, filled_pauses +0.30, synchrony +0.30, length +0.20" in out
    made = af.simulate(
        3,
        8,
        n_turns=12,
        effects={"i": -0.5, "filled_pauses": 0.3, "synchrony": 0.3, "length": 0.2},
        raters=[
            af.SimulatedRater("counsellor", 0.3, "therapist"),
            af.SimulatedRater("gpt", 0.5, "client"),
            af.SimulatedRater("llama", 0.4, "client"),
        ],
    )
    assert list(af.read_sessions(tmp_path / "a" / "sessions.jsonl")) == made.sessions
    assert af.read_ratings(tmp_path / "a" / "ratings.csv").equals(af.read_ratings(made.ratings))
    assert json.loads((tmp_path / "a" / "truth.json").read_text(encoding="utf-8")) == made.truth
    assert sorted(path.name for path in (tmp_path / "a").iterdir()) == sorted(
        (".files-written", "sessions.jsonl", "ratings.csv", "truth.json")
    )


def test_two_runs_write_the_same_bytes(run, tmp_path):
    for name in "ab":
        assert run("simulate", "-o", tmp_path / name, *SMALL, "--seed", 4)[0] == 0
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()


def test_null_plants_only_what_is_named(run, tmp_path):
    run("simulate", "-o", tmp_path, *SMALL, "--null", "--effect", "length=0.25")
    truth = json.loads((tmp_path / "truth.json").read_text(encoding="utf-8"))
    assert truth["effects"] == {"i": 0, "filled_pauses": 0, "synchrony": 0, "length": 0.25}


def test_older_files_are_not_replaced_unasked(run, tmp_path):
    (tmp_path / "ratings.csv").write_text("mine", encoding="utf-8")
    code, _, err = run("simulate", "-o", tmp_path, *SMALL)
    assert code == 2
    assert "holds ratings.csv; name another folder or say --overwrite" in err
    assert [path.name for path in tmp_path.iterdir()] == ["ratings.csv"]
    code, _, err = run("simulate", "-o", tmp_path, *SMALL, "--overwrite")
    assert (code, "1 file is not what was written here: ratings.csv; move" in err) == (2, True)
    assert (tmp_path / "ratings.csv").read_text(encoding="utf-8") == "mine"
    (tmp_path / "ratings.csv").unlink()
    assert run("simulate", "-o", tmp_path, *SMALL)[0] == 0
    assert run("simulate", "-o", tmp_path, *SMALL, "--overwrite")[0] == 0
    assert af.read_ratings(tmp_path / "ratings.csv").num_rows == 24


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--effect", "i"), "`effect` must look like KEY=VALUE"),
        (("--effect", "i=much"), "`effect` must look like NAME=R"),
        (("--effect", "we=0.1"), "`effects` names 'we'"),
        (("--llm", "a=2"), "`accuracy` is 2.0"),
        (("--sessions", "2"), "`n_sessions` is 2"),
    ],
)
def test_bad_arguments_are_told(run, tmp_path, arguments, message):
    code, _, err = run("simulate", "-o", tmp_path / "a", *SMALL, *arguments)
    assert code == 2
    assert message in err
    assert not (tmp_path / "a").exists()
