"""Part-of-speech tags from a spaCy pipeline that the user names; nothing is downloaded."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from ..errors import ParameterError, ResourceError
from ..lexicons import Lexicon
from .normalise import normalise


@dataclass(frozen=True, slots=True, eq=False)
class Tagger:
    """A pipeline that gives universal part-of-speech tags.

    Attributes
    ----------
    pipeline : spacy.Language
    name : str
        Name and version that the pipeline gives itself.
    language : str
    """

    pipeline: Any
    name: str
    language: str

    def tags(self, texts: Sequence[str], lexicon: Lexicon) -> list[list[str]]:
        """Return the UPOS tags of each text, white space and annotations left out."""
        cleaned = [normalise(text, lexicon) for text in texts]
        return [
            [token.pos_ for token in doc if not token.is_space]
            for doc in self.pipeline.pipe(cleaned)
        ]


@lru_cache(maxsize=2)
def _load(source: str) -> Any:
    import spacy

    return spacy.load(source)


def load_tagger(source: str | os.PathLike[str] | Any) -> Tagger:
    """Return a tagger from a spaCy pipeline.

    Parameters
    ----------
    source : path, name of an installed pipeline, or spacy.Language

    Raises
    ------
    ResourceError
        If it cannot be loaded or sets no part of speech.
    ParameterError
        If `source` is something else.
    """
    pipeline: Any = source
    if isinstance(source, (str, os.PathLike)):
        name, problem = os.fspath(source), None
        try:
            pipeline = _load(str(Path(name).resolve()) if Path(name).exists() else name)
        except Exception as error:  # spaCy, its readers and the model's own code raise anything
            problem = type(error).__name__
        if problem is not None:
            raise ResourceError(
                f"{name}: no spaCy pipeline can be loaded from there ({problem}). Name a folder "
                "that `nlp.to_disk` wrote or an installed pipeline; none is downloaded."
            )
    if not (hasattr(pipeline, "pipe") and hasattr(pipeline, "meta")):
        raise ParameterError(
            f"`spacy_model` is {type(source).__name__}; it must be a path, the name of an "
            "installed pipeline or a spaCy pipeline."
        )
    meta = pipeline.meta
    tagger = Tagger(pipeline, f"{meta['lang']}_{meta['name']} {meta['version']}", meta["lang"])
    if not any(token.pos_ for token in pipeline("it is")):
        raise ResourceError(
            f"{tagger.name}: the pipeline sets no part of speech (UPOS). Use one with a "
            "morphologizer, or a tagger with an attribute ruler."
        )
    return tagger
