"""Keyed hashes of inputs: without the key, nobody can test whether a transcript was used."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from pathlib import Path

from ..errors import ResourceError
from ..transcript.readers import Place

KEY_VARIABLE = "ALLIANCE_FEATURES_HASH_KEY"
#: Length of the shortest key.
LEAST = 16


def _key_file() -> Path:
    base = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(base) / "alliance-features" / "hash.key"


def hash_key() -> bytes:
    """Return the key: from the environment, or one made at first use and kept for this user.

    Where it cannot be kept, it lasts for this process, and hashes of two runs differ.
    """
    given = os.environ.get(KEY_VARIABLE)
    if given:
        if len(given) < LEAST:
            raise ResourceError(
                f"{KEY_VARIABLE} is shorter than {LEAST} characters; set a longer one."
            )
        return given.encode()
    try:
        path = _key_file()
        if not path.is_file():
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            _keep(secrets.token_hex(32).encode(), path)
        key = path.read_bytes()
    except (OSError, RuntimeError):
        return secrets.token_hex(32).encode()
    if len(key) < LEAST:
        raise ResourceError(f"{path} holds no key; remove it, and a new one is made.")
    return key


def _keep(key: bytes, path: Path) -> None:
    """Write a whole key to its place, unless another process was quicker."""
    new = path.with_name(f".{path.name}-{secrets.token_hex(4)}")
    try:
        with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
            stream.write(key)
        try:
            os.link(new, path)
        except FileExistsError:
            pass
        except OSError:  # a file system without links
            new.replace(path)
    finally:
        new.unlink(missing_ok=True)


def key_name(key: bytes) -> str:
    """Return a name of the key from which the key cannot be found."""
    return hashlib.sha256(b"alliance-features key name" + key).hexdigest()[:12]


def keyed_hash(path: Place, key: bytes) -> str:
    """Return the HMAC-SHA-256 of a file, "" if it cannot be read."""
    digest = hmac.new(key, digestmod="sha256")
    try:
        with path.open("rb") as stream:
            while block := stream.read(1 << 20):
                digest.update(block)
    except OSError:
        return ""
    return digest.hexdigest()
