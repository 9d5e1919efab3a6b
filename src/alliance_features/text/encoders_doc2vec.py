"""Doc2Vec (gensim, PV-DBOW) trained on a corpus: the same vector for the same text and seed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from .._checks import check_path
from .._typing import FloatArray
from ..errors import ParameterError, ResourceError
from .gensim_log import quiet_gensim
from .vector_npz import join_words, write_parts
from .vector_training import Sentences

NEGATIVE = 5
EPOCHS = 20
ALPHA, MIN_ALPHA = 0.025, 0.0001
_FORMAT = 1


class Doc2VecEncoder:
    """One paragraph vector per text (Le & Mikolov 2014, PV-DBOW with negative sampling).

    A text starts from a vector drawn from its tokens and the seed and is fitted with the
    word weights held fixed. It depends only on the model, the text and the seed.

    Parameters
    ----------
    counts : mapping of str to int
        Words and how often each occurs in the training texts.
    outputs : ndarray of float32, shape (n_words, n_dimensions)
        Output weights, in the order of `counts`.
    language : str
        Primary code.
    seed : int
    """

    def __init__(
        self,
        counts: Mapping[str, int],
        outputs: npt.NDArray[np.float32],
        *,
        language: str,
        seed: int = 0,
    ) -> None:
        self.counts = dict(counts)
        self.outputs = np.ascontiguousarray(outputs, dtype=np.float32)
        self.language: str | None = language
        self.seed = seed
        with quiet_gensim():
            model = _empty(self.outputs.shape[1], seed)
            model.build_vocab_from_freq(self.counts, corpus_count=1)
            order = [self._place[word] for word in model.wv.index_to_key]
            model.syn1neg = self.outputs[order]
        self._model = model

    @property
    def _place(self) -> dict[str, int]:
        return {word: place for place, word in enumerate(self.counts)}

    def encode(self, texts: Sequence[str], tokens: Sequence[Sequence[str]]) -> FloatArray:
        """Return one vector per text, NaN for a text without a word of the vocabulary."""
        out = np.full((len(tokens), self.outputs.shape[1]), np.nan)
        for place, words in enumerate(tokens):
            known = [word for word in words if word in self.counts]
            if known:
                out[place] = self._fit(known)
        return out

    def _fit(self, words: list[str]) -> npt.NDArray[np.float32]:
        from gensim.models.doc2vec import train_document_dbow

        text = "\n".join([str(self.seed), *words])
        digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
        # numpy promises that this old generator never changes
        self._model.random = np.random.RandomState(int.from_bytes(digest[:4], "little"))
        size = self.outputs.shape[1]
        start = (self._model.random.random_sample(size) - 0.5) / size
        vector = start.astype(np.float32).reshape(1, size)
        free, work = np.ones(1, dtype=np.float32), np.zeros(size, dtype=np.float32)
        for alpha in np.linspace(ALPHA, MIN_ALPHA, EPOCHS).tolist():
            train_document_dbow(
                self._model,
                words,
                [0],
                alpha,
                work,
                learn_words=False,
                learn_hidden=False,
                doctag_vectors=vector,
                doctags_lockf=free,
            )
        fitted: npt.NDArray[np.float32] = vector[0]
        return fitted

    def describe(self) -> dict[str, Any]:
        """Describe the encoder for a manifest."""
        digest = hashlib.sha256("\n".join(self.counts).encode("utf-8", "surrogatepass"))
        digest.update(self.outputs.tobytes())
        return {
            "kind": "doc2vec",
            "words": len(self.counts),
            "dimensions": int(self.outputs.shape[1]),
            "sha256": digest.hexdigest(),
            "seed": self.seed,
        }

    def save(self, path: str | Path) -> None:
        """Write ``NAME.npz`` (word counts and weights) and ``NAME.json`` (settings).

        The npz holds the list of words of the corpus.

        Raises
        ------
        ParameterError
            If the name does not end in ``.npz``.
        ResourceError
            If a file cannot be written.
        """
        path = check_path("path", path)
        if path.suffix != ".npz":
            raise ParameterError(f"`path` is {path.name}; it must end in .npz.")
        parts = {
            "words": np.array(join_words(list(self.counts))),
            "counts": np.array(list(self.counts.values()), dtype=np.int64),
            "outputs": self.outputs,
        }
        write_parts(path, parts)
        settings = {**self.describe(), "format": _FORMAT, "language": self.language}
        text = json.dumps(settings, indent=2, sort_keys=True) + "\n"
        try:
            path.with_suffix(".json").write_text(text, encoding="utf-8", newline="\n")
        except OSError as error:
            reason = error.strerror
        else:
            return
        raise ResourceError(f"{path.with_suffix('.json')}: cannot be written ({reason}).")


def _empty(dimensions: int, seed: int) -> Any:
    from gensim.models.doc2vec import Doc2Vec

    return Doc2Vec(
        dm=0,
        vector_size=dimensions,
        negative=NEGATIVE,
        min_count=1,
        sample=0,
        epochs=EPOCHS,
        alpha=ALPHA,
        min_alpha=MIN_ALPHA,
        workers=1,
        seed=seed,
    )


def train_doc2vec(
    sentences: Sentences, *, dimensions: int = 100, language: str, seed: int = 0
) -> Doc2VecEncoder:
    """Return an encoder fitted on texts, the same for the same texts and seed.

    Parameters
    ----------
    sentences : iterable of lists of str, with a length
        Tokens of each text, at most 10,000.
    dimensions : int, default=100
    language : str
        Primary code.
    seed : int, default=0

    Raises
    ------
    ResourceError
        If the texts hold no word.
    """
    from gensim.models.doc2vec import TaggedDocument

    documents = [TaggedDocument(words, [place]) for place, words in enumerate(sentences) if words]
    if not documents:
        raise ResourceError("There is no word to train Doc2Vec on; are the sessions empty?")
    with quiet_gensim():
        model = _empty(dimensions, seed)
        model.build_vocab(documents)
        model.train(documents, total_examples=len(documents), epochs=EPOCHS)
    counts = {word: int(model.wv.get_vecattr(word, "count")) for word in model.wv.index_to_key}
    return Doc2VecEncoder(counts, model.syn1neg, language=language, seed=seed)


def load_doc2vec(path: str | Path) -> Doc2VecEncoder:
    """Read what `Doc2VecEncoder.save` wrote; nothing is unpickled.

    Raises
    ------
    ResourceError
        If a file is missing, damaged or not written by `save`.
    """
    path = check_path("path", path)
    encoder = None
    try:
        settings = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as archive:
            words = bytes(archive["words"].item()).decode("utf-8").split("\n")
            counts, outputs = archive["counts"], archive["outputs"]
        if settings["kind"] == "doc2vec" and settings["format"] == _FORMAT:
            encoder = Doc2VecEncoder(
                dict(zip(words, counts.tolist(), strict=True)),
                outputs,
                language=str(settings["language"]),
                seed=int(settings["seed"]),
            )
            if encoder.describe()["sha256"] != settings["sha256"]:
                encoder = None
    except (OSError, ValueError, KeyError, TypeError, EOFError):
        encoder = None
    if encoder is None:
        raise ResourceError(
            f"{path}: not a Doc2Vec encoder of `score --save-encoder` (.npz with its .json), "
            "or damaged."
        )
    return encoder
