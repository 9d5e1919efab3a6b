"""How clients stand to what is talked of: agreement, insight, change talk, certainty, time."""

from __future__ import annotations

from .cues import Cue, cue_specs

_CHANGE = "After Amrhein et al. 2003 (client language), doi:10.1037/0022-006X.71.5.862"
_RUPTURE = "After Eubanks, Muran & Safran 2018 (rupture markers), doi:10.1037/pst0000185"
_COGNITION = (
    "After Pennebaker, Mayne & Francis 1997 (cognitive process), doi:10.1037/0022-3514.72.4.863"
)
CUES = (
    Cue(feature="agreement", title="Agreement", source=_RUPTURE),
    Cue(feature="disagreement", title="Disagreement and reservation", source=_RUPTURE),
    Cue(feature="not_knowing", title="Not knowing", source=f"{_RUPTURE}, withdrawal"),
    Cue(
        feature="insight",
        title="Insight",
        source="After Chiu et al. 2024 (gained insight), arXiv:2401.00820",
    ),
    Cue(feature="change_talk", title="Change talk", source=_CHANGE),
    Cue(feature="sustain_talk", title="Sustain talk", source=_CHANGE),
    Cue(
        feature="self_disclosure",
        title="Speaking of oneself",
        source="After Kian et al. 2025 (intimacy of disclosure), "
        "doi:10.18653/v1/2025.findings-naacl.430",
    ),
    Cue(feature="hedge", title="Hedges", source=_COGNITION),
    Cue(
        feature="absolutist",
        title="Absolutist words",
        source="After Al-Mosaiwi & Johnstone 2018, doi:10.1177/2167702617747074",
    ),
    Cue(feature="causal", title="Causal words", source=_COGNITION),
    Cue(feature="cognitive", title="Words of thinking", source=_COGNITION),
    Cue(feature="future", title="Orientation to the future", source=_CHANGE),
    Cue(feature="past", title="Orientation to the past", source=_CHANGE),
)

SPECS = tuple(spec for cue in CUES for spec in cue_specs(cue, "client", "stance"))
