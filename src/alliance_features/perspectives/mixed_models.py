"""Mixed models of both ratings: fitted here, and written for R's lme4."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .._typing import FloatArray
from ..stats.mixed import mixed_effects
from ..stats.mixed_export import write_lme4
from .agreement import as_cells

EFFECTS = ("within", "between", "trend")


@dataclass(frozen=True, slots=True)
class MixedRun:
    """The data of one mixed model: an outcome, and a signal within and between clients.

    Attributes
    ----------
    model, dimension : str
    y, x : ndarray of float64, shape (n,)
        NaN rows are left out.
    clients, therapists : list of str, length n
        `therapists` is None where not all are known.
    numbers : ndarray of float64, shape (n,), or None
        Session numbers.
    """

    model: str
    dimension: str
    y: FloatArray
    x: FloatArray
    clients: list[str]
    therapists: list[str] | None
    numbers: FloatArray | None

    def write(self, path: Path) -> str:
        """Write the columns as CSV without ids and return the formula."""
        return write_lme4(
            path,
            self.y,
            self.x,
            self.clients,
            therapists=self.therapists,
            session_number=self.numbers,
        )


def mixed_rows(runs: Sequence[MixedRun], *, level: float = 0.95) -> list[dict[str, Any]]:
    """Fit the models and return one row per model and effect.

    Returns
    -------
    list of dict
        model, dimension, effect, estimate, low, high, se, p (Wald), method, structure (random
        effects, joined by plus signs), refused (structures with more effects, and why), n_sessions,
        n_clients.
    """
    rows = []
    for run in runs:
        fitted = mixed_effects(
            run.y,
            run.x,
            run.clients,
            therapists=run.therapists,
            session_number=run.numbers,
            level=level,
        )
        for effect in EFFECTS:
            rows.append(
                {
                    "model": run.model,
                    "dimension": run.dimension,
                    "effect": effect,
                    **as_cells(getattr(fitted, effect)),
                    "structure": " + ".join(fitted.structure) or "none",
                    "refused": "; ".join(fitted.refused),
                    "n_sessions": fitted.n,
                    "n_clients": fitted.n_clients,
                }
            )
    return rows
