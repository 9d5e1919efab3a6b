"""Interpretable linguistic signals of the working alliance."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .comparison.comparison import Comparison, compare_raters
    from .corpus.pseudo import pseudo_dyads
    from .errors import (
        AllianceError,
        AllianceWarning,
        DoubtWarning,
        ParameterError,
        RaterError,
        ResourceError,
        TranscriptError,
    )
    from .evaluation.figures import figures
    from .evaluation.folds import Folds, load_folds, make_folds, save_folds
    from .evaluation.permutation import permutation_test
    from .evaluation.protocol import Validation, cross_validate
    from .extraction.calls import extract, extract_turns, iter_features
    from .extraction.client_trends import client_trends
    from .extraction.spacy_component import session_to_doc
    from .features.measures.alliance import score_turns, subscale_scores
    from .features.measures.distance import wmd, wmd_cdist, wmd_matrix
    from .features.measures.surrogates import Surrogate, surrogates
    from .features.measures.synchrony import nclid, uclid
    from .features.registry import describe_feature, list_features
    from .features.spec import FeatureSpec
    from .model.regressor import AllianceRegressor
    from .model.session_features import SessionFeatures
    from .model.session_matrix import SessionMatrix
    from .perspectives.client_courses import ClientCourses, client_courses
    from .perspectives.rated_alliance import RatedAlliance, rated_alliance
    from .raters.llm.rate import rate_sessions
    from .raters.llm.settings import RatingPlan
    from .raters.matrix import RatingMatrix, ratings_matrix
    from .raters.ratings import read_ratings, read_scores, write_ratings
    from .simulation.corpus import Simulation, simulate
    from .simulation.ratings import SimulatedRater
    from .text.tokens import turn_tokens
    from .text.vectors import Vectors, load_vectors
    from .transcript import MergedTurn, Session, Turn, merge_turns, read_sessions
    from .transcript.arrow import sessions_to_table, table_to_sessions

__version__ = "0.1.0.dev0"

_HOMES = {
    "errors": (
        "AllianceError",
        "AllianceWarning",
        "DoubtWarning",
        "ParameterError",
        "RaterError",
        "ResourceError",
        "TranscriptError",
    ),
    "perspectives.client_courses": ("ClientCourses", "client_courses"),
    "evaluation.figures": ("figures",),
    "evaluation.permutation": ("permutation_test",),
    "evaluation.protocol": ("Validation", "cross_validate"),
    "comparison.comparison": ("Comparison", "compare_raters"),
    "perspectives.rated_alliance": ("RatedAlliance", "rated_alliance"),
    "features.measures.alliance": ("score_turns", "subscale_scores"),
    "features.measures.distance": ("wmd", "wmd_cdist", "wmd_matrix"),
    "features.registry": ("describe_feature", "list_features"),
    "features.spec": ("FeatureSpec",),
    "features.measures.surrogates": ("Surrogate", "surrogates"),
    "features.measures.synchrony": ("nclid", "uclid"),
    "model.session_matrix": ("SessionMatrix",),
    "evaluation.folds": ("Folds", "load_folds", "make_folds", "save_folds"),
    "model.regressor": ("AllianceRegressor",),
    "model.session_features": ("SessionFeatures",),
    "extraction.calls": ("extract", "extract_turns", "iter_features"),
    "extraction.spacy_component": ("session_to_doc",),
    "raters.llm.settings": ("RatingPlan",),
    "raters.llm.rate": ("rate_sessions",),
    "raters.matrix": ("RatingMatrix", "ratings_matrix"),
    "raters.ratings": ("read_ratings", "read_scores", "write_ratings"),
    "extraction.client_trends": ("client_trends",),
    "corpus.pseudo": ("pseudo_dyads",),
    "simulation.corpus": ("Simulation", "simulate"),
    "simulation.ratings": ("SimulatedRater",),
    "text.tokens": ("turn_tokens",),
    "text.vectors": ("Vectors", "load_vectors"),
    "transcript": ("MergedTurn", "Session", "Turn", "merge_turns", "read_sessions"),
    "transcript.arrow": ("sessions_to_table", "table_to_sessions"),
}
_HOME = {name: module for module, names in _HOMES.items() for name in names}

__all__ = [
    "AllianceError",
    "AllianceRegressor",
    "AllianceWarning",
    "ClientCourses",
    "Comparison",
    "DoubtWarning",
    "FeatureSpec",
    "Folds",
    "MergedTurn",
    "ParameterError",
    "RatedAlliance",
    "RaterError",
    "RatingMatrix",
    "RatingPlan",
    "ResourceError",
    "Session",
    "SessionFeatures",
    "SessionMatrix",
    "SimulatedRater",
    "Simulation",
    "Surrogate",
    "TranscriptError",
    "Turn",
    "Validation",
    "Vectors",
    "client_courses",
    "client_trends",
    "compare_raters",
    "cross_validate",
    "describe_feature",
    "extract",
    "extract_turns",
    "figures",
    "iter_features",
    "list_features",
    "load_folds",
    "load_vectors",
    "make_folds",
    "merge_turns",
    "nclid",
    "permutation_test",
    "pseudo_dyads",
    "rate_sessions",
    "rated_alliance",
    "ratings_matrix",
    "read_ratings",
    "read_scores",
    "read_sessions",
    "save_folds",
    "score_turns",
    "session_to_doc",
    "sessions_to_table",
    "simulate",
    "subscale_scores",
    "surrogates",
    "table_to_sessions",
    "turn_tokens",
    "uclid",
    "wmd",
    "wmd_cdist",
    "wmd_matrix",
    "write_ratings",
]


#: Public names that have another name now: old name -> (new name, release without the old one).
_RENAMED: dict[str, tuple[str, str]] = {}


def __getattr__(name: str) -> Any:
    if name in _RENAMED:
        from ._deprecation import warn_renamed

        new, gone_in = _RENAMED[name]
        warn_renamed(f"af.{name}", f"af.{new}", gone_in=gone_in)
        return globals().get(new) or __getattr__(new)
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f".{_HOME[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
