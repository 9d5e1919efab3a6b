"""fastText's binary files of word vectors (Facebook's format), through gensim."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import IO

import numpy as np

from .gensim_log import quiet_gensim
from .vector_npz import Content

MAGIC = (793712314).to_bytes(4, "little")
#: Magic, version; dim, ws, epoch, minCount, neg, wordNgrams, loss, model, bucket, minn, maxn,
#: lrUpdateRate; t. Then size, words and labels of the dictionary, tokens, pruned entries.
_HEADER = struct.Struct("<14id")
_DICTIONARY = struct.Struct("<3i2q")
_SHAPE = struct.Struct("<?2q")
_DIM, _BUCKET = 2, 10
_CHUNK = 1 << 20
_LONGEST_WORD = 1 << 16


def read_fasttext(path: Path, stream: IO[bytes]) -> Content:
    """Return the vectors of the stored vocabulary; those of character n-grams are dropped.

    Any exception means that the file is damaged or not of word vectors. `stream` is the file,
    open and decompressed: it is walked first, for gensim takes its counts on trust (a file that
    ends within a word makes it read for ever).
    """
    from gensim.models.fasttext import load_facebook_vectors

    walk(stream)
    with quiet_gensim():
        keyed = load_facebook_vectors(str(path))
    return Content(list(keyed.index_to_key), np.array(keyed.vectors, dtype=np.float32))


def walk(stream: IO[bytes]) -> None:
    """Go through the file from its header to its last byte; raise ValueError where it is wrong."""
    header = _HEADER.unpack(_exactly(stream, _HEADER.size))
    dimensions, bucket = header[_DIM], header[_BUCKET]
    size, n_words, n_labels, _, _ = _DICTIONARY.unpack(_exactly(stream, _DICTIONARY.size))
    if min(dimensions, n_words) < 1 or n_labels or size != n_words or bucket < 0:
        raise ValueError
    stream.seek(_end_of_words(stream, n_words, _HEADER.size + _DICTIONARY.size))
    for n_rows in (n_words + bucket, n_words):
        quantised, rows, columns = _SHAPE.unpack(_exactly(stream, _SHAPE.size))
        if quantised or (rows, columns) != (n_rows, dimensions):
            raise ValueError
        stream.seek(4 * rows * columns - 1, 1)
        _exactly(stream, 1)
    if stream.read(1):
        raise ValueError


def _exactly(stream: IO[bytes], size: int) -> bytes:
    found = stream.read(size)
    if len(found) != size:
        raise ValueError
    return found


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
