"""Intraclass correlations of raters who all rate the same sessions (two-way)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from .._typing import FloatArray
from .arrays import as_complete_rows, check_share
from .intervals import Interval, undefined


@dataclass(frozen=True)
class IntraclassCorrelations:
    """Two-way intraclass correlations in the notation of McGraw and Wong.

    Parameters
    ----------
    agreement_1 : Interval
        ICC(A,1): absolute agreement of single raters.
    agreement_k : Interval
        ICC(A,k): of the mean of the k raters.
    consistency_1 : Interval
        ICC(C,1): agreement of single raters apart from their own levels.
    consistency_k : Interval
        ICC(C,k): of the mean of k raters; equal to Cronbach's alpha.
    n, k : int
        Sessions that every rater rated, and raters.
    """

    agreement_1: Interval
    agreement_k: Interval
    consistency_1: Interval
    consistency_k: Interval
    n: int
    k: int


def intraclass_correlations(
    ratings: npt.ArrayLike, *, level: float = 0.95
) -> IntraclassCorrelations:
    """Compute ICC(A,1), ICC(A,k), ICC(C,1) and ICC(C,k) with F-based intervals.

    Intervals take sessions as independent; with several sessions per client they are too short.

    Parameters
    ----------
    ratings : array-like of float, shape (n, k)
        One row per session, one column per rater (or run); rows with NaN are left out.
    level : float, default=0.95
        Confidence level, 0..1.

    Returns
    -------
    IntraclassCorrelations
        NaN with fewer than 2 sessions or raters, or where nothing varies. An estimate can be
        negative.

    References
    ----------
    McGraw & Wong 1996, doi:10.1037/1082-989X.1.1.30; Shrout & Fleiss 1979,
    doi:10.1037/0033-2909.86.2.420.

    Examples
    --------
    >>> icc = intraclass_correlations([[1, 2], [2, 3], [3, 4], [4, 5]])  # one higher by 1
    >>> round(icc.agreement_1.estimate, 4), icc.consistency_1.estimate
    (0.7692, 1.0)
    """
    array, level = as_complete_rows("ratings", ratings), check_share("level", level)
    n, k = array.shape
    if n < 2 or k < 2 or np.ptp(array) == 0:
        a, b, c, d = (undefined(f"ICC({name})") for name in ("A,1", "A,k", "C,1", "C,k"))
        return IntraclassCorrelations(a, b, c, d, n, k)
    rows, columns, rest = _mean_squares(array)
    tail = (1.0 + level) / 2.0
    agreement = _agreement(rows, columns, rest, n, k, tail)
    consistency = _consistency(rows, rest, n, k, tail)
    return IntraclassCorrelations(
        _interval("ICC(A,1)", agreement),
        _interval("ICC(A,k)", [_of_mean(v, k) for v in agreement]),
        _interval("ICC(C,1)", consistency),
        _interval("ICC(C,k)", [_of_mean(v, k) for v in consistency]),
        n,
        k,
    )


def _mean_squares(array: FloatArray) -> tuple[float, float, float]:
    """Return the mean squares of sessions, raters and the rest."""
    n, k = array.shape
    middle = array.mean()
    by_row, by_column = array.mean(axis=1) - middle, array.mean(axis=0) - middle
    rest = array - middle - by_row[:, None] - by_column
    rest_square = float((rest**2).sum()) / ((n - 1) * (k - 1))
    scale = float(((array - middle) ** 2).mean())
    return (
        k * float((by_row**2).sum()) / (n - 1),
        n * float((by_column**2).sum()) / (k - 1),
        rest_square if rest_square > 1e-24 * scale else 0.0,
    )


def _consistency(rows: float, rest: float, n: int, k: int, tail: float) -> list[float]:
    """Return ICC(C,1) and its ends."""
    if rest == 0:
        return [1.0] * 3 if rows > 0 else [math.nan] * 3
    ratio, df = rows / rest, (n - 1) * (k - 1)
    ratios = (
        ratio,
        ratio / float(stats.f.ppf(tail, n - 1, df)),
        ratio * float(stats.f.ppf(tail, df, n - 1)),
    )
    return [(f - 1.0) / (f + k - 1.0) for f in ratios]


def _agreement(
    rows: float, columns: float, rest: float, n: int, k: int, tail: float
) -> list[float]:
    """Return ICC(A,1) and its ends, with Satterthwaite's degrees of freedom."""
    below = rows + (k - 1) * rest + k * (columns - rest) / n
    if below <= 0:
        return [math.nan] * 3
    icc = (rows - rest) / below
    if icc >= 1:
        return [1.0] * 3
    a = k * icc / (n * (1.0 - icc))
    b = 1.0 + k * icc * (n - 1) / (n * (1.0 - icc))
    spread = (a * columns) ** 2 / (k - 1) + (b * rest) ** 2 / ((n - 1) * (k - 1))
    if spread == 0:
        return [icc, math.nan, math.nan]
    df = (a * columns + b * rest) ** 2 / spread
    low, high = float(stats.f.ppf(tail, n - 1, df)), float(stats.f.ppf(tail, df, n - 1))
    noise = k * columns + (k * n - k - n) * rest
    return [
        icc,
        n * (rows - low * rest) / (low * noise + n * rows),
        n * (high * rows - rest) / (noise + n * high * rows),
    ]


def _of_mean(icc: float, k: int) -> float:
    """Return the reliability of the mean of `k` raters (Spearman and Brown)."""
    below = 1.0 + (k - 1) * icc
    return k * icc / below if below != 0 else math.nan


def _interval(name: str, values: list[float]) -> Interval:
    return Interval(values[0], values[1], values[2], math.nan, math.nan, name)
