"""What a reader of the rated alliance must know beside its figures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..stats.few_clusters import ENOUGH_CLUSTERS, recommended
from .clusters import Clusters, few_units
from .pairing import UNITS, PairedRatings

#: How intervals were made, by `recommended`; a part of the sessions may have fewer clusters.
_HOW = {
    "bootstrap": "They were resampled with all their sessions (a bootstrap).",
    "jackknife_t": "Each was left out in turn (a jackknife), since there are fewer than "
    f"{ENOUGH_CLUSTERS}.",
    "none": "So few have no interval.",
}


def rated_notes(
    paired: PairedRatings,
    clusters: Clusters,
    agreement: Sequence[dict[str, Any]],
    controls: Sequence[str] | None,
) -> list[str]:
    """Return the lines that go with the tables.

    Parameters
    ----------
    paired : PairedRatings
    clusters : Clusters
        Of all sessions.
    agreement : sequence of dict
        Rows of the table of agreement: how many clusters each part has.
    controls : sequence of str or None
        What partial correlations hold constant; None without signals.
    """
    lines = ["A gap is therapist less client: below 0, the client rates the alliance higher."]
    for name, unit, items in zip(paired.dimensions, paired.units, paired.items, strict=True):
        told = f"{UNITS[unit]} ({items} items)" if items else UNITS[unit]
        lines.append(f"{name}: {told}.")
    if paired.one_sided:
        lines.append(f"Only one side rated {', '.join(paired.one_sided)}; left out.")
    lines.append(f"Intervals take {clusters.told()}. {_HOW[recommended(clusters.n)]}")
    if controls is not None:
        lines.append(f"Partial correlations hold constant: {', '.join(controls) or 'nothing'}.")
        lines.append(
            "Signals but the confirmatory ones are exploratory: their p is adjusted by Benjamini "
            "and Hochberg within dimension and figure."
        )
    return lines + _few(clusters, agreement)


def _few(clusters: Clusters, agreement: Sequence[dict[str, Any]]) -> list[str]:
    """Return a warning where a part has too few clusters."""
    counts: dict[str, int] = {}
    for row in agreement:
        counts[row["part"]] = min(row["n_clusters"], counts.get(row["part"], row["n_clusters"]))
    kind = "clients or therapists" if clusters.level == "both" else f"{clusters.level}s"
    return few_units(counts, kind)
