"""Load the encoder that is named, or train it on the sessions."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ...errors import ParameterError, ResourceError, TranscriptError
from ...features.measures.alliance import AllianceScorer
from ...inventories import PERSPECTIVES, Inventory
from ...text.encoders import Encoder, StaticEncoder
from ...text.vectors import load_vectors
from ...transcript.readers import Place
from ..words import CorpusWords, KeptWords

if TYPE_CHECKING:
    from ...features.measures.distance import VectorSource
    from ...transcript.source import Input

STATIC, DOC2VEC = "static", "doc2vec"
#: Words of fewer clients, or words said less often, are not in the vocabulary of Doc2Vec.
MIN_CLIENTS, MIN_COUNT = 5, 5


def make_encoder(
    name: str,
    source: Input,
    files: Sequence[Place],
    inventory: Inventory,
    *,
    vectors: VectorSource = None,
    seed: int = 0,
) -> Encoder:
    """Return the encoder that is named.

    Parameters
    ----------
    name : str
        "static": the weighted mean of `vectors`. "doc2vec": trained on the sessions of `files`,
        without words of fewer than 5 clients or said fewer than 5 times. A file ``.npz``: a
        Doc2Vec that was saved. A folder: of sentence-transformers.
    source : Input
    files : sequence of Path
    inventory : Inventory
        Its language is that of the encoder.
    vectors : optional
        See `load_vectors`.
    seed : int, default=0

    Raises
    ------
    ParameterError, ResourceError
        If there is no such encoder, or it cannot be read or trained.
    """
    if vectors is not None and name != STATIC:
        raise ParameterError('`vectors` are for the encoder "static".')
    if name == STATIC:
        return StaticEncoder(load_vectors(vectors))
    path = Path(name)
    if name == DOC2VEC:
        return _trained(source, files, inventory, seed)
    if path.is_dir():
        from ...text.encoders_sentence import SentenceEncoder

        return SentenceEncoder(path)
    if path.suffix == ".npz" and path.is_file():
        from ...text.encoders_doc2vec import load_doc2vec

        return load_doc2vec(path)
    raise ParameterError(
        f'`encoder` is {name!r}; it must be "{STATIC}", "{DOC2VEC}", a Doc2Vec file (.npz) or a '
        "folder of sentence-transformers."
    )


def _trained(source: Input, files: Sequence[Place], inventory: Inventory, seed: int) -> Encoder:
    from ...text.encoders_doc2vec import train_doc2vec

    corpus, errors = CorpusWords(), list[TranscriptError]()
    for session in source.read(files, errors):
        if session.language.split("-")[0] == inventory.language:
            corpus.add(session, enough=MIN_CLIENTS)
    kept = corpus.vocabulary(min_clients=MIN_CLIENTS, min_count=MIN_COUNT)
    if not kept:
        raise ParameterError(
            f"No word is said at least {MIN_COUNT} times and by {MIN_CLIENTS} clients: too few "
            'sessions to train Doc2Vec. Take the encoder "static".'
        )
    return train_doc2vec(KeptWords(corpus, kept), language=inventory.language, seed=seed)


def check_statements(scorer: AllianceScorer) -> None:
    """Refuse an encoder that knows no word of a statement."""
    for form in PERSPECTIVES:
        if form == "observer" and not all(form in i.wordings for i in scorer.inventory.items):
            continue
        lost = np.flatnonzero(np.isnan(scorer.statements(form)).any(axis=1))
        if lost.size:
            item = scorer.inventory.items[int(lost[0])]
            raise ResourceError(
                f'The encoder knows no word of item "{item.id}" of {scorer.inventory.name}, '
                f"wording of the {form}; take another encoder, or train on more sessions."
            )
