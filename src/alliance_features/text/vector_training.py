"""Word vectors trained on a corpus by gensim: the same bytes for the same corpus and seed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from ..lexicons import has_lexicon, load_lexicon
from .gensim_log import quiet_gensim

METHODS = ("word2vec", "fasttext")
WINDOW = 5
MAX_SENTENCE = 10_000  # gensim silently drops what follows in a longer one
_BUCKETS = 50_000
#: Lengths of fastText's character n-grams; of words written without spaces, and of others.
_NGRAMS_UNSPACED = (1, 3)
_NGRAMS_SPACED = (3, 6)


class Sentences(Protocol):
    """Lists of words that can be iterated over several times."""

    def __iter__(self) -> Any: ...

    def __len__(self) -> int: ...


def train_matrix(
    sentences: Sentences,
    counts: Mapping[str, int],
    *,
    method: str,
    dimensions: int,
    epochs: int,
    seed: int,
    language: str,
) -> npt.NDArray[np.float32]:
    """Return the skip-gram vectors of the words of `counts`, in its order.

    One worker, vocabulary and seed given: nothing depends on Python's hashes or on threads. Rare
    words must have been left out of `sentences` before, since n-grams would keep traces of them.

    Parameters
    ----------
    sentences : iterable of lists of str, with a length
        At most `MAX_SENTENCE` words each, all of them in `counts`.
    counts : mapping of str to int
        How often each word occurs; its order is that of the rows.
    method : {"word2vec", "fasttext"}
        fastText adds character n-grams; only the words' own vectors are returned.
    dimensions, epochs, seed : int
    language : str
        Primary code, for the length of n-grams.

    Returns
    -------
    ndarray of float32, shape (n_words, dimensions)
    """
    options: dict[str, Any] = {
        "vector_size": dimensions,
        "window": WINDOW,
        "min_count": 1,
        "sg": 1,
        "workers": 1,
        "seed": seed,
        "sorted_vocab": 0,
        "epochs": epochs,
    }
    with quiet_gensim():
        if method == "fasttext":
            from gensim.models import FastText as Model

            unspaced = has_lexicon(language) and not load_lexicon(language).spaced
            low, high = _NGRAMS_UNSPACED if unspaced else _NGRAMS_SPACED
            options |= {"min_n": low, "max_n": high, "bucket": _BUCKETS}
        else:
            from gensim.models import Word2Vec as Model

        model = Model(**options)
        model.build_vocab_from_freq(dict(counts), corpus_count=len(sentences))
        model.train(
            sentences,
            total_examples=len(sentences),
            total_words=sum(counts.values()),
            epochs=epochs,
        )
        rows = [model.wv.key_to_index[word] for word in counts]
        return np.array(model.wv.vectors[rows], dtype=np.float32)


def smooth_inverse_frequency(
    counts: Iterable[int], total: int, *, a: float = 1e-3
) -> npt.NDArray[np.float64]:
    """Return ``a / (a + count / total)`` for each word (Arora, Liang & Ma 2017): 0 < weight < 1.

    Parameters
    ----------
    counts : iterable of int, length n_words
    total : int
    a : float, default=1e-3

    Returns
    -------
    ndarray of float64, shape (n_words,)
    """
    shares = np.fromiter(counts, dtype=np.float64) / total
    return np.asarray(a / (a + shares), dtype=np.float64)
