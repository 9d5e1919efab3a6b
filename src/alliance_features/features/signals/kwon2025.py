"""nCLiD as a public implementation of 2025 has it: the set `kwon2025`."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np

from ..._typing import FloatArray
from ..measured import Measured
from ..measures.distance import bag_distances, turn_bags
from ..measures.synchrony import nclid
from ..spec import FeatureSpec
from .clid import OTHER, ROLES

PRESET = ("preset", "kwon2025")
_K = 3
_WORD = re.compile(r"\w+")
_HOW = (
    f"nCLiD with k = {_K}, following cross pairs; every row that is not empty is a turn, rows of "
    "one speaker are not merged; tokens are the runs of letters, digits and underscores, in "
    "lower case, with fillers, annotations and stop words"
)
_SOURCE = (
    "Kwon et al. 2025 (EMNLP, main 828), as in their public code (DSincerity/Eval-LLM-BehavAlign, "
    "linguistic_entrainment.py); they use word2vec-google-news-300, name it with `vectors`"
)


def kwon_tokens(text: str) -> list[str]:
    """Return the tokens of the preset: runs of word characters in lower case.

    Examples
    --------
    >>> kwon_tokens("Um, I don't know [laughs].")
    ['um', 'i', 'don', 't', 'know', 'laughs']
    """
    return [word.lower() for word in _WORD.findall(text)]


def _distances(measured: Measured) -> tuple[FloatArray, list[str]]:
    """Return the distances of the rows of the transcript, and who speaks each."""
    rows = [turn for turn in measured.session.turns if turn.text.strip()]
    if measured.vectors is None:
        return np.full((len(rows), len(rows)), np.nan), [row.role for row in rows]
    bags = turn_bags([kwon_tokens(row.text) for row in rows], measured.vectors, norm=True)
    return bag_distances(bags, measured.vectors, norm=True), [row.role for row in rows]


def _direction(anchor: str) -> Callable[[Measured], float]:
    def compute(measured: Measured) -> float:
        distances, roles = measured.once("kwon2025", lambda: _distances(measured))
        return nclid(distances, roles, anchor=anchor, k=_K)

    return compute


def _mean(measured: Measured) -> float:
    return sum(_direction(anchor)(measured) for anchor in ROLES) / len(ROLES)


def _spec(
    title: str, definition: str, compute: Callable[[Measured], float], anchor: str | None = None
) -> FeatureSpec:
    return FeatureSpec(
        feature="nclid",
        role="dyad",
        params=(*((("anchor", anchor),) if anchor else ()), PRESET),
        group="kwon2025",
        title=f"{title}, as in Kwon et al. 2025",
        unit="ratio",
        definition=definition,
        edge_cases="Null if a speaker has fewer than 2 rows with a known word, no row has a "
        "reply, or alpha is 0. Distinct words of one vector are at distance 0; gensim, which the "
        "code calls, drops such a pair.",
        needs=("vectors",),
        direction="lower = closer",
        confounds="for comparison with published numbers only; rows depend on the transcriber",
        source=_SOURCE,
        version=2,
        compute=compute,
    )


SPECS = (
    _spec("nCLiD of both directions", f"Mean of both directions of {_HOW}.", _mean),
    *(
        _spec(
            f"nCLiD, {OTHER[anchor]} answering {anchor}",
            f"{_HOW}; anchor {anchor}.",
            _direction(anchor),
            anchor,
        )
        for anchor in ROLES
    ),
)
