"""Files of vectors made elsewhere: what is read, and what is refused without a word of it."""

import gzip
import hashlib
import logging
import pickle
import socket
import zipfile

import numpy as np
import pytest
from gensim.models import FastText, KeyedVectors
from gensim.models.fasttext import save_facebook_model

import alliance_features as af

WORDS = ["calm", "storm", "harbour"]
MATRIX = np.array([[1.0, 0.0], [0.0, 2.0], [0.0, 0.0]], dtype=np.float32)
SENTENCES = [["calm", "storm", "harbour", "vintergatkorn"], ["storm", "sea", "calm"]] * 3


@pytest.fixture(autouse=True)
def _no_network(monkeypatch):
    """No test of this file may open a connection."""

    def refuse(*arguments, **options):
        raise AssertionError("a connection was opened")

    for name in ("connect", "connect_ex", "bind"):
        monkeypatch.setattr(socket.socket, name, refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.fixture(scope="module")
def facebook(tmp_path_factory):
    """Return a fastText model of gensim and the bytes of its file."""
    model = FastText(
        SENTENCES, vector_size=4, min_count=1, epochs=2, bucket=20, workers=1, min_n=2, max_n=3
    )
    path = tmp_path_factory.mktemp("fasttext") / "model.bin"
    save_facebook_model(model, str(path))
    return model, path.read_bytes()


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


@pytest.mark.parametrize(("name", "binary"), [("v.bin", True), ("v.txt", False), ("v.vec", False)])
def test_word2vec_files(keyed, tmp_path, name, binary):
    path = tmp_path / name
    keyed.save_word2vec_format(str(path), binary=binary)
    vectors = af.load_vectors(path)
    _same(vectors)
    assert vectors.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert vectors.name == name
    assert vectors.language is None


def test_gzipped_word2vec_file(keyed, tmp_path):
    keyed.save_word2vec_format(str(tmp_path / "v.txt"), binary=False)
    path = tmp_path / "v.txt.gz"
    path.write_bytes(gzip.compress((tmp_path / "v.txt").read_bytes()))
    _same(af.load_vectors(str(path)))


SUFFIXES = (".npz", ".bin", ".txt", ".vec", ".bin.gz", ".txt.gz", ".vec.gz")
PICKLED = (".kv", ".pkl", ".pickle", ".model", ".joblib", ".pt", ".pth", ".kv.gz")


@pytest.mark.parametrize("suffix", [*SUFFIXES, *PICKLED])
def test_pickles_are_refused(tmp_path, suffix):
    content = pickle.dumps({"calm": [1.0]})
    path = tmp_path / f"v{suffix}"
    path.write_bytes(gzip.compress(content) if suffix.endswith(".gz") else content)
    _refused(path, r"pickled files are never opened")


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_old_pickles_without_a_mark_are_read_as_what_their_name_says(tmp_path, suffix):
    """Protocol 0 is text; were it unpickled, this one would raise SystemExit."""
    content = b"cbuiltins\nexec\n(S'raise SystemExit'\ntR."
    path = tmp_path / f"v{suffix}"
    path.write_bytes(gzip.compress(content) if suffix.endswith(".gz") else content)
    _refused(path, r": (not a |line \d+ is not a word)")


def test_an_npz_with_pickled_objects_is_refused(tmp_path):
    path = tmp_path / "v.npz"
    np.savez(path, words=np.array(WORDS, dtype=object), vectors=MATRIX)
    _refused(path, r"v\.npz: not a vectors file of this package")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("v.npz", b"PK nothing", r"v\.npz: not a vectors file"),
        ("v.npz.gz", b"PK nothing", r"v\.npz\.gz: the file cannot be read, or its compression"),
        ("v.bin", b"3 2\ncalm \x00", r"v\.bin: the first line announces 3 words, for which"),
        ("v.bin", b"calm 3 2\n", r"v\.bin: not a word2vec file in binary form"),
        ("v.bin", b"", r"v\.bin: not a word2vec file in binary form"),
        ("v.txt", b"", r"v\.txt: not a file of vectors in text form"),
        ("v.txt", b"calm\n", r"v\.txt: not a file of vectors in text form"),
        ("v.txt", b"2 2\ncalm 1 2\nstorm 3\n", r"v\.txt: line 3 is not a word in UTF-8 and 2"),
        ("v.txt", b"3 2\ncalm 1 2\nstorm 3 4\n", r"3 words and the file holds 2; it is truncated"),
        ("v.txt", b"1 2\ncalm 1 2\nstorm 3 4\n", r"1 words and the file holds 2; it is truncated"),
        ("v.txt", b"900000 90\ncalm 1 2\n", r"announces 900000 words, for which the file is too"),
        ("v.txt", b"calm 1 2\nstorm 3 four\n", r"v\.txt: line 2 is not a word in UTF-8 and 2"),
        ("v.txt", b"calm 1 2\nstorm 3 4", r"v\.txt: line 2 is not a word .* truncated"),
        ("v.txt", b"calm 1 2\n\nstorm 3 4\n", r"line 3 follows an empty line"),
        ("v.txt", b"calm 1 2\n\xff\xfe 3 4\n", r"v\.txt: line 2 is not a word in UTF-8"),
        ("v.txt", b"calm 1 nan\n", r"v\.txt: some vectors hold NaN or infinity"),
        ("v.vec.gz", b"calm 1 2\n", r"v\.vec\.gz: the file cannot be read, or its compression"),
        ("v.parquet", b"", r"v\.parquet: the format cannot be recognised by the name"),
    ],
)
def test_damaged_files(tmp_path, name, content, message):
    path = tmp_path / name
    path.write_bytes(content)
    _refused(path, message)


def _files(keyed, facebook, folder):
    """Yield a whole file of each format: name and bytes."""
    keyed.save_word2vec_format(str(folder / "a.bin"), binary=True)
    keyed.save_word2vec_format(str(folder / "a.txt"), binary=False)
    af.load_vectors(keyed).save(folder / "a.npz")
    for name in ("a.bin", "a.txt", "a.npz"):
        yield name, (folder / name).read_bytes()
    yield "a.txt.gz", gzip.compress((folder / "a.txt").read_bytes())
    yield "a.bin.gz", gzip.compress((folder / "a.bin").read_bytes())
    yield "fb.bin", facebook[1]


def test_a_file_cut_anywhere_is_refused(keyed, facebook, tmp_path, rng):
    for name, content in list(_files(keyed, facebook, tmp_path)):
        (tmp_path / f"whole-{name}").write_bytes(content)
        assert "calm" in af.load_vectors(tmp_path / f"whole-{name}")
        cuts = rng.choice(np.arange(1, len(content)), min(40, len(content) - 1), replace=False)
        for cut in {*cuts.tolist(), len(content) - 1}:
            path = tmp_path / f"cut-{cut}-{name}"
            path.write_bytes(content[:cut])
            _refused(path, r"cut-")


def test_a_file_with_a_changed_byte_is_refused_or_of_the_same_shape(
    keyed, facebook, tmp_path, rng, caplog
):
    caplog.set_level(logging.DEBUG)
    for name, content in list(_files(keyed, facebook, tmp_path)):
        for place in rng.integers(len(content), size=25).tolist():
            changed = bytearray(content)
            changed[place] ^= 0xFF
            path = tmp_path / f"bad-{place}-{name}"
            path.write_bytes(changed)
            error = None
            try:
                vectors = af.load_vectors(path)
            except af.ResourceError as caught:
                error = caught
            if error is not None:
                assert error.__cause__ is None
                assert error.__context__ is None
                continue
            assert vectors.matrix.shape == (len(vectors), vectors.dimensions)
    assert "calm" not in caplog.text


def test_glove_file(tmp_path):
    """No header; a word may hold spaces; an empty line may end the file."""
    path = tmp_path / "glove.txt"
    path.write_bytes(b"calm 1 0\n. . . 0 2\n\xc2\xa0 3.5 -1e-2\n\n")
    vectors = af.load_vectors(path)
    assert list(vectors.index) == ["calm", ". . .", "\u00a0"]
    np.testing.assert_array_equal(vectors.matrix, np.float32([[1, 0], [0, 2], [3.5, -1e-2]]))
    (tmp_path / "glove.txt.gz").write_bytes(gzip.compress(path.read_bytes()))
    np.testing.assert_array_equal(af.load_vectors(tmp_path / "glove.txt.gz").matrix, vectors.matrix)


def test_fasttext_text_file(tmp_path):
    """A header, and a space at the end of each line."""
    path = tmp_path / "wiki.vec"
    path.write_bytes(b"3 2\ncalm 1 0 \nstorm 0 2 \nharbour 0 0 \n")
    _same(af.load_vectors(path))


def test_many_rows(tmp_path, monkeypatch):
    from alliance_features.text import vector_files

    monkeypatch.setattr(vector_files, "_FIRST_ROWS", 2)
    path = tmp_path / "v.txt"
    path.write_text("".join(f"w{n} {n} {n / 3}\n" for n in range(9)), encoding="utf-8")
    np.testing.assert_array_equal(
        af.load_vectors(path).matrix, np.float32([[n, n / 3] for n in range(9)])
    )


def test_the_first_of_two_vectors_of_a_word_counts(tmp_path, caplog):
    (tmp_path / "v.txt").write_bytes(b"3 2\ncalm 1 0\nstorm 0 2\ncalm 9 9\n")
    numbers = [np.float32(row).tobytes() for row in ([1, 0], [0, 2], [9, 9])]
    words = (b"calm ", b"storm ", b"calm ")
    pieces = [word + row for word, row in zip(words, numbers, strict=True)]
    (tmp_path / "v.bin").write_bytes(b"3 2\n" + b"".join(pieces))
    for name in ("v.txt", "v.bin"):
        vectors = af.load_vectors(tmp_path / name)
        assert list(vectors.index) == ["calm", "storm"]
        np.testing.assert_array_equal(vectors.matrix, MATRIX[:2])
    assert "calm" not in caplog.text


def test_fasttext_binary(facebook, tmp_path):
    """The vectors of the stored words, as gensim has them; no others."""
    model, content = facebook
    path = tmp_path / "cc.bin"
    path.write_bytes(content)
    vectors = af.load_vectors(path)
    assert list(vectors.index) == list(model.wv.index_to_key)
    for word, row in vectors.index.items():
        np.testing.assert_allclose(vectors.matrix[row], model.wv[word], rtol=1e-6)
    assert model.wv["calms"].any()  # gensim makes it up from n-grams
    assert vectors.row("calms") == -1


@pytest.mark.parametrize("chunk", [7, 16, 40])
def test_fasttext_words_on_the_border_of_chunks(facebook, tmp_path, monkeypatch, chunk):
    from alliance_features.text import vector_files as vector_fasttext

    monkeypatch.setattr(vector_fasttext, "_CHUNK", chunk)
    path = tmp_path / "cc.bin"
    path.write_bytes(facebook[1])
    assert len(af.load_vectors(path)) == len(facebook[0].wv)
    monkeypatch.setattr(vector_fasttext, "_LONGEST_WORD", 3)
    path = tmp_path / "long.bin"
    path.write_bytes(facebook[1])
    _refused(path, r"long\.bin: not a fastText file of word vectors")


@pytest.mark.parametrize(
    ("place", "value"),
    [(2, 5), (10, 21), (10, -1), (16, 4), (17, 9), (18, 1)],
    ids=["dimensions", "buckets", "no buckets", "size", "words", "labels"],
)
def test_fasttext_counts_that_disagree(facebook, tmp_path, place, value):
    changed = bytearray(facebook[1])
    changed[4 * place : 4 * place + 4] = value.to_bytes(4, "little", signed=True)
    (tmp_path / "v.bin").write_bytes(changed)
    _refused(tmp_path / "v.bin", r"v\.bin: not a fastText file of word vectors in binary form")
    word = facebook[1].index(b"calm")
    (tmp_path / "w.bin").write_bytes(facebook[1][:word] + b"\0" + facebook[1][word + 1 :])
    _refused(tmp_path / "w.bin", r"w\.bin: not a fastText file of word vectors in binary form")
    (tmp_path / "x.bin").write_bytes(facebook[1] + b"more")
    _refused(tmp_path / "x.bin", r"x\.bin: not a fastText file of word vectors in binary form")


def test_fasttext_binary_is_not_read_compressed(facebook, tmp_path):
    (tmp_path / "v.bin.gz").write_bytes(gzip.compress(facebook[1]))
    _refused(tmp_path / "v.bin.gz", r"a fastText file in binary form is not read compressed")


def test_logging_of_gensim_is_as_before(keyed, tmp_path):
    log = logging.getLogger("gensim")
    before = (log.propagate, log.handlers[:])
    keyed.save_word2vec_format(str(tmp_path / "v.bin"), binary=True)
    af.load_vectors(tmp_path / "v.bin")
    assert (log.propagate, log.handlers) == before


def test_a_file_that_cannot_be_read_or_held(tmp_path, monkeypatch):
    from alliance_features.text import vector_files as files

    path = tmp_path / "v.txt"
    path.write_text("calm 1 2\nstorm 2 1\n")

    def refuse(_):
        raise PermissionError(13, "Permission denied")

    def exhaust(_):
        raise MemoryError

    for raised, message in ((refuse, r"cannot be read \(Permission denied\)"),
                            (exhaust, r"do not fit into memory")):  # fmt: skip
        with monkeypatch.context() as patch:
            patch.setattr(files, "kind_of", raised)
            with pytest.raises(af.ResourceError, match=message):
                files.read_content(path)


BOM = b"\xef\xbb\xbf"
TEXTS = {
    "a mark of byte order": BOM + b"3 2\ncalm 1 0\nstorm 0 2\nharbour 0 0\n",
    "such a mark without header": BOM + b"calm 1 0\nstorm 0 2\nharbour 0 0\n",
    "two blanks in the header": b"3  2\ncalm 1 0\nstorm 0 2\nharbour 0 0\n",
    "a tab in the header": b"3\t2\ncalm 1 0\nstorm 0 2\nharbour 0 0\n",
    "leading blanks in the header": b"  3 2\ncalm 1 0\nstorm 0 2\nharbour 0 0\n",
    "a header behind a tab": b"\t3 2 \t\ncalm 1 0\nstorm 0 2\nharbour 0 0\n",
    "tabs": b"3\t2\ncalm\t1\t0\nstorm\t0\t2\nharbour\t0\t0\n",
    "tabs without header": b"calm\t1\t0\nstorm\t0\t2\nharbour\t0\t0\n",
    "two blanks": b"3 2\ncalm  1   0\nstorm  0  2\nharbour 0 0\n",
    "leading blanks": b"3 2\n  calm 1 0\n storm 0 2\nharbour 0 0\n",
    "trailing blanks": b"3 2 \ncalm 1 0 \nstorm 0 2\t \nharbour 0 0  \n",
    "Windows": b"3 2\r\ncalm 1 0\r\nstorm 0 2\r\nharbour 0 0\r\n",
    "a mark, Windows and tabs": BOM + b" 3\t2\r\ncalm\t1\t0\t\r\nstorm\t0\t2\r\nharbour\t0\t0\r\n",
    "exponents and signs": b"3 2\ncalm +1.0e0 -0.0\nstorm .0 2.\nharbour 0 0E5\n",
    "an empty line at the end": b"3 2\ncalm 1 0\nstorm 0 2\nharbour 0 0\n\n",
}


@pytest.mark.parametrize("name", ["v.txt", "v.vec", "V.VEC", "v.txt.gz", "v.vec.gz"])
@pytest.mark.parametrize("form", TEXTS)
def test_forms_of_text_that_are_read(tmp_path, form, name):
    content = TEXTS[form]
    path = tmp_path / name
    path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    _same(af.load_vectors(path))


def test_words_with_blanks_and_numbers_for_words(tmp_path):
    (tmp_path / "v.txt").write_bytes(
        b"9 2\n. . . 1 2\nat name@domain.com 3 4\nin mylot.com 5 6\n1/2 half 7 8\n42 9 10\n"
        b"-3.5 11 12\n\xc2\xa0 13 14\n 15 16\n3,5 17 18\n"
    )
    vectors = af.load_vectors(tmp_path / "v.txt")
    assert list(vectors.index) == [
        ". . .", "at name@domain.com", "in mylot.com", "1/2 half", "42", "-3.5", "\u00a0", "",
        "3,5",
    ]  # fmt: skip
    np.testing.assert_array_equal(vectors.matrix, np.arange(1, 19).reshape(9, 2))


REFUSED = [
    ("no line break at the end", b"2 2\ncalm 1 0\nstorm 0 2",
     r"line 3 is not a word and 2 numbers that end with a line break: the file is truncated, or "
     r"only that line break is missing; if the file is whole, add it at the end"),
    ("nor without header", b"calm 1 0\nstorm 0 2", r"line 2 is not .* add it at the end"),
    ("a number cut off", b"2 2\ncalm 1 0\nstorm 0 0.2", r"line 3 is not .* truncated"),
    ("decimal commas", b"2 2\ncalm 1,5 0,5\nstorm 0,5 2,5\n", r"line 2 .* decimal commas; write"),
    ("such without header", b"calm 1,5 0,5\nstorm 0,5 2,5\n", r"line 1 .* decimal commas"),
    ("one decimal comma", b"2 2\ncalm 1.5 0.5\nstorm 0 2,5\n", r"line 3 .* decimal commas"),
    ("CSV", b"calm,1,0\nstorm,0,2\n", r"separated by commas or other marks; separate them by"),
    ("CSV with a header", b"2 2\ncalm,1,0\nstorm,0,2\n", r"line 2 .* separated by commas"),
    ("CSV to the end", b"2,2\ncalm,1,0\nstorm,0,2\n", r"separated by commas"),
    ("semicolons", b"calm;1;0\nstorm;0;2\n", r"separated by commas or other marks"),
    ("three counts", b"2 2 7\ncalm 1 0\nstorm 0 2\n", r"more than the numbers of words and of dim"),
    ("a language behind the counts", b"2 2 en\ncalm 1 0\nstorm 0 2\n", r"more than the numbers of"),
    ("an empty first line", b"\ncalm 1 0\nstorm 0 2\n", r"the first line is empty; delete it"),
    ("a blank first line", b" \r\n2 2\ncalm 1 0\n", r"the first line is empty"),
    ("counts swapped", b"2 3\ncalm 1 0\nstorm 0 2\nsea 1 1\n",
     r"2 words of 3 dimensions, and line 2 holds 2 numbers: the two seem to be swapped"),
    ("counts swapped, many", b"3 2\ncalm 1 0 2\nstorm 0 2 2\n", r"seem to be swapped"),
    ("more numbers than announced", b"2 2\ncalm 1 0 3 5\nstorm 0 2 3 5\n",
     r"line 2 .* more numbers"),
    ("more numbers in one line", b"2 2\ncalm 1 0\nstorm 0 2 7\n", r"line 3 .* more numbers"),
    ("counts with a point", b"2.0 2.0\ncalm 1 0\nstorm 0 2\n", r"line 2 .* more numbers"),
    ("a title", b"# vectors\ncalm 1 0\n", r"line 1 is not a word in UTF-8 and 1 numbers"),
    ("old Mac", b"2 2\rcalm 1 0\rstorm 0 2\r", r"carriage returns alone"),
    ("UTF-16", "2 2\ncalm 1 0\nstorm 0 2\n".encode("utf-16"), r"text in UTF-16; save it in UTF-8"),
    ("Latin-1", b"2 2\ncalm 1 0\nst\xf6rm 0 2\n", r"line 3 is not a word in UTF-8"),
    ("infinity", b"1 2\ncalm 1 inf\n", r"NaN or infinity; leave these words out of the file"),
    ("not a number", b"1 2\ncalm NaN 1\n", r"NaN or infinity; leave these words out"),
    ("too large a number", b"1 2\ncalm 1e39 1\n", r"NaN or infinity"),
    ("a mark of thousands", b"1 2\ncalm 1_0 1\n", r"line 2 is not a word in UTF-8 and 2 numbers"),
    ("a web page", b"<!DOCTYPE html>\n<html>calm</html>\n", r"a web page and not vectors; fetch"),
    ("JSON", b'{"calm": [1, 0]}\n', r"JSON and not vectors"),
    ("Git LFS", b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", r"git lfs pull"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("content", "message"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED]
)
@pytest.mark.parametrize("name", ["v.txt", "v.vec.gz"])
@pytest.mark.filterwarnings("ignore:overflow encountered")
def test_forms_of_text_that_are_refused_by_what_they_are(tmp_path, content, message, name):
    path = tmp_path / name
    path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    _refused(path, message)


def test_remedies_for_text_lead_to_the_vectors(tmp_path):
    """Each message of the list above names a step; here it is taken."""
    path, whole = tmp_path / "v.txt", b"3 2\ncalm 1 0\nstorm 0 2\nharbour 0 0\n"
    for broken, mended in [
        (whole[:-1], lambda text: text + b"\n"),
        (whole.replace(b"0 2\n", b"0 2,0\n"), lambda text: text.replace(b",", b".")),
        (whole.replace(b" ", b","), lambda text: text.replace(b",", b" ")),
        (b"3 2 en" + whole[3:], lambda text: text.replace(b" en", b"")),
        (b"\n" + whole, lambda text: text[1:]),
        (b"2 3" + whole[3:], lambda text: b"3 2" + text[3:]),
        (whole.replace(b"\n", b"\r"), lambda text: text.replace(b"\r", b"\n")),
        (whole.decode().encode("utf-16"), lambda text: text.decode("utf-16").encode()),
        (whole.replace(b"3", b"4", 1) + b"sea nan 1\n", lambda text: whole),
        (b"1 1" + whole[3:], lambda text: whole),
    ]:
        path.write_bytes(broken)
        with pytest.raises(af.ResourceError, match=r"v\.txt: "):
            af.load_vectors(path)
        path.write_bytes(mended(broken))
        _same(af.load_vectors(path))


def _old_fasttext(facebook):
    """The same file as before 2017: without magic number and version."""
    return facebook[1][8:]


def test_files_under_another_name_say_what_they_are(keyed, facebook, tmp_path):
    keyed.save_word2vec_format(str(tmp_path / "a.bin"), binary=True)
    keyed.save_word2vec_format(str(tmp_path / "a.txt"), binary=False)
    binary, text = (tmp_path / "a.bin").read_bytes(), (tmp_path / "a.txt").read_bytes()
    (tmp_path / "a.zip").touch()
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("wiki.vec", text)
    archived = (tmp_path / "a.zip").read_bytes()
    cases = [
        ("v.bin", text, r"not a word2vec file in binary form but vectors in text form; name it"),
        ("v.bin", text.split(b"\n", 1)[1], r"vectors in text form; name it \.txt or \.vec"),
        ("v.bin", BOM + text, r"vectors in text form"),
        ("v.bin.gz", gzip.compress(text), r"vectors in text form"),
        ("v.txt", binary, r"a word2vec file in binary form; name it \.bin"),
        ("v.vec.gz", gzip.compress(binary), r"a word2vec file in binary form; name it \.bin"),
        ("v.vec", facebook[1], r"a fastText file in binary form; name it \.bin"),
        ("v.bin", _old_fasttext(facebook), r"a fastText file in the binary form of before 2017, "
         r"without its magic number, .* Take the \.vec file of the same model"),
        ("v.bin.gz", gzip.compress(_old_fasttext(facebook)), r"before 2017"),
        ("v.vec", archived, r"a zip archive; unpack it and name the \.bin, \.vec or \.txt"),
        ("v.bin", archived, r"a zip archive; unpack it"),
        ("wiki.vec.zip", archived, r"an archive is not read; unpack it and name the"),
        ("glove.ZIP", archived, r"an archive is not read"),
        ("v.tar.gz", gzip.compress(text), r"an archive is not read"),
        ("v.vec.bz2", b"BZh9", r"an archive is not read"),
        ("v.vec", gzip.compress(text), r"compressed with gzip; name it \.vec\.gz"),
        ("v.bin", gzip.compress(binary), r"compressed with gzip; name it \.bin\.gz"),
        ("v.txt.gz", gzip.compress(gzip.compress(text)), r"compressed twice; unpack it once"),
        ("v.txt.gz", text, r"does not begin as gzip does; if it is not compressed, drop `\.gz`"),
        ("v.bin", b"\x89HDF\r\n\x1a\n", r"an HDF5 file\. Name a \.bin"),
        ("v.vec", b"PAR1" + b"\0" * 9, r"a Parquet file"),
        ("v.bin", b"GGUF\3\0\0\0", r"a language model \(GGUF\), not word vectors"),
        ("v.txt", b"\x93NUMPY\1\0", r"a numpy array without words"),
        ("v.txt", b"calm\0\1\2\n", r"the content is not text"),
        ("v.bin", b"<html><body>calm</body></html>", r"a web page and not vectors"),
        ("v.bin", binary + binary[4:], r"announces 3 words and the file goes on after them"),
    ]  # fmt: skip
    for name, content, message in cases:
        (tmp_path / name).write_bytes(content)
        _refused(tmp_path / name, message)
    for name, content in [  # what the messages say
        ("named.txt", text), ("named.bin", binary), ("named.vec.gz", gzip.compress(text)),
        ("named.bin.gz", gzip.compress(binary)), ("NAMED.BIN", binary), ("NAMED.TXT", text),
    ]:  # fmt: skip
        (tmp_path / name).write_bytes(content)
        _same(af.load_vectors(tmp_path / name))
    (tmp_path / "fb.bin").write_bytes(facebook[1])
    assert "calm" in af.load_vectors(tmp_path / "fb.bin")


@pytest.mark.parametrize("header", [b"3  2\n", b" 3 2\n", b"3\t2\r\n", b"3 2  \n"])
@pytest.mark.parametrize("end", [b"", b"\n"])
def test_headers_of_binary_files(tmp_path, header, end):
    pieces = [
        word.encode() + b" " + row.tobytes() + end for word, row in zip(WORDS, MATRIX, strict=True)
    ]
    (tmp_path / "v.bin").write_bytes(header + b"".join(pieces))
    _same(af.load_vectors(tmp_path / "v.bin"))
