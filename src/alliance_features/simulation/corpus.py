"""Synthetic corpora with planted effects: to try out the commands and to test statistics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .._checks import check_count
from .._typing import FloatArray
from ..errors import ParameterError
from ..transcript import Session, Turn
from .design import TALK, THERAPIST_SHARE, assign_clients, draw_latent, name_sessions, stream
from .ratings import CLIENT, TARGETS, SimulatedRater, rows_of
from .talk import Shape, converse

if TYPE_CHECKING:
    import pyarrow as pa

#: Effect -> the feature that shows it and its direction there (lower distance = closer).
SIGNALS = {
    "i": ("therapist__i_rate", 1),
    "filled_pauses": ("client__filled_pause_rate", 1),
    "synchrony": ("dyad__adjacent_wmd__responder_client__mean", -1),
    "length": ("dyad__words_n", 1),
}
#: Correlations of the alliance with each signal; signs and sizes of the first two are near those
#: of Ryu et al. 2023, doi:10.1016/j.isci.2023.106860.
EFFECTS = {"i": -0.4, "filled_pauses": 0.3, "synchrony": 0.3, "length": 0.2}
_GENERAL = 0.8  # share of the variance of a dimension that is common to all dimensions
_MIN_TURNS = 12


@dataclass(frozen=True, slots=True)
class Simulation:
    """A synthetic corpus.

    Attributes
    ----------
    sessions : list of Session
        Their ids begin with "synthetic-" and their `meta` says so.
    ratings : pyarrow.Table
        Long format; rater "client" and the raters asked for.
    truth : dict
        What was planted: settings, effects, and the alliance of each session (standard normal).
    """

    sessions: list[Session]
    ratings: pa.Table
    truth: dict[str, Any]


def simulate(
    n_clients: int = 82,
    n_sessions: int = 793,
    *,
    n_therapists: int | None = None,
    n_turns: int = 40,
    effects: Mapping[str, float] | None = None,
    icc: float = 0.5,
    raters: Sequence[SimulatedRater] = (),
    seed: int = 0,
) -> Simulation:
    """Make a corpus in which a latent alliance influences signals and ratings.

    Each session has an alliance, similar within clients. It influences how often the therapist says
    "I", how often the client hesitates, how much replies repeat the words of the turn before, and
    how long the session is, each with a given correlation and otherwise independently. Clients'
    ratings depend on it and on random parts; they are skewed as those of CARE (arXiv:2602.20648).

    Parameters
    ----------
    n_clients, n_sessions : int
        By default the numbers of CounselingWAI. Every client has at least one session.
    n_therapists : int, optional
        None: one therapist per five clients.
    n_turns : int, default=40
        Mean number of turns, at least 12; a session of 50 minutes has about 300.
    effects : mapping of str to float, optional
        Correlation of the alliance with "i", "filled_pauses", "synchrony", "length"; an effect
        that is not named is 0. None: `EFFECTS`.
    icc : float, default=0.5
        Share of the variance between clients, of the alliance and everything else; 0.05 to 1.
    raters : sequence of SimulatedRater
        Further raters of the same sessions.
    seed : int, default=0
        A session depends on it, its index and the other arguments, but not on `n_sessions`.

    Returns
    -------
    Simulation

    Raises
    ------
    ParameterError
        If an argument is malformed.

    Notes
    -----
    Effects are correlations with the planted values. A feature shows them weakened by noise: at 40
    turns distances by about an eighth, counts hardly at all. `truth` names the feature of each.

    Examples
    --------
    >>> made = simulate(4, 6, n_turns=12, effects={"i": -0.5})
    >>> made.sessions[0].session_id, made.ratings.num_rows
    ('synthetic-0001', 18)
    """
    n_clients = check_count("n_clients", n_clients)
    settings = {
        "n_clients": n_clients,
        "n_sessions": check_count("n_sessions", n_sessions, least=n_clients),
        "n_therapists": max(1, round(n_clients / 5))
        if n_therapists is None
        else check_count("n_therapists", n_therapists),
        "n_turns": check_count("n_turns", n_turns, least=_MIN_TURNS),
        "seed": check_count("seed", seed, least=0),
    }
    _check_icc(icc)
    planted = _check_effects(effects)
    _check_raters(raters)
    client_of = assign_clients(n_clients, n_sessions, seed)
    width = 1 + len(TARGETS) + len(SIGNALS) + len(TARGETS) * len(raters)
    parts = draw_latent(client_of, client_of % settings["n_therapists"], width, icc, seed)
    alliance, own, rest = parts[:, 0], parts[:, 1 : 1 + len(TARGETS)], parts[:, 1 + len(TARGETS) :]
    felt = np.sqrt(_GENERAL) * alliance[:, None] + np.sqrt(1 - _GENERAL) * own
    signals = {
        name: r * alliance + np.sqrt(1 - r * r) * rest[:, place]
        for place, (name, r) in enumerate(planted.items())
    }
    facts = name_sessions(client_of, settings["n_therapists"])
    sessions = [
        _session(fact, _shape(signals, index, n_turns), stream(seed, TALK, index))
        for index, fact in enumerate(facts)
    ]
    truth = {
        "synthetic": True,
        "settings": {**settings, "icc": icc},
        "effects": planted,
        "signals": {name: {"feature": of, "sign": sign} for name, (of, sign) in SIGNALS.items()},
        "raters": {rater.name: rater.accuracy for rater in raters},
        "alliance": {
            session.session_id: float(z) for session, z in zip(sessions, alliance, strict=True)
        },
    }
    return Simulation(sessions, _ratings(facts, felt, rest[:, len(SIGNALS) :], raters), truth)


def _check_icc(icc: float) -> None:
    if not THERAPIST_SHARE <= icc <= 1.0:
        raise ParameterError(f"`icc` is {icc}; it must be from {THERAPIST_SHARE} to 1.")


def _check_effects(effects: Mapping[str, float] | None) -> dict[str, float]:
    chosen = EFFECTS if effects is None else dict(effects)
    for name, r in chosen.items():
        if name not in SIGNALS:
            raise ParameterError(f"`effects` names {name!r}; known are {', '.join(SIGNALS)}.")
        if isinstance(r, bool) or not isinstance(r, (int, float)) or not -1.0 <= r <= 1.0:
            raise ParameterError(f"`effects[{name!r}]` is {r!r}; it is a correlation, -1 to 1.")
    return {name: float(chosen.get(name, 0.0)) for name in SIGNALS}


def _check_raters(raters: Sequence[SimulatedRater]) -> None:
    names = [CLIENT.name, *(rater.name for rater in raters)]
    for name in names:
        if names.count(name) > 1:
            raise ParameterError(f"`raters` has the name {name!r} twice, or that of the client.")


def _shape(signals: Mapping[str, FloatArray], index: int, n_turns: int) -> Shape:
    z = {name: float(values[index]) for name, values in signals.items()}
    pairs = round(n_turns / 2 * np.exp(0.25 * z["length"] - 0.03))
    return Shape(
        n_turns=max(_MIN_TURNS, 2 * pairs),
        i_rate=max(0.0, 3.2 + 1.1 * z["i"]),
        pause_rate=max(0.0, 3.0 + 1.0 * z["filled_pauses"]),
        reuse=min(max(0.5 + 0.28 * z["synchrony"], 0.0), 1.0),
    )


def _session(fact: Mapping[str, Any], shape: Shape, rng: np.random.Generator) -> Session:
    return Session(
        **fact,
        language="en",
        mode="spoken",
        translated=False,
        verbatim=True,
        turns=tuple(Turn(role=role, text=text) for role, text in converse(shape, rng)),
        meta={"synthetic": True},
    )


def _ratings(
    facts: list[dict[str, Any]],
    felt: FloatArray,
    errors: FloatArray,
    raters: Sequence[SimulatedRater],
) -> pa.Table:
    import pyarrow as pa

    rows = rows_of(facts, CLIENT, felt)
    for place, rater in enumerate(raters):
        own = errors[:, place * len(TARGETS) : (place + 1) * len(TARGETS)]
        r = rater.accuracy
        rows += rows_of(facts, rater, r * felt + np.sqrt(1 - r * r) * own)
    return pa.Table.from_pylist(rows)
