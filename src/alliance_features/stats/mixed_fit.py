"""Maximum-likelihood fits of mixed models with independent random parts.

The deviance is profiled over the fixed effects and the residual variance, which leaves one number a
random part: its standard deviation in units of the residual's (Bates et al. 2015,
doi:10.18637/jss.v067.i01).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from scipy import linalg, optimize

from ._arrays import FloatArray
from .mixed_problem import Problem

_SINGULAR = 1e-3  # a standard deviation that is this share of the residual's is none
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


def fit_best(problem: Problem) -> Fit:
    """Return the fit of the richest structure in which every variance is above 0."""
    refused: list[str] = []
    for parts in problem.structures():
        found = fit(problem, parts)
        if found is None:
            refused.append(f"{' + '.join(parts) or 'none'}: no fit")
            continue
        residual = found.variances["residual"]
        empty = [p for p in parts if found.variances[p] < _SINGULAR**2 * residual]
        if not empty:
            return replace(found, refused=tuple(refused))
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
        """Whether there are more rows than effects, and no effect is made of others."""
        n, k = self.x.shape
        return n > k and bool(np.linalg.matrix_rank(self.x) == k)

    def fit(self, y: FloatArray) -> Fit | None:
        """Return the estimates for an outcome; None where it leaves no residual."""
        shift = y - y.mean()
        products = self.z.T @ shift, self.x.T @ shift, float(shift @ shift)
        k = len(self.parts)
        theta = np.zeros(k)
        if self._solve(theta, *products)[2] == 0:
            return None
        if k:
            found = optimize.minimize(
                lambda t: self._solve(t, *products)[0],
                np.full(k, 0.5),
                method="L-BFGS-B",
                bounds=[(0.0, _LARGEST)] * k,
                options={"ftol": 1e-12, "gtol": 1e-7, "maxiter": 500},
            )
            theta = np.asarray(found.x)
        deviance, beta, scale, spread = self._solve(theta, *products)
        beta = beta + np.linalg.lstsq(self.x, np.full(len(y), y.mean()), rcond=None)[0]
        variances = {
            part: float(scale * (t / unit) ** 2)
            for part, t, unit in zip(self.parts, theta, self.units, strict=True)
        }
        return Fit(
            self.parts,
            dict(zip(self.names, map(float, beta), strict=True)),
            dict(zip(self.names, map(float, np.sqrt(np.diag(spread))), strict=True)),
            {**variances, "residual": scale},
            -deviance / 2.0,
        )

    def _solve(
        self, theta: FloatArray, zy: FloatArray, xy: FloatArray, yy: float
    ) -> tuple[float, FloatArray, float, FloatArray]:
        """Return deviance, effects, residual variance and the effects' covariance."""
        n, k = self.x.shape
        weights = theta[self.part_of] if len(theta) else np.empty(0)
        inner = self.zz * np.outer(weights, weights) + np.eye(weights.size)
        root = linalg.cholesky(inner, lower=True)
        cx = linalg.solve_triangular(root, weights[:, None] * self.zx, lower=True)
        cy = linalg.solve_triangular(root, weights * zy, lower=True)
        bread = np.linalg.inv(self.xx - cx.T @ cx)
        beta = bread @ (xy - cx.T @ cy)
        scale = (yy - float(cy @ cy) - float(beta @ (xy - cx.T @ cy))) / n
        if scale <= 1e-13 * yy / n:
            return math.inf, np.full(k, math.nan), 0.0, np.full((k, k), math.nan)
        log_det = 2.0 * float(np.log(np.diag(root)).sum())
        deviance = log_det + n * (1.0 + math.log(2.0 * math.pi * scale))
        return deviance, beta, scale, bread * scale


def simulate(problem: Problem, found: Fit, rng: np.random.Generator) -> FloatArray:
    """Draw an outcome from a fitted model."""
    out = math.sqrt(found.variances["residual"]) * rng.normal(size=problem.y.size)
    for name, column in problem.fixed.items():
        out = out + found.beta[name] * column
    for part in found.structure:
        marks = problem.marks(part)
        out = out + marks @ (math.sqrt(found.variances[part]) * rng.normal(size=marks.shape[1]))
    return np.asarray(out)
