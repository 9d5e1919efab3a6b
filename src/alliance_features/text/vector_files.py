"""Files of word vectors made elsewhere: word2vec, GloVe and fastText. Nothing is unpickled."""

from __future__ import annotations

import gzip
import re
import struct
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, cast

import numpy as np
import numpy.typing as npt

from ..errors import ResourceError
from .gensim_log import quiet_gensim
from .vector_npz import Content, read_npz

MAGIC = (793712314).to_bytes(4, "little")
#: Magic, version; dim, ws, epoch, minCount, neg, wordNgrams, loss, model, bucket, minn, maxn,
#: lrUpdateRate; t. Then size, words and labels of the dictionary, tokens, pruned entries.
_FASTTEXT_HEADER = struct.Struct("<14id")
_DICTIONARY = struct.Struct("<3i2q")
_SHAPE = struct.Struct("<?2q")
_DIM, _BUCKET = 2, 10
_CHUNK = 1 << 20
_LONGEST_WORD = 1 << 16


def read_fasttext(path: Path, stream: IO[bytes]) -> Content:
    """Return the vectors of the stored vocabulary; those of character n-grams are dropped.

    Any exception means that the file is damaged or not of word vectors. `stream` is the file,
    open and decompressed: it is checked first, because gensim does not check its counts (a file
    that ends within a word would make it read for ever).
    """
    from gensim.models.fasttext import load_facebook_vectors

    walk(stream)
    with quiet_gensim():
        keyed = load_facebook_vectors(str(path))
    return Content(list(keyed.index_to_key), np.array(keyed.vectors, dtype=np.float32))


def walk(stream: IO[bytes]) -> None:
    """Check the file from its header to its last byte; raise ValueError where it is wrong."""
    header = _FASTTEXT_HEADER.unpack(_exactly(stream, _FASTTEXT_HEADER.size))
    dimensions, bucket = header[_DIM], header[_BUCKET]
    size, n_words, n_labels, _, _ = _DICTIONARY.unpack(_exactly(stream, _DICTIONARY.size))
    if min(dimensions, n_words) < 1 or n_labels or size != n_words or bucket < 0:
        raise ValueError
    stream.seek(_end_of_words(stream, n_words, _FASTTEXT_HEADER.size + _DICTIONARY.size))
    for n_rows in (n_words + bucket, n_words):
        quantised, rows, columns = _SHAPE.unpack(_exactly(stream, _SHAPE.size))
        if quantised or (rows, columns) != (n_rows, dimensions):
            raise ValueError
        stream.seek(4 * rows * columns - 1, 1)
        _exactly(stream, 1)
    if stream.read(1):
        raise ValueError


def _exactly(stream: IO[bytes], size: int) -> bytes:
    content = stream.read(size)
    if len(content) != size:
        raise ValueError
    return content


def _end_of_words(stream: IO[bytes], n_words: int, position: int) -> int:
    """Return where the entries end: each is a word, NUL, eight bytes of count, one of kind."""
    buffer, start = b"", 0
    for _ in range(n_words):
        while (end := buffer.find(b"\0", start)) < 0 or end + 10 > len(buffer):
            if len(buffer) - start > _LONGEST_WORD:
                raise ValueError
            position += start
            more = stream.read(_CHUNK)
            if not more:
                raise ValueError
            buffer, start = buffer[start:] + more, 0
        if end == start:
            raise ValueError
        start = end + 10
    return position + start


_PICKLES = (".pkl", ".pickle", ".kv", ".model", ".joblib", ".pt", ".pth")
_HEADER = re.compile(rb"(\d{1,12}) (\d{1,6})\s*")
_FIRST_ROWS = 1 << 14
_KNOWN = (
    "Known are .npz (ours), .bin (word2vec or fastText binary), .txt and .vec (GloVe, word2vec or "
    "fastText text); word2vec binary and text also with .gz."
)
_PROBLEMS = {
    "npz": (
        "not a vectors file of this package. It is an npz with `words` (UTF-8, one per line, as "
        "one byte string), `vectors` (numbers) and optionally `scale`, `weights`, `language`, "
        "`about`; a damaged file or one that holds pickled objects is refused."
    ),
    "word2vec": (
        "not a word2vec file in binary form. It begins with the number of words and of dimensions; "
        "a damaged file is refused."
    ),
    "fasttext": (
        "not a fastText file of word vectors in binary form, or damaged. Models that are "
        "supervised or quantised are not read."
    ),
    "text": (
        "not a file of vectors in text form. It holds one word per line and its numbers, with or "
        "without a first line of counts; a damaged file is refused."
    ),
}


class _DamagedError(Exception):
    """What is wrong with a file, in a message that does not quote it."""


def read_content(path: Path) -> Content:
    """Read a file of vectors of any known format.

    Raises
    ------
    ResourceError
        If the format is unknown, the file is pickled or damaged. Its content is never quoted.
    """
    problem, content, kind = None, None, ""
    try:
        kind = _kind(path)
        content = _READERS[kind](path)
    except _DamagedError as error:
        problem = str(error)
    except MemoryError:
        problem = "the vectors do not fit into memory."
    except Exception as error:  # whatever numpy and gensim raise on a damaged file
        unreadable = isinstance(error, OSError) and error.errno is not None
        reason = error.strerror if isinstance(error, OSError) else ""
        problem = f"cannot be read ({reason})." if unreadable else _PROBLEMS[kind]
    if content is None:
        raise ResourceError(f"{path.name}: {problem}")
    return content


def _kind(path: Path) -> str:
    packed = path.suffix == ".gz"
    suffix = path.with_suffix("").suffix if packed else path.suffix
    head = _head(path)
    if suffix in _PICKLES or head[:1] == b"\x80":
        raise _DamagedError(
            "pickled files are never opened, since they can run code. Save the vectors in word2vec "
            "format (`save_word2vec_format` in gensim)."
        )
    if suffix == ".npz" and not packed:
        return "npz"
    if suffix not in (".bin", ".txt", ".vec"):
        raise _DamagedError(f"the format cannot be recognised by the name. {_KNOWN}")
    if suffix != ".bin":
        return "text"
    if head != MAGIC:
        return "word2vec"
    if packed:  # gensim would take the compressed bytes for numbers
        raise _DamagedError("a fastText file in binary form is not read compressed; unpack it.")
    return "fasttext"


def _open(path: Path) -> IO[bytes]:
    return cast(IO[bytes], gzip.open(path)) if path.suffix == ".gz" else path.open("rb")


def _head(path: Path) -> bytes:
    """Return the first four bytes; a compressed file is read to its end, which checks its sum."""
    try:
        with _open(path) as stream:
            head = stream.read(4)
            while path.suffix == ".gz" and stream.read(1 << 20):
                pass
            return head
    except (OSError, EOFError, zlib.error):
        pass
    raise _DamagedError("the file cannot be read, or its compression is truncated or damaged.")


def _plausible(path: Path, n_words: int, bytes_of_a_word: int) -> None:
    """Raise an error for counts that the size of the file contradicts, before memory is taken."""
    if path.suffix != ".gz" and path.stat().st_size < n_words * bytes_of_a_word:
        raise _DamagedError(
            f"the first line announces {n_words} words, for which the file is too short; it is "
            "truncated or damaged."
        )


def _read_word2vec(path: Path) -> Content:
    from gensim.models import KeyedVectors

    with _open(path) as stream:
        header = _HEADER.fullmatch(stream.readline(32))
    if header is None:
        raise ValueError
    n_words, dimensions = map(int, header.groups())
    _plausible(path, n_words, 4 * dimensions + 1)
    with quiet_gensim():
        keyed = KeyedVectors.load_word2vec_format(str(path), binary=True)
    words = [word for word in keyed.index_to_key if word is not None]  # None: a word occurs twice
    return Content(words, keyed.vectors[: len(words)])


def _read_fasttext(path: Path) -> Content:
    with _open(path) as stream:
        return read_fasttext(path, stream)


def _read_text(path: Path) -> Content:
    """Read one word per line, the numbers after it; a word may hold spaces (GloVe 840B does)."""
    with _open(path) as stream:
        first = stream.readline()
        header = _HEADER.fullmatch(first)
        expected = int(header[1]) if header else None
        if header:
            dimensions = int(header[2])
            _plausible(path, int(header[1]), 2 * dimensions + 1)
            lines: Iterator[bytes] = stream
        else:
            dimensions = len(first.split()) - 1
            lines = _chain(first, stream)
        if dimensions < 1:
            raise ValueError
        words, matrix = _rows(lines, dimensions, first_line=2 if header else 1)
    if expected is not None and expected != len(words):
        raise _DamagedError(
            f"the first line announces {expected} words and the file holds {len(words)}; it is "
            "truncated or damaged."
        )
    return Content(words, matrix)


def _chain(first: bytes, stream: IO[bytes]) -> Iterator[bytes]:
    yield first
    yield from stream


def _rows(
    lines: Iterator[bytes], dimensions: int, *, first_line: int
) -> tuple[list[str], npt.NDArray[np.float32]]:
    words: list[str] = []
    matrix = np.empty((_FIRST_ROWS, dimensions), dtype=np.float32)
    ended = False
    for number, line in enumerate(lines, start=first_line):
        if ended or not line.strip():
            ended = True
            if line.strip():
                raise _DamagedError(f"line {number} follows an empty line; the file is damaged.")
            continue
        word, row = _row(line, dimensions)
        if row is None:
            raise _DamagedError(
                f"line {number} is not a word in UTF-8 and {dimensions} numbers; the file is "
                "truncated, damaged or of another format."
            )
        if len(words) == len(matrix):
            matrix.resize((2 * len(words), dimensions), refcheck=False)
        matrix[len(words)] = row
        words.append(word)
    matrix.resize((len(words), dimensions), refcheck=False)
    return words, matrix


def _row(line: bytes, dimensions: int) -> tuple[str, npt.NDArray[np.float32] | None]:
    """Return word and numbers, None if malformed or if the line has no line break."""
    word, *numbers = line.rstrip(b" \r\n").rsplit(b" ", dimensions)
    if len(numbers) != dimensions or not line.endswith(b"\n"):
        return "", None
    try:
        return word.decode("utf-8"), np.array(numbers, dtype=np.float32)
    except ValueError:
        return "", None


_READERS: dict[str, Callable[[Path], Content]] = {
    "npz": read_npz,
    "word2vec": _read_word2vec,
    "fasttext": _read_fasttext,
    "text": _read_text,
}
