"""Clients, therapists and latent values of a simulated corpus."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._typing import FloatArray, IntArray

#: Share of the variance between therapists.
THERAPIST_SHARE = 0.05
#: Kinds of entities; each has its own stream of random numbers.
CLIENT, THERAPIST, SESSION, WHO, TALK = range(5)


def stream(seed: int, kind: int, index: int) -> np.random.Generator:
    """Return the random numbers of one entity, independent of all others."""
    return np.random.default_rng([seed, kind, index])


def assign_clients(n_clients: int, n_sessions: int, seed: int) -> IntArray:
    """Return the client of each session: first one session per client, then at random."""
    return np.array(
        [
            index if index < n_clients else int(stream(seed, WHO, index).integers(n_clients))
            for index in range(n_sessions)
        ]
    )


def draw_latent(
    clients: IntArray, therapists: IntArray, width: int, icc: float, seed: int
) -> FloatArray:
    """Return standard-normal values, similar within clients and slightly within therapists."""

    def draw(kind: int, n: int) -> FloatArray:
        return np.array([stream(seed, kind, index).standard_normal(width) for index in range(n)])

    of_client = draw(CLIENT, int(clients.max()) + 1)[clients]
    of_therapist = draw(THERAPIST, int(therapists.max()) + 1)[therapists]
    of_session = draw(SESSION, len(clients))
    return np.asarray(
        np.sqrt(icc - THERAPIST_SHARE) * of_client
        + np.sqrt(THERAPIST_SHARE) * of_therapist
        + np.sqrt(1.0 - icc) * of_session
    )


def name_sessions(clients: IntArray, n_therapists: int) -> list[dict[str, Any]]:
    """Return ids and session numbers; every id says that it is synthetic."""
    seen: dict[int, int] = {}
    facts = []
    for index, client in enumerate(clients.tolist()):
        seen[client] = seen.get(client, 0) + 1
        facts.append(
            {
                "session_id": f"synthetic-{index + 1:04d}",
                "client_id": f"synthetic-c{client + 1:03d}",
                "therapist_id": f"synthetic-t{client % n_therapists + 1:02d}",
                "session_number": seen[client],
            }
        )
    return facts
