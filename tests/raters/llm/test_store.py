"""Stored answers, settings and estimates: no server is asked."""

import json
import sqlite3
from dataclasses import replace

import pytest

from alliance_features import ParameterError, ResourceError
from alliance_features.inventories import load_inventory
from alliance_features.raters.llm.answers import Answer
from alliance_features.raters.llm.ask import Call, call_seed, question
from alliance_features.raters.llm.cache import AnswerCache
from alliance_features.raters.llm.estimate import count_tokens, estimate_rating
from alliance_features.raters.llm.settings import RatingPlan
from alliance_features.raters.llm.split import Part

URL = "http://127.0.0.1:1/v1"
ANSWER = Answer(
    status="ok",
    score=3.25,
    mass=0.97,
    entropy=1.5,
    argmax=3,
    constraint="choice",
    tokens_in=900,
    tokens_out=40,
    seconds=0.5,
    attempts=2,
    evidence=(3, 8),
    evidence_absent=1,
    rationale="xylocarpella",
)


def plan(**settings):
    return RatingPlan(**{"base_url": URL, "model": "m", **settings})


CALL = Call(
    part=Part(lines=("[0] Client: quombatrine",), turns=frozenset({0})),
    statement="They agree.",
    mode="direct_logprob",
    session_id="s1",
    item_id="g1",
    repeat=1,
    sample=0,
)


def test_an_answer_comes_back_as_it_was(tmp_path):
    cache = AnswerCache(tmp_path / "a.sqlite")
    assert cache.get("k") is None
    cache.put("k", ANSWER)
    cache.close()
    again = AnswerCache(tmp_path / "a.sqlite")
    assert again.get("k") == replace(ANSWER, rationale=None)
    again.put("r", ANSWER, with_rationale=True)
    assert again.get("r") == ANSWER
    assert again.mean_seconds() == 0.5
    again.close()


def test_the_file_comes_with_the_first_answer(tmp_path):
    path = tmp_path / "new/a.sqlite"
    first, second = AnswerCache(path), AnswerCache(path)
    assert first.get("k") is None
    assert first.mean_seconds() is None
    assert list(path.parent.iterdir()) == []
    kept = second.put("k", ANSWER)
    assert first.get("k") == kept
    first.put("l", ANSWER)
    assert second.get("l") == kept
    first.close()
    second.close()
    unused = AnswerCache(tmp_path / "b.sqlite")
    unused.close()
    with pytest.raises(ResourceError, match="stored answers cannot be used"):
        unused.put("k", ANSWER)
    assert not (tmp_path / "b.sqlite").exists()


def test_answers_that_cannot_be_stored(tmp_path, monkeypatch):
    cache = AnswerCache(tmp_path / "a.sqlite")
    cache.put("k", ANSWER)
    (pages,) = cache._db.execute("PRAGMA page_count").fetchone()
    cache._db.execute(f"PRAGMA max_page_count = {pages}")
    large = replace(ANSWER, rationale="x" * 100_000)
    with pytest.raises(ResourceError, match=r"a\.sqlite: .* \(SQLITE_FULL\)\. Is the disk full"):
        cache.put("l", large, with_rationale=True)
    assert cache.get("l") is None
    assert cache.get("k") == replace(ANSWER, rationale=None)
    cache.close()
    (tmp_path / "file").touch()
    with pytest.raises(ResourceError, match="no folder for stored answers: File exists"):
        AnswerCache(tmp_path / "file/b.sqlite")
    monkeypatch.setattr("os.access", lambda *_: False)
    with pytest.raises(ResourceError, match="no folder for stored answers: it cannot be written"):
        AnswerCache(tmp_path / "b.sqlite")


def test_an_error_is_asked_again():
    cache = AnswerCache()
    cache.put("k", Answer(status="error", code="timeout", attempts=9))
    assert cache.get("k") is None
    assert cache.mean_seconds() is None
    for status in ("missing", "refused", "out_of_range", "unparsable"):
        cache.put(status, Answer(status=status))
        assert cache.get(status).status == status
    cache.close()


def test_the_file_holds_no_text_and_is_the_user_s_alone(tmp_path):
    path = tmp_path / "a.sqlite"
    cache = AnswerCache(path)
    key = cache.key(question(plan().with_inventory(), CALL))
    cache.put(key, ANSWER)
    cache.close()
    content = path.read_bytes().lower()
    assert key.encode() in content
    for word in (b"quombatrine", b"xylocarpella", b"agree"):
        assert word not in content
    assert path.stat().st_mode & 0o077 == 0
    assert sqlite3.connect(path).execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_a_key_tells_all_that_decides_an_answer(monkeypatch):
    base = plan().with_inventory()
    cache = AnswerCache()
    questions = {
        "base": question(base, CALL),
        "model": question(replace(base, model="n"), CALL),
        "seed": question(replace(base, seed=1), CALL),
        "perspective": question(replace(base, perspective="client"), CALL),
        "scale": question(replace(base, inventory=replace(base.items, high=7.0)), CALL),
        "statement": question(base, replace(CALL, statement="They quarrel.")),
        "transcript": question(base, replace(CALL, part=Part(lines=("x",), turns=frozenset()))),
        "session": question(base, replace(CALL, session_id="s2")),
        "item": question(base, replace(CALL, item_id="g2")),
        "repeat": question(base, replace(CALL, repeat=2)),
        "sample": question(base, replace(CALL, sample=1)),
        "mode": question(base, replace(CALL, mode="sampled_mean")),
        "temperature": question(replace(base, temperature=0.2), replace(CALL, mode="sampled_mean")),
    }
    reasons = replace(CALL, mode="rationale_then_score")
    questions["rationale"] = question(base, reasons)
    questions["kept"] = question(replace(base, with_rationales=True), reasons)
    questions["chars"] = question(replace(base, rationale_chars=9), reasons)
    keys = {name: cache.key(one) for name, one in questions.items()}
    assert len(set(keys.values())) == len(keys)
    # How fast, where, and at what price does not matter.
    same = replace(base, base_url="http://127.0.0.1:2/v1", concurrency=9, price_in=1, price_out=1)
    assert cache.key(question(same, CALL)) == keys["base"]
    cache.close()
    monkeypatch.setenv("ALLIANCE_FEATURES_HASH_KEY", "another key of the user")
    other = AnswerCache()
    assert other.key(questions["base"]) != keys["base"]
    other.close()


def test_answers_under_another_key_are_not_passed_over(tmp_path, monkeypatch):
    cache = AnswerCache(tmp_path / "a.sqlite")
    cache.put("k", ANSWER)
    cache.close()
    monkeypatch.setenv("ALLIANCE_FEATURES_HASH_KEY", "another key of the user")
    with pytest.raises(ResourceError, match="under another hash key"):
        AnswerCache(tmp_path / "a.sqlite")


def test_files_that_are_no_store(tmp_path):
    (tmp_path / "a.sqlite").write_text("They agree. " * 100)
    with pytest.raises(ResourceError, match="not a SQLite file") as caught:
        AnswerCache(tmp_path / "a.sqlite")
    assert caught.value.__context__ is None
    with pytest.raises(ResourceError, match="cannot be opened"):
        AnswerCache(tmp_path)
    db = sqlite3.connect(tmp_path / "b.sqlite")
    db.executescript("CREATE TABLE about (name, value); INSERT INTO about VALUES ('format', '0');")
    db.close()
    with pytest.raises(ResourceError, match="another version"):
        AnswerCache(tmp_path / "b.sqlite")


def test_seeds_differ_and_stay():
    result = {
        call_seed(seed, replace(CALL, repeat=repeat, sample=sample), attempt)
        for seed in (0, 1)
        for repeat in (1, 2)
        for sample in range(5)
        for attempt in range(5)
    }
    assert len(result) == 100
    assert call_seed(0, CALL, 0) == call_seed(0, CALL, 0)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"mode": "direct"}, "`mode` is 'direct'; it must be one of \"direct_logprob\""),
        ({"perspective": "me"}, "`perspective` is 'me'"),
        ({"overflow": "cut"}, "`overflow` is 'cut'"),
        ({"samples": 0}, "`samples` is 0; it must be a whole number >= 1"),
        ({"concurrency": 1.5}, "`concurrency` is 1.5"),
        ({"seed": -1}, "`seed` is -1"),
        ({"temperature": -0.1}, "`temperature` is -0.1; it must be a number, 0 or more"),
        ({"rate_limit": 0}, "`rate_limit` is 0; it must be a number, above 0"),
        ({"timeout": float("nan")}, "`timeout` is nan"),
        ({"timeout": float("inf")}, "`timeout` must be finite"),
        ({"price_in": 1.0}, "`price_in` and `price_out` go together"),
        ({"model": ""}, "`model` has 0 characters"),
        ({"model": "a b"}, "`model` .* without white space"),
        ({"rater": "a b"}, "`rater` .* without white space"),
    ],
)
def test_malformed_settings(settings, message):
    with pytest.raises(ParameterError, match=message):
        plan(**settings)


def test_scales_that_a_mode_cannot_use():
    wide = replace(load_inventory(), low=0.0, high=100.0)
    with pytest.raises(ParameterError, match=r'one digit.*0 to 100; use "sampled_mean"'):
        plan(inventory=wide).with_inventory()
    assert plan(inventory=wide, mode="sampled_mean").with_inventory().scale == (0, 100)
    with pytest.raises(ResourceError, match=r"1\.5 is not one"):
        plan(inventory=replace(wide, low=1.5)).with_inventory()
    item = replace(load_inventory().items[0], wordings={"client": "We agree."})
    with pytest.raises(ResourceError, match="has no wording for the observer"):
        plan(inventory=replace(load_inventory(), items=(item,))).with_inventory()
    with pytest.raises(ParameterError, match="name of the inventory"):
        plan(inventory=replace(load_inventory(), name="my items")).with_inventory()


def test_estimates(make_session):
    sessions = [make_session("A week.", "How so?", session_id=name) for name in ("a", "b")]
    estimate = estimate_rating(sessions, plan(price_in=1.0, price_out=10.0, rate_limit=60))
    assert (estimate.sessions, estimate.items, estimate.calls, estimate.calls_most) == (
        2,
        36,
        36,
        216,
    )
    assert (estimate.stored, estimate.tokens_out, estimate.seconds) == (0, 36, 36.0)
    assert estimate.cost == pytest.approx((estimate.tokens_in + 10 * 36) / 1000)
    drawn = estimate_rating(sessions, plan(mode="sampled_mean", samples=3, repeats=2))
    assert (drawn.items, drawn.calls, drawn.calls_most) == (72, 216, 216)
    assert (drawn.cost, drawn.seconds) == (None, None)
    empty = estimate_rating([make_session("")], plan())
    assert (empty.sessions, empty.calls) == (1, 0)


def test_tokens_of_scripts():
    assert count_tokens("a" * 400) == 100
    assert count_tokens("\u4f60\u597d") == 2
    assert json.dumps(count_tokens("")) == "0"
