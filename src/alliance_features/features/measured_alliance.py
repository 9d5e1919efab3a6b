"""Alliance scores of a measured session, computed once."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from .._typing import FloatArray
from .measures.alliance import AllianceScorer, shipped_scorer, subscale_scores
from .measures.alliance_keys import KeyNull, key_null

if TYPE_CHECKING:
    from .measured import Measured


class SessionAlliance:
    """The scores of a session's merged turns under one scorer.

    Parameters
    ----------
    scorer : AllianceScorer
    texts : list of str
        Of the merged turns.
    tokens : list of list of str
    roles : list of {"client", "therapist"}
    """

    def __init__(
        self, scorer: AllianceScorer, texts: list[str], tokens: list[list[str]], roles: list[str]
    ) -> None:
        self.scorer = scorer
        self.roles = roles
        self.therapist = np.array([role == "therapist" for role in roles], dtype=np.bool_)
        self._lengths = np.array([len(words) for words in tokens], dtype=np.int64)
        self._embedded = scorer.embed(texts, tokens)
        self._scores: dict[tuple[str, str], FloatArray] = {}
        self._series: dict[tuple[str, str], dict[str, FloatArray]] = {}

    @property
    def known(self) -> npt.NDArray[np.bool_]:
        """Which turns have a vector."""
        return np.asarray(~np.isnan(self._embedded).any(axis=1))

    def items(self, method: str = "cosine", version: str = "own") -> FloatArray:
        """Return the scores on statements, shape (n_turns, n_items)."""
        if (method, version) not in self._scores:
            self._scores[method, version] = self.scorer.scores(
                self._embedded, self.roles, self._lengths, method=method, version=version
            )
        return self._scores[method, version]

    def series(self, subscale: str, method: str = "cosine", version: str = "own") -> FloatArray:
        """Return the signed means of a subscale by turn."""
        if (method, version) not in self._series:
            scores = self.items(method, version)
            self._series[method, version] = subscale_scores(scores, self.scorer.inventory)
        return self._series[method, version][subscale]

    def keys(self, subscale: str, method: str = "cosine", version: str = "own") -> KeyNull:
        """Return the gap of a subscale beside the gaps under other keys."""
        signs = self.scorer.inventory.signs(subscale)
        scores = self.items(method, version)[:, list(signs)]
        means = []
        for turns in (self.therapist, ~self.therapist):
            own = scores[turns & self.known]
            means.append(own.mean(axis=0) if len(own) else np.full(len(signs), math.nan))
        return key_null(means[0] - means[1], list(signs.values()))


def session_alliance(measured: Measured) -> SessionAlliance | None:
    """Return the scores on the shipped inventory, None if it is not for the language."""
    return measured.once("alliance", lambda: _made(measured))


def _made(measured: Measured) -> SessionAlliance | None:
    if measured.vectors is None:
        return None
    scorer = shipped_scorer(measured.vectors)
    if not scorer.reads(measured.language):
        return None
    texts = measured.texts
    return SessionAlliance(scorer, texts, measured.looked_up, measured.roles)


def alliance_lacks(measured: Measured, subscale: str, version: str, checked: bool) -> str | None:
    """Return why a score of a subscale is null, None if it is not."""
    if measured.vectors is None:
        return "no_vectors"
    scorer = shipped_scorer(measured.vectors)
    if not scorer.reads(measured.language):
        return "no_inventory"
    if checked and not scorer.polarity(version)[subscale].passed:
        return "polarity_failed"
    return None
