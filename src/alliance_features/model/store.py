"""A model as a folder of JSON and UBJSON, written whole or not at all; nothing is unpickled."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..errors import ParameterError, ResourceError
from .card import describe_model
from .parts_json import signals_to_json, words_to_json

CARD = "model.json"


def save_model(
    model: Any,
    folder: str | os.PathLike[str],
    *,
    with_vocabulary: bool,
    scores: Mapping[str, Any] | None,
    folds: Mapping[str, Any] | None,
    overwrite: bool,
) -> None:
    """Write a fitted estimator; see `AllianceRegressor.save`."""
    if model.words_ is not None and not with_vocabulary:
        raise ParameterError(
            f'The model uses words (inputs="{model.inputs}"); saved, it would hold its vocabulary, '
            "words that clients said. Say with_vocabulary=True (--with-vocabulary) if it may, or "
            'fit inputs="signals".'
        )
    files = _contents(model)
    card = describe_model(model, scores=scores, folds=folds)
    card["files"] = {
        name: {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        for name, content in files.items()
    }
    card["sha256"] = seal(card)
    files[CARD] = (json.dumps(card, indent=2, sort_keys=True, allow_nan=False) + "\n").encode()
    _write_folder(Path(folder), files, overwrite=overwrite)


def seal(card: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a card without its seal."""
    rest = {name: value for name, value in card.items() if name != "sha256"}
    return hashlib.sha256(json.dumps(rest, sort_keys=True, allow_nan=False).encode()).hexdigest()


def _contents(model: Any) -> dict[str, bytes]:
    """Return the files of the parts, by name."""
    parts = {
        "signals": [signals_to_json(one) for one in model.signals_],
        "weights": None if model.weights_ is None else model.weights_.tolist(),
        "intercepts": None if model.intercepts_ is None else model.intercepts_.tolist(),
    }
    files = {"parts.json": json.dumps(parts, allow_nan=False).encode()}
    for place, one in enumerate(model.signals_):
        if one.trees is not None:
            files[f"trees-{place}.ubj"] = bytes(one.trees.booster.save_raw("ubj"))
    if model.words_ is not None:
        files["words.json"] = json.dumps(words_to_json(model.words_), allow_nan=False).encode()
    return files


def _write_folder(folder: Path, files: Mapping[str, bytes], *, overwrite: bool) -> None:
    """Write files to a new folder beside, then rename it."""
    if folder.exists() and not (folder.is_dir() and not any(folder.iterdir())):
        if not (folder / CARD).is_file():
            raise ParameterError(f"`folder` is {folder}, which holds other things; name a new one.")
        if not overwrite:
            raise ParameterError(
                f"`folder` is {folder}, which holds a model; name another or say overwrite=True."
            )
    partial = folder.with_name(f".{folder.name}.partial")
    former = folder.with_name(f".{folder.name}.former")
    reason = None
    try:
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        for name, content in files.items():
            with (partial / name).open("wb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
        if folder.exists():
            shutil.rmtree(former, ignore_errors=True)
            os.replace(folder, former)
        os.replace(partial, folder)
        shutil.rmtree(former, ignore_errors=True)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        with contextlib.suppress(OSError):
            shutil.rmtree(partial, ignore_errors=True)
            if former.exists() and not folder.exists():
                os.replace(former, folder)
    if reason is not None:
        raise ResourceError(f"{folder}: the model cannot be written ({reason}).")
