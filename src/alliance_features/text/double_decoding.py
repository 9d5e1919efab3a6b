"""Text in UTF-8 that a program has read in another encoding: back to what was written.

Only sequences are taken back that no one writes: the signs of three bytes and more that begin as
punctuation and emoji do, and letters of Latin-1. Other writing, such as Chinese, is taken back
where a whole turn can be: it must be the reading of valid UTF-8.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable
from functools import cache

# By encoding, whether letters of two bytes are taken back: in Cyrillic they are letters too.
_ENCODINGS = {"cp1252": True, "mac_roman": True, "cp437": True, "cp850": True, "cp1251": False}
_FEWEST = 3  # sequences in a turn that is taken back as a whole
#: A third byte that the encoding lacks was lost on the way.
_LOST_QUOTE = re.compile("\u00e2\u20ac(?=[\\s.,!?;:)\ufffd]|\\Z)\ufffd?")
_LOST_APOSTROPHE = re.compile("(?<=[^\\W\\d_])\u00e2\u20ac(?=[^\\W\\d_])")
_BEYOND = re.compile(r"[^\x00-\x7f]")
# Windows-1252 that was read as Latin-1: control characters that stand for signs.
_CONTROL_SIGNS = frozenset(map(chr, (*range(0x80, 0x85), *range(0x86, 0xA0))))
_CONTROLS = re.compile("[" + "".join(sorted(_CONTROL_SIGNS)) + "]")


@cache
def _signs(encoding: str) -> tuple[tuple[str, ...], dict[str, int]]:
    """Return the characters of each byte from 128 on, and the byte of each."""
    of_byte = []
    bytes_of: dict[str, int] = {}
    for byte in range(0x80, 0x100):
        shown = codecs.decode(bytes([byte]), encoding, "ignore")
        raw = chr(byte) if encoding == "cp1252" and byte < 0xA0 else ""
        of_byte.append(shown + raw if raw != shown else shown)
        for sign in (shown, raw):
            if sign:
                bytes_of.setdefault(sign, byte)
    return tuple(of_byte), bytes_of


def _one_of(encoding: str, values: Iterable[int]) -> str:
    of_byte, _ = _signs(encoding)
    return "[" + re.escape("".join(of_byte[value - 0x80] for value in values)) + "]"


@cache
def _pattern(encoding: str) -> re.Pattern[str]:
    def one(*values: int) -> str:
        return _one_of(encoding, values)

    after = _one_of(encoding, range(0x80, 0xC0))
    sequences = [
        one(0xE2) + _one_of(encoding, range(0x80, 0xA0)) + after,
        one(0xEF) + one(0xBB, 0xBC, 0xBD, 0xB8) + after,
    ]
    if encoding == "cp1251":
        sequences = [one(0xE2) + one(0x80) + after]
    if _ENCODINGS[encoding]:
        sequences += [
            one(0xF0) + one(0x9F) + after + after,
            one(0xC3) + after,
            one(0xC2) + _one_of(encoding, range(0xA0, 0xC0)),
        ]
    return re.compile("|".join(f"(?:{sequence})" for sequence in sequences if "[]" not in sequence))


@cache
def _longer() -> re.Pattern[str]:
    """Return a pattern of three bytes that begin as Chinese, Japanese, Korean or Cyrillic do."""
    after = _one_of("cp1252", range(0x80, 0xC0))
    return re.compile(
        f"{_one_of('cp1252', range(0xE0, 0xF0))}{after}{after}"
        f"|{_one_of('cp1252', range(0xC4, 0xE0))}{after}"
    )


@cache
def _leads(encoding: str) -> frozenset[str]:
    """Return the characters that a misread sequence begins with."""
    of_byte, _ = _signs(encoding)
    leads = (0xE2, 0xEF, 0xF0, 0xC2, 0xC3) if _ENCODINGS[encoding] else (0xE2,)
    return frozenset("".join(of_byte[byte - 0x80] for byte in leads))


def beyond_ascii(text: str) -> frozenset[str]:
    """Return the characters of a text that are not ASCII."""
    return frozenset() if text.isascii() else frozenset(_BEYOND.findall(text))


def decode_again(text: str, shown: frozenset[str]) -> tuple[str, int]:
    """Return a text with what was decoded wrongly taken back once, and how many signs that were.

    `shown` are its characters that are not ASCII.
    """
    changed = 0
    if any("\u00c4" <= sign <= "\u00ef" for sign in shown) and (
        len(_longer().findall(text)) >= _FEWEST
    ):
        turns = text.split("\n")
        for place, turn in enumerate(turns):
            made = _whole(turn)
            if made is not None:
                turns[place], changed = made, changed + 1
        text = "\n".join(turns)
        shown = beyond_ascii(text)
    for encoding in _ENCODINGS:
        if shown.isdisjoint(_leads(encoding)):
            continue
        _, byte_of = _signs(encoding)

        def back(match: re.Match[str], byte_of: dict[str, int] = byte_of) -> str:
            try:
                return bytes(map(byte_of.__getitem__, match.group())).decode("utf-8")
            except UnicodeDecodeError:
                return match.group()

        made, found = _pattern(encoding).subn(back, text)
        if made != text:
            text, changed = made, changed + found
    if "\u00e2" in shown:
        text, quotes = _LOST_QUOTE.subn('"', text)
        text, apostrophes = _LOST_APOSTROPHE.subn("'", text)
        changed += quotes + apostrophes
    if not shown.isdisjoint(_CONTROL_SIGNS):
        text, controls = _CONTROLS.subn(_of_control, text)
        changed += controls
    return text, changed


def _of_control(match: re.Match[str]) -> str:
    return codecs.decode(match.group().encode("latin-1"), "cp1252", "ignore")


def _whole(turn: str) -> str | None:
    """Return a turn as it was written if all of it is the reading of UTF-8."""
    if turn.isascii() or len(_longer().findall(turn)) < _FEWEST:
        return None
    _, byte_of = _signs("cp1252")
    try:
        return bytes(ord(sign) if sign.isascii() else byte_of[sign] for sign in turn).decode(
            "utf-8"
        )
    except (KeyError, UnicodeDecodeError):
        return None
