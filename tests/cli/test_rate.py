"""`alliance-features rate`: folders, dry runs, exit codes."""

import json
from functools import partial

import pytest

import alliance_features as af
from llm_stub import able, completion, ratings, stub


@pytest.fixture
def rate(run):
    """Call `alliance-features rate`; return exit code, stdout, stderr."""
    return partial(run, "rate")


@pytest.fixture
def sessions(tmp_path):
    path = tmp_path / "sessions.jsonl"
    turns = [{"role": "client", "text": "A hard week."}, {"role": "therapist", "text": "How so?"}]
    lines = [
        json.dumps({"session_id": name, "language": "en", "client_id": "c1", "turns": turns})
        for name in ("s1", "s2")
    ]
    path.write_text("\n".join(lines))
    return path


def _to(server):
    return "--base-url", server.url, "--model", "m"


def test_a_rating_and_what_it_leaves(rate, sessions, tmp_path):
    out = tmp_path / "out"
    with stub(able) as server:
        options = [sessions, "-o", out, *_to(server), "--price-in", "1", "--price-out", "2"]
        code, told, errors = rate(*options, "--format", "csv", "--seed", "7")
        assert (code, errors) == (0, "")
        assert "2 sessions, 0 errors, 36 answers asked for, 0 taken from the store" in told
        assert "items: ok 36" in told
        assert "subscales: ok 6" in told
        assert "tokens: 36,000 in, 36 out" in told
        assert "cost: 36.0720" in told
        names = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
        assert names == {
            *("scores/part-00000.parquet", "details/part-00000.parquet", "scores.csv"),
            *("details.csv", "errors.parquet", "manifest.json", "run.json", "answers.sqlite"),
        }
        scores = af.read_scores(out / "scores.csv")
        assert scores.equals(af.read_scores(out / "scores/part-00000.parquet"))
        assert set(scores["score"].to_pylist()) == {3.0}
        manifest = json.loads((out / "manifest.json").read_text())
        assert manifest["configuration"]["seed"] == 7
        assert manifest["configuration"]["remote"] is False
        assert manifest["prompt"].startswith("direct_logprob-v1-")
        assert manifest["counts"]["statuses"]["items"] == {"ok": 36}
        assert json.loads((out / "run.json").read_text())["server"] == server.url[:-3]

        code, _, errors = rate(*options)
        assert code == 2
        assert "holds results; name another folder or say --overwrite" in errors
        asked = len(server.bodies)
        code, told, _ = rate(*options, "--overwrite", "--seed", "7")
        assert (code, len(server.bodies)) == (0, asked)
        assert "0 answers asked for, 36 taken from the store" in told


def test_a_dry_run_sends_and_writes_nothing(rate, sessions, tmp_path):
    out = tmp_path / "out"
    with stub(able) as server:
        code, told, _ = rate(sessions, "-o", out, *_to(server), "--dry-run")
        assert (code, server.bodies) == (0, [])
        assert "2 sessions, 36 ratings of items, 36 calls, up to 216" in told
        assert "stored already: 0 calls" in told
        assert told.endswith("Nothing was sent.\n")
        assert not out.exists()
        rate(sessions, "-o", out, *_to(server))
        asked = len(server.bodies)
        more = "--price-in", "1", "--price-out", "1", "--rate-limit", "60"
        code, told, _ = rate(
            sessions, "-o", out, *_to(server), "--dry-run", "--repeats", "2", *more
        )
        assert (code, len(server.bodies)) == (0, asked)
        assert "72 calls" in told
        assert "stored already: 36 calls" in told
        assert "time, roughly: 36 s" in told


def test_another_machine_must_be_allowed(rate, sessions, tmp_path, monkeypatch):
    options = [sessions, "-o", tmp_path / "out", "--base-url", "http://203.0.113.7/v1"]
    code, _, errors = rate(*options, "--model", "m")
    assert code == 2
    assert "full text of every session" in errors
    assert "--allow-remote" in errors
    assert not (tmp_path / "out").exists()
    code, told, _ = rate(*options, "--model", "m", "--dry-run")
    assert code == 0
    assert "Rating sends to http://203.0.113.7: the full text" in told
    monkeypatch.setattr("alliance_features.raters.llm.guard._loopback", lambda *_: None)
    with stub(able) as server:
        code, _, errors = rate(
            sessions, "-o", tmp_path / "out", *_to(server), "--allow-remote", "--concurrency", "2"
        )
        assert (code, len(ratings(server))) == (0, 36)
    assert "Rating sends to http://127.0.0.1" in errors
    assert json.loads((tmp_path / "out/manifest.json").read_text())["configuration"]["remote"]


def test_folders_that_are_not_ours(rate, sessions, tmp_path):
    (tmp_path / "other").mkdir()
    (tmp_path / "other/notes.txt").touch()
    with stub(able) as server:
        for name, message in (
            ("other", "holds other things"),
            ("sessions.jsonl", "which is a file"),
        ):
            code, _, errors = rate(sessions, "-o", tmp_path / name, *_to(server), "--overwrite")
            assert code == 2
            assert message in errors
        assert server.bodies == []


def test_sessions_that_cannot_be_read(rate, sessions, tmp_path):
    sessions.write_text(sessions.read_text() + "\n{\n")
    with stub(able) as server:
        code, told, errors = rate(sessions, "-o", tmp_path / "out", *_to(server))
        assert code == 3
        assert "bad_json" in errors
        assert "2 sessions, 1 error, " in told
        sessions.write_text("{\n")
        code, _, errors = rate(sessions, "-o", tmp_path / "none", *_to(server))
        assert code == 1
        assert "No session could be read (1 error, the first:" in errors


def test_no_rating_at_all(rate, sessions, tmp_path):
    with stub(lambda _: completion("I'm sorry, no.")) as server:
        code, told, _ = rate(
            sessions,
            "-o",
            tmp_path / "out",
            *_to(server),
            "--mode",
            "sampled_mean",
            "--samples",
            "1",
        )
    assert code == 1
    assert "items: refused 36" in told
    assert "refusal: 36 (the model declined)" in told


def test_an_inventory_of_the_user(rate, sessions, tmp_path):
    inventory = tmp_path / "mine.csv"
    inventory.write_text(
        "id,subscale,sign,client,language,low,high\n1,bond,-1,We quarrel.,en,0,100\n"
    )
    with stub(lambda _: completion("73")) as server:
        code, _, _ = rate(
            *(sessions, "-o", tmp_path / "out", *_to(server), "--inventory", inventory),
            *("--mode", "sampled_mean", "--perspective", "client", "--rater", "mine"),
            *("--store", tmp_path / "kept.sqlite"),
        )
        assert "We quarrel." in server.bodies[-1]["messages"][1]["content"]
    assert code == 0
    assert (tmp_path / "kept.sqlite").exists()
    rows = af.read_scores(tmp_path / "out/scores/part-00000.parquet").to_pylist()
    assert [row["score"] for row in rows] == [73.0, 27.0] * 2
    assert {(row["rater"], row["model"], row["instrument"]) for row in rows} == {
        ("mine", "m", "mine")
    }
