"""What a reader must know of the data beside the figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..model.design import SessionMatrix
from ..stats.few_clusters import ENOUGH_CLUSTERS

if TYPE_CHECKING:
    from .study import Study

#: Signals by which sessions with and without ratings are compared.
COMPARED = (
    "therapist__words_n",
    "client__words_n",
    "dyad__turns_n",
    "therapist__i_rate",
    "client__filled_pause_rate",
    "dyad__nclid__anchor_therapist",
)


def compare_rated(matrix: SessionMatrix, rated: Any) -> list[dict[str, Any]]:
    """Return the means of some signals with and without ratings, and their difference in SDs.

    Parameters
    ----------
    matrix : SessionMatrix, n sessions
    rated : ndarray of bool, shape (n,)

    Returns
    -------
    list of dict
        feature, rated, other, difference (rated less other, in SDs of all; None where it is
        undefined). Empty if all or none are rated.
    """
    if rated.all() or not rated.any():
        return []
    found = []
    for name in COMPARED:
        if name not in matrix.names:
            continue
        values = matrix.signals[:, matrix.names.index(name)]
        known = ~np.isnan(values)
        one, other = values[known & rated], values[known & ~rated]
        spread = float(values[known].std()) if known.any() else 0.0
        enough = one.size > 0 and other.size > 0
        found.append(
            {
                "feature": name,
                "rated": float(one.mean()) if one.size else None,
                "other": float(other.mean()) if other.size else None,
                "difference": float(one.mean() - other.mean()) / spread
                if enough and spread > 0
                else None,
            }
        )
    return found


def warnings_of(study: Study, twins: Sequence[tuple[str, str]]) -> Mapping[str, int]:
    """Return what a reader must know of the data, each with a count."""
    split: dict[str, set[str]] = {}
    for client, group in zip(study.clients, study.groups, strict=True):
        split.setdefault(client, set()).add(group)
    few = study.counts["clients"]
    found = {
        "few_clients": few if few < ENOUGH_CLUSTERS else 0,
        "clients_in_several_groups": sum(len(groups) > 1 for groups in split.values()),
        "same_signals_in_two_groups": len(twins),
        "not_rated": study.counts["not_rated"] + study.counts["rated_in_part"],
        "ratings_without_session": study.counts["ratings_without_session"],
        "synthetic": study.counts["sessions"] if study.synthetic else 0,
    }
    return {code: count for code, count in sorted(found.items()) if count}


#: What the codes of `warnings_of` mean.
WARNINGS = {
    "few_clients": "clients only: intervals are wide, and those of pooled figures leave one out",
    "clients_in_several_groups": "clients are in several groups, so in training and in test",
    "same_signals_in_two_groups": "sessions have the very signals of a session of another group",
    "not_rated": "sessions lack a rating and are left out",
    "ratings_without_session": "rated sessions are not among the sessions",
    "synthetic": "sessions are synthetic: the figures are evidence for nothing",
}
