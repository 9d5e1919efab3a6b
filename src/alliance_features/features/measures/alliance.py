"""Scores of turns on the statements of an inventory, as likenesses of texts (COMPASS)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ..._checks import check_choice
from ..._typing import FloatArray
from ...errors import ParameterError
from ...inventories import Inventory, load_inventory
from ...kernels.sums import products
from ...text.encoders import Encoder, StaticEncoder, encoder_tokens
from ...text.tokens import tokenize
from ...text.vectors import Vectors, load_vectors
from ...transcript import Session, merge_turns
from .alliance_keys import Polarity, polarity
from .alliance_neutral import Null, neutral_null, token_lists, units

if TYPE_CHECKING:
    from .distance import VectorSource

METHODS = ("cosine", "counter", "centred", "null_z")
VERSIONS = ("own", "observer")
HOWS = ("mean", "sum")
SPEAKERS = ("client", "therapist")


class AllianceScorer:
    """An inventory under an encoder: what does not depend on a session, made once.

    Parameters
    ----------
    inventory : Inventory
    encoder : Encoder
    """

    def __init__(self, inventory: Inventory, encoder: Encoder) -> None:
        self.inventory = inventory
        self.encoder = encoder
        self._forms: dict[tuple[str, bool], FloatArray] = {}
        self._nulls: dict[tuple[str, str], Null] = {}

    def reads(self, language: str) -> bool:
        """Say whether inventory and encoder are for a language (a primary code)."""
        return self.inventory.language == language and self.encoder.language in (None, language)

    def statements(self, form: str, *, negated: bool = False) -> FloatArray:
        """Return the unit vectors of the statements, shape (n_items, n_dimensions).

        Raises
        ------
        ResourceError
            If a statement has no such wording.
        """
        if (form, negated) not in self._forms:
            texts = self.inventory.texts(form, negated=negated)
            tokens = token_lists(texts, self.inventory.language, self.encoder)
            self._forms[form, negated] = units(self.encoder.encode(texts, tokens))
        return self._forms[form, negated]

    def null(self, speaker: str, form: str) -> Null:
        """Return how near neutral sentences of a speaker are to the statements, by length."""
        if (speaker, form) not in self._nulls:
            language = self.inventory.language
            self._nulls[speaker, form] = neutral_null(
                speaker, language, self.encoder, self.statements(form)
            )
        return self._nulls[speaker, form]

    def polarity(self, version: str = "own") -> Mapping[str, Polarity]:
        """Return for each subscale whether the encoder tells straight from reversed statements."""
        return self._polarity[check_choice("version", version, VERSIONS)]

    @cached_property
    def _polarity(self) -> dict[str, dict[str, Polarity]]:
        checked: dict[str, dict[str, Polarity]] = {}
        for version in VERSIONS:
            forms = SPEAKERS if version == "own" else ("observer",)
            if not all(form in item.wordings for item in self.inventory.items for form in forms):
                continue
            checked[version] = {}
            for subscale in self.inventory.subscales:
                signs = self.inventory.signs(subscale)
                vectors = [self.statements(form)[list(signs)] for form in forms]
                checked[version][subscale] = polarity(vectors, list(signs.values()))
        return checked

    def embed(self, texts: Sequence[str], tokens: Sequence[Sequence[str]]) -> FloatArray:
        """Return the unit vectors of turns, NaN where there is none."""
        return units(self.encoder.encode(texts, tokens))

    def scores(
        self,
        embedded: FloatArray,
        roles: Sequence[str],
        lengths: npt.NDArray[np.int64],
        *,
        method: str = "cosine",
        version: str = "own",
    ) -> FloatArray:
        """Return the scores of turns on the statements; see `score_turns`.

        Parameters
        ----------
        embedded : float64, shape (n_turns, n_dimensions)
            As `embed` returns it.
        roles : sequence of {"client", "therapist"}, length n_turns
        lengths : int64, shape (n_turns,)
            Distance tokens of each turn.
        """
        check_choice("method", method, METHODS)
        check_choice("version", version, VERSIONS)
        out = np.full((len(roles), len(self.inventory.items)), np.nan)
        for speaker in SPEAKERS:
            turns = [place for place, role in enumerate(roles) if role == speaker]
            if not turns:
                continue
            form = speaker if version == "own" else version
            cosines = products(embedded[turns], self.statements(form))
            if method == "counter":
                cosines -= products(embedded[turns], self.statements(form, negated=True))
            elif method == "centred":
                cosines -= cosines.mean(axis=1, keepdims=True)
            elif method == "null_z":
                cosines = self.null(speaker, form).z(cosines, lengths[turns])
            out[turns] = cosines
        return out


@lru_cache(maxsize=4)
def shipped_scorer(vectors: Vectors) -> AllianceScorer:
    """Return the shipped inventory under the mean of word vectors."""
    return AllianceScorer(load_inventory(), StaticEncoder(vectors))


def subscale_scores(
    scores: npt.ArrayLike, inventory: Inventory | str | Path | None = None, *, how: str = "mean"
) -> dict[str, FloatArray]:
    """Add the scores of statements up to subscales: reversed statements count negatively.

    Parameters
    ----------
    scores : array-like of float, shape (n_turns, n_items)
        As `score_turns` returns them.
    inventory : Inventory or path, optional
        The one that was scored; None is ours.
    how : {"mean", "sum"}, default="mean"
        "sum" is as published; the mean does not depend on the number of statements.

    Returns
    -------
    dict of str to ndarray, shape (n_turns,)
        Subscale -> signed mean or sum, NaN where a score is.

    Raises
    ------
    ParameterError, ResourceError
        If the shape is wrong or the inventory cannot be read.

    Examples
    --------
    >>> import numpy as np
    >>> same = np.full((1, 18), 0.25)  # alike to all statements: our keys are balanced
    >>> {name: abs(float(x[0])) for name, x in subscale_scores(same).items()}
    {'goal': 0.0, 'task': 0.0, 'bond': 0.0}
    """
    scored = load_inventory(inventory)
    check_choice("how", how, HOWS)
    try:
        array = np.asarray(scores, dtype=np.float64)
    except (TypeError, ValueError):
        array = None  # numpy's message quotes its input, so it may not be chained
    if array is None:
        raise ParameterError("`scores` is not an array of numbers.")
    if array.ndim != 2 or array.shape[1] != len(scored.items):
        raise ParameterError(
            f"`scores` has shape {array.shape}; it must be (n_turns, {len(scored.items)}), one "
            f"column per item of {scored.name}."
        )
    out = {}
    for subscale in scored.subscales:
        signs = scored.signs(subscale)
        total = (array[:, list(signs)] * np.array(list(signs.values()))).sum(axis=1)
        out[subscale] = total / len(signs) if how == "mean" else total
    return out


def score_turns(
    session: Session,
    inventory: Inventory | str | Path | None = None,
    *,
    method: str = "cosine",
    version: str = "own",
    vectors: VectorSource = None,
    encoder: Encoder | None = None,
) -> FloatArray:
    r"""Score each turn on each statement of an inventory by the likeness of the texts.

    With :math:`c_i` the cosine between the vectors of a turn and of statement i:

    - ``cosine``: :math:`c_i`, as published;
    - ``counter``: :math:`c_i - \bar c_i`, less the cosine with the statement denied;
    - ``centred``: :math:`c_i` minus the mean over statements, which a likeness to all of them
      alike does not move; it makes the scores of a turn add up to 0;
    - ``null_z``: :math:`(c_i - m_i) / s_i`, mean and standard deviation of the cosine of
      statement i with neutral sentences (English) in the wording of the same speaker and of
      about the same number of tokens.

    They compare what is said, statement by statement, and are not ratings: nobody's alliance has
    been validated against them.

    Parameters
    ----------
    session : Session
    inventory : Inventory or path, optional
        None is our ``alliance-18-en``; see `load_inventory`. Your own file with 36 items gives
        a vector of 36.
    method : {"cosine", "counter", "centred", "null_z"}, default="cosine"
    version : {"own", "observer"}, default="own"
        "own": the client's turns against the client's wording and the therapist's against the
        therapist's, as published. "observer": both against one wording, so that a gap between
        the two is none between wordings.
    vectors : optional
        Word vectors of the default encoder, see `load_vectors`.
    encoder : Encoder, optional
        Instead of the weighted mean of word vectors.

    Returns
    -------
    ndarray of float64, shape (n_turns, n_items)
        One row a merged turn (`merge_turns`); cosines are -1..1. NaN where a turn has no word
        that the encoder knows.

    Raises
    ------
    ParameterError
        If an argument is malformed, or the languages of session, inventory and encoder differ.
    ResourceError
        If a file cannot be read, or a statement lacks the wording that is needed.

    References
    ----------
    Lin, Bouneffouf, Landa, Jespersen, Corcoran & Cecchi (2025). COMPASS. Translational
    Psychiatry 15:166. doi:10.1038/s41398-025-03379-3

    Examples
    --------
    >>> from alliance_features import Session, Turn, score_turns
    >>> session = Session(session_id="s1", language="en", turns=[
    ...     Turn(role="client", text="I do not see what we are after."),
    ...     Turn(role="therapist", text="[nods]")])
    >>> scores = score_turns(session)
    >>> scores.shape, bool(np.isnan(scores[1]).all())
    ((2, 18), True)
    """
    if not isinstance(session, Session):
        raise ParameterError(f"`session` is {type(session).__name__}; it must be a Session.")
    check_choice("method", method, METHODS)
    check_choice("version", version, VERSIONS)
    if encoder is not None and vectors is not None:
        raise ParameterError("`vectors` belong to the default encoder; give them or an `encoder`.")
    used = StaticEncoder(load_vectors(vectors)) if encoder is None else encoder
    scorer = AllianceScorer(load_inventory(inventory), used)
    if inventory is None and isinstance(used, StaticEncoder):
        scorer = shipped_scorer(used.vectors)
    language = session.language.split("-")[0]
    if not scorer.reads(language):
        raise ParameterError(
            f'The session is in "{language}", the inventory {scorer.inventory.name} in '
            f'"{scorer.inventory.language}" and the encoder for '
            f'"{scorer.encoder.language or "any language"}"; they must agree.'
        )
    turns = merge_turns(session)
    table = tokenize(turns, session.language)
    tokens = encoder_tokens(table, used)
    return scorer.scores(
        scorer.embed([turn.text for turn in turns], tokens),
        [turn.role for turn in turns],
        np.array([len(words) for words in tokens], dtype=np.int64),
        method=method,
        version=version,
    )
