"""An encoder from a folder of sentence-transformers that the user names; never downloaded."""

from __future__ import annotations

import hashlib
import importlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .._typing import FloatArray
from ..errors import ResourceError

#: Weights in these files are pickles, or may be.
_PICKLED = (".bin", ".pt", ".pth", ".pkl", ".ckpt", ".h5")


class SentenceEncoder:
    """A sentence-transformers model on the processor, with weights in safetensors.

    Parameters
    ----------
    folder : path
        As ``SentenceTransformer.save`` writes it, with ``modules.json``.
    language : str, optional
        Primary code of the only language it is for; None for any.

    Raises
    ------
    ResourceError
        If it is not such a folder, holds pickled weights or code, or the package is missing.
    """

    def __init__(self, folder: str | Path, language: str | None = None) -> None:
        self.folder = Path(folder)
        self.language = language
        weights = _checked(self.folder)
        self._sha256 = _hash(self.folder, weights)
        try:
            package = importlib.import_module("sentence_transformers")
        except ImportError:
            package = None
        if package is None:
            raise ResourceError(
                "A folder of sentence-transformers needs that package, which is not installed: "
                "pip install sentence-transformers."
            )
        self._model: Any = package.SentenceTransformer(
            str(self.folder),
            device="cpu",
            local_files_only=True,
            trust_remote_code=False,
            model_kwargs={"use_safetensors": True},
        )

    def encode(self, texts: Sequence[str], tokens: Sequence[Sequence[str]]) -> FloatArray:
        """Return one vector per text, NaN for a text without a token."""
        known = [place for place, words in enumerate(tokens) if words]
        if not known:
            return np.full((len(texts), 1), np.nan)
        vectors = self._model.encode(
            [texts[place] for place in known],
            batch_size=1,  # padding would let a row depend on its neighbours
            convert_to_numpy=True,
            show_progress_bar=False,
        )
        rows = np.asarray(vectors, dtype=np.float64)
        out = np.full((len(texts), rows.shape[1]), np.nan)
        out[known] = rows
        return out

    def describe(self) -> dict[str, Any]:
        """Describe the encoder for a manifest."""
        return {
            "kind": "sentence-transformers",
            "folder": self.folder.name,
            "sha256": self._sha256,
        }


def _checked(folder: Path) -> list[Path]:
    """Return the files of weights of a folder that holds no pickle and no code."""
    if not (folder / "modules.json").is_file():
        raise ResourceError(
            f"{folder}: there is no modules.json; name a folder that sentence-transformers wrote."
        )
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    for path in files:
        if path.suffix in _PICKLED or path.suffix == ".py":
            raise ResourceError(
                f"{path}: pickled weights and code are not opened. Keep the weights in "
                "safetensors alone."
            )
    weights = [path for path in files if path.suffix == ".safetensors"]
    if not weights:
        raise ResourceError(
            f"{folder}: there are no weights in safetensors; save the model in that format."
        )
    return weights


def _hash(folder: Path, weights: Sequence[Path]) -> str:
    """Return the SHA-256 of the names and contents of the weights."""
    digest = hashlib.sha256()
    for path in weights:
        digest.update(path.relative_to(folder).as_posix().encode())
        with path.open("rb") as stream:
            digest.update(hashlib.file_digest(stream, "sha256").digest())
    return digest.hexdigest()
