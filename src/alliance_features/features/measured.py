"""A session with what its signals are computed from, each part made once and only on demand."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from .._typing import FloatArray, IntArray
from ..kernels import token_flags as flag
from ..kernels.ngrams import adjacent_shared
from ..lexicons import Lexicon, has_lexicon, load_lexicon
from ..text.forms import class_flag
from ..text.tagger import Tagger
from ..text.tokens import TokenTable, tokenize_texts
from ..text.vectors import Vectors
from ..transcript import MergedTurn, Session, merge_turns
from ..transcript.exchange import group_texts, group_turns, has_backward_times
from .measures.alignment import NgramBags, adjacent_embedding_cosines, numbered_ngrams
from .measures.categories import Categories
from .measures.category_use import CategoryUse, category_counts, function_word_counts
from .measures.distance import Bags, bag_distances, numbered_bags, turn_bags
from .measures.lagged import Lagged, all_lagged, turn_series
from .measures.near_turns import near_distances
from .measures.overlap import adjacent_bow_l1

Made = TypeVar("Made")


class Measured:
    """A session being measured. Every property is computed once.

    Parameters
    ----------
    session : Session
    vectors : Vectors
        Used if their language is the session's, or none.
    tagger : Tagger, optional
        Used if its language is the session's.
    seed : int, default=0
        Of what is drawn, with the session's id.
    reach : int, optional
        `distances` are wanted between the speakers, up to this many merged turns apart; None: all.
    categories : Categories, optional
        The user's dictionary.
    """

    def __init__(
        self,
        session: Session,
        vectors: Vectors,
        tagger: Tagger | None = None,
        *,
        seed: int = 0,
        reach: int | None = None,
        categories: Categories | None = None,
    ) -> None:
        self.session = session
        self.seed = seed
        self.reach = reach
        self.categories = categories
        self._made: dict[Hashable, Any] = {}
        self._vectors = vectors
        self._tagger = tagger
        self._counts: dict[tuple[int, int], IntArray] = {}
        self._speaks: dict[str, npt.NDArray[np.bool_]] = {}

    @cached_property
    def turns(self) -> list[MergedTurn]:
        """Merged turns; most features want no more of them than what follows."""
        return merge_turns(self.session)

    @cached_property
    def groups(self) -> list[list[int]]:
        """Indices of the original turns of each merged turn."""
        return group_turns(self.session)

    @property
    def n_turns(self) -> int:
        """How many merged turns there are."""
        return len(self.groups)

    @cached_property
    def roles(self) -> list[str]:
        """Who speaks each merged turn."""
        said = self.session.turns
        return [said[group[0]].role for group in self.groups]

    @cached_property
    def texts(self) -> list[str]:
        """What is said in each merged turn."""
        return group_texts(self.session, self.groups)

    @property
    def language(self) -> str:
        """Primary code of the language."""
        return self.session.language.split("-")[0]

    @cached_property
    def has_lexicon(self) -> bool:
        """Whether there are word lists for the language."""
        return has_lexicon(self.session.language)

    @cached_property
    def lexicon(self) -> Lexicon:
        """Word lists of the language."""
        return load_lexicon(self.session.language)

    @cached_property
    def time_problem(self) -> str | None:
        """Return why starts cannot be used, None if they can."""
        if all(turn.start is None for turn in self.session.turns):
            return "no_times"
        return "backward_times" if has_backward_times(self.session) else None

    @cached_property
    def has_ends(self) -> bool:
        """Whether any turn has an end."""
        return any(turn.end is not None for turn in self.session.turns)

    @cached_property
    def vectors(self) -> Vectors | None:
        """The vectors if they fit the language."""
        return self._vectors if self._vectors.language in (None, self.language) else None

    @cached_property
    def tagger(self) -> Tagger | None:
        """The tagger if it fits the language."""
        fits = self._tagger is not None and self._tagger.language == self.language
        return self._tagger if fits else None

    @cached_property
    def upos(self) -> list[list[str]]:
        """Universal part-of-speech tags of the merged turns; empty without a tagger."""
        if self.tagger is None:
            return [[] for _ in range(self.n_turns)]
        return self.tagger.tags(self.texts, self.lexicon)

    @cached_property
    def table(self) -> TokenTable:
        """Tokens of the merged turns."""
        return tokenize_texts(self.texts, self.session.language)

    @cached_property
    def tokens(self) -> list[list[str]]:
        """Distance tokens of the merged turns."""
        return [self.table.tokens(turn) for turn in range(self.n_turns)]

    @cached_property
    def looked_up(self) -> list[list[str]]:
        """Distance tokens of the merged turns as the vectors hold them, see `turn_tokens`."""
        cased = self.vectors is not None and self.vectors.cased
        return self.table.looked_up(self.vectors) if cased else self.tokens

    @cached_property
    def numbered(self) -> tuple[IntArray, IntArray, IntArray]:
        """Distance tokens as numbers, where those of each merged turn begin, and the words."""
        return self.table.numbered()

    @cached_property
    def _bags(self) -> Bags | None:
        if self.vectors is None:
            return None
        if self.vectors.cased:
            return turn_bags(self.looked_up, self.vectors, norm=True)
        numbers, offsets, known = self.numbered
        words = [self.table.vocabulary.words[number] for number in known.tolist()]
        return numbered_bags(numbers, offsets, words, self.vectors, norm=True)

    @cached_property
    def distances(self) -> FloatArray:
        """Word Mover's Distance of merged turns, NaN where there is none or none wanted."""
        if self.vectors is None or self._bags is None:
            return np.full((self.n_turns, self.n_turns), np.nan)
        if self.reach is not None:
            return near_distances(self._bags, self.vectors, self.reach)
        return bag_distances(self._bags, self.vectors, norm=True)

    @cached_property
    def known(self) -> IntArray:
        """Distance tokens with a vector, by merged turn."""
        return np.zeros(self.n_turns, np.int64) if self._bags is None else self._bags.known

    @cached_property
    def words(self) -> IntArray:
        """Words by merged turn."""
        return self.count(flag.WORD)

    def count(self, bits: int, *, also: int = 0) -> IntArray:
        """Return tokens with any of `bits` and all of `also`, by merged turn."""
        if (bits, also) not in self._counts:
            self._counts[bits, also] = self.table.count(bits, also=also)
        return self._counts[bits, also]

    def once(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """Return what `make` makes, made once per session for features that share it."""
        if key not in self._made:
            self._made[key] = make()
        made: Made = self._made[key]
        return made

    def speaks(self, role: str) -> npt.NDArray[np.bool_]:
        """Return which merged turns are of `role`."""
        if role not in self._speaks:
            self._speaks[role] = np.array(
                [speaker == role for speaker in self.roles], dtype=np.bool_
            )
        return self._speaks[role]

    def total(self, counts: IntArray, role: str) -> int:
        """Return the sum over the turns of `role`; over all turns for "dyad"."""
        return int(counts.sum() if role == "dyad" else (counts * self._ones(role)).sum())

    def words_of(self, role: str) -> int:
        """Return the words of a role, of both for "dyad"."""
        return self.once(("words", role), lambda: self.total(self.words, role))

    def _ones(self, role: str) -> IntArray:
        """Return 1 for the merged turns of `role`, 0 for the others."""
        return self.once(("ones", role), lambda: self.speaks(role).astype(np.int64))

    @cached_property
    def adjacent_bow_l1(self) -> FloatArray:
        """Bag-of-words distance of each merged turn to the one before, NaN for the first."""
        return adjacent_bow_l1(self.ngrams(1))

    @cached_property
    def adjacent_overlap(self) -> FloatArray:
        """Share of each merged turn's distinct tokens that the one before holds."""
        tokens, offsets, words = self.numbered
        return adjacent_shared(tokens, offsets, words.size)

    @cached_property
    def lagged(self) -> dict[str, Lagged]:
        """Lagged correlations of the turn-level series, in both directions."""
        first_person = self.count(class_flag("i_subject", "i_object"), also=flag.WORD)
        return all_lagged(turn_series(self.words, first_person), self.speaks("therapist"))

    @cached_property
    def function_words(self) -> CategoryUse:
        """Function words by category; a contraction belongs to the categories of all its parts."""
        lists = self.lexicon.function_words
        counts = function_word_counts(self.table, len(lists))
        return CategoryUse(lists, counts, self.words, self.speaks)

    @cached_property
    def user_words(self) -> CategoryUse:
        """Words by category of the user's dictionary, if there is one."""
        if self.categories is None:
            nothing = np.zeros((self.n_turns, 0), np.int64)
            return CategoryUse((), nothing, self.words, self.speaks)
        names = self.categories.names
        counts = category_counts(self.table, len(names), self.categories.member)
        return CategoryUse(names, counts, self.words, self.speaks)

    def ngrams(self, n: int) -> NgramBags:
        """Return the runs of `n` distance tokens by merged turn."""
        return self.once(("ngrams", n), lambda: numbered_ngrams(*self.numbered[:2], n))

    @cached_property
    def embedding_cosines(self) -> FloatArray:
        """Cosine of the summed vectors of each merged turn and the one before, else NaN."""
        if self.vectors is None or self._bags is None:
            return np.full(self.n_turns, np.nan)
        return adjacent_embedding_cosines(self._bags, self.vectors)

    def turns_with(self, counts: str) -> int:
        """Return the turns with a `counts` ("words", "known") above 0, of who has fewer."""
        return self.once(("turns_with", counts), lambda: self._turns_with(counts))

    def _turns_with(self, counts: str) -> int:
        usable = getattr(self, counts) > 0
        return min(int(usable[self.speaks(role)].sum()) for role in ("therapist", "client"))
