"""Word vectors: the shipped set, our own file, and what their words and rows are."""

import csv
import socket
import zipfile
from importlib import resources
from pathlib import Path

import numpy as np
import pytest
from gensim.models import KeyedVectors
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.stats import spearmanr

import alliance_features as af
from alliance_features.text import vectors as module

WORDS = ["calm", "storm", "harbour"]
MATRIX = np.array([[1.0, 0.0], [0.0, 2.0], [0.0, 0.0]], dtype=np.float32)


@pytest.fixture(autouse=True)
def _no_network(monkeypatch):
    """No test of this file may open a connection."""

    def refuse(*arguments, **options):
        raise AssertionError("a connection was opened")

    for name in ("connect", "connect_ex", "bind"):
        monkeypatch.setattr(socket.socket, name, refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


def _refused(path, message):
    """Check that a file is refused, and that the error carries nothing with it."""
    with pytest.raises(af.ResourceError, match=message) as caught:
        af.load_vectors(path)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
    for word in [*WORDS, "vintergatkorn"]:
        assert word not in str(caught.value)


@pytest.fixture
def keyed():
    found = KeyedVectors(2)
    found.add_vectors(WORDS, MATRIX)
    return found


def _same(vectors):
    assert list(vectors.index) == WORDS
    np.testing.assert_array_equal(vectors.matrix, MATRIX)


@pytest.mark.parametrize("scaled", [True, False])
def test_own_npz(tmp_path, scaled):
    parts = {"vectors": MATRIX}
    if scaled:
        parts = {"vectors": np.array([[2, 0], [0, 1], [0, 0]], np.int8), "scale": [0.5, 2.0]}
    path = tmp_path / "v.npz"
    np.savez(path, words=np.array("\n".join(WORDS).encode()), **parts)
    _same(af.load_vectors(path))


def test_keyed_vectors_in_memory_and_vectors_pass_through(keyed):
    vectors = af.load_vectors(keyed)
    _same(vectors)
    assert af.load_vectors(vectors) is vectors
    assert vectors.sha256 != af.load_vectors(_moved(keyed)).sha256


def _moved(keyed):
    other = KeyedVectors(2)
    other.add_vectors(WORDS, MATRIX + 1)
    return other


def test_a_zero_vector_is_unknown_only_where_directions_count(keyed):
    vectors = af.load_vectors(keyed)
    assert vectors.row("harbour") == -1
    assert vectors.row("harbour", norm=False) == 2
    assert vectors.row("calm") == 0
    assert vectors.row("sea") == -1
    assert "harbour" in vectors
    assert "sea" not in vectors
    np.testing.assert_array_equal(vectors.points([1], norm=True), [[0.0, 1.0]])
    np.testing.assert_array_equal(vectors.points([1], norm=False), [[0.0, 2.0]])


def test_shipped_vectors_are_whole():
    vectors = af.load_vectors(None)
    assert (len(vectors), vectors.dimensions, vectors.language) == (21721, 96, "en")
    assert vectors.sha256 == module.SHIPPED_SHA256
    assert repr(vectors) == "Vectors('mini-en-96', 21721 words, 96 dimensions)"


def test_a_damaged_shipped_file_is_refused(monkeypatch):
    module._shipped.cache_clear()
    monkeypatch.setattr(module, "SHIPPED_SHA256", "0" * 64)
    with pytest.raises(af.ResourceError, match=r"shipped vectors mini-en-96 are damaged"):
        af.load_vectors(None)
    module._shipped.cache_clear()


def _human(name, columns):
    """Word pairs and human similarity from the tables in gensim's wheel."""
    path = resources.files("gensim").joinpath("test", "test_data", name)
    for row in csv.reader(path.read_text().splitlines(), delimiter="\t"):
        try:
            yield row[0].lower(), row[1].lower(), float(row[columns])
        except (ValueError, IndexError):
            continue


@pytest.mark.parametrize(
    ("name", "column", "least_pairs", "least"),
    [("wordsim353.tsv", 2, 325, 0.75), ("simlex999.txt", 2, 955, 0.48)],
)
def test_shipped_vectors_agree_with_people(name, column, least_pairs, least):
    vectors = af.load_vectors(None)
    human, ours = [], []
    for one, other, score in _human(name, column):
        if one in vectors and other in vectors:
            a, b = vectors.points([vectors.row(one), vectors.row(other)], norm=True)
            human.append(score)
            ours.append(float(a @ b))
    assert len(human) >= least_pairs
    assert spearmanr(human, ours).statistic >= least


FLOATS = st.sampled_from([np.float32, np.float64])


@given(
    st.lists(
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\n\0"), max_size=5),
        min_size=1,
        max_size=6,
        unique=True,
    ).flatmap(
        lambda words: st.tuples(
            st.just(words),
            FLOATS.flatmap(
                lambda kind: hnp.arrays(
                    kind,
                    (len(words), 3),
                    elements=st.floats(-4, 4, width=32),
                )
            ),
            st.none() | hnp.arrays(np.float64, len(words), elements=st.floats(1e-9, 1e9)),
        )
    ),
    st.sampled_from([None, "de", "zh"]),
    st.sampled_from([{}, {"method": "word2vec", "counts": {"words": 3}}]),
)
def test_save_and_load(tmp_path_factory, content, language, about):
    words, matrix, weights = content
    index = {word: row for row, word in enumerate(words)}
    vectors = af.Vectors(index, matrix, "x", "", language, weights, about)
    folder = tmp_path_factory.mktemp("saved")
    vectors.save(folder / "one.npz")
    found = af.load_vectors(folder / "one.npz")
    assert dict(found.index) == index
    assert found.matrix.dtype == matrix.dtype
    np.testing.assert_array_equal(found.matrix, matrix)
    np.testing.assert_array_equal(found.weights, weights)
    assert (found.language, found.about, found.name) == (language, about, "one.npz")
    found.save(folder / "two.npz")
    assert (folder / "two.npz").read_bytes() == (folder / "one.npz").read_bytes()
    assert sorted(path.name for path in folder.iterdir()) == ["one.npz", "two.npz"]


def test_a_saved_file_holds_no_time_and_no_pickle(keyed, tmp_path):
    af.load_vectors(keyed).save(str(tmp_path / "v.npz"))
    with zipfile.ZipFile(tmp_path / "v.npz") as archive:
        assert [entry.filename for entry in archive.infolist()] == ["words.npy", "vectors.npy"]
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert {entry.compress_type for entry in archive.infolist()} == {zipfile.ZIP_STORED}
    with np.load(tmp_path / "v.npz", allow_pickle=False) as archive:
        assert archive["words"].item() == b"calm\nstorm\nharbour"


def test_what_cannot_be_saved(keyed, tmp_path):
    vectors = af.load_vectors(keyed)
    with pytest.raises(af.ParameterError, match=r"`path` is v\.txt; it must end in \.npz"):
        vectors.save(tmp_path / "v.txt")
    for word, message in [
        ("vinter\ngatkorn", r"word 1 holds a line break or NUL"),
        ("vinter\0gatkorn", r"word 1 holds a line break or NUL"),
        ("vintergatkorn\ud800", r"a word holds half of a surrogate pair"),
    ]:
        other = af.Vectors({"calm": 0, word: 1}, MATRIX[:2], "x", "")
        with pytest.raises(af.ParameterError, match=message) as caught:
            other.save(tmp_path / "v.npz")
        assert caught.value.__context__ is None
        assert "gatkorn" not in str(caught.value)
    (tmp_path / "file").touch()
    with pytest.raises(af.ResourceError, match=r"v\.npz: cannot be written \("):
        vectors.save(tmp_path / "file" / "v.npz")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_save_that_fails_leaves_the_old_file(keyed, tmp_path, monkeypatch):
    vectors = af.load_vectors(keyed)
    vectors.save(tmp_path / "v.npz")
    before = (tmp_path / "v.npz").read_bytes()

    def full(*arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(af.ResourceError, match=r"cannot be written \(No space left on device\)"):
        vectors.save(tmp_path / "v.npz")
    assert [path.name for path in tmp_path.iterdir()] == ["v.npz"]
    assert (tmp_path / "v.npz").read_bytes() == before


@pytest.mark.parametrize(
    ("part", "value", "message"),
    [
        ("weights", np.array([1.0, 2.0]), r"`weights` must hold one finite number > 0 per word"),
        ("weights", np.array([1.0, 0.0, 1.0]), r"`weights` must hold one finite number > 0"),
        ("weights", np.array([1.0, np.nan, 1.0]), r"`weights` must hold one finite number > 0"),
        ("weights", np.array([1, 2, 3]), r"not a vectors file of this package"),
        ("language", np.array(b"vintergatkorn"), r"not a vectors file of this package"),
        ("language", np.array(3), r"not a vectors file of this package"),
        ("about", np.array(b"[1]"), r"not a vectors file of this package"),
        ("about", np.array(b"{vintergatkorn"), r"not a vectors file of this package"),
        ("vectors", np.array([["calm"]]), r"not a vectors file of this package"),
        ("scale", np.ones(3), r"not a vectors file of this package"),
        ("words", np.array(b"calm\xff"), r"not a vectors file of this package"),
    ],
)
def test_npz_parts_that_are_wrong(tmp_path, part, value, message):
    parts = {"words": np.array("\n".join(WORDS).encode()), "vectors": MATRIX, part: value}
    np.savez(tmp_path / "v.npz", **parts)
    _refused(tmp_path / "v.npz", message)


def test_weights_and_language_of_a_file(tmp_path, make_session, measure):
    """Weights are the file's; sessions in another language have no vectors."""
    weights = np.array([0.5, 1.0, 2.0])
    af.Vectors(dict(zip(WORDS, range(3), strict=True)), MATRIX, "x", "", "de", weights).save(
        tmp_path / "v.npz"
    )
    vectors = af.load_vectors(tmp_path / "v.npz")
    assert vectors.weights.dtype == np.float64
    np.testing.assert_array_equal(vectors.weights, weights)
    assert af.load_vectors(None).weights is None
    session = make_session(*["calm storm"] * 12)
    codes = measure.session(session, "dyad__uclid__anchor_client", vectors).codes
    assert set(codes.values()) == {"no_vectors"}
    other = af.Vectors(vectors.index, MATRIX, "x", "", None)
    assert measure.session(session, "dyad__uclid__anchor_client", other).codes == {}


def test_content_that_does_not_fit(tmp_path):
    words = np.array(b"calm\nstorm")
    for vectors, message in [
        (MATRIX, r"2 words and vectors of shape \(3, 2\) do not fit"),
        (MATRIX[:2] * np.nan, r"some vectors hold NaN or infinity"),
    ]:
        np.savez(tmp_path / "v.npz", words=words, vectors=vectors)
        with pytest.raises(af.ResourceError, match=message):
            af.load_vectors(tmp_path / "v.npz")
    np.savez(tmp_path / "w.npz", words=np.array(b"calm\ncalm"), vectors=MATRIX[:2])
    with pytest.raises(af.ResourceError, match=r"1 words occur twice"):
        af.load_vectors(tmp_path / "w.npz")


def test_missing_file_and_wrong_argument():
    with pytest.raises(af.ResourceError, match=r"nowhere\.npz: there is no such vectors file"):
        af.load_vectors(Path("nowhere.npz"))
    with pytest.raises(af.ParameterError, match=r"`vectors` is int; it must be None, a path"):
        af.load_vectors(7)


def test_a_file_that_changes_is_read_again(tmp_path):
    path = tmp_path / "v.npz"
    np.savez(path, words=np.array(b"calm"), vectors=MATRIX[:1])
    first = af.load_vectors(path)
    assert af.load_vectors(path) is first
    np.savez(path, words=np.array(b"calm\nstorm"), vectors=MATRIX[:2])
    assert len(af.load_vectors(path)) == 2
