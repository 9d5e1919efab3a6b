"""Pair the therapist and client of different sessions: partners of a session, and distances."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Generic, Protocol, TypeVar

import numpy as np

from .._typing import BoolArray, FloatArray
from ..features.measured import Measured
from ..features.measures.distance import Bags, turn_bags
from ..features.measures.synchrony import cross_mean, local_distances, mean_of_known, within_mean
from ..features.signals.clid import ROLES, K
from ..kernels.transport import cross_pairs, ground_distances
from ..text.vectors import Vectors


class Lender(Protocol):
    """Properties of a session that are needed to find its partners; see `Half`."""

    @property
    def session_id(self) -> str: ...  # noqa: D102
    @property
    def client_id(self) -> str | None: ...  # noqa: D102
    @property
    def therapist_id(self) -> str | None: ...  # noqa: D102
    @property
    def kind(self) -> tuple[str, str | None]: ...  # noqa: D102
    @property
    def n_lent(self) -> int: ...  # noqa: D102


Lending = TypeVar("Lending", bound=Lender)


@dataclass(frozen=True, slots=True, eq=False)
class Half:
    """The measurements of a session that its pseudo-dyads use: numbers only.

    Attributes
    ----------
    session_id, client_id, therapist_id, kind
        `kind`, language and mode, is the same in partners.
    therapist : ndarray of bool, shape (n_turns,)
        Which merged turns are the therapist's.
    own, lent : Bags
        Known words of the turns of the therapist and of the client.
    within_own : float
        Mean distance between the therapist's turns.
    within_lent : ndarray of float64, shape (n_client_turns + 1,)
        Mean distance between the client's first n turns.
    any_pair : float
        Mean distance of all pairs of a turn of the therapist and one of the client.
    alpha : dict of str to float
        Divisor of nCLiD, for each anchor.
    """

    session_id: str
    client_id: str | None
    therapist_id: str | None
    kind: tuple[str, str | None]
    therapist: BoolArray
    own: Bags
    lent: Bags
    within_own: float
    within_lent: FloatArray
    any_pair: float
    alpha: dict[str, float]

    @property
    def n_lent(self) -> int:
        """Client's turns."""
        return int((~self.therapist).sum())


def half_of(measured: Measured, vectors: Vectors) -> Half:
    """Return the measurements of a session whose language has vectors."""
    therapist = measured.speaks("therapist")
    d, session = measured.distances, measured.session
    turns = [np.flatnonzero(speaks) for speaks in (therapist, ~therapist)]
    own, lent = (
        turn_bags([measured.looked_up[turn] for turn in places], vectors, norm=True)
        for places in turns
    )
    within_own = within_mean(d, therapist)
    within_lent = _within_first(d[np.ix_(turns[1], turns[1])])
    within = within_own + float(within_lent[-1])
    return Half(
        session_id=session.session_id,
        client_id=session.client_id,
        therapist_id=session.therapist_id,
        kind=(measured.language, session.mode),
        therapist=therapist,
        own=own,
        lent=lent,
        within_own=within_own,
        within_lent=within_lent,
        any_pair=cross_mean(d, therapist, "all"),
        alpha={
            anchor: within + cross_mean(d, measured.speaks(anchor), "following") for anchor in ROLES
        },
    )


def _within_first(distances: FloatArray) -> FloatArray:
    """Return the mean distance between the first n turns, for every n from 0."""
    upper = np.triu(np.ones(distances.shape, dtype=np.bool_), 1) & ~np.isnan(distances)
    sums = np.cumsum(np.where(upper, distances, 0.0).sum(axis=0))
    counts = np.cumsum(upper.sum(axis=0))
    means = np.divide(sums, counts, out=np.full(sums.shape, np.nan), where=counts > 0)
    return np.concatenate([[np.nan], means])


def _lot(session_id: str, partner_id: str, seed: int) -> bytes:
    text = f"{seed}\0{session_id}\0{partner_id}"
    return hashlib.blake2b(text.encode(), digest_size=8).digest()


def _strangers(session: Lender, other: Lender) -> bool:
    """Say whether two sessions share neither client nor therapist, as far as is known."""
    if session.session_id == other.session_id:
        return False
    pairs = ((session.client_id, other.client_id), (session.therapist_id, other.therapist_id))
    return not any(a is not None and a == b for a, b in pairs)


class Partners(Generic[Lending]):
    """Finds the sessions whose client can replace the client of a session."""

    def __init__(self, halves: Iterable[Lending], seed: int) -> None:
        self.seed = seed
        self._by_length: dict[tuple[str, str | None], dict[int, list[Lending]]] = {}
        for half in halves:
            lengths = self._by_length.setdefault(half.kind, defaultdict(list))
            lengths[half.n_lent].append(half)

    def of(self, half: Lending, most: int) -> list[Lending]:
        """Return the sessions nearest in length whose client has at least as many turns.

        Equally near ones are ordered at random, by both ids and the seed, so that the order of
        the input does not matter.
        """
        lengths = self._by_length[half.kind]
        longer = sorted(length for length in lengths if length >= half.n_lent)
        partners = (
            other
            for length in longer
            for other in sorted(
                lengths[length],
                key=lambda lender: _lot(half.session_id, lender.session_id, self.seed),
            )
            if _strangers(half, other)
        )
        return list(islice(partners, most))


def stranger_distances(half: Half, partner: Half, vectors: Vectors) -> FloatArray:
    """Return distances between the therapist's turns and those of the partner's client, else NaN.

    Shape (n_turns, n_turns), in the places of the session: its n-th turn of the client is the
    partner's n-th.
    """
    n_lent = half.n_lent
    ids, counts, offsets = partner.lent.part(0, n_lent)
    mine, theirs = half.own.rows[half.own.ids], partner.lent.rows[ids]
    rows = np.union1d(mine, theirs)
    block = cross_pairs(
        ground_distances(vectors.points(rows, norm=True)),
        np.searchsorted(rows, mine),
        half.own.counts,
        half.own.offsets,
        np.searchsorted(rows, theirs),
        counts,
        offsets,
    )
    out = np.full((half.therapist.size, half.therapist.size), np.nan)
    own, lent = np.flatnonzero(half.therapist), np.flatnonzero(~half.therapist)
    out[np.ix_(own, lent)] = block
    out[np.ix_(lent, own)] = block.T
    return out


def stranger_measures(half: Half, partner: Half, vectors: Vectors) -> dict[str, float]:
    """Return uCLiD, nCLiD and adjacent WMD, by name, of a therapist with another client."""
    d = stranger_distances(half, partner, vectors)
    within = half.within_own + float(partner.within_lent[half.n_lent])
    before = np.concatenate([[np.nan], np.diagonal(d, 1)])
    out = {}
    for anchor in ROLES:
        leads = half.therapist if anchor == "therapist" else ~half.therapist
        uclid = mean_of_known(local_distances(d, leads, K))
        alpha = within + cross_mean(d, leads, "following")
        out[f"dyad__uclid__anchor_{anchor}"] = uclid
        out[f"dyad__nclid__anchor_{anchor}"] = uclid / alpha if alpha > 0 else float("nan")
        out[f"dyad__adjacent_wmd__responder_{anchor}__mean"] = mean_of_known(before[leads])
    return out


def stack(measures: Sequence[dict[str, float]], name: str) -> FloatArray:
    """Return one measure of all partners."""
    return np.array([partner[name] for partner in measures], dtype=np.float64)
