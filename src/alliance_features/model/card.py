"""The card of a saved model: parts, training data, intended use and limits."""

from __future__ import annotations

import hmac
import math
import platform
from collections.abc import Mapping
from importlib import metadata
from typing import Any

import numpy as np

from .. import __version__
from ..features.registry import describe_feature
from ..lexicons import available_languages, load_lexicon
from ..output.keys import hash_key, key_name
from ..text.lookup import CASE
from .session_matrix import feature_versions

FORMAT = 1
_LIBRARIES = ("numpy", "scikit-learn", "scipy", "spacy", "xgboost")
INTENDED_USE = (
    "Research on how ratings of the working alliance go with signals in transcripts, and as a "
    "baseline beside other raters, on sessions like those it was fitted on."
)
LIMITS = (
    "It states an association in the training sessions and no cause.",
    "It does not rank therapists, raises no alerts, makes no diagnosis and detects no risk.",
    "It knows nothing of sessions in another language, setting, mode or way of transcribing.",
    "A contribution says what the model did with a signal, and signals share what they know.",
)
MONOTONE = (
    "Monotone constraints were on: a sign reported from this model was put in and is circular."
)
NEAR_LEAKAGE = (
    "Some features are flagged near leakage (how a session closes, gratitude): report results "
    "without them as well."
)
UNSEEDED = (
    "`random_state` was not a whole number and is kept as null: predictions are those of the model "
    "saved, but a new fit draws other numbers."
)


def describe_model(
    model: Any, *, scores: Mapping[str, Any] | None, folds: Mapping[str, Any] | None
) -> dict[str, Any]:
    """Return the card of a fitted estimator, without its files."""
    names = [str(name) for name in getattr(model, "feature_names_in_", [])]
    versions = feature_versions(names)
    languages = [code for code in model.languages_ if code in available_languages()]
    return {
        "format": FORMAT,
        "kind": "AllianceRegressor",
        "versions": {
            "alliance_features": __version__,
            "python": platform.python_version(),
            **{name: metadata.version(name) for name in _LIBRARIES},
        },
        "parameters": parameters(model),
        "features": [{"name": name, "version": versions.get(name)} for name in names],
        "named": hasattr(model, "feature_names_in_"),
        "n_features": int(model.n_features_in_),
        "dimensions": list(model.dimensions_),
        "flat": bool(model._flat),
        "vectors": model.vectors_sha256_,
        **({"case": CASE} if model.vectors_cased_ else {}),
        "lexicons": {
            code: load_lexicon(code).sha256 for code in languages or available_languages()
        },
        "languages": list(model.languages_),
        "training": _keyed(model.training_),
        "scores": _plain(scores),
        "folds": _plain(folds),
        "intended_use": INTENDED_USE,
        "limits": list(LIMITS),
        "warnings": _warnings(model, list(versions)),
    }


def _keyed(training: Mapping[str, Any]) -> dict[str, Any]:
    """Replace the hash of the training data by a keyed hash, so that only the key repeats it."""
    data = dict(training)
    if "sha256" in data:
        key = hash_key()
        digest = hmac.new(key, data.pop("sha256").encode(), "sha256").hexdigest()
        data |= {"hash": digest, "key": key_name(key)}
    return data


def _plain(value: Any) -> Any:
    """Return numbers, text, lists and mappings as JSON values; NaN and infinity are null."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _warnings(model: Any, names: list[str]) -> list[str]:
    lines = [MONOTONE] if model.monotone else []
    if any("near_leakage" in describe_feature(name).sets for name in names):
        lines.append(NEAR_LEAKAGE)
    if not isinstance(model.random_state, (int, np.integer)):
        lines.append(UNSEEDED)
    return lines


def parameters(model: Any) -> dict[str, Any]:
    """Return the parameters of an estimator as JSON; vectors are named by their hash alone."""
    values = {name: value for name, value in model.get_params().items() if name != "vectors"}
    if not isinstance(values["features"], str):
        values["features"] = [str(name) for name in values["features"]]
    if values["bounds"] is not None:
        values["bounds"] = [float(bound) for bound in values["bounds"]]
    if not isinstance(values["random_state"], (int, np.integer)):
        values["random_state"] = None
    return {name: _plain(value) for name, value in values.items()}
