"""Many tests at once: Holm within a declared family, Benjamini-Hochberg for screens."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import stats

from .._typing import FloatArray
from ..errors import ParameterError
from .arrays import as_floats


def holm(p: npt.ArrayLike) -> FloatArray:
    """Return p values adjusted by Holm: the chance of any false rejection stays at the level.

    Parameters
    ----------
    p : array-like of float, shape (n,)
        The p values of one family declared beforehand, 0..1. A NaN is not counted as a test
        and stays NaN.

    Returns
    -------
    ndarray of float64, shape (n,)
        Reject where at or below the level.

    Raises
    ------
    ParameterError
        If a p value is outside 0..1.

    References
    ----------
    Holm 1979, https://www.jstor.org/stable/4615733.

    Examples
    --------
    >>> holm([0.01, 0.04, 0.03]).round(3).tolist()
    [0.03, 0.06, 0.06]
    """
    values = _probabilities(p)
    tests = np.flatnonzero(~np.isnan(values))
    order = tests[np.argsort(values[tests], kind="stable")]
    stretched = values[order] * np.arange(order.size, 0, -1)
    out = values.copy()
    out[order] = np.minimum(np.maximum.accumulate(stretched), 1.0)
    return out


def benjamini_hochberg(p: npt.ArrayLike) -> FloatArray:
    """Return p values adjusted so that the expected share of false discoveries stays at the level.

    Parameters
    ----------
    p : array-like of float, shape (n,)
        The p values of a screen, 0..1; NaN as in `holm`.

    Returns
    -------
    ndarray of float64, shape (n,)
        A discovery where at or below the level.

    Raises
    ------
    ParameterError
        If a p value is outside 0..1.

    References
    ----------
    Benjamini & Hochberg 1995, doi:10.1111/j.2517-6161.1995.tb02031.x.

    Examples
    --------
    >>> benjamini_hochberg([0.01, 0.04, 0.03]).round(3).tolist()
    [0.03, 0.04, 0.04]
    """
    values = _probabilities(p)
    out = values.copy()
    tests = ~np.isnan(values)
    if tests.any():
        out[tests] = stats.false_discovery_control(values[tests], method="bh")
    return out


def _probabilities(p: npt.ArrayLike) -> FloatArray:
    values = as_floats("p", p)
    bad = np.flatnonzero((values < 0) | (values > 1))
    if bad.size:
        raise ParameterError(f"`p[{bad[0]}]` is {values[bad[0]]}; a p value lies in 0..1.")
    return values
