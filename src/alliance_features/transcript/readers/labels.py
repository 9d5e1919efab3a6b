"""Speaker labels of plain text: who they stand for, and how a line begins with one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal

from ...errors import ParameterError, TranscriptError

_WORDS = {
    "therapist": "T Th Ther Therapist Psychotherapist Psychologist Counselor Counsellor Clinician "
    "Doctor Dr Therapeut Therapeutin Psychotherapeut Psychotherapeutin Therapeut:in Therapeut*in "
    "Therapeut_in Therapeut/in TherapeutIn Berater Beraterin "
    "咨询师 心理咨询师 治疗师 諮詢師 治療師",
    "client": "C Cl Client P Pt Pat Patient K Kl Klient Klientin Klient:in Klient*in Klient_in "
    "Klient/in KlientIn Patientin Patient:in Patient*in Patient_in Patient/in PatientIn "
    "来访者 来访 咨客 患者 來訪者 諮客",
}


def normal(label: str) -> str:
    """Return what two spellings of a label share: no case, brackets, outer blanks or dot."""
    return " ".join(label.casefold().strip("[]<>*_. \t").split())


#: Normal label -> role, for labels that the user does not map.
DEFAULT_ROLES = {normal(word): role for role, words in _WORDS.items() for word in words.split()}

# Every repetition is bounded, so that no line however long takes more than linear time.
_GAP = r"\s{0,40}"
_TIME = r"\d{1,9}(?::\d{1,9}){1,9}(?:[.,]\d{1,9})?"
_RANGE = rf"{_TIME}(?:{_GAP}(?:-->|-|–|—|→){_GAP}{_TIME})?"
_BRACKETED = rf"(?:\[{_GAP}{_RANGE}{_GAP}\]|\({_GAP}{_RANGE}{_GAP}\))"
_COLON = "[:：]"
_LABEL = r"(?P<role>\S(?:.{0,62}?\S)??)"
DEFAULT_FORMAT = re.compile(
    rf"(?P<time>{_BRACKETED}|{_RANGE})?{_GAP}{_LABEL}{_GAP}(?P<after>{_BRACKETED}|\s{_RANGE})?"
    rf"{_GAP}{_COLON}(?P<text>.*)",
    re.DOTALL,
)
#: Alone on a line, or after the colon: bare, "10:30 suits me" would be a stamp too.
LEADING_STAMP = re.compile(rf"{_GAP}(?P<time>{_BRACKETED})(?P<text>.*)", re.DOTALL)
LONE_STAMP = re.compile(_BRACKETED)
_TIMES = re.compile(_TIME)
_FIELDS = {
    "role": _LABEL,
    "text": "(?P<text>.*)",
    "time": rf"(?P<time>{_RANGE})",
    "end": rf"(?P<end>{_TIME})",
    "number": r"\d+",
}
_PREFIXED = re.compile(
    r"(?:\[[^\]]{0,60}\]|\([^)]{0,60}\)|#[^#]{0,60}#|\d\S{0,60}\s)\s{0,40}(?P<rest>.+)", re.DOTALL
)
_CANDIDATE = re.compile(r"[^\W\d_][\w .'’/#&()-]*")
MAX_LABEL_WORDS = 3


def compile_format(line_format: str | None) -> re.Pattern[str]:
    r"""Return the pattern of the first line of a turn, without the blanks before it.

    Parameters
    ----------
    line_format : str or None
        Literal characters and the fields ``{role}`` (required), ``{time}``, ``{end}``,
        ``{number}`` and ``{text}`` (last; without it the text begins on the next line). A blank
        stands for any blanks, or none beside a character that is no field; ``\t`` is a tab; a
        colon also matches the full-width one. None: label and colon, with or without stamps.
    """
    if line_format is None:
        return DEFAULT_FORMAT
    parts = re.split(r"(\{[a-z]+\})", line_format.replace("\\t", "\t").strip())
    names = [part[1:-1] for part in parts[1::2]]
    text_not_last = "text" in names and (names[-1] != "text" or parts[-1])
    wrong = set(names) - _FIELDS.keys() or len(names) > len(set(names)) or text_not_last
    if wrong or "role" not in names or any(mark in "".join(parts[::2]) for mark in "{}\n"):
        raise ParameterError(
            "`line_format` must hold {role}, at most once each {time}, {end}, {number}, and "
            'end in {text} or have none. Write it like "[{time}] {role}: {text}".'
        )
    touching = any(not part for part in parts[2:-1:2])
    if touching and "{role}{number}" not in line_format:
        raise ParameterError(
            '`line_format` must part its fields by a character, as in "{role}: {text}"; only '
            "{number} may follow {role} at once."
        )
    if "time" not in names and not "".join(parts[::2]).strip(" "):
        raise ParameterError(
            '`line_format` must hold more than blanks beside {role}, as in "{role}: {text}" or '
            '"{role}\\t{text}": any word begins a line.'
        )
    pattern = ""
    for place, part in enumerate(parts):
        pattern += _FIELDS[part[1:-1]] if place % 2 else _literal(part)
    return re.compile(pattern + ("" if "text" in names else r"\s*"), re.DOTALL)


def _literal(part: str) -> str:
    if part and not part.strip(" "):
        return r"\s{1,40}"
    escaped = [_COLON if mark in ":：" else re.escape(mark) for mark in part.replace(" ", "")]
    gap = r"[^\S\t]{0,40}"
    return gap + gap.join(escaped) + gap if escaped else ""


def roles_of(roles: Mapping[str, str]) -> dict[str, str]:
    """Return the role of each normal label: what the user says, over the defaults."""
    return DEFAULT_ROLES | {normal(label): role for label, role in roles.items() if normal(label)}


def seconds(stamp: str) -> list[float]:
    """Return the times of a stamp in seconds: one, or start and end."""
    return [_seconds(time) for time in _TIMES.findall(stamp)]


def _seconds(time: str) -> float:
    *whole, last = time.replace(",", ".").split(":")
    parts = [Decimal(part) for part in (*whole, last)]
    if len(parts) not in (2, 3) or any(part >= 60 for part in parts[1:]):
        raise TranscriptError(
            "a time stamp is not hours:minutes:seconds or minutes:seconds",
            code="bad_time",
            field="start",
            remedy="Write e.g. [00:01:23] or [01:23.5], minutes after hours and seconds below 60.",
        )
    return float(sum(part * 60**power for power, part in enumerate(reversed(parts))))


def behind_no_stamp(line: str, roles: Mapping[str, str]) -> bool:
    """Tell a line with a known label behind something that is no stamp: "12 T:", "[0l:23] T:"."""
    found = _PREFIXED.fullmatch(line)
    rest = DEFAULT_FORMAT.fullmatch(found["rest"]) if found is not None else None
    return rest is not None and normal(rest["role"]) in roles


def bare(label: str) -> str:
    """Return a label without the signs around it."""
    return label.strip("[]<>*_ \t")


def looks_like_label(label: str) -> bool:
    """Tell a label that may be a speaker: one to three words; if lower case, one word."""
    name = bare(label)
    n_words = len(name.split())
    if not _CANDIDATE.fullmatch(name) or n_words > MAX_LABEL_WORDS:
        return False
    if not name.isascii() and not re.search("[A-Za-z]", name) and name.lower() == name.upper():
        return len(name) <= 2 * MAX_LABEL_WORDS  # a script without blanks or capitals
    return n_words == 1 or not name[0].islower()


def numbered(label: str, roles: Mapping[str, str]) -> bool:
    """Tell a known label with a number behind it: a second client, or turns that are counted."""
    return normal(re.sub(r"[\s#_.-]*\d+[\s.]*$", "", normal(label))) in roles
