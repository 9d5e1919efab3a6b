"""Log-odds of words against an oracle and by hand, and what is shown of words."""

import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

import alliance_features as af
import naive_raters
from alliance_features.commands.simulate import write_simulation
from alliance_features.commands.words import words_files
from alliance_features.corpus.word_odds import log_odds, thirds, word_table
from alliance_features.errors import ParameterError, ResourceError
from alliance_features.evaluation.rated_sessions import Ratings
from alliance_features.transcript.source import Input

WORDS = ("a", "b", "c", "d")
COUNTS = st.lists(st.integers(0, 40), min_size=4, max_size=4).filter(sum)


def test_worked_example():
    # Pseudo-counts 1 and 1; odds 31 / 11 and 11 / 31; log 2.0722; variance 1/31 + 1/11 = .12317.
    found = log_odds([30, 10], [10, 30], strength=2)
    np.testing.assert_allclose(found.delta, [2.0722, -2.0722], atol=5e-5)
    np.testing.assert_allclose(found.z, [5.9045, -5.9045], atol=5e-4)


@given(COUNTS, COUNTS, st.sampled_from([0.5, 10.0, 500.0]))
def test_matches_naive(first, second, strength):
    expected = (
        naive_raters.log_odds(
            dict(zip(WORDS, first, strict=True)), dict(zip(WORDS, second, strict=True)), strength
        )
        if all(a + b for a, b in zip(first, second, strict=True))
        else None
    )
    found = log_odds(first, second, strength=strength).z
    if expected is None:
        unused = [a + b == 0 for a, b in zip(first, second, strict=True)]
        assert np.isnan(found[unused]).all()
    else:
        np.testing.assert_allclose(found, [expected[w] for w in WORDS], rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(found, -log_odds(second, first, strength=strength).z)


def test_a_stronger_prior_draws_to_zero():
    weak, strong = (abs(log_odds([9, 91], [1, 99], strength=s).z[0]) for s in (1, 1000))
    assert strong < weak


def test_a_background_can_be_the_prior():
    own = log_odds([5, 5], [1, 9], prior=[6, 14], strength=7)
    np.testing.assert_allclose(own.z, log_odds([5, 5], [1, 9], strength=7).z)


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        (([1, 2], [1]), {}, "must agree"),
        (([1, -2], [1, 2]), {}, r"`first\[1\]` is -2.0; a count is >= 0"),
        (([1], [2]), {"strength": 0}, "`strength` is 0; it must be a number above 0"),
    ],
)
def test_misuse(arguments, options, message):
    with pytest.raises(ParameterError, match=message):
        log_odds(*arguments, **options)


def test_thirds_keep_equal_ratings_together():
    assert thirds([5, 5, 5, 5, 1, 3]).tolist() == [0, 0, 0, 0, -1, -1]
    assert thirds([float("nan"), 1, 2, 3]).tolist() == [0, -1, 0, 1]


def test_words_of_few_clients_and_words_at_all_are_kept_back():
    texts = [["calm", "calm"], ["calm"], ["storm"], ["storm", "mine"]]
    found = word_table(texts, [True, True, False, False], list("abcd"), min_clients=2)
    assert found["word"].to_pylist() == [None, None]
    assert found["first_n"].to_pylist() == [3, 0]
    named = word_table(
        texts, [True, True, False, False], list("abcd"), min_clients=2, show_words=True
    )
    assert named["word"].to_pylist() == ["calm", "storm"]
    with pytest.raises(ParameterError, match="no word in one of the two groups"):
        word_table(texts, [True] * 4, list("abcd"))


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made")
    write_simulation(af.simulate(8, 24, n_turns=12), folder)
    return folder


def test_files_hold_no_word_unless_asked(made, tmp_path):
    rated, source = Ratings(path=made / "ratings.csv"), Input(paths=[made / "sessions.jsonl"])
    text = words_files(rated, tmp_path / "out", source=source, min_clients=2)
    assert "Words are not named" in text
    header, *lines = (tmp_path / "out" / "words.csv").read_text().splitlines()
    assert header.startswith('"dimension","role","word"')
    assert lines
    assert all(line.split(",")[2] == "" for line in lines)
    named = words_files(rated, tmp_path / "named", source=source, min_clients=2, show_words=True)
    assert "Words are not named" not in named
    rows = (tmp_path / "named" / "words.csv").read_text().splitlines()[1:]
    assert len(rows) == len(lines)
    assert all(line.split(",")[2] != "" for line in rows)
    assert json.loads((tmp_path / "named" / "manifest.json").read_text())["configuration"][
        "show_words"
    ]


def test_rationales_by_thirds_and_by_dimension(made, tmp_path):
    rated = Ratings(path=made / "ratings.csv")
    rows = [
        {"session_id": row["session_id"], "dimension": d, "rationale": f"They agree on {d} work."}
        for row in af.read_ratings(made / "ratings.csv").to_pylist()
        if row["dimension"] == "goal"
        for d in ("goal", "task", "bond")
    ]
    path = tmp_path / "rationales.parquet"
    pq.write_table(pa.Table.from_pylist(rows), path)
    words_files(rated, tmp_path / "out", rationales=path, against="dimensions", show_words=True)
    lines = (tmp_path / "out" / "words.csv").read_text().splitlines()
    assert next(line for line in lines if '"goal","rationale"' in line).split(",")[2] == '"goal"'
    assert "bond" in words_files(rated, tmp_path / "two", rationales=path)


def test_misuse_of_files(made, tmp_path):
    rated, source = Ratings(path=made / "ratings.csv"), Input(paths=[made / "sessions.jsonl"])
    with pytest.raises(ParameterError, match=r"either sessions \(PATH\) or `rationales`"):
        words_files(rated, tmp_path / "out")
    with pytest.raises(ParameterError, match="`against` is 'dimensions'"):
        words_files(rated, tmp_path / "out", source=source, against="dimensions")
    with pytest.raises(ResourceError, match="is not a Parquet file with session_id"):
        words_files(rated, tmp_path / "out", rationales=made / "ratings.csv")


def test_sessions_without_a_rating_are_told(made, tmp_path):
    lines = (made / "sessions.jsonl").read_text(encoding="utf-8").splitlines()
    records = [json.loads(line) for line in lines]
    records[0]["session_id"] = records[0]["session_id"].upper()
    records[1]["session_id"] = "other"
    path = tmp_path / "sessions.jsonl"
    path.write_text("\n".join(map(json.dumps, records)), encoding="utf-8")
    rated = Ratings(path=made / "ratings.csv")
    text = words_files(rated, tmp_path / "out", source=Input(paths=[path]), min_clients=2)
    assert "2 sessions without a rating left out; 1 would match if case, blanks, hyphens" in text
