"""Who says what: one speaker all, turns in blocks, texts cut off, labels in the text."""

import pytest

from doubtful import CHINESE, ENGLISH, GERMAN, JAPANESE, codes, doubts, longer, talk

WORDS = sum(len(text.split()) for text in ENGLISH)


@pytest.mark.parametrize("role", ["therapist", "client"])
@pytest.mark.parametrize(
    ("texts", "language"),
    [(ENGLISH, "en"), (GERMAN, "de"), (CHINESE, "zh"), (JAPANESE, "ja"), (ENGLISH, "fr")],
)
def test_one_speaker(texts, language, role):
    assert codes([(role, text) for text in texts], language=language) == ["one_speaker"]


def test_the_other_says_nearly_nothing():
    turns = [("client", text) for n in range(9) for text in longer(n)]
    assert codes([*turns, ("therapist", "Um."), ("client", "Yes.")]) == ["one_speaker"]
    assert codes([*turns, ("therapist", "Thank you."), ("client", "Yes.")]) == ["one_speaker"]
    # An analyst who is nearly silent.
    few = [("therapist", f"And what comes to your mind, number {n}?") for n in range(4)]
    assert codes([turn for pair in zip(turns[::20], few, strict=False) for turn in pair]) == []


def test_one_message_is_no_session_without_a_speaker():
    assert codes([("client", " ".join(ENGLISH))], mode="typed") == []
    assert codes([("client", "It was long.")] + [("client", "")] * 5) == []
    whole = " ".join(text for n in range(9) for text in longer(n))
    assert codes([("client", whole)]) == ["one_speaker"]


def test_turns_sorted_by_speaker():
    turns = [turn for n in range(5) for turn in talk(longer(n))]
    assert codes(sorted(turns, key=lambda turn: turn[0])) == ["blocks_of_words"]
    assert codes(sorted(turns, key=lambda turn: turn[0]), mode="typed") == ["blocks_of_words"]
    letters = [("client", " ".join(longer(n)) + " " + " ".join(longer(n + 9))) for n in range(2)]
    mails = [letters[0], ("therapist", " ".join(longer(5) + longer(6))), letters[1]]
    assert codes(mails, mode="typed") == []
    assert codes(mails) == ["blocks_of_words"]


def _at(limit):
    """Return turns cut off at a limit, some of them shorter."""
    cut = [" ".join(longer(n)[n:] + longer(n + 20)) for n in range(12)]
    return talk([(text if n % 3 else ENGLISH[n])[: limit - 1] + "x" for n, text in enumerate(cut)])


@pytest.mark.parametrize("limit", [100, 128, 160, 255, 500])
def test_texts_cut_off(limit):
    assert "cut_texts" in codes(_at(limit))


def test_one_cell_of_excel():
    long = " ".join(text for n in range(60) for text in longer(n))
    turns = [*talk(), ("client", long[: 32_767 - 1] + "x"), *talk(longer(1))]
    assert "cut_texts" in codes(turns)
    assert "cut_texts" not in codes([*talk(), ("client", long[:32_000]), *talk(longer(1))])


def test_equal_lengths_by_chance():
    same = ["x" * 90 + end for end in (" a.", " b.", " c!", " d?")]
    assert codes([*talk(), *talk(same)]) == []
    broken = ["y" * 90 + end for end in (" a", " b")]
    assert codes([*talk(), *talk(broken)]) == []


@pytest.mark.parametrize(
    "change",
    [
        "Client: {}",
        "Client {}",
        "P1: {}",
        "12:03 {}",
        "{} END",
        "00:01:02 {}",
        "Speaker 2 {}",
    ],
)
def test_a_label_in_the_text(change):
    turns = talk(longer(1) + longer(2))
    labelled = [(role, change.format(text) if role == "client" else text) for role, text in turns]
    assert doubts(labelled) == {"label_in_text": 12}


def test_a_line_number_in_the_text():
    turns = talk(longer(1) + longer(2))
    assert codes([(role, f"{n} {text}") for n, (role, text) in enumerate(turns, 1)]) == [
        "label_in_text"
    ]
    chinese = [
        (role, f"来访者：{text}{n}" if role == "client" else text + str(n))
        for n in range(3)
        for role, text in talk(CHINESE)
    ]
    assert "label_in_text" in codes(chinese, language="zh")


@pytest.mark.parametrize("opening", ["- {}", ">> {}", "[00:01] {}", "{} ...", "♪ {}"])
def test_what_is_no_word_is_no_label(opening):
    turns = talk(longer(1) + longer(2))
    assert codes([(role, opening.format(text)) for role, text in turns]) == []


def test_many_turns_that_begin_with_the_same_word():
    turns = talk(longer(1) + longer(2))
    said = [
        (role, f"So {text}" if role == "client" and n < 18 else text)
        for n, (role, text) in enumerate(turns)
    ]
    assert codes(said) == []
