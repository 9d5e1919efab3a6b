"""Checks of the fields of sessions and turns; no message quotes a value that is text."""

from __future__ import annotations

import math
import re
import unicodedata

from ..errors import TranscriptError

ROLES = ("therapist", "client")
MODES = ("spoken", "captions", "typed", "generated")
MAX_TURN_CHARACTERS = 100_000
MAX_ID_CHARACTERS = 128
MAX_SESSION_NUMBER = 2**31 - 1
#: No session is longer, and sums of larger times overflow.
MAX_SECONDS = 1e15
LANGUAGE_CODE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_SURROGATE = re.compile("[\ud800-\udfff]")
#: What R, SQL, Python, JavaScript and spreadsheets write for a missing value; case matters.
MISSING_MARKS = frozenset(
    (
        *("NA", "N/A", "n/a", "<NA>", "nan", "NaN", "NaT", "NULL", "null", "None", "undefined"),
        *("#N/A", "#NV", "#NAME?", "#VALUE!", "#WERT!", "#REF!", "#BEZUG!", "#NUM!", "#NULL!"),
        "#DIV/0!",
    )
)


def fail(code: str, name: str, problem: str, remedy: str) -> TranscriptError:
    """Return the error of a field, for the caller to raise."""
    return TranscriptError(f"`{name}` {problem}", code=code, field=name, remedy=remedy)


def kind(value: object) -> str:
    """Return the name of a value's type, null for None."""
    return "null" if value is None else type(value).__name__


def check_unicode(name: str, value: str) -> None:
    """Raise an error for NUL and unpaired surrogates, which no output format can hold."""
    if "\0" in value:
        raise fail("not_text", name, "holds a NUL character", "Export the transcript as text.")
    if _SURROGATE.search(value):
        raise fail(
            "not_text", name, "holds an unpaired surrogate", "Export the transcript as UTF-8."
        )


def is_missing(text: str) -> bool:
    """Return whether a text is nothing but the mark of a missing value, blanks apart."""
    return len(text) < 40 and text.strip() in MISSING_MARKS


def _never_in_ids(character: str) -> bool:
    """Return whether it is white space, a control, or punctuation of scripts without spaces."""
    return (
        character == " "
        or not character.isprintable()
        or (not character.isascii() and unicodedata.category(character) == "Po")
    )


def check_id(name: str, value: object, *, required: bool = False) -> None:
    """Raise an error unless it is an id. Ids appear in messages, so text must not pass."""
    if value is None:
        if required:
            raise fail("missing_field", name, "is absent or null", "Give every session an id.")
        return
    if not isinstance(value, str):
        raise fail("bad_type", name, f"is {kind(value)}", "Write ids as strings.")
    check_unicode(name, value)
    n_bad = sum(map(_never_in_ids, value))
    if not 0 < len(value) <= MAX_ID_CHARACTERS or n_bad:
        raise fail(
            "bad_value",
            name,
            f"has {len(value)} characters, {n_bad} of them white space or not fit for an id",
            f"An id has 1 to {MAX_ID_CHARACTERS} printable characters and no white space, "
            "so that a misplaced column of text is never taken for ids.",
        )


def check_time(name: str, value: object) -> float | None:
    """Return a time in seconds as a float from 0 to 1e15, or None."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise fail("bad_type", name, f"is {kind(value)}", "Write times as seconds, or null.")
    try:
        seconds = float(value)
    except OverflowError:
        seconds = math.inf
    if not 0 <= seconds <= MAX_SECONDS:
        beyond = f", above {MAX_SECONDS:g}" if MAX_SECONDS < seconds < math.inf else ""
        raise fail(
            "bad_time",
            name,
            f"is {seconds}{beyond}",
            "Times are seconds >= 0; use null where unknown.",
        )
    return seconds


def check_number(name: str, value: object) -> int | None:
    """Return a count as an int >= 0, or None; 3.0 counts as 3."""
    if value is None:
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise fail("bad_type", name, f"is {kind(value)}", "Use a whole number or null.")
    if not 0 <= value <= MAX_SESSION_NUMBER:
        raise fail(
            "bad_value",
            name,
            f"is not between 0 and {MAX_SESSION_NUMBER}",
            "Count the sessions of a client from 1.",
        )
    return value


def check_flag(name: str, value: object) -> None:
    """Raise an error unless it is a boolean or None."""
    if value is not None and not isinstance(value, bool):
        raise fail("bad_type", name, f"is {kind(value)}", "Use true, false or null.")


def check_language(name: str, value: object) -> None:
    """Raise an error unless it is a language code."""
    if value is None:
        raise fail(
            "missing_field",
            name,
            "is absent or null",
            "Name it in the file, or for all with `language`, e.g. --language en.",
        )
    if not isinstance(value, str) or not LANGUAGE_CODE.fullmatch(value):
        raise fail(
            "unknown_language",
            name,
            "is not a language code",
            'Use the ISO 639 code in lower case, e.g. "en", "de" or "zh".',
        )


def check_mode(name: str, value: object) -> None:
    """Raise an error unless it is a known mode or None."""
    if value is not None and (not isinstance(value, str) or value not in MODES):
        raise fail(
            "bad_value", name, "is not a known mode", f"Use one of {', '.join(MODES)} or null."
        )


def check_role(name: str, value: object) -> None:
    """Raise an error unless it is a role."""
    if value is None:
        raise fail("missing_field", name, "is absent or null", "Say who speaks.")
    if not isinstance(value, str) or value not in ROLES:
        raise fail(
            "unknown_role",
            name,
            'is neither "therapist" nor "client"',
            "Map the speaker labels of the file with `roles`, e.g. --roles T=therapist.",
        )


def check_text(name: str, value: object) -> None:
    """Raise an error unless it can be the text of a turn."""
    if value is None:
        raise fail("missing_field", name, "is absent or null", 'Write "" for no words.')
    if not isinstance(value, str):
        raise fail("bad_type", name, f"is {kind(value)}", "Write text as a string.")
    if len(value) > MAX_TURN_CHARACTERS:
        raise fail(
            "too_long",
            name,
            f"has {len(value):,} characters",
            f"A turn has at most {MAX_TURN_CHARACTERS:,}; is a whole file in one turn?",
        )
    check_unicode(name, value)
