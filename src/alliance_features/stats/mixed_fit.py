"""Maximum-likelihood fits of mixed models with independent random effects.

The deviance is profiled over the fixed effects and the residual variance, which leaves one number
per random effect: the ratio of its variance to the residual's (Bates et al. 2015,
doi:10.18637/jss.v067.i01). Ratios are searched rather than their roots: over a root the deviance is
flat at 0, and a search that touches 0 would stay there.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from scipy import linalg, optimize

from .._typing import FloatArray
from .mixed_problem import Problem

_SINGULAR = 1e-3  # a standard deviation below this share of the residual's counts as 0
_LARGEST = 1e3


@dataclass(frozen=True)
class Fit:
    """Estimates of one structure; the richer ones that were refused, with the reason."""

    structure: tuple[str, ...]
    beta: dict[str, float]
    se: dict[str, float]
    variances: dict[str, float]
    log_likelihood: float
    refused: tuple[str, ...] = ()


class _Solved(NamedTuple):
    """Deviance, its slope over the ratios, effects, residual variance, covariance of effects."""

    deviance: float
    slope: FloatArray
    beta: FloatArray
    scale: float
    spread: FloatArray


def fit_best(problem: Problem) -> Fit:
    """Return the fit of the richest structure in which every variance is above 0."""
    refused: list[str] = []
    for parts in problem.structures():
        fitted = fit(problem, parts)
        if fitted is None:
            refused.append(f"{' + '.join(parts) or 'none'}: no fit")
            continue
        residual = fitted.variances["residual"]
        empty = [p for p in parts if fitted.variances[p] < _SINGULAR**2 * residual]
        if not empty:
            return replace(fitted, refused=tuple(refused))
        refused.append(f"{' + '.join(parts)}: no variance of {', '.join(empty)}")
    nan = dict.fromkeys(problem.fixed, math.nan)
    return Fit((), nan, nan, {}, math.nan, tuple(refused))


def fit(problem: Problem, parts: tuple[str, ...]) -> Fit | None:
    """Fit one structure by maximum likelihood; None where there is nothing to estimate from."""
    model = MixedModel(problem, parts)
    return model.fit(problem.y) if model.estimable else None


class MixedModel:
    """Design of one structure, to be fitted to one outcome after the other."""

    def __init__(self, problem: Problem, parts: tuple[str, ...]) -> None:
        self.parts, self.names = parts, [*problem.fixed]
        self.x = np.stack([*problem.fixed.values()], axis=1)
        marks = [problem.marks(part) for part in parts]
        # Columns in units of their own spread, so that all parts are searched on one scale.
        self.units = [float(np.sqrt((m**2).sum() / max(len(m), 1))) or 1.0 for m in marks]
        scaled = [m / unit for m, unit in zip(marks, self.units, strict=True)]
        self.z = np.concatenate([np.empty((len(self.x), 0)), *scaled], axis=1)
        self.part_of = np.repeat(np.arange(len(parts)), [m.shape[1] for m in marks])
        self.zz, self.zx, self.xx = self.z.T @ self.z, self.z.T @ self.x, self.x.T @ self.x

    @property
    def estimable(self) -> bool:
        """Whether there are more rows than effects, and no effect is a combination of others."""
        n, k = self.x.shape
        return n > k and bool(np.linalg.matrix_rank(self.x) == k)

    def fit(self, y: FloatArray) -> Fit | None:
        """Return the estimates for an outcome; None where it leaves no residual."""
        shift = y - y.mean()
        products = self.z.T @ shift, self.x.T @ shift, float(shift @ shift)
        k, n = len(self.parts), len(y)
        ratios = np.zeros(k)
        if self._solve(ratios, *products).scale == 0:
            return None

        def mean_deviance(at: FloatArray) -> tuple[float, FloatArray]:
            solved = self._solve(at, *products)
            return solved.deviance / n, solved.slope / n  # per row: a short first step

        if k:
            minimum = optimize.minimize(
                mean_deviance,
                np.full(k, 0.25),
                jac=True,
                method="L-BFGS-B",
                bounds=[(0.0, _LARGEST**2)] * k,
                options={"ftol": 1e-14, "gtol": 1e-9, "maxiter": 500},
            )
            ratios = np.asarray(minimum.x)
        best = self._solve(ratios, *products)
        beta = best.beta + np.linalg.lstsq(self.x, np.full(n, y.mean()), rcond=None)[0]
        variances = {
            part: float(best.scale * ratio / unit**2)
            for part, ratio, unit in zip(self.parts, ratios, self.units, strict=True)
        }
        return Fit(
            self.parts,
            dict(zip(self.names, map(float, beta), strict=True)),
            dict(zip(self.names, map(float, np.sqrt(np.diag(best.spread))), strict=True)),
            {**variances, "residual": best.scale},
            -best.deviance / 2.0,
        )

    def _solve(self, ratios: FloatArray, zy: FloatArray, xy: FloatArray, yy: float) -> _Solved:
        """Profile the effects and the residual variance out at given ratios of variances."""
        n, k = self.x.shape
        weights = np.sqrt(ratios)[self.part_of] if len(ratios) else np.empty(0)
        root = linalg.cholesky(
            self.zz * np.outer(weights, weights) + np.eye(weights.size), lower=True
        )
        right = np.column_stack([self.zx, zy, self.zz]) * weights[:, None]
        solved = _forward(root, right)
        cx, cy, cz = solved[:, :k], solved[:, k], solved[:, k + 1 :]
        bread, left = np.linalg.inv(self.xx - cx.T @ cx), xy - cx.T @ cy
        beta = bread @ left
        scale = (yy - float(cy @ cy) - float(beta @ left)) / n
        if scale <= 1e-13 * yy / n:
            nan = np.full((k, k), math.nan)
            return _Solved(math.inf, np.zeros(len(ratios)), nan[0], 0.0, nan)
        log_det = 2.0 * float(np.log(np.diag(root)).sum())
        deviance = log_det + n * (1.0 + math.log(2.0 * math.pi * scale))
        # Of log|V| minus that of the residual squares, for each column of z.
        pull = zy - self.zx @ beta - cz.T @ (cy - cx @ beta)
        slopes = np.diag(self.zz) - (cz**2).sum(axis=0) - pull**2 / scale
        slope = np.bincount(self.part_of, slopes, len(ratios)).astype(np.float64)
        return _Solved(deviance, slope, beta, scale, bread * scale)


def _forward(root: FloatArray, right: FloatArray) -> FloatArray:
    """Solve a lower triangular system; scipy before 1.14 refuses one of no rows."""
    return linalg.solve_triangular(root, right, lower=True) if len(root) else right


def simulate(problem: Problem, fitted: Fit, rng: np.random.Generator) -> FloatArray:
    """Draw an outcome, shape (n,), from a fitted model."""
    out = math.sqrt(fitted.variances["residual"]) * rng.normal(size=problem.y.size)
    for name, column in problem.fixed.items():
        out = out + fitted.beta[name] * column
    for part in fitted.structure:
        marks = problem.marks(part)
        out = out + marks @ (math.sqrt(fitted.variances[part]) * rng.normal(size=marks.shape[1]))
    return np.asarray(out)
