"""Other keys of a subscale, with as many signs of either kind."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from ..._typing import FloatArray
from ...kernels.sums import products

#: So many keys are gone through one by one; of more, DRAWS are drawn.
MOST, DRAWS = 10_000, 9_999
#: Part of all keys that may separate as well as the right one, if the encoder is to be trusted.
POLARITY_LEVEL = 0.1
_SLACK = 1e-12


def all_keys(signs: Sequence[int], *, seed: int = 0) -> FloatArray:
    """Return keys with as many minus signs, as rows.

    Parameters
    ----------
    signs : sequence of {1, -1}, length n_items
        The right key.
    seed : int, default=0
        Of the draws, if there are more than `MOST` keys.

    Returns
    -------
    float64, shape (n_keys, n_items)
        All of them, the right one among them; or the right one and `DRAWS` drawn ones.

    Examples
    --------
    >>> all_keys([1, -1, 1]).tolist()
    [[-1.0, 1.0, 1.0], [1.0, -1.0, 1.0], [1.0, 1.0, -1.0]]
    """
    n, n_minus = len(signs), sum(sign < 0 for sign in signs)
    if math.comb(n, n_minus) <= MOST:
        keys = np.ones((math.comb(n, n_minus), n))
        for row, places in enumerate(combinations(range(n), n_minus)):
            keys[row, list(places)] = -1.0
        return keys
    draws = np.random.PCG64(seed).random_raw(DRAWS * n).reshape(DRAWS, n)
    shuffled = np.asarray(signs, dtype=np.float64)[np.argsort(draws, axis=1, kind="stable")]
    return np.concatenate([np.asarray([signs], dtype=np.float64), shuffled])


@dataclass(frozen=True, slots=True)
class KeyNull:
    """A signed mean beside the same mean under other keys.

    Attributes
    ----------
    value : float
    mean, sd : float
        Over all keys.
    z : float
        (value - mean) / sd; NaN if all keys give the same.
    p : float
        Share of keys at least as far from the mean.
    """

    value: float
    mean: float
    sd: float
    z: float
    p: float


def key_null(items: FloatArray, signs: Sequence[int], *, seed: int = 0) -> KeyNull:
    """Set the signed mean of one number an item beside its values under other keys.

    Parameters
    ----------
    items : float64, shape (n_items,)
        Of one subscale, such as the mean score of an item over one speaker's turns less that
        over the other's: then the value is the gap, and both speakers' keys change alike.
    signs : sequence of {1, -1}, length n_items
    seed : int, default=0

    Examples
    --------
    >>> null = key_null(np.array([3.0, 1.0, 1.0]), [1, -1, -1])
    >>> round(null.value, 3), round(null.mean, 3), round(null.p, 3)
    (0.333, -0.556, 0.333)
    """
    value = float(products(np.asarray([signs], dtype=np.float64), items[None])[0, 0]) / items.size
    if math.isnan(value):
        return KeyNull(value, value, value, value, value)
    found = products(all_keys(signs, seed=seed), items[None])[:, 0] / items.size
    mean, sd = float(found.mean()), float(found.std())
    noise = _SLACK * max(1.0, float(np.abs(items).max()))
    z = (value - mean) / sd if sd > noise else math.nan
    p = float(np.mean(np.abs(found - mean) >= abs(value - mean) - noise))
    return KeyNull(value, mean, sd, z, p)


@dataclass(frozen=True, slots=True)
class Polarity:
    """Whether an encoder tells straight from reversed statements of one subscale.

    Attributes
    ----------
    separation : float
        Mean cosine of two statements of the same sign less that of two of opposite signs; NaN
        without two signs.
    p : float
        Share of keys that separate at least as well: about .5 where the encoder is blind.
    passed : bool
        p at most `POLARITY_LEVEL`, or all statements have one sign. A statement without a word
        that the encoder knows fails.
    """

    separation: float
    p: float
    passed: bool


def polarity(forms: Sequence[FloatArray], signs: Sequence[int], *, seed: int = 0) -> Polarity:
    """Check whether an encoder tells straight from reversed statements.

    Where it does not, a reversed statement is near to what the straight ones are near to, and
    their difference, the score, is noise about something else.

    Parameters
    ----------
    forms : sequence of float64, shape (n_items, n_dimensions)
        Unit vectors of the statements of one subscale, one array a wording (client, therapist);
        the separation is the mean over them.
    signs : sequence of {1, -1}, length n_items
    seed : int, default=0

    Examples
    --------
    >>> ends = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.0, 1.0]])
    >>> polarity([ends], [1, 1, -1, -1]).separation
    1.0
    """
    if len(set(signs)) < 2:
        return Polarity(math.nan, math.nan, True)
    key = np.asarray(signs, dtype=np.float64)
    alike = np.equal.outer(key, key) & ~np.eye(key.size, dtype=np.bool_)
    n_like, n_unlike = int(alike.sum()), int((key[:, None] != key).sum())
    cosines = np.mean([products(form, form) for form in forms], axis=0)
    np.fill_diagonal(cosines, 0.0)
    # signs product +1 where alike, -1 where not: two linear equations give both sums
    keys = np.concatenate([key[None], all_keys(signs, seed=seed)])
    signed = (products(keys, cosines) * keys).sum(axis=1)
    total = float(cosines.sum())
    same, opposite = (total + signed) / 2.0, (total - signed) / 2.0
    separation = same / max(n_like, 1) - opposite / n_unlike
    if np.isnan(separation[0]):
        return Polarity(math.nan, math.nan, False)
    p = float(np.mean(separation[1:] >= separation[0] - _SLACK))
    return Polarity(float(separation[0]), p, p <= POLARITY_LEVEL)
