"""What a table was made from and with: the same inputs give the same manifest."""

from __future__ import annotations

import os
import platform
from collections import Counter
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path
from typing import Any

from .. import __version__
from ..features.categories import Categories
from ..lexicons import has_lexicon, load_lexicon
from ..table import Extractor, Rows
from .keys import hash_key, key_name, keyed_hash

_LIBRARIES = ("numpy", "numba", "pyarrow", "spacy")


def build_manifest(
    extractor: Extractor,
    rows: Rows,
    *,
    paths: Iterable[Path],
    languages: Iterable[str],
    configuration: dict[str, Any],
    errors: Counter[str],
    warnings: dict[str, int],
) -> dict[str, Any]:
    """Return the manifest: versions, configuration, resources, input hashes, counts."""
    key = hash_key()
    vectors = extractor.vectors
    known = sorted({language.split("-")[0] for language in languages if has_lexicon(language)})
    return {
        "format": 1,
        "versions": {
            "alliance_features": __version__,
            "python": platform.python_version(),
            **{name: metadata.version(name) for name in _LIBRARIES},
        },
        "configuration": configuration,
        "features": {
            level: {spec.name: spec.version for spec in specs}
            for level, specs in extractor.specs.items()
        },
        "lexicons": {
            language: {"version": lexicon.version, "sha256": lexicon.sha256}
            for language in known
            for lexicon in [load_lexicon(language)]
        },
        "vectors": {
            "name": vectors.name,
            "sha256": vectors.sha256,
            "words": len(vectors),
            "dimensions": vectors.dimensions,
            "language": vectors.language,
            "norm": True,
            "weights": False,
        },
        "tagger": extractor.tagger and extractor.tagger.name,
        "categories": _categories(extractor.categories),
        "inputs": {
            "hash": "HMAC-SHA-256",
            "key": key_name(key),
            "files": [{"bytes": _size(path), "hash": keyed_hash(path, key)} for path in paths],
        },
        "counts": {
            "sessions": len(rows.sessions),
            "turns": len(rows.turns),
            "errors": dict(sorted(errors.items())),
            "nulls": dict(sorted(Counter(row[3] for row in rows.nulls).items())),
        },
        "warnings": warnings,
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


def _size(path: Path) -> int | None:
    return path.stat().st_size if path.is_file() else None


def build_run(paths: Iterable[Path], started: str, finished: str, seconds: float) -> dict[str, Any]:
    """Return what differs from run to run: times, host, names of the inputs."""
    return {
        "started": started,
        "finished": finished,
        "seconds": round(seconds, 3),
        "host": platform.node(),
        "system": platform.platform(),
        "processors": os.cpu_count(),
        "workers": 1,
        "inputs": [str(path) for path in paths],
    }
