"""Means, ratios and rank correlations with percentile bootstrap intervals over groups."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import stats

DRAWS = 2000


class Resampler:
    """Draws groups (clients, videos) with replacement; crossed groupings are drawn each alone.

    A session weighs as often as its group is drawn, with two groupings the product of both (the
    pigeonhole bootstrap of Owen 2007, doi:10.1214/07-AOAS122).
    """

    def __init__(self, *groupings: Sequence[object], seed: int = 0) -> None:
        rng = np.random.default_rng(seed)
        self.weights = np.ones((DRAWS, len(groupings[0])))
        for grouping in groupings:
            _, codes = np.unique(np.array([str(one) for one in grouping]), return_inverse=True)
            n = int(codes.max()) + 1
            self.weights *= rng.multinomial(n, [1 / n] * n, size=DRAWS)[:, codes]

    def mean(self, x: np.ndarray) -> tuple[float, float, float]:
        """Return the mean of what is known, and its interval."""
        return self.ratio(x, np.ones(x.size))

    def ratio(self, over: np.ndarray, under: np.ndarray) -> tuple[float, float, float]:
        """Return sum(over) / sum(under) where both are known, and its interval."""
        known = ~(np.isnan(over) | np.isnan(under))
        w = self.weights[:, known]
        draws = (w @ over[known]) / (w @ under[known])
        return (float(over[known].sum() / under[known].sum()), *_ends(draws))

    def spearman(
        self, x: np.ndarray, y: np.ndarray, controls: Sequence[np.ndarray] = ()
    ) -> tuple[float, float, float]:
        """Return the rank correlation, partial given `controls`, and its interval.

        Ranks are those of the whole sample in every draw.
        """
        known = ~np.isnan(np.array([x, y, *controls])).any(axis=0)
        ranks = np.array([stats.rankdata(column[known]) for column in (x, y, *controls)])
        if known.sum() < 8 or (np.ptp(ranks[:2], axis=1) == 0).any():
            return np.nan, np.nan, np.nan
        ranks = (ranks - ranks.mean(axis=1, keepdims=True)) / ranks.std(axis=1, keepdims=True)
        columns = np.vstack([np.ones(ranks.shape[1]), ranks])
        products = np.einsum("in,jn->nij", columns, columns).reshape(columns.shape[1], -1)
        w = np.vstack([np.ones(known.sum()), self.weights[:, known]])
        moments = (w @ products).reshape(-1, columns.shape[0], columns.shape[0])
        moments = moments / moments[:, :1, :1]
        middle = moments[:, 0, 1:]
        covariance = moments[:, 1:, 1:] - middle[:, :, None] * middle[:, None, :]
        precision = np.linalg.inv(covariance)
        r = -precision[:, 0, 1] / np.sqrt(precision[:, 0, 0] * precision[:, 1, 1])
        return (float(r[0]), *_ends(r[1:]))


def _ends(draws: np.ndarray) -> tuple[float, float]:
    low, high = np.percentile(draws, [2.5, 97.5])
    return float(low), float(high)


def cell(found: tuple[float, float, float], digits: int = 2, sign: bool = True) -> str:
    """Return an estimate with its interval."""
    if np.isnan(found[0]):
        return "-"
    form = f"{{:{'+' if sign else ''}.{digits}f}}"
    middle, low, high = (form.format(one) for one in found)
    return f"{middle} [{low}, {high}]"


def table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Return a Markdown table."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)
