"""What may be wrong with a session that can be read: the codes, their causes and remedies."""

from __future__ import annotations

from dataclasses import dataclass

from ..._checks import counted
from ...errors import TranscriptError

#: Fewer words than this get no verdict on who speaks, or in which language.
ENOUGH_WORDS = 50


@dataclass(frozen=True, slots=True)
class Doubt:
    """A sign that a session was not read as it is meant.

    Attributes
    ----------
    code : str
        Key of `KINDS`.
    words : int
        About how many words it concerns.
    """

    code: str
    words: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of doubt.

    Attributes
    ----------
    sign : str
        What is found in the session.
    cause : str
        What it likely comes from, as a question.
    remedy : str
        What to do about it.
    concerned : str
        Which words are counted.
    """

    sign: str
    cause: str
    remedy: str
    concerned: str

    @property
    def definition(self) -> str:
        """The sign, the likely cause and the remedy in one line."""
        remedy = self.remedy[0].lower() + self.remedy[1:].rstrip(".")
        return f"{self.sign}: {self.cause}? {remedy}"


KINDS: dict[str, Kind] = {
    "blocks_of_words": Kind(
        sign="hundreds of words in two to four merged turns",
        cause="are the turns sorted by speaker, or were labels of speakers lost",
        remedy="Put the turns into the order spoken, each with its role.",
        concerned="in these turns",
    ),
    "bracketed_speech": Kind(
        sign="brackets hold words that were spoken, and words in brackets are not counted",
        cause="are they marks of repairs, overlaps or fillers, such as `{F uh, }` or `[ I, + I ]`",
        remedy="Take the brackets away and leave the words.",
        concerned="in such brackets",
    ),
    "cut_texts": Kind(
        sign="several turns end in mid-sentence at the same, largest length",
        cause="did a spreadsheet or a database cut long cells off",
        remedy="Export the turns again from where they are whole.",
        concerned="in the turns cut off",
    ),
    "equal_times": Kind(
        sign="all turns have the same time",
        cause="does 0 stand for an unknown time, or a date for a time within the session",
        remedy="Leave `start` and `end` out, or give seconds.",
        concerned="in the session",
    ),
    "fast_times": Kind(
        sign="more than 10 words per second",
        cause="are times in minutes, hours or days (cells of Excel), or hours and minutes taken "
        "for minutes and seconds",
        remedy="Give `start` and `end` in seconds.",
        concerned="in the session",
    ),
    "label_in_text": Kind(
        sign="nearly all turns of a speaker begin, or end, with the same word",
        cause="does the text hold the label of the speaker, a number or a time",
        remedy="Take it out of the text.",
        concerned="of the label",
    ),
    "language_misfit": Kind(
        sign="few words are of the language that is given, or many are of another",
        cause="is another language spoken, or is each turn there in two languages",
        remedy="Give the `language` that is spoken, and one text of each turn.",
        concerned="in the session",
    ),
    "long_times": Kind(
        sign="the session lasts 8 hours or more",
        cause="are times in milliseconds, or of several sessions",
        remedy="Give `start` and `end` in seconds from the start of the session.",
        concerned="in the session",
    ),
    "lost_signs": Kind(
        sign="words hold the sign U+FFFD in the place of a letter, and are not counted as what "
        "they are",
        cause="was the file saved or read in another encoding, so that letters such as umlauts "
        "were lost",
        remedy="Export the transcript again as UTF-8.",
        concerned="with such a sign",
    ),
    "missing_text": Kind(
        sign="a turn is nothing but the mark of a missing value, such as nan, NULL or #NAME?, "
        "which counts as a word",
        cause="did a program write it for an empty cell",
        remedy="Leave the text of such turns empty.",
        concerned="in such turns",
    ),
    "one_speaker": Kind(
        sign="one speaker has all words",
        cause="is the role map right, or is a channel or the label of a speaker missing",
        remedy="Say who has which role (`--roles`, in Python `roles`).",
        concerned="in the session",
    ),
    "repeated_passages": Kind(
        sign="long turns come again later, word for word",
        cause="is the session in the file twice, or is there a block of turns per annotator",
        remedy="Keep each turn once.",
        concerned="in repeated turns",
    ),
    "repeated_turns": Kind(
        sign="turns say word for word what the turn before says",
        cause="is there one row per annotator, per code or per version",
        remedy="Keep one row of each turn.",
        concerned="in repeated turns",
    ),
    "rolling_captions": Kind(
        sign="turns begin with the last words of the turn before",
        cause="are they rolling captions, of which each repeats a part of the last one",
        remedy="Keep the words that are new in each.",
        concerned="in the repeated parts",
    ),
    "same_words_of_both": Kind(
        sign="both speakers say the same turns, word for word",
        cause="does each channel of the recording hold both voices",
        remedy="Keep each turn once, with the role of who says it.",
        concerned="in repeated turns",
    ),
    "slow_times": Kind(
        sign="fewer than 5 words per minute",
        cause="are times in milliseconds or in frames",
        remedy="Give `start` and `end` in seconds.",
        concerned="in the session",
    ),
    "transcription_marks": Kind(
        sign="marks of a transcription system are read as words, such as `&-um`, `[//]` or `so::`",
        cause="is it a transcript in CHAT or after Jefferson",
        remedy="Remove the marks; the words of a retracing stay.",
        concerned="with marks",
    ),
}


def error_of(doubts: list[Doubt], session_id: str) -> TranscriptError:
    """Return the error that the first doubt about a session is in strict mode."""
    first, others = doubts[0], doubts[1:]
    kind = KINDS[first.code]
    also = f"; also {', '.join(doubt.code for doubt in others)}" if others else ""
    return TranscriptError(
        f"{kind.sign} ({counted(first.words, 'word')} {kind.concerned}{also})",
        code=first.code,
        session_id=session_id,
        remedy=f"{kind.cause[0].upper()}{kind.cause[1:]}? {kind.remedy} Without strict mode the "
        "session is measured as it is.",
    )
