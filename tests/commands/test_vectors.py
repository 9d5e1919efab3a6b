"""Training word vectors: the same bytes twice, rare words nowhere, usable at once."""

import hashlib
import json
import os
import socket
import subprocess
import sys
from collections import Counter

import numpy as np
import pytest

import alliance_features as af
from alliance_features.commands.vectors import Settings, train_vectors
from alliance_features.transcript.source import Input

CANARY = "xylocarpella"
ENGLISH = "river garden mother winter money letter house morning doctor music dinner summer"
GERMAN = "fluss garten mutter winter geld brief haus morgen arzt musik essen sommer"
WORDS = {"en": ENGLISH.split(), "de": GERMAN.split()}
METHODS = ("word2vec", "fasttext")
SMALL = {"dimensions": 8, "epochs": 2}


@pytest.fixture(autouse=True)
def _no_network(monkeypatch):
    """No test of this file may open a connection."""

    def refuse(*arguments, **options):
        raise AssertionError("a connection was opened")

    for name in ("connect", "connect_ex", "bind"):
        monkeypatch.setattr(socket.socket, name, refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


def _records(language="en", *, n_clients=8, per_client=2, named=True):
    """Return sessions of random words; each client says a word of its own in every turn."""
    rng = np.random.default_rng(5)
    records = []
    for number in range(n_clients * per_client):
        client = number // per_client
        turns = []
        for place in range(16):
            words = [WORDS[language][k] for k in rng.integers(12, size=9)]
            if client == 0:
                words.insert(4, CANARY)
            if client < 4:
                words.append("lantern")
            turns.append({"role": ("therapist", "client")[place % 2], "text": " ".join(words)})
        record = {"session_id": f"s{number}", "language": language, "turns": turns}
        records.append(record | ({"client_id": f"c{client}"} if named else {}))
    return records


@pytest.fixture
def write(tmp_path):
    def put(records, name="sessions.jsonl"):
        path = tmp_path / name
        path.write_text("\n".join(map(json.dumps, records)), encoding="utf-8")
        return Input(paths=[path])

    return put


def _changed(source, **fields):
    return Input(paths=source.paths, **fields)


def test_two_runs_give_the_same_bytes(write, tmp_path):
    """Also in a process whose string hashes differ."""
    source = write(_records())
    for method in METHODS:
        train_vectors(source, tmp_path / f"{method}-1.npz", Settings(method=method, **SMALL))
    code = (
        "import sys; from pathlib import Path\n"
        "from alliance_features.transcript.source import Input\n"
        "from alliance_features.commands.vectors import Settings, train_vectors\n"
        f"for method in {METHODS}:\n"
        "    train_vectors(Input(paths=[Path(sys.argv[1])]),\n"
        "        Path(sys.argv[2], f'{method}-2.npz'),\n"
        "        Settings(method=method, dimensions=8, epochs=2))"
    )
    subprocess.run(
        [sys.executable, "-c", code, source.paths[0], tmp_path],
        env={**os.environ, "PYTHONHASHSEED": "77"},
        check=True,
    )
    for method in METHODS:
        first = (tmp_path / f"{method}-1.npz").read_bytes()
        assert first == (tmp_path / f"{method}-2.npz").read_bytes()
        train_vectors(
            source, tmp_path / "v.npz", Settings(method=method, seed=1, **SMALL), overwrite=True
        )
        assert first != (tmp_path / "v.npz").read_bytes()


def test_what_the_file_holds(write, tmp_path):
    source = write(_records())
    done = train_vectors(source, tmp_path / "v.npz", Settings(**SMALL))
    vectors = af.load_vectors(tmp_path / "v.npz")
    said = Counter(
        token
        for session in af.read_sessions(source.paths)
        for turn in af.turn_tokens(session)
        for token in turn
    )
    kept = {word: count for word, count in said.items() if word in WORDS["en"]}
    assert list(vectors.index) == sorted(kept, key=lambda word: (-kept[word], word))
    assert vectors.matrix.dtype == np.float32
    assert (len(vectors), vectors.dimensions, vectors.language) == (12, 8, "en")
    assert np.abs(vectors.matrix).max(1).min() > 0
    expected = [1e-3 / (1e-3 + kept[word] / said.total()) for word in vectors.index]
    np.testing.assert_allclose(vectors.weights, expected, rtol=1e-12)
    assert vectors.about["counts"] == done.counts
    assert done.counts == {
        "clients": 8,
        "sessions": 16,
        "sessions_without_client_id": 0,
        "tokens": said.total(),
        "tokens_kept": sum(kept.values()),
        "turns": 256,
        "words": 12,
        "words_dropped": 2,
    }
    assert (vectors.about["method"], vectors.about["window"]) == ("word2vec", 5)
    assert done.vectors.sha256 == hashlib.sha256((tmp_path / "v.npz").read_bytes()).hexdigest()
    assert [path.name for path in tmp_path.glob("*.npz*")] == ["v.npz"]


@pytest.mark.parametrize("method", METHODS)
def test_words_of_few_clients_leave_no_trace(write, tmp_path, caplog, capfd, method):
    """The vectors are those of a corpus in which the rare words were never said."""
    caplog.set_level("DEBUG")
    records = _records()
    settings = Settings(method=method, **SMALL)
    vectors = train_vectors(write(records), tmp_path / "v.npz", settings).vectors
    for record in records:
        for turn in record["turns"]:
            words = turn["text"].split()
            turn["text"] = " ".join(word for word in words if word not in (CANARY, "lantern"))
    clean = train_vectors(write(records), tmp_path / "w.npz", settings).vectors
    assert list(vectors.index) == list(clean.index)
    np.testing.assert_array_equal(vectors.matrix, clean.matrix)
    told = capfd.readouterr()
    for place in (caplog.text, told.out, told.err, (tmp_path / "v.npz").read_bytes().decode("l1")):
        assert CANARY not in place
        assert "lantern" not in place
    assert "garden" not in caplog.text + told.out + told.err


def test_limits_are_reached_exactly(write, tmp_path):
    """Four clients say "lantern", 128 times in all."""
    source = write(_records())
    for limits, kept in [
        ({"min_clients": 4}, True),
        ({"min_clients": 5}, False),
        ({"min_clients": 4, "min_count": 128}, True),
        ({"min_clients": 4, "min_count": 129}, False),
    ]:
        done = train_vectors(
            source, tmp_path / "v.npz", Settings(**SMALL, **limits), overwrite=True
        )
        assert ("lantern" in done.vectors) is kept
        assert CANARY not in done.vectors


@pytest.mark.parametrize("method", METHODS)
def test_words_said_together_are_close(write, tmp_path, method):
    """Two topics that never meet: the words of a topic are closer than those of the other."""
    rng = np.random.default_rng(8)
    halves = WORDS["en"][:6], WORDS["en"][6:]
    records = _records()
    for record in records:
        for turn in record["turns"]:
            half = halves[rng.integers(2)]
            turn["text"] = " ".join(half[k] for k in rng.integers(6, size=20))
    settings = Settings(method=method, dimensions=8, epochs=40)
    vectors = train_vectors(write(records), tmp_path / "v.npz", settings).vectors
    points = [vectors.points([vectors.index[word] for word in half], norm=True) for half in halves]
    within = min(float((half @ half.T).min()) for half in points)
    assert within > float((points[0] @ points[1].T).max())


@pytest.mark.parametrize("language", ["en", "de"])
def test_train_then_extract(write, tmp_path, language):
    """Trained vectors measure their own language and no other."""
    source = write(_records(language))
    train_vectors(source, tmp_path / "v.npz", Settings(**SMALL))
    names = ["dyad__uclid__anchor_client", "dyad__nclid__anchor_therapist"]
    table = af.extract(af.read_sessions(source.paths), features=names, vectors=tmp_path / "v.npz")
    for name in names:
        assert table[name].null_count == 0
        assert min(table[name].to_pylist()) > 0
    other = write(_records("de" if language == "en" else "en"), "other.jsonl")
    table = af.extract(af.read_sessions(other.paths), features=names, vectors=tmp_path / "v.npz")
    assert all(table[name].null_count == len(table) for name in names)


def test_languages(write, tmp_path):
    both = write(
        _records()
        + [
            {**one, "session_id": f"d{one['session_id']}", "client_id": "d"}
            for one in _records("de")
        ]
    )
    with pytest.raises(af.ParameterError, match=r"sessions are in several languages \(en, de\)"):
        train_vectors(both, tmp_path / "v.npz", Settings(**SMALL))
    done = train_vectors(_changed(both, language="en-GB"), tmp_path / "v.npz", Settings(**SMALL))
    assert done.vectors.language == "en"
    assert done.counts["sessions_in_other_languages"] == 16
    assert "fluss" not in done.vectors
    records = _records()
    for record in records:
        del record["language"]
    unnamed = _changed(write(records, "u.jsonl"), language="en")
    done = train_vectors(unnamed, tmp_path / "u.npz", Settings(**SMALL))
    assert len(done.vectors) == 12
    with pytest.raises(af.ParameterError, match=r"no session to train on \(0 errors, 32 in other"):
        train_vectors(_changed(both, language="zh"), tmp_path / "z.npz", Settings(**SMALL))
    assert not (tmp_path / "z.npz").exists()


def test_a_language_without_word_lists(write, tmp_path):
    records = [{**record, "language": "ja"} for record in _records()]
    with pytest.raises(af.ResourceError, match=r"ja"):
        train_vectors(write(records), tmp_path / "v.npz", Settings(**SMALL))


def test_bad_sessions_are_left_out(write, tmp_path):
    records = [*_records(), {"session_id": "bad", "language": "en", "turns": [{"role": CANARY}]}]
    done = train_vectors(write(records), tmp_path / "v.npz", Settings(**SMALL))
    assert [error.code for error in done.errors] == ["unknown_role"]
    assert done.counts["sessions"] == 16


def test_a_defect_is_named_by_its_place(write, tmp_path, monkeypatch):
    from alliance_features.corpus import words as corpus_words

    def broken(session):
        raise KeyError(CANARY)

    monkeypatch.setattr(corpus_words, "turn_tokens", broken)
    with pytest.raises(af.ParameterError, match=r"0 of the 0 words of 8 clients") as caught:
        train_vectors(write(_records()), tmp_path / "v.npz", Settings(**SMALL))
    assert caught.value.__context__ is None


def test_nothing_is_left(write, tmp_path):
    source = write(_records(n_clients=4))
    message = r"`min_clients` is 5 and `min_count` is 5; 0 of the 14 words of 4 clients reach both"
    with pytest.raises(af.ParameterError, match=message):
        train_vectors(source, tmp_path / "v.npz", Settings(**SMALL))
    assert not (tmp_path / "v.npz").exists()
    bad = write([{"session_id": "bad"}], "bad.jsonl")
    with pytest.raises(af.ParameterError, match=r"hold no session to train on \(1 error, 0 in"):
        train_vectors(bad, tmp_path / "v.npz", Settings(**SMALL))


def test_the_file_to_write(write, tmp_path):
    source = write(_records())
    with pytest.raises(af.ParameterError, match=r"`output` is v\.bin; it must end in \.npz"):
        train_vectors(source, tmp_path / "v.bin")
    (tmp_path / "v.npz").write_bytes(b"mine")
    with pytest.raises(af.ParameterError, match=r"v\.npz, which exists; name another file or say"):
        train_vectors(source, tmp_path / "v.npz")
    with pytest.raises(af.ParameterError, match=r"v\.npz, which holds something else than vectors"):
        train_vectors(source, tmp_path / "v.npz", Settings(**SMALL), overwrite=True)
    assert (tmp_path / "v.npz").read_bytes() == b"mine"
    (tmp_path / "v.npz").unlink()
    train_vectors(source, tmp_path / "v.npz", Settings(**SMALL))
    (tmp_path / "linked.npz").symlink_to(tmp_path / "v.npz")
    with pytest.raises(af.ParameterError, match=r"linked\.npz, which .* or is a link; move it"):
        train_vectors(source, tmp_path / "linked.npz", Settings(**SMALL), overwrite=True)
    assert (tmp_path / "linked.npz").is_symlink()
    train_vectors(source, tmp_path / "v.npz", Settings(**SMALL), overwrite=True)
    assert len(af.load_vectors(tmp_path / "v.npz")) == 12


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("method", "glove", r'`method` is \'glove\'; it must be one of "word2vec", "fasttext"'),
        ("dimensions", 1, r"`dimensions` is 1; it must be a whole number >= 2"),
        ("epochs", 0, r"`epochs` is 0; it must be a whole number >= 1"),
        ("min_clients", 1, r"`min_clients` is 1; it must be a whole number >= 2"),
        ("min_count", 0, r"`min_count` is 0; it must be a whole number >= 1"),
        ("seed", -1, r"`seed` is -1; it must be a whole number >= 0"),
        ("seed", 2**32, r"`seed` is 4294967296; it must be < 2 \*\* 32"),
    ],
)
def test_settings(field, value, message):
    with pytest.raises(af.ParameterError, match=message):
        Settings(**{field: value})


def test_progress(write, tmp_path):
    seen = []
    train_vectors(
        write(_records()), tmp_path / "v.npz", Settings(**SMALL), progress=lambda *n: seen.append(n)
    )
    assert seen == [(number, 0) for number in range(1, 17)]
