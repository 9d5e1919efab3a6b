"""Marks of missing values, and words that lost a sign."""

import pytest

import alliance_features as af
from alliance_features.extraction.doubts.find import find_doubts
from alliance_features.features.measured import Measured


def codes(text, language):
    """Return the doubts about a session in which the client says a text."""
    turns = [
        af.Turn(role="therapist", text="How was the week?"),
        af.Turn(role="client", text=text),
    ]
    session = af.Session(session_id="s1", language=language, mode="typed", turns=turns)
    return {doubt.code: doubt.words for doubt in find_doubts(Measured(session, None))}


@pytest.mark.parametrize(
    ("text", "language", "words"),
    [
        ("f\ufffdr mich", "de", 1),
        ("sch\ufffdn und gr\ufffd\ufffder", "de", 2),
        ("\ufffdber das", "de", 1),
        ("the caf\ufffd was na\ufffdve", "en", 2),
        ("\u6211\ufffd\u89c9\u5f97", "zh", 1),
        ("d\ufffdj\ufffd vu", "fr", 1),
    ],
)
def test_words_that_lost_a_sign_are_a_doubt(text, language, words):
    assert codes(text, language)["lost_signs"] == words


@pytest.mark.parametrize(
    "text",
    [
        "I\ufffdm fine and I don\ufffdt know",
        "I\ufffd\ufffd\ufffdm fine",
        "fine \ufffd now",
        "thanks \ufffd\ufffd",
        "all is well",
    ],
)
def test_what_can_be_repaired_or_is_no_word_is_none(text):
    assert "lost_signs" not in codes(text, "en")
