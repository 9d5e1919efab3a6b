"""What a file looks like that is not a transcript in plain text: one table of other formats."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

from ...errors import TranscriptError

_TURNS = 'Write one turn per line, such as "T: text", and nothing that is not said'
_AS_TEXT = "Save it as plain text in UTF-8 with the program that wrote it."
_CUES = f"{_TURNS}: no cue numbers, times, names of blocks or tags."
_EXPORT = f"Export its text from the program that wrote it. {_TURNS}."
_FIRST_LINES = 8


@dataclass(frozen=True, slots=True)
class OtherFormat:
    """A format other than plain text.

    Parameters
    ----------
    title : str
        Its name in messages.
    remedy : str
        What to do with the file.
    first : str
        Pattern of one of the first lines with text; "" if there is none.
    line : str
        Pattern of a line anywhere in the file that is never said; "" if there is none.
    magic : tuple of bytes
        How such a file begins.
    """

    title: str
    remedy: str
    first: str = ""
    line: str = ""
    magic: tuple[bytes, ...] = ()


_CLOCK = r"(?:\d{1,3}:)?\d{1,3}:\d{2}"
_CHAT_HEADERS = (
    "UTF8|Begin|End|Languages|Participants|Options|ID|Media|Font|PID|Window|Comment|Date|"
    "Situation|Location|Transcriber|Transcription|Activities|Types|Warning|Number|New Episode|"
    "G|Bg|Eg|Birth of .{1,9}|Tape Location|Time Duration|Time Start|Room Layout|Recording Quality"
)

#: The first that fits names the file, so that special ones stand before general ones.
OTHERS: tuple[OtherFormat, ...] = (
    OtherFormat(
        "CHAT",
        f"{_TURNS}: no lines that begin with @ or %, no time bullets, no codes such as [/] and &-.",
        line=rf"[#\s]{{0,4}}@(?:{_CHAT_HEADERS})(?:$|[:\s])"
        r"|%[a-z]{2,6}:(?:\s|$)|\*[A-Z][A-Z0-9_-]{0,6}:\t|\*[A-Z][A-Z0-9]{2}:(?:\s|$)"
        "|.*\x15-?\\d{1,12}_\\d{1,12}-?\x15",
    ),
    OtherFormat(
        "WebVTT",
        _CUES,
        first=r"WEBVTT(?:\s|$)",
        line=rf"WEBVTT\s*$|\s*{_CLOCK}(?:\.\d{{1,6}})?\s*-->\s*{_CLOCK}(?:\.\d{{1,6}})?(?:\s+\S+:\S+)*\s*$"
        r"|\s*(?:-\s*)?<v(?:\.[\w.]+)?\s[^<>]{1,80}>",
    ),
    OtherFormat(
        "SubRip",
        _CUES,
        line=rf"\s*{_CLOCK}[,.]\d{{1,6}}\s*-+>\s*{_CLOCK}[,.]\d{{1,6}}(?:\s+[XY]\d:\d+)*\s*$",
    ),
    OtherFormat(
        "SBV subtitles", _CUES, line=rf"\s*{_CLOCK}\.\d{{1,6}}\s*,\s*{_CLOCK}\.\d{{1,6}}\s*$"
    ),
    OtherFormat(
        "SubStation subtitles",
        _CUES,
        first=r"\[Script Info\]\s*$",
        line=rf"Dialogue:\s*[\w=]{{1,12}},\s*{_CLOCK}\.\d+,",
    ),
    OtherFormat(
        "a Praat TextGrid",
        _EXPORT,
        first=r'(?:File type\s*=\s*"ooTextFile|Object class\s*=\s*"TextGrid|"ooTextFile)',
        line=r"\s*(?:intervals|item) \[\d*\]:\s*$|\s*x(?:min|max) = [\d.]+\s*$",
    ),
    OtherFormat(
        "RTF",
        "Open it in a word processor and save it as plain text in UTF-8.",
        first=r"\{\\rtf",
        magic=(b"{\\rtf",),
    ),
    OtherFormat("PDF", "Copy its text into a file in UTF-8.", first="%PDF-", magic=(b"%PDF-",)),
    OtherFormat("ELAN (EAF)", _EXPORT, first=r".*<ANNOTATION_DOCUMENT\b"),
    OtherFormat("EXMARaLDA", _EXPORT, first=r".*<(?:basic-transcription|list-transcription)\b"),
    OtherFormat("TEI", _EXPORT, first=r".*<(?:TEI|teiCorpus|TEI\.2)\b"),
    OtherFormat("Transcriber", _EXPORT, first=r".*<(?:Trans|!DOCTYPE Trans)\b"),
    OtherFormat("TTML subtitles", _CUES, first=r".*<(?:\w+:)?tt\b"),
    OtherFormat("HTML", _AS_TEXT, first=r"(?i:.*<!DOCTYPE\s+html|\s*<(?:html|head|body)\b)"),
    OtherFormat("XML", _EXPORT, first=r"\s*<\?xml\b|\s*<!DOCTYPE\b"),
    OtherFormat(
        "JSON Lines with sessions",
        "Name it with `format` (--input-format): jsonl.",
        first=r'\s*\{.{0,400}"session_id"\s*:.*\}\s*$',
    ),
    OtherFormat(
        "JSON",
        "Write one session per line as docs/files.md shows and name the file .jsonl, or write "
        'turns as "T: text".',
        first=r'\s*(?:\{\s*"|\[\s*\{|\[\s*"|\{\s*$|\[\s*$)',
    ),
    OtherFormat(
        "TSV with a row per turn",
        "Name it with `format` (--input-format): tsv.",
        first=r"(?=(?:.*\t)?\"?session_id\"?(?:\t|\s*$)).*\t",
    ),
    OtherFormat(
        "CSV with a row per turn",
        "Name it with `format` (--input-format): csv.",
        first=r"(?=(?:.*[,;])?\"?session_id\"?(?:[,;]|\s*$)).*[,;]",
    ),
    OtherFormat(
        "a Word document (DOCX)",
        _AS_TEXT,
        magic=(b"PK\x03\x04 word/",),
    ),
    OtherFormat(
        "an Excel file (XLSX)",
        "Save the sheet as CSV in UTF-8, with the columns session_id, role and text.",
        magic=(b"PK\x03\x04 xl/",),
    ),
    OtherFormat("an OpenDocument file", _AS_TEXT, magic=(b"PK\x03\x04 opendocument",)),
    OtherFormat(
        "a Word, Excel or zip file",
        "Save it as plain text in UTF-8.",
        first="PK\x03\x04",
        magic=(b"PK\x03\x04",),
    ),
    OtherFormat(
        "an old Word or Excel file (DOC, XLS)", _AS_TEXT, magic=(b"\xd0\xcf\x11\xe0\xa1\xb1",)
    ),
    OtherFormat("Parquet", "Name it with `format` (--input-format): parquet.", magic=(b"PAR1",)),
    OtherFormat(
        "a recording",
        "Transcribe it first.",
        magic=(b"RIFF", b"ID3", b"OggS", b"fLaC", b"\xff\xfb", b"\x1aE\xdf\xa3"),
    ),
)
_LINES = tuple((each, re.compile(each.line)) for each in OTHERS if each.line)
_FIRSTS = tuple((each, re.compile(each.first)) for each in OTHERS if each.first)
#: Without one of these no line can be of another format: most lines are not tried further.
_HINT = re.compile(
    r"[#\s]*@|WEBVTT|%|\*|\s*(?:-\s*)?<v|Dialogue:|\s*\d+:\d|\s*x(?:min|max)\b"
    r"|\s*i(?:tem|ntervals) \[|.*\x15"
)


def other_format(lines: Iterable[str]) -> tuple[OtherFormat, int] | None:
    """Return the format that lines look like and the number of the line that shows it, or None."""
    numbered = [*enumerate(lines, start=1)]
    filled = [*islice((pair for pair in numbered if pair[1].strip()), _FIRST_LINES)]
    for each, first in _FIRSTS:
        for number, line in filled:
            at_top = number == filled[0][0] or "<" in line
            if at_top and first.match(line.lstrip("\ufeff")[:500]):
                return each, number
    for number, line in numbered:
        if _HINT.match(line):
            for each, pattern in _LINES:
                if pattern.match(line):
                    return each, number
    return None


def other_bytes(head: bytes) -> OtherFormat | None:
    """Return the format that the first bytes of a file show, or None."""
    if head.startswith(b"PK\x03\x04"):
        for sign in (b"word/", b"xl/", b"opendocument"):
            if sign in head[:4096]:
                head = b"PK\x03\x04 " + sign
    return next((each for each in OTHERS if head.startswith(each.magic)), None)


def other_text(head: bytes) -> OtherFormat | None:
    """Return the format that the beginning of a file shows by bytes or by lines, or None."""
    found = other_bytes(head)
    if found is not None:
        return found
    looked = other_format(head.decode("utf-8-sig", errors="replace").splitlines())
    return looked[0] if looked is not None else None


def check_plain(lines: Sequence[str], numbers: Sequence[int]) -> None:
    """Raise an error for lines of another format; `numbers` are those of the lines in the file."""
    found = other_format(lines)
    if found is not None:
        each, place = found
        raise TranscriptError(
            f"the file looks like {each.title} and not like plain text",
            code="other_format",
            line=numbers[place - 1],
            remedy=each.remedy,
        )
