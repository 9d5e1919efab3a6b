"""Plain text with speaker labels: one session per file, whose id is the name of the file.

A turn begins on a line that begins with a label of the role map; all other lines continue the
turn above. Signs, a note in brackets or a comment around a label leave it a label: "- C [A]:",
"C, crying:". A line is refused where it is not certain who speaks: a label beside something
else ("C+D:"), two labels in a line, a label without its colon, lines of another format, page
numbers. So is a file with what looks like an unknown label, since its words would be
counted as those of the speaker above: one to three words, the first with a capital, a colon and a
blank. A word in lower case, or in a script without capitals, counts if it occurs twice. A line of
talk that begins so must be indented more than the turn, and is then read as text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from ...errors import TranscriptError
from ..fields import check_id
from ..ids import normal_id
from ..session import Session, Turn
from . import labels, looks
from .assemble import Items
from .files import read_lines, suffixes
from .formats import Format
from .layouts import fitting_layout
from .options import NOBODY, Options
from .page_lines import Piece, find_page_line
from .remote import Place
from .speakers import OPENING, Forms, Head, in_brackets, read_head

#: Ends of lines besides those that `read_lines` knows.
_OTHER_BREAKS = re.compile("[\v\f\x1c-\x1e\x85\u2028\u2029]")
_A_COLON = re.compile(labels.COLON)
_SECOND_LOOK = re.compile(f"{labels.COLON}|[{re.escape(OPENING)}]")
_DIGIT = re.compile(r"\d")
_CLOCK = re.compile(r"\d:\d")
_ITEM_IN_BRACKETS = re.compile(r"\s*\(([A-Za-z])\)\s")
_ITEM = re.compile(r"\s*([A-Za-z])([.)])\s")


@dataclass(slots=True)
class _Draft:
    """A turn that is being read."""

    line: int
    label: str
    role: str
    times: list[float]
    text: list[str]


@dataclass(slots=True)
class _Unknown:
    """A label that is not in the role map."""

    line: int
    count: int = 0
    sure: bool = False


class _NotCertain(TranscriptError):
    """A line of which it is not certain who speaks."""

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(problem, code="unclear_speaker", field="role", remedy=remedy)


def _two_labels() -> _NotCertain:
    return _NotCertain(
        "a second speaker label is in the line",
        "Begin a new line before it; if it is a word that is said, write no colon behind it.",
    )


_INDENT = "a line that is not a turn is text if it is indented more than the turn above."


@dataclass(slots=True)
class _Scan:
    """State of reading a file."""

    roles: Mapping[str, str]
    pattern: re.Pattern[str]
    forms: Forms
    items: frozenset[str]
    only_colons: bool
    lines: Sequence[str]
    drafts: list[_Draft] = field(default_factory=list)
    unknown: dict[str, _Unknown] = field(default_factory=dict)
    numbers: list[int] = field(default_factory=list)
    header: list[int] = field(default_factory=list)
    stamp: list[float] = field(default_factory=list)
    #: A time without brackets alone on a line, which is for the turn below if one begins.
    bare: tuple[int, str] | None = None
    n_clocks: list[int] = field(default_factory=list)
    indent: int = 0
    heads: dict[str, Head] = field(default_factory=dict)

    def add(self, piece: Piece, match: re.Match[str] | None) -> str:
        """Add a line: the start of a turn, more of one, or neither; return its kind.

        `match` is that of `pattern` with the line.
        """
        if match is not None and self.only_colons and self._add_plain(piece, match):
            return "turn"
        line, content = piece.text, piece.text.strip()
        if not content:
            self._more(piece)
            return "blank"
        if content[0] in "[(" and labels.LONE_STAMP.fullmatch(content):
            self.stamp = labels.seconds(content)
            return "time"
        if self._is_bare_stamp(content):
            self._no_bare()
            self.bare = piece.number, content
            return "time"
        if self.drafts and labels.MARKED_STAMP.fullmatch(content):
            raise _not_speech(piece.number, "a time", _TIME_REMEDY)
        draft = self._start(piece.number, line, match)
        if draft is not None:
            self._use_bare(draft)
            draft.text.append(piece.end)
            self.drafts.append(draft)
            self.indent = len(line) - len(line.lstrip())
        else:
            self._no_bare()
            if not self.drafts and not content.startswith("#"):
                self.header.append(piece.number)
            self._more(piece)
        self.stamp = []
        return "text" if draft is None else "turn"

    def _add_plain(self, piece: Piece, match: re.Match[str]) -> bool:
        """Add a line that is a known label, a colon and nothing that needs a second look."""
        label, time, after, text = match.group("role", "time", "after", "text")
        if time or after or not label[0].isalpha() or _SECOND_LOOK.search(text):
            return False
        head = self._head(label)
        if head.kind != "plain":
            return False
        draft = _Draft(piece.number, head.label, self.roles[head.label], self.stamp[:2], [text])
        if self.bare is not None:
            self._use_bare(draft)
        draft.text.append(piece.end)
        self.drafts.append(draft)
        self.indent = len(piece.text) - len(piece.text.lstrip())
        self.stamp = []
        return True

    def _more(self, piece: Piece) -> None:
        if self.drafts:
            self.drafts[-1].text += piece.text, piece.end

    def _is_bare_stamp(self, content: str) -> bool:
        return content[0].isdigit() and labels.BARE_STAMP.fullmatch(content) is not None

    def _use_bare(self, draft: _Draft) -> None:
        if self.bare is None:
            return
        number, content = self.bare
        draft.times = draft.times or labels.seconds(content)[:2]
        if content.count(":") == 1:
            self.n_clocks.append(number)
        self.bare = None

    def _no_bare(self) -> None:
        """Raise an error for a time alone on a line that no turn follows."""
        if self.bare is not None:
            raise _not_speech(self.bare[0], "a time", _TIME_REMEDY)

    def _start(self, number: int, line: str, match: re.Match[str] | None) -> _Draft | None:
        """Return the turn that begins on a line, or None."""
        content = line.lstrip()
        deeper = bool(self.drafts) and len(line) - len(content) > self.indent
        comment = content.startswith("#") and not self.drafts
        plain = match is not None and self._head(match["role"]).kind == "plain"
        if self.only_colons and (not plain or content[0] in OPENING):
            draft = self._timed_label(number, content)
            if draft is not None or (content[0] in OPENING and self._in_brackets(content)):
                return draft
        stamps: list[str] = []
        if match is not None and not plain:
            rest, stamps = labels.without_stamp(content)
            match = self.pattern.fullmatch(rest) if stamps else match
        if match is not None:
            draft = self._turn(number, match, stamps, deeper=deeper or comment)
            if draft is not None:
                return draft
        self._check_no_turn(content)
        if not (deeper or comment):
            self._check_colon(content, headed=match is not None and not _in_time(match))
        if not comment:
            self._check_inside(self._behind_head(content, match) if deeper else content)
        return None

    def _behind_head(self, content: str, match: re.Match[str] | None) -> str:
        """Return what is behind the head of an indented line, if a label is in the head."""
        if match is None or not self.only_colons:
            return content
        label = match["role"]
        labelled = self._head(label).kind != "other" or self.forms.doubtful(label)
        return str(match["text"]) if labelled else content

    def _turn(
        self, number: int, match: re.Match[str], stamps: list[str], *, deeper: bool
    ) -> _Draft | None:
        """Return the turn of a line that is written as the first line of one, or None."""
        groups = match.groupdict()
        label, text = groups["role"], groups.get("text") or ""
        head = self._head(label)
        second = _A_COLON.search(text, 0, 65)
        if second is not None and labels.normal(f"{label}:{text[: second.start()]}") in self.roles:
            head = self._head(f"{label}:{text[: second.start()]}")  # Therapeut:in
            text = text[second.end() :]
        if self._is_certain(head):
            if not label[0].isalnum():
                text = _without_emphasis(label, text)
            times, text = self._times(groups, stamps, text)
            self._check_inside(text)
            self._check_second(head, text)
            return _Draft(number, head.label, self.roles[head.label], times, [text])
        if head.kind != "other" or self.forms.doubtful(label):
            self._check_before(match[0])
            self._refuse_doubtful(label, deeper=deeper)
        in_time = _in_time(match)
        if not in_time or (labels.numbered(label, self.roles) and not deeper):
            stamped = bool(stamps) or any(groups.get(name) for name in ("time", "after", "end"))
            named = head.core[:1].isupper() and (not text or text[0].isspace())
            self._note(number, head.core, sure=stamped, named=named, deeper=deeper)
        return None

    def _head(self, label: str) -> Head:
        if label not in self.heads:
            self.heads[label] = read_head(label, self.roles)
        return self.heads[label]

    def _is_certain(self, head: Head) -> bool:
        if head.kind == "certain":
            return not head.core[:1].islower() or head.core in self.forms.names
        return head.kind == "plain" or (head.kind == "comment" and head.core in self.forms.names)

    def _refuse_doubtful(self, label: str, *, deeper: bool) -> None:
        if not deeper and not labels.numbered(label, self.roles):
            raise _NotCertain(
                "something else stands beside a known speaker label before the colon",
                'Write the label alone, as in "C: text", or map all that stands before the colon '
                f'with `roles`, e.g. --roles "C and T=none"; {_INDENT}',
            )

    def _times(
        self, groups: Mapping[str, str | None], stamps: list[str], text: str
    ) -> tuple[list[float], str]:
        """Return the times of a turn and its text without them."""
        for name in ("time", "after", "end"):
            if stamp := groups.get(name):
                stamps = [*stamps, stamp]
        if (
            not stamps
            and ("[" in text or "(" in text)
            and (leading := labels.LEADING_STAMP.fullmatch(text))
        ):
            stamps, text = [leading["time"]], leading["text"]
        if not stamps:
            return self.stamp[:2], text
        times = [time for stamp in stamps for time in labels.seconds(stamp)]
        return times[:2], text

    def _timed_label(self, number: int, content: str) -> _Draft | None:
        """Return the turn of a line with a label and a time alone: "Therapist  0:01"."""
        ends = content[0] + content[-1]
        if len(content) > 120 or not (ends[0] in "[(" or ends[1] in "])" or _DIGIT.search(ends)):
            return None
        for pattern in labels.TIMED_LABELS:
            match = pattern.fullmatch(content)
            if match is None:
                continue
            head = read_head(match["role"], self.roles)
            if self._is_certain(head) and not match["role"][0].islower():
                times = labels.seconds(match["time"])[:2]
                return _Draft(number, head.label, self.roles[head.label], times, [""])
            if content[0] not in "([{" and match.start("role") == 0:
                self._note(number, head.core, sure=False, named=False, deeper=False)
        return None

    def _in_brackets(self, content: str) -> bool:
        """Tell a line that begins with what the other says meanwhile: "[T: mm-hmm] and so"."""
        close = in_brackets(content)
        if close is None:
            return False
        colon = _A_COLON.search(content, 0, 130)
        if colon is None or (0 < close <= colon.start() + 1):
            return False
        label = content[1 : colon.start()]
        if labels.normal(label) not in self.roles or labels.LONE_STAMP.match(content):
            return False
        if close == colon.start() + 2:  # [T:] text
            return False
        if self.drafts and close:
            return True
        raise _NotCertain(
            "a speaker label is inside a bracket with what is said",
            'Write turns as "T: text" without brackets around them.',
        )

    def _note(self, number: int, label: str, *, sure: bool, named: bool, deeper: bool) -> None:
        numbered = labels.numbered(label, self.roles)
        if numbered or labels.looks_like_label(label):
            seen = self.unknown.setdefault(labels.normal(label), _Unknown(number))
            seen.count += not deeper
            seen.sure |= sure or numbered or (named and bool(self.drafts) and not deeper)
            if numbered:
                self.numbers += [int(digits) for digits in re.findall(r"(\d{1,9})\W*$", label)]

    def _check_no_turn(self, line: str) -> None:
        """Raise an error for a turn that is written in another way than the file's."""
        if not self.only_colons:
            other = labels.DEFAULT_FORMAT.fullmatch(line)
            if other is not None and self._is_certain(read_head(other["role"], self.roles)):
                raise TranscriptError(
                    "the line begins with a known speaker label but not as `line_format` says",
                    code="bad_value",
                    field="role",
                    remedy="Write all turns alike, or leave `line_format` (--line-format) out.",
                )
        self._check_before(line)

    def _check_before(self, line: str) -> None:
        """Raise an error for a known label behind a number or a note in brackets."""
        if labels.behind_no_stamp(line, self.roles):
            raise TranscriptError(
                "the text before the speaker label is not a time stamp",
                code="bad_time",
                field="start",
                remedy="Write e.g. [00:01:23]; other things before labels need `line_format` "
                f"(--line-format), e.g. {self._layout('{number} {role}: {text}')}.",
            )

    def _check_colon(self, line: str, *, headed: bool) -> None:
        """Raise an error for a known label at the beginning without its colon."""
        timed = labels.TIMED_TALK.fullmatch(line) if _CLOCK.search(line, 0, 90) else None
        if (
            not headed
            and (self.forms.without_colon(line, self.items) or self._is_label_in_brackets(line))
        ) or (
            timed is not None and labels.normal(timed["role"]) in self.roles and line[0].isupper()
        ):
            layout = fitting_layout(self.lines, self.roles)
            raise _NotCertain(
                "the line begins with a speaker label, and no colon follows",
                (f'Give `line_format` (--line-format), e.g. "{layout}". ' if layout else "")
                + f'Write "C: text", or "C [00:01:23]: text" with a time; {_INDENT}',
            )

    def _is_label_in_brackets(self, line: str) -> bool:
        """Tell a line that begins with a label of the file in brackets: "[T] How was it?"."""
        close = in_brackets(line)
        label = labels.bare(line[1 : close - 1]) if close else ""
        if label not in self.forms.names or not line[close:].strip():
            return False
        items = filter(None, map(_ITEM_IN_BRACKETS.match, self.lines))
        return all(item[1] in self.forms.names for item in items)

    def _check_second(self, first: Head, text: str) -> None:
        """Raise an error for a turn whose text begins with a further label."""
        colon = _A_COLON.search(text, 0, 80)
        label = text[: colon.start()].strip() if colon is not None else ""
        if not label:
            return
        second = self._head(label)
        small = second.core[:1].islower() and len(second.core) > 1 and not first.core[:1].islower()
        if second.kind in ("plain", "certain") and not small:
            raise _two_labels()

    def _check_inside(self, text: str) -> None:
        """Raise an error for text in which another turn begins."""
        if self.forms.inside(text):
            raise _two_labels()

    def _layout(self, otherwise: str) -> str:
        return f'"{fitting_layout(self.lines, self.roles) or otherwise}"'

    def check(self) -> None:
        """Raise an error for a file whose speakers are not known."""
        refused = [
            label
            for label in self.unknown.values()
            if label.sure or label.count > 1 or not self.drafts
        ]
        if refused:
            counted = len(self.numbers) > 2 and all(a < b for a, b in pairwise(self.numbers))
            layout = " where turns are numbered, give `line_format` (--line-format) "
            raise TranscriptError(
                "the file has speaker labels that are not in the role map "
                f"({len(refused)} different), the first on this line",
                code="unknown_role",
                line=refused[0].line,
                field="role",
                remedy='Map them with `roles`, e.g. --roles "Dr. A=therapist";'
                + (f'{layout}"{{role}}{{number}}: {{text}}";' if counted else "")
                + " a line that is not a turn but begins with words and a colon is text if it is "
                "indented.",
            )
        self._no_bare()
        if self.n_clocks and len(self.n_clocks) < len(self.drafts) / 2:
            raise _not_speech(self.n_clocks[0], "a time", _TIME_REMEDY)
        if self.header and self.drafts:
            raise TranscriptError(
                f"there is text before the first known speaker label ({len(self.header)} lines)",
                code="missing_field",
                line=self.header[0],
                field="role",
                remedy="Begin lines above the first turn that are not spoken with #, or map their "
                "label with `roles` (--roles).",
            )
        if self.header:
            raise TranscriptError(
                "no line begins with a speaker label",
                code="missing_field",
                line=self.header[0],
                field="role",
                remedy='Write turns as "T: text" and "C: text", or say how they are written '
                "with `line_format` (--line-format), e.g. "
                f"{self._layout('[{time}] {role}: {text}')}.",
            )

    def check_roles(self, given: Mapping[str, str]) -> None:
        """Raise an error if the labels all stand for one role by default, such as C and P."""
        defaults = {draft.label for draft in self.drafts} - {labels.normal(name) for name in given}
        labels.check_both(defaults, {draft.role for draft in self.drafts} - {NOBODY})


def _in_time(match: re.Match[str]) -> bool:
    """Tell a colon between digits, which is part of a time: "At 10:30 I left"."""
    return match["role"][-1].isdigit() and match.groupdict().get("text", "x")[:1].isdigit()


_TIME_REMEDY = (
    "Write a time that belongs to the turn below in brackets, as in [00:01:23], and one that is "
    "said in the line of its sentence."
)
_PAGE_REMEDY = "Delete such lines, or join what is said to the line of its turn."


def _not_speech(line: int, what: str, remedy: str) -> TranscriptError:
    return TranscriptError(
        f"the line holds only {what}, which may not be speech",
        code="not_speech",
        line=line,
        field="text",
        remedy=remedy,
    )


def _without_emphasis(label: str, text: str) -> str:
    """Return text without the end of what begins before the label: **T:** and [T:]."""
    marks = re.match(r"[*_]{1,3}", label)
    if marks is not None:
        text = text.removeprefix(marks[0])
    close = in_brackets(label + text)
    return text[1:] if close == len(label) + 1 else text


def _pieces(lines: Iterable[str]) -> Iterator[Piece]:
    """Yield the lines, cut at every line break that there is."""
    for number, line in enumerate(lines, start=1):
        body = line.rstrip("\r\n")
        if body.isprintable() or not _OTHER_BREAKS.search(body):
            yield Piece(number, body, "\n")
            continue
        begin = 0
        for end in _OTHER_BREAKS.finditer(body):
            yield Piece(number, body[begin : end.start()], end[0])
            begin = end.end()
        yield Piece(number, body[begin:], "\n")


def _forms(matches: Iterable[re.Match[str] | None], roles: Mapping[str, str]) -> set[str]:
    """Return the known labels that stand alone at the beginning of a line, as they are written."""
    found = {match["role"] for match in matches if match is not None}
    return {labels.bare(label).rstrip(". ") for label in found if labels.normal(label) in roles}


def _items_of(lines: Iterable[str], forms: set[str]) -> frozenset[str]:
    """Return the signs behind letters, other than labels, at the beginning of lines: "B)"."""
    matches = (_ITEM.match(line) for line in lines)
    return frozenset(match[2] for match in matches if match is not None and match[1] not in forms)


def _scan(lines: Iterable[str], options: Options) -> list[_Draft]:
    pieces = [*_pieces(lines)]
    texts = [piece.text for piece in pieces]
    looks.check_plain(texts, [piece.number for piece in pieces])
    roles = labels.roles_of(options.roles, options.language)
    pattern = labels.compile_format(options.line_format)
    only_colons = pattern is labels.DEFAULT_FORMAT
    matches = [
        pattern.fullmatch(text.lstrip()) if not only_colons or _A_COLON.search(text) else None
        for text in texts
    ]
    forms = _forms(matches, roles)
    known = Forms(forms, roles, language=options.language)
    scan = _Scan(roles, pattern, known, _items_of(texts, forms), only_colons, texts)
    problem: TranscriptError | None = None
    kinds = []
    for piece, match in zip(pieces, matches, strict=True):
        try:
            kinds.append(scan.add(piece, match))
        except TranscriptError as error:
            problem = error.at(line=piece.number)
            break
    if problem is not None:
        raise problem
    scan.check()
    page = find_page_line(pieces, kinds) if "text" in kinds else None
    if page is not None and scan.drafts:
        raise _not_speech(*page, _PAGE_REMEDY)
    scan.check_roles(options.roles)
    return scan.drafts


def _turns(drafts: Iterable[_Draft]) -> list[Turn]:
    turns: list[Turn] = []
    problem: TranscriptError | None = None
    for draft in drafts:
        if draft.role == NOBODY:
            continue
        start, end = (*draft.times, None, None)[:2]
        text = "".join(draft.text).strip()
        try:
            turns.append(Turn(role=draft.role, text=text, start=start, end=end))
        except TranscriptError as error:
            problem = error.at(line=draft.line, turn=len(turns))
            break
    if problem is not None:
        raise problem
    return turns


#: Signs that cannot be seen.
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")


def _session_id(path: Place) -> str:
    """Return the name of a file without its ending, in NFC and with _ for white space."""
    name = path.name[: -len(".gz")] if suffixes(path)[1] else path.name
    visible = _INVISIBLE.sub("", normal_id(Path(name).stem))
    stem = "_".join(visible.split())
    try:
        check_id("session_id", stem, required=True)
        return stem
    except TranscriptError as error:
        code = error.code
    raise TranscriptError(
        "the name of the file is not a valid `session_id`",
        code=code,
        field="session_id",
        remedy="Rename it: before the ending 1 to 128 printable characters. White space becomes _.",
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
