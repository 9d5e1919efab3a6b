"""Entries of every manifest about its inputs and the software."""

from __future__ import annotations

import hmac
import os
import platform
from collections.abc import Iterable
from importlib import metadata
from typing import Any

from .. import __version__
from ..transcript.readers import Place
from ..transcript.source import size_of
from .keys import hash_key, key_name, keyed_hash

#: Up to this many input files are listed one by one.
MOST_LISTED = 1000


def input_files(paths: Iterable[Place], key: bytes) -> list[dict[str, Any]]:
    """Return size and keyed hash of each file."""
    return [{"bytes": size_of(path), "hash": keyed_hash(path, key)} for path in paths]


def inputs(files: list[dict[str, Any]], key: bytes) -> dict[str, Any]:
    """Return the entries of a manifest about the input; very many files get one hash together."""
    said: dict[str, Any] = {"hash": "HMAC-SHA-256", "key": key_name(key)}
    if len(files) <= MOST_LISTED:
        return {**said, "files": files}
    digest = hmac.new(key, "".join(file["hash"] for file in files).encode(), "sha256")
    n_bytes = sum(file["bytes"] or 0 for file in files)
    return {
        **said,
        "files": [],
        "n_files": len(files),
        "bytes": n_bytes,
        "of_hashes": digest.hexdigest(),
    }


def build_run(
    paths: Iterable[Place], started: str, finished: str, seconds: float, **more: Any
) -> dict[str, Any]:
    """Return what may differ between runs: times, host, names of the inputs, workers."""
    return {
        "started": started,
        "finished": finished,
        "seconds": round(seconds, 3),
        "host": platform.node(),
        "system": platform.platform(),
        "processors": os.cpu_count(),
        "workers": 1,
        "inputs": [str(path) for path in paths],
        **more,
    }


def describe_inputs(paths: Iterable[Place]) -> dict[str, Any]:
    """Return sizes and keyed hashes of files, in order, without their names.

    A path that is not a file has no size (None) and the hash "".
    """
    key = hash_key()
    return inputs(input_files(paths, key), key)


def describe_versions(*libraries: str) -> dict[str, str]:
    """Return the versions of this package, of Python and of the libraries named."""
    return {
        "alliance_features": __version__,
        "python": platform.python_version(),
        **{name: metadata.version(name) for name in libraries},
    }
