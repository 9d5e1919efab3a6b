"""Words of feeling, of both: what is felt, and how that moves over the session."""

from __future__ import annotations

from .cues import Cue, cue_specs

_SOURCE = (
    "After Lalk et al. 2025 (emotions in sessions and the alliance), Front Psychiatry 16:1504306"
)
CUES = (
    Cue(feature="positive", title="Words of positive feeling", source=_SOURCE),
    Cue(
        feature="negative",
        title="Words of negative feeling",
        source=_SOURCE,
        lists=("negative", "anxiety", "sadness", "anger"),
    ),
    Cue(feature="anxiety", title="Words of anxiety", source=_SOURCE),
    Cue(feature="sadness", title="Words of sadness", source=_SOURCE),
    Cue(feature="anger", title="Words of anger", source=_SOURCE),
    Cue(feature="feeling", title="Naming of feelings as such", source=_SOURCE),
)

SPECS = tuple(
    spec
    for role in ("therapist", "client")
    for cue in CUES
    for spec in cue_specs(cue, role, "affect", confounds="topic, translation")
)
