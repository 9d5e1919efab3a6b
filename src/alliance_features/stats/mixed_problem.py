"""The data of a mixed model: the signal within and between clients, and the clients' codes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from .._typing import FloatArray, IntArray
from .arrays import as_codes, as_floats, check_same_length

#: Random effects, from the structure with most of them to none.
STRUCTURES: tuple[tuple[str, ...], ...] = (
    ("therapist", "client", "slope"),
    ("therapist", "client"),
    ("client", "slope"),
    ("client",),
    (),
)


@dataclass(frozen=True)
class Problem:
    """Outcome, fixed effects by name, and the client and therapist of each row.

    Parameters
    ----------
    y : ndarray of float64, shape (n,)
        Outcome.
    fixed : dict of str to ndarray of float64, shape (n,)
        Columns, the intercept among them.
    clients : ndarray of int64, shape (n,)
        Code of each row's client.
    therapists : ndarray of int64, shape (n,), or None
        Code of each row's therapist.
    slope : ndarray of float64, shape (n,), or None
        Column whose effect may differ between clients.
    """

    y: FloatArray
    fixed: dict[str, FloatArray]
    clients: IntArray
    therapists: IntArray | None
    slope: FloatArray | None

    def without(self, name: str) -> Problem:
        """Return the problem that lacks one fixed effect."""
        return replace(self, fixed={k: v for k, v in self.fixed.items() if k != name})

    def structures(self) -> list[tuple[str, ...]]:
        """Return the structures that the data have labels for."""
        absent = {"therapist"} if self.therapists is None else set()
        absent |= {"slope"} if self.slope is None else set()
        return [parts for parts in STRUCTURES if not absent & {*parts}]

    def marks(self, part: str) -> FloatArray:
        """Return the columns of a random effect, one per client or therapist, shape (n, k)."""
        codes = self.therapists if part == "therapist" else self.clients
        if codes is None:
            return np.empty((self.y.size, 0))
        marks = np.asarray(codes[:, None] == np.unique(codes), dtype=np.float64)
        return marks * self.slope[:, None] if part == "slope" and self.slope is not None else marks


def make_problem(
    y: npt.ArrayLike,
    x: npt.ArrayLike,
    clients: Iterable[Any],
    therapists: Iterable[Any] | None,
    session_number: npt.ArrayLike | None,
) -> Problem:
    """Check the arguments of `mixed_effects`; divide the signal into within and between clients."""
    ratings, signal = as_floats("y", y), as_floats("x", x)
    check_same_length("x", signal.size, "y", ratings.size)
    codes = as_codes("clients", clients, ratings.size)
    over = None if therapists is None else as_codes("therapists", therapists, ratings.size)
    number = None if session_number is None else as_floats("session_number", session_number)
    rows = ~(np.isnan(ratings) | np.isnan(signal))
    if number is not None:
        check_same_length("session_number", number.size, "y", ratings.size)
        rows &= ~np.isnan(number)
    if over is not None:
        over = np.unique(over[rows], return_inverse=True)[1].astype(np.int64)
        codes = codes * (int(over.max(initial=0)) + 1)
        codes[rows] += over
    own = np.unique(codes[rows], return_inverse=True)[1].astype(np.int64)
    signal = signal[rows]
    n_clients = int(own.max(initial=-1)) + 1
    means = np.bincount(own, weights=signal) / np.bincount(own) if n_clients else signal
    fixed: dict[str, FloatArray] = {"intercept": np.ones(signal.size)}
    within, between = signal - means[own], (means - means.mean())[own] if n_clients else signal
    if n_clients and np.abs(within).max() > 1e-12 * np.abs(signal).max():
        fixed["x_within"] = within
    if n_clients and np.ptp(means) > 0:
        fixed["x_between"] = between
    if number is not None and n_clients and np.ptp(number[rows]) > 0:
        fixed["session_number"] = number[rows]
    return Problem(ratings[rows], fixed, own, over, fixed.get("x_within"))
