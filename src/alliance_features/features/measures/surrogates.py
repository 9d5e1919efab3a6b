"""Synchrony against chance: the same turns, with one speaker's replies in another order."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..._checks import check_choice, check_count, check_distances, check_roles
from ..._typing import BoolArray, FloatArray, IntArray
from ...errors import ParameterError
from ...kernels.surrogates import reordered_sums
from .synchrony import within_mean

MEASURES = ("uclid", "nclid", "adjacent_wmd")
SURROGATES = ("circular", "shuffle")
DRAWS = 999
_EQUAL = 1e-12  # relative: sums of the same distances in another order count as equal
_BLOCK = 1 << 18


@dataclass(frozen=True, slots=True, kw_only=True)
class Surrogate:
    """A measure beside its values on surrogates of the same session.

    Attributes
    ----------
    observed : float
        The measure.
    mean, sd : float
        Of the surrogates; `sd` with n - 1, or exact over all orders where a formula exists.
    z : float
        (observed - mean) / sd: negative = closer than chance. NaN if `sd` is 0.
    ratio : float
        observed / mean: below 1 = closer than chance. NaN if `mean` is 0.
    p : float
        (1 + surrogates at least as close) / (1 + n), one-sided.
    survives : float
        (mean - observed) / (reference - observed): of what the replies are closer than any pair
        of turns of the two, the share that the surrogate lacks. At most about 1; negative if
        the replies are farther than chance; NaN if they are no closer than any pair.
    n : int
        Number of surrogates.
    """

    observed: float
    mean: float
    sd: float
    z: float
    ratio: float
    p: float
    survives: float
    n: int


def session_seed(session_id: str, seed: int = 0) -> int:
    """Return a seed of 64 bits that depends on a session's id and on `seed` alone."""
    digest = hashlib.blake2b(f"{seed}\0{session_id}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big")


def against(
    observed: float,
    values: FloatArray,
    reference: float,
    *,
    mean: float | None = None,
    sd: float | None = None,
) -> Surrogate:
    """Return a measure beside its values on surrogates.

    Parameters
    ----------
    observed : float
    values : ndarray of float64, shape (n,)
        The measure on each surrogate; NaN where it is undefined, which is left out.
    reference : float
        What the measure would be if a reply were any turn of the other speaker.
    mean, sd : float, optional
        Exact ones, where a formula gives them.
    """
    values = values[~np.isnan(values)]
    n = int(values.size)
    if mean is None:
        mean = float(values.mean()) if n else math.nan
    if sd is None:
        sd = float(values.std(ddof=1)) if n > 1 else math.nan
    saving = reference - observed
    as_close = int(np.count_nonzero(values <= observed * (1 + _EQUAL)))
    return Surrogate(
        observed=observed,
        mean=mean,
        sd=sd,
        z=(observed - mean) / sd if sd > _EQUAL * mean else math.nan,
        ratio=observed / mean if mean > 0 else math.nan,
        p=(1 + as_close) / (1 + n) if n and not math.isnan(observed) else math.nan,
        survives=(mean - observed) / saving if saving > _EQUAL * reference else math.nan,
        n=n,
    )


@dataclass(frozen=True, slots=True)
class Pairing:
    """Who can answer whom: turns with a distance, and the places of the replies.

    A reply without a distance stays where it is, so that the same anchors and places count in
    every order.
    """

    block: FloatArray
    first: IntArray
    last: IntArray
    before: IntArray
    previous: IntArray
    within: float

    @classmethod
    def of(cls, distances: FloatArray, is_anchor: BoolArray, k: int) -> Pairing:
        """Find the turns that have distances; `within` is the sum of both within means."""
        anchors, replies = np.flatnonzero(is_anchor), np.flatnonzero(~is_anchor)
        block = distances[np.ix_(anchors, replies)]
        known = ~np.isnan(block)
        rows, columns = known.any(axis=1), known.any(axis=0)
        if not known[np.ix_(rows, columns)].all():
            raise ParameterError(
                "`distances` lacks pairs of turns that have other distances; a surrogate needs "
                "them all, or none of a turn."
            )
        start = np.searchsorted(replies, anchors[rows])
        place = np.concatenate([[0], np.cumsum(columns)])
        anchor_at = np.full(is_anchor.size + 1, -1)
        anchor_at[anchors[rows]] = np.arange(rows.sum())
        return cls(
            block=block[np.ix_(rows, columns)],
            first=place[start],
            last=place[np.minimum(start + k, replies.size)],
            before=np.searchsorted(anchors[rows], replies[columns]),
            previous=anchor_at[replies[columns] - 1],
            within=within_mean(distances, is_anchor) + within_mean(distances, ~is_anchor),
        )

    def measures(self, orders: IntArray) -> dict[str, FloatArray]:
        """Return every measure for each order of the replies, shape (n_orders,) each."""
        counts = np.array(
            [(self.last > self.first).sum(), self.before.sum(), (self.previous >= 0).sum()],
            dtype=np.float64,
        )
        counts[counts == 0] = math.nan
        sums = reordered_sums(self.block, self.first, self.last, self.before, self.previous, orders)
        uclid, cross, adjacent = (sums / counts).T
        alpha = self.within + cross
        alpha[alpha <= 0] = math.nan
        return {"uclid": uclid, "nclid": uclid / alpha, "adjacent_wmd": adjacent, "alpha": alpha}

    def exact_adjacent(self) -> tuple[float, float]:
        """Return mean and standard deviation of adjacent_wmd over all orders (Hoeffding 1951)."""
        n_places = int((self.previous >= 0).sum())
        size = self.previous.size
        if not n_places or size < 2:
            return math.nan, math.nan
        costs = np.where((self.previous >= 0)[:, None], self.block[self.previous], 0.0)
        centred = costs - costs.mean(axis=0) - costs.mean(axis=1)[:, None] + costs.mean()
        sd = math.sqrt(float((centred**2).sum()) / (size - 1))
        return float(costs.sum()) / size / n_places, sd / n_places


def shifts(n_replies: int) -> IntArray:
    """Return every circular shift but the first, shape (n_replies - 1, n_replies)."""
    at = np.arange(n_replies)
    return (at[1:, None] + at) % max(n_replies, 1)


def shuffles(n_replies: int, draws: int, seed: int) -> Iterator[IntArray]:
    """Yield random orders in blocks; raw bits of PCG64, whose stream numpy keeps for ever."""
    bits = np.random.PCG64(seed)
    most = max(_BLOCK // max(n_replies, 1), 1)
    for begin in range(0, draws, most):
        rows = min(most, draws - begin)
        keys = bits.random_raw(rows * n_replies).reshape(rows, n_replies)
        yield np.argsort(keys, axis=1, kind="stable")


def compare(
    distances: FloatArray,
    is_anchor: BoolArray,
    surrogate: str,
    *,
    k: int = 3,
    draws: int = DRAWS,
    seed: int = 0,
) -> dict[str, Surrogate]:
    """Return every measure beside its surrogates; arguments are trusted."""
    pairing = Pairing.of(distances, is_anchor, k)
    size = pairing.previous.size
    observed = {
        name: float(values[0]) for name, values in pairing.measures(np.arange(size)[None]).items()
    }
    orders = [shifts(size)] if surrogate == "circular" else [*shuffles(size, draws, seed)]
    blocks = [pairing.measures(block) for block in orders] if size > 1 else []
    any_pair = float(pairing.block.mean()) if pairing.block.size else math.nan
    exact = pairing.exact_adjacent() if surrogate == "shuffle" else (None, None)
    out = {}
    for name in MEASURES:
        values = np.concatenate([np.empty(0), *(block[name] for block in blocks)])
        reference = any_pair / observed["alpha"] if name == "nclid" else any_pair
        mean, sd = exact if name == "adjacent_wmd" else (None, None)
        out[name] = against(observed[name], values, reference, mean=mean, sd=sd)
    return out


def surrogates(
    distances: npt.ArrayLike,
    roles: Sequence[str],
    *,
    measure: str = "nclid",
    anchor: str = "therapist",
    k: int = 3,
    surrogate: str = "circular",
    draws: int = DRAWS,
    seed: int = 0,
) -> Surrogate:
    """Compare a measure of synchrony with its values on surrogates of the same session.

    The turns of the speaker who answers are put in another order; places and the turns of the
    anchor stay. Closeness that remains is due to what the two speak of in the whole session,
    what goes is due to who answered what. No distance is computed anew.

    Parameters
    ----------
    distances, roles, anchor, k
        As in `uclid`.
    measure : {"nclid", "uclid", "adjacent_wmd"}, default="nclid"
        "adjacent_wmd" is the mean distance of the replies to the turn of the anchor right before.
    surrogate : {"circular", "shuffle"}, default="circular"
        "circular" moves the replies by 1, 2, ... n - 1 places, the last ones to the front: all of
        them, nothing is drawn, and what follows what stays. "shuffle" draws random orders. In
        both, replies without a distance stay where they are.
    draws : int, default=999
        Random orders; the mean and `sd` of a shuffled "adjacent_wmd" are exact without them.
    seed : int, default=0
        Of the draws.

    Returns
    -------
    Surrogate
        NaN in its numbers where they are undefined.

    Raises
    ------
    ParameterError
        If an argument is malformed, or a turn has distances to some turns of the other speaker
        and not to others.

    References
    ----------
    Hoeffding (1951). A combinatorial central limit theorem. doi:10.1214/aoms/1177729545 (mean
    and variance over all orders).

    Examples
    --------
    >>> import numpy as np
    >>> words = np.array([0.0, 0.0, 5.0, 5.0, 9.0, 9.0])  # every reply repeats
    >>> result = surrogates(abs(words[:, None] - words), ["therapist", "client"] * 3, k=1)
    >>> result.observed, result.n, round(result.p, 3)
    (0.0, 2, 0.333)
    """
    d = check_distances(distances)
    is_anchor = check_roles(roles, d.shape[0], anchor)
    check_choice("measure", measure, MEASURES)
    check_choice("surrogate", surrogate, SURROGATES)
    check_count("k", k)
    check_count("draws", draws)
    check_count("seed", seed, least=0)
    return compare(d, is_anchor, surrogate, k=k, draws=draws, seed=seed)[measure]
