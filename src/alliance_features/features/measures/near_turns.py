"""Word Mover's Distances between turns that follow within a few turns, and no others."""

from __future__ import annotations

import numpy as np

from ..._typing import FloatArray
from ...kernels.transport import listed_pairs
from ...text.vectors import Vectors
from .distance import Bags, ground_costs


def near_distances(bags: Bags, vectors: Vectors, reach: int) -> FloatArray:
    """Return distances of unit vectors of bags 1, 3, ... `reach` places apart, NaN for others.

    Those are what the two speakers of merged turns say to each other; bit for bit as
    `bag_distances` has them.
    """
    size = bags.known.size
    out = np.full((size, size), np.nan)
    places = np.flatnonzero(bags.known > 0)
    out[places, places] = 0.0
    left, right = np.triu_indices(size, 1)
    near = (right - left <= reach) & ((right - left) % 2 == 1)
    left, right = left[near], right[near]
    ground = ground_costs(bags, vectors, norm=True, cost="euclidean")
    near = listed_pairs(ground, bags.ids, bags.counts, bags.offsets, left, right)
    out[left, right] = out[right, left] = near
    return out
