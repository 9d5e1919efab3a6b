"""Working Alliance Inventory: keys and scoring. The wording belongs to its authors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from ._checks import check_choice, check_count
from ._typing import FloatArray
from .errors import ParameterError

DIMENSIONS = ("goal", "task", "bond")
HOWS = ("mean", "sum")


@dataclass(frozen=True, slots=True, kw_only=True)
class Instrument:
    """A questionnaire: the items of each subscale, and which are reversed.

    Attributes
    ----------
    name : str
    n_items : int
    low, high : float
        Lowest and highest answer to an item.
    keys : mapping of str to tuple of int
        Dimension -> numbers of its items, from 1. Each item is in one dimension.
    reversed_items : frozenset of int
        Items whose answer x counts as ``low + high - x``.
    source : str
        Where the key is from.
    """

    name: str
    n_items: int
    low: float
    high: float
    keys: Mapping[str, tuple[int, ...]]
    reversed_items: frozenset[int] = frozenset()
    source: str

    def signs(self, dimension: str) -> dict[int, int]:
        """Return item -> 1, or -1 where it is reversed, of one dimension.

        >>> sum(instrument("WAI-36").signs("bond").values())
        6
        """
        check_choice("dimension", dimension, tuple(self.keys))
        return {item: -1 if item in self.reversed_items else 1 for item in self.keys[dimension]}

    def dimension_of(self, item: int) -> str:
        """Return the dimension that an item belongs to."""
        for dimension, items in self.keys.items():
            if item in items:
                return dimension
        raise ParameterError(f"`item` is {item!r}; {self.name} has items 1 to {self.n_items}.")


_WAI_S = Instrument(
    name="WAI-S",
    n_items=12,
    low=1,
    high=7,
    keys={"goal": (4, 6, 10, 11), "task": (1, 2, 8, 12), "bond": (3, 5, 7, 9)},
    reversed_items=frozenset({4, 10}),
    source="Tracey & Kokotovic 1989, doi:10.1037/1040-3590.1.3.207",
)
_INSTRUMENTS = {
    key.name: key
    for key in (
        Instrument(
            name="WAI-36",
            n_items=36,
            low=1,
            high=7,
            keys={
                "goal": (3, 6, 9, 10, 12, 14, 22, 25, 27, 30, 32, 34),
                "task": (2, 4, 7, 11, 13, 15, 16, 18, 24, 31, 33, 35),
                "bond": (1, 5, 8, 17, 19, 20, 21, 23, 26, 28, 29, 36),
            },
            reversed_items=frozenset({1, 3, 7, 9, 10, 11, 12, 15, 20, 27, 29, 31, 33, 34}),
            source="Horvath & Greenberg 1989, doi:10.1037/0022-0167.36.2.223",
        ),
        _WAI_S,
        Instrument(
            name="WAI-SR",
            n_items=12,
            low=1,
            high=5,
            keys={"goal": (4, 6, 8, 11), "task": (1, 2, 10, 12), "bond": (3, 5, 7, 9)},
            source="Hatcher & Gillaspy 2006, doi:10.1080/10503300500352500",
        ),
        replace(
            _WAI_S,
            name="WAI-O-S",
            source="observer version in the order of the WAI-S; 4 = no evidence",
        ),
        Instrument(
            name="WAI-O-S-Li2024",
            n_items=12,
            low=1,
            high=5,
            keys={"goal": (1, 2, 3, 4), "task": (5, 6, 7, 8), "bond": (9, 10, 11, 12)},
            reversed_items=frozenset({1, 3}),
            source="Li et al. 2024, arXiv:2402.11958: items by dimension, task is called approach; "
            "3 = no evidence",
        ),
    )
}
INSTRUMENTS = tuple(_INSTRUMENTS)


def instrument(name: str) -> Instrument:
    """Return the key of an instrument by its name.

    Parameters
    ----------
    name : {"WAI-36", "WAI-S", "WAI-SR", "WAI-O-S", "WAI-O-S-Li2024"}
        "WAI-O-S-Li2024" is the observer form of Li et al. 2024: sorted by dimension, 1 to 5.

    Raises
    ------
    ParameterError
        If there is no such instrument.

    Examples
    --------
    >>> instrument("WAI-SR").keys["bond"]
    (3, 5, 7, 9)
    """
    return _INSTRUMENTS[check_choice("name", name, INSTRUMENTS)]


def score_items(
    items: npt.ArrayLike,
    instrument: Instrument,
    *,
    how: str = "mean",
    min_items: int | None = None,
) -> dict[str, FloatArray]:
    """Score answers to items: higher is a better alliance.

    Parameters
    ----------
    items : array-like of float, shape (n, n_items)
        Answers as given, before any reversal, item 1 first; NaN where there is none.
    instrument : Instrument
    how : {"mean", "sum"}, default="mean"
        Mean of the items of a subscale, on the scale of an item, or their sum.
    min_items : int, optional
        Score a subscale with at least this many answers by the mean of those given (times its
        number of items for "sum"). None: all answers are needed.

    Returns
    -------
    dict of str to ndarray of float64, shape (n,)
        Dimension -> score; NaN with too few answers.

    Raises
    ------
    ParameterError
        If the shape is wrong or an answer is off the scale.

    Examples
    --------
    >>> answers = [[1, 2, 3, 4, 5, 1, 2, 3, 4, 5, 1, 2]]
    >>> scores = score_items(answers, instrument("WAI-SR"))
    >>> [float(scores[dimension][0]) for dimension in ("goal", "task", "bond")]
    [2.25, 2.5, 3.5]
    """
    check_choice("how", how, HOWS)
    answers = _check_answers(items, instrument)
    flip = [item - 1 for item in instrument.reversed_items]
    answers[:, flip] = instrument.low + instrument.high - answers[:, flip]
    scores = {}
    for dimension, numbers in instrument.keys.items():
        own = answers[:, [number - 1 for number in numbers]]
        needed = len(numbers) if min_items is None else check_count("min_items", min_items)
        if needed > len(numbers):
            raise ParameterError(
                f"`min_items` is {needed}; {dimension} of {instrument.name} has {len(numbers)}."
            )
        known = ~np.isnan(own)
        n_known = known.sum(axis=1)
        total = np.where(known, own, 0.0).sum(axis=1)
        mean = np.full(len(own), np.nan)
        np.divide(total, n_known, out=mean, where=n_known >= needed)
        scores[dimension] = mean * len(numbers) if how == "sum" else mean
    return scores


def _check_answers(items: npt.ArrayLike, instrument: Instrument) -> FloatArray:
    """Return a copy of the answers as floats on the scale."""
    try:
        answers = np.array(items, dtype=np.float64)
    except (TypeError, ValueError):
        answers = None  # numpy's message quotes its input, so it may not be chained
    if answers is None:
        raise ParameterError("`items` is not an array of numbers.")
    if answers.ndim != 2 or answers.shape[1] != instrument.n_items:
        raise ParameterError(
            f"`items` has shape {answers.shape}; it must be (n, {instrument.n_items}), "
            f"one column per item of {instrument.name}."
        )
    off = (answers < instrument.low) | (answers > instrument.high)
    if off.any():
        row, column = np.argwhere(off)[0]
        raise ParameterError(
            f"`items[{row}, {column}]` is {answers[row, column]:g}; answers to {instrument.name} "
            f"are from {instrument.low:g} to {instrument.high:g}, NaN where there is none."
        )
    return answers
