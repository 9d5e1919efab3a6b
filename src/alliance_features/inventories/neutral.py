"""Neutral sentences, which show how near turns are to statements by chance."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from ..errors import ResourceError

SPEAKERS = ("client", "therapist")
_SLOT = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class NeutralBank:
    """Sentences of everyday talk in the wording of each speaker.

    Attributes
    ----------
    name, version, language, sha256 : str
    sentences : mapping of str to tuple of str
        Speaker -> sentences; the n-th is the same for both except for its pronouns. Short and long
        ones alternate.
    """

    name: str
    version: str
    language: str
    sha256: str
    sentences: Mapping[str, tuple[str, ...]]


@cache
def load_neutral(language: str) -> NeutralBank:
    """Return the neutral sentences of a language.

    Parameters
    ----------
    language : str
        Primary code; there are sentences for "en".

    Raises
    ------
    ResourceError
        If there are none for the language.

    Examples
    --------
    >>> bank = load_neutral("en")
    >>> bank.sentences["client"][1], bank.sentences["therapist"][1]
    ('I bought soup on Tuesday.', 'You bought soup on Tuesday.')
    """
    file = resources.files(__package__).joinpath(f"neutral-{language}.toml")
    if not (language.isalpha() and file.is_file()):
        raise ResourceError(
            f'There are no neutral sentences for the language "{language}"; `null_z` needs them. '
            "Use another method."
        )
    content = file.read_bytes()
    data: dict[str, Any] = tomllib.loads(content.decode("utf-8"))
    sections = list(data["sentences"].values())
    templates = [
        section[place]
        for place in range(max(map(len, sections)))
        for section in sections
        if place < len(section)
    ]
    return NeutralBank(
        name=data["name"],
        version=str(data["version"]),
        language=data["language"],
        sha256=hashlib.sha256(content).hexdigest(),
        sentences={
            speaker: tuple(_filled(templates * data["rounds"], speaker, data))
            for speaker in SPEAKERS
        },
    )


def _filled(templates: list[str], speaker: str, data: Mapping[str, Any]) -> list[str]:
    """Fill the slots, with words in rotation, and write the first letter in upper case."""
    used: Counter[str] = Counter()

    def fill(slot: re.Match[str]) -> str:
        name = slot[1]
        if name in data["forms"]:
            return str(data["forms"][name][speaker])
        things = data["words"][name]
        used[name] += 1
        return str(things[(used[name] - 1) % len(things)])

    texts = [_SLOT.sub(fill, template) for template in templates]
    return [text[0].upper() + text[1:] for text in texts]
