"""Word vectors trained on transcripts, for languages or settings without a set of vectors."""

from __future__ import annotations

import os
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

from .. import __version__
from .._checks import check_choice, check_count, counted
from ..corpus.words import CorpusWords, KeptWords
from ..errors import AllianceError, ParameterError, TranscriptError
from ..lexicons import load_lexicon
from ..text.vector_npz import is_npz
from ..text.vector_training import METHODS, WINDOW, smooth_inverse_frequency, train_matrix
from ..text.vectors import Vectors, load_vectors
from ..transcript import Session
from ..transcript.source import Input

_WEIGHTS = "a / (a + share of the word among all tokens of the corpus), a = 0.001"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How to train.

    Attributes
    ----------
    method : {"word2vec", "fasttext"}
    dimensions, epochs, seed : int
    min_clients : int
        A word must occur in the sessions of this many distinct clients, said by either role;
        >= 2. A session without `client_id` counts as a client of its own.
    min_count : int
        A word must occur at least this often.
    """

    method: str = "word2vec"
    dimensions: int = 100
    epochs: int = 10
    min_clients: int = 5
    min_count: int = 5
    seed: int = 0

    def __post_init__(self) -> None:
        check_choice("method", self.method, METHODS)
        check_count("dimensions", self.dimensions, least=2)
        check_count("epochs", self.epochs)
        check_count("min_clients", self.min_clients, least=2)
        check_count("min_count", self.min_count)
        if check_count("seed", self.seed, least=0) >= 2**32:
            raise ParameterError(f"`seed` is {self.seed}; it must be < 2 ** 32.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Training:
    """Result of `train_vectors`: the vectors as `load_vectors` reads them, and the counts."""

    vectors: Vectors
    counts: dict[str, int]
    errors: list[TranscriptError]
    seconds: float


def train_vectors(
    source: Input,
    output: Path,
    settings: Settings | None = None,
    *,
    overwrite: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Training:
    """Learn word vectors from sessions of one language and write them as our npz.

    The tokens are those of `turn_tokens`; a window of five words to each side stays within a
    merged turn, so that a turn and its reply do not count as neighbours. Rare words are left out
    before anything is learnt. The file holds words, vectors, weights (smooth inverse frequency in
    this corpus), language, settings and counts; two runs on the same files give the same bytes.

    Parameters
    ----------
    source : Input
        `language` selects the sessions of that language, and is that of those that name none;
        without it all sessions must be of one language.
    output : Path
        Name of the file, ending in ``.npz``.
    settings : Settings, optional
    overwrite : bool
        Replace an existing file.
    progress : callable, optional
        Called with the numbers of sessions read and of errors.

    Returns
    -------
    Training

    Raises
    ------
    ParameterError
        If an argument is malformed, languages are mixed, or no two words are common enough.
    ResourceError
        If there are no word lists for the language or the file cannot be written.
    """
    clock, settings = time.perf_counter(), settings or Settings()
    if output.suffix != ".npz":
        raise ParameterError(f"`output` is {output.name}; it must end in .npz.")
    if output.exists() and not overwrite:
        raise ParameterError(
            f"`output` is {output}, which exists; name another file or say --overwrite."
        )
    if os.path.lexists(output) and not is_npz(output):
        raise ParameterError(
            f"`output` is {output}, which holds something else than vectors or is a link; move it "
            "or name another file."
        )
    errors: list[TranscriptError] = []
    corpus, language = _read(source, settings, errors, progress)
    kept = corpus.vocabulary(min_clients=settings.min_clients, min_count=settings.min_count)
    if len(kept) < 2:
        raise ParameterError(
            f"`min_clients` is {settings.min_clients} and `min_count` is {settings.min_count}; "
            f"{len(kept)} of the {len(corpus.ids)} words of {len(corpus.clients)} clients reach "
            "both, and it takes two. Use a larger corpus or lower limits."
        )
    sentences = KeptWords(corpus, kept)
    matrix = train_matrix(
        sentences,
        kept,
        method=settings.method,
        dimensions=settings.dimensions,
        epochs=settings.epochs,
        seed=settings.seed,
        language=language,
    )
    counts = dict(sorted(corpus.counts.items())) | {"tokens_kept": sum(kept.values())}
    _built(kept, matrix, settings, language, counts).save(output)
    return Training(
        vectors=load_vectors(output),
        counts=counts,
        errors=errors,
        seconds=time.perf_counter() - clock,
    )


def _read(
    source: Input,
    settings: Settings,
    errors: list[TranscriptError],
    progress: Callable[[int, int], None] | None,
) -> tuple[CorpusWords, str]:
    """Return the corpus and its language."""
    corpus = CorpusWords()
    wanted = None if source.language is None else source.language.split("-")[0]
    for session in source.read(source.files(errors), errors):
        primary = session.language.split("-")[0]
        if wanted is None:
            wanted = primary
        if primary != wanted:
            if source.language is None:
                raise ParameterError(
                    f"`language` is not given and the sessions are in several languages ({wanted}, "
                    f"{primary}); name the one to train on."
                )
            corpus.counts["sessions_in_other_languages"] += 1
            continue
        _add(corpus, session, settings, errors)
        if progress is not None:
            progress(corpus.counts["sessions"], len(errors))
    if wanted is None or not corpus.counts["sessions"]:
        raise ParameterError(
            f"`paths` hold no session to train on ({counted(len(errors), 'error')}, "
            f"{corpus.counts['sessions_in_other_languages']} in other languages)."
        )
    return corpus, wanted


def _add(
    corpus: CorpusWords, session: Session, settings: Settings, errors: list[TranscriptError]
) -> None:
    """Add a session; a defect is noted by its place, since its message may quote words."""
    try:
        corpus.add(session, enough=settings.min_clients)
    except AllianceError:
        raise
    except Exception as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        errors.append(
            TranscriptError(
                f"{type(error).__name__} in {Path(last.filename).name}, line {last.lineno}",
                code="internal_error",
                session_id=session.session_id,
                remedy="This is a defect of the program; please report it with this line.",
            )
        )


def _built(
    kept: dict[str, int],
    matrix: Any,
    settings: Settings,
    language: str,
    counts: dict[str, int],
) -> Vectors:
    lexicon = load_lexicon(language)
    about = {
        "method": settings.method,
        "dimensions": settings.dimensions,
        "epochs": settings.epochs,
        "min_clients": settings.min_clients,
        "min_count": settings.min_count,
        "seed": settings.seed,
        "window": WINDOW,
        "context": "merged turn",
        "weights": _WEIGHTS,
        "counts": counts,
        "lexicon": {"version": lexicon.version, "sha256": lexicon.sha256},
        "versions": {
            "alliance_features": __version__,
            "gensim": metadata.version("gensim"),
            "numpy": np.__version__,
        },
    }
    return Vectors(
        index={word: row for row, word in enumerate(kept)},
        matrix=matrix,
        name="trained",
        sha256="",
        language=language,
        weights=smooth_inverse_frequency(kept.values(), counts["tokens"]),
        about=about,
    )
