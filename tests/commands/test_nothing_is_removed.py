"""No command removes, replaces or moves a file that it did not write, or one changed since."""

import json
import os
import shutil

import pytest

import alliance_features as af
from alliance_features.commands.simulate import write_simulation
from alliance_features.commands.train import train_files
from alliance_features.evaluation.rated_sessions import Ratings
from alliance_features.output import ownership
from alliance_features.output.files import begin_results, finish_results, prepare_folder, write_text
from alliance_features.output.ownership import JOURNAL, LISTING, files_in, survey
from alliance_features.transcript.source import Input
from llm_stub import able, stub

# Of the folders: in, what is made below. {url}: a server of a language model.
COMMANDS = {
    "extract": "extract {in}/sessions.jsonl --clients --features volume --format csv",
    "merge": "merge {in}/one {in}/two",
    "evaluate": "evaluate {in}/sessions.jsonl {in}/ratings.csv --n-folds 3 "
    "--features volume --models length",
    "train": "train {in}/sessions.jsonl {in}/ratings.csv --features volume",
    "predict": "predict {in}/sessions.jsonl --model {in}/model",
    "pseudo": "pseudo {in}/sessions.jsonl --partners 5 --format csv",
    "score": "score {in}/sessions.jsonl --polarity ignore",
    "compare": "compare {in}/ratings.csv {in}/ratings.csv --draws 50",
    "rated": "rated {in}/ratings.csv --signals {in}/whole --draws 50",
    "courses": "courses {in}/ratings.csv --signals {in}/whole",
    "words": "words {in}/ratings.csv {in}/sessions.jsonl --min-clients 2",
    "rate": "rate {in}/few.jsonl --base-url {url} --model m",
}
TO_CHANGE = {"train": "parts.json", "compare": "comparison.csv", "merge": "run.json"}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Return a folder of 24 simulated sessions with ratings, shards, signals and a model."""
    folder = tmp_path_factory.mktemp("made")
    counsellor = af.SimulatedRater("counsellor", 0.3, "therapist")
    write_simulation(af.simulate(6, 24, n_turns=12, raters=[counsellor]), folder)
    lines = (folder / "sessions.jsonl").read_text(encoding="utf-8").splitlines()
    (folder / "few.jsonl").write_text(lines[0] + "\n", encoding="utf-8")
    source = Input(paths=[folder / "sessions.jsonl"])
    ratings = Ratings(path=folder / "ratings.csv", rater="client")
    train_files(source, ratings, folder / "model", features=["volume"])
    return folder


def everything(folder):
    return {
        path: os.readlink(path) if path.is_symlink() else path.read_bytes()
        for path in files_in(folder)
    }


def refused(run, command, out, message):
    """Overwrite is refused with a message, and every byte is where it was."""
    before = everything(out.parent)
    code, told, err = run(*command, "-o", out, "--overwrite")
    assert (code, told) == (2, ""), err
    assert message in " ".join(err.split()), err
    assert "ove" in err or "name the folder itself" in err  # what to do
    assert everything(out.parent) == before


@pytest.mark.parametrize("name", COMMANDS)
def test_overwrite_refuses_what_is_not_its_own(run, made, tmp_path, name):
    if name in ("merge", "rated", "courses") and not (made / "whole").exists():
        extract = ("extract", made / "sessions.jsonl", "--features", "volume", "-o")
        assert run(*extract, made / "whole")[0] == 0
        assert run(*extract, made / "one", "--shard", "1/2")[0] == 0
        assert run(*extract, made / "two", "--shard", "2/2")[0] == 0
    with stub(able) as server:
        command = COMMANDS[name].format_map({"in": made, "url": server.url}).split()
        if name in ("evaluate", "train", "compare", "courses", "words"):
            command += ["--rater", "client"]
        out = tmp_path / "results" / "out"
        code, _, err = run(*command, "-o", out)
        assert code == 0, err
        assert not (out / JOURNAL).exists()

        thesis = out / "thesis.txt"
        thesis.write_text("three years of work")
        refused(run, command, out, "1 file is not what was written here: thesis.txt")
        thesis.unlink()
        folder = out / "lists"
        folder.mkdir()
        for number in range(5):
            (folder / f"n{number}.csv").write_text("mine")
        refused(run, command, out, "lists/n0.csv, lists/n1.csv, lists/n2.csv and 2 more")
        shutil.rmtree(folder)

        listed = out / ("model.json" if name == "train" else "manifest.json")
        files = json.loads(listed.read_text())["files" if name == "train" else "outputs"]
        fixed = {"manifest.json", "run.json", "model.json", "answers.sqlite"}
        there = {path.relative_to(out).as_posix() for path in files_in(out)}
        assert there - set(files) <= fixed
        for one in files:
            path = out / one
            content = path.read_bytes()
            path.write_bytes(content + b"\n")
            refused(run, command, out, f"here: {one} (changed since it was written)")
            path.unlink()
            elsewhere = tmp_path / "elsewhere"
            elsewhere.write_bytes(content)
            path.symlink_to(elsewhere)
            refused(run, command, out, f"here: {one} (a link, or no regular file)")
            assert elsewhere.read_bytes() == content
            path.unlink()
            path.write_bytes(content)

        linked = tmp_path / "results" / "linked"
        linked.symlink_to(out)
        refused(run, command, linked, "a link")
        linked.unlink()
        code, _, err = run(*command, "-o", out, "--overwrite")
        assert code == 0, err


@pytest.mark.parametrize("option", ["--update", "--overwrite"])
def test_what_a_desktop_leaves_stays_and_hinders_nothing(run, made, tmp_path, option):
    out = tmp_path / "out"
    command = ("extract", made / "sessions.jsonl", "--features", "volume", "-o", out)
    assert run(*command)[0] == 0
    left = [out / ".DS_Store", out / "sessions" / "Thumbs.db"]
    for path in left:
        path.write_bytes(b"view")
    code, _, err = run(*command, option)
    assert code == 0, err
    assert all(path.read_bytes() == b"view" for path in left)
    assert (
        not {".DS_Store", "sessions/Thumbs.db"}
        & json.loads((out / "manifest.json").read_text())["outputs"].keys()
    )


@pytest.mark.parametrize("option", ["--update", "--overwrite"])
def test_extract_with_other_files(run, made, tmp_path, option):
    out = tmp_path / "out"
    command = ("extract", made / "sessions.jsonl", "--features", "volume", "-o", out)
    assert run(*command)[0] == 0
    (out / "sessions" / "notes.txt").write_text("mine")
    code, _, err = run(*command, option)
    assert (code, "sessions/notes.txt" in err) == (2, True)
    (out / "sessions" / "notes.txt").unlink()
    assert run(*command, option)[0] == 0


@pytest.mark.parametrize(
    "name",
    ["sessions.csv", "ratings.csv", "errors.parquet", "run.json", "manifest.json", "table.csv",
     "sessions/part-00000.parquet", ".sessions.csv.partial", ".lock", ".written", ".writable",
     "lme4/data.csv", "words.md"],
)  # fmt: skip
@pytest.mark.parametrize("overwrite", [False, True])
def test_files_of_others_by_the_names_of_ours(tmp_path, name, overwrite):
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("mine")
    with pytest.raises(af.ParameterError, match=r"holds other things; name a new or empty folder"):
        prepare_folder(tmp_path, overwrite=overwrite)
    assert path.read_text() == "mine"
    assert list(files_in(tmp_path)) == [path]


def test_the_input_is_not_taken_for_results(run, made, tmp_path):
    (tmp_path / "sessions.csv").write_text(
        "session_id,role,text\n" + "s1,client,A hard week it was.\ns1,therapist,How so?\n" * 3
    )
    before = everything(tmp_path)
    code, _, err = run("extract", tmp_path / "sessions.csv", "-o", tmp_path, "--features", "volume")
    assert (code, "1 file is not what was written here: sessions.csv" in err) == (2, True)
    assert everything(tmp_path) == before
    shutil.copytree(made, tmp_path / "in")
    code, _, err = run("extract", tmp_path / "in/sessions.jsonl", "-o", tmp_path / "in")
    assert (code, "holds other things" in err) == (2, True)


def test_a_run_that_was_killed_knows_its_own_files(tmp_path):
    begin_results(tmp_path)
    write_text(tmp_path / "table.csv", "a\n")
    (tmp_path / ".table.md-0123abcd.partial").write_text("hal")
    assert prepare_folder(tmp_path, overwrite=False) is True
    found = survey(tmp_path)
    assert (list(found.ours), found.partial) == (["table.csv"], [".table.md-0123abcd.partial"])
    (tmp_path / "table.csv").write_text("b\n")
    with pytest.raises(af.ParameterError, match=r"table\.csv \(changed since it was written\)"):
        prepare_folder(tmp_path, overwrite=True)
    (tmp_path / "table.csv").write_text("a\n")
    (tmp_path / "copy.csv").write_text("a\n")  # our bytes under a name of the user
    with pytest.raises(af.ParameterError, match=r"1 file is not what was written here: copy\.csv"):
        prepare_folder(tmp_path, overwrite=True)
    (tmp_path / "copy.csv").unlink()
    finish_results(tmp_path, {}, {"format": 1})
    assert sorted(path.name for path in files_in(tmp_path)) == [
        *(".table.md-0123abcd.partial", "manifest.json", "run.json", "table.csv")
    ]


def test_a_folder_whose_manifest_lists_no_files(tmp_path):
    """Those of earlier development versions are not overwritten: nobody knows whose files are."""
    (tmp_path / "manifest.json").write_text('{"format": 1, "configuration": {}}')
    (tmp_path / "table.csv").write_text("a\n")
    with pytest.raises(af.ParameterError, match=r"or move them: 2 files are not what was written"):
        prepare_folder(tmp_path, overwrite=True)


def test_names_with_signs_that_move_the_cursor(tmp_path):
    (tmp_path / "a\x1b[2Jb.txt").write_text("mine")
    with pytest.raises(af.ParameterError, match=r"here: a\?\[2Jb\.txt\."):
        prepare_folder(tmp_path, overwrite=True)


# Models


@pytest.mark.parametrize("which", ["partial", "former"])
@pytest.mark.parametrize("name", ["thesis.txt", "model.json", "parts.json", "run.json", ".written"])
def test_folders_of_others_beside_a_model(run, made, tmp_path, which, name):
    model, beside = tmp_path / "model", tmp_path / f".model.{which}"
    shutil.copytree(made / "model", model)
    beside.mkdir()
    (beside / name).write_text("mine")
    command = [*COMMANDS["train"].format_map({"in": made}).split(), "--rater", "client"]
    refused(run, command, model, f"1 file is not what was written here: {name}")
    shutil.rmtree(beside)
    elsewhere = tmp_path / "elsewhere"
    shutil.copytree(made / "model", elsewhere)
    beside.symlink_to(elsewhere)
    refused(run, command, model, "a link or a file")
    assert (elsewhere / "model.json").is_file()


def test_what_a_save_that_was_killed_left_is_removed(made, tmp_path):
    model = af.AllianceRegressor.load(made / "model")
    folder = tmp_path / "model"
    shutil.copytree(made / "model", folder)
    shutil.copytree(made / "model", tmp_path / ".model.former")
    (tmp_path / ".model.former" / "parts.json").unlink()
    begin = tmp_path / ".model.partial"
    begin.mkdir()
    begin_results(begin)
    (begin / "parts.json").write_text("{")
    model.save(folder, overwrite=True)
    assert [path.name for path in tmp_path.iterdir()] == ["model"]
    af.AllianceRegressor.load(folder)


def test_train_refuses_before_it_reads(run, made, tmp_path):
    (tmp_path / "model.json").write_text("{}")
    (tmp_path / "thesis.txt").write_text("mine")
    code, _, err = run(
        "train", made / "none.jsonl", made / "none.csv", "-o", tmp_path, "--overwrite"
    )
    assert (code, "2 files are not what was written here: model.json, thesis.txt" in err) == (
        2,
        True,
    )
    assert (tmp_path / "thesis.txt").read_text() == "mine"


# Files beside those of others


def test_a_simulation_beside_other_files(run, tmp_path):
    command = ("simulate", "--clients", "3", "--sessions", "8", "--turns", "12", "-o", tmp_path)
    (tmp_path / "thesis.txt").write_text("mine")
    assert run(*command)[0] == 0
    assert run(*command, "--overwrite")[0] == 0
    for name in ("sessions.jsonl", "ratings.csv", "truth.json"):
        content = (tmp_path / name).read_bytes()
        (tmp_path / name).write_bytes(content + b"\n")
        code, _, err = run(*command, "--overwrite")
        assert (code, f"here: {name} (changed since it was written); move" in err) == (2, True)
        (tmp_path / name).write_bytes(content)
    (tmp_path / "ratings.csv").rename(tmp_path / "mine.csv")
    (tmp_path / "ratings.csv").symlink_to(tmp_path / "mine.csv")
    code, _, err = run(*command, "--overwrite")
    assert (code, "ratings.csv (a link" in err) == (2, True)
    (tmp_path / LISTING).write_text("mine")
    code, _, err = run(*command, "--overwrite")
    assert (code, f"4 files are not what was written here: {LISTING}" in err) == (2, True)
    assert (tmp_path / "thesis.txt").read_text() == "mine"


def test_a_benchmark_beside_other_files(run, tmp_path):
    (tmp_path / "table.csv").write_text("mine")
    code, _, err = run("bench", "--sessions", "3", "-o", tmp_path, "--overwrite")
    assert (code, "1 file is not what was written here: table.csv" in err) == (2, True)
    assert everything(tmp_path) == {tmp_path / "table.csv": b"mine"}


def test_what_others_have_half_written_is_not_written_over(tmp_path):
    theirs = tmp_path / ".table.csv.partial"
    theirs.write_text("mine")
    write_text(tmp_path / "table.csv", "a\n")
    assert theirs.read_text() == "mine"


def _killed(folder, made, run):
    """Leave a folder as an extraction does that was killed after its parts."""
    command = ("extract", made / "sessions.jsonl", "--features", "volume", "-o", folder)
    assert run(*command)[0] == 0
    parts = [path for path in files_in(folder) if path.name.startswith("part-")]
    begin_results(folder)
    end_of_process(folder)
    return command, parts


def end_of_process(folder):
    """Forget that this process keeps the list of a folder, as after a kill."""
    ownership._kept.discard(folder.resolve())


def test_what_others_write_into_a_folder_that_was_left_stays(run, made, tmp_path):
    out = tmp_path / "out"
    command, _ = _killed(out, made, run)
    folds = af.make_folds([1, 2, 3, 4], ["a", "b", "c", "d"], n_folds=2)
    af.save_folds(folds, out / "folds.json")
    (out / "mine").mkdir()
    af.write_ratings(out / "mine" / "ratings.csv", af.read_ratings(made / "ratings.csv"))
    evaluation = ("rated", made / "ratings.csv", "--draws", "50", "-o", out / "rated")
    assert run(*evaluation)[0] == 0
    before = everything(out)
    code, _, err = run(*command)
    assert (code, "are not what was written here" in " ".join(err.split())) == (2, True), err
    assert everything(out) == before


def test_a_copy_of_a_part_makes_no_folder_ours(run, made, tmp_path):
    whole, mine = tmp_path / "whole", tmp_path / "mine"
    command = ("extract", made / "sessions.jsonl", "--features", "volume", "-o")
    assert run(*command, whole)[0] == 0
    (mine / "data").mkdir(parents=True)
    shutil.copy(whole / "sessions" / "part-00000.parquet", mine / "data")
    (mine / "run.json").write_text('{"name": "another program"}')
    refused(run, command[:-1], mine, "2 files are not what was written here")
    shutil.rmtree(mine)
    shutil.copytree(whole / "sessions", mine / "sessions")
    refused(run, command[:-1], mine, "sessions/part-00000.parquet")


def test_ratings_that_a_user_puts_in_the_place_of_simulated_ones_stay(run, tmp_path):
    simulate = ("simulate", "-o", tmp_path / "sim", "--sessions", "4", "--clients", "2")
    assert run(*simulate)[0] == 0
    table = af.read_ratings(tmp_path / "sim" / "ratings.csv")
    af.write_ratings(tmp_path / "sim" / "ratings.csv", table.slice(1))
    code, _, err = run(*simulate, "--overwrite")
    assert (code, "ratings.csv (changed since it was written)" in err) == (2, True), err


def test_what_a_desktop_leaves_in_a_model_stays(run, made, tmp_path):
    train = ("train", made / "sessions.jsonl", made / "ratings.csv", "--rater", "client")
    train += ("--features", "volume", "-o", tmp_path / "m")
    assert run(*train)[0] == 0
    (tmp_path / "m" / ".DS_Store").write_bytes(b"view")
    code, _, err = run(*train, "--overwrite")
    assert code == 0, err
    assert (tmp_path / "m" / ".DS_Store").read_bytes() == b"view"
    assert [path.name for path in tmp_path.iterdir()] == ["m"]


def test_a_model_in_the_folder_where_the_user_is(run, made, tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    train = ("train", made / "sessions.jsonl", made / "ratings.csv", "--rater", "client")
    code, _, err = run(*train, "--features", "volume", "-o", ".")
    assert (code, "the folder that you are in" in err) == (2, True), err
    code, _, err = run(*train, "--features", "volume", "-o", "model")
    assert code == 0, err
    assert (tmp_path / "here" / "model" / "model.json").is_file()
