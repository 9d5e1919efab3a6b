"""Numbers that stand for a missing answer, such as 999, among scores without a scale.

A score on a scale that is known is checked against it. Without one, a customary code counts as such
where it is far outside all other scores: no such number is ever a score without being told.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

_REPEATED = {int(digit * length) for digit in "789" for length in range(2, 6)}
_NINES = {10**length - less for length in range(2, 6) for less in range(2, 5)}  # 97, 98, 996, ...
#: Codes that questionnaires and statistics programs use.
CUSTOMARY = frozenset({9.0, *map(float, _REPEATED | _NINES)})
_NEGATIVE = frozenset({-1.0, *(-float(n) for n in range(7, 10)), *(-code for code in CUSTOMARY)})
_FEW, _SOME, _MANY = 3, 10, 30


def suspected_codes(scores: Iterable[float | None]) -> list[float]:
    """Return the customary codes that are far outside the other scores, ascending.

    Parameters
    ----------
    scores : iterable of float
        Scores on one scale, which is not known; None and NaN are left out.

    Returns
    -------
    list of float
        A code above the other scores, or below them where none of them is below zero, is one if

        - it is as far from the next as the others are from each other, at least 2, and there are
          10 others, or it is nine times the largest of them, or below -2 with 3 others;
        - it is below -2, and there are 10 others; or
        - there are 30 others, and it is at least 2, twice their largest step and (beyond -9 to 9)
          half of their range from the next.

    Examples
    --------
    >>> suspected_codes([1, 4, 3.5, 5, 2, 999]), suspected_codes([40, 99, 75, 80])
    ([999.0], [])
    """
    known = [float(score) for score in scores if score is not None]
    values = np.array([score for score in known if score == score], dtype=np.float64)
    codes = np.isin(values, [*CUSTOMARY, *_NEGATIVE])
    rest = np.unique(values[~codes])
    if not rest.size:
        return []
    n_rest = int((~codes).sum())
    low, high = float(rest[0]), float(rest[-1])
    width, step = high - low, float(np.diff(rest).max(initial=0.0))

    def is_code(code: float) -> bool:
        gap = code - high if code > high else low - code if code < 0 <= low else 0.0
        below = code < -2
        if gap < 2.0:
            return False
        if gap >= width and (n_rest >= (_FEW if below else _SOME) or abs(code) >= 9 * abs(high)):
            return True
        if below and n_rest >= _SOME:
            return True
        return n_rest >= _MANY and gap >= max(2 * step, width / 2 if abs(code) > 9 else 0.0)

    return [code for code in np.unique(values[codes]).tolist() if is_code(code)]


def shown(codes: Iterable[float]) -> str:
    """Return codes for a message."""
    return ", ".join(f"{code:g}" for code in codes)
