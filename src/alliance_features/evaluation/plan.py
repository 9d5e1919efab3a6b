"""What an evaluation or a training is asked to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..model.corpus import Corpus
from ..raters.ratings import read_ratings
from .folds import check_n_folds, count_of
from .guards import check_enough
from .rated_sessions import GROUPINGS, Study, bring_together, chosen_rows

if TYPE_CHECKING:
    import pyarrow as pa

    from ..features.measures.distance import VectorSource


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratings:
    """Which ratings to predict, and how to read them; see `read_ratings`."""

    path: Path
    columns: dict[str, str] | None = None
    rater: str | None = None
    perspective: str | None = None
    instrument: str | None = None
    scale: tuple[float, float] | None = None
    dimensions: Sequence[str] | None = None

    def read(self, group: str = "client") -> pa.Table:
        """Read the file; `group` names the column to group by unless it is a kind of person."""
        return read_ratings(
            self.path,
            columns=self.columns,
            rater=self.rater if self.columns else None,
            perspective=self.perspective if self.columns else None,
            instrument=self.instrument if self.columns else None,
            scale=self.scale,
            group_column=None if group in (*GROUPINGS, "group") else group,
        )

    def check_folds(self, table: pa.Table, group: str, n_folds: int) -> None:
        """Refuse what `read` returned if it cannot be of enough clients or groups.

        Sessions whose client or group the ratings do not name may each have one of their own.
        """
        rows = chosen_rows(table, self.rater, self.perspective, self.instrument)
        if not rows.num_rows:
            return  # `ratings_matrix` says what there is
        check_enough(_most(rows, "client_id"))
        column = {"client": "client_id", "both": "client_id", "therapist": "therapist_id"}
        most = _most(rows, column.get(group, "group"))
        check_n_folds(n_folds, most, f"the ratings are of {count_of(most, group)}")

    def join(self, corpus: Corpus, group: str = "client") -> Study:
        """Return the rated sessions of a corpus."""
        return bring_together(
            corpus.matrix,
            self.read(group),
            rater=self.rater,
            perspective=self.perspective,
            instrument=self.instrument,
            dimensions=self.dimensions,
            grouped_by=group,
            synthetic=corpus.synthetic,
        )


def _most(rows: pa.Table, column: str) -> int:
    """Return how many labels the sessions of some ratings have at most."""
    labels: dict[str, str | None] = {}
    for session, label in zip(
        rows["session_id"].to_pylist(), rows[column].to_pylist(), strict=True
    ):
        labels[session] = labels.get(session) or label
    known = [label for label in labels.values() if label is not None]
    return len(set(known)) + len(labels) - len(known)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How to evaluate; see `cross_validate` and `figures`."""

    features: Sequence[str] | None = None
    vectors: VectorSource = None
    models: Sequence[str] | None = None
    group: str = "client"
    folds: Path | None = None
    n_folds: int = 5
    repeats: int = 1
    tune: int = 0
    permutations: int = 0
    draws: int = 2000
    reference: str | None = None
    threshold: float | str = "decile"
    seed: int = 0
    n_jobs: int = 1

    def as_plain(self) -> dict[str, Any]:
        """Return it without paths, vectors and threads: what the manifest says of it."""
        left_out = ("vectors", "folds", "n_jobs")
        plain = {name: getattr(self, name) for name in self.__slots__ if name not in left_out}
        return {**plain, "folds_given": self.folds is not None}
