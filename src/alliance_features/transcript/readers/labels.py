"""Speaker labels of plain text: who they stand for, and how a line begins with one."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from decimal import Decimal
from functools import cache

from ...errors import ParameterError, TranscriptError
from ...lexicons import speaker_labels

_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe00-\ufe0f\ufeff]")


def normal(label: str) -> str:
    """Return what two spellings of a label share: no case, brackets, outer blanks or dot.

    Full-width and half-width letters are one, and signs that cannot be seen are none.
    """
    if not label.isascii():
        label = _INVISIBLE.sub("", unicodedata.normalize("NFKC", label))
    return " ".join(label.casefold().strip("[]<>*_. \t").split())


# Every repetition is bounded, so that no line however long takes more than linear time.
_GAP = r"\s{0,40}"
_TIME = r"\d{1,9}(?::\d{1,9}){1,9}(?:[.,]\d{1,9})?"
_RANGE = rf"{_TIME}(?:{_GAP}(?:-->|-|–|—|→){_GAP}{_TIME})?"
_BRACKETED = rf"(?:\[{_GAP}{_RANGE}{_GAP}\]|\({_GAP}{_RANGE}{_GAP}\))"
COLON = "[:：﹕︓∶꞉]"
_LABEL = r"(?P<role>\S(?:.{0,62}?\S)??)"
DEFAULT_FORMAT = re.compile(
    rf"(?P<time>{_BRACKETED}|{_RANGE})?{_GAP}{_LABEL}{_GAP}(?P<after>{_BRACKETED}|\s{_RANGE}(?!:\d))?"
    rf"{_GAP}{COLON}(?P<text>.*)",
    re.DOTALL,
)
#: Alone on a line, or after the colon: bare, "10:30 suits me" would be a stamp too.
LEADING_STAMP = re.compile(rf"{_GAP}(?P<time>{_BRACKETED})(?P<text>.*)", re.DOTALL)
LEADING_TIME = re.compile(rf"(?P<time>{_TIME})(?P<text>\s.*)", re.DOTALL)
LONE_STAMP = re.compile(_BRACKETED)
#: A time in other signs alone on a line: #00:01:23-4#.
MARKED_STAMP = re.compile(
    rf"[#<>{{}}@~|*=\s-]{{1,9}}{_TIME}(?:-\d{{1,3}})?[#<>{{}}@~|*=\s-]{{0,9}}"
)
BARE_STAMP = re.compile(_RANGE)
#: A label and a time alone on a line, either first; what is said follows on the next lines.
TIMED_LABELS = (
    re.compile(rf"{_LABEL}(?:\s{{1,40}}|{_GAP}[-–—|,]{_GAP})(?P<time>{_BRACKETED}|{_RANGE}){_GAP}"),
    re.compile(rf"(?P<time>{_BRACKETED}|{_RANGE})(?:\s{{1,40}}|{_GAP}[-–—|,]{_GAP}){_LABEL}{_GAP}"),
)
#: A label, a time and no colon before what is said.
TIMED_TALK = re.compile(rf"{_LABEL}\s{{1,40}}(?:{_BRACKETED}|{_TIME})\s{{1,40}}\S.*", re.DOTALL)
_BRACKETED_STAMP = re.compile(_BRACKETED)
_TIMES = re.compile(_TIME)
_FIELDS = {
    "role": _LABEL,
    "text": "(?P<text>.*)",
    "time": rf"(?P<time>{_RANGE})",
    "end": rf"(?P<end>{_TIME})",
    "number": r"\d+",
}
_PREFIXED = re.compile(
    r"(?:\[[^\]]{0,60}\]|\([^)]{0,60}\)|#[^#]{0,60}#|\d\S{0,60}\s|\d{1,9}[.)\]:])\s{0,40}(?P<rest>.+)",
    re.DOTALL,
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
        stands for any blanks, or none beside a character that is not a field; ``\t`` is a tab; a
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
            "`line_format` (--line-format) must hold {role}, at most once each {time}, {end}, "
            '{number}, and end in {text} or have none. Write it like "[{time}] {role}: {text}".'
        )
    touching = any(not part for part in parts[2:-1:2])
    if touching and "{role}{number}" not in line_format:
        raise ParameterError(
            "`line_format` (--line-format) must part its fields by a character, as in "
            '"{role}: {text}"; only '
            "{number} may follow {role} at once."
        )
    if "time" not in names and not "".join(parts[::2]).strip(" "):
        raise ParameterError(
            "`line_format` (--line-format) must hold more than blanks beside {role}, as in "
            '"{role}: {text}" or "{role}\\t{text}": any word begins a line.'
        )
    pattern = ""
    for place, part in enumerate(parts):
        pattern += _FIELDS[part[1:-1]] if place % 2 else _literal(part)
    return re.compile(pattern + ("" if "text" in names else r"\s*"), re.DOTALL)


def _literal(part: str) -> str:
    if part and not part.strip(" "):
        return r"\s{1,40}"
    escaped = [COLON if mark in ":：" else re.escape(mark) for mark in part.replace(" ", "")]
    gap = r"[^\S\t]{0,40}"
    return gap + gap.join(escaped) + gap if escaped else ""


@cache
def _default_roles(
    labels: tuple[tuple[str, str, str], ...], language: str | None
) -> Mapping[str, str]:
    roles: dict[str, set[str]] = {}
    own: dict[str, str] = {}
    for code, label, role in labels:
        roles.setdefault(normal(label), set()).add(role)
        if code == language:
            own[normal(label)] = role
    agreed = {label: min(said) for label, said in roles.items() if len(said) == 1}
    return agreed | own


def default_roles(language: str | None = None) -> Mapping[str, str]:
    """Return the role of each normal label in the lexicons of all languages.

    Where languages disagree the one that is spoken decides, else the label is not known: a new
    lexicon changes nothing in how transcripts of other languages are read.
    """
    return _default_roles(speaker_labels(), language and language.split("-")[0])


def roles_of(roles: Mapping[str, str], language: str | None = None) -> dict[str, str]:
    """Return the role of each normal label: what the user says, over the defaults."""
    said = {normal(label): role for label, role in roles.items() if normal(label)}
    return {**default_roles(language), **said}


def check_both(defaults: set[str], roles: set[str], *, what: str = "file") -> None:
    """Raise an error if several labels all stand for one role by default, such as C and P."""
    if len(defaults) > 1 and len(roles) == 1:
        raise TranscriptError(
            f"the {what} has {len(defaults)} speaker labels that all stand for the "
            f"{min(roles)} by default",
            code="unknown_role",
            field="role",
            remedy="Say with `roles` who each of them is, e.g. --roles C=therapist.",
        )


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
    """Tell a line with a known label behind what is not a stamp: "12 T:", "[0l:23] T:"."""
    if not (line[:1] in "[(#" or line[:1].isdigit()):
        return False
    prefixed = _PREFIXED.fullmatch(line)
    rest = DEFAULT_FORMAT.fullmatch(prefixed["rest"]) if prefixed is not None else None
    return rest is not None and normal(rest["role"]) in roles


def without_stamp(line: str) -> tuple[str, list[str]]:
    """Return a line without a bracketed stamp that holds its first colon, and the stamp."""
    head = line[:130]
    if "[" not in head and "(" not in head:
        return line, []
    colon = re.search(COLON, head)
    for stamp in _BRACKETED_STAMP.finditer(head):
        if colon is not None and 0 < stamp.start() < colon.start() < stamp.end():
            return line[: stamp.start()].rstrip() + line[stamp.end() :], [stamp[0]]
    return line, []


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
