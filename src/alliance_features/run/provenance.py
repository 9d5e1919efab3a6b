"""What every manifest says of its inputs and of the software."""

from __future__ import annotations

import platform
from collections.abc import Iterable
from importlib import metadata
from typing import Any

from .. import __version__
from ..transcript.readers import Place
from .keys import hash_key
from .manifest import input_files, inputs


def describe_inputs(paths: Iterable[Place]) -> dict[str, Any]:
    """Return sizes and keyed hashes of files, in order, without their names.

    What is no file has no size (None) and the hash "".
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
