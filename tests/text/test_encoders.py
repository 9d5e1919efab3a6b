"""Encoders: the mean of word vectors, Doc2Vec and folders of sentence-transformers."""

import os
import subprocess
import sys
import types

import numpy as np
import pytest
from numpy.testing import assert_allclose

import alliance_data
import alliance_features as af
import naive_alliance
from alliance_features.text.encoders import StaticEncoder, word_weights
from alliance_features.text.encoders_doc2vec import Doc2VecEncoder, load_doc2vec, train_doc2vec
from alliance_features.text.encoders_sentence import SentenceEncoder
from alliance_features.text.vectors import Vectors


def _vectors(weights=None):
    matrix = np.array([[3.0, 4.0], [0.0, 2.0], [0.0, 0.0], [-1.0, 0.0]])
    index = {word: row for row, word in enumerate(("a", "b", "zero", "c"))}
    return Vectors(index, matrix, "hand", "0" * 64, None, weights)


# The mean of word vectors


def test_mean_by_hand():
    encoder = StaticEncoder(_vectors(np.array([1.0, 3.0, 1.0, 1.0])))
    found = encoder.encode(["", "", "", ""], [["a", "b"], [], ["zero", "x"], ["c", "c"]])
    # (.6, .8) and three times (0, 1), over 4
    assert_allclose(found, [[0.15, 0.95], [np.nan] * 2, [np.nan] * 2, [-1, 0]], rtol=1e-15)
    assert encoder.describe()["weights"] == "of the vectors file"
    assert encoder.encode([], []).shape == (0, 2)


def test_weights_by_rank():
    found = word_weights(_vectors())
    shares = [1 / (rank + 2.7) for rank in (1, 2, 3, 4)]
    expected = [1e-3 / (1e-3 + share / sum(shares)) for share in shares]
    assert_allclose(found, expected, rtol=1e-14)
    shipped = af.load_vectors(None)
    expected = alliance_data.weights()
    assert_allclose(word_weights(shipped), [expected[word] for word in shipped.index], rtol=1e-12)
    stated = np.array([0.5, 0.5, 0.5, 0.25])
    assert word_weights(_vectors(stated)) is stated


def test_ranks_are_a_permutation_that_begins_with_common_words():
    shipped = af.load_vectors(None)
    weights = word_weights(shipped)
    assert len(set(weights.tolist())) == len(shipped)
    common = [weights[shipped.index[word]] for word in ("the", "you", "and", "not")]
    rare = [weights[shipped.index[word]] for word in ("therapist", "harbour", "flickering")]
    assert max(common) < 0.5 < min(rare)


def test_static_matches_naive():
    shipped, weights = af.load_vectors(None), alliance_data.weights()
    tokens = [["we", "agree", "on", "the", "goal", "the", "qzx"], ["warm"]]
    vectors = {
        word: shipped.matrix[shipped.row(word)].astype(float).tolist()
        for one in tokens
        for word in one
        if shipped.row(word) >= 0
    }
    found = StaticEncoder(shipped).encode(["", ""], tokens)
    expected = [naive_alliance.text_vector(one, vectors, weights) for one in tokens]
    assert_allclose(found, expected, rtol=1e-12, atol=1e-14)


# Doc2Vec


@pytest.fixture(scope="module")
def texts():
    rng = np.random.default_rng(5)
    half = [[f"x{n}" for n in range(20)], [f"y{n}" for n in range(20)]]
    return [[half[place % 2][n] for n in rng.integers(0, 20, 10)] for place in range(120)]


@pytest.fixture(scope="module")
def doc2vec(texts):
    return train_doc2vec(texts, dimensions=12, language="en", seed=4)


def test_doc2vec_tells_topics_apart(texts, doc2vec):
    found = doc2vec.encode([""] * 40, texts[:40])
    found /= np.linalg.norm(found, axis=1, keepdims=True)
    cosines = found @ found.T
    assert cosines[::2, ::2].mean() > cosines[::2, 1::2].mean() + 0.01


def test_doc2vec_depends_on_the_text_and_the_seed_alone(texts, doc2vec):
    whole = doc2vec.encode([""] * 5, texts[:5])
    for place in (3, 0):
        assert np.array_equal(doc2vec.encode([""], [texts[place]])[0], whole[place])
    again = train_doc2vec(texts, dimensions=12, language="en", seed=4)
    assert np.array_equal(again.encode([""] * 5, texts[:5]), whole)
    other = Doc2VecEncoder(doc2vec.counts, doc2vec.outputs, language="en", seed=5)
    assert not np.array_equal(other.encode([""], [texts[0]])[0], whole[0])
    assert np.isnan(doc2vec.encode(["", ""], [[], ["unheard"]])).all()


def test_doc2vec_does_not_depend_on_the_hash_of_strings(tmp_path, doc2vec, texts):
    doc2vec.save(tmp_path / "d.npz")
    code = (
        "from alliance_features.text.encoders_doc2vec import load_doc2vec\n"
        f"found = load_doc2vec({str(tmp_path / 'd.npz')!r})\n"
        f"print(found.encode([''], [{texts[0]!r}]).tolist())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONHASHSEED": "7"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == str(doc2vec.encode([""], [texts[0]]).tolist())


def test_doc2vec_is_stored_without_pickles(tmp_path, doc2vec):
    path = tmp_path / "d.npz"
    doc2vec.save(path)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["d.json", "d.npz"]
    with np.load(path, allow_pickle=False) as archive:
        assert sorted(archive.files) == ["counts", "outputs", "words"]
    read = load_doc2vec(path)
    assert read.describe() == doc2vec.describe()
    first = path.read_bytes()
    read.save(path)
    assert path.read_bytes() == first


def test_doc2vec_errors(tmp_path, doc2vec):
    with pytest.raises(af.ResourceError, match="There is no word to train Doc2Vec on"):
        train_doc2vec([[]], language="en")
    with pytest.raises(af.ParameterError, match=r"`path` is d\.bin; it must end in \.npz"):
        doc2vec.save(tmp_path / "d.bin")
    with pytest.raises(af.ResourceError, match="not a Doc2Vec encoder of `score --save-encoder`"):
        load_doc2vec(tmp_path / "none.npz")
    doc2vec.save(tmp_path / "d.npz")
    settings = (tmp_path / "d.json").read_text()
    for damage in (settings.replace('"seed": 4', '"seed": []'), "{", settings.replace("sha", "x")):
        (tmp_path / "d.json").write_text(damage)
        with pytest.raises(
            af.ResourceError, match="not a Doc2Vec encoder of `score --save-encoder`"
        ):
            load_doc2vec(tmp_path / "d.npz")


# Sentence-transformers


class _Model:
    """Stands for a model: a text's vector is its length and its words."""

    asked = None

    def __init__(self, folder, **options):
        type(self).asked = options

    def encode(self, texts, **options):
        assert options["batch_size"] == 1
        return np.array([[len(text), text.count(" ") + 1] for text in texts], dtype=np.float32)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "model").mkdir()
    (tmp_path / "model/modules.json").write_text("[]")
    (tmp_path / "model/model.safetensors").write_bytes(b"weights")
    return tmp_path / "model"


@pytest.fixture
def package(monkeypatch):
    module = types.SimpleNamespace(SentenceTransformer=_Model)
    monkeypatch.setitem(sys.modules, "sentence_transformers", module)


def test_sentence_encoder_reads_texts_offline(folder, package):
    encoder = SentenceEncoder(folder)
    found = encoder.encode(["one two", "um", "three"], [["one", "two"], [], ["three"]])
    assert_allclose(found, [[7, 2], [np.nan, np.nan], [5, 1]])
    assert np.isnan(encoder.encode(["um"], [[]])).all()
    assert _Model.asked["local_files_only"] is True
    assert _Model.asked["trust_remote_code"] is False
    assert _Model.asked["model_kwargs"] == {"use_safetensors": True}
    assert encoder.describe()["folder"] == "model"
    before = encoder.describe()["sha256"]
    (folder / "model.safetensors").write_bytes(b"other")
    assert SentenceEncoder(folder).describe()["sha256"] != before


def test_sentence_encoder_errors(folder, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    with pytest.raises(af.ResourceError, match="needs that package, which is not installed"):
        SentenceEncoder(folder)
    with pytest.raises(af.ResourceError, match=r"there is no modules\.json"):
        SentenceEncoder(tmp_path)
    (folder / "pytorch_model.bin").write_bytes(b"")
    with pytest.raises(af.ResourceError, match="pickled weights and code are not opened"):
        SentenceEncoder(folder)
    (folder / "pytorch_model.bin").unlink()
    (folder / "model.safetensors").unlink()
    with pytest.raises(af.ResourceError, match="there are no weights in safetensors"):
        SentenceEncoder(folder)
