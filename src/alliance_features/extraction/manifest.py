"""The manifest of a table: the same inputs give the same manifest."""

from __future__ import annotations

import hashlib
import json
import platform
from collections import Counter
from collections.abc import Iterable
from importlib import metadata
from typing import Any

from .. import __version__
from ..features.measures.categories import Categories
from ..lexicons import has_lexicon, load_lexicon
from ..output.keys import hash_key
from ..output.manifest import input_files, inputs
from ..text.lookup import CASE
from ..transcript.readers import Place
from .extractor import Extractor, Rows

_LIBRARIES = ("numpy", "numba", "pyarrow", "spacy")


def build_manifest(
    extractor: Extractor,
    rows: Rows,
    *,
    paths: Iterable[Place],
    languages: Iterable[str],
    configuration: dict[str, Any],
    errors: Counter[str],
    warnings: dict[str, int],
) -> dict[str, Any]:
    """Return the manifest: versions, configuration, resources, input hashes, counts."""
    key = hash_key()
    return {
        "format": 1,
        "configuration": configuration,
        **resources(extractor),
        "lexicons": lexicon_versions(languages),
        "inputs": inputs(input_files(paths, key), key),
        "counts": {
            "sessions": len(rows.sessions),
            "turns": len(rows.turns),
            "errors": dict(sorted(errors.items())),
            "nulls": dict(sorted(Counter(row[3] for row in rows.nulls).items())),
        },
        "warnings": warnings,
    }


def resources(extractor: Extractor) -> dict[str, Any]:
    """Return what values depend on except the word lists: versions, features, vectors."""
    vectors = extractor.vectors
    return {
        "versions": {
            "alliance_features": __version__,
            "python": platform.python_version(),
            **{name: metadata.version(name) for name in _LIBRARIES},
        },
        "features": {
            level: {spec.name: spec.version for spec in specs}
            for level, specs in extractor.specs.items()
        },
        "vectors": {
            "name": vectors.name,
            "sha256": vectors.sha256,
            "words": len(vectors),
            "dimensions": vectors.dimensions,
            "language": vectors.language,
            "norm": True,
            "weights": False,
            **({"case": CASE} if vectors.cased else {}),
        },
        "tagger": extractor.tagger and extractor.tagger.name,
        "categories": _categories(extractor.categories),
    }


def configuration_hash(extractor: Extractor) -> str:
    """Return the SHA-256 of what all values depend on except the word lists."""
    content = {**resources(extractor), "seed": extractor.seed}
    if extractor.strict:
        content["strict"] = True
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def lexicon_versions(languages: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Return version and hash of the word lists of languages that have some."""
    known = sorted({language.split("-")[0] for language in languages if has_lexicon(language)})
    return {
        language: {"version": lexicon.version, "sha256": lexicon.sha256}
        for language in known
        for lexicon in [load_lexicon(language)]
    }


def _categories(categories: Categories | None) -> dict[str, Any] | None:
    if categories is None:
        return None
    return {
        "name": categories.name,
        "sha256": categories.sha256,
        "language": categories.language,
        "categories": len(categories.names),
        "left_out": categories.left_out,
    }
