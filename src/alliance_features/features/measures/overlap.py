"""The trivial baseline beside every Word Mover's Distance: bags of words, L1."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ...kernels.ngrams import adjacent_l1, excess_l1
from .alignment import NgramBags

#: Turns are about as long if neither has more than so many times the tokens of the other.
SIMILAR = 1.5


def adjacent_bow_l1(bags: NgramBags) -> npt.NDArray[np.float64]:
    """Return the L1 distance of each turn's bag of words and that of the turn before.

    Parameters
    ----------
    bags : NgramBags
        Single tokens (n = 1) of the turns; each bag is scaled to sum 1.

    Returns
    -------
    float64, shape (n_turns,)
        0..2; NaN for the first turn, and where one of the two has no token.
    """
    return adjacent_l1(bags.ids, bags.counts, bags.offsets)


def excess_bow_l1(bags: NgramBags, is_therapist: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
    """Return the bag-of-words distance to the turn before, minus that to other turns as long.

    Parameters
    ----------
    bags : NgramBags
        Single tokens (n = 1) of the turns.
    is_therapist : bool, shape (n_turns,)
        Who speaks; turns alternate.

    Returns
    -------
    float64, shape (n_turns,)
        -2..2, below 0 = closer than to other turns of the speaker before with a number of tokens
        within a factor of `SIMILAR`; NaN where one of the two turns has no token, or no other
        turn of that speaker is as long.
    """
    return excess_l1(bags.ids, bags.counts, bags.offsets, is_therapist, SIMILAR)
