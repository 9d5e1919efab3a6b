"""One common factor by maximum likelihood, and how well it fits."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import optimize, stats

from .._checks import check_count
from .._typing import FloatArray
from ..errors import ParameterError
from .arrays import as_complete_rows, as_floats

_LOWEST = 0.005  # a uniqueness may not fall to 0 (Heywood case)


@dataclass(frozen=True)
class OneFactor:
    """A one-factor model of items.

    Parameters
    ----------
    loadings : ndarray of float64, shape (n_items,)
        In the items' own unit, for a factor of variance 1; their sum is positive. All NaN
        where no model could be fitted.
    uniquenesses : ndarray of float64, shape (n_items,)
        Variance of each item that the factor does not explain, in squared units.
    chi2, df, p : float
        Likelihood-ratio test of the model, (n - 1) times the discrepancy; no correction. NaN p
        with 3 items: nothing is left to test.
    cfi : float
        Comparative fit index, 0..1, against uncorrelated items.
    rmsea : float
        Root mean square error of approximation, >= 0.
    srmr : float
        Root mean square of the residual correlations, >= 0, the diagonal counted.
    heywood : bool
        Whether a uniqueness is at its bound of .005 of the variance: the model does not hold.
    """

    loadings: FloatArray
    uniquenesses: FloatArray
    chi2: float
    df: int
    p: float
    cfi: float
    rmsea: float
    srmr: float
    heywood: bool


def one_factor(items: npt.ArrayLike) -> OneFactor:
    """Fit one common factor to items, as if sessions were independent and items continuous.

    Parameters
    ----------
    items : array-like of float, shape (n, n_items)
        Answers, reversed items turned round; rows with NaN are left out.

    Returns
    -------
    OneFactor
        NaN with fewer than 3 items, no more rows than items, or an item that is constant or a
        sum of others. With clustered sessions the test rejects too often: use the fit indices.

    References
    ----------
    Lawley & Maxwell 1971, Factor Analysis as a Statistical Method; Hu & Bentler 1999,
    doi:10.1080/10705519909540118 (the indices).

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> items = rng.normal(size=(500, 1)) + rng.normal(size=(500, 4))
    >>> model = one_factor(items)
    >>> model.df, model.cfi > 0.98, bool(abs(model.loadings - 1).max() < 0.2)
    (2, True, True)
    """
    array = as_complete_rows("items", items)
    n, k = array.shape
    if n <= k or k < 3:
        return _none(k)
    return one_factor_of_covariance(np.cov(array, rowvar=False), n)


def one_factor_of_covariance(covariance: npt.ArrayLike, n: int) -> OneFactor:
    """Fit one common factor to a covariance (or correlation) matrix.

    Parameters
    ----------
    covariance : array-like of float, shape (n_items, n_items)
        Symmetric.
    n : int
        Number of rows that it was computed from; only the test and indices depend on it.

    Returns
    -------
    OneFactor
        NaN with fewer than 3 items, or where the matrix is not positive definite.

    Raises
    ------
    ParameterError
        If the matrix is not square and symmetric.
    """
    s = as_floats("covariance", covariance, dims=(2,))
    n = check_count("n", n, least=2)
    if s.shape[0] != s.shape[1] or not np.allclose(s, s.T, equal_nan=True):
        raise ParameterError("`covariance` is not a symmetric square matrix.")
    k = s.shape[0]
    if k < 3 or np.isnan(s).any() or (np.diag(s) <= 0).any():
        return _none(k)
    deviations = np.sqrt(np.diag(s))
    r = s / np.outer(deviations, deviations)
    if np.linalg.eigvalsh(r)[0] < 1e-10:
        return _none(k)
    unique = _uniquenesses(r)
    loadings = _loadings(r, unique)
    model = np.outer(loadings, loadings)
    np.fill_diagonal(model, loadings**2 + unique)
    log_r = float(np.linalg.slogdet(r)[1])
    misfit = float(np.linalg.slogdet(model)[1] + np.trace(np.linalg.solve(model, r))) - log_r - k
    chi2, df = (n - 1) * max(misfit, 0.0), k * (k - 3) // 2
    excess, baseline = max(chi2 - df, 0.0), max(-(n - 1) * log_r - k * (k - 1) / 2, 0.0)
    worst = max(excess, baseline)
    left = (r - model)[np.tril_indices(k)]
    return OneFactor(
        loadings=loadings * deviations,
        uniquenesses=unique * deviations**2,
        chi2=chi2,
        df=df,
        p=float(stats.chi2.sf(chi2, df)) if df else math.nan,
        cfi=1.0 - excess / worst if worst > 0 else 1.0,
        rmsea=math.sqrt(excess / (df * (n - 1))) if df else math.nan,
        srmr=float(np.sqrt(np.mean(left**2))),
        heywood=bool((unique <= _LOWEST * 1.001).any()),
    )


def _none(k: int) -> OneFactor:
    nan = math.nan
    none = np.full(k, nan)
    return OneFactor(none, none, nan, k * (k - 3) // 2, nan, nan, nan, nan, False)


def _loadings(r: FloatArray, unique: FloatArray) -> FloatArray:
    """Return the best loadings given the uniquenesses, turned so that their sum is positive."""
    root = np.sqrt(unique)
    values, vectors = np.linalg.eigh(r / np.outer(root, root))
    loadings = root * vectors[:, -1] * math.sqrt(max(float(values[-1]) - 1.0, 0.0))
    return np.asarray(-loadings if loadings.sum() < 0 else loadings)


def _uniquenesses(r: FloatArray) -> FloatArray:
    """Minimise the discrepancy over uniquenesses, loadings profiled out."""

    def discrepancy(unique: FloatArray) -> tuple[float, FloatArray]:
        root = np.sqrt(unique)
        values = np.linalg.eigvalsh(r / np.outer(root, root))[:-1]
        loadings = _loadings(r, unique)
        slope = (loadings**2 + unique - np.diag(r)) / unique**2
        return float((values - np.log(values)).sum()) - values.size, slope

    start = np.clip((1.0 - 0.5 / r.shape[0]) / np.diag(np.linalg.inv(r)), _LOWEST, 1.0)
    minimum = optimize.minimize(
        discrepancy,
        start,
        jac=True,
        method="L-BFGS-B",
        bounds=[(_LOWEST, 1.0)] * r.shape[0],
        options={"maxiter": 2000, "ftol": 1e-14, "gtol": 1e-9},
    )
    return np.asarray(minimum.x, dtype=np.float64)
