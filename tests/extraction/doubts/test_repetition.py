"""The same words several times are told; talk in which people repeat themselves is not."""

import itertools

import pytest

from doubtful import CHINESE, ENGLISH, GERMAN, codes, doubts, talk


def _each(turns, times):
    return [turn for turn in turns for _ in range(times)]


@pytest.mark.parametrize("language", ["en", "de", "zh"])
@pytest.mark.parametrize("times", [2, 3, 10])
def test_a_row_per_annotator(language, times):
    texts = {"en": ENGLISH, "de": GERMAN, "zh": CHINESE}[language]
    assert codes(talk(texts), language=language) == []
    assert codes(_each(talk(texts), times), language=language) == ["repeated_turns"]


def test_words_in_repeated_turns_are_counted():
    words = sum(len(text.split()) for text in ENGLISH)
    assert doubts(_each(talk(), 3)) == {"repeated_turns": 2 * words}


def test_a_row_per_code_of_some_turns():
    turns = talk()
    assert codes([*_each(turns[:3], 3), *turns[3:]]) == ["repeated_turns"]
    assert codes([*turns[:3], turns[3], turns[3], *turns[4:]]) == []


def test_lines_within_a_turn_and_twice_in_a_cell():
    assert codes([(role, f"{text}\n{text}") for role, text in talk()]) == ["repeated_turns"]
    assert codes([(role, f"{text} {text}") for role, text in talk()]) == ["repeated_turns"]
    assert codes([(role, text * 2) for role, text in talk(CHINESE)], language="zh") == [
        "repeated_turns"
    ]


def test_rows_doubled_with_equal_times():
    timed = [(role, text, 6.0 * place) for place, (role, text) in enumerate(talk())]
    assert codes(timed) == []
    assert codes(_each(timed, 2)) == ["repeated_turns"]


def test_two_versions_of_each_turn():
    """As transcribed and as edited: a filler, a capital, a mark more or less."""
    versions = [
        version
        for role, text in talk()
        for version in ((role, text.replace(" ", " um, ", 1)), (role, text.replace(",", "")))
    ]
    assert codes(versions) == ["repeated_turns"]


@pytest.mark.parametrize(
    "turns",
    [
        talk() * 2,
        talk() * 3,
        [turn for place in range(0, 12, 2) for turn in talk()[place : place + 2] * 2],
        [turn for place in range(0, 12, 4) for turn in talk()[place : place + 4] * 5],
        [*talk(), *talk()[2:9]],
    ],
)
def test_blocks_and_the_whole_session_again(turns):
    assert codes(turns) == ["repeated_passages"]


def test_both_channels_hold_both_voices():
    other = {"therapist": "client", "client": "therapist"}
    both = [turn for role, text in talk() for turn in ((role, text), (other[role], text))]
    assert codes(both) == ["same_words_of_both"]
    heard = [
        turn
        for role, text in talk()
        for turn in ((role, text), (other[role], text.replace("the ", "a ").replace(".", "")))
    ]
    assert codes(heard) == ["same_words_of_both"]


WORDS = " ".join(ENGLISH[1:]).split()
PARTS = [" ".join(WORDS[place : place + 5]) for place in range(0, len(WORDS) - 5, 5)]


@pytest.mark.parametrize(
    "captions",
    [
        [f"{one} {two}" for one, two in itertools.pairwise(PARTS)],
        [f"{one}\n{two}" for one, two in itertools.pairwise(PARTS)],
        [" ".join(PARTS[place : place + 3]) for place in range(len(PARTS) - 2)],
        [" ".join(WORDS[: place + 1]) for place in range(2, 24)],
        [f"{' '.join(WORDS[: place + 1])}." for place in range(2, 40, 3)],
        [caption for one, two in itertools.pairwise(PARTS) for caption in (one, f"{one} {two}")],
    ],
)
def test_rolling_captions(captions):
    turns = [("therapist", ENGLISH[0]), *(("client", caption) for caption in captions)]
    (code,) = codes([*turns, *talk(ENGLISH[10:])], mode="captions")
    assert code in ("rolling_captions", "repeated_turns")


def test_rolling_captions_are_called_so():
    captions = [f"{one} {two}" for one, two in itertools.pairwise(PARTS)]
    assert codes([*talk(), *(("client", caption) for caption in captions)])[0] == "rolling_captions"
    signs = "".join(CHINESE)
    captions = [signs[place : place + 16] for place in range(0, 120, 8)]
    turns = [*talk(CHINESE[:2]), *(("client", caption) for caption in captions)]
    assert codes(turns, language="zh", mode="captions") == ["rolling_captions"]


@pytest.mark.parametrize(
    "more",
    [
        [("client", "Yeah."), ("client", "Yeah."), ("therapist", "Yeah."), ("client", "Yeah.")],
        [("client", "I don't know.")] * 3,
        [("therapist", "Tell me more about that."), ("client", "I will.")] * 3,
        [("client", "I want to go home."), ("therapist", "You want to go home.")] * 2,
        [("client", "No, no, no, no."), ("client", "No, no, no, no. Not at all.")],
        [("client", "and then we went"), ("client", "and then we went to the lake")],
    ],
)
def test_people_repeat_themselves(more):
    assert codes([*talk(), *more, *talk(GERMAN[:0])]) == []
