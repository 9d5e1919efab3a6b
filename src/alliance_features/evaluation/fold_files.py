"""Folds as a JSON file: sessions, their fold in each repeat, and a hash."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import ResourceError
from ..output.files import write_json
from .folds import Folds

_FORMAT = 1


def save_folds(folds: Folds, path: str | Path) -> None:
    """Write folds as JSON: session_id to the fold in each repeat, seed, grouping, hash."""
    write_json(
        Path(path),
        {
            "format": _FORMAT,
            "n_folds": folds.n_folds,
            "repeats": len(folds.assignments),
            "seed": folds.seed,
            "grouped_by": folds.grouped_by,
            "sha256": folds.sha256,
            "folds": folds.by_session(),
        },
    )


def load_folds(path: str | Path) -> Folds:
    """Read folds from the JSON file that an evaluation wrote.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    Folds
        Its groups are empty labels, one a session: `Folds.select` gives it the real ones.

    Raises
    ------
    ResourceError
        If there is no such file, it is no such JSON, or its hash does not fit.
    """
    content = _read(Path(path))
    folds: dict[str, list[int]] = content["folds"]
    found = Folds(
        tuple(folds),
        tuple(folds),
        np.array(list(folds.values()), dtype=np.int64).T,
        content["n_folds"],
        content["seed"],
        content["grouped_by"],
    )
    if found.sha256 != content.get("sha256"):
        raise ResourceError(f"{path}: the folds do not fit their hash; the file was changed.")
    return found


def _read(path: Path) -> dict[str, Any]:
    """Return the content of a fold file, checked key by key."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        problem = f"cannot be read ({error.strerror or type(error).__name__})"
    except ValueError:
        problem = "is no JSON"
    else:
        problem = _wrong(content)
        if not problem:
            return dict(content)
    raise ResourceError(f"{path}: {problem}. It must be a folds.json that `evaluate` wrote.")


def _wrong(content: Any) -> str:
    """Say what keeps JSON from being folds; "" if nothing."""
    if not isinstance(content, dict) or content.get("format") != _FORMAT:
        return f"is not of format {_FORMAT}"
    folds: Any = content.get("folds")
    n_folds: Any = content.get("n_folds")
    repeats: Any = content.get("repeats")
    if not (isinstance(folds, dict) and folds and _whole(n_folds) and _whole(repeats)):
        return "lacks folds, n_folds or repeats"
    if not (_whole(content.get("seed")) and isinstance(content.get("grouped_by"), str)):
        return "lacks seed or grouped_by"
    for row in folds.values():
        good = isinstance(row, list) and len(row) == repeats
        if not (good and all(_whole(fold) and 0 <= fold < n_folds for fold in row)):
            return f"has a session without {repeats} folds from 0 to {n_folds - 1}"
    return ""


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
