"""The seal of a part: its own SHA-256 within the file, so that any changed byte is found."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

#: Key of the hash of the file in its metadata.
SEAL = b"alliance_features.sha256"
#: What stands in the place of the hash while it is computed.
BLANK = b"0" * 64
_SEALED = re.compile(SEAL + rb".{0,8}?([0-9a-f]{64})", re.DOTALL)


def is_whole(path: Path) -> bool:
    """Return whether every byte of a file of a part is as it was written."""
    try:
        content = path.read_bytes()
    except OSError:
        return False
    seal = _SEALED.search(content, max(content.rfind(SEAL), 0))
    if seal is None:
        return False
    begin, end = seal.span(1)
    blank = content[:begin] + BLANK + content[end:]
    return hashlib.sha256(blank).hexdigest().encode() == seal[1]
