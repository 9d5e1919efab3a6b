"""Linguistic synchrony from the distances of all pairs of turns: uCLiD and nCLiD."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ..._checks import check_choice, check_count, check_distances, check_roles
from ..._typing import FloatArray
from ...kernels.windows import nearest_reply

CROSS = ("following", "all")
WINDOWS = ("any", "complete")


def mean_of_known(values: FloatArray) -> float:
    """Return the mean of what is not NaN, NaN if nothing is."""
    known = values[~np.isnan(values)]
    return float(np.add.reduce(known) / known.size) if known.size else float("nan")


def local_distances(
    distances: FloatArray, is_anchor: npt.NDArray[np.bool_], k: int, windows: str = "any"
) -> FloatArray:
    """Return for each anchor turn its distance to the nearest of the next `k` replies."""
    anchors, replies = np.flatnonzero(is_anchor), np.flatnonzero(~is_anchor)
    return nearest_reply(distances, anchors, replies, k, k if windows == "complete" else 1)


def within_mean(distances: FloatArray, speaks: npt.NDArray[np.bool_]) -> float:
    """Return the mean distance of the pairs of turns of one speaker."""
    turns = np.flatnonzero(speaks)
    return mean_of_known(distances[np.ix_(turns, turns)][np.triu_indices(turns.size, 1)])


def cross_mean(distances: FloatArray, is_anchor: npt.NDArray[np.bool_], cross: str) -> float:
    """Return the mean distance of anchor turns to turns of the other, all or those after."""
    anchors, replies = np.flatnonzero(is_anchor), np.flatnonzero(~is_anchor)
    pairs = distances[np.ix_(anchors, replies)]
    if cross == "following":
        return mean_of_known(pairs[anchors[:, None] < replies])
    return mean_of_known(pairs.ravel())


def uclid(
    distances: npt.ArrayLike,
    roles: Sequence[str],
    *,
    anchor: str = "therapist",
    k: int = 3,
    windows: str = "any",
) -> float:
    r"""Unnormalised conversational linguistic distance (lower = more coordination).

    .. math:: \mathrm{uCLiD} = \frac{1}{N} \sum_i \min_{j \in R_k(i)} d_{ij}

    where :math:`R_k(i)` are the next `k` turns of the other speaker after anchor turn `i`, and
    `N` counts the anchors with a known distance to one of them.

    Parameters
    ----------
    distances : array-like of float, shape (n_turns, n_turns)
        Word Mover's Distance between turns, symmetric; NaN for a pair without one.
    roles : sequence of str, length n_turns
        Who speaks each turn, in the order spoken; two speakers at most, under any labels.
    anchor : str, default="therapist"
        Whose turns are answered: a label of `roles`. A direction does not show who adapts.
    k : int, default=3
        How many replies count. A reply without a distance still counts as one of them.
    windows : {"any", "complete"}, default="any"
        "complete" leaves out the last anchors, which fewer than `k` replies follow: a minimum
        over fewer replies is larger.

    Returns
    -------
    float
        In the unit of the distances, >= 0; NaN if no anchor has a reply with a distance.

    Raises
    ------
    ParameterError
        If an argument is malformed.

    References
    ----------
    Nasir, Chakravarthula, Baucom, Atkins, Georgiou & Narayanan (2019). Modeling interpersonal
    linguistic coordination in conversations using Word Mover's Distance. Interspeech.
    doi:10.21437/Interspeech.2019-1900. Formula as in two public implementations that cite it.

    Examples
    --------
    >>> import numpy as np
    >>> words = np.array([0.0, 6.0, 1.0, 2.0])  # four one-word turns on a line
    >>> uclid(abs(words[:, None] - words), ["therapist", "client"] * 2, k=1)
    3.5
    """
    d = check_distances(distances)
    is_anchor = check_roles(roles, d.shape[0], anchor)
    check_count("k", k)
    check_choice("windows", windows, WINDOWS)
    return mean_of_known(local_distances(d, is_anchor, k, windows))


def nclid(
    distances: npt.ArrayLike,
    roles: Sequence[str],
    *,
    anchor: str = "therapist",
    k: int = 3,
    cross: str = "following",
    windows: str = "any",
) -> float:
    r"""Normalised conversational linguistic distance (lower = more coordination).

    .. math:: \mathrm{nCLiD} = \mathrm{uCLiD} / \alpha, \qquad
              \alpha = \bar d_{\text{anchor}} + \bar d_{\text{other}} + \bar d_{\text{cross}}

    the sum of three means over pairs of turns: within each speaker, and between them. Talk
    without structure gives about 1/3 at ``k=1``, not 1.

    Parameters
    ----------
    distances, roles, anchor, k, windows
        As in `uclid`; `windows` says nothing of alpha.
    cross : {"following", "all"}, default="following"
        Pairs in the cross mean: the other's turns after the anchor turn only, or all.

    Returns
    -------
    float
        Without unit, >= 0; NaN if a speaker has fewer than 2 usable turns, no anchor has a
        reply with a distance, or alpha is 0.

    Raises
    ------
    ParameterError
        If an argument is malformed.

    References
    ----------
    As in `uclid`.

    Examples
    --------
    >>> import numpy as np
    >>> words = np.array([0.0, 6.0, 1.0, 2.0])
    >>> nclid(abs(words[:, None] - words), ["therapist", "client"] * 2, k=1)
    0.4375
    """
    d = check_distances(distances)
    is_anchor = check_roles(roles, d.shape[0], anchor)
    check_count("k", k)
    check_choice("cross", cross, CROSS)
    check_choice("windows", windows, WINDOWS)
    alpha = within_mean(d, is_anchor) + within_mean(d, ~is_anchor) + cross_mean(d, is_anchor, cross)
    local = mean_of_known(local_distances(d, is_anchor, k, windows))
    return local / alpha if alpha > 0 else float("nan")
