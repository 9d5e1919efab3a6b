"""What a file of vectors is, by its name and its first bytes, and what to do with another."""

from __future__ import annotations

import gzip
import re
import struct
import zlib
from pathlib import Path
from typing import IO, cast

FASTTEXT_MAGIC = (793712314).to_bytes(4, "little")
#: A first line of word2vec and fastText: the numbers of words and of dimensions.
HEADER = re.compile(rb"[ \t]*(\d{1,12})[ \t]+(\d{1,6})\s*")
NUMBER = re.compile(rb"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")

_PICKLES = (".pkl", ".pickle", ".kv", ".model", ".joblib", ".pt", ".pth")
_ARCHIVES = (".zip", ".tar", ".tgz", ".bz2", ".xz", ".7z", ".zst", ".rar")
_KNOWN = (
    "Known are .npz (ours), .bin (word2vec or fastText binary), .txt and .vec (GloVe, word2vec or "
    "fastText text); word2vec binary and text also with .gz."
)
_UNPACK = "unpack it and name the .bin, .vec or .txt that was in it."
_FORMATS = "Name a .bin (word2vec or fastText), .txt or .vec file, or an .npz of this package."
#: How a file of something else begins, and what it is.
_BEGINNINGS = (
    (b"PK\x03\x04", f"a zip archive; {_UNPACK}"),
    (b"PK\x05\x06", "an empty zip archive; fetch the file again."),
    (b"BZh", f"compressed with bzip2; {_UNPACK}"),
    (b"\xfd7zXZ", f"compressed with xz; {_UNPACK}"),
    (b"7z\xbc\xaf\x27\x1c", f"a 7z archive; {_UNPACK}"),
    (b"Rar!", f"a rar archive; {_UNPACK}"),
    (b"\x28\xb5\x2f\xfd", f"compressed with zstd; {_UNPACK}"),
    (b"\x89HDF", f"an HDF5 file. {_FORMATS}"),
    (b"\x93NUMPY", f"a numpy array without words. {_FORMATS}"),
    (b"PAR1", f"a Parquet file. {_FORMATS}"),
    (b"ARROW1", f"an Arrow file. {_FORMATS}"),
    (b"SQLite format 3", f"an SQLite database. {_FORMATS}"),
    (b"GGUF", f"a language model (GGUF), not word vectors. {_FORMATS}"),
    (b"version https://git-lfs", "a pointer of Git LFS and not the file itself; run git lfs pull."),
    (b"\xff\xfe", "text in UTF-16; save it in UTF-8."),
    (b"\xfe\xff", "text in UTF-16; save it in UTF-8."),
)
#: Text that is no table of vectors.
_MARKUP = (
    (re.compile(rb"\s*<(!doctype|html|\?xml|head|body)", re.IGNORECASE), "a web page"),
    (re.compile(rb"\s*[\[{]\s*[\[{\"]"), "JSON"),
)
_HEAD = 1 << 16


class DamagedError(Exception):
    """What is wrong with a file, in a message that does not quote it."""


def is_packed(path: Path) -> bool:
    """Say whether the name says gzip."""
    return path.suffix.lower() == ".gz"


def open_vectors(path: Path) -> IO[bytes]:
    """Open a file for its bytes, decompressed if its name says so."""
    return cast(IO[bytes], gzip.open(path)) if is_packed(path) else path.open("rb")


def kind_of(path: Path) -> str:
    """Return how a file is read: "npz", "word2vec", "fasttext" or "text".

    Raises
    ------
    DamagedError
        If it is something else; the message says what, and what to do.
    """
    packed = is_packed(path)
    suffix = (path.with_suffix("").suffix if packed else path.suffix).lower()
    if suffix in _ARCHIVES:
        raise DamagedError(f"an archive is not read; {_UNPACK}")
    head = _head(path)
    if suffix in _PICKLES or head[:1] == b"\x80":
        raise DamagedError(
            "pickled files are never opened, since they can run code. Save the vectors in word2vec "
            "format (`save_word2vec_format` in gensim)."
        )
    if suffix == ".npz" and not packed:
        return "npz"
    if suffix not in (".bin", ".txt", ".vec"):
        raise DamagedError(f"the format cannot be recognised by the name. {_KNOWN}")
    _refuse_others(head, packed, suffix)
    if suffix != ".bin":
        _refuse_binary(head)
        return "text"
    if head[:4] == FASTTEXT_MAGIC:
        if packed:  # gensim would take the compressed bytes for numbers
            raise DamagedError("a fastText file in binary form is not read compressed; unpack it.")
        return "fasttext"
    _refuse_text(head)
    return "word2vec"


def _head(path: Path) -> bytes:
    """Return the first bytes; a compressed file is read to its end, which checks its sum."""
    packed, problem = is_packed(path), ""
    try:
        with open_vectors(path) as stream:
            head = stream.read(_HEAD)
            while packed and stream.read(1 << 20):
                pass
            return head
    except gzip.BadGzipFile:
        with path.open("rb") as stream:
            if stream.read(2) != b"\x1f\x8b":
                problem = " It does not begin as gzip does; if it is not compressed, drop `.gz`."
    except (OSError, EOFError, zlib.error):
        pass
    raise DamagedError(
        "the file cannot be read, or its compression is truncated or damaged; fetch it "
        f"again.{problem}"
    )


def _refuse_others(head: bytes, packed: bool, suffix: str) -> None:
    """Refuse what is not a file of vectors, or is one within another."""
    if head[:2] == b"\x1f\x8b":
        again = "compressed twice; unpack it once." if packed else f"name it {suffix}.gz."
        raise DamagedError(f"the content is compressed with gzip; {again}")
    for beginning, what in _BEGINNINGS:
        if head.startswith(beginning):
            raise DamagedError(f"the content is {what}")
    for pattern, what in _MARKUP:
        if pattern.match(head):
            raise DamagedError(f"the content is {what} and not vectors; fetch the file again.")


def _refuse_binary(head: bytes) -> None:
    """Refuse bytes under the name of a text."""
    if head[:4] == FASTTEXT_MAGIC:
        raise DamagedError("the content is a fastText file in binary form; name it .bin.")
    if b"\0" not in head:
        return
    if HEADER.fullmatch(head.partition(b"\n")[0]):
        raise DamagedError("the content is a word2vec file in binary form; name it .bin.")
    raise DamagedError(f"the content is not text. {_FORMATS}")


def _refuse_text(head: bytes) -> None:
    """Refuse text, and fastText of before 2017, under the name of a binary file."""
    first, _, rest = head.removeprefix(b"\xef\xbb\xbf").partition(b"\n")
    if HEADER.fullmatch(first):
        first = rest.partition(b"\n")[0]
    fields = first.split()[1:]
    if fields and b"\0" not in first and all(NUMBER.fullmatch(field) for field in fields):
        raise DamagedError(
            "not a word2vec file in binary form but vectors in text form; name it .txt or .vec."
        )
    if _is_old_fasttext(head):
        raise DamagedError(
            "the content is a fastText file in the binary form of before 2017, without its magic "
            "number, which is not read. Take the .vec file of the same model, or save the model "
            "with a newer fastText."
        )


def _is_old_fasttext(head: bytes) -> bool:
    """Say whether twelve whole numbers and a fraction could be the settings of fastText."""
    settings = struct.Struct("<12id")
    if len(head) < settings.size:
        return False
    dim, window, epochs, least, negative, ngrams, loss, model, bucket, low, high, _, t = (
        settings.unpack_from(head)
    )
    return (
        0 < dim <= 10_000
        and 0 < window <= 1000
        and 0 < epochs <= 10_000
        and 0 <= least <= 1_000_000
        and 0 <= negative <= 1000
        and 0 < ngrams <= 100
        and loss in (1, 2, 3)
        and model in (1, 2, 3)
        and bucket >= 0
        and 0 <= low <= high <= 100
        and 0.0 <= t < 1.0
    )
