"""Files of word vectors made elsewhere: word2vec, GloVe and fastText. Nothing is unpickled."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterator
from itertools import chain, takewhile
from pathlib import Path
from typing import IO

import numpy as np
import numpy.typing as npt

from ..errors import ResourceError
from .gensim_log import quiet_gensim
from .vector_kinds import HEADER, NUMBER, DamagedError, is_packed, kind_of, open_vectors
from .vector_npz import Content, read_npz

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


_FIRST_ROWS = 1 << 14
_DECIMAL_COMMA = re.compile(rb"[-+]?\d*,\d+([eE][-+]?\d+)?")
_SEPARATORS = "the fields are separated by commas or other marks; separate them by blanks."
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


def read_content(path: Path) -> Content:
    """Read a file of vectors of any known format.

    Raises
    ------
    ResourceError
        If the format is unknown, the file is pickled or damaged. Its content is never quoted.
    """
    problem, content, kind = None, None, ""
    try:
        kind = kind_of(path)
        content = _READERS[kind](path)
    except DamagedError as error:
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


def _plausible(path: Path, n_words: int, bytes_of_a_word: int) -> None:
    """Raise an error for counts that the size of the file contradicts, before memory is taken."""
    if not is_packed(path) and path.stat().st_size < n_words * bytes_of_a_word:
        raise DamagedError(
            f"the first line announces {n_words} words, for which the file is too short; it is "
            "truncated or damaged."
        )


def _read_word2vec(path: Path) -> Content:
    from gensim.models import KeyedVectors

    with open_vectors(path) as stream:
        first = stream.readline(32)
    header = HEADER.fullmatch(first)
    if header is None:
        raise ValueError
    n_words, dimensions = map(int, header.groups())
    _plausible(path, n_words, 4 * dimensions + 1)
    with quiet_gensim():
        keyed = KeyedVectors.load_word2vec_format(str(path), binary=True)
    words = [word for word in keyed.index_to_key if word is not None]  # None: a word occurs twice
    if not is_packed(path) and len(words) == n_words:
        entries = sum(len(word.encode()) for word in words) + n_words * (4 * dimensions + 1)
        rest = path.stat().st_size - len(first) - entries
        if rest not in (0, n_words - 1, n_words):  # some writers end each entry with a line break
            raise DamagedError(
                f"the first line announces {n_words} words and the file goes on after them; it is "
                "damaged, or the first line is of another file."
            )
    return Content(words, keyed.vectors[: len(words)])


def _read_fasttext(path: Path) -> Content:
    with open_vectors(path) as stream:
        return read_fasttext(path, stream)


def _read_text(path: Path) -> Content:
    """Read one word per line, the numbers after it; a word may hold blanks (GloVe 840B does)."""
    with open_vectors(path) as stream:
        first, second = stream.readline().removeprefix(b"\xef\xbb\xbf"), stream.readline()
        _check_beginning(first, second)
        header = HEADER.fullmatch(first)
        expected = int(header[1]) if header else None
        if header:
            dimensions = int(header[2])
            _plausible(path, int(header[1]), 2 * dimensions + 1)
            lines = chain((second,), stream)
        else:
            dimensions = len(first.split()) - 1
            lines = chain((first, second), stream)
        if dimensions < 1:
            raise ValueError
        words, matrix = _rows(lines, dimensions, first_line=2 if header else 1)
    if expected is not None and expected != len(words):
        raise DamagedError(
            f"the first line announces {expected} words and the file holds {len(words)}; it is "
            "truncated or damaged."
        )
    return Content(words, matrix)


def _check_beginning(first: bytes, second: bytes) -> None:
    """Refuse first lines that would be taken for something else than they are."""
    if first and not first.strip():
        raise DamagedError("the first line is empty; delete it.")
    if b"\r" in first.rstrip(b"\r\n"):
        raise DamagedError(
            "its lines end in carriage returns alone, as on an old Mac; save it with line feeds."
        )
    fields, found = first.split(), _numbers_at_the_end(second)
    if len(fields) < 2:
        if b"," in first or b";" in first or b"|" in first:
            raise DamagedError(_SEPARATORS)
        return
    if not (fields[0].isdigit() and fields[1].isdigit() and found):
        return
    n_words, dimensions = int(fields[0]), int(fields[1])
    if len(fields) > 2 and found == dimensions:
        raise DamagedError(
            "the first line holds more than the numbers of words and of dimensions; delete what "
            "follows the two."
        )
    if len(fields) == 2 and found == n_words != dimensions and found == len(second.split()) - 1:
        raise DamagedError(
            f"the first line announces {n_words} words of {dimensions} dimensions, and line 2 "
            f"holds {found} numbers: the two seem to be swapped. The number of words comes first."
        )


def _numbers_at_the_end(line: bytes) -> int:
    """Return how many numbers follow the word of a line."""
    fields = line.split()[1:]
    return sum(1 for _ in takewhile(NUMBER.fullmatch, reversed(fields)))


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
                raise DamagedError(f"line {number} follows an empty line; the file is damaged.")
            continue
        word, row = _row(line, dimensions)
        if row is None:
            raise DamagedError(f"line {number} is not a word {_problem(line, dimensions)}")
        if len(words) == len(matrix):
            matrix.resize((2 * len(words), dimensions), refcheck=False)
        matrix[len(words)] = row
        words.append(word)
    matrix.resize((len(words), dimensions), refcheck=False)
    return words, matrix


def _row(line: bytes, dimensions: int) -> tuple[str, npt.NDArray[np.float32] | None]:
    """Return word and numbers, None if malformed or if the line has no line break."""
    word, numbers = _fields(line, dimensions)
    if word is None or not line.endswith(b"\n"):
        return "", None
    if NUMBER.fullmatch(_after_a_blank(word)):
        return "", None  # one number too many, or a word like "windows 95": no telling which
    if b"_" in line and any(b"_" in number for number in numbers):
        return "", None  # Python reads 1_0 as 10
    try:
        return word.decode("utf-8"), np.array(numbers, dtype=np.float32)
    except ValueError:
        return "", None


def _fields(line: bytes, dimensions: int) -> tuple[bytes | None, list[bytes]]:
    """Return the word, None if there are too few fields, and what follows it."""
    fields = line.rsplit(None, dimensions)
    if len(fields) == dimensions and line[:1] == b" ":
        return b"", fields  # the empty word, which gensim writes
    if len(fields) != dimensions + 1:
        return None, fields
    return fields[0].lstrip(), fields[1:]


def _after_a_blank(word: bytes) -> bytes:
    """Return the last part of a word that holds blanks, else nothing."""
    return word.split()[-1] if b" " in word or b"\t" in word else b""


def _problem(line: bytes, dimensions: int) -> str:
    """Return what is wrong with a line that `_row` refuses, without quoting it."""
    if not line.endswith(b"\n"):
        return (
            f"and {dimensions} numbers that end with a line break: the file is truncated, or only "
            "that line break is missing; if the file is whole, add it at the end."
        )
    word, numbers = _fields(line, dimensions)
    wanted = f"in UTF-8 and {dimensions} numbers"
    if any(_DECIMAL_COMMA.fullmatch(number) for number in numbers):
        return f"{wanted}: it holds decimal commas; write decimal points."
    if word is None and line.count(b",") + line.count(b";") >= dimensions:
        return f"{wanted}: {_SEPARATORS}"
    if word is not None and NUMBER.fullmatch(_after_a_blank(word)):
        return (
            f"{wanted}: there are more numbers. Correct the first line if it announces "
            "too few; a word that ends in a number after a blank needs an underscore there."
        )
    return f"{wanted}; the file is truncated, damaged or of another format."


_READERS: dict[str, Callable[[Path], Content]] = {
    "npz": read_npz,
    "word2vec": _read_word2vec,
    "fasttext": _read_fasttext,
    "text": _read_text,
}
