"""Compare two correlations with the same ratings, as if sessions were independent.

References for comparison with published tables only. Where clients have several sessions, the
test below rejects far too often (26 % at a level of 5 % with 82 clients of 10 sessions): use
`bootstrap.paired_difference`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy import stats

from .._checks import check_count
from ..errors import ParameterError
from .arrays import check_share
from .intervals import Interval, check_correlation, fisher, undefined


@dataclass(frozen=True)
class WilliamsTest:
    """Williams' test of two dependent correlations.

    Parameters
    ----------
    t : float
        Above 0 where the first rater correlates more; NaN where undefined.
    df : int
        Degrees of freedom, n - 3.
    p : float
        Two-sided, for independent sessions.
    """

    t: float
    df: int
    p: float


def williams(r_yp: float, r_yq: float, r_pq: float, n: int) -> WilliamsTest:
    r"""Williams' t (Steiger's T2) of "both raters correlate equally with the ratings".

    .. math:: t = (r_{yp} - r_{yq}) \sqrt{\frac{(n-1)(1+r_{pq})}
        {2 \frac{n-1}{n-3} |R| + \bar r^2 (1-r_{pq})^3}}

    For independent sessions only: with several sessions per client its p is not valid.

    Parameters
    ----------
    r_yp, r_yq : float
        Correlation of each of the two raters with the ratings, -1..1.
    r_pq : float
        Correlation of the two raters with each other, -1..1.
    n : int
        Number of sessions.

    Returns
    -------
    WilliamsTest
        NaN with fewer than 4 sessions, with a correlation that is NaN, or where the two raters
        are identical.

    Raises
    ------
    ParameterError
        If a correlation is outside -1..1, or no three variables correlate like that.

    References
    ----------
    Williams 1959, doi:10.1111/j.2517-6161.1959.tb00346.x; Steiger 1980,
    doi:10.1037/0033-2909.87.2.245.

    Examples
    --------
    >>> test = williams(0.52, 0.43, 0.5, 793)
    >>> round(test.t, 2), round(test.p, 3)
    (3.0, 0.003)
    """
    n = check_count("n", n)
    determinant = _determinant(r_yp, r_yq, r_pq)
    df = n - 3
    if df < 1 or math.isnan(determinant):
        return WilliamsTest(math.nan, df, math.nan)
    middle = (r_yp + r_yq) / 2.0
    below = 2.0 * (n - 1) / df * determinant + middle**2 * (1.0 - r_pq) ** 3
    if below <= 0 or r_pq == 1:
        return WilliamsTest(math.nan, df, math.nan)
    t = (r_yp - r_yq) * math.sqrt((n - 1) * (1.0 + r_pq) / below)
    return WilliamsTest(t, df, float(2.0 * stats.t.sf(abs(t), df)))


def zou(r_yp: float, r_yq: float, r_pq: float, n: int, *, level: float = 0.95) -> Interval:
    r"""Zou's interval of the difference of two dependent correlations (MOVER).

    .. math:: L = r_{yp} - r_{yq} - \sqrt{a^2 + b^2 - 2 c a b},
        \quad a = r_{yp} - l_p, \; b = u_q - r_{yq}

    with the Fisher intervals (l, u) of both and the correlation c of the two estimates; the upper
    end likewise. For independent sessions only.

    Parameters
    ----------
    r_yp, r_yq, r_pq, n
        As in `williams`.
    level : float, default=0.95
        Confidence level, 0..1.

    Returns
    -------
    Interval
        Of ``r_yp - r_yq``; NaN with fewer than 4 sessions or with a correlation of -1 or 1.

    Raises
    ------
    ParameterError
        As `williams`.

    References
    ----------
    Zou 2007, doi:10.1037/1082-989X.12.4.399.

    Examples
    --------
    >>> interval = zou(0.52, 0.43, 0.5, 793)
    >>> round(interval.low, 3), round(interval.high, 3)
    (0.031, 0.149)
    """
    n, level = check_count("n", n), check_share("level", level)
    _determinant(r_yp, r_yq, r_pq)
    first, second = fisher(r_yp, n, level=level), fisher(r_yq, n, level=level)
    if math.isnan(first.low) or math.isnan(second.low) or not abs(r_pq) < 1:
        return undefined("zou", float(r_yp - r_yq))
    rest = 1.0 - r_yp**2 - r_yq**2 - r_pq**2
    shared = (r_pq - r_yp * r_yq / 2.0) * rest + r_pq**3
    c = shared / ((1.0 - r_yp**2) * (1.0 - r_yq**2))

    def reach(a: float, b: float) -> float:
        return math.sqrt(max(a * a + b * b - 2.0 * c * a * b, 0.0))

    difference = float(r_yp - r_yq)
    low = difference - reach(r_yp - first.low, second.high - r_yq)
    high = difference + reach(first.high - r_yp, r_yq - second.low)
    return Interval(difference, low, high, math.nan, math.nan, "zou")


def _determinant(r_yp: float, r_yq: float, r_pq: float) -> float:
    for name, r in (("r_yp", r_yp), ("r_yq", r_yq), ("r_pq", r_pq)):
        check_correlation(name, r)
    determinant = 1.0 - r_yp**2 - r_yq**2 - r_pq**2 + 2.0 * r_yp * r_yq * r_pq
    if determinant < -1e-9:
        raise ParameterError(
            f"`r_pq` is {r_pq}; no two raters that correlate {r_yp} and {r_yq} with the ratings "
            "can correlate so with each other. Take all three from the same sessions."
        )
    return max(determinant, 0.0) if determinant == determinant else math.nan
