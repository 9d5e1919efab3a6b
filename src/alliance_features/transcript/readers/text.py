"""Plain text with speaker labels: one session per file, whose id is the name of the file.

A turn begins on a line that begins with a label of the role map; all other lines continue the
turn above. A file with what looks like an unknown label is refused, since its words would be
counted as those of the speaker above: one to three words, the first with a capital, a colon and a
blank. A word in lower case, or in a script without capitals, counts if it occurs twice. A line of
talk that begins so must be indented, and is then read as text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ...errors import TranscriptError
from ..fields import check_id
from ..ids import normal_id
from ..session import Session, Turn
from . import labels
from .assemble import Items
from .files import read_lines, suffixes
from .formats import Format
from .options import NOBODY, Options
from .remote import Place


@dataclass(slots=True)
class _Draft:
    """A turn that is being read."""

    line: int
    label: str
    role: str
    times: list[float]
    texts: list[str]


@dataclass(slots=True)
class _Unknown:
    """A label that is not in the role map."""

    line: int
    count: int = 0
    sure: bool = False


@dataclass(slots=True)
class _Scan:
    """State of reading a file."""

    roles: Mapping[str, str]
    pattern: re.Pattern[str]
    drafts: list[_Draft] = field(default_factory=list)
    unknown: dict[str, _Unknown] = field(default_factory=dict)
    header: list[int] = field(default_factory=list)
    stamp: list[float] = field(default_factory=list)

    def add(self, number: int, line: str) -> None:
        """Add a line: the start of a turn, more of one, or neither."""
        content = line.strip()
        if labels.LONE_STAMP.fullmatch(content):
            self.stamp = labels.seconds(content)
            return
        draft = self._start(number, line.lstrip(), indented=line[:1].isspace())
        if draft is not None:
            self.drafts.append(draft)
        elif self.drafts:
            self.drafts[-1].texts.append(line)
        elif content and not content.startswith("#"):
            self.header.append(number)
        if content:
            self.stamp = []

    def _start(self, number: int, line: str, *, indented: bool) -> _Draft | None:
        match = self.pattern.fullmatch(line)
        groups = match.groupdict() if match is not None else {}
        label, text = groups.get("role", ""), groups.get("text") or ""
        known = labels.normal(label)
        head, *rest = re.split("[:：]", text, maxsplit=1)
        if rest and labels.normal(f"{label}:{head}") in self.roles:  # Therapeut:in
            known, text = labels.normal(f"{label}:{head}"), rest[0]
        if known in self.roles:
            if label.startswith("**"):
                text = text.removeprefix("**")
            times, text = self._times(groups, text)
            return _Draft(number, known, self.roles[known], times, [text])
        if match is not None:
            stamped = any(groups.get(name) for name in ("time", "after", "end"))
            named = labels.bare(label)[:1].isupper() and (not text or text[0].isspace())
            self._note(number, label, sure=stamped, named=named, indented=indented)
        self._check_no_turn(line)
        return None

    def _times(self, groups: Mapping[str, str | None], text: str) -> tuple[list[float], str]:
        """Return the times of a turn and its text without them."""
        stamps = [stamp for name in ("time", "after", "end") if (stamp := groups.get(name))]
        if not stamps and (leading := labels.LEADING_STAMP.fullmatch(text)):
            stamps, text = [leading["time"]], leading["text"]
        times = [time for stamp in stamps for time in labels.seconds(stamp)]
        return (times or self.stamp)[:2], text

    def _note(self, number: int, label: str, *, sure: bool, named: bool, indented: bool) -> None:
        numbered = labels.numbered(label, self.roles)
        if numbered or labels.looks_like_label(label):
            seen = self.unknown.setdefault(labels.normal(label), _Unknown(number))
            seen.count += not indented
            seen.sure |= sure or numbered or (named and bool(self.drafts) and not indented)

    def _check_no_turn(self, line: str) -> None:
        """Raise an error for a line with unknown text before a known label."""
        if self.pattern is not labels.DEFAULT_FORMAT:
            other = labels.DEFAULT_FORMAT.fullmatch(line)
            if other is not None and labels.normal(other["role"]) in self.roles:
                raise TranscriptError(
                    "the line begins with a known speaker label but not as `line_format` says",
                    code="bad_value",
                    field="role",
                    remedy="Write all turns alike, or leave `line_format` out.",
                )
        if labels.behind_no_stamp(line, self.roles):
            raise TranscriptError(
                "the text before the speaker label is not a time stamp",
                code="bad_time",
                field="start",
                remedy="Write e.g. [00:01:23]; other things before labels need a `line_format`, "
                'e.g. "{number} {role}: {text}".',
            )

    def check(self) -> None:
        """Raise an error for a file whose speakers are not known."""
        refused = [
            label
            for label in self.unknown.values()
            if label.sure or label.count > 1 or not self.drafts
        ]
        if refused:
            raise TranscriptError(
                "the file has speaker labels that are not in the role map "
                f"({len(refused)} different), the first on this line",
                code="unknown_role",
                line=refused[0].line,
                field="role",
                remedy='Map them with `roles`, e.g. --roles "Dr. A=therapist"; a line that '
                "is not a turn but begins with words and a colon is text if it is indented.",
            )
        if self.header and self.drafts:
            raise TranscriptError(
                f"there is text before the first known speaker label ({len(self.header)} lines)",
                code="missing_field",
                line=self.header[0],
                field="role",
                remedy="Begin lines that are not spoken with #, or map their label with `roles`.",
            )
        if self.header:
            raise TranscriptError(
                "no line begins with a speaker label",
                code="missing_field",
                line=self.header[0],
                field="role",
                remedy='Write turns as "T: text" and "C: text", or say how they are written '
                'with `line_format`, e.g. "[{time}] {role}: {text}".',
            )

    def check_roles(self, given: Mapping[str, str]) -> None:
        """Raise an error if the labels all stand for one role by default, such as C and P."""
        defaults = {draft.label for draft in self.drafts} - {labels.normal(name) for name in given}
        roles = {draft.role for draft in self.drafts} - {NOBODY}
        if len(defaults) > 1 and len(roles) == 1:
            raise TranscriptError(
                f"the file has {len(defaults)} speaker labels that all stand for the "
                f"{roles.pop()} by default",
                code="unknown_role",
                field="role",
                remedy="Say with `roles` who each of them is, e.g. --roles C=therapist.",
            )


def _scan(lines: Iterable[str], options: Options) -> list[_Draft]:
    roles = labels.roles_of(options.roles, options.language)
    scan = _Scan(roles, labels.compile_format(options.line_format))
    problem: TranscriptError | None = None
    for number, line in enumerate(lines, start=1):
        try:
            scan.add(number, line.rstrip("\r\n"))
        except TranscriptError as error:
            problem = error.at(line=number)
            break
    if problem is not None:
        raise problem
    scan.check()
    scan.check_roles(options.roles)
    return scan.drafts


def _turns(drafts: Iterable[_Draft]) -> list[Turn]:
    turns: list[Turn] = []
    problem: TranscriptError | None = None
    for draft in drafts:
        if draft.role == NOBODY:
            continue
        start, end = (*draft.times, None, None)[:2]
        text = "\n".join(draft.texts).strip()
        try:
            turns.append(Turn(role=draft.role, text=text, start=start, end=end))
        except TranscriptError as error:
            problem = error.at(line=draft.line, turn=len(turns))
            break
    if problem is not None:
        raise problem
    return turns


def _session_id(path: Place) -> str:
    name = path.name[: -len(".gz")] if suffixes(path)[1] else path.name
    stem = normal_id(Path(name).stem)
    try:
        check_id("session_id", stem, required=True)
        return stem
    except TranscriptError as error:
        code = error.code
    raise TranscriptError(
        "the name of the file is not a valid `session_id`",
        code=code,
        field="session_id",
        remedy="Rename it: before the ending 1 to 128 printable characters and no white space.",
    )


def read_text(path: Place, options: Options) -> Items:
    """Yield the one session of a text file."""
    session_id = _session_id(path)
    problem: TranscriptError
    try:
        drafts = _scan(read_lines(path), options)
        if not drafts:
            return
        if options.language is None:
            raise TranscriptError(
                "`language` is not known: a text file names none",
                code="missing_field",
                field="language",
                remedy="Name it for all files with `language`, e.g. --language en.",
            )
        session = Session(
            session_id=session_id, language=options.language, turns=tuple(_turns(drafts))
        )
        yield drafts[0].line, session
        return
    except TranscriptError as error:
        problem = error.at(session_id=session_id)
    raise problem


def _begins_with_a_label(head: bytes) -> bool:
    """Return whether the first line with text begins with a known label."""
    lines = head.decode("utf-8-sig", errors="replace").splitlines()
    first = next((line for line in lines if line.strip()), "")
    match = labels.DEFAULT_FORMAT.match(first.strip())
    return match is not None and labels.normal(match["role"]) in labels.roles_of({})


FORMAT = Format(
    name="text",
    title="plain text",
    suffixes=(".txt",),
    uses=frozenset({"line_format"}),
    sniff=_begins_with_a_label,
    read=read_text,
)
