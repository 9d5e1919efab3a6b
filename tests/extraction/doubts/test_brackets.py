"""Brackets that hold speech, and marks of transcription, are told; annotations are not."""

import pytest

from doubtful import CHINESE, ENGLISH, GERMAN, codes, doubts, talk


def _with(*spans, texts=ENGLISH, places=(1, 3, 5, 7)):
    """Return the talk with a span before the last word of some turns."""
    turns = talk(texts)
    for at, place in enumerate(places):
        role, text = turns[place]
        head, _, tail = text.rpartition(" ")
        turns[place] = role, f"{head} {spans[at % len(spans)]} {tail}".strip()
    return turns


@pytest.mark.parametrize(
    "spans",
    [
        ["{F uh, }", "[ I, + I ]", "{D you know, }", "{C and }"],  # Switchboard
        ["[ it, + {F um, } it ]"],
        ["[yeah I know]", "[mm-hmm]", "[well I]"],  # overlaps
        ["{I think so}", "{my own}", "{and I}"],
        ["<I want>", "<I mean>"],
        ["[T: mm-hmm]", "[T: yeah]", "[T: right]"],
        ["[and then]", "[because of it]", "[but not with them]"],
        ["[okay]", "[yes]", "[right]"],
        ["[that's what I said]", "[don't]", "[I've been there]"],
    ],
)
def test_speech_in_brackets(spans):
    assert codes(_with(*spans)) == ["bracketed_speech"]


def test_other_languages():
    german = _with("[ja ich weiß]", "[mhm]", "[und ich]", texts=GERMAN)
    assert codes(german, language="de") == ["bracketed_speech"]
    chinese = [(role, f"{text}【我觉得】") for role, text in talk(CHINESE)]
    assert codes(chinese, language="zh") == ["bracketed_speech"]


def test_words_in_brackets_are_counted():
    assert doubts(_with("[I know that]")) == {"bracketed_speech": 12}


@pytest.mark.parametrize(
    "spans",
    [
        ["[NAME]", "[CITY]", "[HOSPITAL 2]"],
        ["[inaudible 00:12:01]", "[unintelligible]", "<unclear>"],
        ["[laughs]", "{laughs}", "(laughs)", "[I laugh]"],
        ["[silence 5 s]", "[00:01:12]", "[...]", "[ ]"],
        ["[she points at the door]", "[sound of the door]", "[client looks at the floor]"],
        ["[Name of her mother]", "[street in the city]", "[sister]"],
        ["[both laughing]", "[phone rings in the room]", "[speaking in French]"],
        ["<i>", "</i>", "<b>", "<br/>"],
        ["<3", "->", "{", "]"],
    ],
)
def test_annotations(spans):
    assert codes(_with(*spans)) == []


def test_a_single_bracket_with_speech():
    assert codes(_with("[T: mm-hmm]", places=(3,))) == []
    assert codes(_with("[I know that]", "[yes]", places=(3, 5))) == []


@pytest.mark.parametrize(
    "spans",
    [
        ["&-um", "[/]", "[//]", "&=sighs"],  # CHAT
        ["&+wa", "[: because]", "[*]", "+..."],
        ["[= the landlord]", "&~mm", "+//."],
        ["so::", "no:::", "we:::ll"],  # Jefferson
        ["so::", "\u2191no", "\u2193well"],
    ],
)
def test_marks(spans):
    assert "transcription_marks" in codes(_with(*spans))


@pytest.mark.parametrize(
    "spans",
    [
        ["R&D", "Q&A", "AT&T", "B&B"],
        ["&amp;", "&quot;", "&#39;", "&nbsp;"],
        [":)", ":-)", ":D", "::"],
        ["2+2", "A+", "c++", "1:1"],
        ["10:30", "3:45", "and/or", "http://x.org"],
    ],
)
def test_no_marks(spans):
    assert codes(_with(*spans)) == []
