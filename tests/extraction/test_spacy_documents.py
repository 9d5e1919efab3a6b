"""Sessions as documents of spaCy: what they hold, and what is refused."""

import traceback

import pytest
import spacy
from spacy.tokens import Doc

import alliance_features as af

WORD = "wisteria"


@pytest.fixture(scope="module")
def nlp():
    return spacy.blank("en")


def test_a_document_holds_plain_data(nlp, example_sessions):
    session = example_sessions[5]
    doc = af.session_to_doc(nlp, session)
    assert doc.text == "\n".join(turn.text for turn in session.turns)
    held = doc._.alliance_session
    assert held["session_id"] == session.session_id
    assert held["client_id"] == session.client_id
    assert "meta" not in held
    for turn, found in zip(session.turns, held["turns"], strict=True):
        assert doc.text[found["start_char"] : found["end_char"]] == turn.text
        assert (found["role"], found["start"], found["end"]) == (turn.role, turn.start, turn.end)


class Tokenizer:
    """One that breaks, or loses a letter."""

    def __init__(self, vocab, breaks):
        self.vocab, self.breaks = vocab, breaks

    def __call__(self, text):
        if self.breaks:
            raise KeyError(text)
        return Doc(self.vocab, text[1:].split())


@pytest.mark.parametrize(
    ("breaks", "message"), [(True, r"fails \(KeyError\)"), (False, "changes the text, so turns")]
)
def test_a_tokenizer_that_is_unfit(make_session, breaks, message):
    nlp = spacy.blank("en")
    nlp.tokenizer = Tokenizer(nlp.vocab, breaks)
    with pytest.raises(
        af.ResourceError, match=f"The tokenizer of the pipeline {message}"
    ) as caught:
        af.session_to_doc(nlp, make_session(WORD))
    assert WORD not in "".join(traceback.format_exception(caught.value))


def test_what_is_no_pipeline_or_session(nlp, make_session):
    with pytest.raises(af.ParameterError, match="`nlp` is str; it must be a spaCy pipeline"):
        af.session_to_doc("en", make_session("x"))
    with pytest.raises(af.ParameterError, match="`sessions` holds dict; it must hold sessions"):
        af.session_to_doc(nlp, {})
    short = spacy.blank("en")
    short.max_length = 3
    with pytest.raises(af.ParameterError, match="4 characters are more than the pipeline takes, 3"):
        af.session_to_doc(short, make_session("Hmm."))
