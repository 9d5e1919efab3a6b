"""Alliance scores of the turns of a corpus, and how the speakers of each session diverge."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..._checks import check_choice, check_count
from ..._typing import BoolArray, FloatArray
from ...errors import ParameterError
from ...extraction.extractor import SESSION_KEYS, TURN_KEYS
from ...features.measured_alliance import SessionAlliance
from ...features.measures.alliance import HOWS, METHODS, AllianceScorer, subscale_scores
from ...features.measures.alliance_keys import all_keys
from ...features.measures.divergence import divergence, gap, speaker_mean
from ...features.measures.synchrony import mean_of_known
from ...kernels import token_flags as flag
from ...text.encoders import encoder_tokens
from ...text.tokens import tokenize
from ...transcript import Session, merge_turns
from ..pseudo_pairs import Partners

if TYPE_CHECKING:
    import pyarrow as pa


#: Equal parts of a session, by the index of merged turns, for the curves of a plot.
PARTS = 10
LENGTHS = ("client_turns_n", "therapist_turns_n", "client_turn_words", "therapist_turn_words")


@dataclass(frozen=True, slots=True, eq=False)
class Scored:
    """The scores that are kept of a session: numbers only.

    Attributes
    ----------
    keys : list
        As in `table.SESSION_KEYS`, then the condition.
    kind : tuple
        Language and mode, which sessions of a pseudo-dyad share.
    lengths : list
        As in `LENGTHS`.
    measures : dict of str to dict of str to float
        Subscale -> `divergence`, observer's version and other keys; empty without scores.
    therapist : dict of str to float
        Subscale -> the therapist's mean.
    client : dict of str to ndarray of float64, shape (n_client_turns,)
        Subscale -> the client's scores.
    item_gaps : ndarray of float64, shape (n_items,)
        Therapist's mean minus client's, by statement.
    curves : dict of (str, str) to ndarray of float64, shape (PARTS,)
        Subscale and speaker -> mean score in each tenth of the session.
    code : str
        Null code of the scores; "" if they are not null.
    """

    keys: list[Any]
    kind: tuple[str, str | None]
    lengths: list[Any]
    measures: dict[str, dict[str, float]] = field(default_factory=dict)
    therapist: dict[str, float] = field(default_factory=dict)
    client: dict[str, FloatArray] = field(default_factory=dict)
    item_gaps: FloatArray = field(default_factory=lambda: np.empty(0))
    curves: dict[tuple[str, str], FloatArray] = field(default_factory=dict)
    code: str = ""

    @property
    def session_id(self) -> str:
        """Id of the session."""
        return str(self.keys[0])

    @property
    def client_id(self) -> str | None:
        """Id of the client, None if unknown."""
        return None if self.keys[1] is None else str(self.keys[1])

    @property
    def therapist_id(self) -> str | None:
        """Id of the therapist, None if unknown."""
        return None if self.keys[2] is None else str(self.keys[2])

    @property
    def condition(self) -> str | None:
        """Condition of the session, None without one."""
        return None if self.keys[-1] is None else str(self.keys[-1])

    @property
    def n_lent(self) -> int:
        """Client's merged turns."""
        return int(self.lengths[0])


def turn_lengths(words: npt.NDArray[np.int64], therapist: BoolArray) -> list[Any]:
    """Return the numbers of turns of both and their mean words, as in `LENGTHS`."""
    sides = [words[~therapist], words[therapist]]
    means = [float(side.mean()) if side.size else None for side in sides]
    return [*(int(side.size) for side in sides), *means]


def item_gaps(scores: FloatArray, therapist: BoolArray) -> FloatArray:
    """Return the therapist's mean score minus the client's, shape (n_items,)."""
    return np.array([gap(column, therapist) for column in scores.T])


def curve(values: FloatArray, turns: BoolArray) -> FloatArray:
    """Return the mean of one speaker's scores in each part of the session, shape (PARTS,)."""
    part = np.arange(values.size) * PARTS // max(values.size, 1)
    return np.array([mean_of_known(values[turns & (part == tenth)]) for tenth in range(PARTS)])


POLARITIES = ("check", "ignore")
PARTNERS, MIN_PARTNERS = 10, 5
KEYS = ("keys_mean", "keys_sd", "keys_z", "keys_p")
PSEUDO = ("pseudo_mean", "pseudo_sd", "pseudo_z")


class ScoreCorpus:
    """Scores sessions one by one, then pseudo-dyads once all sessions are added.

    Parameters
    ----------
    scorer : AllianceScorer
    method : {"cosine", "counter", "centred", "null_z"}
    polarity : {"check", "ignore"}, default="check"
        "check": a subscale on which the encoder does not distinguish straight from reversed
        statements has no scores; its statements have. "ignore": as published.
    how : {"mean", "sum"}, default="mean"
        How a subscale is computed from its signed statements; "sum" as published.
    seed : int, default=0
    partners : int, default=10
        Pseudo-dyads per session.
    """

    def __init__(
        self,
        scorer: AllianceScorer,
        *,
        method: str = "cosine",
        polarity: str = "check",
        how: str = "mean",
        seed: int = 0,
        partners: int = PARTNERS,
    ) -> None:
        self.scorer = scorer
        self.method = check_choice("method", method, METHODS)
        self.polarity = check_choice("polarity", polarity, POLARITIES)
        self.how = check_choice("how", how, HOWS)
        self.seed = check_count("seed", seed, least=0)
        self.partners = check_count("partners", partners, least=MIN_PARTNERS)
        inventory = scorer.inventory
        self.observed = all("observer" in item.wordings for item in inventory.items)
        self.subscales = inventory.subscales
        self.sessions: list[Scored] = []
        self.nulls: list[tuple[str, int | None, str, str]] = []
        self._turns: list[list[Any]] = []

    @property
    def n_turns(self) -> int:
        """Merged turns scored."""
        return len(self._turns)

    def versions(self) -> list[str]:
        """Return the versions that are scored."""
        return ["own", "observer"] if self.observed else ["own"]

    def passes(self, subscale: str, version: str) -> bool:
        """Say whether a subscale has scores."""
        return self.polarity == "ignore" or self.scorer.polarity(version)[subscale].passed

    def add(self, session: Session, condition: str | None = None) -> None:
        """Score a session; on an error, nothing is added."""
        if not isinstance(session, Session):
            raise ParameterError(f"`session` is {type(session).__name__}; it must be a Session.")
        turns = merge_turns(session)
        table = tokenize(turns, session.language)
        words = table.count(flag.WORD)
        roles = [turn.role for turn in turns]
        therapist = np.array([role == "therapist" for role in roles], dtype=np.bool_)
        keys = [*(getattr(session, key) for key in SESSION_KEYS), condition]
        kind = (session.language.split("-")[0], session.mode)
        lengths = turn_lengths(words, therapist)
        turn_keys = [
            [session.session_id, turn.turn_index, turn.n_merged, turn.role, int(n)]
            for turn, n in zip(turns, words, strict=True)
        ]
        if not self.scorer.reads(kind[0]):
            self.sessions.append(Scored(keys, kind, lengths, code="no_inventory"))
            empty = [None] * (len(self.turn_names()) - len(TURN_KEYS) - 1)
            self._turns += [[*keys, *empty] for keys in turn_keys]
            return
        tokens = encoder_tokens(table, self.scorer.encoder)
        scored = SessionAlliance(self.scorer, [turn.text for turn in turns], tokens, roles)
        series = {version: self._series(scored, version) for version in self.versions()}
        measures, own = self._measures(scored, series), series["own"]
        kept = Scored(
            keys,
            kind,
            lengths,
            measures,
            {name: speaker_mean(x, therapist) for name, x in own.items()},
            {name: x[~therapist] for name, x in own.items()},
            item_gaps(scored.items(self.method), therapist),
            {
                (name, role): curve(x, therapist if role == "therapist" else ~therapist)
                for name, x in own.items()
                for role in ("therapist", "client")
            },
        )
        columns = [*scored.items(self.method).T, *own.values()]
        if self.observed:
            columns += series["observer"].values()
        rows = np.array(columns).T if columns else np.empty((0, 0))
        self.sessions.append(kept)
        self._turns += [
            [*one_turn, *(None if math.isnan(x) else x for x in row)]
            for one_turn, row in zip(turn_keys, rows.tolist(), strict=True)
        ]

    def _series(self, scored: SessionAlliance, version: str) -> dict[str, FloatArray]:
        scores = scored.items(self.method, version)
        by_subscale = subscale_scores(scores, self.scorer.inventory, how=self.how)
        return {
            name: x if self.passes(name, version) else np.full(x.shape, np.nan)
            for name, x in by_subscale.items()
        }

    def _measures(
        self, scored: SessionAlliance, series: dict[str, dict[str, FloatArray]]
    ) -> dict[str, dict[str, float]]:
        out = {}
        for name, x in series["own"].items():
            measures = divergence(x, scored.therapist)
            if self.observed:
                y = series["observer"][name]
                measures["client__version_observer"] = speaker_mean(y, ~scored.therapist)
                measures["therapist__version_observer"] = speaker_mean(y, scored.therapist)
                measures["gap__version_observer"] = gap(y, scored.therapist)
            null = scored.keys(name, self.method)
            size = len(self.scorer.inventory.signs(name)) if self.how == "sum" else 1
            values = (null.mean * size, null.sd * size, null.z, null.p)
            usable = self.passes(name, "own")
            measures |= {
                f"gap__{key}": value if usable else math.nan
                for key, value in zip(KEYS, values, strict=True)
            }
            out[name] = measures
        return out

    def measure_names(self) -> list[str]:
        """Return the names of measures of a subscale, in the order of the columns."""
        from_turns = list(divergence(np.empty(0), np.empty(0, np.bool_)))
        observer = [
            f"{name}__version_observer" for name in ("client", "therapist", "gap") if self.observed
        ]
        names = [*from_turns, *observer, *(f"gap__{name}" for name in KEYS)]
        return [*names, *(f"gap__{name}" for name in PSEUDO)]

    def turn_names(self) -> list[str]:
        """Return the columns of the table of turns."""
        items = [f"item__{item.id}" for item in self.scorer.inventory.items]
        scales = [f"alliance_{name}" for name in self.subscales]
        observer = [f"{name}__version_observer" for name in scales if self.observed]
        return [*TURN_KEYS, "words_n", *items, *scales, *observer]

    def turns_table(self) -> pa.Table:
        """Return one row per merged turn: keys, words, scores on statements and subscales."""
        import pyarrow as pa

        names = self.turn_names()
        whole = {"turn_index", "n_merged", "words_n"}
        kinds = {"session_id": pa.string(), "role": pa.string()}
        cells = list(zip(*self._turns, strict=True)) if self._turns else [()] * len(names)
        arrays = [
            pa.array(values, pa.int64() if name in whole else kinds.get(name, pa.float64()))
            for name, values in zip(names, cells, strict=True)
        ]
        return pa.table(arrays, names=names)

    def sessions_table(self, tick: Callable[[], None] | None = None) -> pa.Table:
        """Return one row per session: keys, condition, lengths, measures; fills `nulls`."""
        import pyarrow as pa

        names = [*SESSION_KEYS, "condition", *LENGTHS]
        columns = [column_of(scale, name) for scale in self.subscales for name in self._names()]
        partners = Partners((session for session in self.sessions if not session.code), self.seed)
        rows, self.nulls = [], []
        for session in self.sessions:
            beside = (
                {} if session.code else self._pseudo(session, partners.of(session, self.partners))
            )
            cells: list[Any] = []
            for scale in self.subscales:
                for name in self._names():
                    value = {**session.measures.get(scale, {}), **beside.get(scale, {})}.get(
                        name, math.nan
                    )
                    cells.append(None if math.isnan(value) else value)
                    if math.isnan(value):
                        code = session.code or self._reason(scale, name, beside)
                        self.nulls.append((session.session_id, None, column_of(scale, name), code))
            rows.append([*session.keys, *session.lengths, *cells])
            if tick is not None:
                tick()
        whole = {"session_number", *LENGTHS[:2]}
        arrays = []
        for place, name in enumerate([*names, *columns]):
            text = name in (*SESSION_KEYS, "condition") and name not in whole
            kind = pa.string() if text else pa.int64() if name in whole else pa.float64()
            arrays.append(pa.array([row[place] for row in rows], kind))
        return pa.table(arrays, names=[*names, *columns])

    def _names(self) -> list[str]:
        return self.measure_names()

    def _reason(self, scale: str, name: str, beside: dict[str, Any]) -> str:
        version = "observer" if name.endswith("observer") else "own"
        if not self.passes(scale, version):
            return "polarity_failed"
        if name.rpartition("__")[2] in PSEUDO and not beside:
            return "few_partners"
        return "undefined" if "keys" in name or name.startswith("r_") else "few_turns"

    def _pseudo(self, session: Scored, chosen: Sequence[Scored]) -> dict[str, dict[str, float]]:
        """Return the gap between a therapist and the first turns of other clients, by subscale."""
        if len(chosen) < MIN_PARTNERS:
            return {}
        out = {}
        for scale in self.subscales:
            lent = [mean_of_known(other.client[scale][: session.n_lent]) for other in chosen]
            gaps = session.therapist[scale] - np.array(lent)
            known = gaps[~np.isnan(gaps)]
            enough = known.size >= MIN_PARTNERS
            mean = float(known.mean()) if enough else math.nan
            sd = float(known.std(ddof=1)) if enough else math.nan
            z = (session.measures[scale]["gap"] - mean) / sd if sd > 0 else math.nan
            out[scale] = {f"gap__{key}": v for key, v in zip(PSEUDO, (mean, sd, z), strict=True)}
        return out

    def key_gaps(self, sessions: Sequence[Scored], scale: str) -> FloatArray:
        """Return the mean gap over sessions under each key of a subscale, the same key for all."""
        signs = self.scorer.inventory.signs(scale)
        gaps = [session.item_gaps for session in sessions if not session.code]
        known = [
            by_item[list(signs)] for by_item in gaps if not np.isnan(by_item[list(signs)]).any()
        ]
        if not known or not self.passes(scale, "own"):
            return np.empty(0)
        size = 1 if self.how == "sum" else len(signs)
        mean: FloatArray = np.mean(known, axis=0) / size
        return all_keys(list(signs.values()), seed=self.seed) @ mean


def column_of(scale: str, name: str) -> str:
    """Return the name of a column of sessions: role, subscale, measure."""
    first, _, rest = name.partition("__")
    if first in ("client", "therapist"):
        return f"{first}__alliance_{scale}" + (f"__{rest}" if rest else "")
    return f"dyad__alliance_{scale}_{name}"
