"""A check of transcripts: what they hold, and what can be measured on them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from ..errors import TranscriptError
from ..extraction.corpus_checks import CorpusChecks
from ..extraction.doubts.doubt import error_of
from ..extraction.doubts.find import find_doubts
from ..features.measured import Measured
from ..features.registry import select_features
from ..features.spec import FeatureSpec
from ..features.values import SPEECH_ONLY, lacking
from ..kernels import token_flags as flag
from ..text.repair import repair
from ..text.tokenizers import TURN_BREAK
from ..text.vectors import load_vectors
from ..transcript.readers import Place
from ..transcript.source import Input

#: Filled pauses per 100 words: below the first a transcript looks edited, from the second verbatim.
EDITED_BELOW = 0.1
VERBATIM_FROM = 0.5
#: A file with fewer words gets no verdict.
MIN_WORDS = 500

VERDICTS = {
    "verbatim": "looks verbatim",
    "edited": "looks edited: fillers seem to be left out",
    "unclear": "few fillers: verbatim or edited, the text does not show which",
    "short": f"fewer than {MIN_WORDS} words: too short to say",
}


@dataclass(slots=True)
class Doubtful:
    """Ids of the sessions of a file about which there is one doubt, and the words concerned."""

    n_words: int = 0
    sessions: list[str] = field(default_factory=list)


@dataclass(slots=True)
class FileReport:
    """Counts of one file: words and disfluencies of sessions that are or may be speech; doubts."""

    path: Place
    n_sessions: int = 0
    n_spoken: int = 0
    n_words: int = 0
    n_pauses: int = 0
    n_repairs: int = 0
    repairs: Counter[str] = field(default_factory=Counter)
    declared: Counter[str] = field(default_factory=Counter)
    doubts: dict[str, Doubtful] = field(default_factory=dict)

    @property
    def pause_rate(self) -> float:
        """Filled pauses per 100 words of both roles."""
        return 100.0 * self.n_pauses / self.n_words if self.n_words else 0.0

    @property
    def repair_rate(self) -> float:
        """Repetitions and cut-offs per 100 words of both roles."""
        return 100.0 * self.n_repairs / self.n_words if self.n_words else 0.0

    @property
    def verdict(self) -> str:
        """Key of `VERDICTS`."""
        if self.n_words < MIN_WORDS:
            return "short"
        if self.pause_rate >= VERBATIM_FROM:
            return "verbatim"
        return "edited" if self.pause_rate < EDITED_BELOW else "unclear"

    @property
    def advice(self) -> str:
        """What to do where `verbatim` and the text disagree, or ""."""
        if self.verdict == "edited" and self.declared["True"]:
            return (
                f"{self.declared['True']:,} sessions say verbatim: their fluency will be measured "
                "and mean nothing; set `verbatim` to false"
            )
        if self.verdict == "verbatim" and self.declared["null"] + self.declared["False"]:
            n = self.declared["null"] + self.declared["False"]
            return f"{n:,} sessions do not say verbatim: set it to true to measure fluency"
        return ""

    def add(self, measured: Measured) -> None:
        """Count one session."""
        self.n_sessions += 1
        session = measured.session
        for doubt in find_doubts(measured):
            doubtful = self.doubts.setdefault(doubt.code, Doubtful())
            doubtful.n_words += doubt.words
            doubtful.sessions.append(session.session_id)
        if measured.has_lexicon:
            count_repairs(measured, self.repairs)
        if session.mode in SPEECH_ONLY or not measured.has_lexicon:
            return
        if "words.filled_pause" not in measured.lexicon.lists:
            return
        self.n_spoken += 1
        self.declared["null" if session.verbatim is None else str(session.verbatim)] += 1
        self.n_words += int(measured.words.sum())
        self.n_pauses += int(measured.count(flag.FILLED_PAUSE).sum())
        self.n_repairs += int(measured.count(flag.REPEATED | flag.STUTTER | flag.CUTOFF).sum())


def count_repairs(measured: Measured, counts: Counter[str]) -> None:
    """Count what is put right in the text of a session, by kind."""
    text = TURN_BREAK.join(turn.text for turn in measured.turns)
    repair(text, measured.lexicon, counts)


@dataclass(slots=True)
class Report:
    """Counts over sessions.

    Attributes
    ----------
    n_sessions, n_turns, n_words, n_left_out : int
        The last counts files in folders whose names are of no known format.
    errors : list of TranscriptError
    files : list of FileReport
    missing : mapping of group to Counter of null codes
        How many sessions lack what a feature of the group needs, or its support.
    by_field : mapping of field to Counter
        Values of language, mode, translated, verbatim.
    checks : CorpusChecks
    """

    n_sessions: int = 0
    n_turns: int = 0
    n_words: int = 0
    n_left_out: int = 0
    errors: list[TranscriptError] = field(default_factory=list)
    files: list[FileReport] = field(default_factory=list)
    missing: dict[str, Counter[str]] = field(default_factory=dict)
    by_field: dict[str, Counter[str]] = field(default_factory=dict)
    checks: CorpusChecks = field(default_factory=CorpusChecks)


_FIELDS = ("language", "mode", "translated", "verbatim")


def validate_files(source: Input, *, strict: bool = False) -> Report:
    """Read every session of the files and count what is there; nothing is written.

    In strict mode a session about which there is a doubt is an error, and not counted.
    """
    report = Report()
    specs = select_features("core")
    vectors = load_vectors(None)
    seen: set[str] = set()
    files = source.files(report.errors)
    report.n_left_out = source.n_left_out(files)
    source.check(files)
    for path in files:
        report.files.append(FileReport(path))
        for session in source.read([path], report.errors, seen=seen):
            measured = Measured(session, vectors)
            if strict and (doubts := find_doubts(measured)):
                report.errors.append(error_of(doubts, session.session_id).at(path=path))
            else:
                _note(report, measured, specs)
    return report


def _note(report: Report, measured: Measured, specs: list[FeatureSpec]) -> None:
    report.n_sessions += 1
    report.n_turns += len(measured.turns)
    report.files[-1].add(measured)
    words = rate = None
    if measured.has_lexicon:
        report.n_words += int(measured.words.sum())
        words = measured.total(measured.words, "client")
        pauses = measured.total(measured.count(flag.FILLED_PAUSE), "client")
        rate = 100.0 * pauses / words if words else None
    report.checks.add(measured.session, words, rate, find_doubts(measured))
    for name in _FIELDS:
        value = getattr(measured.session, name)
        shown = "null" if value is None else str(value)
        report.by_field.setdefault(name, Counter())[shown] += 1
    groups: dict[str, set[str | None]] = {}
    for spec in specs:
        groups.setdefault(spec.group, set()).add(lacking(spec, measured))
    for group, codes in groups.items():
        for code in codes - {None}:
            report.missing.setdefault(group, Counter())[str(code)] += 1
