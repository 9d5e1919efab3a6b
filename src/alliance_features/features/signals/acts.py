"""What therapists do, by rule: questions, reflections, advice and the like."""

from __future__ import annotations

import math

from ..measured import Measured
from ..spec import FeatureSpec
from .cues import NEEDS, PROCESS, Cue, cue_counts, cue_lists, cue_specs, describe_lists

_BOLT = "After the behaviours of Chiu et al. 2024, arXiv:2401.00820"
_MITI = "After Moyers et al. 2016 (MITI 4), doi:10.1016/j.jsat.2016.01.001"
_CONSENSUS = "After Tryon, Birch & Verkuilen 2018, doi:10.1037/pst0000170"
CUES = (
    Cue(feature="open_question", title="Open questions", source=_MITI),
    Cue(feature="closed_question", title="Closed questions", source=_MITI),
    Cue(feature="reflection", title="Reflections", source=_BOLT),
    Cue(
        feature="empathy",
        title="Expressions of empathy",
        source="After Elliott et al. 2018, doi:10.1037/pst0000175",
    ),
    Cue(feature="validation", title="Validation", source=_MITI),
    Cue(
        feature="affirmation",
        title="Affirmation and praise",
        source="After Farber, Suzuki & Lynch 2018, doi:10.1037/pst0000171; MITI 4",
    ),
    Cue(feature="normalising", title="Normalising", source=_BOLT),
    Cue(feature="advice", title="Advice and suggestions", source=f"{_BOLT} (problem-solving)"),
    Cue(feature="planning", title="Steps, goals and plans", source=f"{_BOLT} (planning)"),
    Cue(feature="collaboration", title="Seeking collaboration", source=_CONSENSUS),
    Cue(feature="check_in", title="Checking understanding and agreement", source=_CONSENSUS),
    Cue(feature="information", title="Information", source=f"{_BOLT} (psychoeducation)"),
    Cue(feature="summary", title="Summaries", source=_MITI),
    Cue(
        feature="self_disclosure",
        title="Speaking of oneself",
        source="After Hill, Knox & Pinto-Coelho 2018, Psychotherapy 55:445",
    ),
    Cue(
        feature="apology",
        title="Apologies",
        source="After Eubanks, Muran & Safran 2018 (repair of ruptures), doi:10.1037/pst0000185",
    ),
)
_QUESTIONS = ("open_question", "closed_question")
_FEELINGS = ("negative", "anxiety", "sadness", "anger", "feeling")


def _reflections_per_question(measured: Measured) -> float:
    questions = measured.total(cue_counts(measured, *_QUESTIONS), "therapist")
    reflections = measured.total(cue_counts(measured, "reflection"), "therapist")
    return reflections / questions if questions else math.nan


def _advice_after_feeling(measured: Measured) -> float:
    replies = measured.speaks("therapist")[1:]
    advised = (cue_counts(measured, "advice") > 0)[1:][replies]
    felt = (cue_counts(measured, *_FEELINGS) > 0)[:-1][replies]
    return float(advised[felt].mean() - advised.mean()) if felt.any() else math.nan


SPECS = (
    *(spec for cue in CUES for spec in cue_specs(cue, "therapist", "acts")),
    FeatureSpec(
        feature="reflection_question_ratio",
        role="therapist",
        group="acts",
        title="Reflections per question",
        unit="reflections per question",
        definition=f"n / m; n = {describe_lists(('reflection',))}; m the same of "
        f"{' and '.join(f'`{name}`' for name in _QUESTIONS)}; both over the therapist's turns.",
        edge_cases="Null without such a question.",
        needs=NEEDS,
        lists=cue_lists("reflection", *_QUESTIONS),
        undefined="no_events",
        confounds="short sessions hold few of either",
        source=_MITI,
        sets=PROCESS,
        compute=_reflections_per_question,
    ),
    FeatureSpec(
        feature="advice_after_feeling_diff",
        role="therapist",
        group="acts",
        title="Advice where the client spoke of feelings",
        unit="difference of proportions",
        low=-1.0,
        high=1.0,
        definition="Share of turns with a cue of `advice` among the therapist's merged turns that "
        "follow a client's turn with a cue of "
        f"{', '.join(f'`{name}`' for name in _FEELINGS)}, minus the share among all of the "
        "therapist's turns that follow a client's.",
        edge_cases="Null where no client's turn before has such a cue.",
        needs=NEEDS,
        lists=cue_lists("advice", *_FEELINGS),
        undefined="no_events",
        direction="positive = advice follows feelings",
        confounds="length of turns",
        source=_BOLT,
        sets=PROCESS,
        compute=_advice_after_feeling,
    ),
)
