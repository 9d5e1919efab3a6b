"""Interpretable linguistic signals of the working alliance."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .errors import (
        AllianceError,
        AllianceWarning,
        ParameterError,
        RaterError,
        ResourceError,
        TranscriptError,
    )
    from .features.distance import wmd, wmd_cdist, wmd_matrix
    from .features.registry import describe_feature, list_features
    from .features.spec import FeatureSpec
    from .features.synchrony import nclid, uclid
    from .model.session_features import SessionFeatures
    from .table import extract, extract_turns
    from .text.tokens import turn_tokens
    from .text.vectors import Vectors, load_vectors
    from .transcript import MergedTurn, Session, Turn, merge_turns, read_sessions

__version__ = "0.1.0.dev0"

_HOMES = {
    "errors": (
        "AllianceError",
        "AllianceWarning",
        "ParameterError",
        "RaterError",
        "ResourceError",
        "TranscriptError",
    ),
    "features.distance": ("wmd", "wmd_cdist", "wmd_matrix"),
    "features.registry": ("describe_feature", "list_features"),
    "features.spec": ("FeatureSpec",),
    "features.synchrony": ("nclid", "uclid"),
    "model.session_features": ("SessionFeatures",),
    "table": ("extract", "extract_turns"),
    "text.tokens": ("turn_tokens",),
    "text.vectors": ("Vectors", "load_vectors"),
    "transcript": ("MergedTurn", "Session", "Turn", "merge_turns", "read_sessions"),
}
_HOME = {name: module for module, names in _HOMES.items() for name in names}

__all__ = [
    "AllianceError",
    "AllianceWarning",
    "FeatureSpec",
    "MergedTurn",
    "ParameterError",
    "RaterError",
    "ResourceError",
    "Session",
    "SessionFeatures",
    "TranscriptError",
    "Turn",
    "Vectors",
    "describe_feature",
    "extract",
    "extract_turns",
    "list_features",
    "load_vectors",
    "merge_turns",
    "nclid",
    "read_sessions",
    "turn_tokens",
    "uclid",
    "wmd",
    "wmd_cdist",
    "wmd_matrix",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f".{_HOME[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
