"""What one rater gave: scores by session and dimension, and what became of the others."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from .rater_rows import Row

COSTS = ("seconds", "tokens_in", "tokens_out", "cost")
#: What is told of a session of a rater; memory only if it is given.
PER_SESSION = (*COSTS, "megabytes")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RaterScores:
    """What one rater gave.

    Attributes
    ----------
    name : str
    source : str
        The file, or which argument.
    values : dict of (session, dimension) to list of float
        One a repeat of cross-validation; a single one of a rater that was not fitted. Only
        scores that are there.
    statuses : Counter of (dimension, status)
        Of all rows of subscales, those of each run counted.
    scales : dict of str to set of (low, high)
        By dimension; None where rows name no scale.
    costs : dict of str to float
        Sums over all rows of what is known of `COSTS`, and "sessions", their number.
    rows : list of dict
        The rows as they were read, for reliability; empty for predictions.
    fitted : bool
        Whether the scores are predictions of a cross-validation.
    """

    name: str
    source: str
    values: dict[tuple[str, str], list[float]]
    statuses: Counter[tuple[str, str]]
    scales: dict[str, set[tuple[float, float] | None]] = field(default_factory=dict)
    costs: dict[str, float] = field(default_factory=dict)
    rows: list[Row] = field(default_factory=list)
    fitted: bool = False

    @property
    def dimensions(self) -> list[str]:
        """Dimensions that have a row, in order."""
        return list(dict.fromkeys(dimension for dimension, _ in self.statuses))
