"""Save a model as a folder of JSON and UBJSON, and load it with checks; no pickle is used."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .._checks import check_path
from ..errors import ParameterError, ResourceError
from ..features.registry import describe_feature, list_features
from ..lexicons import available_languages, load_lexicon
from ..output.ownership import (
    JOURNAL,
    begin_journal,
    end_journal,
    files_in,
    has_journal,
    is_regular,
    is_viewed,
    remove_listed,
    say_foreign,
    sha256_of,
)
from ..text.lookup import CASE
from ..text.vectors import load_vectors
from .card import FORMAT, describe_model
from .parts_json import signals_from_json, signals_to_json, words_from_json, words_to_json

if TYPE_CHECKING:
    from ..features.measures.distance import VectorSource


CARD = "model.json"
_OURS = re.compile(r"(?:parts|words|model)\.json|trees-\d+\.ubj")


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
    target = check_path("folder", folder)
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
    _write_folder(target, files, overwrite=overwrite)


def seal(card: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a card without its own entry for it."""
    rest = {name: value for name, value in card.items() if name != "sha256"}
    return hashlib.sha256(json.dumps(rest, sort_keys=True, allow_nan=False).encode()).hexdigest()


def _contents(model: Any) -> dict[str, bytes]:
    """Return the files of the parts, by name."""
    parts = {
        "signals": [signals_to_json(signal_model) for signal_model in model.signals_],
        "weights": None if model.weights_ is None else model.weights_.tolist(),
        "intercepts": None if model.intercepts_ is None else model.intercepts_.tolist(),
    }
    files = {"parts.json": json.dumps(parts, allow_nan=False).encode()}
    for place, signal_model in enumerate(model.signals_):
        if signal_model.trees is not None:
            files[f"trees-{place}.ubj"] = bytes(signal_model.trees.booster.save_raw("ubj"))
    if model.words_ is not None:
        files["words.json"] = json.dumps(words_to_json(model.words_), allow_nan=False).encode()
    return files


def check_target(folder: Path, *, overwrite: bool) -> None:
    """Raise an error unless a model may be saved in a folder: nothing of anyone's is removed.

    The folder must be new or empty, or hold a model, the same files as its card lists, if
    `overwrite`. Beside it, the folders of a save that was stopped may hold nothing else either.

    Raises
    ------
    ParameterError
        If something else is there.
    """
    if folder.resolve() == Path.cwd():
        raise ParameterError(
            f"`output` is {folder}, the folder that you are in; a model takes the place of its "
            "folder as a whole: name another, e.g. model."
        )
    try:
        _check_target(folder, overwrite)
    except OSError as error:
        reason = error.strerror or type(error).__name__
    else:
        return
    raise ResourceError(f"{folder}: the folder cannot be read ({reason}); check its permissions.")


def _check_target(folder: Path, overwrite: bool) -> None:
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise ParameterError(
            f"`folder` is {folder}, which is a file or a link; name the folder itself, or a new "
            "one."
        )
    if folder.exists() and any(folder.iterdir()):
        if not (folder / CARD).is_file():
            raise ParameterError(f"`folder` is {folder}, which holds other things; name a new one.")
        if not overwrite:
            raise ParameterError(
                f"`folder` is {folder}, which holds a model; name another or say overwrite=True."
            )
    for path in (folder, *_siblings(folder)):
        if path.is_symlink() or (path.exists() and not path.is_dir()):
            found = {path.name: "a link or a file"}
        else:
            found = _foreign(path) if path.exists() else {}
        if found:
            raise ParameterError(
                f"`folder` is {folder}, and in {path} {say_foreign(found)}. Move what is yours, "
                "or name another folder."
            )


def _siblings(folder: Path) -> tuple[Path, Path]:
    """Return where a model is written, and where the former one is while they change places."""
    folder = folder.absolute()  # "." has no name
    return folder.with_name(f".{folder.name}.partial"), folder.with_name(f".{folder.name}.former")


def _foreign(folder: Path) -> dict[str, str]:
    """Return what is in a folder besides the files of a model, or of one half written."""
    listed = _listed(folder)
    half = folder.name.endswith(".partial") and has_journal(folder)
    foreign = {}
    for path in files_in(folder):
        name = path.relative_to(folder).as_posix()
        if is_viewed(path):
            continue
        if not is_regular(path):
            foreign[name] = "a link, or no regular file"
        elif half and (name == JOURNAL or _OURS.fullmatch(name)):
            continue
        elif name not in listed or listed[name] != sha256_of(path):
            foreign[name] = "changed since it was written" if name in listed else ""
    folders = [path for path in folder.iterdir() if path.is_dir() and not path.is_symlink()]
    empty = [path.name for path in folders if not any(files_in(path))]
    return {**foreign, **dict.fromkeys(empty, "a folder")}


def _listed(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of the files of a model by name, that of its card among them."""
    path = folder / CARD
    try:
        content = path.read_bytes()
        card = json.loads(content)
        if not is_regular(path) or card["sha256"] != seal(card):
            return {}
        files = {str(name): str(of["sha256"]) for name, of in card["files"].items()}
        return {**files, CARD: hashlib.sha256(content).hexdigest()}
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return {}


def _remove(folder: Path) -> None:
    """Remove a folder in which there is nothing else than `_foreign` leaves out."""
    if not folder.exists():
        return
    files = [path for path in files_in(folder) if not is_viewed(path)]
    names = [path.relative_to(folder).as_posix() for path in files]
    if not _foreign(folder):
        remove_listed(folder, sorted(names, key=lambda name: name in (CARD, JOURNAL)))
        with contextlib.suppress(OSError):
            folder.rmdir()


def _carry_over(former: Path, folder: Path) -> None:
    """Move what a desktop left in a folder to the one that takes its place."""
    for path in filter(is_viewed, [*former.iterdir()]):
        os.replace(path, folder / path.name)


def _write_folder(folder: Path, files: Mapping[str, bytes], *, overwrite: bool) -> None:
    """Write files to a new folder next to the target, then rename it."""
    check_target(folder, overwrite=overwrite)
    partial, former = _siblings(folder)
    reason = None
    try:
        _remove(partial)
        partial.mkdir(parents=True, exist_ok=True)
        begin_journal(partial, {})
        for name, content in files.items():
            with (partial / name).open("wb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
        end_journal(partial)
        if folder.exists():
            _remove(former)
            os.replace(folder, former)
        os.replace(partial, folder)
        if former.exists():
            _carry_over(former, folder)
        _remove(former)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        with contextlib.suppress(OSError):
            if former.exists() and not folder.exists():
                os.replace(former, folder)
            _remove(partial)
    if reason is not None:
        raise ResourceError(f"{folder}: the model cannot be written ({reason}).")
    if former.exists():
        raise ResourceError(
            f"{folder}: the model is saved, but {former} holds files that came in the meantime; "
            "move them."
        )


def load_model(kind: Any, folder: str | os.PathLike[str], *, vectors: VectorSource) -> Any:
    """Read what `save_model` wrote; see `AllianceRegressor.load`."""
    path = check_path("folder", folder)
    card = read_card(path)
    contents = _read_files(path, card)
    _check_features(path, card["features"])
    _check_words(path, card, vectors)
    model = kind(vectors=vectors, **_arguments(card["parameters"]))
    if card["named"]:
        names = [feature["name"] for feature in card["features"]]
        model.feature_names_in_ = np.array(names, dtype=object)
    model.n_features_in_ = card["n_features"]
    model.dimensions_, model._flat = card["dimensions"], card["flat"]
    model.vectors_sha256_, model.languages_ = card["vectors"], tuple(card["languages"])
    model.vectors_cased_ = "case" in card
    model.training_ = card["training"]
    parts = json.loads(contents["parts.json"])
    model.signals_ = [
        signals_from_json(part, _booster(contents.get(f"trees-{place}.ubj")))
        for place, part in enumerate(parts["signals"])
    ]
    for name in ("weights", "intercepts"):
        value = parts[name]
        setattr(model, f"{name}_", None if value is None else np.array(value, np.float64))
    words = contents.get("words.json")
    model.words_ = None if words is None else words_from_json(json.loads(words))
    return model


def read_card(folder: Path) -> dict[str, Any]:
    """Return the card of a saved model.

    Raises
    ------
    ResourceError
        If there is none, it is damaged or edited, or of another format.
    """
    path, reason = folder / CARD, ""
    card: dict[str, Any] | None = None
    try:
        card = json.loads(path.read_bytes())
    except OSError as error:
        reason = f"there is no model card ({error.strerror or type(error).__name__})"
    except ValueError:
        reason = "the model card is damaged: it is not well-formed JSON"
    if not reason and (not isinstance(card, dict) or "format" not in card):
        reason = "this is not the card of a model"
    if card is None or reason:
        raise ResourceError(f"{path}: {reason}. Save the model again.")
    if card["format"] != FORMAT:
        raise ResourceError(f"{path}: format {card['format']}; this version reads {FORMAT}.")
    if card.get("sha256") != seal(card):
        raise ResourceError(f"{path}: the card was changed after it was saved.")
    return card


def _read_files(folder: Path, card: Mapping[str, Any]) -> dict[str, bytes]:
    contents = {}
    for name, known in card["files"].items():
        content = None
        path = folder / name
        try:
            content = path.read_bytes()
        except OSError as error:
            reason = error.strerror or type(error).__name__
        if content is None:
            raise ResourceError(f"{path}: a part of the model cannot be read ({reason}).")
        if len(content) != known["bytes"]:
            raise ResourceError(
                f"{path}: {len(content)} bytes, saved with {known['bytes']}: it is cut short or "
                "was changed."
            )
        if hashlib.sha256(content).hexdigest() != known["sha256"]:
            raise ResourceError(f"{path}: its SHA-256 is not that of the card: it was changed.")
        contents[name] = content
    return contents


def _check_features(folder: Path, features: list[dict[str, Any]]) -> None:
    """Refuse a model whose features have changed since it was fitted."""
    known = set(list_features("all"))
    differences = []
    for feature in features:
        name, version = feature["name"], feature["version"]
        if version is None:
            continue  # a user's own column, or one of an array
        if name not in known:
            differences.append(f"{name} does not exist")
        elif describe_feature(name).version != version:
            now = describe_feature(name).version
            differences.append(f"{name} has version {now}, the model {version}")
    if differences:
        more = f" and {len(differences) - 3} more" if len(differences) > 3 else ""
        raise ResourceError(
            f"{folder}: features differ: {'; '.join(differences[:3])}{more}. Fit it again, or use "
            "the version it was made with."
        )


def _check_words(folder: Path, card: Mapping[str, Any], vectors: VectorSource) -> None:
    """Refuse a model whose vectors or word lists have changed since it was fitted."""
    for code, sha256 in card["lexicons"].items():
        if code not in available_languages() or load_lexicon(code).sha256 != sha256:
            raise ResourceError(
                f"{folder}: the word lists of language {code} are not those it was fitted with "
                f"({sha256[:12]}...). Fit it again, or use the version it was made with."
            )
    if card["vectors"] is not None:
        loaded = load_vectors(vectors)
        if loaded.sha256 != card["vectors"]:
            raise ResourceError(
                f"{folder}: fitted with vectors {card['vectors'][:12]}..., and `vectors` is "
                f"{loaded.name} ({loaded.sha256[:12]}...); name the same vectors."
            )
        if loaded.cased and card.get("case") != CASE:
            raise ResourceError(
                f"{folder}: fitted when words were looked up in {loaded.name} in lower case only; "
                "now they are as written first. Fit it again, or use the version it was made with."
            )


def _arguments(saved: Mapping[str, Any]) -> dict[str, Any]:
    bounds = saved["bounds"]
    return {**saved, "bounds": None if bounds is None else tuple(bounds)}


def _booster(content: bytes | None) -> Any:
    """Return trees from UBJSON whose hash was checked."""
    if content is None:
        return None
    import xgboost as xgb

    return xgb.Booster({"nthread": 1}, model_file=bytearray(content))
